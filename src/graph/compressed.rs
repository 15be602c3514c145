//! Compressed rows: sorted neighbors as gaps, and weights, each number in as few bytes as it needs.
//!
//! # Layout
//!
//! A row is its degree, then its edges in blocks of [`BLOCK_EDGES`]; the last block may be shorter. A block is two
//! streams of numbers: the gaps between its targets, then, in a weighted graph, the weights minus one.
//!
//! - The degree is a base-128 varint, low bits first.
//! - In a row of several blocks, a table follows the degree: for every block except the first, its byte offset from the
//!   first block, in 8 bytes, little-endian. So several threads can read different blocks of a hub.
//! - The first target of a block is stored as its difference from the node of the row, modulo 2^32 and zigzag-encoded
//!   (0, -1, 1, -2, … become 0, 1, 2, 3, …); every other target as its difference from the previous target, minus one.
//! - A stream of `c` numbers begins with `⌈c/4⌉` control bytes. They hold the length of each number in bytes, minus
//!   one, in two bits per number, the first number in the lowest bits. The numbers follow in 1 to 4 bytes each,
//!   little-endian. Lengths are stored separately because a continuation bit in each byte would cost a branch for each
//!   byte, which is often mispredicted.
//!
//! In the worst case an edge takes 4¼ bytes, and its weight another 4¼ bytes. Rows are kept in parts, one for each
//! bucket that the builder encodes, so that no size has to be known in advance; the position of a row consists of its
//! part and its first byte in that part.
//!
//! Source: byte codes of gaps, as in Boldi, Vigna 2004 ("The `WebGraph` framework I"); control bytes separate from the
//! data, as in Lemire, Kurz, Rupp 2018 ("Stream `VByte`").

use std::ops::Range;

use super::rows::{Row, RowBuffer};
use crate::{
    ids::{NodeId, id32, index64, low8, offset64},
    num,
};

/// Number of edges in a block. The kernels split sums over rows only at multiples of this number.
pub(crate) const BLOCK_EDGES: usize = 512;
/// Zeros after the last number of a part, so that four bytes can always be read at once.
const PADDING: usize = 3;
/// Number of low bits of a row's position that hold the index of its first byte in the part. The other bits hold the
/// number of the part.
const BYTE_BITS: u32 = 48;

#[derive(Clone, Debug, Default)]
pub(crate) struct CompressedRows {
    /// Where each row begins: its part and the byte in that part.
    positions: Vec<u64>,
    parts: Vec<Box<[u8]>>,
    /// Number of bytes before each part; the last entry is the total.
    part_starts: Vec<u64>,
    pub(super) edge_count: u64,
    pub(super) weighted: bool,
}

#[derive(Debug, Default)]
pub(super) struct EncodedRows {
    pub(super) positions: Vec<u64>,
    pub(super) bytes: Box<[u8]>,
    pub(super) edge_count: u64,
}

impl CompressedRows {
    /// Joins the parts of consecutive rows.
    pub(super) fn from_parts(
        node_count: usize,
        parts: impl Iterator<Item = EncodedRows>,
        weighted: bool,
    ) -> Self {
        let mut rows = Self { positions: Vec::with_capacity(node_count), weighted, ..Self::default() };
        let mut total = 0;
        for part in parts {
            let number = offset64(rows.parts.len()) << BYTE_BITS;
            rows.positions.extend(part.positions.into_iter().map(|position| number | position));
            rows.part_starts.push(total);
            total += offset64(part.bytes.len());
            rows.parts.push(part.bytes);
            rows.edge_count += part.edge_count;
        }
        rows.part_starts.push(total);
        assert_eq!(rows.positions.len(), node_count, "invariant: every row is in a part");
        rows
    }

    #[inline]
    pub(super) fn node_count(&self) -> usize {
        self.positions.len()
    }

    pub(super) fn bytes(&self) -> u64 {
        offset64(size_of_val(&self.positions[..])) + self.part_starts.last().copied().unwrap_or(0)
    }

    /// The position at which row `u` begins, for [`CompressedRows::row_at`].
    #[inline]
    pub(super) fn position(&self, u: NodeId) -> u64 {
        self.positions[u.index()]
    }

