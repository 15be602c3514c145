//! What can be typed: every command and option, no logic.

mod algo;
mod campaign;
mod communities;

use std::{ffi::OsString, path::PathBuf};

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

pub use algo::{
    AlgoArgs, COHORT_SIZE, CohortArgs, DanglingName, DiffusionName, EdgeListArgs, HitsArgs, Kernel,
    LabelPropagationArgs, LeidenArgs, PageRankArgs, PlainKernelArgs, Probability, ReachArgs, SolverName,
};
pub use campaign::{CampaignCohortArgs, CampaignReachArgs, Goal, LISTED_GROUPS, SpreadArgs};
pub use communities::{
    CommunitiesAction, CommunitiesArgs, InviteArgs, LISTED_INVITATIONS, LISTED_MEMBERS, ShowCommunityArgs,
};

use crate::{
    config::{PeopleSelector, limits},
    generate,
};

/// Most customers, and most prospects, that a synthetic company may have.
const MOST_PEOPLE: i64 = 100_000_000;
/// Default number of rows of a listing.
pub const LISTED_ROWS: usize = 20;
/// Default number of prospects listed.
pub const LISTED_PROSPECTS: usize = 100;

const EXAMPLES: &str = "\
Examples:
  plaudit run -c plaudit.toml
  plaudit run --events follows.csv shares.csv --out out
  plaudit top -n 10 --by reach
  plaudit algo pagerank graph.txt -o ranks.csv

Exit codes: 0 done, 1 input, data or configuration at fault, 2 usage, 3 a guard refused to publish, \
70 a bug.";

