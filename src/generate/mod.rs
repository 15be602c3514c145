//! What would a company's data look like if we knew the truth?
//!
//! People with planted communities and a planted influence follow each other, post, share and help each other; their
//! CRM knows some of them. Everything is drawn in integers from a hash of what it is drawn for, so a data set is the
//! same bytes on every machine. Nothing here touches the disk.

mod cascades;
mod clock;
mod crm;
mod draw;
mod network;
mod people;
mod planted;
mod render;
mod tables;
mod threads;

pub use cascades::{Share, ShareLog};
pub use crm::{Crm, Customer, Identifier};
pub use network::{CERTAIN, Follow, NEVER, Network, probability};
pub use people::{Channel, Kind, People, Person};
pub use planted::{
    EDGES_FILE, MOST_PLANTED_NODES, PLANTED_DEGREE, PLANTED_LARGEST, PLANTED_MAX_DEGREE, PLANTED_MIXING,
    PLANTED_NODES, PLANTED_SMALLEST, Planted, PlantedConfig, PlantedError, TRUTH_FILE, planted,
};
pub use render::File;
pub use threads::{Message, Word};

/// Default number of customers.
pub const CUSTOMERS: u32 = 5_000;
/// Default number of prospects.
pub const PROSPECTS: u32 = 1_000;
/// Default number of event rows, about.
pub const EVENTS: u32 = 41_000;
/// Default seed.
pub const SEED: u64 = 1;
/// Default share of choices that look beyond the own community, in percent.
pub const MIXING_PERCENT: u32 = 14;
/// Default size of the smallest planted community.
pub const SMALLEST_COMMUNITY: u32 = 80;
/// Default share of customers who do nothing in public, in percent.
pub const ABSENT_PERCENT: u32 = 6;
/// Default share of the others who never post, in percent.
pub const LURKER_PERCENT: u32 = 30;
/// Default run store that the generated `plaudit.toml` names, relative to that file.
pub const OUTPUT: &str = "out";

/// What to generate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenerateConfig {
    /// Rows of the CRM.
    pub customers: u32,
    /// People with an account whom the CRM does not know.
    pub prospects: u32,
    /// About how many event rows; bad rows and unfollows come on top.
    pub events: u32,
    /// Another seed, another data set.
    pub seed: u64,
    /// How many of a hundred choices look beyond the own community.
    pub mixing_percent: u32,
    /// The smallest planted community; sizes above it fall like `x^-2`.
    pub smallest_community: u32,
    /// How many of a hundred customers do nothing in public.
    pub absent_percent: u32,
    /// How many of a hundred others never post.
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

/// A generated data set: what was planted, and what a company would see of it.
#[derive(Debug)]
pub struct DataSet {
    /// What was asked.
    pub config: GenerateConfig,
    /// Everybody, with what was planted in them. People are named by their index.
    pub people: People,
    /// Who follows whom.
    pub network: Network,
    /// Who shared what from whom.
    pub shares: ShareLog,
    /// Support threads.
    pub messages: Vec<Message>,
    /// What the CRM knows.
    pub crm: Crm,
}

/// Generates a data set in memory.
///
/// - **Input**: any counts; fewer people than two communities make one community.
/// - **Output**: about 61 % of `cfg.events` are follows, 31 % posts and shares, 8 % messages of support threads.
/// - **Stop**: posts and threads are added until their share of the events is there.
/// - **Cost**: time O((people + events) log people), memory about 40 bytes a person and an event.
/// - **Same bits**: on every machine; integers only, each draw a hash of (seed, stage, item, draw).
/// - **Source**: planted partition with power laws in the manner of Lancichinetti, Fortunato, Radicchi 2008;
///   independent cascade of Kempe, Kleinberg, Tardos 2003.
/// - **Checked by**: `tests/it/generate/quickstart.rs` — the committed quickstart, and the rules that the rows keep.
///
/// ```
/// use plaudit::generate::{File, GenerateConfig, generate};
///
/// let small = GenerateConfig { customers: 200, prospects: 40, events: 1_500, ..GenerateConfig::default() };
/// let data = generate(&small);
/// let mut truth = Vec::new();
/// data.write_file(File::Truth, &mut truth).unwrap();
/// assert_eq!(truth.split(|&byte| byte == b'\n').count(), 1 + 240 + 1);
/// ```
pub fn generate(cfg: &GenerateConfig) -> DataSet {
    let people = people::people(cfg);
    let network = network::network(cfg, &people, cfg.events / 100 * 61);
    let shares = cascades::share_log(cfg, &people, &network, cfg.events / 100 * 31);
    let messages = threads::threads(cfg, &people, cfg.events / 100 * 8);
    let crm = crm::crm(cfg, &people);
    DataSet { config: cfg.clone(), people, network, shares, messages, crm }
}
