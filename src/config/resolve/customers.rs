//! `[[customers]]`: which CRM files, and how they are laid out.

use std::{collections::BTreeMap, path::Path};

use super::{
    events::{delimiter, files},
    section::{Section, with_default},
};
use crate::{
    config::{
        defaults,
        error::ConfigError,
        plan::CustomerFiles,
        raw::{RawCustomers, Scalar, Scalars},
    },
    event::{Column, Delimiter, normalise_channel},
    identity::CustomerSource,
};

pub(super) fn customer_files(
    section: &Section<'_>,
    raw: RawCustomers,
    folder: &Path,
) -> Result<CustomerFiles, ConfigError> {
    let files = files(section, raw.path, folder)?;
    let Delimiter::Byte(delimiter) = delimiter(section, raw.delimiter.as_deref(), &files)? else {
        let reason = "a CRM file is not separated by blanks; a character such as `,` is expected";
        return Err(with_default(section.bad("delimiter", reason), "\",\""));
    };
    let table = section.table("columns");
    let column = |key: &str, raw: Option<Scalar>| raw.map(|raw| table.column(key, raw, true)).transpose();
    let id = raw.columns.id.unwrap_or_else(|| Scalar::Word(defaults::CUSTOMER_ID.to_owned()));
    let template = CustomerSource {
        path: files.path(),
        delimiter,
        id: table.column("id", id, true)?,
        name: column("name", raw.columns.name)?,
        value: column("value", raw.columns.value)?,
        cost: column("cost", raw.columns.cost)?,
        household: column("household", raw.columns.household)?,
        consent: column("consent", raw.columns.consent)?,
        identifiers: identifiers(section, raw.identifiers)?,
    };
    Ok(CustomerFiles { files, template })
}

/// Namespaces by name, their columns in the order given.
fn identifiers(
    section: &Section<'_>,
    raw: BTreeMap<String, Scalars>,
) -> Result<Vec<(String, Column)>, ConfigError> {
    let table = section.table("identifiers");
    let mut identifiers = Vec::new();
    for (namespace, Scalars(columns)) in raw {
        table.channel_name(&namespace, &namespace)?;
        for (index, column) in columns.into_iter().enumerate() {
            // A single column is no list entry: its place is that of the key itself.
            let entry = format!("{namespace}[{index}]");
            let channel = normalise_channel(&namespace).into_owned();
            identifiers.push((channel, table.column(&entry, column, true)?));
        }
    }
    if identifiers.is_empty() {
        let reason = "without identifiers such as `{ email = \"email\", twitter = \"handle\" }` \
                      no account belongs to any customer";
        return Err(section.missing("identifiers", reason));
    }
    Ok(identifiers)
}
