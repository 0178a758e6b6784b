//! Before the flight: what each step can prove in its soak, from the traffic that stable has now.
//!
//! A canary at 1 % of 50 requests a second sees 300 of them in ten minutes. Five times as many errors would be three of
//! them instead of one, and nobody can tell that from chance. It is better to know that before the step than after.

mod past;
mod step;
mod suggest;

pub use past::{Known, Past};
pub use step::{Lacks, Power, foresee};
pub use suggest::{Suggestion, suggest};

/// How many times as many bad requests a step should be able to notice, where nobody says otherwise.
pub const WANTED: f64 = 5.0;

#[cfg(test)]
mod tests;
