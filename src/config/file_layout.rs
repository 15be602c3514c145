//! The keys that tables of files share: which lines are no rows, how times are written.

use serde_json::{Value, json};

use super::{
    choices::RAGGED,
    error::ConfigError,
    form::{OneOf, ValueForm, WholeIn, any_text, text_form},
    limits,
    table::TableReader,
};
use crate::event::{Ragged, TextShape, TimeFormat, TimeLayout, Zone};

pub(super) const SHAPE_KEYS: [&str; 3] = ["skip_rows", "skip_footer", "ragged"];
pub(super) const TIME_KEYS: [&str; 2] = ["time_format", "time_zone"];

/// Which lines of the files are no rows. In files without a header no row says how many fields a row should have.
pub(super) fn shape(table: &TableReader<'_>, header: bool) -> Result<TextShape, ConfigError> {
    let [skip_rows, skip_footer, ragged] = SHAPE_KEYS;
    let mut shape = TextShape::default();
    table.read(skip_rows, &WholeIn(limits::SKIPPED), &mut shape.skip_rows)?;
    table.read(skip_footer, &WholeIn(limits::SKIPPED), &mut shape.skip_footer)?;
    table.read(ragged, &OneOf(&RAGGED), &mut shape.ragged)?;
    if shape.ragged == Ragged::Fill && !header {
        return Err(table.bad(ragged, "only a header says how many fields a row should have"));
    }
    Ok(shape)
}

/// The values of [`SHAPE_KEYS`].
pub(super) fn shape_values(shape: &TextShape) -> [Value; 3] {
    [json!(shape.skip_rows), json!(shape.skip_footer), OneOf(&RAGGED).write(&shape.ragged)]
}

pub(super) fn times(table: &TableReader<'_>) -> Result<TimeLayout, ConfigError> {
    let [format_key, zone_key] = TIME_KEYS;
    let format = match table.optional(format_key, &any_text())? {
        None => None,
        Some(text) => Some(TimeFormat::new(&text).map_err(|why| {
            let expected = "a format such as `%d.%m.%Y %H:%M` is expected";
            table.bad(format_key, format!("`{text}` is no format for times: {why}; {expected}"))
        })?),
    };
    let mut zone = Zone::default();
    table.read(zone_key, &time_zone(), &mut zone)?;
    Ok(TimeLayout::new(format, zone))
}

/// The values of [`TIME_KEYS`].
pub(super) fn time_values(times: &TimeLayout) -> [Option<Value>; 2] {
    [times.format().map(|format| json!(format.as_str())), Some(time_zone().write(times.zone()))]
}

fn time_zone() -> impl ValueForm<Zone> {
    let expected = "`UTC`, an offset such as `+02:00`, or a zone such as `Europe/Berlin`";
    text_form(expected, Zone::new, |zone| zone.name().to_owned())
}
