//! Numbers account keys in parallel without locks; the ids do not depend on the number of threads.
//!
//! Keys are partitioned into shards by the top bits of their hash. The keys of each chunk are grouped by shard; then
//! every shard takes its keys from all chunks of a batch, with one thread per shard, so that the shard's table stays in
//! the cache. While reading, an account has a *provisional* id, `shard << 24 | position in the shard`. The final id is
//! the rank by (hash, bytes); because shards are ordered by hash, the accounts of each shard are one range of the final
//! ids.

use std::ops::Range;

use hashbrown::{HashTable, hash_table::Entry as Slot};
use rayon::prelude::*;

use super::{
    AccountId, EventError,
    account::{AccountTable, SortedKeys},
    key_hash,
};
use crate::{
    ids::{id32, index64, low32},
    num,
};

const SHARD_BITS: u32 = 8;
const SHARDS: usize = 1 << SHARD_BITS;
const LOCAL_BITS: u32 = u32::BITS - SHARD_BITS;
/// How many accounts one shard can hold; the hash spreads them evenly.
const MAX_LOCAL: usize = (1 << LOCAL_BITS) - 1;

/// Account keys, concatenated.
#[derive(Debug, Default)]
pub(super) struct KeyBatch {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl KeyBatch {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), ends: Vec::new() }
    }

    /// Adds `channel:name`, or the bare `name` where the channel is empty. Both are UTF-8.
    #[inline]
    pub(super) fn push(&mut self, channel: &str, name: &[u8]) {
        if !channel.is_empty() {
            self.bytes.extend_from_slice(channel.as_bytes());
            self.bytes.push(b':');
        }
        self.bytes.extend_from_slice(name);
        self.ends.push(self.bytes.len());
    }

    pub(super) fn truncate(&mut self, count: usize) {
        self.ends.truncate(count);
        self.bytes.truncate(self.ends.last().copied().unwrap_or(0));
    }

    #[inline]
    fn key(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.bytes[start..self.ends[index]]
    }

    /// The same keys grouped by shard; within a shard they keep their order.
    pub(super) fn grouped(&self) -> GroupedKeys {
        let all_hashes: Vec<u64> = (0..self.ends.len()).map(|index| key_hash(self.key(index))).collect();
        let mut counts = vec![0; SHARDS];
        for &hash in &all_hashes {
            counts[shard_of(hash)] += 1;
        }
        let starts: Vec<usize> = num::prefix_sums(counts.into_iter()).into_iter().map(index64).collect();
        let mut next = starts.clone();
        let mut origins = vec![0; all_hashes.len()];
        for (index, &hash) in all_hashes.iter().enumerate() {
            let place = &mut next[shard_of(hash)];
            origins[*place] = id32(index);
            *place += 1;
        }
        let mut keys = Self::with_capacity(self.bytes.len());
        let mut hashes = Vec::with_capacity(all_hashes.len());
        for &origin in &origins {
            keys.push("", self.key(origin as usize));
            hashes.push(all_hashes[origin as usize]);
        }
        GroupedKeys { starts, origins, hashes, keys }
    }
}

#[derive(Debug)]
pub(super) struct GroupedKeys {
    /// The index of each shard's first key; the last entry is the number of keys.
    starts: Vec<usize>,
    /// The position of each key in the chunk.
    origins: Vec<u32>,
    hashes: Vec<u64>,
    keys: KeyBatch,
}

/// A set of keys that grows batch by batch.
#[derive(Debug)]
pub(super) struct Interner {
    shards: Vec<Shard>,
}

#[derive(Debug, Default)]
struct Shard {
    table: HashTable<u32>,
    entries: Vec<Entry>,
    /// The bytes of the keys, concatenated in the order of `entries`.
    bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: u64,
    /// The offset in `bytes` at which the entry's key starts; the key ends where the next entry's key starts.
    start: usize,
}

/// The accounts, and the final id for every provisional id.
#[derive(Debug)]
pub(super) struct Interned {
    pub(super) accounts: AccountTable,
    /// The index in `ranks` at which the ids of each shard start.
    starts: Vec<u64>,
    ranks: Vec<u32>,
}

impl Interned {
    #[inline]
    pub(super) fn id(&self, provisional: AccountId) -> AccountId {
        let (shard, local) = (provisional.index() >> LOCAL_BITS, provisional.index() & MAX_LOCAL);
        AccountId(self.ranks[index64(self.starts[shard]) + local])
    }
}

impl Interner {
    pub(super) fn new() -> Self {
        Self { shards: (0..SHARDS).map(|_| Shard::default()).collect() }
    }

    /// Adds the keys of all `batches`; returns for each batch the provisional ids of its keys, in the order of the keys
    /// in the chunk.
    pub(super) fn intern(&mut self, batches: &[GroupedKeys]) -> Result<Vec<Vec<AccountId>>, EventError> {
        let by_shard: Vec<Vec<u32>> = self
            .shards
            .par_iter_mut()
            .enumerate()
            .map(|(number, shard)| {
                let mut locals =
                    Vec::with_capacity(batches.iter().map(|batch| batch.range(number).len()).sum());
                for batch in batches {
                    shard.intern(batch, number, &mut locals);
                }
                locals
            })
            .collect();
        if self.shards.iter().any(|shard| shard.entries.len() > MAX_LOCAL) {
            return Err(too_many());
        }
        let mut taken = vec![0; SHARDS];
        let starts = batches.iter().map(|batch| {
            let starts = taken.clone();
            (0..SHARDS).for_each(|shard| taken[shard] += batch.range(shard).len());
            starts
        });
        let starts: Vec<Vec<usize>> = starts.collect();
        Ok(batches.par_iter().zip(starts).map(|(batch, starts)| batch.in_order(&by_shard, &starts)).collect())
    }

