//! Who really moves others?

use std::{cmp::Ordering, collections::BTreeMap};

use super::{
    Cell, Listing, ReportError,
    scores::{COMMUNITIES_FILE, CUSTOMER, SCORES_FILE, other_version, read, rows_with_status},
};
use crate::{
    ids,
    store::{Run, Table, TableError},
};

/// Which customers are shown, and in which order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopOptions {
    /// How many at most.
    pub count: usize,
    /// The column that orders them, largest first; ties go by rank.
    pub by: TopBy,
    /// Only this tier.
    pub tier: Option<String>,
    /// Only this community.
    pub community: Option<u32>,
    /// Only customers with an account on this channel.
    pub channel: Option<String>,
}

/// A column to order customers by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopBy {
    /// The score that tiers are cut from.
    Score,
    /// PageRank.
    PageRank,
    /// Estimated reach.
    Reach,
    /// Sum of the weights of the attention received.
    Strength,
    /// Number of people who attend.
    Audience,
    /// Customer value from the CRM; customers without one come last.
    Value,
    /// Sum of the weights of the attention given.
    OutStrength,
    /// Core number.
    CoreNumber,
    /// Hub score; the whole run has none where HITS did not converge.
    Hub,
    /// Authority score, as for hubs.
    Authority,
    /// Part of the strength that comes from follows.
    FollowingStrength,
    /// Part of the strength that comes from shares.
    Amplification,
    /// Part of the strength that comes from replies and mentions.
    Conversation,
    /// What suspects give; a run without a CRM knows none.
    SuspectShare,
}

impl TopBy {
    /// The column of [`SCORES_FILE`].
    const fn column(self) -> &'static str {
        match self {
            Self::Score => "score",
            Self::PageRank => "pagerank",
            Self::Reach => "reach",
            Self::Strength => "strength",
            Self::Audience => "audience",
            Self::Value => "value",
            Self::OutStrength => "out_strength",
            Self::CoreNumber => "core_number",
            Self::Hub => "hub",
            Self::Authority => "authority",
            Self::FollowingStrength => "following_strength",
            Self::Amplification => "amplification",
            Self::Conversation => "conversation",
            Self::SuspectShare => "suspect_share",
        }
    }
}

/// One customer.
#[derive(Clone, Debug, PartialEq)]
pub struct TopRow {
    /// Rank by score among all customers, 1 is the best.
    pub rank: u32,
    /// The CRM's key.
    pub id: String,
    /// The name, where the CRM has one.
    pub name: Option<String>,
    /// The tier.
    pub tier: String,
    /// 0 to 100.
    pub score: f64,
    /// Share of customers below, in percent.
    pub percentile: f64,
    /// Share of all attention.
    pub pagerank: f64,
    /// Estimated reach.
    pub reach: f64,
    /// Lower end of its interval.
    pub reach_low: f64,
    /// Upper end of its interval.
    pub reach_high: f64,
    /// The community.
    pub community_id: u32,
    /// Number of people who attend.
    pub audience: u32,
    /// Sum of the weights of their attention.
    pub strength: f64,
    /// Customer value from the CRM.
    pub value: Option<f64>,
    /// The channels, joined by `;`.
    pub channels: String,
}

const COLUMNS: [&str; 16] = [
    "status",
    "rank",
    "id",
    "name",
    "tier",
    "score",
    "percentile",
    "pagerank",
    "reach",
    "reach_low",
    "reach_high",
    "community_id",
    "audience",
    "strength",
    "value",
    "channels",
];

