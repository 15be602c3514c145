//! Who moves these people in particular, and who belongs to this community, or nearly?
//!
//! A walk that starts at a few people, follows their endorsements, and starts anew at them now and then, is most often
//! at those whose content these people attend to, directly or through others. That is PageRank whose teleport vector is
//! the people asked about, on the graph that a finished run has left. Like `report`, this room reads published runs
//! only.

mod error;
mod invite;
mod left;
mod moves;
mod portrait;
mod ties;

pub use error::AnalysisError;
pub use invite::{Invitations, InviteRow, invite};
pub(crate) use left::{graph_in, nodes};
pub use moves::{MoverRow, Moves, MovesOptions, moves};
pub use portrait::{NeighbourRow, PersonRow, Portrait, portrait, render_portrait};
