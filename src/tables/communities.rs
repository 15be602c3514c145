//! `communities.parquet`: one row per community, the largest first.

use super::ColumnKey;

pub const FILE: &str = "communities.parquet";

/// The id, which stays from run to run and is never given twice.
pub const COMMUNITY_ID: ColumnKey<'static, u32> = ColumnKey::new("community_id");
/// Number of nodes: customers, prospects and withheld people.
pub const SIZE: ColumnKey<'static, u32> = ColumnKey::new("size");
pub const CUSTOMERS: ColumnKey<'static, u32> = ColumnKey::new("customers");
pub const PROSPECTS: ColumnKey<'static, u32> = ColumnKey::new("prospects");
/// Withheld people in it, who appear in no other output.
pub const WITHHELD: ColumnKey<'static, u32> = ColumnKey::new("withheld");
/// Weight of the edges between members.
pub const INTERNAL_WEIGHT: ColumnKey<'static, f64> = ColumnKey::new("internal_weight");
/// Weight of the edges between members and other nodes.
pub const EXTERNAL_WEIGHT: ColumnKey<'static, f64> = ColumnKey::new("external_weight");
/// Weight of its boundary edges divided by its volume, or by the volume of all other nodes if that is smaller.
pub const CONDUCTANCE: ColumnKey<'static, f64> = ColumnKey::new("conductance");
/// Ids of the members with the highest scores, joined by `;`.
pub const TOP_MEMBERS: ColumnKey<'static, String> = ColumnKey::new("top_voices");
/// Its term in the modularity, which is the sum over all communities.
pub const MODULARITY_SHARE: ColumnKey<'static, f64> = ColumnKey::new("modularity_share");
/// Number of members whose tie to another community is at least half as strong as their tie to this community.
pub const BETWEEN_GROUPS: ColumnKey<'static, u32> = ColumnKey::new("between_groups");
/// The channels on which members receive the most weight, with shares: `twitter:0.81;forum:0.19`.
pub const TOP_CHANNELS: ColumnKey<'static, String> = ColumnKey::new("top_channels");
/// The kinds of event through which members receive the most weight, in the same form.
pub const TOP_KINDS: ColumnKey<'static, String> = ColumnKey::new("top_kinds");
/// Change of the size since the previous run; `None` if that run did not have the community.
pub const GROWTH: ColumnKey<'static, Option<i64>> = ColumnKey::new("growth");
/// Median value of its customers; `None` if the CRM states no value.
pub const MEDIAN_VALUE: ColumnKey<'static, Option<f64>> = ColumnKey::new("median_value");
/// Share of its customers without consent to be contacted; `None` if it has no customer.
pub const WITHOUT_CONSENT: ColumnKey<'static, Option<f64>> = ColumnKey::new("without_consent");
/// A name made from the names of its top members.
pub const DEFAULT_NAME: ColumnKey<'static, String> = ColumnKey::new("default_name");
/// The user-given name from `communities.names.csv`.
pub const NAME: ColumnKey<'static, Option<String>> = ColumnKey::new("name");
