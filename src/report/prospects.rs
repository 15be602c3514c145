//! Lists prospects: accounts that belong to no customer, in the order of their rank.

use super::{
    Cell, Field, Listing, ReportError,
    top::{keep_channel, rows_with_status},
};
use crate::{
    store::Run,
    tables::{Interval, RunTable, RunTableError, Status, scores},
};

#[derive(Clone, Debug, PartialEq)]
pub struct ProspectRow {
    /// Rank by score among all prospects, 1 is the best.
    pub rank: u32,
    /// `channel:handle`, or the bare handle.
    pub account: String,
    /// The channel; empty if the account has no channel.
    pub channel: String,
    pub handle: String,
    /// Score, 0 to 100, on the same scale as the customers' scores.
    pub score: f64,
    /// The tier of a customer with this score.
    pub would_be_tier: String,
    pub pagerank: f64,
    pub reach: Interval,
    pub community_id: u32,
    pub audience: u32,
    pub customers_in_audience: u32,
}

/// The first `count` prospects of `run` by rank; if `channel` is given, only prospects on that channel.
pub fn prospects(run: &Run, count: usize, channel: Option<&str>) -> Result<Vec<ProspectRow>, ReportError> {
    let table = RunTable::open(run, scores::FILE)?;
    let mut rows = rows_with_status(&table, Status::Prospect)?;
    if let Some(channel) = channel {
        rows = keep_channel(&table, &rows, channel)?;
    }
    let ranks = table.get(scores::RANK)?;
    rows.sort_unstable_by_key(|&row| ranks[row]);
    rows.truncate(count);
    Ok(rows.into_iter().map(|row| prospect_row(&table, row)).collect::<Result<_, _>>()?)
}

fn prospect_row(table: &RunTable, row: usize) -> Result<ProspectRow, RunTableError> {
    let account = table.get(scores::ID)?[row].clone();
    let channel = table.get(scores::CHANNELS)?[row].clone();
    // A prospect is one account on one channel; its id is `channel:handle` unless there is no channel.
    let handle =
        account.strip_prefix(&channel).and_then(|rest| rest.strip_prefix(':')).unwrap_or(&account).to_owned();
    Ok(ProspectRow {
        rank: table.get(scores::RANK)?[row],
        account,
        channel,
        handle,
        score: table.get(scores::SCORE)?[row],
        would_be_tier: table.get(scores::TIER)?[row].clone(),
        pagerank: table.get(scores::PAGERANK)?[row],
        reach: table.interval(scores::REACH)?.at(row),
        community_id: table.get(scores::COMMUNITY_ID)?[row],
        audience: table.get(scores::AUDIENCE)?[row],
        customers_in_audience: table.get(scores::CUSTOMERS_IN_AUDIENCE)?[row],
    })
}

impl Listing for ProspectRow {
    const FIELDS: &'static [Field<Self>] = &[
        Field::plain(scores::RANK.name(), "rank", |row| Cell::Integer(row.rank.into())),
        Field::plain("account", "account", |row| Cell::Text(row.account.clone())),
        Field::hidden("channel", |row| Cell::Text(row.channel.clone())),
        Field::hidden("handle", |row| Cell::Text(row.handle.clone())),
        Field::hidden(scores::SCORE.name(), |row| Cell::Number(row.score)),
        Field::plain("would_be_tier", "would-be tier", |row| Cell::Text(row.would_be_tier.clone())),
        Field::for_people("score", |row| Cell::hundredths(row.score)),
        Field::new(
            scores::PAGERANK.name(),
            |row| Cell::Number(row.pagerank),
            "pagerank",
            |row| Cell::share(row.pagerank),
        ),
        Field::interval(scores::REACH.names(), |row| Some(row.reach), "k-hop audience"),
        Field::plain(scores::COMMUNITY_ID.name(), "community", |row| Cell::Integer(row.community_id.into())),
        Field::plain(scores::AUDIENCE.name(), "audience", |row| Cell::Integer(row.audience.into())),
        Field::plain(scores::CUSTOMERS_IN_AUDIENCE.name(), "customers", |row| {
            Cell::Integer(row.customers_in_audience.into())
        }),
    ];
}
