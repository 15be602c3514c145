//! Generates planted graphs, whose communities are known, and R-MAT graphs, which have hubs and hardly any communities.

use plaudit::num;

/// A graph whose communities are known.
pub(crate) struct Planted {
    /// Edges of weight 1; repeats occur.
    pub(crate) edges: Vec<(u32, u32, u64)>,
    /// The community of every node.
    pub(crate) truth: Vec<u32>,
}

/// How the nodes of a planted graph are numbered.
#[derive(Clone, Copy)]
pub(crate) enum Numbering {
    /// Nodes are numbered by a hash, as in a run.
    Random,
    /// Nodes are numbered community by community.
    Grouped,
}

/// `groups` communities of `size` nodes; every node draws `degree` partners, a share of `mixing` from anywhere.
pub(crate) fn planted(
    groups: u32,
    size: u32,
    degree: u64,
    mixing: f64,
    numbering: Numbering,
    seed: u64,
) -> Planted {
    let n = groups * size;
    let below = |bound: u32, stage, item, draw| {
        (num::unit_interval(num::random(seed, stage, item, draw)) * f64::from(bound)) as u32
    };
    // `names[i]` is the node of member `i % size` of group `i / size`.
    let mut names: Vec<u32> = (0..n).collect();
    if let Numbering::Random = numbering {
        names.sort_by_key(|&u| num::random(seed, 0, u64::from(u), 0));
    }
    let mut truth = vec![0; n as usize];
    let mut edges = Vec::new();
    for i in 0..n {
        let group = i / size;
        truth[names[i as usize] as usize] = group;
        for draw in 0..degree {
            let outside = num::unit_interval(num::random(seed, 1, u64::from(i), draw)) < mixing;
            let partner = if outside {
                below(n, 2, u64::from(i), draw)
            } else {
                group * size + below(size, 3, u64::from(i), draw)
            };
            if partner != i {
                edges.push((names[i as usize], names[partner as usize], 1));
            }
        }
    }
    Planted { edges, truth }
}

/// R-MAT with the usual probabilities .57 .19 .19 .05: few hubs, many isolated nodes; `2^scale` nodes, weights 1 to 4.
pub(crate) fn rmat(scale: u32, edge_count: u64, seed: u64) -> Vec<(u32, u32, u64)> {
    let edge = |i: u64| {
        let mut ends = (0_u32, 0_u32);
        for bit in 0..scale {
            let x = num::unit_interval(num::random(seed, 4, i, u64::from(bit)));
            let (high, right) = match x {
                x if x < 0.57 => (0, 0),
                x if x < 0.76 => (0, 1),
                x if x < 0.95 => (1, 0),
                _ => (1, 1),
            };
            ends = (ends.0 << 1 | high, ends.1 << 1 | right);
        }
        (ends.0, ends.1, 1 + num::random(seed, 5, i, 0) % 4)
    };
    (0..edge_count).map(edge).collect()
}
