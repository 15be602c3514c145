//! Time: half a year of it, busy in the evening and quiet at night.

use super::draw::Dice;

/// Seconds in a day.
pub(super) const DAY: u32 = 86_400;
/// The first second of the data: 2026-01-01T00:00:00Z.
pub(super) const START: u32 = 1_767_225_600;
/// The data ends before this second: 2026-07-01T00:00:00Z.
pub(super) const END: u32 = START + DAYS * DAY;
/// Days from start to end.
const DAYS: u32 = 181;

/// How busy each hour of the day is.
const HOURS: [u32; 24] =
    [3, 2, 1, 1, 1, 2, 4, 7, 9, 10, 10, 11, 13, 12, 10, 10, 11, 13, 16, 19, 20, 18, 12, 6];
/// How many of a hundred moments of a weekday survive; 2026 began on a Thursday.
const WEEK: [u32; 7] = [100, 100, 65, 75, 95, 100, 100];

/// A random moment in the rhythm of days and weeks.
pub(super) fn moment(dice: &mut Dice) -> u32 {
    loop {
        let day = dice.below(DAYS);
        if dice.percent(WEEK[(day % 7) as usize]) {
            return START + day * DAY + time_of_day(dice);
        }
    }
}

/// A random moment, more likely early: most people had found whom they follow when the data begins.
pub(super) fn early_moment(dice: &mut Dice) -> u32 {
    let day = (0..3).map(|_| dice.below(DAYS)).min().unwrap_or(0);
    START + day * DAY + time_of_day(dice)
}

/// Seconds until somebody reacts: half of them within twice `scale`, some only after a day.
pub(super) fn delay(scale: u32, dice: &mut Dice) -> u32 {
    let share = dice.below(1 << 16) + 1;
    ((scale << 16) / share).min(2 * DAY)
}

fn time_of_day(dice: &mut Dice) -> u32 {
    let mut mark = dice.below(HOURS.iter().sum());
    let mut hour = 0;
    for busy in HOURS {
        if mark < busy {
            break;
        }
        mark -= busy;
        hour += 1;
    }
    hour * 3600 + dice.below(3600)
}
