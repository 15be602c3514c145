//! The banner and the size line of a Matrix Market file.

use std::path::Path;

use super::{
    EdgeList, EdgeListError,
    error::remedy,
    foreign::ForeignFormat,
    line_format::{Content, HeadField},
};

/// The sizes of a square sparse matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MatrixSize {
    /// The nodes are 1 to this number.
    pub(super) node_count: u64,
    pub(super) entry_count: u64,
    /// The line that says so.
    pub(super) line: u64,
}

const RECTANGULAR: ForeignFormat = ForeignFormat {
    name: "a rectangular Matrix Market file, in which a number names one row and another column",
    remedy: "write an edge list with different ids for rows and columns, for example `r1` and `c1`",
};

impl MatrixSize {
    /// Whether the ends of all edges are numbers of nodes of this matrix.
    pub(super) fn contains_ends_of(&self, list: &EdgeList) -> bool {
        let is_node = |id: &str| id.parse().is_ok_and(|number| (1..=self.node_count).contains(&number));
        let ends = || list.edges().flatten();
        if !list.ids.is_numeric() {
            return ends().all(|end| is_node(&list.ids.id(end)));
        }
        // The numbers of the nodes are in the order of their ids.
        [ends().min(), ends().max()].into_iter().flatten().all(|end| is_node(&list.ids.id(end)))
    }

    /// The error that the line of the sizes contradicts the entries.
    pub(super) fn bad(&self, path: &Path, why: String) -> EdgeListError {
        let path = path.to_owned();
        EdgeListError::BadLine { path, line: self.line, column: 1, why, remedy: remedy::MATRIX }
    }
}

/// Whether a file with this first line is a Matrix Market file.
pub(super) fn is_banner(first_line: &[u8]) -> bool {
    const BANNER: &[u8] = b"%%MatrixMarket";
    first_line.get(..BANNER.len()).is_some_and(|start| start.eq_ignore_ascii_case(BANNER))
}

/// What the rows of a file with this banner hold; a kind of matrix that is no list of all edges is an error.
pub(super) fn content(banner: &[u8]) -> Result<Content, ForeignFormat> {
    let banner = String::from_utf8_lossy(banner).to_ascii_lowercase();
    let kind: Vec<&str> = banner.split_whitespace().skip(1).collect();
    let refused = |name, remedy| Err(ForeignFormat { name, remedy });
    match kind[..] {
        ["matrix", "coordinate", "pattern", "general"] => Ok(Content::Edge),
        ["matrix", "coordinate", "real" | "integer", "general"] => Ok(Content::WeightedEdge),
        ["matrix", "array", ..] => {
            refused("a Matrix Market file of kind `array`", "write the matrix in the format `coordinate`")
        }
        ["matrix", "coordinate", "complex", ..] => refused(
            "a Matrix Market file of complex numbers",
            "write real weights, for example the absolute values",
        ),
        ["matrix", "coordinate", _, "symmetric"] => refused(
            "a symmetric Matrix Market file, which holds one half of its entries",
            "write all entries, and `general` for `symmetric`",
        ),
        ["matrix", "coordinate", _, "skew-symmetric" | "hermitian"] => refused(
            "a skew-symmetric or Hermitian Matrix Market file, which holds one half of its entries",
            "write all entries with weights above 0, and `general` for the symmetry",
        ),
        _ => refused(
            "a Matrix Market file of an unknown kind",
            "its first line must be `%%MatrixMarket matrix coordinate real|integer|pattern general`",
        ),
    }
}

/// The sizes that the first row of the file gives; `None` if it is no size line.
pub(super) fn size(fields: &[HeadField<'_>], line: u64) -> Option<Result<MatrixSize, ForeignFormat>> {
    let numbers = fields.iter().map(|field| std::str::from_utf8(field.text).ok()?.parse().ok());
    let [rows, columns, entry_count] = numbers.collect::<Option<Vec<u64>>>()?[..] else { return None };
    Some(if rows == columns {
        Ok(MatrixSize { node_count: rows, entry_count, line })
    } else {
        Err(RECTANGULAR)
    })
}
