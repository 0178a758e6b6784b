//! The one integration binary: every module shows one behaviour from outside.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod boundaries;
mod command_line;
mod config;
mod core_flight;
mod exposition;
mod snapshots;
mod fixture;
mod prometheus_http;
mod prometheus_real;
mod scrape;
mod sim_api;
mod sim_world;
mod toy;
mod tui;
