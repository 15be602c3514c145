//! Opens the graph of a finished run, and maps the rows of its scores to nodes and communities.

use super::AnalysisError;
use crate::{
    graph::{Graph, snapshot},
    ids::{CommunityId, NodeId},
    report::{self, ReportError},
    store::{Manifest, Run},
    tables::{RunTable, graphs, scores},
};

/// Opens the graph in `file` of a run, after a check that the bytes have the digest in the manifest.
pub(crate) fn open_graph_file(run: &Run, file: &str) -> Result<Graph, AnalysisError> {
    let path = run.checked_path(file)?;
    Ok(snapshot::open(&path)?)
}

/// Whether a run had a CRM file: without one, nobody has agreed to be contacted.
pub(crate) fn has_crm(manifest: &Manifest) -> bool {
    manifest.record.config["customers"].as_array().is_some_and(|files| !files.is_empty())
}

/// `nodes[row]`; every node is checked to be a node of the graph.
pub(crate) fn nodes_of_rows(
    run: &Run,
    table: &RunTable,
    graph: &Graph,
) -> Result<Vec<NodeId>, AnalysisError> {
    let id = run.id().as_str();
    let numbers = table.get(scores::NODE)?;
    let nodes: Vec<NodeId> = numbers.iter().map(|&node| NodeId(node)).collect();
    match nodes.iter().find(|node| node.index() >= graph.node_count()) {
        None => Ok(nodes),
        Some(node) => {
            let why = format!("its table names node {}, its graph has {} nodes", node.0, graph.node_count());
            Err(ReportError::other_version(id, &why).into())
        }
    }
}

/// The scores and the graph of a run.
pub(super) struct RunGraph {
    pub(super) table: RunTable,
    pub(super) graph: Graph,
    /// `nodes[row]`, for the rows of `table`.
    pub(super) nodes: Vec<NodeId>,
}

impl RunGraph {
    pub(super) fn open(run: &Run, table: RunTable) -> Result<Self, AnalysisError> {
        let graph = open_graph_file(run, graphs::FILE)?;
        let nodes = nodes_of_rows(run, &table, &graph)?;
        Ok(Self { table, graph, nodes })
    }
}

/// The communities of a run by dense id, which the kernels use.
pub(super) struct RunCommunities {
    /// By dense id: the durable id.
    pub(super) ids: Vec<u32>,
    /// `community[NodeId]`; [`CommunityId::NONE`] for withheld people, because they are not in the table.
    pub(super) community: Vec<CommunityId>,
}

impl RunCommunities {
    pub(super) fn new(run: &Run, RunGraph { table, graph, nodes }: &RunGraph) -> Result<Self, AnalysisError> {
        let id = run.id().as_str();
        let ids = report::community_ids(run)?;
        let mut by_id: Vec<usize> = (0..ids.len()).collect();
        by_id.sort_unstable_by_key(|&number| ids[number]);
        let mut community = vec![CommunityId::NONE; graph.node_count()];
        let id_of_row = table.get(scores::COMMUNITY_ID)?;
        for (node, community_id) in nodes.iter().zip(id_of_row) {
            let Ok(place) = by_id.binary_search_by_key(community_id, |&number| ids[number]) else {
                let why = format!("its scores name community {community_id}, which its communities lack");
                return Err(ReportError::other_version(id, &why).into());
            };
            community[node.index()] = CommunityId::new(by_id[place]);
        }
        Ok(Self { ids, community })
    }

    /// The dense id of the community of `run` with the durable id `id`.
    pub(super) fn number(&self, run: &Run, id: u32) -> Result<CommunityId, AnalysisError> {
        let found = self.ids.iter().position(|&known| known == id);
        let unknown = || ReportError::unknown_community(run, id, self.ids.clone());
        Ok(CommunityId::new(found.ok_or_else(unknown)?))
    }
}
