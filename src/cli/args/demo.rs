//! `demo`: the whole thing on the embedded cluster.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::scenario::scenario;
use super::value::{self, Speed};

/// What the demo takes.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct DemoArgs {
    /// Play this scenario
    #[arg(long, value_name = "NAME", default_value = "healthy", value_parser = scenario())]
    pub scenario: String,

    /// Play the scenario of this file of your own instead
    #[arg(long, value_name = "FILE", conflicts_with = "scenario", value_hint = ValueHint::FilePath)]
    pub scenario_file: Option<PathBuf>,

    /// Draw all chances from this number
    #[arg(long, value_name = "N", default_value = "1", allow_negative_numbers = true, value_parser = value::seed)]
    pub seed: u64,

    /// Let the time pass this many times as fast, 0.1 to 1000
    #[arg(long, value_name = "N", default_value = "1", allow_negative_numbers = true, value_parser = value::speed)]
    pub speed: Speed,

    /// Serve the cluster only, until ended, so that other processes can use it
    #[arg(long)]
    pub serve: bool,

    /// Write the served cluster's kubeconfig to this file
    #[arg(long, value_name = "FILE", requires = "serve", value_hint = ValueHint::FilePath)]
    pub kubeconfig_out: Option<PathBuf>,

    /// Record the session in this file, as an asciicast
    #[arg(long, value_name = "FILE", conflicts_with = "serve", value_hint = ValueHint::FilePath)]
    pub record: Option<PathBuf>,

    /// Write what the cluster itself saw to this file at the end, one JSON line a pod
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub truth: Option<PathBuf>,

    /// Serve the cluster's API on this port of the loopback address; 0 is any that is free
    #[arg(long, value_name = "N", default_value = "0", allow_negative_numbers = true, value_parser = value::port)]
    pub port: u16,

    /// Add this many pods to the cluster, to see how a large one feels
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = value::pods)]
    pub pods: Option<u32>,
}

const EXAMPLES: &str = "\
--config FILE: its [canary], [rules], [limits] and [cost] go over those of the scenario.

Examples:
  glidepath demo                                      nothing goes wrong
  glidepath demo --scenario error-spike --speed 10    rolled back, and sooner
  glidepath demo --scenario-file mine.toml            what you fear, written as assets/scenarios/healthy.toml says
  glidepath demo --serve --kubeconfig-out kube.yaml   a cluster for kubectl";
