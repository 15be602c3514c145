//! Writes `scores.parquet`.

use std::rc::Rc;

use super::RunResults;
use crate::{
    event::KindId,
    ids::{CommunityId, NodeId, id32},
    measure::{Scores, TopicRanks, Trust},
    projection::{KindRole, UNIT_LOG2},
    reach::Estimates,
    store::{Column, NamedColumn, RunFile, TableError, write_columns},
    tables::{ColumnKey, Status, join_list, scores as columns},
    tier::{ProspectStanding, Standing},
};

/// The position of a node among the customers or among the prospects.
#[derive(Clone, Copy)]
enum Position {
    Customer(usize),
    Prospect(usize),
}

/// The rows of `scores.parquet`: the nodes that may be shown, in node order, with their positions.
fn rows(scores: &Scores) -> Vec<(NodeId, Position)> {
    let customers = scores.customers.iter().enumerate().map(|(at, &node)| (node, Position::Customer(at)));
    let prospects = scores.prospects.iter().enumerate().map(|(at, &node)| (node, Position::Prospect(at)));
    let mut rows: Vec<(NodeId, Position)> = customers.chain(prospects).collect();
    rows.sort_unstable_by_key(|row| row.0);
    rows
}

/// Writes one row per node that may be shown, in node order; returns the number of rows.
pub(super) fn write_scores(results: &RunResults<'_>, out: &mut RunFile<'_>) -> Result<u64, TableError> {
    let rows = rows(results.scores);
    let nodes: Vec<NodeId> = rows.iter().map(|row| row.0).collect();
    let table = ScoresTable { results, rows: &rows, nodes: &nodes };
    let all = [
        table.person(),
        table.standing(),
        table.measures(),
        table.structure(),
        table.strength(),
        table.trust(),
        table.topics(),
        table.overlap(),
        table.k_hop_audience(),
        vec![columns::COST.column(|row| results.people.customer(nodes[row])?.cost)],
    ];
    write_columns(rows.len(), &all.into_iter().flatten().collect::<Vec<_>>(), out)
}

/// The data behind the columns of the table.
#[derive(Clone, Copy)]
struct ScoresTable<'a> {
    results: &'a RunResults<'a>,
    rows: &'a [(NodeId, Position)],
    /// The nodes of the rows.
    nodes: &'a [NodeId],
}

