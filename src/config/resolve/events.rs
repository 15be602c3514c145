//! `[[events]]`: which files, and how they are laid out.

use std::{collections::BTreeMap, path::Path};

use super::section::{Section, with_default, with_nearest};
use crate::{
    config::{
        choices, defaults,
        error::{ConfigError, listed},
        plan::{EventSource, Files},
        raw::{RawEventColumns, RawEvents, Scalar},
        units,
    },
    event::{Column, Delimiter, FromFile, KindId, Layout, Quoting, normalise_channel},
    projection::Weights,
};

pub(super) fn event_source(
    section: &Section<'_>,
    raw: RawEvents,
    folder: &Path,
    weights: &Weights,
) -> Result<EventSource, ConfigError> {
    let files = files(section, raw.path, folder)?;
    let delimiter = delimiter(section, raw.delimiter.as_deref(), &files)?;
    let quoting = quoting(section, raw.quoting, delimiter)?;
    let comment = comment(section, raw.comment.as_deref(), delimiter)?;
    let header = raw.header.unwrap_or(defaults::HEADER);
    let columns = columns(section, raw.columns, header, raw.kind.is_some())?;
    let layout = Layout {
        delimiter,
        header,
        quoting,
        comment,
        actor: columns.actor,
        target: columns.target,
        at: columns.at,
        channel: channel(section, raw.channel, columns.channel)?,
        kind: kind(section, raw.kind, columns.kind, weights)?,
        kinds: kinds(&section.table("kinds"), raw.kinds, weights)?,
    };
    Ok(EventSource { files, layout })
}

/// The path of a table, as a pattern from `folder`.
pub(super) fn files(section: &Section<'_>, raw: Option<String>, folder: &Path) -> Result<Files, ConfigError> {
    let pattern = raw.ok_or_else(|| section.missing("path", "it names the files to read"))?;
    if pattern.is_empty() {
        return Err(
            section.bad("path", "it is empty; a file or a pattern such as `events/*.csv` is expected")
        );
    }
    if let Err(error) = glob::Pattern::new(&pattern) {
        return Err(section.bad("path", format!("`{pattern}` is no pattern: {}", error.msg)));
    }
    Ok(Files::Matching { folder: folder.to_owned(), pattern })
}

/// The separator; without one, a tab in files called `.tsv` and a comma elsewhere.
pub(super) fn delimiter(
    section: &Section<'_>,
    raw: Option<&str>,
    files: &Files,
) -> Result<Delimiter, ConfigError> {
    let Some(text) = raw else {
        return Ok(Delimiter::Byte(if is_called_tsv(&files.as_written()) { b'\t' } else { b',' }));
    };
    units::parse_delimiter(text).ok_or_else(|| {
        let reason = format!(
            "`{text}` cannot separate fields; one character such as `,`, or `tab` or `blank`, is expected"
        );
        with_default(section.bad("delimiter", reason), "\",\"")
    })
}

/// Whether a name ends in `.tsv`, packed or not.
fn is_called_tsv(name: &str) -> bool {
    let has_extension = |path: &Path, wanted: &str| {
        path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
    };
    let path = Path::new(name);
    let packed = has_extension(path, "gz") || has_extension(path, "zst");
    has_extension(path, "tsv")
        || packed && has_extension(Path::new(path.file_stem().unwrap_or_default()), "tsv")
}

fn quoting(section: &Section<'_>, raw: Option<String>, delimiter: Delimiter) -> Result<Quoting, ConfigError> {
    let blanks = delimiter == Delimiter::Blanks;
    let default = if blanks { Quoting::None } else { defaults::QUOTING };
    let quoting = section.choice("quoting", raw, default, &choices::QUOTINGS)?;
    if blanks && quoting == Quoting::Rfc4180 {
        let reason = "fields between blanks cannot be quoted; `none` is expected";
        return Err(with_default(section.bad("quoting", reason), "\"none\""));
    }
    Ok(quoting)
}

fn comment(
    section: &Section<'_>,
    raw: Option<&str>,
    delimiter: Delimiter,
) -> Result<Option<u8>, ConfigError> {
    match raw {
        None | Some(choices::NONE) => Ok(None),
        Some(text) => match units::parse_punctuation(text) {
            Some(byte) if delimiter != Delimiter::Byte(byte) && byte > b' ' => Ok(Some(byte)),
            _ => {
                let reason = format!(
                    "`{text}` cannot begin a comment; one character such as `#`, other than the delimiter, is expected"
                );
                Err(with_default(section.bad("comment", reason), "\"none\""))
            }
        },
    }
}

/// Where each part of an event stands.
struct EventColumns {
    actor: Column,
    target: Column,
    kind: Option<Column>,
    at: Option<Column>,
    channel: Option<Column>,
}

