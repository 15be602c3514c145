//! Describes communities: members by status, top members, channels and kinds, and a default name.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::{measures::Measures, score::Scores};
use crate::{
    community::{CommunityShape, modularity_parts, shapes},
    event::KindId,
    graph::Graph,
    identity::{Consent, Party, People},
    ids::{CommunityId, NodeId, index64},
    num,
    tables::join_list,
    text,
};

const TOP_MEMBERS: usize = 5;
/// Number of top members in the default name.
const NAMING_MEMBERS: usize = 2;
/// The longest name of a member within a default name, in letters; longer names are cut and end in `…`.
const MAX_NAME_LETTERS: usize = 18;
const MAIN_PARTS: usize = 5;

pub(crate) struct CommunityProfile {
    pub(crate) counts: MemberCounts,
    pub(crate) shape: CommunityShape,
    /// The community's part of the modularity of all communities.
    pub(crate) modularity_share: f64,
    /// The keys of the members with the highest scores above 0, joined by `;`.
    pub(crate) top_members: String,
    /// The channels on which members receive the most strength, with the share of each: `twitter:0.81;forum:0.19`.
    pub(crate) top_channels: String,
    /// The kinds of event from which members receive the most strength, in the same form.
    pub(crate) top_kinds: String,
    /// The median value of the customers with a value.
    pub(crate) median_value: Option<f64>,
    /// A name made of the names of the top members, or of the community's id if no member may be shown.
    pub(crate) default_name: String,
}

/// The numbers of members of a community.
#[derive(Clone, Copy, Default)]
pub(crate) struct MemberCounts {
    pub(crate) customers: u32,
    pub(crate) prospects: u32,
    pub(crate) withheld: u32,
    /// The number of members between groups.
    pub(crate) between: u32,
    /// The number of customers who may be contacted.
    contactable: u32,
}

impl MemberCounts {
    pub(crate) fn size(&self) -> u32 {
        self.customers + self.prospects + self.withheld
    }

    /// The share of the customers who may not be contacted; none if there is no customer.
    pub(crate) fn without_consent(&self) -> Option<f64> {
        let without = f64::from(self.customers - self.contactable);
        (self.customers > 0).then(|| without / f64::from(self.customers))
    }
}

pub(crate) struct ProfileInputs<'a> {
    pub(crate) people: &'a People<'a>,
    pub(crate) graph: &'a Graph,
    pub(crate) measures: &'a Measures,
    pub(crate) scores: &'a Scores,
    /// The resolution of the modularity shares.
    pub(crate) resolution: f64,
    /// The channels with a column of strength, in the order of the columns.
    pub(crate) channels: &'a [String],
    /// The kinds of event, in the order of their ids.
    pub(crate) kinds: &'a [&'a str],
}

/// Describes every community, in the order of the partition's ids.
pub(crate) fn community_profiles(inputs: &ProfileInputs<'_>) -> Vec<CommunityProfile> {
    let partition = &inputs.measures.communities.partition;
    let shapes = shapes(inputs.graph, &partition.community, partition.count);
    let parts = modularity_parts(&shapes, inputs.resolution);
    let members = Members::new(inputs, partition.count);
    let profile = |(c, (shape, modularity_share)): (usize, (CommunityShape, f64))| CommunityProfile {
        counts: members.counts(c),
        shape,
        modularity_share,
        top_members: members.top_members(c),
        top_channels: members.top_channels(c),
        top_kinds: members.top_kinds(c),
        median_value: members.median_value(c),
        default_name: members.default_name(c),
    };
    shapes.into_par_iter().zip(parts).enumerate().map(profile).collect()
}

/// The nodes of each community, and their scores.
struct Members<'a> {
    inputs: &'a ProfileInputs<'a>,
    /// `offsets[c]..offsets[c + 1]` is the range of community `c` in `nodes`.
    offsets: Vec<u64>,
    /// All nodes, sorted by community, then by node number.
    nodes: Vec<NodeId>,
    /// `score[NodeId]`; not a number for withheld people.
    score: Vec<f64>,
}

