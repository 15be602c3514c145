//! Lists the top customers of a run, sorted by any of its score columns.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use super::{
    Cell, Field, Format, Listing, ReportError,
    communities::community_ids,
    render::{ListingColumn, render_with},
};
use crate::{
    store::Run,
    tables::{ColumnKey, Interval, RunTable, RunTableError, Status, list_items, record_keys, scores},
};

/// Which customers are shown, and in which order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopOptions {
    pub count: usize,
    /// The column to sort by, largest value first; ties are ordered by rank.
    pub by: TopBy,
    pub filter: CustomerFilter,
}

/// Conditions on the customers to show; `None` means no condition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomerFilter {
    pub tier: Option<String>,
    pub community: Option<u32>,
    /// At least one account is on this channel.
    pub channel: Option<String>,
}

/// A column by which customers can be sorted. The values and their help texts on the command line are generated from
/// this type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum TopBy {
    /// The composite score, 0 to 100, on which tiers are based
    Score,
    /// PageRank: the share of all attention, direct and indirect
    #[value(name = "pagerank")]
    PageRank,
    /// The k-hop audience: the number of distinct people within k hops
    Reach,
    /// The k-hop audience, in which people more hops away count less
    DecayedReach,
    /// Sum of the weights of all endorsements received
    Strength,
    /// Number of distinct endorsers
    Audience,
    /// Customer value from the CRM; customers without a value come last
    Value,
    /// Sum of the weights of all endorsements given
    OutStrength,
    /// The core number: the largest k such that the customer is in the k-core
    CoreNumber,
    /// Hub score (HITS): high for people who endorse authorities
    Hub,
    /// Authority score (HITS): high for people endorsed by hubs
    Authority,
    /// Part of the strength that comes from follows
    FollowingStrength,
    /// Part of the strength that comes from shares
    Amplification,
    /// Part of the strength that comes from replies and mentions
    Conversation,
    /// The share of the influence that comes from suspect accounts; absent in a run without a CRM
    SuspectShare,
}