const RUN_EXAMPLES: &str = "\
Examples:
  plaudit run                                    with ./plaudit.toml
  plaudit run -c jobs/nightly.toml --log-format json
  plaudit run --events events/*.csv --out out    without a configuration

Without a configuration each file needs a header that names the columns actor, target, kind and at; fields are \
separated by commas (by tabs in files called .tsv) and may be quoted. Files may be plain, .gz or .zst.";

const CHECK_EXAMPLES: &str = "\
Examples:
  plaudit check -c plaudit.toml
  plaudit check --events follows.csv";

const TOP_EXAMPLES: &str = "\
Examples:
  plaudit top
  plaudit top -n 50 --by reach --tier leader
  plaudit top --channel twitter --community 3 --format csv > voices.csv
  plaudit top --personalised-to channel:forum --others-only    who influences the people of the forum
  plaudit top --personalised-to C00017                         who influences one customer

PEOPLE is an id or the name of a tier; `id:…` and `tier:…` say which, `community:NUMBER` and `channel:NAME` are the \
customers that --community and --channel list, and `@FILE` is a list with an id a line. Personalized PageRank ranks \
first those whose content these people attend to most, directly or through others. `lift` is how much more they attend \
to a customer than everybody does, `direct` how many of them do so directly.";

const PROSPECTS_EXAMPLES: &str = "\
Examples:
  plaudit prospects -n 20
  plaudit prospects --channel twitter --format csv > invite.csv";

const RUNS_EXAMPLES: &str = "\
Examples:
  plaudit runs                      the same as `plaudit runs list`
  plaudit runs show                 the current run
  plaudit runs verify --store out   every file of the current run against its digest, and its graph";

const GENERATE_EXAMPLES: &str = "\
Examples:
  plaudit generate -o quickstart
  plaudit generate --customers 100000 --prospects 20000 --events 2000000 --seed 7 -o big
  plaudit generate planted --mixing 0.5 -o planted       a graph whose communities are known";

const PLANTED_EXAMPLES: &str = "\
Examples:
  plaudit generate planted -o planted
  plaudit generate planted --nodes 1000000 --degree 25 --max-degree 1000 --smallest 700 -o million
  plaudit algo leiden planted/edges.el --undirected -o found.csv

Writes edges.el, `source target` a line, and truth.csv, `node,community`. Degrees fall like k^-2.5, community sizes like \
s^-1.5 (Lancichinetti, Fortunato, Radicchi 2008). Which way an edge points is drawn by a coin.";

/// Turns follows, shares and replies into influence tiers that a CRM can import.
#[derive(Debug, Parser)]
#[command(name = "plaudit", version, about, after_help = EXAMPLES, max_term_width = 110)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,

    /// Number of threads; the results do not depend on it [default: one a core]
    #[arg(long, global = true, value_name = "N", value_parser = limits::whole::<u16>(limits::THREADS))]
    pub threads: Option<u16>,
}

impl Cli {
    /// Reads what was typed; `arguments` begin with the program's name.
    ///
    /// # Errors
    /// What is wrong with it, or what was asked for instead of a command: help, or the version.
    pub fn read<T: Into<OsString> + Clone>(
        arguments: impl IntoIterator<Item = T>,
    ) -> Result<Self, clap::Error> {
        let mut command = with_negative_numbers(Self::command());
        let matches = command.try_get_matches_from_mut(arguments)?;
        Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    }
}

/// The same command, whose options tell which numbers they expect when they get a negative one; else `-1` is taken for
/// an option of its own.
fn with_negative_numbers(command: clap::Command) -> clap::Command {
    let allow = |arg: clap::Arg| {
        let takes_values = arg.get_action().takes_values();
        arg.allow_negative_numbers(takes_values)
    };
    command.mut_args(allow).mut_subcommands(with_negative_numbers)
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The nightly batch: reads events, scores everyone, publishes the tiers
    #[command(after_help = RUN_EXAMPLES)]
    Run(RunArgs),
    /// Reads everything and writes nothing: counts, the first bad rows, the memory a run would take
    #[command(after_help = CHECK_EXAMPLES)]
    Check(RunArgs),
    /// The customers with the most influence
    #[command(after_help = TOP_EXAMPLES)]
    Top(TopArgs),
    /// Influential accounts that no CRM record claims
    #[command(after_help = PROSPECTS_EXAMPLES)]
    Prospects(ProspectsArgs),
    /// Communities by size; everything about one; whom to invite into it
    #[command(after_help = communities::COMMUNITIES_EXAMPLES)]
    Communities(CommunitiesArgs),
    /// Whom to invite: customers who together reach the most, within consent, caps, quotas and budget
    #[command(after_help = campaign::COHORT_EXAMPLES)]
    Cohort(Box<CampaignCohortArgs>),
    /// How many distinct customers some people reach, and where
    #[command(after_help = campaign::REACH_EXAMPLES)]
    Reach(Box<CampaignReachArgs>),
    /// The runs in the store: lists, shows or verifies them
    #[command(after_help = RUNS_EXAMPLES)]
    Runs(RunsArgs),
    /// Writes a synthetic data set with known truth
    #[command(after_help = GENERATE_EXAMPLES)]
    Generate(GenerateArgs),
    /// Runs one kernel on a plain edge list
    Algo(AlgoArgs),
}

/// `run` and `check`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Where the data is.
    #[command(flatten)]
    pub input: InputArgs,
    /// How it gets on.
    #[command(flatten)]
    pub progress: ProgressArgs,
}

/// What a run reads and where it publishes.
#[derive(Debug, Args)]
pub struct InputArgs {
    /// The configuration [default: plaudit.toml]
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Event files to read instead of a configuration
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "config")]
    pub events: Vec<PathBuf>,

    /// The run store; wins over the configuration [default: out]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// What is shown on stderr.
#[derive(Clone, Copy, Debug, Args)]
pub struct ProgressArgs {
    /// How progress, notes and errors are written to stderr
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,

    /// Shows errors only, no progress and no summary
    #[arg(short, long)]
    pub quiet: bool,
}

/// How messages are written to stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people: a progress bar on a terminal, a line a stage elsewhere
    Text,
    /// For schedulers: one JSON object a line
    Json,
}

/// How a listing is written to stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Aligned columns for people
    Table,
    /// RFC 4180 with a header
    Csv,
    /// One JSON array of objects
    Json,
}

/// Which store a command reads.
#[derive(Debug, Args)]
pub struct StoreArgs {
    /// The run store [default: the configuration's output, else out]
    #[arg(long, value_name = "DIR")]
    pub store: Option<PathBuf>,

    /// The configuration that names the run store [default: plaudit.toml if there is one]
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Which run a command reads, and how it is shown.
#[derive(Debug, Args)]
pub struct ReadArgs {
    /// Where the runs are.
    #[command(flatten)]
    pub store: StoreArgs,

    /// The run to read [default: the current one]
    #[arg(long, value_name = "ID")]
    pub run: Option<String>,

    /// How the listing is written
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// `top`.
#[derive(Debug, Args)]
pub struct TopArgs {
    /// How many customers
    #[arg(short = 'n', long = "count", value_name = "N", default_value_t = LISTED_ROWS,
          value_parser = limits::whole::<usize>(limits::COUNT))]
    pub count: usize,

    /// What to sort by
    #[arg(long, value_enum, value_name = "COLUMN", default_value_t = ScoreColumn::Score)]
    pub by: ScoreColumn,

    /// Ranks customers by their influence on these people: by personalized PageRank
    #[arg(long, value_name = "PEOPLE", conflicts_with = "by",
          value_parser = |word: &str| Ok::<_, String>(PeopleSelector::parse(word)))]
    pub personalised_to: Option<PeopleSelector>,

    /// Leaves out the people named by --personalised-to
    #[arg(long, requires = "personalised_to")]
    pub others_only: bool,

    /// Only this tier
    #[arg(long, value_name = "NAME")]
    pub tier: Option<String>,

    /// Only this community
    #[arg(long, value_name = "ID", value_parser = limits::whole::<u32>(limits::WORD))]
    pub community: Option<u32>,

    /// Only customers with an account on this channel
    #[arg(long, value_name = "NAME")]
    pub channel: Option<String>,

    /// Which run, and how it is shown.
    #[command(flatten)]
    pub read: ReadArgs,
}

/// What a listing can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ScoreColumn {
    /// The composed score, 0 to 100
    Score,
    /// Standing among those who are attended to
    Pagerank,
    /// Distinct people whom content can get to
    Reach,
    /// The same people, worth less the more hops away they are
    DecayedReach,
    /// Sum of the weights of all endorsements received
    Strength,
    /// Number of distinct endorsers
    Audience,
    /// What the customer is worth, where the CRM says
    Value,
    /// Sum of the weights of all endorsements given
    OutStrength,
    /// How deep in the densely tied part of the graph
    CoreNumber,
    /// Attends to those whom others attend to
    Hub,
    /// Is attended to by hubs
    Authority,
    /// Strength received by follows
    FollowingStrength,
    /// Strength received by shares
    Amplification,
    /// Strength received by replies and mentions
    Conversation,
    /// What comes from accounts that no customer vouches for
    SuspectShare,
}

/// `prospects`.
#[derive(Debug, Args)]
pub struct ProspectsArgs {
    /// How many accounts
    #[arg(short = 'n', long = "count", value_name = "N", default_value_t = LISTED_PROSPECTS,
          value_parser = limits::whole::<usize>(limits::COUNT))]
    pub count: usize,

    /// Only accounts on this channel
    #[arg(long, value_name = "NAME")]
    pub channel: Option<String>,

    /// Which run, and how it is shown.
    #[command(flatten)]
    pub read: ReadArgs,
}

/// `runs`; without an action it lists.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct RunsArgs {
    /// What to do with the runs.
    #[command(subcommand)]
    pub action: Option<RunsAction>,

    /// Where the runs are.
    #[command(flatten)]
    pub store: StoreArgs,
}

/// What `runs` can do.
#[derive(Debug, Subcommand)]
pub enum RunsAction {
    /// Every run, the newest first, with its counts
    List(ListRunsArgs),
    /// The manifest of one run, in short
    Show(OneRunArgs),
    /// Reads every file of a run, compares it with the digest in the manifest, and checks that the graph is sound
    Verify(OneRunArgs),
}

/// `runs list`.
#[derive(Debug, Args)]
pub struct ListRunsArgs {
    /// Where the runs are.
    #[command(flatten)]
    pub store: StoreArgs,

    /// How the listing is written
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// One run of a store.
#[derive(Debug, Args)]
pub struct OneRunArgs {
    /// The run [default: the current one]
    #[arg(value_name = "ID")]
    pub run: Option<String>,

    /// Where the runs are.
    #[command(flatten)]
    pub store: StoreArgs,

    /// How it is written
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// `generate`; without an action it writes a company's data.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct GenerateArgs {
    /// What else to generate.
    #[command(subcommand)]
    pub action: Option<GenerateAction>,

    /// A company's data.
    #[command(flatten)]
    pub company: Option<CompanyArgs>,
}

/// What `generate` can write beside a company's data.
#[derive(Debug, Subcommand)]
pub enum GenerateAction {
    /// Writes a random graph whose communities are known, to judge community detection by
    #[command(after_help = PLANTED_EXAMPLES)]
    Planted(PlantedArgs),
}

/// `generate planted`.
#[derive(Debug, Args)]
pub struct PlantedArgs {
    /// How many nodes
    #[arg(long, value_name = "N", default_value_t = generate::PLANTED_NODES,
          value_parser = limits::whole::<u32>(limits::WORD))]
    pub nodes: u32,

    /// The mean number of ties of a node
    #[arg(long, value_name = "D", default_value_t = generate::PLANTED_DEGREE)]
    pub degree: f64,

    /// The most ties that a node can have
    #[arg(long, value_name = "N", default_value_t = generate::PLANTED_MAX_DEGREE,
          value_parser = limits::whole::<u32>(limits::WORD))]
    pub max_degree: u32,

    /// The share of a node's ties that leave its community
    #[arg(long, value_name = "SHARE", default_value_t = generate::PLANTED_MIXING,
          value_parser = |text: &str| limits::SHARE.parse(text))]
    pub mixing: f64,

    /// The size of the smallest community
    #[arg(long, value_name = "N", default_value_t = generate::PLANTED_SMALLEST,
          value_parser = limits::whole::<u32>(limits::WORD))]
    pub smallest: u32,

    /// The size of the largest community
    #[arg(long, value_name = "N", default_value_t = generate::PLANTED_LARGEST,
          value_parser = limits::whole::<u32>(limits::WORD))]
    pub largest: u32,

    /// Seed of everything random: the same seed, the same bytes
    #[arg(long, value_name = "S", default_value_t = generate::SEED,
          value_parser = limits::whole::<u64>(limits::SEED))]
    pub seed: u64,

    /// The folder to write
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
}

/// `generate` without an action.
#[derive(Debug, Args)]
pub struct CompanyArgs {
    /// How many customers the CRM table holds, at least 100
    #[arg(long, value_name = "N", default_value_t = generate::CUSTOMERS,
          value_parser = limits::whole::<u32>(100..=MOST_PEOPLE))]
    pub customers: u32,

    /// How many accounts belong to no customer
    #[arg(long, value_name = "N", default_value_t = generate::PROSPECTS,
          value_parser = limits::whole::<u32>(0..=MOST_PEOPLE))]
    pub prospects: u32,

    /// About how many events there are in all, at least 1000
    #[arg(long, value_name = "N", default_value_t = generate::EVENTS,
          value_parser = limits::whole::<u32>(1000..=*limits::WORD.end()))]
    pub events: u32,

    /// Seed of everything random: the same seed, the same bytes
    #[arg(long, value_name = "S", default_value_t = generate::SEED,
          value_parser = limits::whole::<u64>(limits::SEED))]
    pub seed: u64,

    /// The folder to write
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,

    /// The run store that the written plaudit.toml names, relative to that file
    #[arg(long, value_name = "DIR", default_value = generate::OUTPUT)]
    pub store: String,
}
