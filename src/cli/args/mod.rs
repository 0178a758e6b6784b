//! The command line: what can be written, and what each of it means.
//!
//! One file a group of commands. Everything that can be known to be wrong without a cluster is refused here.

mod demo;
mod global;
mod init;
mod odds;
mod operate;
mod print;
mod release;
mod releases;
mod replay;
mod scenario;
mod value;
mod what;

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::cli::called::Called;

pub use demo::DemoArgs;
pub use global::Global;
pub use init::InitArgs;
pub use odds::OddsArgs;
pub use operate::{AttachArgs, HowArgs, OperateArgs, PromoteArgs, RollbackArgs, TargetArgs};
pub use print::{CheckArgs, CompletionsArgs, ManArgs};
pub use release::{PreflightArgs, ReleaseArgs};
pub use replay::ReplayArgs;

pub use releases::ReleasesArgs;
pub use value::{Deployment, Speed};
pub use what::WhatArgs;

/// Land Kubernetes releases, and bring them back
///
/// Glidepath flies a release through its canary steps, judges it on its own metrics, shows it live, and rolls it back when
/// it fails. Without a command it opens the cockpit on what the configuration names.
#[derive(Clone, Debug, Parser)]
#[command(name = "glidepath", version, max_term_width = 100, after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{MORE}"))]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What is to be done; `None`: the cockpit.
    #[command(subcommand)]
    pub command: Option<Command>,
}

const EXAMPLES: &str = "\
Examples:
  glidepath demo                        try it, without a cluster
  glidepath release deploy/checkout --image app=checkout:1.8.0
  glidepath rollback deploy/checkout    bring the earlier version back";

const MORE: &str = "\
Exit codes of release, attach and demo:
  0  promoted, or left to another driver
  1  an error of Glidepath's own
  2  something to correct: usage, configuration, kubeconfig, a name, a permission
  3  rolled back
  4  held, or superseded by another change
  5  refused by a gate, a verdict or another driver
  6  the API server does not answer

Exit codes of the other commands:
  0  obeyed (rollback: and proven)
  1  an error of Glidepath's own
  2  something to correct
  4  obeyed, and not proven in time
  5  refused
  6  no answer

Files:
  glidepath.toml                            the configuration, in this directory
  $XDG_CONFIG_HOME/glidepath/config.toml    the configuration, for this user
  $XDG_STATE_HOME/glidepath/*.jsonl         the journals, one a release

Environment:
  GLIDEPATH_CONFIG    the configuration file
  KUBECONFIG          the kubeconfig files
  NO_COLOR            no colours, when not empty";

/// What can be done.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Fly a release on a cluster of its own, inside this process
    Demo(DemoArgs),
    /// Start a release and open the cockpit on it
    Release(ReleaseArgs),
    /// Look whether a release could start, and what its steps could prove
    Preflight(PreflightArgs),
    /// Open the cockpit on a release that another process drives
    Attach(AttachArgs),
    /// Satisfy the open approval gate
    Approve(OperateArgs),
    /// Stop advancing; judging and automatic rollback go on
    Pause(OperateArgs),
    /// Advance again after a pause
    Resume(OperateArgs),
    /// Advance now, without waiting out the soak
    Promote(PromoteArgs),
    /// Bring all traffic back to the earlier version, and prove it
    Rollback(RollbackArgs),
    /// Show where a release stands
    Status(TargetArgs),
    /// List what was released before, and forget what is old
    Releases(ReleasesArgs),
    /// Look at the cluster and write a commented configuration
    Init(InitArgs),
    /// Compute the odds gate on a table of counts
    Odds(OddsArgs),
    /// Look at a recorded release: scrub, jump from decision to decision, play
    Replay(ReplayArgs),
    /// Validate the configuration
    Check(CheckArgs),
    /// Print a shell's completions
    Completions(CompletionsArgs),
    /// Print the manual page
    Man(ManArgs),
}

impl Command {
    /// The command's name, where it writes to a cluster that is not its own.
    fn writes(&self) -> Option<&'static str> {
        match self {
            Self::Release(args) => (!args.dry_run).then_some("release"),
            Self::Approve(_) => Some("approve"),
            Self::Pause(_) => Some("pause"),
            Self::Resume(_) => Some("resume"),
            Self::Promote(_) => Some("promote"),
            Self::Rollback(_) => Some("rollback"),
            Self::Releases(args) => args.prunes().then_some("releases"),
            Self::Attach(args) => args.standby.then_some("attach --standby"),
            Self::Demo(_)
            | Self::Preflight(_)
            | Self::Status(_)
            | Self::Replay(_)
            | Self::Init(_)
            | Self::Odds(_)
            | Self::Check(_)
            | Self::Completions(_)
            | Self::Man(_) => None,
        }
    }
}

impl Cli {
    /// Reads a command line, the program's name first.
    ///
    /// # Errors
    /// What is wrong with it, or the help that was asked for, as clap prints them.
    pub fn read(args: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let mut command = Called::of_process().describe(Self::command());
        let mut matches = command.try_get_matches_from_mut(args)?;
        let cli = Self::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))?;
        cli.conflicts().map_or(Ok(()), |what| Err(command.error(ErrorKind::ArgumentConflict, what)))?;
        Ok(cli)
    }

    /// What cannot stand together. Global options may stand before and after the command, where clap does not compare them.
    fn conflicts(&self) -> Option<String> {
        if self.global.plain && self.global.json {
            return Some("--plain and --json cannot be used together: each is a form of the same events".to_owned());
        }
        let writer = self.command.as_ref().and_then(Command::writes).filter(|_| self.global.read_only);
        writer.map(|name| format!("{name} writes to the cluster, and --read-only forbids it"))
    }
}
