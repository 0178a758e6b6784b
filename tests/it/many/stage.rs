//! The processes, and what they say.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use glidepath::cluster::{self, Connection, Target};
use serde_json::Value;

/// How long anything that must happen may take.
pub const SOON: Duration = Duration::from_secs(60);

/// A release of the demo's application, as a script starts it.
pub const RELEASE: [&str; 5] =
    ["release", "deploy/checkout", "--image", "app=registry.example/checkout:1.8.0", "--json"];

/// Steps that outlast every test.
pub const SLOW: &str = "[canary]\nsteps = [10, 100]\nsoak = \"5m\"\n";

/// Whether a step has its pods and passes.
pub fn is_soaking(event: &Value) -> bool {
    event["event"] == "step" && event["state"] == "soaking"
}

/// A driver with a step in flight.
pub fn flying(world: &World, who: &str) -> Process {
    let driver = world.start(who, &RELEASE);
    driver.until("a step soaks", is_soaking);
    driver
}

/// A world that another process serves.
pub struct World {
    /// Where everything of this test is kept.
    pub home: tempfile::TempDir,
    child: Child,
    /// The namespace.
    pub namespace: String,
}

impl World {
    /// Serves a scenario, `speed` times as fast as life.
    pub fn serve(scenario: &str, speed: u32) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_glidepath"));
        command.args(["demo", "--serve", "--scenario", scenario, "--speed", &speed.to_string(), "--kubeconfig-out"]);
        command.arg(home.path().join("kubeconfig")).current_dir(home.path());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut hello = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut hello).unwrap();
        let hello: Value = serde_json::from_str(&hello).unwrap();
        Self { home, child, namespace: hello["namespace"].as_str().unwrap().to_owned() }
    }

    /// A kubeconfig by which the API server knows somebody else.
    pub fn kubeconfig_of(&self, who: &str) -> PathBuf {
        let path = self.home.path().join(format!("kubeconfig-{}", who.replace('@', "-")));
        let text = std::fs::read_to_string(self.home.path().join("kubeconfig")).unwrap();
        std::fs::write(&path, text.replace("dana@example", who)).unwrap();
        path
    }

    /// The program, as `who` runs it at a terminal of their own: with a journal that nobody else has.
    pub fn terminal(&self, who: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_glidepath"));
        command.args(args).arg("--kubeconfig").arg(self.kubeconfig_of(who));
        command.arg("--journal").arg(self.home.path().join(format!("journal-{}", who.replace('@', "-"))));
        command.env_remove("GLIDEPATH_CONFIG").current_dir(self.home.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Starts it.
    pub fn start(&self, who: &str, args: &[&str]) -> Process {
        Process::start(self.terminal(who, args))
    }

    /// Writes the configuration that all of them read.
    pub fn configure(&self, text: &str) {
        std::fs::write(self.home.path().join("glidepath.toml"), text).unwrap();
    }

    /// Makes the lease of a driver that was killed one of another machine, about which nobody here can ask the kernel.
    pub fn as_if_elsewhere(&self) {
        self.renew_elsewhere(1);
    }

    /// Writes the lease as a driver on another machine does, whose renewals are counted by `number`.
    pub fn renew_elsewhere(&self, number: u32) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let connection = self.connect().await;
            let path = format!("/apis/coordination.k8s.io/v1/namespaces/{}/leases/glidepath-checkout", self.namespace);
            let renewed = format!("2026-01-01T00:00:{:02}.000000Z", number % 60);
            let elsewhere =
                serde_json::json!({"spec": {"holderIdentity": "elsewhere-0badf00d-1-1", "renewTime": renewed}});
            crate::control_plane::Api::of(&connection).merge(&path, elsewhere).await.unwrap();
        });
    }

    /// Gives the Deployment another image past every release, as `kubectl set image` does.
    pub fn set_image(&self, image: &str) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let path = format!("/apis/apps/v1/namespaces/{}/deployments/checkout", self.namespace);
            let change = serde_json::json!([
                {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": image},
            ]);
            crate::control_plane::Api::of(&self.connect().await).patch(&path, change).await.unwrap();
        });
    }

    /// The way to the cluster, for a test that looks or meddles itself.
    pub async fn connect(&self) -> Connection {
        let target = Target { kubeconfig: Some(self.kubeconfig_of("tester@example")), context: None, namespace: None };
        cluster::connect(target).await.unwrap()
    }

    /// Sends its process a signal by its name.
    pub fn signal(&self, signal: &str) {
        send_signal(self.child.id(), signal);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// One run of the program.
pub struct Process {
    child: Child,
    said: Arc<Mutex<Vec<String>>>,
    readers: Vec<std::thread::JoinHandle<()>>,
}

impl Process {
    /// Starts a command and listens to it.
    pub fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let said = Arc::new(Mutex::new(Vec::new()));
        let out: Box<dyn Read + Send> = Box::new(child.stdout.take().unwrap());
        let err: Box<dyn Read + Send> = Box::new(child.stderr.take().unwrap());
        let readers = [out, err].map(|pipe| {
            let said = Arc::clone(&said);
            std::thread::spawn(move || {
                for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                    said.lock().unwrap().push(line);
                }
            })
        });
        Self { child, said, readers: readers.into() }
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// All that it has said so far.
    pub fn said(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }

    /// All events of a `--json` front so far.
    pub fn events(&self) -> Vec<Value> {
        self.said().iter().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Waits until something that it said holds, or fails with all that it said.
    pub fn until(&self, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            if let Some(event) = self.events().into_iter().find(|event| holds(event)) {
                return event;
            }
            assert!(began.elapsed() < SOON, "not in time: {what}\n{}", self.said().join("\n"));
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until a line holds these words.
    pub fn until_said(&self, words: &str) {
        let began = Instant::now();
        while !self.said().iter().any(|line| line.contains(words)) {
            assert!(began.elapsed() < SOON, "never said {words:?}:\n{}", self.said().join("\n"));
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits for its end: the exit code and all that it said.
    pub fn end(&mut self) -> (i32, String) {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                self.readers.drain(..).for_each(|reader| reader.join().unwrap());
                return (code(status), self.said().join("\n"));
            }
            assert!(began.elapsed() < 2 * SOON, "it does not end:\n{}", self.said().join("\n"));
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Sends it a signal by its name.
    pub fn signal(&self, signal: &str) {
        send_signal(self.id(), signal);
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// Sends a process a signal by its name.
pub fn send_signal(id: u32, signal: &str) {
    let sent = Command::new("kill").args([&format!("-{signal}"), &id.to_string()]).status().unwrap();
    assert!(sent.success(), "kill -{signal} {id}");
}

fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or(-1)
}

/// What a file holds; nothing where it does not exist.
pub fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}
