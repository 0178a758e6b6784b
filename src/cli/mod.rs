//! (being built)

pub mod odds;
