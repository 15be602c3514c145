//! `communities.parquet`: one row a community, the largest first.

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
/// Weight of the edges inside.
pub const INTERNAL_WEIGHT: ColumnKey<'static, f64> = ColumnKey::new("internal_weight");
/// Weight of the edges that lead in or out.
pub const EXTERNAL_WEIGHT: ColumnKey<'static, f64> = ColumnKey::new("external_weight");
/// Share of its edge ends that lead outside.
pub const CONDUCTANCE: ColumnKey<'static, f64> = ColumnKey::new("conductance");
/// Ids of the members of highest score, joined by `;`.
pub const TOP_MEMBERS: ColumnKey<'static, String> = ColumnKey::new("top_voices");
/// Its part of the modularity of all communities.
pub const MODULARITY_SHARE: ColumnKey<'static, f64> = ColumnKey::new("modularity_share");
/// Members tied to one other community at least half as much as to this one.
pub const BETWEEN_GROUPS: ColumnKey<'static, u32> = ColumnKey::new("between_groups");
/// The channels on which members receive most, with shares: `twitter:0.81;forum:0.19`.
pub const TOP_CHANNELS: ColumnKey<'static, String> = ColumnKey::new("top_channels");
/// The kinds of event by which members receive most, in the same form.
pub const TOP_KINDS: ColumnKey<'static, String> = ColumnKey::new("top_kinds");
/// Change of the size since the previous run; `None` where that run did not have it.
pub const GROWTH: ColumnKey<'static, Option<i64>> = ColumnKey::new("growth");
/// Median value of its customers; `None` where the CRM states no value.
pub const MEDIAN_VALUE: ColumnKey<'static, Option<f64>> = ColumnKey::new("median_value");
/// Share of its customers without consent to be contacted; `None` where it has no customer.
pub const WITHOUT_CONSENT: ColumnKey<'static, Option<f64>> = ColumnKey::new("without_consent");
/// A name made from the names of its top members.
pub const DEFAULT_NAME: ColumnKey<'static, String> = ColumnKey::new("default_name");
/// The user-given name from `communities.names.csv`.
pub const NAME: ColumnKey<'static, Option<String>> = ColumnKey::new("name");
