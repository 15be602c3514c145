//! What does the structure say about spread: how many distinct nodes can content get to?
//!
//! Content of `v` is seen by its audience (the in-neighbours of `v`), passed on by them to theirs, and so on. Most
//! balls are small and are counted exactly, one search a node; the few large ones overlap so much that counting them
//! one by one would walk the same edges again and again. Those are estimated together, from one sketch a node that
//! grows by a hop each round, and carry an interval; and the largest of them, which matter most, are counted side by
//! side in the end.

mod ball;
mod batch;
mod frontier;
mod hyperball;
mod search;
mod settings;
mod sketch;
mod sketched;

use rayon::prelude::*;

use crate::{
    graph::{Graph, Rows},
    ids::{NodeId, id32, offset64},
};
use ball::{Ball, Known, Segments};

pub use settings::{DECAY, EXACT_EDGES, EXACT_TOP, HOPS, MAX_SEGMENTS, REGISTERS, ReachConfig};

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
    /// The same nodes, each worth less the more hops away it is.
    pub decayed: Estimates,
    /// For each segment, how many of its nodes each node's content can get to.
    pub segments: Vec<Estimates>,
}

/// A number for each node with its 95 % interval; all three are one where [`Reach::exact`] says so.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimates {
    /// The number.
    pub estimate: Vec<f64>,
    /// Lower end of the interval.
    pub low: Vec<f64>,
    /// Upper end of the interval.
    pub high: Vec<f64>,
}

impl Reach {
    /// How many nodes were counted rather than estimated.
    pub fn exact_count(&self) -> usize {
        self.exact.iter().filter(|&&exact| exact).count()
    }

    fn zeros(node_count: usize, segments: usize) -> Self {
        let Estimates { estimate, low, high } = Estimates::zeros(node_count);
        let decayed = Estimates::zeros(node_count);
        let segments = vec![decayed.clone(); segments];
        Self { estimate, low, high, exact: vec![false; node_count], decayed, segments }
    }

    fn put<const S: usize>(&mut self, v: NodeId, known: &Known<S>, exact: bool) {
        self.decayed.put(v, known.decayed);
        self.segments.iter_mut().zip(known.members).for_each(|(segment, number)| segment.put(v, number));
        let v = v.index();
        self.exact[v] = exact;
        (self.low[v], self.estimate[v], self.high[v]) =
            (known.nodes.low, known.nodes.estimate, known.nodes.high);
    }
}

/// Why reach could not be computed.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
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
    /// Nodes further away are worth no more than nearer ones, and no less than nothing.
    #[error("cannot decay reach by {decay} a hop: a number from 0 to 1 is expected")]
    BadDecay {
        /// The number asked for.
        decay: f64,
    },
    /// A node's segments are the bits of a byte.
    #[error("cannot tell reach for {count} segments at once: at most 8 are expected")]
    TooManySegments {
        /// How many were asked for.
        count: usize,
    },
}