impl<'a> Members<'a> {
    fn new(inputs: &'a ProfileInputs<'a>, count: usize) -> Self {
        let community = &inputs.measures.communities.partition.community;
        let mut sizes = vec![0_u64; count];
        for c in community {
            sizes[c.index()] += 1;
        }
        let offsets = num::prefix_sums(sizes.into_iter());
        let mut next = offsets.clone();
        let mut nodes = vec![NodeId::NONE; community.len()];
        for (node, c) in inputs.graph.nodes().zip(community) {
            nodes[index64(next[c.index()])] = node;
            next[c.index()] += 1;
        }
        let scores = inputs.scores;
        let mut score = vec![f64::NAN; community.len()];
        let customers = scores.customers.iter().zip(&scores.standing.score);
        let prospects = scores.prospects.iter().zip(&scores.prospect_standing.score);
        customers.chain(prospects).for_each(|(node, &value)| score[node.index()] = value);
        Self { inputs, offsets, nodes, score }
    }

    fn of(&self, c: usize) -> &[NodeId] {
        &self.nodes[index64(self.offsets[c])..index64(self.offsets[c + 1])]
    }

    /// The members who may be shown.
    fn shown(&self, c: usize) -> impl Iterator<Item = NodeId> {
        let may_be_shown = |node: &NodeId| self.inputs.people.party(*node) != Party::Withheld;
        self.of(c).iter().copied().filter(may_be_shown)
    }

    /// The customers among the members who may be shown.
    fn customers(&self, c: usize) -> impl Iterator<Item = NodeId> {
        self.shown(c).filter(|&node| !matches!(self.inputs.people.party(node), Party::Prospect(_)))
    }

    fn counts(&self, c: usize) -> MemberCounts {
        let mut counts = MemberCounts::default();
        for &node in self.of(c) {
            match self.inputs.people.party(node) {
                Party::Customer(_) | Party::Account(_) => {
                    counts.customers += 1;
                    counts.contactable += u32::from(self.inputs.people.consent(node) == Consent::Full);
                }
                Party::Prospect(_) => counts.prospects += 1,
                Party::Withheld => counts.withheld += 1,
            }
            counts.between += u32::from(self.inputs.measures.structure.shares[node.index()].is_between());
        }
        counts
    }

    /// The `count` customers and prospects with the highest scores; ties by key.
    fn first(&self, c: usize, count: usize) -> Vec<NodeId> {
        let key = |node: NodeId| self.inputs.people.key(node);
        let score = |node: NodeId| self.score[node.index()];
        let order = |a: NodeId, b: NodeId| score(b).total_cmp(&score(a)).then_with(|| key(a).cmp(key(b)));
        let mut first: Vec<NodeId> = Vec::with_capacity(count + 1);
        for node in self.shown(c) {
            if first.len() == count && first.last().is_none_or(|&last| order(last, node) == Ordering::Less) {
                continue;
            }
            first.insert(first.partition_point(|&other| order(other, node) == Ordering::Less), node);
            first.truncate(count);
        }
        first
    }

    fn top_members(&self, c: usize) -> String {
        let top = self.first(c, TOP_MEMBERS).into_iter().filter(|node| self.score[node.index()] > 0.0);
        join_list(&top.map(|node| self.inputs.people.key(node)).collect::<Vec<_>>())
    }

    fn default_name(&self, c: usize) -> String {
        let name = |node: NodeId| {
            let name = self.inputs.people.customer(node).and_then(|customer| customer.name.as_deref());
            let name = name.map(readable).filter(|name| !name.is_empty());
            name.unwrap_or_else(|| readable(self.inputs.people.key(node)))
        };
        let names: Vec<String> = self.first(c, NAMING_MEMBERS).into_iter().map(name).collect();
        if names.iter().all(String::is_empty) {
            return format!("community {}", self.inputs.measures.communities.id_of(CommunityId::new(c)));
        }
        names.join(" & ")
    }

