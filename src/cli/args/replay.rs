//! `replay`: a recorded release.

use std::path::PathBuf;

use clap::{Args, ValueHint};

/// Which release, and how it is looked at.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ReplayArgs {
    /// The journal of a release, as it stands in the state directory
    // Its id is its own: the global --journal is the directory, and one id would make them one argument.
    #[arg(id = "recording", value_name = "JOURNAL", value_hint = ValueHint::FilePath)]
    pub journal: PathBuf,

    /// Judge it again by the rules of this configuration, and print when each would have acted
    #[arg(long, value_name = "CONFIG", value_hint = ValueHint::FilePath)]
    pub judge: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  glidepath replay checkout-1-8-0.jsonl    look: arrows scrub, space plays
  glidepath replay checkout-1-8-0.jsonl --judge stricter.toml
  glidepath replay checkout-1-8-0.jsonl --judge stricter.toml --json";
