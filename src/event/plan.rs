//! Which column is what: a layout settled against the first row of its file.

use std::path::Path;

use super::{
    CaseRule, ChannelRules, Column, EventError, FromFile, KindId, Layout, Source,
    error::nearest_word,
    fields::{Field, cut},
    record::{Punctuation, Record},
};

/// How to read each row of one file; columns are numbers from 0.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) file: u16,
    pub(super) punctuation: Punctuation,
    /// How many fields every row has.
    pub(super) field_count: usize,
    pub(super) actor: usize,
    pub(super) target: usize,
    pub(super) at: Option<usize>,
    pub(super) channel: ChannelPlan<'a>,
    pub(super) kind: KindPlan<'a>,
    pub(super) rules: &'a ChannelRules,
}

/// Where a row's channel comes from.
#[derive(Debug)]
pub(super) enum ChannelPlan<'a> {
    /// The same for every row; empty where keys are bare handles.
    Fixed { channel: &'a str, case: CaseRule },
    /// This column.
    Column(usize),
}

/// Where a row's kind comes from.
#[derive(Debug)]
pub(super) enum KindPlan<'a> {
    /// The same for every row.
    Fixed(KindId),
    /// This column, in these words.
    Column { column: usize, words: Vec<(&'a str, KindId)> },
}

/// What a layout says before its file is seen.
pub(super) fn punctuation(layout: &Layout, max_record_bytes: usize) -> Punctuation {
    let Layout { delimiter, quoting, comment, .. } = *layout;
    Punctuation { delimiter, quoting, comments: [comment, None], max_record_bytes: max_record_bytes.max(1) }
}

/// Settles the columns of `source`, file number `file`, against its first row.
pub(super) fn plan<'a>(
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
    Ok(Plan { file, punctuation, field_count: columns.count, actor, target, at, channel, kind, rules })
}

/// The words of a file for kinds: those of its layout, or where it has none, the names of the kinds themselves.
fn words<'a>(layout: &'a Layout, kinds: &'a [String]) -> Vec<(&'a str, KindId)> {
    if layout.kinds.is_empty() {
        let ids = (0..=u8::MAX).map(KindId);
        return kinds.iter().map(String::as_str).zip(ids).collect();
    }
    layout.kinds.iter().map(|(word, kind)| (word.as_str(), *kind)).collect()
}

/// The columns that a first row shows.
struct Columns<'a> {
    path: &'a Path,
    line: u64,
    count: usize,
    /// None where the file has no header.
    names: Option<Vec<String>>,
}

impl<'a> Columns<'a> {
    fn of(
        path: &'a Path,
        header: bool,
        row: &Record<'_>,
        punctuation: Punctuation,
    ) -> Result<Self, EventError> {
        let mut fields = Vec::new();
        let mut names = None;
        match cut(row, &punctuation, &mut fields) {
            Ok(()) if header => names = Some(fields.iter().map(|field| name(field, row.bytes)).collect()),
            Ok(()) => {}
            Err(fault) => {
                let why = fault.reason.to_string();
                return Err(EventError::BadFirstRow { path: path.to_owned(), line: row.line, why });
            }
        }
        Ok(Self { path, line: row.line, count: fields.len(), names })
    }

    /// The number of `column`, which is for `role`.
    fn find(&self, column: &Column, role: &'static str) -> Result<usize, EventError> {
        let path = || self.path.to_owned();
        let line = self.line;
        let name = match column {
            Column::Index(index) if *index < self.count => return Ok(*index),
            &Column::Index(wanted) => {
                return Err(EventError::ColumnOutOfRange {
                    path: path(),
                    line,
                    role,
                    wanted,
                    found: self.count,
                });
            }
            Column::Name(name) => name,
        };
        let Some(names) = &self.names else {
            return Err(EventError::NameWithoutHeader { path: path(), role, wanted: name.clone() });
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
                let nearest = nearest_word(name, names.iter().map(String::as_str)).map(str::to_owned);
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
