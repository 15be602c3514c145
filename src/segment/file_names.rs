//! Makes file names from the names that users give to tiers.

use std::collections::BTreeSet;

/// Longest stem in bytes; file systems limit the whole name to 255.
const MAX_STEM_BYTES: usize = 100;

/// Stems that may not be used: the names of other files in the same folder, and of Windows devices.
const RESERVED: [&str; 9] = ["tiers", "prospects", "rejects", "con", "nul", "aux", "prn", "com1", "lpt1"];

/// Returns one file name for each tier, in order: `Top 1 %` becomes `Top-1.csv`.
///
/// Letters, digits, `_` and `-` are kept; every sequence of other characters becomes one `-`. Names that would collide
/// on a case-insensitive file system get `-2`, `-3`, … in the order of the tiers.
///
/// ```
/// use plaudit::segment::tier_file_names;
/// let names = tier_file_names(&["Top 1 %", "top/1", "tiers", "../x"]);
/// assert_eq!(names, ["Top-1.csv", "top-1-2.csv", "tiers-2.csv", "x.csv"]);
/// ```
pub fn tier_file_names(tiers: &[&str]) -> Vec<String> {
    let mut taken: BTreeSet<String> = RESERVED.iter().map(|&name| name.to_owned()).collect();
    let mut names = Vec::with_capacity(tiers.len());
    for tier in tiers {
        let stem = safe_stem(tier);
        let mut name = stem.clone();
        let mut copy = 2_usize;
        while !taken.insert(name.to_lowercase()) {
            name = format!("{stem}-{copy}");
            copy += 1;
        }
        names.push(format!("{name}.csv"));
    }
    names
}

fn safe_stem(tier: &str) -> String {
    let mut stem = String::new();
    for letter in tier.chars() {
        let safe = if letter.is_alphanumeric() || letter == '_' { letter } else { '-' };
        let doubled = safe == '-' && (stem.is_empty() || stem.ends_with('-'));
        if !doubled && stem.len() + safe.len_utf8() <= MAX_STEM_BYTES {
            stem.push(safe);
        }
    }
    let stem = stem.trim_end_matches('-');
    if stem.is_empty() { "tier".to_owned() } else { stem.to_owned() }
}
