//! The summary that the command line shows at the end of a run.

use std::cmp::Reverse;

use super::{
    RunResults,
    files::Written,
    manifest::{COMMUNITIES_OF_TWO, FLAGGED_CUSTOMERS},
};
use crate::{
    event::Time,
    projection::KindWeight,
    store::{Counts, Run},
};

/// How many customers the summary shows.
const TOP: usize = 10;

/// One of the top customers in a summary.
#[derive(Clone, Debug, PartialEq)]
pub struct TopCustomer {
    /// Key of the customer.
    pub id: String,
    /// Name of the customer; `None` if the CRM has no name.
    pub name: Option<String>,
    /// Tier.
    pub tier: String,
    /// Score, 0 to 100.
    pub score: f64,
    /// The k-hop audience, with its interval.
    pub reach: (f64, f64, f64),
    /// Number of people who attend to this customer.
    pub audience: u64,
    /// Community.
    pub community_id: u32,
}

/// The summary of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The run's name.
    pub run: String,
    /// The run's folder.
    pub folder: std::path::PathBuf,
    /// The as-of time: the time that scores refer to.
    pub as_of: Option<Time>,
    /// The manifest's counts.
    pub counts: Counts,
    /// For each kind of event that fades, the moment before which its events are too old to count.
    pub faded_before: Vec<(String, Time)>,
    /// Words of consent columns that have no meaning, each with its number of rows, the most frequent first.
    pub new_words: Vec<(String, u64)>,
    /// The certified error bound of each PageRank, with its name in words.
    pub rank_bounds: Vec<(String, f64)>,
    /// The number of communities with at least two members.
    pub communities: u64,
    /// Modularity of the partition.
    pub modularity: f64,
    /// Name and number of customers of each tier, from the top.
    pub tiers: Vec<(String, u64)>,
    /// The number of customers whose score is capped because it depends on suspects.
    pub flagged: u64,
    /// The ten customers with the highest scores.
    pub top: Vec<TopCustomer>,
}

/// Summarizes a published run; `counts` are the counts in its manifest.
pub(crate) fn summary(
    results: &RunResults<'_>,
    written: &Written,
    counts: Counts,
    as_of: Option<Time>,
    run: &Run,
) -> Summary {
    let person = |position: usize| {
        let (node, standing) = (results.scores.customers[position], &results.scores.standing);
        let (reach, index) = (&results.measures.reach, node.index());
        TopCustomer {
            id: results.people.key(node).to_owned(),
            name: results.people.customer(node).and_then(|customer| customer.name.clone()),
            tier: results.tier_name(standing.tier[position]).to_owned(),
            score: standing.score[position],
            reach: (reach.estimate[index], reach.low[index], reach.high[index]),
            audience: results.audience(node).into(),
            community_id: results.measures.communities.of_node(node),
        }
    };
    let bands = results.plan.tiers.bands.iter().map(|band| band.name.clone());
    Summary {
        run: run.id().to_string(),
        folder: run.dir(),
        as_of,
        faded_before: as_of.map_or_else(Vec::new, |as_of| faded_before(&results.plan.weights.kinds, as_of)),
        new_words: new_words(results),
        rank_bounds: results.rank_bounds(),
        communities: counts.more[COMMUNITIES_OF_TWO],
        flagged: counts.more.get(FLAGGED_CUSTOMERS).copied().unwrap_or(0),
        counts,
        modularity: results.measures.communities.partition.modularity,
        tiers: bands.zip(written.tier_counts.iter().copied()).collect(),
        top: results.scores.customers_by_rank().into_iter().take(TOP).map(person).collect(),
    }
}

fn faded_before(kinds: &[KindWeight], as_of: Time) -> Vec<(String, Time)> {
    kinds.iter().filter_map(|kind| Some((kind.name.clone(), kind.faded_before(as_of)?))).collect()
}

fn new_words(results: &RunResults<'_>) -> Vec<(String, u64)> {
    let words = results.inputs.customers.iter().flat_map(|all| &all.new_words);
    let mut words: Vec<(String, u64)> = words.map(|(word, of)| (word.clone(), of.count)).collect();
    words.sort_by_key(|&(_, count)| Reverse(count));
    words
}
