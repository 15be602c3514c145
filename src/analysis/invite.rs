//! Lists customers to invite into a community: the customers outside it with the strongest ties to it.

use super::{
    AnalysisError,
    community_report::percent,
    run_graph::{RunCommunities, RunGraph, has_crm},
};
use crate::{
    community::{self, Tie},
    graph::Graph,
    ids::{CommunityId, offset64},
    report::{Cell, Field, Listing},
    selection::ContactConsent,
    store::Run,
    tables::{RunTable, RunTableError, Status, scores},
};

/// The customers outside a community who have ties to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Invitations {
    /// The customers who may be contacted, the strongest tie first; at most the requested number.
    pub rows: Vec<InviteRow>,
    /// How many of the customers may be contacted, listed or not.
    pub contactable: u64,
    /// How many customers are left out because they may not be contacted.
    pub without_consent: u64,
    /// The number of members of the community, withheld people left out.
    pub members: u64,
    /// Whether the run has a CRM file: without one, nobody has agreed to be contacted.
    pub has_crm: bool,
}

/// A customer to invite into a community.
#[derive(Clone, Debug, PartialEq)]
pub struct InviteRow {
    /// Position in the list, from 1.
    pub rank: u64,
    pub id: String,
    pub name: Option<String>,
    pub tier: String,
    /// The tie: the share of the weight of the customer's edges that is on edges to or from members.
    pub strength: f64,
    /// The weight of the edges to or from members, in units of one fresh event of weight 1.
    pub weight: f64,
    /// The community of which the customer is a member.
    pub community_id: u32,
    /// Number of members joined to the customer by an edge in either direction.
    pub direct: u64,
    /// The channels, joined by `;`.
    pub channels: String,
}

/// Lists the customers of `run` who are not in the community `id` but are tied to members of it.
///
/// - **Input**: a finished run, whose bytes are checked.
/// - **Output**: sorted by tie, compared exactly; equal ties by weight, then by key. Withheld people count neither as
///   members nor as candidates; edges to withheld people count in the weight of all edges of a customer.
/// - **Stop**: after one pass.
/// - **Cost**: reads and checks two tables and the graph of the run; then as [`community::ties_to`].
/// - **Same bits**: for any thread count.
/// - **Source**: as [`community::overlap`].
/// - **Checked by**: `tests/it/analysis/communities.rs`: brute force over the edges of the run, results computed by
///   hand, consent.
pub fn invite(run: &Run, id: u32, count: usize) -> Result<Invitations, AnalysisError> {
    let run_graph = RunGraph::open(run, RunTable::open(run, scores::FILE)?)?;
    let communities = RunCommunities::new(run, &run_graph)?;
    let of = communities.number(run, id)?;
    let mut candidates = candidates(&run_graph, &communities, of)?;
    let RunGraph { table, graph, .. } = run_graph;
    let (ids, consent, contact) =
        (table.get(scores::ID)?, table.get(scores::CONSENT)?, ContactConsent::of(run)?);
    let all = candidates.len();
    candidates.retain(|(row, _)| contact.allows(&ids[*row], &consent[*row]));
    let contactable = candidates.len();
    candidates.truncate(count);
    let rows = candidates.iter().enumerate().map(|(place, candidate)| row(&table, &graph, place, candidate));
    Ok(Invitations {
        rows: rows.collect::<Result<_, _>>()?,
        contactable: offset64(contactable),
        without_consent: offset64(all - contactable),
        members: offset64(communities.community.iter().filter(|&&c| c == of).count()),
        has_crm: has_crm(&run.manifest()?),
    })
}

/// The customers with a tie, each with its table row, the strongest tie first.
fn candidates(
    RunGraph { table, graph, nodes }: &RunGraph,
    communities: &RunCommunities,
    of: CommunityId,
) -> Result<Vec<(usize, Tie)>, RunTableError> {
    let (ids, status) = (table.get(scores::ID)?, table.get(scores::STATUS)?);
    let mut row_of = vec![usize::MAX; graph.node_count()];
    nodes.iter().enumerate().for_each(|(row, node)| row_of[node.index()] = row);
    let ties = community::ties_to(graph, &communities.community, of);
    let mut candidates: Vec<(usize, Tie)> = ties
        .into_iter()
        .map(|tie| (row_of[tie.node.index()], tie))
        .filter(|(row, _)| Status::Customer.is(&status[*row]))
        .collect();
    candidates
        .sort_unstable_by(|(a, tie), (b, other)| other.cmp_by_share(tie).then_with(|| ids[*a].cmp(&ids[*b])));
    Ok(candidates)
}

fn row(
    table: &RunTable,
    graph: &Graph,
    place: usize,
    (row, tie): &(usize, Tie),
) -> Result<InviteRow, RunTableError> {
    Ok(InviteRow {
        rank: offset64(place + 1),
        id: table.get(scores::ID)?[*row].clone(),
        name: table.get(scores::NAME)?[*row].clone(),
        tier: table.get(scores::TIER)?[*row].clone(),
        strength: tie.share(),
        weight: tie.weight as f64 * graph.weight_unit(),
        community_id: table.get(scores::COMMUNITY_ID)?[*row],
        direct: tie.direct,
        channels: table.get(scores::CHANNELS)?[*row].clone(),
    })
}

impl Listing for InviteRow {
    const FIELDS: &'static [Field<Self>] = &[
        Field::plain("rank", "rank", |row| Cell::Integer(row.rank)),
        Field::plain(scores::ID.name(), "id", |row| Cell::Text(row.id.clone())),
        Field::plain(scores::NAME.name(), "name", |row| Cell::text(row.name.as_deref())),
        Field::plain(scores::TIER.name(), "tier", |row| Cell::Text(row.tier.clone())),
        Field::new(
            "strength",
            |row| Cell::Number(row.strength),
            "strength %",
            |row| percent(Some(row.strength)),
        ),
        Field::new("weight", |row| Cell::Number(row.weight), "weight", |row| Cell::hundredths(row.weight)),
        Field::plain(scores::COMMUNITY_ID.name(), "community", |row| Cell::Integer(row.community_id.into())),
        Field::plain("direct", "direct", |row| Cell::Integer(row.direct)),
        Field::new(
            scores::CHANNELS.name(),
            |row| Cell::Text(row.channels.clone()),
            "channels",
            |row| Cell::Text(row.channels.replace(';', ", ")),
        ),
    ];
}
