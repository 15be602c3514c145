//! The rows of the CSV files of the target `generic`, with fixed columns that any tool can import.
//!
//! The order of columns never changes; new columns come last.

use std::io::{self, Write};

use super::csv_rows::{self, CsvFields, CsvRow};
use crate::ids::offset64;

/// A row of `tiers.csv` and of the file of one tier: a customer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TierRow<'a> {
    /// The CRM's own key.
    pub customer_id: &'a str,
    pub tier: &'a str,
    /// 0 to 100.
    pub score: f64,
    /// 1 is the best.
    pub rank: u32,
    /// Share of customers with a lower rank, in percent.
    pub percentile: f64,
    pub pagerank: f64,
    /// Size of the k-hop audience.
    pub reach: f64,
    pub reach_low: f64,
    pub reach_high: f64,
    /// The durable id of the community.
    pub community_id: u32,
    /// The tier in the previous run, if there was one.
    pub previous_tier: Option<&'a str>,
    /// Whether campaigns may contact this customer.
    pub contactable: bool,
    /// The household, where the CRM states one.
    pub household: Option<&'a str>,
    /// The value of the customer, where the CRM states it.
    pub value: Option<f64>,
    /// Number of nodes with an edge to this customer.
    pub audience: u32,
    /// Sum of the weights of these edges.
    pub strength: f64,
    /// The largest share of a measure of the score that comes from suspects; `None` without a CRM.
    pub suspect_share: Option<f64>,
    /// Whether the score and the tier are capped because of that share.
    pub flagged: bool,
}

/// The file of one tier, for [`write_tiers`].
#[derive(Debug)]
pub struct TierFile<'a, W> {
    pub tier: &'a str,
    pub out: W,
    /// The number of rows written so far.
    pub rows: u64,
}

/// A row of `prospects.csv`: an account that belongs to no customer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProspectCsvRow<'a> {
    /// `channel:handle`, or the bare handle.
    pub account: &'a str,
    /// The channel; empty where none is given.
    pub channel: &'a str,
    /// The handle on that channel.
    pub handle: &'a str,
    /// 0 to 100, measured against the customers.
    pub score: f64,
    /// 1 is the best prospect.
    pub rank: u32,
    /// The tier that a customer with this score is in.
    pub would_be_tier: &'a str,
    pub pagerank: f64,
    /// Size of the k-hop audience.
    pub reach: f64,
    pub reach_low: f64,
    pub reach_high: f64,
    /// The durable id of the community.
    pub community_id: u32,
    /// Number of nodes with an edge to this account.
    pub audience: u32,
    /// How many of them are customers.
    pub customers_in_audience: u32,
}

/// A row of `rejects.csv`: an input row that could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RejectRow<'a> {
    pub file: &'a str,
    /// Its line in the file, from 1.
    pub line: u64,
    /// Name or number of the column; empty where the error concerns the whole row.
    pub column: &'a str,
    /// The kind of error, as in `counts.rejected` of the manifest.
    pub reason: &'a str,
    /// What was found and what was expected.
    pub message: &'a str,
    /// The row as in the file; bytes that are not UTF-8 are written as U+FFFD.
    pub raw: &'a [u8],
}

/// A row of `communities/events.csv`: what became of one community since the previous run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommunityEventRow<'a> {
    pub community_id: u32,
    /// `continued`, `born`, `died`, `split` or `merged`.
    pub event: &'a str,
    pub size: u32,
    /// Its number of members in the previous run.
    pub previous_size: u32,
    /// Members in both runs; for a merged community, the members that moved with it.
    pub kept: u32,
    /// Members in this run only.
    pub joined: u32,
    /// Members in the previous run only.
    pub left: u32,
    /// Members whose previous community is not known.
    pub unknown: u32,
    /// Previous members whose present community is not known.
    pub previous_unknown: u32,
    /// The other communities that the event involves.
    pub other_ids: &'a [u32],
    pub name: Option<&'a str>,
}

/// A row of `identity/conflicts.csv`: one customer's claim to an identifier that several claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConflictRow<'a> {
    /// `email`, or a channel.
    pub namespace: &'a str,
    pub identifier: &'a str,
    /// The customer who claims it.
    pub customer_id: &'a str,
}

