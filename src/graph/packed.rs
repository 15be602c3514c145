//! Rows in fewer bytes: what does a sorted list of neighbours say that its gaps do not say more briefly?
//!
//! # Layout
//!
//! A row is its degree, then its edges in blocks of [`BLOCK_EDGES`], the last one shorter. Two streams of numbers make
//! a block: where its targets are, then, in a weighted graph, their weights less one.
//!
//! - The degree is a base-128 varint, low bits first.
//! - In a row of several blocks a table follows: for every block but the first, 8 bytes, little-endian, say how far
//!   after the first it begins. So a hub can be read in pieces, by several threads.
//! - A block's first target counts from the row's own node, modulo 2^32 and folded so that steps to either side are
//!   short (0, -1, 1, -2, …); every other one counts from the target before, less one: targets rise.
//! - A stream of `c` numbers is `⌈c/4⌉` control bytes, two bits a number, the first in the lowest: its length less one.
//!   The numbers follow in 1 to 4 bytes each, little-endian. Lengths stand by themselves because a byte that says
//!   whether another one follows has to be looked at, guessed and often guessed wrong, before the next number is known.
//!
//! At worst an edge takes 4¼ bytes, and as many again for its weight. Rows stand in parts, one for each pile that the
//! builder encodes, so that nothing has to be measured or copied before; a row is found by part and byte.
//!
//! Source: byte codes of gaps, as in Boldi, Vigna 2004 ("The `WebGraph` framework I"); control bytes apart from the
//! data, as in Lemire, Kurz, Rupp 2018 ("Stream `VByte`").

use std::ops::Range;

use super::rows::{Row, Scratch};
use crate::{
    ids::{NodeId, id32, index64, low8, offset64},
    num,
};

/// Edges of a block. The kernels' partial sums are cut at multiples of it.
pub const BLOCK_EDGES: usize = 512;
/// Zeros after the last number of a part, so that four bytes can always be read at once.
const SLACK: usize = 3;
/// The low bits of a place: a byte of its part. The others say which part.
const BYTE_BITS: u32 = 48;

/// One direction of a graph in compressed form.
#[derive(Clone, Debug, Default)]
pub struct PackedRows {
    /// Where each row begins: its part and the byte there.
    places: Vec<u64>,
    parts: Vec<Box<[u8]>>,
    /// The bytes before each part; one longer than `parts`.
    part_starts: Vec<u64>,
    edge_count: u64,
    weighted: bool,
}

/// The rows of one part while they are encoded.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// Where each row begins.
    pub(super) places: Vec<u64>,
    pub(super) bytes: Box<[u8]>,
    pub(super) edge_count: u64,
}

impl PackedRows {
    /// Joins the parts of consecutive rows.
    pub(super) fn from_parts(node_count: usize, parts: impl Iterator<Item = Part>, weighted: bool) -> Self {
        let mut rows = Self { places: Vec::with_capacity(node_count), weighted, ..Self::default() };
        let mut total = 0;
        for part in parts {
            let number = offset64(rows.parts.len()) << BYTE_BITS;
            rows.places.extend(part.places.into_iter().map(|place| number | place));
            rows.part_starts.push(total);
            total += offset64(part.bytes.len());
            rows.parts.push(part.bytes);
            rows.edge_count += part.edge_count;
        }
        rows.part_starts.push(total);
        assert_eq!(rows.places.len(), node_count, "invariant: every row is in a part");
        rows
    }

    #[inline]
    pub(super) fn node_count(&self) -> usize {
        self.places.len()
    }

    #[inline]
    pub(super) fn edge_count(&self) -> u64 {
        self.edge_count
    }

    #[inline]
    pub(super) fn is_weighted(&self) -> bool {
        self.weighted
    }

    /// All that is held.
    pub(super) fn bytes(&self) -> u64 {
        offset64(size_of_val(&self.places[..])) + self.part_starts.last().copied().unwrap_or(0)
    }

