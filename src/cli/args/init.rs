//! `init`: a commented configuration from what the cluster holds.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::value::{self, Deployment};
use crate::cli::complete;

/// Of what, and where it goes.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = EXAMPLES)]
pub struct InitArgs {
    /// Write these Deployments, instead of all of the namespace
    #[arg(value_name = "deploy/NAME", value_parser = value::deployment, add = complete::deployments())]
    pub deployments: Vec<Deployment>,

    /// Call the application by this name
    #[arg(long, value_name = "NAME", value_parser = crate::config::name::label)]
    pub name: Option<String>,

    /// Write to this file; - is standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,

    /// Overwrite a file that exists
    #[arg(long)]
    pub force: bool,
}

const EXAMPLES: &str = "\
It looks, and changes nothing in the cluster. What it writes passes `glidepath check`.

Examples:
  glidepath init                            ./glidepath.toml, of all Deployments
  glidepath init deploy/checkout -n shop    of one Deployment
  glidepath init --output - | less          to look at only";
