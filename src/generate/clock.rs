//! Draws times within half a year, with much activity in evenings and little at night and on weekends.

use super::random::CounterRng;

pub(super) const DAY: u32 = 86_400;
/// The first second of the data: 2026-01-01T00:00:00Z.
pub(super) const START: u32 = 1_767_225_600;
/// The data ends before this second: 2026-07-01T00:00:00Z.
pub(super) const END: u32 = START + DAYS * DAY;
const DAYS: u32 = 181;

const HOURS: [u32; 24] =
    [3, 2, 1, 1, 1, 2, 4, 7, 9, 10, 10, 11, 13, 12, 10, 10, 11, 13, 16, 19, 20, 18, 12, 6];
/// The relative activity on each weekday, in percent, from Thursday on: 2026 began on a Thursday.
const WEEK: [u32; 7] = [100, 100, 65, 75, 95, 100, 100];

/// A random time, with probability in proportion to the activity of its hour and weekday.
pub(super) fn moment(rng: &mut CounterRng) -> u32 {
    loop {
        let day = rng.below(DAYS);
        if rng.percent(WEEK[(day % 7) as usize]) {
            return START + day * DAY + time_of_day(rng);
        }
    }
}

/// A random time with more weight on early days, because most follows begin early in the data.
pub(super) fn early_moment(rng: &mut CounterRng) -> u32 {
    let day = (0..3).map(|_| rng.below(DAYS)).min().unwrap_or(0);
    START + day * DAY + time_of_day(rng)
}

/// A random reaction time in seconds: the median is twice `scale`, with a heavy tail of up to two days.
pub(super) fn delay(scale: u32, rng: &mut CounterRng) -> u32 {
    let share = rng.below(1 << 16) + 1;
    ((scale << 16) / share).min(2 * DAY)
}

fn time_of_day(rng: &mut CounterRng) -> u32 {
    let mut mark = rng.below(HOURS.iter().sum());
    let mut hour = 0;
    for activity in HOURS {
        if mark < activity {
            break;
        }
        mark -= activity;
        hour += 1;
    }
    hour * 3600 + rng.below(3600)
}
