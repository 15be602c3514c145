//! The dictionary of small numbers: a reference is the number itself, and nothing is looked up.

use fixedbitset::FixedBitSet;

use super::{
    dictionary::{Dictionary, Finished, Stuck},
    node_ids::Form,
    scan::Number,
};
use crate::ids::{id32, index64, low32};

/// Numbers below this are always small.
const LEAST_BOUND: u64 = 1 << 12;
/// Numbers below an eighth of the file's length in bytes are small as well: a table of all of them is then half as long
/// as the text, however few of them occur.
const BYTES_A_NUMBER: u64 = 8;

pub(super) struct Dense {
    /// Numbers from here on belong elsewhere.
    bound: u64,
}

impl Dense {
    /// The dictionary for the ids of a file of `file_bytes`.
    pub(super) fn new(file_bytes: u64) -> Self {
        Self { bound: (file_bytes / BYTES_A_NUMBER).clamp(LEAST_BOUND, u64::from(u32::MAX - 1)) }
    }

    /// References are below this.
    pub(super) fn bound(&self) -> usize {
        index64(self.bound)
    }
}

/// All numbers, ascending, with their references.
pub(super) fn values(seen: &FixedBitSet) -> Vec<(u64, u32)> {
    seen.ones().map(|number| (number as u64, id32(number))).collect()
}

/// What numbers become that are all small.
pub(super) fn finish(seen: &FixedBitSet) -> Finished {
    let mut node_of = vec![u32::MAX; seen.maximum().map_or(0, |last| last + 1)];
    for (node, number) in seen.ones().enumerate() {
        node_of[number] = id32(node);
    }
    Finished { form: Form::Numbers(seen.ones().map(|number| number as u64).collect()), node_of }
}

impl Dictionary for Dense {
    type Key = Number;

    fn key(id: &str, _: usize) -> Result<Number, Stuck> {
        Number::of(id).ok_or(Stuck::NoNumber)
    }

    #[inline]
    fn look_up(&self, keys: &[Number], _: &[u8], references: &mut Vec<u32>) -> Result<(), Stuck> {
        if keys.iter().any(|key| key.0 >= self.bound) {
            return Err(Stuck::Full);
        }
        references.extend(keys.iter().map(|key| low32(key.0)));
        Ok(())
    }
}
