//! Rows as an aligned table, as CSV or as JSON.

use std::io::{self, Write};

use serde_json::{Map, Value};

use crate::words::harmless;

/// Longest text in a table, in letters; longer ones end in `…`.
const MAX_TEXT_LETTERS: usize = 40;

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns for people: rounded, cut, control characters shown as escapes.
    Table,
    /// RFC 4180 with a header; exact numbers.
    Csv,
    /// An array of objects; exact numbers.
    Json,
}

/// One value of a report.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Text, set to the left.
    Text(String),
    /// A number that is already written the way people shall see it, set to the right.
    Figure(String),
    /// A whole number.
    Integer(u64),
    /// A float; in CSV and JSON in the shortest form that reads back to the same bits.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// Nothing: empty, `null` in JSON.
    Empty,
}

/// A kind of row that can be shown.
pub trait Listing {
    /// Names of the values for programs.
    const FIELDS: &'static [&'static str];
    /// Names of the values for people.
    const COLUMNS: &'static [&'static str];

    /// The values for programs: everything, exact; one for each of [`Listing::FIELDS`].
    fn fields(&self) -> Vec<Cell>;
    /// The values for people: the telling ones, rounded; one for each of [`Listing::COLUMNS`].
    fn columns(&self) -> Vec<Cell>;
}

/// Writes `rows` to `out` in `format`.
///
/// # Errors
/// What `out` says.
pub fn render<R: Listing>(rows: &[R], format: Format, out: &mut impl Write) -> io::Result<()> {
    match format {
        Format::Table => write_table(R::COLUMNS, &rows.iter().map(R::columns).collect::<Vec<_>>(), out),
        Format::Csv => write_csv(R::FIELDS, rows.iter().map(R::fields), out),
        Format::Json => write_json(R::FIELDS, rows.iter().map(R::fields), out),
    }
}

/// A column that was asked for, and that not every listing of its kind has.
pub(super) struct Extra<'a, R> {
    /// Its name for programs.
    pub(super) field: &'a str,
    /// A value for programs.
    pub(super) exact: &'a dyn Fn(&R) -> Cell,
    /// Its name for people.
    pub(super) column: &'a str,
    /// A value for people.
    pub(super) shown: &'a dyn Fn(&R) -> Cell,
}

/// [`render`] with `extra` as the last column, unless there is a column of that name anyway.
pub(super) fn render_with<R: Listing>(
    rows: &[R],
    extra: &Extra<'_, R>,
    format: Format,
    out: &mut impl Write,
) -> io::Result<()> {
    let is_there = match format {
        Format::Table => R::COLUMNS.contains(&extra.column),
        Format::Csv | Format::Json => R::FIELDS.contains(&extra.field),
    };
    if is_there {
        return render(rows, format, out);
    }
    let fields = [R::FIELDS, &[extra.field]].concat();
    let exact = rows.iter().map(|row| [row.fields(), vec![(extra.exact)(row)]].concat());
    let shown = rows.iter().map(|row| [row.columns(), vec![(extra.shown)(row)]].concat());
    match format {
        Format::Table => {
            write_table(&[R::COLUMNS, &[extra.column]].concat(), &shown.collect::<Vec<_>>(), out)
        }
        Format::Csv => write_csv(&fields, exact, out),
        Format::Json => write_json(&fields, exact, out),
    }
}

fn write_table(names: &[&str], rows: &[Vec<Cell>], out: &mut impl Write) -> io::Result<()> {
    let to_right: Vec<bool> = (0..names.len())
        .map(|column| {
            let mut cells =
                rows.iter().map(|row| &row[column]).filter(|cell| **cell != Cell::Empty).peekable();
            cells.peek().is_some() && cells.all(Cell::is_numeric)
        })
        .collect();
    let header = names.iter().map(|&name| name.to_owned()).collect();
    let lines: Vec<Vec<String>> =
        [header].into_iter().chain(rows.iter().map(|row| for_people(row))).collect();
    let widths: Vec<usize> = (0..names.len())
        .map(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0))
        .collect();
    for line in &lines {
        let mut text = String::new();
        for ((cell, &width), &right) in line.iter().zip(&widths).zip(&to_right) {
            let padding = " ".repeat(width - cell.chars().count());
            let (before, after) = if right { (padding.as_str(), "") } else { ("", padding.as_str()) };
            text.extend([before, cell, after, "  "]);
        }
        writeln!(out, "{}", text.trim_end())?;
    }
    Ok(())
}

fn write_csv(names: &[&str], rows: impl Iterator<Item = Vec<Cell>>, out: &mut impl Write) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(out);
    writer.write_record(names)?;
    for row in rows {
        writer.write_record(row.iter().map(Cell::exact))?;
    }
    writer.flush()
}

fn write_json(names: &[&str], rows: impl Iterator<Item = Vec<Cell>>, out: &mut impl Write) -> io::Result<()> {
    let objects = rows.map(|row| {
        let pairs = names.iter().zip(row).map(|(&name, cell)| (name.to_owned(), cell.into_json()));
        Value::Object(pairs.collect::<Map<_, _>>())
    });
    serde_json::to_writer_pretty(&mut *out, &Value::Array(objects.collect()))?;
    writeln!(out)
}

impl Cell {
    /// Text that may be absent.
    pub(crate) fn text(text: Option<&str>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.to_owned()))
    }

    /// A share for people: four significant digits.
    pub(crate) fn share(value: f64) -> Self {
        let rounded: f64 = format!("{value:.3e}").parse().expect("invariant: a float reads back");
        Self::Figure(rounded.to_string())
    }

    /// An estimate for people: whole numbers, with the interval unless it is exact.
    pub(super) fn estimate(value: f64, low: f64, high: f64) -> Self {
        Self::Figure(if low == high {
            format!("{value:.0}")
        } else {
            format!("{value:.0} [{low:.0}–{high:.0}]")
        })
    }

    fn is_numeric(&self) -> bool {
        matches!(self, Self::Figure(_) | Self::Integer(_) | Self::Number(_))
    }

    fn exact(&self) -> String {
        match self {
            Self::Text(text) | Self::Figure(text) => text.clone(),
            Self::Integer(value) => value.to_string(),
            Self::Number(value) if value.is_finite() => value.to_string(),
            Self::Flag(value) => value.to_string(),
            Self::Number(_) | Self::Empty => String::new(),
        }
    }

    fn into_json(self) -> Value {
        match self {
            Self::Text(text) | Self::Figure(text) => Value::String(text),
            Self::Integer(value) => value.into(),
            // A float that is no number becomes null, as JSON has no word for it.
            Self::Number(value) => value.into(),
            Self::Flag(value) => value.into(),
            Self::Empty => Value::Null,
        }
    }
}

/// A line of the table. The last text is not cut: nothing stands to the right of it.
fn for_people(row: &[Cell]) -> Vec<String> {
    let last = row.len() - 1;
    let shown = row.iter().enumerate().map(|(column, cell)| match cell {
        Cell::Text(text) if column < last => cut(&harmless(text)),
        Cell::Text(text) => harmless(text),
        other => other.exact(),
    });
    shown.collect()
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_TEXT_LETTERS) {
        None => text.to_owned(),
        Some(_) => text.chars().take(MAX_TEXT_LETTERS - 1).chain(['…']).collect(),
    }
}
