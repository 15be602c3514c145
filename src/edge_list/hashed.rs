//! The dictionaries of numbers of any size and of texts: the reference of an id is its slot in a hash table.

use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

use super::{
    EdgeListError,
    dictionary::{Dictionary, DictionaryLimit, FinishedDictionary},
    lock_free_table::{FirstWords, InlineKeys, LockFreeTable},
    long_ids::{IdSpan, LongIds},
    node_ids::SortedIds,
    scan::{Key, NumberKey, TextKey},
};
use crate::{
    event::{SortedKeys, key_hash},
    huge_pages::HugeVec,
    ids::{NodeId, id32, index64},
};

/// How many nodes one task handles.
const PART: usize = 1 << 12;

pub(super) struct NumberDictionary {
    table: LockFreeTable,
}

impl NumberDictionary {
    /// Returns the dictionary of `values`, and the new reference for each old reference. `values` are pairs of a value
    /// and its old reference, in ascending order.
    pub(super) fn from_dense(values: &[(u64, u32)]) -> Result<(Self, Vec<u32>), EdgeListError> {
        let table = LockFreeTable::with_room(room_for(values.len()))?;
        let new_references = translated(values, |value| table.add(NumberKey(value).words(), &InlineKeys));
        Ok((Self { table }, new_references))
    }

    pub(super) fn grown(self) -> Result<(Self, Vec<u32>), EdgeListError> {
        let (table, new_references) = self.table.grown()?;
        Ok((Self { table }, new_references))
    }

    /// All numbers, each with its reference, in any order.
    pub(super) fn values(&self) -> Vec<(u64, u32)> {
        self.table.entries().map(|(words, slot)| (NumberKey::from_words(words).0, slot)).collect()
    }

    pub(super) fn finish(self) -> FinishedDictionary {
        let mut values = self.values();
        values.par_sort_unstable_by_key(|&(value, _)| value);
        let node_of = positions(self.table.slot_count(), &values);
        let numbers: Vec<u64> = values.into_par_iter().map(|(value, _)| value).collect();
        FinishedDictionary { ids: SortedIds::Numbers(numbers.into()), node_of }
    }
}

impl Dictionary for NumberDictionary {
    type Key = NumberKey;

    #[inline]
    fn look_up(&self, keys: &[NumberKey], _: &[u8], found: &mut Vec<u32>) -> Result<(), DictionaryLimit> {
        self.table.look_up(keys, &InlineKeys, found)
    }
}

pub(super) struct TextDictionary {
    table: LockFreeTable,
    long: LongIds,
}

impl TextDictionary {
    /// Returns the dictionary of the texts of `values`, and the new reference for each old reference. `values` are
    /// pairs of a value and its old reference, in ascending order.
    pub(super) fn from_numbers(values: &[(u64, u32)]) -> Result<(Self, Vec<u32>), EdgeListError> {
        let texts = Self { table: LockFreeTable::with_room(room_for(values.len()))?, long: LongIds::new() };
        let new_references = translated(values, |value| {
            let text = value.to_string().into_bytes();
            texts.table.add(TextKey::of(&text, 0).words(), &texts.in_text(&text))
        });
        Ok((texts, new_references))
    }

    pub(super) fn grown(self) -> Result<(Self, Vec<u32>), EdgeListError> {
        let (table, new_references) = self.table.grown()?;
        Ok((Self { table, ..self }, new_references))
    }

