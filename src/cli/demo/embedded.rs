//! The embedded cluster as this process has it: a world, its API server, and the kubeconfig that leads there.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::cluster::{self, Connection};
use crate::core::problem::Problem;
use crate::core::time::Time;
use crate::sim::api::{Context, Server, serve, write_kubeconfig};
use crate::sim::scenario::Scenario;
use crate::sim::world::World;

/// Who sits at the demo's terminal.
const PERSON: &str = "dana@example";

/// A running embedded cluster.
pub struct Embedded {
    world: Arc<Mutex<World>>,
    server: Server,
    context: String,
    namespace: String,
    kubeconfig: Option<PathBuf>,
}

impl Embedded {
    /// Starts a world and serves it on loopback.
    ///
    /// # Errors
    /// When the port is in use.
    pub async fn start(scenario: &Scenario, seed: u64, start: Time, pods: usize, port: u16) -> Result<Self, Problem> {
        let world = Arc::new(Mutex::new(World::new(scenario, seed, start, pods)));
        let server = serve(Arc::clone(&world), port).await.map_err(|error| {
            Problem::user(format!("the embedded cluster cannot listen on 127.0.0.1:{port}: {error}"))
                .hint("give another port with --port N, or none: any that is free is taken then")
        })?;
        let cluster = &scenario.cluster;
        Ok(Self {
            world,
            server,
            context: cluster.context.clone(),
            namespace: cluster.namespace.clone(),
            kubeconfig: None,
        })
    }

    /// The world.
    pub fn world(&self) -> Arc<Mutex<World>> {
        Arc::clone(&self.world)
    }

    /// The namespace of its application.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Writes a kubeconfig that leads here.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_kubeconfig(&self, path: &Path) -> Result<(), Problem> {
        let context = Context { name: &self.context, namespace: &self.namespace, token: PERSON };
        let written = write_kubeconfig(path, &self.server, &context);
        written.map_err(|error| {
            Problem::user(format!("cannot write the kubeconfig {}: {error}", path.display()))
                .hint("give a path that can be written")
        })
    }

    /// Connects as any program would: through a kubeconfig on disk, which is removed when this cluster ends.
    ///
    /// # Errors
    /// When the file cannot be written, or the server does not answer.
    pub async fn connect(&mut self) -> Result<Connection, Problem> {
        let path = std::env::temp_dir().join(format!(
            "glidepath-demo-{}-{}.kubeconfig",
            std::process::id(),
            self.server.address.port()
        ));
        self.write_kubeconfig(&path)?;
        self.kubeconfig = Some(path.clone());
        cluster::connect(cluster::Target { kubeconfig: Some(path), context: None, namespace: None }).await
    }

    /// Writes what the world saw: one JSON line a pod.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_truth(&self, path: &Path) -> Result<(), Problem> {
        let pods = self.world.lock().unwrap_or_else(PoisonError::into_inner).truth();
        let lines: String =
            pods.iter().filter_map(|pod| serde_json::to_string(pod).ok()).map(|line| line + "\n").collect();
        let written = std::fs::File::create(path).and_then(|mut file| file.write_all(lines.as_bytes()));
        written.map_err(|error| {
            Problem::user(format!("the truth cannot be written to {}: {error}", path.display()))
                .hint("give --truth another file")
        })
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        if let Some(path) = &self.kubeconfig {
            // A file that is gone already is as good.
            let _removed = std::fs::remove_file(path);
        }
    }
}
