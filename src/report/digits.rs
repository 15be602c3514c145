//! Gives the numbers of a column as many digits as tell neighbors apart.

/// How a number is shown to people where its neighbors do not require more digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// With this many decimals.
    Decimals(usize),
    /// With this many significant digits, and no zeros at the end.
    Significant(usize),
}

/// The most significant digits that a number gets so that it differs from its neighbor.
const MOST_SIGNIFICANT: i32 = 9;
/// The most decimals of a column.
const MOST_DECIMALS: usize = 20;

impl Rounding {
    /// The text of one number alone.
    pub fn text(self, value: f64) -> String {
        match self {
            Self::Decimals(decimals) => format!("{value:.decimals$}"),
            Self::Significant(digits) => {
                let rounded: f64 = format!("{value:.*e}", digits.saturating_sub(1))
                    .parse()
                    .expect("invariant: a float reads back");
                rounded.to_string()
            }
        }
    }

    /// The decimals that one number has at least in a column whose numbers all have the same.
    fn decimals(self, value: f64) -> usize {
        match self {
            Self::Decimals(decimals) => decimals,
            Self::Significant(digits) => decimals_for(i32::try_from(digits).unwrap_or(i32::MAX), value),
        }
    }

    /// The fewest decimals with which two numbers that look alike differ; `None` if they differ as they are, are equal,
    /// or differ in later digits only.
    fn telling_apart(self, a: f64, b: f64) -> Option<usize> {
        if a == b || !a.is_finite() || !b.is_finite() || self.text(a) != self.text(b) {
            return None;
        }
        let larger = if a.abs() > b.abs() { a } else { b };
        let most = decimals_for(MOST_SIGNIFICANT, larger);
        (self.decimals(larger)..=most)
            .find(|&decimals| format!("{a:.decimals$}") != format!("{b:.decimals$}"))
    }
}

/// The decimals with which `value` has this many significant digits.
fn decimals_for(digits: i32, value: f64) -> usize {
    // The exponent of `1.5e-7` is -7; that of 0 is 0.
    let exponent: i32 =
        format!("{value:e}").split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0);
    usize::try_from(digits.saturating_sub(1).saturating_sub(exponent)).unwrap_or(0).min(MOST_DECIMALS)
}

/// The texts of the numbers of a column, from top to bottom; `None` is a row without a number.
///
/// Where two neighboring numbers differ but would look alike, all numbers of the column get the same number of
/// decimals, enough to tell each such pair apart; pairs that are the same in their first nine significant digits stay
/// alike.
pub fn column_texts(values: &[Option<f64>], rounding: Rounding) -> Vec<String> {
    let pairs = values.windows(2).filter_map(|pair| rounding.telling_apart(pair[0]?, pair[1]?));
    let Some(needed) = pairs.max() else {
        return values
            .iter()
            .map(|value| value.map_or(String::new(), |value| rounding.text(value)))
            .collect();
    };
    let known = values.iter().flatten().filter(|value| value.is_finite() && **value != 0.0);
    let decimals = known.map(|&value| rounding.decimals(value)).max().unwrap_or(0).max(needed);
    values.iter().map(|value| value.map_or(String::new(), |value| format!("{value:.decimals$}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(values: &[f64], rounding: Rounding) -> Vec<String> {
        column_texts(&values.iter().copied().map(Some).collect::<Vec<_>>(), rounding)
    }

    #[test]
    fn neighbors_that_differ_look_different() {
        let hundredths = Rounding::Decimals(2);
        assert_eq!(texts(&[99.9, 99.8, 7.0], hundredths), ["99.90", "99.80", "7.00"]);
        assert_eq!(texts(&[99.792, 99.791, 7.0], hundredths), ["99.792", "99.791", "7.000"]);
        // Ties stay alike beside a pair that needs digits; numbers that are not neighbors may look alike.
        assert_eq!(
            texts(&[5.0, 5.0, 4.99996, 5.0], hundredths),
            ["5.00000", "5.00000", "4.99996", "5.00000"]
        );
        assert_eq!(texts(&[1.001, 3.0, 1.002], hundredths), ["1.00", "3.00", "1.00"]);
        // A difference behind the ninth digit is noise.
        assert_eq!(texts(&[99.123_456_789_1, 99.123_456_789_2], hundredths), ["99.12", "99.12"]);
        assert_eq!(texts(&[99.123_456_8, 99.123_456_7], hundredths), ["99.1234568", "99.1234567"]);
        assert_eq!(texts(&[f64::NAN, 1.0, f64::INFINITY], hundredths), ["NaN", "1.00", "inf"]);
        assert_eq!(texts(&[-1.001, -1.002], hundredths), ["-1.001", "-1.002"]);
    }

    #[test]
    fn shares_have_significant_digits() {
        let share = Rounding::Significant(4);
        assert_eq!(texts(&[0.123_46, 0.1, 0.000_012_345], share), ["0.1235", "0.1", "0.00001234"]);
        assert_eq!(texts(&[0.123_46, 0.123_45, 0.1], share), ["0.12346", "0.12345", "0.10000"]);
        // Small numbers keep their digits.
        assert_eq!(
            texts(&[0.123_46, 0.123_45, 0.000_012_345], share),
            ["0.12346000", "0.12345000", "0.00001234"]
        );
        assert_eq!(texts(&[0.0, 0.0], share), ["0", "0"]);
    }

    #[test]
    fn rows_without_a_number_stay_empty() {
        let values = [Some(1.001), None, Some(1.002), Some(1.003)];
        assert_eq!(column_texts(&values, Rounding::Decimals(2)), ["1.001", "", "1.002", "1.003"]);
    }
}
