//! Computes the quality of a partition (modularity, directed, constant Potts) in exact integers; counts disconnected
//! communities.

use rayon::prelude::*;

use super::{
    disjoint_sets::DisjointSets,
    null_model::{self, NullModelWeight},
    settings::Quality,
};
use crate::{
    graph::SymmetricCsr,
    ids::{CommunityId, NodeId, offset64},
};

/// The modularity of a partition (Newman 2004), with a resolution (Reichardt, Bornholdt 2006).
///
/// `Q = Σ_C [ in_C / 2m − resolution · (vol_C / 2m)² ]`, where `vol_C` is the strength of the community's nodes, `in_C`
/// the part of this strength on edges inside the community (such an edge counts from both ends, and so does a
/// self-loop), and `2m` the strength of all nodes. Everything is summed in integers and divided once, so the order of
/// summation does not matter. The resolution is rounded to 30 binary digits after the point, or to `63 − b` in a graph
/// of total strength 2^b, if that is fewer. So 1 is always exact.
///
/// - **Input**: `community[NodeId]`, any ids; `resolution` finite and above 0.
/// - **Output**: a number in `[−resolution, 1]`; 0 for a graph without edges.
/// - **Stop**: after one pass.
/// - **Cost**: time O(n + m), parallel; memory 8 bytes for every id up to the largest.
/// - **Same bits**: for any thread count and numbering of the communities.
/// - **Source**: Newman, Girvan 2004; Reichardt, Bornholdt 2006.
/// - **Checked by**: `tests/it/community/leiden.rs` — the definition as a double sum over nodes in floats, closed
///   forms.
///
/// Panics when the resolution is not above 0, or the strength of all nodes reaches 2^62, which cannot happen with a
/// graph that [`crate::graph::build`] made. A resolution above `2^(63 − b)` is replaced by `2^(63 − b)`.
///
/// ```
/// use plaudit::{community, graph::{self, Edge, Weighting}, ids::{CommunityId, NodeId}};
/// // Two pairs, each a community: all weight is inside, and the null model expects half of it there.
/// let edge = |u, v| Edge { source: NodeId(u), target: NodeId(v), weight: 1 };
/// let g = graph::symmetrize(&graph::build(4, vec![edge(0, 1), edge(2, 3)], Weighting::Unweighted));
/// assert_eq!(community::modularity(&g, &[0, 0, 1, 1].map(CommunityId), 1.0), 0.5);
/// ```
pub fn modularity(g: &SymmetricCsr, community: &[CommunityId], resolution: f64) -> f64 {
    quality(g, community, Quality::Modularity, resolution)
}

/// The quality of a partition, by any of the functions that Leiden can maximize.
///
/// - **Quality function**: [`Quality::Modularity`]: see [`modularity`]. [`Quality::DirectedModularity`]:
///   `Σ_C [ in_C / m − resolution · out_C · into_C / m² ]` with the weight inside, out-strength and in-strength of the
///   community, and the weight `m` of all edges, each edge counted once. [`Quality::Cpm`]:
///   `Σ_C [ in_C − resolution · w · n_C (n_C − 1) / 2 ] / m` with the mean weight `w` of all pairs of nodes that share
///   an edge, and the number `n_C` of members with edges.
/// - **Input**: `community[NodeId]`, any ids; `resolution` finite and above 0, rounded as [`modularity`] says; for the
///   constant Potts model `resolution · w` is rounded, to at most 30 binary digits after the point.
/// - **Output**: a number up to 1; 0 for a graph without edges.
/// - **Cost**: time O(n + m), parallel; memory 8 bytes for every id up to the largest, 16 for directed modularity.
/// - **Same bits**: for any thread count and numbering of the communities; summed in integers and divided once.
/// - **Source**: Leicht, Newman 2008; Traag, Van Dooren, Nesterov 2011.
/// - **Checked by**: `tests/it/community/leiden_options.rs` — the definitions as double sums over nodes.
///
/// Panics as [`modularity`] does.
pub fn quality(g: &SymmetricCsr, community: &[CommunityId], quality: Quality, resolution: f64) -> f64 {
    assert_eq!(community.len(), g.node_count(), "invariant: a community for every node");
    let objective = Objective::of(g, quality, resolution);
    let cut: u64 = (community.par_iter().enumerate())
        .map(|(u, &own)| {
            let u = NodeId::new(u);
            let row = g.neighbors(u).iter().zip(g.weights(u));
            row.filter(|(v, _)| community[v.index()] != own).map(|(_, w)| w).sum::<u64>()
        })
        .sum();
    let inside = g.total_strength() - cut;
    let scaled = match quality {
        Quality::Modularity => objective.scaled_quality(inside, volumes(community, g.strengths())),
        Quality::DirectedModularity => {
            objective.scaled_quality(inside, volumes(community, &null_model::out_in_strengths(g)))
        }
        Quality::Cpm => objective.scaled_quality(inside, volumes(community, &null_model::node_sizes(g))),
    };
    objective.unscaled(scaled)
}

