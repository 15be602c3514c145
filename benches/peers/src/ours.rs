//! All that these measurements call of plaudit; when its interface changes, this is the file to mend.

use std::path::Path;

use plaudit::{
    event::{self, AccountId, AccountTable, EdgeList},
    graph::{self, Edge, Graph, Weighting, fixed_point},
    ids::{NodeId, id32},
    rank::{self, PageRankConfig, Ranks, Solver, StopRule, Teleport},
};

/// A graph with the names that its file gives to nodes.
pub(crate) struct Loaded {
    pub(crate) graph: Graph,
    accounts: AccountTable,
}

/// Text to pairs of dense ids.
pub(crate) fn read(path: &Path) -> EdgeList {
    event::read_edge_list(path, None).unwrap_or_else(|error| panic!("{error}"))
}

/// Pairs to rows in both directions, sorted and without repeats.
pub(crate) fn build(list: EdgeList) -> Loaded {
    let (weights, weighting) = match &list.weights {
        None => (None, Weighting::Unweighted),
        Some(weights) => {
            let fixed = fixed_point(weights);
            (Some(fixed.weights), Weighting::FixedPoint { unit_log2: fixed.unit_log2 })
        }
    };
    let edge = |(position, &(a, b)): (usize, &(AccountId, AccountId))| {
        let weight = weights.as_ref().map_or(1, |weights| weights[position]);
        Edge { source: NodeId(a.0), target: NodeId(b.0), weight }
    };
    let edges = list.edges.iter().enumerate().map(edge).collect();
    Loaded { graph: graph::build(list.accounts.len(), edges, weighting), accounts: list.accounts }
}

/// PageRank with the L1 error certified to be at most `tolerance`, by the solver that `plaudit algo` takes by itself.
pub(crate) fn pagerank(graph: &Graph, tolerance: f64) -> Ranks {
    let stop = StopRule::Certified { tolerance, max_rounds: rank::MAX_ROUNDS };
    let cfg = PageRankConfig { damping: rank::DAMPING, stop, solver: Solver::Jacobi };
    rank::pagerank(graph, &Teleport::Uniform, &cfg).unwrap_or_else(|error| panic!("{error}"))
}

/// The number that the file calls each node by; `None` where names are no numbers.
pub(crate) fn numbers(loaded: &Loaded) -> Option<Vec<u64>> {
    let name = |v| loaded.accounts.key(AccountId(v));
    (0..id32(loaded.graph.node_count())).map(|v| name(v).parse().ok()).collect()
}

/// Bytes of the rows in both directions, offsets included.
pub(crate) fn bytes_at_rest(graph: &Graph) -> usize {
    plaudit::ids::index64(graph.bytes())
}
