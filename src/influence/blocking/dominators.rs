//! Without whom would who not have heard it? The dominator tree of a world.

use super::worlds::World;
use crate::ids::{NodeId, id32};

/// What one worker needs to work out dominator trees.
///
/// `d` dominates `w` if every way from the sources to `w` goes through `d`: when `d` is won over, `w` does not hear it.
/// So what a node saves in a world is what its subtree in the tree of closest dominators is worth, itself included.
#[derive(Default)]
pub(super) struct Dominators {
    /// For each number of the world its place in the search, or [`NO_PLACE`].
    places: Vec<u32>,
    /// In the order in which a depth-first search comes upon them; the sources are place 0.
    found: Vec<Found>,
    /// The search: places, and how much of their rows is done.
    path: Vec<(u32, u32)>,
    /// For each place where its row in `from` starts.
    starts: Vec<u32>,
    /// The places from which an edge leads to a place.
    from: Vec<u32>,
    /// What the subtree of each place is worth.
    saved: Vec<u64>,
}

#[derive(Clone, Copy)]
struct Found {
    number: u32,
    /// Its parent in the search; an ancestor that is farther off once paths are compressed.
    ancestor: u32,
    /// Of it and its ancestors below `ancestor` the one with the least semidominator.
    label: u32,
    semi: u32,
    /// Its parent in the search, then its closest dominator.
    dominator: u32,
}

const NO_PLACE: u32 = u32::MAX;

impl Dominators {
    /// Calls `each` with every node that is reached when nobody `is_blocked`, and what it saves.
    ///
    /// Semi-NCA (Georgiadis 2005, after Lengauer, Tarjan 1979): time nearly linear in practice, no recursion.
    pub(super) fn savings(
        &mut self,
        world: World<'_>,
        is_blocked: impl Fn(NodeId) -> bool,
        worth: impl Fn(NodeId) -> u64,
        mut each: impl FnMut(NodeId, u64),
    ) {
        self.search(world, is_blocked);
        self.gather(world);
        self.semidominators();
        // Dominators come before those whom they dominate.
        for place in 1..self.found.len() {
            let Found { semi, mut dominator, .. } = self.found[place];
            while dominator > semi {
                dominator = self.found[dominator as usize].dominator;
            }
            self.found[place].dominator = dominator;
        }
        let node = |found: &Found| world.node(found.number);
        self.saved.clear();
        self.saved.push(0);
        self.saved.extend(self.found[1..].iter().map(|found| worth(node(found))));
        for place in (1..self.found.len()).rev() {
            let saved = self.saved[place];
            self.saved[self.found[place].dominator as usize] += saved;
            each(node(&self.found[place]), saved);
        }
    }

    /// Numbers whom the sources reach by depth-first search.
    fn search(&mut self, world: World<'_>, is_blocked: impl Fn(NodeId) -> bool) {
        let Self { places, found, path, .. } = self;
        places.clear();
        places.resize(world.nodes().len() + 1, NO_PLACE);
        found.clear();
        let mut enter = |number: u32, parent: u32, path: &mut Vec<(u32, u32)>| {
            let place = id32(found.len());
            found.push(Found { number, ancestor: parent, label: place, semi: place, dominator: parent });
            path.push((place, 0));
            place
        };
        places[0] = enter(0, 0, path);
        let mut numbers = vec![0];
        while let Some((place, done)) = path.last_mut() {
            let row = world.row(numbers[numbers.len() - 1]);
            let Some(&next) = row.get(*done as usize) else {
                path.pop();
                numbers.pop();
                continue;
            };
            *done += 1;
            let parent = *place;
            if places[next as usize] == NO_PLACE && !is_blocked(world.node(next)) {
                places[next as usize] = enter(next, parent, path);
                numbers.push(next);
            }
        }
    }

