//! `plaudit cohort` and `plaudit reach`: whom to invite, whom people reach, and on stderr how sure that is.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    args::{CampaignCohortArgs, CampaignReachArgs, Goal, SpreadArgs},
    exit::CliError,
    inputs, output, progress, reading,
};
use crate::{
    campaign::{
        self, Choice, Cohort, CohortOptions, Contained, Price, ReachOptions, RuleOptions, SpreadOptions,
        TargetOptions,
    },
    config::{PeopleSelector, Plan},
    ids::offset64,
    influence::{Ended, Spread},
    num,
    report::{self, Listing},
    text::{counted, grouped},
};

/// Picks a cohort, prints it, and says on stderr what it is worth.
///
/// # Errors
/// When there is no readable run, something is named that it has not, or the rules cannot be kept.
pub(super) fn cohort(args: &CampaignCohortArgs) -> Result<(), CliError> {
    if args.goal == Goal::Reach && !args.from.is_empty() {
        return Err(CliError::usage(
            "--from names where a bad message comes from: it goes with --goal contain",
        )
        .hint("add `--goal contain`, or leave `--from` out"));
    }
    let plan = inputs::campaign_plan(&args.store)?;
    refuse_output(args, plan.as_ref())?;
    let options = CohortOptions {
        size: args.size,
        rules: RuleOptions {
            eligible: args.eligible.clone(),
            exclude: args.exclude.clone(),
            must_include: args.must_include.clone(),
            already: args.already.clone(),
            max_per_community: args.max_per_community,
            max_per_household: args.max_per_household,
            max_per_tier: args.max_per_tier,
            max_per_channel: args.max_per_channel,
            quotas: args.quota.clone(),
            at_least: args.at_least.clone(),
            cost: args.cost.clone(),
            budget: args.budget,
            contacts: plan.map_or_else(Vec::new, |plan| plan.contacts),
            at: args.at,
        },
        target: target(&args.spread),
        spread: spread(&args.spread),
        epsilon: args.epsilon,
        seed: args.spread.seed,
    };
    let run = reading::find(&args.store, args.run.as_deref())?;
    match args.goal {
        Goal::Reach => {
            let found = campaign::cohort(&run, &options)?;
            write(&found.rows, args)?;
            tell(&found);
            tell_choice(&found.choice, found.rows.len(), args);
        }
        Goal::Contain => {
            let found = campaign::contained(&run, &args.from, &options)?;
            write(&found.rows, args)?;
            tell_contained(&found);
            tell_choice(&found.choice, found.rows.len(), args);
        }
    }
    Ok(())
}

/// Writes the rows, which are all made before the file is touched.
fn write<R: Listing>(rows: &[R], args: &CampaignCohortArgs) -> Result<(), CliError> {
    let mut text = Vec::new();
    report::render(rows, args.format.into(), &mut text).expect("invariant: writing to memory cannot fail");
    match &args.output {
        Some(path) => output::to_whole_file(path, &text),
        None => output::to_stdout(|out| out.write_all(&text)),
    }
}

/// Prints what people reach.
///
/// # Errors
/// As [`cohort`].
pub(super) fn reach(args: &CampaignReachArgs) -> Result<(), CliError> {
    let files = args.file.iter().map(|path| PeopleSelector::File(path.clone()));
    let options = ReachOptions {
        whom: args.whom.iter().cloned().chain(files).collect(),
        with: args.with.clone(),
        without: args.without.clone(),
        overlap: args.overlap.clone(),
        target: target(&args.spread),
        spread: spread(&args.spread),
        seed: args.spread.seed,
    };
    let found = campaign::reached(&reading::find(&args.read.store, args.read.run.as_deref())?, &options)?;
    let format = args.read.format.into();
    output::to_stdout(|mut out| campaign::render_reached(&found, args.count, format, &mut out))?;
    progress::note(&format!("by {}; intervals are at 95 %", found.way));
    Ok(())
}

fn target(args: &SpreadArgs) -> TargetOptions {
    TargetOptions { among: args.among.clone(), worth: args.worth.clone() }
}

fn spread(args: &SpreadArgs) -> SpreadOptions {
    SpreadOptions { probability: args.probability, model: args.model.map(Into::into) }
}

/// Refuses to write the cohort over a file that it or the run is made from, into the store, or where there is no
/// folder: before all the work.
fn refuse_output(args: &CampaignCohortArgs, plan: Option<&Plan>) -> Result<(), CliError> {
    let Some(output) = &args.output else { return Ok(()) };
    let refused = |why: &str, hint: &str| {
        Err(CliError::input(format!("cannot write `{}`: {why}", output.display())).hint(hint))
    };
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return refused("there is no such folder", "make the folder first, or name another file");
    }
    let store = real(&inputs::store_folder(&args.store)?);
    if real(folder).starts_with(&store) || real(output).starts_with(&store) {
        return refused(
            "it is inside the run store",
            "runs never change: give the cohort a place of its own",
        );
    }
    let lists = args.exclude.iter().chain(&args.must_include).chain(&args.already).chain(&args.from);
    let mut taken: Vec<PathBuf> = lists.chain(&args.store.config).cloned().collect();
    taken.extend(args.quota.iter().chain(&args.at_least).filter_map(|quota| match &quota.whom {
        PeopleSelector::File(path) => Some(path.clone()),
        _ => None,
    }));
    taken.extend(plan.map(inputs::files_of).unwrap_or_default());
    taken.push(PathBuf::from(inputs::DEFAULT_CONFIG));
    if taken.iter().any(|path| real(path) == real(output)) {
        return refused("it is one of the files read", "give the cohort a file of its own");
    }
    Ok(())
}

