//! What was asked, fully resolved?
//!
//! A configuration is processed in one direction: text → the defaults, overwritten by the settings in the text →
//! [`Plan`], which is complete and checked, so the stages need no other source. Each key is defined once: by a line in
//! `settings.rs` if the keys of its section are fixed, else in the file of its section. The module reads no file, no
//! clock and no environment; the caller provides the text. [`Plan::to_json`] writes a plan with the keys and words of
//! the configuration, so that settings shown in the manifest can be copied into a `plaudit.toml` with the same meaning.

pub(crate) mod choices;
mod contacts;
mod customers;
pub mod defaults;
mod error;
mod events;
mod file_layout;
mod form;
pub(crate) mod limits;
mod people_selector;
mod plan;
mod positions;
mod read;
mod settings;
mod table;
mod tiers;
mod topics;
mod units;
mod weights;
mod write;

pub use error::{ConfigError, ConfigPlace, Remedy};
pub use people_selector::PeopleSelector;
pub use plan::{
    AsOf, ContactLog, ContinuationConfig, CustomerFiles, EventSource, Files, GuardConfig, MemoryLimit, Plan,
    Probability, SpreadConfig, Topic, TopicUse, TrustConfig,
};
pub use units::{byte_size_text, duration_text, parse_byte_size, parse_duration};
pub use write::{diffusion_word, rank_settings};

use std::path::{Path, PathBuf};

use toml::de::DeTable;

use positions::KeyPositions;
use table::TableReader;

/// Resolves the text of a configuration file.
///
/// `file` is the name of the configuration in messages; paths in the configuration are relative to `folder`.
///
/// # Errors
/// The first fault: text that is not TOML, an unknown key, a value out of its range, or keys that contradict each
/// other.
///
/// ```
/// use std::path::Path;
/// let text = "[[events]]\npath = 'events/*.csv'\n[rank]\ndamping = 0.9\n";
/// let plan = plaudit::config::from_toml(text, "plaudit.toml", Path::new("jobs")).unwrap();
/// assert_eq!(plan.rank.damping, 0.9);
/// assert_eq!(plan.output, Path::new("jobs/out"));
/// ```
pub fn from_toml(text: &str, file: &str, folder: &Path) -> Result<Plan, ConfigError> {
    let root = DeTable::parse(text).map_err(|error| ConfigError::Syntax {
        place: KeyPositions::new(file, text, None).at(error.span().map(|span| span.start)),
        reason: error.message().to_owned(),
    })?;
    let root = root.get_ref();
    let positions = KeyPositions::new(file, text, Some(root));
    read::plan(&TableReader::root(&positions, Some(root)), folder)
}

/// The plan of a run without a configuration file: it reads `files`, and every other setting has its default.
///
/// The files need a header that names the columns `actor`, `target`, `kind` and `at`; fields may be quoted. Fields are
/// separated by commas, or by tabs in files named `.tsv`. Accounts are bare handles, without a channel.
///
/// # Errors
/// When `files` is empty.
pub fn from_event_files(files: &[PathBuf], output: PathBuf) -> Result<Plan, ConfigError> {
    let positions = KeyPositions::new("the command line", "", None);
    let nothing_set = TableReader::root(&positions, None);
    if files.is_empty() {
        return Err(nothing_set.missing("events", "a run needs at least one file of events"));
    }
    let mut plan = defaults::plan();
    for file in files {
        let files = Files::Exact(file.clone());
        let layout = events::layout(&nothing_set, &files, &plan.weights)?;
        plan.events.push(EventSource { files, layout });
    }
    plan.output = output;
    Ok(plan)
}
