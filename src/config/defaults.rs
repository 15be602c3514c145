//! The defaults of the settings outside the kernels, each a named constant, and the plan with all defaults.
//!
//! The defaults of the kernels are in their modules: [`crate::rank`], [`crate::community`], [`crate::reach`].

use std::collections::BTreeMap;

use super::{
    plan::{
        AsOf, ContinuationConfig, GuardConfig, MemoryLimit, Plan, Probability, SpreadConfig, TrustConfig,
    },
    tiers, weights,
};
use crate::{
    community::{self, LeidenConfig, Quality},
    event::{ChannelRules, PLACEHOLDERS, Quoting},
    identity::{Consent, ConsentRules, DeniedRule, NewWordRule},
    influence::Diffusion,
    projection::{Duplicates, Saturation, Weights},
    rank::{self, Dangling, PageRankConfig, Solver, StopRule},
    reach::{self, ReachConfig},
    tier::{Component, ScoreMeasure, TierConfig},
};

/// The run store, relative to the folder of the configuration.
pub const OUTPUT: &str = "out";
/// The maximum memory of a run, in percent of the memory that the machine or its cgroup allows.
pub const MEMORY_PERCENT: u8 = 80;
/// The seed of everything random.
pub const SEED: u64 = 42;
/// The fraction of bad rows above which nothing is published.
pub const MAX_REJECTED: f64 = 0.01;
/// An event that is delivered twice counts once.
pub const DUPLICATES: Duplicates = Duplicates::Ignore;

/// Event files name their columns.
pub const HEADER: bool = true;
/// How fields are quoted; fields that are separated by blanks have no quoting.
pub const QUOTING: Quoting = Quoting::Rfc4180;
// The columns of an event file; `AT` is also the column of the time in a contact log.
pub(super) const ACTOR: &str = "actor";
pub(super) const TARGET: &str = "target";
pub(super) const KIND: &str = "kind";
pub(super) const AT: &str = "at";
/// The column of the customer's key in a CRM file.
pub const CUSTOMER_ID: &str = "customer_id";

/// How long a contact counts, in seconds: 30 days.
pub const CONTACT_WINDOW_S: u32 = 30 * 86_400;
/// The maximum number of contacts with one customer within the window.
pub const CONTACTS_PER_CUSTOMER: u32 = 1;

/// A customer without an answer is scored but not contacted: a missing answer is no permission to write to someone, and
/// without all these customers most customer bases would be empty.
pub const CONSENT_MISSING: Consent = Consent::Profile;
/// Customers who may not be profiled still shape the scores of others, but no output shows them.
pub const CONSENT_DENIED: DeniedRule = DeniedRule::Shape;

/// Each further event of a pair counts less than the one before.
pub const SATURATION: Saturation = Saturation::Log;
/// The weight of a follow, in thousandths like all weights here; it does not decay.
pub const FOLLOW_MILLI: u32 = 1_000;
/// The weight of a share before it decays.
pub const SHARE_MILLI: u32 = 3_000;
/// The weight of a reply before it decays.
pub const REPLY_MILLI: u32 = 2_000;
/// The weight of a mention before it decays.
pub const MENTION_MILLI: u32 = 1_500;
/// The half-life of actions in seconds: 30 days.
pub const HALF_LIFE_S: u32 = 30 * 86_400;
/// The maximum number of actions of one pair and kind that count in a day; by default all count, because saturation
/// already dampens bursts.
pub const DAILY_CAP: Option<u32> = None;

/// The PageRank solver of a run. If edges are often reciprocal, as in real data, Gauss-Seidel needs half the rounds of
/// Jacobi; on Kronecker graphs it needs the same number. A round of either solver costs the same.
pub const SOLVER: Solver = Solver::GaussSeidel;

/// Suspects are searched in every run with a CRM.
pub const TRUST: bool = true;
/// The spam mass above which a prospect is a suspect. An account with one customer among about a dozen followers has
/// 0.8 to 0.9; a bought account that is followed only by its buyer and other bought accounts has more.
pub const SUSPECT_MASS: f64 = 0.9;
/// The share of a customer's influence from suspects above which the customer is flagged: the majority.
pub const SUSPECT_SHARE: f64 = 0.5;

/// Probabilities are learned if the share log allows it.
pub const PROBABILITY: Probability = Probability::Auto;
/// The independent cascade, the model whose probabilities can be learned from the share log.
pub const DIFFUSION: Diffusion = Diffusion::IndependentCascade;