    /// Where row `u` begins, for [`PackedRows::row_at`].
    #[inline]
    pub(super) fn place(&self, u: NodeId) -> u64 {
        self.places[u.index()]
    }

    /// How many bytes the rows before row `u` take; of all rows for one past the last.
    pub(super) fn bytes_before(&self, u: usize) -> u64 {
        let total = self.part_starts.last().copied().unwrap_or(0);
        self.places.get(u).map_or(total, |place| {
            self.part_starts[index64(place >> BYTE_BITS)] + (place & ((1 << BYTE_BITS) - 1))
        })
    }

    /// Row `u`.
    #[inline]
    pub(super) fn row(&self, u: NodeId) -> PackedRow<'_> {
        self.row_at(u, self.place(u))
    }

    /// Row `u`, which begins at `place`.
    #[inline]
    pub(super) fn row_at(&self, u: NodeId, place: u64) -> PackedRow<'_> {
        let part = &self.parts[index64(place >> BYTE_BITS)];
        let mut bytes = &part[index64(place & ((1 << BYTE_BITS) - 1))..];
        let degree = read_degree(&mut bytes);
        PackedRow { node: u, degree, len: degree, bytes, weighted: self.weighted }
    }

    #[inline]
    pub(super) fn degree(&self, u: NodeId) -> usize {
        self.row(u).degree
    }
}

/// An upper bound on the bytes of one direction of a graph.
///
/// `total_weight`, the sum of all stored weights, is none in a graph without weights. The gaps of a row add up to the
/// number of nodes at most, and a number `x` takes at most `1 + log2(x + 1) / 8` bytes, which is concave: all gaps of
/// the mean length are the worst case. Likewise for weights.
pub(super) fn bytes_at_most(node_count: u64, edge_count: u64, total_weight: Option<u128>) -> u64 {
    let (n, m) = (node_count as f64, edge_count as f64);
    let parts = offset64(SLACK << 11);
    if edge_count == 0 {
        return node_count * (8 + 1) + parts;
    }
    let blocks = edge_count / offset64(BLOCK_EDGES);
    // A first target is folded, which doubles the step; together with the gaps after it that is three times n at most.
    let gaps = stream_bytes(m, 3.0 * n * (n.min(m) + blocks as f64));
    let weights = total_weight.map_or(0.0, |total| stream_bytes(m, total as f64));
    // Beyond its streams, a row takes a place, a degree, and two streams that end with up to 3 unused pairs of control
    // bits.
    let degree_bytes = u64::from((node_count.ilog2() + 1).div_ceil(7));
    let rows = node_count * (8 + 1) + node_count.min(edge_count) * (degree_bytes + 2);
    num::ceil_u64(gaps + weights) + rows + blocks * (8 + 2) + parts
}

/// At most so many bytes for `count` numbers that add up to `sum`, or less.
fn stream_bytes(count: f64, sum: f64) -> f64 {
    count * (0.25 + (1.0 + (sum / count + 1.0).log2() / 8.0).min(4.0))
}

/// One compressed row, or the first edges of it.
#[derive(Clone, Copy, Debug)]
pub struct PackedRow<'a> {
    node: NodeId,
    /// The edges of the whole row.
    degree: usize,
    /// The edges that count.
    len: usize,
    /// What follows the degree.
    bytes: &'a [u8],
    weighted: bool,
}

impl<'a> PackedRow<'a> {
    /// The number of edges.
    #[inline]
    #[expect(clippy::len_without_is_empty, reason = "nobody asks")]
    pub fn len(self) -> usize {
        self.len
    }

    /// The first `len` edges.
    #[inline]
    #[must_use]
    pub fn first(self, len: usize) -> Self {
        Self { len: len.min(self.len), ..self }
    }

