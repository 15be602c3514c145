//! Writes `communities.parquet` and `communities/nodes.parquet`.

use super::RunResults;
use crate::{
    ids::{CommunityId, NodeId},
    measure::{ProfileInputs, community_profiles},
    store::{Column, RunFile, TableError, write_columns},
    tables::{communities as columns, nodes},
};

/// Writes one row per community, the largest community first; returns the number of rows.
pub(super) fn write_communities(results: &RunResults<'_>, out: &mut RunFile<'_>) -> Result<u64, TableError> {
    let kinds: Vec<&str> = results.plan.weights.kinds.iter().map(|kind| kind.name.as_str()).collect();
    let profiles = community_profiles(&ProfileInputs {
        people: results.people,
        graph: results.graph,
        measures: results.measures,
        scores: results.scores,
        resolution: results.plan.communities.modularity_resolution(),
        channels: results.channels,
        kinds: &kinds,
    });
    let (profiles, unit) = (&profiles[..], results.graph.weight_unit());
    let communities = &results.measures.communities;
    let id = |c: usize| communities.id_of(CommunityId::new(c));
    let growth = |c: usize| {
        let before = communities.previous_size(id(c))?;
        Some(i64::from(profiles[c].counts.size()) - i64::from(before))
    };
    let all = vec![
        columns::COMMUNITY_ID.column(id),
        columns::SIZE.column(|c| profiles[c].counts.size()),
        columns::CUSTOMERS.column(|c| profiles[c].counts.customers),
        columns::PROSPECTS.column(|c| profiles[c].counts.prospects),
        columns::WITHHELD.column(|c| profiles[c].counts.withheld),
        columns::INTERNAL_WEIGHT.column(|c| profiles[c].shape.internal_weight as f64 * unit),
        columns::EXTERNAL_WEIGHT.column(|c| profiles[c].shape.external_weight as f64 * unit),
        columns::CONDUCTANCE.column(|c| profiles[c].shape.conductance),
        columns::TOP_MEMBERS.column(|c| profiles[c].top_members.as_str().into()),
        columns::MODULARITY_SHARE.column(|c| profiles[c].modularity_share),
        columns::BETWEEN_GROUPS.column(|c| profiles[c].counts.between),
        columns::TOP_CHANNELS.column(|c| profiles[c].top_channels.as_str().into()),
        columns::TOP_KINDS.column(|c| profiles[c].top_kinds.as_str().into()),
        columns::GROWTH.column(growth),
        columns::MEDIAN_VALUE.column(|c| profiles[c].median_value),
        columns::WITHOUT_CONSENT.column(|c| profiles[c].counts.without_consent()),
        columns::DEFAULT_NAME.column(|c| profiles[c].default_name.as_str().into()),
        columns::NAME.column(|c| Some(results.community_name(id(c))?.into())),
    ];
    write_columns(profiles.len(), &all, out)
}

/// Writes the community of every node in the order of node numbers, and the node's part on every finer level; returns
/// the number of rows.
pub(super) fn write_nodes(results: &RunResults<'_>, out: &mut RunFile<'_>) -> Result<u64, TableError> {
    let communities = &results.measures.communities;
    let mut all = vec![nodes::COMMUNITY_ID.column(|node| communities.of_node(NodeId::new(node)))];
    for (level, part) in (1..).zip(&communities.partition.parts) {
        all.push((nodes::part(level).into(), Column::U32(Box::new(|node| part[node]))));
    }
    write_columns(results.graph.node_count(), &all, out)
}
