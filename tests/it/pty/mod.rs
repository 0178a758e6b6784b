//! The program in a terminal, as a person sits in front of it.

mod journey;
pub mod seat;
