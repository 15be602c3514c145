//! Measures each community: its size, edge weight inside and across its border, conductance and modularity share.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rayon::prelude::*;

use super::quality::Objective;
use crate::{
    graph::Graph,
    ids::{CommunityId, NodeId, id32},
};

/// Size, edge weights and conductance of one community.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CommunityShape {
    /// Number of members.
    pub size: u64,
    /// Weight of the edges from member to member, in weight units; self-loops included.
    pub internal_weight: u64,
    /// Weight of the edges that cross the border in either direction, in weight units.
    pub external_weight: u64,
    /// The external weight divided by the volume of the community or of all other nodes, whichever is smaller; in
    /// `[0, 1]`, and 0 if one of the two volumes is 0.
    pub conductance: f64,
}

impl CommunityShape {
    /// The strength of its members, in weight units.
    pub fn volume(&self) -> u64 {
        2 * self.internal_weight + self.external_weight
    }
}

/// Measures every community.
///
/// - **Input**: `community[NodeId]`, ids below `count`.
/// - **Output**: one shape per community, in order of ids.
/// - **Cost**: O(n + m), parallel; memory 24 bytes per community.
/// - **Same bits**: for any thread count: all sums are of integers.
/// - **Source**: conductance of a set with volume `2·internal + external`, e.g. Yang, Leskovec, ICDM 2012.
/// - **Checked by**: `tests/it/community/shape.rs`, against loops over all pairs.
pub fn shapes(g: &Graph, community: &[CommunityId], count: usize) -> Vec<CommunityShape> {
    let zeros = || (0..count).map(|_| AtomicU64::new(0)).collect::<Vec<_>>();
    let (size, internal, external) = (zeros(), zeros(), zeros());
    let rows = || g.out_edges().rows();
    (0..id32(g.node_count())).into_par_iter().map(NodeId).for_each_init(rows, |rows, u| {
        let own = community[u.index()];
        size[own.index()].fetch_add(1, Relaxed);
        for (v, weight) in rows.row(u).iter() {
            let other = community[v.index()];
            if other == own {
                internal[own.index()].fetch_add(u64::from(weight), Relaxed);
            } else {
                external[own.index()].fetch_add(u64::from(weight), Relaxed);
                external[other.index()].fetch_add(u64::from(weight), Relaxed);
            }
        }
    });
    // The strength of all nodes; a crossing edge counts once for each of its two communities.
    let total: u64 = (0..count).map(|c| 2 * internal[c].load(Relaxed) + external[c].load(Relaxed)).sum();
    (0..count)
        .map(|c| {
            let (internal, external) = (internal[c].load(Relaxed), external[c].load(Relaxed));
            let volume = 2 * internal + external;
            let smaller = volume.min(total - volume);
            let conductance = if smaller > 0 { external as f64 / smaller as f64 } else { 0.0 };
            let size = size[c].load(Relaxed);
            CommunityShape { size, internal_weight: internal, external_weight: external, conductance }
        })
        .collect()
}

/// Returns what each community adds to the modularity of its partition: `in_C / 2m − resolution · (vol_C / 2m)²`, see
/// [`super::modularity`].
///
/// - **Input**: the shapes of all communities of one partition; `resolution` finite and above 0.
/// - **Output**: one number per community; together they add up to the modularity, except that each number is rounded
///   to a float. All numbers are 0 in a graph without edges.
/// - **Cost**: O(communities).
/// - **Same bits**: each part is one division of exact integers.
/// - **Source**: as [`super::modularity`].
/// - **Checked by**: `tests/it/community/shape.rs` — 128-bit integers from the list of edges, [`super::modularity`].
///
/// Panics when [`super::modularity`] does.
pub fn modularity_parts(shapes: &[CommunityShape], resolution: f64) -> Vec<f64> {
    let total = shapes.iter().map(CommunityShape::volume).sum();
    let objective = Objective::undirected(resolution, total);
    let part = |shape: &CommunityShape| {
        // An edge inside counts from both ends, and so does a self-loop.
        objective
            .unscaled(objective.scaled_quality(2 * shape.internal_weight, std::iter::once(shape.volume())))
    };
    shapes.iter().map(part).collect()
}
