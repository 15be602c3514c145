//! From a chunk of rows to events and rejects.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
};

use super::{
    AccountId, CaseRule, Event, KindId, Reject, RejectReason, Time,
    account::{normalise_channel, normalise_handle},
    chunk::Chunk,
    fields::{Fault, Field, MAX_NAME_BYTES, check_field_count, cut},
    intern::{GroupedKeys, KeyBatch},
    plan::{ChannelPlan, KindPlan, Plan},
    record::{Record, Records},
    reject::{raw_text, shown},
};
use crate::text;

/// What a chunk held, and its keys: the actor and the target of each event.
pub(super) struct ParsedRows {
    pub(super) rows: Rows,
    pub(super) keys: GroupedKeys,
}

/// The rows of a chunk.
pub(super) struct Rows {
    pub(super) file: u16,
    /// The accepted ones; their accounts are open until the keys have numbers.
    pub(super) events: Vec<Event>,
    pub(super) rejects: Vec<Reject>,
    /// Rejected rows by [`RejectReason::code`].
    pub(super) counts: BTreeMap<&'static str, u64>,
}

/// Parses `records`, the rows of `chunk`.
///
/// While `keep_rejects` is false, bad rows are only counted.
pub(super) fn parse_rows(
    chunk: &Chunk,
    records: Records<'_>,
    plan: &Plan<'_>,
    keep_rejects: &AtomicBool,
) -> ParsedRows {
    let (mut events, mut rejects, mut counts) = (Vec::new(), Vec::new(), BTreeMap::new());
    let mut keys = KeyBatch::with_capacity(chunk.bytes.len());
    let mut fields = Vec::new();
    let keep = keep_rejects.load(Ordering::Relaxed);
    let holds_nul = memchr::memchr(0, &chunk.bytes).is_some();
    for record in records {
        match parse_row(plan, &record, holds_nul, &mut fields, &mut keys) {
            Ok(event) => events.push(event),
            Err(fault) => {
                keys.truncate(2 * events.len());
                *counts.entry(fault.reason.code()).or_default() += 1;
                if keep {
                    rejects.push(reject(plan.file, &record, fault));
                }
            }
        }
    }
    ParsedRows { rows: Rows { file: plan.file, events, rejects, counts }, keys: keys.grouped() }
}

/// Reads one row: its actor and its target go to `keys`, the rest comes back, the accounts left open.
#[inline]
fn parse_row(
    plan: &Plan<'_>,
    record: &Record<'_>,
    holds_nul: bool,
    fields: &mut Vec<Field>,
    keys: &mut KeyBatch,
) -> Result<Event, Fault> {
    let row = record.bytes;
    cut(record, &plan.punctuation, fields)?;
    if holds_nul && let Some(offset) = memchr::memchr(0, row) {
        return Err(Fault { offset, reason: RejectReason::NulByte });
    }
    check_field_count(plan.field_count, row.len(), fields)?;
    let channel_text;
    let (channel, case) = match &plan.channel {
        ChannelPlan::Fixed { channel, case } => (*channel, *case),
        ChannelPlan::Column(column) => {
            channel_text = channel_of(row, &fields[*column])?;
            (channel_text.as_ref(), plan.rules.case(&channel_text))
        }
    };
    push_account(row, &fields[plan.actor], channel, case, || RejectReason::EmptyActor, keys)?;
    push_account(row, &fields[plan.target], channel, case, || RejectReason::EmptyTarget, keys)?;
    let kind = match &plan.kind {
        KindPlan::Fixed(kind) => *kind,
        KindPlan::Column { column, words } => kind_of(row, &fields[*column], words)?,
    };
    let at = match plan.at {
        None => Time::UNDATED,
        Some(column) => time_of(row, &fields[column])?,
    };
    Ok(Event { actor: AccountId(0), target: AccountId(0), at, kind, file: plan.file })
}

fn channel_of<'a>(row: &'a [u8], field: &Field) -> Result<Cow<'a, str>, Fault> {
    let fault = |reason| Err(Fault { offset: field.start, reason });
    let text = match field.text(row)? {
        Cow::Borrowed(text) => normalise_channel(text),
        Cow::Owned(text) => Cow::Owned(normalise_channel(&text).into_owned()),
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

/// Pushes the key of the account that `field` names.
#[inline]
fn push_account(
    row: &[u8],
    field: &Field,
    channel: &str,
    case: CaseRule,
    when_empty: fn() -> RejectReason,
    keys: &mut KeyBatch,
) -> Result<(), Fault> {
    let bytes = field.bytes(row);
    // Nearly every handle is in its normal form already, and needs no second look.
    if (1..=MAX_NAME_BYTES).contains(&bytes.len()) && bytes.iter().all(|&byte| PLAIN[usize::from(byte)]) {
        keys.push(channel, bytes);
        return Ok(());
    }
    let text = field.text(row)?;
    let handle = normalise_handle(&text, case);
    let fault = |reason| Err(Fault { offset: field.start, reason });
    match handle.len() {
        0 => fault(when_empty()),
        1..=MAX_NAME_BYTES => {
            keys.push(channel, handle.as_bytes());
            Ok(())
        }
        _ => fault(RejectReason::NameTooLong),
    }
}

/// The bytes that no rule of the normal form ever changes.
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
fn kind_of(row: &[u8], field: &Field, words: &[(&str, KindId)]) -> Result<KindId, Fault> {
    let bytes = field.bytes(row);
    if let Some((_, kind)) = words.iter().find(|(word, _)| word.as_bytes() == bytes) {
        return Ok(*kind);
    }
    // A word with quotes in it, or none of ours.
    let text = field.text(row)?;
    if let Some((_, kind)) = words.iter().find(|(word, _)| *word == text) {
        return Ok(*kind);
    }
    let nearest = text::nearest(&text, words.iter().map(|(word, _)| *word)).map(str::to_owned);
    Err(Fault { offset: field.start, reason: RejectReason::UnknownKind { word: shown(&text), nearest } })
}

#[inline]
fn time_of(row: &[u8], field: &Field) -> Result<Time, Fault> {
    Time::parse(field.bytes(row)).or_else(|fault| {
        let text = shown(&field.text(row)?);
        Err(Fault { offset: field.start, reason: RejectReason::BadTime { fault, text } })
    })
}

fn reject(file: u16, record: &Record<'_>, fault: Fault) -> Reject {
    let (line, column) = record.position(fault.offset);
    let (raw, is_cut) = raw_text(record.bytes);
    let raw_is_cut = is_cut || matches!(fault.reason, RejectReason::RowTooLong { .. });
    Reject { file, line, column, reason: fault.reason, raw, raw_is_cut }
}
