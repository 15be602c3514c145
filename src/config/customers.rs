//! `[[customers]]`: the CRM files and their layout.

use std::{collections::BTreeMap, path::Path};

use serde_json::{Map, Value, json};
use toml::de::DeValue;

use super::{
    choices, defaults,
    error::ConfigError,
    events::{default_delimiter, files},
    file_layout::{SHAPE_KEYS, shape, shape_values},
    form::{ColumnOf, OneOf, ValueForm, table_delimiter},
    plan::CustomerFiles,
    settings,
    table::TableReader,
};
use crate::{
    event::{ColumnRef, normalize_channel},
    identity::{Consent, CustomerSource},
};

/// Reads one table; paths are relative to `folder`.
pub(super) fn read(table: &TableReader<'_>, folder: &Path) -> Result<CustomerFiles, ConfigError> {
    table.allow(&[&["path", "delimiter", "columns", "words", "identifiers"][..], &SHAPE_KEYS].concat())?;
    let (columns, columns_table) = (settings::customer_columns(), table.table("columns")?);
    settings::check_keys(&columns, &[], &columns_table)?;
    let files = files(table, folder)?;
    let mut template = CustomerSource {
        path: files.path(),
        delimiter: default_delimiter(&files),
        shape: shape(table, true)?,
        id: ColumnRef::Name(defaults::CUSTOMER_ID.to_owned()),
        name: None,
        value: None,
        cost: None,
        household: None,
        consent: None,
        words: None,
        identifiers: Vec::new(),
    };
    table.read("delimiter", &table_delimiter(), &mut template.delimiter)?;
    settings::read(&columns, &[], &columns_table, &mut template)?;
    if table.has("words") {
        template.words = Some(words(&table.table("words")?)?);
    }
    template.identifiers = identifiers(table)?;
    Ok(CustomerFiles { files, template })
}

/// The meaning of each word of a consent column, by the word in lower case.
pub(super) fn words(table: &TableReader<'_>) -> Result<BTreeMap<String, Consent>, ConfigError> {
    let mut words = BTreeMap::new();
    for word in table.keys() {
        let Some(consent) = table.optional(word, &OneOf(&choices::CONSENTS))? else { continue };
        if words.insert(word.trim().to_lowercase(), consent).is_some_and(|other| other != consent) {
            return Err(table.bad(word, "the same word in another case has another meaning"));
        }
    }
    Ok(words)
}

pub(super) fn write_words(words: &BTreeMap<String, Consent>) -> Value {
    let words = words.iter().map(|(word, consent)| (word.clone(), json!(consent.word())));
    Value::Object(words.collect())
}

/// The columns of each namespace, in the order of the names of the namespaces.
fn identifiers(section: &TableReader<'_>) -> Result<Vec<(String, ColumnRef)>, ConfigError> {
    let table = section.table("identifiers")?;
    let form = ColumnOf { header: true };
    let mut identifiers = Vec::new();
    for namespace in table.keys() {
        table.check_channel_name(namespace, namespace)?;
        let columns = match table.value(namespace) {
            Some(DeValue::Array(_)) => table.list(namespace, &form)?.unwrap_or_default(),
            _ => table.optional(namespace, &form)?.into_iter().collect(),
        };
        let channel = normalize_channel(namespace);
        identifiers.extend(columns.into_iter().map(|column| (channel.clone().into_owned(), column)));
    }
    if identifiers.is_empty() {
        let reason = "without identifiers such as `{ email = \"email\", twitter = \"handle\" }` \
                      no account belongs to any customer";
        return Err(section.missing("identifiers", reason));
    }
    Ok(identifiers)
}

pub(super) fn write(files: &CustomerFiles) -> Value {
    let mut source = files.template.clone();
    let mut identifiers = Map::new();
    for (namespace, column) in &source.identifiers {
        let list = identifiers.entry(namespace.clone()).or_insert_with(|| json!([]));
        let column = ColumnOf { header: true }.write(column);
        list.as_array_mut().expect("invariant: made as a list two lines above").push(column);
    }
    let [skip_rows, skip_footer, ragged] = shape_values(&source.shape);
    let mut table = json!({
        "path": files.files.as_written(),
        "delimiter": table_delimiter().write(&source.delimiter),
        "skip_rows": skip_rows,
        "skip_footer": skip_footer,
        "ragged": ragged,
        "columns": settings::write(&settings::customer_columns(), &mut source),
        "identifiers": identifiers,
    });
    if let Some(words) = &source.words {
        table["words"] = write_words(words);
    }
    table
}
