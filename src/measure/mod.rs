//! What does the graph say of each person: ranks, community, k-hop audience, structure, trust, and the score?
//!
//! Each stage is a function of the graph, the people and the settings of the stage, and returns plain columns with one
//! entry for each node. [`Measures`] holds all columns.

mod communities;
mod community_profile;
mod diffusion;
mod error;
mod measures;
mod memory;
mod ranking;
mod score;
mod score_inputs;
mod structure;
mod trust;

pub(crate) use communities::{Communities, CommunitySettings, find_communities};
pub(crate) use community_profile::{ProfileInputs, community_profiles};
pub(crate) use diffusion::{DiffusionModel, choose_model, exposures, exposures_detail};
pub use error::MeasureError;
pub(crate) use measures::{Measures, customers_in_audience, k_hop_audience};
pub(crate) use memory::{COLUMNS_BYTES, LearningSizes, structure_bytes, trust_bytes};
pub(crate) use ranking::{Ranking, Teleports, TopicRanks, rank, warm_start};
pub(crate) use score::{ScoreSettings, Scores, score};
pub(crate) use score_inputs::strengths;
pub(crate) use structure::{Structure, structure};
pub(crate) use trust::{Trust, core, trust};
