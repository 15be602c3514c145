//! How do tiers reach a CRM?
//!
//! Segment files are CSV as in RFC 4180, for import by programs: UTF-8 without a byte order mark, a line feed after
//! each record, quotes only where a field needs them, floats in the shortest form that parses to the same bits, keys
//! unchanged from the CRM. Every writer takes a number of rows and a function from index to row, formats rows on all
//! threads and writes them in order, so the bytes do not depend on the thread count. [`generic`] holds the files of the
//! target `generic`, which any tool can import.

mod csv_rows;
mod file_names;
mod formula;
pub mod generic;

pub use csv_rows::{CsvColumn, CsvFields, CsvRow, write_csv};
pub use file_names::tier_file_names;
pub use formula::{count_formula_like, is_formula_like};
