//! Where in a configuration does a key stand? Turns paths such as `rank.damping` into lines and columns.

use std::{collections::BTreeMap, ops::Range};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::error::{ConfigError, Place};
use crate::text::nearest;

/// What messages call settings that came without a file.
const COMMAND_LINE: &str = "the command line";

/// A configuration's name, and the position of every key and value in it.
pub(super) struct Origin<'a> {
    file: &'a str,
    text: &'a str,
    /// By path from the top; entries of lists are numbered from 0: `events[0].path`.
    spans: BTreeMap<String, Spans>,
}

/// Byte ranges of one setting.
struct Spans {
    key: Range<usize>,
    value: Range<usize>,
}

impl<'a> Origin<'a> {
    /// Indexes the keys of `text`; fails when it is no TOML.
    pub(super) fn parse(file: &'a str, text: &'a str) -> Result<Self, ConfigError> {
        let mut origin = Self { file, text, spans: BTreeMap::new() };
        match DeTable::parse(text) {
            Ok(root) => {
                collect_table("", root.get_ref(), &mut origin.spans);
                Ok(origin)
            }
            Err(error) => Err(ConfigError::Syntax {
                place: origin.at(error.span().map(|span| span.start)),
                reason: error.message().to_owned(),
            }),
        }
    }

    /// The origin of a plan that was typed, not written in a file.
    pub(super) fn command_line() -> Origin<'static> {
        Origin { file: COMMAND_LINE, text: "", spans: BTreeMap::new() }
    }

    /// Where the value of `path` stands; where it is not set, the table that would hold it.
    pub(super) fn value_place(&self, path: &str) -> Place {
        let mut path = path;
        loop {
            if let Some(spans) = self.spans.get(path) {
                return self.at(Some(spans.value.start));
            }
            match path.rfind(['.', '[']) {
                Some(cut) => path = &path[..cut],
                None => return self.at(None),
            }
        }
    }

    /// Where the key of `path` stands.
    pub(super) fn key_place(&self, path: &str) -> Place {
        self.at(self.spans.get(path).map(|spans| spans.key.start))
    }

    /// Puts what serde found into our words: it knows the byte range and the type, this knows the key.
    pub(super) fn explain(&self, error: &toml::de::Error) -> ConfigError {
        let span = error.span().unwrap_or_default();
        let key = self.path_at(&span);
        let quoted =
            |text: &str| -> Vec<String> { text.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
        if let Some((_, rest)) = error.message().split_once("unknown field ") {
            let mut words = quoted(rest);
            let unknown = words.remove(0);
            let nearest = nearest(&unknown, words.iter().map(String::as_str)).map(str::to_owned);
            let place = self.at(Some(span.start));
            return ConfigError::UnknownKey { place, key: key.unwrap_or(unknown), known: words, nearest };
        }
        ConfigError::BadValue {
            place: self.at(Some(span.start)),
            reason: plain_words(error.message(), key.as_deref()),
            key: key.unwrap_or_else(|| "a value".to_owned()),
            remedy: None,
        }
    }

    /// The deepest setting whose key or value begins where `span` does.
    fn path_at(&self, span: &Range<usize>) -> Option<String> {
        let here = |spans: &Spans| spans.key.start == span.start || spans.value.start == span.start;
        let paths = self.spans.iter().filter(|(_, spans)| here(spans));
        paths.map(|(path, _)| path).max_by_key(|path| path.len()).cloned()
    }

    fn at(&self, offset: Option<usize>) -> Place {
        let line_column = offset.and_then(|offset| self.text.get(..offset)).map(|before| {
            let line_start = before.rfind('\n').map_or(0, |feed| feed + 1);
            (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
        });
        Place { file: self.file.into(), line_column }
    }
}

fn collect_table(path: &str, table: &DeTable<'_>, spans: &mut BTreeMap<String, Spans>) {
    for (key, value) in table {
        let dot = if path.is_empty() { "" } else { "." };
        collect_value(format!("{path}{dot}{}", key.get_ref()), key.span(), value, spans);
    }
}

fn collect_value(
    path: String,
    key: Range<usize>,
    value: &Spanned<DeValue<'_>>,
    spans: &mut BTreeMap<String, Spans>,
) {
    match value.get_ref() {
        DeValue::Table(table) => collect_table(&path, table, spans),
        DeValue::Array(list) => {
            for (index, entry) in list.iter().enumerate() {
                collect_value(format!("{path}[{index}]"), entry.span(), entry, spans);
            }
        }
        _ => {}
    }
    spans.insert(path, Spans { key, value: value.span() });
}

/// Serde's "invalid type: string "a", expected f64" in words that a reader of TOML knows.
fn plain_words(message: &str, key: Option<&str>) -> String {
    let fault = ["invalid type: ", "invalid value: "].iter().find_map(|start| message.strip_prefix(start));
    let Some((found, expected)) = fault.and_then(|fault| fault.split_once(", expected ")) else {
        return message.to_owned();
    };
    if let ("map", Some(name @ ("events" | "customers"))) = (found, key) {
        return format!("it is one table; a list of tables is expected, `[[{name}]]` with two brackets");
    }
    let found = match found {
        "map" => "a table",
        "sequence" => "a list",
        // Numbers and truth values come as "integer `3`", text as "string "a"": the literal alone says it.
        other => other.split('`').nth(1).or_else(|| other.strip_prefix("string ")).unwrap_or(other),
    };
    let expected = match expected {
        "f64" => "a number",
        "i64" => "a whole number",
        "a boolean" => "`true` or `false`",
        "a string" => "text in quotes",
        "a sequence" => "a list",
        "a map" => "a table",
        other if other.starts_with("struct ") => "a table",
        other => other,
    };
    format!("it is {found}; {expected} is expected")
}
