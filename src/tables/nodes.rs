//! `communities/nodes.parquet`: the community of every node by its number, shown or not, and its part on every level
//! below.

use super::ColumnKey;

pub const FILE: &str = "communities/nodes.parquet";

/// The community of the node: an id of `communities.parquet`.
pub const COMMUNITY_ID: ColumnKey<'static, u32> = ColumnKey::new("community_id");

/// The name of the column with the parts of a level; 1 is the level right below communities.
pub fn part(level: u64) -> String {
    format!("part_{level}")
}
