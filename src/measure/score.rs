//! Computes the score and the tier of every listed person, and caps those that depend on suspects.
//!
//! A person above the last tier is *flagged* if suspects contribute more than `[trust] suspect_share` to one of the
//! person's measures. All measures are then recomputed without the edges of suspects, and flagged scores and tiers are
//! at most the recomputed ones. Nobody in the last tier is flagged, because nothing was gained there.

use super::{
    MeasureError,
    score_inputs::{ScoreInputs, strengths},
    settings::ScoreSettings,
    trust::Trust,
};
use crate::{
    graph,
    identity::People,
    ids::NodeId,
    rank::{self, Teleport},
    reach,
    tier::{self, ProspectStanding, Standing, TierConfig},
};

/// Where everyone who may be shown stands.
pub(crate) struct Scores {
    pub(crate) customers: Vec<NodeId>,
    /// In step with `customers`.
    pub(crate) standing: Standing,
    /// Whose standing was found to rest on suspects, and was capped; in step with `customers`.
    pub(crate) flagged: Vec<bool>,
    pub(crate) prospects: Vec<NodeId>,
    /// In step with `prospects`.
    pub(crate) outsiders: ProspectStanding,
    /// As `flagged`, in step with `prospects`.
    pub(crate) flagged_outside: Vec<bool>,
}

impl Scores {
    /// The customers in the order of their ranks, as positions in `customers`.
    pub(crate) fn customers_by_rank(&self) -> Vec<usize> {
        by_rank(&self.standing.rank)
    }

    /// The prospects in the order of their ranks, as positions in `prospects`.
    pub(crate) fn prospects_by_rank(&self) -> Vec<usize> {
        by_rank(&self.outsiders.rank)
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

/// Scores everyone who may be shown by `inputs`; a flagged standing is no higher than without the suspects.
pub(crate) fn score(
    people: &People<'_>,
    inputs: &ScoreInputs<'_>,
    trust: Option<&Trust>,
    settings: ScoreSettings<'_>,
) -> Result<Scores, MeasureError> {
    let (customers, prospects) = (people.customer_nodes(), people.prospect_nodes());
    let standings = Standings::new(people, &customers, &prospects, inputs, settings.tiers);
    let Some(trust) = trust else { return Ok(standings.unflagged(customers, prospects)) };
    let flagged = flags(trust, &customers, &standings.inside.tier, settings);
    let flagged_outside = flags(trust, &prospects, &standings.outside.tier, settings);
    if !flagged.contains(&true) && !flagged_outside.contains(&true) {
        return Ok(standings.unflagged(customers, prospects));
    }
    let rest = graph::without_sources(inputs.graph, &trust.suspect);
    let ranks = rank::pagerank(&rest, &Teleport::Uniform, settings.rank)?;
    let reach = reach::reach(&rest, settings.reach)?;
    let strength = strengths(&rest);
    let inputs =
        ScoreInputs { graph: &rest, pagerank: &ranks.score, reach: &reach.estimate, strength: &strength };
    let ceiling = Standings::new(people, &customers, &prospects, &inputs, settings.tiers);
    let (inside, outside) = (people.keys(&customers), people.keys(&prospects));
    let standing = tier::cap(&standings.inside, &ceiling.inside, &flagged, &inside, settings.tiers);
    let outsiders = tier::cap_prospects(
        &standings.outside,
        &ceiling.outside,
        &flagged_outside,
        &outside,
        &standing,
        settings.tiers,
    );
    Ok(Scores { customers, standing, flagged, prospects, outsiders, flagged_outside })
}

/// Which of `nodes` are flagged.
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
    inside: Standing,
    outside: ProspectStanding,
}

impl Standings {
    /// Scores customers among themselves and prospects against them.
    fn new(
        people: &People<'_>,
        customers: &[NodeId],
        prospects: &[NodeId],
        inputs: &ScoreInputs<'_>,
        tiers: &TierConfig,
    ) -> Self {
        let base = inputs.matrix(customers, tiers);
        let inside = tier::assign(&base, &people.keys(customers), tiers);
        let matrix = inputs.matrix(prospects, tiers);
        let outside = tier::assign_prospects(&matrix, &people.keys(prospects), &base, &inside, tiers);
        Self { inside, outside }
    }

    /// The scores where nobody is flagged.
    fn unflagged(self, customers: Vec<NodeId>, prospects: Vec<NodeId>) -> Scores {
        let (flagged, flagged_outside) = (vec![false; customers.len()], vec![false; prospects.len()]);
        let Self { inside: standing, outside: outsiders } = self;
        Scores { customers, standing, flagged, prospects, outsiders, flagged_outside }
    }
}
