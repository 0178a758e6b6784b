//! The integration tests, one binary: each file is a module.

// A test says what is wrong by panicking, in its helper functions too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod command_line;
mod config;