/// Computes for every node `v` how many distinct other nodes have a path of 1 to `cfg.hops` edges to `v`.
///
/// First each node is searched breadth-first over in-edges, up to `cfg.exact_edges` edges; a level is not entered
/// when its rows would pass the limit, so a hopeless search costs little. What is too large is estimated with
/// HyperBall: each node's sketch becomes the union of its audience's, once a hop. Every estimate is kept inside
/// bounds that always hold: at least the ball of the last radius that the search finished (one hop or more), at most
/// the number of walks that end in `v` and at most `n - 1`. The `cfg.exact_top` nodes with the largest estimates (of
/// those alike, the first) are then searched 512 at a time, which share their way.
///
/// Decayed reach is Σ `cfg.decay`^(t − 1) · (nodes first reached at hop t) over the hops t. Where the ball is
/// estimated, so is what it grows by from hop to hop. Summed by parts, that is a sum over the balls of each radius with
/// weights ≥ 0, and the ends of its interval are the same sum over the ends of theirs: as wide as if all erred alike.
///
/// - **Input**: any graph; weights and self-loops do not matter. `cfg.hops` ≥ 1, `cfg.registers` a power of two,
///   `cfg.decay` in `[0, 1]`.
/// - **Output**: one entry a node. Exact: `low == estimate == high`. Estimated: `low ≤ estimate ≤ high`; the interval
///   is 2 standard errors of 1.04 / √registers to each side and covers the truth for 95 % of nodes at least. Balls
///   that overlap share their error: do not read it as independent. One hop is always exact, and so is a node
///   without audience (0). Where `cfg.exact_top` is 0, more hops never make an estimate smaller.
/// - **Stop**: after `cfg.hops` rounds, or once no sketch changes.
/// - **Cost**: time O(n · `cfg.exact_edges`) at worst, far less where balls are small; then, if any node is left,
///   O(hops · m · registers), where rounds in which few sketches change look at their neighbours only, and O(hops · m)
///   lines of the cache for each 512 nodes at the top. Memory 81 n bytes with the result; a worker, n / 8 and
///   `4 · min(n, cfg.exact_edges)` bytes; for the estimate, for each node that has an audience and lies within
///   `hops - 1` hops of a node that is left, a sketch of `registers` bytes (two beyond 2 hops) and 145 bytes; after it,
///   209 n bytes for the top. [`estimated_bytes`] gives the worst case.
/// - **Same bits**: at any thread count; registers are maxima of hashes, every node writes its own.
/// - **Source**: Boldi, Vigna 2013 ("In-core computation of geometric centralities with HyperBall"); Flajolet et al.
///   2007 (HyperLogLog, its error); Ertl 2017 (the estimator); Then et al. 2014 ("The More the Merrier: Efficient
///   Multi-Source Graph Traversal", searches side by side).
/// - **Checked by**: `tests/it/reach/hops.rs` — breadth-first search, closed forms, coverage and size of the error,
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
/// let cfg = ReachConfig { hops: 2, registers: 256, exact_edges: 9, exact_top: 0, decay: 0.5, seed: 42 };
/// assert_eq!(reach::reach(&g, &cfg)?.estimate, [0.0, 1.0, 3.0, 0.0]);
/// # Ok::<(), reach::ReachError>(())
/// ```
pub fn reach(g: &Graph, cfg: &ReachConfig) -> Result<Reach, ReachError> {
    cfg.check()?;
    Ok(compute::<0>(g, &Segments::default(), cfg))
}

/// [`reach`], and for each segment how many of its nodes each node's content can get to.
///
/// Searches count the members among the nodes that they find. Where the ball is estimated, so are its members, from a
/// sketch of their own with a quarter of the registers (16 at least), kept inside the members counted before the search
/// gave up and the segment's size.
///
/// - **Input**: as [`reach`]; at most [`MAX_SEGMENTS`] lists of nodes of `g`, which may overlap and be empty.
/// - **Output**: as [`reach`], whose numbers do not change; [`Reach::segments`] in the order of `segments`, its
///   intervals twice as wide as those of everybody.
/// - **Stop**: as [`reach`].
/// - **Cost**: as [`reach`]; 24 bytes a node and segment more, 33 a node, 224 an estimated node, and sketches that are
///   longer by a quarter for each segment.
/// - **Same bits**: at any thread count, and in any order of a segment's nodes.
/// - **Source**: as [`reach`].
/// - **Checked by**: `tests/it/reach/hops.rs` — breadth-first search that counts members, coverage.
///
/// # Errors
/// Those of [`reach`]; [`ReachError::TooManySegments`].
///
/// ```
/// use plaudit::{graph::{self, Edge, Weighting}, ids::NodeId, reach::{self, ReachConfig}};
/// // What 2 says gets to 1 and 3 and, at the second hop, to 0; of these, 0 and 3 are in the segment.
/// let edges = [(0, 1), (1, 2), (3, 2)].map(|(u, v)| Edge { source: NodeId(u), target: NodeId(v), weight: 1 });
/// let g = graph::build(4, edges.to_vec(), Weighting::Unweighted);
/// let cfg = ReachConfig { hops: 2, registers: 256, exact_edges: 9, exact_top: 0, decay: 0.5, seed: 42 };
/// let reach = reach::reach_by_segment(&g, &[vec![NodeId(0), NodeId(3)]], &cfg)?;
/// assert_eq!(reach.segments[0].estimate, [0.0, 1.0, 2.0, 0.0]);
/// # Ok::<(), reach::ReachError>(())
/// ```
pub fn reach_by_segment(g: &Graph, segments: &[Vec<NodeId>], cfg: &ReachConfig) -> Result<Reach, ReachError> {
    cfg.check()?;
    let marked = |segments| Segments::new(g.node_count(), segments);
    match segments.len() {
        0 => reach(g, cfg),
        1..=MAX_SEGMENTS => Ok(compute::<MAX_SEGMENTS>(g, &marked(segments), cfg)),
        count => Err(ReachError::TooManySegments { count }),
    }
}

