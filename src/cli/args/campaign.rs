//! The arguments of `plaudit cohort` and `plaudit reach`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{ReadArgs, StoreArgs, one_of};
use crate::{
    campaign::{Formula, ProbabilityOption, Quota},
    config::{
        PeopleSelector, choices,
        limits::{self, number, whole},
    },
    event::Time,
    influence::{self, Diffusion},
    report::Format,
};

/// Default number of communities and channels that `reach` lists.
pub const LISTED_GROUPS: usize = 10;

pub(super) const COHORT_EXAMPLES: &str = "\
Examples:
  plaudit cohort -n 50
  plaudit cohort -n 50 --max-per-community 5 --max-per-household 1 -o invite.csv
  plaudit cohort -n 50 --eligible \"tier IN ('leader', 'voice') AND channels LIKE '%forum%'\"
  plaudit cohort -n 50 --quota tier:star=2 --at-least channel:forum=10 --among \"status = 'customer' AND value > 100\"
  plaudit cohort --cost \"10 + 0.1 * value\" --budget 2000
  plaudit cohort -n 10 --goal contain --from angry.txt --format table

Picks the customers with the largest expected spread together, among those who agreed to be contacted. EXPR is a \
condition, FIGURE a number, over the columns of scores.parquet, as in SQL: comparisons, AND, OR, NOT, IN, BETWEEN, LIKE, \
IS NULL, + - * /; text is written in single quotes. FILE lists ids, one per line. PEOPLE is an id, \
the name of a tier, id:ID, tier:NAME, community:NUMBER, channel:NAME or @FILE. Contact logs are named in the configuration (`[[contacts]]`).";

pub(super) const REACH_EXAMPLES: &str = "\
Examples:
  plaudit reach C00017
  plaudit reach tier:star --without C00017
  plaudit reach --file invite.txt --overlap tier:star
  plaudit reach C00017 C00042 --among \"tier = 'voice'\" --format json

The expected spread is the expected number of distinct customers that a message of these people activates, themselves \
included, under the edge probabilities of the run or of --probability.";

#[derive(Debug, Args)]
pub struct CampaignCohortArgs {
    /// Number of customers; with --budget, the maximum number
    #[arg(short = 'n', long, value_name = "N", required_unless_present = "budget",
          value_parser = whole::<usize>(1..=limits::WORD.end() - 1))]
    pub size: Option<usize>,

    /// The goal of the cohort: the largest expected spread, or blocking a bad message from the --from people
    #[arg(long, value_enum, default_value_t = Goal::Reach)]
    pub goal: Goal,

    /// The sources of the bad message
    #[arg(long, value_name = "FILE", required_if_eq("goal", "contain"))]
    pub from: Vec<PathBuf>,

    /// Picks only customers that meet this condition, such as "tier = 'voice' AND value > 100"
    #[arg(long, value_name = "EXPR", value_parser = |text: &str| formula(text, "--eligible"))]
    pub eligible: Option<Formula>,

    /// Customers who must not be selected
    #[arg(long, value_name = "FILE")]
    pub exclude: Vec<PathBuf>,

    /// Customers who must be in the cohort
    #[arg(long, value_name = "FILE")]
    pub must_include: Vec<PathBuf>,

    /// People who are already invited: they are not picked, and the people that they activate are not counted again
    #[arg(long, value_name = "FILE")]
    pub already: Vec<PathBuf>,

    /// At most K members of one community
    #[arg(long, value_name = "K", value_parser = whole::<u32>(limits::CONTACTS))]
    pub max_per_community: Option<u32>,

    /// At most K members of one household
    #[arg(long, value_name = "K", value_parser = whole::<u32>(limits::CONTACTS))]
    pub max_per_household: Option<u32>,

    /// At most K customers of one tier
    #[arg(long, value_name = "K", value_parser = whole::<u32>(limits::CONTACTS))]
    pub max_per_tier: Option<u32>,

    /// At most K customers with an account on one channel
    #[arg(long, value_name = "K", value_parser = whole::<u32>(limits::CONTACTS))]
    pub max_per_channel: Option<u32>,

    /// At most K of the people selected by PEOPLE, such as tier:star=2; may be repeated
    #[arg(long, value_name = "PEOPLE=K", value_parser = quota)]
    pub quota: Vec<Quota>,

    /// At least K of the people selected by PEOPLE, such as community:3=5; may be repeated
    #[arg(long, value_name = "PEOPLE=K", value_parser = quota)]
    pub at_least: Vec<Quota>,

    /// The cost of a customer: a column, or a figure computed from columns
    #[arg(long, value_name = "FIGURE", requires = "budget", value_parser = |text: &str| formula(text, "--cost"))]
    pub cost: Option<Formula>,

    /// The maximum total cost of the cohort
    #[arg(long, value_name = "B", requires = "cost", value_parser = number(&limits::BUDGET))]
    pub budget: Option<f64>,

    /// The time of the campaign, at which the windows of contact logs end [default: as-of time of the run]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub at: Option<Time>,

    #[command(flatten)]
    pub spread: SpreadArgs,

    /// Stops once the cohort is certified to spread at least `1 - 1/e - EPSILON` of the optimum
    #[arg(long, value_name = "EPSILON", default_value_t = influence::EPSILON,
          value_parser = number(&limits::EPSILON))]
    pub epsilon: f64,

    #[command(flatten)]
    pub store: StoreArgs,

    /// The run to read [default: the current one]
    #[arg(long, value_name = "ID")]
    pub run: Option<String>,

    /// The output format of the cohort
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    pub format: Format,

    /// The file to write the cohort to [default: stdout]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Goal {
    /// To reach the most people
    Reach,
    /// To keep a bad message from the most people
    Contain,
}

