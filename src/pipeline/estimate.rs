//! Estimates the memory of every stage before the run: each module estimates its arrays, and this file adds up the
//! arrays that are held at the same time.

use super::PipelineError;
use crate::{
    community,
    config::Plan,
    event,
    graph::{self, Directions, EdgeBlock, GraphSize, Storage},
    identity,
    ids::{NodeId, index64, offset64},
    inputs::Inputs,
    measure::{self, LearningSizes},
    progress::Observer,
    projection::{self, Channels, PAIR_BYTES, UNIT_LOG2},
    publish, rank, reach,
    store::memory,
};

/// The memory of one stage at its peak, including all memory still held from earlier stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageEstimate {
    /// Name of the stage.
    pub stage: &'static str,
    /// Bytes at its peak.
    pub bytes: u64,
}

/// The memory of a run. The figures are upper bounds on the arrays that grow with the input, so real runs take less.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// The estimates, in the order of the stages.
    pub stages: Vec<StageEstimate>,
    /// The graph storage assumed in the estimates: plain, or compressed if only a compressed graph fits.
    pub storage: Storage,
    /// The memory limit of the run; `None` if neither the plan nor the machine gives a limit.
    pub limit_bytes: Option<u64>,
}

/// Bytes of a process before it reads anything.
const BASE_BYTES: u64 = 16 << 20;
/// Bytes per node for the node order and the start vector of PageRank, held to the end.
const ORDER_BYTES: u64 = 12;

impl Estimate {
    /// The stage that takes the most memory.
    pub fn peak(&self) -> StageEstimate {
        self.stages.iter().copied().max_by_key(|stage| stage.bytes).expect("invariant: there are stages")
    }

    fn fits(&self) -> bool {
        self.limit_bytes.is_none_or(|limit| self.peak().bytes <= limit)
    }

    /// Fails when a stage would exceed the limit, because refusing a run is better than being killed half-way.
    fn refuse(&self) -> Result<(), PipelineError> {
        let (peak, limit_bytes) = (self.peak(), self.limit_bytes.unwrap_or(u64::MAX));
        if self.fits() {
            return Ok(());
        }
        Err(PipelineError::TooLarge { stage: peak.stage, needed_bytes: peak.bytes, limit_bytes })
    }
}

/// The sizes of a run that are known once everything is read; its edges are not known yet.
pub(super) struct RunSizes<'a> {
    plan: &'a Plan,
    limit_bytes: Option<u64>,
    accounts: u64,
    events: u64,
    nodes: u64,
    /// Bytes held from reading to the end.
    held: u64,
    /// Bytes of the in-strengths by kind and by channel; held from the projection to the end.
    received: u64,
}

impl<'a> RunSizes<'a> {
    pub(super) fn of(plan: &'a Plan, limit_bytes: Option<u64>, inputs: &Inputs) -> Self {
        let accounts = offset64(inputs.events.accounts.len());
        let customers = inputs.customers.as_ref().map_or(0, |all| offset64(all.customers.len()));
        let channels = Channels::new(&inputs.events.accounts, |_| true);
        let nodes = accounts + customers;
        Self {
            plan,
            limit_bytes,
            accounts,
            events: offset64(inputs.events.events.len()),
            nodes,
            held: BASE_BYTES + accounts * event::ACCOUNT_BYTES + customers * identity::CUSTOMER_BYTES,
            received: projection::in_strength_bytes(nodes, plan.weights.kinds.len(), channels.names().len()),
        }
    }

    /// Estimates every stage for a graph of this size in this storage.
    fn estimate(&self, size: &GraphSize, storage: Storage) -> Estimate {
        let Self { plan, accounts, events, nodes, held, received, .. } = *self;
        let learning = LearningSizes::of(plan.spread, events, size);
        let threads = offset64(rayon::current_num_threads());
        // The in-strengths are renumbered while the graph is held.
        let graph = (size.listed_bytes() + size.order_bytes(nodes, threads))
            .max(size.build_bytes(storage, threads) + ORDER_BYTES * nodes)
            .max(size.taken_bytes(storage) + ORDER_BYTES * nodes + received);
        let with_graph = held
            + received
            + size.taken_bytes(storage)
            + size.reader_bytes(storage, threads)
            + ORDER_BYTES * nodes
            + PAIR_BYTES * learning.edges;
        // PageRank, from the trusted core and from each topic.
        let columns = 2 + offset64(plan.topics.len());
        let ranked = with_graph + rank::RESULT_BYTES * nodes * columns;
        let one_rank = rank::estimated_bytes(nodes, 1);
        let segments = plan.reach_segments.len();
        let reach = reach::estimated_bytes(index64(nodes), segments, &plan.reach);
        // `measured` includes the results of communities and of the k-hop audience, `scored` also all other columns.
        let measured = ranked + (community::RESULT_BYTES + reach::result_bytes(segments)) * nodes;
        let scored = measured + measure::COLUMNS_BYTES * nodes;
        let stage = |stage, bytes| StageEstimate { stage, bytes };
        let pairs = PAIR_BYTES * learning.pairs;
        let stages = vec![
            stage("read", held + event::read_bytes(accounts, events)),
            stage("exposures", held + projection::exposure_bytes(accounts, learning.pairs)),
            stage("project", held + received + projection::projection_bytes(accounts, events) + pairs),
            stage("graph", held + received + graph + pairs),
            stage("rank", with_graph + rank::estimated_bytes(nodes, columns)),
            stage("communities", ranked + community::estimated_bytes(nodes, size.edge_count)),
            stage("reach", ranked + community::RESULT_BYTES * nodes + reach),
            stage("measures", measured + measure::structure_bytes(nodes)),
            stage("trust", measured + measure::trust_bytes(nodes)),
            // If somebody is flagged, all measures are computed again on a graph with fewer edges.
            stage("score", scored + size.build_bytes(storage, threads) + reach.max(one_rank)),
            stage("spread", scored + learning.estimated_bytes(nodes, storage, threads)),
            stage("write", scored + publish::estimated_bytes(nodes) + learning.graph_bytes(storage)),
        ];
        Estimate { stages, storage, limit_bytes: self.limit_bytes }
    }

