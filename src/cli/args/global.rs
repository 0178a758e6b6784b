//! The options that every command takes.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args, ValueHint};

use super::value;
use crate::cli::complete;
use crate::config::Theme;

/// What every command takes.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Read this configuration instead of looking for one
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,

    /// Read this kubeconfig
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub kubeconfig: Option<PathBuf>,

    /// Use this context of the kubeconfig
    #[arg(long, global = true, value_name = "NAME", value_parser = value::not_blank, add = complete::contexts())]
    pub context: Option<String>,

    /// Work in this namespace
    #[arg(short, long, global = true, value_name = "NAME", value_parser = crate::config::name::label, add = complete::namespaces())]
    pub namespace: Option<String>,

    /// Keep journals in this directory
    #[arg(long, global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub journal: Option<PathBuf>,

    /// Print lines of text instead of opening the cockpit
    #[arg(long, global = true)]
    pub plain: bool,

    /// Print one JSON object a line instead of opening the cockpit
    #[arg(long, global = true)]
    pub json: bool,

    /// Colour the cockpit in this way
    #[arg(long, global = true, value_name = "THEME", value_parser = theme())]
    pub theme: Option<Theme>,

    /// Draw with ASCII only
    #[arg(long, global = true)]
    pub ascii: bool,

    /// Leave the cockpit's last screen in the terminal
    #[arg(long, global = true)]
    pub preserve_screen: bool,

    /// Change nothing in the cluster, whatever key is pressed
    #[arg(long, global = true)]
    pub read_only: bool,

    /// Run without a screen, in a session of its own
    #[arg(long, global = true, hide = true)]
    pub headless: bool,

    /// Log more; twice for everything
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
}

fn theme() -> impl TypedValueParser<Value = Theme> {
    PossibleValuesParser::new(Theme::ALL.map(|(name, _)| name)).map(|given| {
        let theme = Theme::ALL.into_iter().find(|(name, _)| *name == given);
        theme.map_or_else(Theme::default, |(_, theme)| theme)
    })
}
