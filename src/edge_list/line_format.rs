//! How the lines of a file are split into fields, and what the fields hold.

use super::EdgeListOptions;
use crate::event::{Delimiter, Dialect, FieldSpan, MAX_RECORD_BYTES, Quoting, RawRecord, cut, is_blank};

#[derive(Clone, Copy, Debug)]
pub(super) enum FileRole {
    Edges,
    Nodes { edges: LineFormat },
}

/// How the lines of one file are split into fields, and what each line holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineFormat {
    /// How a line is cut into fields; a quoted field ends in its line.
    pub(super) dialect: Dialect,
    pub(super) content: Content,
    /// Whether an id without quotes may hold any blanks. If not, an id of an edge may hold blanks that cannot separate
    /// fields.
    pub(super) blanks_in_ids: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Edge,
    WeightedEdge,
    /// An edge; further fields are ignored.
    EdgeAndRest,
    /// A node id; further fields are ignored.
    Node,
}

impl LineFormat {
    /// The format of a file whose rows hold nothing but blanks and edges without weights.
    pub(super) fn plain(options: &EdgeListOptions) -> Self {
        let dialect = Dialect { quoting: options.quoting, ..line_dialect(options) };
        Self { dialect, content: Content::Edge, blanks_in_ids: true }
    }

    /// How the text is split into lines.
    pub(super) fn lines(&self) -> Dialect {
        Dialect { delimiter: Delimiter::Blanks, quoting: Quoting::None, ..self.dialect }
    }
}

/// How a text is split into lines, whatever separates the fields: a quote never joins two lines.
pub(super) fn line_dialect(options: &EdgeListOptions) -> Dialect {
    Dialect {
        delimiter: Delimiter::Blanks,
        quoting: Quoting::None,
        comments: if options.comments { [Some(b'#'), Some(b'%')] } else { [None, None] },
        inner_quotes: true,
        max_record_bytes: MAX_RECORD_BYTES,
    }
}

/// A field of one of the first rows, without blanks around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HeadField<'a> {
    /// The positions in the row where the field starts and ends, without quotes.
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) text: &'a [u8],
    pub(super) is_quoted: bool,
}

impl<'a> HeadField<'a> {
    /// The fields of a row; `None` if its quotes are broken.
    pub(super) fn all(row: &'a [u8], dialect: Dialect) -> Option<Vec<Self>> {
        let mut spans = Vec::new();
        cut(&RawRecord::of_line(row, 1).with_quotes(&dialect), &dialect, &mut spans).ok()?;
        let has_quotes = dialect.quoting != Quoting::None;
        let field = |span: &FieldSpan| {
            let is_quoted = has_quotes && span.is_quoted(row);
            let text = span.bytes(row);
            Self { start: span.start, end: span.start + text.len(), text: text.trim_ascii(), is_quoted }
        };
        Some(spans.iter().map(field).collect())
    }

    /// The position in the row of the first blank inside this field; `None` in quotes.
    pub(super) fn inner_blank(&self, row: &[u8]) -> Option<usize> {
        let lead = row[self.start..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let blank = self.text.iter().position(|&byte| is_blank(byte)).filter(|_| !self.is_quoted)?;
        Some(self.start + lead + blank)
    }

    /// Whether the field is a number that can be an id: digits, perhaps with a sign.
    pub(super) fn is_integer(&self) -> bool {
        let digits = self.text.strip_prefix(b"-").or(self.text.strip_prefix(b"+")).unwrap_or(self.text);
        !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
    }

    /// Whether the field can be a hexadecimal number: digits and the letters a to f, perhaps behind `0x`.
    pub(super) fn is_hexadecimal(&self) -> bool {
        let digits = self.text.strip_prefix(b"0x").or(self.text.strip_prefix(b"0X")).unwrap_or(self.text);
        !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit)
    }

    /// Whether the field is a number, with a point or a comma before its decimals.
    pub(super) fn is_number(&self) -> bool {
        let text = String::from_utf8_lossy(self.text).replace(',', ".");
        text.parse::<f64>().is_ok_and(f64::is_finite)
    }
}
