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

mod algo;
mod cli_args;
mod cohort;
mod cohort_rules;
mod communities;
mod components;
mod config;
mod contain;
mod core_numbers;
mod docs;
mod event_edge_list;
mod event_errors;
mod event_read;
mod event_rejects;
mod event_time;
mod exposure;
mod generate;
mod graph;
mod graph_snapshot;
mod graph_stats;
mod graph_visit;
mod hits;
mod house;
mod identity;
mod influence;
mod job;
mod kill;
mod label_propagation;
mod learn;
mod leiden;
mod leiden_forms;
mod leiden_quality;
mod lineage;
mod machine;
mod measures;
mod order;
mod overlap;
mod overnight;
mod packed;
mod pagerank;
mod pagerank_columns;
mod pagerank_foreign;
mod personalised;
mod planted;
mod projection;
mod reach;
mod refusals;
mod report;
mod same_bytes;
mod segment;
mod shape;
mod spread;
mod store;
mod store_kill;
mod survey;
mod symmetric;
mod table;
mod terminal;
mod tier;
mod trust;
mod wishes;
