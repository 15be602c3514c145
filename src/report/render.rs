//! Writes rows as an aligned table, as CSV or as JSON.

use std::io::{self, Write};

use serde_json::{Map, Value};

use super::digits::{Rounding, column_texts};
use crate::{
    tables::Interval,
    text::{columns as width_of, harmless},
};

/// The maximum width of a text in a table, in columns of the terminal; a wider text is cut and ends in `…`.
const MAX_TEXT_COLUMNS: usize = 40;

/// How a report is written. The values and their help texts on the command line are generated from this type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Aligned columns for people: numbers rounded, long texts cut, control characters shown as escapes
    Table,
    /// RFC 4180 with a header; exact numbers
    Csv,
    /// One JSON array of objects; exact numbers
    Json,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Text(String),
    /// A number that is already formatted for people; aligned to the right.
    Figure(String),
    /// A number for people, with more digits where the column needs them.
    Rounded(f64, Rounding),
    Integer(u64),
    /// A whole number that may be below 0.
    Change(i64),
    /// A float; in CSV and JSON in the shortest form that reads back to the same bits.
    Number(f64),
    Flag(bool),
    /// Nothing: empty, `null` in JSON.
    Empty,
}

/// A column's name, and its value in a row.
type Named<R> = (&'static str, fn(&R) -> Cell);

/// One field of a row type: its form in CSV and JSON, and its form in tables.
pub enum Field<R: 'static> {
    /// One column, shown in CSV and JSON, in tables, or in both.
    Single { exact: Option<Named<R>>, shown: Option<Named<R>> },
    /// An estimate with its interval: three columns in CSV and JSON, one in tables.
    Interval { names: [&'static str; 3], value: fn(&R) -> Option<Interval>, title: &'static str },
}

impl<R> Field<R> {
    /// A value that tables show in another form than CSV and JSON, such as rounded.
    pub const fn new(
        name: &'static str,
        exact: fn(&R) -> Cell,
        title: &'static str,
        shown: fn(&R) -> Cell,
    ) -> Self {
        Self::Single { exact: Some((name, exact)), shown: Some((title, shown)) }
    }

    /// A value with one form.
    pub const fn plain(name: &'static str, title: &'static str, exact: fn(&R) -> Cell) -> Self {
        Self::Single { exact: Some((name, exact)), shown: Some((title, exact)) }
    }

    /// A value that tables leave out.
    pub const fn hidden(name: &'static str, exact: fn(&R) -> Cell) -> Self {
        Self::Single { exact: Some((name, exact)), shown: None }
    }

    /// A value for tables only; CSV and JSON have the value in another column, as a hidden field.
    pub const fn for_people(title: &'static str, shown: fn(&R) -> Cell) -> Self {
        Self::Single { exact: None, shown: Some((title, shown)) }
    }

    /// An estimate with its interval. `names` are the column names of the estimate, the lower end and the upper end.
    pub const fn interval(
        names: [&'static str; 3],
        value: fn(&R) -> Option<Interval>,
        title: &'static str,
    ) -> Self {
        Self::Interval { names, value, title }
    }

    fn columns(&self, format: Format) -> Vec<ListingColumn<'_, R>> {
        match (self, format) {
            (Self::Single { shown: column, .. }, Format::Table)
            | (Self::Single { exact: column, .. }, Format::Csv | Format::Json) => {
                column.iter().map(|(name, value)| ListingColumn { name, value: Box::new(value) }).collect()
            }
            (Self::Interval { value, title, .. }, Format::Table) => {
                let estimate = |row: &R| value(row).map_or(Cell::Empty, Cell::estimate);
                vec![ListingColumn { name: title, value: Box::new(estimate) }]
            }
            (Self::Interval { names, value, .. }, Format::Csv | Format::Json) => {
                let parts: [fn(Interval) -> f64; 3] = [|of| of.value, |of| of.low, |of| of.high];
                let column = |(name, part): (&'static str, fn(Interval) -> f64)| ListingColumn {
                    name,
                    value: Box::new(move |row: &R| Cell::number(value(row).map(part))),
                };
                names.iter().copied().zip(parts).map(column).collect()
            }
        }
    }
}

pub trait Listing: Sized + 'static {
    /// The fields, in column order.
    const FIELDS: &'static [Field<Self>];
}

