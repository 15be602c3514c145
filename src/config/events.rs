//! `[[events]]`: the event files and their layout.

use std::{collections::BTreeMap, path::Path};

use serde_json::{Map, Value, json};

use super::{
    choices, defaults,
    error::{ConfigError, Remedy, listed},
    file_layout::{self, SHAPE_KEYS, TIME_KEYS, shape, shape_values, time_values},
    form::{ColumnOf, CommentMark, OneOf, OrWord, ValueForm, YesNo, any_text, event_delimiter},
    plan::{EventSource, Files},
    table::TableReader,
};
use crate::{
    event::{
        ColumnRef, Delimiter, EventLayout, FixedOrColumn, KindId, Quoting, TimeLayout, normalize_channel,
    },
    projection::Weights,
    text::nearest,
};

const KEYS: [&str; 14] = {
    let [skip_rows, skip_footer, ragged] = SHAPE_KEYS;
    let [time_format, time_zone] = TIME_KEYS;
    [
        "path",
        "channel",
        "kind",
        "delimiter",
        "header",
        "quoting",
        "comment",
        skip_rows,
        skip_footer,
        ragged,
        time_format,
        time_zone,
        "columns",
        "kinds",
    ]
};

/// The keys of `columns`, in the order of the manifest.
const COLUMN_KEYS: [&str; 5] = ["actor", "target", "channel", "kind", "at"];

/// Reads one table; paths are relative to `folder`.
pub(super) fn read(
    table: &TableReader<'_>,
    folder: &Path,
    weights: &Weights,
) -> Result<EventSource, ConfigError> {
    table.allow(&KEYS)?;
    table.table("columns")?.allow(&COLUMN_KEYS)?;
    let files = files(table, folder)?;
    let layout = layout(table, &files, weights)?;
    Ok(EventSource { files, layout })
}

/// The path of a table, as a pattern relative to `folder`.
pub(super) fn files(table: &TableReader<'_>, folder: &Path) -> Result<Files, ConfigError> {
    let pattern = table.optional("path", &any_text())?;
    let pattern = pattern.ok_or_else(|| table.missing("path", "it names the files to read"))?;
    if pattern.is_empty() {
        return Err(table.bad("path", "it is empty; a file or a pattern such as `events/*.csv` is expected"));
    }
    if let Err(error) = glob::Pattern::new(&pattern) {
        return Err(table.bad("path", format!("`{pattern}` is no pattern: {}", error.msg)));
    }
    Ok(Files::Matching { folder: folder.to_owned(), pattern })
}

/// The delimiter by file name: a tab for `.tsv`, compressed or not, else a comma.
pub(super) fn default_delimiter(files: &Files) -> u8 {
    let has_extension = |path: &Path, wanted: &str| {
        path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
    };
    let name = files.as_written();
    let path = Path::new(&name);
    let is_compressed = has_extension(path, "gz") || has_extension(path, "zst");
    let inner = if is_compressed { Path::new(path.file_stem().unwrap_or_default()) } else { path };
    if has_extension(inner, "tsv") { b'\t' } else { b',' }
}

/// The layout of `files`.
pub(super) fn layout(
    table: &TableReader<'_>,
    files: &Files,
    weights: &Weights,
) -> Result<EventLayout, ConfigError> {
    let mut delimiter = Delimiter::Byte(default_delimiter(files));
    table.read("delimiter", &event_delimiter(), &mut delimiter)?;
    let mut header = defaults::HEADER;
    table.read("header", &YesNo, &mut header)?;
    let mut comment = None;
    table.read("comment", &OrWord(choices::NONE, CommentMark { delimiter }), &mut comment)?;
    let quoting = quoting(table, delimiter)?;
    let kind = table.optional("kind", &any_text())?;
    let columns = columns(table, header, kind.is_some())?;
    Ok(EventLayout {
        delimiter,
        header,
        quoting,
        comment,
        channel: channel(table, columns.channel)?,
        kind: fixed_or_column(table, kind, columns.kind, weights)?,
        kinds: kinds(&table.table("kinds")?, weights)?,
        actor: columns.actor,
        target: columns.target,
        shape: shape(table, header)?,
        times: times(table, columns.at.is_some())?,
        at: columns.at,
    })
}

