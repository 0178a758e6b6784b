//! A driver without a screen: the same program in a session of its own, which no terminal takes with it.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::cli::args::Global;
use crate::core::problem::Problem;
use crate::core::text::neutral;

/// What a driver without a screen says when it drives, or is about to: whoever started it waits for this.
pub const READY: &str = "ready without a screen";

/// How long it may take to get there.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often its words are looked at.
const LOOK: Duration = Duration::from_millis(100);

/// One that was started and is ready.
#[derive(Debug)]
pub struct Heir {
    /// Its process.
    pub pid: u32,
    /// Where its words go.
    pub log: PathBuf,
}

/// Leaves the terminal's session, so that its end is not ours. Called first by a driver without a screen.
pub fn leave_the_terminal() {
    // A process that leads its group already cannot, and has no terminal to lose then.
    let _already_alone = rustix::process::setsid();
}

/// Starts this program with other words, without a screen, and waits until it says that it is ready.
///
/// # Errors
/// It cannot be started, or ends before; with its last words.
pub async fn start(directory: &Path, name: &str, args: Vec<OsString>) -> Result<Heir, Problem> {
    let log = directory.join(format!("{name}.log"));
    let failed = |error: io::Error| {
        Problem::user(format!("cannot start a driver without a screen: {}", neutral(&error.to_string())))
            .hint("its words go to the directory of the journals; name another one with --journal DIR")
    };
    let mut child = spawn(&log, args).map_err(failed)?;
    let began = Instant::now();
    loop {
        let said = std::fs::read_to_string(&log).unwrap_or_default();
        if said.contains(READY) {
            return Ok(Heir { pid: child.id(), log });
        }
        if let Ok(Some(_ended)) = child.try_wait() {
            return Err(ended(&said));
        }
        if began.elapsed() > PATIENCE {
            // It may still come; nobody knows, so it shall not.
            let _ended = child.kill();
            return Err(Problem::unreachable(format!(
                "the driver without a screen was not ready within a minute; its words: {}",
                neutral(&log.display().to_string())
            )));
        }
        sleep(LOOK).await;
    }
}

fn spawn(log: &Path, args: Vec<OsString>) -> io::Result<Child> {
    let out: File = OpenOptions::new().create(true).write(true).truncate(true).open(log)?;
    let words = out.try_clone()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(args).arg("--headless").arg("--plain");
    command.stdin(Stdio::null()).stdout(out).stderr(words).spawn()
}

/// The last that a driver said which ended at once.
fn ended(said: &str) -> Problem {
    let mut lines = said.lines().map(neutral);
    let error = lines.find_map(|line| line.strip_prefix("error: ").map(str::to_owned));
    Problem::refused(format!(
        "the driver without a screen ended at once: {}",
        error.unwrap_or_else(|| said.lines().last().map(neutral).unwrap_or_default())
    ))
}

/// The options by which this process was pointed at its cluster, for another one.
pub fn pointing(global: &Global, context: &str, namespace: &str) -> Vec<OsString> {
    let mut args: Vec<OsString> = Vec::new();
    let mut add = |flag: &str, value: Option<&std::ffi::OsStr>| {
        if let Some(value) = value {
            args.extend([OsString::from(flag), value.to_owned()]);
        }
    };
    add("--config", global.config.as_ref().map(|path| path.as_os_str()));
    add("--kubeconfig", global.kubeconfig.as_ref().map(|path| path.as_os_str()));
    add("--journal", global.journal.as_ref().map(|path| path.as_os_str()));
    if context != crate::cluster::IN_CLUSTER {
        add("--context", Some(context.as_ref()));
    }
    add("--namespace", Some(namespace.as_ref()));
    args
}

/// How to come back.
pub fn farewell(heir: &Heir, deployment: &str) -> String {
    format!(
        "it flies on without a screen (process {}, its words in {})\n  come back with: glidepath attach deploy/{deployment}\n  bring it back with: glidepath rollback deploy/{deployment}\n",
        heir.pid,
        neutral(&heir.log.display().to_string())
    )
}
