//! Resolves the columns of a layout to positions, with the help of the file's header if it has one.

use std::path::{Path, PathBuf};

use super::{
    CaseRule, ChannelRules, ColumnRef, EventError, EventLayout, FixedOrColumn, KindId, Ragged, Source,
    TimeLayout,
    fields::{FieldSpan, cut},
    record::{Dialect, RawRecord},
};
use crate::text;

/// The layout of one file with every column as a position, from 0.
#[derive(Debug)]
pub(super) struct ResolvedLayout<'a> {
    pub(super) file: u16,
    pub(super) dialect: Dialect,
    pub(super) field_count: FieldCount,
    pub(super) actor: usize,
    pub(super) target: usize,
    pub(super) at: Option<usize>,
    pub(super) channel: ResolvedChannel<'a>,
    pub(super) kind: ResolvedKind<'a>,
    pub(super) rules: &'a ChannelRules,
    pub(super) times: &'a TimeLayout,
}

/// How many fields a row must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldCount {
    Exactly(usize),
    /// The minimum in a file without a header: enough fields for every column that is read. Further fields are ignored,
    /// because no row states the right number of fields; even the first row may be bad.
    AtLeast(usize),
    /// The number of fields of a row once it is filled, as [`Ragged::Fill`] says.
    Filled(usize),
}

impl FieldCount {
    /// The count of a table with `columns` columns in its header.
    pub(super) fn of_header(columns: usize, ragged: Ragged) -> Self {
        match ragged {
            Ragged::Reject => Self::Exactly(columns),
            Ragged::Fill => Self::Filled(columns),
        }
    }

    /// The number of fields of a row, or the smallest.
    pub(super) fn expected(self) -> usize {
        match self {
            Self::Exactly(count) | Self::AtLeast(count) | Self::Filled(count) => count,
        }
    }
}

/// The channel of a row's accounts. A fixed channel is empty if account keys are bare handles.
#[derive(Debug)]
pub(super) enum ResolvedChannel<'a> {
    Fixed { channel: &'a str, case: CaseRule },
    Column(usize),
}

#[derive(Debug)]
pub(super) enum ResolvedKind<'a> {
    Fixed(KindId),
    Column { column: usize, words: Vec<(&'a str, KindId)> },
}

pub(super) fn dialect(layout: &EventLayout, max_record_bytes: usize) -> Dialect {
    let EventLayout { delimiter, quoting, comment, .. } = *layout;
    let max_record_bytes = max_record_bytes.max(1);
    Dialect { delimiter, quoting, comments: [comment, None], inner_quotes: false, max_record_bytes }
}

/// Resolves the columns of `source`, whose index in the list of sources is `file`. If the file has a header,
/// `first_row` is the header.
pub(super) fn resolve<'a>(
    source: &'a Source,
    file: u16,
    first_row: &RawRecord<'_>,
    dialect: Dialect,
    kinds: &'a [String],
    rules: &'a ChannelRules,
) -> Result<ResolvedLayout<'a>, EventError> {
    let layout = &source.layout;
    let header = Header::of(&source.path, layout.header, first_row, dialect)?;
    let mut least_fields = 0;
    let mut find = |column, role| {
        let column = header.find(column, role)?;
        least_fields = least_fields.max(column + 1);
        Ok::<_, EventError>(column)
    };
    let channel = match &layout.channel {
        None => ResolvedChannel::Fixed { channel: "", case: rules.case("") },
        Some(FixedOrColumn::Fixed(channel)) if channel.is_empty() || channel.contains(':') => {
            return Err(EventError::BadChannel { path: source.path.clone(), channel: channel.clone() });
        }
        Some(FixedOrColumn::Fixed(channel)) => ResolvedChannel::Fixed { channel, case: rules.case(channel) },
        Some(FixedOrColumn::Column(column)) => ResolvedChannel::Column(find(column, "channel")?),
    };
    let kind = match &layout.kind {
        FixedOrColumn::Fixed(kind) => ResolvedKind::Fixed(*kind),
        FixedOrColumn::Column(column) => {
            ResolvedKind::Column { column: find(column, "kind")?, words: words(layout, kinds) }
        }
    };
    let at = layout.at.as_ref().map(|column| find(column, "time")).transpose()?;
    let (actor, target) = (find(&layout.actor, "actor")?, find(&layout.target, "target")?);
    let field_count = match &header.names {
        Some(names) => FieldCount::of_header(names.len(), layout.shape.ragged),
        None => FieldCount::AtLeast(least_fields),
    };
    let times = &layout.times;
    Ok(ResolvedLayout { file, dialect, field_count, actor, target, at, channel, kind, rules, times })
}

