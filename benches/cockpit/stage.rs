//! A world that a process serves, and a release that another flies on it.

use std::time::Instant;

use serde_json::Value;

use crate::home::{Home, Process, RELEASE};
use crate::wire::Wire;

/// Steps that outlast every measurement.
pub const SLOW: &str = "[canary]\nsteps = [10, 100]\nsoak = \"2h\"\n";

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
