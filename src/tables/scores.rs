//! `scores.parquet`: one row per node that may be shown, with all its measures, its community and its tier.

use super::{ColumnKey, IntervalKeys};

pub const FILE: &str = "scores.parquet";

/// The node of `graph.plaudit`.
pub const NODE: ColumnKey<'static, u32> = ColumnKey::new("node");
/// The CRM's key of a customer, or the account of a prospect.
pub const ID: ColumnKey<'static, String> = ColumnKey::new("id");
/// The word of a [`Status`](super::Status).
pub const STATUS: ColumnKey<'static, String> = ColumnKey::new("status");
pub const NAME: ColumnKey<'static, Option<String>> = ColumnKey::new("name");
/// Channels of its accounts, joined by `;`.
pub const CHANNELS: ColumnKey<'static, String> = ColumnKey::new("channels");
pub const HOUSEHOLD: ColumnKey<'static, Option<String>> = ColumnKey::new("household");
/// The customer value from the CRM.
pub const VALUE: ColumnKey<'static, Option<f64>> = ColumnKey::new("value");
/// The consent of a customer: `full` or `profile`; empty for prospects.
pub const CONSENT: ColumnKey<'static, String> = ColumnKey::new("consent");
/// The score, 0 to 100.
pub const SCORE: ColumnKey<'static, f64> = ColumnKey::new("score");
/// Rank by score, from 1; customers and prospects are ranked separately.
pub const RANK: ColumnKey<'static, u32> = ColumnKey::new("rank");
/// Share of the other customers with a worse rank (for prospects: of customers with a lower score), in percent.
pub const PERCENTILE: ColumnKey<'static, f64> = ColumnKey::new("percentile");
/// The tier; for prospects, the tier that a customer of this score would be in.
pub const TIER: ColumnKey<'static, String> = ColumnKey::new("tier");
pub const PREVIOUS_TIER: ColumnKey<'static, Option<String>> = ColumnKey::new("previous_tier");
/// `PageRank`: the share of all attention.
pub const PAGERANK: ColumnKey<'static, f64> = ColumnKey::new("pagerank");
/// The k-hop audience: distinct people within `[reach] hops` hops.
pub const REACH: IntervalKeys = IntervalKeys {
    value: ColumnKey::new("reach"),
    low: ColumnKey::new("reach_low"),
    high: ColumnKey::new("reach_high"),
};
/// Whether the k-hop audience was counted exactly instead of estimated.
pub const REACH_EXACT: ColumnKey<'static, bool> = ColumnKey::new("reach_exact");
/// The community: an id of `communities.parquet`.
pub const COMMUNITY_ID: ColumnKey<'static, u32> = ColumnKey::new("community_id");
/// The path from its community down to its smallest part, such as `3/0/2`.
pub const COMMUNITY_PATH: ColumnKey<'static, String> = ColumnKey::new("community_path");
/// The audience: the number of nodes with an edge to the node.
pub const AUDIENCE: ColumnKey<'static, u32> = ColumnKey::new("audience");
/// The out-degree: the number of nodes to which the node has an edge.
pub const OUT_DEGREE: ColumnKey<'static, u32> = ColumnKey::new("out_degree");
/// Sum of the weights of the attention received.
pub const STRENGTH: ColumnKey<'static, f64> = ColumnKey::new("strength");
/// Number of customers in its audience.
pub const CUSTOMERS_IN_AUDIENCE: ColumnKey<'static, u32> = ColumnKey::new("customers_in_audience");
/// Sum of the weights of the attention given.
pub const OUT_STRENGTH: ColumnKey<'static, f64> = ColumnKey::new("out_strength");
pub const CORE_NUMBER: ColumnKey<'static, u32> = ColumnKey::new("core_number");
/// The weakly connected component, from 0, the largest first.
pub const COMPONENT: ColumnKey<'static, u32> = ColumnKey::new("component");
pub const HUB: ColumnKey<'static, Option<f64>> = ColumnKey::new("hub");
pub const AUTHORITY: ColumnKey<'static, Option<f64>> = ColumnKey::new("authority");
/// The part of the strength that comes from follows.
pub const FOLLOWING_STRENGTH: ColumnKey<'static, f64> = ColumnKey::new("following_strength");
/// The part of the strength that comes from shares.
pub const AMPLIFICATION: ColumnKey<'static, f64> = ColumnKey::new("amplification");
/// The part of the strength that comes from replies and mentions.
pub const CONVERSATION: ColumnKey<'static, f64> = ColumnKey::new("conversation");
/// The three parts of strength with a separate column, each with the event kinds that it sums.
pub const PARTS_OF_STRENGTH: [(ColumnKey<'static, f64>, &[&str]); 3] =
    [(FOLLOWING_STRENGTH, &["follow"]), (AMPLIFICATION, &["share"]), (CONVERSATION, &["reply", "mention"])];
/// `PageRank` with teleport to customers only.
pub const TRUSTED_RANK: ColumnKey<'static, Option<f64>> = ColumnKey::new("trusted_rank");
/// The share of the `PageRank` that does not come from customers.
pub const SPAM_MASS: ColumnKey<'static, Option<f64>> = ColumnKey::new("spam_mass");
/// The share of a score measure that comes from suspects; the largest share among the measures.
pub const SUSPECT_SHARE: ColumnKey<'static, Option<f64>> = ColumnKey::new("suspect_share");
/// Whether the node is a suspect: a prospect whose spam mass is above `[trust] suspect_mass`.
pub const SUSPECT: ColumnKey<'static, bool> = ColumnKey::new("suspect");
/// Whether score, rank and tier are capped because they depend on suspects.
pub const FLAGGED: ColumnKey<'static, bool> = ColumnKey::new("flagged");
/// The share of the node's edge weight that connects it to its community.
pub const COMMUNITY_STRENGTH: ColumnKey<'static, Option<f64>> = ColumnKey::new("community_strength");
/// The other community with the strongest tie to the node.
pub const SECONDARY_COMMUNITY_ID: ColumnKey<'static, Option<u32>> = ColumnKey::new("secondary_community_id");
/// The share of the node's edge weight that connects it to the secondary community.
pub const SECONDARY_STRENGTH: ColumnKey<'static, Option<f64>> = ColumnKey::new("secondary_strength");
/// The k-hop audience in which people further away count less.
pub const DECAYED_REACH: IntervalKeys = IntervalKeys {
    value: ColumnKey::new("decayed_reach"),
    low: ColumnKey::new("decayed_reach_low"),
    high: ColumnKey::new("decayed_reach_high"),
};
/// The cost of winning the customer as an advocate, from the CRM.
pub const COST: ColumnKey<'static, Option<f64>> = ColumnKey::new("cost");

/// The name of the column with `PageRank` from the people of a topic.
pub fn topic_pagerank(topic: &str) -> String {
    format!("pagerank_{topic}")
}

/// The names of the columns with the number of a segment's people in the k-hop audience, and the interval of that
/// number.
pub fn segment_reach(segment: &str) -> [String; 3] {
    ["", "_low", "_high"].map(|end| format!("reach_{segment}{end}"))
}

/// The name of the column with the part of the strength that comes from a kind of event.
pub fn strength_by_kind(kind: &str) -> String {
    format!("strength_by_{kind}")
}

/// The name of the column with the part of the strength that was received on a channel.
pub fn strength_on_channel(channel: &str) -> String {
    format!("strength_on_{channel}")
}
