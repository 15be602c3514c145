//! Lists the runs of a store, shows the manifest of a run, and verifies the files of a run.

use std::io::{self, Write};

use serde_json::Value;

use super::{Cell, Field, Format, Listing, ReportError, render};
use crate::store::{CURRENT, Manifest, Run, Store, verify};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRow {
    pub run: String,
    /// Whether the link `current` points to this run.
    pub current: bool,
    /// `published`, or what is wrong with its manifest.
    pub status: String,
    /// Figures from its manifest; `None` if the manifest cannot be read.
    pub summary: Option<RunSummary>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunSummary {
    pub as_of: Option<String>,
    pub rows_read: u64,
    /// The number of customers in the segment files.
    pub customers: u64,
    pub prospects: u64,
    pub bytes: u64,
}

/// One finding of a verification; an intact run has one row without a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyRow {
    pub run: String,
    pub file_count: u64,
    /// The total size of the files in bytes, as the manifest lists it.
    pub bytes: u64,
    /// How the files differ from the files that were written; `None` if they are intact.
    pub problem: Option<String>,
}

/// A line of `runs show`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct FieldRow {
    field: String,
    value: String,
}

/// All runs of `store`, newest first. A damaged run is listed with its fault.
pub fn list_runs(store: &Store) -> Result<Vec<RunRow>, ReportError> {
    // If `current` is damaged, no run is marked as current.
    let current = store.current().ok().flatten().map(|run| run.id().clone());
    let mut rows = Vec::new();
    for id in store.runs()?.into_iter().rev() {
        let run = store.run(id.as_str())?;
        let (status, summary) = match run.read_manifest() {
            Ok(manifest) => ("published".to_owned(), Some(summary(manifest))),
            Err(fault) => (format!("damaged: {fault}"), None),
        };
        rows.push(RunRow { run: id.to_string(), current: Some(&id) == current.as_ref(), status, summary });
    }
    Ok(rows)
}

/// Writes the manifest of `run`: unchanged in the format JSON, as pairs of field and value in the other formats. The
/// inner result is the result of writing to `out`.
pub fn render_run(run: &Run, format: Format, out: &mut impl Write) -> Result<io::Result<()>, ReportError> {
    let manifest = run.manifest()?;
    let value = serde_json::to_value(&manifest).expect("invariant: every key is text");
    if format == Format::Json {
        let written = serde_json::to_writer_pretty(&mut *out, &value).map_err(io::Error::from);
        return Ok(written.and_then(|()| writeln!(out)));
    }
    let mut rows = Vec::new();
    flatten("", &value, &mut rows);
    Ok(render(&rows, format, out))
}

/// Compares every byte of `run` with what was written.
pub fn verify_run(run: &Run) -> Vec<VerifyRow> {
    let found = verify(run);
    let row = |problem| VerifyRow {
        run: found.run.to_string(),
        file_count: crate::ids::offset64(found.file_count),
        bytes: found.bytes,
        problem,
    };
    if found.is_intact() {
        return vec![row(None)];
    }
    found.problems.iter().map(|problem| row(Some(problem.to_string()))).collect()
}

fn summary(manifest: Manifest) -> RunSummary {
    let counts = manifest.record.counts;
    RunSummary {
        as_of: manifest.as_of,
        rows_read: counts.rows_read,
        customers: counts.customers,
        prospects: counts.prospects,
        bytes: manifest.files.iter().map(|file| file.bytes).sum(),
    }
}

/// Adds one row for each leaf of `value`, and one row for each element of a list, because a file or an input fits on a
/// line.
fn flatten(field: &str, value: &Value, rows: &mut Vec<FieldRow>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = if field.is_empty() { name.clone() } else { format!("{field}.{name}") };
                flatten(&name, value, rows);
            }
        }
        Value::Array(elements) => rows.extend(
            elements.iter().map(|element| FieldRow { field: field.to_owned(), value: one_line(element) }),
        ),
        leaf => rows.push(FieldRow { field: field.to_owned(), value: one_line(leaf) }),
    }
}

fn one_line(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Object(fields) => {
            let pairs: Vec<String> =
                fields.iter().map(|(name, value)| format!("{name} {}", one_line(value))).collect();
            pairs.join(", ")
        }
        other => other.to_string(),
    }
}

impl Listing for RunRow {
    const FIELDS: &'static [Field<Self>] = &[
        Field::plain("run", "run", |row| Cell::Text(row.run.clone())),
        Field::new(
            "current",
            |row| Cell::Flag(row.current),
            "",
            |row| Cell::Text(if row.current { CURRENT } else { "" }.to_owned()),
        ),
        Field::hidden("status", |row| Cell::Text(row.status.clone())),
        Field::plain("as_of", "as of", |row| row.figure(|summary| Cell::text(summary.as_of.as_deref()))),
        Field::plain("rows_read", "rows", |row| row.figure(|summary| Cell::Integer(summary.rows_read))),
        Field::plain("customers", "customers", |row| row.figure(|summary| Cell::Integer(summary.customers))),
        Field::plain("prospects", "prospects", |row| row.figure(|summary| Cell::Integer(summary.prospects))),
        Field::plain("bytes", "bytes", |row| row.figure(|summary| Cell::Integer(summary.bytes))),
        // The fault of a damaged run is long, so it is the last column of a table.
        Field::for_people("status", |row| Cell::Text(row.status.clone())),
    ];
}

impl RunRow {
    fn figure(&self, of: fn(&RunSummary) -> Cell) -> Cell {
        self.summary.as_ref().map_or(Cell::Empty, of)
    }
}

impl Listing for VerifyRow {
    const FIELDS: &'static [Field<Self>] = &[
        Field::plain("run", "run", |row| Cell::Text(row.run.clone())),
        Field::plain("files", "files", |row| Cell::Integer(row.file_count)),
        Field::plain("bytes", "bytes", |row| Cell::Integer(row.bytes)),
        Field::new(
            "problem",
            |row| Cell::text(row.problem.as_deref()),
            "finding",
            |row| {
                let finding = row.problem.as_deref().unwrap_or("intact: no byte has changed");
                Cell::Text(finding.to_owned())
            },
        ),
    ];
}

impl Listing for FieldRow {
    const FIELDS: &'static [Field<Self>] = &[
        Field::plain("field", "field", |row| Cell::Text(row.field.clone())),
        Field::plain("value", "value", |row| Cell::Text(row.value.clone())),
    ];
}
