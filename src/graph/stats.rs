//! Statistics of a graph: size, density, reciprocity and degrees, counted exactly in one parallel pass.

use rayon::prelude::*;

use super::{Csr, Graph, Row};
use crate::ids::{NodeId, id32, index64, offset64};

/// The statistics of one graph.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphStats {
    /// Number of nodes.
    pub node_count: u64,
    /// Distinct directed edges, self-loops included.
    pub edge_count: u64,
    /// Edges from a node to itself.
    pub self_loop_count: u64,
    /// Nodes with no edge at all, not even to themselves.
    pub isolated_count: u64,
    /// Nodes without an out-edge, isolated ones included.
    pub dangling_count: u64,
    /// Edges `u → v`, `u ≠ v`, for which `v → u` is an edge too.
    pub reciprocal_count: u64,
    /// Share of reciprocal edges among all edges except self-loops; 0 if there are no such edges.
    pub reciprocity: f64,
    /// Share of the ordered pairs `u ≠ v` that are edges; 0 if there are fewer than two nodes.
    pub density: f64,
    /// Distribution of out-degrees.
    pub out_degrees: DegreeStats,
    /// Distribution of in-degrees.
    pub in_degrees: DegreeStats,
    /// Sum of all weights, in units of 1; in a graph without weights, the number of edges.
    pub total_weight: f64,
    /// The largest sum of the weights of one node's out-edges, in units of 1.
    pub max_out_strength: f64,
    /// The largest sum of the weights of one node's in-edges, in units of 1.
    pub max_in_strength: f64,
}

/// Summary of the degrees of all nodes; all fields are 0 if there are no nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct DegreeStats {
    /// The largest degree.
    pub max: u64,
    /// Edges divided by nodes.
    pub mean: f64,
    /// The middle degree, or the mean of the two middle ones.
    pub median: f64,
    /// The smallest degree that at least 99 % of the nodes do not exceed (nearest rank).
    pub percentile_99: u64,
}

impl GraphStats {
    /// Every statistic with its name, for listings.
    pub fn rows(&self) -> Vec<(&'static str, String)> {
        vec![
            ("nodes", self.node_count.to_string()),
            ("edges", self.edge_count.to_string()),
            ("self_loops", self.self_loop_count.to_string()),
            ("isolated_nodes", self.isolated_count.to_string()),
            ("dangling_nodes", self.dangling_count.to_string()),
            ("reciprocal_edges", self.reciprocal_count.to_string()),
            ("reciprocity", self.reciprocity.to_string()),
            ("density", self.density.to_string()),
            ("out_degree_max", self.out_degrees.max.to_string()),
            ("out_degree_mean", self.out_degrees.mean.to_string()),
            ("out_degree_median", self.out_degrees.median.to_string()),
            ("out_degree_percentile_99", self.out_degrees.percentile_99.to_string()),
            ("in_degree_max", self.in_degrees.max.to_string()),
            ("in_degree_mean", self.in_degrees.mean.to_string()),
            ("in_degree_median", self.in_degrees.median.to_string()),
            ("in_degree_percentile_99", self.in_degrees.percentile_99.to_string()),
            ("total_weight", self.total_weight.to_string()),
            ("out_strength_max", self.max_out_strength.to_string()),
            ("in_strength_max", self.max_in_strength.to_string()),
        ]
    }
}