/// The first `options.count` customers of `run` in the order and with the filters of `options`.
///
/// # Errors
/// [`ReportError`]: the run is damaged, or a tier, community or channel is none of this run's.
pub fn top(run: &Run, options: &TopOptions) -> Result<Vec<TopRow>, ReportError> {
    let mut wanted = COLUMNS.to_vec();
    // Runs of older versions do not have every column: read it only where it is asked for.
    if !wanted.contains(&options.by.column()) {
        wanted.push(options.by.column());
    }
    let table = read(run, SCORES_FILE, &wanted)?;
    let filter = Filter {
        tier: options.tier.as_deref(),
        community: options.community,
        channel: options.channel.as_deref(),
    };
    let mut rows = customers(run, &table, &filter)?;
    order(&table, &mut rows, options.by).map_err(other_version(run))?;
    rows.truncate(options.count);
    rows.into_iter().map(|row| top_row(&table, row)).collect::<Result<_, _>>().map_err(other_version(run))
}

/// Which customers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Filter<'a> {
    /// Only this tier.
    pub(crate) tier: Option<&'a str>,
    /// Only this community.
    pub(crate) community: Option<u32>,
    /// Only customers with an account on this channel.
    pub(crate) channel: Option<&'a str>,
}

/// The rows of the customers that `filter` lets through, rising.
///
/// The table has the columns `status`, `tier`, `rank`, `channels` and `community_id`.
///
/// # Errors
/// [`ReportError`]: the table has other columns, or a tier, community or channel is none of this run's.
pub(crate) fn customers(run: &Run, table: &Table, filter: &Filter<'_>) -> Result<Vec<usize>, ReportError> {
    let mut rows = rows_with_status(table, CUSTOMER).map_err(other_version(run))?;
    if let Some(tier) = filter.tier {
        rows = keep_tier(table, rows, tier).map_err(other_version(run))??;
    }
    if let Some(channel) = filter.channel {
        rows = keep_channel(table, &rows, channel).map_err(other_version(run))??;
    }
    if let Some(community) = filter.community {
        rows = keep_community(run, table, rows, community)?;
    }
    Ok(rows)
}

/// A column that reads, with a filter that may know the name given or not.
pub(super) type Filtered = Result<Result<Vec<usize>, ReportError>, TableError>;

fn keep_tier(table: &Table, rows: Vec<usize>, tier: &str) -> Filtered {
    let (tiers, ranks) = (table.text("tier")?, table.u32s("rank")?);
    let kept: Vec<usize> = rows.iter().copied().filter(|&row| tiers[row] == tier).collect();
    if !kept.is_empty() {
        return Ok(Ok(kept));
    }
    // Named from the top tier down, which is the order of their best ranks.
    let mut best: BTreeMap<&str, u32> = BTreeMap::new();
    for row in rows {
        let rank = best.entry(&tiers[row]).or_insert(u32::MAX);
        *rank = ranks[row].min(*rank);
    }
    let mut known: Vec<(u32, &str)> = best.into_iter().map(|(name, rank)| (rank, name)).collect();
    known.sort_unstable();
    let known = known.into_iter().map(|(_, name)| name.to_owned()).collect();
    Ok(Err(ReportError::unknown("tier with customers named", tier, known)))
}

pub(super) fn keep_channel(table: &Table, rows: &[usize], channel: &str) -> Filtered {
    let channels = table.text("channels")?;
    let on_channel = |row: &usize| channels[*row].split(';').any(|name| name == channel);
    let kept: Vec<usize> = rows.iter().copied().filter(on_channel).collect();
    // Another filter may have left nobody on a channel that exists.
    if !kept.is_empty() || (0..channels.len()).any(|row| on_channel(&row)) {
        return Ok(Ok(kept));
    }
    let mut known: Vec<String> =
        channels.iter().flat_map(|names| names.split(';')).map(str::to_owned).collect();
    known.sort_unstable();
    known.dedup();
    known.retain(|name| !name.is_empty());
    Ok(Err(ReportError::unknown("channel", channel, known)))
}

fn keep_community(
    run: &Run,
    table: &Table,
    mut rows: Vec<usize>,
    community: u32,
) -> Result<Vec<usize>, ReportError> {
    let communities = table.u32s("community_id").map_err(other_version(run))?;
    rows.retain(|&row| communities[row] == community);
    if rows.is_empty() {
        // A community of prospects only has no customers and exists all the same.
        let count = ids::id32(read(run, COMMUNITIES_FILE, &["community_id"])?.row_count());
        if community >= count {
            return Err(ReportError::UnknownCommunity { given: community, count });
        }
    }
    Ok(rows)
}

