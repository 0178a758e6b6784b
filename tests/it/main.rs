//! The one integration binary: every module shows one behaviour from outside.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod boundaries;
mod cluster_real;
mod command_line;
mod config;
mod control_plane;
mod core_flight;
mod core_rules;
mod exposition;
mod first_contact;
mod fixture;
mod killed;
mod prometheus_http;
mod prometheus_real;
mod pty;
mod readme;
mod scenarios;
mod scrape;
mod served;
mod sim_api;
mod sim_world;
mod slo_matrix;
mod snapshots;
mod toy;
mod tui;
