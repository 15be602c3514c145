//! Which nodes does blocking `v` cut off? The dominator tree of one sampled world.

use super::worlds::SampledWorld;
use crate::ids::{NodeId, id32};

/// The buffers with which one worker computes dominator trees.
///
/// `d` dominates `w` if every path from the sources to `w` goes through `d`: if `d` is blocked, `w` is not reached. So
/// blocking a node prevents, in one world, the worth of its subtree in the tree of immediate dominators, the node
/// itself included.
#[derive(Default)]
pub(super) struct Dominators {
    /// For each node number of the world, its place: its preorder number in the depth-first search, or [`NOT_FOUND`].
    places: Vec<u32>,
    /// The nodes in preorder. All sources together have place 0.
    found: Vec<TreeNode>,
    /// The stack of the search: the place of each node, and how many edges of its row are done.
    path: Vec<(u32, u32)>,
    /// For each place, the start of its row in `sources`.
    starts: Vec<u32>,
    /// The rows: for each place, the places that have an edge to it.
    sources: Vec<u32>,
    subtree_worth: Vec<u64>,
}

/// A node of the depth-first search tree.
#[derive(Clone, Copy)]
struct TreeNode {
    /// The number of the node in the world.
    number: u32,
    /// The place of its parent in the search tree; once paths are compressed, the place of an ancestor further up.
    ancestor: u32,
    /// The place with the smallest semidominator among the node and its ancestors below `ancestor`.
    label: u32,
    semidominator: u32,
    /// At first the place of its parent in the search tree, finally the place of its immediate dominator.
    dominator: u32,
}

const NOT_FOUND: u32 = u32::MAX;

impl Dominators {
    /// Calls `each` with every node that is reached while the `is_blocked` nodes are blocked, and with the worth of the
    /// nodes that this node dominates.
    ///
    /// Semi-NCA (Georgiadis 2005, after Lengauer, Tarjan 1979): the time is nearly linear in practice, and there is no
    /// recursion.
    pub(super) fn dominated_worth(
        &mut self,
        world: SampledWorld<'_>,
        is_blocked: impl Fn(NodeId) -> bool,
        worth: impl Fn(NodeId) -> u64,
        mut each: impl FnMut(NodeId, u64),
    ) {
        self.search(world, is_blocked);
        self.transpose(world);
        self.compute_semidominators();
        // The immediate dominator is the nearest common ancestor of the parent and the semidominator. A dominator has a
        // smaller place than the nodes that it dominates, so its own immediate dominator is already final.
        for place in 1..self.found.len() {
            let TreeNode { semidominator, mut dominator, .. } = self.found[place];
            while dominator > semidominator {
                dominator = self.found[dominator as usize].dominator;
            }
            self.found[place].dominator = dominator;
        }
        // Add up the worth of each subtree, from the leaves up.
        let node = |found: &TreeNode| world.node(found.number);
        self.subtree_worth.clear();
        self.subtree_worth.push(0);
        self.subtree_worth.extend(self.found[1..].iter().map(|found| worth(node(found))));
        for place in (1..self.found.len()).rev() {
            let worth = self.subtree_worth[place];
            self.subtree_worth[self.found[place].dominator as usize] += worth;
            each(node(&self.found[place]), worth);
        }
    }

    /// Depth-first search from the sources: numbers the reached nodes in preorder.
    fn search(&mut self, world: SampledWorld<'_>, is_blocked: impl Fn(NodeId) -> bool) {
        let Self { places, found, path, .. } = self;
        places.clear();
        places.resize(world.nodes.len() + 1, NOT_FOUND);
        found.clear();
        let mut enter = |number: u32, parent: u32, path: &mut Vec<(u32, u32)>| {
            let place = id32(found.len());
            found.push(TreeNode {
                number,
                ancestor: parent,
                label: place,
                semidominator: place,
                dominator: parent,
            });
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
            if places[next as usize] == NOT_FOUND && !is_blocked(world.node(next)) {
                places[next as usize] = enter(next, parent, path);
                numbers.push(next);
            }
        }
    }

