//! Ranks customers by their influence on a few given people: personalized PageRank.

use super::{AnalysisError, rank_with_ties::rank_with_ties, run_graph::RunGraph};
use crate::{
    config::{self, PeopleSelector},
    graph::Graph,
    ids::offset64,
    rank::{self, PageRankConfig, Ranks, Teleport},
    report::{self, Cell, CustomerFilter, Field, Listing, ReportError},
    selection,
    store::Run,
    tables::{RunTable, RunTableError, scores},
};

/// The people whose influencers are ranked, and the filter of the listed influencers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonalizedOptions {
    pub influenced: PeopleSelector,
    pub count: usize,
    pub filter: CustomerFilter,
    /// Leaves out the `influenced` people themselves.
    pub others_only: bool,
}

/// Customers ranked by their influence on a few people.
#[derive(Clone, Debug, PartialEq)]
pub struct PersonalizedRanking {
    /// The influencers, the strongest first.
    pub rows: Vec<InfluencerRow>,
    /// The number of given people. The walker starts at a random one of them.
    pub starts: usize,
    /// An upper bound on the L1 distance between all shares and the true shares.
    pub error_bound: f64,
    /// PageRank iterations: passes over the edges.
    pub rounds: u32,
    /// How many ids of a list are not in the run, in words.
    pub notes: Vec<String>,
}

/// A customer with influence on the given people.
#[derive(Clone, Debug, PartialEq)]
pub struct InfluencerRow {
    /// Rank among all customers by `share`, from 1. Customers have the same rank if the error bound does not determine
    /// their order.
    pub rank: u64,
    pub id: String,
    pub name: Option<String>,
    pub tier: String,
    /// Share of the given people's attention: PageRank with restarts at these people.
    pub share: f64,
    /// An upper bound on the sum of the errors of all shares.
    pub error_bound: f64,
    /// Share of all attention: PageRank with restarts everywhere.
    pub pagerank: f64,
    /// `share / pagerank`: the ratio of the given people's attention to the attention of everybody.
    pub lift: f64,
    /// How many of the given people attend to the customer directly.
    pub direct: u64,
    /// Whether this customer is one of the given people.
    pub member: bool,
    pub community_id: u32,
    /// The channels, joined by `;`.
    pub channels: String,
}

/// Ranks the customers of `run` by PageRank with restarts at the people of `options.influenced`.
///
/// - **Input**: a finished run, whose bytes are checked; `options.influenced` and the filter name people, tiers and
///   communities of this run.
/// - **Output**: customers with a positive share. The walker also passes through withheld people and prospects, but
///   they are not listed.
/// - **Stop**: as [`rank::pagerank`], with the `[rank]` settings of the run; from a dangling node the walker restarts
///   at the given people.
/// - **Cost**: reads and checks the table and the graph of the run, and one PageRank.
/// - **Same bits**: for any thread count.
/// - **Source**: as [`rank::pagerank`]; personalized PageRank as in Haveliwala 2002, Jeh and Widom 2003.
/// - **Checked by**: `tests/it/analysis/personalized.rs`: closed form, dense power method, `plaudit algo`.
pub fn personalized(run: &Run, options: &PersonalizedOptions) -> Result<PersonalizedRanking, AnalysisError> {
    let table = RunTable::open(run, scores::FILE)?;
    let mut notes = Vec::new();
    let influenced = selection::select(run, &table, &options.influenced, &mut notes)?;
    let listed = report::customers(run, &table, &options.filter)?;
    let run_graph = RunGraph::open(run, table)?;
    let RunGraph { table, graph, nodes } = &run_graph;
    let mut member = vec![false; graph.node_count()];
    for &row in &influenced {
        member[nodes[row].index()] = true;
    }
    let ranks = pagerank_from(run, graph, &member)?;

    let customers = report::customers(run, table, &CustomerFilter::default())?;
    let influencers: Vec<usize> =
        customers.into_iter().filter(|&row| ranks.score[nodes[row].index()] > 0.0).collect();
    let mut kept = vec![false; table.row_count()];
    for row in listed {
        kept[row] = !(options.others_only && member[nodes[row].index()]);
    }
    let ranking = RankedCustomers { run_graph: &run_graph, member: &member, ranks: &ranks };
    let rows = ranking.rows(&influencers, &kept, options.count)?;
    Ok(PersonalizedRanking {
        rows,
        starts: influenced.len(),
        error_bound: ranks.error_bound,
        rounds: ranks.rounds,
        notes,
    })
}

