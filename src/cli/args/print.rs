//! The commands that only print.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use clap_complete::Shell;

/// What to check.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = CHECK)]
pub struct CheckArgs {
    /// The file to check, instead of looking for one
    #[arg(value_name = "FILE", conflicts_with = "config", value_hint = ValueHint::FilePath)]
    pub file: Option<PathBuf>,
}

/// For which shell.
#[derive(Clone, Debug, Args)]
#[command(after_help = COMPLETIONS)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// Which page.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = MAN)]
pub struct ManArgs {
    /// The page of this command, instead of the program's
    pub command: Option<String>,
}

const CHECK: &str = "\
Examples:
  glidepath check                       what a release would use
  glidepath check config.example.toml   this file";

const COMPLETIONS: &str = "\
They offer contexts, namespaces, Deployments and releases too, which they ask the cluster for.

Examples:
  source <(glidepath completions bash)              in ~/.bashrc
  glidepath completions zsh > ~/.zfunc/_glidepath   with ~/.zfunc in fpath
  glidepath completions fish > ~/.config/fish/completions/glidepath.fish
  glidepath completions powershell >> $PROFILE

As a plugin of kubectl its line is completed by kubectl, where this program is
also called kubectl_complete-glidepath.";

const MAN: &str = "\
Examples:
  glidepath man | man -l -
  glidepath man release | man -l -";
