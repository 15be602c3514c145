//! Parses the rows of a chunk into events and rejects.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
};

use super::{
    AccountId, CaseRule, Event, KindId, Reject, RejectReason, Time, TimeLayout,
    account::{normalize_channel, normalize_handle},
    chunk::Chunk,
    columns::{ResolvedChannel, ResolvedKind, ResolvedLayout},
    fields::{FieldFault, FieldSpan, MAX_NAME_BYTES, check_swallowed, cut, fit_field_count},
    intern::{GroupedKeys, KeyBatch},
    record::{RawRecord, Records},
    reject::{raw_text, shown},
};
use crate::text;

/// The rows of a chunk, and the keys of its accounts: actor and target of each event.
pub(super) struct ParsedRows {
    pub(super) rows: ChunkRows,
    pub(super) keys: GroupedKeys,
}

pub(super) struct ChunkRows {
    pub(super) file: u16,
    /// The accepted rows; their account ids are set once the keys are numbered.
    pub(super) events: Vec<Event>,
    pub(super) rejects: Vec<Reject>,
    /// The number of rejected rows by [`RejectReason::code`].
    pub(super) counts: BTreeMap<&'static str, u64>,
}

/// Parses `records`, the rows of `chunk`.
///
/// While `keep_rejects` is false, bad rows are only counted.
pub(super) fn parse_rows(
    chunk: &Chunk,
    records: Records<'_>,
    layout: &ResolvedLayout<'_>,
    keep_rejects: &AtomicBool,
) -> ParsedRows {
    let holds_nul = memchr::memchr(0, &chunk.bytes).is_some();
    let keep_rejects = keep_rejects.load(Ordering::Relaxed);
    let keys = KeyBatch::with_capacity(chunk.bytes.len());
    let rows =
        ChunkRows { file: layout.file, events: Vec::new(), rejects: Vec::new(), counts: BTreeMap::new() };
    let mut parser = RowParser { layout, holds_nul, keep_rejects, fields: Vec::new(), keys, rows };
    parser.parse(records);
    ParsedRows { rows: parser.rows, keys: parser.keys.grouped() }
}

struct RowParser<'a> {
    layout: &'a ResolvedLayout<'a>,
    holds_nul: bool,
    keep_rejects: bool,
    fields: Vec<FieldSpan>,
    keys: KeyBatch,
    rows: ChunkRows,
}

impl RowParser<'_> {
    fn parse(&mut self, records: Records<'_>) {
        for record in records {
            match parse_row(self.layout, &record, self.holds_nul, &mut self.fields, &mut self.keys) {
                Ok(event) => self.rows.events.push(event),
                Err(fault) => self.reject(&record, fault),
            }
        }
    }

    fn reject(&mut self, record: &RawRecord<'_>, fault: FieldFault) {
        self.keys.truncate(2 * self.rows.events.len());
        *self.rows.counts.entry(fault.reason.code()).or_default() += 1;
        let swallowed = match fault.reason {
            RejectReason::SwallowedRows { .. } => memchr::memchr(b'\n', record.bytes),
            _ => None,
        };
        let bytes = &record.bytes[..swallowed.unwrap_or(record.bytes.len())];
        if self.keep_rejects {
            self.rows.rejects.push(reject(self.layout.file, record, bytes, fault));
        }
        // The row ends with its first line. What follows is read on its own, so it does not depend on the chunk.
        if let Some(first_line) = swallowed {
            self.parse(Records::new(&record.bytes[first_line + 1..], record.line + 1, self.layout.dialect));
        }
    }
}