impl TopBy {
    pub(super) const fn column(self) -> &'static str {
        match self {
            Self::Score => scores::SCORE.name(),
            Self::PageRank => scores::PAGERANK.name(),
            Self::Reach => scores::REACH.value.name(),
            Self::DecayedReach => scores::DECAYED_REACH.value.name(),
            Self::Strength => scores::STRENGTH.name(),
            Self::Audience => scores::AUDIENCE.name(),
            Self::Value => scores::VALUE.name(),
            Self::OutStrength => scores::OUT_STRENGTH.name(),
            Self::CoreNumber => scores::CORE_NUMBER.name(),
            Self::Hub => scores::HUB.name(),
            Self::Authority => scores::AUTHORITY.name(),
            Self::FollowingStrength => scores::FOLLOWING_STRENGTH.name(),
            Self::Amplification => scores::AMPLIFICATION.name(),
            Self::Conversation => scores::CONVERSATION.name(),
            Self::SuspectShare => scores::SUSPECT_SHARE.name(),
        }
    }

    /// The reason why this column may have no values in an intact run; `None` if it always has values.
    const fn absent(self) -> Option<&'static str> {
        match self {
            Self::Value => Some("the CRM has no customer values"),
            Self::Hub | Self::Authority => Some("HITS did not converge"),
            Self::SuspectShare => Some("there is no CRM, or `[trust] enabled` is false"),
            _ => None,
        }
    }

    /// The event kinds that make up this part of strength; none for other columns.
    fn kinds(self) -> &'static [&'static str] {
        let part = scores::PARTS_OF_STRENGTH.iter().find(|(key, _)| key.name() == self.column());
        part.map_or(&[], |(_, kinds)| kinds)
    }

    /// The reason why nobody has any of this part of strength, if no event is of one of its kinds.
    const fn no_kind(self) -> Option<&'static str> {
        match self {
            Self::FollowingStrength => Some("no event that counts is of kind `follow`"),
            Self::Amplification => Some("no event that counts is of kind `share`"),
            Self::Conversation => Some("no event that counts is of kind `reply` or `mention`"),
            _ => None,
        }
    }

    /// One value for each row of `table`.
    fn values(self, table: &RunTable) -> Result<Vec<Option<f64>>, RunTableError> {
        let column = self.column();
        Ok(match self {
            Self::Audience | Self::CoreNumber => {
                table.get(ColumnKey::<u32>::new(column))?.iter().map(|&count| Some(count.into())).collect()
            }
            _ if self.absent().is_some() => table.get(ColumnKey::<Option<f64>>::new(column))?.to_vec(),
            _ => table.get(ColumnKey::<f64>::new(column))?.iter().copied().map(Some).collect(),
        })
    }

    /// The exact value of a row.
    fn exact(self, table: &RunTable, row: usize, value: Option<f64>) -> Result<Cell, RunTableError> {
        Ok(match self {
            Self::Audience | Self::CoreNumber => {
                Cell::Integer(table.get(ColumnKey::<u32>::new(self.column()))?[row].into())
            }
            _ => value.map_or(Cell::Empty, Cell::Number),
        })
    }

    fn shown(self, exact: &Cell) -> Cell {
        match (self, exact) {
            (Self::PageRank | Self::Hub | Self::Authority | Self::SuspectShare, Cell::Number(value)) => {
                Cell::share(*value)
            }
            (_, Cell::Number(value)) if self != Self::Value => Cell::hundredths(*value),
            (_, exact) => exact.clone(),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct TopRow {
    /// Rank by score among all customers, 1 is the best.
    pub rank: u32,
    pub id: String,
    pub name: Option<String>,
    pub tier: String,
    /// Score, 0 to 100.
    pub score: f64,
    /// Percentage of the other customers with a worse rank.
    pub percentile: f64,
    pub pagerank: f64,
    pub reach: Interval,
    pub community_id: u32,
    pub audience: u32,
    pub strength: f64,
    pub value: Option<f64>,
    /// The channels, joined by `;`.
    pub channels: String,
    /// The exact value of the column that rows are sorted by.
    pub by: Cell,
}

/// The first `options.count` customers of `run` in the order and with the filters of `options`.
pub fn top(run: &Run, options: &TopOptions) -> Result<Vec<TopRow>, ReportError> {
    let table = RunTable::open(run, scores::FILE)?;
    let mut rows = customers(run, &table, &options.filter)?;
    let values = options.by.values(&table)?;
    // An empty column is no error if the run has no customers.
    let nobody_has = !values.is_empty() && values.iter().all(Option::is_none);
    if let Some(why) = options.by.absent().filter(|_| nobody_has) {
        return Err(ReportError::NoValues { run: run.id().to_string(), by: options.by, why });
    }
    if let Some(why) = options.by.no_kind().filter(|_| values.iter().all(|value| *value == Some(0.0)))
        && !values.is_empty()
        && events_used(run, options.by.kinds())? == 0
    {
        return Err(ReportError::NoValues { run: run.id().to_string(), by: options.by, why });
    }
    // The largest value comes first, and rows without a value come last; ties are ordered by rank.
    let ranks = table.get(scores::RANK)?;
    let known = |row: usize| values[row].unwrap_or(f64::NEG_INFINITY);
    rows.sort_unstable_by(|&a, &b| known(b).total_cmp(&known(a)).then_with(|| ranks[a].cmp(&ranks[b])));
    rows.truncate(options.count);
    let row = |row| top_row(&table, row, options.by.exact(&table, row, values[row])?);
    Ok(rows.into_iter().map(row).collect::<Result<_, RunTableError>>()?)
}

/// The number of events of these kinds that count in a run.
fn events_used(run: &Run, kinds: &[&str]) -> Result<u64, ReportError> {
    let counts = run.manifest()?.record.counts.more;
    Ok(kinds.iter().filter_map(|kind| counts.get(&record_keys::events_used(kind))).sum())
}

/// Writes `rows` in `format`, with `by` as the last column unless the table has that column anyway.
pub fn render_top(rows: &[TopRow], by: TopBy, format: Format, out: &mut impl Write) -> io::Result<()> {
    let title = match by {
        TopBy::Reach => "k-hop audience".to_owned(),
        TopBy::DecayedReach => "decayed k-hop audience".to_owned(),
        _ => by.column().replace('_', " "),
    };
    let extra = match format {
        Format::Table => ListingColumn { name: &title, value: Box::new(|row: &TopRow| by.shown(&row.by)) },
        Format::Csv | Format::Json => {
            ListingColumn { name: by.column(), value: Box::new(|row: &TopRow| row.by.clone()) }
        }
    };
    render_with(rows, extra, format, out)
}

/// The rows of the customers that pass `filter`, ascending.
pub(crate) fn customers(
    run: &Run,
    table: &RunTable,
    filter: &CustomerFilter,
) -> Result<Vec<usize>, ReportError> {
    let mut rows = rows_with_status(table, Status::Customer)?;
    if let Some(tier) = &filter.tier {
        rows = keep_tier(table, rows, tier)?;
    }
    if let Some(channel) = &filter.channel {
        rows = keep_channel(table, &rows, channel)?;
    }
    if let Some(community) = filter.community {
        rows = keep_community(run, table, rows, community)?;
    }
    Ok(rows)
}

pub(super) fn rows_with_status(table: &RunTable, status: Status) -> Result<Vec<usize>, RunTableError> {
    let values = table.get(scores::STATUS)?;
    Ok((0..values.len()).filter(|&row| status.is(&values[row])).collect())
}

fn keep_tier(table: &RunTable, rows: Vec<usize>, tier: &str) -> Result<Vec<usize>, ReportError> {
    let (tiers, ranks) = (table.get(scores::TIER)?, table.get(scores::RANK)?);
    let kept: Vec<usize> = rows.iter().copied().filter(|&row| tiers[row] == tier).collect();
    if !kept.is_empty() {
        return Ok(kept);
    }
    // Tiers are listed from the top, in the order of the best rank in each tier.
    let mut best: BTreeMap<&str, u32> = BTreeMap::new();
    for row in rows {
        let rank = best.entry(&tiers[row]).or_insert(u32::MAX);
        *rank = ranks[row].min(*rank);
    }
    let mut known: Vec<(u32, &str)> = best.into_iter().map(|(name, rank)| (rank, name)).collect();
    known.sort_unstable();
    let known = known.into_iter().map(|(_, name)| name.to_owned()).collect();
    Err(ReportError::unknown_tier(tier, known))
}

pub(super) fn keep_channel(
    table: &RunTable,
    rows: &[usize],
    channel: &str,
) -> Result<Vec<usize>, ReportError> {
    let channels = table.get(scores::CHANNELS)?;
    let on_channel = |row: &usize| list_items(&channels[*row]).any(|name| name == channel);
    let kept: Vec<usize> = rows.iter().copied().filter(on_channel).collect();
    // If nobody is left, the channel may still exist: another filter may have removed everybody on it.
    if !kept.is_empty() || (0..channels.len()).any(|row| on_channel(&row)) {
        return Ok(kept);
    }
    let mut known: Vec<String> =
        channels.iter().flat_map(|names| list_items(names)).map(str::to_owned).collect();
    known.sort_unstable();
    known.dedup();
    Err(ReportError::unknown_channel(channel, known))
}

fn keep_community(
    run: &Run,
    table: &RunTable,
    mut rows: Vec<usize>,
    community: u32,
) -> Result<Vec<usize>, ReportError> {
    let communities = table.get(scores::COMMUNITY_ID)?;
    rows.retain(|&row| communities[row] == community);
    if rows.is_empty() {
        // A community that holds only prospects exists, but has no customers.
        let known = community_ids(run)?;
        if !known.contains(&community) {
            return Err(ReportError::unknown_community(run, community, known));
        }
    }
    Ok(rows)
}

fn top_row(table: &RunTable, row: usize, by: Cell) -> Result<TopRow, RunTableError> {
    Ok(TopRow {
        rank: table.get(scores::RANK)?[row],
        id: table.get(scores::ID)?[row].clone(),
        name: table.get(scores::NAME)?[row].clone(),
        tier: table.get(scores::TIER)?[row].clone(),
        score: table.get(scores::SCORE)?[row],
        percentile: table.get(scores::PERCENTILE)?[row],
        pagerank: table.get(scores::PAGERANK)?[row],
        reach: table.interval(scores::REACH)?.at(row),
        community_id: table.get(scores::COMMUNITY_ID)?[row],
        audience: table.get(scores::AUDIENCE)?[row],
        strength: table.get(scores::STRENGTH)?[row],
        value: table.get(scores::VALUE)?[row],
        channels: table.get(scores::CHANNELS)?[row].clone(),
        by,
    })
}

impl Listing for TopRow {
    const FIELDS: &'static [Field<Self>] = &[
        Field::plain(scores::RANK.name(), "rank", |row| Cell::Integer(row.rank.into())),
        Field::plain(scores::ID.name(), "id", |row| Cell::Text(row.id.clone())),
        Field::plain(scores::NAME.name(), "name", |row| Cell::text(row.name.as_deref())),
        Field::plain(scores::TIER.name(), "tier", |row| Cell::Text(row.tier.clone())),
        Field::new(
            scores::SCORE.name(),
            |row| Cell::Number(row.score),
            "score",
            |row| Cell::hundredths(row.score),
        ),
        Field::hidden(scores::PERCENTILE.name(), |row| Cell::Number(row.percentile)),
        Field::new(
            scores::PAGERANK.name(),
            |row| Cell::Number(row.pagerank),
            "pagerank",
            |row| Cell::share(row.pagerank),
        ),
        Field::interval(scores::REACH.names(), |row| Some(row.reach), "k-hop audience"),
        Field::plain(scores::COMMUNITY_ID.name(), "community", |row| Cell::Integer(row.community_id.into())),
        Field::plain(scores::AUDIENCE.name(), "audience", |row| Cell::Integer(row.audience.into())),
        Field::hidden(scores::STRENGTH.name(), |row| Cell::Number(row.strength)),
        Field::hidden(scores::VALUE.name(), |row| Cell::number(row.value)),
        Field::hidden(scores::CHANNELS.name(), |row| Cell::Text(row.channels.clone())),
    ];
}
