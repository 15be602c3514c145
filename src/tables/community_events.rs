//! `communities/events.csv`: one row per event of a community since the previous run.

pub const FILE: &str = "communities/events.csv";

pub const COMMUNITY_ID: &str = "community_id";
/// What happened.
pub const EVENT: &str = "event";
/// Number of members in this run; 0 if the community has ended.
pub const SIZE: &str = "size";
/// The other communities of the event, joined by `;`.
pub const OTHER_IDS: &str = "other_ids";

/// The event of a community that ended because most of it is in another community.
pub const MERGED: &str = "merged";
