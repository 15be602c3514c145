//! `plaudit algo hits` and `plaudit algo core-numbers`.

use serde_json::json;

use super::{
    algo::{Answer, Rows},
    args::HitsArgs,
    exit::CliError,
    kernels,
    problem::Problem,
};
use crate::{
    community,
    rank::{self, RankError},
};

/// Hubs and authorities, with the change that the last round still made.
pub(super) fn hits(args: &HitsArgs, problem: &Problem) -> Result<Answer, CliError> {
    let hits = rank::hits(problem.graph(), &kernels::hits_config(args)).map_err(|error| {
        let hint = match error {
            RankError::HitsNotConverged { .. } => {
                "raise `--max-rounds` or `--tolerance`; two parts of nearly equal strength take many rounds to tell apart"
            }
            _ => "raise `--tolerance`",
        };
        CliError::input(format!("cannot rank `{}`: {error}", args.graph.edges.display())).hint(hint)
    })?;
    Ok(Answer {
        header: vec!["node", "hub", "authority"],
        figures: vec![("rounds", json!(hits.rounds)), ("l1_change", json!(hits.l1_change))],
        rows: Rows::of_nodes(move |_, node| {
            [&hits.hub, &hits.authority].map(|score| score[node.index()].to_string()).to_vec()
        }),
    })
}

/// The core number of every node, and the largest.
pub(super) fn core_numbers(problem: &Problem) -> Answer {
    let found = community::core_numbers(problem.graph());
    Answer {
        header: vec!["node", "core_number"],
        figures: vec![("largest_core", json!(found.largest))],
        rows: Rows::of_nodes(move |_, node| vec![found.core[node.index()].to_string()]),
    }
}
