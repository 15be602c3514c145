//! At least so many of some nodes: may another be picked, and leave enough for them?
//!
//! Nodes are kept at hand that meet all floors together with what is picked, within all other rules. Whoever is picked
//! leaves room for them, or for others in their place: floors that can be met at first are met in the end.

use std::{borrow::Cow, cmp::Reverse};

use super::wish::{GroupCaps, MinQuota, Room, SeedConstraints};
use crate::{
    ids::{NodeId, id32, offset64},
    num,
};

/// A seed set that is being picked: what it has room for, and what its floors take yet.
#[derive(Clone, Debug)]
pub(super) struct Selection<'a> {
    pub(super) room: Room<'a>,
    floors: Floors<'a>,
}

/// What floors take yet, and who is at hand for them.
#[derive(Clone, Debug)]
struct Floors<'a> {
    of: &'a [MinQuota<'a>],
    /// For each floor how many it takes yet.
    missing: Vec<u32>,
    /// For each floor who counts for it and may be picked.
    members: Vec<Vec<NodeId>>,
    /// The floors, the one with the fewest members first.
    order: Vec<usize>,
    /// The most floors that one node counts for.
    most_by_one: u64,
    /// Who would meet them; `Missed` where nobody was found.
    at_hand: Result<Vec<NodeId>, Missed>,
}

/// A floor that was not met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Missed {
    pub(super) floor: usize,
    /// How many of it were found.
    pub(super) found: u32,
    /// How many of all floors were not.
    missing: u64,
}

/// How many orders are tried to find nodes that meet all floors. Others in their place are looked for in the first.
const TRIES: u64 = 64;
/// Keeps the draws of these orders apart from others (the letters of "floors").
const STAGE: u64 = 0x666c_6f6f_7273;

impl<'a> Selection<'a> {
    /// Those that must be in it are, and nobody else yet.
    pub(super) fn new(wish: &'a SeedConstraints<'a>) -> Self {
        let mut room = Room::new(wish);
        wish.included.iter().for_each(|&v| room.take(v));
        let floors = Floors::new(wish, &room);
        Self { room, floors }
    }

    /// Whether `v` may still be picked, and the floors be met.
    pub(super) fn has_room(&self, v: NodeId) -> bool {
        self.room.fits(v) && (self.floors.at_hand.is_err() || self.floors.others(v, &self.room).is_some())
    }

    /// How many floors that take more yet `v` counts for.
    pub(super) fn helps(&self, v: NodeId) -> usize {
        let floors = self.floors.missing.iter().zip(self.floors.of);
        floors.filter(|(missing, floor)| **missing > 0 && floor.member[v.index()]).count()
    }

    /// Picks `v`; as far as there is room. Whether others may find room now for whom there was none for the floors.
    pub(super) fn take(&mut self, v: NodeId) -> bool {
        let helped = self.helps(v);
        self.floors.take(v, &self.room);
        self.room.take(v);
        // A place that was kept free for one floor and is taken for it eases nobody else; money may be left over, and
        // caps are taken differently.
        helped > usize::from(self.room.is_of_places_alone())
    }

    /// Picks `nodes`, all but those that must be in it, and adds to them who is at hand for the floors.
    pub(super) fn complete(mut self, nodes: &mut Vec<NodeId>) {
        let chosen = nodes.get(self.room.included_count()..).unwrap_or_default();
        for &v in chosen {
            self.take(v);
        }
        nodes.extend(self.floors.at_hand.unwrap_or_default());
    }

    /// The floor that no attempt met of those that came nearest.
    pub(super) fn missed(&self) -> Option<Missed> {
        self.floors.at_hand.as_ref().err().copied()
    }
}