    /// The number of bytes of all rows before row `u`; `u` may be one past the last row.
    pub(super) fn bytes_before(&self, u: usize) -> u64 {
        let total = self.part_starts.last().copied().unwrap_or(0);
        self.positions.get(u).map_or(total, |position| {
            self.part_starts[index64(position >> BYTE_BITS)] + (position & ((1 << BYTE_BITS) - 1))
        })
    }

    #[inline]
    pub(super) fn row(&self, u: NodeId) -> CompressedRow<'_> {
        self.row_at(u, self.position(u))
    }

    /// Row `u`, which begins at `position`.
    #[inline]
    pub(super) fn row_at(&self, u: NodeId, position: u64) -> CompressedRow<'_> {
        let part = &self.parts[index64(position >> BYTE_BITS)];
        let mut bytes = &part[index64(position & ((1 << BYTE_BITS) - 1))..];
        let degree = read_degree(&mut bytes);
        CompressedRow { node: u, degree, len: degree, bytes, weighted: self.weighted }
    }

    #[inline]
    pub(super) fn degree(&self, u: NodeId) -> usize {
        self.row(u).degree
    }
}

/// An upper bound on the bytes of one direction of a graph.
///
/// `total_weight`, the sum of all stored weights, is `None` in a graph without weights. The gaps of a row add up to at
/// most the number of nodes, and a number `x` takes at most `1 + log2(x + 1) / 8` bytes, a concave function: the worst
/// case is that all gaps are equal. Likewise for weights.
pub(super) fn bytes_at_most(node_count: u64, edge_count: u64, total_weight: Option<u128>) -> u64 {
    let (n, m) = (node_count as f64, edge_count as f64);
    let parts = offset64(PADDING << 11);
    if edge_count == 0 {
        return node_count * (8 + 1) + parts;
    }
    let blocks = edge_count / offset64(BLOCK_EDGES);
    // Zigzag encoding doubles the difference of a first target; together with the gaps after it, the sum is at most
    // three times n.
    let gaps = stream_bytes(m, 3.0 * n * (n.min(m) + blocks as f64));
    let weights = total_weight.map_or(0.0, |total| stream_bytes(m, total as f64));
    // Besides its numbers, a row takes a position, a degree, and up to 3 unused pairs of control bits in each stream.
    let degree_bytes = u64::from((node_count.ilog2() + 1).div_ceil(7));
    let rows = node_count * (8 + 1) + node_count.min(edge_count) * (degree_bytes + 2);
    num::ceil_u64(gaps + weights) + rows + blocks * (8 + 2) + parts
}

/// An upper bound on the bytes of `count` numbers whose sum is at most `sum`.
fn stream_bytes(count: f64, sum: f64) -> f64 {
    count * (0.25 + (1.0 + (sum / count + 1.0).log2() / 8.0).min(4.0))
}

/// One compressed row, or the first edges of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CompressedRow<'a> {
    node: NodeId,
    /// Number of edges of the whole row.
    degree: usize,
    /// Number of edges in this view, which shows the first edges of the row.
    len: usize,
    /// The bytes of the row after its degree.
    bytes: &'a [u8],
    weighted: bool,
}

impl<'a> CompressedRow<'a> {
    #[inline]
    pub(crate) fn len(self) -> usize {
        self.len
    }

    #[inline]
    #[must_use]
    pub(crate) fn first(self, len: usize) -> Self {
        Self { len: len.min(self.len), ..self }
    }

