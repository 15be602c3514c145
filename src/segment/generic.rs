//! The rows of the CSV files of the target `generic`, with fixed columns that any tool can import.
//!
//! The order of columns never changes; new columns are added at the end.

use std::io::{self, Write};

use super::csv_rows::{self, CsvColumn, CsvFields, CsvRow};
use crate::{
    ids::offset64,
    tables::{communities, community_events, scores},
};

/// A row of `tiers.csv` and of the file of one tier: a customer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TierRow<'a> {
    /// The customer's key in the CRM.
    pub customer_id: &'a str,
    pub tier: &'a str,
    /// 0 to 100.
    pub score: f64,
    /// 1 is the best.
    pub rank: u32,
    /// Share of customers with a lower rank, in percent.
    pub percentile: f64,
    pub pagerank: f64,
    /// Size of the k-hop audience, with its interval.
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
    /// Whether the score and the tier are capped because of the share of suspects.
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
    /// 0 to 100, relative to the customers.
    pub score: f64,
    /// 1 is the best prospect.
    pub rank: u32,
    /// The tier of a customer with this score.
    pub would_be_tier: &'a str,
    pub pagerank: f64,
    /// Size of the k-hop audience, with its interval.
    pub reach: f64,
    pub reach_low: f64,
    pub reach_high: f64,
    /// The durable id of the community.
    pub community_id: u32,
    /// Number of nodes with an edge to this account.
    pub audience: u32,
    /// The number of customers among these nodes.
    pub customers_in_audience: u32,
}

/// A row of `rejects.csv`: an input row that could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RejectRow<'a> {
    pub file: &'a str,
    /// The line of the row in the file, from 1.
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

/// A row of `communities/events.csv`: how one community has changed since the previous run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommunityEventRow<'a> {
    pub community_id: u32,
    /// `continued`, `born`, `died`, `split` or `merged`.
    pub event: &'a str,
    pub size: u32,
    /// The number of members in the previous run.
    pub previous_size: u32,
    /// The number of members in both runs; for a merged community, the members that are now in the community into which
    /// it merged.
    pub kept: u32,
    /// The number of members in this run only.
    pub joined: u32,
    /// The number of members in the previous run only.
    pub left: u32,
    /// The number of members whose previous community is not known.
    pub unknown: u32,
    /// The number of previous members whose present community is not known.
    pub previous_unknown: u32,
    /// The other communities that the event involves.
    pub other_ids: &'a [u32],
    pub name: Option<&'a str>,
}

/// A row of `identity/conflicts.csv`: one customer's claim to an identifier that several customers claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConflictRow<'a> {
    /// `email`, or a channel.
    pub namespace: &'a str,
    pub identifier: &'a str,
    /// The customer who claims it.
    pub customer_id: &'a str,
}

impl CsvRow for TierRow<'_> {
    fn columns() -> Vec<CsvColumn<Self>> {
        vec![
            ("customer_id", |row, fields| fields.text(row.customer_id)),
            (scores::TIER.name(), |row, fields| fields.text(row.tier)),
            (scores::SCORE.name(), |row, fields| fields.float(row.score)),
            (scores::RANK.name(), |row, fields| fields.display(row.rank)),
            (scores::PERCENTILE.name(), |row, fields| fields.float(row.percentile)),
            (scores::PAGERANK.name(), |row, fields| fields.float(row.pagerank)),
            (scores::REACH.value.name(), |row, fields| fields.float(row.reach)),
            (scores::REACH.low.name(), |row, fields| fields.float(row.reach_low)),
            (scores::REACH.high.name(), |row, fields| fields.float(row.reach_high)),
            (scores::COMMUNITY_ID.name(), |row, fields| fields.display(row.community_id)),
            (scores::PREVIOUS_TIER.name(), |row, fields| fields.text(row.previous_tier.unwrap_or(""))),
            ("contactable", |row, fields| fields.display(row.contactable)),
            (scores::HOUSEHOLD.name(), |row, fields| fields.text(row.household.unwrap_or(""))),
            (scores::VALUE.name(), |row, fields| fields.float(row.value.unwrap_or(f64::NAN))),
            (scores::AUDIENCE.name(), |row, fields| fields.display(row.audience)),
            (scores::STRENGTH.name(), |row, fields| fields.float(row.strength)),
            (scores::SUSPECT_SHARE.name(), |row, fields| fields.float(row.suspect_share.unwrap_or(f64::NAN))),
            (scores::FLAGGED.name(), |row, fields| fields.display(row.flagged)),
        ]
    }
}

