//! The program in a terminal, as a person sits in front of it.

mod hangup;
mod journey;
mod keeps;
mod rescue;
pub mod seat;
mod steps;
mod unreachable;
