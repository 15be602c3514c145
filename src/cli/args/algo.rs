//! The options of `plaudit algo`: one graph algorithm on a plain edge list.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::one_of;
use crate::{
    community::{self, Quality},
    config::{
        self,
        choices::{self, word_of},
        defaults,
        limits::{self, number, whole},
    },
    event::{Delimiter, Quoting},
    influence::{self, Diffusion, EdgeProbability},
    rank::{self, Dangling, Solver},
    reach,
};

/// Default number of rounds of label propagation.
pub(super) const LABEL_ROUNDS: u32 = 10;

const EDGES_HELP: &str = "\
EDGES holds one edge per line, `source target [weight]`. The first row tells what separates the fields: a tab, one of \
`,` `;` `|`, or blanks; a row that is uncertain is refused, and --delimiter decides. A field that begins with a double \
quote ends with one. A first row that names the columns, such as `source,target`, is skipped with a note; --no-header reads it. Lines that \
begin with # or % are comments; those behind the first edge are counted in a note. Matrix Market files of kind \
`coordinate ... general` are read as well; files of other formats are refused by name. The file may be plain, .gz or \
.zst. Ids are text and are not changed.";

const ALGO_EXAMPLES: &str = "\
Examples:
  plaudit algo pagerank graph.txt -o ranks.csv --timings timings.json
  plaudit algo leiden graph.txt.gz --undirected --resolution 0.5
  plaudit algo leiden graph.txt --quality directed --min-size 5 --hierarchy
  plaudit algo reach follows.csv --hops 3
  plaudit algo cohort follows.csv --size 50";

#[derive(Debug, Args)]
#[command(after_help = ALGO_EXAMPLES)]
pub struct AlgoArgs {
    #[command(subcommand)]
    pub kernel: Kernel,
}

#[derive(Debug, Subcommand)]
pub enum Kernel {
    /// Computes weighted PageRank with a certified error bound
    #[command(after_help = EDGES_HELP)]
    Pagerank(PageRankArgs),
    /// Finds communities by the Leiden algorithm; every community is connected
    #[command(after_help = EDGES_HELP)]
    Leiden(LeidenArgs),
    /// Finds communities by synchronous label propagation, as LDBC Graphalytics defines it; ignores weights
    #[command(after_help = EDGES_HELP)]
    LabelPropagation(LabelPropagationArgs),
    /// Computes hub and authority scores (HITS)
    #[command(after_help = EDGES_HELP)]
    Hits(HitsArgs),
    /// Computes core numbers: the largest k such that a node is in the k-core, ignoring directions
    #[command(after_help = EDGES_HELP)]
    CoreNumbers(PlainKernelArgs),
    /// Finds the weakly connected components
    #[command(after_help = EDGES_HELP)]
    Components(PlainKernelArgs),
    /// Counts the k-hop audience of each node: the nodes with a path of at most k edges to it
    #[command(after_help = EDGES_HELP)]
    Reach(ReachArgs),
    /// Selects the seed set with the largest expected spread, with a certificate; along an edge `a b`, content spreads
    /// from b to a
    #[command(after_help = EDGES_HELP)]
    Cohort(CohortArgs),
    /// Shows counts and degree statistics of the graph
    #[command(after_help = EDGES_HELP)]
    Stats(PlainKernelArgs),
}

#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Clone, Debug, Args)]
pub struct EdgeListArgs {
    /// The edge list
    #[arg(value_name = "EDGES")]
    pub edges: PathBuf,

    /// The file to write the answer to, as CSV [default: stdout]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// A list of all node ids, one per line, to include isolated nodes
    #[arg(long, value_name = "FILE")]
    pub nodes: Option<PathBuf>,

    /// What separates the fields of a line [default: the first row tells it]
    #[arg(long, value_name = "NAME", value_parser = one_of(&choices::EDGE_DELIMITERS))]
    pub delimiter: Option<Delimiter>,