    /// Transposes the edges between the nodes that were found, with a counting sort.
    fn transpose(&mut self, world: SampledWorld<'_>) {
        let Self { places, found, starts, sources, .. } = self;
        starts.clear();
        starts.resize(found.len() + 1, 0);
        let place_of = |&target: &u32| Some(places[target as usize]).filter(|&place| place != NOT_FOUND);
        let row = |found: &TreeNode| world.row(found.number).iter().filter_map(place_of);
        for place in found.iter().flat_map(row) {
            starts[place as usize] += 1;
        }
        let mut edge_count = 0;
        for start in starts.iter_mut() {
            edge_count += *start;
            *start = edge_count;
        }
        sources.clear();
        sources.resize(edge_count as usize, 0);
        for (place, source) in (0..).zip(&*found) {
            for target in row(source) {
                let start = &mut starts[target as usize];
                *start -= 1;
                sources[*start as usize] = place;
            }
        }
    }

    /// Computes the semidominator of each `w`: the smallest place that has a path to `w` on which all inner places are
    /// larger than the place of `w`.
    fn compute_semidominators(&mut self) {
        for place in (1..id32(self.found.len())).rev() {
            let w = place as usize;
            let mut semi = self.found[w].dominator;
            for at in self.starts[w]..self.starts[w + 1] {
                let label = self.evaluate(self.sources[at as usize], place + 1);
                semi = semi.min(self.found[label as usize].semidominator);
            }
            self.found[w].semidominator = semi;
        }
    }

