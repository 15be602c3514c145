//! The in-strength of each node by kind of event and by channel.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rayon::prelude::*;

use crate::{event::KindId, ids::NodeId};

/// The in-strength of each node, split once by kind and once by channel, in the units of the projected edges.
///
/// Both splits of a node add up exactly to the sum of the weights of its in-edges. A kind's part is the weight that
/// events of this kind added to the in-edges; a follow counts under the kind of the event that last began it.
///
/// Events of one pair and kind on several channels (a customer with several accounts) saturate together. The resulting
/// weight is split in proportion to the decayed counts on each channel, rounded down, and the first of these channels
/// in the order of the columns gets the remainder. A follow counts for the channel of the event that last began it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InStrengths {
    kinds: usize,
    channels: usize,
    /// One row per node: the kinds, then the channels.
    units: Vec<u64>,
}

impl InStrengths {
    pub fn by_kind(&self, node: NodeId, kind: KindId) -> u64 {
        self.units[node.index() * (self.kinds + self.channels) + usize::from(kind.0)]
    }

    /// The in-strength of `node` on the channel of this column.
    pub fn by_channel(&self, node: NodeId, column: usize) -> u64 {
        assert!(column < self.channels, "invariant: a column of the channels that were asked for");
        self.units[node.index() * (self.kinds + self.channels) + self.kinds + column]
    }

    /// Renumbers the nodes: `v` becomes `place_of[v]`. O(n).
    #[must_use]
    pub fn renumbered(self, place_of: &[NodeId]) -> Self {
        let width = self.kinds + self.channels;
        let mut units = vec![0; self.units.len()];
        for (row, place) in self.units.chunks(width).zip(place_of) {
            units[place.index() * width..][..width].copy_from_slice(row);
        }
        Self { units, ..self }
    }

    /// The total of all parts by kind, and the total of all parts by channel, over all nodes; the two totals must be
    /// equal. O(n).
    pub fn totals(&self) -> (u128, u128) {
        let sum = |units: &[u64]| units.iter().map(|&units| u128::from(units)).sum::<u128>();
        self.units
            .par_chunks(self.kinds + self.channels)
            .map(|row| (sum(&row[..self.kinds]), sum(&row[self.kinds..])))
            .reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
    }
}

/// Adds up [`InStrengths`] on many threads. The sums are integers, so that the order of additions does not matter.
pub(super) struct InStrengthsBuilder {
    kinds: usize,
    channels: usize,
    units: Vec<AtomicU64>,
}

impl InStrengthsBuilder {
    pub(super) fn new(node_count: usize, kinds: usize, channels: usize) -> Self {
        let cells = node_count * (kinds + channels);
        Self { kinds, channels, units: rayon::iter::repeat_n(0, cells).map(AtomicU64::new).collect() }
    }

    /// Adds the weight of the events of one pair and kind. `counts` holds the decayed count of each channel that
    /// occurs, each channel once, in any order.
    pub(super) fn add(&self, target: NodeId, kind: KindId, units: u64, counts: &mut [(u8, u64)]) {
        let row = target.index() * (self.kinds + self.channels);
        let cells = &self.units[row..row + self.kinds + self.channels];
        cells[usize::from(kind.0)].fetch_add(units, Relaxed);
        let on_channel = |channel: u8, units| {
            cells[self.kinds + usize::from(channel)].fetch_add(units, Relaxed);
        };
        if counts.len() > 1 {
            counts.sort_unstable_by_key(|(channel, _)| *channel);
        }
        let Some(((first, _), others)) = counts.split_first() else { return };
        if others.is_empty() {
            return on_channel(*first, units);
        }
        let all: u128 = counts.iter().map(|(_, count)| u128::from(*count)).sum();
        let mut rest = units;
        for (channel, count) in others {
            let part = u128::from(units) * u128::from(*count) / all;
            let part = u64::try_from(part).expect("invariant: a part is no more than the whole");
            on_channel(*channel, part);
            rest -= part;
        }
        on_channel(*first, rest);
    }

    pub(super) fn finish(self) -> InStrengths {
        let units = self.units.into_iter().map(AtomicU64::into_inner).collect();
        InStrengths { kinds: self.kinds, channels: self.channels, units }
    }
}
