//! Reads the first two rows of a file, which determine its format, and where its list begins.

use std::path::Path;

use super::{
    EdgeListError, EdgeListOptions, HeaderLine,
    delimiter::{self, DelimiterDoubt, delimiter_of},
    error::remedy,
    foreign::{self, ForeignFormat},
    headers,
    line_format::{Content, FileRole, HeadField, LineFormat, line_dialect},
    matrix_market::{self, MatrixSize},
};
use crate::event::{Delimiter, Dialect, MAX_RECORD_BYTES, Records, shown};

/// What the first rows of a file say about it.
#[derive(Clone, Debug)]
pub(super) struct Opening {
    pub(super) format: LineFormat,
    pub(super) header: Option<HeaderLine>,
    pub(super) matrix: Option<MatrixSize>,
    /// Line and column of the first weight.
    pub(super) first_weight: (u64, u64),
    /// The position of the first row of the list; nothing before it is read again.
    pub(super) body: u64,
}

/// Collects the first two rows of a file from its chunks.
pub(super) struct HeadReader<'a> {
    path: &'a Path,
    role: FileRole,
    options: &'a EdgeListOptions,
    /// The first line of the file, even if it is a comment; at most a part of a long line.
    first_line: Option<Vec<u8>>,
    rows: Vec<HeadRow>,
    /// The number of the line behind the text that was fed.
    next_line: u64,
}

struct HeadRow {
    bytes: Vec<u8>,
    line: u64,
    /// The positions of the row and of the line behind it.
    start: u64,
    end: u64,
}

/// How many rows are looked at.
const ROWS: usize = 2;
/// How much of the first line is looked at.
const FIRST_LINE_BYTES: usize = 1 << 10;

impl<'a> HeadReader<'a> {
    pub(super) fn new(path: &'a Path, role: FileRole, options: &'a EdgeListOptions) -> Self {
        Self { path, role, options, first_line: None, rows: Vec::new(), next_line: 1 }
    }

    /// Whether no further text is needed.
    pub(super) fn is_full(&self) -> bool {
        self.rows.len() == ROWS
    }

    /// Whether the text so far holds no row.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Takes the next whole lines of the file, which begin at position `at`.
    pub(super) fn feed(&mut self, text: &[u8], at: u64) {
        if self.first_line.is_none() && !text.is_empty() {
            let start = &text[..text.len().min(FIRST_LINE_BYTES)];
            self.first_line = start.split(|&byte| byte == b'\n').next().map(<[u8]>::to_vec);
        }
        let mut records = Records::new(text, self.next_line, line_dialect(self.options));
        while !self.is_full() {
            let Some(record) = records.next() else { break };
            let end = text.len() - records.rest.len();
            let start = memchr::memrchr(b'\n', &text[..end - 1]).map_or(0, |stop| stop + 1);
            self.rows.push(HeadRow {
                bytes: record.bytes[..record.bytes.len().min(MAX_RECORD_BYTES)].to_vec(),
                line: record.line,
                start: at + start as u64,
                end: at + end as u64,
            });
        }
        self.next_line = records.line;
    }

    /// What the rows say; `None` if there are none.
    pub(super) fn opening(self) -> Result<Option<Opening>, EdgeListError> {
        let first_line = self.first_line.as_deref().unwrap_or_default();
        let [first, rest @ ..] = &self.rows[..] else { return Ok(None) };
        let second = rest.first();
        if let FileRole::Nodes { edges } = self.role {
            return Ok(Some(self.nodes(edges, first, second)));
        }
        if matrix_market::is_banner(first_line) {
            return self.matrix(first_line, first, second).map(Some);
        }
        let second_bytes = second.map_or(&b""[..], |second| &second.bytes);
        let foreign =
            foreign::by_first_line(first_line).or_else(|| foreign::by_first_rows(&first.bytes, second_bytes));
        if let Some(format) = foreign {
            return Err(EdgeListError::other_format(self.path, format));
        }
        self.edges(first, second).map(Some)
    }

    fn edges(&self, first: &HeadRow, second: Option<&HeadRow>) -> Result<Opening, EdgeListError> {
        let dialect = self.dialect();
        let delimiter = match self.options.delimiter {
            Some(given) => given,
            None => delimiter_of(&first.bytes, dialect).map_err(|doubt| self.doubt(first, doubt))?,
        };
        let dialect = Dialect { delimiter, ..dialect };
        let fields = |row: &HeadRow| HeadField::all(&row.bytes, dialect).map(|fields| fields.len());
        let is_header = self.options.header && is_edge_header(first, second, dialect);
        let row = if is_header { second } else { Some(first) };
        let count = row.and_then(fields).unwrap_or(0);
        let content = if self.options.ignore_weights {
            Content::EdgeAndRest
        } else if count > 2 {
            Content::WeightedEdge
        } else {
            Content::Edge
        };
        if let Some(row) = row.filter(|_| is_header) {
            self.check_header(first, row, dialect, content)?;
        }
        let third = row.and_then(|row| HeadField::all(&row.bytes, dialect)?.get(2).map(|field| field.start));
        Ok(Opening {
            format: LineFormat { dialect, content, blanks_in_ids: self.options.delimiter.is_some() },
            header: is_header.then(|| first.header()),
            matrix: None,
            first_weight: (row.map_or(0, |row| row.line), third.unwrap_or(0) as u64 + 1),
            body: row.map_or(first.end, |row| row.start),
        })
    }

