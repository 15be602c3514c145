//! The snapshots of graphs in the folder of a run.

/// The graph of a run.
pub const FILE: &str = "graph.plaudit";
/// The same edges weighted by learned probabilities, if the run has learned any.
pub const SPREAD_FILE: &str = "spread.plaudit";
