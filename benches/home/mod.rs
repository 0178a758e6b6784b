//! Where programs that are measured are at home, and one run of a program.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// The program: the one that `PROGRAM` names, else the one that was built beside this.
pub fn program() -> OsString {
    std::env::var_os("PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_glidepath").into())
}

/// How long anything that must happen may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The release that is flown.
pub const RELEASE: [&str; 4] = ["release", "deploy/checkout", "--image", "app=registry.example/checkout:1.8.0"];

/// A directory of its own, with what a program reads there.
pub struct Home(tempfile::TempDir);

impl Home {
    /// An empty one.
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file into it.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).expect("a file");
    }

    /// What a program finds around it.
    pub fn environment(&self) -> Vec<(&'static str, PathBuf)> {
        vec![
            ("HOME", self.path().to_owned()),
            ("KUBECONFIG", self.path().join("kube.yaml")),
            ("TERM", "xterm-256color".into()),
            ("LANG", "C.UTF-8".into()),
        ]
    }

    /// Starts the program without a terminal.
    pub fn start(&self, args: &[&str]) -> Process {
        let mut command = Command::new(program());
        command.args(args).current_dir(self.path()).env_clear().envs(self.environment());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        Process::start(&mut command)
    }
}

/// One run of the program; it is ended with its value.
pub struct Process {
    child: Child,
    lines: Receiver<String>,
    /// When it was started.
    pub began: Instant,
}

impl Process {
    /// Starts any program and listens to its standard output.
    pub fn start(command: &mut Command) -> Self {
        let began = Instant::now();
        let mut child = command.spawn().expect("the program");
        let out = child.stdout.take().expect("its output");
        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines, began }
    }

    /// Waits for a line that is so.
    pub fn until(&self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        self.within(PATIENCE, what, is_so)
    }

    /// The same, for something that takes its time.
    pub fn within(&self, patience: Duration, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let until = Instant::now() + patience;
        loop {
            let line = self.lines.recv_timeout(until.saturating_duration_since(Instant::now()));
            let line = line.unwrap_or_else(|_| panic!("waited in vain: {what}"));
            if is_so(&line) {
                return line;
            }
        }
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        let _ended_already = self.child.kill();
        let _reaped = self.child.wait();
    }

    /// Waits for its end.
    pub fn ends(&mut self) {
        let _status = self.child.wait().expect("a process");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
