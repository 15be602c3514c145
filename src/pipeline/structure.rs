//! What the graph says of each node beside PageRank, its community and reach.

use crate::{
    community::{self, Partition, Shares},
    graph::Graph,
    progress::Observer,
    rank::{self, Hits, HitsConfig, RankError},
};

/// The change of a round, in L1, at which hubs and authorities are good enough for the nightly job: they are columns to
/// sort and compare by, and each further digit takes as many rounds as the one before.
const HITS_TOLERANCE: f64 = 1e-6;
/// Rounds after which the nightly job goes on without hubs and authorities.
const HITS_ROUNDS: u32 = 200;

/// Cores, components, ties to communities, hubs and authorities. Vectors are in step with the nodes.
pub(super) struct Structure {
    /// The core number.
    pub(super) core: Vec<u32>,
    /// The largest of them.
    pub(super) largest_core: u32,
    /// The component, from 0, the largest first.
    pub(super) component: Vec<u32>,
    /// How many components there are.
    pub(super) components: usize,
    /// How its ties are shared out among its own community and the others.
    pub(super) shares: Vec<Shares>,
    /// Hubs and authorities, or why there are none: they may take any number of rounds, and a column that nothing
    /// else needs is no reason to publish no run.
    pub(super) hits: Result<Hits, RankError>,
}

/// Computes all of it.
pub(super) fn structure(graph: &Graph, partition: &Partition) -> Structure {
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
    /// Tells why there are no hubs and authorities, if there are none.
    pub(super) fn note_missing(&self, observer: &dyn Observer) {
        if let Err(why) = &self.hits {
            observer.note(&format!("`hub` and `authority` stay empty: {why}"));
        }
    }

    /// The rounds of HITS and how far the last one moved the scores, whether that was little enough or not.
    pub(super) fn hits_progress(&self) -> (u32, Option<f64>) {
        match &self.hits {
            Ok(hits) => (hits.rounds, Some(hits.l1_change)),
            Err(RankError::HitsNotConverged { rounds, l1_change, .. }) => (*rounds, Some(*l1_change)),
            Err(_) => (0, None),
        }
    }
}
