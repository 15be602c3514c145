//! Matches the communities of this run with the communities of the previous run: durable ids, and an event per
//! community.

use std::cmp::Reverse;

use rayon::prelude::*;

use crate::ids::{CommunityId, NodeId, id32, low32};

/// Used instead of the id of a previous community if the node is new in this run.
pub const NEW: u32 = u32::MAX;
/// Used instead of the id of a previous community if that community is not known.
pub const UNKNOWN: u32 = u32::MAX - 1;
/// A community keeps its id if the nodes shared by the old and the new community are at least this fraction of each of
/// the two. The fraction is three tenths, so that the largest of three equal parts keeps the id, and none of four equal
/// parts does.
pub const KEEP_SHARE: (u64, u64) = (3, 10);
/// A new community that contains at least this fraction of an old community is a large part of it, see [`Fate::Split`].
pub const SPLIT_SHARE: (u64, u64) = (1, 5);
/// Communities smaller than this in both runs have no event: single nodes and pairs come and go by the thousand.
pub const LOGGED_SIZE: u32 = 3;

/// The communities of the previous run.
#[derive(Clone, Copy, Debug)]
pub struct PreviousPartition<'a> {
    /// For each node of this run, the id of its previous community, [`NEW`] or [`UNKNOWN`].
    pub id: &'a [u32],
    /// All previous communities by rising id, including communities without nodes in this run.
    pub communities: &'a [PreviousCommunity],
    /// The first id that was never used.
    pub next_id: u32,
}

/// A community of the previous run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreviousCommunity {
    /// Its id.
    pub id: u32,
    /// Its number of nodes.
    pub size: u32,
    /// Number of its nodes that cannot be identified: their current community is not known.
    pub unknown: u32,
}

/// The communities of this run.
#[derive(Clone, Copy, Debug)]
pub struct CurrentPartition<'a> {
    /// For each node, the dense id of its community, below `count`.
    pub community: &'a [CommunityId],
    /// Number of communities; none is empty.
    pub count: usize,
    /// For each node, its weight in the matching of communities, at least 1.
    pub weight: &'a [u32],
}

/// The durable ids of the communities of this run, and the events of current and previous communities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lineage {
    /// For each dense id, the durable id.
    pub ids: Vec<u32>,
    /// The first id that was never used.
    pub next_id: u32,
    /// At most one event per durable id, by rising id: for every community with at least [`LOGGED_SIZE`] nodes in this
    /// or the previous run.
    pub events: Vec<CommunityEvent>,
}

/// The change of one community since the previous run. `previous_size = kept + left + previous_unknown`; and
/// `size = kept + joined + unknown`, unless it has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommunityEvent {
    /// Its id.
    pub id: u32,
    /// What happened.
    pub fate: Fate,
    /// Its number of nodes now; 0 if it has ended.
    pub size: u32,
    /// Its number of nodes in the previous run; 0 if it is new.
    pub previous_size: u32,
    /// Number of members in both runs; for a merged community, number of its members in the community that it merged
    /// into.
    pub kept: u32,
    /// Number of current members that are new or were in another community.
    pub joined: u32,
    /// Number of previous members that are gone or now in another community.
    pub left: u32,
    /// Number of current members whose previous community is not known.
    pub unknown: u32,
    /// Number of previous members whose current community is not known.
    pub previous_unknown: u32,
    /// The ids of the other communities in this event, rising; [`Fate`] defines which communities these are.
    pub others: Vec<u32>,
}

/// The fate of a community. Fractions are by node weight, among the nodes that are known in both runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It keeps its id. `others` lists the communities that merged into it.
    Continued,
    /// Its id is new. `others` lists the previous communities whose nodes are at least [`KEEP_SHARE`] of it, and the
    /// previous communities that merged into it.
    Born,
    /// Its id has ended, and its nodes are gone or scattered.
    Died,
    /// At least [`SPLIT_SHARE`] of it now makes up more than half of a community with a new id, called a part. The
    /// community keeps its id, or its id has ended, if there are several parts and none may keep the id. `others` lists
    /// the parts.
    Split,
    /// Its id has ended, and more than half of it is in one other community, which `others` lists.
    Merged,
}

