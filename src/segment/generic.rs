//! The files of the target `generic`: plain CSV with fixed columns, for any tool.
//!
//! Columns never change their order; new ones come after the old.

use std::io::{self, Write};

use super::lines::{self, Fields, Record};
use crate::ids::offset64;

/// A customer in `tiers.csv` and in the file of its tier.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TierRow<'a> {
    /// The CRM's own key.
    pub customer_id: &'a str,
    /// Name of the tier.
    pub tier: &'a str,
    /// 0 to 100.
    pub score: f64,
    /// 1 is the best.
    pub rank: u32,
    /// Share of customers below, in percent.
    pub percentile: f64,
    /// Share of all attention.
    pub pagerank: f64,
    /// People reached, and the interval of the estimate.
    pub reach: f64,
    /// The lower end.
    pub reach_low: f64,
    /// The upper end.
    pub reach_high: f64,
    /// The community, by the id that stays.
    pub community_id: u32,
    /// The tier in the run before, if there was one.
    pub previous_tier: Option<&'a str>,
    /// Whether a campaign may write to this customer.
    pub contactable: bool,
    /// The household, where the CRM names one.
    pub household: Option<&'a str>,
    /// What the customer is worth, where the CRM says.
    pub value: Option<f64>,
    /// Number of distinct people who attend to this customer.
    pub audience: u32,
    /// Sum of the weights of their attention.
    pub strength: f64,
    /// The largest share, over the measures of the score, that comes from suspects; none without a CRM.
    pub suspect_share: Option<f64>,
    /// Whether that held the tier down.
    pub flagged: bool,
}

/// The file of one tier while [`write_tiers`] fills it.
#[derive(Debug)]
pub struct TierSink<'a, W> {
    /// The tier whose rows go here.
    pub tier: &'a str,
    /// Where they go.
    pub out: W,
    /// Rows written so far.
    pub rows: u64,
}

/// An account of no customer, in `prospects.csv`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProspectRow<'a> {
    /// `channel:handle`, or the bare handle.
    pub account: &'a str,
    /// The channel, empty where none is given.
    pub channel: &'a str,
    /// The handle on that channel.
    pub handle: &'a str,
    /// 0 to 100, on the customers' scale.
    pub score: f64,
    /// 1 is the best prospect.
    pub rank: u32,
    /// The tier a customer of this score would be in.
    pub would_be_tier: &'a str,
    /// Share of all attention.
    pub pagerank: f64,
    /// People reached, and the interval of the estimate.
    pub reach: f64,
    /// The lower end.
    pub reach_low: f64,
    /// The upper end.
    pub reach_high: f64,
    /// The community, by the id that stays.
    pub community_id: u32,
    /// Number of distinct people who attend to this account.
    pub audience: u32,
    /// How many of them are customers.
    pub customers_in_audience: u32,
}

/// A row that was set aside, in `rejects.csv`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RejectRow<'a> {
    /// The input file.
    pub file: &'a str,
    /// Line in it, from 1.
    pub line: u64,
    /// Name or number of the column; empty where the whole row is at fault.
    pub column: &'a str,
    /// The class of fault, as `counts.rejected` names it.
    pub reason: &'a str,
    /// What was found and what is expected.
    pub message: &'a str,
    /// The row as it stands in the file; bytes that are not UTF-8 are shown as U+FFFD.
    pub raw: &'a [u8],
}

/// What became of one community overnight, in `communities/events.csv`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommunityEventRow<'a> {
    /// The community.
    pub community_id: u32,
    /// `continued`, `born`, `died`, `split` or `merged`.
    pub event: &'a str,
    /// Its members tonight.
    pub size: u32,
    /// Its members the night before.
    pub previous_size: u32,
    /// Who was in it and is; where it merged, who went along.
    pub kept: u32,
    /// Who is in it and was not.
    pub joined: u32,
    /// Who was in it and is not.
    pub left: u32,
    /// Members of whom nobody can say whether they were in it.
    pub unknown: u32,
    /// Members the night before of whom nobody can say whether they are in it.
    pub previous_unknown: u32,
    /// The other communities of this event.
    pub other_ids: &'a [u32],
    /// What people call it.
    pub name: Option<&'a str>,
}

