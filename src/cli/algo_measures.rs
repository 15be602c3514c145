//! `plaudit algo hits` and `plaudit algo core-numbers`.

use serde_json::json;

use super::{algo::Answer, args::HitsArgs, exit::CliError, kernels, problem::Problem};
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
        rows: problem
            .rows(|node| [&hits.hub, &hits.authority].map(|score| score[node.index()].to_string()).to_vec()),
        figures: vec![("rounds", json!(hits.rounds)), ("l1_change", json!(hits.l1_change))],
    })
}

/// The core number of every node, and the largest.
pub(super) fn core_numbers(problem: &Problem) -> Answer {
    let found = community::core_numbers(problem.graph());
    Answer {
        header: vec!["node", "core_number"],
        rows: problem.rows(|node| vec![found.core[node.index()].to_string()]),
        figures: vec![("largest_core", json!(found.largest))],
    }
}