impl Fate {
    /// The name of the fate in files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Continued => "continued",
            Self::Born => "born",
            Self::Died => "died",
            Self::Split => "split",
            Self::Merged => "merged",
        }
    }
}

/// The 32-bit ids are used up, because no id is ever reused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("new community ids needed from {next_id} on: {wanted}; the last available id is {}", UNKNOWN - 1)]
pub struct OutOfIds {
    /// Number of ids needed.
    pub wanted: usize,
    /// The first id that was never used.
    pub next_id: u32,
}

/// Gives each community the id of the previous community that it matches, or a new id, and derives the events.
///
/// Pairs of an old and a new community whose shared nodes are at least [`KEEP_SHARE`] of each of the two are visited by
/// falling shared weight. If neither community has a match yet, the two are matched, and the new community gets the old
/// id. A community of one node only gets the id of a community of one node, and a larger community only the id of a
/// larger community: nodes that were alone in the previous run count as new. Unmatched communities get new ids, the
/// largest community first.
///
/// - **Input**: slices indexed by node have the same length; the previous ids of nodes occur in `previous.communities`,
///   whose ids are below `previous.next_id`. If central nodes have higher weights, the id follows the central nodes.
/// - **Output**: an id for each community, all different; [`Lineage::events`] as [`Fate`] defines them.
/// - **Ties**: more shared nodes, then the smaller old id, then the new community with the smallest node.
/// - **Stop**: after one sort of the nodes and one of the pairs.
/// - **Cost**: time O(n log n), parallel in the sort; memory 16 bytes per node, 70 per community, and 48 per pair of
///   communities that share nodes.
/// - **Same bits**: for any thread count and any assignment of dense ids; also for any numbering of the nodes, except
///   where the last tie rule decides.
/// - **Source**: greedy matching of the contingency table; events as in Greene, Doyle, Cunningham 2010.
/// - **Checked by**: `tests/it/community/lineage.rs` — planted events, definitions by brute force, properties.
///
/// ```
/// use plaudit::community::{CurrentPartition, Fate, NEW, PreviousPartition, PreviousCommunity, lineage};
/// use plaudit::ids::CommunityId;
/// // Community 7 had four nodes. Three of them now share a community with a new node, and one is alone.
/// let communities = [PreviousCommunity { id: 7, size: 4, unknown: 0 }];
/// let previous = PreviousPartition { id: &[7, 7, 7, 7, NEW], communities: &communities, next_id: 9 };
/// let community = [0, 0, 0, 1, 0].map(CommunityId);
/// let current = CurrentPartition { community: &community, count: 2, weight: &[1; 5] };
/// let found = lineage(&previous, &current)?;
/// assert_eq!((found.ids, found.next_id), (vec![7, 9], 10));
/// assert_eq!((found.events[0].fate, found.events[0].kept, found.events[0].left), (Fate::Continued, 3, 1));
/// # Ok::<(), plaudit::community::OutOfIds>(())
/// ```
///
/// # Errors
/// [`OutOfIds`] if there are not enough 32-bit ids left.
pub fn lineage(
    previous: &PreviousPartition<'_>,
    current: &CurrentPartition<'_>,
) -> Result<Lineage, OutOfIds> {
    let table = ContingencyTable::new(previous, current);
    let matching = Matching::new(&table);
    let (ids, next_id) = assign_ids(&table, &matching)?;
    let events = events(&table, &matching, &ids);
    Ok(Lineage { ids, next_id, events })
}

/// An old and a new community, and the nodes that they share.
#[derive(Clone, Copy)]
struct CommunityPair {
    /// Index of the old community in `previous.communities`.
    old: u32,
    /// Dense id of the new community.
    new: u32,
    nodes: u32,
    weight: u64,
}