/// One claim of a disputed identifier, in `identity/conflicts.csv`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConflictRow<'a> {
    /// `email`, or a channel.
    pub namespace: &'a str,
    /// The identifier, normalised.
    pub identifier: &'a str,
    /// A customer who claims it.
    pub customer_id: &'a str,
}

impl Record for TierRow<'_> {
    const HEADER: &'static [&'static str] = &[
        "customer_id",
        "tier",
        "score",
        "rank",
        "percentile",
        "pagerank",
        "reach",
        "reach_low",
        "reach_high",
        "community_id",
        "previous_tier",
        "contactable",
        "household",
        "value",
        "audience",
        "strength",
        "suspect_share",
        "flagged",
    ];

    fn fill(&self, fields: &mut Fields) {
        fields.text(self.customer_id);
        fields.text(self.tier);
        fields.float(self.score);
        fields.shown(self.rank);
        fields.float(self.percentile);
        fields.float(self.pagerank);
        fields.float(self.reach);
        fields.float(self.reach_low);
        fields.float(self.reach_high);
        fields.shown(self.community_id);
        fields.text(self.previous_tier.unwrap_or(""));
        fields.shown(self.contactable);
        fields.text(self.household.unwrap_or(""));
        fields.float(self.value.unwrap_or(f64::NAN));
        fields.shown(self.audience);
        fields.float(self.strength);
        fields.float(self.suspect_share.unwrap_or(f64::NAN));
        fields.shown(self.flagged);
    }
}

impl Record for ProspectRow<'_> {
    const HEADER: &'static [&'static str] = &[
        "account",
        "channel",
        "handle",
        "score",
        "rank",
        "would_be_tier",
        "pagerank",
        "reach",
        "reach_low",
        "reach_high",
        "community_id",
        "audience",
        "customers_in_audience",
    ];

    fn fill(&self, fields: &mut Fields) {
        fields.text(self.account);
        fields.text(self.channel);
        fields.text(self.handle);
        fields.float(self.score);
        fields.shown(self.rank);
        fields.text(self.would_be_tier);
        fields.float(self.pagerank);
        fields.float(self.reach);
        fields.float(self.reach_low);
        fields.float(self.reach_high);
        fields.shown(self.community_id);
        fields.shown(self.audience);
        fields.shown(self.customers_in_audience);
    }
}

impl Record for CommunityEventRow<'_> {
    const HEADER: &'static [&'static str] = &[
        "community_id",
        "event",
        "size",
        "previous_size",
        "kept",
        "joined",
        "left",
        "unknown",
        "previous_unknown",
        "other_ids",
        "name",
    ];

    fn fill(&self, fields: &mut Fields) {
        fields.shown(self.community_id);
        fields.text(self.event);
        fields.shown(self.size);
        fields.shown(self.previous_size);
        fields.shown(self.kept);
        fields.shown(self.joined);
        fields.shown(self.left);
        fields.shown(self.unknown);
        fields.shown(self.previous_unknown);
        let others: Vec<String> = self.other_ids.iter().map(u32::to_string).collect();
        fields.text(&others.join(";"));
        fields.text(self.name.unwrap_or(""));
    }
}

impl Record for RejectRow<'_> {
    const HEADER: &'static [&'static str] = &["file", "line", "column", "reason", "message", "raw"];

    fn fill(&self, fields: &mut Fields) {
        fields.text(self.file);
        fields.shown(self.line);
        fields.text(self.column);
        fields.text(self.reason);
        fields.text(self.message);
        fields.text(&String::from_utf8_lossy(self.raw));
    }
}

impl Record for ConflictRow<'_> {
    const HEADER: &'static [&'static str] = &["namespace", "identifier", "customer_id"];

    fn fill(&self, fields: &mut Fields) {
        fields.text(self.namespace);
        fields.text(self.identifier);
        fields.text(self.customer_id);
    }
}

