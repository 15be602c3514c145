//! The commands and options of the command line, without logic.

mod algo;
mod campaign;
mod communities;

use std::{ffi::OsString, path::PathBuf};

use clap::{
    ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
    error::ErrorKind,
    parser::ValueSource,
};

pub use algo::{
    AlgoArgs, COHORT_SIZE, CohortArgs, EdgeListArgs, HitsArgs, Kernel, LabelPropagationArgs, LeidenArgs,
    PageRankArgs, PlainKernelArgs, ReachArgs,
};
pub use campaign::{CampaignCohortArgs, CampaignReachArgs, Goal, LISTED_GROUPS, SpreadArgs};
pub use communities::{
    CommunitiesAction, CommunitiesArgs, InviteArgs, LISTED_INVITATIONS, LISTED_MEMBERS, ShowCommunityArgs,
};

use crate::{
    config::{
        PeopleSelector,
        choices::{self, ChoiceWord},
        limits::{self, number, whole},
    },
    event::Time,
    generate,
    report::{Format, TopBy},
};

/// Maximum number of customers, and of prospects, in a synthetic company.
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

Exit codes: 0 done, 1 fault in input, data or configuration, 2 wrong usage, 3 a guard refused to publish, \
4 another run holds the store, 5 the disk is full or not writable, 70 a bug, 75 stopped by a signal, start again.";

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
  plaudit top --personalized-to channel:forum --others-only    who influences the people of the forum
  plaudit top --personalized-to C00017                         who influences one customer

PEOPLE is an id or the name of a tier; `id:…` and `tier:…` say which, `community:NUMBER` and `channel:NAME` are the \
customers that --community and --channel list, and `@FILE` is a list with one id per line. Personalized PageRank ranks \
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

Writes edges.el (one `source target` per line) and truth.csv (`node,community`). Degrees follow a power law with \
exponent 2.5, community sizes one with exponent 1.5 (Lancichinetti, Fortunato, Radicchi 2008). The direction of each \
edge is random.";

/// Turns follows, shares and replies into influence tiers that a CRM can import.
#[derive(Debug, Parser)]
#[command(name = "plaudit", version, about, after_help = EXAMPLES, max_term_width = 110)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,

    /// Number of threads; results do not depend on it [default: one per core]
    #[arg(long, global = true, value_name = "N", value_parser = whole::<u16>(limits::THREADS))]
    pub threads: Option<u16>,
}

impl Cli {
    /// Parses the command line; `arguments` begin with the program's name.
    ///
    /// # Errors
    /// What is wrong with the arguments, or the requested help or version text.
    pub fn read<T: Into<OsString> + Clone>(
        arguments: impl IntoIterator<Item = T>,
    ) -> Result<Self, clap::Error> {
        let mut command = with_negative_numbers(Self::command());
        let matches = command.try_get_matches_from_mut(arguments)?;
        refuse_misplaced_count(&matches, &mut command)?;
        Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    }
}

/// Refuses `-n` before an action, such as in `communities -n 5 show 3`: there it is the number of communities, and the
/// action does not list communities.
fn refuse_misplaced_count(matches: &ArgMatches, command: &mut clap::Command) -> Result<(), clap::Error> {
    let Some((group, options)) = matches.subcommand() else { return Ok(()) };
    let Some(action) = options.subcommand_name() else { return Ok(()) };
    let is_given = options.ids().any(|id| id == "count")
        && options.value_source("count") == Some(ValueSource::CommandLine);
    if !is_given {
        return Ok(());
    }
    let message =
        format!("-n of `{group}` cannot be used with `{action}`: write `plaudit {group} {action} … -n N`");
    Err(command.error(ErrorKind::ArgumentConflict, message))
}

/// Makes options accept negative numbers, so that the range check of each option refuses them; otherwise clap takes
/// `-1` for an option.
fn with_negative_numbers(command: clap::Command) -> clap::Command {
    let allow = |arg: clap::Arg| {
        let takes_values = arg.get_action().takes_values();
        arg.allow_negative_numbers(takes_values)
    };
    command.mut_args(allow).mut_subcommands(with_negative_numbers)
}