/// The words for kinds in a file: those that its layout lists, or the names of the kinds if it lists none.
fn words<'a>(layout: &'a EventLayout, kinds: &'a [String]) -> Vec<(&'a str, KindId)> {
    if layout.kinds.is_empty() {
        let ids = (0..=u8::MAX).map(KindId);
        return kinds.iter().map(String::as_str).zip(ids).collect();
    }
    layout.kinds.iter().map(|(word, kind)| (word.as_str(), *kind)).collect()
}

/// The header of a file, or the fact that it has none.
#[derive(Debug, Default)]
pub(super) struct Header {
    path: PathBuf,
    line: u64,
    /// `None` where the file has no header.
    names: Option<Vec<String>>,
}

impl Header {
    pub(super) fn of(
        path: &Path,
        header: bool,
        row: &RawRecord<'_>,
        dialect: Dialect,
    ) -> Result<Self, EventError> {
        let path = path.to_owned();
        if !header {
            return Ok(Self { path, line: row.line, names: None });
        }
        let mut fields = Vec::new();
        if let Err(fault) = cut(row, &dialect, &mut fields) {
            let why = fault.reason.to_string();
            return Err(EventError::BadHeader { path, line: row.line, why });
        }
        let names = fields.iter().map(|field| name(field, row.bytes)).collect();
        Ok(Self { path, line: row.line, names: Some(names) })
    }

    pub(super) fn names(&self) -> &[String] {
        self.names.as_deref().unwrap_or_default()
    }

    /// The position of `column`; `role` says in messages what the column is for.
    pub(super) fn find(&self, column: &ColumnRef, role: &'static str) -> Result<usize, EventError> {
        let path = || self.path.clone();
        let line = self.line;
        let (name, names) = match (column, &self.names) {
            (ColumnRef::Index(index), None) => return Ok(*index),
            (ColumnRef::Index(index), Some(names)) if *index < names.len() => return Ok(*index),
            (&ColumnRef::Index(wanted), Some(names)) => {
                let found = names.len();
                return Err(EventError::ColumnOutOfRange { path: path(), line, role, wanted, found });
            }
            (ColumnRef::Name(name), None) => {
                return Err(EventError::NameWithoutHeader { path: path(), role, wanted: name.clone() });
            }
            (ColumnRef::Name(name), Some(names)) => (name, names),
        };
        let mut places = (0..names.len()).filter(|&place| names[place] == *name);
        match (places.next(), places.next()) {
            (Some(place), None) => Ok(place),
            (Some(first), Some(second)) => {
                let name = name.clone();
                Err(EventError::AmbiguousColumn { path: path(), line, role, name, first, second })
            }
            (None, _) => {
                let nearest = text::nearest(name, names.iter().map(String::as_str)).map(str::to_owned);
                let (wanted, found) = (name.clone(), names.clone());
                Err(EventError::NoSuchColumn { path: path(), line, role, wanted, found, nearest })
            }
        }
    }
}

/// The name of a column: the text of the header's field, without surrounding blanks.
fn name(field: &FieldSpan, row: &[u8]) -> String {
    match field.text(row) {
        Ok(text) => text.trim().to_owned(),
        Err(_) => String::from_utf8_lossy(field.bytes(row)).trim().to_owned(),
    }
}
