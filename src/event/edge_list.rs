//! Plain edge lists, `source target [weight]` a line: what one kernel runs on without a customer in sight.

use std::path::Path;

use rayon::prelude::*;

use super::{
    AccountId, AccountTable, CHUNK_BYTES, Delimiter, EventError, MAX_NAME_BYTES, MAX_RECORD_BYTES, Quoting,
    RejectReason,
    chunk::{Chunk, Splitter, in_waves},
    fields::{Fault, Field, check_field_count, cut},
    intern::{GroupedKeys, Interner, KeyBatch},
    plan::FieldCount,
    record::{Punctuation, Record},
    reject::shown,
};

/// A graph as its user wrote it.
#[derive(Clone, Debug, PartialEq)]
pub struct EdgeList {
    /// The ids of both files, letter for letter. First seen: the edges' file first, then the nodes' file.
    pub accounts: AccountTable,
    /// The edges in the order of the lines, repeats and loops included.
    pub edges: Vec<(AccountId, AccountId)>,
    /// The weight of each edge, finite and > 0; present if the first line has one.
    pub weights: Option<Vec<f64>>,
}

/// Reads an edge list, and the list of its nodes where there is one.
///
/// A line is `source target` or `source target weight`, and all lines of a file are alike. The separator is told by
/// the first line: a tab if it has one, else a comma, else runs of blanks. Blanks around an id are dropped; otherwise
/// ids stay as they are. Lines that begin with `#` or `%` and blank lines are skipped. A line of the nodes' file gives
/// its first field; the separator there is told in the same way, and is that of the edges where the line has neither
/// tab nor comma. Both files may be plain, gzip or zstd.
///
/// ```
/// let path = std::env::temp_dir().join(format!("plaudit-doctest-{}.edges", std::process::id()));
/// std::fs::write(&path, "# who attends to whom\nada grace 2.5\ngrace Ada 1\n").expect("the folder can be written");
/// let list = plaudit::event::read_edge_list(&path, None).expect("the file is there");
/// assert_eq!((list.accounts.len(), list.edges.len(), list.weights), (3, 2, Some(vec![2.5, 1.0])));
/// # std::fs::remove_file(path).expect("it was there");
/// ```
///
/// # Errors
/// [`EventError::BadRow`] for the first line that is no edge; the files' own faults as for [`read`](super::read).
pub fn read_edge_list(edges: &Path, nodes: Option<&Path>) -> Result<EdgeList, EventError> {
    let mut interner = Interner::new();
    let (mut edge_ids, mut weights) = (Vec::new(), Vec::new());
    let mut stream = Stream::open(edges, Role::Edges)?;
    in_waves(
        || stream.next_job(),
        |job| parse(edges, job),
        |wave| {
            let (wave_weights, keys): (Vec<_>, Vec<_>) =
                wave.into_iter().map(|lines| (lines.weights, lines.keys)).unzip();
            weights.extend(wave_weights.into_iter().flatten());
            for ids in interner.intern(&keys)? {
                edge_ids.extend(ids.chunks_exact(2).map(|pair| (pair[0], pair[1])));
            }
            Ok(())
        },
    )?;
    let shape = stream.shape.unwrap_or(Shape { delimiter: Delimiter::Blanks, content: Content::Edge });
    if let Some(nodes) = nodes {
        let mut stream = Stream::open(nodes, Role::Nodes { edges_delimiter: shape.delimiter })?;
        in_waves(
            || stream.next_job(),
            |job| parse(nodes, job),
            |wave| {
                let keys: Vec<_> = wave.into_iter().map(|lines| lines.keys).collect();
                interner.intern(&keys).map(drop)
            },
        )?;
    }
    let interned = interner.finish()?;
    edge_ids.par_iter_mut().with_min_len(1 << 14).for_each(|(source, target)| {
        (*source, *target) = (interned.id(*source), interned.id(*target));
    });
    let weights = (shape.content == Content::WeightedEdge).then_some(weights);
    Ok(EdgeList { accounts: interned.accounts, edges: edge_ids, weights })
}

/// What a file is read for.
#[derive(Clone, Copy, Debug)]
enum Role {
    Edges,
    Nodes { edges_delimiter: Delimiter },
}

/// How the lines of one file are cut; settled by its first line that is no comment.
#[derive(Clone, Copy, Debug)]
struct Shape {
    delimiter: Delimiter,
    content: Content,
}

/// What a line holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    Edge,
    WeightedEdge,
    /// An id; whatever follows it is not looked at.
    Node,
}

