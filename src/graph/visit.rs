//! petgraph's traits on our graph, so that petgraph's algorithms run on it and serve as oracles.
//!
//! A node is a [`NodeId`], an edge is named by its two ends (edges are merged, so the pair is unique), and an edge's
//! weight is its integer weight in units of [`Graph::weight_unit`], 1 in a graph without weights. Incoming edges keep
//! their direction: `edges_directed(v, Incoming)` yields edges whose target is `v`.

use std::{iter::Copied, ops::Range, slice};

use petgraph::{
    Directed, Direction,
    visit::{
        Data, EdgeCount, GetAdjacencyMatrix, GraphBase, GraphProp, IntoEdgeReferences, IntoEdges,
        IntoEdgesDirected, IntoNeighbors, IntoNeighborsDirected, IntoNodeIdentifiers, IntoNodeReferences,
        NodeCompactIndexable, NodeCount, NodeIndexable, VisitMap, Visitable,
    },
};

use super::{Csr, Graph, Row};
use crate::ids::{NodeId, id32, index64};

/// What an edge weighs in a graph without weights, in a place that can be borrowed.
static ONE: u32 = 1;

impl GraphBase for Graph {
    type NodeId = NodeId;
    type EdgeId = (NodeId, NodeId);
}

impl GraphProp for Graph {
    type EdgeType = Directed;
}

impl Data for Graph {
    type NodeWeight = ();
    type EdgeWeight = u32;
}

impl NodeCount for Graph {
    fn node_count(&self) -> usize {
        self.node_count()
    }
}

impl EdgeCount for Graph {
    fn edge_count(&self) -> usize {
        index64(self.edge_count())
    }
}

impl NodeIndexable for Graph {
    fn node_bound(&self) -> usize {
        self.node_count()
    }

    fn to_index(&self, node: NodeId) -> usize {
        node.index()
    }

    fn from_index(&self, index: usize) -> NodeId {
        NodeId::new(index)
    }
}

impl NodeCompactIndexable for Graph {}

impl Visitable for Graph {
    type Map = NodeSet;

    fn visit_map(&self) -> NodeSet {
        NodeSet::with_node_count(self.node_count())
    }

    fn reset_map(&self, map: &mut NodeSet) {
        *map = self.visit_map();
    }
}

/// The sorted rows answer for the matrix: O(log degree) a question and no memory.
impl GetAdjacencyMatrix for Graph {
    type AdjMatrix = ();

    fn adjacency_matrix(&self) {}

    fn is_adjacent(&self, (): &(), source: NodeId, target: NodeId) -> bool {
        self.out_edges().neighbours(source).binary_search(&target).is_ok()
    }
}

impl<'a> IntoNeighbors for &'a Graph {
    type Neighbors = Copied<slice::Iter<'a, NodeId>>;

    fn neighbors(self, node: NodeId) -> Self::Neighbors {
        self.out_edges().neighbours(node).iter().copied()
    }
}

impl<'a> IntoNeighborsDirected for &'a Graph {
    type NeighborsDirected = Copied<slice::Iter<'a, NodeId>>;

    fn neighbors_directed(self, node: NodeId, direction: Direction) -> Self::NeighborsDirected {
        rows(self, direction).neighbours(node).iter().copied()
    }
}

impl IntoNodeIdentifiers for &Graph {
    type NodeIdentifiers = NodeIds;

    fn node_identifiers(self) -> NodeIds {
        NodeIds { ids: 0..id32(self.node_count()) }
    }
}

impl IntoNodeReferences for &Graph {
    type NodeRef = (NodeId, ());
    type NodeReferences = NodeReferences;

    fn node_references(self) -> NodeReferences {
        NodeReferences { nodes: self.node_identifiers() }
    }
}

impl<'a> IntoEdgeReferences for &'a Graph {
    type EdgeRef = EdgeReference<'a>;
    type EdgeReferences = EdgeReferences<'a>;

    fn edge_references(self) -> EdgeReferences<'a> {
        EdgeReferences { graph: self, nodes: self.node_identifiers(), row: None }
    }
}

