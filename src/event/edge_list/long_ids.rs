//! Ids of more than fifteen bytes: each gets a number, and only the number goes into the table of keys.

use std::sync::{Mutex, PoisonError};

use hashbrown::{HashTable, hash_table::Entry};

use crate::{
    event::key_hash,
    ids::{id32, index64},
};

const SHARD_BITS: u32 = 8;
const SHARDS: usize = 1 << SHARD_BITS;

/// Spread over shards by hash, each under a lock that is held for one look-up.
pub(super) struct LongIds {
    shards: Vec<Mutex<Shard>>,
}

#[derive(Default)]
struct Shard {
    /// Positions in `hashes`.
    table: HashTable<u32>,
    hashes: Vec<u64>,
    /// Where each id ends in `bytes`.
    ends: Vec<usize>,
    bytes: Vec<u8>,
}

impl LongIds {
    pub(super) fn new() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }

    /// The number of `id`, new or not.
    pub(super) fn number(&self, id: &[u8]) -> usize {
        let hash = key_hash(id);
        let shard = index64(hash >> (u64::BITS - SHARD_BITS));
        let position = self.with_shard(shard, |shard| shard.position(hash, id));
        position as usize * SHARDS + shard
    }

    /// What `look` says of the bytes of id number `number`.
    pub(super) fn with_id<R>(&self, number: usize, look: impl FnOnce(&[u8]) -> R) -> R {
        // A copy, because `look` may ask for another id of the same shard.
        let id = self
            .with_shard(number % SHARDS, |shard| id_at(&shard.ends, &shard.bytes, number / SHARDS).to_vec());
        look(&id)
    }

    fn with_shard<R>(&self, shard: usize, look: impl FnOnce(&mut Shard) -> R) -> R {
        look(&mut self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Shard {
    fn position(&mut self, hash: u64, id: &[u8]) -> u32 {
        let Self { table, hashes, ends, bytes } = self;
        let is_id = |&at: &u32| id_at(ends, bytes, at as usize) == id;
        // The table looks at both ends of a hash. Inside a shard the top bits are all the same: they go to the middle.
        let turned = |hash: u64| hash.rotate_left(u64::BITS / 2);
        match table.entry(turned(hash), is_id, |&at| turned(hashes[at as usize])) {
            Entry::Occupied(slot) => *slot.get(),
            Entry::Vacant(slot) => {
                let at = id32(hashes.len());
                slot.insert(at);
                hashes.push(hash);
                bytes.extend_from_slice(id);
                ends.push(bytes.len());
                at
            }
        }
    }
}

fn id_at<'a>(ends: &[usize], bytes: &'a [u8], at: usize) -> &'a [u8] {
    let start = if at == 0 { 0 } else { ends[at - 1] };
    &bytes[start..ends[at]]
}
