//! The names of the graph snapshots in the folder of a run.

/// The snapshot of the run's graph.
pub const FILE: &str = "graph.plaudit";
/// The snapshot with the same edges, weighted by learned probabilities; it exists only if the run has learned them.
pub const SPREAD_FILE: &str = "spread.plaudit";
