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

impl TargetArgs {
    /// The name of that Deployment.
    pub fn named(&self) -> Option<&str> {
        self.deployment.as_ref().map(Deployment::name)
    }
}

/// Which release to attach to, and how.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = ATTACH)]
pub struct AttachArgs {
    /// Which release is meant.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Take over when nobody has driven for 30 s, and hold until somebody resumes it
    #[arg(long)]
    pub standby: bool,

    /// Go on as the driver that another process of this machine leaves behind
    #[arg(long, hide = true, value_name = "HOLDER")]
    pub heir_of: Option<String>,
}

/// A word to a release, and how it is given.
#[derive(Clone, Debug, Default, Args)]
pub struct OperateArgs {
    /// Which release is meant.
    #[command(flatten)]
    pub target: TargetArgs,

    /// How it is given.
    #[command(flatten)]
    pub how: HowArgs,
}

/// How a command is given.
#[derive(Clone, Debug, Default, Args)]
pub struct HowArgs {
    /// Say why, for the journal
    #[arg(long, value_name = "TEXT", value_parser = value::not_blank)]
    pub reason: Option<String>,

    /// Do not wait for the driver's answer
    #[arg(long)]
    pub no_wait: bool,
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

    /// How it is given.
    #[command(flatten)]
    pub how: HowArgs,
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

    /// How it is given.
    #[command(flatten)]
    pub how: HowArgs,
}

const ATTACH: &str = "\
It shows what the driver knows, who it is and since when it was last heard; keys go to the driver through the cluster. When \
nobody drives, t takes over. Without a terminal a release that was held is gone on with at once.

Examples:
  glidepath attach                     the release that runs in this namespace
  glidepath attach deploy/checkout     one of several
  glidepath attach --standby --plain   take over if the driver dies";

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
