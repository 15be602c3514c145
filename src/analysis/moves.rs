//! The walk from a few people, and those whom it meets.

use super::{
    AnalysisError,
    left::{graph_of, nodes},
    ties,
};
use crate::{
    config::{self, PeopleSelector},
    graph::Graph,
    ids::{NodeId, offset64},
    rank::{self, PageRankConfig, Ranks, Teleport},
    report::{self, Cell, Field, Filter, Listing, SCORES_FILE},
    selection,
    store::{Run, Table, TableError},
};

/// From whom the walk starts, and which of those it meets are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovesOptions {
    /// The people asked about.
    pub whom: PeopleSelector,
    /// How many at most are listed.
    pub count: usize,
    /// Only this tier.
    pub tier: Option<String>,
    /// Only this community.
    pub community: Option<u32>,
    /// Only customers with an account on this channel.
    pub channel: Option<String>,
    /// Leaves out the people asked about.
    pub others_only: bool,
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Moves {
    /// Who moves these people, the first one most.
    pub rows: Vec<MoverRow>,
    /// How many people the walk starts at.
    pub starts: usize,
    /// All shares together are at most this far from the true ones.
    pub error_bound: f64,
    /// Passes over the edges.
    pub rounds: u32,
}

/// One customer whom the walk meets.
#[derive(Clone, Debug, PartialEq)]
pub struct MoverRow {
    /// Rank among all customers by `share`, 1 is the best; who cannot be told apart within the bound shares one.
    pub rank: u64,
    /// The CRM's key.
    pub id: String,
    /// The name, where the CRM has one.
    pub name: Option<String>,
    /// The tier.
    pub tier: String,
    /// Share of the attention of these people: PageRank from them.
    pub share: f64,
    /// The bound on the error of all shares together.
    pub error_bound: f64,
    /// Share of all attention: PageRank from everybody.
    pub pagerank: f64,
    /// `share / pagerank`: how much more these people attend than everybody does.
    pub lift: f64,
    /// How many of these people attend directly.
    pub direct: u64,
    /// Whether this is one of these people.
    pub member: bool,
    /// The community.
    pub community_id: u32,
    /// The channels, joined by `;`.
    pub channels: String,
}

const COLUMNS: [&str; 9] =
    ["node", "id", "status", "name", "tier", "pagerank", "community_id", "channels", "rank"];

/// Ranks the customers of `run` by a walk that starts at the people of `options.whom` and follows endorsements.
///
/// - **Input**: a finished run, whose bytes are checked; `options.whom` and the filters name what this run has.
/// - **Output**: customers whom the walk can meet at all; withheld people and prospects carry it on and are not listed.
/// - **Stop**: as [`rank::pagerank`], with the `[rank]` settings that the run was made with; a person who attends to
///   nobody sends the walk back to these people.
/// - **Cost**: reads and checks the table and the graph of the run, and one PageRank.
/// - **Same bits**: for any thread count.
/// - **Source**: as [`rank::pagerank`]; personalised PageRank as in Haveliwala 2002, Jeh and Widom 2003.
/// - **Checked by**: `tests/it/analysis/personalized.rs`: closed form, dense power method, `plaudit algo`.
///
/// # Errors
/// [`AnalysisError`]: the run is damaged, or a name is none of this run's.
pub fn moves(run: &Run, options: &MovesOptions) -> Result<Moves, AnalysisError> {
    let id = run.id().as_str();
    let table = report::read(run, SCORES_FILE, &COLUMNS)?;
    let circle = selection::select(run, &table, &options.whom)?;
    let filter = Filter {
        tier: options.tier.as_deref(),
        community: options.community,
        channel: options.channel.as_deref(),
    };
    let listed = report::customers(run, &table, &filter)?;
    let graph = graph_of(run)?;
    let nodes = nodes(run, &table, &graph)?;
    let mut member = vec![false; graph.node_count()];
    for &row in &circle {
        member[nodes[row].index()] = true;
    }
    let ranks = walk(run, &graph, &member)?;

    let customers = report::customers(run, &table, &Filter::default())?;
    let met: Vec<usize> =
        customers.into_iter().filter(|&row| ranks.score[nodes[row].index()] > 0.0).collect();
    let mut kept = vec![false; table.row_count()];
    for row in listed {
        kept[row] = !(options.others_only && member[nodes[row].index()]);
    }
    let all = Walked { table: &table, graph: &graph, nodes: &nodes, member: &member, ranks: &ranks };
    let rows = all.rows(&met, &kept, options.count).map_err(|cause| AnalysisError::table(id, cause))?;
    Ok(Moves { rows, starts: circle.len(), error_bound: ranks.error_bound, rounds: ranks.rounds })
}

