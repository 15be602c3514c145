//! All that these measurements call of plaudit; when its interface changes, this is the file to mend.

use std::path::Path;

use plaudit::{
    event::{self, EdgeList},
    graph::{Csr, Directions, Graph},
    projection::{self, ListedGraph},
    rank::{self, Dangling, PageRankConfig, Ranks, Solver, StopRule, Teleport},
};

/// Text to pairs of dense ids.
pub(crate) fn read(path: &Path) -> EdgeList {
    event::read_edge_list(path, None).unwrap_or_else(|error| panic!("{error}"))
}

/// Pairs to rows in both directions, sorted and without repeats, nodes in an order for locality.
pub(crate) fn build(list: EdgeList) -> ListedGraph {
    projection::listed_graph(list, Directions::AsWritten)
}

/// PageRank with the L1 error certified to be at most `tolerance`, by the solver that `plaudit algo` takes by itself.
pub(crate) fn pagerank(graph: &Graph, tolerance: f64) -> Ranks {
    let stop = StopRule::Certified { tolerance, max_rounds: rank::MAX_ROUNDS };
    let cfg = PageRankConfig {
        damping: rank::DAMPING,
        stop,
        solver: Solver::GaussSeidel,
        dangling: Dangling::Teleport,
    };
    rank::pagerank(graph, &Teleport::Uniform, &cfg).unwrap_or_else(|error| panic!("{error}"))
}

/// The number that the file calls each node by; `None` where names are no numbers.
pub(crate) fn numbers(listed: &ListedGraph) -> Option<Vec<u64>> {
    listed.number_at.iter().map(|&number| listed.ids.id(number).parse().ok()).collect()
}

/// Bytes of the rows in both directions, offsets included.
pub(crate) fn bytes_at_rest(graph: &Graph) -> usize {
    let bytes = |rows: &Csr| {
        size_of_val(rows.offsets()) + size_of_val(rows.targets()) + rows.weights().map_or(0, size_of_val)
    };
    bytes(graph.out_edges()) + bytes(graph.in_edges())
}