/// For each community, the summed null-model weight of its members.
fn volumes<W: NullModelWeight>(community: &[CommunityId], node_weights: &[W]) -> impl Iterator<Item = W> {
    let count = community.iter().map(|c| c.index() + 1).max().unwrap_or(0);
    let mut volumes = vec![W::default(); count];
    for (c, &weight) in community.iter().zip(node_weights) {
        volumes[c.index()] = volumes[c.index()].plus(weight);
    }
    volumes.into_iter()
}

/// Counts the communities that are not connected by the edges inside them.
///
/// - **Input**: `community[NodeId]`, any ids.
/// - **Output**: 0 if every community is connected.
/// - **Cost**: time O(n log n + m), edges on one thread; memory 12 bytes per node.
/// - **Same bits**: for any thread count.
/// - **Checked by**: `tests/it/community/leiden.rs` — walks inside communities; 0 for every result of Leiden in these
///   tests.
///
/// Panics when the length of `community` is not the number of nodes.
pub fn disconnected_communities(g: &SymmetricCsr, community: &[CommunityId]) -> usize {
    assert_eq!(community.len(), g.node_count(), "invariant: a community for every node");
    let nodes = || (0..g.node_count()).map(NodeId::new);
    let mut pieces = DisjointSets::new(g.node_count());
    for u in nodes() {
        for &v in g.neighbors(u) {
            if v > u && community[u.index()] == community[v.index()] {
                pieces.join(u.0, v.0);
            }
        }
    }
    let mut roots: Vec<(CommunityId, u32)> =
        nodes().map(|u| (community[u.index()], pieces.smallest(u.0))).collect();
    roots.par_sort_unstable();
    roots.dedup();
    roots.chunk_by(|a, b| a.0 == b.0).filter(|pieces| pieces.len() > 1).count()
}

/// A quality function as integers: every sum and comparison is exact.
///
/// Every quality function is `weight_factor · weight inside − null_factor · Σ volume²`, up to a constant factor: the
/// edge weight inside communities minus the edge weight that the null model expects there. So the gain of a move is the
/// difference of two products of 64-bit numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Objective {
    /// Factor of edge weight inside communities.
    weight_factor: u64,
    /// Factor of the edge weight that the null model expects inside communities: the resolution.
    null_factor: u64,
    /// The scaled value of quality 1.
    one: i128,
    /// Added for the constant Potts model, which counts pairs of different nodes, whereas `volume²` also counts the
    /// pair of every node with itself.
    constant: i128,
}

/// Maximum number of binary digits of the resolution after the point; fewer are used if the total weight of the graph
/// is too large.
const RESOLUTION_DIGITS: u32 = 30;

impl Objective {
    pub(super) fn of(g: &SymmetricCsr, quality: Quality, resolution: f64) -> Self {
        let total = g.total_strength();
        match quality {
            Quality::Modularity => Self::undirected(resolution, total),
            // The rows count every edge from both ends, and so does the product of null-model weights.
            Quality::DirectedModularity => Self::modularity(resolution, total / 2, total),
            Quality::Cpm => Self::constant_potts(g, resolution),
        }
    }

