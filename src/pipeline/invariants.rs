//! Equations that must hold before a run is published; if one does not hold, plaudit is at fault.

use rayon::prelude::*;

use super::PipelineError;
use crate::{
    graph::EdgeBlock,
    identity::People,
    ids::offset64,
    inputs::Inputs,
    measure::{Measures, Scores, TopicRanks},
    num,
    projection::Projection,
};

/// Every CRM row is a customer, was rejected, or was merged into the customer of another row.
pub(super) fn assert_no_row_is_lost(inputs: &Inputs) -> Result<(), PipelineError> {
    let Some(all) = &inputs.customers else { return Ok(()) };
    let accounted = all.rows_rejected() + all.rows_merged + offset64(all.customers.len());
    if all.rows_read() != accounted {
        return Err(PipelineError::Broken {
            what: "CRM rows read = rejected + merged + customers",
            got: accounted.to_string(),
            expected: all.rows_read().to_string(),
        });
    }
    Ok(())
}

/// The strengths by kind and the strengths by channel each add up exactly to the weight of all edges.
pub(super) fn assert_strength_adds_up(projection: &Projection) -> Result<(), PipelineError> {
    let weight = |block: &EdgeBlock| block.weights().iter().map(|&weight| u128::from(weight)).sum::<u128>();
    let edges: u128 = projection.blocks.par_iter().map(weight).sum();
    let (by_kind, by_channel) = projection.in_strengths.totals();
    if (by_kind, by_channel) != (edges, edges) {
        return Err(PipelineError::Broken {
            what: "strength by kind = strength by channel = weight of all edges",
            got: format!("{by_kind} and {by_channel}"),
            expected: edges.to_string(),
        });
    }
    Ok(())
}

/// The number of customers read equals the number of customers in the outputs plus the withheld ones, and PageRank sums
/// to 1.
pub(super) fn assert_nobody_is_lost(
    people: &People<'_>,
    scores: &Scores,
    measures: &Measures,
) -> Result<(), PipelineError> {
    let customers = if people.customers.is_empty() { scores.customers.len() } else { people.customers.len() };
    let accounted = scores.customers.len() + people.withheld();
    if customers != accounted {
        return Err(PipelineError::Broken {
            what: "customers in = customers out + withheld",
            got: accounted.to_string(),
            expected: customers.to_string(),
        });
    }
    if measures.ranks.score.is_empty() {
        return Ok(());
    }
    assert_sums_to_one(&measures.ranks.score, "PageRank sums to 1")
}

/// The PageRank of each topic sums to 1.
pub(super) fn assert_topics_sum_to_one(topics: &[TopicRanks]) -> Result<(), PipelineError> {
    let sums =
        |topic: &TopicRanks| assert_sums_to_one(&topic.ranks.score, "the PageRank of a topic sums to 1");
    topics.iter().try_for_each(sums)
}

fn assert_sums_to_one(scores: &[f64], what: &'static str) -> Result<(), PipelineError> {
    let sum = num::block_sum(scores);
    if (sum - 1.0).abs() > 1e-9 {
        return Err(PipelineError::Broken { what, got: sum.to_string(), expected: "1".to_owned() });
    }
    Ok(())
}