    /// Decodes all targets and weights.
    #[inline]
    pub fn decode(self, scratch: &mut Scratch) -> Row<'_> {
        self.decode_piece(0..self.len, scratch)
    }

    /// Decodes the edges of `piece`, which begins at a multiple of [`BLOCK_EDGES`].
    #[inline]
    pub fn decode_piece(self, piece: Range<usize>, scratch: &mut Scratch) -> Row<'_> {
        let wanted = piece.len();
        self.decode_blocks(piece, scratch, self.weighted);
        let Scratch { targets, weights } = scratch;
        Row { targets: &targets[..wanted], weights: self.weighted.then(|| &weights[..wanted]) }
    }

    /// Decodes all targets.
    #[inline]
    pub fn decode_targets(self, scratch: &mut Scratch) -> &[NodeId] {
        self.decode_blocks(0..self.len, scratch, false);
        &scratch.targets[..self.len]
    }

    #[inline]
    fn decode_blocks(self, piece: Range<usize>, scratch: &mut Scratch, with_weights: bool) {
        debug_assert_eq!(piece.start % BLOCK_EDGES, 0, "invariant: pieces begin with a block");
        let needed = piece.len().next_multiple_of(BLOCK_EDGES);
        if scratch.targets.len() < needed {
            scratch.targets.resize(needed, NodeId(0));
        }
        if with_weights && scratch.weights.len() < needed {
            scratch.weights.resize(needed, 0);
        }
        let mut done = 0;
        while done < piece.len() {
            let (bytes, len) = self.block((piece.start + done) / BLOCK_EDGES);
            let targets = &mut scratch.targets[done..][..len];
            let data = read_targets(bytes, self.node, targets);
            if with_weights {
                read_numbers(data, &mut scratch.weights[done..][..len], |gap| gap + 1);
            }
            done += len;
        }
    }

    /// The bytes from block `block` on, and its number of edges.
    #[inline]
    fn block(self, block: usize) -> (&'a [u8], usize) {
        if self.degree <= BLOCK_EDGES {
            return (self.bytes, self.degree);
        }
        let (table, blocks) = self.bytes.split_at(8 * ((self.degree - 1) / BLOCK_EDGES));
        let start = match block.checked_sub(1) {
            None => 0,
            Some(entry) => {
                let entry = table[8 * entry..].first_chunk().expect("invariant: a table entry a block");
                index64(u64::from_le_bytes(*entry))
            }
        };
        (&blocks[start..], BLOCK_EDGES.min(self.degree - block * BLOCK_EDGES))
    }
}

/// Appends the row of `node` to `out`; `targets` rise, `weights` are in step or none, each ≥ 1.
pub(super) fn encode_row(node: NodeId, row: Row<'_>, out: &mut Vec<u8>) {
    write_degree(row.targets.len(), out);
    let blocks = num::blocks(row.targets.len(), BLOCK_EDGES);
    let table = out.len();
    let first = table + 8 * blocks.len().saturating_sub(1);
    out.resize(first, 0);
    for (i, block) in blocks.into_iter().enumerate() {
        if let Some(entry) = i.checked_sub(1) {
            let start = offset64(out.len() - first).to_le_bytes();
            out[table + 8 * entry..][..8].copy_from_slice(&start);
        }
        let targets = &row.targets[block.clone()];
        let gaps = targets.windows(2).map(|pair| pair[1].0 - pair[0].0 - 1);
        write_numbers(
            targets.len(),
            std::iter::once(fold(targets[0].0.wrapping_sub(node.0))).chain(gaps),
            out,
        );
        if let Some(weights) = row.weights {
            write_numbers(targets.len(), weights[block].iter().map(|weight| weight - 1), out);
        }
    }
}

/// The rows of a part, appended one by one to `buffer`, which is cleared first.
pub(super) fn encode_part<'a>(rows: impl Iterator<Item = (NodeId, Row<'a>)>, buffer: &mut Vec<u8>) -> Part {
    buffer.clear();
    let mut part = Part::default();
    for (node, row) in rows {
        part.places.push(offset64(buffer.len()));
        part.edge_count += offset64(row.targets.len());
        encode_row(node, row, buffer);
    }
    buffer.extend([0; SLACK]);
    // A copy of the right size: the buffer keeps its room for the next part.
    part.bytes = Box::from(&buffer[..]);
    part
}