/// Writes `tiers.csv` to `all`, and each row also to the sink of its tier; every file gets the header.
///
/// - **Input**: row `i` is `row(i)`, for `i` in `0..row_count`, in the order the files shall have; each customer once.
/// - **Output**: the number of rows in `all`; [`TierSink::rows`] counts those of each tier. A tier without a sink
///   has its rows in `all` only.
/// - **Cost**: each row is formatted once; a few MiB of memory beside the rows.
/// - **Same bits**: at any thread count; chunks are encoded in parallel and written in order.
/// - **Checked by**: `tests/it/segment/generic.rs` — read back by the `csv` crate, compared field by field.
///
/// ```
/// use plaudit::segment::generic::{TierRow, write_tiers};
/// let row = |i: usize| TierRow {
///     customer_id: ["c,1", "c2"][i], tier: "gold", score: 99.5, rank: 1, percentile: 50.0, pagerank: 0.25,
///     reach: 3.0, reach_low: 3.0, reach_high: 3.0, community_id: 0, previous_tier: None, contactable: true,
///     household: None, value: None, audience: 2, strength: 1.5,
///     suspect_share: Some(0.25), flagged: false,
/// };
/// let mut all = Vec::new();
/// assert_eq!(write_tiers(2, row, &mut all, &mut [])?, 2);
/// let text = String::from_utf8_lossy(&all);
/// assert_eq!(text.lines().nth(1), Some("\"c,1\",gold,99.5,1,50,0.25,3,3,3,0,,true,,,2,1.5,0.25,false"));
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// What the sinks say.
pub fn write_tiers<'a, W: Write>(
    row_count: usize,
    row: impl Fn(usize) -> TierRow<'a> + Sync,
    all: &mut W,
    by_tier: &mut [TierSink<'_, W>],
) -> io::Result<u64> {
    let header = lines::header::<TierRow<'_>>();
    all.write_all(&header)?;
    by_tier.iter_mut().try_for_each(|sink| sink.out.write_all(&header))?;
    let tiers: Vec<&str> = by_tier.iter().map(|sink| sink.tier).collect();
    let fill = |index: usize, fields: &mut Fields| {
        let row = row(index);
        row.fill(fields);
        tiers.iter().position(|&tier| tier == row.tier).map(|position| position + 1)
    };
    lines::encode(row_count, tiers.len() + 1, fill, |sink, chunk| match sink.checked_sub(1) {
        None => all.write_all(&chunk.bytes),
        Some(position) => {
            by_tier[position].rows += chunk.rows;
            by_tier[position].out.write_all(&chunk.bytes)
        }
    })?;
    Ok(offset64(row_count))
}

/// Writes `prospects.csv`, rows in the order of `rank`; returns the number of rows.
///
/// # Errors
/// What the sink says.
pub fn write_prospects<'a>(
    row_count: usize,
    row: impl Fn(usize) -> ProspectRow<'a> + Sync,
    out: &mut impl Write,
) -> io::Result<u64> {
    lines::write_rows(row_count, row, out)
}

/// Writes `rejects.csv`; returns the number of rows.
///
/// # Errors
/// What the sink says.
pub fn write_rejects<'a>(
    row_count: usize,
    row: impl Fn(usize) -> RejectRow<'a> + Sync,
    out: &mut impl Write,
) -> io::Result<u64> {
    lines::write_rows(row_count, row, out)
}

/// Writes `communities/events.csv`; returns the number of rows.
///
/// # Errors
/// What the sink says.
pub fn write_community_events<'a>(
    row_count: usize,
    row: impl Fn(usize) -> CommunityEventRow<'a> + Sync,
    out: &mut impl Write,
) -> io::Result<u64> {
    lines::write_rows(row_count, row, out)
}

/// Writes `identity/conflicts.csv`; returns the number of rows.
///
/// # Errors
/// What the sink says.
pub fn write_conflicts<'a>(
    row_count: usize,
    row: impl Fn(usize) -> ConflictRow<'a> + Sync,
    out: &mut impl Write,
) -> io::Result<u64> {
    lines::write_rows(row_count, row, out)
}
