//! Structural measures of each node: core number, component, ties to communities, hubs and authorities.

use crate::{
    community::{self, Partition, TieShares},
    graph::Graph,
    progress::Observer,
    rank::{self, Hits, HitsConfig, RankError},
};

/// HITS stops when a round changes the scores by at most this, in L1. That suffices for the nightly job: hubs and
/// authorities are columns to sort and compare by, and each further digit takes the same number of rounds again.
const HITS_TOLERANCE: f64 = 1e-6;
/// The number of rounds after which the nightly job stops computing hubs and authorities.
const HITS_ROUNDS: u32 = 200;

/// Structural measures of each node. Vectors have one entry for each node.
pub(crate) struct Structure {
    /// The core number.
    pub(crate) core: Vec<u32>,
    /// The largest core number.
    pub(crate) largest_core: u32,
    /// The component, from 0, the largest first.
    pub(crate) component: Vec<u32>,
    /// How many components there are.
    pub(crate) components: usize,
    /// How the ties of each node are divided among its community and the other communities.
    pub(crate) shares: Vec<TieShares>,
    /// Hubs and authorities, or why there are none. HITS may take any number of rounds, so a run is published without
    /// hubs and authorities if HITS does not converge; nothing else uses them.
    pub(crate) hits: Result<Hits, RankError>,
}

/// Computes the structural measures of `graph`, whose communities are `partition`.
pub(crate) fn structure(graph: &Graph, partition: &Partition) -> Structure {
    let cores = community::core_numbers(graph);
    let components = community::components(graph);
    let hits = rank::hits(graph, &HitsConfig { tolerance: HITS_TOLERANCE, max_rounds: HITS_ROUNDS });
    Structure {
        core: cores.core,
        largest_core: cores.largest,
        component: components.by_size(),
        components: components.count,
        shares: community::overlap(graph, &partition.community, partition.count),
        hits,
    }
}

impl Structure {
    /// If there are no hubs and authorities, notes why.
    pub(crate) fn note_missing(&self, observer: &dyn Observer) {
        if let Err(why) = &self.hits {
            observer.note(&format!("`hub` and `authority` stay empty: {why}"));
        }
    }

    /// The number of rounds of HITS, and by how much the last round changed the scores, whether HITS converged or not.
    pub(crate) fn hits_progress(&self) -> (u32, Option<f64>) {
        match &self.hits {
            Ok(hits) => (hits.rounds, Some(hits.l1_change)),
            Err(RankError::HitsNotConverged { rounds, l1_change, .. }) => (*rounds, Some(*l1_change)),
            Err(_) => (0, None),
        }
    }
}