/// A step to either side as a small number.
#[inline]
fn fold(step: u32) -> u32 {
    if step >> 31 == 0 { step << 1 } else { !(step << 1) }
}

#[inline]
fn unfold(folded: u32) -> u32 {
    (folded >> 1) ^ (folded & 1).wrapping_neg()
}

fn write_degree(degree: usize, out: &mut Vec<u8>) {
    let mut rest = id32(degree);
    while rest >= 0x80 {
        out.push(low8(u64::from(rest)) | 0x80);
        rest >>= 7;
    }
    out.push(low8(u64::from(rest)));
}

/// Takes the degree off the front of a row.
#[inline]
fn read_degree(bytes: &mut &[u8]) -> usize {
    let (mut degree, mut shift) = (0, 0);
    for (i, &byte) in bytes.iter().enumerate() {
        degree |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        if byte < 0x80 {
            *bytes = &bytes[i + 1..];
            return degree;
        }
    }
    unreachable!("invariant: a row begins with its degree")
}

fn write_numbers(count: usize, numbers: impl Iterator<Item = u32>, out: &mut Vec<u8>) {
    let controls = out.len();
    out.resize(controls + count.div_ceil(4), 0);
    for (i, number) in numbers.enumerate() {
        let len = (u32::BITS - (number | 1).leading_zeros()).div_ceil(8);
        out[controls + i / 4] |= low8(u64::from(len - 1) << (2 * (i % 4)));
        out.extend_from_slice(&number.to_le_bytes()[..len as usize]);
    }
}

/// Decodes the targets of a block; what follows them.
#[inline]
fn read_targets<'a>(bytes: &'a [u8], node: NodeId, targets: &mut [NodeId]) -> &'a [u8] {
    let mut last = None;
    read_numbers(bytes, targets, |number| {
        let target = match last {
            None => node.0.wrapping_add(unfold(number)),
            Some(last) => last + number + 1,
        };
        last = Some(target);
        NodeId(target)
    })
}

