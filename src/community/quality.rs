//! How good is a partition? Modularity in exact integers, and a check that communities hang together.

use rayon::prelude::*;

use super::{
    Quality,
    disjoint_sets::DisjointSets,
    leiden::{self, Mass},
};
use crate::{
    graph::SymmetricCsr,
    ids::{CommunityId, NodeId, offset64},
};

/// The modularity of a partition (Newman 2004), with a resolution (Reichardt, Bornholdt 2006).
///
/// `Q = Σ_C [ in_C / 2m − resolution · (vol_C / 2m)² ]`, where `vol_C` is the strength of the community's nodes,
/// `in_C` the part of it that stays inside (a pair inside counts from both ends, so does a self-loop), and `2m` the
/// strength of all nodes. Everything is summed in integers and divided once, so the result does not depend on
/// order. The resolution is taken to 30 binary digits; in a graph of strength 2^b, to `63 − b` if
/// that is fewer. So 1 is always exact.
///
/// - **Input**: `community[NodeId]`, any ids; `resolution` finite and above 0.
/// - **Output**: a number in `[−resolution, 1]`; 0 for a graph without edges.
/// - **Stop**: after one pass.
/// - **Cost**: time O(n + m), parallel; memory 8 bytes for every id up to the largest.
/// - **Same bits**: for any thread count and numbering of the communities.
/// - **Source**: Newman, Girvan 2004; Reichardt, Bornholdt 2006.
/// - **Checked by**: `tests/it/community/leiden.rs` — the definition as a double sum over nodes in floats, closed forms.
///
/// Panics when the resolution is not above 0, or the strength of all nodes reaches 2^62, which does not happen with a
/// graph that [`crate::graph::build`] made. A resolution beyond `2^(63 − b)` counts as that.
///
/// ```
/// use plaudit::{community, graph::{self, Edge, Weighting}, ids::{CommunityId, NodeId}};
/// // Two pairs, each a community: half of the null model's weight is gone, so Q = 1 - 1/2.
/// let edge = |u, v| Edge { source: NodeId(u), target: NodeId(v), weight: 1 };
/// let g = graph::symmetrize(&graph::build(4, vec![edge(0, 1), edge(2, 3)], Weighting::Unweighted));
/// assert_eq!(community::modularity(&g, &[0, 0, 1, 1].map(CommunityId), 1.0), 0.5);
/// ```
pub fn modularity(g: &SymmetricCsr, community: &[CommunityId], resolution: f64) -> f64 {
    quality(g, community, Quality::Modularity, resolution)
}

/// How good a partition is, by any of the functions that can be maximised.
///
/// - **Quality function**: [`Quality::Modularity`]: see [`modularity`]. [`Quality::DirectedModularity`]:
///   `Σ_C [ in_C / m − resolution · out_C · into_C / m² ]` with the weight inside, out-strength and in-strength of the
///   community and the weight of all edges, each counted once. [`Quality::Cpm`]:
///   `Σ_C [ in_C − resolution · w · n_C (n_C − 1) / 2 ] / m` with the mean weight `w` of a pair that is tied, and the
///   number of members `n_C` with edges.
/// - **Input**: `community[NodeId]`, any ids; `resolution` finite and above 0, see [`modularity`]; that of the
///   constant Potts model times `w` is taken to a whole multiple of a power of two, of 30 binary digits at most.
/// - **Output**: a number up to 1; 0 for a graph without edges.
/// - **Cost**: time O(n + m), parallel; memory 8 bytes for every id up to the largest, directed 16.
/// - **Same bits**: for any thread count and numbering of the communities; summed in integers and divided once.
/// - **Source**: Leicht, Newman 2008; Traag, Van Dooren, Nesterov 2011.
/// - **Checked by**: `tests/it/community/leiden_forms.rs` — the definitions as double sums over nodes.
///
/// Panics as [`modularity`] does, but at no resolution.
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
            objective.scaled_quality(inside, volumes(community, &leiden::out_in(g)))
        }
        Quality::Cpm => objective.scaled_quality(inside, volumes(community, &leiden::sizes(g))),
    };
    objective.unscaled(scaled)
}

/// The mass of every community.
fn volumes<M: Mass>(community: &[CommunityId], masses: &[M]) -> impl Iterator<Item = M> {
    let count = community.iter().map(|c| c.index() + 1).max().unwrap_or(0);
    let mut volumes = vec![M::default(); count];
    community.iter().zip(masses).for_each(|(c, &mass)| volumes[c.index()] = volumes[c.index()].plus(mass));
    volumes.into_iter()
}

