//! What a community is: the table `communities.parquet`.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::{PipelineError, outputs::Results, yesterday::part_column};
use crate::{
    community::{CommunityShape, modularity_parts, shapes},
    event::KindId,
    identity::{Consent, Party},
    ids::{CommunityId, NodeId, index64, offset64},
    num,
    store::{Column, RunFile, write_columns},
    text,
};

/// How many of a community's members are named as its voices.
const TOP_VOICES: usize = 5;
/// How many of a community's voices give it its default name.
const NAMING_VOICES: usize = 2;
/// The longest part of a default name, in letters; longer ones end in `…`.
const MAX_NAME_LETTERS: usize = 18;
/// How many channels and kinds of a community are named.
const MAIN_PARTS: usize = 5;

/// Writes `communities.parquet`: one row a community, the largest first; returns the number of rows.
pub(super) fn write_communities(results: &Results<'_>, out: &mut RunFile<'_>) -> Result<u64, PipelineError> {
    let (graph, partition) = (results.graph, &results.measures.communities.partition);
    let count = partition.count;
    let shapes = shapes(graph, &partition.community, count);
    let parts = modularity_parts(&shapes, results.plan.communities.modularity_resolution());
    let members = Members::new(results, count);
    let heads: Vec<Heads> = (0..count).into_par_iter().map(|c| members.heads(c)).collect();
    let weight = |units: fn(&CommunityShape) -> u64| {
        let shapes = &shapes;
        Column::F64(Box::new(move |c| units(&shapes[c]) as f64 * graph.weight_unit()))
    };
    let durable = |c: usize| results.durable(CommunityId::new(c));
    let columns = [
        ("community_id", Column::U32(Box::new(durable))),
        ("size", Column::U32(Box::new(|c| heads[c].size()))),
        ("customers", Column::U32(Box::new(|c| heads[c].customers))),
        ("prospects", Column::U32(Box::new(|c| heads[c].prospects))),
        ("withheld", Column::U32(Box::new(|c| heads[c].withheld))),
        ("internal_weight", weight(|shape| shape.internal_weight)),
        ("external_weight", weight(|shape| shape.external_weight)),
        ("conductance", Column::F64(Box::new(|c| shapes[c].conductance))),
        ("top_voices", Column::Text(Box::new(|c| members.top_voices(c).into()))),
        ("modularity_share", Column::F64(Box::new(|c| parts[c]))),
        ("between_groups", Column::U32(Box::new(|c| heads[c].between))),
        ("top_channels", Column::Text(Box::new(|c| members.top_channels(c).into()))),
        ("top_kinds", Column::Text(Box::new(|c| members.top_kinds(c).into()))),
        (
            "growth",
            Column::OptionalI64(Box::new(|c| {
                let before = results.measures.communities.previous_size(durable(c))?;
                Some(i64::from(heads[c].size()) - i64::from(before))
            })),
        ),
        ("median_value", Column::OptionalF64(Box::new(|c| members.median_value(c)))),
        ("without_consent", Column::OptionalF64(Box::new(|c| heads[c].without_consent()))),
        ("default_name", Column::Text(Box::new(|c| members.default_name(c).into()))),
        ("name", Column::OptionalText(Box::new(|c| Some(results.community_name(durable(c))?.into())))),
    ];
    write_columns(count, &columns, out)?;
    Ok(offset64(count))
}

/// How many heads of each sort a community counts.
#[derive(Clone, Copy, Default)]
struct Heads {
    customers: u32,
    prospects: u32,
    withheld: u32,
    /// Of all of them, those between groups.
    between: u32,
    /// Of the customers, those who may be contacted.
    contactable: u32,
}

impl Heads {
    fn size(&self) -> u32 {
        self.customers + self.prospects + self.withheld
    }

    /// The share of the customers who may not be contacted; none where there is no customer.
    fn without_consent(&self) -> Option<f64> {
        let without = f64::from(self.customers - self.contactable);
        (self.customers > 0).then(|| without / f64::from(self.customers))
    }
}

/// The nodes of each community, and what is known of them.
struct Members<'a> {
    results: &'a Results<'a>,
    /// Where each community starts in `nodes`.
    offsets: Vec<u64>,
    /// Community after community, each in node order.
    nodes: Vec<NodeId>,
    /// `score[NodeId]`; not a number for who may not be shown.
    score: Vec<f64>,
}

impl<'a> Members<'a> {
    fn new(results: &'a Results<'a>, count: usize) -> Self {
        let community = &results.measures.communities.partition.community;
        let mut sizes = vec![0_u64; count];
        for c in community {
            sizes[c.index()] += 1;
        }
        let offsets = num::prefix_sums(sizes.into_iter());
        let mut next = offsets.clone();
        let mut nodes = vec![NodeId::NONE; community.len()];
        for (node, c) in results.graph.nodes().zip(community) {
            nodes[index64(next[c.index()])] = node;
            next[c.index()] += 1;
        }
        let scores = results.scores;
        let mut score = vec![f64::NAN; community.len()];
        let customers = scores.customers.iter().zip(&scores.standing.score);
        let prospects = scores.prospects.iter().zip(&scores.outsiders.score);
        customers.chain(prospects).for_each(|(node, &value)| score[node.index()] = value);
        Self { results, offsets, nodes, score }
    }

    fn of(&self, c: usize) -> &[NodeId] {
        &self.nodes[index64(self.offsets[c])..index64(self.offsets[c + 1])]
    }

    /// The members who may be shown.
    fn shown(&self, c: usize) -> impl Iterator<Item = NodeId> {
        let may_be_shown = |node: &NodeId| self.results.people.party(*node) != Party::Withheld;
        self.of(c).iter().copied().filter(may_be_shown)
    }

