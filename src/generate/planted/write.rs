//! Writes a planted graph as an edge list and a CSV file of communities.

use std::io::{self, Write};

use super::PlantedGraph;

/// The name of the file with the edges.
pub const EDGES_FILE: &str = "edges.el";
/// The name of the file with the communities.
pub const TRUTH_FILE: &str = "truth.csv";

impl PlantedGraph {
    /// Writes the edges, one `source target` per line.
    ///
    /// # Errors
    /// The errors of `out`.
    pub fn write_edges(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut out = io::BufWriter::with_capacity(1 << 16, out);
        self.edges.iter().try_for_each(|(source, target)| writeln!(out, "{source} {target}"))?;
        out.flush()
    }

    /// Writes the community of every node, with a header.
    ///
    /// # Errors
    /// The errors of `out`.
    pub fn write_truth(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut out = io::BufWriter::with_capacity(1 << 16, out);
        writeln!(out, "node,community")?;
        self.community
            .iter()
            .enumerate()
            .try_for_each(|(node, community)| writeln!(out, "{node},{community}"))?;
        out.flush()
    }
}
