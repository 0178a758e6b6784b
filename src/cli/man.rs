//! `man`: the manual pages, the program's and each command's.

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::cli::args::{Cli, ManArgs};
use crate::cli::exit::Exit;
use crate::cli::say;
use crate::config::nearest;
use crate::core::problem::Problem;
use crate::core::text::neutral;

/// Prints a manual page.
///
/// # Errors
/// A command that does not exist, and where the page cannot be written.
pub fn run(args: &ManArgs) -> Result<Exit, Problem> {
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    let command = match &args.command {
        Some(name) => root.find_subcommand(name).ok_or_else(|| unknown(&root, name))?.clone(),
        None => root,
    };
    say::data(&page(command)?)?;
    Ok(Exit::DONE)
}

fn page(command: Command) -> Result<Vec<u8>, Problem> {
    let mut page = Vec::new();
    let rendered = Man::new(command).manual("Glidepath").render(&mut page);
    rendered.map_err(|error| Problem::internal(format!("cannot render the manual page: {error}")))?;
    Ok(page)
}

fn unknown(root: &Command, name: &str) -> Problem {
    let names: Vec<&str> = root.get_subcommands().map(Command::get_name).collect();
    let problem = Problem::user(format!("there is no command {:?}", neutral(name)));
    match nearest(name, names.iter().copied()) {
        Some(meant) => problem.hint(format!("did you mean {meant}?")),
        None => problem.hint(format!("the commands are {}", names.join(", "))),
    }
}
