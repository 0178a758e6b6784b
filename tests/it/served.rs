//! The embedded cluster in a process of its own, and releases that other processes fly on it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use glidepath::cluster::{self, Connection, Target};
use serde_json::Value;

use crate::control_plane::Api;

/// How long anything that must happen may take.
const SOON: Duration = Duration::from_secs(60);

/// The words that begin a flight of the demo's application, and that go on with it.
pub const RELEASE: [&str; 4] = ["release", "deploy/checkout", "--image", "app=registry.example/checkout:1.8.0"];

/// A configuration for short flights: these lines about the canary, and rules that read and decide several times a second.
pub fn quick(canary: &str) -> String {
    let rule = |name: &str| format!("[rules.{name}]\ninterval = \"300ms\"\nfreshness = \"10s\"\n");
    let rules = ["errors", "p95", "memory"].map(rule).concat();
    format!("[canary]\nscrape = \"300ms\"\n{canary}\n{rules}[limits]\nverify = \"1s\"\n")
}

/// A served world; it ends with its value.
pub struct Served {
    dir: tempfile::TempDir,
    world: Child,
    /// The namespace of its application, as its first line said.
    pub namespace: String,
}

impl Served {
    /// Serves the world of a scenario, `speed` times as fast as life.
    pub fn start(scenario: &str, speed: u32) -> Self {
        Self::serve(tempfile::tempdir().unwrap(), ["--scenario", scenario], speed)
    }

