//! Which community of tonight is which of last night? Ids that stay, and what became of every community.

use std::cmp::Reverse;

use rayon::prelude::*;

use crate::ids::{CommunityId, NodeId, id32, low32};

/// Of a node: it was not there the night before.
pub const NEW: u32 = u32::MAX;
/// Of a node: nobody can say where it was the night before.
pub const UNKNOWN: u32 = u32::MAX - 1;
/// A community keeps its id where at least this share of the old one meets in one new one, and makes up at least this
/// share of the new one: three tenths, so that the largest of three even parts keeps it, and one of four does not.
pub const KEEP_SHARE: (u64, u64) = (3, 10);
/// At least this share of a community in one new community is a large part of it: a split.
pub const SPLIT_SHARE: (u64, u64) = (1, 5);
/// What is smaller than this on both nights is in no event: single nodes and pairs come and go by the thousand.
pub const LOGGED_SIZE: u32 = 3;

/// The communities of the night before.
#[derive(Clone, Copy, Debug)]
pub struct Before<'a> {
    /// By node of tonight: the id of the community that it was in, [`NEW`] or [`UNKNOWN`].
    pub id: &'a [u32],
    /// All communities there were, ids rising; also those of which no node is left.
    pub communities: &'a [Former],
    /// No community ever had this id or a greater one.
    pub next_id: u32,
}

/// A community of the night before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Former {
    /// Its id.
    pub id: u32,
    /// How many nodes it had.
    pub size: u32,
    /// How many of them cannot be told from others, so that nobody can say where they are tonight.
    pub unknown: u32,
}

/// The communities of tonight.
#[derive(Clone, Copy, Debug)]
pub struct Tonight<'a> {
    /// By node: its community, dense ids below `count`.
    pub community: &'a [CommunityId],
    /// Number of communities; none is empty.
    pub count: usize,
    /// By node: how much it counts when communities are matched, at least 1.
    pub weight: &'a [u32],
}

/// Who is who.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lineage {
    /// By dense id: the id that stays.
    pub ids: Vec<u32>,
    /// No community ever had this id or a greater one.
    pub next_id: u32,
    /// What became of every community that is or was of [`LOGGED_SIZE`] or more: one event an id, ids rising.
    pub events: Vec<Event>,
}

/// What became of one community overnight. `size = kept + joined + unknown`, and `previous_size = kept + left +
/// previous_unknown`, but that those whom an ended community took along into another count as kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its id.
    pub id: u32,
    /// What happened.
    pub fate: Fate,
    /// Its nodes tonight; 0 where it ended.
    pub size: u32,
    /// Its nodes the night before; 0 where it is new.
    pub previous_size: u32,
    /// Nodes that were in it and are; of one that merged, those that went along.
    pub kept: u32,
    /// Nodes that are in it, and were elsewhere or nowhere.
    pub joined: u32,
    /// Nodes that were in it, and are elsewhere or nowhere.
    pub left: u32,
    /// Nodes of which nobody can say whether they were in it.
    pub unknown: u32,
    /// Nodes the night before of which nobody can say whether they are in it.
    pub previous_unknown: u32,
    /// The other communities of this event, ids rising; see [`Fate`].
    pub others: Vec<u32>,
}

/// What can become of a community. Shares are of weight, and of those nodes alone that are known on both nights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It keeps its id. Others: those that merged into it.
    Continued,
    /// Its id is new. Others: those of which it took at least [`KEEP_SHARE`] of itself, or that merged into it.
    Born,
    /// Its id has ended: its nodes are gone or scattered.
    Died,
    /// A part of it, at least [`SPLIT_SHARE`], is a community with a new id, most of which it is. It keeps its own
    /// id, or has ended where there are several parts and none was large enough. Others: the parts.
    Split,
    /// Its id has ended, and more than half of it is in one other community. Others: that one.
    Merged,
}

