//! `release`: start a release. `preflight`: look whether it could start.

use clap::Args;

use super::value;
use super::what::WhatArgs;
use crate::cli::complete;
use crate::config::name;

/// What a release takes.
#[derive(Clone, Debug, Args)]
#[command(after_help = RELEASE)]
pub struct ReleaseArgs {
    /// What is to be released.
    #[command(flatten)]
    pub what: WhatArgs,

    /// Print every write and let the server try it, without making any
    #[arg(long)]
    pub dry_run: bool,

    /// Propose steps that can notice this many times as many errors
    #[arg(long, value_name = "RATIO", requires = "dry_run", value_parser = value::ratio, allow_hyphen_values = true)]
    pub suggest_steps: Option<f64>,

    /// Fly it under a driver without a screen, and come back with attach
    #[arg(long, conflicts_with = "dry_run")]
    pub detach: bool,

    /// Start without asking
    #[arg(short, long)]
    pub yes: bool,

    /// Call the release by this id, by which it is resumed (a Job's UID)
    #[arg(long, value_name = "ID", value_parser = name::label, add = complete::releases())]
    pub id: Option<String>,
}

/// What a look before the flight takes.
#[derive(Clone, Debug, Args)]
#[command(after_help = PREFLIGHT)]
pub struct PreflightArgs {
    /// What is to be released.
    #[command(flatten)]
    pub what: WhatArgs,

    /// Propose steps that can notice this many times as many errors
    #[arg(long, value_name = "RATIO", value_parser = value::ratio, allow_hyphen_values = true)]
    pub suggest_steps: Option<f64>,
}

const RELEASE: &str = "\
Examples:
  glidepath release deploy/checkout -n shop --image app=registry/checkout:1.8.0
  glidepath release --version 1.8.0                every configured image
  glidepath release -f deployment.yaml --dry-run   a whole template, only tried";

const PREFLIGHT: &str = "\
It changes nothing. What a release would be refused for ends it as it would end the release (2, or 5 where something \
else is under way); otherwise it tells what is good to know, and what each step can prove by the traffic of now.

Examples:
  glidepath preflight deploy/checkout --image app=registry/checkout:1.8.0
  glidepath preflight --version 1.8.0 --suggest-steps 5";