    #[inline]
    pub(crate) fn decode(self, buffer: &mut RowBuffer) -> Row<'_> {
        self.decode_piece(0..self.len, buffer)
    }

    /// Decodes the edges of `piece`, which begins at a multiple of [`BLOCK_EDGES`].
    #[inline]
    pub(crate) fn decode_piece(self, piece: Range<usize>, buffer: &mut RowBuffer) -> Row<'_> {
        let wanted = piece.len();
        self.decode_blocks(piece, buffer, self.weighted);
        let RowBuffer { targets, weights } = buffer;
        Row { targets: &targets[..wanted], weights: self.weighted.then(|| &weights[..wanted]) }
    }

    #[inline]
    pub(crate) fn decode_targets(self, buffer: &mut RowBuffer) -> &[NodeId] {
        self.decode_blocks(0..self.len, buffer, false);
        &buffer.targets[..self.len]
    }

    #[inline]
    fn decode_blocks(self, piece: Range<usize>, buffer: &mut RowBuffer, with_weights: bool) {
        debug_assert_eq!(piece.start % BLOCK_EDGES, 0, "invariant: pieces begin with a block");
        let needed = piece.len().next_multiple_of(BLOCK_EDGES);
        if buffer.targets.len() < needed {
            buffer.targets.resize(needed, NodeId(0));
        }
        if with_weights && buffer.weights.len() < needed {
            buffer.weights.resize(needed, 0);
        }
        let mut done = 0;
        while done < piece.len() {
            let (bytes, len) = self.block((piece.start + done) / BLOCK_EDGES);
            let targets = &mut buffer.targets[done..][..len];
            let data = read_targets(bytes, self.node, targets);
            if with_weights {
                read_numbers(data, &mut buffer.weights[done..][..len], |gap| gap + 1);
            }
            done += len;
        }
    }

    /// The bytes from the start of block `block`, and the number of edges in this block.
    #[inline]
    fn block(self, block: usize) -> (&'a [u8], usize) {
        if self.degree <= BLOCK_EDGES {
            return (self.bytes, self.degree);
        }
        let (table, blocks) = self.bytes.split_at(8 * ((self.degree - 1) / BLOCK_EDGES));
        let start = match block.checked_sub(1) {
            None => 0,
            Some(entry) => {
                let entry = table[8 * entry..].first_chunk().expect("invariant: one table entry per block");
                index64(u64::from_le_bytes(*entry))
            }
        };
        (&blocks[start..], BLOCK_EDGES.min(self.degree - block * BLOCK_EDGES))
    }
}

/// Appends the row of `node` to `out`; targets strictly increase, weights are ≥ 1.
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
            std::iter::once(zigzag(targets[0].0.wrapping_sub(node.0))).chain(gaps),
            out,
        );
        if let Some(weights) = row.weights {
            write_numbers(targets.len(), weights[block].iter().map(|weight| weight - 1), out);
        }
    }
}

/// Encodes the rows of a part; `buffer` is working memory.
pub(super) fn encode_rows<'a>(
    rows: impl Iterator<Item = (NodeId, Row<'a>)>,
    buffer: &mut Vec<u8>,
) -> EncodedRows {
    buffer.clear();
    let mut part = EncodedRows::default();
    for (node, row) in rows {
        part.positions.push(offset64(buffer.len()));
        part.edge_count += offset64(row.targets.len());
        encode_row(node, row, buffer);
    }
    buffer.extend([0; PADDING]);
    // A copy of the exact size: the buffer keeps its capacity for the next part.
    part.bytes = Box::from(&buffer[..]);
    part
}

/// Zigzag encoding of a difference modulo 2^32: small numbers for small differences of either sign.
#[inline]
fn zigzag(difference: u32) -> u32 {
    if difference >> 31 == 0 { difference << 1 } else { !(difference << 1) }
}

#[inline]
fn unzigzag(encoded: u32) -> u32 {
    (encoded >> 1) ^ (encoded & 1).wrapping_neg()
}

fn write_degree(degree: usize, out: &mut Vec<u8>) {
    let mut rest = id32(degree);
    while rest >= 0x80 {
        out.push(low8(u64::from(rest)) | 0x80);
        rest >>= 7;
    }
    out.push(low8(u64::from(rest)));
}

/// Reads the degree at the front of a row and advances `bytes` past it.
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

/// Decodes the targets of a block and returns the bytes after them.
#[inline]
fn read_targets<'a>(bytes: &'a [u8], node: NodeId, targets: &mut [NodeId]) -> &'a [u8] {
    let mut last = None;
    read_numbers(bytes, targets, |number| {
        let target = match last {
            None => node.0.wrapping_add(unzigzag(number)),
            Some(last) => last + number + 1,
        };
        last = Some(target);
        NodeId(target)
    })
}