impl<'a> Floors<'a> {
    fn new(wish: &'a SeedConstraints<'a>, room: &Room<'a>) -> Self {
        let counts_for = |v: NodeId| wish.floors.iter().filter(|floor| floor.member[v.index()]).count();
        let is_capped = |caps: &&GroupCaps<'_>, v: NodeId| (caps.group[v.index()] as usize) < caps.most.len();
        let capped = |v: NodeId| wish.caps.iter().filter(|caps| is_capped(caps, v)).count();
        let mut is_open: Vec<bool> =
            (0..room.node_count()).map(|v| wish.may_be_picked(NodeId::new(v))).collect();
        if !wish.floors.is_empty() {
            wish.included.iter().for_each(|v| is_open[v.index()] = false);
        }
        let members = |floor: &MinQuota<'_>| {
            let nodes = (0..id32(is_open.len())).map(NodeId);
            let mut members: Vec<NodeId> =
                nodes.filter(|v| is_open[v.index()] && floor.member[v.index()]).collect();
            // Who costs less, counts for more and is capped by less leaves more room for others.
            members.sort_by_cached_key(|&v| (room.cost(v), Reverse(counts_for(v)), capped(v)));
            members
        };
        let missing = |floor: &MinQuota<'_>| {
            let included = wish.included.iter().filter(|v| floor.member[v.index()]).count();
            floor.least.saturating_sub(id32(included))
        };
        let members: Vec<Vec<NodeId>> = wish.floors.iter().map(members).collect();
        let mut order: Vec<usize> = (0..members.len()).collect();
        order.sort_by_key(|&floor| members[floor].len());
        let most_by_one = members.iter().flatten().map(|&v| counts_for(v)).max().unwrap_or(0).max(1);
        let mut floors = Self {
            of: wish.floors,
            missing: wish.floors.iter().map(missing).collect(),
            members,
            order,
            most_by_one: offset64(most_by_one),
            at_hand: Ok(Vec::new()),
        };
        floors.at_hand = floors.found(room, &floors.missing, None, TRIES);
        floors
    }

    /// What is missing once `v` is picked.
    fn missing_after(&self, v: NodeId) -> Vec<u32> {
        let missing = self.missing.iter().zip(self.of);
        missing.map(|(missing, floor)| missing.saturating_sub(u32::from(floor.member[v.index()]))).collect()
    }

    /// Who would meet the floors beside `v`, of which `room` has not taken anything yet; none where nobody is found.
    fn others(&self, v: NodeId, room: &Room<'_>) -> Option<Vec<NodeId>> {
        let at_hand = self.at_hand.as_ref().ok()?;
        let missing = self.missing_after(v);
        // Who is not needed any more is let go.
        let mut left = missing.clone();
        let needed: Vec<NodeId> =
            at_hand.iter().copied().filter(|&w| w != v && meet(self.of, w, &mut left)).collect();
        if room.fit(v, &needed) {
            return Some(needed);
        }
        let places =
            missing.iter().map(|&missing| u64::from(missing)).sum::<u64>().div_ceil(self.most_by_one);
        if places >= offset64(room.size) {
            return None;
        }
        let mut after = room.clone();
        after.take(v);
        self.found(&after, &missing, Some(v), 1).ok()
    }

    /// Picks `v`, which `room` has not taken yet.
    fn take(&mut self, v: NodeId, room: &Room<'_>) {
        if let Some(others) = self.others(v, room) {
            self.at_hand = Ok(others);
        }
        self.missing = self.missing_after(v);
        self.members.iter_mut().for_each(|members| members.retain(|w| *w != v));
    }

    /// Nodes that fit in, without `picked`, and meet what is `missing`; or the miss that came nearest. All attempts but
    /// the first draw the order of the floors, and every other that of the members as well.
    fn found(
        &self,
        room: &Room<'_>,
        missing: &[u32],
        picked: Option<NodeId>,
        tries: u64,
    ) -> Result<Vec<NodeId>, Missed> {
        let mut nearest: Option<Missed> = None;
        for attempt in 0..tries {
            let draw = |item: u64| num::random(attempt, STAGE, item, 0);
            let mut order = Cow::Borrowed(&self.order);
            if attempt > 0 {
                order.to_mut().sort_by_cached_key(|&floor| draw(u64::MAX - offset64(floor)));
            }
            let (mut room, mut missing, mut nodes) = (room.clone(), missing.to_vec(), Vec::new());
            for &floor in order.iter() {
                let mut members = Cow::Borrowed(&self.members[floor]);
                if attempt % 2 == 1 {
                    members.to_mut().sort_by_cached_key(|v| draw(v.0.into()));
                }
                for &v in members.iter().filter(|v| Some(**v) != picked) {
                    if missing[floor] == 0 {
                        break;
                    }
                    if room.fits(v) && !nodes.contains(&v) {
                        room.take(v);
                        meet(self.of, v, &mut missing);
                        nodes.push(v);
                    }
                }
            }
            let Some(floor) = missing.iter().position(|&missing| missing > 0) else { return Ok(nodes) };
            let found = self.of[floor].least - missing[floor];
            let miss =
                Missed { floor, found, missing: missing.iter().map(|&missing| u64::from(missing)).sum() };
            nearest = nearest.filter(|nearest| nearest.missing <= miss.missing).or(Some(miss));
        }
        Err(nearest.expect("invariant: there is an attempt"))
    }
}

/// Counts `v` for the floors that it meets a part of; whether there are any.
fn meet(floors: &[MinQuota<'_>], v: NodeId, missing: &mut [u32]) -> bool {
    let helped =
        floors.iter().zip(missing).filter(|(floor, missing)| **missing > 0 && floor.member[v.index()]);
    helped.map(|(_, missing)| *missing -= 1).count() > 0
}

/// How many places all floors together take at least beside those that must be in the seed set.
pub(super) fn places(wish: &SeedConstraints<'_>) -> u64 {
    let missing = wish.floors.iter().map(|floor| {
        let included = wish.included.iter().filter(|v| floor.member[v.index()]).count();
        u64::from(floor.least).saturating_sub(offset64(included))
    });
    let most = missing.clone().max().unwrap_or(0);
    let counts_for = |v: usize| wish.floors.iter().filter(|floor| floor.member[v]).count();
    let nodes = 0..wish.floors.first().map_or(0, |floor| floor.member.len());
    let open = nodes.filter(|&v| wish.may_be_picked(NodeId::new(v)));
    let most_by_one = offset64(open.map(counts_for).max().unwrap_or(0).max(1));
    missing.sum::<u64>().div_ceil(most_by_one).max(most)
}