/// Writes `rows` to `out` in `format`.
pub fn render<R: Listing>(rows: &[R], format: Format, out: &mut impl Write) -> io::Result<()> {
    write_rows(&columns(format), rows, format, out)
}

/// [`render`] with `extra` as the last column, unless another column has its name.
pub(super) fn render_with<R: Listing>(
    rows: &[R],
    extra: ListingColumn<'_, R>,
    format: Format,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut columns = columns(format);
    if columns.iter().all(|column| column.name != extra.name) {
        columns.push(extra);
    }
    write_rows(&columns, rows, format, out)
}

pub(super) struct ListingColumn<'a, R> {
    pub(super) name: &'a str,
    pub(super) value: Box<dyn Fn(&R) -> Cell + 'a>,
}

fn columns<'a, R: Listing>(format: Format) -> Vec<ListingColumn<'a, R>> {
    R::FIELDS.iter().flat_map(|field| field.columns(format)).collect()
}

fn write_rows<R>(
    columns: &[ListingColumn<'_, R>],
    rows: &[R],
    format: Format,
    out: &mut impl Write,
) -> io::Result<()> {
    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    let cells = rows.iter().map(|row| columns.iter().map(|column| (column.value)(row)).collect());
    match format {
        Format::Table => write_table(&names, &cells.collect::<Vec<_>>(), out),
        Format::Csv => write_csv(&names, cells, out),
        Format::Json => write_json(&names, cells, out),
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
        [header].into_iter().chain(figures(rows).iter().map(|row| for_people(row))).collect();
    let widths: Vec<usize> = (0..names.len())
        .map(|column| lines.iter().map(|line| width_of(&line[column])).max().unwrap_or(0))
        .collect();
    for line in &lines {
        let mut text = String::new();
        for ((cell, &width), &right) in line.iter().zip(&widths).zip(&to_right) {
            let padding = " ".repeat(width - width_of(cell));
            let (before, after) = if right { (padding.as_str(), "") } else { ("", padding.as_str()) };
            text.extend([before, cell, after, "  "]);
        }
        writeln!(out, "{}", text.trim_end())?;
    }
    Ok(())
}

/// The rows with every rounded number as a figure.
fn figures(rows: &[Vec<Cell>]) -> Vec<Vec<Cell>> {
    let mut rows = rows.to_vec();
    for column in 0..rows.first().map_or(0, Vec::len) {
        let rounding = rows.iter().find_map(|row| match row[column] {
            Cell::Rounded(_, rounding) => Some(rounding),
            _ => None,
        });
        let Some(rounding) = rounding else { continue };
        let value = |row: &Vec<Cell>| match row[column] {
            Cell::Rounded(value, _) => Some(value),
            _ => None,
        };
        let values: Vec<Option<f64>> = rows.iter().map(value).collect();
        let texts = column_texts(&values, rounding);
        for ((row, value), text) in rows.iter_mut().zip(values).zip(texts) {
            if value.is_some() {
                row[column] = Cell::Figure(text);
            }
        }
    }
    rows
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
    let objects: Vec<Value> = rows.map(|row| object(names, row)).collect();
    serde_json::to_writer_pretty(&mut *out, &Value::Array(objects))?;
    writeln!(out)
}

fn object(names: &[&str], row: Vec<Cell>) -> Value {
    let pairs = names.iter().zip(row).map(|(&name, cell)| (name.to_owned(), cell.into_json()));
    Value::Object(pairs.collect::<Map<_, _>>())
}

/// One of several listings in a report.
pub(crate) struct Part {
    name: &'static str,
    names: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
    /// Whether the listing is a single object instead of a list.
    single: bool,
}

impl Part {
    pub(crate) fn list<R: Listing>(name: &'static str, rows: &[R]) -> Self {
        let columns = columns::<R>(Format::Json);
        let names = columns.iter().map(|column| column.name).collect();
        let cells = |row| columns.iter().map(|column| (column.value)(row)).collect();
        Self { name, names, rows: rows.iter().map(cells).collect(), single: false }
    }

    pub(crate) fn single<R: Listing>(name: &'static str, row: &R) -> Self {
        Self { single: true, ..Self::list(name, std::slice::from_ref(row)) }
    }

    fn into_json(self) -> (String, Value) {
        let mut objects = self.rows.into_iter().map(|row| object(&self.names, row));
        let value = if self.single { objects.next().into() } else { Value::Array(objects.collect()) };
        (self.name.to_owned(), value)
    }

    /// Pairs of field and value: `community.size`, `top_members.1.id`.
    fn pairs(&self) -> impl Iterator<Item = Vec<Cell>> {
        self.rows.iter().zip(1..).flat_map(move |(row, number)| {
            let start = if self.single { self.name.to_owned() } else { format!("{}.{number}", self.name) };
            let pair =
                move |(name, cell): (&&str, &Cell)| vec![Cell::Text(format!("{start}.{name}")), cell.clone()];
            self.names.iter().zip(row).map(pair)
        })
    }
}

/// Writes a report of several listings: one object in JSON, pairs of field and value in CSV; `table` writes the text.
pub(crate) fn render_parts(
    parts: Vec<Part>,
    format: Format,
    table: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    out: &mut impl Write,
) -> io::Result<()> {
    match format {
        Format::Table => table(out),
        Format::Csv => write_csv(&["field", "value"], parts.iter().flat_map(Part::pairs), out),
        Format::Json => {
            let object: Map<String, Value> = parts.into_iter().map(Part::into_json).collect();
            serde_json::to_writer_pretty(&mut *out, &Value::Object(object))?;
            writeln!(out)
        }
    }
}

impl Cell {
    pub(crate) fn number(value: Option<f64>) -> Self {
        value.map_or(Self::Empty, Self::Number)
    }

    pub(crate) fn text(text: Option<&str>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.to_owned()))
    }

    /// A fraction for people, with four significant digits.
    pub(crate) fn share(value: f64) -> Self {
        Self::Rounded(value, Rounding::Significant(4))
    }

    /// A number for people, with two decimals.
    pub(crate) fn hundredths(value: f64) -> Self {
        Self::Rounded(value, Rounding::Decimals(2))
    }

    /// An estimate for people, in whole numbers; the interval is omitted if the estimate is exact.
    pub(crate) fn estimate(Interval { value, low, high }: Interval) -> Self {
        // A negative number that rounds to 0 is shown without a minus.
        let [value, low, high] =
            [value, low, high].map(|figure| if (-0.5..=0.0).contains(&figure) { 0.0 } else { figure });
        Self::Figure(if low == high {
            format!("{value:.0}")
        } else {
            format!("{value:.0} [{low:.0}–{high:.0}]")
        })
    }

    fn is_numeric(&self) -> bool {
        matches!(
            self,
            Self::Figure(_) | Self::Rounded(..) | Self::Integer(_) | Self::Change(_) | Self::Number(_)
        )
    }

    fn exact(&self) -> String {
        match self {
            Self::Text(text) | Self::Figure(text) => text.clone(),
            Self::Rounded(value, rounding) => rounding.text(*value),
            Self::Integer(value) => value.to_string(),
            Self::Change(value) => value.to_string(),
            Self::Number(value) if value.is_finite() => value.to_string(),
            Self::Flag(value) => value.to_string(),
            Self::Number(_) | Self::Empty => String::new(),
        }
    }

    fn into_json(self) -> Value {
        match self {
            Self::Text(text) | Self::Figure(text) => Value::String(text),
            Self::Rounded(value, rounding) => Value::String(rounding.text(value)),
            Self::Integer(value) => value.into(),
            Self::Change(value) => value.into(),
            // A float that is not finite becomes null, because JSON cannot express it.
            Self::Number(value) => value.into(),
            Self::Flag(value) => value.into(),
            Self::Empty => Value::Null,
        }
    }
}

/// A line of the table. A text in the last column is not cut, because there is no column to its right.
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
    if width_of(text) <= MAX_TEXT_COLUMNS {
        return text.to_owned();
    }
    let mut kept = text.to_owned();
    while width_of(&kept) >= MAX_TEXT_COLUMNS {
        kept.pop();
    }
    kept.push('…');
    kept
}
