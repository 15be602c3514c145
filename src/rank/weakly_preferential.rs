//! PageRank with uniform dangling nodes (weakly preferential), combined from two solutions in which dangling nodes
//! teleport.
//!
//! With `S = (1 - a A)⁻¹` and `u` the uniform vector, the answer is `x = (1 - a) S t + a D S u`, where `D` is the mass
//! of `x` on dangling nodes; and `S t = p / J`, where `p` is the answer under [`Dangling::Teleport`](super::Dangling)
//! and `J = 1 - a + a · (dangling mass of p)`. As both `x` and `p` sum to 1, `x = β p + (1 - β) p_u` with
//! `β = (1 - a) / J`, where `p_u` is the answer for `u`.
//!
//! **The certificate.** Let the errors of `p` and `p_u` be at most `e` and `e_u`. The dangling masses of two
//! probability vectors differ by at most half their distance, so the error of `β`, which is at most 1, is at most `β a
//! e / (2 (1 - a))`, and it moves mass between two vectors of distance at most 2. Altogether the error of `x` is at
//! most `β e / (1 - a) + (1 - β) e_u`.

use super::{
    RankError, Ranks,
    columns::solve_strongly_preferential,
    error_bounds::{MAX_DISTANCE, error_bound, rounding},
    gather::lane_sums,
    refinement::SolveLimits,
    system::System,
};

/// The bound that would be certified if both combined solutions were exact.
pub(super) fn least_bound(n: usize, damping: f64) -> f64 {
    own_rounding(n) + error_bound(n, damping, 0.0) / (1.0 - damping)
}

/// A bound on the rounding errors of `β`, of the two products and of their sum.
fn own_rounding(n: usize) -> f64 {
    2.0 * rounding(n)
}

/// Solves the columns of `teleports` (each sums to 1), where dangling nodes hand their rank to all nodes equally.
pub(super) fn solve_weakly_preferential(
    system: &System<'_>,
    mut teleports: Vec<Vec<f64>>,
    start: Option<&[f64]>,
    limits: SolveLimits,
) -> Result<Vec<Ranks>, RankError> {
    let (n, damping) = (system.share.len(), system.damping);
    let wanted = limits.tolerance;
    let tolerance = (limits.tolerance - own_rounding(n)) * (1.0 - damping);
    let limits = SolveLimits { tolerance, ..limits };
    teleports.push(vec![1.0 / n as f64; n]);
    let widen = |error| match error {
        RankError::NotConverged { rounds, bound, .. } => {
            let bound = (bound / (1.0 - damping)).min(MAX_DISTANCE);
            RankError::NotConverged { rounds, bound, tolerance: wanted }
        }
        other => other,
    };
    let mut parts = solve_strongly_preferential(system, &teleports, start, limits).map_err(widen)?;
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
