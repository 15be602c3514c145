//! PageRank in which dangling nodes hand their rank to all nodes alike, put together from two in which they do not.
//!
//! With `S = (1 - a A)⁻¹` and `u` the uniform vector, the answer is `x = (1 - a) S t + a D S u`, where `D` is its mass
//! on dangling nodes; and `S t = p / J`, where `p` is the answer under [`Dangling::Teleport`](super::Dangling) and `J =
//! 1 - a + a · (dangling mass of p)`. As both `x` and `p` sum to 1, `x = β p + (1 - β) p_u` with `β = (1 - a) / J`,
//! where `p_u` is the answer for `u`.
//!
//! **The certificate.** Let `p` and `p_u` be wrong by at most `e` and `e_u`. The dangling mass of two probability
//! vectors differs by at most half their distance, so `β`, which is at most 1, is wrong by at most `β a e / (2 (1 -
//! a))`, and moves mass between two vectors no more than 2 apart. Altogether `x` is wrong by at most `β e / (1 - a) +
//! (1 - β) e_u`.

use super::{
    RankError, Ranks,
    columns::{self, Limits},
    gather::lane_sums,
    system::{MAX_DISTANCE, System, error_bound, rounding},
};

/// The bound that would be certified for perfect parts.
pub(super) fn least_bound(n: usize, damping: f64) -> f64 {
    own_rounding(n) + error_bound(n, damping, 0.0) / (1.0 - damping)
}

/// Of `β`, of the two products and of their sum.
fn own_rounding(n: usize) -> f64 {
    2.0 * rounding(n)
}

/// Solves the columns of `teleports`, each of which sums to 1.
pub(super) fn solve(
    system: &System<'_>,
    mut teleports: Vec<Vec<f64>>,
    start: Option<&[f64]>,
    limits: Limits,
) -> Result<Vec<Ranks>, RankError> {
    let (n, damping) = (system.share.len(), system.damping);
    let asked = limits.tolerance;
    let tolerance = (limits.tolerance - own_rounding(n)) * (1.0 - damping);
    let limits = Limits { tolerance, ..limits };
    teleports.push(vec![1.0 / n as f64; n]);
    let wider = |error| match error {
        RankError::NotConverged { rounds, bound, .. } => {
            let bound = (bound / (1.0 - damping)).min(MAX_DISTANCE);
            RankError::NotConverged { rounds, bound, tolerance: asked }
        }
        other => other,
    };
    let mut parts = columns::solve(system, &teleports, start, limits).map_err(wider)?;
    let uniform = parts.pop().expect("invariant: the uniform column is the last");
    let combine = |part: Ranks| {
        let dangling = |v: usize| if system.share[v] == 0.0 { part.score[v] } else { 0.0 };
        let [dangling] = lane_sums(n, |v| [dangling(v)]);
        let own = ((1.0 - damping) / (1.0 - damping + damping * dangling)).min(1.0);
        let mix = |(p, u): (&f64, &f64)| own * p + (1.0 - own) * u;
        let bound = own * part.error_bound / (1.0 - damping) + (1.0 - own) * uniform.error_bound;
        Ranks {
            score: part.score.iter().zip(&uniform.score).map(mix).collect(),
            rounds: part.rounds + uniform.rounds,
            error_bound: (bound + own_rounding(n)).min(MAX_DISTANCE),
        }
    };
    Ok(parts.into_iter().map(combine).collect())
}
