//! Writes every file of a run's folder except the manifest.

use super::{
    PublishError, RunResults,
    community_tables::{write_communities, write_nodes},
    file::write_file,
    scores_table::write_scores,
    segments::{write_community_events, write_conflicts, write_rejects, write_tiers_and_prospects},
};
use crate::{
    graph::{Graph, snapshot},
    ids::{NodeId, offset64},
    segment::count_formula_like,
    store::RunWriter,
    tables::{communities, graphs, nodes, scores},
};

/// Counts over the written files, for the summary and the manifest.
pub(crate) struct Written {
    /// The number of customers per tier, in the order of the tiers.
    pub(crate) tier_counts: Vec<u64>,
    /// The number of keys that a spreadsheet program would take for formulas.
    pub(crate) formula_like_keys: u64,
    /// The number of contested identifiers in `identity/conflicts.csv`.
    pub(crate) conflicts: u64,
}

/// Bytes of a person in the output tables.
const PERSON_BYTES: u64 = 512;

/// An upper bound on the memory in bytes that writing the files of a run takes in addition to the measures.
pub(crate) fn estimated_bytes(node_count: u64) -> u64 {
    PERSON_BYTES * node_count
}

/// Writes all files of the run.
pub(crate) fn write(run: &RunWriter, results: &RunResults<'_>) -> Result<Written, PublishError> {
    write_graph(run, graphs::FILE, results.graph)?;
    if let Some(graph) = results.diffusion.graph() {
        write_graph(run, graphs::SPREAD_FILE, graph)?;
    }
    // The Parquet writer uses one thread and the CSV writers use all threads, so in parallel they take as long as the
    // slower of the two.
    let (tables, tier_counts) =
        rayon::join(|| write_tables(run, results), || write_tiers_and_prospects(run, results));
    tables?;
    let tier_counts = tier_counts?;
    write_community_events(run, results)?;
    write_rejects(run, results.inputs)?;
    let conflicts = write_conflicts(run, results)?;
    let shown: Vec<NodeId> = [&results.scores.customers[..], &results.scores.prospects].concat();
    let keys = results.people.keys(&shown);
    let formula_like_keys = offset64(count_formula_like(keys.len(), |index| keys[index]));
    Ok(Written { tier_counts, formula_like_keys, conflicts })
}

fn write_graph(run: &RunWriter, name: &str, graph: &Graph) -> Result<(), PublishError> {
    write_file(run, name, |out| snapshot::write(graph, out).map(|_| graph.edge_count()))
}

/// The Parquet tables, for notebooks and for reports.
fn write_tables(run: &RunWriter, results: &RunResults<'_>) -> Result<(), PublishError> {
    write_file(run, scores::FILE, |out| write_scores(results, out))?;
    write_file(run, communities::FILE, |out| write_communities(results, out))?;
    write_file(run, nodes::FILE, |out| write_nodes(results, out))
}
