//! Reads a file of node weights, one `node weight` per line, such as the teleport weights of PageRank.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use super::{EdgeListError, LabeledGraph};
use crate::{ids::offset64, text::counted};

impl LabeledGraph {
    /// Reads the weights of all nodes from a plain text file. A node that the file does not name has weight 0; a node
    /// that the file names several times has the sum of its weights. Blank lines and lines that begin with `#` or `%`
    /// are skipped.
    ///
    /// # Errors
    /// [`EdgeListError::UnreadableNodeWeights`]; [`EdgeListError::BadNodeWeight`] for a line that does not hold a node
    /// of the graph and a finite weight of at least 0.
    pub fn read_node_weights(&self, path: &Path) -> Result<Vec<f64>, EdgeListError> {
        let failed = |source| EdgeListError::UnreadableNodeWeights { path: path.to_owned(), source };
        let reader = BufReader::new(File::open(path).map_err(failed)?);
        let mut weights = vec![0.0; self.ids.len()];
        for (number, line) in (1..).zip(reader.lines()) {
            let line = line.map_err(failed)?;
            if line.trim().is_empty() || line.starts_with(['#', '%']) {
                continue;
            }
            let bad = |why| EdgeListError::BadNodeWeight { path: path.to_owned(), line: number, why };
            let fields: Vec<&str> = line.split([' ', '\t', ',']).filter(|field| !field.is_empty()).collect();
            let [id, weight] = fields[..] else {
                let fields = counted(offset64(fields.len()), "field", "fields");
                return Err(bad(format!("{fields}, not 2")));
            };
            let node = self.find(id).ok_or_else(|| bad(format!("`{id}` is not a node of the graph")))?;
            let is_weight = |weight: &f64| weight.is_finite() && *weight >= 0.0;
            let value = weight.parse().ok().filter(is_weight);
            weights[node.index()] += value
                .ok_or_else(|| bad(format!("the weight `{weight}` is not a finite number from 0 on")))?;
        }
        Ok(weights)
    }
}