/// Parses one row. The keys of actor and target go to `keys`; the account ids of the event are set later.
#[inline]
fn parse_row(
    layout: &ResolvedLayout<'_>,
    record: &RawRecord<'_>,
    holds_nul: bool,
    fields: &mut Vec<FieldSpan>,
    keys: &mut KeyBatch,
) -> Result<Event, FieldFault> {
    let row = record.bytes;
    let whole = cut(record, &layout.dialect, fields);
    check_swallowed(record, layout.dialect.delimiter, layout.field_count.expected(), fields)?;
    whole?;
    if holds_nul && let Some(offset) = memchr::memchr(0, row) {
        return Err(FieldFault { offset, reason: RejectReason::NulByte });
    }
    fit_field_count(layout.field_count, row.len(), fields)?;
    let channel_text;
    let (channel, case) = match &layout.channel {
        ResolvedChannel::Fixed { channel, case } => (*channel, *case),
        ResolvedChannel::Column(column) => {
            channel_text = channel_of(row, &fields[*column])?;
            (channel_text.as_ref(), layout.rules.case(&channel_text))
        }
    };
    push_account(row, &fields[layout.actor], channel, case, || RejectReason::EmptyActor, keys)?;
    push_account(row, &fields[layout.target], channel, case, || RejectReason::EmptyTarget, keys)?;
    let kind = match &layout.kind {
        ResolvedKind::Fixed(kind) => *kind,
        ResolvedKind::Column { column, words } => kind_of(row, &fields[*column], words)?,
    };
    let at = match layout.at {
        None => Time::UNDATED,
        Some(column) => time_of(row, &fields[column], layout.times)?,
    };
    Ok(Event { actor: AccountId(0), target: AccountId(0), at, kind, file: layout.file })
}

fn channel_of<'a>(row: &'a [u8], field: &FieldSpan) -> Result<Cow<'a, str>, FieldFault> {
    let fault = |reason| Err(FieldFault { offset: field.start, reason });
    let text = match field.text(row)? {
        Cow::Borrowed(text) => normalize_channel(text),
        Cow::Owned(text) => Cow::Owned(normalize_channel(&text).into_owned()),
    };
    if text.is_empty() {
        fault(RejectReason::EmptyChannel)
    } else if text.contains(':') {
        fault(RejectReason::BadChannel { channel: shown(&text) })
    } else if text.len() > MAX_NAME_BYTES {
        fault(RejectReason::NameTooLong)
    } else {
        Ok(text)
    }
}

#[inline]
fn push_account(
    row: &[u8],
    field: &FieldSpan,
    channel: &str,
    case: CaseRule,
    when_empty: fn() -> RejectReason,
    keys: &mut KeyBatch,
) -> Result<(), FieldFault> {
    let bytes = field.bytes(row);
    // Nearly every handle is already in its normal form.
    if (1..=MAX_NAME_BYTES).contains(&bytes.len()) && bytes.iter().all(|&byte| PLAIN[usize::from(byte)]) {
        keys.push(channel, bytes);
        return Ok(());
    }
    let text = field.text(row)?;
    let handle = normalize_handle(channel, &text, case);
    let fault = |reason| Err(FieldFault { offset: field.start, reason });
    match handle.len() {
        0 => fault(when_empty()),
        1..=MAX_NAME_BYTES => {
            keys.push(channel, handle.as_bytes());
            Ok(())
        }
        _ => fault(RejectReason::NameTooLong),
    }
}

/// The bytes that the normal form never changes.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut bytes: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz_-.";
    while let [byte, rest @ ..] = bytes {
        plain[*byte as usize] = true;
        bytes = rest;
    }
    plain
};

#[inline]
fn kind_of(row: &[u8], field: &FieldSpan, words: &[(&str, KindId)]) -> Result<KindId, FieldFault> {
    let bytes = field.bytes(row);
    if let Some((_, kind)) = words.iter().find(|(word, _)| word.as_bytes() == bytes) {
        return Ok(*kind);
    }
    // The word contains quotes or is unknown.
    let text = field.text(row)?;
    if let Some((_, kind)) = words.iter().find(|(word, _)| *word == text) {
        return Ok(*kind);
    }
    let nearest = text::nearest(&text, words.iter().map(|(word, _)| *word)).map(str::to_owned);
    Err(FieldFault { offset: field.start, reason: RejectReason::UnknownKind { word: shown(&text), nearest } })
}

#[inline]
fn time_of(row: &[u8], field: &FieldSpan, times: &TimeLayout) -> Result<Time, FieldFault> {
    times.parse(field.bytes(row)).or_else(|fault| {
        let text = shown(&field.text(row)?);
        Err(FieldFault { offset: field.start, reason: RejectReason::BadTime { fault, text } })
    })
}

/// A rejected row of which `bytes` are kept.
fn reject(file: u16, record: &RawRecord<'_>, bytes: &[u8], fault: FieldFault) -> Reject {
    let (line, column) = record.position(fault.offset);
    let (raw, is_cut) = raw_text(bytes);
    let raw_is_cut = is_cut || matches!(fault.reason, RejectReason::RowTooLong { .. });
    Reject { file, line, column, reason: fault.reason, raw, raw_is_cut }
}