/// Decodes as many numbers as `to` has room for, each made into what `of` says; what follows them.
#[inline]
fn read_numbers<'a, T>(bytes: &'a [u8], to: &mut [T], mut of: impl FnMut(u32) -> T) -> &'a [u8] {
    let (controls, data) = bytes.split_at(to.len().div_ceil(4));
    let mut at = 0;
    for (control, four) in controls.iter().zip(to.chunks_mut(4)) {
        let mut control = u32::from(*control);
        for slot in four {
            let len = (control & 3) as usize + 1;
            control >>= 2;
            let word = data[at..].first_chunk().expect("invariant: a part ends with slack");
            *slot = of(u32::from_le_bytes(*word) & (u32::MAX >> (32 - 8 * len)));
            at += len;
        }
    }
    &data[at..]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// What a part of these rows decodes to, read whole, in pieces and in front only.
    fn decoded(rows: &[(NodeId, BTreeMap<u32, u32>)], weighted: bool) -> Vec<BTreeMap<u32, u32>> {
        let arrays: Vec<(NodeId, Vec<NodeId>, Vec<u32>)> = rows
            .iter()
            .map(|(node, row)| {
                (*node, row.keys().copied().map(NodeId).collect(), row.values().copied().collect())
            })
            .collect();
        let of = |(node, targets, weights): &'_ (NodeId, Vec<NodeId>, Vec<u32>)| -> (NodeId, usize) {
            assert_eq!(targets.len(), weights.len());
            (*node, targets.len())
        };
        let lens: Vec<(NodeId, usize)> = arrays.iter().map(of).collect();
        let part = encode_part(
            arrays.iter().map(|(node, targets, weights)| {
                (*node, Row { targets, weights: weighted.then_some(&weights[..]) })
            }),
            &mut vec![7; 3],
        );
        assert_eq!(part.edge_count, lens.iter().map(|(_, len)| offset64(*len)).sum::<u64>());
        let packed = PackedRows::from_parts(rows.len(), std::iter::once(part), weighted);
        let mut scratch = Scratch::default();
        let mut found = Vec::new();
        for (i, &(node, len)) in lens.iter().enumerate() {
            let row = packed.row_at(node, packed.places[i]);
            assert_eq!(row.len(), len);
            let whole: Vec<(NodeId, u32)> = row.decode(&mut scratch).iter().collect();
            let targets: Vec<NodeId> = whole.iter().map(|edge| edge.0).collect();
            assert_eq!(row.decode_targets(&mut scratch), targets);
            for start in (0..len).step_by(BLOCK_EDGES) {
                let piece = start..(start + BLOCK_EDGES + 5).min(len);
                let edges: Vec<_> = row.decode_piece(piece.clone(), &mut scratch).iter().collect();
                assert_eq!(edges, whole[piece]);
            }
            for short in [0, 1, len / 2, len + 3] {
                let edges: Vec<_> = row.first(short).decode(&mut scratch).iter().collect();
                assert_eq!(edges, whole[..short.min(len)]);
            }
            found.push(whole.into_iter().map(|(v, w)| (v.0, w)).collect());
        }
        found
    }

    proptest! {
        #[test]
        fn rows_come_back(
            rows in prop::collection::vec(
                (
                    0..u32::MAX,
                    prop_oneof![
                        // Anything, with every length of numbers; neighbours side by side; and hubs of several blocks.
                        prop::collection::btree_map(0..u32::MAX, 1..=u32::MAX, 0..40),
                        prop::collection::btree_map(1000_u32..1100, 1_u32..300, 0..90),
                        prop::collection::btree_map(0_u32..5000, 1_u32..3, 500..1600),
                    ],
                ),
                0..6,
            ),
        ) {
            let rows: Vec<_> = rows.into_iter().map(|(node, row)| (NodeId(node), row)).collect();
            let expected: Vec<_> = rows.iter().map(|(_, row)| row.clone()).collect();
            prop_assert_eq!(&decoded(&rows, true), &expected);
            let ones = |row: BTreeMap<u32, u32>| row.into_keys().map(|v| (v, 1)).collect::<BTreeMap<_, _>>();
            let expected: Vec<_> = expected.into_iter().map(ones).collect();
            prop_assert_eq!(decoded(&rows, false), expected);
        }
    }

    #[test]
    fn rows_at_the_ends_of_all_ranges_come_back() {
        let last = u32::MAX - 1;
        for node in [0, 1, last] {
            for targets in [
                vec![],
                vec![0],
                vec![last],
                vec![node],
                vec![0, last],
                (0..512).collect(),
                (0..513).collect(),
            ] {
                let row: BTreeMap<u32, u32> =
                    targets.iter().zip([u32::MAX, 1].into_iter().cycle()).map(|(&v, w)| (v, w)).collect();
                assert_eq!(decoded(&[(NodeId(node), row.clone())], true), [row], "{node}: {targets:?}");
            }
        }
    }

    #[test]
    fn steps_fold_to_small_numbers() {
        for (step, folded) in [(0, 0), (u32::MAX, 1), (1, 2), (u32::MAX - 1, 3), (1 << 31, u32::MAX)] {
            assert_eq!((fold(step), unfold(folded)), (folded, step));
        }
    }

    #[test]
    fn the_layout_is_as_described() {
        // Node 5 attends to 3 (two back: folded 3), 4 (gap 0) and 1000 (gap 995), with weights 1, 300 and 2.
        let (targets, weights) = ([3, 4, 1000].map(NodeId), [1, 300, 2]);
        let mut bytes = Vec::new();
        encode_row(NodeId(5), Row { targets: &targets, weights: Some(&weights) }, &mut bytes);
        assert_eq!(bytes, [3, 0b01_00_00, 3, 0, 0xe3, 0x03, 0b00_01_00, 0, 0x2b, 0x01, 1]);
    }
}
