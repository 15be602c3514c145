//! The graph of an edge list, and the way back from its nodes to the user's own ids.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::Path,
};

use super::exit::CliError;
use crate::{
    config::{MemoryLimit, defaults},
    edge_list::{self, EdgeList, ListedGraph},
    graph::{Directions, Graph, GraphSize, Storage},
    ids::{NodeId, id32, offset64},
    store::memory,
    text::{bytes, counted},
};

/// The form in which the graph of `list` is read and built in at most `limit` bytes, or in most of the machine's memory
/// where no limit is given: plain, or packed where plain might take more.
///
/// # Errors
/// When neither form is sure to fit.
pub(super) fn form(list: &EdgeList, directions: Directions, limit: Option<u64>) -> Result<Storage, CliError> {
    let limit = limit
        .map_or(MemoryLimit::ShareOfAvailable { percent: defaults::MEMORY_PERCENT }, MemoryLimit::Bytes)
        .bytes(|| memory::available().bytes());
    let Some(limit) = limit else { return Ok(Storage::Plain) };
    let rss_bytes = memory::rss_bytes().unwrap_or(0);
    let threads = offset64(rayon::current_num_threads());
    let needed = |size: &GraphSize, form: Storage| {
        // All that is held now but the blocks, which the builder counts.
        let held = rss_bytes.saturating_sub(size.listed_bytes());
        let order = size.listed_bytes() + size.order_bytes(offset64(list.node_of.len()), threads);
        let built = size.taken_bytes(form) + size.reader_bytes(form, threads);
        held + order.max(size.build_bytes(form, threads)).max(built)
    };
    let plain = needed(&edge_list::listed_counts(list, directions), Storage::Plain);
    if plain <= limit {
        return Ok(Storage::Plain);
    }
    let packed = needed(&edge_list::listed_size(list, directions), Storage::Compressed);
    if packed <= limit {
        return Ok(Storage::Compressed);
    }
    let needed = bytes(plain.min(packed));
    Err(CliError::input("cannot build the graph")
        .why(format!("it may take {needed} of memory, {} are allowed", bytes(limit)))
        .hint("raise `--memory-limit`, or take fewer edges"))
}

/// A graph with the user's own ids.
pub(super) struct Problem {
    listed: ListedGraph,
    /// The numbers of all ids in order of first appearance.
    by_appearance: Vec<NodeId>,
}

impl Problem {
    /// The graph of a list; every edge goes both ways where `directions` says so. `by_appearance` is the list's, or
    /// empty where nobody asks for it.
    pub(super) fn new(
        list: EdgeList,
        by_appearance: Vec<NodeId>,
        directions: Directions,
        form: Storage,
    ) -> Self {
        Self { listed: edge_list::listed_graph(list, directions, form), by_appearance }
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

    /// All nodes in order of first appearance.
    pub(super) fn by_appearance(&self) -> impl Iterator<Item = NodeId> {
        self.by_appearance.iter().map(|number| self.listed.place_of[number.index()])
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
            CliError::input(format!("cannot read `{shown}`"))
                .why(error)
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
                CliError::input(format!("cannot read a teleport weight at {shown}:{number}"))
                    .why(why)
                    .hint("a line holds `node weight`, separated by blanks, comma or tab")
            };
            let fields: Vec<&str> = line.split([' ', '\t', ',']).filter(|field| !field.is_empty()).collect();
            let [id, weight] = fields[..] else {
                let fields = counted(offset64(fields.len()), "field", "fields");
                return Err(bad(format!("{fields}, not 2")));
            };
            let node =
                self.listed.ids.find(id).ok_or_else(|| bad(format!("`{id}` is no node of the graph")))?;
            let weight: Option<f64> = weight.parse().ok().filter(|w: &f64| w.is_finite() && *w >= 0.0);
            weights[self.listed.place_of[node.index()].index()] +=
                weight.ok_or_else(|| bad(format!("`{}` is no weight", fields[1])))?;
        }
        Ok(weights)
    }
}