    /// Whether a field that begins with a double quote ends with one
    #[arg(long, value_name = "NAME", value_parser = one_of(&choices::QUOTINGS),
          default_value = word_of(&choices::QUOTINGS, &defaults::QUOTING))]
    pub quoting: Quoting,

    /// Reads lines that begin with # or % as edges, for example where hashtags are nodes
    #[arg(long)]
    pub no_comments: bool,

    /// Reads the first row of both files as a row like the others, even if it looks like names of columns
    #[arg(long)]
    pub no_header: bool,

    /// Reads the first two fields of each line only, whatever follows them; a repeated edge counts once
    #[arg(long)]
    pub ignore_weights: bool,

    /// Treats every edge as undirected
    #[arg(long)]
    pub undirected: bool,

    /// The memory that building the graph may take in addition to reading, such as `4GiB`; if an uncompressed graph
    /// might exceed it, the graph is compressed, which gives the same answer but takes longer [default: 80 % of the
    /// machine's free memory]
    #[arg(long, value_name = "SIZE", value_parser = memory_limit)]
    pub memory_limit: Option<u64>,

    /// The file to write times, counts and certificates to, as JSON
    #[arg(long, value_name = "FILE")]
    pub timings: Option<PathBuf>,

    /// Seed of the algorithms that draw random numbers (leiden, reach, cohort)
    #[arg(long, value_name = "S", default_value_t = defaults::SEED,
          value_parser = whole::<u64>(limits::SEED))]
    pub seed: u64,
}

#[derive(Debug, Args)]
pub struct PageRankArgs {
    #[command(flatten)]
    pub graph: EdgeListArgs,

    /// Damping factor: the probability that the random walk follows an edge
    #[arg(long, value_name = "P", default_value_t = rank::DAMPING, value_parser = number(&limits::DAMPING))]
    pub damping: f64,

    /// Certified bound on the L1 distance to the true answer
    #[arg(long, value_name = "BOUND", default_value_t = rank::TOLERANCE,
          value_parser = number(&limits::TOLERANCE))]
    pub tolerance: f64,

    /// Maximum number of rounds; not reaching the tolerance within them is an error
    #[arg(long, value_name = "N", default_value_t = rank::MAX_ROUNDS,
          value_parser = whole::<u32>(limits::ROUNDS))]
    pub max_rounds: u32,

    /// Runs exactly this many rounds, with any resulting error bound
    #[arg(long, value_name = "N", conflicts_with_all = ["tolerance", "max_rounds"],
          value_parser = whole::<u32>(limits::ROUNDS))]
    pub rounds: Option<u32>,

    /// The iteration scheme
    #[arg(long, value_name = "NAME", value_parser = one_of(&choices::SOLVERS),
          default_value = word_of(&choices::SOLVERS, &defaults::SOLVER))]
    pub solver: Solver,

    /// The nodes that receive the rank of dangling nodes (nodes without out-edges)
    #[arg(long, value_name = "NAME", value_parser = one_of(&choices::DANGLINGS),
          default_value = word_of(&choices::DANGLINGS, &Dangling::Teleport))]
    pub dangling: Dangling,

    /// Teleport weights, one `node weight` per line [default: all nodes equal]
    #[arg(long, value_name = "FILE")]
    pub teleport: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct LeidenArgs {
    #[command(flatten)]
    pub graph: EdgeListArgs,

    /// Resolution: 1 gives plain modularity, higher values give smaller communities
    #[arg(long, value_name = "R", default_value_t = community::RESOLUTION,
          value_parser = number(&limits::RESOLUTION))]
    pub resolution: f64,

    /// The quality function to maximize
    #[arg(long, value_parser = one_of(&choices::QUALITIES),
          default_value = word_of(&choices::QUALITIES, &Quality::Modularity))]
    pub quality: Quality,

    /// Maximum number of iterations; each starts from the partition of the previous iteration
    #[arg(long, value_name = "N", default_value_t = community::ITERATIONS,
          value_parser = whole::<u32>(limits::ITERATIONS))]
    pub iterations: u32,

    /// After --iterations, iterates further until no move of a single node improves the quality
    #[arg(long)]
    pub converge: bool,

    /// Merges a community with fewer nodes into the neighboring community with the largest edge weight to it
    #[arg(long, value_name = "N", default_value_t = community::MIN_SIZE,
          value_parser = whole::<u32>(limits::MEMBERS))]
    pub min_size: u32,

    /// Splits communities with more nodes [default: no maximum]
    #[arg(long, value_name = "N", value_parser = whole::<u32>(limits::MEMBERS))]
    pub max_size: Option<u32>,

    /// Adds a column with the path of each node in the hierarchy of communities, such as 3/0/2
    #[arg(long)]
    pub hierarchy: bool,
}

#[derive(Debug, Args)]
pub struct LabelPropagationArgs {
    #[command(flatten)]
    pub graph: EdgeListArgs,

    /// Number of rounds
    #[arg(long, value_name = "N", default_value_t = LABEL_ROUNDS,
          value_parser = whole::<u32>(limits::ROUNDS))]
    pub rounds: u32,
}

