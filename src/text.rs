//! Text for terminals: suggests the known word that was probably meant, escapes untrusted text, formats numbers and
//! counts.

/// The word in `known` that was probably meant by `word`; `None` if no known word is similar enough.
///
/// A known word is similar if it contains `word` or is contained in it (the shorter one has at least three letters), or
/// if the Damerau-Levenshtein distance is at most the number of letters of the longer word divided by three, rounded
/// up, and at most four. Letter case is ignored; on ties, the first word wins.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let letters = word.chars().count();
    if letters == 0 {
        return None;
    }
    // The edit distance, reduced to at most 1 if one word contains the other; ties are broken by the plain edit
    // distance.
    let distance = |other: &str| {
        let other = other.to_lowercase();
        let slips = strsim::damerau_levenshtein(&word, &other);
        let other_letters = other.chars().count();
        let inside = letters.min(other_letters) >= 3 && (word.contains(&other) || other.contains(&word));
        let allowed = letters.max(other_letters).div_ceil(3).min(4);
        (inside || slips <= allowed).then_some((if inside { slips.min(1) } else { slips }, slips))
    };
    known
        .into_iter()
        .filter_map(|other| Some((distance(other)?, other)))
        .min_by_key(|near| near.0)
        .map(|near| near.1)
}

/// `text` on one line, with control and direction characters as escapes, because handles, names and file names are
/// untrusted and a terminal would obey such characters.
pub fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        let turns = matches!(
            letter,
            '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
        );
        if letter.is_control() || turns {
            shown.extend(letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    shown
}

/// The number of terminal columns that `text` takes: letters of East Asian scripts and emoji take two columns, and
/// accents that combine with the letter before them take none.
pub fn columns(text: &str) -> usize {
    let width = |letter: char| match letter {
        '\u{300}'..='\u{36f}' | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}' => 0,
        // Hangul; CJK radicals, kana and ideographs; their compatibility and full-width forms; emoji; rare ideographs.
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{303e}'
        | '\u{3041}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1f64f}'
        | '\u{1f900}'..='\u{1f9ff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    };
    text.chars().map(width).sum()
}

/// `one` if `count` is 1, else `many`.
pub const fn noun<'a>(count: u64, one: &'a str, many: &'a str) -> &'a str {
    if count == 1 { one } else { many }
}

/// A count with its noun: `1 round`, `2 rounds`.
pub fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), noun(count, one, many))
}

/// A whole number with separated groups of thousands: `563,069`.
pub fn grouped(number: u64) -> String {
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
pub fn bytes(count: u64) -> String {
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
    fn the_nearest_word_is_one_that_could_be_meant() {
        let known = ["output", "as_of", "seed", "share", "gauss-seidel", "unix_time"];
        for (word, meant) in [
            ("outptu", Some("output")),
            ("asof", Some("as_of")),
            ("Seed", Some("seed")),
            ("sede", Some("seed")),
            ("shrae", Some("share")),
            ("gauss", Some("gauss-seidel")),
            ("time", Some("unix_time")),
            ("zebra", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(nearest(word, known), meant, "{word}");
        }
        assert_eq!(nearest("word", []), None);
        assert_eq!(nearest("shares", ["unshared", "share"]), Some("share"), "the one with fewer slips");
    }

    #[test]
    fn untrusted_text_cannot_control_a_terminal() {
        assert_eq!(harmless("Jürgen 李 😀"), "Jürgen 李 😀");
        assert_eq!(harmless("a\u{1b}[31m\nb\r\u{9b}2J"), "a\\u{1b}[31m\\nb\\r\\u{9b}2J");
        assert_eq!(harmless("right\u{202e}left"), "right\\u{202e}left");
    }

    #[test]
    fn wide_letters_take_two_columns_and_combining_accents_none() {
        for (text, expected) in [
            ("", 0),
            ("Ada", 3),
            ("Jürgen", 6),
            ("李小龍", 6),
            ("한국", 4),
            ("ひ", 2),
            ("e\u{301}", 1),
            ("😀", 2),
        ] {
            assert_eq!(columns(text), expected, "{text}");
        }
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            [0, 999, 1000, 563_069, 1_000_000].map(grouped),
            ["0", "999", "1,000", "563,069", "1,000,000"]
        );
        assert_eq!([0, 1023, 1024, 4_404_020].map(bytes), ["0 B", "1023 B", "1.0 KiB", "4.2 MiB"]);
        assert_eq!(bytes(u64::MAX), "16384.0 PiB");
        let people = [0, 1, 2].map(|count| counted(count, "person", "people"));
        assert_eq!(people, ["0 people", "1 person", "2 people"]);
    }
}
