//! `replay`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

/// What `replay` takes.
#[derive(Clone, Debug, Args)]
pub struct ReplayArgs {
    /// The journal of a release: <release>.jsonl in the state directory
    #[arg(value_name = "JOURNAL", value_hint = ValueHint::FilePath)]
    pub journal: PathBuf,
}
