//! `plaudit algo hits` and `plaudit algo core-numbers`: hub and authority scores, core numbers.

use serde_json::json;

use super::{
    algo::{Answer, AnswerRows},
    args::HitsArgs,
    exit::CliError,
    kernels,
};
use crate::{
    community,
    edge_list::LabeledGraph,
    rank::{self, RankError},
};

pub(super) fn hits(args: &HitsArgs, labeled: &LabeledGraph) -> Result<Answer, CliError> {
    let hits = rank::hits(&labeled.graph, &kernels::hits_config(args)).map_err(|error| {
        let hint = match error {
            RankError::HitsNotConverged { .. } => {
                "raise `--max-rounds` or `--tolerance`; two components of nearly equal strength make convergence slow"
            }
            _ => "raise `--tolerance`",
        };
        CliError::input(format!("cannot rank `{}`", args.graph.edges.display())).why(error).hint(hint)
    })?;
    Ok(Answer {
        header: vec!["node", "hub", "authority"],
        figures: vec![("rounds", json!(hits.rounds)), ("l1_change", json!(hits.l1_change))],
        rows: AnswerRows::of_nodes(move |_, node| {
            [&hits.hub, &hits.authority].map(|score| score[node.index()].to_string()).to_vec()
        }),
    })
}

pub(super) fn core_numbers(labeled: &LabeledGraph) -> Answer {
    let found = community::core_numbers(&labeled.graph);
    Answer {
        header: vec!["node", "core_number"],
        figures: vec![("largest_core", json!(found.largest))],
        rows: AnswerRows::of_nodes(move |_, node| vec![found.core[node.index()].to_string()]),
    }
}
