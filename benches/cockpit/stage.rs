//! The processes that a figure needs: a world that one of them serves, and programs that use it.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::wire::Wire;

/// The program: the one that `PROGRAM` names, else the one that was built beside this.
pub fn program() -> OsString {
    std::env::var_os("PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_glidepath").into())
}

/// How long anything that must happen may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The release that is flown.
pub const RELEASE: [&str; 4] = ["release", "deploy/checkout", "--image", "app=registry.example/checkout:1.8.0"];

/// Steps that outlast every measurement.
pub const SLOW: &str = "[canary]\nsteps = [10, 100]\nsoak = \"2h\"\n";

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
        Process::start(command)
    }
}

/// A world in a process of its own, at the end of a wire.
pub struct World {
    /// Where the programs that use it are at home.
    pub home: Home,
    /// What was asked of it.
    pub wire: Wire,
    /// When it began.
    pub began: Instant,
    _process: Process,
}

impl World {
    /// Serves a world and writes the kubeconfig that leads to it through the wire.
    pub fn serve(scenario: &str, speed: u32, pods: usize) -> Self {
        let home = Home::new();
        let (speed, pods) = (speed.to_string(), pods.to_string());
        let mut args = vec!["demo", "--serve", "--scenario", scenario, "--speed", &speed];
        if pods != "0" {
            args.extend(["--pods", &pods]);
        }
        args.extend(["--kubeconfig-out", "direct.yaml"]);
        let process = home.start(&args);
        process.until("it serves", |line| line.contains("kubeconfig"));
        let text = std::fs::read_to_string(home.path().join("direct.yaml")).expect("a kubeconfig");
        let kubeconfig: Value = serde_json::from_str(&text).expect("a kubeconfig");
        let server = kubeconfig["clusters"][0]["cluster"]["server"].as_str().expect("a server");
        let port = server.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
        let wire = Wire::to(port);
        home.write("kube.yaml", &text.replace(&format!(":{port}"), &format!(":{}", wire.port)));
        Self { home, wire, began: process.began, _process: process }
    }

    /// Prints what came by meanwhile, where `TRACE` is set: where the time goes.
    pub fn trace(&self, from: Instant, until: Instant) {
        if std::env::var_os("TRACE").is_some() {
            for request in self.wire.after(from).iter().filter(|request| request.at <= until) {
                println!("    {:>7.1} ms  {}", (request.at - from).as_secs_f64() * 1e3, request.line);
            }
        }
    }

    /// Flies the release without a terminal, until a step soaks.
    pub fn fly(&self) -> Process {
        self.home.write("glidepath.toml", SLOW);
        let driver = self.home.start(&[&RELEASE[..], &["--json", "--journal", "driver"]].concat());
        driver.until("a step soaks", |line| {
            let event: Value = serde_json::from_str(line).unwrap_or_default();
            event["event"] == "step" && event["state"] == "soaking"
        });
        driver
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
    fn start(mut command: Command) -> Self {
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
    pub fn until(&self, what: &str, is_so: impl Fn(&str) -> bool) {
        let until = Instant::now() + PATIENCE;
        loop {
            let line = self.lines.recv_timeout(until.saturating_duration_since(Instant::now()));
            if is_so(&line.unwrap_or_else(|_| panic!("waited in vain: {what}"))) {
                return;
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
