//! What was asked, fully resolved?
//!
//! A configuration goes one way: text → raw types (`raw.rs`, no meaning yet, unknown keys refused) → [`Plan`]
//! (`resolve/`, complete and checked: the stages read it and ask nothing further). The room reads no file, no clock and
//! no environment; whoever calls it brings the text. [`Plan::to_json`] writes a plan back in the words of the
//! configuration, so that what the manifest shows can be pasted into a `plaudit.toml` and means the same.

mod choices;
pub mod defaults;
mod error;
mod json;
pub mod limits;
mod origin;
mod people_selector;
mod plan;
mod raw;
mod resolve;
mod units;

pub use error::{ConfigError, Place, Remedy};
pub use json::rank_settings;
pub use people_selector::PeopleSelector;
pub use plan::{
    AsOf, ContactLog, CustomerFiles, EventSource, Files, MemoryLimit, OvernightConfig, Plan, Probability,
    SpreadConfig, Topic, TopicUse, TrustConfig,
};
pub use units::{byte_size_text, duration_text, parse_byte_size, parse_duration};

use std::path::{Path, PathBuf};

use origin::Origin;
use raw::{RawConfig, RawEvents};

/// Resolves the text of a configuration file.
///
/// `file` is what messages call it; relative paths in it start from `folder`.
///
/// # Errors
/// The first fault: no TOML, an unknown key, a value out of its range, keys that contradict each other.
///
/// ```
/// use std::path::Path;
/// let text = "[[events]]\npath = 'events/*.csv'\n[rank]\ndamping = 0.9\n";
/// let plan = plaudit::config::from_toml(text, "plaudit.toml", Path::new("jobs")).unwrap();
/// assert_eq!(plan.rank.damping, 0.9);
/// assert_eq!(plan.output, Path::new("jobs/out"));
/// ```
pub fn from_toml(text: &str, file: &str, folder: &Path) -> Result<Plan, ConfigError> {
    let origin = Origin::parse(file, text)?;
    let raw: RawConfig = toml::from_str(text).map_err(|error| origin.explain(&error))?;
    resolve::plan(&origin, raw, folder)
}

/// The plan of a run without a configuration file: these event files, every other setting at its default.
///
/// The files need a header that names the columns `actor`, `target`, `kind` and `at`; fields may be quoted. They are
/// separated by commas, in files called `.tsv` by tabs. Handles stand for themselves, without a channel.
///
/// # Errors
/// When `files` is empty.
pub fn from_event_files(files: &[PathBuf], output: PathBuf) -> Result<Plan, ConfigError> {
    let origin = Origin::command_line();
    let events = files
        .iter()
        .map(|file| RawEvents { path: Some(file.to_string_lossy().into_owned()), ..RawEvents::default() })
        .collect();
    let raw = RawConfig { events, ..RawConfig::default() };
    let mut plan = resolve::plan(&origin, raw, Path::new(""))?;
    for (source, file) in plan.events.iter_mut().zip(files) {
        source.files = Files::Exact(file.clone());
    }
    plan.output = output;
    Ok(plan)
}