    fn top_channels(&self, c: usize) -> String {
        let (received, names) = (&self.inputs.measures.received, self.inputs.channels);
        let units =
            |channel| self.shown(c).map(move |node| u128::from(received.by_channel(node, channel))).sum();
        main_parts(names.iter().enumerate().map(|(channel, name)| (name.as_str(), units(channel))))
    }

    fn top_kinds(&self, c: usize) -> String {
        let (received, kinds) = (&self.inputs.measures.received, self.inputs.kinds);
        let units = |kind| self.shown(c).map(move |node| u128::from(received.by_kind(node, kind))).sum();
        let ids = (0..=u8::MAX).map(KindId);
        main_parts(kinds.iter().zip(ids).map(|(kind, id)| (*kind, units(id))))
    }

    /// The median of the customers' values. If the number of values is even, it is the mean of the two values in the
    /// middle.
    fn median_value(&self, c: usize) -> Option<f64> {
        let value = |node| self.inputs.people.customer(node)?.value;
        let mut values: Vec<f64> = self.customers(c).filter_map(value).collect();
        values.sort_unstable_by(f64::total_cmp);
        let (low, high) = (values.len().checked_sub(1)? / 2, values.len() / 2);
        Some(f64::midpoint(values[low], values[high]))
    }
}

/// A foreign name on one line, without control characters, and not too long.
fn readable(name: &str) -> String {
    let words = name.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let plain = text::harmless(&words.collect::<Vec<_>>().join(" "));
    if plain.chars().count() <= MAX_NAME_LETTERS {
        return plain;
    }
    let start: String = plain.chars().take(MAX_NAME_LETTERS - 1).collect();
    format!("{}…", start.trim_end())
}

/// Lists the largest parts, each with its share of the whole, rounded to hundredths. Parts that round to 0.00 are left
/// out. Ties stay in the order of `parts`.
fn main_parts<'n>(parts: impl Iterator<Item = (&'n str, u128)>) -> String {
    let mut parts: Vec<(&str, u128)> = parts.filter(|(_, units)| *units > 0).collect();
    let whole: u128 = parts.iter().map(|(_, units)| units).sum();
    parts.sort_by_key(|(_, units)| std::cmp::Reverse(*units));
    let text = |(name, units): (&str, u128)| {
        // The share is rounded half up, in integers.
        let hundredths = (200 * units + whole) / (2 * whole);
        (hundredths > 0).then(|| format!("{name}:{}.{:02}", hundredths / 100, hundredths % 100))
    };
    parts.into_iter().filter_map(text).take(MAIN_PARTS).collect::<Vec<_>>().join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_rounded_half_up_and_the_largest_come_first() {
        let text = |parts: &[(&str, u128)]| main_parts(parts.iter().copied());
        assert_eq!(text(&[("a", 1), ("b", 3), ("c", 0)]), "b:0.75;a:0.25");
        assert_eq!(text(&[("a", 1), ("b", 1), ("c", 1)]), "a:0.33;b:0.33;c:0.33");
        assert_eq!(text(&[("a", 1), ("b", 199)]), "b:1.00;a:0.01");
        assert_eq!(text(&[("a", 1), ("b", 200)]), "b:1.00");
        assert_eq!(text(&[("a", u128::from(u64::MAX))]), "a:1.00");
        assert_eq!(text(&[("a", 0)]), "");
        assert_eq!(text(&["a", "b", "c", "d", "e", "f"].map(|name| (name, 5))).matches(';').count(), 4);
    }

    #[test]
    fn names_are_readable() {
        assert_eq!(readable("  Ada \t Lovelace\n"), "Ada Lovelace");
        assert_eq!(readable("Ada\u{1b}[31m"), "Ada [31m");
        assert_eq!(readable("right\u{202e}x"), "right\\u{202e}x");
        assert_eq!(readable("Jürgen von der Heide-Kühn"), "Jürgen von der He…");
        assert_eq!(readable("eighteen letters!!"), "eighteen letters!!");
        assert_eq!(readable("\u{7} \u{0}"), "");
    }
}