    /// Checks that the columns that a header names are those of the rows below it.
    fn check_header(
        &self,
        header: &HeadRow,
        row: &HeadRow,
        dialect: Dialect,
        content: Content,
    ) -> Result<(), EdgeListError> {
        let names = HeadField::all(&header.bytes, dialect).unwrap_or_default();
        let Some(fields) = HeadField::all(&row.bytes, dialect) else { return Ok(()) };
        if names.len() != fields.len() {
            let offset = fields.get(names.len()).map_or(row.bytes.len(), |field| field.start);
            let why = format!("found {} fields, the header names {} columns", fields.len(), names.len());
            return Err(self.bad(row, offset, why, remedy::HEADER));
        }
        if headers::is_reversed(&names) {
            let why = "the columns hold the target first and the source second".to_owned();
            return Err(self.bad(header, names[0].start, why, remedy::REVERSED));
        }
        let third = names.get(2).filter(|_| content == Content::WeightedEdge);
        if let Some(name) = third.filter(|name| headers::is_no_weight(name)) {
            let why =
                format!("the third column is `{}`, not a weight", shown(&String::from_utf8_lossy(name.text)));
            return Err(self.bad(header, name.start, why, remedy::NO_WEIGHT));
        }
        Ok(())
    }

    fn nodes(&self, edges: LineFormat, first: &HeadRow, second: Option<&HeadRow>) -> Opening {
        let dialect = self.dialect();
        let separates = |&byte: &u8| delimiter::separates(&first.bytes, byte, dialect);
        let own = [b'\t', b','].into_iter().find(separates).map(Delimiter::Byte);
        let delimiter = self.options.delimiter.or(own).unwrap_or(edges.dialect.delimiter);
        let dialect = Dialect { delimiter, ..dialect };
        let names = HeadField::all(&first.bytes, dialect).filter(|_| self.options.header);
        let is_header = names.is_some_and(|names| headers::is_node_header(&names));
        let body = if is_header { second.map_or(first.end, |second| second.start) } else { first.start };
        Opening {
            format: LineFormat { dialect, content: Content::Node, blanks_in_ids: edges.blanks_in_ids },
            header: is_header.then(|| first.header()),
            matrix: None,
            first_weight: (0, 0),
            body,
        }
    }

    fn matrix(
        &self,
        banner: &[u8],
        first: &HeadRow,
        second: Option<&HeadRow>,
    ) -> Result<Opening, EdgeListError> {
        let other = |format: ForeignFormat| EdgeListError::other_format(self.path, format);
        let content = matrix_market::content(banner).map_err(other)?;
        let content = if self.options.ignore_weights { Content::EdgeAndRest } else { content };
        let dialect = self.dialect();
        let fields = HeadField::all(&first.bytes, dialect).unwrap_or_default();
        let Some(size) = matrix_market::size(&fields, first.line) else {
            let why = "the line is not `rows columns entries`, the sizes of the matrix".to_owned();
            return Err(self.bad(first, 0, why, remedy::LINE));
        };
        Ok(Opening {
            format: LineFormat { dialect, content, blanks_in_ids: false },
            header: None,
            matrix: Some(size.map_err(other)?),
            first_weight: (second.map_or(0, |row| row.line), 1),
            body: second.map_or(first.end, |row| row.start),
        })
    }

    /// The dialect of the file; its delimiter is not known yet.
    fn dialect(&self) -> Dialect {
        Dialect { quoting: self.options.quoting, ..line_dialect(self.options) }
    }

    fn doubt(&self, row: &HeadRow, doubt: DelimiterDoubt) -> EdgeListError {
        self.bad(row, doubt.offset, doubt.why, remedy::DELIMITER)
    }

    fn bad(&self, row: &HeadRow, offset: usize, why: String, remedy: &'static str) -> EdgeListError {
        let path = self.path.to_owned();
        EdgeListError::BadLine { path, line: row.line, column: offset as u64 + 1, why, remedy }
    }
}

impl HeadRow {
    fn header(&self) -> HeaderLine {
        HeaderLine { line: self.line, text: shown(&String::from_utf8_lossy(&self.bytes)) }
    }
}

fn is_edge_header(first: &HeadRow, second: Option<&HeadRow>, dialect: Dialect) -> bool {
    let fields = HeadField::all(&first.bytes, dialect).unwrap_or_default();
    let second = second.and_then(|second| HeadField::all(&second.bytes, dialect));
    headers::is_edge_header(&fields, second.as_deref())
}
