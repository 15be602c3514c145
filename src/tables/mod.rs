//! Which tables does a run publish, and what is in each column?
//!
//! Each table has one module: its file name and a [`ColumnKey`] for every column. Writers and readers of a table use
//! the same keys, so a column's name and type are defined once. [`RunTable`] reads columns of a published run.

mod cell;
pub mod communities;
mod key;
pub mod nodes;
mod run_table;
pub mod scores;

pub use cell::{Status, join_list, list_items};
pub use key::{ColumnKey, Interval, IntervalColumns, IntervalKeys};
pub use run_table::{RunTable, RunTableError};
