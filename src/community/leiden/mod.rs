//! Which groups of nodes tie to each other more than chance would have it? Leiden, in parallel, the same bytes at any
//! thread count. `README.md` beside this file explains the scheme.

mod aggregation;
mod finish;
mod labels;
mod level;
mod local_moving;
mod plan;
mod refinement;
mod tally;

use rayon::prelude::*;

use self::{
    aggregation::NOWHERE,
    labels::Labels,
    level::{Coarse, Level},
    local_moving::Patience,
    plan::Plan,
    tally::ScratchPool,
};
use super::{LeidenConfig, Quality, quality::Objective};
use crate::{
    graph::SymmetricCsr,
    ids::{CommunityId, id32},
};

/// What [`leiden`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct Partition {
    /// The community of every node: dense ids, the largest community first, ties by smallest member.
    pub community: Vec<CommunityId>,
    /// Number of communities; a node without edges is one of its own.
    pub count: usize,
    /// Modularity at the configured resolution, from exact integers; 0 for a graph without edges.
    pub modularity: f64,
    /// How many levels the best iteration went through; 1 if nothing could be merged.
    pub levels: u32,
}

/// Sub-rounds of a pass over the graph itself. Fewer move more neighbours blindly at once, more gain nothing.
const BOTTOM_SUB_ROUNDS: usize = 16;
/// Sub-rounds of a pass over communities as nodes, which are fewer and weigh more.
const COARSE_SUB_ROUNDS: usize = 32;

/// Finds communities by Leiden (Traag, Waltman, van Eck 2019) with sub-rounds on frozen state.
///
/// Nodes move to the community of a neighbour, communities are refined into connected parts, parts become the nodes
/// of the next level, until nothing merges. The next iteration starts from the result of the last one.
///
/// - **Quality function**: modularity of the undirected graph, see [`super::modularity`]; gains are exact integers.
/// - **Resolution**: `cfg.resolution`, 1 is plain modularity, higher finds smaller communities. Modularity does not see
///   communities of less than about `sqrt(2m)` of strength (the resolution limit).
/// - **Ties**: a node that gains the same elsewhere stays; among equal gains the smaller label wins.
/// - **Guarantee**: every community is connected, nodes without edges are alone, and no iteration's quality is above
///   the one returned.
/// - **Input**: any undirected graph, self-loops in the strengths. Nodes may be numbered in any order; `cfg.seed` deals
///   them to sub-rounds.
/// - **Output**: [`Partition`]. Empty graph → empty, modularity 0.
/// - **Stop**: after `cfg.iterations`, or when one gains nothing. Within a level, after a round in which at most a
///   tenth of the nodes moved (a twentieth above the bottom, a hundredth from the second iteration on, none in levels
///   of up to 2000 nodes), at the latest after 30.
/// - **Cost**: time O(m) a round, about 5 rounds' worth an iteration; memory 12 bytes an entry of the next level's rows
///   (at most as many as the graph's), about 60 bytes a node.
/// - **Same bits**: for any thread count and any order of the edges. Choices read frozen state; sums are of integers.
/// - **Source**: Traag, Waltman, van Eck 2019; sub-rounds after Gottesbüren, Heuer, Maas, Sanders, Schlag 2024.
/// - **Checked by**: `tests/it/leiden.rs` — all partitions of small graphs, rings of cliques, planted communities,
///   igraph, connectivity, modularity from scratch.
///
/// Panics where [`super::modularity`] does.
///
/// ```
/// use plaudit::{community::{self, LeidenConfig, Quality}, graph::{self, Edge, Weighting}, ids::NodeId};
/// // Two triangles, joined by one edge.
/// let pairs = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)];
/// let edges = pairs.map(|(u, v)| Edge { source: NodeId(u), target: NodeId(v), weight: 1 });
/// let g = graph::symmetrise(&graph::build(6, edges.to_vec(), Weighting::Unweighted));
/// let cfg = LeidenConfig { quality: Quality::Modularity, resolution: 1.0, iterations: 2, seed: 42 };
/// let found = community::leiden(&g, &cfg);
/// assert_eq!(found.community.iter().map(|c| c.0).collect::<Vec<_>>(), [0, 0, 0, 1, 1, 1]);
/// assert_eq!(found.modularity, 5.0 / 14.0);
/// ```
pub fn leiden(g: &SymmetricCsr, cfg: &LeidenConfig) -> Partition {
    run(g, None, cfg)
}

/// Finds communities as [`leiden`] does, beginning with the partition `start` instead of single nodes.
///
/// What `start` holds together stays together unless a move adds quality, so that a graph that has changed a little is
/// divided as before, but where it changed.
///
/// - **Input**: as [`leiden`]; `start[NodeId]`, any ids. Communities that are in pieces are allowed.
/// - **Output**: a partition that is at least as good as `start`; the guarantees of [`leiden`].
/// - **Stop**: as [`leiden`] from its second iteration on.
/// - **Cost**: as [`leiden`], with fewer rounds.
/// - **Same bits**: for any thread count, for the same `start` under any ids.
/// - **Source**: as [`leiden`].
/// - **Checked by**: `tests/it/leiden.rs`: never below the start, the guarantees, thread counts.
///
/// Panics where [`leiden`] does, and when `start` has another length than there are nodes.
pub fn leiden_from(g: &SymmetricCsr, start: &[CommunityId], cfg: &LeidenConfig) -> Partition {
    assert_eq!(start.len(), g.node_count(), "invariant: a community for every node");
    run(g, Some(&finish::smallest_members(start)), cfg)
}