    /// Modularity of a graph whose strengths sum to `total`.
    pub(super) fn undirected(resolution: f64, total: u64) -> Self {
        Self::modularity(resolution, total, total)
    }

    /// The resolution is the fraction `null_factor / 2^shift`; `volume` is the volume of all nodes. `volume · 2^shift`
    /// and `volume · null_factor` fit 63 bits.
    fn modularity(resolution: f64, volume: u64, total: u64) -> Self {
        assert_fits(resolution, total);
        let (null_factor, shift) = fraction(resolution, volume);
        let weight_factor = volume << shift;
        let one = i128::from(weight_factor) * i128::from(total);
        Self { weight_factor, null_factor, one, constant: 0 }
    }

    /// The resolution in weight units is the fraction `null_factor / 2^shift`.
    fn constant_potts(g: &SymmetricCsr, resolution: f64) -> Self {
        let total = g.total_strength();
        assert_fits(resolution, total);
        let edge_weight: u64 = g.all_weights().iter().sum();
        let pairs = (2 * g.pair_count()).max(1);
        let nodes = offset64(g.strengths().iter().filter(|&&strength| strength > 0).count());
        let (null_factor, shift) = fraction(resolution * (edge_weight as f64 / pairs as f64), nodes);
        let weight_factor = 1 << shift;
        let one = i128::from(weight_factor) * i128::from(total);
        Self { weight_factor, null_factor, one, constant: i128::from(null_factor) * i128::from(nodes) }
    }

    /// The score of a node in a community, from the edge weight between them and the community's volume without it.
    ///
    /// The difference between the scores of two communities is the gain of moving from one to the other. A node that is
    /// alone has a score of 0.
    #[inline]
    pub(super) fn score<W: NullModelWeight>(&self, edge_weight: u64, node_weight: W, volume: W) -> i128 {
        self.max_score(edge_weight) - node_weight.times(self.null_factor).expected_between(volume)
    }

    /// The score for this edge weight in a community of volume 0.
    #[inline]
    pub(super) fn max_score(&self, edge_weight: u64) -> i128 {
        i128::from(edge_weight) * i128::from(self.weight_factor)
    }

    /// The scaled quality of communities with these volumes; `inside` is the part of the total strength on edges inside
    /// communities.
    pub(super) fn scaled_quality<W: NullModelWeight>(
        &self,
        inside: u64,
        volumes: impl Iterator<Item = W>,
    ) -> i128 {
        let squares: i128 = volumes.map(|volume| volume.expected_between(volume)).sum();
        self.max_score(inside) - i128::from(self.null_factor) * squares + self.constant
    }

    /// Converts a scaled quality to a quality; 0 for a graph without edges.
    pub(super) fn unscaled(&self, scaled: i128) -> f64 {
        if self.one == 0 { 0.0 } else { scaled as f64 / self.one as f64 }
    }
}

fn assert_fits(resolution: f64, total: u64) {
    assert!(resolution.is_finite() && resolution > 0.0, "resolution is above 0 (found {resolution})");
    assert!(total < 1 << 62, "invariant: the strength of all nodes is below 2^62 (found {total})");
}

/// Returns `numerator` and `shift` such that `resolution` is about `numerator / 2^shift`, and both `volume · numerator`
/// and `volume · 2^shift` fit 63 bits. A resolution that is too high is replaced by the highest possible one, at which
/// every node is alone anyway.
fn fraction(resolution: f64, volume: u64) -> (u64, u32) {
    let room = 63 - (u64::BITS - volume.leading_zeros());
    let limit = 2.0_f64.powi(room.min(62).cast_signed());
    let scale = |shift: u32| resolution * f64::from(1_u32 << shift);
    let shift =
        (0..=room.min(RESOLUTION_DIGITS)).rev().find(|&shift| scale(shift).round() <= limit).unwrap_or(0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0..=2^62, see above")]
    let numerator = (scale(shift).round().min(limit) as u64).max(1);
    (numerator, shift)
}
