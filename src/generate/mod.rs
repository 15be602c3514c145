//! What would a company's data look like if the truth behind it were known?
//!
//! Synthetic people with planted communities and planted influence follow each other, post, share and answer questions;
//! a CRM holds some of them. All random choices are integers from a counter-based generator, so a data set has the same
//! bytes on every machine. Nothing here accesses the disk.

mod cascades;
mod clock;
mod crm;
mod event_files;
mod files;
mod network;
mod planted;
mod population;
mod random;
mod support_threads;

pub use cascades::{Share, ShareLog};
pub use crm::{Crm, Identifier, SyntheticCustomer};
pub use files::DataFile;
pub use network::{Follow, NEVER, Network, PROBABILITY_ONE, share_probability};
pub use planted::{
    EDGES_FILE, MAX_PLANTED_NODES, PLANTED_DEGREE, PLANTED_LARGEST, PLANTED_MAX_DEGREE, PLANTED_MIXING,
    PLANTED_NODES, PLANTED_SMALLEST, PlantedConfig, PlantedError, PlantedGraph, TRUTH_FILE, planted,
};
pub use population::{Channel, PersonKind, Population, SyntheticPerson};
pub use support_threads::{Message, MessageKind};

// Defaults of [`GenerateConfig`], which the command line also shows.
pub const CUSTOMERS: u32 = 5_000;
pub const PROSPECTS: u32 = 1_000;
pub const EVENTS: u32 = 41_000;
pub const SEED: u64 = 1;
pub const MIXING_PERCENT: u32 = 14;
pub const SMALLEST_COMMUNITY: u32 = 80;
pub const ABSENT_PERCENT: u32 = 6;
pub const LURKER_PERCENT: u32 = 30;
pub const OUTPUT: &str = "out";

/// The size and shape of a data set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenerateConfig {
    /// The number of customers: rows of the CRM.
    pub customers: u32,
    /// The number of people with an account who are not in the CRM.
    pub prospects: u32,
    /// The approximate number of event rows, without invalid rows and ends of follows.
    pub events: u32,
    pub seed: u64,
    /// The percentage of choices in which people choose somebody outside their community.
    pub mixing_percent: u32,
    /// The size of the smallest planted community; sizes follow a Pareto distribution with exponent 2.
    pub smallest_community: u32,
    /// The percentage of customers who do nothing in public.
    pub absent_percent: u32,
    /// The percentage of the remaining people who never post.
    pub lurker_percent: u32,
    /// The run store that `plaudit.toml` names, relative to that file.
    pub output: String,
}

impl Default for GenerateConfig {
    fn default() -> Self {
        Self {
            customers: CUSTOMERS,
            prospects: PROSPECTS,
            events: EVENTS,
            seed: SEED,
            mixing_percent: MIXING_PERCENT,
            smallest_community: SMALLEST_COMMUNITY,
            absent_percent: ABSENT_PERCENT,
            lurker_percent: LURKER_PERCENT,
            output: OUTPUT.to_owned(),
        }
    }
}

impl GenerateConfig {
    /// The bundled data set `datasets/quickstart`: all defaults, with the run store at the root of the repository.
    pub fn quickstart() -> Self {
        Self { output: "../../out".to_owned(), ..Self::default() }
    }
}

/// A generated data set: the planted truth, and the part of it that a company would see.
#[derive(Debug)]
pub struct DataSet {
    pub config: GenerateConfig,
    /// All people with their planted properties. A person is identified by its index.
    pub people: Population,
    pub network: Network,
    pub shares: ShareLog,
    pub messages: Vec<Message>,
    pub crm: Crm,
}

/// Generates a data set in memory.
///
/// - **Input**: any counts; if there are too few people for two communities, they form one community.
/// - **Output**: about 61 % of `cfg.events` are follows, 31 % posts and shares, 8 % messages of support threads.
/// - **Stop**: posts and threads are added until their share of the events is reached.
/// - **Cost**: time O((people + events) log people), memory about 40 bytes per person and per event.
/// - **Same bits**: on every machine; all values are integers, and each draw is a hash of (seed, stream, item, draw).
/// - **Source**: planted partition with power laws, after Lancichinetti, Fortunato, Radicchi 2008;
///   independent cascade of Kempe, Kleinberg, Tardos 2003.
/// - **Checked by**: `tests/it/generate/quickstart.rs` — the committed quickstart, and the invariants of the rows.
///
/// ```
/// use plaudit::generate::{DataFile, GenerateConfig, generate};
///
/// let small = GenerateConfig { customers: 200, prospects: 40, events: 1_500, ..GenerateConfig::default() };
/// let data = generate(&small);
/// let mut truth = Vec::new();
/// data.write_file(DataFile::Truth, &mut truth).unwrap();
/// assert_eq!(truth.split(|&byte| byte == b'\n').count(), 1 + 240 + 1);
/// ```
pub fn generate(cfg: &GenerateConfig) -> DataSet {
    let people = population::population(cfg);
    let network = network::network(cfg, &people, cfg.events / 100 * 61);
    let shares = cascades::share_log(cfg, &people, &network, cfg.events / 100 * 31);
    let messages = support_threads::threads(cfg, &people, cfg.events / 100 * 8);
    let crm = crm::crm(cfg, &people);
    DataSet { config: cfg.clone(), people, network, shares, messages, crm }
}
