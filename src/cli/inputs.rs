//! Reads the configuration and overrides it by the options of the command line.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    args::{InputArgs, StoreArgs},
    exit::CliError,
};
use crate::config::{self, Plan, Topic, defaults};

pub const DEFAULT_CONFIG: &str = "plaudit.toml";

/// The plan of `run` and `check`. `--out` and `--threads` override the configuration.
pub fn plan(args: &InputArgs, threads: Option<u16>) -> Result<Plan, CliError> {
    let mut plan = if args.events.is_empty() {
        load(args.config.as_deref().unwrap_or(Path::new(DEFAULT_CONFIG)))?
    } else {
        config::from_event_files(&args.events, PathBuf::from(defaults::OUTPUT))?
    };
    if let Some(out) = &args.out {
        plan.output.clone_from(out);
    }
    if let Some(threads) = threads {
        plan.threads = super::thread_count(threads);
    }
    Ok(plan)
}

/// The run store of a command that reads one: `--store`, else the output of the configuration, else `out`.
pub fn store_folder(args: &StoreArgs) -> Result<PathBuf, CliError> {
    match &args.store {
        Some(store) => Ok(store.clone()),
        None => Ok(campaign_plan(args)?.map_or_else(|| PathBuf::from(defaults::OUTPUT), |plan| plan.output)),
    }
}

/// The configuration of a command that reads a store: the file named by `--config`, else `plaudit.toml` if it exists
/// and no store is named.
pub fn campaign_plan(args: &StoreArgs) -> Result<Option<Plan>, CliError> {
    match (&args.config, &args.store) {
        (Some(config), _) => load(config).map(Some),
        // A store that is named without a configuration is read without one.
        (None, None) if Path::new(DEFAULT_CONFIG).exists() => load(Path::new(DEFAULT_CONFIG)).map(Some),
        (None, _) => Ok(None),
    }
}

pub fn files_of(plan: &Plan) -> Vec<PathBuf> {
    let events = plan.events.iter().map(|table| &table.files);
    let customers = plan.customers.iter().map(|table| &table.files);
    let contacts = plan.contacts.iter().map(|log| &log.files);
    let files = events.chain(customers).chain(contacts).filter_map(|files| files.expand().ok()).flatten();
    files.chain(plan.topics.iter().chain(&plan.reach_segments).filter_map(Topic::list)).collect()
}

fn load(path: &Path) -> Result<Plan, CliError> {
    let text = fs::read_to_string(path).map_err(|error| {
        CliError::input(format!("cannot read the configuration `{}`", path.display())).why(error).hint(
            "name one with `-c FILE`, or run without a configuration: `plaudit run --events FILE… --out DIR`",
        )
    })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    Ok(config::from_toml(&text, &path.to_string_lossy(), folder)?)
}
