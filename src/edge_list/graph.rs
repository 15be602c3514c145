//! A plain edge list as a graph: the projection of those who have edges already.

use rayon::prelude::*;

use crate::{
    edge_list::{EdgeList, EdgeListBlock, NodeIds},
    graph::{
        self, BuildConfig, Directions, EdgeBlock, FixedScale, Graph, GraphSize, HugeVec, Storage, Weighting,
    },
    ids::{NodeId, offset64},
};

/// Numbers of one task at least.
const MIN_TASK: usize = 1 << 14;

/// The graph of an edge list, and the way back from its nodes to the user's own ids.
#[derive(Clone, Debug)]
pub struct ListedGraph {
    /// The graph; its nodes stand in an order for locality.
    pub graph: Graph,
    /// The user's ids. What they number is a node only after `place_of`.
    pub ids: NodeIds,
    /// The node that each number of `ids` became.
    pub place_of: Vec<NodeId>,
    /// The number in `ids` of each node.
    pub number_at: Vec<NodeId>,
    /// By how many weight units an edge's weight may differ from what the file says: not at all where all weights are
    /// multiples of the unit, else by one, and by half of one more for each line that repeats an edge.
    pub weight_error_units: f64,
}

/// Builds the graph of a list in `form`; every edge goes both ways where `directions` says so.
///
/// - **Output**: nodes in the order of [`graph::locality_order`]; repeats merged, their weights added; self-loops kept.
/// - **Cost**: that of [`graph::locality_order`] and [`graph::build_blocks`]; the list's own memory is reused or freed
///   on the way.
/// - **Same bits**: for any order of the lines and any thread count.
/// - **Checked by**: `tests/it/cli/algo.rs` and every test of a kernel through the command line.
///
/// ```
/// use plaudit::{edge_list, graph::{Directions, Storage}};
/// let path = std::env::temp_dir().join(format!("plaudit-doctest-listed-{}.edges", std::process::id()));
/// std::fs::write(&path, "ada grace 2.5\ngrace Ada 1\n").expect("the folder can be written");
/// let list = edge_list::read_edge_list(&path, None).expect("the file is there");
/// let listed = edge_list::listed_graph(list, Directions::AsWritten, Storage::Plain);
/// let grace = listed.place_of[listed.ids.find("grace").expect("she is named").index()];
/// assert_eq!(listed.graph.in_edges().degree(grace), 1);
/// # std::fs::remove_file(path).expect("it was there");
/// ```
pub fn listed_graph(list: EdgeList, directions: Directions, form: Storage) -> ListedGraph {
    let EdgeList { ids, blocks, mut node_of, weighted, listed_nodes } = list;
    drop(listed_nodes);
    let line_count = blocks.iter().map(|block| block.ends.len()).sum();
    let scale = weighted.then(|| FixedScale::of(blocks.iter().flat_map(|block| &block.weights).copied()));
    let blocks: Vec<EdgeBlock> = blocks.into_iter().map(|block| fixed(block, scale)).collect();

    let order = graph::locality_order(ids.len(), &blocks, &node_of, directions, None);
    let last = order.place_of().len().saturating_sub(1);
    node_of.par_iter_mut().with_min_len(MIN_TASK).for_each(|node| {
        // Looked up in any case: which numbers are nodes is anybody's guess, and a wrong one costs more.
        let place = order.place_of().get(node.index().min(last)).map_or(0, |place| place.0);
        *node = NodeId(if *node == NodeId::NONE { u32::MAX } else { place });
    });
    let weighting =
        scale.map_or(Weighting::Unweighted, |scale| Weighting::FixedPoint { unit_log2: scale.unit_log2() });
    let cfg = BuildConfig { directions, weighting, storage: form };
    let (graph, number_at) =
        rayon::join(|| graph::build_blocks(ids.len(), blocks, &node_of, &cfg), || order.node_at());
    let weight_error_units = scale.map_or(0.0, |scale| weight_error_units(&graph, line_count, scale));
    ListedGraph { graph, ids, number_at, place_of: order.into_place_of(), weight_error_units }
}

/// What the graph of a list takes at most, as far as counts tell: nothing of single rows and weights. O(blocks).
pub fn listed_counts(list: &EdgeList, directions: Directions) -> GraphSize {
    let listed_count = offset64(list.edge_count());
    GraphSize {
        node_count: offset64(list.ids.len()),
        edge_count: if directions == Directions::Both { 2 * listed_count } else { listed_count },
        listed_count,
        total_weight: list.weighted.then_some(u128::MAX),
        longest_row: listed_count,
    }
}

/// What is known of the graph of a list before [`listed_graph`] builds it.
///
/// - **Input**: any list, with or without weights.
/// - **Output**: as [`listed_counts`], and the longest row and the sum of the weights as the lines have them: upper
///   bounds where a pair comes twice.
/// - **Stop**: after one pass over the lines, two more where they have weights.
/// - **Cost**: O(n + m), one thread; memory 8 bytes a node.
/// - **Same bits**: nothing is parallel, and the order of the lines plays no part.
/// - **Source**: counting.
/// - **Checked by**: `tests/it/graph/compressed.rs`: programs that are given a limit stay within it.
pub fn listed_size(list: &EdgeList, directions: Directions) -> GraphSize {
    let node = |number: u32| list.node_of[NodeId(number).index()];
    let ends = list.blocks.iter().flat_map(|block| &block.ends).map(|&[u, v]| [node(u), node(v)]);
    let longest_row = graph::longest_row(list.ids.len(), ends, directions);
    let weights = || list.blocks.iter().flat_map(|block| &block.weights).copied();
    let counts = listed_counts(list, directions);
    let total_weight = list.weighted.then(|| {
        let scale = FixedScale::of(weights());
        let listed: u128 = weights().map(|weight| u128::from(scale.fixed(weight))).sum();
        listed * u128::from(counts.edge_count / counts.listed_count.max(1))
    });
    GraphSize { total_weight, longest_row, ..counts }
}

/// A block with its weights as integers.
fn fixed(block: EdgeListBlock, scale: Option<FixedScale>) -> EdgeBlock {
    let mut weights = HugeVec::zeroed_returnable(block.weights.len());
    for (fixed, &weight) in weights.iter_mut().zip(&block.weights) {
        *fixed = scale.map_or(1, |scale| scale.fixed(weight));
    }
    EdgeBlock::from_parts(block.ends, weights)
}

fn weight_error_units(graph: &Graph, line_count: usize, scale: FixedScale) -> f64 {
    if scale.is_exact_in(graph.weight_unit()) {
        return 0.0;
    }
    1.0 + 0.5 * offset64(line_count).saturating_sub(graph.edge_count()) as f64
}
