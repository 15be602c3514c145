//! petgraph's traits for [`Graph`], so that petgraph's algorithms run on it and serve as oracles.
//!
//! Nodes are [`NodeId`]s. An edge is identified by its two ends, as repeated edges are merged. Its weight is the
//! integer weight in units of [`Graph::weight_unit`], 1 in a graph without weights. Incoming edges keep their
//! direction: `edges_directed(v, Incoming)` yields edges whose target is `v`.

use std::{borrow::Cow, iter::Map, ops::Range};

use petgraph::{
    Directed, Direction,
    visit::{
        Data, EdgeCount, EdgeRef, GetAdjacencyMatrix, GraphBase, GraphProp, IntoEdgeReferences, IntoEdges,
        IntoEdgesDirected, IntoNeighbors, IntoNeighborsDirected, IntoNodeIdentifiers, IntoNodeReferences,
        NodeCompactIndexable, NodeCount, NodeIndexable, VisitMap, Visitable,
    },
};

use super::{Csr, Graph, RowBuffer, StoredRow};
use crate::ids::{NodeId, id32, index64};

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
        NodeSet { is_visited: vec![false; self.node_count()] }
    }

    fn reset_map(&self, map: &mut NodeSet) {
        *map = self.visit_map();
    }
}

/// Looks edges up in the sorted rows instead of a matrix: O(log degree) and no memory; O(degree) if rows are
/// compressed.
impl GetAdjacencyMatrix for Graph {
    type AdjMatrix = ();

    fn adjacency_matrix(&self) {}

    fn is_adjacent(&self, (): &(), source: NodeId, target: NodeId) -> bool {
        self.out_edges().rows().neighbors(source).binary_search(&target).is_ok()
    }
}

impl<'a> IntoNeighbors for &'a Graph {
    type Neighbors = Neighbors<'a>;

    fn neighbors(self, node: NodeId) -> Neighbors<'a> {
        self.neighbors_directed(node, Direction::Outgoing)
    }
}

impl<'a> IntoNeighborsDirected for &'a Graph {
    type NeighborsDirected = Neighbors<'a>;

    fn neighbors_directed(self, node: NodeId, direction: Direction) -> Neighbors<'a> {
        Neighbors::of(rows(self, direction), node)
    }
}

/// The targets and weights of a row: borrowed if it is plain, decoded if it is compressed.
fn row_of(rows: &Csr, node: NodeId) -> (Cow<'_, [NodeId]>, Option<Cow<'_, [u32]>>) {
    match rows.stored().row(node) {
        StoredRow::Plain(row) => (Cow::Borrowed(row.targets), row.weights.map(Cow::Borrowed)),
        StoredRow::Compressed(row) => {
            let mut buffer = RowBuffer::default();
            let row = row.decode(&mut buffer);
            (Cow::Owned(row.targets.to_vec()), row.weights.map(|weights| Cow::Owned(weights.to_vec())))
        }
    }
}

impl IntoNodeIdentifiers for &Graph {
    type NodeIdentifiers = NodeIdentifiers;

    fn node_identifiers(self) -> NodeIdentifiers {
        (0..id32(self.node_count())).map(NodeId)
    }
}

impl IntoNodeReferences for &Graph {
    type NodeRef = (NodeId, ());
    type NodeReferences = NodeReferences;

    fn node_references(self) -> NodeReferences {
        (0..id32(self.node_count())).map(|node| (NodeId(node), ()))
    }
}

impl<'a> IntoEdgeReferences for &'a Graph {
    type EdgeRef = EdgeReference;
    type EdgeReferences = EdgeReferences<'a>;

    fn edge_references(self) -> EdgeReferences<'a> {
        EdgeReferences { graph: self, nodes: self.node_identifiers(), row: None }
    }
}

impl<'a> IntoEdges for &'a Graph {
    type Edges = IncidentEdges<'a>;

    fn edges(self, node: NodeId) -> IncidentEdges<'a> {
        self.edges_directed(node, Direction::Outgoing)
    }
}

