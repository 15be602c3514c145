//! `plaudit algo`: one kernel on a plain edge list.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::{
    community::{self, Quality},
    config::{self, defaults, limits},
    influence::{self, Diffusion},
    rank, reach,
};

/// Default number of rounds of label propagation.
pub(super) const LABEL_ROUNDS: u32 = 10;

const EDGES_HELP: &str = "\
EDGES holds one edge a line, `source target [weight]`, separated by blanks, comma or tab. Lines that begin with # or % \
are comments. The file may be plain, .gz or .zst. Ids are kept as they are written.";

const ALGO_EXAMPLES: &str = "\
Examples:
  plaudit algo pagerank graph.txt -o ranks.csv --timings timings.json
  plaudit algo leiden graph.txt.gz --undirected --resolution 0.5
  plaudit algo leiden graph.txt --quality directed --min-size 5 --hierarchy
  plaudit algo reach follows.csv --hops 3
  plaudit algo cohort follows.csv --size 50";

/// `algo`.
#[derive(Debug, Args)]
#[command(after_help = ALGO_EXAMPLES)]
pub struct AlgoArgs {
    /// Which kernel.
    #[command(subcommand)]
    pub kernel: Kernel,
}

/// The kernels.
#[derive(Debug, Subcommand)]
pub enum Kernel {
    /// Weighted PageRank with a certified bound on its error
    #[command(after_help = EDGES_HELP)]
    Pagerank(PageRankArgs),
    /// Communities by Leiden; every one is connected
    #[command(after_help = EDGES_HELP)]
    Leiden(LeidenArgs),
    /// Communities by synchronous label propagation, the rule of LDBC Graphalytics
    #[command(after_help = EDGES_HELP)]
    LabelPropagation(LabelPropagationArgs),
    /// Hubs and authorities: who attends to the right nodes, and who is attended to by those
    #[command(after_help = EDGES_HELP)]
    Hits(HitsArgs),
    /// The largest k for which each node is in a part where everybody has k neighbours, whatever way edges point
    #[command(after_help = EDGES_HELP)]
    CoreNumbers(PlainKernelArgs),
    /// Weakly connected components
    #[command(after_help = EDGES_HELP)]
    Components(PlainKernelArgs),
    /// How many distinct nodes each node's content gets to; an edge `a b` says that a attends to b
    #[command(after_help = EDGES_HELP)]
    Reach(ReachArgs),
    /// The nodes to begin with so that together they reach the most, with a certificate; `a b`: a attends to b
    #[command(after_help = EDGES_HELP)]
    Cohort(CohortArgs),
    /// Counts and degrees of the graph
    #[command(after_help = EDGES_HELP)]
    Stats(PlainKernelArgs),
}

/// What every kernel reads and writes.
#[derive(Debug, Args)]
pub struct EdgeListArgs {
    /// The edge list
    #[arg(value_name = "EDGES")]
    pub edges: PathBuf,

    /// Where the answer goes, as CSV [default: stdout]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// A list of node ids, one a line, isolated ones too
    #[arg(long, value_name = "FILE")]
    pub nodes: Option<PathBuf>,

    /// Takes every edge in both directions
    #[arg(long)]
    pub undirected: bool,

    /// How much memory building the graph may take, with what reading left, such as `4GiB`; where a plain graph might
    /// take more, it is packed: the answer is the same, and the kernels take longer [default: four fifths of the
    /// machine's free memory]
    #[arg(long, value_name = "SIZE", value_parser = memory_limit)]
    pub memory_limit: Option<u64>,

    /// Where times, counts and certificates go, as JSON
    #[arg(long, value_name = "FILE")]
    pub timings: Option<PathBuf>,

    /// Seed of the kernels that draw random numbers (leiden, reach, cohort)
    #[arg(long, value_name = "S", default_value_t = defaults::SEED,
          value_parser = limits::whole::<u64>(limits::SEED))]
    pub seed: u64,
}

/// `algo pagerank`.
#[derive(Debug, Args)]
pub struct PageRankArgs {
    /// The graph, and where the answer goes.
    #[command(flatten)]
    pub graph: EdgeListArgs,