/// All pairs of an old and a new community that share nodes, and totals for each community.
struct ContingencyTable<'a> {
    previous: PreviousPartition<'a>,
    /// Sorted by the old community, then by the new one.
    by_old: Vec<CommunityPair>,
    /// The same pairs, sorted by the new community, then by the old one.
    by_new: Vec<CommunityPair>,
    /// For each old community: the weight of its nodes that are known in this run.
    remaining: Vec<u64>,
    /// For each new community: the weight of its nodes that were in old communities of two or more nodes.
    inherited: Vec<u64>,
    /// For each new community: its number of nodes.
    size: Vec<u32>,
    /// For each new community: its number of nodes whose previous community is not known.
    unknown: Vec<u32>,
    /// For each new community: its smallest node.
    smallest: Vec<NodeId>,
}

impl<'a> ContingencyTable<'a> {
    fn new(previous: &PreviousPartition<'a>, current: &CurrentPartition<'_>) -> Self {
        let node_count = current.community.len();
        assert_eq!(previous.id.len(), node_count, "invariant: a previous community for every node");
        assert_eq!(current.weight.len(), node_count, "invariant: a weight for every node");
        assert!(previous.communities.is_sorted_by(|a, b| a.id < b.id), "invariant: old ids rise");
        let by_old = overlapping_pairs(previous, current);
        let mut by_new = by_old.clone();
        by_new.par_sort_unstable_by_key(|pair| (pair.new, pair.old));
        let mut table = Self {
            previous: *previous,
            remaining: vec![0; previous.communities.len()],
            inherited: vec![0; current.count],
            size: vec![0; current.count],
            unknown: vec![0; current.count],
            smallest: vec![NodeId::NONE; current.count],
            by_old,
            by_new,
        };
        for pair in &table.by_old {
            table.remaining[pair.old as usize] += pair.weight;
            if previous.communities[pair.old as usize].size > 1 {
                table.inherited[pair.new as usize] += pair.weight;
            }
        }
        for (u, c) in current.community.iter().enumerate() {
            table.size[c.index()] += 1;
            table.unknown[c.index()] += u32::from(previous.id[u] == UNKNOWN);
            table.smallest[c.index()] = NodeId::new(u).min(table.smallest[c.index()]);
        }
        table
    }

    fn of_old(&self, position: usize) -> &[CommunityPair] {
        pairs_of(&self.by_old, position, |pair| pair.old)
    }

    fn of_new(&self, new: usize) -> &[CommunityPair] {
        pairs_of(&self.by_new, new, |pair| pair.new)
    }

    fn old_size(&self, position: usize) -> u32 {
        self.previous.communities[position].size
    }

    fn old_id(&self, position: u32) -> u32 {
        self.previous.communities[position as usize].id
    }
}

/// The pairs whose `side` is `value`, from a list sorted by `side`.
fn pairs_of(pairs: &[CommunityPair], value: usize, side: impl Fn(&CommunityPair) -> u32) -> &[CommunityPair] {
    let start = pairs.partition_point(|pair| (side(pair) as usize) < value);
    let length = pairs[start..].partition_point(|pair| side(pair) as usize == value);
    &pairs[start..start + length]
}

/// Finds all pairs that share nodes, sorted by the old community, then by the new one.
fn overlapping_pairs(previous: &PreviousPartition<'_>, current: &CurrentPartition<'_>) -> Vec<CommunityPair> {
    let position = |id: u32| {
        let found = previous.communities.binary_search_by_key(&id, |previous| previous.id);
        id32(found.expect("invariant: the previous id of a node is in `previous.communities`"))
    };
    let is_known = |u: &usize| !matches!(previous.id[*u], NEW | UNKNOWN);
    let pair = |u: usize| {
        let (old, new) = (position(previous.id[u]), current.community[u].0);
        (u64::from(old) << 32 | u64::from(new), current.weight[u])
    };
    let mut pairs: Vec<(u64, u32)> =
        (0..previous.id.len()).into_par_iter().filter(is_known).map(pair).collect();
    pairs.par_sort_unstable_by_key(|pair| pair.0);
    let sum = |equal: &[(u64, u32)]| CommunityPair {
        old: low32(equal[0].0 >> 32),
        new: low32(equal[0].0),
        nodes: id32(equal.len()),
        weight: equal.iter().map(|&(_, weight)| u64::from(weight)).sum(),
    };
    pairs.chunk_by(|a, b| a.0 == b.0).map(sum).collect()
}

