//! The commands that are also keys: what they act on, and how.

use clap::Args;

use super::value::{self, Deployment};
use crate::cli::complete;

/// Which release is meant.
#[derive(Clone, Debug, Default, Args)]
pub struct TargetArgs {
    /// The release of this Deployment, instead of the configured application's
    #[arg(value_name = "deploy/NAME", value_parser = value::deployment, add = complete::deployments())]
    pub deployment: Option<Deployment>,
}

/// How to promote.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = PROMOTE)]
pub struct PromoteArgs {
    /// Which release is meant.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Go straight to 100 %, which then soaks as usual
    #[arg(long)]
    pub full: bool,

    /// Waive verdicts and missing data, never a gate
    #[arg(long = "override", requires = "reason")]
    pub over: bool,

    /// Say why, for the journal
    #[arg(long, value_name = "TEXT", requires = "over", value_parser = value::not_blank)]
    pub reason: Option<String>,
}

/// Where to roll back to.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = ROLLBACK)]
pub struct RollbackArgs {
    /// Which release is meant.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Bring this revision back, when no release is flying
    #[arg(long, value_name = "REVISION", allow_negative_numbers = true, value_parser = value::revision)]
    pub to: Option<u64>,
}

const PROMOTE: &str = "\
Examples:
  glidepath promote                                     the next step, now
  glidepath promote --full                              100 %, now
  glidepath promote --override --reason \"no metrics\"   in spite of the evidence";

const ROLLBACK: &str = "\
It needs no configuration and no journal: what is to be undone stands on the objects themselves. \
It is never blocked by an approval, a window or stale data.

Examples:
  glidepath rollback                           what flies, or what serves
  glidepath rollback deploy/checkout -n shop   without a configuration
  glidepath rollback deploy/checkout --to 7    revision 7 of its history";