    /// Probability to walk on along an edge
    #[arg(long, value_name = "P", default_value_t = rank::DAMPING,
          value_parser = |text: &str| limits::DAMPING.parse(text))]
    pub damping: f64,

    /// Bound on the L1 distance to the true answer
    #[arg(long, value_name = "BOUND", default_value_t = rank::TOLERANCE,
          value_parser = |text: &str| limits::TOLERANCE.parse(text))]
    pub tolerance: f64,

    /// Rounds after which not having reached the tolerance is an error
    #[arg(long, value_name = "N", default_value_t = rank::MAX_ROUNDS,
          value_parser = limits::whole::<u32>(limits::ROUNDS))]
    pub max_rounds: u32,

    /// Exactly so many rounds, whatever the bound is then
    #[arg(long, value_name = "N", conflicts_with_all = ["tolerance", "max_rounds"],
          value_parser = limits::whole::<u32>(limits::ROUNDS))]
    pub rounds: Option<u32>,

    /// Which iteration
    #[arg(long, value_enum, value_name = "NAME", default_value_t = SolverName::from(defaults::SOLVER))]
    pub solver: SolverName,

    /// Where the rank of a node without out-edges goes
    #[arg(long, value_enum, value_name = "NAME", default_value_t = DanglingName::Teleport)]
    pub dangling: DanglingName,

    /// Where the walk starts anew, `node weight` a line [default: every node alike]
    #[arg(long, value_name = "FILE")]
    pub teleport: Option<PathBuf>,
}

/// The iterations of PageRank by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SolverName {
    /// Blocks of nodes in turn, each on the newest values: fewer rounds
    GaussSeidel,
    /// Every node reads the values of the round before
    Jacobi,
}

impl From<rank::Solver> for SolverName {
    fn from(solver: rank::Solver) -> Self {
        match solver {
            rank::Solver::GaussSeidel => Self::GaussSeidel,
            rank::Solver::Jacobi => Self::Jacobi,
        }
    }
}

impl From<SolverName> for rank::Solver {
    fn from(name: SolverName) -> Self {
        match name {
            SolverName::GaussSeidel => Self::GaussSeidel,
            SolverName::Jacobi => Self::Jacobi,
        }
    }
}

/// Where the rank of a node without out-edges can go, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DanglingName {
    /// To the teleport vector: the walk starts anew
    Teleport,
    /// To all nodes alike, whatever the teleport vector
    Uniform,
}

impl From<DanglingName> for rank::Dangling {
    fn from(name: DanglingName) -> Self {
        match name {
            DanglingName::Teleport => Self::Teleport,
            DanglingName::Uniform => Self::Uniform,
        }
    }
}

/// `algo leiden`.
#[derive(Debug, Args)]
pub struct LeidenArgs {
    /// The graph, and where the answer goes.
    #[command(flatten)]
    pub graph: EdgeListArgs,

    /// 1 is plain modularity; higher values find smaller communities
    #[arg(long, value_name = "R", default_value_t = community::RESOLUTION,
          value_parser = |text: &str| limits::RESOLUTION.parse(text))]
    pub resolution: f64,

    /// What is maximised
    #[arg(long, value_enum, default_value_t = LeidenQuality::Modularity)]
    pub quality: LeidenQuality,

    /// How often the whole procedure runs at most, each time from the partition before
    #[arg(long, value_name = "N", default_value_t = community::ITERATIONS,
          value_parser = limits::whole::<u32>(limits::ITERATIONS))]
    pub iterations: u32,

    /// Goes on from there until no single move of a node adds quality
    #[arg(long)]
    pub converge: bool,

    /// A community of fewer nodes joins the neighbour that it is tied to most
    #[arg(long, value_name = "N", default_value_t = community::MIN_SIZE,
          value_parser = limits::whole::<u32>(limits::MEMBERS))]
    pub min_size: u32,

    /// A community of more nodes is divided further [default: none is]
    #[arg(long, value_name = "N", value_parser = limits::whole::<u32>(limits::MEMBERS))]
    pub max_size: Option<u32>,

    /// Adds a column: the parts that communities were put together from, such as 3/0/2
    #[arg(long)]
    pub hierarchy: bool,
}

/// What `algo leiden` maximises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LeidenQuality {
    /// Modularity; edges have no direction
    Modularity,
    /// Modularity that minds directions
    Directed,
    /// The constant Potts model: communities are at least as dense as the resolution says
    Cpm,
}

impl From<LeidenQuality> for Quality {
    fn from(quality: LeidenQuality) -> Self {
        match quality {
            LeidenQuality::Modularity => Self::Modularity,
            LeidenQuality::Directed => Self::DirectedModularity,
            LeidenQuality::Cpm => Self::Cpm,
        }
    }
}

/// `algo label-propagation`.
#[derive(Debug, Args)]
pub struct LabelPropagationArgs {
    /// The graph, and where the answer goes.
    #[command(flatten)]
    pub graph: EdgeListArgs,

    /// How many rounds
    #[arg(long, value_name = "N", default_value_t = LABEL_ROUNDS,
          value_parser = limits::whole::<u32>(limits::ROUNDS))]
    pub rounds: u32,
}

