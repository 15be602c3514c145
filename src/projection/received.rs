//! What each node receives, by kind of event and by channel.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rayon::prelude::*;

use crate::{event::KindId, ids::NodeId};

/// The in-strength of each node, split by kind and once more by channel, in the units of the projected edges.
///
/// Over the kinds, and over the channels, the parts of a node add up to the sum of the weights of the edges to it, to
/// the unit. A kind's part is what that kind added to those edges; a follow counts under the kind of its last
/// beginning.
///
/// Where events of one pair and kind go to several channels (a customer with several accounts), they saturate together.
/// The weight that comes of it is then split in proportion to the decayed counts on each channel, rounded down, and the
/// first channel in the order of the columns gets the rest. A follow counts for the channel of its last beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    kinds: usize,
    channels: usize,
    /// A row a node: the kinds, then the channels.
    units: Vec<u64>,
}

impl Received {
    /// What `node` receives by events of `kind`.
    pub fn by_kind(&self, node: NodeId, kind: KindId) -> u64 {
        self.units[node.index() * (self.kinds + self.channels) + usize::from(kind.0)]
    }

    /// What `node` receives on the channel of this column.
    pub fn by_channel(&self, node: NodeId, column: usize) -> u64 {
        assert!(column < self.channels, "invariant: a column of the channels that were asked for");
        self.units[node.index() * (self.kinds + self.channels) + self.kinds + column]
    }

    /// The same with every node `v` at `place_of[v]`. O(n).
    #[must_use]
    pub fn renumbered(self, place_of: &[NodeId]) -> Self {
        let width = self.kinds + self.channels;
        let mut units = vec![0; self.units.len()];
        for (row, place) in self.units.chunks(width).zip(place_of) {
            units[place.index() * width..][..width].copy_from_slice(row);
        }
        Self { units, ..self }
    }

    /// All that is received, by the kinds and by the channels: two sums that must be one. O(n).
    pub fn totals(&self) -> (u128, u128) {
        let sum = |units: &[u64]| units.iter().map(|&units| u128::from(units)).sum::<u128>();
        self.units
            .par_chunks(self.kinds + self.channels)
            .map(|row| (sum(&row[..self.kinds]), sum(&row[self.kinds..])))
            .reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
    }
}

/// [`Received`] while it is added up by many threads: integers, so that the order does not matter.
pub(super) struct Receiving {
    kinds: usize,
    channels: usize,
    units: Vec<AtomicU64>,
}

impl Receiving {
    pub(super) fn new(node_count: usize, kinds: usize, channels: usize) -> Self {
        let cells = node_count * (kinds + channels);
        Self { kinds, channels, units: rayon::iter::repeat_n(0, cells).map(AtomicU64::new).collect() }
    }

    /// Adds the weight that the events of one pair and kind came to; `counts` holds the decayed count of each channel
    /// that occurs, in any order, each once.
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

    pub(super) fn finish(self) -> Received {
        let units = self.units.into_iter().map(AtomicU64::into_inner).collect();
        Received { kinds: self.kinds, channels: self.channels, units }
    }
}
