//! PageRank of a run: from everybody, from the people of each topic, and, where asked for, from last night's answer on.

use std::collections::BTreeMap;

use ndarray::{Array2, ArrayView1};

use super::{PipelineError, people::People, topics, topics::Start, trust};
use crate::{
    config::Plan,
    graph::{Graph, NodeOrder},
    identity::Party,
    ids::NodeId,
    num,
    rank::{self, RankError, Ranks, Teleport},
    store::{Store, read_columns},
};

/// The PageRank of one topic.
pub(super) struct TopicRanks {
    /// The name of its column in `scores.parquet`.
    pub(super) column: String,
    /// At how many people the walk starts.
    pub(super) starts: usize,
    pub(super) ranks: Ranks,
}

/// Last night's PageRank by id, prospects and customers alike; none before the first run.
pub(super) type LastNight = BTreeMap<String, f64>;

/// Reads [`LastNight`] from the store's current run.
///
/// # Errors
/// Why the run before cannot be read, in words: no reason not to start from scratch.
pub(super) fn last_night(store: &Store) -> Result<LastNight, String> {
    let Some(current) = store.current().map_err(|error| error.to_string())? else {
        return Ok(LastNight::new());
    };
    let path = current.checked_path("scores.parquet").map_err(|error| error.to_string())?;
    let table = read_columns(&path, &["id", "pagerank"]).map_err(|error| error.to_string())?;
    let ids = table.text("id").map_err(|error| error.to_string())?;
    let ranks = table.f64s("pagerank").map_err(|error| error.to_string())?;
    Ok(ids.iter().cloned().zip(ranks.iter().copied()).collect())
}

/// Where tonight's PageRank starts: where last night's ended, and at the teleport value for who was not in it; none
/// where there is no last night.
pub(super) fn warm_start(people: &People<'_>, last_night: &LastNight) -> Option<Vec<f64>> {
    let parties = &people.linkage.parties;
    let new = 1.0 / parties.len() as f64;
    let known = |party: &Party, node: usize| match party {
        Party::Withheld => None,
        _ => last_night.get(people.key(NodeId::new(node))).copied(),
    };
    let values = parties.iter().enumerate().map(|(node, party)| known(party, node).unwrap_or(new)).collect();
    (!last_night.is_empty()).then_some(values)
}

/// PageRank of a run.
pub(super) struct Ranking {
    /// From everybody.
    pub(super) ranks: Ranks,
    /// From the trusted core, where there is one.
    pub(super) trusted: Option<Ranks>,
    pub(super) topics: Vec<TopicRanks>,
}

/// Ranks from everybody, beginning at `start` where there is one, from the trusted core, and from the people of each
/// topic. All questions without a start share their passes over the edges; that changes no bit of an answer.
pub(super) fn rank(
    plan: &Plan,
    graph: &Graph,
    people: &People<'_>,
    topics: &[Start],
    order: &NodeOrder,
    start: Option<&[f64]>,
) -> Result<Ranking, PipelineError> {
    let from_start = |start| rank::pagerank_from(graph, &Teleport::Uniform, start, &plan.rank);
    let warm = start.map(from_start).transpose()?;
    let core = trust::core(people, plan);
    let everybody = warm.is_none().then(|| graph.nodes().collect());
    let starts: Vec<Vec<NodeId>> =
        everybody.into_iter().chain(core.clone()).chain(topics::nodes(topics, order)).collect();
    let mut solved = columns(plan, graph, &starts)?.into_iter();

    let ranks = warm.or_else(|| solved.next()).expect("invariant: warm, or the first column");
    let trusted = core.and_then(|_| solved.next());
    let topics = topics.iter().zip(solved).map(|(topic, ranks)| TopicRanks {
        column: format!("pagerank_{}", topic.name),
        starts: topic.nodes.len(),
        ranks,
    });
    Ok(Ranking { ranks, trusted, topics: topics.collect() })
}

/// The PageRank of walks that begin at each group of nodes, all alike.
fn columns(plan: &Plan, graph: &Graph, starts: &[Vec<NodeId>]) -> Result<Vec<Ranks>, RankError> {
    let mut teleports = Array2::zeros((graph.node_count(), starts.len()));
    for (start, mut column) in starts.iter().zip(teleports.columns_mut()) {
        for node in start {
            column[node.index()] = 1.0;
        }
    }
    let solved = rank::pagerank_columns(graph, &teleports.view(), &plan.rank)?;
    let column = |(at, score): (usize, ArrayView1<'_, f64>)| Ranks {
        score: score.to_vec(),
        rounds: solved.rounds[at],
        error_bound: solved.error_bound[at],
    };
    Ok(solved.score.columns().into_iter().enumerate().map(column).collect())
}

/// The run-time assertion: each topic's PageRank sums to 1.
pub(super) fn assert_topics_sum_to_one(topics: &[TopicRanks]) -> Result<(), PipelineError> {
    for topic in topics {
        let sum = num::block_sum(&topic.ranks.score);
        if (sum - 1.0).abs() > 1e-9 {
            return Err(PipelineError::Broken {
                what: "the PageRank of a topic sums to 1",
                got: sum.to_string(),
                expected: "1".to_owned(),
            });
        }
    }
    Ok(())
}
