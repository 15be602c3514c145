//! `communities/nodes.parquet`: the community of every node in the order of node numbers, including nodes that are not
//! shown, and the node's part on every finer level.

use super::ColumnKey;

pub const FILE: &str = "communities/nodes.parquet";

/// The community of the node: an id of `communities.parquet`.
pub const COMMUNITY_ID: ColumnKey<'static, u32> = ColumnKey::new("community_id");

/// The name of the column with the parts of a level; level 1 is directly below communities.
pub fn part(level: u64) -> String {
    format!("part_{level}")
}
