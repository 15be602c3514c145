//! The graph of an edge list, and the way back from its nodes to the user's own ids.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::Path,
};

use super::exit::CliError;
use crate::{
    event::EdgeList,
    graph::{Directions, Graph},
    ids::{NodeId, id32},
    projection::{self, ListedGraph},
};

/// A graph with the user's own ids.
pub(super) struct Problem {
    listed: ListedGraph,
}

impl Problem {
    /// The graph of a list; every edge goes both ways where `directions` says so.
    pub(super) fn new(list: EdgeList, directions: Directions) -> Self {
        Self { listed: projection::listed_graph(list, directions) }
    }

    pub(super) fn graph(&self) -> &Graph {
        &self.listed.graph
    }

    /// By how many weight units an edge's weight may differ from what the file says.
    pub(super) fn weight_error_units(&self) -> f64 {
        self.listed.weight_error_units
    }

    /// The id of a node.
    pub(super) fn id(&self, node: NodeId) -> String {
        self.listed.ids.id(self.listed.number_at[node.index()]).into_owned()
    }

    /// One row a node, in order of first appearance: its id, then the fields that `fields` gives.
    pub(super) fn rows(&self, fields: impl Fn(NodeId) -> Vec<String>) -> Vec<Vec<String>> {
        let row = |number: &NodeId| {
            let mut row = vec![self.listed.ids.id(*number).into_owned()];
            row.extend(fields(self.listed.place_of[number.index()]));
            row
        };
        self.listed.ids.by_appearance().iter().map(row).collect()
    }

    /// The place of every node in the order of the ids: by number where all are integers, by text otherwise.
    pub(super) fn id_order(&self) -> Vec<u32> {
        if self.listed.ids.is_numeric() {
            return self.listed.number_at.iter().map(|number| number.0).collect();
        }
        let mut nodes: Vec<NodeId> = self.listed.graph.nodes().collect();
        let id = |node: &NodeId| self.listed.ids.id(self.listed.number_at[node.index()]);
        let numbers: Option<Vec<i128>> = nodes.iter().map(|node| id(node).parse().ok()).collect();
        match &numbers {
            Some(numbers) => nodes.sort_unstable_by_key(|node| (numbers[node.index()], id(node))),
            None => nodes.sort_unstable_by_key(id),
        }
        let mut order = vec![0; nodes.len()];
        for (place, node) in nodes.into_iter().enumerate() {
            order[node.index()] = id32(place);
        }
        order
    }

    /// The teleport weights of all nodes from a file, `node weight` a line; 0 for those that it does not name.
    pub(super) fn read_teleport(&self, path: &Path) -> Result<Vec<f64>, CliError> {
        let shown = path.display();
        let failed = |error: io::Error| {
            CliError::input(format!("cannot read `{shown}`: {error}"))
                .hint("`--teleport` takes a plain text file that this user may read, `node weight` a line")
        };
        let reader = BufReader::new(File::open(path).map_err(failed)?);
        let mut weights = vec![0.0; self.listed.ids.len()];
        for (number, line) in (1..).zip(reader.lines()) {
            let line = line.map_err(failed)?;
            if line.trim().is_empty() || line.starts_with(['#', '%']) {
                continue;
            }
            let bad = |why: String| {
                CliError::input(format!("cannot read a teleport weight at {shown}:{number}: {why}"))
                    .hint("a line holds `node weight`, separated by blanks, comma or tab")
            };
            let fields: Vec<&str> = line.split([' ', '\t', ',']).filter(|field| !field.is_empty()).collect();
            let [id, weight] = fields[..] else { return Err(bad(format!("{} fields, not 2", fields.len()))) };
            let node =
                self.listed.ids.find(id).ok_or_else(|| bad(format!("`{id}` is no node of the graph")))?;
            let weight: Option<f64> = weight.parse().ok().filter(|w: &f64| w.is_finite() && *w >= 0.0);
            weights[self.listed.place_of[node.index()].index()] +=
                weight.ok_or_else(|| bad(format!("`{}` is no weight", fields[1])))?;
        }
        Ok(weights)
    }
}
