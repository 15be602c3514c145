//! How do tiers reach each CRM, exactly once?
//!
//! Segment files are CSV as RFC 4180 describes it, in the profile for machines: UTF-8 without a byte order mark, one
//! line feed after each record, quotes only where a field needs them, floats in the shortest form that reads back
//! to the same bits, keys exactly as the CRM spells them. Every writer takes a number of rows and a function from
//! index to row, fills rows on all threads and writes them in order, so the bytes do not depend on the threads.
//! [`generic`] holds the files of the target `generic`, which any tool can import.

mod formula;
pub mod generic;
mod lines;
mod names;

pub use formula::{count_formula_like, is_formula_like};
pub use names::tier_file_names;
