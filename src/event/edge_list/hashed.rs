//! The dictionaries of any numbers and of texts: a reference is a slot of a table.

use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

use super::{
    dictionary::{Dictionary, Finished, Found, Stuck},
    long_ids::LongIds,
    node_ids::Form,
    scan::{Key, Number, Text, TextId},
    table::Table,
};
use crate::{
    event::{EventError, account::SortedKeys, key_hash},
    ids::{id32, index64},
};

/// The share of the nodes that is handled at a time.
const PART: usize = 1 << 12;

pub(super) struct Numbers {
    table: Table,
}

impl Numbers {
    /// The dictionary of `values`, each with its old reference, and the new reference of each old one.
    pub(super) fn from_dense(
        values: &[(u64, u32)],
        first_blocks: &[AtomicU32],
    ) -> Result<(Self, Vec<u32>), EventError> {
        let table = Table::with_room(room_for(values.len()))?;
        let moved = moved(values, first_blocks, |value, first| table.add_moved(Number(value).words(), first));
        Ok((Self { table }, moved))
    }

    pub(super) fn grown(self) -> Result<(Self, Vec<u32>), EventError> {
        let (table, moved) = self.table.grown()?;
        Ok((Self { table }, moved))
    }

    /// By reference, the first chunk that holds it.
    pub(super) fn first_blocks(&self) -> &[AtomicU32] {
        &self.table.first_blocks
    }

    /// All numbers with their references.
    pub(super) fn values(&self) -> Vec<(u64, u32)> {
        self.table.entries().map(|(words, slot)| (Number::from_words(words).0, slot)).collect()
    }

    pub(super) fn finish(self) -> Finished {
        let mut values = self.values();
        values.par_sort_unstable_by_key(|&(value, _)| value);
        let node_of = ranks(self.table.slot_count(), &values);
        let numbers = values.into_par_iter().map(|(value, _)| value).collect();
        Finished { form: Form::Numbers(numbers), node_of, first_blocks: self.table.first_blocks }
    }
}

impl Dictionary for Numbers {
    type Key = Number;

    fn key(&self, id: &str) -> Result<Number, Stuck> {
        Number::of(id).ok_or(Stuck::NoNumber)
    }

    #[inline]
    fn look_up(&self, keys: &[Number], block: u32, found: &mut Found) -> Result<(), Stuck> {
        self.table.look_up(keys, block, found)
    }
}

pub(super) struct Texts {
    table: Table,
    long: LongIds,
}

impl Texts {
    /// The dictionary of `values` as they are written, each with its old reference, and the new reference of each.
    pub(super) fn from_numbers(
        values: &[(u64, u32)],
        first_blocks: &[AtomicU32],
    ) -> Result<(Self, Vec<u32>), EventError> {
        let texts = Self { table: Table::with_room(room_for(values.len()))?, long: LongIds::new() };
        let moved = moved(values, first_blocks, |value, first| {
            texts.table.add_moved(texts.key_of(&value.to_string()).words(), first)
        });
        Ok((texts, moved))
    }

    pub(super) fn grown(self) -> Result<(Self, Vec<u32>), EventError> {
        let (table, moved) = self.table.grown()?;
        Ok((Self { table, ..self }, moved))
    }

    pub(super) fn finish(self) -> Finished {
        let mut order: Vec<(u64, [u64; 2], u32)> =
            self.table.entries().map(|(words, slot)| (self.with_id(words, key_hash), words, slot)).collect();
        order.par_sort_unstable_by_key(|&(hash, ..)| hash);
        // Hardly ever have two ids the same hash; comparing bytes in the sort itself would cost all others.
        for equal in order.chunk_by_mut(|a, b| a.0 == b.0).filter(|equal| equal.len() > 1) {
            equal.sort_unstable_by(|a, b| self.with_id(a.1, |a| self.with_id(b.1, |b| a.cmp(b))));
        }
        let slots: Vec<((), u32)> = order.par_iter().map(|&(_, _, slot)| ((), slot)).collect();
        let node_of = ranks(self.table.slot_count(), &slots);
        let parts: Vec<(Vec<u8>, Vec<u64>)> = order
            .par_chunks(PART)
            .map(|part| {
                let (mut bytes, mut ends) =
                    (Vec::with_capacity(8 * part.len()), Vec::with_capacity(part.len()));
                for &(_, words, _) in part {
                    self.with_id(words, |id| bytes.extend_from_slice(id));
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
        Finished { form, node_of, first_blocks: self.table.first_blocks }
    }

    fn key_of(&self, id: &str) -> Text {
        Text::inline(id.as_bytes()).unwrap_or_else(|| Text::long(self.long.number(id.as_bytes())))
    }

    /// What `look` says of the bytes of an id.
    fn with_id<R>(&self, words: [u64; 2], look: impl FnOnce(&[u8]) -> R) -> R {
        match Text::id(words) {
            TextId::Inline(bytes, length) => look(&bytes[..length]),
            TextId::Long(number) => self.long.with_id(number, look),
        }
    }
}

impl Dictionary for Texts {
    type Key = Text;

    fn key(&self, id: &str) -> Result<Text, Stuck> {
        Ok(self.key_of(id))
    }

    #[inline]
    fn look_up(&self, keys: &[Text], block: u32, found: &mut Found) -> Result<(), Stuck> {
        self.table.look_up(keys, block, found)
    }
}

/// For how many ids a table is made that takes over `count` of them: most files have only begun by then.
fn room_for(count: usize) -> u64 {
    const BEGINNING: u64 = 1 << 20;
    let count = count as u64;
    count.max((8 * count).min(BEGINNING))
}

/// For each old reference the new one, which `add` gives for a value and the first chunk that holds it.
fn moved(
    values: &[(u64, u32)],
    first_blocks: &[AtomicU32],
    add: impl Fn(u64, &AtomicU32) -> u32 + Sync,
) -> Vec<u32> {
    let added: Vec<u32> = values
        .par_iter()
        .with_min_len(PART)
        .map(|&(value, old)| add(value, &first_blocks[old as usize]))
        .collect();
    let mut moved = vec![u32::MAX; first_blocks.len()];
    for (&(_, old), new) in values.iter().zip(added) {
        moved[old as usize] = new;
    }
    moved
}

/// For each of `count` references its place in `order`, `u32::MAX` for those that are not in it.
fn ranks<V: Sync>(count: usize, order: &[(V, u32)]) -> Vec<u32> {
    let ranks: Vec<AtomicU32> = super::dense::unseen(count);
    order.par_iter().with_min_len(PART).enumerate().for_each(|(rank, &(_, reference))| {
        ranks[index64(reference.into())].store(id32(rank), Ordering::Relaxed);
    });
    ranks.into_iter().map(AtomicU32::into_inner).collect()
}
