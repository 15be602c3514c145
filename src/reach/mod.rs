//! What does the structure say about spread: how many distinct nodes can content get to?
//!
//! Content of `v` is seen by its audience (the in-neighbours of `v`), passed on by them to theirs, and so on. Most
//! balls are small and are counted exactly, one search a node; the few large ones overlap so much that counting them
//! one by one would walk the same edges again and again. Those are estimated together, from one sketch a node that
//! grows by a hop each round, and carry an interval.

mod hyperball;
mod search;
mod settings;
mod sketch;
pub mod spread;

use rayon::prelude::*;

use crate::{
    graph::{Graph, Rows},
    ids::{NodeId, id32, offset64},
};
use search::Ball;

pub use settings::{EXACT_EDGES, HOPS, REGISTERS, ReachConfig};

/// How many other nodes each node's content can get to.
#[derive(Clone, Debug, PartialEq)]
pub struct Reach {
    /// The number of nodes, the node itself not counted; whole where exact.
    pub estimate: Vec<f64>,
    /// Lower end of the 95 % interval, a whole number; the estimate itself where exact.
    pub low: Vec<f64>,
    /// Upper end of the 95 % interval, a whole number; the estimate itself where exact.
    pub high: Vec<f64>,
    /// Whether the number was counted rather than estimated.
    pub exact: Vec<bool>,
}

impl Reach {
    /// How many nodes were counted rather than estimated.
    pub fn exact_count(&self) -> usize {
        self.exact.iter().filter(|&&exact| exact).count()
    }
}

/// Why reach could not be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReachError {
    /// Content that travels no hop reaches nobody.
    #[error("cannot compute reach within {hops} hops: at least 1 hop is expected")]
    BadHops {
        /// The number asked for.
        hops: u32,
    },
    /// HyperLogLog needs a power of two, and its error law holds from 16.
    #[error("cannot sketch with {registers} registers: a power of two from 16 to 65536 is expected")]
    BadRegisters {
        /// The number asked for.
        registers: u32,
    },
}

/// Computes for every node `v` how many distinct other nodes have a path of 1 to `cfg.hops` edges to `v`.
///
/// First each node is searched breadth-first over in-edges, up to `cfg.exact_edges` edges; a level is not entered
/// when its rows would pass the limit, so a hopeless search costs little. What is too large is estimated with
/// HyperBall: each node's sketch becomes the union of its audience's, once a hop. Every estimate is kept inside
/// bounds that always hold: at least the ball of the last radius that the search finished (one hop or more), at most
/// the number of walks that end in `v` and at most `n - 1`.
///
/// - **Input**: any graph; weights and self-loops do not matter. `cfg.hops` ≥ 1, `cfg.registers` a power of two.
/// - **Output**: one entry a node. Exact: `low == estimate == high`. Estimated: `low ≤ estimate ≤ high`; the interval
///   is 2 standard errors of 1.04 / √registers to each side and covers the truth for 95 % of nodes at least. Balls
///   that overlap share their error: do not read it as independent. One hop is always exact, and so is a node
///   without audience (0). More hops never make an estimate smaller.
/// - **Stop**: after `cfg.hops` rounds, or once no sketch changes.
/// - **Cost**: time O(n · `cfg.exact_edges`) at worst, far less where balls are small; then, if any node is left,
///   O(hops · m · registers). Memory 37 n bytes with the result; a worker, n / 8 and `4 · min(n, cfg.exact_edges)`
///   bytes; for the estimate 4 n bytes and, for each node that has an audience and lies within `hops - 1` hops of a
///   node that is left, a sketch of `registers` bytes (two beyond 2 hops) and 42 bytes. [`estimated_bytes`] gives
///   the worst case.
/// - **Same bits**: at any thread count; registers are maxima of hashes, every node writes its own.
/// - **Source**: Boldi, Vigna 2013 ("In-core computation of geometric centralities with HyperBall"); Flajolet et al.
///   2007 (HyperLogLog, its error); Ertl 2017 (the estimator).
/// - **Checked by**: `tests/it/reach.rs` — breadth-first search, closed forms, coverage and size of the error,
///   monotone in edges and hops.
///
/// # Errors
/// [`ReachError::BadHops`] for 0 hops; [`ReachError::BadRegisters`].
///
/// ```
/// use plaudit::{graph::{self, Edge, Weighting}, ids::NodeId, reach::{self, ReachConfig}};
/// // 0 attends to 1, and 1 and 3 attend to 2: what 2 says gets to 1, 3 and, at the second hop, 0.
/// let edges = [(0, 1), (1, 2), (3, 2)].map(|(u, v)| Edge { source: NodeId(u), target: NodeId(v), weight: 1 });
/// let g = graph::build(4, edges.to_vec(), Weighting::Unweighted);
/// let cfg = ReachConfig { hops: 2, registers: 256, exact_edges: reach::EXACT_EDGES, seed: 42 };
/// assert_eq!(reach::reach(&g, &cfg)?.estimate, [0.0, 1.0, 3.0, 0.0]);
/// # Ok::<(), reach::ReachError>(())
/// ```
pub fn reach(g: &Graph, cfg: &ReachConfig) -> Result<Reach, ReachError> {
    cfg.check()?;
    let audience = audience_sizes(g);
    let balls = search::balls(g, &audience, cfg);
    let counts: Vec<f64> = balls.iter().map(|ball| f64::from(ball.size)).collect();
    let mut reach = Reach {
        low: counts.clone(),
        high: counts.clone(),
        estimate: counts,
        exact: balls.iter().map(|ball| ball.whole).collect(),
    };
    let open: Vec<NodeId> = g.nodes().filter(|v| !balls[v.index()].whole).collect();
    for (v, union) in open.iter().zip(hyperball::unions(g, &audience, &open, cfg)) {
        let v = v.index();
        let hard = (f64::from(balls[v].size), union.walks as f64);
        let interval = sketch::interval(union.nodes, cfg.registers);
        reach.estimate[v] = (union.nodes - 1.0).clamp(hard.0, hard.1);
        // Whole numbers outwards; the sketch of a ball holds its centre too, which is not counted.
        reach.low[v] = (interval.start.floor() - 1.0).clamp(hard.0, hard.1);
        reach.high[v] = (interval.end.ceil() - 1.0).clamp(hard.0, hard.1);
    }
    Ok(reach)
}

/// The most memory that [`reach`] takes beyond a graph of `node_count` nodes, in bytes, result included: as if every
/// node had an audience and some node had to be estimated.
pub fn estimated_bytes(node_count: usize, cfg: &ReachConfig) -> u64 {
    let n = offset64(node_count);
    let result = n.saturating_mul(3 * 8 + 1);
    let searches = n.saturating_mul(4 + offset64(size_of::<Ball>()));
    let worker = n / 8 + 4 * n.min(cfg.exact_edges);
    let workers = offset64(rayon::current_num_threads()).saturating_mul(worker);
    let estimated = cfg.hops > 1 && cfg.exact_edges < n.saturating_mul(n);
    let sketches = if estimated { n.saturating_mul(hyperball::bytes_per_node(cfg)) } else { 0 };
    [searches, workers, sketches].into_iter().fold(result, u64::saturating_add)
}

/// In-degrees without self-loops: nobody is their own audience.
fn audience_sizes(g: &Graph) -> Vec<u32> {
    let size = |rows: &mut Rows<'_>, v: u32| {
        let row = rows.neighbours(NodeId(v));
        id32(row.len() - usize::from(row.binary_search(&NodeId(v)).is_ok()))
    };
    (0..id32(g.node_count())).into_par_iter().map_init(|| g.in_edges().rows(), size).collect()
}