    /// The estimate with a plain graph if that fits, else the lower of the estimates with a plain and a compressed
    /// graph.
    fn choose(&self, size: &GraphSize) -> Estimate {
        let plain = self.estimate(size, Storage::Plain);
        if plain.fits() {
            return plain;
        }
        let compressed = self.estimate(size, Storage::Compressed);
        if compressed.peak().bytes < plain.peak().bytes { compressed } else { plain }
    }

    /// Estimates every stage before the edges are known, for the worst case that each event becomes a separate edge of
    /// the heaviest kind. The longest row is not known yet; [`RunSizes::storage`] estimates again with the edges.
    pub(super) fn before_projection(&self) -> Estimate {
        let heaviest = self.plan.weights.kinds.iter().map(|kind| u128::from(kind.weight_milli)).max();
        // Saturation (log2(1 + S)) increases a count to less than its double.
        let heaviest = ((2 * heaviest.unwrap_or(0)) << -UNIT_LOG2).div_ceil(1000);
        self.choose(&GraphSize {
            node_count: self.nodes,
            edge_count: self.events,
            listed_count: self.events,
            total_weight: Some(u128::from(self.events) * heaviest),
            longest_row: 0,
        })
    }

    /// How to store the graph of these edges: plain if that fits, else compressed.
    pub(super) fn storage(
        &self,
        node_count: usize,
        blocks: &[EdgeBlock],
        observer: &dyn Observer,
    ) -> Result<Storage, PipelineError> {
        let edge_count = blocks.iter().map(|block| offset64(block.ends().len())).sum();
        let weights = blocks.iter().flat_map(EdgeBlock::weights);
        let mut size = GraphSize {
            node_count: offset64(node_count),
            edge_count,
            listed_count: edge_count,
            total_weight: Some(weights.map(|&weight| u128::from(weight)).sum()),
            longest_row: 0,
        };
        if !self.estimate(&size, Storage::Plain).fits() {
            let ends = blocks.iter().flat_map(EdgeBlock::ends).map(|ends| ends.map(NodeId));
            size.longest_row = graph::longest_row(node_count, ends, Directions::AsWritten);
        }
        let estimate = self.choose(&size);
        estimate.refuse()?;
        if estimate.storage == Storage::Compressed {
            observer
                .note("the graph is compressed, because an uncompressed one might exceed the memory limit");
        }
        Ok(estimate.storage)
    }
}

/// Fails when a stage would exceed the limit both with a plain and with a compressed graph.
pub(super) fn refuse_too_large(
    plan: &Plan,
    limit_bytes: Option<u64>,
    inputs: &Inputs,
) -> Result<(), PipelineError> {
    RunSizes::of(plan, limit_bytes, inputs).before_projection().refuse()
}

/// The number of events that alone reach the memory limit; the reader stops there instead of filling the memory.
pub(super) fn events_that_fit(limit_bytes: u64) -> usize {
    index64(projection::events_that_fit(limit_bytes))
}

/// The error for input with more events than [`events_that_fit`] returns.
pub(super) fn too_many_events(limit_bytes: u64) -> PipelineError {
    PipelineError::TooLarge {
        stage: "read",
        needed_bytes: limit_bytes.saturating_add(projection::projection_bytes(0, 1)),
        limit_bytes,
    }
}

/// The memory limit of the run; `None` if neither the plan nor the machine gives a limit.
pub(super) fn limit(plan: &Plan) -> Option<u64> {
    plan.memory_limit.bytes(|| memory::available().bytes())
}
