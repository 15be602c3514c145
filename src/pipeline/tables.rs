//! The run's tables for notebooks, warehouses and `plaudit top`: `scores.parquet` and `communities.parquet`.

use super::{
    PipelineError, outputs::Results, people::Scores, ranking::TopicRanks, trust::Trust,
    yesterday::part_column,
};
use crate::{
    community::shapes,
    event::KindId,
    identity::Party,
    ids::{CommunityId, NodeId, id32, offset64},
    projection::{KindRole, UNIT_LOG2},
    store::{Column, RunFile, write_columns},
    tier::{OutsiderStanding, Standing},
};

/// How many of a community's members are named as its voices.
const TOP_VOICES: usize = 5;

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

/// Writes `communities.parquet`: one row a community, the largest first; returns the number of rows.
pub(super) fn write_communities(results: &Results<'_>, out: &mut RunFile<'_>) -> Result<u64, PipelineError> {
    let partition = &results.measures.communities.partition;
    let count = partition.count;
    let shapes = shapes(results.graph, &partition.community, count);
    // How many customers, prospects and withheld people are members.
    let mut members = vec![[0_u32; 3]; count];
    for node in results.graph.nodes() {
        let status = match results.people.party(node) {
            Party::Customer(_) | Party::Account(_) => 0,
            Party::Prospect(_) => 1,
            Party::Withheld => 2,
        };
        members[partition.community[node.index()].index()][status] += 1;
    }
    let voices = top_voices(results, count);
    let unit = results.graph.weight_unit();
    let name = |c| results.community_name(results.durable(CommunityId::new(c)));
    let columns = [
        ("community_id", Column::U32(Box::new(|c| results.durable(CommunityId::new(c))))),
        ("size", Column::U32(Box::new(|c| members[c].iter().sum()))),
        ("customers", Column::U32(Box::new(|c| members[c][0]))),
        ("prospects", Column::U32(Box::new(|c| members[c][1]))),
        ("withheld", Column::U32(Box::new(|c| members[c][2]))),
        ("internal_weight", Column::F64(Box::new(|c| shapes[c].internal_weight as f64 * unit))),
        ("external_weight", Column::F64(Box::new(|c| shapes[c].external_weight as f64 * unit))),
        ("conductance", Column::F64(Box::new(|c| shapes[c].conductance))),
        ("top_voices", Column::Text(Box::new(|c| voices[c].as_str().into()))),
        ("name", Column::OptionalText(Box::new(|c| Some(name(c)?.into())))),
    ];
    write_columns(count, &columns, out)?;
    Ok(offset64(count))
}

/// The keys of each community's members of highest score, customers and prospects alike, joined by `;`.
fn top_voices(results: &Results<'_>, count: usize) -> Vec<String> {
    let scores = results.scores;
    let customers = scores.customers.iter().zip(&scores.standing.score);
    let prospects = scores.prospects.iter().zip(&scores.outsiders.score);
    let mut voices: Vec<(f64, &str, NodeId)> = customers
        .chain(prospects)
        .filter(|&(_, &score)| score > 0.0)
        .map(|(&node, &score)| (score, results.people.key(node), node))
        .collect();
    voices.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    let mut named: Vec<Vec<&str>> = vec![Vec::new(); count];
    for (_, key, node) in voices {
        let list = &mut named[results.dense_community(node).index()];
        if list.len() < TOP_VOICES {
            list.push(key);
        }
    }
    named.into_iter().map(|list| list.join(";")).collect()
}

/// Writes `communities/nodes.parquet`: the community of every node by its number, and its part on every level below;
/// returns the number of rows.
pub(super) fn write_nodes(results: &Results<'_>, out: &mut RunFile<'_>) -> Result<u64, PipelineError> {
    let count = results.graph.node_count();
    let community = |node: usize| results.community(NodeId::new(node));
    let parts = &results.measures.communities.partition.parts;
    let names: Vec<String> = (1..).map(part_column).take(parts.len()).collect();
    let mut columns = vec![("community_id", Column::U32(Box::new(community)))];
    for (name, part) in names.iter().zip(parts) {
        columns.push((name, Column::U32(Box::new(|node: usize| part[node]))));
    }
    write_columns(count, &columns, out)?;
    Ok(offset64(count))
}
