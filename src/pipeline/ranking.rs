//! PageRank of a run: from everybody, from the people of each topic, and, where asked for, from last night's answer on.

use std::collections::BTreeMap;

use ndarray::Array2;

use super::{PipelineError, people::People, topics::Start};
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

/// Where tonight's PageRank starts: where last night's ended, and at the teleport value for who was not in it; none where
/// there is no last night.
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

/// Ranks from everybody, beginning at `start` where there is one, and from the people of each topic. All questions without a
/// start share their passes over the edges; that changes no bit of an answer.
pub(super) fn ranks(
    plan: &Plan,
    graph: &Graph,
    topics: &[Start],
    order: &NodeOrder,
    start: Option<&[f64]>,
) -> Result<(Ranks, Vec<TopicRanks>), RankError> {
    let alone = match start {
        Some(start) => Some(rank::pagerank_from(graph, &Teleport::Uniform, start, &plan.rank)?),
        None if topics.is_empty() => Some(rank::pagerank(graph, &Teleport::Uniform, &plan.rank)?),
        None => None,
    };
    let first = usize::from(alone.is_none());
    let mut teleports = Array2::zeros((graph.node_count(), first + topics.len()));
    teleports.columns_mut().into_iter().take(first).for_each(|mut everybody| everybody.fill(1.0));
    for (topic, mut column) in topics.iter().zip(teleports.columns_mut().into_iter().skip(first)) {
        topic.nodes.iter().for_each(|node| column[order.place_of()[node.index()].index()] = 1.0);
    }
    let solved = rank::pagerank_columns(graph, &teleports.view(), &plan.rank)?;
    let mut columns = solved.score.columns().into_iter().enumerate().map(|(at, score)| Ranks {
        score: score.to_vec(),
        rounds: solved.rounds[at],
        error_bound: solved.error_bound[at],
    });
    let everybody = alone.or_else(|| columns.next()).expect("invariant: alone, or the first column");
    let topics = topics.iter().zip(columns).map(|(topic, ranks)| TopicRanks {
        column: format!("pagerank_{}", topic.name),
        starts: topic.nodes.len(),
        ranks,
    });
    Ok((everybody, topics.collect()))
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