fn at_least(part: u64, share: (u64, u64), whole: u64) -> bool {
    u128::from(part) * u128::from(share.1) >= u128::from(share.0) * u128::from(whole)
}

/// Whether `part` is more than half of `whole`.
fn is_most(part: u64, whole: u64) -> bool {
    part > whole - part
}

struct Matching {
    /// For each old community: the dense id of its match.
    of_old: Vec<Option<u32>>,
    /// For each new community: the position of its match in `previous.communities`.
    of_new: Vec<Option<u32>>,
}

impl Matching {
    /// Matches greedily, the pair with the most shared weight first.
    fn new(table: &ContingencyTable<'_>) -> Self {
        let may_match = |pair: &&CommunityPair| {
            let (old, new) = (pair.old as usize, pair.new as usize);
            (table.old_size(old) == 1) == (table.size[new] == 1)
                && at_least(pair.weight, KEEP_SHARE, table.remaining[old])
                && at_least(pair.weight, KEEP_SHARE, table.inherited[new])
        };
        let mut pairs: Vec<&CommunityPair> = table.by_old.iter().filter(may_match).collect();
        pairs.sort_unstable_by_key(|pair| {
            (Reverse(pair.weight), Reverse(pair.nodes), pair.old, table.smallest[pair.new as usize])
        });
        let mut matching =
            Self { of_old: vec![None; table.remaining.len()], of_new: vec![None; table.size.len()] };
        for pair in pairs {
            let old = &mut matching.of_old[pair.old as usize];
            let new = &mut matching.of_new[pair.new as usize];
            if old.is_none() && new.is_none() {
                (*old, *new) = (Some(pair.new), Some(pair.old));
            }
        }
        matching
    }
}

/// Returns the ids of the new communities, and the first id that is still free.
fn assign_ids(table: &ContingencyTable<'_>, matching: &Matching) -> Result<(Vec<u32>, u32), OutOfIds> {
    let first_id = table.previous.next_id;
    let is_new = |new: &usize| matching.of_new[*new].is_none();
    let mut born: Vec<usize> = (0..table.size.len()).filter(is_new).collect();
    born.sort_unstable_by_key(|&new| (Reverse(table.size[new]), table.smallest[new]));
    let wanted = u32::try_from(born.len()).ok();
    let next_id = wanted.and_then(|wanted| first_id.checked_add(wanted)).filter(|&id| id <= UNKNOWN);
    let next_id = next_id.ok_or(OutOfIds { wanted: born.len(), next_id: first_id })?;
    let inherited = |old: &Option<u32>| old.map_or(UNKNOWN, |position| table.old_id(position));
    let mut ids: Vec<u32> = matching.of_new.iter().map(inherited).collect();
    born.into_iter().zip(first_id..).for_each(|(new, id)| ids[new] = id);
    Ok((ids, next_id))
}

fn events(table: &ContingencyTable<'_>, matching: &Matching, ids: &[u32]) -> Vec<CommunityEvent> {
    let builder = EventBuilder { table, matching, ids, merged_into: merged_into(table, matching) };
    let old = (0..matching.of_old.len()).filter_map(|position| builder.event_of_old(position));
    let new = (0..ids.len()).filter_map(|new| builder.event_of_born(new));
    let mut events: Vec<CommunityEvent> = old.chain(new).collect();
    events.sort_unstable_by_key(|event| event.id);
    events
}

/// For each new community, the indices of the old communities of two or more nodes that merged into it.
fn merged_into(table: &ContingencyTable<'_>, matching: &Matching) -> Vec<Vec<u32>> {
    let mut merged = vec![Vec::new(); table.size.len()];
    let may_merge = |old: &usize| matching.of_old[*old].is_none() && table.old_size(*old) > 1;
    for position in (0..matching.of_old.len()).filter(may_merge) {
        if let Some(pair) = merge_target(table, position) {
            merged[pair.new as usize].push(pair.old);
        }
    }
    merged
}

/// The new community of two or more nodes that holds more than half of an old one.
fn merge_target<'t>(table: &'t ContingencyTable<'_>, position: usize) -> Option<&'t CommunityPair> {
    let most = |pair: &&CommunityPair| {
        is_most(pair.weight, table.remaining[position]) && table.size[pair.new as usize] > 1
    };
    table.of_old(position).iter().find(most)
}