/// The sentences that a planner can defend.
fn tell(found: &Cohort) {
    let advocates = counted(offset64(found.rows.len()), "customer reaches", "customers reach");
    let certified = (found.certificate * 100.0).floor();
    let choice = &found.choice;
    let whom = if choice.beyond {
        "none of whom those who are invited already reach"
    } else {
        "themselves included"
    };
    progress::note(&format!(
        "{advocates} {}, {whom}; that is at least {certified:.0} % of what the best such cohort can reach (certified; the \
         chance that this is wrong is at most {:.1e})",
        reached(found.reach, choice),
        found.delta
    ));
    if let Some(Price { reach, cost }) = found.without_rules {
        let price = if cost.low > 0.0 {
            format!(
                "the rules cost {:.0} ({:.1} %; 95 % interval {:.0} to {:.0})",
                cost.mean,
                cost.mean / reach.mean * 100.0,
                cost.low,
                cost.high
            )
        } else {
            "the rules cost nothing that could be measured".to_owned()
        };
        progress::note(&format!(
            "{price}: by the same draws as many reach {} without them, and {} with them",
            reached(reach, choice),
            grouped(num::floor_u64(reach.mean - cost.mean + 0.5))
        ));
    }
    match found.ended {
        Ended::NobodyNew => {
            let asked = choice.asked.map_or_else(
                || "there is money for more".to_owned(),
                |asked| format!("{} were asked for", grouped(offset64(asked))),
            );
            progress::note(&format!("{asked}; in no set that was drawn do more reach anybody new"));
        }
        Ended::NoRoom => progress::note("the rules leave no room for more beside these"),
        Ended::Complete => {}
    }
}

/// The same of a message that is to reach few.
fn tell_contained(found: &Contained) {
    let choice = &found.choice;
    let sources = counted(found.sources, "source reaches", "sources reach");
    progress::note(&format!(
        "{sources} {}, themselves left out; with {} won over, {}",
        reached(found.before, choice),
        counted(offset64(found.rows.len()), "customer", "customers"),
        reached(found.after, choice)
    ));
    progress::note(&format!(
        "{:.0} saved (95 % interval {:.0} to {:.0}); no choice of as many saves more than {:.0}, and the best may save \
         less than that",
        found.saved.mean, found.saved.low, found.saved.high, found.most.high
    ));
    if choice.asked.is_none_or(|asked| found.rows.len() < asked) {
        progress::note("more would save nobody, or find no room");
    }
}

/// Who could be picked, and by what.
fn tell_choice(choice: &Choice, picked: usize, args: &CampaignCohortArgs) {
    let reasons = choice.left_out.iter().filter(|left_out| left_out.count > 0);
    let reasons: Vec<String> =
        reasons.map(|left_out| format!("{} {}", grouped(left_out.count), left_out.why)).collect();
    let of = counted(choice.customers, "customer", "customers");
    let others =
        if reasons.is_empty() { String::new() } else { format!("; left out: {}", reasons.join(", ")) };
    progress::note(&format!("{} of {of} may be picked{others}", grouped(choice.open)));
    let logs = choice.contacts;
    if logs.logs == 0 {
        progress::note("no contact log is named, so nobody is left out for having been contacted");
    } else {
        let read = counted(logs.read, "contact", "contacts");
        progress::note(&format!(
            "{read} in {}: {} in the window with customers of this run, {} with nobody of it",
            counted(logs.logs, "log", "logs"),
            grouped(logs.counted),
            grouped(logs.strangers)
        ));
    }
    if let (Some(cost), Some(budget)) = (choice.cost, args.budget) {
        let they = counted(offset64(picked), "customer costs", "customers cost");
        progress::note(&format!("{they} {cost} of {budget}"));
    }
    progress::note(&format!("by {}", choice.way));
    choice.notes.iter().for_each(|note| progress::note(note));
}

/// `1,234 of 5,000 customers (24.7 %; 95 % interval 1,200 to 1,270)`.
fn reached(reach: Spread, choice: &Choice) -> String {
    let [mean, low, high, whole] =
        [reach.mean, reach.low, reach.high, choice.whole].map(|figure| grouped(num::floor_u64(figure + 0.5)));
    let share = reach.mean / choice.whole * 100.0;
    format!("{mean} of {whole} {} ({share:.1} %; 95 % interval {low} to {high})", choice.what)
}
