//! Any number of columns in batches of a number that the compiler knows.

use std::borrow::Cow;

use super::{RankError, Ranks, solve, system::System};

pub(super) use super::solve::Limits;

/// The largest batch: eight `f32` fill half a cache line.
const WIDEST: usize = 8;

/// How many columns stand side by side where a batch has `count`: the powers of two up to `WIDEST`. The others are
/// padding, and take as much memory.
///
/// ```
/// assert_eq!([1, 2, 3, 5, 8, 20].map(plaudit::rank::lanes), [1, 2, 4, 8, 8, 8]);
/// ```
pub fn lanes(count: usize) -> usize {
    count.min(WIDEST).next_power_of_two()
}

/// Solves the columns of `teleports`, each of which sums to 1; a `start` is one for all.
pub(super) fn solve(
    system: &System<'_>,
    teleports: &[Vec<f64>],
    start: Option<&[f64]>,
    limits: Limits,
) -> Result<Vec<Ranks>, RankError> {
    let mut ranks = Vec::with_capacity(teleports.len());
    for batch in teleports.chunks(WIDEST) {
        ranks.extend(match lanes(batch.len()) {
            1 => solve_batch::<1>(system, batch, start, limits)?,
            2 => solve_batch::<2>(system, batch, start, limits)?,
            4 => solve_batch::<4>(system, batch, start, limits)?,
            _ => solve_batch::<WIDEST>(system, batch, start, limits)?,
        });
    }
    Ok(ranks)
}

fn solve_batch<const L: usize>(
    system: &System<'_>,
    batch: &[Vec<f64>],
    start: Option<&[f64]>,
    limits: Limits,
) -> Result<Vec<Ranks>, RankError> {
    // Padding columns are 0 and stand still.
    let at = |v: usize, lane: usize| batch.get(lane).map_or(0.0, |column| column[v]);
    let row = |v| std::array::from_fn(|lane| at(v, lane));
    // One column is a table as it is.
    let teleport: Cow<'_, [[f64; L]]> = match batch {
        [column] => column.as_chunks().0.into(),
        _ => (0..system.share.len()).map(row).collect(),
    };
    let start: Option<Vec<[f64; L]>> = start.map(|start| start.iter().map(|x| [*x; L]).collect());
    let solved = solve::solve(system, &teleport, start.as_deref(), batch.len(), limits)?;
    if L == 1 {
        let (rounds, error_bound) = (solved.rounds[0], solved.error_bound[0]);
        return Ok(vec![Ranks { score: solved.score, rounds, error_bound }]);
    }
    let column = |lane: usize| Ranks {
        score: solved.score.iter().skip(lane).step_by(L).copied().collect(),
        rounds: solved.rounds[lane],
        error_bound: solved.error_bound[lane],
    };
    Ok((0..batch.len()).map(column).collect())
}
