//! `plaudit cohort` and `plaudit reach`: print the answer on stdout, and its certificates and intervals on stderr.

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
        self, AudienceOptions, Cohort, CohortOptions, CohortSummary, ContainmentCohort,
        ExpectedSpreadOptions, RuleCost, RuleOptions, SpreadModelOptions,
    },
    config::{PeopleSelector, Plan},
    ids::offset64,
    influence::StopReason,
    num,
    report::{self, Listing},
    tables::Interval,
    text::{counted, grouped},
};

/// Picks a cohort, prints it, and reports its expected spread and certificate on stderr.
pub(super) fn cohort(args: &CampaignCohortArgs) -> Result<(), CliError> {
    if args.goal == Goal::Reach && !args.from.is_empty() {
        return Err(CliError::usage(
            "--from names the sources of a bad message, so it requires --goal contain",
        )
        .hint("add `--goal contain`, or omit `--from`"));
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
        audience: audience(&args.spread),
        spread_model: spread_model(&args.spread),
        epsilon: args.epsilon,
        seed: args.spread.seed,
    };
    let run = reading::find(&args.store, args.run.as_deref())?;
    match args.goal {
        Goal::Reach => {
            let found = campaign::cohort(&run, &options)?;
            write(&found.rows, args)?;
            note_spread(&found);
            note_selection(&found.summary, found.rows.len(), args);
        }
        Goal::Contain => {
            let found = campaign::containment_cohort(&run, &args.from, &options)?;
            write(&found.rows, args)?;
            note_containment(&found);
            note_selection(&found.summary, found.rows.len(), args);
        }
    }
    Ok(())
}

/// Writes the rows; all rows are formatted before the file is opened.
fn write<R: Listing>(rows: &[R], args: &CampaignCohortArgs) -> Result<(), CliError> {
    let mut text = Vec::new();
    report::render(rows, args.format, &mut text).expect("invariant: writing to memory cannot fail");
    match &args.output {
        Some(path) => output::to_whole_file(path, &text),
        None => output::to_stdout(|out| out.write_all(&text)),
    }
}

pub(super) fn reach(args: &CampaignReachArgs) -> Result<(), CliError> {
    let files = args.file.iter().map(|path| PeopleSelector::File(path.clone()));
    let options = ExpectedSpreadOptions {
        people: args.people.iter().cloned().chain(files).collect(),
        with: args.with.clone(),
        without: args.without.clone(),
        overlap: args.overlap.clone(),
        audience: audience(&args.spread),
        spread_model: spread_model(&args.spread),
        seed: args.spread.seed,
    };
    let found =
        campaign::expected_spread(&reading::find(&args.read.store, args.read.run.as_deref())?, &options)?;
    let format = args.read.format;
    output::to_stdout(|mut out| campaign::render_spread_report(&found, args.count, format, &mut out))?;
    progress::note(&format!("spread model: {}; intervals are 95 %", found.spread_model));
    found.notes.iter().for_each(|note| progress::note(note));
    Ok(())
}

fn audience(args: &SpreadArgs) -> AudienceOptions {
    AudienceOptions { among: args.among.clone(), worth: args.worth.clone() }
}

fn spread_model(args: &SpreadArgs) -> SpreadModelOptions {
    SpreadModelOptions { probability: args.probability, model: args.model }
}

/// Refuses, before any work, to write the cohort over an input file, into the run store, or into a folder that does not
/// exist.
fn refuse_output(args: &CampaignCohortArgs, plan: Option<&Plan>) -> Result<(), CliError> {
    let Some(output) = &args.output else { return Ok(()) };
    let refused = |why: &str, hint: &str| {
        Err(CliError::input(format!("cannot write `{}`", output.display())).why(why).hint(hint))
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
            "runs never change: write the cohort to another folder",
        );
    }
    let lists = args.exclude.iter().chain(&args.must_include).chain(&args.already).chain(&args.from);
    let mut taken: Vec<PathBuf> = lists.chain(&args.store.config).cloned().collect();
    taken.extend(args.quota.iter().chain(&args.at_least).filter_map(|quota| match &quota.people {
        PeopleSelector::File(path) => Some(path.clone()),
        _ => None,
    }));
    taken.extend(plan.map(inputs::files_of).unwrap_or_default());
    taken.push(PathBuf::from(inputs::DEFAULT_CONFIG));
    if taken.iter().any(|path| real(path) == real(output)) {
        return refused("it is one of the files read", "name a different file for the cohort");
    }
    Ok(())
}