impl CsvRow for ProspectCsvRow<'_> {
    fn columns() -> Vec<CsvColumn<Self>> {
        vec![
            ("account", |row, fields| fields.text(row.account)),
            ("channel", |row, fields| fields.text(row.channel)),
            ("handle", |row, fields| fields.text(row.handle)),
            (scores::SCORE.name(), |row, fields| fields.float(row.score)),
            (scores::RANK.name(), |row, fields| fields.display(row.rank)),
            ("would_be_tier", |row, fields| fields.text(row.would_be_tier)),
            (scores::PAGERANK.name(), |row, fields| fields.float(row.pagerank)),
            (scores::REACH.value.name(), |row, fields| fields.float(row.reach)),
            (scores::REACH.low.name(), |row, fields| fields.float(row.reach_low)),
            (scores::REACH.high.name(), |row, fields| fields.float(row.reach_high)),
            (scores::COMMUNITY_ID.name(), |row, fields| fields.display(row.community_id)),
            (scores::AUDIENCE.name(), |row, fields| fields.display(row.audience)),
            (scores::CUSTOMERS_IN_AUDIENCE.name(), |row, fields| fields.display(row.customers_in_audience)),
        ]
    }
}

impl CsvRow for CommunityEventRow<'_> {
    fn columns() -> Vec<CsvColumn<Self>> {
        vec![
            (communities::COMMUNITY_ID.name(), |row, fields| fields.display(row.community_id)),
            (community_events::EVENT, |row, fields| fields.text(row.event)),
            (communities::SIZE.name(), |row, fields| fields.display(row.size)),
            ("previous_size", |row, fields| fields.display(row.previous_size)),
            ("kept", |row, fields| fields.display(row.kept)),
            ("joined", |row, fields| fields.display(row.joined)),
            ("left", |row, fields| fields.display(row.left)),
            ("unknown", |row, fields| fields.display(row.unknown)),
            ("previous_unknown", |row, fields| fields.display(row.previous_unknown)),
            (community_events::OTHER_IDS, |row, fields| fields.text(&join_ids(row.other_ids))),
            (communities::NAME.name(), |row, fields| fields.text(row.name.unwrap_or(""))),
        ]
    }
}

impl CsvRow for RejectRow<'_> {
    fn columns() -> Vec<CsvColumn<Self>> {
        vec![
            ("file", |row, fields| fields.text(row.file)),
            ("line", |row, fields| fields.display(row.line)),
            ("column", |row, fields| fields.text(row.column)),
            ("reason", |row, fields| fields.text(row.reason)),
            ("message", |row, fields| fields.text(row.message)),
            ("raw", |row, fields| fields.text(&String::from_utf8_lossy(row.raw))),
        ]
    }
}

impl CsvRow for ConflictRow<'_> {
    fn columns() -> Vec<CsvColumn<Self>> {
        vec![
            ("namespace", |row, fields| fields.text(row.namespace)),
            ("identifier", |row, fields| fields.text(row.identifier)),
            ("customer_id", |row, fields| fields.text(row.customer_id)),
        ]
    }
}

fn join_ids(ids: &[u32]) -> String {
    let texts: Vec<String> = ids.iter().map(u32::to_string).collect();
    texts.join(";")
}

/// Writes `tiers.csv` to `all`, and each row also to the file of its tier; every file gets the header.
///
/// - **Input**: row `i` is `row(i)`, for `i` in `0..row_count`, in the order of the files; each customer once.
/// - **Output**: the number of rows in `all`; [`TierFile::rows`] counts the rows of each tier. Rows of a tier without a
///   file are in `all` only.
/// - **Cost**: each row is formatted once; a few MiB of memory in addition to the rows.
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
/// The errors of the outputs.
pub fn write_tiers<'a, W: Write>(
    row_count: usize,
    row: impl Fn(usize) -> TierRow<'a> + Sync,
    all: &mut W,
    by_tier: &mut [TierFile<'_, W>],
) -> io::Result<u64> {
    let columns = TierRow::columns();
    let header = csv_rows::header(&columns);
    all.write_all(&header)?;
    by_tier.iter_mut().try_for_each(|file| file.out.write_all(&header))?;
    let tiers: Vec<&str> = by_tier.iter().map(|file| file.tier).collect();
    let fill = |index: usize, fields: &mut CsvFields| {
        let row = row(index);
        fields.push_row(&columns, &row);
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
