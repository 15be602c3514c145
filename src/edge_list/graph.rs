//! Builds the graph of an edge list and keeps the ids of its nodes.

use std::borrow::Cow;

use rayon::prelude::*;

use super::{EdgeList, EdgeListBlock, NodeIds};
use crate::{
    graph::{self, BuildConfig, Directions, EdgeBlock, FixedScale, Graph, HugeVec, Storage, Weighting},
    ids::{NodeId, id32, offset64},
};

/// The minimum number of references that one task translates.
const MIN_TASK: usize = 1 << 14;

/// A graph whose nodes are labeled with the ids of its edge list.
#[derive(Clone, Debug)]
pub struct LabeledGraph {
    /// The graph; its nodes are numbered in an order for locality.
    pub graph: Graph,
    /// An upper bound, in weight units, on the difference between the weight of an edge and its weight in the file: 0
    /// if all weights are multiples of the unit, else 1, plus ½ for each line that repeats an edge.
    pub weight_error_units: f64,
    pub(super) ids: NodeIds,
    /// By node number of `ids`: the node of the graph.
    node_of: Vec<NodeId>,
    /// By node of the graph: its number in `ids`.
    number_of: Vec<NodeId>,
}

impl LabeledGraph {
    /// The id of `node`, letter for letter.
    pub fn id(&self, node: NodeId) -> Cow<'_, str> {
        self.ids.id(self.number_of[node.index()])
    }

    /// The node with this id, letter for letter. O(log n).
    pub fn find(&self, id: &str) -> Option<NodeId> {
        self.ids.find(id).map(|number| self.node(number))
    }

    /// The node of the graph that has this number in [`EdgeList::ids`].
    pub fn node(&self, number: NodeId) -> NodeId {
        self.node_of[number.index()]
    }

    /// For each node its position in the order of the ids: by value if all ids are integers, else by text.
    pub fn id_order(&self) -> Vec<u32> {
        if self.ids.is_numeric() {
            return self.number_of.iter().map(|number| number.0).collect();
        }
        let mut nodes: Vec<NodeId> = self.graph.nodes().collect();
        let id = |node: &NodeId| self.id(*node);
        let values: Option<Vec<i128>> = nodes.iter().map(|node| id(node).parse().ok()).collect();
        match &values {
            Some(values) => nodes.sort_unstable_by_key(|node| (values[node.index()], id(node))),
            None => nodes.sort_unstable_by_key(id),
        }
        let mut order = vec![0; nodes.len()];
        for (place, node) in nodes.into_iter().enumerate() {
            order[node.index()] = id32(place);
        }
        order
    }
}

/// Builds the graph of a list in `storage`. With [`Directions::Both`], every edge is added in both directions.
///
/// - **Output**: nodes in the order of [`graph::locality_order`]; repeats merged, their weights added; self-loops kept.
/// - **Cost**: that of [`graph::locality_order`] and [`graph::build_blocks`]; the memory of the list is reused or freed
///   while the graph is built.
/// - **Same bits**: for any order of the lines and any thread count.
/// - **Checked by**: `tests/it/cli/algo.rs` and every test that runs a kernel through the command line.
///
/// ```
/// use plaudit::{edge_list, graph::{Directions, Storage}};
/// let path = std::env::temp_dir().join(format!("plaudit-doctest-labeled-{}.edges", std::process::id()));
/// std::fs::write(&path, "ada grace 2.5\ngrace Ada 1\n").expect("the folder can be written");
/// let list = edge_list::read_edge_list(&path, None, &Default::default()).expect("the file is there");
/// let labeled = edge_list::build_graph(list, Directions::AsWritten, Storage::Plain);
/// let grace = labeled.find("grace").expect("a line names her");
/// assert_eq!(labeled.graph.in_edges().degree(grace), 1);
/// # std::fs::remove_file(path).expect("it was there");
/// ```
pub fn build_graph(list: EdgeList, directions: Directions, storage: Storage) -> LabeledGraph {
    let EdgeList { ids, blocks, mut node_of, weighted, listed_nodes, .. } = list;
    drop(listed_nodes);
    let line_count = blocks.iter().map(|block| block.ends.len()).sum();
    let scale = weighted.then(|| FixedScale::of(blocks.iter().flat_map(|block| &block.weights).copied()));
    let blocks: Vec<EdgeBlock> = blocks.into_iter().map(|block| fixed(block, scale)).collect();

    let order = graph::locality_order(ids.len(), &blocks, &node_of, directions, None);
    let last = order.place_of().len().saturating_sub(1);
    node_of.par_iter_mut().with_min_len(MIN_TASK).for_each(|node| {
        // The position is always looked up: a branch on whether a reference is used would be mispredicted too often.
        let place = order.place_of().get(node.index().min(last)).map_or(0, |place| place.0);
        *node = NodeId(if *node == NodeId::NONE { u32::MAX } else { place });
    });
    let weighting =
        scale.map_or(Weighting::Unweighted, |scale| Weighting::FixedPoint { unit_log2: scale.unit_log2() });
    let cfg = BuildConfig { directions, weighting, storage };
    let (graph, number_of) =
        rayon::join(|| graph::build_blocks(ids.len(), blocks, &node_of, &cfg), || order.node_at());
    let weight_error_units = scale.map_or(0.0, |scale| weight_error_units(&graph, line_count, scale));
    LabeledGraph { graph, ids, number_of, node_of: order.into_place_of(), weight_error_units }
}

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