impl Fate {
    /// The word for it.
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

/// There are no ids left: each is given once.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("ids needed from {next_id} on: {wanted}; the last one there is: {}", UNKNOWN - 1)]
pub struct OutOfIds {
    /// How many are needed.
    pub wanted: usize,
    /// The first that is free.
    pub next_id: u32,
}

/// Hands last night's ids to tonight's communities by overlap, and says what became of each.
///
/// All pairs of an old and a new community that share nodes, and enough of them ([`KEEP_SHARE`] of either), are taken
/// in order of the weight they share; a pair whose old and new one are both free is matched. A single node inherits
/// from a single node only, and a community of two or more from one such: who was alone the night before counts as
/// coming from nowhere. New ids are given in order of size.
///
/// - **Input**: lengths in step; ids of nodes are among `before.communities`, whose ids are below `before.next_id`;
///   weights that are greater for nodes at the core let the id follow the core.
/// - **Output**: an id for each community, all different; [`Lineage::events`] as [`Fate`] defines them.
/// - **Ties**: more shared nodes, then the smaller old id, then the new community with the smallest node.
/// - **Stop**: after one sort of the nodes and one of the matches.
/// - **Cost**: time O(n log n), parallel in the sort; memory 16 bytes a node, 70 a community, 48 a pair that meets.
/// - **Same bits**: for any thread count and any dense ids; for other node numbers too, but for the last tie.
/// - **Source**: greedy matching of the contingency table; events as in Greene, Doyle, Cunningham 2010.
/// - **Checked by**: `tests/it/community/lineage.rs` — planted events, definitions by brute force, properties.
///
/// ```
/// use plaudit::{community::{Before, Fate, Former, NEW, Tonight, lineage}, ids::CommunityId};
/// // Community 7 had four nodes. Three of them are together with a new one, and one is by itself.
/// let old = [Former { id: 7, size: 4, unknown: 0 }];
/// let before = Before { id: &[7, 7, 7, 7, NEW], communities: &old, next_id: 9 };
/// let tonight = Tonight { community: &[0, 0, 0, 1, 0].map(CommunityId), count: 2, weight: &[1; 5] };
/// let found = lineage(&before, &tonight)?;
/// assert_eq!((found.ids, found.next_id), (vec![7, 9], 10));
/// assert_eq!((found.events[0].fate, found.events[0].kept, found.events[0].left), (Fate::Continued, 3, 1));
/// # Ok::<(), plaudit::community::OutOfIds>(())
/// ```
///
/// # Errors
/// [`OutOfIds`] when 32 bits do not hold the new ids.
pub fn lineage(before: &Before<'_>, tonight: &Tonight<'_>) -> Result<Lineage, OutOfIds> {
    let table = Contingency::new(before, tonight);
    let heirs = heirs(before, &table);
    let (ids, next_id) = name(before, &table, &heirs)?;
    let events = events(before, &table, &heirs, &ids);
    Ok(Lineage { ids, next_id, events })
}

/// The nodes that an old and a new community share.
#[derive(Clone, Copy)]
struct Overlap {
    /// Position among the old ones.
    old: u32,
    new: u32,
    nodes: u32,
    weight: u64,
}

/// Which old communities meet in which new ones, and the sums of that.
struct Contingency {
    /// By old, then by new.
    by_old: Vec<Overlap>,
    /// The same by new, then by old.
    by_new: Vec<Overlap>,
    /// By old: its weight that is still there.
    there: Vec<u64>,
    /// By new: its weight that was in a community of two or more.
    known: Vec<u64>,
    /// By new.
    size: Vec<u32>,
    unknown: Vec<u32>,
    smallest: Vec<NodeId>,
}

impl Contingency {
    fn new(before: &Before<'_>, tonight: &Tonight<'_>) -> Self {
        assert_eq!(before.id.len(), tonight.community.len(), "invariant: a past for every node");
        assert_eq!(tonight.weight.len(), tonight.community.len(), "invariant: a weight for every node");
        assert!(before.communities.is_sorted_by(|a, b| a.id < b.id), "invariant: old ids rise");
        let by_old = overlaps(before, tonight);
        let mut by_new = by_old.clone();
        by_new.par_sort_unstable_by_key(|pair| (pair.new, pair.old));
        let mut table = Self {
            there: vec![0; before.communities.len()],
            known: vec![0; tonight.count],
            size: vec![0; tonight.count],
            unknown: vec![0; tonight.count],
            smallest: vec![NodeId::NONE; tonight.count],
            by_old,
            by_new,
        };
        for pair in &table.by_old {
            table.there[pair.old as usize] += pair.weight;
            if before.communities[pair.old as usize].size > 1 {
                table.known[pair.new as usize] += pair.weight;
            }
        }
        for (u, c) in tonight.community.iter().enumerate() {
            table.size[c.index()] += 1;
            table.unknown[c.index()] += u32::from(before.id[u] == UNKNOWN);
            table.smallest[c.index()] = NodeId::new(u).min(table.smallest[c.index()]);
        }
        table
    }

    /// The pairs of the old community at `position`.
    fn of_old(&self, position: usize) -> &[Overlap] {
        between(&self.by_old, position, |pair| pair.old)
    }

