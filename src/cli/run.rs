//! `plaudit run` and `plaudit check`: makes the plan, runs the pipeline and prints the summary.

use std::{
    cmp::Reverse,
    env,
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::{
    args::{CheckArgs, RunArgs},
    exit::CliError,
    inputs, output,
    progress::observer,
    threads::on_threads,
};
use crate::{
    config::AsOf,
    graph::Storage,
    pipeline::{self, CheckReport, RunOptions, Summary},
    projection::Ignored,
    store::Counts,
    tables::record_keys,
    text::{bytes, columns, counted, grouped, harmless, noun},
};

pub(super) fn run(args: &RunArgs, threads: Option<u16>) -> Result<(), CliError> {
    let mut plan = inputs::plan(&args.input, threads)?;
    if let Some(as_of) = args.as_of {
        plan.as_of = AsOf::At(as_of);
    }
    let observer = observer(args.progress);
    let options = RunOptions { force: args.force };
    let summary = on_threads(plan.threads, || Ok(pipeline::run(&plan, options, observer.as_ref())?))?;
    if args.progress.quiet {
        return Ok(());
    }
    // The run is published, so a summary that cannot be printed is not an error.
    if let Err(unread) = output::to_stdout(|out| write_summary(&summary, plan.reach.hops, out)) {
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

fn write_summary(summary: &Summary, hops: u32, out: &mut dyn Write) -> io::Result<()> {
    let counts = &summary.counts;
    writeln!(out, "run {}", summary.run)?;
    if let Some(as_of) = summary.as_of {
        writeln!(out, "  as of        {as_of}")?;
    }
    let [read, used, ignored] = [counts.rows_read, counts.events_used, counts.events_ignored].map(grouped);
    let rejected = grouped(counts.rows_rejected);
    writeln!(out, "  rows         {read} read = {used} used + {ignored} ignored + {rejected} set aside")?;
    write_ignored(counts, out)?;
    let customers = counted(counts.customers, "customer", "customers");
    let prospects = counted(counts.prospects, "prospect", "prospects");
    writeln!(out, "  people       {customers}, {prospects}, {} withheld", grouped(counts.withheld))?;
    write_crm(counts, out)?;
    writeln!(out, "  edges        {}", grouped(counts.edges))?;
    let communities = grouped(summary.communities);
    writeln!(out, "  communities  {communities} of two or more, modularity {:.4}", summary.modularity)?;
    let tiers: Vec<String> =
        summary.tiers.iter().map(|(tier, count)| format!("{} {}", harmless(tier), grouped(*count))).collect();
    writeln!(out, "  tiers        {}", tiers.join(", "))?;
    if let Some(&count) = counts.more.get(record_keys::FORMULA_LIKE_KEYS).filter(|count| **count > 0) {
        let (keys, them) = (noun(count, "key begins", "keys begin"), noun(count, "it", "them"));
        let count = grouped(count);
        writeln!(out, "  beware       {count} {keys} like a spreadsheet formula; import {them} as text")?;
    }
    if summary.flagged > 0 {
        let flagged = counted(summary.flagged, "customer has", "customers have");
        writeln!(out, "  flagged      {flagged} most of their influence from unverified accounts, which do")?;
        writeln!(out, "               not count toward a tier: `plaudit top --by suspect-share`")?;
    }
    write_top(summary, hops, out)?;
    writeln!(out, "\nfiles in {}", harmless(&from_here(&summary.folder).to_string_lossy()))
}

/// The ignored events by reason, the most frequent first.
fn write_ignored(counts: &Counts, out: &mut dyn Write) -> io::Result<()> {
    let mut reasons: Vec<(&String, u64)> =
        counts.ignored.iter().map(|(reason, &count)| (reason, count)).collect();
    reasons.sort_by_key(|&(_, count)| Reverse(count));
    if reasons.is_empty() {
        return Ok(());
    }
    let parts = reasons.iter().map(|&(reason, count)| {
        let words = Ignored::of_code(reason).map_or(reason.as_str(), |reason| reason.words());
        format!("{} {words}", grouped(count))
    });
    writeln!(out, "  ignored      {}", parts.collect::<Vec<_>>().join(", "))?;
    let faded = counts.ignored.get(Ignored::Faded.code()).copied().unwrap_or(0);
    if 2 * faded > counts.rows_read {
        writeln!(
            out,
            "               most events are too old: check `[run] as_of` and the half-lives in `[weights]`"
        )?;
    }
    Ok(())
}

/// What the CRM files held beyond good rows, and what only the memory of denials withholds; no line for zeros.
fn write_crm(counts: &Counts, out: &mut dyn Write) -> io::Result<()> {
    let count = |name: &str| counts.more.get(name).copied().unwrap_or(0);
    let linked = count(record_keys::ACCOUNTS_LINKED);
    if count(record_keys::CUSTOMER_ROWS_READ) == 0 {
        return Ok(());
    }
    let mut parts = vec![counted(linked, "account linked", "accounts linked")];
    for (name, one, several) in [
        (
            record_keys::CUSTOMERS_UNLINKED,
            "customer with an identifier that no event names",
            "customers with identifiers that no event names",
        ),
        (record_keys::CUSTOMER_ROWS_MERGED, "row merged into another", "rows merged into others"),
        (record_keys::CUSTOMER_FAULTS, "fault in its rows", "faults in its rows"),
        (
            record_keys::CUSTOMERS_WITHHELD_BY_MEMORY,
            "customer withheld by an earlier denial",
            "customers withheld by earlier denials",
        ),
        (
            record_keys::ACCOUNTS_WITHHELD_BY_MEMORY,
            "account withheld by an earlier denial",
            "accounts withheld by earlier denials",
        ),
    ] {
        if count(name) > 0 {
            parts.push(counted(count(name), one, several));
        }
    }
    writeln!(out, "  crm          {}", parts.join(", "))
}

fn write_top(summary: &Summary, hops: u32, out: &mut dyn Write) -> io::Result<()> {
    let top = &summary.top;
    writeln!(out, "\ntop {} of the customers", top.len())?;
    let ids: Vec<String> = top.iter().map(|person| harmless(&person.id)).collect();
    let padded = |text: &str, width: usize| format!("{text}{}", " ".repeat(width - columns(text)));
    let id_width = ids.iter().map(|id| columns(id)).max().unwrap_or(0);
    let tier_width = top.iter().map(|person| columns(&person.tier)).max().unwrap_or(0);
    for ((rank, person), id) in (1..).zip(top).zip(&ids) {
        let (reach, low, high) = person.reach;
        let interval = if low == high { String::new() } else { format!(" ({low:.0} to {high:.0})") };
        let line = format!(
            "  {rank:>2}  {}  {}  {:>6.2}  audience {:>6}  {hops}-hop audience {reach:>6.0}{interval}  {}",
            padded(id, id_width),
            padded(&person.tier, tier_width),
            person.score,
            grouped(person.audience),
            harmless(person.name.as_deref().unwrap_or("")),
        );
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// The canonical path of `folder`; relative to the working directory if the folder is inside it.
fn from_here(folder: &Path) -> PathBuf {
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let here = env::current_dir().and_then(|here| here.canonicalize());
    here.ok().and_then(|here| whole.strip_prefix(here).ok().map(Path::to_path_buf)).unwrap_or(whole)
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
    let (share, allowed) = report.rejected_share;
    writeln!(out, "bad rows    {:.3} % of the events; {:.3} % are allowed", share * 100.0, allowed * 100.0)?;
    for (reason, count) in &report.rejected {
        writeln!(out, "            {:>9}  {reason}", grouped(*count))?;
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