/// Parses one of the words of a choice; the help lists the words with their meanings.
fn one_of<T: Copy + Send + Sync + 'static>(
    words: &'static [ChoiceWord<T>],
) -> impl TypedValueParser<Value = T> {
    let shown = words.iter().map(|choice| PossibleValue::new(choice.word).help(choice.meaning));
    PossibleValuesParser::new(shown)
        .map(|word| choices::value_of(words, &word).expect("invariant: the parser knows these words only"))
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs the nightly batch: reads events, scores everyone, publishes the tiers
    #[command(after_help = RUN_EXAMPLES)]
    Run(RunArgs),
    /// Reads all inputs and writes nothing: shows counts, the first bad rows, and the memory that a run would take
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckArgs),
    /// Lists the customers with the most influence
    #[command(after_help = TOP_EXAMPLES)]
    Top(TopArgs),
    /// Lists influential accounts that are in no CRM record
    #[command(after_help = PROSPECTS_EXAMPLES)]
    Prospects(ProspectsArgs),
    /// Lists communities by size, describes one community, or lists customers to invite into it
    #[command(after_help = communities::COMMUNITIES_EXAMPLES)]
    Communities(CommunitiesArgs),
    /// Selects the customers with the largest expected spread together, within consent, caps, quotas and budget
    #[command(after_help = campaign::COHORT_EXAMPLES)]
    Cohort(Box<CampaignCohortArgs>),
    /// Estimates the expected spread of some people: the expected number of customers that their content activates
    #[command(after_help = campaign::REACH_EXAMPLES)]
    Reach(Box<CampaignReachArgs>),
    /// Lists, shows or verifies the runs in the store
    #[command(after_help = RUNS_EXAMPLES)]
    Runs(RunsArgs),
    /// Shows how many denials of consent the store remembers, and takes wrong ones back
    Denials(DenialsArgs),
    /// Writes a synthetic data set whose true communities, people and spam are known
    #[command(after_help = GENERATE_EXAMPLES)]
    Generate(GenerateArgs),
    /// Runs one graph algorithm on a plain edge list
    Algo(AlgoArgs),
}

#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub progress: ProgressArgs,

    /// The as-of time; overrides the configuration [default: `[run] as_of`]
    #[arg(long, value_name = "TIME", value_parser = campaign::time)]
    pub as_of: Option<Time>,

    /// Publishes in spite of the warnings of `[guard]`, which the manifest then names
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub progress: ProgressArgs,
}

#[derive(Debug, Args)]
pub struct InputArgs {
    /// The configuration file [default: plaudit.toml]
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Event files to read instead of a configuration
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "config")]
    pub events: Vec<PathBuf>,

    /// The run store; overrides the configuration [default: out]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Args)]
pub struct ProgressArgs {
    /// How progress, notes and errors are written to stderr
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,

    /// Shows only errors, no progress and no summary
    #[arg(short, long)]
    pub quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people: a progress bar on a terminal, one line per stage elsewhere
    Text,
    /// For schedulers: one JSON object per line
    Json,
}

/// Options of the run store; before or after an action of the command, such as `show`.
#[derive(Debug, Args)]
pub struct StoreArgs {
    /// The run store [default: the configuration's output, else out]
    #[arg(long, global = true, value_name = "DIR")]
    pub store: Option<PathBuf>,

    /// The configuration that names the run store [default: plaudit.toml if there is one]
    #[arg(short, long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct ReadArgs {
    #[command(flatten)]
    pub store: StoreArgs,

    /// The run to read [default: the current one]
    #[arg(long, global = true, value_name = "ID")]
    pub run: Option<String>,

    /// The format of the listing
    #[arg(long, global = true, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct TopArgs {
    /// Number of customers
    #[arg(short = 'n', long = "count", value_name = "N", default_value_t = LISTED_ROWS,
          value_parser = whole::<usize>(limits::COUNT))]
    pub count: usize,

    /// The column to sort by
    #[arg(long, value_enum, value_name = "COLUMN", default_value_t = TopBy::Score)]
    pub by: TopBy,

    /// Ranks customers by their influence on these people, measured by personalized PageRank
    #[arg(long = "personalized-to", alias = "personalised-to", value_name = "PEOPLE", conflicts_with = "by",
          value_parser = |word: &str| Ok::<_, String>(PeopleSelector::parse(word)))]
    pub personalized_to: Option<PeopleSelector>,

    /// Omits the people named by --personalized-to
    #[arg(long, requires = "personalized_to")]
    pub others_only: bool,

    /// Only this tier
    #[arg(long, value_name = "NAME")]
    pub tier: Option<String>,

    /// Only this community
    #[arg(long, value_name = "ID", value_parser = whole::<u32>(limits::WORD))]
    pub community: Option<u32>,

    /// Only customers with an account on this channel
    #[arg(long, value_name = "NAME")]
    pub channel: Option<String>,

    #[command(flatten)]
    pub read: ReadArgs,
}

#[derive(Debug, Args)]
pub struct ProspectsArgs {
    /// Number of accounts
    #[arg(short = 'n', long = "count", value_name = "N", default_value_t = LISTED_PROSPECTS,
          value_parser = whole::<usize>(limits::COUNT))]
    pub count: usize,

    /// Only accounts on this channel
    #[arg(long, value_name = "NAME")]
    pub channel: Option<String>,

    #[command(flatten)]
    pub read: ReadArgs,
}

