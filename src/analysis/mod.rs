//! On a finished run's graph: which customers influence given people, and which people belong to a community or have
//! ties to it?
//!
//! `personalized` is PageRank whose walker starts, and restarts, at a few people: it visits most often the nodes to
//! which these people attend, directly or through others. `community_report` and `invite` measure the border of one
//! community. Like `report`, this module reads published runs only.

mod community_report;
mod error;
mod invite;
mod personalized;
mod rank_with_ties;
mod run_graph;

pub use community_report::{
    CommunityReport, NeighborRow, PersonRow, community_report, render_community_report,
};
pub use error::AnalysisError;
pub use invite::{Invitations, InviteRow, invite};
pub use personalized::{InfluencerRow, PersonalizedOptions, PersonalizedRanking, personalized};
pub(crate) use run_graph::{has_crm, nodes_of_rows, open_graph_file};