/// PageRank with restarts at the members, each with the same probability.
fn pagerank_from(run: &Run, graph: &Graph, member: &[bool]) -> Result<Ranks, AnalysisError> {
    let id = run.id().as_str();
    let manifest = run.manifest()?;
    let settings: PageRankConfig =
        config::rank_settings(&manifest.record.config["rank"]).ok_or_else(|| {
            ReportError::other_version(
                id,
                &"its manifest has no PageRank settings that this version can read",
            )
        })?;
    let weights = member.iter().map(|&member| f64::from(u8::from(member))).collect();
    rank::pagerank(graph, &Teleport::Weights(weights), &settings)
        .map_err(|cause| AnalysisError::Rank { run: id.to_owned(), cause })
}

/// The data from which the rows of the ranking are computed.
struct RankedCustomers<'a> {
    run_graph: &'a RunGraph,
    /// `member[NodeId]`: whether the node is one of the given people.
    member: &'a [bool],
    ranks: &'a Ranks,
}

impl RankedCustomers<'_> {
    /// Ranks the table rows `influencers`, and returns the first `count` of the rows that are `kept`.
    fn rows(
        &self,
        influencers: &[usize],
        kept: &[bool],
        count: usize,
    ) -> Result<Vec<InfluencerRow>, RunTableError> {
        let ids = self.run_graph.table.get(scores::ID)?;
        let shares: Vec<f64> = influencers.iter().map(|&row| self.share(row)).collect();
        let keys: Vec<&str> = influencers.iter().map(|&row| ids[row].as_str()).collect();
        let order = rank_with_ties(&shares, &keys, self.ranks.error_bound);
        let ranked = order.into_iter().map(|(at, rank)| (influencers[at], rank));
        ranked.filter(|&(row, _)| kept[row]).take(count).map(|(row, rank)| self.row(row, rank)).collect()
    }

    fn share(&self, row: usize) -> f64 {
        self.ranks.score[self.run_graph.nodes[row].index()]
    }

    fn row(&self, row: usize, rank: usize) -> Result<InfluencerRow, RunTableError> {
        let RunGraph { table, graph, nodes } = self.run_graph;
        let (node, share) = (nodes[row], self.share(row));
        let mut rows = graph.in_edges().rows();
        let audience = rows.neighbors(node);
        let pagerank = table.get(scores::PAGERANK)?[row];
        Ok(InfluencerRow {
            rank: offset64(rank),
            id: table.get(scores::ID)?[row].clone(),
            name: table.get(scores::NAME)?[row].clone(),
            tier: table.get(scores::TIER)?[row].clone(),
            share,
            error_bound: self.ranks.error_bound,
            pagerank,
            lift: share / pagerank,
            direct: offset64(audience.iter().filter(|follower| self.member[follower.index()]).count()),
            member: self.member[node.index()],
            community_id: table.get(scores::COMMUNITY_ID)?[row],
            channels: table.get(scores::CHANNELS)?[row].clone(),
        })
    }
}

impl Listing for InfluencerRow {
    const FIELDS: &'static [Field<Self>] = &[
        Field::plain("rank", "rank", |row| Cell::Integer(row.rank)),
        Field::plain(scores::ID.name(), "id", |row| Cell::Text(row.id.clone())),
        Field::plain(scores::NAME.name(), "name", |row| Cell::text(row.name.as_deref())),
        Field::plain(scores::TIER.name(), "tier", |row| Cell::Text(row.tier.clone())),
        Field::new(
            "personalised_pagerank",
            |row| Cell::Number(row.share),
            "share %",
            |row| Cell::share(row.share * 100.0),
        ),
        Field::hidden("error_bound", |row| Cell::Number(row.error_bound)),
        Field::hidden(scores::PAGERANK.name(), |row| Cell::Number(row.pagerank)),
        Field::new("lift", |row| Cell::Number(row.lift), "lift", |row| Cell::hundredths(row.lift)),
        Field::plain("direct", "direct", |row| Cell::Integer(row.direct)),
        Field::hidden("member", |row| Cell::Flag(row.member)),
        Field::plain(scores::COMMUNITY_ID.name(), "community", |row| Cell::Integer(row.community_id.into())),
        Field::for_people("member", |row| Cell::Text(if row.member { "yes" } else { "" }.to_owned())),
        Field::hidden(scores::CHANNELS.name(), |row| Cell::Text(row.channels.clone())),
    ];
}
