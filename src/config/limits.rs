//! The ranges of the numbers that a configuration or a command line may set.

use std::ops::RangeInclusive;

#[derive(Clone, Copy, Debug)]
pub(crate) struct NumberRange {
    /// The range in words, as in messages and documents.
    pub(crate) words: &'static str,
    pub(crate) holds: fn(f64) -> bool,
}

/// Parses a number in `range` for the command line; the error says what is expected.
pub(crate) fn number(
    range: &'static NumberRange,
) -> impl Fn(&str) -> Result<f64, String> + Clone + Send + Sync {
    let expected = || format!("{} is expected", range.words);
    move |text| text.parse().ok().filter(|&number| (range.holds)(number)).ok_or_else(expected)
}

/// Parses a whole number in `range` for the command line; the error says what is expected.
pub(crate) fn whole<T: TryFrom<i64>>(
    range: RangeInclusive<i64>,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync {
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        let number = number.and_then(|number| T::try_from(number).ok());
        number.ok_or_else(|| format!("{} is expected", whole_words(&range)))
    }
}

/// Describes the whole numbers in `range` for messages.
pub(crate) fn whole_words(range: &RangeInclusive<i64>) -> String {
    match *range.end() {
        i64::MAX => format!("a whole number from {} to 2^63 - 1", range.start()),
        end => format!("a whole number from {} to {end}", range.start()),
    }
}

pub(crate) fn register_words() -> String {
    format!("a power of two from {} to {}", REGISTERS.start(), REGISTERS.end())
}

/// Any number; the caller checks its range.
pub(crate) const ANY: NumberRange = NumberRange { words: "a number", holds: |_| true };
pub(crate) const DAMPING: NumberRange =
    NumberRange { words: "a number from 0 to below 1", holds: |number| (0.0..1.0).contains(&number) };
/// The tolerance of PageRank and HITS.
pub(crate) const TOLERANCE: NumberRange = NumberRange {
    words: "a number above 0, at most 1 (no two distributions are further apart than 2)",
    holds: |number| number > 0.0 && number <= 1.0,
};
/// A share from 0 to 1, such as the limits on bad rows, spam mass and the share of suspects.
pub(crate) const SHARE: NumberRange =
    NumberRange { words: "a number from 0 to 1", holds: |number| (0.0..=1.0).contains(&number) };
pub(crate) const RESOLUTION: NumberRange =
    NumberRange { words: "a number from 0.001 to 1000", holds: |number| (0.001..=1000.0).contains(&number) };
/// The margin in modularity, which lies between -1 and 1 at resolution 1.
pub(crate) const ADOPT_MARGIN: NumberRange =
    NumberRange { words: "a number from 0 to 2", holds: |number| (0.0..=2.0).contains(&number) };
pub(crate) const EPSILON: NumberRange =
    NumberRange { words: "a number above 0 and below 0.6", holds: |number| number > 0.0 && number < 0.6 };
/// The budget of a cohort.
pub(crate) const BUDGET: NumberRange =
    NumberRange { words: "a number above 0, at most 1e12", holds: |number| number > 0.0 && number <= 1e12 };
/// A fixed probability that influence passes along an edge.
pub(crate) const PROBABILITY: NumberRange =
    NumberRange { words: "a number above 0, at most 1", holds: |number| number > 0.0 && number <= 1.0 };
/// The weight of a kind of event; it is kept in thousandths.
pub(crate) const WEIGHT: NumberRange =
    NumberRange { words: "a number from 0.001 to 1000", holds: |number| (0.001..=1000.0).contains(&number) };
pub(crate) const SCORE_WEIGHT: NumberRange =
    NumberRange { words: "a number from 0 to 1000", holds: |number| (0.0..=1000.0).contains(&number) };

/// The seeds that both TOML and `u64` can hold.
pub(crate) const SEED: RangeInclusive<i64> = 0..=i64::MAX;
/// The number of rows in a listing.
pub(crate) const COUNT: RangeInclusive<i64> = 0..=i64::MAX;
/// The id of a community, or a count of 32 bits.
pub(crate) const WORD: RangeInclusive<i64> = 0..=u32::MAX as i64;
pub(crate) const CONTACTS: RangeInclusive<i64> = 1..=1_000_000_000;
pub(crate) const THREADS: RangeInclusive<i64> = 1..=1024;
/// Rounds of PageRank or label propagation.
pub(crate) const ROUNDS: RangeInclusive<i64> = 1..=1_000_000;
/// The smallest and the largest size of a community.
pub(crate) const MEMBERS: RangeInclusive<i64> = 1..=1_000_000_000;
pub(crate) const ITERATIONS: RangeInclusive<i64> = 1..=100;
pub(crate) const HOPS: RangeInclusive<i64> = 1..=64;
/// HyperLogLog registers per node; the number must also be a power of two.
pub(crate) const REGISTERS: RangeInclusive<i64> = 16..=65_536;
/// The maximum number of edges that an exact search visits.
pub(crate) const EXACT_EDGES: RangeInclusive<i64> = 0..=i64::MAX;
/// How many of the largest estimates are replaced by exact counts.
pub(crate) const EXACT_TOP: RangeInclusive<i64> = 0..=1_000_000;
/// Events of one pair and kind that count in a day.
pub(crate) const DAILY_CAP: RangeInclusive<i64> = 1..=1_000_000_000;
/// The number of a column, from 0.
pub(crate) const COLUMN: RangeInclusive<i64> = 0..=9_999;
/// Lines before or behind the rows of a file.
pub(crate) const SKIPPED: RangeInclusive<i64> = 0..=1_000;
/// The maximum number of kinds of event, including the built-in kinds; the id of a kind is one byte.
pub(crate) const KIND_COUNT: usize = 250;
