//! Computes the score and the tier of every listed person, and caps scores and tiers that depend on suspects.
//!
//! A person above the last tier is *flagged* if suspects contribute more than `[trust] suspect_share` to one of the
//! person's measures. All measures are then recomputed without the edges of suspects, and flagged scores and tiers are
//! at most the recomputed ones. Nobody in the last tier is flagged, because that tier gives no advantage.

use super::{
    MeasureError,
    score_inputs::{ScoreInputs, strengths},
    trust::Trust,
};
use crate::{
    config::TrustConfig,
    graph,
    identity::People,
    ids::NodeId,
    rank::{self, PageRankConfig, Teleport},
    reach::{self, ReachConfig},
    tier::{self, ProspectStanding, Standing, TierConfig},
};

/// The settings for scores and trust.
#[derive(Clone, Copy)]
pub(crate) struct ScoreSettings<'a> {
    pub(crate) rank: &'a PageRankConfig,
    pub(crate) reach: &'a ReachConfig,
    pub(crate) trust: &'a TrustConfig,
    pub(crate) tiers: &'a TierConfig,
}

/// The scores and tiers of everyone who may be profiled.
pub(crate) struct Scores {
    pub(crate) customers: Vec<NodeId>,
    /// One entry for each of `customers`.
    pub(crate) standing: Standing,
    /// For each of `customers`, whether suspects contribute too much; the score of such a customer is capped.
    pub(crate) flagged: Vec<bool>,
    pub(crate) prospects: Vec<NodeId>,
    /// One entry for each of `prospects`.
    pub(crate) prospect_standing: ProspectStanding,
    /// As `flagged`, for each of `prospects`.
    pub(crate) flagged_prospects: Vec<bool>,
}

impl Scores {
    /// The customers in the order of their ranks, as positions in `customers`.
    pub(crate) fn customers_by_rank(&self) -> Vec<usize> {
        by_rank(&self.standing.rank)
    }

    /// The prospects in the order of their ranks, as positions in `prospects`.
    pub(crate) fn prospects_by_rank(&self) -> Vec<usize> {
        by_rank(&self.prospect_standing.rank)
    }
}

/// The inverse of a list of ranks from 1.
fn by_rank(ranks: &[u32]) -> Vec<usize> {
    let mut order = vec![0; ranks.len()];
    for (position, &rank) in ranks.iter().enumerate() {
        order[rank as usize - 1] = position;
    }
    order
}

/// Scores everyone who may be profiled. The score of a flagged person is at most the score without the edges of
/// suspects.
pub(crate) fn score(
    people: &People<'_>,
    inputs: &ScoreInputs<'_>,
    trust: Option<&Trust>,
    settings: ScoreSettings<'_>,
) -> Result<Scores, MeasureError> {
    let (customers, prospects) = (people.customer_nodes(), people.prospect_nodes());
    let standings = Standings::new(people, &customers, &prospects, inputs, settings.tiers);
    let Some(trust) = trust else { return Ok(standings.unflagged(customers, prospects)) };
    let flagged = flags(trust, &customers, &standings.customers.tier, settings);
    let flagged_prospects = flags(trust, &prospects, &standings.prospects.tier, settings);
    if !flagged.contains(&true) && !flagged_prospects.contains(&true) {
        return Ok(standings.unflagged(customers, prospects));
    }
    let rest = graph::without_sources(inputs.graph, &trust.suspect);
    let ranks = rank::pagerank(&rest, &Teleport::Uniform, settings.rank)?;
    let reach = reach::reach(&rest, settings.reach)?;
    let strength = strengths(&rest);
    let inputs =
        ScoreInputs { graph: &rest, pagerank: &ranks.score, reach: &reach.estimate, strength: &strength };
    let ceiling = Standings::new(people, &customers, &prospects, &inputs, settings.tiers);
    let (customer_keys, prospect_keys) = (people.keys(&customers), people.keys(&prospects));
    let standing =
        tier::cap(&standings.customers, &ceiling.customers, &flagged, &customer_keys, settings.tiers);
    let prospect_standing = tier::cap_prospects(
        &standings.prospects,
        &ceiling.prospects,
        &flagged_prospects,
        &prospect_keys,
        &standing,
        settings.tiers,
    );
    Ok(Scores { customers, standing, flagged, prospects, prospect_standing, flagged_prospects })
}

/// For each of `nodes`, whether it is flagged.
fn flags(trust: &Trust, nodes: &[NodeId], tiers: &[usize], settings: ScoreSettings<'_>) -> Vec<bool> {
    let last = settings.tiers.bands.len() - 1;
    let flag = |(&node, &tier): (&NodeId, &usize)| {
        let v = node.index();
        tier < last && (trust.suspect[v] || trust.suspect_share[v] > settings.trust.suspect_share)
    };
    nodes.iter().zip(tiers).map(flag).collect()
}

/// The standing of customers and prospects by one set of measures.
struct Standings {
    customers: Standing,
    prospects: ProspectStanding,
}

impl Standings {
    /// Scores customers relative to each other, and prospects relative to the customers.
    fn new(
        people: &People<'_>,
        customers: &[NodeId],
        prospects: &[NodeId],
        inputs: &ScoreInputs<'_>,
        tiers: &TierConfig,
    ) -> Self {
        let base = inputs.matrix(customers, tiers);
        let customer_standing = tier::assign(&base, &people.keys(customers), tiers);
        let matrix = inputs.matrix(prospects, tiers);
        let prospect_standing =
            tier::assign_prospects(&matrix, &people.keys(prospects), &base, &customer_standing, tiers);
        Self { customers: customer_standing, prospects: prospect_standing }
    }

    /// The scores if nobody is flagged.
    fn unflagged(self, customers: Vec<NodeId>, prospects: Vec<NodeId>) -> Scores {
        let (flagged, flagged_prospects) = (vec![false; customers.len()], vec![false; prospects.len()]);
        let Self { customers: standing, prospects: prospect_standing } = self;
        Scores { customers, standing, flagged, prospects, prospect_standing, flagged_prospects }
    }
}