/// How the file writes times; a file of undated events writes none.
fn times(table: &TableReader<'_>, dated: bool) -> Result<TimeLayout, ConfigError> {
    match TIME_KEYS.into_iter().find(|key| !dated && table.has(key)) {
        Some(key) => Err(table.bad(key, "no column holds times; name it in `columns.at`")),
        None => file_layout::times(table),
    }
}

fn quoting(table: &TableReader<'_>, delimiter: Delimiter) -> Result<Quoting, ConfigError> {
    let blanks = delimiter == Delimiter::Blanks;
    let mut quoting = if blanks { Quoting::None } else { defaults::QUOTING };
    table.read("quoting", &OneOf(&choices::QUOTINGS), &mut quoting)?;
    if blanks && quoting == Quoting::Rfc4180 {
        let reason = "fields between blanks cannot be quoted; `none` is expected";
        return Err(table.bad("quoting", reason).with_remedy(Remedy::Default("\"none\"".to_owned())));
    }
    Ok(quoting)
}

struct EventColumns {
    actor: ColumnRef,
    target: ColumnRef,
    channel: Option<ColumnRef>,
    kind: Option<ColumnRef>,
    at: Option<ColumnRef>,
}

/// The columns of an event file: exactly those that the table `columns` names or, without this table, the default
/// names, which require a header.
fn columns(section: &TableReader<'_>, header: bool, fixed_kind: bool) -> Result<EventColumns, ConfigError> {
    let named = |name: &str| ColumnRef::Name(name.to_owned());
    if !section.has("columns") {
        if !header {
            let reason = "a file without a header needs the numbers of its columns, \
                          such as `columns = { actor = 0, target = 1 }`";
            return Err(section.missing("columns", reason));
        }
        return Ok(EventColumns {
            actor: named(defaults::ACTOR),
            target: named(defaults::TARGET),
            channel: None,
            kind: (!fixed_kind).then(|| named(defaults::KIND)),
            at: Some(named(defaults::AT)),
        });
    }
    let table = section.table("columns")?;
    let mut found: Vec<(&str, ColumnRef)> = Vec::new();
    for key in COLUMN_KEYS {
        let Some(column) = table.optional(key, &ColumnOf { header })? else { continue };
        if let Some((other, _)) = found.iter().find(|(_, other)| *other == column) {
            return Err(table.bad(key, format!("`{other}` has the same column")));
        }
        found.push((key, column));
    }
    let mut take = |key| found.iter().position(|(name, _)| *name == key).map(|at| found.swap_remove(at).1);
    let missing = |key, reason| table.missing(key, reason);
    Ok(EventColumns {
        actor: take("actor")
            .ok_or_else(|| missing("actor", "an event needs the column of the account that acts"))?,
        target: take("target")
            .ok_or_else(|| missing("target", "an event needs the column of the account that is acted on"))?,
        channel: take("channel"),
        kind: take("kind"),
        at: take("at"),
    })
}

fn channel(
    table: &TableReader<'_>,
    column: Option<ColumnRef>,
) -> Result<Option<FixedOrColumn<String>>, ConfigError> {
    match (table.optional("channel", &any_text())?, column) {
        (Some(_), Some(_)) => {
            Err(table.bad("channel", "`columns.channel` is set too; one of the two is expected"))
        }
        (Some(name), None) => {
            table.check_channel_name("channel", &name)?;
            Ok(Some(FixedOrColumn::Fixed(normalize_channel(&name).into_owned())))
        }
        (None, column) => Ok(column.map(FixedOrColumn::Column)),
    }
}