    /// The customers among them.
    fn customers(&self, c: usize) -> impl Iterator<Item = NodeId> {
        self.shown(c).filter(|&node| !matches!(self.results.people.party(node), Party::Prospect(_)))
    }

    fn heads(&self, c: usize) -> Heads {
        let mut heads = Heads::default();
        for &node in self.of(c) {
            match self.results.people.party(node) {
                Party::Customer(_) | Party::Account(_) => {
                    heads.customers += 1;
                    heads.contactable += u32::from(self.results.people.consent(node) == Consent::Full);
                }
                Party::Prospect(_) => heads.prospects += 1,
                Party::Withheld => heads.withheld += 1,
            }
            heads.between += u32::from(self.results.measures.structure.shares[node.index()].is_between());
        }
        heads
    }

    /// The `count` members of highest score, customers and prospects alike; ties by key.
    fn first(&self, c: usize, count: usize) -> Vec<NodeId> {
        let key = |node: NodeId| self.results.people.key(node);
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

    /// The keys of the members of highest score whom anybody attends to, joined by `;`.
    fn top_voices(&self, c: usize) -> String {
        let heard = self.first(c, TOP_VOICES).into_iter().filter(|node| self.score[node.index()] > 0.0);
        heard.map(|node| self.results.people.key(node)).collect::<Vec<_>>().join(";")
    }

    /// A name from those of the first members, or from the community's id where nobody may be shown.
    fn default_name(&self, c: usize) -> String {
        let name = |node: NodeId| {
            let name = self.results.people.customer(node).and_then(|customer| customer.name.as_deref());
            let name = name.map(readable).filter(|name| !name.is_empty());
            name.unwrap_or_else(|| readable(self.results.people.key(node)))
        };
        let names: Vec<String> = self.first(c, NAMING_VOICES).into_iter().map(name).collect();
        if names.iter().all(String::is_empty) {
            return format!("community {}", self.results.durable(CommunityId::new(c)));
        }
        names.join(" & ")
    }

    /// The channels on which members receive most.
    fn top_channels(&self, c: usize) -> String {
        let (received, names) = (&self.results.measures.received, self.results.channels);
        let units =
            |channel| self.shown(c).map(move |node| u128::from(received.by_channel(node, channel))).sum();
        main_parts(names.iter().enumerate().map(|(channel, name)| (name.as_str(), units(channel))))
    }

    /// The kinds of event by which members receive most.
    fn top_kinds(&self, c: usize) -> String {
        let (received, kinds) = (&self.results.measures.received, &self.results.plan.weights.kinds);
        let units = |kind| self.shown(c).map(move |node| u128::from(received.by_kind(node, kind))).sum();
        let ids = (0..=u8::MAX).map(KindId);
        main_parts(kinds.iter().zip(ids).map(|(kind, id)| (kind.name.as_str(), units(id))))
    }

    /// The middle value of the customers who have one; the mean of the two in the middle of an even number.
    fn median_value(&self, c: usize) -> Option<f64> {
        let value = |node| self.results.people.customer(node)?.value;
        let mut values: Vec<f64> = self.customers(c).filter_map(value).collect();
        values.sort_unstable_by(f64::total_cmp);
        let (low, high) = (values.len().checked_sub(1)? / 2, values.len() / 2);
        Some(f64::midpoint(values[low], values[high]))
    }
}

/// A stranger's name on one line, without letters that a terminal obeys, and not too long.
fn readable(name: &str) -> String {
    let words: Vec<&str> = name.split(|c: char| c.is_whitespace() || c.is_control()).collect();
    let plain =
        text::harmless(&words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "));
    if plain.chars().count() <= MAX_NAME_LETTERS {
        return plain;
    }
    let start: String = plain.chars().take(MAX_NAME_LETTERS - 1).collect();
    format!("{}…", start.trim_end())
}

/// The largest parts with their shares of the whole in hundredths, such as `twitter:0.81;forum:0.19`; none that rounds
/// to nothing. Ties go by the order in which parts come.
fn main_parts<'n>(parts: impl Iterator<Item = (&'n str, u128)>) -> String {
    let mut parts: Vec<(&str, u128)> = parts.filter(|(_, units)| *units > 0).collect();
    let whole: u128 = parts.iter().map(|(_, units)| units).sum();
    parts.sort_by_key(|(_, units)| std::cmp::Reverse(*units));
    let text = |(name, units): (&str, u128)| {
        // Rounded half up, in integers.
        let hundredths = (200 * units + whole) / (2 * whole);
        (hundredths > 0).then(|| format!("{name}:{}.{:02}", hundredths / 100, hundredths % 100))
    };
    parts.into_iter().filter_map(text).take(MAIN_PARTS).collect::<Vec<_>>().join(";")
}

/// Writes `communities/nodes.parquet`: the community of every node by its number, and its part on every level below;
/// returns the number of rows.
pub(super) fn write_nodes(results: &Results<'_>, out: &mut RunFile<'_>) -> Result<u64, PipelineError> {
    let count = results.graph.node_count();
    let community = |node: usize| results.community(NodeId::new(node));
    let parts = &results.measures.communities.partition.parts;
    let names: Vec<String> = (1..).map(part_column).take(parts.len()).collect();
    let mut columns = vec![("community_id", Column::U32(Box::new(community)))];
    for (name, part) in names.iter().zip(parts) {
        columns.push((name, Column::U32(Box::new(|node: usize| part[node]))));
    }
    write_columns(count, &columns, out)?;
    Ok(offset64(count))
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