/// PageRank from the members alike.
fn walk(run: &Run, graph: &Graph, member: &[bool]) -> Result<Ranks, AnalysisError> {
    let id = run.id().as_str();
    let manifest = run.manifest().map_err(report::ReportError::from)?;
    let settings: PageRankConfig =
        config::rank_settings(&manifest.record.config["rank"]).ok_or_else(|| {
            AnalysisError::OtherVersion {
                run: id.to_owned(),
                why: "its manifest has no settings of PageRank that we can read".to_owned(),
            }
        })?;
    let weights = member.iter().map(|&member| f64::from(u8::from(member))).collect();
    rank::pagerank(graph, &Teleport::Weights(weights), &settings)
        .map_err(|cause| AnalysisError::Rank { run: id.to_owned(), cause })
}

/// All that rows are made of.
struct Walked<'a> {
    table: &'a Table,
    graph: &'a Graph,
    /// `nodes[row]`.
    nodes: &'a [NodeId],
    /// `member[NodeId]`.
    member: &'a [bool],
    ranks: &'a Ranks,
}

impl Walked<'_> {
    /// Ranks the rows `met`, and shows the first `count` of those that are `kept`.
    fn rows(&self, met: &[usize], kept: &[bool], count: usize) -> Result<Vec<MoverRow>, TableError> {
        let ids = self.table.text("id")?;
        let shares: Vec<f64> = met.iter().map(|&row| self.share(row)).collect();
        let keys: Vec<&str> = met.iter().map(|&row| ids[row].as_str()).collect();
        let order = ties::ranked(&shares, &keys, self.ranks.error_bound);
        let ranked = order.into_iter().map(|(at, rank)| (met[at], rank));
        ranked.filter(|&(row, _)| kept[row]).take(count).map(|(row, rank)| self.row(row, rank)).collect()
    }

    fn share(&self, row: usize) -> f64 {
        self.ranks.score[self.nodes[row].index()]
    }

    fn row(&self, row: usize, rank: usize) -> Result<MoverRow, TableError> {
        let (table, node, share) = (self.table, self.nodes[row], self.share(row));
        let mut rows = self.graph.in_edges().rows();
        let audience = rows.neighbours(node);
        let pagerank = table.f64s("pagerank")?[row];
        Ok(MoverRow {
            rank: offset64(rank),
            id: table.text("id")?[row].clone(),
            name: table.optional_text("name")?[row].clone(),
            tier: table.text("tier")?[row].clone(),
            share,
            error_bound: self.ranks.error_bound,
            pagerank,
            lift: share / pagerank,
            direct: offset64(audience.iter().filter(|who| self.member[who.index()]).count()),
            member: self.member[node.index()],
            community_id: table.u32s("community_id")?[row],
            channels: table.text("channels")?[row].clone(),
        })
    }
}

impl Listing for MoverRow {
    const FIELDS: &'static [Field<Self>] = &[
        Field::plain("rank", "rank", |row| Cell::Integer(row.rank)),
        Field::plain("id", "id", |row| Cell::Text(row.id.clone())),
        Field::plain("name", "name", |row| Cell::text(row.name.as_deref())),
        Field::plain("tier", "tier", |row| Cell::Text(row.tier.clone())),
        Field::new(
            "personalised_pagerank",
            |row| Cell::Number(row.share),
            "share %",
            |row| Cell::share(row.share * 100.0),
        ),
        Field::hidden("error_bound", |row| Cell::Number(row.error_bound)),
        Field::hidden("pagerank", |row| Cell::Number(row.pagerank)),
        Field::new("lift", |row| Cell::Number(row.lift), "lift", |row| Cell::hundredths(row.lift)),
        Field::plain("direct", "direct", |row| Cell::Integer(row.direct)),
        Field::hidden("member", |row| Cell::Flag(row.member)),
        Field::plain("community_id", "community", |row| Cell::Integer(row.community_id.into())),
        Field::for_people("member", |row| Cell::Text(if row.member { "yes" } else { "" }.to_owned())),
        Field::hidden("channels", |row| Cell::Text(row.channels.clone())),
    ];
}
