//! Detects keys that a spreadsheet program would evaluate as formulas.
//!
//! Account owners choose their handles freely. Segment files keep every handle unchanged, because an altered key would
//! match no record of the CRM; so a run counts such keys and warns about them.

use rayon::prelude::*;

/// Whether spreadsheet programs treat `text` as a formula: it starts with `=`, `+`, `-`, `@`, a tab or a carriage
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

/// The number of keys among `row_count` for which [`is_formula_like`] is true.
pub fn count_formula_like<'a>(row_count: usize, key: impl Fn(usize) -> &'a str + Sync) -> usize {
    (0..row_count).into_par_iter().filter(|&row| is_formula_like(key(row))).count()
}
