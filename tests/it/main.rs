//! The one integration binary: every module shows one behaviour from outside.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod boundaries;
mod command_line;
mod config;
mod core_flight;
mod exposition;
mod sim_api;
mod fixture;
mod prometheus_http;
mod prometheus_real;
mod scrape;
mod toy;
//! All integration tests in one binary, so that the crate is linked once.

mod sim_world;
