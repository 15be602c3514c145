//! The defaults of the settings that no kernel owns, one named constant each, and the plan that all defaults make.
//!
//! The defaults of the kernels are in their modules: [`crate::rank`], [`crate::community`], [`crate::reach`].

use super::{
    plan::{AsOf, ContinuationConfig, MemoryLimit, Plan, Probability, SpreadConfig, TrustConfig},
    tiers, weights,
};
use crate::{
    community::{self, LeidenConfig, Quality},
    event::{ChannelRules, Quoting},
    identity::{Consent, ConsentRules, DeniedRule},
    influence::Diffusion,
    projection::{Duplicates, Saturation, Weights},
    rank::{self, Dangling, PageRankConfig, Solver, StopRule},
    reach::{self, ReachConfig},
    tier::{Component, ScoreMeasure, TierConfig},
};

/// The run store, relative to the folder of the configuration.
pub const OUTPUT: &str = "out";
/// How much of the memory that the machine or its cgroup allows a run may take, in percent.
pub const MEMORY_PERCENT: u8 = 80;
/// The seed of everything random.
pub const SEED: u64 = 42;
/// The share of bad rows above which nothing is published.
pub const MAX_REJECTED: f64 = 0.01;
/// The same event delivered twice is one event.
pub const DUPLICATES: Duplicates = Duplicates::Ignore;

/// Event files name their columns.
pub const HEADER: bool = true;
/// How fields are quoted; where blanks separate fields there is no quoting.
pub const QUOTING: Quoting = Quoting::Rfc4180;
// The columns of an event file; `AT` is that of a contact log too.
pub(super) const ACTOR: &str = "actor";
pub(super) const TARGET: &str = "target";
pub(super) const KIND: &str = "kind";
pub(super) const AT: &str = "at";
/// The column of the customer's key in a CRM file.
pub const CUSTOMER_ID: &str = "customer_id";

/// How long a contact counts, in seconds: 30 days.
pub const CONTACT_WINDOW_S: u32 = 30 * 86_400;
/// How often one customer may be contacted in that time.
pub const CONTACTS_PER_CUSTOMER: u32 = 1;

/// A customer without an answer is scored but not contacted: silence is no permission to write to someone, and leaving
/// out all such customers would leave most customer bases empty.
pub const CONSENT_MISSING: Consent = Consent::Profile;
/// Customers who may not be profiled still shape the scores of others, under no name.
pub const CONSENT_DENIED: DeniedRule = DeniedRule::Shape;

/// Repeated events of a pair count ever less.
pub const SATURATION: Saturation = Saturation::Log;
/// What a follow is worth, in thousandths, as all weights here; it does not age.
pub const FOLLOW_MILLI: u32 = 1_000;
/// What a share is worth when it is fresh.
pub const SHARE_MILLI: u32 = 3_000;
/// What a reply is worth when it is fresh.
pub const REPLY_MILLI: u32 = 2_000;
/// What a mention is worth when it is fresh.
pub const MENTION_MILLI: u32 = 1_500;
/// The half-life of actions in seconds: 30 days.
pub const HALF_LIFE_S: u32 = 30 * 86_400;
/// The most actions of one pair and kind that count in a day: all. Saturation dampens bursts already; a cap is a
/// policy.
pub const DAILY_CAP: Option<u32> = None;

/// The PageRank solver of a run. Where edges are often reciprocal, as in real data, Gauss-Seidel needs half the rounds;
/// on Kronecker graphs as many as Jacobi, at the same cost each.
pub const SOLVER: Solver = Solver::GaussSeidel;

/// Suspects are looked for wherever there is a CRM.
pub const TRUST: bool = true;
/// The spam mass above which a prospect is a suspect. An account that one customer follows among a dozen others has .8
/// to .9; a bought account that is followed only by its buyer and other bought accounts has more.
pub const SUSPECT_MASS: f64 = 0.9;
/// Above this, most of a customer's influence comes from suspects.
pub const SUSPECT_SHARE: f64 = 0.5;

/// Probabilities are learned wherever the share log allows it.
pub const PROBABILITY: Probability = Probability::Auto;
/// The independent cascade: the model that the share log gives probabilities for.
pub const DIFFUSION: Diffusion = Diffusion::IndependentCascade;

/// Ranks start from scratch: then the same input gives the same bytes whatever ran before.
pub const WARM_START: bool = false;

/// Communities start from those of the previous run, because planners build on them.
pub const COMMUNITIES_WARM_START: bool = true;
/// Iterations of a search from scratch: moves that it leaves undone happen in later runs.
pub const COMMUNITY_ITERATIONS: u32 = 20;
/// The time between searches from scratch beside the warm start: a week.
pub const COLD_EVERY_S: u32 = 7 * 86_400;
/// How much better communities from scratch must be to be adopted: about the variation of modularity between seeds.
pub const ADOPT_MARGIN: f64 = 0.005;

/// The names of the tiers, from the top.
pub const TIER_NAMES: [&str; 5] = ["star", "leader", "voice", "active", "rest"];
/// Where each tier but the last ends, in percent of the customers from the top.
pub const TIER_PERCENTS: [f64; 4] = [0.1, 1.0, 5.0, 20.0];
/// The measures of the score and their weights.
pub const TIER_WEIGHTS: [(ScoreMeasure, f64); 4] = [
    (ScoreMeasure::PageRank, 0.4),
    (ScoreMeasure::Reach, 0.3),
    (ScoreMeasure::Strength, 0.2),
    (ScoreMeasure::Audience, 0.1),
];

/// The plan in which nothing is set; it has no event files yet.
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
        channels: ChannelRules::default(),
        consent: ConsentRules { missing: CONSENT_MISSING, denied: CONSENT_DENIED },
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
