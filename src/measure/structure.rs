//! Structural measures of each node: core number, component, ties to communities, hubs and authorities.

use crate::{
    community::{self, Partition, TieShares},
    graph::Graph,
    progress::Observer,
    rank::{self, Hits, HitsConfig, RankError},
};

/// The change of a round, in L1, at which hubs and authorities are good enough for the nightly job: they are columns to
/// sort and compare by, and each further digit takes as many rounds as the one before.
const HITS_TOLERANCE: f64 = 1e-6;
/// The number of rounds after which the nightly job stops computing hubs and authorities.
const HITS_ROUNDS: u32 = 200;

/// Structural measures of each node. Vectors are in step with the nodes.
pub(crate) struct Structure {
    /// The core number.
    pub(crate) core: Vec<u32>,
    /// The largest of them.
    pub(crate) largest_core: u32,
    /// The component, from 0, the largest first.
    pub(crate) component: Vec<u32>,
    /// How many components there are.
    pub(crate) components: usize,
    /// How its ties divide among its own community and the others.
    pub(crate) shares: Vec<TieShares>,
    /// Hubs and authorities, or why there are none: HITS may take any number of rounds, and a run is published without
    /// them, because nothing else uses them.
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
    /// Notes why there are no hubs and authorities, where there are none.
    pub(crate) fn note_missing(&self, observer: &dyn Observer) {
        if let Err(why) = &self.hits {
            observer.note(&format!("`hub` and `authority` stay empty: {why}"));
        }
    }

    /// The rounds of HITS and how far the last one moved the scores, whether that was little enough or not.
    pub(crate) fn hits_progress(&self) -> (u32, Option<f64>) {
        match &self.hits {
            Ok(hits) => (hits.rounds, Some(hits.l1_change)),
            Err(RankError::HitsNotConverged { rounds, l1_change, .. }) => (*rounds, Some(*l1_change)),
            Err(_) => (0, None),
        }
    }
}