/// The options of `runs`; without an action it lists the runs.
#[derive(Debug, Args)]
pub struct RunsArgs {
    #[command(subcommand)]
    pub action: Option<RunsAction>,

    #[command(flatten)]
    pub store: StoreArgs,

    /// The format of the output
    #[arg(long, global = true, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

#[derive(Debug, Subcommand)]
pub enum RunsAction {
    /// Lists all runs with their counts, newest first
    List,
    /// Summarizes the manifest of one run
    Show(OneRunArgs),
    /// Compares every file of a run with its digest in the manifest, and checks the graph
    Verify(OneRunArgs),
}

#[derive(Debug, Args)]
pub struct OneRunArgs {
    /// The run [default: the current one]
    #[arg(value_name = "ID")]
    pub run: Option<String>,
}

/// The options of `denials`; without an action it shows counts.
#[derive(Debug, Args)]
pub struct DenialsArgs {
    #[command(subcommand)]
    pub action: Option<DenialsAction>,

    #[command(flatten)]
    pub store: StoreArgs,
}

#[derive(Debug, Subcommand)]
pub enum DenialsAction {
    /// Shows how many denials are remembered
    Show,
    /// Forgets what only refused runs taught, for example after a CRM export whose columns had moved
    ForgetRefused,
    /// Forgets that somebody denied consent under an identifier, for example after a wrong handle in the CRM
    Release {
        /// The identifier with its namespace, such as `twitter:ada`
        #[arg(value_name = "IDENTIFIER")]
        identifier: String,
    },
}

/// The options of `generate`; without an action it writes a company's data.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct GenerateArgs {
    #[command(subcommand)]
    pub action: Option<GenerateAction>,

    #[command(flatten)]
    pub company: Option<CompanyArgs>,
}

/// Other data that `generate` can write instead of a company's data.
#[derive(Debug, Subcommand)]
pub enum GenerateAction {
    /// Writes a random graph with known communities, a benchmark for community detection
    #[command(after_help = PLANTED_EXAMPLES)]
    Planted(PlantedArgs),
}

#[derive(Debug, Args)]
pub struct PlantedArgs {
    /// Number of nodes
    #[arg(long, value_name = "N", default_value_t = generate::PLANTED_NODES,
          value_parser = whole::<u32>(limits::WORD))]
    pub nodes: u32,

    /// The mean degree of a node, ignoring directions
    #[arg(long, value_name = "D", default_value_t = generate::PLANTED_DEGREE)]
    pub degree: f64,

    /// The maximum degree of a node, ignoring directions
    #[arg(long, value_name = "N", default_value_t = generate::PLANTED_MAX_DEGREE,
          value_parser = whole::<u32>(limits::WORD))]
    pub max_degree: u32,

    /// The share of a node's edges that leave its community
    #[arg(long, value_name = "SHARE", default_value_t = generate::PLANTED_MIXING,
          value_parser = number(&limits::SHARE))]
    pub mixing: f64,

    /// The size of the smallest community
    #[arg(long, value_name = "N", default_value_t = generate::PLANTED_SMALLEST,
          value_parser = whole::<u32>(limits::WORD))]
    pub smallest: u32,

    /// The size of the largest community
    #[arg(long, value_name = "N", default_value_t = generate::PLANTED_LARGEST,
          value_parser = whole::<u32>(limits::WORD))]
    pub largest: u32,

    /// Seed of all random numbers; the same seed gives the same bytes
    #[arg(long, value_name = "S", default_value_t = generate::SEED,
          value_parser = whole::<u64>(limits::SEED))]
    pub seed: u64,

    /// The folder to write, new or empty
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
}

/// The options of `generate` without an action.
#[derive(Debug, Args)]
pub struct CompanyArgs {
    /// Number of customers in the CRM table, at least 100
    #[arg(long, value_name = "N", default_value_t = generate::CUSTOMERS,
          value_parser = whole::<u32>(100..=MOST_PEOPLE))]
    pub customers: u32,

    /// Number of prospects: accounts that belong to no customer
    #[arg(long, value_name = "N", default_value_t = generate::PROSPECTS,
          value_parser = whole::<u32>(0..=MOST_PEOPLE))]
    pub prospects: u32,

    /// Approximate number of events, at least 1000
    #[arg(long, value_name = "N", default_value_t = generate::EVENTS,
          value_parser = whole::<u32>(1000..=*limits::WORD.end()))]
    pub events: u32,

    /// Seed of all random numbers; the same seed gives the same bytes
    #[arg(long, value_name = "S", default_value_t = generate::SEED,
          value_parser = whole::<u64>(limits::SEED))]
    pub seed: u64,

    /// The folder to write, new or empty
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,

    /// The run store that the written plaudit.toml names, relative to that file
    #[arg(long, value_name = "DIR", default_value = generate::OUTPUT)]
    pub store: String,
}