/// Computes the statistics of a graph.
///
/// - **Input**: any sound graph ([`Graph::check`]), weighted or not.
/// - **Output**: [`GraphStats`]; an empty graph has zeros throughout.
/// - **Stop**: after one pass over both directions; the two rows of a node are intersected to find its reciprocal
///   edges.
/// - **Cost**: time O(m + n log n), parallel; memory 8 bytes per node.
/// - **Same bits**: for any thread count: all sums are of integers, and a float is made only at the end.
/// - **Source**: density of a digraph as in Wasserman and Faust 1994; reciprocity as the share of edges that are
///   reciprocated, r in Garlaschelli and Loffredo 2004.
/// - **Checked by**: `tests/it/graph/stats.rs` — closed forms on cliques, cycles and stars, brute force over pairs.
///
/// ```
/// use plaudit::{graph::{self, Edge, Weighting}, ids::NodeId};
/// let edge = |u, v| Edge { source: NodeId(u), target: NodeId(v), weight: 1 };
/// let g = graph::build(4, vec![edge(0, 1), edge(1, 0), edge(1, 2)], Weighting::Unweighted);
/// let stats = graph::stats(&g);
/// assert_eq!((stats.reciprocal_count, stats.dangling_count, stats.isolated_count), (2, 2, 1));
/// assert_eq!(stats.out_degrees.max, 2);
/// assert_eq!(stats.density, 3.0 / 12.0);
/// ```
pub fn stats(graph: &Graph) -> GraphStats {
    let counts = (0..id32(graph.node_count()))
        .into_par_iter()
        .map_init(
            || (graph.out_edges().rows(), graph.in_edges().rows()),
            |(out, into), u| EdgeCounts::of_node(NodeId(u), out.row(NodeId(u)), into.row(NodeId(u))),
        )
        .reduce(EdgeCounts::default, EdgeCounts::and);
    let node_count = offset64(graph.node_count());
    let proper_edges = graph.edge_count() - counts.self_loops;
    let pairs = u128::from(node_count) * u128::from(node_count.saturating_sub(1));
    GraphStats {
        node_count,
        edge_count: graph.edge_count(),
        self_loop_count: counts.self_loops,
        isolated_count: counts.isolated,
        dangling_count: counts.dangling,
        reciprocal_count: counts.reciprocal,
        reciprocity: share(counts.reciprocal, proper_edges as f64),
        density: share(proper_edges, pairs as f64),
        out_degrees: degree_stats(graph.out_edges()),
        in_degrees: degree_stats(graph.in_edges()),
        total_weight: counts.weight as f64 * graph.weight_unit(),
        max_out_strength: counts.max_out_strength as f64 * graph.weight_unit(),
        max_in_strength: counts.max_in_strength as f64 * graph.weight_unit(),
    }
}

fn share(part: u64, whole: f64) -> f64 {
    if whole > 0.0 { part as f64 / whole } else { 0.0 }
}

/// The counts of one node, or of several: integers, so the order of addition does not matter.
#[derive(Clone, Copy, Default)]
struct EdgeCounts {
    self_loops: u64,
    isolated: u64,
    dangling: u64,
    reciprocal: u64,
    weight: u64,
    max_out_strength: u64,
    max_in_strength: u64,
}

impl EdgeCounts {
    fn of_node(u: NodeId, out_row: Row<'_>, in_row: Row<'_>) -> Self {
        let has_loop = out_row.targets.binary_search(&u).is_ok();
        let is_dangling = out_row.targets.is_empty();
        let strength = out_row.strength();
        Self {
            self_loops: u64::from(has_loop),
            isolated: u64::from(is_dangling && in_row.targets.is_empty()),
            dangling: u64::from(is_dangling),
            // A self-loop is in both rows, but is not reciprocal.
            reciprocal: common_count(out_row.targets, in_row.targets) - u64::from(has_loop),
            weight: strength,
            max_out_strength: strength,
            max_in_strength: in_row.strength(),
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            self_loops: self.self_loops + other.self_loops,
            isolated: self.isolated + other.isolated,
            dangling: self.dangling + other.dangling,
            reciprocal: self.reciprocal + other.reciprocal,
            weight: self.weight + other.weight,
            max_out_strength: self.max_out_strength.max(other.max_out_strength),
            max_in_strength: self.max_in_strength.max(other.max_in_strength),
        }
    }
}

/// The number of ids in both rows. For each id of the shorter row, only the rest of the longer row is searched.
fn common_count(a: &[NodeId], b: &[NodeId]) -> u64 {
    let (short, mut long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let mut count = 0;
    for id in short {
        long = skip_below(long, *id);
        count += u64::from(long.first() == Some(id));
    }
    count
}

/// The rest of the sorted `row` from the first id that is at least `id`, by exponential search.
fn skip_below(row: &[NodeId], id: NodeId) -> &[NodeId] {
    let mut stride = 1;
    while row.get(stride - 1).is_some_and(|&other| other < id) {
        stride *= 2;
    }
    let (low, high) = (stride / 2, stride.min(row.len()));
    &row[low + row[low..high].partition_point(|&other| other < id)..]
}

fn degree_stats(rows: &Csr) -> DegreeStats {
    let nodes = (0..id32(rows.node_count())).into_par_iter();
    let mut degrees: Vec<u64> = nodes.map(|u| offset64(rows.degree(NodeId(u)))).collect();
    degrees.par_sort_unstable();
    let Some(&max) = degrees.last() else {
        return DegreeStats { max: 0, mean: 0.0, median: 0.0, percentile_99: 0 };
    };
    let n = degrees.len();
    let middle = degrees[(n - 1) / 2] + degrees[n / 2];
    let rank_99 = index64((offset64(n) * 99).div_ceil(100));
    DegreeStats {
        max,
        mean: rows.edge_count() as f64 / n as f64,
        median: middle as f64 / 2.0,
        percentile_99: degrees[rank_99 - 1],
    }
}