fn fixed_or_column(
    table: &TableReader<'_>,
    fixed: Option<String>,
    column: Option<ColumnRef>,
    weights: &Weights,
) -> Result<FixedOrColumn<KindId>, ConfigError> {
    match (fixed, column) {
        (Some(_), Some(_)) => Err(table.bad("kind", "`columns.kind` is set too; one of the two is expected")),
        (Some(word), None) => kind_named(table, "kind", &word, weights).map(FixedOrColumn::Fixed),
        (None, Some(column)) => Ok(FixedOrColumn::Column(column)),
        (None, None) => {
            let reason = "neither `columns.kind` nor a fixed `kind = \"share\"` says what was done";
            Err(table.missing("kind", reason))
        }
    }
}

/// The file's words for kinds. A kind's name is always one of its words, unless the file uses this name as a word for
/// another kind.
fn kinds(table: &TableReader<'_>, weights: &Weights) -> Result<BTreeMap<String, KindId>, ConfigError> {
    let names = weights.kinds.iter().filter_map(|kind| Some((kind.name.clone(), weights.kind(&kind.name)?)));
    let mut kinds: BTreeMap<String, KindId> = names.collect();
    for word in table.keys() {
        if let Some(name) = table.optional(word, &any_text())? {
            kinds.insert(word.to_owned(), kind_named(table, word, &name, weights)?);
        }
    }
    Ok(kinds)
}

fn kind_named(
    table: &TableReader<'_>,
    key: &str,
    name: &str,
    weights: &Weights,
) -> Result<KindId, ConfigError> {
    weights.kind(name).ok_or_else(|| {
        let names: Vec<&str> = weights.kinds.iter().map(|kind| kind.name.as_str()).collect();
        let reason = format!(
            "`{name}` is no kind of event; the kinds are {}, and the kinds that `[weights]` adds",
            listed(&names)
        );
        let error = table.bad(key, reason);
        match nearest(name, names) {
            Some(meant) => error.with_remedy(Remedy::Meant(meant.to_owned())),
            None => error,
        }
    })
}

pub(super) fn write(source: &EventSource, weights: &Weights) -> Value {
    let layout = &source.layout;
    let kind_name = |id: KindId| weights.kinds[usize::from(id.0)].name.as_str();
    let column = |column: &ColumnRef| ColumnOf { header: true }.write(column);
    let (fixed_channel, channel_column) = match &layout.channel {
        None => (None, None),
        Some(FixedOrColumn::Fixed(name)) => (Some(json!(name)), None),
        Some(FixedOrColumn::Column(channel)) => (None, Some(column(channel))),
    };
    let (fixed_kind, kind_column) = match &layout.kind {
        FixedOrColumn::Fixed(id) => (Some(json!(kind_name(*id))), None),
        FixedOrColumn::Column(kind) => (None, Some(column(kind))),
    };
    let at = layout.at.as_ref().map(column);
    let columns =
        [Some(column(&layout.actor)), Some(column(&layout.target)), channel_column, kind_column, at];
    let own_words = layout.kinds.iter().filter(|(word, id)| *word != kind_name(**id));
    let kinds: Map<String, Value> =
        own_words.map(|(word, id)| (word.clone(), json!(kind_name(*id)))).collect();
    let comment = OrWord(choices::NONE, CommentMark { delimiter: layout.delimiter }).write(&layout.comment);
    let [skip_rows, skip_footer, ragged] = shape_values(&layout.shape);
    let [time_format, time_zone] =
        if layout.at.is_some() { time_values(&layout.times) } else { [None, None] };
    let values = [
        Some(json!(source.files.as_written())),
        fixed_channel,
        fixed_kind,
        Some(event_delimiter().write(&layout.delimiter)),
        Some(json!(layout.header)),
        Some(OneOf(&choices::QUOTINGS).write(&layout.quoting)),
        Some(comment),
        Some(skip_rows),
        Some(skip_footer),
        Some(ragged),
        time_format,
        time_zone,
        Some(set_keys(COLUMN_KEYS, columns)),
        Some(kinds.into()),
    ];
    set_keys(KEYS, values)
}

/// A JSON object with the keys that have a value.
fn set_keys<const N: usize>(keys: [&str; N], values: [Option<Value>; N]) -> Value {
    let pairs = keys.into_iter().zip(values).filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Object(pairs.collect())
}
