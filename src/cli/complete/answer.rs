//! Answers whoever asks what could stand next: a shell, by a variable, or kubectl for its plugin, by another name.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Command, CommandFactory};
use clap_complete::CompleteEnv;
use clap_complete::engine::{CompletionCandidate, complete};

use super::VARIABLE;
use crate::cli::args::Cli;
use crate::cli::called::Called;
use crate::cli::say;

/// What kubectl is told beside the words: files are no answer (cobra's `ShellCompDirectiveNoFileComp`).
const NO_FILES: &str = ":4";

/// Answers; `None`: nobody asked, this is an ordinary call.
pub fn answered() -> Option<ExitCode> {
    if Called::completes_for_kubectl() {
        let words = std::env::args_os().skip(1).collect();
        let _nobody_listens = say::data(for_kubectl(command(), words).as_bytes());
        return Some(ExitCode::SUCCESS);
    }
    std::env::var_os(VARIABLE)?;
    let shell = CompleteEnv::with_factory(command).var(VARIABLE);
    match shell.try_complete(std::env::args_os(), std::env::current_dir().ok().as_deref()) {
        Ok(false) => None,
        // A shell that waits for words has no use for a complaint.
        Ok(true) | Err(_) => Some(ExitCode::SUCCESS),
    }
}

fn command() -> Command {
    Called::of_process().describe(Cli::command())
}

/// The words that could stand in the place of the last of these, a line each with what they mean.
fn for_kubectl(mut command: Command, mut words: Vec<OsString>) -> String {
    command.build();
    words.insert(0, Called::Plugin.file_name().into());
    let last = words.len() - 1;
    let here = std::env::current_dir().ok();
    let offered = complete(&mut command, words, last, here.as_deref()).unwrap_or_default();
    offered.iter().map(line).chain([format!("{NO_FILES}\n")]).collect()
}

fn line(offered: &CompletionCandidate) -> String {
    let help = offered.get_help().map(ToString::to_string).unwrap_or_default();
    let means = help.lines().next().map(|first| format!("\t{first}")).unwrap_or_default();
    format!("{}{means}\n", offered.get_value().to_string_lossy())
}
