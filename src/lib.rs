//! `plaudit` turns what customers do to each other in public (follow, share, reply) into influence tiers that a CRM
//! can import.
//!
//! As a library it offers graph kernels: build a [`graph`] (or read an [`edge_list`]), then run PageRank and HITS
//! ([`rank`]), Leiden and label propagation ([`community`]), k-hop audiences ([`reach`]), and seed sets with their
//! expected spread ([`influence`]). [`pipeline`] runs the whole nightly job from a [`config`]. The other modules are
//! internal: they are reachable for the command line and for tests, and may change at any time.
//!
//! The table of modules in `docs/architecture.md` says which module may import which.

pub mod ids;
pub mod num;
pub mod progress;

#[doc(hidden)]
pub mod digest;
#[doc(hidden)]
pub mod huge_pages;
#[doc(hidden)]
pub mod text;

#[doc(hidden)]
pub mod event;
#[doc(hidden)]
pub mod identity;

pub mod edge_list;
pub mod graph;
#[doc(hidden)]
pub mod projection;

pub mod community;
pub mod influence;
pub mod rank;
pub mod reach;

#[doc(hidden)]
pub mod segment;
#[doc(hidden)]
pub mod store;
#[doc(hidden)]
pub mod tables;
#[doc(hidden)]
pub mod tier;

#[doc(hidden)]
pub mod generate;
#[doc(hidden)]
pub mod report;

pub mod config;
#[doc(hidden)]
pub mod selection;

mod guard;
mod history;
mod inputs;
mod measure;
pub mod pipeline;
mod publish;

#[doc(hidden)]
pub mod analysis;
#[doc(hidden)]
pub mod campaign;
#[doc(hidden)]
pub mod cli;
