//! From keys to dense numbers, by many threads at once, with a result that does not depend on them.
//!
//! Keys are spread over shards by the top bits of their hash. A chunk hashes all of its keys, sorts them by shard and
//! takes each shard's lock once. While reading, an account has a *provisional* number, `shard << 24 | position`, that
//! depends on who came first; the final number is the rank by (hash, bytes), and as shards follow the hash, each
//! shard's accounts are one range of it.

use std::sync::{Mutex, PoisonError};

use hashbrown::{HashTable, hash_table::Entry as Slot};
use rayon::prelude::*;

use super::{AccountId, EventError, account::AccountTable, key_hash};
use crate::{
    ids::{id32, index64, low8, low32},
    num,
};

const SHARD_BITS: u32 = 8;
const SHARDS: usize = 1 << SHARD_BITS;
const LOCAL_BITS: u32 = u32::BITS - SHARD_BITS;
/// How many accounts one shard can hold; the hash spreads them evenly.
const MAX_LOCAL: usize = (1 << LOCAL_BITS) - 1;

/// The keys of one chunk, in order of appearance.
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
}

/// A set of keys that many threads fill.
#[derive(Debug)]
pub(super) struct Interner {
    shards: Vec<Mutex<Shard>>,
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
    /// Where it appears first: the chunk in the upper half, the key in the chunk in the lower.
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
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }

    /// The provisional numbers of `keys`, in their order. `chunk` says where they stand among all chunks.
    pub(super) fn intern(&self, chunk: u64, keys: &KeyBatch) -> Result<Vec<u32>, EventError> {
        let hashes: Vec<u64> = (0..keys.ends.len()).map(|index| key_hash(keys.key(index))).collect();
        let by_shard = ByShard::new(&hashes);
        let mut numbers = vec![0; hashes.len()];
        // Chunks start at different shards so that they do not queue up behind each other.
        let first_shard = usize::from(low8(num::mix64(chunk)));
        for shard_index in (0..SHARDS).map(|step| (first_shard + step) % SHARDS) {
            let indices = by_shard.indices(shard_index);
            if indices.is_empty() {
                continue;
            }
            let mut shard = self.shards[shard_index].lock().unwrap_or_else(PoisonError::into_inner);
            for &index in indices {
                let first = chunk << 32 | u64::from(index);
                let local = shard.intern(hashes[index as usize], keys.key(index as usize), first)?;
                numbers[index as usize] = id32(shard_index) << LOCAL_BITS | local;
            }
        }
        Ok(numbers)
    }

    /// Gives every account its final number, dense in the order of (hash, key bytes).
    pub(super) fn finish(self) -> Result<Interned, EventError> {
        let shards: Vec<Shard> = self
            .shards
            .into_iter()
            .map(|shard| shard.into_inner().unwrap_or_else(PoisonError::into_inner))
            .collect();
        let starts = num::prefix_sums(shards.iter().map(|shard| shard.entries.len() as u64));
        let count = starts[SHARDS];
        if count >= u64::from(u32::MAX) {
            return Err(too_many());
        }
        let sorted: Vec<SortedShard> = shards.into_par_iter().map(Shard::sorted).collect();
        let mut ranks = Vec::with_capacity(index64(count));
        for (shard, &start) in sorted.iter().zip(&starts) {
            ranks.extend(shard.ranks.iter().map(|rank| low32(start) + rank));
        }
        Ok(Interned { accounts: joined(sorted), starts, ranks })
    }
}

impl Shard {
    #[inline]
    fn intern(&mut self, hash: u64, key: &[u8], first: u64) -> Result<u32, EventError> {
        let Self { table, entries, bytes } = self;
        let is_key = |&local: &u32| {
            let entry = &entries[local as usize];
            entry.hash == hash && key_of(entries, bytes, local as usize) == key
        };
        match table.entry(table_hash(hash), is_key, |&local| table_hash(entries[local as usize].hash)) {
            Slot::Occupied(slot) => {
                let local = *slot.get();
                let entry = &mut entries[local as usize];
                entry.first = entry.first.min(first);
                Ok(local)
            }
            Slot::Vacant(slot) if entries.len() < MAX_LOCAL => {
                let local = id32(entries.len());
                slot.insert(local);
                entries.push(Entry { hash, first, start: bytes.len() });
                bytes.extend_from_slice(key);
                Ok(local)
            }
            Slot::Vacant(_) => Err(too_many()),
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
        let of_entry = |value: fn(&Entry) -> u64| order.iter().map(|&local| value(&entries[local as usize])).collect();
        SortedShard { ranks, keys, hashes: of_entry(|entry| entry.hash), firsts: of_entry(|entry| entry.first) }
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
    AccountTable::from_sorted(hashes, ends, text, &firsts)
}

/// The indices of some keys, grouped by shard, in order inside each group.
struct ByShard {
    starts: Vec<u64>,
    indices: Vec<u32>,
}

impl ByShard {
    fn new(hashes: &[u64]) -> Self {
        let mut counts = vec![0; SHARDS];
        for &hash in hashes {
            counts[shard_of(hash)] += 1;
        }
        let starts = num::prefix_sums(counts.into_iter());
        let mut next = starts.clone();
        let mut indices = vec![0; hashes.len()];
        for (index, &hash) in hashes.iter().enumerate() {
            let place = &mut next[shard_of(hash)];
            indices[index64(*place)] = id32(index);
            *place += 1;
        }
        Self { starts, indices }
    }

    fn indices(&self, shard: usize) -> &[u32] {
        &self.indices[index64(self.starts[shard])..index64(self.starts[shard + 1])]
    }
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