impl Shape {
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
        Delimiter::Blanks => line.split(u8::is_ascii_whitespace).filter(|field| !field.is_empty()).count(),
    }
}

/// The chunks of one file.
struct Stream {
    splitter: Splitter,
    role: Role,
    /// None until the first line is seen.
    shape: Option<Shape>,
}

struct Job {
    chunk: Chunk,
    shape: Shape,
}

/// What tells lines apart; how a line is cut comes later, with its shape.
const PUNCTUATION: Punctuation = Punctuation {
    delimiter: Delimiter::Blanks,
    quoting: Quoting::None,
    comments: [Some(b'#'), Some(b'%')],
    max_record_bytes: MAX_RECORD_BYTES,
};

impl Stream {
    fn open(path: &Path, role: Role) -> Result<Self, EventError> {
        let splitter = Splitter::open(path, PUNCTUATION, CHUNK_BYTES)?;
        Ok(Self { splitter, role, shape: None })
    }

    fn next_job(&mut self) -> Result<Option<Job>, EventError> {
        loop {
            let Some(chunk) = self.splitter.next_chunk()? else { return Ok(None) };
            if self.shape.is_none() {
                self.shape = chunk.records(PUNCTUATION).next().map(|line| Shape::of(line.bytes, self.role));
            }
            if let Some(shape) = self.shape {
                return Ok(Some(Job { chunk, shape }));
            }
        }
    }
}

/// What a chunk held: two keys an edge or one a node, and the weights where there are any.
struct Lines {
    keys: GroupedKeys,
    weights: Vec<f64>,
}

fn parse(path: &Path, job: &Job) -> Result<Lines, EventError> {
    let mut keys = KeyBatch::with_capacity(job.chunk.bytes.len());
    let (mut weights, mut fields) = (Vec::new(), Vec::new());
    let punctuation = Punctuation { delimiter: job.shape.delimiter, ..PUNCTUATION };
    for record in job.chunk.records(PUNCTUATION) {
        let parsed = cut(&record, &punctuation, &mut fields)
            .map_err(LineFault::from)
            .and_then(|()| parse_line(&record, job.shape.content, &fields, &mut keys));
        match parsed {
            Ok(weight) => weights.extend(weight),
            Err(fault) => {
                let (line, column) = record.position(fault.offset);
                return Err(EventError::BadRow { path: path.to_owned(), line, column, why: fault.why });
            }
        }
    }
    Ok(Lines { keys: keys.grouped(), weights })
}

/// What is wrong with a line, and at which of its bytes.
struct LineFault {
    offset: usize,
    why: String,
}

impl From<Fault> for LineFault {
    fn from(fault: Fault) -> Self {
        Self { offset: fault.offset, why: fault.reason.to_string() }
    }
}

/// Pushes the ids of a line; its weight comes back, where lines have one.
#[inline]
fn parse_line(
    record: &Record<'_>,
    content: Content,
    fields: &[Field],
    keys: &mut KeyBatch,
) -> Result<Option<f64>, LineFault> {
    let expected = match content {
        Content::Node => {
            push_id(record.bytes, &fields[0], keys)?;
            return Ok(None);
        }
        Content::Edge => 2,
        Content::WeightedEdge => 3,
    };
    check_field_count(FieldCount::Exactly(expected), record.bytes.len(), fields)?;
    push_id(record.bytes, &fields[0], keys)?;
    push_id(record.bytes, &fields[1], keys)?;
    fields.get(2).map(|field| weight(record.bytes, field)).transpose()
}

#[inline]
fn push_id(row: &[u8], field: &Field, keys: &mut KeyBatch) -> Result<(), LineFault> {
    let text = field.text(row)?;
    let id = text.trim_matches([' ', '\t']);
    let why = match id.len() {
        1..=MAX_NAME_BYTES if memchr::memchr(0, id.as_bytes()).is_none() => {
            keys.push("", id.as_bytes());
            return Ok(());
        }
        0 => "the id is empty".to_owned(),
        1..=MAX_NAME_BYTES => RejectReason::NulByte.to_string(),
        _ => RejectReason::NameTooLong.to_string(),
    };
    Err(LineFault { offset: field.start, why })
}

fn weight(row: &[u8], field: &Field) -> Result<f64, LineFault> {
    let text = field.text(row)?;
    match text.trim().parse::<f64>() {
        Ok(weight) if weight.is_finite() && weight > 0.0 => Ok(weight),
        _ => {
            let why = format!("the weight `{}` is not a finite number above 0", shown(text.trim()));
            Err(LineFault { offset: field.start, why })
        }
    }
}
