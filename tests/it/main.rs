//! The one integration binary: every module shows one behaviour from outside.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod assets;
mod boundaries;
mod cluster_real;
mod command_line;
mod config;
mod control_plane;
mod core_flight;
mod core_rules;
mod exposition;
mod fairness;
mod first_contact;
mod fixture;
mod foresight;
mod herald;
mod histograms;
mod injection;
mod killed;
mod many;
mod model;
mod outage;
mod past;
mod prometheus_http;
mod prometheus_real;
mod pty;
mod readme;
mod real_flight;
mod rejudge;
mod roles_real;
mod scenarios;
mod scrape;
mod served;
mod sim_api;
mod sim_world;
mod slo_matrix;
mod snapshots;
mod staleness;
mod toy;
mod tui;
