//! An event packed into 16 bytes. The integer order of packed events groups them by pair.

use super::{KindRole, Weights};
use crate::{
    event::{Event, KindId, Time},
    ids::{NodeId, index64, low8, low32},
};

/// One event, packed so that integer order is (source, target, group of kinds, time, kind, file, channel).
///
/// The source is relative to the first source of its partition. There are 256 partitions, so 24 bits hold it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PackedEvent {
    /// 24 bits source, 32 bits target, 8 bits group.
    ends: u64,
    /// 32 bits time, 8 bits kind, 16 bits file, 8 bits channel.
    rest: u64,
}

impl PackedEvent {
    pub(super) fn new(event: &Event, source: u32, target: NodeId, channel: u8, weights: &Weights) -> Self {
        assert!(source < 1 << 24, "invariant: a partition holds no more sources than 24 bits count");
        // Follows and unfollows of a pair share a group, because they are one sequence of states.
        let group = match weights.kinds[usize::from(event.kind.0)].role {
            KindRole::Act => event.kind.0 + 1,
            KindRole::Follow | KindRole::Unfollow => 0,
        };
        // Undated events come first: an undated list of follows is the initial state, which dated unfollows change.
        let rest = (u64::from(event.at.0.wrapping_add(1)) << 32)
            | (u64::from(event.kind.0) << 24)
            | (u64::from(event.file) << 8)
            | u64::from(channel);
        Self { ends: (u64::from(source) << 40) | (u64::from(target.0) << 8) | u64::from(group), rest }
    }

    pub(super) fn pair(self) -> u64 {
        self.ends >> 8
    }

    /// The source, relative to the first source of its partition.
    pub(super) fn source(self) -> usize {
        index64(self.ends >> 40)
    }

    pub(super) fn target(self) -> NodeId {
        NodeId(low32(self.ends >> 8))
    }

    pub(super) fn group(self) -> u8 {
        low8(self.ends)
    }

    pub(super) fn at(self) -> Time {
        Time(low32(self.rest >> 32).wrapping_sub(1))
    }

    pub(super) fn kind(self) -> KindId {
        KindId(low8(self.rest >> 24))
    }

    pub(super) fn file(self) -> u16 {
        u16::try_from((self.rest >> 8) & 0xffff).expect("invariant: masked to 16 bits")
    }

    pub(super) fn channel(self) -> u8 {
        low8(self.rest)
    }
}
