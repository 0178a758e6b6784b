//! `init`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::value::{self, Deployment};

/// What `init` takes.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct InitArgs {
    /// Write about this Deployment only, instead of all of the namespace
    #[arg(value_name = "deploy/NAME", value_parser = value::deployment)]
    pub deployment: Option<Deployment>,

    /// Write to this file, which must not exist; - is the terminal
    #[arg(short, long, value_name = "FILE", default_value = "glidepath.toml", value_hint = ValueHint::FilePath)]
    pub output: PathBuf,
}

const EXAMPLES: &str = "\
Examples:
  glidepath init                          everything in the namespace
  glidepath init deploy/checkout -n shop  this Deployment
  glidepath init -o -                     to the terminal";
