//! Which tables and graphs does a run publish, what is in each column, and what is read back from its manifest?
//!
//! Each table has one module: its file name and a [`ColumnKey`] for every column. Writers and readers of a table use
//! the same keys, so a column's name and type are defined once. [`RunTable`] reads columns of a published run.

mod cell;
pub mod communities;
pub mod community_events;
pub mod graphs;
mod key;
pub mod nodes;
pub mod record_keys;
mod run_table;
pub mod scores;

pub use cell::{Status, join_list, list_items};
pub use key::{ColumnKey, Interval, IntervalColumns, IntervalKeys};
pub use run_table::{RunTable, RunTableError};
