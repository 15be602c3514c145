//! From keys to dense numbers, in parallel and without locks, with a result that does not depend on threads.
//!
//! Keys are spread over shards by the top bits of their hash. Each chunk groups its own keys by shard; then every
//! shard takes its keys from all chunks of the wave, one thread a shard, so that the shard's table stays in the cache.
//! While reading, an account has a *provisional* number, `shard << 24 | position in the shard`; the final number is
//! the rank by (hash, bytes), and as shards follow the hash, each shard's accounts are one range of it.

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

/// Some keys, one after the other.
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

    /// Forgets all but the first `count` keys.
    pub(super) fn truncate(&mut self, count: usize) {
        self.ends.truncate(count);
        self.bytes.truncate(self.ends.last().copied().unwrap_or(0));
    }

    #[inline]
    fn key(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.bytes[start..self.ends[index]]
    }

    /// The same keys grouped by shard, in order of appearance inside each.
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

/// The keys of one chunk, grouped by shard.
#[derive(Debug)]
pub(super) struct GroupedKeys {
    /// Where each shard's keys start, and the end of the last.
    starts: Vec<usize>,
    /// For each key, its place in order of appearance.
    origins: Vec<u32>,
    hashes: Vec<u64>,
    keys: KeyBatch,
}

/// A set of keys that grows wave by wave.
#[derive(Debug)]
pub(super) struct Interner {
    shards: Vec<Shard>,
    /// How many keys have come so far, repeats included.
    key_count: u64,
}

#[derive(Debug, Default)]
struct Shard {
    /// Positions in `entries`.
    table: HashTable<u32>,
    entries: Vec<Entry>,
    /// The keys, one after the other in the order of `entries`.
    bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: u64,
    /// How many keys came before its first appearance.
    first: u64,
    /// Where its key starts; it ends where the next one starts.
    start: usize,
}

/// The accounts, and the final number of every provisional one.
#[derive(Debug)]
pub(super) struct Interned {
    pub(super) accounts: AccountTable,
    /// Where each shard's numbers start in `ranks`.
    starts: Vec<u64>,
    ranks: Vec<u32>,
}

impl Interned {
    /// The account behind a provisional number.
    #[inline]
    pub(super) fn id(&self, provisional: AccountId) -> AccountId {
        let (shard, local) = (provisional.index() >> LOCAL_BITS, provisional.index() & MAX_LOCAL);
        AccountId(self.ranks[index64(self.starts[shard]) + local])
    }
}

impl Interner {
    pub(super) fn new() -> Self {
        Self { shards: (0..SHARDS).map(|_| Shard::default()).collect(), key_count: 0 }
    }

    /// For each of `batches`, which follow the keys seen so far, the provisional numbers of its keys in order of
    /// appearance.
    pub(super) fn intern(&mut self, batches: &[GroupedKeys]) -> Result<Vec<Vec<AccountId>>, EventError> {
        let firsts = num::prefix_sums(batches.iter().map(|batch| batch.origins.len() as u64));
        let key_count = self.key_count;
        let by_shard: Vec<Vec<u32>> = self
            .shards
            .par_iter_mut()
            .enumerate()
            .map(|(number, shard)| {
                let mut locals =
                    Vec::with_capacity(batches.iter().map(|batch| batch.range(number).len()).sum());
                for (batch, first) in batches.iter().zip(&firsts) {
                    shard.intern(batch, number, key_count + first, &mut locals);
                }
                locals
            })
            .collect();
        self.key_count += firsts[batches.len()];
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

    /// Gives every account its final number, dense in the order of (hash, key bytes).
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

    /// The provisional numbers in order of appearance, from those of each shard, of which this batch's start at
    /// `starts`.
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
    /// Appends the positions of shard `number`'s keys of `batch`, before which `first` keys came.
    fn intern(&mut self, batch: &GroupedKeys, number: usize, first: u64, locals: &mut Vec<u32>) {
        for index in batch.range(number) {
            let first = first + u64::from(batch.origins[index]);
            locals.push(self.local(batch.hashes[index], batch.keys.key(index), first));
        }
    }

    /// The position of `key`, new or not. Keys come in order, so a known key's first appearance stands.
    #[inline]
    fn local(&mut self, hash: u64, key: &[u8], first: u64) -> u32 {
        let Self { table, entries, bytes } = self;
        let is_key = |&local: &u32| key_of(entries, bytes, local as usize) == key;
        match table.entry(table_hash(hash), is_key, |&local| table_hash(entries[local as usize].hash)) {
            Slot::Occupied(slot) => *slot.get(),
            Slot::Vacant(slot) => {
                let local = id32(entries.len());
                slot.insert(local);
                entries.push(Entry { hash, first, start: bytes.len() });
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
        let of_entry =
            |value: fn(&Entry) -> u64| order.iter().map(|&local| value(&entries[local as usize])).collect();
        SortedShard {
            ranks,
            keys,
            hashes: of_entry(|entry| entry.hash),
            firsts: of_entry(|entry| entry.first),
        }
    }
}

/// A shard in its final order.
struct SortedShard {
    /// By provisional position.
    ranks: Vec<u32>,
    keys: KeyBatch,
    hashes: Vec<u64>,
    firsts: Vec<u64>,
}

/// The shards one after the other.
fn joined(shards: Vec<SortedShard>) -> AccountTable {
    let count = shards.iter().map(|shard| shard.ranks.len()).sum();
    let mut hashes = Vec::with_capacity(count);
    let mut ends = Vec::with_capacity(count);
    let mut text = Vec::with_capacity(shards.iter().map(|shard| shard.keys.bytes.len()).sum());
    let mut firsts = Vec::with_capacity(count);
    for shard in shards {
        let base = text.len() as u64;
        hashes.extend(shard.hashes);
        ends.extend(shard.keys.ends.iter().map(|&end| base + end as u64));
        text.extend(shard.keys.bytes);
        firsts.extend(shard.firsts);
    }
    let text = String::from_utf8(text).expect("invariant: keys are UTF-8, checked row by row");
    AccountTable::from_sorted(SortedKeys { hashes, ends, text }, &firsts)
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

/// The hash for a shard's table, which looks at both ends of it: inside a shard the top bits are all the same, so
/// they are mixed with the others by one multiplication.
#[inline]
fn table_hash(hash: u64) -> u64 {
    hash.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn too_many() -> EventError {
    EventError::TooManyAccounts { limit: u32::MAX as usize - 1 }
}
