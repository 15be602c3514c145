//! All calls of plaudit's interface: when the interface changes, only this file must be adapted.

use std::path::Path;

use plaudit::{
    edge_list::{self, EdgeList, EdgeListOptions, LabeledGraph},
    graph::{Directions, Storage, Graph},
    ids::NodeId,
    influence::{self, Diffusion, EdgeProbability, SeedConfig, SeedConstraints, SeedSet, SpreadModel},
    rank::{self, PageRankConfig, Ranks, StopRule, Teleport},
};

/// Reads a file as pairs of dense ids.
pub(crate) fn read(path: &Path) -> EdgeList {
    edge_list::read_edge_list(path, None, &EdgeListOptions::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// Builds rows in both directions from the pairs: sorted, without repeats, with nodes in an order for locality.
pub(crate) fn build(list: EdgeList) -> LabeledGraph {
    edge_list::build_graph(list, Directions::AsWritten, Storage::Plain)
}

/// PageRank with an L1 error of at most `tolerance`, certified, by the default solver of `plaudit algo`.
pub(crate) fn pagerank(graph: &Graph, tolerance: f64) -> Ranks {
    let stop = StopRule::Certified { tolerance, max_rounds: rank::MAX_ROUNDS };
    let cfg = PageRankConfig { stop, ..PageRankConfig::default() };
    rank::pagerank(graph, &Teleport::Uniform, &cfg).unwrap_or_else(|error| panic!("{error}"))
}

/// Selects fifty seeds under weighted cascade, with a spread of at least `1 − 1/e − 0.1` of the optimum and no smaller
/// than that of each of `rivals`.
pub(crate) fn cohort(graph: &Graph, rivals: &[&[NodeId]], seed: u64) -> SeedSet {
    let cfg = SeedConfig { epsilon: 0.1, min_work: 0, max_work: influence::MAX_WORK, seed };
    let wish = SeedConstraints { baselines: rivals, ..SeedConstraints::of_size(50) };
    influence::seed_set(&model(graph), &wish, &cfg).unwrap_or_else(|error| panic!("{error}"))
}

/// The expected spread of nodes under weighted cascade, on a million RR sets that were not used to select seeds.
pub(crate) fn spread(graph: &Graph, nodes: &[NodeId]) -> f64 {
    influence::estimate_spread(&model(graph), nodes, None, None, 1 << 20, 4711).spread.mean
}

/// The fifty nodes with the largest audience, and the fifty nodes with the highest scores.
pub(crate) fn tops(graph: &Graph, score: &[f64]) -> [(&'static str, Vec<NodeId>); 2] {
    let first = |key: &dyn Fn(NodeId) -> f64| {
        let mut nodes: Vec<NodeId> = graph.nodes().collect();
        nodes.sort_by(|&a, &b| key(b).total_cmp(&key(a)));
        nodes.truncate(50);
        nodes
    };
    [("degree", first(&|v| graph.in_edges().degree(v) as f64)), ("pagerank", first(&|v| score[v.index()]))]
}

fn model(graph: &Graph) -> SpreadModel<'_> {
    let model = SpreadModel::new(graph, Diffusion::IndependentCascade, &EdgeProbability::WeightedCascade);
    model.unwrap_or_else(|error| panic!("{error}"))
}

/// The id of each node in the file; `None` if ids are not numbers.
pub(crate) fn numbers(labeled: &LabeledGraph) -> Option<Vec<u64>> {
    labeled.graph.nodes().map(|node| labeled.id(node).parse().ok()).collect()
}

/// The size in bytes of the rows in both directions, offsets included.
pub(crate) fn bytes_at_rest(graph: &Graph) -> usize {
    plaudit::ids::index64(graph.bytes())
}