/// Reach with room for `S` segments.
fn compute<const S: usize>(g: &Graph, segments: &Segments, cfg: &ReachConfig) -> Reach {
    let audience = audience_sizes(g);
    let balls: Vec<Ball<S>> = search::balls(g, &audience, segments, cfg);
    let mut reach = Reach::zeros(g.node_count(), segments.count());
    let mut open = Vec::new();
    for (v, ball) in g.nodes().zip(&balls) {
        if ball.whole {
            reach.put(v, &ball.known(), true);
        } else {
            open.push(v);
        }
    }
    let unions = hyperball::unions(g, &audience, &open, &balls, segments, cfg);
    drop((audience, balls));
    open.iter().zip(&unions).for_each(|(&v, known)| reach.put(v, known, false));
    drop(unions);
    let top = largest(open, &reach.estimate, cfg.exact_top);
    for (&v, ball) in top.iter().zip(batch::balls::<S>(g, &top, segments, cfg)) {
        reach.put(v, &ball.known(), true);
    }
    reach
}

/// The `count` nodes with the largest estimates; of those alike, the first.
fn largest(mut nodes: Vec<NodeId>, estimate: &[f64], count: u32) -> Vec<NodeId> {
    let count = count as usize;
    let order = |a: &NodeId, b: &NodeId| estimate[b.index()].total_cmp(&estimate[a.index()]).then(a.cmp(b));
    if count < nodes.len() {
        nodes.select_nth_unstable_by(count, order);
        nodes.truncate(count);
    }
    // Nodes that stand together share more of their way.
    nodes.sort_unstable();
    nodes
}

/// The most memory that [`reach_by_segment`] takes beyond a graph of `node_count` nodes, in bytes, result included: as
/// if every node had an audience and some node had to be estimated.
pub fn estimated_bytes(node_count: usize, segments: usize, cfg: &ReachConfig) -> u64 {
    let n = offset64(node_count);
    let result = n.saturating_mul(result_bytes(segments));
    let ball = if segments == 0 { size_of::<Ball<0>>() } else { size_of::<Ball<MAX_SEGMENTS>>() };
    let searches = n.saturating_mul(4 + 4 + u64::from(segments > 0) + offset64(ball));
    let worker = n / 8 + 4 * n.min(cfg.exact_edges);
    let workers = offset64(rayon::current_num_threads()).saturating_mul(worker);
    let estimated = cfg.hops > 1 && cfg.exact_edges < n.saturating_mul(n);
    let sketches = if estimated { n.saturating_mul(hyperball::bytes_per_node(cfg, segments)) } else { 0 };
    let top = if estimated && cfg.exact_top > 0 { batch::estimated_bytes(n) } else { 0 };
    [searches, workers, sketches.max(top)].into_iter().fold(result, u64::saturating_add)
}

/// Bytes of a node in the result of [`reach_by_segment`].
pub fn result_bytes(segments: usize) -> u64 {
    (2 + offset64(segments)) * 3 * 8 + 1
}

/// In-degrees without self-loops: nobody is their own audience.
fn audience_sizes(g: &Graph) -> Vec<u32> {
    let size = |rows: &mut Rows<'_>, v: u32| {
        let row = rows.neighbors(NodeId(v));
        id32(row.len() - usize::from(row.binary_search(&NodeId(v)).is_ok()))
    };
    (0..id32(g.node_count())).into_par_iter().map_init(|| g.in_edges().rows(), size).collect()
}
