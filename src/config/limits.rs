//! The ranges of the numbers that a configuration or a command line may set.

use std::ops::RangeInclusive;

/// The numbers that a setting may have.
#[derive(Clone, Copy, Debug)]
pub struct NumberRange {
    /// The range in words, as messages and documents give it.
    pub words: &'static str,
    /// Whether a number lies in it.
    pub holds: fn(f64) -> bool,
}

impl NumberRange {
    /// Reads a number of this range, for the command line.
    ///
    /// # Errors
    /// What is expected instead, in words.
    pub fn parse(&self, text: &str) -> Result<f64, String> {
        text.parse::<f64>()
            .ok()
            .filter(|&number| (self.holds)(number))
            .ok_or_else(|| format!("{} is expected", self.words))
    }
}

/// Reads a whole number of `range`, for the command line.
///
/// # Errors
/// What is expected instead, in words.
pub fn whole<T: TryFrom<i64>>(
    range: RangeInclusive<i64>,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync {
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        number
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| format!("{} is expected", whole_words(&range)))
    }
}

/// The whole numbers of `range` in words, as messages give them.
pub fn whole_words(range: &RangeInclusive<i64>) -> String {
    match *range.end() {
        i64::MAX => format!("a whole number from {} to 2^63 - 1", range.start()),
        end => format!("a whole number from {} to {end}", range.start()),
    }
}

/// The number of registers in words: a power of two of [`REGISTERS`].
pub fn register_words() -> String {
    format!("a power of two from {} to {}", REGISTERS.start(), REGISTERS.end())
}

/// The range of a number that is checked elsewhere.
pub const ANY: NumberRange = NumberRange { words: "a number", holds: |_| true };
/// The range of [`crate::rank::PageRankConfig::damping`].
pub const DAMPING: NumberRange =
    NumberRange { words: "a number from 0 to below 1", holds: |number| (0.0..1.0).contains(&number) };
/// The range of the tolerance of PageRank and HITS.
pub const TOLERANCE: NumberRange = NumberRange {
    words: "a number above 0, at most 1 (no two distributions are further apart than 2)",
    holds: |number| number > 0.0 && number <= 1.0,
};
/// The range of the share of bad rows that a run accepts, of spam mass and of what suspects may give.
pub const SHARE: NumberRange =
    NumberRange { words: "a number from 0 to 1", holds: |number| (0.0..=1.0).contains(&number) };
/// The range of [`crate::community::LeidenConfig::resolution`].
pub const RESOLUTION: NumberRange =
    NumberRange { words: "a number from 0.001 to 1000", holds: |number| (0.001..=1000.0).contains(&number) };
/// The range of the margin in modularity, which lies between -1 and 1 at resolution 1.
pub const ADOPT_MARGIN: NumberRange =
    NumberRange { words: "a number from 0 to 2", holds: |number| (0.0..=2.0).contains(&number) };
/// The range of [`crate::influence::SeedConfig::epsilon`].
pub const EPSILON: NumberRange =
    NumberRange { words: "a number above 0 and below 0.6", holds: |number| number > 0.0 && number < 0.6 };
/// The range of what a cohort may cost.
pub const BUDGET: NumberRange =
    NumberRange { words: "a number above 0, at most 1e12", holds: |number| number > 0.0 && number <= 1e12 };
/// The range of a fixed probability that influence travels over an edge.
pub const PROBABILITY: NumberRange =
    NumberRange { words: "a number above 0, at most 1", holds: |number| number > 0.0 && number <= 1.0 };
/// The range of the weight of a kind of event; it is kept in thousandths.
pub const WEIGHT: NumberRange =
    NumberRange { words: "a number from 0.001 to 1000", holds: |number| (0.001..=1000.0).contains(&number) };
/// The range of the weight of a column of the score.
pub const SCORE_WEIGHT: NumberRange =
    NumberRange { words: "a number from 0 to 1000", holds: |number| (0.0..=1000.0).contains(&number) };

/// The range of the seed: what both TOML and `u64` can hold.
pub const SEED: RangeInclusive<i64> = 0..=i64::MAX;
/// The range of how many rows are listed.
pub const COUNT: RangeInclusive<i64> = 0..=i64::MAX;
/// The range of the id of a community, or of a count in 32 bits.
pub const WORD: RangeInclusive<i64> = 0..=u32::MAX as i64;
/// The range of the number of contacts with a customer, a household or a community.
pub const CONTACTS: RangeInclusive<i64> = 1..=1_000_000_000;
/// The range of the number of threads.
pub const THREADS: RangeInclusive<i64> = 1..=1024;
/// The range of the number of rounds of PageRank or label propagation.
pub const ROUNDS: RangeInclusive<i64> = 1..=1_000_000;
/// The range of the smallest and the largest size of a community.
pub const MEMBERS: RangeInclusive<i64> = 1..=1_000_000_000;
/// The range of the number of iterations of Leiden.
pub const ITERATIONS: RangeInclusive<i64> = 1..=100;
/// The range of the number of hops of audience.
pub const HOPS: RangeInclusive<i64> = 1..=64;
/// The range of the number of registers; it must be a power of two as well.
pub const REGISTERS: RangeInclusive<i64> = 16..=65_536;
/// The range of the number of edges that an exact search may walk.
pub const EXACT_EDGES: RangeInclusive<i64> = 0..=i64::MAX;
/// The range of the number of nodes that are counted because their estimates are the largest.
pub const EXACT_TOP: RangeInclusive<i64> = 0..=1_000_000;
/// The range of the number of events of one pair that count in a day.
pub const DAILY_CAP: RangeInclusive<i64> = 1..=1_000_000_000;
/// The range of the number of a column.
pub const COLUMN: RangeInclusive<i64> = 0..=9_999;
/// The most kinds of event, built-in ones included: a kind is one byte.
pub const KIND_COUNT: usize = 250;
