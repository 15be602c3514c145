//! Rows as an aligned table, as CSV or as JSON.

use std::io::{self, Write};

use serde_json::{Map, Value};

use crate::text::{columns as width_of, harmless};

/// The widest text in a table, in columns of the terminal; wider ones end in `…`.
const MAX_TEXT_COLUMNS: usize = 40;

/// How a report is written. The command line takes its words and their meanings from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Aligned columns for people: numbers rounded, long texts cut, control characters shown as escapes
    Table,
    /// RFC 4180 with a header; exact numbers
    Csv,
    /// One JSON array of objects; exact numbers
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
    /// A whole number that may be below 0.
    Change(i64),
    /// A float; in CSV and JSON in the shortest form that reads back to the same bits.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// Nothing: empty, `null` in JSON.
    Empty,
}

/// What stands above a value, and how it is taken from a row.
type Named<R> = (&'static str, fn(&R) -> Cell);

/// One value of a kind of row: what programs get, and how people see it, if they do.
pub struct Field<R: 'static> {
    /// Its name for programs, and the exact value; none where it stands elsewhere for them.
    exact: Option<Named<R>>,
    /// Its title in tables, and the value as people see it; none where tables leave it out.
    shown: Option<Named<R>>,
}

impl<R> Field<R> {
    /// A value that people see in another form than programs do, such as rounded.
    pub const fn new(
        name: &'static str,
        exact: fn(&R) -> Cell,
        title: &'static str,
        shown: fn(&R) -> Cell,
    ) -> Self {
        Self { exact: Some((name, exact)), shown: Some((title, shown)) }
    }

    /// A value that people see as programs do.
    pub const fn plain(name: &'static str, title: &'static str, exact: fn(&R) -> Cell) -> Self {
        Self { exact: Some((name, exact)), shown: Some((title, exact)) }
    }

    /// A value that tables leave out.
    pub const fn hidden(name: &'static str, exact: fn(&R) -> Cell) -> Self {
        Self { exact: Some((name, exact)), shown: None }
    }

    /// A value that programs get as a hidden one in another place.
    pub const fn for_people(title: &'static str, shown: fn(&R) -> Cell) -> Self {
        Self { exact: None, shown: Some((title, shown)) }
    }
}

/// A kind of row that can be shown.
pub trait Listing: Sized + 'static {
    /// Its values, in the order in which they stand in every form.
    const FIELDS: &'static [Field<Self>];
}

/// Writes `rows` to `out` in `format`.
///
/// # Errors
/// What `out` says.
pub fn render<R: Listing>(rows: &[R], format: Format, out: &mut impl Write) -> io::Result<()> {
    write_rows(&columns(format), rows, format, out)
}

/// [`render`] with `extra` as the last column, unless there is a column of that name anyway.
pub(super) fn render_with<R: Listing>(
    rows: &[R],
    extra: &Extra<'_, R>,
    format: Format,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut columns = columns(format);
    let extra = match format {
        Format::Table => Column { name: extra.title, value: extra.shown },
        Format::Csv | Format::Json => Column { name: extra.name, value: extra.exact },
    };
    if columns.iter().all(|column| column.name != extra.name) {
        columns.push(extra);
    }
    write_rows(&columns, rows, format, out)
}

/// A column that was asked for, and that not every listing of its kind has.
pub(super) struct Extra<'a, R> {
    /// Its name for programs.
    pub(super) name: &'a str,
    /// A value for programs.
    pub(super) exact: &'a dyn Fn(&R) -> Cell,
    /// Its name for people.
    pub(super) title: &'a str,
    /// A value for people.
    pub(super) shown: &'a dyn Fn(&R) -> Cell,
}

/// A column of a listing in one format.
struct Column<'a, R> {
    name: &'a str,
    value: &'a dyn Fn(&R) -> Cell,
}

/// The columns that a kind of row has in `format`.
fn columns<'a, R: Listing>(format: Format) -> Vec<Column<'a, R>> {
    let of = |field: &'static Field<R>| match format {
        Format::Table => field.shown.as_ref(),
        Format::Csv | Format::Json => field.exact.as_ref(),
    };
    R::FIELDS.iter().filter_map(of).map(|(name, value)| Column { name, value }).collect()
}

fn write_rows<R>(
    columns: &[Column<'_, R>],
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
        [header].into_iter().chain(rows.iter().map(|row| for_people(row))).collect();
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

/// One listing of an answer that has several.
pub(crate) struct Part {
    /// Its name for programs.
    name: &'static str,
    /// The names of its values.
    names: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
    /// Whether it is one thing and no list.
    single: bool,
}

impl Part {
    /// A list.
    pub(crate) fn list<R: Listing>(name: &'static str, rows: &[R]) -> Self {
        let columns = columns::<R>(Format::Json);
        let names = columns.iter().map(|column| column.name).collect();
        let cells = |row| columns.iter().map(|column| (column.value)(row)).collect();
        Self { name, names, rows: rows.iter().map(cells).collect(), single: false }
    }

    /// One thing.
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

/// Writes an answer of several listings for programs: one object in JSON, pairs of field and value in CSV. Tables are
/// up to whoever knows how the listings hang together.
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
    /// A number that may be absent.
    pub(crate) fn number(value: Option<f64>) -> Self {
        value.map_or(Self::Empty, Self::Number)
    }

    /// Text that may be absent.
    pub(crate) fn text(text: Option<&str>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.to_owned()))
    }

    /// A share for people: four significant digits.
    pub(crate) fn share(value: f64) -> Self {
        let rounded: f64 = format!("{value:.3e}").parse().expect("invariant: a float reads back");
        Self::Figure(rounded.to_string())
    }

    /// A number for people: two decimals.
    pub(crate) fn hundredths(value: f64) -> Self {
        Self::Figure(format!("{value:.2}"))
    }

    /// An estimate for people: whole numbers, with the interval unless it is exact.
    pub(crate) fn estimate(value: f64, low: f64, high: f64) -> Self {
        // No minus before what rounds to 0.
        let [value, low, high] =
            [value, low, high].map(|figure| if (-0.5..=0.0).contains(&figure) { 0.0 } else { figure });
        Self::Figure(if low == high {
            format!("{value:.0}")
        } else {
            format!("{value:.0} [{low:.0}–{high:.0}]")
        })
    }

    fn is_numeric(&self) -> bool {
        matches!(self, Self::Figure(_) | Self::Integer(_) | Self::Change(_) | Self::Number(_))
    }

    fn exact(&self) -> String {
        match self {
            Self::Text(text) | Self::Figure(text) => text.clone(),
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
            Self::Integer(value) => value.into(),
            Self::Change(value) => value.into(),
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
