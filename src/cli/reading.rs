//! The commands that read finished runs: `top`, `prospects`, `communities` and `runs`.

use std::error::Error;

use super::{
    args::{
        CommunitiesAction, CommunitiesArgs, InviteArgs, ProspectsArgs, ReadArgs, RunsAction, RunsArgs,
        StoreArgs, TopArgs,
    },
    exit::CliError,
    inputs, output, progress,
};
use crate::{
    analysis::{self, PersonalizedOptions},
    config::PeopleSelector,
    graph::snapshot,
    ids::offset64,
    report::{self, CustomerFilter, Format, Listing, TopOptions, VerifyRow},
    store::{Run, Store},
    tables::graphs,
    text::{counted, grouped},
};

fn customer_filter(args: &TopArgs) -> CustomerFilter {
    CustomerFilter { tier: args.tier.clone(), community: args.community, channel: args.channel.clone() }
}

pub(super) fn top(args: &TopArgs) -> Result<(), CliError> {
    if let Some(influenced) = &args.personalized_to {
        return personalized(args, influenced);
    }
    let options = TopOptions { count: args.count, by: args.by, filter: customer_filter(args) };
    let rows = report::top(&run_of(&args.read)?, &options)?;
    let format = args.read.format;
    output::to_stdout(|mut out| report::render_top(&rows, options.by, format, &mut out))
}

/// Prints the customers with the most influence on the selected people, and the error bound on stderr.
fn personalized(args: &TopArgs, influenced: &PeopleSelector) -> Result<(), CliError> {
    let options = PersonalizedOptions {
        influenced: influenced.clone(),
        count: args.count,
        filter: customer_filter(args),
        others_only: args.others_only,
    };
    let ranking = analysis::personalized(&run_of(&args.read)?, &options)?;
    print(&ranking.rows, args.read.format)?;
    let people = counted(offset64(ranking.starts), "person", "people");
    let rounds = counted(ranking.rounds.into(), "round", "rounds");
    let bound =
        format!("the L1 distance of all shares to the exact shares is at most {:.1e}", ranking.error_bound);
    progress::note(&format!("personalized to {people}; {bound} ({rounds})"));
    ranking.notes.iter().for_each(|note| progress::note(note));
    Ok(())
}

pub(super) fn prospects(args: &ProspectsArgs) -> Result<(), CliError> {
    print(&report::prospects(&run_of(&args.read)?, args.count, args.channel.as_deref())?, args.read.format)
}

/// Prints the communities, the largest first, or one community in detail, or the customers to invite into a community.
pub(super) fn communities(args: &CommunitiesArgs) -> Result<(), CliError> {
    let read = &args.read;
    match &args.action {
        None => print(&report::communities(&run_of(read)?, args.count)?, read.format),
        Some(CommunitiesAction::Show(args)) => {
            let shown = analysis::community_report(&run_of(read)?, args.community, args.count)?;
            let format = read.format;
            output::to_stdout(|mut out| analysis::render_community_report(&shown, format, &mut out))
        }
        Some(CommunitiesAction::Invite(args)) => invite(args, read),
    }
}

fn invite(args: &InviteArgs, read: &ReadArgs) -> Result<(), CliError> {
    let found = analysis::invite(&run_of(read)?, args.community, args.count)?;
    print(&found.rows, read.format)?;
    let id = args.community;
    if found.members == 0 {
        progress::note(&format!("community {id} has no member who may be shown, so nobody is next to it"));
        return Ok(());
    }
    let count = if found.contactable == 0 { "no".to_owned() } else { grouped(found.contactable) };
    let customers = if found.contactable < 2 { "customer" } else { "customers" };
    let next_to = format!("{count} {customers} next to community {id} may be contacted");
    let why = if found.has_crm { "" } else { ": without a CRM nobody has agreed to it" };
    let left_out = match found.without_consent {
        0 => "nobody is left out for lack of consent".to_owned(),
        1 => format!("1 more is left out for lack of consent{why}"),
        many => format!("{} more are left out for lack of consent{why}", grouped(many)),
    };
    progress::note(&format!("{next_to}; {left_out}"));
    Ok(())
}

pub(super) fn runs(args: &RunsArgs) -> Result<(), CliError> {
    let (store, format) = (&args.store, args.format);
    match &args.action {
        None | Some(RunsAction::List) => list(store, format),
        Some(RunsAction::Show(args)) => {
            let run = find(store, args.run.as_deref())?;
            let mut text = Vec::new();
            report::render_run(&run, format, &mut text)?.expect("invariant: writing to memory cannot fail");
            output::to_stdout(|out| out.write_all(&text))
        }
        Some(RunsAction::Verify(args)) => verify(&find(store, args.run.as_deref())?, format),
    }
}

fn list(args: &StoreArgs, format: Format) -> Result<(), CliError> {
    let store = Store::open(&inputs::store_folder(args)?)?;
    print(&report::list_runs(&store)?, format)
}

fn verify(run: &Run, format: Format) -> Result<(), CliError> {
    let mut rows = report::verify_run(run);
    let graphs = [graphs::FILE, graphs::SPREAD_FILE];
    for problem in graphs.into_iter().filter_map(|name| snapshot_problem(run, name)) {
        let row = VerifyRow { problem: Some(problem), ..rows[0].clone() };
        rows.retain(|row| row.problem.is_some());
        rows.push(row);
    }
    print(&rows, format)?;
    let problems = offset64(rows.iter().filter(|row| row.problem.is_some()).count());
    if problems == 0 {
        return Ok(());
    }
    let newest =
        run.store().newest_intact().map_or("no run is intact".to_owned(), |id| format!("`{id}` is intact"));
    let problems = counted(problems, "problem", "problems");
    Err(CliError::input(format!("run `{}` is damaged", run.id()))
        .why(format!("{problems}, listed above"))
        .hint(format!("run again; meanwhile {newest}")))
}

/// A fault in a graph of the run that its digest does not show: a damaged block, or an inconsistent graph. A missing
/// snapshot is found by the check against the manifest.
fn snapshot_problem(run: &Run, name: &str) -> Option<String> {
    let path = run.dir().join(name);
    if !path.exists() {
        return None;
    }
    let fault = snapshot::verify(&path).err()?;
    let why = fault.source().map_or_else(|| fault.to_string(), ToString::to_string);
    Some(format!("`{name}` is not a valid graph: {why}"))
}

fn run_of(args: &ReadArgs) -> Result<Run, CliError> {
    find(&args.store, args.run.as_deref())
}

pub(super) fn find(args: &StoreArgs, run: Option<&str>) -> Result<Run, CliError> {
    let store = Store::open(&inputs::store_folder(args)?)?;
    Ok(store.run(run.unwrap_or("current"))?)
}

fn print<R: Listing>(rows: &[R], format: Format) -> Result<(), CliError> {
    output::to_stdout(|mut out| report::render(rows, format, &mut out))
}
