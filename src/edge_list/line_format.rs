//! Determines from the first line of a file how its lines are split into fields and what the fields hold.

use crate::event::{Delimiter, Dialect, MAX_RECORD_BYTES, Quoting, Records, is_blank};

#[derive(Clone, Copy, Debug)]
pub(super) enum FileRole {
    Edges,
    Nodes { edges_delimiter: Delimiter },
}

/// How the lines of one file are split into fields, and what each line holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineFormat {
    pub(super) delimiter: Delimiter,
    pub(super) content: Content,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Edge,
    WeightedEdge,
    /// A node id; further fields are ignored.
    Node,
}

/// How text is split into lines. The delimiter within lines is not known yet: [`LineFormat`] holds it.
pub(super) const DIALECT: Dialect = Dialect {
    delimiter: Delimiter::Blanks,
    quoting: Quoting::None,
    comments: [Some(b'#'), Some(b'%')],
    max_record_bytes: MAX_RECORD_BYTES,
};

impl LineFormat {
    /// The format of a file that begins with `text`; `None` if `text` holds only comments and blank lines.
    pub(super) fn of_text(text: &[u8], role: FileRole) -> Option<Self> {
        Records::new(text, 1, DIALECT).next().map(|line| Self::of(line.bytes, role))
    }

    fn of(first_line: &[u8], role: FileRole) -> Self {
        let delimiter = if first_line.contains(&b'\t') {
            Delimiter::Byte(b'\t')
        } else if first_line.contains(&b',') {
            Delimiter::Byte(b',')
        } else if let FileRole::Nodes { edges_delimiter } = role {
            edges_delimiter
        } else {
            Delimiter::Blanks
        };
        let content = match role {
            FileRole::Nodes { .. } => Content::Node,
            FileRole::Edges if field_count(first_line, delimiter) > 2 => Content::WeightedEdge,
            FileRole::Edges => Content::Edge,
        };
        Self { delimiter, content }
    }
}

fn field_count(line: &[u8], delimiter: Delimiter) -> usize {
    match delimiter {
        Delimiter::Byte(delimiter) => line.split(|byte| *byte == delimiter).count(),
        Delimiter::Blanks => line.split(|byte| is_blank(*byte)).filter(|field| !field.is_empty()).count(),
    }
}
