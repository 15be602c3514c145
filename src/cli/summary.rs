//! The summary of a run on stdout.

use std::{
    cmp::Reverse,
    env,
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::{
    ids::offset64,
    pipeline::Summary,
    projection::Ignored,
    report::{Rounding, column_texts},
    store::Counts,
    tables::record_keys,
    text::{columns, counted, grouped, harmless, noun},
};

pub(super) fn write(summary: &Summary, hops: u32, out: &mut dyn Write) -> io::Result<()> {
    let counts = &summary.counts;
    writeln!(out, "run {}", summary.run)?;
    if let Some(as_of) = summary.as_of {
        writeln!(out, "  as of        {as_of}")?;
    }
    let [read, used, ignored] = [counts.rows_read, counts.events_used, counts.events_ignored].map(grouped);
    let rejected = grouped(counts.rows_rejected);
    writeln!(out, "  rows         {read} read = {used} used + {ignored} ignored + {rejected} set aside")?;
    write_ignored(summary, out)?;
    let customers = counted(counts.customers, "customer", "customers");
    let prospects = counted(counts.prospects, "prospect", "prospects");
    writeln!(out, "  people       {customers}, {prospects}, {} withheld", grouped(counts.withheld))?;
    write_crm(summary, out)?;
    writeln!(out, "  edges        {}", grouped(counts.edges))?;
    let communities = grouped(summary.communities);
    writeln!(out, "  communities  {communities} of two or more, modularity {:.4}", summary.modularity)?;
    write_rank_bound(&summary.rank_bounds, out)?;
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

/// The ignored events by reason, the most frequent first, and a hint if a single reason takes most of the rows.
fn write_ignored(summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    let counts = &summary.counts;
    let mut reasons: Vec<(&String, u64)> =
        counts.ignored.iter().map(|(reason, &count)| (reason, count)).collect();
    reasons.sort_by_key(|&(_, count)| Reverse(count));
    let Some(&(first, most)) = reasons.first() else { return Ok(()) };
    let parts = reasons.iter().map(|&(reason, count)| {
        let words = Ignored::of_code(reason).map_or(reason.as_str(), |reason| reason.words());
        format!("{} {words}", grouped(count))
    });
    writeln!(out, "  ignored      {}", parts.collect::<Vec<_>>().join(", "))?;
    if 2 * most <= counts.rows_read {
        return Ok(());
    }
    let percent = most as f64 / counts.rows_read as f64 * 100.0;
    let hint = match Ignored::of_code(first) {
        Some(Ignored::Faded) => {
            let before =
                summary.faded_before.iter().map(|(kind, moment)| format!("{moment} ({})", harmless(kind)));
            let before = before.collect::<Vec<_>>().join(", ");
            format!("are too old, of before {before}: see `half_life` in `[weights]` and `[run] as_of`")
        }
        Some(Ignored::OutsideWindow) => "are outside the window: see `[run] window` and `as_of`".to_owned(),
        Some(Ignored::Duplicate) => {
            "are duplicates: see whether a file is read twice, or `[run] duplicates`".to_owned()
        }
        Some(Ignored::SelfInteraction) => {
            "have one person as actor and target: see `columns.actor` and `columns.target` of `[[events]]`"
                .to_owned()
        }
        Some(Ignored::Nobody) => "are of placeholders: see `[run] placeholders`".to_owned(),
        _ => return Ok(()),
    };
    writeln!(out, "               {percent:.0} % {hint}")
}

/// What the CRM files held beyond good rows, and what only the memory of denials withholds; no line for zeros.
fn write_crm(summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    let counts = &summary.counts;
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
        (record_keys::CUSTOMER_ROWS_REJECTED, "row set aside", "rows set aside"),
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
        (record_keys::DENIALS_LIFTED, "denial lifted", "denials lifted"),
    ] {
        if count(name) > 0 {
            parts.push(counted(count(name), one, several));
        }
    }
    writeln!(out, "  crm          {}", parts.join(", "))?;
    write_crm_faults(counts, out)?;
    write_new_words(&summary.new_words, out)
}

/// The faults in CRM rows by reason, the most frequent first.
fn write_crm_faults(counts: &Counts, out: &mut dyn Write) -> io::Result<()> {
    let mut reasons: Vec<(&str, u64)> = counts
        .more
        .iter()
        .filter_map(|(name, &count)| Some((record_keys::crm_fault_code(name)?, count)))
        .collect();
    if reasons.is_empty() {
        return Ok(());
    }
    reasons.sort_by_key(|&(_, count)| Reverse(count));
    let parts: Vec<String> =
        reasons.iter().map(|(code, count)| format!("{} {code}", grouped(*count))).collect();
    writeln!(out, "  crm faults   {}: rejects.csv lists them", parts.join(", "))
}

/// The words of consent columns that have no meaning, the most frequent first. A text that occurs once is only counted:
/// in a row whose columns have moved, it may be the name of somebody who denied.
fn write_new_words(words: &[(String, u64)], out: &mut dyn Write) -> io::Result<()> {
    const NAMED: usize = 3;
    if words.is_empty() {
        return Ok(());
    }
    let named = words.iter().filter(|(_, count)| *count > 1).take(NAMED);
    let named = named.map(|(word, count)| format!("`{}` ({})", harmless(word), grouped(*count)));
    let mut named: Vec<String> = named.collect();
    if words.len() > named.len() {
        let others = offset64(words.len() - named.len());
        let [one, several] = if named.is_empty() { ["word", "words"] } else { ["other", "others"] };
        named.push(counted(others, one, several));
    }
    writeln!(
        out,
        "  consent      {} mean nothing and count as denials: see `[consent] words`",
        named.join(", ")
    )
}

/// The certified error bound of PageRank: the largest, if several rankings are computed.
fn write_rank_bound(bounds: &[(String, f64)], out: &mut dyn Write) -> io::Result<()> {
    let largest = bounds.iter().map(|&(_, bound)| bound).fold(0.0, f64::max);
    let of = match bounds {
        [] => return Ok(()),
        [_] => String::new(),
        [(one, _), (other, _)] => format!(", the larger bound of {one} and {other}"),
        several => format!(", the largest bound of {} rankings", several.len()),
    };
    writeln!(out, "  pagerank     L1 error at most {largest:.1e}, certified{of}")
}

fn write_top(summary: &Summary, hops: u32, out: &mut dyn Write) -> io::Result<()> {
    let top = &summary.top;
    writeln!(out, "\ntop {} of the customers", top.len())?;
    let ids: Vec<String> = top.iter().map(|person| harmless(&person.id)).collect();
    let padded = |text: &str, width: usize| format!("{text}{}", " ".repeat(width - columns(text)));
    let id_width = ids.iter().map(|id| columns(id)).max().unwrap_or(0);
    let tier_width = top.iter().map(|person| columns(&person.tier)).max().unwrap_or(0);
    let scores: Vec<Option<f64>> = top.iter().map(|person| Some(person.score)).collect();
    let scores = column_texts(&scores, Rounding::Decimals(2));
    let score_width = scores.iter().map(String::len).max().unwrap_or(0);
    for (((rank, person), id), score) in (1..).zip(top).zip(&ids).zip(&scores) {
        let (reach, low, high) = person.reach;
        let interval = if low == high { String::new() } else { format!(" ({low:.0} to {high:.0})") };
        let line = format!(
            "  {rank:>2}  {}  {}  {score:>score_width$}  audience {:>6}  {hops}-hop audience {reach:>6.0}{interval}  {}",
            padded(id, id_width),
            padded(&person.tier, tier_width),
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
