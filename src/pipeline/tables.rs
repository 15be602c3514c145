//! The run's table for notebooks, warehouses and `plaudit top`: `scores.parquet`.

use std::rc::Rc;

use super::{PipelineError, outputs::Results, people::Scores, ranking::TopicRanks, trust::Trust};
use crate::{
    event::KindId,
    ids::{CommunityId, NodeId, id32, offset64},
    projection::{KindRole, UNIT_LOG2},
    reach::Estimates,
    store::{Column, RunFile, write_columns},
    tier::{OutsiderStanding, Standing},
};

/// Where one node stands: among the customers, or among the prospects.
enum Place {
    Customer(usize),
    Prospect(usize),
}

/// The rows of `scores.parquet`: the nodes that may be shown, with their places.
fn rows(scores: &Scores) -> Vec<(NodeId, Place)> {
    let customers = scores.customers.iter().enumerate().map(|(at, &node)| (node, Place::Customer(at)));
    let prospects = scores.prospects.iter().enumerate().map(|(at, &node)| (node, Place::Prospect(at)));
    let mut rows: Vec<(NodeId, Place)> = customers.chain(prospects).collect();
    rows.sort_unstable_by_key(|row| row.0);
    rows
}

/// Writes `scores.parquet`: one row a node that may be shown, in node order; returns the number of rows.
pub(super) fn write_scores(results: &Results<'_>, out: &mut RunFile<'_>) -> Result<u64, PipelineError> {
    let (people, scores) = (results.people, results.scores);
    let rows = rows(scores);
    let nodes: Vec<NodeId> = rows.iter().map(|row| row.0).collect();
    let node = |row: usize| rows[row].0;
    let at = |row: usize| rows[row].0.index();
    let customer = |row: usize| people.customer(node(row));
    let is_customer = |row: usize| matches!(rows[row].1, Place::Customer(_));
    let float = |inside: fn(&Standing) -> &[f64], outside: fn(&OutsiderStanding) -> &[f64]| {
        let rows = &rows;
        Column::F64(Box::new(move |row| match rows[row].1 {
            Place::Customer(at) => inside(&scores.standing)[at],
            Place::Prospect(at) => outside(&scores.outsiders)[at],
        }))
    };
    let rank = |row: usize| match rows[row].1 {
        Place::Customer(at) => scores.standing.rank[at],
        Place::Prospect(at) => scores.outsiders.rank[at],
    };
    let tier = |row: usize| {
        results.tier_name(match rows[row].1 {
            Place::Customer(at) => scores.standing.tier[at],
            Place::Prospect(at) => scores.outsiders.tier[at],
        })
    };
    let previous = |row: usize| results.previous_tier(people.key(node(row))).filter(|_| is_customer(row));
    let status = |row: usize| if is_customer(row) { "customer" } else { "prospect" };
    let consent = |row: usize| if is_customer(row) { people.consent(node(row)).word() } else { "" };
    let channels = people.channels();
    let more = [
        measure_columns(results, &nodes),
        structure_columns(results, &nodes),
        strength_columns(results, &nodes),
        trust_columns(results, &nodes),
        vec![flagged_column(scores, &rows)],
        topic_columns(results, &nodes),
        overlap_columns(results, &nodes),
        spread_columns(results, &nodes),
        vec![("cost".to_owned(), Column::OptionalF64(Box::new(|row| customer(row)?.cost)))],
    ];
    let (names, more): (Vec<String>, Vec<Column<'_>>) = more.into_iter().flatten().unzip();
    let columns = [
        ("node", Column::U32(Box::new(|row| node(row).0))),
        ("id", Column::Text(Box::new(|row| people.key(node(row)).into()))),
        ("status", Column::Text(Box::new(|row| status(row).into()))),
        ("name", Column::OptionalText(Box::new(|row| Some(customer(row)?.name.as_deref()?.into())))),
        ("channels", Column::Text(Box::new(|row| channels[at(row)].join(";").into()))),
        (
            "household",
            Column::OptionalText(Box::new(|row| Some(customer(row)?.household.as_deref()?.into()))),
        ),
        ("value", Column::OptionalF64(Box::new(|row| customer(row)?.value))),
        ("consent", Column::Text(Box::new(|row| consent(row).into()))),
        ("score", float(|standing| &standing.score, |standing| &standing.score)),
        ("rank", Column::U32(Box::new(rank))),
        ("percentile", float(|standing| &standing.percentile, |standing| &standing.percentile)),
        ("tier", Column::Text(Box::new(|row| tier(row).into()))),
        ("previous_tier", Column::OptionalText(Box::new(|row| Some(previous(row)?.into())))),
    ];
    let columns: Vec<(&str, Column<'_>)> =
        columns.into_iter().chain(names.iter().map(String::as_str).zip(more)).collect();
    write_columns(rows.len(), &columns, out)?;
    Ok(offset64(rows.len()))
}

/// Columns with the names that they have in the file.
type Named<'a> = Vec<(String, Column<'a>)>;

/// How much attention each node gets, and from how far.
fn measure_columns<'a>(results: &'a Results<'_>, nodes: &'a [NodeId]) -> Named<'a> {
    let (measures, graph) = (results.measures, results.graph);
    let (reach, at) = (&measures.reach, |row: usize| nodes[row].index());
    let hierarchy = measures.communities.partition.hierarchy();
    let path = move |node| hierarchy.path(results.community(node), node);
    let columns = [
        ("pagerank", Column::F64(Box::new(move |row| measures.ranks.score[at(row)]))),
        ("reach", Column::F64(Box::new(move |row| reach.estimate[at(row)]))),
        ("reach_low", Column::F64(Box::new(move |row| reach.low[at(row)]))),
        ("reach_high", Column::F64(Box::new(move |row| reach.high[at(row)]))),
        ("reach_exact", Column::Bool(Box::new(move |row| reach.exact[at(row)]))),
        ("community_id", Column::U32(Box::new(move |row| results.community(nodes[row])))),
        ("community_path", Column::Text(Box::new(move |row| path(nodes[row]).into()))),
        ("audience", Column::U32(Box::new(move |row| results.audience(nodes[row])))),
        ("out_degree", Column::U32(Box::new(move |row| id32(graph.out_edges().degree(nodes[row]))))),
        ("strength", Column::F64(Box::new(move |row| measures.strength[at(row)]))),
        ("customers_in_audience", Column::U32(Box::new(move |row| results.customers_in_audience[at(row)]))),
    ];
    columns.into_iter().map(|(name, column)| (name.to_owned(), column)).collect()
}