struct EventBuilder<'a> {
    table: &'a ContingencyTable<'a>,
    matching: &'a Matching,
    ids: &'a [u32],
    merged_into: Vec<Vec<u32>>,
}

impl EventBuilder<'_> {
    /// The event of the old community at `position`, if its event is logged.
    fn event_of_old(&self, position: usize) -> Option<CommunityEvent> {
        let previous = self.table.previous.communities[position];
        let successor = self.matching.of_old[position].map(|new| new as usize);
        let (size, unknown) = successor.map_or((0, 0), |new| (self.table.size[new], self.table.unknown[new]));
        if size.max(previous.size) < LOGGED_SIZE {
            return None;
        }
        let pairs = self.table.of_old(position);
        let shared = |new: usize| pairs.iter().find(|pair| pair.new as usize == new);
        let parts = self.parts(position);
        let (fate, stayed, others) = match successor {
            Some(new) if parts.is_empty() => {
                let merged = self.merged_into[new].iter().filter(|&&old| self.is_logged(old));
                (Fate::Continued, shared(new), merged.map(|&old| self.table.old_id(old)).collect())
            }
            Some(new) => (Fate::Split, shared(new), parts),
            None => match merge_target(self.table, position) {
                Some(pair) => (Fate::Merged, Some(pair), vec![self.ids[pair.new as usize]]),
                None if parts.len() > 1 => (Fate::Split, None, parts),
                None => (Fate::Died, None, Vec::new()),
            },
        };
        let kept = stayed.map_or(0, |pair| pair.nodes);
        let left = previous.size.checked_sub(previous.unknown + kept);
        Some(CommunityEvent {
            id: previous.id,
            fate,
            size,
            previous_size: previous.size,
            kept,
            joined: if successor.is_some() { size - kept - unknown } else { 0 },
            left: left.expect("invariant: a community keeps at most the nodes that are known in both runs"),
            unknown,
            previous_unknown: previous.unknown,
            others: sorted(others),
        })
    }

    /// The event of a new community, if its id is new and its event is logged.
    fn event_of_born(&self, new: usize) -> Option<CommunityEvent> {
        let (size, unknown) = (self.table.size[new], self.table.unknown[new]);
        if self.matching.of_new[new].is_some() || size < LOGGED_SIZE {
            return None;
        }
        let is_origin = |pair: &&CommunityPair| {
            self.table.old_size(pair.old as usize) > 1
                && (at_least(pair.weight, KEEP_SHARE, self.table.inherited[new])
                    || self.merged_into[new].binary_search(&pair.old).is_ok())
        };
        let origins = self.table.of_new(new).iter().filter(is_origin);
        let origins = origins.filter(|pair| self.is_logged(pair.old)).map(|pair| self.table.old_id(pair.old));
        Some(CommunityEvent {
            id: self.ids[new],
            fate: Fate::Born,
            size,
            previous_size: 0,
            kept: 0,
            joined: size - unknown,
            left: 0,
            unknown,
            previous_unknown: 0,
            others: sorted(origins.collect()),
        })
    }

    /// Whether an old community has an event.
    fn is_logged(&self, position: u32) -> bool {
        let size = self.matching.of_old[position as usize].map_or(0, |new| self.table.size[new as usize]);
        size.max(self.table.old_size(position as usize)) >= LOGGED_SIZE
    }

    /// The ids of the new communities that are large parts of the old community at `position`.
    fn parts(&self, position: usize) -> Vec<u32> {
        let is_part = |pair: &&CommunityPair| {
            let new = pair.new as usize;
            self.matching.of_new[new].is_none()
                && self.table.size[new] >= LOGGED_SIZE
                && at_least(pair.weight, SPLIT_SHARE, self.table.remaining[position])
                && is_most(pair.weight, self.table.inherited[new])
        };
        let parts = self.table.of_old(position).iter().filter(is_part);
        parts.map(|pair| self.ids[pair.new as usize]).collect()
    }
}

fn sorted(mut ids: Vec<u32>) -> Vec<u32> {
    ids.sort_unstable();
    ids
}
