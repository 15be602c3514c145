//! Compares the tiers of a run with those of the previous run.

use std::collections::BTreeMap;

use super::Warning;
use crate::{
    ids::offset64,
    text::{counted, grouped},
};

/// How many kinds of move are named.
const NAMED_MOVES: usize = 3;

/// A warning if more than the `allowed` share of the customers of both runs change tier. Both lists are sorted by id,
/// each id once, with its tier.
pub(crate) fn check_tiers<'a>(
    previous: &'a [(String, String)],
    now: &[(&'a str, &'a str)],
    allowed: f64,
) -> Option<Warning> {
    let mut moves: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let (mut both, mut changed) = (0_u64, 0_u64);
    for (id, tier) in now {
        let Ok(found) = previous.binary_search_by(|(other, _)| other.as_str().cmp(id)) else { continue };
        both += 1;
        let before = previous[found].1.as_str();
        if before != *tier {
            changed += 1;
            *moves.entry((before, tier)).or_default() += 1;
        }
    }
    let share = if both == 0 { 0.0 } else { changed as f64 / both as f64 };
    Warning::above("tier_change", share, allowed, || {
        let mut moves: Vec<_> = moves.into_iter().collect();
        moves.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        let more = offset64(moves.len().saturating_sub(NAMED_MOVES));
        let named = moves.iter().take(NAMED_MOVES);
        let named: Vec<String> =
            named.map(|((from, to), count)| format!("{} from {from} to {to}", grouped(*count))).collect();
        let more = if more > 0 {
            format!(", and {}", counted(more, "other move", "other moves"))
        } else {
            String::new()
        };
        let (changed, both, percent) = (grouped(changed), grouped(both), share * 100.0);
        format!("{changed} of {both} customers ({percent:.1} %) change tier: {}{more}", named.join(", "))
    })
}
