//! Whom do the customers of the CRM vouch for, and whose standing rests on accounts that nobody vouches for?
//!
//! The customers are the *trusted core*: their jumps alone make `trusted_rank`. A prospect whose PageRank hardly goes
//! back to the core is a *suspect*: no customer attends to it, directly or by a short way, or so many others share the
//! attention that next to nothing is left, as where a customer follows back ten thousand accounts that were bought.
//! Trust is handed on in shares, so it cannot be multiplied.
//!
//! `suspect_share` is the largest, over the measures of the score, of the share that suspects give: of the PageRank, by
//! where walks began; of the strength, by weight; of the audience, by heads; of the reach, by walks of so many hops.
//! One share for all would miss who buys but one measure: thousands of accounts that hardly have any PageRank fill an
//! audience, and one account that thousands follow reaches far. It counts what suspects give through others too.
//!
//! Who is above the last tier and over the limit is *flagged*: then everything is measured again without the edges of
//! suspects, and no flagged score and tier may pass what comes of that. Who is in the last tier has gained nothing.

use super::{
    PipelineError,
    people::{Columns, Measures, People, Scores},
    ranking::Ranking,
};
use crate::{
    config::Plan,
    graph::{self, Graph},
    identity::Party,
    ids::NodeId,
    rank::{self, Ranks, Teleport},
    reach,
    tier::{self, OutsiderStanding, Standing},
};

/// The share of all jumps that the core stands for: customers vouch for others like them that the CRM does not know.
/// The value of Gyöngyi et al. 2006, who found that results hardly depend on it.
const CORE_SHARE: f64 = 0.85;

/// What the core says of each node. Vectors are in step with the nodes.
pub(super) struct Trust {
    /// PageRank with jumps to the core only; sums to 1.
    pub(super) trusted: Ranks,
    /// The share of the PageRank that the core does not account for.
    pub(super) spam_mass: Vec<f64>,
    /// The prospects above `[trust] suspect_mass`.
    pub(super) suspect: Vec<bool>,
    /// The largest share, over the measures of the score, that suspects give.
    pub(super) suspect_share: Vec<f64>,
}

/// The trusted core, if there is one: the customers of the CRM.
pub(super) fn core(people: &People<'_>, plan: &Plan) -> Option<Vec<NodeId>> {
    let is_core = |node: &NodeId| matches!(people.party(*node), Party::Customer(_));
    let core: Vec<NodeId> = people.customer_nodes().into_iter().filter(is_core).collect();
    (plan.trust.enabled && !core.is_empty()).then_some(core)
}

/// Finds the suspects, and what they give to whom.
pub(super) fn judge(
    graph: &Graph,
    people: &People<'_>,
    ranking: &Ranking,
    plan: &Plan,
) -> Result<Option<Trust>, PipelineError> {
    let (whole, Some(trusted)) = (&ranking.ranks.score[..], &ranking.trusted) else { return Ok(None) };
    let damping = plan.rank.damping;
    let vouched = rank::share_from(graph, whole, &trusted.score, CORE_SHARE, damping);
    let spam_mass: Vec<f64> = vouched.iter().map(|share| 1.0 - share).collect();
    let is_suspect = |node: NodeId| {
        matches!(people.party(node), Party::Prospect(_)) && spam_mass[node.index()] > plan.trust.suspect_mass
    };
    let suspect: Vec<bool> = graph.nodes().map(is_suspect).collect();
    let mut suspect_share = vec![0.0; graph.node_count()];
    if suspect.contains(&true) {
        for component in plan.tiers.components.iter().filter(|component| component.weight > 0.0) {
            let share = match component.name.as_str() {
                "pagerank" => rank_share(graph, &suspect, whole, plan)?,
                "reach" => graph::walk_share(graph, &suspect, plan.reach.hops),
                "strength" => graph::strength_share(graph, &suspect),
                "audience" => graph::walk_share(graph, &suspect, 1),
                other => unreachable!("invariant: the plan knows no component `{other}`"),
            };
            suspect_share.iter_mut().zip(share).for_each(|(largest, share)| *largest = share.max(*largest));
        }
    }
    Ok(Some(Trust { trusted: trusted.clone(), spam_mass, suspect, suspect_share }))
}

