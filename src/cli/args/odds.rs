//! `odds`: the odds gate on a table of counts.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::value;
use crate::cli::odds::Options;
use crate::core::rule::OddsRule;

/// Which table, and what its odds are computed against.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct OddsArgs {
    /// The table, a CSV with the header stage,n_c,e_c,n_b,e_b; - is standard input
    ///
    /// One row an interval of 15 s: the step that it belongs to, requests and bad requests of the canary, requests and bad
    /// requests of stable. For each row the natural logarithms of the odds are printed, ln_rel (that the canary is worse than
    /// stable tolerates) and ln_abs (that it is worse than its target); 6.9 is 1000:1, where a release rolls back.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,

    /// The share of the canary's requests that may be bad
    #[arg(long, value_name = "SHARE", default_value_t = 0.01, value_parser = value::share, allow_hyphen_values = true)]
    pub slo: f64,

    /// How many times stable's odds of failing are tolerated
    #[arg(long, value_name = "TIMES", default_value_t = OddsRule::default().rho, value_parser = value::above_zero, allow_hyphen_values = true)]
    pub rho: f64,

    /// The burst correction: bad requests come about so many at a time
    #[arg(long, value_name = "TIMES", default_value_t = 1.0, value_parser = value::at_least_one, allow_hyphen_values = true)]
    pub phi: f64,
}

impl OddsArgs {
    /// What the odds are computed against.
    pub fn options(&self) -> Options {
        Options { slo: self.slo, rho: self.rho, phi: self.phi }
    }
}

const EXAMPLES: &str = "\
Examples:
  glidepath odds counts.csv > odds.csv
  glidepath odds --slo 0.05 slow.csv    latency: the share that may be slow";