impl CsvRow for TierRow<'_> {
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

    fn push_fields(&self, fields: &mut CsvFields) {
        fields.text(self.customer_id);
        fields.text(self.tier);
        fields.float(self.score);
        fields.display(self.rank);
        fields.float(self.percentile);
        fields.float(self.pagerank);
        fields.float(self.reach);
        fields.float(self.reach_low);
        fields.float(self.reach_high);
        fields.display(self.community_id);
        fields.text(self.previous_tier.unwrap_or(""));
        fields.display(self.contactable);
        fields.text(self.household.unwrap_or(""));
        fields.float(self.value.unwrap_or(f64::NAN));
        fields.display(self.audience);
        fields.float(self.strength);
        fields.float(self.suspect_share.unwrap_or(f64::NAN));
        fields.display(self.flagged);
    }
}

impl CsvRow for ProspectCsvRow<'_> {
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

    fn push_fields(&self, fields: &mut CsvFields) {
        fields.text(self.account);
        fields.text(self.channel);
        fields.text(self.handle);
        fields.float(self.score);
        fields.display(self.rank);
        fields.text(self.would_be_tier);
        fields.float(self.pagerank);
        fields.float(self.reach);
        fields.float(self.reach_low);
        fields.float(self.reach_high);
        fields.display(self.community_id);
        fields.display(self.audience);
        fields.display(self.customers_in_audience);
    }
}

impl CsvRow for CommunityEventRow<'_> {
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

    fn push_fields(&self, fields: &mut CsvFields) {
        fields.display(self.community_id);
        fields.text(self.event);
        fields.display(self.size);
        fields.display(self.previous_size);
        fields.display(self.kept);
        fields.display(self.joined);
        fields.display(self.left);
        fields.display(self.unknown);
        fields.display(self.previous_unknown);
        let others: Vec<String> = self.other_ids.iter().map(u32::to_string).collect();
        fields.text(&others.join(";"));
        fields.text(self.name.unwrap_or(""));
    }
}

impl CsvRow for RejectRow<'_> {
    const HEADER: &'static [&'static str] = &["file", "line", "column", "reason", "message", "raw"];

    fn push_fields(&self, fields: &mut CsvFields) {
        fields.text(self.file);
        fields.display(self.line);
        fields.text(self.column);
        fields.text(self.reason);
        fields.text(self.message);
        fields.text(&String::from_utf8_lossy(self.raw));
    }
}

impl CsvRow for ConflictRow<'_> {
    const HEADER: &'static [&'static str] = &["namespace", "identifier", "customer_id"];

    fn push_fields(&self, fields: &mut CsvFields) {
        fields.text(self.namespace);
        fields.text(self.identifier);
        fields.text(self.customer_id);
    }
}

/// Writes `tiers.csv` to `all`, and each row also to the file of its tier; every file gets the header.
///
/// - **Input**: row `i` is `row(i)`, for `i` in `0..row_count`, in the order of the files; each customer once.
/// - **Output**: the number of rows in `all`; [`TierFile::rows`] counts those of each tier. Rows of a tier without a
///   file are in `all` only.
/// - **Cost**: each row is formatted once; a few MiB of memory beside the rows.
/// - **Same bits**: for any thread count; chunks are encoded in parallel and written in order.
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
/// Those of the outputs.
pub fn write_tiers<'a, W: Write>(
    row_count: usize,
    row: impl Fn(usize) -> TierRow<'a> + Sync,
    all: &mut W,
    by_tier: &mut [TierFile<'_, W>],
) -> io::Result<u64> {
    let header = csv_rows::header::<TierRow<'_>>();
    all.write_all(&header)?;
    by_tier.iter_mut().try_for_each(|file| file.out.write_all(&header))?;
    let tiers: Vec<&str> = by_tier.iter().map(|file| file.tier).collect();
    let fill = |index: usize, fields: &mut CsvFields| {
        let row = row(index);
        row.push_fields(fields);
        tiers.iter().position(|&tier| tier == row.tier).map(|position| position + 1)
    };
    csv_rows::encode(row_count, tiers.len() + 1, fill, |output, encoded| match output.checked_sub(1) {
        None => all.write_all(&encoded.bytes),
        Some(position) => {
            by_tier[position].rows += encoded.rows;
            by_tier[position].out.write_all(&encoded.bytes)
        }
    })?;
    Ok(offset64(row_count))
}