/// The share of each PageRank that walks bring which began at a suspect.
fn rank_share(
    graph: &Graph,
    suspect: &[bool],
    whole: &[f64],
    plan: &Plan,
) -> Result<Vec<f64>, PipelineError> {
    let teleport: Vec<f64> = suspect.iter().map(|&suspect| f64::from(u8::from(suspect))).collect();
    let count = suspect.iter().filter(|&&suspect| suspect).count();
    let part = rank::pagerank(graph, &Teleport::Weights(teleport), &plan.rank)?;
    let weight = count as f64 / suspect.len() as f64;
    Ok(rank::share_from(graph, whole, &part.score, weight, plan.rank.damping))
}

impl Trust {
    /// Who is above the last tier and owes it to suspects, in step with `nodes`.
    fn flags(&self, nodes: &[NodeId], tiers: &[usize], plan: &Plan) -> Vec<bool> {
        let last = plan.tiers.bands.len() - 1;
        let flag = |(&node, &tier): (&NodeId, &usize)| {
            let v = node.index();
            tier < last && (self.suspect[v] || self.suspect_share[v] > plan.trust.suspect_share)
        };
        nodes.iter().zip(tiers).map(flag).collect()
    }
}

/// Scores everybody; where somebody is flagged, no higher than without the suspects.
pub(super) fn score(
    people: &People<'_>,
    graph: &Graph,
    measures: &Measures,
    plan: &Plan,
) -> Result<Scores, PipelineError> {
    let (customers, prospects) = (people.customer_nodes(), people.prospect_nodes());
    let world = World::new(people, &customers, &prospects, &measures.columns(graph), plan);
    let Some(trust) = &measures.trust else { return Ok(world.scores(customers, prospects)) };
    let flagged = trust.flags(&customers, &world.standing.tier, plan);
    let flagged_outside = trust.flags(&prospects, &world.outsiders.tier, plan);
    if !flagged.contains(&true) && !flagged_outside.contains(&true) {
        return Ok(world.scores(customers, prospects));
    }
    let rest = graph::without_sources(graph, &trust.suspect);
    let ranks = rank::pagerank(&rest, &Teleport::Uniform, &plan.rank)?;
    let reach = reach::reach(&rest, &plan.reach)?;
    let strength = Measures::strengths(&rest);
    let columns =
        Columns { graph: &rest, pagerank: &ranks.score, reach: &reach.estimate, strength: &strength };
    let ceiling = World::new(people, &customers, &prospects, &columns, plan);
    let (inside, outside) = (people.keys(&customers), people.keys(&prospects));
    let standing = tier::cap(&world.standing, &ceiling.standing, &flagged, &inside, &plan.tiers);
    let outsiders = tier::cap_outsiders(
        &world.outsiders,
        &ceiling.outsiders,
        &flagged_outside,
        &outside,
        &standing,
        &plan.tiers,
    );
    Ok(Scores { customers, standing, flagged, prospects, outsiders, flagged_outside })
}

/// Where everybody stands by one set of measures.
struct World {
    standing: Standing,
    outsiders: OutsiderStanding,
}

impl World {
    /// Scores customers among themselves and prospects against them.
    fn new(
        people: &People<'_>,
        customers: &[NodeId],
        prospects: &[NodeId],
        columns: &Columns<'_>,
        plan: &Plan,
    ) -> Self {
        let base = columns.matrix(customers, &plan.tiers);
        let standing = tier::assign(&base, &people.keys(customers), &plan.tiers);
        let outside = columns.matrix(prospects, &plan.tiers);
        let keys = people.keys(prospects);
        let outsiders = tier::assign_outsiders(&outside, &keys, &base, &standing, &plan.tiers);
        Self { standing, outsiders }
    }

    /// The end of it where nobody is flagged.
    fn scores(self, customers: Vec<NodeId>, prospects: Vec<NodeId>) -> Scores {
        let (flagged, flagged_outside) = (vec![false; customers.len()], vec![false; prospects.len()]);
        let Self { standing, outsiders } = self;
        Scores { customers, standing, flagged, prospects, outsiders, flagged_outside }
    }
}