fn run(g: &SymmetricCsr, start: Option<&[u32]>, cfg: &LeidenConfig) -> Partition {
    // The only quality function so far; the match makes a second one a compile error here.
    let objective = match cfg.quality {
        Quality::Modularity => Objective::new(cfg.resolution, g.total_strength()),
    };
    // Inside a scope the caller is one of the workers, and entering a parallel loop from a worker is cheaper; there are
    // thousands of small ones.
    rayon::scope(|_| iterate(g, start, &objective, cfg))
}

/// Climbs until the iterations are used up or one gains nothing; keeps the best.
fn iterate(g: &SymmetricCsr, start: Option<&[u32]>, objective: &Objective, cfg: &LeidenConfig) -> Partition {
    let mut best = climb(g, start, objective, cfg.seed, 0);
    // Moves of one sub-round do not see each other, so a climb can end below where it began.
    let begun = start.map(|start| Summit::standing(g, start, objective));
    if let Some(begun) = begun.filter(|begun| begun.quality >= best.quality) {
        best = begun;
    }
    for iteration in 1..cfg.iterations {
        let next = climb(g, Some(&best.labels), objective, cfg.seed, iteration);
        if next.quality <= best.quality {
            break;
        }
        best = next;
    }
    let (community, count) = finish::number_by_size(&best.labels);
    Partition { community, count, modularity: objective.unscaled(best.quality), levels: best.levels }
}

/// Where one iteration ended.
struct Summit {
    /// By node: the smallest node of its community.
    labels: Vec<u32>,
    /// Scaled modularity.
    quality: i128,
    levels: u32,
}

impl Summit {
    /// A partition as it is, but for communities that are in pieces.
    fn standing(g: &SymmetricCsr, start: &[u32], objective: &Objective) -> Self {
        let level = Level::bottom(g);
        let labels = finish::connected_pieces(&level, &Labels::from_partition(&level, start));
        Self { quality: finish::scaled_modularity(&level, &labels, objective), labels, levels: 1 }
    }
}

/// One iteration: from single nodes, or from a partition, up through the levels until nothing merges.
fn climb(
    g: &SymmetricCsr,
    start: Option<&[u32]>,
    objective: &Objective,
    seed: u64,
    iteration: u32,
) -> Summit {
    // Where every node of the graph is on the current level.
    let mut position: Vec<u32> =
        g.strengths().iter().enumerate().map(|(u, &k)| if k > 0 { id32(u) } else { NOWHERE }).collect();
    let cold = start.is_none();
    let mut start: Option<Vec<u32>> = start.map(<[u32]>::to_vec);
    let mut coarse: Option<Coarse> = None;
    let mut depth = 0;
    loop {
        let level = coarse.as_ref().map_or_else(|| Level::bottom(g), Coarse::level);
        let labels = match &start {
            Some(labels) => Labels::from_partition(&level, labels),
            None => Labels::singletons(&level),
        };
        let sub_rounds = if depth == 0 { BOTTOM_SUB_ROUNDS } else { COARSE_SUB_ROUNDS };
        let plan = Plan::new(&level, sub_rounds, seed, u64::from(iteration) << 32 | u64::from(depth));
        let pool = ScratchPool::new(level.node_count());
        let patience =
            Patience { enough: enough(level.node_count(), cold, depth), from_singletons: start.is_none() };
        local_moving::move_nodes(&level, &labels, &plan, objective, patience, &pool);

        let merged = |labels: &Labels| labels.community_count() < level.live_count;
        let parts = merged(&labels).then(|| refinement::refine(&level, &labels, &plan, objective, &pool));
        let Some(parts) = parts.filter(merged) else {
            let labels = finish::connected_pieces(&level, &labels);
            return Summit {
                quality: finish::scaled_modularity(&level, &labels, objective),
                labels: finish::project(&position, &labels),
                levels: depth + 1,
            };
        };
        let next = aggregation::aggregate(&level, &labels, &parts);
        position.par_iter_mut().filter(|u| **u != NOWHERE).for_each(|u| *u = next.coarse_of[*u as usize]);
        (start, coarse) = (Some(next.labels), Some(next.coarse));
        depth += 1;
    }
}

/// After a round with at most this many moves, a level is left: the next one moves the rest in larger pieces.
///
/// `cold` says that the climb began with single nodes; else there is little to move, and little time to save.
fn enough(node_count: usize, cold: bool, depth: u32) -> usize {
    match (cold, depth) {
        _ if node_count <= plan::SEQUENTIAL_NODES => 0,
        (true, 0) => node_count / 10,
        (true, _) => node_count / 20,
        (false, _) => node_count / 100,
    }
}
