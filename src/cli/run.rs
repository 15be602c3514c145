//! `plaudit run` and `plaudit check`: makes the plan, runs the pipeline and prints the summary.

use std::{
    io::{self, Write},
    sync::Arc,
};

use super::{
    args::{CheckArgs, RunArgs},
    exit::{CliError, EXIT_DONE},
    inputs, output,
    progress::observer,
    stop::{StageObserver, StopSwitch},
    summary,
    threads::on_threads,
};
use crate::{
    config::AsOf,
    graph::Storage,
    pipeline::{self, BadRows, CheckReport, RunOptions},
    text::{bytes, counted, grouped, harmless, noun},
};

pub(super) fn run(args: &RunArgs, threads: Option<u16>) -> Result<(), CliError> {
    let mut plan = inputs::plan(&args.input, threads)?;
    if let Some(as_of) = args.as_of {
        plan.as_of = AsOf::At(as_of);
    }
    let observer = observer(args.progress);
    let switch = StopSwitch::install(args.progress.log_format, Arc::clone(&observer))?;
    let options = RunOptions { force: args.force };
    let stages = StageObserver { inner: observer.as_ref(), switch: &switch };
    let outcome = on_threads(plan.threads, || Ok(pipeline::run(&plan, options, &stages, switch.as_ref())?));
    let late = switch.end(outcome.as_ref().map_or_else(|error| error.code, |_| EXIT_DONE));
    let summary = outcome?;
    if let Some(signal) = late {
        observer.note(&format!("{} came too late to stop the run, which is published", signal.name()));
    }
    if args.progress.quiet {
        return Ok(());
    }
    // The run is published, so a summary that cannot be printed is not an error.
    if let Err(unread) = output::to_stdout(|out| summary::write(&summary, plan.reach.hops, out)) {
        observer
            .note(&format!("run `{}` is published, but its summary cannot be shown: {unread}", summary.run));
    }
    Ok(())
}

pub(super) fn check(args: &CheckArgs, threads: Option<u16>) -> Result<(), CliError> {
    let plan = inputs::plan(&args.input, threads)?;
    let observer = observer(args.progress);
    let report = on_threads(plan.threads, || Ok(pipeline::check(&plan, observer.as_ref())?))?;
    output::to_stdout(|out| write_check(&report, out))?;
    match report.refusal {
        Some(refusal) => Err(refusal.into()),
        None => Ok(()),
    }
}

/// The share of bad rows, the number of rows of these files that have each fault, and the limit.
fn write_bad_rows(bad: &BadRows, of: &str, max_rejected: f64, out: &mut dyn Write) -> io::Result<()> {
    let (share, allowed) = (bad.share() * 100.0, max_rejected * 100.0);
    writeln!(out, "bad rows    {share:.3} % of the {of}; {allowed:.3} % are allowed")?;
    for (reason, count) in &bad.by_reason {
        writeln!(out, "            {:>9}  {reason}", grouped(*count))?;
    }
    let faults: u64 = bad.by_reason.values().sum();
    if faults > bad.rows_rejected {
        let kept = counted(faults - bad.rows_rejected, "fault costs", "faults cost");
        writeln!(out, "            {kept} a row only one field")?;
    }
    Ok(())
}

fn write_check(report: &CheckReport, out: &mut dyn Write) -> io::Result<()> {
    for file in &report.files {
        let [read, bad] = [file.rows_read, file.rows_rejected].map(grouped);
        let (rows, size, path) =
            (noun(file.rows_read, "row", "rows"), bytes(file.bytes), harmless(&file.path));
        writeln!(out, "{:<9}  {read:>12} {rows:<4}  {bad:>9} bad  {size:>9}  {path}", file.role)?;
    }
    if let Some(as_of) = report.as_of {
        writeln!(out, "\nas of       {as_of}")?;
    }
    let [accounts, linked] = [report.accounts, report.accounts_linked].map(grouped);
    writeln!(out, "accounts    {accounts} ({linked} linked to customers)")?;
    let [customers, withheld] = [report.customers, report.withheld].map(grouped);
    let conflicts = counted(report.conflicts, "contested identifier", "contested identifiers");
    writeln!(out, "customers   {customers}, {withheld} of them withheld, {conflicts}")?;
    write_bad_rows(&report.events, "events", report.max_rejected, out)?;
    if let Some(crm) = &report.crm {
        write_bad_rows(crm, "CRM rows", report.max_rejected, out)?;
    }
    if !report.first_bad.is_empty() {
        writeln!(out, "\nfirst bad rows")?;
        for line in &report.first_bad {
            writeln!(out, "  {}", harmless(line))?;
        }
    }
    let peak = report.estimate.peak();
    write!(out, "\nmemory      at most about {} (stage `{}`)", bytes(peak.bytes), peak.stage)?;
    if report.estimate.storage == Storage::Compressed {
        write!(out, " with a compressed graph")?;
    }
    match report.estimate.limit_bytes {
        Some(limit) => writeln!(out, "; the limit is {}", bytes(limit)),
        None => writeln!(out),
    }
}
