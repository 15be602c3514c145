//! The graph of an edge list, and the way back from its nodes to the user's own ids.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::Path,
};

use super::exit::CliError;
use crate::{
    event::{EdgeList, EdgeListBlock, NodeIds},
    graph::{self, BuildConfig, Directions, EdgeBlock, FixedScale, Form, Graph, Weighting},
    ids::{NodeId, id32, offset64},
};

/// A graph with the user's own ids.
pub(super) struct Problem {
    /// Its nodes stand in an order for locality.
    pub(super) graph: Graph,
    ids: NodeIds,
    /// The node of the graph that stands for each id, by the id's number.
    place_of: Vec<NodeId>,
    /// The other way round.
    number_at: Vec<NodeId>,
    /// By how many weight units an edge's weight may differ from what the file says.
    pub(super) weight_error_units: f64,
}

impl Problem {
    /// Builds the graph of a list; every edge goes both ways where `directions` says so.
    pub(super) fn new(list: EdgeList, directions: Directions) -> Self {
        let EdgeList { ids, blocks, node_of, weighted } = list;
        let line_count = blocks.iter().map(|block| block.ends.len()).sum();
        let scale = weighted.then(|| FixedScale::of(blocks.iter().flat_map(|block| &block.weights).copied()));
        let blocks: Vec<EdgeBlock> = blocks.into_iter().map(|block| fixed(block, scale.as_ref())).collect();

        let mut node_of: Vec<NodeId> = node_of.into_iter().map(NodeId).collect();
        let order = graph::locality_order(ids.len(), &blocks, &node_of, directions, None);
        for node in node_of.iter_mut().filter(|node| **node != NodeId::NONE) {
            *node = order.place_of()[node.index()];
        }
        let weighting = scale
            .as_ref()
            .map_or(Weighting::Unweighted, |scale| Weighting::FixedPoint { unit_log2: scale.unit_log2() });
        let cfg = BuildConfig { directions, weighting, form: Form::Plain };
        let graph = graph::build_blocks(ids.len(), blocks, &node_of, &cfg);
        let weight_error_units = scale.map_or(0.0, |scale| weight_error_units(&graph, line_count, &scale));
        Self {
            graph,
            ids,
            number_at: order.node_at(),
            place_of: order.place_of().to_vec(),
            weight_error_units,
        }
    }

    /// The id of a node.
    pub(super) fn id(&self, node: NodeId) -> String {
        self.ids.id(self.number_at[node.index()]).into_owned()
    }

    /// One row a node, in order of first appearance: its id, then the fields that `fields` gives.
    pub(super) fn rows(&self, fields: impl Fn(NodeId) -> Vec<String>) -> Vec<Vec<String>> {
        let row = |number: &NodeId| {
            let mut row = vec![self.ids.id(*number).into_owned()];
            row.extend(fields(self.place_of[number.index()]));
            row
        };
        self.ids.by_appearance().iter().map(row).collect()
    }

    /// The place of every node in the order of the ids: by number where all are integers, by text otherwise.
    pub(super) fn id_order(&self) -> Vec<u32> {
        if self.ids.is_numeric() {
            return self.number_at.iter().map(|number| number.0).collect();
        }
        let mut nodes: Vec<NodeId> = self.graph.nodes().collect();
        let id = |node: &NodeId| self.ids.id(self.number_at[node.index()]);
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
        let mut weights = vec![0.0; self.ids.len()];
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
            let node = self.ids.find(id).ok_or_else(|| bad(format!("`{id}` is no node of the graph")))?;
            let weight: Option<f64> = weight.parse().ok().filter(|w: &f64| w.is_finite() && *w >= 0.0);
            weights[self.place_of[node.index()].index()] +=
                weight.ok_or_else(|| bad(format!("`{}` is no weight", fields[1])))?;
        }
        Ok(weights)
    }
}

/// A block with its weights as integers.
fn fixed(block: EdgeListBlock, scale: Option<&FixedScale>) -> EdgeBlock {
    let weights = scale
        .map_or_else(Vec::new, |scale| block.weights.into_iter().map(|weight| scale.fixed(weight)).collect());
    EdgeBlock { ends: block.ends, weights }
}

/// By how many units rounding may have moved the weight of an edge: not at all where all weights are multiples of the
/// unit, else by one, and by half of one more for each line that repeats an edge.
fn weight_error_units(graph: &Graph, line_count: usize, scale: &FixedScale) -> f64 {
    if scale.is_exact_in(graph.weight_unit()) {
        return 0.0;
    }
    1.0 + 0.5 * offset64(line_count).saturating_sub(graph.edge_count()) as f64
}