    /// The place with the smallest semidominator among `v` and its ancestors at places from `linked` on; `v` itself if
    /// its place is before `linked`. Compresses the path.
    fn evaluate(&mut self, v: u32, linked: u32) -> u32 {
        let Self { found, path, .. } = self;
        let mut at = v;
        while found[at as usize].ancestor >= linked {
            path.push((at, 0));
            at = found[at as usize].ancestor;
        }
        // From the top down, every node of the path gets the ancestor of the topmost node.
        let (ancestor, mut label) = (found[at as usize].ancestor, found[at as usize].label);
        while let Some((below, _)) = path.pop() {
            let own = found[below as usize].label;
            if found[own as usize].semidominator < found[label as usize].semidominator {
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
            blocking::{problem::BlockingProblem, worlds::StoredWorld},
            constraints::seed_constraints::SeedConstraints,
            model::{Diffusion, EdgeProbability, SpreadModel},
        },
    };

    fn graph(n: usize, edges: &[(u32, u32)]) -> Graph {
        let edge = |&(u, v): &(u32, u32)| Edge { source: NodeId(u), target: NodeId(v), weight: 1 };
        graph::build(n, edges.iter().map(edge).collect(), Weighting::Unweighted)
    }

    fn worlds(
        g: &Graph,
        diffusion: Diffusion,
        probability: &EdgeProbability,
        sources: &[NodeId],
        count: u64,
    ) -> Vec<StoredWorld> {
        let model = SpreadModel::new(g, diffusion, probability).unwrap();
        let one = SeedConstraints::of_size(1);
        let problem = BlockingProblem::new(&model, sources, &one);
        problem.world_sample(&model, sources, 7).stored(0..count).collect()
    }

    fn dominated_worth(world: SampledWorld<'_>, is_blocked: impl Fn(NodeId) -> bool) -> BTreeMap<u32, u64> {
        let mut found = BTreeMap::new();
        // Twice, because the buffers are reused between worlds.
        let mut dominators = Dominators::default();
        for _ in 0..2 {
            found.clear();
            dominators.dominated_worth(
                world,
                &is_blocked,
                |v| 1 + u64::from(v.0),
                |v, worth| {
                    assert_eq!(found.insert(v.0, worth), None);
                },
            );
        }
        found
    }

    /// The worth of all reached nodes, found by a plain search.
    fn reached_worth(world: SampledWorld<'_>, is_blocked: impl Fn(NodeId) -> bool) -> u64 {
        let (mut open, mut found) = (vec![0], vec![false; world.nodes.len() + 1]);
        while let Some(number) = open.pop() {
            for &next in world.row(number) {
                if !found[next as usize] && !is_blocked(world.node(next)) {
                    found[next as usize] = true;
                    open.push(next);
                }
            }
        }
        (1..).zip(world.nodes).filter(|(at, _)| found[*at]).map(|(_, v)| 1 + u64::from(v.0)).sum()
    }

    /// The worth of each subtree of petgraph's dominator tree.
    fn petgraph_dominated_worth(
        world: SampledWorld<'_>,
        is_blocked: impl Fn(NodeId) -> bool,
    ) -> BTreeMap<u32, u64> {
        let mut edges = DiGraph::<(), ()>::new();
        let is_open = |number: u32| number == 0 || !is_blocked(world.node(number));
        for _ in 0..=world.nodes.len() {
            edges.add_node(());
        }
        for number in (0..=id32(world.nodes.len())).filter(|&number| is_open(number)) {
            for &next in world.row(number).iter().filter(|&&next| is_open(next)) {
                edges.add_edge(NodeIndex::new(number as usize), NodeIndex::new(next as usize), ());
            }
        }
        let dominators = simple_fast(&edges, NodeIndex::new(0));
        let mut dominated = BTreeMap::new();
        for number in 1..=id32(world.nodes.len()) {
            let Some(all) = dominators.dominators(NodeIndex::new(number as usize)) else { continue };
            for above in all.filter(|above| above.index() > 0) {
                *dominated.entry(world.node(id32(above.index())).0).or_insert(0) +=
                    1 + u64::from(world.node(number).0);
            }
        }
        dominated
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn dominated_worth_equals_petgraph_and_searches_without_a_node(
            (n, edges) in (2_usize..24).prop_flat_map(|n| {
                let id = 0..id32(n);
                (Just(n), prop::collection::vec((id.clone(), id), 0..90))
            }),
            sources in prop::collection::btree_set(0_u32..2, 1..3),
            blocked: u32,
            kind in 0_usize..3,
            threshold: bool,
        ) {
            let g = graph(n, &edges);
            let sources: Vec<NodeId> = sources.into_iter().map(NodeId).collect();
            let (diffusion, probability) = match (threshold, kind) {
                (true, _) => (Diffusion::LinearThreshold, EdgeProbability::WeightedCascade),
                (false, 0) => (Diffusion::IndependentCascade, EdgeProbability::WeightedCascade),
                (false, 1) => (Diffusion::IndependentCascade, EdgeProbability::Fixed(0.6)),
                (false, _) => (Diffusion::IndependentCascade, EdgeProbability::Fixed(1.0)),
            };
            let is_blocked = |v: NodeId| blocked >> v.0 & 1 == 1 && v.0.is_multiple_of(3);
            for stored in worlds(&g, diffusion, &probability, &sources, 4) {
                let world = stored.world();
                let ours = dominated_worth(world, is_blocked);
                prop_assert_eq!(&ours, &petgraph_dominated_worth(world, is_blocked));
                let before = reached_worth(world, is_blocked);
                for (&v, &worth) in &ours {
                    prop_assert_eq!(worth, before - reached_worth(world, |u| is_blocked(u) || u.0 == v));
                }
                prop_assert_eq!(ours.len(), world.nodes.iter().filter(|&&u| {
                    before > reached_worth(world, |v| is_blocked(v) || v == u)
                }).count());
            }
        }
    }

    #[test]
    fn long_paths_need_no_stack() {
        // 0 <- 1 <- 2 ..., and an edge that bypasses every odd node.
        let n = 200_001_u32;
        let path = (1..n).map(|u| (u, u - 1));
        let round = (2..n).step_by(2).map(|u| (u, u - 2));
        let g = graph(n as usize, &path.chain(round).collect::<Vec<_>>());
        let stored = worlds(&g, Diffusion::IndependentCascade, &EdgeProbability::Fixed(1.0), &[NodeId(0)], 1);
        let mut dominators = Dominators::default();
        let mut sum = 0;
        dominators.dominated_worth(
            stored[0].world(),
            |_| false,
            |_| 1,
            |v, worth| {
                // An even node is on every path to the nodes after it. An odd node dominates only itself.
                assert_eq!(worth, if v.0 % 2 == 0 { u64::from(n - v.0) } else { 1 });
                sum += 1;
            },
        );
        assert_eq!(sum, n - 1);
    }
}
