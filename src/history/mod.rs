//! What did the previous runs of the store publish, and what of it can be read?
//!
//! A run continues the previous one: `PageRank` may start from its ranks, communities keep their ids, customers have a
//! previous tier. [`History`] opens the current run once for these three. A part that cannot be read starts from
//! scratch, and that is noted; the guards are told if the newest or the current run is damaged.

mod communities;
mod community_names;
mod denials;
mod ids;
mod previous_run;

pub(crate) use community_names::{
    CommunityName, CommunityNames, NameFault, NameFaults, read_community_names,
};
pub(crate) use denials::{learn_denials, open_denials};
pub(crate) use previous_run::{CommunityHistory, History};
