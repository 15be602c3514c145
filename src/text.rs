//! How numbers are shown to people.

/// A whole number with its thousands apart: `563,069`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A size in the largest unit that leaves a number of at least 1: `4.2 MiB`.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let (mut size, mut unit) = (count as f64 / 1024.0, 0);
    while size >= 1024.0 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    format!("{size:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            [0, 999, 1000, 563_069, 1_000_000].map(grouped),
            ["0", "999", "1,000", "563,069", "1,000,000"]
        );
        assert_eq!([0, 1023, 1024, 4_404_020].map(bytes), ["0 B", "1023 B", "1.0 KiB", "4.2 MiB"]);
        assert_eq!(bytes(u64::MAX), "16384.0 PiB");
    }
}