    /// Gives every account its final id, dense in the order of (hash, key bytes).
    pub(super) fn finish(self) -> Result<Interned, EventError> {
        let starts = num::prefix_sums(self.shards.iter().map(|shard| shard.entries.len() as u64));
        let count = starts[SHARDS];
        if count >= u64::from(u32::MAX) {
            return Err(too_many());
        }
        let sorted: Vec<SortedShard> = self.shards.into_par_iter().map(Shard::sorted).collect();
        let mut ranks = Vec::with_capacity(index64(count));
        for (shard, &start) in sorted.iter().zip(&starts) {
            ranks.extend(shard.ranks.iter().map(|rank| low32(start) + rank));
        }
        Ok(Interned { accounts: joined(sorted), starts, ranks })
    }
}

impl GroupedKeys {
    fn range(&self, shard: usize) -> Range<usize> {
        self.starts[shard]..self.starts[shard + 1]
    }

    /// The provisional ids in the order of the keys in the chunk. `by_shard` holds the positions of keys in each shard;
    /// the keys of this chunk begin at `starts`.
    fn in_order(&self, by_shard: &[Vec<u32>], starts: &[usize]) -> Vec<AccountId> {
        let mut numbers = vec![AccountId(0); self.origins.len()];
        for shard in 0..SHARDS {
            let origins = &self.origins[self.range(shard)];
            for (&origin, local) in origins.iter().zip(&by_shard[shard][starts[shard]..]) {
                numbers[origin as usize] = AccountId(low32((shard as u64) << LOCAL_BITS) | local);
            }
        }
        numbers
    }
}

impl Shard {
    /// Appends to `locals` the positions of those keys of `batch` that belong to this shard; `number` is its number.
    fn intern(&mut self, batch: &GroupedKeys, number: usize, locals: &mut Vec<u32>) {
        for index in batch.range(number) {
            locals.push(self.local(batch.hashes[index], batch.keys.key(index)));
        }
    }

    /// The position of `key` in the shard; the key is added if it is new.
    #[inline]
    fn local(&mut self, hash: u64, key: &[u8]) -> u32 {
        let Self { table, entries, bytes } = self;
        let is_key = |&local: &u32| key_of(entries, bytes, local as usize) == key;
        match table.entry(table_hash(hash), is_key, |&local| table_hash(entries[local as usize].hash)) {
            Slot::Occupied(slot) => *slot.get(),
            Slot::Vacant(slot) => {
                let local = id32(entries.len());
                slot.insert(local);
                entries.push(Entry { hash, start: bytes.len() });
                bytes.extend_from_slice(key);
                local
            }
        }
    }

    fn sorted(self) -> SortedShard {
        let Self { entries, bytes, .. } = self;
        let mut order: Vec<u32> = (0..id32(entries.len())).collect();
        let key = |local: u32| key_of(&entries, &bytes, local as usize);
        order.sort_unstable_by(|&a, &b| {
            let by_hash = entries[a as usize].hash.cmp(&entries[b as usize].hash);
            by_hash.then_with(|| key(a).cmp(key(b)))
        });
        let mut ranks = vec![0; entries.len()];
        let mut keys = KeyBatch::with_capacity(bytes.len());
        for (rank, &local) in order.iter().enumerate() {
            ranks[local as usize] = id32(rank);
            keys.push("", key(local));
        }
        let hashes = order.iter().map(|&local| entries[local as usize].hash).collect();
        SortedShard { ranks, keys, hashes }
    }
}

/// A shard with its keys in their final order.
struct SortedShard {
    /// Maps the provisional position of a key to its rank within the shard.
    ranks: Vec<u32>,
    keys: KeyBatch,
    hashes: Vec<u64>,
}

fn joined(shards: Vec<SortedShard>) -> AccountTable {
    let count = shards.iter().map(|shard| shard.ranks.len()).sum();
    let mut hashes = Vec::with_capacity(count);
    let mut ends = Vec::with_capacity(count);
    let mut text = Vec::with_capacity(shards.iter().map(|shard| shard.keys.bytes.len()).sum());
    for shard in shards {
        let base = text.len() as u64;
        hashes.extend(shard.hashes);
        ends.extend(shard.keys.ends.iter().map(|&end| base + end as u64));
        text.extend(shard.keys.bytes);
    }
    let text = String::from_utf8(text).expect("invariant: keys are UTF-8, checked row by row");
    AccountTable::from_sorted(SortedKeys { hashes, ends, text })
}

#[inline]
fn key_of<'a>(entries: &[Entry], bytes: &'a [u8], local: usize) -> &'a [u8] {
    let end = entries.get(local + 1).map_or(bytes.len(), |next| next.start);
    &bytes[entries[local].start..end]
}

#[inline]
fn shard_of(hash: u64) -> usize {
    index64(hash >> (u64::BITS - SHARD_BITS))
}

/// The hash for a shard's table, which uses the top and the bottom bits of a hash. All keys of a shard have the same
/// top bits in `hash`, so one multiplication mixes the other bits into them.
#[inline]
fn table_hash(hash: u64) -> u64 {
    hash.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn too_many() -> EventError {
    EventError::TooManyAccounts { limit: u32::MAX as usize - 1 }
}
