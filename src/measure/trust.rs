//! How much of each person's influence comes from accounts that no customer vouches for?
//!
//! The customers are the *trusted core*: PageRank with teleport to them alone is `trusted_rank`. A prospect whose
//! PageRank hardly comes from the core is a *suspect*: no customer attends to it, directly or by a short path; or each
//! customer attends to so many nodes that almost no attention is left for the suspect, as when a customer follows back
//! ten thousand bought accounts. Trust is passed on in shares, so it cannot be multiplied (Gyöngyi et al. 2006).
//!
//! For each measure of the score, suspects contribute a share: of PageRank, by the walks that began at a suspect; of
//! strength, by edge weight; of the audience, by count; of the k-hop audience, by walks of k hops. `suspect_share` is
//! the largest of these shares. One share for all measures together would miss accounts that buy a single measure:
//! thousands of accounts with hardly any PageRank fill an audience, and one account that thousands follow extends the
//! k-hop audience. Contributions of suspects through other nodes count too.

use super::{MeasureError, score::ScoreSettings};
use crate::{
    graph::{self, Graph},
    identity::{Party, People},
    ids::NodeId,
    rank::{self, PageRankConfig, Ranks, Teleport},
    tier::ScoreMeasure,
};

/// The assumed share of trustworthy nodes: the core also represents trustworthy accounts that the CRM does not list.
/// The value is from Gyöngyi et al. 2006, who found that results hardly depend on it.
const CORE_SHARE: f64 = 0.85;

/// The trust in each node, computed from the trusted core. Vectors have one entry for each node.
pub(crate) struct Trust {
    /// PageRank with teleport to the core only; sums to 1.
    pub(crate) trusted: Ranks,
    /// The share of the PageRank that does not come from the core.
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

/// Finds the suspects, and the share of each measure that they contribute. `pagerank` is PageRank with teleport to
/// everybody, `trusted` is PageRank with teleport to the core.
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

/// The share of each node's PageRank that comes from walks that began at a suspect.
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