/// Reports the expected spread of a cohort, its certificate, the spread lost to the rules, and why the search stopped
/// early.
fn note_spread(found: &Cohort) {
    let customers = customers(found.rows.len());
    let certified = (found.certificate * 100.0).floor();
    let summary = &found.summary;
    let counting =
        if summary.beyond_invited { "beyond those already invited" } else { "themselves included" };
    progress::note(&format!(
        "expected spread of {customers}: {}, {counting}; at least {certified:.0} % of the best possible cohort's \
         (certified; error probability at most {:.1e})",
        share_of_audience(found.spread, summary),
        found.delta
    ));
    if let Some(RuleCost { unrestricted, cost }) = found.rule_cost {
        let price = if cost.low > 0.0 {
            let percent = cost.value / unrestricted.value * 100.0;
            let Interval { value, low, high } = cost;
            format!("the rules cost {value:.0} ({percent:.1} %; 95 % interval {low:.0} to {high:.0})")
        } else {
            "the rules cost nothing measurable".to_owned()
        };
        progress::note(&format!(
            "{price}: expected spread of the same number of people without the rules: {}, with them: {} (same simulations)",
            share_of_audience(unrestricted, summary),
            grouped(num::floor_u64(unrestricted.value - cost.value + 0.5))
        ));
    }
    match found.ended {
        StopReason::NoGain => {
            let requested = summary.requested.map_or_else(
                || "the budget is not used up".to_owned(),
                |requested| format!("{} were requested", grouped(offset64(requested))),
            );
            progress::note(&format!("{requested}; no further customer adds measurable spread"));
        }
        StopReason::NothingFits => progress::note("no further customer fits within the rules"),
        StopReason::SizeReached => {}
    }
}

/// Reports the spread of a bad message with and without the cohort, and how much of it the cohort prevents.
fn note_containment(found: &ContainmentCohort) {
    let summary = &found.summary;
    progress::note(&format!(
        "expected spread from {}: {}, sources excluded; {} with {} blocked",
        counted(found.sources, "source", "sources"),
        share_of_audience(found.before, summary),
        share_of_audience(found.after, summary),
        customers(found.rows.len())
    ));
    progress::note(&format!(
        "{:.0} prevented (95 % interval {:.0} to {:.0}); no cohort of this size prevents more than {:.0}, and the best \
         cohort may prevent less",
        found.prevented.value, found.prevented.low, found.prevented.high, found.bound.high
    ));
    if summary.requested.is_none_or(|requested| found.rows.len() < requested) {
        progress::note("no further customer prevents anything, or fits within the rules");
    }
}

/// Reports the number of eligible customers and of customers excluded by each rule, the contact logs, the cost and the
/// spread model.
fn note_selection(summary: &CohortSummary, picked: usize, args: &CampaignCohortArgs) {
    let exclusions = summary.exclusions.iter().filter(|exclusion| exclusion.count > 0);
    let exclusions: Vec<String> =
        exclusions.map(|exclusion| format!("{} {}", grouped(exclusion.count), exclusion.reason)).collect();
    let of = counted(summary.customers, "customer", "customers");
    let excluded =
        if exclusions.is_empty() { String::new() } else { format!("; excluded: {}", exclusions.join(", ")) };
    progress::note(&format!("{} of {of} may be picked{excluded}", grouped(summary.eligible)));
    let contacts = summary.contacts;
    if contacts.logs == 0 {
        progress::note("no contact log is configured, so nobody is excluded because of earlier contacts");
    } else {
        progress::note(&format!(
            "{} in {}: {} within the window with customers of this run, {} with ids that are not in it",
            counted(contacts.read, "contact", "contacts"),
            counted(contacts.logs, "log", "logs"),
            grouped(contacts.counted),
            grouped(contacts.unknown)
        ));
    }
    if let (Some(cost), Some(budget)) = (summary.cost, args.budget) {
        progress::note(&format!("budget used by {}: {cost} of {budget}", customers(picked)));
    }
    progress::note(&format!("spread model: {}", summary.spread_model));
    summary.notes.iter().for_each(|note| progress::note(note));
}

fn customers(count: usize) -> String {
    counted(offset64(count), "customer", "customers")
}

/// `1,234 of 5,000 customers (24.7 %; 95 % interval 1,200 to 1,270)`.
fn share_of_audience(spread: Interval, summary: &CohortSummary) -> String {
    let [mean, low, high, total] = [spread.value, spread.low, spread.high, summary.total_worth]
        .map(|figure| grouped(num::floor_u64(figure + 0.5)));
    let share = spread.value / summary.total_worth * 100.0;
    format!("{mean} of {total} {} ({share:.1} %; 95 % interval {low} to {high})", summary.unit)
}
