//! Solves any number of columns, in batches of a width known at compile time.

use std::borrow::Cow;

use super::{
    RankError, Ranks,
    refinement::{SolveLimits, solve_by_refinement},
    system::System,
};

/// Maximum width of a batch: eight `f32` fill half a cache line.
const WIDEST: usize = 8;

/// The width of a batch of `count` columns: a power of two up to [`WIDEST`]. Columns beyond `count` are padding, which
/// takes as much memory as the other columns.
pub(crate) fn batch_width(count: usize) -> usize {
    count.min(WIDEST).next_power_of_two()
}

/// Solves for each vector of `teleports` (each sums to 1), where dangling nodes teleport. All columns start from
/// `start`, if it is given.
pub(super) fn solve_strongly_preferential(
    system: &System<'_>,
    teleports: &[Vec<f64>],
    start: Option<&[f64]>,
    limits: SolveLimits,
) -> Result<Vec<Ranks>, RankError> {
    let mut ranks = Vec::with_capacity(teleports.len());
    for batch in teleports.chunks(WIDEST) {
        ranks.extend(match batch_width(batch.len()) {
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
    limits: SolveLimits,
) -> Result<Vec<Ranks>, RankError> {
    // Padding columns are 0 and stay 0.
    let at = |v: usize, lane: usize| batch.get(lane).map_or(0.0, |column| column[v]);
    let row = |v| std::array::from_fn(|lane| at(v, lane));
    // A single column needs no interleaving.
    let teleport: Cow<'_, [[f64; L]]> = match batch {
        [column] => column.as_chunks().0.into(),
        _ => (0..system.share.len()).map(row).collect(),
    };
    let start: Option<Vec<[f64; L]>> = start.map(|start| start.iter().map(|x| [*x; L]).collect());
    let solved = solve_by_refinement(system, &teleport, start.as_deref(), batch.len(), limits)?;
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

#[cfg(test)]
mod tests {
    use super::batch_width;

    #[test]
    fn batches_are_padded_to_powers_of_two() {
        assert_eq!([1, 2, 3, 5, 8, 20].map(batch_width), [1, 2, 4, 8, 8, 8]);
    }
}