    /// The pairs of a new community.
    fn of_new(&self, new: usize) -> &[Overlap] {
        between(&self.by_new, new, |pair| pair.new)
    }
}

/// The pairs whose `side` is `value`, in a list in that order.
fn between(pairs: &[Overlap], value: usize, side: impl Fn(&Overlap) -> u32) -> &[Overlap] {
    let start = pairs.partition_point(|pair| (side(pair) as usize) < value);
    let length = pairs[start..].partition_point(|pair| side(pair) as usize == value);
    &pairs[start..start + length]
}

/// All pairs that share nodes, by old and then by new.
fn overlaps(before: &Before<'_>, tonight: &Tonight<'_>) -> Vec<Overlap> {
    let position = |id: u32| {
        let found = before.communities.binary_search_by_key(&id, |former| former.id);
        id32(found.expect("invariant: the id of a node is that of a community"))
    };
    let is_known = |u: &usize| !matches!(before.id[*u], NEW | UNKNOWN);
    let pair = |u: usize| {
        let (old, new) = (position(before.id[u]), tonight.community[u].0);
        (u64::from(old) << 32 | u64::from(new), tonight.weight[u])
    };
    let mut pairs: Vec<(u64, u32)> =
        (0..before.id.len()).into_par_iter().filter(is_known).map(pair).collect();
    pairs.par_sort_unstable_by_key(|pair| pair.0);
    let sum = |equal: &[(u64, u32)]| Overlap {
        old: low32(equal[0].0 >> 32),
        new: low32(equal[0].0),
        nodes: id32(equal.len()),
        weight: equal.iter().map(|&(_, weight)| u64::from(weight)).sum(),
    };
    pairs.chunk_by(|a, b| a.0 == b.0).map(sum).collect()
}

/// Whether `part` is at least `share` of `whole`.
fn at_least(part: u64, share: (u64, u64), whole: u64) -> bool {
    u128::from(part) * u128::from(share.1) >= u128::from(share.0) * u128::from(whole)
}

/// Whether `part` is more than half of `whole`.
fn is_most(part: u64, whole: u64) -> bool {
    part > whole - part
}

/// Who inherits from whom; positions among the old and dense ids of the new, none where nobody does.
struct Heirs {
    of_old: Vec<Option<u32>>,
    of_new: Vec<Option<u32>>,
}

fn heirs(before: &Before<'_>, table: &Contingency) -> Heirs {
    let may_inherit = |pair: &&Overlap| {
        let (old, new) = (pair.old as usize, pair.new as usize);
        (before.communities[old].size == 1) == (table.size[new] == 1)
            && at_least(pair.weight, KEEP_SHARE, table.there[old])
            && at_least(pair.weight, KEEP_SHARE, table.known[new])
    };
    let mut pairs: Vec<&Overlap> = table.by_old.iter().filter(may_inherit).collect();
    pairs.sort_unstable_by_key(|pair| {
        (Reverse(pair.weight), Reverse(pair.nodes), pair.old, table.smallest[pair.new as usize])
    });
    let mut heirs =
        Heirs { of_old: vec![None; before.communities.len()], of_new: vec![None; table.size.len()] };
    for pair in pairs {
        let (old, new) = (&mut heirs.of_old[pair.old as usize], &mut heirs.of_new[pair.new as usize]);
        if old.is_none() && new.is_none() {
            (*old, *new) = (Some(pair.new), Some(pair.old));
        }
    }
    heirs
}

/// The ids of the new communities, and the next free one.
fn name(before: &Before<'_>, table: &Contingency, heirs: &Heirs) -> Result<(Vec<u32>, u32), OutOfIds> {
    let is_new = |new: &usize| heirs.of_new[*new].is_none();
    let mut born: Vec<usize> = (0..table.size.len()).filter(is_new).collect();
    born.sort_unstable_by_key(|&new| (Reverse(table.size[new]), table.smallest[new]));
    let out_of_ids = OutOfIds { wanted: born.len(), next_id: before.next_id };
    let wanted = u32::try_from(born.len()).map_err(|_| out_of_ids.clone())?;
    let next_id =
        before.next_id.checked_add(wanted).filter(|&next_id| next_id <= UNKNOWN).ok_or(out_of_ids)?;
    let inherited =
        |old: &Option<u32>| old.map_or(UNKNOWN, |position| before.communities[position as usize].id);
    let mut ids: Vec<u32> = heirs.of_new.iter().map(inherited).collect();
    born.into_iter().zip(before.next_id..).for_each(|(new, id)| ids[new] = id);
    Ok((ids, next_id))
}

fn events(before: &Before<'_>, table: &Contingency, heirs: &Heirs, ids: &[u32]) -> Vec<Event> {
    let story = Story { before, table, heirs, ids, merged_into: merged_into(before, table, heirs) };
    let old = (0..before.communities.len()).filter_map(|position| story.of_old(position));
    let new = (0..ids.len()).filter_map(|new| story.of_born(new));
    let mut events: Vec<Event> = old.chain(new).collect();
    events.sort_unstable_by_key(|event| event.id);
    events
}

/// By new community: the positions of the old ones of two or more that ended in it.
fn merged_into(before: &Before<'_>, table: &Contingency, heirs: &Heirs) -> Vec<Vec<u32>> {
    let mut merged = vec![Vec::new(); table.size.len()];
    let has_ended = |&position: &usize| heirs.of_old[position].is_none();
    for position in (0..heirs.of_old.len()).filter(has_ended) {
        if before.communities[position].size < 2 {
            continue;
        }
        if let Some(pair) = home(table, position) {
            merged[pair.new as usize].push(pair.old);
        }
    }
    merged
}

/// The community of two or more in which most of an old one is.
fn home(table: &Contingency, position: usize) -> Option<&Overlap> {
    let most =
        |pair: &&Overlap| is_most(pair.weight, table.there[position]) && table.size[pair.new as usize] > 1;
    table.of_old(position).iter().find(most)
}

struct Story<'a> {
    before: &'a Before<'a>,
    table: &'a Contingency,
    heirs: &'a Heirs,
    ids: &'a [u32],
    merged_into: Vec<Vec<u32>>,
}

