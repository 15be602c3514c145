//! The one integration test binary. Each file beside this one is a module of it; `house.rs` checks that none is
//! missing.

#![allow(
    missing_docs,
    clippy::cast_possible_truncation,
    clippy::case_sensitive_file_extension_comparisons,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    clippy::too_many_lines,
    reason = "tests cast small known numbers, unwrap to fail, print their figures and tell one story each"
)]

mod support;

mod analysis;
mod campaign;
mod cli;
mod community;
mod config;
mod docs;
mod edge_list;
mod event;
mod examples;
mod generate;
mod graph;
mod guard;
mod house;
mod identity;
mod influence;
mod pipeline;
mod projection;
mod rank;
mod reach;
mod report;
mod segment;
mod store;
mod tier;