impl<'a> ScoresTable<'a> {
    /// The column of values that are indexed by node.
    fn by_node(self, key: ColumnKey<'static, f64>, values: &'a [f64]) -> NamedColumn<'a> {
        key.column(move |row| values[self.nodes[row].index()])
    }

    /// A column without a key: its name depends on the configuration.
    fn dynamic(name: String, value: impl Fn(usize) -> f64 + 'a) -> NamedColumn<'a> {
        (name.into(), Column::F64(Box::new(value)))
    }

    fn is_customer(self, row: usize) -> bool {
        matches!(self.rows[row].1, Position::Customer(_))
    }

    /// The columns about the person's identity.
    fn person(self) -> Vec<NamedColumn<'a>> {
        let Self { results, nodes, .. } = self;
        let people = results.people;
        let customer = move |row: usize| people.customer(nodes[row]);
        let channels = people.channels();
        let status = move |row| if self.is_customer(row) { Status::Customer } else { Status::Prospect };
        let consent =
            move |row: usize| if self.is_customer(row) { people.consent(nodes[row]).word() } else { "" };
        vec![
            columns::NODE.column(move |row| nodes[row].0),
            columns::ID.column(move |row| people.key(nodes[row]).into()),
            columns::STATUS.column(move |row| status(row).word().into()),
            columns::NAME.column(move |row| Some(customer(row)?.name.as_deref()?.into())),
            columns::CHANNELS.column(move |row| join_list(&channels[nodes[row].index()]).into()),
            columns::HOUSEHOLD.column(move |row| Some(customer(row)?.household.as_deref()?.into())),
            columns::VALUE.column(move |row| customer(row)?.value),
            columns::CONSENT.column(move |row| consent(row).into()),
        ]
    }

    /// Score, rank and tier.
    fn standing(self) -> Vec<NamedColumn<'a>> {
        let Self { results, rows, nodes } = self;
        let scores = results.scores;
        let float = move |key: ColumnKey<'static, f64>,
                          inside: fn(&Standing) -> &[f64],
                          outside: fn(&ProspectStanding) -> &[f64]| {
            key.column(move |row| match rows[row].1 {
                Position::Customer(at) => inside(&scores.standing)[at],
                Position::Prospect(at) => outside(&scores.prospect_standing)[at],
            })
        };
        let rank = move |row: usize| match rows[row].1 {
            Position::Customer(at) => scores.standing.rank[at],
            Position::Prospect(at) => scores.prospect_standing.rank[at],
        };
        let tier = move |row: usize| {
            results.tier_name(match rows[row].1 {
                Position::Customer(at) => scores.standing.tier[at],
                Position::Prospect(at) => scores.prospect_standing.tier[at],
            })
        };
        let previous = move |row: usize| {
            results.previous_tier(results.people.key(nodes[row])).filter(|_| self.is_customer(row))
        };
        vec![
            float(columns::SCORE, |standing| &standing.score, |standing| &standing.score),
            columns::RANK.column(rank),
            float(columns::PERCENTILE, |standing| &standing.percentile, |standing| &standing.percentile),
            columns::TIER.column(move |row| tier(row).into()),
            columns::PREVIOUS_TIER.column(move |row| Some(previous(row)?.into())),
        ]
    }

    /// How much attention each person gets, and from how many hops away.
    fn measures(self) -> Vec<NamedColumn<'a>> {
        let Self { results, nodes, .. } = self;
        let (measures, graph) = (results.measures, results.graph);
        let (reach, at) = (&measures.reach, move |row: usize| nodes[row].index());
        let communities = &measures.communities;
        let hierarchy = communities.partition.hierarchy();
        let path = move |node| hierarchy.path(communities.of_node(node), node);
        let mut all = vec![self.by_node(columns::PAGERANK, &measures.ranks.score)];
        all.extend(columns::REACH.columns([&reach.estimate, &reach.low, &reach.high], at));
        all.extend([
            columns::REACH_EXACT.column(move |row| reach.exact[at(row)]),
            columns::COMMUNITY_ID.column(move |row| communities.of_node(nodes[row])),
            columns::COMMUNITY_PATH.column(move |row| path(nodes[row]).into()),
            columns::AUDIENCE.column(move |row| results.audience(nodes[row])),
            columns::OUT_DEGREE.column(move |row| id32(graph.out_edges().degree(nodes[row]))),
            self.by_node(columns::STRENGTH, &measures.strength),
            columns::CUSTOMERS_IN_AUDIENCE.column(move |row| measures.customers_in_audience[at(row)]),
        ]);
        all
    }

    /// Measures of a node's position in the graph, except ranks.
    fn structure(self) -> Vec<NamedColumn<'a>> {
        let Self { results, nodes, .. } = self;
        let (structure, graph) = (&results.measures.structure, results.graph);
        let at = move |row: usize| nodes[row].index();
        let out_strength =
            move |row: usize| graph.out_edges().strength(nodes[row]) as f64 * graph.weight_unit();
        let hits = structure.hits.as_ref().ok();
        vec![
            columns::OUT_STRENGTH.column(out_strength),
            columns::CORE_NUMBER.column(move |row| structure.core[at(row)]),
            columns::COMPONENT.column(move |row| structure.component[at(row)]),
            columns::HUB.column(move |row| Some(hits?.hub[at(row)])),
            columns::AUTHORITY.column(move |row| Some(hits?.authority[at(row)])),
        ]
    }

    /// The strength received, split by kind and by channel.
    fn strength(self) -> Vec<NamedColumn<'a>> {
        let Self { results, nodes, .. } = self;
        let (received, weights) = (&results.measures.received, &results.plan.weights);
        let unit = 2.0_f64.powi(UNIT_LOG2);
        let parts = columns::PARTS_OF_STRENGTH.iter().map(|(key, kinds)| {
            let kinds: Vec<KindId> = kinds.iter().filter_map(|kind| weights.kind(kind)).collect();
            let units = move |node| kinds.iter().map(|kind| received.by_kind(node, *kind)).sum::<u64>();
            key.column(move |row| units(nodes[row]) as f64 * unit)
        });
        // An unfollow only reduces a weight, so it adds no strength.
        let giving = weights.kinds.iter().filter(|kind| kind.role != KindRole::Unfollow);
        let kinds = giving.filter_map(|kind| {
            let (id, name) = (weights.kind(&kind.name)?, columns::strength_by_kind(&kind.name));
            Some(Self::dynamic(name, move |row| received.by_kind(nodes[row], id) as f64 * unit))
        });
        let channels = results.channels.iter().enumerate().map(|(number, name)| {
            let name = columns::strength_on_channel(name);
            Self::dynamic(name, move |row| received.by_channel(nodes[row], number) as f64 * unit)
        });
        parts.chain(kinds).chain(channels).collect()
    }

    /// The ranks from the trusted core, and the flag of people whose score is capped because it depends on suspects.
    fn trust(self) -> Vec<NamedColumn<'a>> {
        let Self { results, rows, nodes } = self;
        let (trust, scores) = (results.measures.trust.as_ref(), results.scores);
        let column = move |key: ColumnKey<'static, Option<f64>>, value: fn(&Trust) -> &[f64]| {
            key.column(move |row| Some(value(trust?)[nodes[row].index()]))
        };
        let flagged = move |row: usize| match rows[row].1 {
            Position::Customer(at) => scores.flagged[at],
            Position::Prospect(at) => scores.flagged_prospects[at],
        };
        vec![
            column(columns::TRUSTED_RANK, |trust| &trust.trusted.score),
            column(columns::SPAM_MASS, |trust| &trust.spam_mass),
            column(columns::SUSPECT_SHARE, |trust| &trust.suspect_share),
            columns::SUSPECT.column(move |row| trust.is_some_and(|trust| trust.suspect[nodes[row].index()])),
            columns::FLAGGED.column(flagged),
        ]
    }

    /// PageRank from the people of each topic.
    fn topics(self) -> Vec<NamedColumn<'a>> {
        let column = |topic: &'a TopicRanks| {
            let score = move |row: usize| topic.ranks.score[self.nodes[row].index()];
            Self::dynamic(topic.column.clone(), score)
        };
        self.results.topic_ranks.iter().map(column).collect()
    }

    /// The tie of each node to its community, and to the other community with the strongest tie to the node.
    ///
    /// Communities without a listed member are omitted, because they could identify one withheld person.
    fn overlap(self) -> Vec<NamedColumn<'a>> {
        let Self { results, nodes, .. } = self;
        let communities = &results.measures.communities;
        let shares = move |row: usize| &results.measures.structure.shares[nodes[row].index()];
        let mut shown = vec![false; communities.partition.count];
        for node in nodes {
            shown[communities.partition.community[node.index()].index()] = true;
        }
        let is_named: Rc<dyn Fn(usize) -> bool> = Rc::new(move |row| {
            let other = shares(row).other;
            other != CommunityId::NONE && shown[other.index()]
        });
        let other = {
            let is_named = Rc::clone(&is_named);
            move |row: usize| is_named(row).then(|| communities.id_of(shares(row).other))
        };
        let strength = move |row: usize| shares(row).other_share().filter(|_| is_named(row));
        vec![
            columns::COMMUNITY_STRENGTH.column(move |row| shares(row).own_share()),
            columns::SECONDARY_COMMUNITY_ID.column(other),
            columns::SECONDARY_STRENGTH.column(strength),
        ]
    }

    /// The decayed k-hop audience, in which near people count more, and the k-hop audience within each segment.
    fn k_hop_audience(self) -> Vec<NamedColumn<'a>> {
        let Self { results, nodes, .. } = self;
        let reach = &results.measures.reach;
        let of_segments = results.plan.reach_segments.iter().zip(&reach.segments);
        let of_segments = of_segments.flat_map(move |(segment, of): (_, &'a Estimates)| {
            let values = [&of.estimate, &of.low, &of.high];
            let names = columns::segment_reach(&segment.name);
            names
                .into_iter()
                .zip(values)
                .map(move |(name, values)| Self::dynamic(name, move |row| values[nodes[row].index()]))
        });
        let Estimates { estimate, low, high } = &reach.decayed;
        let decayed = columns::DECAYED_REACH.columns([estimate, low, high], move |row| nodes[row].index());
        decayed.into_iter().chain(of_segments).collect()
    }
}