impl<'a> IntoEdgesDirected for &'a Graph {
    type EdgesDirected = IncidentEdges<'a>;

    fn edges_directed(self, node: NodeId, direction: Direction) -> IncidentEdges<'a> {
        let (targets, weights) = row_of(rows(self, direction), node);
        IncidentEdges { node, direction, neighbors: Neighbors { targets, next: 0 }, weights }
    }
}

fn rows(graph: &Graph, direction: Direction) -> &Csr {
    match direction {
        Direction::Outgoing => graph.out_edges(),
        Direction::Incoming => graph.in_edges(),
    }
}

/// An edge by value, as compressed rows have no weight to borrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EdgeReference {
    source: NodeId,
    target: NodeId,
    weight: u32,
}

impl EdgeRef for EdgeReference {
    type NodeId = NodeId;
    type EdgeId = (NodeId, NodeId);
    type Weight = u32;

    fn source(&self) -> NodeId {
        self.source
    }

    fn target(&self) -> NodeId {
        self.target
    }

    fn weight(&self) -> &u32 {
        &self.weight
    }

    fn id(&self) -> (NodeId, NodeId) {
        (self.source, self.target)
    }
}

/// The neighbors of a node in one direction, in order.
#[derive(Clone, Debug)]
pub struct Neighbors<'a> {
    targets: Cow<'a, [NodeId]>,
    next: usize,
}

impl<'a> Neighbors<'a> {
    pub(super) fn of(rows: &'a Csr, node: NodeId) -> Self {
        Self { targets: row_of(rows, node).0, next: 0 }
    }
}

impl Iterator for Neighbors<'_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        let node = *self.targets.get(self.next)?;
        self.next += 1;
        Some(node)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.targets.len() - self.next;
        (left, Some(left))
    }
}

/// All nodes in order.
pub type NodeIdentifiers = Map<Range<u32>, fn(u32) -> NodeId>;

/// All nodes in order, each with its (empty) weight.
pub type NodeReferences = Map<Range<u32>, fn(u32) -> (NodeId, ())>;

/// The edges out of a node or into it, sorted by the node at the other end.
#[derive(Clone, Debug)]
pub struct IncidentEdges<'a> {
    node: NodeId,
    direction: Direction,
    neighbors: Neighbors<'a>,
    weights: Option<Cow<'a, [u32]>>,
}

impl Iterator for IncidentEdges<'_> {
    type Item = EdgeReference;

    fn next(&mut self) -> Option<EdgeReference> {
        let other = self.neighbors.next()?;
        let weight = self.weights.as_ref().map_or(1, |weights| weights[self.neighbors.next - 1]);
        let (source, target) = match self.direction {
            Direction::Outgoing => (self.node, other),
            Direction::Incoming => (other, self.node),
        };
        Some(EdgeReference { source, target, weight })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.neighbors.size_hint()
    }
}

/// All edges by source, then by target.
#[derive(Clone, Debug)]
pub struct EdgeReferences<'a> {
    graph: &'a Graph,
    nodes: NodeIdentifiers,
    row: Option<IncidentEdges<'a>>,
}

impl Iterator for EdgeReferences<'_> {
    type Item = EdgeReference;

    fn next(&mut self) -> Option<EdgeReference> {
        loop {
            if let Some(edge) = self.row.as_mut().and_then(Iterator::next) {
                return Some(edge);
            }
            self.row = Some(self.graph.edges(self.nodes.next()?));
        }
    }
}

/// The set of nodes that a traversal has visited.
#[derive(Clone, Debug, Default)]
pub struct NodeSet {
    is_visited: Vec<bool>,
}

impl VisitMap<NodeId> for NodeSet {
    fn visit(&mut self, node: NodeId) -> bool {
        !std::mem::replace(&mut self.is_visited[node.index()], true)
    }

    fn is_visited(&self, node: &NodeId) -> bool {
        self.is_visited.get(node.index()).is_some_and(|&is_visited| is_visited)
    }

    fn unvisit(&mut self, node: NodeId) -> bool {
        self.is_visited.get_mut(node.index()).is_some_and(std::mem::take)
    }
}
