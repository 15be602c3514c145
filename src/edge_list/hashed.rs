//! The dictionaries of any numbers and of texts: a reference is a slot of a table.

use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

use super::{
    dictionary::{Dictionary, Finished, Stuck},
    long_ids::{LongIds, Place},
    node_ids::Form,
    scan::{Key, Number, Text},
    table::{FirstWords, Keys, Table},
};
use crate::{
    event::{EventError, account::SortedKeys, key_hash},
    huge_pages::HugeVec,
    ids::{NodeId, id32, index64},
};

/// The share of the nodes that is handled at a time.
const PART: usize = 1 << 12;

pub(super) struct Numbers {
    table: Table,
}

impl Numbers {
    /// The dictionary of `values`, each with its old reference, ascending, and the new reference of each old one.
    pub(super) fn from_dense(values: &[(u64, u32)]) -> Result<(Self, Vec<u32>), EventError> {
        let table = Table::with_room(room_for(values.len()))?;
        let moved = moved(values, |value| table.add(Number(value).words(), &Keys));
        Ok((Self { table }, moved))
    }

    pub(super) fn grown(self) -> Result<(Self, Vec<u32>), EventError> {
        let (table, moved) = self.table.grown()?;
        Ok((Self { table }, moved))
    }

    /// All numbers with their references.
    pub(super) fn values(&self) -> Vec<(u64, u32)> {
        self.table.entries().map(|(words, slot)| (Number::from_words(words).0, slot)).collect()
    }

    pub(super) fn finish(self) -> Finished {
        let mut values = self.values();
        values.par_sort_unstable_by_key(|&(value, _)| value);
        let node_of = ranks(self.table.slot_count(), &values);
        let numbers: Vec<u64> = values.into_par_iter().map(|(value, _)| value).collect();
        Finished { form: Form::Numbers(numbers.into()), node_of }
    }
}

impl Dictionary for Numbers {
    type Key = Number;

    fn key(id: &str, _: usize) -> Result<Number, Stuck> {
        Number::of(id).ok_or(Stuck::NoNumber)
    }

    #[inline]
    fn look_up(&self, keys: &[Number], _: &[u8], references: &mut Vec<u32>) -> Result<(), Stuck> {
        self.table.look_up(keys, &Keys, references)
    }
}

pub(super) struct Texts {
    table: Table,
    long: LongIds,
}

impl Texts {
    /// The dictionary of `values` as they are written, each with its old reference, ascending, and the new reference
    /// of each old one.
    pub(super) fn from_numbers(values: &[(u64, u32)]) -> Result<(Self, Vec<u32>), EventError> {
        let texts = Self { table: Table::with_room(room_for(values.len()))?, long: LongIds::new() };
        let moved = moved(values, |value| {
            let text = value.to_string().into_bytes();
            texts.table.add(Text::of(&text, 0).words(), &texts.in_text(&text))
        });
        Ok((texts, moved))
    }

    pub(super) fn grown(self) -> Result<(Self, Vec<u32>), EventError> {
        let (table, moved) = self.table.grown()?;
        Ok((Self { table, ..self }, moved))
    }

    pub(super) fn finish(self) -> Finished {
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
        // Hardly ever have two ids the same hash; comparing bytes in the sort itself would cost all others.
        for equal in order.chunk_by_mut(|a, b| a.0 == b.0).filter(|equal| equal.len() > 1) {
            equal.sort_by_cached_key(|&(_, words, _)| {
                let mut id = Vec::new();
                self.append(words, &mut id);
                id
            });
        }
        let slots: Vec<((), u32)> = order.par_iter().map(|&(_, _, slot)| ((), slot)).collect();
        let node_of = ranks(self.table.slot_count(), &slots);
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
        let form = Form::Texts(SortedKeys { hashes, ends, text });
        Finished { form, node_of }
    }

    /// Appends the bytes of the id in a slot with these words.
    fn append(&self, words: [u64; 2], id: &mut Vec<u8>) {
        if Text::is_long(words) {
            self.long.append(Place(words[0]), id);
        } else {
            let (bytes, length) = Text::inline(words);
            id.extend_from_slice(&bytes[..length]);
        }
    }

    /// What to look keys up with that stand in `text`.
    fn in_text<'a>(&'a self, text: &'a [u8]) -> InText<'a> {
        InText { long: &self.long, text }
    }
}

/// Longer ids in the table are told by their place, and keys by where they stand in a text.
struct InText<'a> {
    long: &'a LongIds,
    text: &'a [u8],
}

impl FirstWords for InText<'_> {
    const ARE_KEYS: bool = false;

    #[inline]
    fn is(&self, first: u64, key: [u64; 2]) -> bool {
        if Text::is_long(key) {
            self.long.is(Place(first), Text::long(key, self.text))
        } else {
            first == key[0]
        }
    }

    #[inline]
    fn make(&self, key: [u64; 2]) -> u64 {
        if Text::is_long(key) { self.long.keep(Text::long(key, self.text)).0 } else { key[0] }
    }

    #[inline]
    fn touch(&self, slot: [u64; 2]) -> u64 {
        if Text::is_long(slot) && slot[0] != 0 { self.long.touch(Place(slot[0])) } else { 0 }
    }
}

impl Dictionary for Texts {
    type Key = Text;

    fn key(id: &str, at: usize) -> Result<Text, Stuck> {
        Ok(Text::of(id.as_bytes(), at))
    }

    #[inline]
    fn look_up(&self, keys: &[Text], text: &[u8], references: &mut Vec<u32>) -> Result<(), Stuck> {
        self.table.look_up(keys, &self.in_text(text), references)
    }
}

/// For how many ids a table is made that takes over `count` of them: most files have only begun by then.
fn room_for(count: usize) -> u64 {
    const BEGINNING: u64 = 1 << 20;
    let count = count as u64;
    count.max((8 * count).min(BEGINNING))
}

/// For each old reference the new one, which `add` gives for a value.
fn moved(values: &[(u64, u32)], add: impl Fn(u64) -> u32 + Sync) -> Vec<u32> {
    let added: Vec<u32> = values.par_iter().with_min_len(PART).map(|&(value, _)| add(value)).collect();
    let mut moved = vec![u32::MAX; values.last().map_or(0, |&(_, old)| old as usize + 1)];
    for (&(_, old), new) in values.iter().zip(added) {
        moved[old as usize] = new;
    }
    moved
}

/// For each of `count` references its place in `order`, [`NodeId::NONE`] for those that are not in it.
fn ranks<V: Sync>(count: usize, order: &[(V, u32)]) -> HugeVec<NodeId> {
    let none = |_| AtomicU32::new(u32::MAX);
    let ranks: Vec<AtomicU32> = (0..count).into_par_iter().with_min_len(PART).map(none).collect();
    order.par_iter().with_min_len(PART).enumerate().for_each(|(rank, &(_, reference))| {
        ranks[index64(reference.into())].store(id32(rank), Ordering::Relaxed);
    });
    ranks.into_iter().map(|rank| NodeId(rank.into_inner())).collect::<Vec<_>>().into()
}