/// Where each node stands in the graph, beside its ranks.
fn structure_columns<'a>(results: &'a Results<'_>, nodes: &'a [NodeId]) -> Named<'a> {
    let (structure, graph) = (&results.measures.structure, results.graph);
    let at = |row: usize| nodes[row].index();
    let out_strength = move |row: usize| graph.out_edges().strength(nodes[row]) as f64 * graph.weight_unit();
    let hits = structure.hits.as_ref().ok();
    let columns = [
        ("out_strength", Column::F64(Box::new(out_strength))),
        ("core_number", Column::U32(Box::new(move |row| structure.core[at(row)]))),
        ("component", Column::U32(Box::new(move |row| structure.component[at(row)]))),
        ("hub", Column::OptionalF64(Box::new(move |row| Some(hits?.hub[at(row)])))),
        ("authority", Column::OptionalF64(Box::new(move |row| Some(hits?.authority[at(row)])))),
    ];
    columns.into_iter().map(|(name, column)| (name.to_owned(), column)).collect()
}

/// Whose score and tier may not rest on suspects.
fn flagged_column<'a>(scores: &'a Scores, rows: &'a [(NodeId, Place)]) -> (String, Column<'a>) {
    let flagged = |row: usize| match rows[row].1 {
        Place::Customer(at) => scores.flagged[at],
        Place::Prospect(at) => scores.flagged_outside[at],
    };
    ("flagged".to_owned(), Column::Bool(Box::new(flagged)))
}

/// What the trusted core says of each node.
fn trust_columns<'a>(results: &'a Results<'_>, nodes: &'a [NodeId]) -> Named<'a> {
    let trust = results.measures.trust.as_ref();
    let column = |value: fn(&Trust) -> &[f64]| {
        Column::OptionalF64(Box::new(move |row: usize| Some(value(trust?)[nodes[row].index()])))
    };
    let suspect = move |row: usize| trust.is_some_and(|trust| trust.suspect[nodes[row].index()]);
    let columns = [
        ("trusted_rank", column(|trust| &trust.trusted.score)),
        ("spam_mass", column(|trust| &trust.spam_mass)),
        ("suspect_share", column(|trust| &trust.suspect_share)),
        ("suspect", Column::Bool(Box::new(suspect))),
    ];
    columns.into_iter().map(|(name, column)| (name.to_owned(), column)).collect()
}