/// A `columns` table names exactly the columns that count; without one, a header is taken to name ours.
fn columns(
    section: &Section<'_>,
    raw: Option<RawEventColumns>,
    header: bool,
    fixed_kind: bool,
) -> Result<EventColumns, ConfigError> {
    let raw = match raw {
        Some(raw) => raw,
        None if header => {
            let named = |name: &str| Some(Scalar::Word(name.to_owned()));
            RawEventColumns {
                actor: named(defaults::ACTOR),
                target: named(defaults::TARGET),
                kind: if fixed_kind { None } else { named(defaults::KIND) },
                at: named(defaults::AT),
                channel: None,
            }
        }
        None => {
            let reason = "a file without a header needs the numbers of its columns, \
                          such as `columns = { actor = 0, target = 1 }`";
            return Err(section.missing("columns", reason));
        }
    };
    let table = section.table("columns");
    let column = |key: &str, raw: Option<Scalar>| raw.map(|raw| table.column(key, raw, header)).transpose();
    let required = |key: &str, raw: Option<Scalar>, reason: &str| {
        column(key, raw)?.ok_or_else(|| table.missing(key, reason))
    };
    let columns = EventColumns {
        actor: required("actor", raw.actor, "an event needs the column of who acted")?,
        target: required("target", raw.target, "an event needs the column of who was acted on")?,
        kind: column("kind", raw.kind)?,
        at: column("at", raw.at)?,
        channel: column("channel", raw.channel)?,
    };
    no_column_twice(&table, &columns)?;
    Ok(columns)
}

fn no_column_twice(table: &Section<'_>, columns: &EventColumns) -> Result<(), ConfigError> {
    let named = [
        ("actor", Some(&columns.actor)),
        ("target", Some(&columns.target)),
        ("kind", columns.kind.as_ref()),
        ("at", columns.at.as_ref()),
        ("channel", columns.channel.as_ref()),
    ];
    for (index, (key, column)) in named.iter().enumerate() {
        let same = |(_, other): &&(&str, Option<&Column>)| column.is_some() && other == column;
        if let Some((other, _)) = named[..index].iter().find(same) {
            return Err(table.bad(key, format!("`{other}` stands in the same column")));
        }
    }
    Ok(())
}

fn channel(
    section: &Section<'_>,
    fixed: Option<String>,
    column: Option<Column>,
) -> Result<Option<FromFile<String>>, ConfigError> {
    match (fixed, column) {
        (Some(_), Some(_)) => {
            Err(section.bad("channel", "`columns.channel` is set too; one of the two is expected"))
        }
        (Some(name), None) => {
            section.channel_name("channel", &name)?;
            Ok(Some(FromFile::Fixed(normalise_channel(&name).into_owned())))
        }
        (None, column) => Ok(column.map(FromFile::Column)),
    }
}

fn kind(
    section: &Section<'_>,
    fixed: Option<String>,
    column: Option<Column>,
    weights: &Weights,
) -> Result<FromFile<KindId>, ConfigError> {
    match (fixed, column) {
        (Some(_), Some(_)) => {
            Err(section.bad("kind", "`columns.kind` is set too; one of the two is expected"))
        }
        (Some(word), None) => kind_named(section, "kind", &word, weights).map(FromFile::Fixed),
        (None, Some(column)) => Ok(FromFile::Column(column)),
        (None, None) => {
            let reason = "neither `columns.kind` nor a fixed `kind = \"share\"` says what was done";
            Err(section.missing("kind", reason))
        }
    }
}

/// The file's words for kinds; our own names are always understood, unless the file uses one for something else.
fn kinds(
    table: &Section<'_>,
    raw: BTreeMap<String, String>,
    weights: &Weights,
) -> Result<BTreeMap<String, KindId>, ConfigError> {
    let ours = weights.kinds.iter().filter_map(|kind| Some((kind.name.clone(), weights.kind(&kind.name)?)));
    let mut kinds: BTreeMap<String, KindId> = ours.collect();
    for (word, name) in raw {
        let id = kind_named(table, &word, &name, weights)?;
        kinds.insert(word, id);
    }
    Ok(kinds)
}

fn kind_named(
    section: &Section<'_>,
    key: &str,
    name: &str,
    weights: &Weights,
) -> Result<KindId, ConfigError> {
    weights.kind(name).ok_or_else(|| {
        let names: Vec<String> = weights.kinds.iter().map(|kind| kind.name.clone()).collect();
        let reason = format!(
            "`{name}` is no kind of event; the kinds are {}, and what `[weights]` adds",
            listed(&names)
        );
        with_nearest(section.bad(key, reason), name, names.iter().map(String::as_str))
    })
}
