//! What can be typed behind `plaudit cohort` and `plaudit reach`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{DiffusionName, Format, ReadArgs, StoreArgs};
use crate::{
    campaign::{Formula, ProbabilityOption, Quota},
    config::{PeopleSelector, limits},
    event::Time,
    influence,
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

Picked are customers who agreed to be contacted, so that together they reach the most. EXPR is a condition, FIGURE a \
number, over the columns of scores.parquet, as in SQL: comparisons, AND, OR, NOT, IN, BETWEEN, LIKE, IS NULL, + - * /; \
text stands in single quotes. FILE is a list with an id a line. WHOM is as for `top --personalised-to`. Contact logs \
are named in the configuration (`[[contacts]]`).";

pub(super) const REACH_EXAMPLES: &str = "\
Examples:
  plaudit reach C00017
  plaudit reach tier:star --without C00017
  plaudit reach --file invite.txt --overlap tier:star
  plaudit reach C00017 C00042 --among \"tier = 'voice'\" --format json

Reach is how many distinct customers hear of what these people say, on average, themselves included: as influence \
spreads by the probabilities that the run has learnt, or by those asked for.";

/// `cohort`.
#[derive(Debug, Args)]
pub struct CampaignCohortArgs {
    /// How many customers; with --budget, as many as it buys unless this says fewer
    #[arg(short = 'n', long, value_name = "N", required_unless_present = "budget",
          value_parser = limits::whole::<usize>(1..=limits::WORD.end() - 1))]
    pub size: Option<usize>,

    /// What the cohort is for: to reach the most, or to win them over first so that a bad message of the people of
    /// --from reaches the fewest
    #[arg(long, value_enum, default_value_t = Goal::Reach)]
    pub goal: Goal,

    /// The people from whom the bad message comes
    #[arg(long, value_name = "FILE", required_if_eq("goal", "contain"))]
    pub from: Vec<PathBuf>,

    /// Only customers for whom this holds, such as "tier = 'voice' AND value > 100"
    #[arg(long, value_name = "EXPR", value_parser = |text: &str| formula(text, "--eligible"))]
    pub eligible: Option<Formula>,

    /// Customers who are not picked
    #[arg(long, value_name = "FILE")]
    pub exclude: Vec<PathBuf>,

    /// Customers who are in the cohort in any case
    #[arg(long, value_name = "FILE")]
    pub must_include: Vec<PathBuf>,

    /// People who are invited already: they are not picked, and whom they reach counts as reached
    #[arg(long, value_name = "FILE")]
    pub already: Vec<PathBuf>,

    /// At most so many members of one community
    #[arg(long, value_name = "K", value_parser = limits::whole::<u32>(limits::CONTACTS))]
    pub max_per_community: Option<u32>,

    /// At most so many members of one household
    #[arg(long, value_name = "K", value_parser = limits::whole::<u32>(limits::CONTACTS))]
    pub max_per_household: Option<u32>,

    /// At most so many customers of one tier
    #[arg(long, value_name = "K", value_parser = limits::whole::<u32>(limits::CONTACTS))]
    pub max_per_tier: Option<u32>,

    /// At most so many customers with an account on one channel
    #[arg(long, value_name = "K", value_parser = limits::whole::<u32>(limits::CONTACTS))]
    pub max_per_channel: Option<u32>,

    /// At most so many of some people, such as tier:star=2; may be given again
    #[arg(long, value_name = "WHOM=K", value_parser = quota)]
    pub quota: Vec<Quota>,

    /// At least so many of some people, such as community:3=5; may be given again
    #[arg(long, value_name = "WHOM=K", value_parser = quota)]
    pub at_least: Vec<Quota>,

    /// What a customer costs: a column, or a figure made of columns
    #[arg(long, value_name = "FIGURE", requires = "budget", value_parser = |text: &str| formula(text, "--cost"))]
    pub cost: Option<Formula>,

    /// What all may cost together
    #[arg(long, value_name = "B", requires = "cost",
          value_parser = |text: &str| limits::BUDGET.parse(text))]
    pub budget: Option<f64>,

    /// The moment of the campaign, up to which contact logs count [default: that of the run]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub at: Option<Time>,

    /// Whom to reach, and how influence spreads.
    #[command(flatten)]
    pub spread: SpreadArgs,

    /// Stops once `1 - 1/e - EPSILON` of the best is certain
    #[arg(long, value_name = "EPSILON", default_value_t = influence::EPSILON,
          value_parser = |text: &str| limits::EPSILON.parse(text))]
    pub epsilon: f64,

    /// Where the runs are.
    #[command(flatten)]
    pub store: StoreArgs,

    /// The run to read [default: the current one]
    #[arg(long, value_name = "ID")]
    pub run: Option<String>,

    /// How the cohort is written
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    pub format: Format,

    /// Where the cohort is written [default: stdout]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// What a cohort is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Goal {
    /// To reach the most
    Reach,
    /// To keep a bad message from the most
    Contain,
}