    /// Turns the edges between those who were found.
    fn gather(&mut self, world: World<'_>) {
        let Self { places, found, starts, from, .. } = self;
        starts.clear();
        starts.resize(found.len() + 1, 0);
        let place_of = |&target: &u32| Some(places[target as usize]).filter(|&place| place != NO_PLACE);
        let row = |found: &Found| world.row(found.number).iter().filter_map(place_of);
        for place in found.iter().flat_map(row) {
            starts[place as usize] += 1;
        }
        let mut edge_count = 0;
        for start in starts.iter_mut() {
            edge_count += *start;
            *start = edge_count;
        }
        from.clear();
        from.resize(edge_count as usize, 0);
        for (place, source) in (0..).zip(&*found) {
            for target in row(source) {
                let start = &mut starts[target as usize];
                *start -= 1;
                from[*start as usize] = place;
            }
        }
    }

    /// The semidominator of `w`: the earliest place from which a way leads to it over places after it alone.
    fn semidominators(&mut self) {
        for place in (1..id32(self.found.len())).rev() {
            let w = place as usize;
            let mut semi = self.found[w].dominator;
            for at in self.starts[w]..self.starts[w + 1] {
                let label = self.evaluate(self.from[at as usize], place + 1);
                semi = semi.min(self.found[label as usize].semi);
            }
            self.found[w].semi = semi;
        }
    }

