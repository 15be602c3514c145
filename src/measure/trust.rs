//! How much of each person's influence comes from accounts that no customer vouches for?
//!
//! The customers are the *trusted core*: PageRank with teleport to them alone is `trusted_rank`. A prospect whose
//! PageRank hardly comes from the core is a *suspect*: no customer attends to it, directly or by a short path, or so
//! many others share the attention that almost nothing is left, as where a customer follows back ten thousand bought
//! accounts. Trust is passed on in shares, so it cannot be multiplied (Gyöngyi et al. 2006).
//!
//! `suspect_share` is the largest, over the measures of the score, of the share that suspects contribute: to PageRank,
//! by the walks that began at a suspect; to strength, by edge weight; to the audience, by count; to the k-hop audience,
//! by walks of that many hops. One share for all measures would miss accounts that buy a single one: thousands of
//! accounts with hardly any PageRank fill an audience, and one account that thousands follow extends the k-hop
//! audience. What suspects contribute through others counts too.

use super::{MeasureError, score::ScoreSettings};
use crate::{
    graph::{self, Graph},
    identity::{Party, People},
    ids::NodeId,
    rank::{self, PageRankConfig, Ranks, Teleport},
    tier::ScoreMeasure,
};

/// The assumed share of trustworthy nodes: the core also represents trustworthy accounts that the CRM does not list.
/// The value of Gyöngyi et al. 2006, who found that results hardly depend on it.
const CORE_SHARE: f64 = 0.85;

/// What the trusted core says of each node. Vectors are in step with the nodes.
pub(crate) struct Trust {
    /// PageRank with teleport to the core only; sums to 1.
    pub(crate) trusted: Ranks,
    /// The share of the PageRank that the core does not account for.
    pub(crate) spam_mass: Vec<f64>,
    /// Whether the node is a suspect: a prospect above `[trust] suspect_mass`.
    pub(crate) suspect: Vec<bool>,
    /// The largest share, over the measures of the score, that suspects contribute.
    pub(crate) suspect_share: Vec<f64>,
}

/// The trusted core: the customers of the CRM; none without a CRM.
pub(crate) fn core(people: &People<'_>) -> Option<Vec<NodeId>> {
    let is_core = |node: &NodeId| matches!(people.party(*node), Party::Customer(_));
    let core: Vec<NodeId> = people.customer_nodes().into_iter().filter(is_core).collect();
    (!core.is_empty()).then_some(core)
}

/// Finds the suspects, and the share of each measure that they contribute; `pagerank` is that of everybody, `trusted`
/// that of the core.
pub(crate) fn trust(
    graph: &Graph,
    people: &People<'_>,
    pagerank: &[f64],
    trusted: Ranks,
    settings: ScoreSettings<'_>,
) -> Result<Trust, MeasureError> {
    let vouched =
        rank::contribution_share(graph, pagerank, &trusted.score, CORE_SHARE, settings.rank.damping);
    let spam_mass: Vec<f64> = vouched.iter().map(|share| 1.0 - share).collect();
    let is_suspect = |node: NodeId| {
        matches!(people.party(node), Party::Prospect(_))
            && spam_mass[node.index()] > settings.trust.suspect_mass
    };
    let suspect: Vec<bool> = graph.nodes().map(is_suspect).collect();
    let mut suspect_share = vec![0.0; graph.node_count()];
    if suspect.contains(&true) {
        for component in settings.tiers.components.iter().filter(|component| component.weight > 0.0) {
            let share = match component.measure {
                ScoreMeasure::PageRank => pagerank_share(graph, &suspect, pagerank, settings.rank)?,
                ScoreMeasure::Reach => graph::walk_share(graph, &suspect, settings.reach.hops),
                ScoreMeasure::Strength => graph::strength_share(graph, &suspect),
                ScoreMeasure::Audience => graph::walk_share(graph, &suspect, 1),
            };
            suspect_share.iter_mut().zip(share).for_each(|(largest, share)| *largest = share.max(*largest));
        }
    }
    Ok(Trust { trusted, spam_mass, suspect, suspect_share })
}

/// The share of each node's PageRank that comes from walks which began at a suspect.
fn pagerank_share(
    graph: &Graph,
    suspect: &[bool],
    pagerank: &[f64],
    cfg: &PageRankConfig,
) -> Result<Vec<f64>, MeasureError> {
    let teleport: Vec<f64> = suspect.iter().map(|&suspect| f64::from(u8::from(suspect))).collect();
    let count = suspect.iter().filter(|&&suspect| suspect).count();
    let part = rank::pagerank(graph, &Teleport::Weights(teleport), cfg)?;
    let weight = count as f64 / suspect.len() as f64;
    Ok(rank::contribution_share(graph, pagerank, &part.score, weight, cfg.damping))
}
