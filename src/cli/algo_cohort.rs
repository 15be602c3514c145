//! `plaudit algo cohort`: selects the seed set with the largest expected spread.

use serde_json::json;

use super::{
    algo::{Answer, AnswerRows},
    args::CohortArgs,
    exit::CliError,
    kernels, progress,
};
use crate::{
    edge_list::LabeledGraph,
    ids::{NodeId, offset64},
    influence::{
        self, EdgeProbability, ModelError, SeedConstraints, SeedError, SeedSet, Spread, SpreadModel,
        StopReason,
    },
    num,
    text::{counted, grouped},
};

/// How the weights of edges decide on probabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CohortWeights {
    /// All edges have one probability.
    Unused,
    /// The share of a weight in its row counts, and each line is in one row.
    SharesOfRows,
    /// The weight itself counts, or a line is in the rows of both of its nodes.
    OneUnit,
}

pub(super) fn weights(args: &CohortArgs) -> CohortWeights {
    match args.probability {
        EdgeProbability::Fixed(_) => CohortWeights::Unused,
        EdgeProbability::WeightedCascade if !args.graph.undirected => CohortWeights::SharesOfRows,
        EdgeProbability::WeightedCascade | EdgeProbability::Weight => CohortWeights::OneUnit,
    }
}

/// The seeds in order of selection, each with the expected spread of all seeds up to and including it.
pub(super) fn cohort(args: &CohortArgs, labeled: &LabeledGraph) -> Result<Answer, CliError> {
    let edges = args.graph.edges.display();
    let model = SpreadModel::new(&labeled.graph, args.model, &args.probability).map_err(|error| {
        let id = |node: u32| labeled.id(NodeId(node)).into_owned();
        let why = match error {
            ModelError::WeightAboveOne { source_node, target, weight } => {
                let (source, target) = (id(source_node), id(target));
                format!(
                    "the edge from `{source}` to `{target}` has weight {weight}; as a probability it may be at most 1"
                )
            }
            ModelError::SumAboveOne { node, sum } => {
                let node = id(node);
                format!("the probabilities of `{node}` add up to {sum}; for `--model lt` their sum may be at most 1")
            }
            error => error.to_string(),
        };
        CliError::input(format!("cannot simulate diffusion on `{edges}`"))
            .why(why)
            .hint("`--probability weighted-cascade` accepts any weights")
    })?;
    if weights(args) == CohortWeights::OneUnit {
        note_coarse_weights(labeled);
    }
    let found =
        influence::seed_set(&model, &SeedConstraints::of_size(args.size), &kernels::seed_config(args))
            .map_err(|error| {
                let hint = match error {
                    SeedError::BadEpsilon { .. } => "change `--epsilon`",
                    _ => "check the options; `plaudit algo cohort --help` explains them",
                };
                CliError::input(format!("cannot select seeds from `{edges}`")).why(error).hint(hint)
            })?;
    let why = reason_for_fewer(&found, labeled.graph.node_count());
    if let Some(why) = why {
        let picked = counted(offset64(found.picks.len()), "node is", "nodes are");
        progress::note(&format!("{picked} selected: {why}"));
    }
    let row = |pick: &influence::Pick| {
        let Spread { mean, low, high } = pick.cumulative;
        let [mean, low, high] = [mean, low, high].map(|figure| figure.to_string());
        vec![labeled.id(pick.node).into_owned(), mean, low, high]
    };
    Ok(Answer {
        header: vec!["node", "spread", "low", "high"],
        rows: AnswerRows::Listed(found.picks.iter().map(row).collect()),
        figures: vec![
            ("certificate", json!(found.certificate)),
            ("certificate_delta", json!(found.delta)),
            ("spread", json!(found.spread.mean)),
            ("spread_low", json!(found.spread.low)),
            ("spread_high", json!(found.spread.high)),
            ("sets", json!(found.rr_sets)),
            ("set_list_bytes", json!(found.index.bytes)),
            ("set_list_entries", json!(found.index.entries)),
        ],
    })
}

/// Why there are fewer nodes than requested; `None` if there are not.
fn reason_for_fewer(found: &SeedSet, node_count: usize) -> Option<String> {
    let missed = node_count as f64 - found.spread.mean;
    match found.stop_reason {
        StopReason::SizeReached => None,
        StopReason::NoGain if missed < 1.0 => Some("no further node adds measurable spread".to_owned()),
        StopReason::NoGain => Some(format!(
            "in the {} sets drawn no further node adds spread, though about {} of {} nodes are not reached",
            grouped(found.rr_sets),
            grouped(num::floor_u64(missed + 0.5)),
            grouped(offset64(node_count)),
        )),
        StopReason::NothingFits => Some("there are no further nodes".to_owned()),
    }
}

/// Notes weights that differ so much that rounding changes the smallest ones visibly.
fn note_coarse_weights(labeled: &LabeledGraph) {
    const NOTED_SHARE: f64 = 0.01;
    let smallest = labeled.graph.out_edges().plain().and_then(|rows| rows.weights()?.iter().min());
    let share: f64 = smallest.map_or(0.0, |&weight| labeled.weight_error_units / f64::from(weight.max(1)));
    if share > NOTED_SHARE {
        progress::note(&format!(
            "the weights differ so much that the smallest are rounded by up to {:.0} %: spreads may be off as much",
            (100.0 * share).min(100.0)
        ));
    }
}