    pub(super) fn finish(self) -> FinishedDictionary {
        let mut order: Vec<(u64, [u64; 2], u32)> = self
            .table
            .entries()
            .map_init(Vec::new, |id, (words, slot)| {
                id.clear();
                self.append(words, id);
                (key_hash(id), words, slot)
            })
            .collect();
        order.par_sort_unstable_by_key(|&(hash, ..)| hash);
        // Two ids hardly ever have the same hash. Comparing bytes in the sort itself would slow down the sort of all
        // other ids.
        for equal in order.chunk_by_mut(|a, b| a.0 == b.0).filter(|equal| equal.len() > 1) {
            equal.sort_by_cached_key(|&(_, words, _)| {
                let mut id = Vec::new();
                self.append(words, &mut id);
                id
            });
        }
        let slots: Vec<((), u32)> = order.par_iter().map(|&(_, _, slot)| ((), slot)).collect();
        let node_of = positions(self.table.slot_count(), &slots);
        let parts: Vec<(Vec<u8>, Vec<u64>)> = order
            .par_chunks(PART)
            .map(|part| {
                let (mut bytes, mut ends) =
                    (Vec::with_capacity(8 * part.len()), Vec::with_capacity(part.len()));
                for &(_, words, _) in part {
                    self.append(words, &mut bytes);
                    ends.push(bytes.len() as u64);
                }
                (bytes, ends)
            })
            .collect();
        let hashes = order.par_iter().map(|&(hash, ..)| hash).collect();
        let mut ends = Vec::with_capacity(order.len());
        let mut text = Vec::with_capacity(parts.iter().map(|(bytes, _)| bytes.len()).sum());
        for (bytes, part_ends) in parts {
            let base = text.len() as u64;
            ends.extend(part_ends.into_iter().map(|end| base + end));
            text.extend_from_slice(&bytes);
        }
        let text = String::from_utf8(text).expect("invariant: ids are UTF-8, checked line by line");
        let ids = SortedIds::Texts(SortedKeys { hashes, ends, text });
        FinishedDictionary { ids, node_of }
    }

    /// Appends the bytes of the id in a slot with these words.
    fn append(&self, words: [u64; 2], id: &mut Vec<u8>) {
        if TextKey::is_long(words) {
            self.long.append(IdSpan(words[0]), id);
        } else {
            let (bytes, length) = TextKey::inline(words);
            id.extend_from_slice(&bytes[..length]);
        }
    }

    /// Compares keys whose long ids are in `text`.
    fn in_text<'a>(&'a self, text: &'a [u8]) -> KeysInText<'a> {
        KeysInText { long: &self.long, text }
    }
}

/// Compares long ids. The bytes of an id in the table are in `long`, and the bytes of an id that is looked up are in
/// `text`.
struct KeysInText<'a> {
    long: &'a LongIds,
    text: &'a [u8],
}

impl FirstWords for KeysInText<'_> {
    const ARE_KEYS: bool = false;

    #[inline]
    fn is(&self, first: u64, key: [u64; 2]) -> bool {
        if TextKey::is_long(key) {
            self.long.is(IdSpan(first), TextKey::long(key, self.text))
        } else {
            first == key[0]
        }
    }

    #[inline]
    fn make(&self, key: [u64; 2]) -> u64 {
        if TextKey::is_long(key) { self.long.store(TextKey::long(key, self.text)).0 } else { key[0] }
    }

    #[inline]
    fn touch(&self, slot: [u64; 2]) -> u64 {
        if TextKey::is_long(slot) && slot[0] != 0 { self.long.touch(IdSpan(slot[0])) } else { 0 }
    }
}

impl Dictionary for TextDictionary {
    type Key = TextKey;

    #[inline]
    fn look_up(&self, keys: &[TextKey], text: &[u8], found: &mut Vec<u32>) -> Result<(), DictionaryLimit> {
        self.table.look_up(keys, &self.in_text(text), found)
    }
}

/// The capacity of a table that takes over `count` ids. It is much larger than `count`, because usually most of the
/// file has not been read yet.
fn room_for(count: usize) -> u64 {
    const BEGINNING: u64 = 1 << 20;
    let count = count as u64;
    count.max((8 * count).min(BEGINNING))
}

/// Adds each value and returns the new reference for each old reference.
fn translated(values: &[(u64, u32)], add: impl Fn(u64) -> u32 + Sync) -> Vec<u32> {
    let added: Vec<u32> = values.par_iter().with_min_len(PART).map(|&(value, _)| add(value)).collect();
    let mut new_references = vec![u32::MAX; values.last().map_or(0, |&(_, old)| old as usize + 1)];
    for (&(_, old), new) in values.iter().zip(added) {
        new_references[old as usize] = new;
    }
    new_references
}

/// The position in `order` of each of `count` references; [`NodeId::NONE`] for a reference that is not in `order`.
fn positions<V: Sync>(count: usize, order: &[(V, u32)]) -> HugeVec<NodeId> {
    let none = |_| AtomicU32::new(u32::MAX);
    let positions: Vec<AtomicU32> = (0..count).into_par_iter().with_min_len(PART).map(none).collect();
    order.par_iter().with_min_len(PART).enumerate().for_each(|(position, &(_, reference))| {
        positions[index64(reference.into())].store(id32(position), Ordering::Relaxed);
    });
    positions.into_iter().map(|position| NodeId(position.into_inner())).collect::<Vec<_>>().into()
}