impl Story<'_> {
    fn old_id(&self, position: u32) -> u32 {
        self.before.communities[position as usize].id
    }

    /// What became of the old community at `position`.
    fn of_old(&self, position: usize) -> Option<Event> {
        let former = self.before.communities[position];
        let heir = self.heirs.of_old[position].map(|new| new as usize);
        let (size, unknown) = heir.map_or((0, 0), |new| (self.table.size[new], self.table.unknown[new]));
        if size.max(former.size) < LOGGED_SIZE {
            return None;
        }
        let pairs = self.table.of_old(position);
        let shared = |new: usize| pairs.iter().find(|pair| pair.new as usize == new);
        let parts = self.parts(position);
        let (fate, stayed, others) = match heir {
            Some(new) if parts.is_empty() => {
                let merged = self.merged_into[new].iter().filter(|&&old| self.is_logged(old));
                (Fate::Continued, shared(new), merged.map(|&old| self.old_id(old)).collect())
            }
            Some(new) => (Fate::Split, shared(new), parts),
            None => match home(self.table, position) {
                Some(pair) => (Fate::Merged, Some(pair), vec![self.ids[pair.new as usize]]),
                None if parts.len() > 1 => (Fate::Split, None, parts),
                None => (Fate::Died, None, Vec::new()),
            },
        };
        let kept = stayed.map_or(0, |pair| pair.nodes);
        let left = former.size.checked_sub(former.unknown + kept);
        Some(Event {
            id: former.id,
            fate,
            size,
            previous_size: former.size,
            kept,
            joined: if heir.is_some() { size - kept - unknown } else { 0 },
            left: left.expect("invariant: no more nodes come from a community than could be told in it"),
            unknown,
            previous_unknown: former.unknown,
            others: sorted(others),
        })
    }

    /// The birth of a new community, if it is one.
    fn of_born(&self, new: usize) -> Option<Event> {
        let (size, unknown) = (self.table.size[new], self.table.unknown[new]);
        if self.heirs.of_new[new].is_some() || size < LOGGED_SIZE {
            return None;
        }
        let is_origin = |pair: &&Overlap| {
            self.before.communities[pair.old as usize].size > 1
                && (at_least(pair.weight, KEEP_SHARE, self.table.known[new])
                    || self.merged_into[new].binary_search(&pair.old).is_ok())
        };
        let origins = self.table.of_new(new).iter().filter(is_origin);
        let origins = origins.filter(|pair| self.is_logged(pair.old)).map(|pair| self.old_id(pair.old));
        Some(Event {
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
        let size = self.heirs.of_old[position as usize].map_or(0, |new| self.table.size[new as usize]);
        size.max(self.before.communities[position as usize].size) >= LOGGED_SIZE
    }

    /// The ids of the new communities that are large parts of an old one.
    fn parts(&self, position: usize) -> Vec<u32> {
        let is_part = |pair: &&Overlap| {
            let new = pair.new as usize;
            self.heirs.of_new[new].is_none()
                && self.table.size[new] >= LOGGED_SIZE
                && at_least(pair.weight, SPLIT_SHARE, self.table.there[position])
                && is_most(pair.weight, self.table.known[new])
        };
        let parts = self.table.of_old(position).iter().filter(is_part);
        parts.map(|pair| self.ids[pair.new as usize]).collect()
    }
}

fn sorted(mut ids: Vec<u32>) -> Vec<u32> {
    ids.sort_unstable();
    ids
}
