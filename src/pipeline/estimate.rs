//! How much memory a run takes, before it takes it.

use super::{PipelineError, inputs::Inputs};
use crate::{
    config::{MemoryLimit, Plan},
    ids::{index64, offset64},
    reach,
    store::machine,
};

/// The memory of one stage, at its peak, with all that is still held from before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageEstimate {
    /// Name of the stage.
    pub stage: &'static str,
    /// Bytes at its peak.
    pub bytes: u64,
}

/// The memory of a run. Upper bounds of the arrays that grow with the input, so real runs stay below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// In the order of the stages.
    pub stages: Vec<StageEstimate>,
    /// What the run may take; `None` where neither the plan nor the machine says.
    pub limit_bytes: Option<u64>,
}

/// What a process takes that has read nothing.
const BASE_BYTES: u64 = 16 << 20;
/// Key, offsets and first position of an account.
const ACCOUNT_BYTES: u64 = 64;
/// An event while it is projected: as it was read, as it is sorted, and as an edge.
const EVENT_BYTES: u64 = 64;
/// Everything about one person in the output tables.
const PERSON_BYTES: u64 = 512;

impl Estimate {
    /// The stage that takes most.
    pub fn peak(&self) -> StageEstimate {
        self.stages.iter().copied().max_by_key(|stage| stage.bytes).expect("invariant: there are stages")
    }
}

/// Estimates every stage from what was read: each event may become an edge of its own.
pub(super) fn estimate(plan: &Plan, limit_bytes: Option<u64>, inputs: &Inputs) -> Estimate {
    let events = offset64(inputs.events.events.len());
    let accounts = offset64(inputs.events.accounts.len());
    let customers = inputs.customers.as_ref().map_or(0, |all| offset64(all.customers.len()));
    let (nodes, edges) = (accounts + customers, events);
    let held = BASE_BYTES + accounts * ACCOUNT_BYTES + customers * PERSON_BYTES;
    let graph = 16 * nodes + 16 * edges;
    let stage = |stage, bytes| StageEstimate { stage, bytes };
    let stages = vec![
        stage("read", held + 2 * accounts * ACCOUNT_BYTES + 32 * events),
        stage("project", held + 8 * accounts + EVENT_BYTES * events),
        stage("graph", held + 16 * edges + graph + 12 * edges),
        stage("rank", held + graph + 112 * nodes),
        stage("communities", held + graph + 24 * edges + 36 * edges + 64 * nodes),
        stage("reach", held + graph + reach::estimated_bytes(index64(nodes), &plan.reach)),
        stage("score", held + graph + 160 * nodes),
        stage("write", held + graph + 160 * nodes + PERSON_BYTES * nodes),
    ];
    Estimate { stages, limit_bytes }
}

/// Fails when a stage would pass the limit: refusing beats being killed half-way.
pub(super) fn refuse_too_large(
    plan: &Plan,
    limit_bytes: Option<u64>,
    inputs: &Inputs,
) -> Result<(), PipelineError> {
    let estimate = estimate(plan, limit_bytes, inputs);
    let peak = estimate.peak();
    match estimate.limit_bytes {
        Some(limit_bytes) if peak.bytes > limit_bytes => {
            Err(PipelineError::TooLarge { stage: peak.stage, needed_bytes: peak.bytes, limit_bytes })
        }
        _ => Ok(()),
    }
}

/// How many events leave room for nothing else: the reader stops there instead of filling the memory.
pub(super) fn events_that_fit(limit_bytes: u64) -> usize {
    index64(limit_bytes / EVENT_BYTES)
}

/// The refusal of input with more than [`events_that_fit`].
pub(super) fn too_many_events(limit_bytes: u64) -> PipelineError {
    PipelineError::TooLarge {
        stage: "read",
        needed_bytes: limit_bytes.saturating_add(EVENT_BYTES),
        limit_bytes,
    }
}

/// What the run may take.
pub(super) fn limit(plan: &Plan) -> Option<u64> {
    match plan.memory_limit {
        MemoryLimit::Bytes(bytes) => Some(bytes),
        MemoryLimit::ShareOfAvailable { percent } => {
            machine::memory().available().map(|bytes| bytes / 100 * u64::from(percent))
        }
    }
}
