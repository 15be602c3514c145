//! A finished run on disk: what does a person see?
//!
//! Reports read published runs only, never live memory, so they can be made again at any time. A file is trusted only
//! if its digest equals the digest in the manifest. Each question is a function from a run to rows, and `render` shows
//! rows of any kind as a table for people or as CSV or JSON for programs.

mod communities;
mod digits;
mod ended_community;
mod error;
mod prospects;
mod render;
mod runs;
mod top;

pub use communities::{CommunityRow, communities};
pub use digits::{Rounding, column_texts};
pub use ended_community::EndedCommunity;
pub use error::ReportError;
pub use prospects::{ProspectRow, prospects};
pub use render::{Cell, Field, Format, Listing, render};
pub use runs::{RunRow, RunSummary, VerifyRow, list_runs, render_run, verify_run};
pub use top::{CustomerFilter, TopBy, TopOptions, TopRow, render_top, top};

// Modules that build on listings use these.
pub(crate) use communities::{all_communities, community_ids, in_percent, signed};
pub(crate) use render::{Part, render_parts};
pub(crate) use top::customers;
