//! `[[contacts]]`: the logs of past contacts with customers, and the limits on how often a customer may be contacted.

use std::path::Path;

use serde_json::{Value, json};

use super::{
    defaults,
    error::ConfigError,
    events::{default_delimiter, files},
    file_layout::{SHAPE_KEYS, TIME_KEYS, shape, shape_values, time_values, times},
    form::{ValueForm, table_delimiter},
    plan::ContactLog,
    settings,
    table::TableReader,
};
use crate::event::ColumnRef;

/// Reads one table; paths are relative to `folder`.
pub(super) fn read(table: &TableReader<'_>, folder: &Path) -> Result<ContactLog, ConfigError> {
    let limits = settings::contact_limits();
    let others = [&["path", "delimiter", "columns"][..], &SHAPE_KEYS, &TIME_KEYS].concat();
    settings::check_keys(&limits, &others, table)?;
    let (columns, columns_table) = (settings::contact_columns(), table.table("columns")?);
    settings::check_keys(&columns, &[], &columns_table)?;
    let files = files(table, folder)?;
    let mut log = ContactLog {
        delimiter: default_delimiter(&files),
        shape: shape(table, true)?,
        times: times(table)?,
        files,
        id: ColumnRef::Name(defaults::CUSTOMER_ID.to_owned()),
        at: ColumnRef::Name(defaults::AT.to_owned()),
        window_s: Some(defaults::CONTACT_WINDOW_S),
        max_per_customer: Some(defaults::CONTACTS_PER_CUSTOMER),
        max_per_household: None,
        max_per_community: None,
    };
    table.read("delimiter", &table_delimiter(), &mut log.delimiter)?;
    settings::read(&columns, &[], &columns_table, &mut log)?;
    limits.iter().try_for_each(|setting| setting.read(table, &mut log))?;
    Ok(log)
}

pub(super) fn write(log: &ContactLog) -> Value {
    let mut log = log.clone();
    let mut table = json!({
        "path": log.files.as_written(),
        "delimiter": table_delimiter().write(&log.delimiter),
        "columns": settings::write(&settings::contact_columns(), &mut log),
    });
    if let Some(table) = table.as_object_mut() {
        let keys = SHAPE_KEYS.into_iter().chain(TIME_KEYS).map(str::to_owned);
        let values = shape_values(&log.shape).map(Some).into_iter().chain(time_values(&log.times));
        table.extend(keys.zip(values).filter_map(|(key, value)| Some((key, value?))));
        table.extend(settings::write(&settings::contact_limits(), &mut log));
    }
    table
}
