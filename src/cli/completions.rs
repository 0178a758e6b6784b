//! `completions`: the line by which a shell learns to ask this program what could stand next.

use clap_complete::Shell;
use clap_complete::env::Shells;

use crate::cli::args::CompletionsArgs;
use crate::cli::called::Called;
use crate::cli::complete;
use crate::cli::exit::Exit;
use crate::cli::say;
use crate::core::problem::Problem;

/// Prints the completions.
///
/// # Errors
/// Where they cannot be written.
pub fn run(args: &CompletionsArgs) -> Result<Exit, Problem> {
    let name = Called::of_process().file_name();
    let mut script = Vec::new();
    let shells = Shells::builtins();
    let shell = shells.completer(word(args.shell)).ok_or_else(|| Problem::internal("this shell has no completions"))?;
    shell
        .write_registration(complete::VARIABLE, name, name, name, &mut script)
        .map_err(|error| Problem::internal(format!("cannot write the completions: {error}")))?;
    say::data(&script)?;
    Ok(Exit::DONE)
}

fn word(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => "bash",
        Shell::Elvish => "elvish",
        Shell::Fish => "fish",
        Shell::PowerShell => "powershell",
        _ => "zsh",
    }
}
