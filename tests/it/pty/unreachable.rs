//! The cluster does not answer when the cockpit is opened: it stays open, says so, and goes on when somebody does.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::seat::Seat;

const RELEASE: [&str; 8] = [
    "release",
    "deploy/checkout",
    "--image",
    "app=registry.example/checkout:1.8.0",
    "--kubeconfig",
    "kube.yaml",
    "--journal",
    "state",
];

/// A world behind this port; it ends with its value.
struct World(Child);

impl World {
    fn serve(home: &Path, port: u16) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_glidepath"));
        command.current_dir(home).env_clear().env("HOME", home).stdin(Stdio::null()).stdout(Stdio::null());
        command.args([
            "demo",
            "--serve",
            "--speed",
            "20",
            "--kubeconfig-out",
            "kube.yaml",
            "--port",
            &port.to_string(),
        ]);
        Self(command.spawn().unwrap())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ended_already = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// A kubeconfig of a server that is not there.
fn nobody(home: &Path, port: u16) {
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: prod-eu\n\
         contexts: [{{name: prod-eu, context: {{cluster: c, user: u, namespace: shop}}}}]\n\
         clusters: [{{name: c, cluster: {{server: \"http://127.0.0.1:{port}\"}}}}]\n\
         users: [{{name: u, user: {{}}}}]\n"
    );
    std::fs::write(home.join("kube.yaml"), text).unwrap();
}

/// A port that nobody listens at.
fn free() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn the_cockpit_waits_for_the_cluster_and_flies_when_it_answers() {
    let home = tempfile::tempdir().unwrap();
    let port = free();
    nobody(home.path(), port);
    let mut seat = Seat::take(home.path(), &RELEASE);
    let shown = seat.sees_words("NOT CONNECTED");
    assert!(shown.contains("prod-eu") && shown.contains("refused") && shown.contains("q leave"), "{shown}");
    let _world = World::serve(home.path(), port);
    seat.sees_words("SOAKING");
    seat.press("q");
    seat.sees_words("hold here and leave");
    seat.press("h");
    assert_eq!(seat.ends(), 4);
}

#[test]
fn whoever_leaves_before_it_answers_is_told_why_nothing_happened() {
    let home = tempfile::tempdir().unwrap();
    nobody(home.path(), free());
    for args in [&RELEASE[..], &["attach", "--kubeconfig", "kube.yaml"], &["--kubeconfig", "kube.yaml"]] {
        let mut seat = Seat::take(home.path(), args);
        seat.sees_words("NOT CONNECTED");
        seat.press("q");
        seat.sees_words("error: cannot connect to context prod-eu");
        assert_eq!(seat.ends(), 6);
    }
}
