//! Which keys would a spreadsheet program take for formulas?
//!
//! A handle is text that a stranger chose. Segment files carry it unchanged, because an altered key matches no
//! record; so a run counts such keys and says so, for whoever opens the file by hand.

use rayon::prelude::*;

/// Whether spreadsheet programs take `text` for a formula: it starts with `=`, `+`, `-`, `@`, a tab or a carriage
/// return (CWE-1236).
///
/// ```
/// use plaudit::segment::is_formula_like;
/// assert!(is_formula_like("@ada") && is_formula_like("+4420"));
/// assert!(!is_formula_like("ada@example.org") && !is_formula_like(""));
/// ```
pub fn is_formula_like(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// How many of `row_count` keys [`is_formula_like`].
pub fn count_formula_like<'a>(row_count: usize, key: impl Fn(usize) -> &'a str + Sync) -> usize {
    (0..row_count).into_par_iter().filter(|&row| is_formula_like(key(row))).count()
}