fn order(table: &Table, rows: &mut [usize], by: TopBy) -> Result<(), TableError> {
    let ranks = table.u32s("rank")?;
    let by_rank = |&a: &usize, &b: &usize| ranks[a].cmp(&ranks[b]);
    let mut sort = |largest_first: &dyn Fn(usize, usize) -> Ordering| {
        rows.sort_unstable_by(|a, b| largest_first(*a, *b).then_with(|| by_rank(a, b)));
    };
    match by {
        TopBy::Audience | TopBy::CoreNumber => {
            let counts = table.u32s(by.column())?;
            sort(&|a, b| counts[b].cmp(&counts[a]));
        }
        TopBy::Value | TopBy::Hub | TopBy::Authority | TopBy::SuspectShare => {
            let values = table.optional_f64s(by.column())?;
            let known = |row: usize| values[row].unwrap_or(f64::NEG_INFINITY);
            sort(&|a, b| known(b).total_cmp(&known(a)));
        }
        _ => {
            let floats = table.f64s(by.column())?;
            sort(&|a, b| floats[b].total_cmp(&floats[a]));
        }
    }
    Ok(())
}

fn top_row(table: &Table, row: usize) -> Result<TopRow, TableError> {
    Ok(TopRow {
        rank: table.u32s("rank")?[row],
        id: table.text("id")?[row].clone(),
        name: table.optional_text("name")?[row].clone(),
        tier: table.text("tier")?[row].clone(),
        score: table.f64s("score")?[row],
        percentile: table.f64s("percentile")?[row],
        pagerank: table.f64s("pagerank")?[row],
        reach: table.f64s("reach")?[row],
        reach_low: table.f64s("reach_low")?[row],
        reach_high: table.f64s("reach_high")?[row],
        community_id: table.u32s("community_id")?[row],
        audience: table.u32s("audience")?[row],
        strength: table.f64s("strength")?[row],
        value: table.optional_f64s("value")?[row],
        channels: table.text("channels")?[row].clone(),
    })
}

impl Listing for TopRow {
    const FIELDS: &'static [&'static str] = &[
        "rank",
        "id",
        "name",
        "tier",
        "score",
        "percentile",
        "pagerank",
        "reach",
        "reach_low",
        "reach_high",
        "community_id",
        "audience",
        "strength",
        "value",
        "channels",
    ];
    const COLUMNS: &'static [&'static str] =
        &["rank", "id", "name", "tier", "score", "pagerank", "reach", "community", "audience"];

    fn fields(&self) -> Vec<Cell> {
        vec![
            Cell::Integer(self.rank.into()),
            Cell::Text(self.id.clone()),
            Cell::text(self.name.as_deref()),
            Cell::Text(self.tier.clone()),
            Cell::Number(self.score),
            Cell::Number(self.percentile),
            Cell::Number(self.pagerank),
            Cell::Number(self.reach),
            Cell::Number(self.reach_low),
            Cell::Number(self.reach_high),
            Cell::Integer(self.community_id.into()),
            Cell::Integer(self.audience.into()),
            Cell::Number(self.strength),
            self.value.map_or(Cell::Empty, Cell::Number),
            Cell::Text(self.channels.clone()),
        ]
    }

    fn columns(&self) -> Vec<Cell> {
        vec![
            Cell::Integer(self.rank.into()),
            Cell::Text(self.id.clone()),
            Cell::text(self.name.as_deref()),
            Cell::Text(self.tier.clone()),
            Cell::Figure(format!("{:.2}", self.score)),
            Cell::share(self.pagerank),
            Cell::estimate(self.reach, self.reach_low, self.reach_high),
            Cell::Integer(self.community_id.into()),
            Cell::Integer(self.audience.into()),
        ]
    }
}
