//! The one integration test binary. Each file beside this one is a module of it; `house.rs` checks that none is missing.

#![allow(
    missing_docs,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    clippy::too_many_lines,
    reason = "tests cast small known numbers, unwrap to fail, and tell one story each"
)]

mod support;

mod graph;
mod machine;
mod report;
mod segment;
mod store;
mod store_kill;
mod table;
