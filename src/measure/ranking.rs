//! PageRank of a run: with teleport to everybody, to the trusted core, and to the people of each topic.

use std::collections::BTreeMap;

use ndarray::{Array2, ArrayView1};

use super::MeasureError;
use crate::{
    graph::Graph,
    identity::{Party, People},
    ids::NodeId,
    rank::{self, PageRankConfig, RankError, Ranks, Teleport},
    tables::scores,
};

/// PageRank with teleport to the people of one topic.
pub(crate) struct TopicRanks {
    /// The name of its column in `scores.parquet`.
    pub(crate) column: String,
    /// The number of people in the topic.
    pub(crate) starts: usize,
    pub(crate) ranks: Ranks,
}

/// The groups of nodes to which PageRank teleports, in addition to PageRank with teleport to everybody.
pub(crate) struct Teleports {
    /// The trusted core; none if trust is not computed.
    pub(crate) core: Option<Vec<NodeId>>,
    /// The name and the nodes of each topic.
    pub(crate) topics: Vec<(String, Vec<NodeId>)>,
}

/// The start vector of PageRank: the ranks of the previous run, and 1/n for new and for withheld people. None if the
/// previous run has no ranks.
pub(crate) fn warm_start(people: &People<'_>, previous: &BTreeMap<String, f64>) -> Option<Vec<f64>> {
    let parties = &people.linkage.parties;
    let new = 1.0 / parties.len() as f64;
    let known = |party: &Party, node: usize| match party {
        Party::Withheld => None,
        _ => previous.get(people.key(NodeId::new(node))).copied(),
    };
    let values = parties.iter().enumerate().map(|(node, party)| known(party, node).unwrap_or(new)).collect();
    (!previous.is_empty()).then_some(values)
}

/// PageRank of a run.
pub(crate) struct Ranking {
    /// With teleport to everybody.
    pub(crate) ranks: Ranks,
    /// With teleport to the trusted core, where there is one.
    pub(crate) trusted: Option<Ranks>,
    pub(crate) topics: Vec<TopicRanks>,
}

/// Computes PageRank with teleport to everybody, starting from `start` where it is given, and PageRank with teleport to
/// each group of `teleports`. All computations without a start vector share their passes over the edges, which changes
/// no bit of a result.
pub(crate) fn rank(
    graph: &Graph,
    teleports: Teleports,
    start: Option<&[f64]>,
    cfg: &PageRankConfig,
) -> Result<Ranking, MeasureError> {
    let from_start = |start| rank::pagerank_from(graph, &Teleport::Uniform, start, cfg);
    let warm = start.map(from_start).transpose()?;
    let everybody = warm.is_none().then(|| graph.nodes().collect());
    let has_core = teleports.core.is_some();
    let (names, topics): (Vec<String>, Vec<Vec<NodeId>>) = teleports.topics.into_iter().unzip();
    let counts: Vec<usize> = topics.iter().map(Vec::len).collect();
    let groups: Vec<Vec<NodeId>> = everybody.into_iter().chain(teleports.core).chain(topics).collect();
    let mut solved = columns(graph, &groups, cfg)?.into_iter();

    let ranks = warm
        .or_else(|| solved.next())
        .expect("invariant: without warm ranks the first column is that of all nodes");
    let trusted = if has_core { solved.next() } else { None };
    let topics = names.iter().zip(counts).zip(solved).map(|((name, starts), ranks)| TopicRanks {
        column: scores::topic_pagerank(name),
        starts,
        ranks,
    });
    Ok(Ranking { ranks, trusted, topics: topics.collect() })
}

/// PageRank with uniform teleport to each group of nodes.
fn columns(graph: &Graph, groups: &[Vec<NodeId>], cfg: &PageRankConfig) -> Result<Vec<Ranks>, RankError> {
    let mut teleports = Array2::zeros((graph.node_count(), groups.len()));
    for (group, mut column) in groups.iter().zip(teleports.columns_mut()) {
        for node in group {
            column[node.index()] = 1.0;
        }
    }
    let solved = rank::pagerank_columns(graph, &teleports.view(), cfg)?;
    let column = |(at, score): (usize, ArrayView1<'_, f64>)| Ranks {
        score: score.to_vec(),
        rounds: solved.rounds[at],
        error_bound: solved.error_bound[at],
    };
    Ok(solved.score.columns().into_iter().enumerate().map(column).collect())
}
