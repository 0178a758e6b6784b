//! `release`: start a release.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueHint};

use super::value::{self, Deployment};
use crate::cli::complete;
use crate::config::{AskedImage, image, name};

/// What a release takes.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
#[command(group = ArgGroup::new("what").args(["version", "images", "file"]).required(true).multiple(true))]
pub struct ReleaseArgs {
    /// Release this Deployment alone, instead of all that are configured
    #[arg(value_name = "deploy/NAME", value_parser = value::deployment, add = complete::deployments())]
    pub deployment: Option<Deployment>,

    /// Set the tag of every configured image
    #[arg(long, value_name = "V", value_parser = image::tag)]
    pub version: Option<String>,

    /// Set one container's image; may be given several times
    #[arg(long = "image", value_name = "[WORKLOAD/]CONTAINER=REF", value_parser = value::asked_image)]
    pub images: Vec<AskedImage>,

    /// Take whole pod templates from the Deployments in this YAML or JSON file; - is standard input
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: Option<PathBuf>,

    /// Print every write and let the server try it, without making any
    #[arg(long)]
    pub dry_run: bool,

    /// With --dry-run: suggest steps that would each notice a canary this many times as bad as stable
    #[arg(long, value_name = "TIMES", requires = "dry_run", num_args = 0..=1, require_equals = true, default_missing_value = "5", value_parser = value::above_one)]
    pub suggest_steps: Option<f64>,

    /// Start without asking
    #[arg(short, long)]
    pub yes: bool,

    /// Call the release by this id, by which it is resumed (a Job's UID)
    #[arg(long, value_name = "ID", value_parser = name::label, add = complete::releases())]
    pub id: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  glidepath release deploy/checkout -n shop --image app=registry/checkout:1.8.0
  glidepath release --version 1.8.0                every configured image
  glidepath release -f deployment.yaml --dry-run   a whole template, only tried";