/// PageRank from the people of each topic.
fn topic_columns<'a>(results: &'a Results<'_>, nodes: &'a [NodeId]) -> Named<'a> {
    let column = |topic: &'a TopicRanks| {
        let score = move |row: usize| topic.ranks.score[nodes[row].index()];
        (topic.column.clone(), Column::F64(Box::new(score)))
    };
    results.topics.iter().map(column).collect()
}

/// Reach by how near it is, and by segment.
fn spread_columns<'a>(results: &'a Results<'_>, nodes: &'a [NodeId]) -> Named<'a> {
    let reach = &results.measures.reach;
    let columns = |name: String, of: &'a Estimates| {
        [("", &of.estimate), ("_low", &of.low), ("_high", &of.high)].map(|(end, values)| {
            let column = Column::F64(Box::new(move |row: usize| values[nodes[row].index()]));
            (format!("{name}{end}"), column)
        })
    };
    let of_segments = results.plan.reach_segments.iter().zip(&reach.segments);
    let of_segments = of_segments.flat_map(|(segment, of)| columns(format!("reach_{}", segment.name), of));
    columns("decayed_reach".to_owned(), &reach.decayed).into_iter().chain(of_segments).collect()
}

/// How strongly each node is tied to its community, and to which other one it is tied most.
///
/// A community in which nobody may be shown is named nowhere: it may be one person.
fn overlap_columns<'a>(results: &'a Results<'_>, nodes: &'a [NodeId]) -> Named<'a> {
    let shares = move |row: usize| &results.measures.structure.shares[nodes[row].index()];
    let mut shown = vec![false; results.measures.communities.partition.count];
    for &node in nodes {
        shown[results.dense_community(node).index()] = true;
    }
    let is_named: Rc<dyn Fn(usize) -> bool> = Rc::new(move |row| {
        let other = shares(row).other;
        other != CommunityId::NONE && shown[other.index()]
    });
    let other = {
        let is_named = Rc::clone(&is_named);
        move |row: usize| is_named(row).then(|| results.durable(shares(row).other))
    };
    let strength = move |row: usize| shares(row).other_share().filter(|_| is_named(row));
    let columns = [
        ("community_strength", Column::OptionalF64(Box::new(move |row| shares(row).own_share()))),
        ("secondary_community_id", Column::OptionalU32(Box::new(other))),
        ("secondary_strength", Column::OptionalF64(Box::new(strength))),
    ];
    columns.into_iter().map(|(name, column)| (name.to_owned(), column)).collect()
}

/// The kinds of event that make up each of the three parts of strength that have a name of their own.
const PARTS: [(&str, &[&str]); 3] = [
    ("following_strength", &["follow"]),
    ("amplification", &["share"]),
    ("conversation", &["reply", "mention"]),
];

/// The strength received, split by kind and by channel.
fn strength_columns<'a>(results: &'a Results<'_>, nodes: &'a [NodeId]) -> Named<'a> {
    let (received, weights) = (&results.measures.received, &results.plan.weights);
    let column = move |units: Box<dyn Fn(NodeId) -> u64 + 'a>| {
        Column::F64(Box::new(move |row: usize| units(nodes[row]) as f64 * 2.0_f64.powi(UNIT_LOG2)))
    };
    let parts = PARTS.iter().map(|(name, kinds)| {
        let kinds: Vec<KindId> = kinds.iter().filter_map(|kind| weights.kind(kind)).collect();
        let units = move |node| kinds.iter().map(|kind| received.by_kind(node, *kind)).sum();
        ((*name).to_owned(), column(Box::new(units)))
    });
    // An unfollow takes away and gives nothing.
    let giving = weights.kinds.iter().filter(|kind| kind.role != KindRole::Unfollow);
    let kinds = giving.filter_map(|kind| {
        let id = weights.kind(&kind.name)?;
        Some((format!("strength_by_{}", kind.name), column(Box::new(move |node| received.by_kind(node, id)))))
    });
    let channels = results.channels.iter().enumerate().map(|(number, name)| {
        let units = move |node| received.by_channel(node, number);
        (format!("strength_on_{name}"), column(Box::new(units)))
    });
    parts.chain(kinds).chain(channels).collect()
}
