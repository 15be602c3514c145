//! How the lines of one file are cut: told by its first line that is no comment.

use crate::event::{
    Delimiter, MAX_RECORD_BYTES, Quoting,
    fields::is_blank,
    record::{Punctuation, Records},
};

/// What a file is read for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Role {
    Edges,
    Nodes { edges_delimiter: Delimiter },
}

/// How the lines of one file are cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) delimiter: Delimiter,
    pub(super) content: Content,
}

/// What a line holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Edge,
    WeightedEdge,
    /// An id; whatever follows it is not looked at.
    Node,
}

/// What tells lines apart; how a line is cut comes later, with its shape.
pub(super) const PUNCTUATION: Punctuation = Punctuation {
    delimiter: Delimiter::Blanks,
    quoting: Quoting::None,
    comments: [Some(b'#'), Some(b'%')],
    max_record_bytes: MAX_RECORD_BYTES,
};

impl Shape {
    /// The shape of a file that begins with `text`; none where only comments and blank lines stand in it.
    pub(super) fn of_text(text: &[u8], role: Role) -> Option<Self> {
        Records::new(text, 1, PUNCTUATION).next().map(|line| Self::of(line.bytes, role))
    }

    fn of(first_line: &[u8], role: Role) -> Self {
        let delimiter = if first_line.contains(&b'\t') {
            Delimiter::Byte(b'\t')
        } else if first_line.contains(&b',') {
            Delimiter::Byte(b',')
        } else if let Role::Nodes { edges_delimiter } = role {
            edges_delimiter
        } else {
            Delimiter::Blanks
        };
        let content = match role {
            Role::Nodes { .. } => Content::Node,
            Role::Edges if field_count(first_line, delimiter) > 2 => Content::WeightedEdge,
            Role::Edges => Content::Edge,
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
