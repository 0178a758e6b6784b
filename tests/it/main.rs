//! The integration tests, one binary: each file is a module.

mod config;
