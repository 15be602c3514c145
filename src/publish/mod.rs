//! Which files does a run leave, and what do they and the manifest say?
//!
//! Every file of a run's folder is written here, from columns that are complete before the first file is written.

mod community_tables;
mod error;
mod file;
mod files;
mod inputs;
mod manifest;
mod results;
mod scores_table;
mod segments;
mod summary;

pub use error::PublishError;
pub(crate) use files::{estimated_bytes, write};
pub(crate) use inputs::input_entries;
pub(crate) use manifest::{new_run, rejected_by_reason, run_record};
pub(crate) use results::RunResults;
pub(crate) use segments::rejects_csv;
pub(crate) use summary::summary;
pub use summary::{Summary, TopCustomer};
