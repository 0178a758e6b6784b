//! `releases`: what was released here before.

use std::time::Duration;

use clap::Args;

use super::value::{self, Deployment};

/// Which recorded releases are listed, and which are forgotten.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = EXAMPLES)]
pub struct ReleasesArgs {
    /// Only those that moved this Deployment
    #[arg(value_name = "deploy/NAME", value_parser = value::deployment)]
    pub deployment: Option<Deployment>,

    /// Forget all but the newest N of each application
    ///
    /// A release that has not ended is never forgotten, nor is the newest of an application: a rollback goes by it. With
    /// --older-than, only what both allow is forgotten.
    #[arg(long, value_name = "N", value_parser = value::kept, allow_negative_numbers = true)]
    pub keep: Option<usize>,

    /// Forget those that ended longer ago than this
    #[arg(long, value_name = "SPAN", value_parser = value::age)]
    pub older_than: Option<Duration>,
}

impl ReleasesArgs {
    /// Whether anything is to be forgotten.
    pub fn prunes(&self) -> bool {
        self.keep.is_some() || self.older_than.is_some()
    }
}

const EXAMPLES: &str = "\
Examples:
  glidepath releases                       what was released in this namespace
  glidepath releases --json                one JSON object a release
  glidepath releases --keep 20             forget all but 20 of each application
  glidepath releases --older-than 30d      forget what ended over 30 days ago";