impl<'a> IntoEdges for &'a Graph {
    type Edges = Edges<'a>;

    fn edges(self, node: NodeId) -> Edges<'a> {
        self.edges_directed(node, Direction::Outgoing)
    }
}

impl<'a> IntoEdgesDirected for &'a Graph {
    type EdgesDirected = Edges<'a>;

    fn edges_directed(self, node: NodeId, direction: Direction) -> Edges<'a> {
        let row = rows(self, direction).row(node);
        Edges { node, direction, row, next: 0 }
    }
}

fn rows(graph: &Graph, direction: Direction) -> &Csr {
    match direction {
        Direction::Outgoing => graph.out_edges(),
        Direction::Incoming => graph.in_edges(),
    }
}

/// Source, target and weight of an edge; petgraph reads such triples as they are.
pub type EdgeReference<'a> = (NodeId, NodeId, &'a u32);

/// All nodes in order.
#[derive(Clone, Debug)]
pub struct NodeIds {
    ids: Range<u32>,
}

impl Iterator for NodeIds {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        self.ids.next().map(NodeId)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.ids.size_hint()
    }
}

/// All nodes in order, each with its weight, which is nothing.
#[derive(Clone, Debug)]
pub struct NodeReferences {
    nodes: NodeIds,
}

impl Iterator for NodeReferences {
    type Item = (NodeId, ());

    fn next(&mut self) -> Option<(NodeId, ())> {
        self.nodes.next().map(|node| (node, ()))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.nodes.size_hint()
    }
}

/// The edges out of a node or into it, by the node at the other end.
#[derive(Clone, Debug)]
pub struct Edges<'a> {
    node: NodeId,
    direction: Direction,
    row: Row<'a>,
    next: usize,
}

impl<'a> Iterator for Edges<'a> {
    type Item = EdgeReference<'a>;

    fn next(&mut self) -> Option<EdgeReference<'a>> {
        let other = *self.row.targets.get(self.next)?;
        let weight = self.row.weights.map_or(&ONE, |weights| &weights[self.next]);
        self.next += 1;
        Some(match self.direction {
            Direction::Outgoing => (self.node, other, weight),
            Direction::Incoming => (other, self.node, weight),
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.row.targets.len() - self.next;
        (left, Some(left))
    }
}

/// All edges by source, then by target.
#[derive(Clone, Debug)]
pub struct EdgeReferences<'a> {
    graph: &'a Graph,
    nodes: NodeIds,
    row: Option<Edges<'a>>,
}

impl<'a> Iterator for EdgeReferences<'a> {
    type Item = EdgeReference<'a>;

    fn next(&mut self) -> Option<EdgeReference<'a>> {
        loop {
            if let Some(edge) = self.row.as_mut().and_then(Iterator::next) {
                return Some(edge);
            }
            self.row = Some(self.graph.edges(self.nodes.next()?));
        }
    }
}

/// The nodes that a traversal has seen, one bit each.
#[derive(Clone, Debug, Default)]
pub struct NodeSet {
    words: Vec<u64>,
}

impl NodeSet {
    /// No node of `0..node_count` yet.
    fn with_node_count(node_count: usize) -> Self {
        Self { words: vec![0; node_count.div_ceil(64)] }
    }
}

/// The word of `node` and its bit there.
fn place(node: NodeId) -> (usize, u64) {
    (node.index() / 64, 1 << (node.index() % 64))
}

impl VisitMap<NodeId> for NodeSet {
    fn visit(&mut self, node: NodeId) -> bool {
        let (word, bit) = place(node);
        let is_new = self.words[word] & bit == 0;
        self.words[word] |= bit;
        is_new
    }

    fn is_visited(&self, node: &NodeId) -> bool {
        let (word, bit) = place(*node);
        self.words.get(word).is_some_and(|bits| bits & bit != 0)
    }

    fn unvisit(&mut self, node: NodeId) -> bool {
        let was_seen = self.is_visited(&node);
        if was_seen {
            let (word, bit) = place(node);
            self.words[word] &= !bit;
        }
        was_seen
    }
}
