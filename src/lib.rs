//! `plaudit` turns what customers do to each other in public (follow, share, reply) into influence tiers that a CRM
//! can import.
//!
//! The modules stand in the order in which data meets them; imports point from later rooms to earlier ones only.

pub mod digest;
pub mod huge_pages;
pub mod ids;
pub mod num;
pub mod progress;
#[doc(hidden)]
pub mod text;

pub mod event;
pub mod identity;

pub mod edge_list;
pub mod graph;
pub mod projection;

pub mod community;
pub mod influence;
pub mod rank;
pub mod reach;

pub mod tier;

pub mod segment;
pub mod store;
pub mod tables;

pub mod report;

pub mod generate;

pub mod config;
pub mod selection;

mod history;
mod inputs;
mod measure;
pub mod pipeline;
mod publish;

pub mod analysis;
pub mod campaign;
#[doc(hidden)]
pub mod cli;
