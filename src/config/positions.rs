//! The line and column of each key and value of a configuration, by paths such as `rank.damping`.

use std::{collections::BTreeMap, ops::Range};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::error::ConfigPlace;

/// The name of a configuration, and the position of every key and value in it.
pub(super) struct KeyPositions<'a> {
    file: &'a str,
    text: &'a str,
    /// Maps the path of a key from the top to its spans; entries of lists are numbered from 0: `events[0].path`.
    spans: BTreeMap<String, KeySpans>,
}

/// Byte ranges of one setting.
struct KeySpans {
    key: Range<usize>,
    value: Range<usize>,
}

impl<'a> KeyPositions<'a> {
    pub(super) fn new(file: &'a str, text: &'a str, root: Option<&DeTable<'_>>) -> Self {
        let mut spans = BTreeMap::new();
        if let Some(root) = root {
            collect_table("", root, &mut spans);
        }
        Self { file, text, spans }
    }

    /// The position of the value of `path`; if it is not set, the position of the innermost enclosing table or list
    /// that is set.
    pub(super) fn of_value(&self, mut path: &str) -> ConfigPlace {
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

    pub(super) fn of_key(&self, path: &str) -> ConfigPlace {
        self.at(self.spans.get(path).map(|spans| spans.key.start))
    }

    /// The position of the byte at `offset`; `None` means the file as a whole.
    pub(super) fn at(&self, offset: Option<usize>) -> ConfigPlace {
        let line_column = offset.and_then(|offset| self.text.get(..offset)).map(|before| {
            let line_start = before.rfind('\n').map_or(0, |feed| feed + 1);
            (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
        });
        ConfigPlace { file: self.file.into(), line_column }
    }
}

fn collect_table(path: &str, table: &DeTable<'_>, spans: &mut BTreeMap<String, KeySpans>) {
    for (key, value) in table {
        let dot = if path.is_empty() { "" } else { "." };
        collect_value(format!("{path}{dot}{}", key.get_ref()), key.span(), value, spans);
    }
}

fn collect_value(
    path: String,
    key: Range<usize>,
    value: &Spanned<DeValue<'_>>,
    spans: &mut BTreeMap<String, KeySpans>,
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
    spans.insert(path, KeySpans { key, value: value.span() });
}
