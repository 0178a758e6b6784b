//! `completions`: the lines by which a shell learns to ask this program what could stand next.

use clap_complete::Shell;
use clap_complete::env::Shells;

use crate::cli::args::CompletionsArgs;
use crate::cli::called::Called;
use crate::cli::complete;
use crate::cli::exit::Exit;
use crate::cli::say;
use crate::core::problem::Problem;

/// For bash in place of clap's, under which `--context=prod` and a context with a colon are several words.
const BASH: &str = include_str!("bash.sh");

/// Prints the completions.
///
/// # Errors
/// Where they cannot be written.
pub fn run(args: &CompletionsArgs) -> Result<Exit, Problem> {
    let name = Called::of_process().file_name();
    let script = match args.shell {
        Shell::Bash => {
            let function = name.replace('-', "_");
            BASH.replace("NAME", &function).replace("BIN", name).replace("VARIABLE", complete::VARIABLE)
        }
        Shell::Zsh => clap_s("zsh", name)? + &at_once(name),
        Shell::Fish => clap_s("fish", name)?,
        Shell::PowerShell => clap_s("powershell", name)?,
        Shell::Elvish => clap_s("elvish", name)?,
        _ => return Err(Problem::internal("this shell has no completions")),
    };
    say::data(script.as_bytes())?;
    Ok(Exit::DONE)
}

/// What clap writes for a shell.
fn clap_s(shell: &str, name: &str) -> Result<String, Problem> {
    let shells = Shells::builtins();
    let shell = shells.completer(shell).ok_or_else(|| Problem::internal("this shell has no completions"))?;
    let mut script = Vec::new();
    shell
        .write_registration(complete::VARIABLE, name, name, name, &mut script)
        .map_err(|error| Problem::internal(format!("cannot write the completions: {error}")))?;
    String::from_utf8(script).map_err(|error| Problem::internal(error.to_string()))
}

/// zsh runs a file of its `fpath` at the first tab: it must not only define what answers, but answer, too.
fn at_once(name: &str) -> String {
    let function = name.replace('-', "_");
    format!("\nif [[ $funcstack[1] == _{name} ]]; then\n    _clap_dynamic_completer_{function} \"$@\"\nfi\n")
}
