//! `completions`: a shell's completions of the command line.

use clap::CommandFactory;

use crate::cli::args::{Cli, CompletionsArgs};
use crate::cli::exit::Exit;
use crate::cli::say;
use crate::core::problem::Problem;

/// Prints the completions.
///
/// # Errors
/// Where they cannot be written.
pub fn run(args: &CompletionsArgs) -> Result<Exit, Problem> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "glidepath", &mut script);
    say::data(&script)?;
    Ok(Exit::DONE)
}
