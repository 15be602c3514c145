//! Which column is what: a layout settled against the header of its file, if it has one.

use std::path::{Path, PathBuf};

use super::{
    CaseRule, ChannelRules, Column, EventError, FromFile, KindId, Layout, Source,
    fields::{Field, cut},
    record::{Punctuation, Record},
};
use crate::text;

/// How to read each row of one file; columns are numbers from 0.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    pub(crate) file: u16,
    pub(crate) punctuation: Punctuation,
    /// How many fields a row has.
    pub(crate) field_count: FieldCount,
    pub(crate) actor: usize,
    pub(crate) target: usize,
    pub(crate) at: Option<usize>,
    pub(crate) channel: ChannelPlan<'a>,
    pub(crate) kind: KindPlan<'a>,
    pub(crate) rules: &'a ChannelRules,
}

/// How many fields a row may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldCount {
    /// As many as the header.
    Exactly(usize),
    /// Without a header: so many that every wanted column is there. What stands behind them is not looked at, because
    /// no row says how many there should be, and the first one may be bad itself.
    AtLeast(usize),
}

/// Where a row's channel comes from.
#[derive(Debug)]
pub(crate) enum ChannelPlan<'a> {
    /// The same for every row; empty where keys are bare handles.
    Fixed { channel: &'a str, case: CaseRule },
    /// This column.
    Column(usize),
}

/// Where a row's kind comes from.
#[derive(Debug)]
pub(crate) enum KindPlan<'a> {
    /// The same for every row.
    Fixed(KindId),
    /// This column, in these words.
    Column { column: usize, words: Vec<(&'a str, KindId)> },
}

/// What a layout says before its file is seen.
pub(crate) fn punctuation(layout: &Layout, max_record_bytes: usize) -> Punctuation {
    let Layout { delimiter, quoting, comment, .. } = *layout;
    Punctuation { delimiter, quoting, comments: [comment, None], max_record_bytes: max_record_bytes.max(1) }
}

/// Settles the columns of `source`, file number `file`, against its first row.
pub(crate) fn plan<'a>(
    source: &'a Source,
    file: u16,
    first_row: &Record<'_>,
    punctuation: Punctuation,
    kinds: &'a [String],
    rules: &'a ChannelRules,
) -> Result<Plan<'a>, EventError> {
    let layout = &source.layout;
    let columns = Columns::of(&source.path, layout.header, first_row, punctuation)?;
    let channel = match &layout.channel {
        None => ChannelPlan::Fixed { channel: "", case: rules.case("") },
        Some(FromFile::Fixed(channel)) if channel.is_empty() || channel.contains(':') => {
            return Err(EventError::BadChannel { path: source.path.clone(), channel: channel.clone() });
        }
        Some(FromFile::Fixed(channel)) => ChannelPlan::Fixed { channel, case: rules.case(channel) },
        Some(FromFile::Column(column)) => ChannelPlan::Column(columns.find(column, "channel")?),
    };
    let kind = match &layout.kind {
        FromFile::Fixed(kind) => KindPlan::Fixed(*kind),
        FromFile::Column(column) => {
            KindPlan::Column { column: columns.find(column, "kind")?, words: words(layout, kinds) }
        }
    };
    let at = layout.at.as_ref().map(|column| columns.find(column, "time")).transpose()?;
    let (actor, target) = (columns.find(&layout.actor, "actor")?, columns.find(&layout.target, "target")?);
    let field_count = match columns.names {
        Some(names) => FieldCount::Exactly(names.len()),
        None => FieldCount::AtLeast(1 + widest(actor, target, at, &channel, &kind)),
    };
    Ok(Plan { file, punctuation, field_count, actor, target, at, channel, kind, rules })
}

/// The last column that is wanted.
fn widest(
    actor: usize,
    target: usize,
    at: Option<usize>,
    channel: &ChannelPlan<'_>,
    kind: &KindPlan<'_>,
) -> usize {
    let channel = match channel {
        ChannelPlan::Fixed { .. } => 0,
        ChannelPlan::Column(column) => *column,
    };
    let kind = match kind {
        KindPlan::Fixed(_) => 0,
        KindPlan::Column { column, .. } => *column,
    };
    actor.max(target).max(at.unwrap_or(0)).max(channel).max(kind)
}

/// The words of a file for kinds: those of its layout, or where it has none, the names of the kinds themselves.
fn words<'a>(layout: &'a Layout, kinds: &'a [String]) -> Vec<(&'a str, KindId)> {
    if layout.kinds.is_empty() {
        let ids = (0..=u8::MAX).map(KindId);
        return kinds.iter().map(String::as_str).zip(ids).collect();
    }
    layout.kinds.iter().map(|(word, kind)| (word.as_str(), *kind)).collect()
}

/// The columns that a header shows.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    path: PathBuf,
    line: u64,
    /// None where the file has no header.
    names: Option<Vec<String>>,
}

impl Columns {
    pub(crate) fn of(
        path: &Path,
        header: bool,
        row: &Record<'_>,
        punctuation: Punctuation,
    ) -> Result<Self, EventError> {
        let path = path.to_owned();
        if !header {
            return Ok(Self { path, line: row.line, names: None });
        }
        let mut fields = Vec::new();
        if let Err(fault) = cut(row, &punctuation, &mut fields) {
            let why = fault.reason.to_string();
            return Err(EventError::BadHeader { path, line: row.line, why });
        }
        let names = fields.iter().map(|field| name(field, row.bytes)).collect();
        Ok(Self { path, line: row.line, names: Some(names) })
    }

    /// The names in the header; none where there is no header.
    pub(crate) fn names(&self) -> &[String] {
        self.names.as_deref().unwrap_or_default()
    }

    /// The number of `column`, which is for `role`.
    pub(crate) fn find(&self, column: &Column, role: &'static str) -> Result<usize, EventError> {
        let path = || self.path.clone();
        let line = self.line;
        let (name, names) = match (column, &self.names) {
            (Column::Index(index), None) => return Ok(*index),
            (Column::Index(index), Some(names)) if *index < names.len() => return Ok(*index),
            (&Column::Index(wanted), Some(names)) => {
                let found = names.len();
                return Err(EventError::ColumnOutOfRange { path: path(), line, role, wanted, found });
            }
            (Column::Name(name), None) => {
                return Err(EventError::NameWithoutHeader { path: path(), role, wanted: name.clone() });
            }
            (Column::Name(name), Some(names)) => (name, names),
        };
        let mut places = (0..names.len()).filter(|&place| names[place] == *name);
        match (places.next(), places.next()) {
            (Some(place), None) => Ok(place),
            (Some(first), Some(second)) => Err(EventError::AmbiguousColumn {
                path: path(),
                line,
                role,
                name: name.clone(),
                first,
                second,
            }),
            (None, _) => {
                let nearest = text::nearest(name, names.iter().map(String::as_str)).map(str::to_owned);
                let (wanted, found) = (name.clone(), names.clone());
                Err(EventError::NoSuchColumn { path: path(), line, role, wanted, found, nearest })
            }
        }
    }
}

/// A column's name: the header's text without blanks around it.
fn name(field: &Field, row: &[u8]) -> String {
    match field.text(row) {
        Ok(text) => text.trim().to_owned(),
        Err(_) => String::from_utf8_lossy(field.bytes(row)).trim().to_owned(),
    }
}