/// `algo reach`.
#[derive(Debug, Args)]
pub struct ReachArgs {
    /// The graph, and where the answer goes.
    #[command(flatten)]
    pub graph: EdgeListArgs,

    /// How many hops of audience content can travel
    #[arg(long, value_name = "N", default_value_t = reach::HOPS,
          value_parser = limits::whole::<u32>(limits::HOPS))]
    pub hops: u32,

    /// HyperLogLog registers a node, a power of two
    #[arg(long, value_name = "N", default_value_t = reach::REGISTERS, value_parser = registers)]
    pub registers: u32,

    /// How many edges the exact search of one node may walk before the estimate takes over; 0: never exact
    #[arg(long, value_name = "N", default_value_t = reach::EXACT_EDGES,
          value_parser = limits::whole::<u64>(limits::EXACT_EDGES))]
    pub exact_edges: u64,

    /// How many of the nodes that were estimated, the largest first, are counted after all
    #[arg(long, value_name = "N", default_value_t = reach::EXACT_TOP,
          value_parser = limits::whole::<u32>(limits::EXACT_TOP))]
    pub exact_top: u32,

    /// What a node is worth in decayed reach at one hop more
    #[arg(long, value_name = "D", default_value_t = reach::DECAY,
          value_parser = |text: &str| limits::SHARE.parse(text))]
    pub decay: f64,
}

/// `algo cohort`.
#[derive(Debug, Args)]
pub struct CohortArgs {
    /// The graph, and where the answer goes.
    #[command(flatten)]
    pub graph: EdgeListArgs,

    /// How many nodes at most
    #[arg(short = 'n', long, value_name = "N", default_value_t = COHORT_SIZE,
          value_parser = limits::whole::<usize>(limits::MEMBERS))]
    pub size: usize,

    /// The chance that a node passes on what it hears: `weight`, `weighted-cascade` (the share of the edge in what its
    /// source gives), or a number
    #[arg(long, value_name = "CHANCE", default_value = "weighted-cascade", value_parser = probability)]
    pub probability: Probability,

    /// Independent cascade, or linear threshold
    #[arg(long, value_name = "MODEL", value_enum, default_value_t = DiffusionName::Ic)]
    pub model: DiffusionName,

    /// Stops once `1 - 1/e - EPSILON` of the best is certain
    #[arg(long, value_name = "EPSILON", default_value_t = influence::EPSILON,
          value_parser = |text: &str| limits::EPSILON.parse(text))]
    pub epsilon: f64,
}

/// Default number of nodes of a cohort.
pub const COHORT_SIZE: usize = 50;

/// What `--probability` says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Probability {
    /// The weight of the edge.
    Weight,
    /// The share of the edge in what its source gives.
    WeightedCascade,
    /// The same for all.
    Fixed(f64),
}

fn probability(text: &str) -> Result<Probability, String> {
    let number = || limits::PROBABILITY.parse(text).ok();
    match text {
        "weight" => Ok(Probability::Weight),
        "weighted-cascade" => Ok(Probability::WeightedCascade),
        _ => number().map(Probability::Fixed).ok_or_else(|| {
            "`weight`, `weighted-cascade`, or a number above 0, at most 1 is expected".to_owned()
        }),
    }
}

/// How influence spreads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DiffusionName {
    /// Each who is active has one chance with each who attends to it
    Ic,
    /// Who attends to enough active nodes becomes active
    Lt,
}

impl From<DiffusionName> for Diffusion {
    fn from(name: DiffusionName) -> Self {
        match name {
            DiffusionName::Ic => Self::IndependentCascade,
            DiffusionName::Lt => Self::LinearThreshold,
        }
    }
}

/// `algo hits`.
#[derive(Debug, Args)]
pub struct HitsArgs {
    /// The graph, and where the answer goes.
    #[command(flatten)]
    pub graph: EdgeListArgs,

    /// Stops when a round changes neither vector by more than this in L1; no bound on the distance to the limit
    #[arg(long, value_name = "CHANGE", default_value_t = rank::HITS_TOLERANCE,
          value_parser = |text: &str| limits::TOLERANCE.parse(text))]
    pub tolerance: f64,

    /// Rounds after which still changing more is an error
    #[arg(long, value_name = "N", default_value_t = rank::HITS_MAX_ROUNDS,
          value_parser = limits::whole::<u32>(limits::ROUNDS))]
    pub max_rounds: u32,
}

/// `algo core-numbers`, `algo components` and `algo stats`.
#[derive(Debug, Args)]
pub struct PlainKernelArgs {
    /// The graph, and where the answer goes.
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
        .ok_or_else(|| "a power of two from 16 to 65536 is expected".to_owned())
}
