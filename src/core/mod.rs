//! The pure heart: what a release is, what is seen of it, and what to do next.
//!
//! Nothing here does IO, reads a clock, logs, or waits. Time is an argument, a deadline is a return
//! value, an effect is data, so a whole release with its faults runs in milliseconds in a test.

pub mod act;
pub mod answer;
pub mod bulletin;
pub mod command;
pub mod compare;
pub mod cost;
pub mod counted;
pub mod counter;
pub mod decide;
pub mod event;
pub mod evidence;
pub mod fresh;
pub mod image;
pub mod inquiry;
pub mod judge;
pub mod lease;
pub mod letter;
pub mod level;
pub mod odds;
pub mod picture;
pub mod plan;
pub mod pods;
pub mod power;
pub mod problem;
pub mod proof;
pub mod query;
pub mod rejudge;
pub mod request;
pub mod rule;
pub mod sample;
pub mod signal;
pub mod snapshot;
pub mod state;
pub mod stats;
pub mod survey;
pub mod text;
pub mod time;
pub mod trend;
pub mod usage;
pub mod verdict;
pub mod vetted;
pub mod view;
pub mod words;