/// How many communities fall apart into several pieces when only their own edges are kept.
///
/// - **Input**: `community[NodeId]`, any ids.
/// - **Output**: 0 where every community hangs together.
/// - **Cost**: time O(n log n + m), edges on one thread; memory 12 bytes a node.
/// - **Same bits**: for any thread count.
/// - **Checked by**: `tests/it/community/leiden.rs` — by hand, and zero on every graph there.
///
/// Panics where `community` has not one entry a node.
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
/// All of them are `weight inside · value − price · Σ mass²`, up to a constant factor: what weight is worth, and what
/// the null model asks for company. So the gain of a move is the difference of two products of 64-bit numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Objective {
    /// What a unit of weight is worth.
    value: u64,
    /// What a unit of mass pays for each unit of mass that it is with.
    price: u64,
    /// What the scaled quality of 1 is.
    whole: i128,
    /// What nodes by themselves pay, which is no fault of theirs: the constant Potts model counts pairs.
    constant: i128,
}

/// Binary digits of the resolution where the graph's weight leaves room for them.
const RESOLUTION_DIGITS: u32 = 30;

impl Objective {
    pub(super) fn of(g: &SymmetricCsr, quality: Quality, resolution: f64) -> Self {
        let total = g.total_strength();
        match quality {
            Quality::Modularity => Self::undirected(resolution, total),
            // The rows count every edge from both ends, and so does the product of masses.
            Quality::DirectedModularity => Self::modularity(resolution, total / 2, total),
            Quality::Cpm => Self::constant_potts(g, resolution),
        }
    }

    /// Modularity of a graph whose strengths are `total` together.
    pub(super) fn undirected(resolution: f64, total: u64) -> Self {
        Self::modularity(resolution, total, total)
    }

    /// The resolution is the fraction `price / 2^shift`; `mass` is that of all nodes. `mass · 2^shift` and
    /// `mass · price` fit 63 bits.
    fn modularity(resolution: f64, mass: u64, total: u64) -> Self {
        assert_fits(resolution, total);
        let (price, shift) = fraction(resolution, mass);
        let value = mass << shift;
        Self { value, price, whole: i128::from(value) * i128::from(total), constant: 0 }
    }

    /// The resolution in weight units is the fraction `price / 2^shift`.
    fn constant_potts(g: &SymmetricCsr, resolution: f64) -> Self {
        let total = g.total_strength();
        assert_fits(resolution, total);
        let tied: u64 = g.all_weights().iter().sum();
        let pairs = (2 * g.pair_count()).max(1);
        let nodes = offset64(g.strengths().iter().filter(|&&strength| strength > 0).count());
        let (price, shift) = fraction(resolution * (tied as f64 / pairs as f64), nodes);
        let value = 1 << shift;
        let constant = i128::from(price) * i128::from(nodes);
        Self { value, price, whole: i128::from(value) * i128::from(total), constant }
    }

    /// What `weight` of edges is worth to a node of `mass` towards a community of mass `volume` without it.
    ///
    /// The difference between two communities is the gain of moving from one to the other; alone, it is 0.
    #[inline]
    pub(super) fn score<M: Mass>(&self, weight: u64, mass: M, volume: M) -> i128 {
        self.most(weight) - mass.times(self.price).between(volume)
    }

    /// What `weight` of edges is worth at most, whatever the community.
    #[inline]
    pub(super) fn most(&self, weight: u64) -> i128 {
        i128::from(weight) * i128::from(self.value)
    }

    /// The quality of communities of these volumes that keep `inside` of their strength, in whole units.
    pub(super) fn scaled_quality<M: Mass>(&self, inside: u64, volumes: impl Iterator<Item = M>) -> i128 {
        let squares: i128 = volumes.map(|volume| volume.between(volume)).sum();
        self.most(inside) - i128::from(self.price) * squares + self.constant
    }

    /// The quality that [`Objective::scaled_quality`] stands for; 0 for a graph without edges.
    pub(super) fn unscaled(&self, scaled: i128) -> f64 {
        if self.whole == 0 { 0.0 } else { scaled as f64 / self.whole as f64 }
    }
}

fn assert_fits(resolution: f64, total: u64) {
    assert!(resolution.is_finite() && resolution > 0.0, "resolution is above 0 (found {resolution})");
    assert!(total < 1 << 62, "invariant: the strength of all nodes is below 2^62 (found {total})");
}

/// `resolution` as a fraction `price / 2^shift` such that `mass · price` and `mass · 2^shift` fit 63 bits; the highest
/// that does where it is too high, which leaves everybody alone in any case.
fn fraction(resolution: f64, mass: u64) -> (u64, u32) {
    let room = 63 - (u64::BITS - mass.leading_zeros());
    let limit = 2.0_f64.powi(room.min(62).cast_signed());
    let scale = |shift: u32| resolution * f64::from(1_u32 << shift);
    let shift =
        (0..=room.min(RESOLUTION_DIGITS)).rev().find(|&shift| scale(shift).round() <= limit).unwrap_or(0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0..=2^62, see above")]
    let price = (scale(shift).round().min(limit) as u64).max(1);
    (price, shift)
}