/// Ranks start from scratch, so the same input gives the same bytes after any previous run.
pub const WARM_START: bool = false;

/// The search starts from the communities of the previous run, because planners rely on stable communities.
pub const COMMUNITIES_WARM_START: bool = true;
/// Iterations of a search from scratch; moves that are left undone happen in later runs.
pub const COMMUNITY_ITERATIONS: u32 = 20;
/// The time between searches from scratch, which then run in addition to the warm start: a week.
pub const COLD_EVERY_S: u32 = 7 * 86_400;
/// How much higher the quality of communities from scratch must be to be adopted: about the variation of modularity
/// between seeds.
pub const ADOPT_MARGIN: f64 = 0.005;

/// The names of the tiers, from the top.
pub const TIER_NAMES: [&str; 5] = ["star", "leader", "voice", "active", "rest"];
/// The end of each tier except the last, in percent of the customers from the top.
pub const TIER_PERCENTS: [f64; 4] = [0.1, 1.0, 5.0, 20.0];
/// The measures of the score and their weights.
pub const TIER_WEIGHTS: [(ScoreMeasure, f64); 4] = [
    (ScoreMeasure::PageRank, 0.4),
    (ScoreMeasure::Reach, 0.3),
    (ScoreMeasure::Strength, 0.2),
    (ScoreMeasure::Audience, 0.1),
];

/// What a run may change of what the previous one published.
pub const GUARD: GuardConfig = GuardConfig {
    customers_drop: 0.2,
    match_rate_drop: 0.2,
    events_drop: 0.5,
    ignored_share: 0.9,
    merged_share: 0.5,
    rejected_in_file: 0.1,
    denials_lifted: 0.5,
    tier_change: 0.1,
    future_s: 86_400,
};

/// The plan with all defaults; it has no event files yet.
pub(super) fn plan() -> Plan {
    Plan {
        output: OUTPUT.into(),
        as_of: AsOf::NewestEvent,
        window_s: None,
        memory_limit: MemoryLimit::ShareOfAvailable { percent: MEMORY_PERCENT },
        seed: SEED,
        max_rejected: MAX_REJECTED,
        threads: None,
        events: Vec::new(),
        customers: Vec::new(),
        contacts: Vec::new(),
        placeholders: PLACEHOLDERS.map(str::to_owned).to_vec(),
        channels: ChannelRules::default(),
        consent: ConsentRules {
            missing: CONSENT_MISSING,
            denied: CONSENT_DENIED,
            words: BTreeMap::new(),
            new_word: NewWordRule::Refuse,
        },
        guard: GUARD,
        weights: Weights {
            kinds: weights::built_in_kinds().to_vec(),
            saturation: SATURATION,
            duplicates: DUPLICATES,
        },
        rank: PageRankConfig {
            damping: rank::DAMPING,
            stop: StopRule::Certified { tolerance: rank::TOLERANCE, max_rounds: rank::MAX_ROUNDS },
            solver: SOLVER,
            // A run's teleport vector is uniform, so both rules for dangling nodes give the same ranks.
            dangling: Dangling::Teleport,
        },
        topics: Vec::new(),
        warm_start: WARM_START,
        communities: LeidenConfig {
            quality: Quality::Modularity,
            resolution: community::RESOLUTION,
            iterations: COMMUNITY_ITERATIONS,
            seed: SEED,
            min_size: community::MIN_SIZE,
            max_size: None,
            converge: false,
        },
        continuation: ContinuationConfig {
            warm_start: COMMUNITIES_WARM_START,
            cold_every_s: Some(COLD_EVERY_S),
            adopt_margin: ADOPT_MARGIN,
        },
        reach: ReachConfig {
            hops: reach::HOPS,
            registers: reach::REGISTERS,
            exact_edges: reach::EXACT_EDGES,
            exact_top: reach::EXACT_TOP,
            decay: reach::DECAY,
            seed: SEED,
        },
        spread: SpreadConfig { probability: PROBABILITY, diffusion: DIFFUSION },
        reach_segments: Vec::new(),
        trust: TrustConfig { enabled: TRUST, suspect_mass: SUSPECT_MASS, suspect_share: SUSPECT_SHARE },
        tiers: TierConfig {
            components: TIER_WEIGHTS.map(|(measure, weight)| Component { measure, weight }).to_vec(),
            bands: tiers::bands(TIER_NAMES.map(str::to_owned), &TIER_PERCENTS),
        },
    }
}