#[derive(Debug, Args)]
pub struct ReachArgs {
    #[command(flatten)]
    pub graph: EdgeListArgs,

    /// Number of hops: the k of the k-hop audience
    #[arg(long, value_name = "N", default_value_t = reach::HOPS, value_parser = whole::<u32>(limits::HOPS))]
    pub hops: u32,

    /// HyperLogLog registers per node, a power of two
    #[arg(long, value_name = "N", default_value_t = reach::REGISTERS, value_parser = registers)]
    pub registers: u32,

    /// Maximum number of edges that the exact search from one node visits; beyond it, the node's audience is estimated;
    /// 0 always estimates
    #[arg(long, value_name = "N", default_value_t = reach::EXACT_EDGES,
          value_parser = whole::<u64>(limits::EXACT_EDGES))]
    pub exact_edges: u64,

    /// Number of largest estimates that are replaced by exact counts
    #[arg(long, value_name = "N", default_value_t = reach::EXACT_TOP,
          value_parser = whole::<u32>(limits::EXACT_TOP))]
    pub exact_top: u32,

    /// Decay: in `decayed_reach`, the weight of a node is multiplied by this factor for each additional hop
    #[arg(long, value_name = "D", default_value_t = reach::DECAY, value_parser = number(&limits::SHARE))]
    pub decay: f64,
}

#[derive(Debug, Args)]
pub struct CohortArgs {
    #[command(flatten)]
    pub graph: EdgeListArgs,

    /// Maximum number of nodes to select
    #[arg(short = 'n', long, value_name = "N", default_value_t = COHORT_SIZE,
          value_parser = whole::<usize>(limits::MEMBERS))]
    pub size: usize,

    /// The probability that influence passes along an edge: `weight` (the edge's weight), `weighted-cascade` (its share
    /// of its source's out-strength), or one number for all
    #[arg(long, value_name = "P", default_value = "weighted-cascade", value_parser = probability)]
    pub probability: EdgeProbability,

    /// The diffusion model
    #[arg(long, value_name = "MODEL", value_parser = one_of(&choices::DIFFUSIONS),
          default_value = word_of(&choices::DIFFUSIONS, &Diffusion::IndependentCascade))]
    pub model: Diffusion,

    /// Stops once the seed set is certified to spread at least `1 - 1/e - EPSILON` of the optimum
    #[arg(long, value_name = "EPSILON", default_value_t = influence::EPSILON,
          value_parser = number(&limits::EPSILON))]
    pub epsilon: f64,
}

/// Default number of nodes of a cohort.
pub const COHORT_SIZE: usize = 50;

fn probability(text: &str) -> Result<EdgeProbability, String> {
    match text {
        "weight" => Ok(EdgeProbability::Weight),
        "weighted-cascade" => Ok(EdgeProbability::WeightedCascade),
        _ => number(&limits::PROBABILITY)(text)
            .map(EdgeProbability::Fixed)
            .map_err(|expected| format!("`weight`, `weighted-cascade`, or {expected}")),
    }
}

#[derive(Debug, Args)]
pub struct HitsArgs {
    #[command(flatten)]
    pub graph: EdgeListArgs,

    /// Stops when a round changes neither vector by more than this in L1; this is no bound on the distance to the limit
    #[arg(long, value_name = "CHANGE", default_value_t = rank::HITS_TOLERANCE,
          value_parser = number(&limits::TOLERANCE))]
    pub tolerance: f64,

    /// Maximum number of rounds; not reaching the tolerance within them is an error
    #[arg(long, value_name = "N", default_value_t = rank::HITS_MAX_ROUNDS,
          value_parser = whole::<u32>(limits::ROUNDS))]
    pub max_rounds: u32,
}

/// The options of `algo core-numbers`, `algo components` and `algo stats`.
#[derive(Debug, Args)]
pub struct PlainKernelArgs {
    #[command(flatten)]
    pub graph: EdgeListArgs,
}

fn memory_limit(text: &str) -> Result<u64, String> {
    config::parse_byte_size(text).ok_or_else(|| "an amount such as `4GiB` or `500MB` is expected".to_owned())
}

fn registers(text: &str) -> Result<u32, String> {
    let number = text.parse::<u32>().ok();
    number
        .filter(|number| limits::REGISTERS.contains(&i64::from(*number)) && number.is_power_of_two())
        .ok_or_else(|| format!("{} is expected", limits::register_words()))
}
