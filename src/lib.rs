//! Glidepath: a terminal cockpit for landing Kubernetes releases.
//!
//! `core` decides and is pure; `engine` acts; `cluster` and `metrics` each know one outside world;
//! `tui` shows; `sim` is a world that speaks the same protocols from the other side.
//! `tests/boundaries.rs` holds the direction of the imports.

pub mod cli;
pub mod cluster;
pub mod config;
pub mod core;
pub mod engine;
pub mod metrics;
pub mod report;
pub mod sim;
pub mod tui;
