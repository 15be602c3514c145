//! The same edges by target, in parallel, without a sort and without atomics.
//!
//! Two stable passes: chunks of sources deal their edges to ranges of targets, then each range places its own pile.
//! Both count before they move, so all writes go to disjoint slices. Chunks and ranges follow from the data, never
//! from the number of threads, and the rows come out the same whatever they are.

use std::ops::Range;

use rayon::prelude::*;

use super::Csr;
use crate::{
    ids::{NodeId, id32, index64, offset64},
    num::{prefix_sums, split_by_lengths},
};

/// Number of chunks of sources, of about equal edges.
const SOURCE_CHUNKS: usize = 64;

/// Number of ranges of targets: up to some ten million edges, a pile fits the cache of one core.
const TARGET_RANGES: usize = 256;

/// An edge on its way: target, source, weight.
type Dealt = [u32; 3];

/// Turns all edges around.
///
/// - **Input**: rows sorted by neighbour, without repeats ([`Csr::check`]).
/// - **Output**: row `v` lists the rows of the input that name `v`, sorted, with their weights.
/// - **Stop**: after two passes over the edges.
/// - **Cost**: time O(n + m), parallel; memory 12 bytes an edge beside the result.
/// - **Same bits**: for any thread count.
/// - **Source**: distribution counting, stable and in two levels (Knuth 1998, 5.2 and 5.2.5).
/// - **Checked by**: `tests/it/graph.rs` — a map of edges, digests, and twice gives the same rows back.
///
/// ```
/// use plaudit::{graph::{self, Edge, Weighting}, ids::NodeId};
/// let edge = |u, v| Edge { source: NodeId(u), target: NodeId(v), weight: 1 };
/// let g = graph::build(3, vec![edge(0, 2), edge(1, 2)], Weighting::Unweighted);
/// assert_eq!(graph::transpose(g.out_edges()).neighbours(NodeId(2)), [NodeId(0), NodeId(1)]);
/// ```
pub fn transpose(forward: &Csr) -> Csr {
    let (n, m) = (forward.node_count(), forward.targets().len());
    let width = n.div_ceil(TARGET_RANGES).max(1);
    let (dealt, pile_starts) = deal(forward, width);

    let mut offsets = vec![0_u64; n + 1];
    let mut targets: Vec<NodeId> = rayon::iter::repeat_n(NodeId(0), m).collect();
    let mut weights = vec![0_u32; if forward.is_weighted() { m } else { 0 }];
    let lengths = || pile_starts.windows(2).map(|pile| pile[1] - pile[0]);
    let weight_lengths = lengths().map(|length| if forward.is_weighted() { length } else { 0 });
    // The piles ahead of the last entry of `offsets`, which is nobody's row start.
    offsets[..n]
        .par_chunks_mut(width)
        .zip(split_by_lengths(&mut targets, lengths()))
        .zip(split_by_lengths(&mut weights, weight_lengths))
        .enumerate()
        .for_each(|(pile, ((offsets, targets), weights))| {
            let edges = &dealt[pile_starts[pile]..pile_starts[pile + 1]];
            place(edges, pile * width, pile_starts[pile], offsets, targets, weights);
        });
    offsets[n] = offset64(m);
    let weights = forward.is_weighted().then(|| weights.into());
    Csr::from_parts(offsets.into(), targets.into(), weights)
}

/// First pass: all edges in piles, one for each `width` targets, every pile in the order of sources; and where each
/// pile starts.
fn deal(forward: &Csr, width: usize) -> (Vec<Dealt>, Vec<usize>) {
    let pile_count = forward.node_count().div_ceil(width);
    let chunks = forward.balanced_ranges(SOURCE_CHUNKS);
    let edges_of = |chunk: &Range<usize>| {
        let rows = chunk.clone().map(|u| NodeId(id32(u)));
        rows.flat_map(|u| forward.row(u).iter().map(move |(v, w)| (v.index() / width, [v.0, u.0, w])))
    };
    let counts: Vec<Vec<usize>> = chunks
        .par_iter()
        .map(|chunk| {
            let mut counts = vec![0; pile_count];
            edges_of(chunk).for_each(|(pile, _)| counts[pile] += 1);
            counts
        })
        .collect();

    let mut dealt = vec![[0; 3]; forward.targets().len()];
    let by_pile = (0..pile_count).flat_map(|pile| counts.iter().map(move |counts| counts[pile]));
    let mut places: Vec<Vec<&mut [Dealt]>> = chunks.iter().map(|_| Vec::with_capacity(pile_count)).collect();
    for (i, place) in split_by_lengths(&mut dealt, by_pile).into_iter().enumerate() {
        places[i % chunks.len()].push(place);
    }
    chunks.par_iter().zip(places).for_each(|(chunk, mut places)| {
        let mut next = vec![0; pile_count];
        for (pile, edge) in edges_of(chunk) {
            places[pile][next[pile]] = edge;
            next[pile] += 1;
        }
    });
    let sizes = (0..pile_count).map(|pile| offset64(counts.iter().map(|counts| counts[pile]).sum()));
    (dealt, prefix_sums(sizes).into_iter().map(index64).collect())
}

/// Second pass: the pile of the targets from `first_target` on, whose rows start at `base`, in rows by target.
fn place(
    pile: &[Dealt],
    first_target: usize,
    base: usize,
    offsets: &mut [u64],
    targets: &mut [NodeId],
    weights: &mut [u32],
) {
    let row_of = |target: u32| NodeId(target).index() - first_target;
    let mut degrees = vec![0; offsets.len()];
    for &[target, ..] in pile {
        degrees[row_of(target)] += 1;
    }
    let mut next = prefix_sums(degrees.into_iter());
    for (offset, start) in offsets.iter_mut().zip(&next) {
        *offset = offset64(base) + start;
    }
    for &[target, source, weight] in pile {
        let slot = &mut next[row_of(target)];
        targets[index64(*slot)] = NodeId(source);
        if let Some(place) = weights.get_mut(index64(*slot)) {
            *place = weight;
        }
        *slot += 1;
    }
}