    /// Of `v` and its ancestors from place `linked` on the one with the least semidominator; `v` where it is before.
    fn evaluate(&mut self, v: u32, linked: u32) -> u32 {
        let Self { found, path, .. } = self;
        let mut at = v;
        while found[at as usize].ancestor >= linked {
            path.push((at, 0));
            at = found[at as usize].ancestor;
        }
        // From the top down, every node of the path skips to the ancestor of the topmost.
        let (ancestor, mut label) = (found[at as usize].ancestor, found[at as usize].label);
        while let Some((below, _)) = path.pop() {
            let own = found[below as usize].label;
            if found[own as usize].semi < found[label as usize].semi {
                label = own;
            }
            let below = &mut found[below as usize];
            (below.ancestor, below.label) = (ancestor, label);
        }
        label
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use petgraph::{
        algo::dominators::simple_fast,
        graph::{DiGraph, NodeIndex},
    };
    use proptest::prelude::*;

    use super::*;
    use crate::{
        graph::{self, Edge, Graph, Weighting},
        influence::{
            Chance, Diffusion, SpreadModel, Wish,
            contain::{Problem, worlds::Kept},
        },
    };

    fn graph(n: usize, edges: &[(u32, u32)]) -> Graph {
        let edge = |&(u, v): &(u32, u32)| Edge { source: NodeId(u), target: NodeId(v), weight: 1 };
        graph::build(n, edges.iter().map(edge).collect(), Weighting::Unweighted)
    }

    fn worlds(g: &Graph, diffusion: Diffusion, chance: &Chance, sources: &[NodeId], count: u64) -> Vec<Kept> {
        let model = SpreadModel::new(g, diffusion, chance).unwrap();
        let wish = Wish::of_size(1);
        Problem::new(&model, sources, &wish).origin(&model, sources, 7).kept(0..count).collect()
    }

    fn savings(world: World<'_>, is_blocked: impl Fn(NodeId) -> bool) -> BTreeMap<u32, u64> {
        let mut found = BTreeMap::new();
        // Used twice, as it is between worlds.
        let mut dominators = Dominators::default();
        for _ in 0..2 {
            found.clear();
            dominators.savings(
                world,
                &is_blocked,
                |v| 1 + u64::from(v.0),
                |v, saved| {
                    assert_eq!(found.insert(v.0, saved), None);
                },
            );
        }
        found
    }

    /// What is reached is worth, by a search over the rows.
    fn reached(world: World<'_>, is_blocked: impl Fn(NodeId) -> bool) -> u64 {
        let (mut open, mut found) = (vec![0], vec![false; world.nodes().len() + 1]);
        while let Some(number) = open.pop() {
            for &next in world.row(number) {
                if !found[next as usize] && !is_blocked(world.node(next)) {
                    found[next as usize] = true;
                    open.push(next);
                }
            }
        }
        (1..).zip(world.nodes()).filter(|(at, _)| found[*at]).map(|(_, v)| 1 + u64::from(v.0)).sum()
    }

    /// Subtrees of petgraph's dominators.
    fn theirs(world: World<'_>, is_blocked: impl Fn(NodeId) -> bool) -> BTreeMap<u32, u64> {
        let mut edges = DiGraph::<(), ()>::new();
        let is_open = |number: u32| number == 0 || !is_blocked(world.node(number));
        for _ in 0..=world.nodes().len() {
            edges.add_node(());
        }
        for number in (0..=id32(world.nodes().len())).filter(|&number| is_open(number)) {
            for &next in world.row(number).iter().filter(|&&next| is_open(next)) {
                edges.add_edge(NodeIndex::new(number as usize), NodeIndex::new(next as usize), ());
            }
        }
        let dominators = simple_fast(&edges, NodeIndex::new(0));
        let mut saved = BTreeMap::new();
        for number in 1..=id32(world.nodes().len()) {
            let Some(all) = dominators.dominators(NodeIndex::new(number as usize)) else { continue };
            for above in all.filter(|above| above.index() > 0) {
                *saved.entry(world.node(id32(above.index())).0).or_insert(0) +=
                    1 + u64::from(world.node(number).0);
            }
        }
        saved
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn savings_are_subtrees_and_what_is_lost_without_a_node(
            (n, edges) in (2_usize..24).prop_flat_map(|n| {
                let id = 0..id32(n);
                (Just(n), prop::collection::vec((id.clone(), id), 0..90))
            }),
            sources in prop::collection::btree_set(0_u32..2, 1..3),
            blocked: u32,
            chance in 0_usize..3,
            threshold: bool,
        ) {
            let g = graph(n, &edges);
            let sources: Vec<NodeId> = sources.into_iter().map(NodeId).collect();
            let (diffusion, chance) = match (threshold, chance) {
                (true, _) => (Diffusion::LinearThreshold, Chance::WeightedCascade),
                (false, 0) => (Diffusion::IndependentCascade, Chance::WeightedCascade),
                (false, 1) => (Diffusion::IndependentCascade, Chance::Fixed(0.6)),
                (false, _) => (Diffusion::IndependentCascade, Chance::Fixed(1.0)),
            };
            let is_blocked = |v: NodeId| blocked >> v.0 & 1 == 1 && v.0.is_multiple_of(3);
            for kept in worlds(&g, diffusion, &chance, &sources, 4) {
                let world = kept.world();
                let ours = savings(world, is_blocked);
                prop_assert_eq!(&ours, &theirs(world, is_blocked));
                let before = reached(world, is_blocked);
                for (&v, &saved) in &ours {
                    prop_assert_eq!(saved, before - reached(world, |u| is_blocked(u) || u.0 == v));
                }
                prop_assert_eq!(ours.len(), world.nodes().iter().filter(|&&u| {
                    before > reached(world, |v| is_blocked(v) || v == u)
                }).count());
            }
        }
    }

    #[test]
    fn long_paths_need_no_stack() {
        // 0 <- 1 <- 2 ..., and a way round every second node.
        let n = 200_001_u32;
        let path = (1..n).map(|u| (u, u - 1));
        let round = (2..n).step_by(2).map(|u| (u, u - 2));
        let g = graph(n as usize, &path.chain(round).collect::<Vec<_>>());
        let kept = worlds(&g, Diffusion::IndependentCascade, &Chance::Fixed(1.0), &[NodeId(0)], 1);
        let mut dominators = Dominators::default();
        let mut sum = 0;
        dominators.savings(
            kept[0].world(),
            |_| false,
            |_| 1,
            |v, saved| {
                // Even nodes are on every way to what comes after them, odd ones on none.
                assert_eq!(saved, if v.0 % 2 == 0 { u64::from(n - v.0) } else { 1 });
                sum += 1;
            },
        );
        assert_eq!(sum, n - 1);
    }
}
