//! How good is a partition? Modularity in exact integers, and a check that communities hang together.

use rayon::prelude::*;

use super::disjoint_sets::DisjointSets;
use crate::{
    graph::SymmetricCsr,
    ids::{CommunityId, NodeId},
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
/// - **Checked by**: `tests/it/leiden.rs` — the definition as a double sum over nodes in floats, closed forms.
///
/// Panics when the resolution is not above 0 or beyond `2^(63 − b)`, or the strength of all nodes reaches 2^62. Neither
/// happens with a graph that [`crate::graph::build`] made, whose strength is below 2^53, and a resolution up to 1000.
///
/// ```
/// use plaudit::{community, graph::{self, Edge, Weighting}, ids::{CommunityId, NodeId}};
/// // Two pairs, each a community: half of the null model's weight is gone, so Q = 1 - 1/2.
/// let edge = |u, v| Edge { source: NodeId(u), target: NodeId(v), weight: 1 };
/// let g = graph::symmetrise(&graph::build(4, vec![edge(0, 1), edge(2, 3)], Weighting::Unweighted));
/// assert_eq!(community::modularity(&g, &[0, 0, 1, 1].map(CommunityId), 1.0), 0.5);
/// ```
pub fn modularity(g: &SymmetricCsr, community: &[CommunityId], resolution: f64) -> f64 {
    assert_eq!(community.len(), g.node_count(), "invariant: a community for every node");
    let community_count = community.iter().map(|c| c.index() + 1).max().unwrap_or(0);
    let mut volumes = vec![0_u64; community_count];
    for (&c, &strength) in community.iter().zip(g.strengths()) {
        volumes[c.index()] += strength;
    }
    let cut: u64 = (community.par_iter().enumerate())
        .map(|(u, &own)| {
            let u = NodeId::new(u);
            let row = g.neighbours(u).iter().zip(g.weights(u));
            row.filter(|(v, _)| community[v.index()] != own).map(|(_, w)| w).sum::<u64>()
        })
        .sum();
    Objective::new(resolution, g.total_strength()).modularity(g.total_strength() - cut, volumes.into_iter())
}

/// How many communities fall apart into several pieces when only their own edges are kept. O(n + m), one thread.
pub fn disconnected_communities(g: &SymmetricCsr, community: &[CommunityId]) -> usize {
    assert_eq!(community.len(), g.node_count(), "invariant: a community for every node");
    let nodes = || (0..g.node_count()).map(NodeId::new);
    let mut pieces = DisjointSets::new(g.node_count());
    for u in nodes() {
        for &v in g.neighbours(u) {
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

/// Modularity with resolution, as integers: every sum and comparison is exact.
///
/// The resolution is the fraction `factor / 2^shift`. Multiplied by `(2m)² · 2^shift`, the modularity is an integer,
/// and so is the gain of every move. `2m · 2^shift` and `2m · factor` fit 63 bits, so that a gain is the difference of
/// two products of 64-bit numbers: two instructions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Objective {
    /// Strength of all nodes, `2m`.
    total: u64,
    /// `2m · 2^shift`.
    scaled_total: u64,
    factor: u64,
}

/// Binary digits of the resolution where the graph's weight leaves room for them.
const RESOLUTION_DIGITS: u32 = 30;

impl Objective {
    pub(super) fn new(resolution: f64, total: u64) -> Self {
        assert!(resolution.is_finite() && resolution > 0.0, "resolution is above 0 (found {resolution})");
        assert!(total < 1 << 62, "invariant: the strength of all nodes is below 2^62 (found {total})");
        let strength_bits = u64::BITS - total.leading_zeros();
        let room = (63 - strength_bits).min(RESOLUTION_DIGITS);
        let limit = f64::from(1_u32 << room);
        let scale = |shift: u32| resolution * f64::from(1_u32 << shift);
        let shift = (0..=room)
            .rev()
            .find(|&shift| scale(shift).round() <= limit)
            .expect("resolution is within what the weight of the graph leaves room for");
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "within 0..=2^30, see above"
        )]
        let factor = (scale(shift).round() as u64).max(1);
        Self { total, scaled_total: total << shift, factor }
    }

    /// What `weight` of edges is worth to a node of `strength` towards a community of volume `volume` without it.
    ///
    /// The difference between two communities is the gain of moving from one to the other; alone, it is 0.
    #[inline]
    pub(super) fn score(&self, weight: u64, strength: u64, volume: u64) -> i128 {
        let product = |a: u64, b: u64| i128::from(a) * i128::from(b);
        product(weight, self.scaled_total) - product(self.factor * strength, volume)
    }

    /// `(2m)² · 2^shift` times the modularity of communities of these volumes that keep `inside` of their strength.
    pub(super) fn scaled_modularity(&self, inside: u64, volumes: impl Iterator<Item = u64>) -> i128 {
        let squares: i128 = volumes.map(|volume| i128::from(volume) * i128::from(volume)).sum();
        i128::from(inside) * i128::from(self.scaled_total) - i128::from(self.factor) * squares
    }

    /// The modularity as a number: one division of exact integers.
    pub(super) fn modularity(&self, inside: u64, volumes: impl Iterator<Item = u64>) -> f64 {
        self.unscaled(self.scaled_modularity(inside, volumes))
    }

    /// The modularity that [`Objective::scaled_modularity`] stands for; 0 for a graph without edges.
    pub(super) fn unscaled(&self, scaled: i128) -> f64 {
        let whole = i128::from(self.scaled_total) * i128::from(self.total);
        if whole == 0 { 0.0 } else { scaled as f64 / whole as f64 }
    }
}