/// `reach`.
#[derive(Debug, Args)]
pub struct CampaignReachArgs {
    /// The people: ids, tier:NAME, community:NUMBER, channel:NAME or @FILE
    #[arg(value_name = "WHOM", required_unless_present = "file", value_parser = whom)]
    pub whom: Vec<PeopleSelector>,

    /// More people, an id a line
    #[arg(long, value_name = "FILE")]
    pub file: Vec<PathBuf>,

    /// What it changes if these people join; may be given again
    #[arg(long, value_name = "WHOM", value_parser = whom)]
    pub with: Vec<PeopleSelector>,

    /// What it changes if these people leave; may be given again
    #[arg(long, value_name = "WHOM", value_parser = whom)]
    pub without: Vec<PeopleSelector>,

    /// How much of it others reach as well
    #[arg(long, value_name = "WHOM", value_parser = whom)]
    pub overlap: Option<PeopleSelector>,

    /// Whom to reach, and how influence spreads.
    #[command(flatten)]
    pub spread: SpreadArgs,

    /// How many communities and channels a table lists
    #[arg(short = 'n', long = "count", value_name = "N", default_value_t = LISTED_GROUPS,
          value_parser = limits::whole::<usize>(limits::COUNT))]
    pub count: usize,

    /// Which run, and how it is shown.
    #[command(flatten)]
    pub read: ReadArgs,
}

/// Whom to reach, and how influence spreads.
#[derive(Debug, Args)]
pub struct SpreadArgs {
    /// Counts only people for whom this holds when they are reached [default: customers]
    #[arg(long, value_name = "EXPR", value_parser = |text: &str| formula(text, "--among"))]
    pub among: Option<Formula>,

    /// Counts each of them by this, such as value [default: 1 each]
    #[arg(long, value_name = "FIGURE", value_parser = |text: &str| formula(text, "--worth"))]
    pub worth: Option<Formula>,

    /// The chance that somebody passes on what somebody else says: `learnt`, `weighted-cascade`, or a number [default:
    /// that of the run]
    #[arg(long, value_name = "CHANCE", value_parser = probability)]
    pub probability: Option<ProbabilityOption>,

    /// Independent cascade, or linear threshold [default: that of the run]
    #[arg(long, value_name = "MODEL", value_enum)]
    pub model: Option<DiffusionName>,

    /// Seed of everything random [default: that of the run]
    #[arg(long, value_name = "S", value_parser = limits::whole::<u64>(limits::SEED))]
    pub seed: Option<u64>,
}

fn formula(text: &str, option: &'static str) -> Result<Formula, String> {
    Formula::parse(text, option).map_err(|error| error.to_string())
}

#[expect(clippy::unnecessary_wraps, reason = "the form of a parser")]
fn whom(word: &str) -> Result<PeopleSelector, String> {
    Ok(PeopleSelector::parse(word))
}

fn time(text: &str) -> Result<Time, String> {
    Time::parse(text.as_bytes()).map_err(|why| format!("it {why}"))
}

fn quota(text: &str) -> Result<Quota, String> {
    let (whom, count) = text
        .rsplit_once('=')
        .filter(|(whom, _)| !whom.is_empty())
        .ok_or_else(|| "WHOM=K is expected, such as `tier:star=2`".to_owned())?;
    Ok(Quota { whom: PeopleSelector::parse(whom), count: limits::whole(limits::WORD)(count)? })
}

fn probability(text: &str) -> Result<ProbabilityOption, String> {
    let number = || limits::PROBABILITY.parse(text).ok();
    match text {
        "learnt" => Ok(ProbabilityOption::Learnt),
        "weighted-cascade" => Ok(ProbabilityOption::WeightedCascade),
        _ => number().map(ProbabilityOption::Fixed).ok_or_else(|| {
            "`learnt`, `weighted-cascade`, or a number above 0, at most 1 is expected".to_owned()
        }),
    }
}
