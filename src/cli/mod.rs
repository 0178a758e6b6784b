//! The command line: reads it, sets the process up, and hands each command to the file that is named for it.

pub mod args;
mod attach;
mod bare;
mod called;
mod check;
mod colour;
mod complete;
mod completions;
mod demo;
mod drive;
pub mod exit;
mod find;
mod fly;
mod foresight;
pub mod front;
mod gaze;
mod heir;
mod init;
mod keys;
mod log;
mod look;
mod man;
pub mod manifest;
pub mod odds;
mod once;
mod operate;
mod preflight;
mod recall;
mod release;
mod releases;
mod replay;
mod rollback;
mod say;
mod send;
mod source;
pub mod state_dir;
mod status;
mod watch;

use std::process::ExitCode;
use std::time::Duration;

use color_eyre::config::{HookBuilder, Theme};
use tokio::runtime::Runtime;

use crate::cli::args::{Cli, Command};
use crate::cli::exit::Exit;
use crate::cli::operate::Order;
use crate::core::command::Verb;
use crate::core::problem::Problem;

/// How long tasks that are still running when a command ends may keep the process alive.
const PATIENCE: Duration = Duration::from_millis(500);

/// The whole program.
pub fn main() -> ExitCode {
    if let Some(exit) = complete::answered() {
        return exit;
    }
    let colours = colour::on_stderr();
    let ended = set_up(colours).and_then(|runtime| {
        let ended = run(&runtime);
        runtime.shutdown_timeout(PATIENCE);
        ended
    });
    match ended {
        Ok(exit) => exit.into(),
        Err(problem) => {
            say::problem(&problem, colours);
            Exit::from(&problem).into()
        }
    }
}

/// What must stand before anything else runs: reports of panics, a provider of cryptography, a runtime.
fn set_up(colours: bool) -> Result<Runtime, Problem> {
    // Without a theme of ours color-eyre paints even what goes into a file.
    let theme = if colours { Theme::dark() } else { Theme::new() };
    let installed = HookBuilder::default().theme(theme).display_env_section(false).install();
    installed.map_err(|error| Problem::internal(format!("cannot install the report of panics: {error}")))?;
    choose_cryptography();
    Runtime::new().map_err(|error| Problem::internal(format!("cannot start the runtime: {error}")))
}

/// TLS panics at the first connection where nobody chose. An earlier choice stays.
fn choose_cryptography() {
    let _chosen_before = rustls::crypto::ring::default_provider().install_default();
}

fn run(runtime: &Runtime) -> Result<Exit, Problem> {
    let cli = match Cli::read(std::env::args_os()) {
        Ok(cli) => cli,
        Err(usage) => {
            let _nobody_listens = usage.print();
            return Ok(Exit::of_usage(&usage));
        }
    };
    if cli.global.headless {
        heir::leave_the_terminal();
    }
    runtime.block_on(dispatch(cli))
}

async fn dispatch(cli: Cli) -> Result<Exit, Problem> {
    match cli.command {
        Some(Command::Demo(args)) => demo::run(&cli.global, args).await,
        Some(Command::Release(args)) => release::run(&cli.global, args).await,
        Some(Command::Rollback(args)) => rollback::run(&cli.global, args).await,
        Some(Command::Preflight(args)) => preflight::run(&cli.global, args).await,
        Some(Command::Releases(args)) => releases::run(&cli.global, args).await,
        Some(Command::Odds(args)) => odds::run(&args),
        Some(Command::Init(args)) => init::run(&cli.global, &args).await,
        Some(Command::Replay(args)) => replay::run(&cli.global, &args).await,
        Some(Command::Check(args)) => check::run(&cli.global, &args),
        Some(Command::Completions(args)) => completions::run(&args),
        Some(Command::Man(args)) => man::run(&args),
        Some(Command::Attach(args)) => attach::run(&cli.global, args).await,
        Some(Command::Status(args)) => status::run(&cli.global, &args).await,
        Some(Command::Approve(args)) => operate::run(&cli.global, Order::of(Verb::Approve, &args)).await,
        Some(Command::Pause(args)) => operate::run(&cli.global, Order::of(Verb::Pause, &args)).await,
        Some(Command::Resume(args)) => operate::run(&cli.global, Order::of(Verb::Resume, &args)).await,
        Some(Command::Promote(args)) => operate::run(&cli.global, Order::promote(&args)).await,
        None => bare::run(&cli.global).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_has_its_cryptography() {
        choose_cryptography();
        assert!(rustls::crypto::CryptoProvider::get_default().is_some());
    }
}