    /// Serves the world of a scenario that is written here.
    pub fn own(scenario: &str, speed: u32) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("own.toml"), scenario).unwrap();
        Self::serve(dir, ["--scenario-file", "own.toml"], speed)
    }

    fn serve(dir: tempfile::TempDir, scenario: [&str; 2], speed: u32) -> Self {
        let mut world = program(dir.path())
            .args(["demo", "--serve", "--speed", &speed.to_string()])
            .args(scenario)
            .args(["--kubeconfig-out", "kube.yaml", "--truth", "truth.jsonl"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut hello = String::new();
        BufReader::new(world.stdout.take().unwrap()).read_line(&mut hello).unwrap();
        let hello: Value = serde_json::from_str(&hello).unwrap();
        Self { dir, world, namespace: hello["namespace"].as_str().unwrap().to_owned() }
    }

    /// The directory of everything that belongs to it.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Its kubeconfig.
    pub fn kubeconfig(&self) -> PathBuf {
        self.path().join("kube.yaml")
    }

    /// Where its API server listens.
    pub fn address(&self) -> String {
        let text = std::fs::read_to_string(self.kubeconfig()).unwrap();
        let kubeconfig: Value = serde_json::from_str(&text).unwrap();
        let server = kubeconfig["clusters"][0]["cluster"]["server"].as_str().unwrap();
        server.strip_prefix("http://").unwrap().to_owned()
    }

    /// Makes its kubeconfig lead through a front.
    pub fn lead_through(&self, front: &str) {
        let kubeconfig = std::fs::read_to_string(self.kubeconfig()).unwrap();
        std::fs::write(self.kubeconfig(), kubeconfig.replace(&self.address(), front)).unwrap();
    }

    /// The program, told to work on this world: its configuration is `glidepath.toml` here, its
    /// journals are in `state`.
    pub fn command(&self, args: &[&str]) -> Command {
        self.command_on("state", args)
    }

    /// The same with its journals in another directory, as on another machine.
    pub fn command_on(&self, journals: &str, args: &[&str]) -> Command {
        let mut command = program(self.path());
        command.env("KUBECONFIG", "kube.yaml").args(args).args(["--journal", journals]);
        command
    }

    /// Writes the configuration that its drivers fly by.
    pub fn configure(&self, text: &str) {
        std::fs::write(self.path().join("glidepath.toml"), text).unwrap();
    }

    /// Starts a driver and listens to its events.
    pub fn drive(&self, args: &[&str]) -> Driver {
        Driver::start(self.command(args).arg("--json"))
    }

    /// A connection as any other client's.
    pub async fn connect(&self) -> Connection {
        let target = Target { kubeconfig: Some(self.kubeconfig()), context: None, namespace: None };
        let _installed_before = rustls::crypto::ring::default_provider().install_default();
        cluster::connect(target).await.unwrap()
    }

    /// Ends the world; what it saw, a line a pod.
    pub fn end(mut self) -> Vec<Value> {
        let id = rustix::process::Pid::from_child(&self.world);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        let status = wait(&mut self.world, "the world ends");
        assert_eq!(status, Some(0));
        let truth = std::fs::read_to_string(self.path().join("truth.jsonl")).unwrap();
        truth.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ended_already = self.world.kill();
        let _reaped = self.world.wait();
    }
}

fn program(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_glidepath"));
    command.current_dir(home).env_clear().env("HOME", home).stdin(Stdio::null()).stderr(Stdio::piped());
    command
}

/// Waits for a process to end, within bounds; its exit code, `None` where a signal ended it.
fn wait(child: &mut Child, what: &str) -> Option<i32> {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        assert!(began.elapsed() < SOON, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A process that drives a release, and its events as they come; it ends with its value.
pub struct Driver {
    process: Child,
    lines: Receiver<Value>,
    /// All events so far.
    pub events: Vec<Value>,
}

impl Driver {
    /// Starts one, whose command writes events to stdout.
    pub fn start(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let stdout = process.stdout.take().unwrap();
        let (say, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let event = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not an event: {line}"));
                if say.send(event).is_err() {
                    return;
                }
            }
        });
        Self { process, lines, events: Vec::new() }
    }

    /// The next event; `None`: it has said its last.
    pub fn next(&mut self) -> Option<Value> {
        match self.lines.recv_timeout(SOON) {
            Ok(event) => {
                self.events.push(event.clone());
                Some(event)
            }
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("it says nothing any more; its last words: {:#?}", self.tail()),
        }
    }

    /// Ends it as nothing else does: at once, with no last word.
    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Ends it in the same way; everything that it has told.
    pub fn dies(mut self) -> Vec<Value> {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.events.extend(self.lines.iter());
        std::mem::take(&mut self.events)
    }

    /// Listens to the end: the `ended` event, which must agree with the exit code.
    pub fn ends(&mut self) -> Value {
        let (ended, code) = self.last();
        assert_eq!(ended["exit_code"].as_i64().map(|code| code as i32), code, "{ended}");
        ended
    }

    /// Listens to the end of a `rollback`, which must be proven: to whoever asked for it that is success.
    pub fn proves(&mut self) -> Value {
        let (ended, code) = self.last();
        let tail = self.tail();
        assert_eq!((&ended["outcome"], &ended["proven"]), (&"rolled-back".into(), &true.into()), "{tail:#?}");
        assert_eq!(code, Some(0), "{ended}");
        ended
    }

    fn last(&mut self) -> (Value, Option<i32>) {
        while self.next().is_some() {}
        let code = wait(&mut self.process, "the driver ends");
        let ended = self.events.iter().rev().find(|event| event["event"] == "ended").cloned();
        (ended.unwrap_or_else(|| panic!("no end, exit code {code:?}: {}", self.stderr())), code)
    }

    /// What it said on stderr; for after its end.
    pub fn stderr(&mut self) -> String {
        let mut text = String::new();
        if let Some(mut stderr) = self.process.stderr.take() {
            std::io::Read::read_to_string(&mut stderr, &mut text).unwrap();
        }
        text
    }

    /// The last events, for a failing test's words.
    pub fn tail(&self) -> &[Value] {
        &self.events[self.events.len().saturating_sub(12)..]
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ended_already = self.process.kill();
        let _reaped = self.process.wait();
    }
}

/// What of ours is left on the objects of a namespace: pins, marks, canaries, baselines, a raised autoscaler.
pub async fn left_over(api: &Api, namespace: &str) -> Vec<String> {
    let mut left = Vec::new();
    let kinds = [
        ("apis/apps/v1", "deployments"),
        ("apis/apps/v1", "replicasets"),
        ("api/v1", "services"),
        ("apis/autoscaling/v2", "horizontalpodautoscalers"),
    ];
    for (group, plural) in kinds {
        let list = api.get(&format!("/{group}/namespaces/{namespace}/{plural}")).await.unwrap();
        for object in list["items"].as_array().unwrap() {
            let name = object["metadata"]["name"].as_str().unwrap();
            let marks = object["metadata"]["annotations"].as_object().into_iter().flat_map(|all| all.keys());
            left.extend(
                marks.filter(|key| key.starts_with("glidepath.dev/")).map(|key| format!("{plural}/{name}: {key}")),
            );
            if plural == "services" && object["spec"]["selector"]["glidepath.dev/track"].is_string() {
                left.push(format!("{plural}/{name} is pinned"));
            }
            if plural == "deployments" && (name.ends_with("-canary") || name.ends_with("-baseline")) {
                left.push(format!("{plural}/{name} exists"));
            }
            if plural == "horizontalpodautoscalers" && object["spec"]["minReplicas"] != 4 {
                left.push(format!("{plural}/{name} has a minimum of {}", object["spec"]["minReplicas"]));
            }
        }
    }
    left
}
