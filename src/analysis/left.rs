//! What has a run left of its graph, and who are the nodes?

use super::AnalysisError;
use crate::{
    graph::{Graph, snapshot},
    ids::{CommunityId, NodeId},
    report,
    store::{Run, Table},
};

/// The graph that the run has left, once its bytes are those that were written.
pub(super) fn graph_of(run: &Run) -> Result<Graph, AnalysisError> {
    graph_in(run, snapshot::FILE)
}

/// The same of a graph that stands in `file`.
pub(crate) fn graph_in(run: &Run, file: &str) -> Result<Graph, AnalysisError> {
    let path = run.checked_path(file).map_err(report::ReportError::from)?;
    Ok(snapshot::open(&path)?)
}

/// `nodes[row]`, each a node of the graph.
pub(crate) fn nodes(run: &Run, table: &Table, graph: &Graph) -> Result<Vec<NodeId>, AnalysisError> {
    let id = run.id().as_str();
    let numbers = table.u32s("node").map_err(|cause| AnalysisError::table(id, cause))?;
    let nodes: Vec<NodeId> = numbers.iter().map(|&node| NodeId(node)).collect();
    match nodes.iter().find(|node| node.index() >= graph.node_count()) {
        None => Ok(nodes),
        Some(node) => {
            let why = format!("its table names node {}, its graph has {}", node.0, graph.node_count());
            Err(AnalysisError::OtherVersion { run: id.to_owned(), why })
        }
    }
}

/// The communities of a run as the kernels number them.
pub(super) struct Communities {
    /// The id of each.
    pub(super) ids: Vec<u32>,
    /// `community[NodeId]`; none for withheld people, of whom the table says nothing.
    pub(super) community: Vec<CommunityId>,
}

/// Puts every row of `table`, which has the column `community_id`, into its community.
pub(super) fn communities(
    run: &Run,
    table: &Table,
    graph: &Graph,
    nodes: &[NodeId],
) -> Result<Communities, AnalysisError> {
    let id = run.id().as_str();
    let ids = report::community_ids(run)?;
    let mut numbers: Vec<usize> = (0..ids.len()).collect();
    numbers.sort_unstable_by_key(|&number| ids[number]);
    let mut community = vec![CommunityId::NONE; graph.node_count()];
    let named = table.u32s("community_id").map_err(|cause| AnalysisError::table(id, cause))?;
    for (node, named) in nodes.iter().zip(named) {
        let Ok(place) = numbers.binary_search_by_key(named, |&number| ids[number]) else {
            let why = format!("its scores name community {named}, which is none of its communities");
            return Err(AnalysisError::OtherVersion { run: id.to_owned(), why });
        };
        community[node.index()] = CommunityId::new(numbers[place]);
    }
    Ok(Communities { ids, community })
}

impl Communities {
    /// The kernels' number of the community `id`.
    ///
    /// # Errors
    /// [`report::ReportError::UnknownCommunity`] when the run has no such community.
    pub(super) fn number(&self, id: u32) -> Result<CommunityId, AnalysisError> {
        let found = self.ids.iter().position(|&known| known == id);
        let unknown = || report::ReportError::unknown_community(id, self.ids.clone());
        Ok(CommunityId::new(found.ok_or_else(unknown)?))
    }
}