/// Fills `to` with decoded numbers, each mapped by `of`, and returns the bytes after them.
#[inline]
fn read_numbers<'a, T>(bytes: &'a [u8], to: &mut [T], mut of: impl FnMut(u32) -> T) -> &'a [u8] {
    let (controls, data) = bytes.split_at(to.len().div_ceil(4));
    let mut at = 0;
    for (control, four) in controls.iter().zip(to.chunks_mut(4)) {
        let mut control = u32::from(*control);
        for slot in four {
            let len = (control & 3) as usize + 1;
            control >>= 2;
            let word = data[at..].first_chunk().expect("invariant: a part ends with padding");
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

    /// Encodes these rows and decodes them as a whole, in pieces, and only their first edges.
    fn decoded(rows: &[(NodeId, BTreeMap<u32, u32>)], weighted: bool) -> Vec<BTreeMap<u32, u32>> {
        let arrays: Vec<(Vec<NodeId>, Vec<u32>)> =
            rows.iter().map(|(_, row)| row.iter().map(|(&v, &w)| (NodeId(v), w)).unzip()).collect();
        let stored = rows.iter().zip(&arrays).map(|((node, _), (targets, weights))| {
            (*node, Row { targets, weights: weighted.then_some(&weights[..]) })
        });
        let part = encode_rows(stored, &mut vec![7; 3]);
        assert_eq!(part.edge_count, rows.iter().map(|(_, row)| offset64(row.len())).sum::<u64>());
        let compressed = CompressedRows::from_parts(rows.len(), std::iter::once(part), weighted);
        let mut buffer = RowBuffer::default();
        let mut found = Vec::new();
        for (i, (node, expected)) in rows.iter().enumerate() {
            let len = expected.len();
            let row = compressed.row_at(*node, compressed.positions[i]);
            assert_eq!(row.len(), len);
            let whole: Vec<(NodeId, u32)> = row.decode(&mut buffer).iter().collect();
            let targets: Vec<NodeId> = whole.iter().map(|edge| edge.0).collect();
            assert_eq!(row.decode_targets(&mut buffer), targets);
            for start in (0..len).step_by(BLOCK_EDGES) {
                let piece = start..(start + BLOCK_EDGES + 5).min(len);
                let edges: Vec<_> = row.decode_piece(piece.clone(), &mut buffer).iter().collect();
                assert_eq!(edges, whole[piece]);
            }
            for short in [0, 1, len / 2, len + 3] {
                let edges: Vec<_> = row.first(short).decode(&mut buffer).iter().collect();
                assert_eq!(edges, whole[..short.min(len)]);
            }
            found.push(whole.into_iter().map(|(v, w)| (v.0, w)).collect());
        }
        found
    }

    proptest! {
        #[test]
        fn decoding_returns_the_encoded_rows(
            rows in prop::collection::vec(
                (
                    0..u32::MAX,
                    prop_oneof![
                        // Numbers of every length; dense neighbors; and hubs of several blocks.
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
    fn rows_of_extreme_ids_weights_and_lengths_are_returned() {
        let last = u32::MAX - 1;
        for node in [0, 1, last] {
            let blocks = [512, 513].map(|len| (0..len).collect());
            for targets in [vec![], vec![0], vec![last], vec![node], vec![0, last]].into_iter().chain(blocks)
            {
                let row: BTreeMap<u32, u32> =
                    targets.iter().zip([u32::MAX, 1].into_iter().cycle()).map(|(&v, w)| (v, w)).collect();
                assert_eq!(decoded(&[(NodeId(node), row.clone())], true), [row], "{node}: {targets:?}");
            }
        }
    }

    #[test]
    fn small_differences_of_either_sign_become_small_numbers() {
        for (difference, encoded) in [(0, 0), (u32::MAX, 1), (1, 2), (u32::MAX - 1, 3), (1 << 31, u32::MAX)] {
            assert_eq!((zigzag(difference), unzigzag(encoded)), (encoded, difference));
        }
    }

    #[test]
    fn the_layout_is_as_described() {
        // Node 5 has edges to 3 (difference -2: zigzag 3), 4 (gap 0) and 1000 (gap 995), with weights 1, 300 and 2.
        let (targets, weights) = ([3, 4, 1000].map(NodeId), [1, 300, 2]);
        let mut bytes = Vec::new();
        encode_row(NodeId(5), Row { targets: &targets, weights: Some(&weights) }, &mut bytes);
        assert_eq!(bytes, [3, 0b01_00_00, 3, 0, 0xe3, 0x03, 0b00_01_00, 0, 0x2b, 0x01, 1]);
    }
}