#[derive(Debug, Args)]
pub struct CampaignReachArgs {
    /// The people: ids, tier:NAME, community:NUMBER, channel:NAME or @FILE
    #[arg(value_name = "PEOPLE", required_unless_present = "file", value_parser = selector)]
    pub people: Vec<PeopleSelector>,

    /// A list of more people, one id per line
    #[arg(long, value_name = "FILE")]
    pub file: Vec<PathBuf>,

    /// Shows the change if these people join; may be repeated
    #[arg(long, value_name = "PEOPLE", value_parser = selector)]
    pub with: Vec<PeopleSelector>,

    /// Shows the change if these people leave; may be repeated
    #[arg(long, value_name = "PEOPLE", value_parser = selector)]
    pub without: Vec<PeopleSelector>,

    /// Shows the overlap with the expected spread of these people
    #[arg(long, value_name = "PEOPLE", value_parser = selector)]
    pub overlap: Option<PeopleSelector>,

    #[command(flatten)]
    pub spread: SpreadArgs,

    /// Number of communities and of channels to list in a table
    #[arg(short = 'n', long = "count", value_name = "N", default_value_t = LISTED_GROUPS,
          value_parser = whole::<usize>(limits::COUNT))]
    pub count: usize,

    #[command(flatten)]
    pub read: ReadArgs,
}

#[derive(Debug, Args)]
pub struct SpreadArgs {
    /// Counts only reached people that meet this condition [default: customers]
    #[arg(long, value_name = "EXPR", value_parser = |text: &str| formula(text, "--among"))]
    pub among: Option<Formula>,

    /// Counts each reached person with this weight, such as value [default: 1 each]
    #[arg(long, value_name = "FIGURE", value_parser = |text: &str| formula(text, "--worth"))]
    pub worth: Option<Formula>,

    /// The probability that one person passes on another's content: `learnt`, `weighted-cascade`, or a number [default:
    /// as in the run]
    #[arg(long, value_name = "P", value_parser = probability)]
    pub probability: Option<ProbabilityOption>,

    /// The diffusion model [default: as in the run]
    #[arg(long, value_name = "MODEL", value_parser = one_of(&choices::DIFFUSIONS))]
    pub model: Option<Diffusion>,

    /// Seed of all random numbers [default: as in the run]
    #[arg(long, value_name = "S", value_parser = whole::<u64>(limits::SEED))]
    pub seed: Option<u64>,
}

fn formula(text: &str, option: &'static str) -> Result<Formula, String> {
    Formula::parse(text, option).map_err(|error| error.to_string())
}

#[expect(clippy::unnecessary_wraps, reason = "the form of a parser")]
fn selector(word: &str) -> Result<PeopleSelector, String> {
    Ok(PeopleSelector::parse(word))
}

pub(super) fn time(text: &str) -> Result<Time, String> {
    Time::parse(text.as_bytes()).map_err(|why| format!("it {why}"))
}

fn quota(text: &str) -> Result<Quota, String> {
    let (people, count) = text
        .rsplit_once('=')
        .filter(|(people, _)| !people.is_empty())
        .ok_or_else(|| "PEOPLE=K is expected, such as `tier:star=2`".to_owned())?;
    Ok(Quota { people: PeopleSelector::parse(people), count: whole(limits::WORD)(count)? })
}

fn probability(text: &str) -> Result<ProbabilityOption, String> {
    match text {
        "learnt" => Ok(ProbabilityOption::Learned),
        "weighted-cascade" => Ok(ProbabilityOption::WeightedCascade),
        _ => number(&limits::PROBABILITY)(text)
            .map(ProbabilityOption::Fixed)
            .map_err(|expected| format!("`learnt`, `weighted-cascade`, or {expected}")),
    }
}
