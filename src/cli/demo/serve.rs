//! `demo --serve`: only the world, until ended, for other processes.

use std::path::PathBuf;

use tokio::signal::unix::{SignalKind, signal};

use crate::cli::demo::embedded::Embedded;
use crate::cli::exit::Exit;
use crate::core::problem::Problem;
use crate::engine::clock::{Clock, SystemClock};
use crate::sim::scenario::Scenario;
use crate::sim::world::FreeRun;

/// What is to be served.
pub struct Serve {
    /// The scenario.
    pub scenario: Scenario,
    /// What chance is drawn from.
    pub seed: u64,
    /// How much faster than real time.
    pub speed: f64,
    /// The port; 0: any that is free.
    pub port: u16,
    /// Where the kubeconfig is written.
    pub kubeconfig: PathBuf,
    /// Where what the world saw is written at the end.
    pub truth: Option<PathBuf>,
    /// Pods beside the application.
    pub pods: usize,
}

/// Serves until a signal ends it.
///
/// # Errors
/// When the port is in use or a file cannot be written.
pub async fn serve(asked: Serve) -> Result<Exit, Problem> {
    let start = SystemClock::start().now();
    let embedded = Embedded::start(&asked.scenario, asked.seed, start, asked.pods, asked.port).await?;
    embedded.write_kubeconfig(&asked.kubeconfig)?;
    let running = FreeRun::start(embedded.world(), asked.speed);
    let mut deployments: Vec<&str> = asked.scenario.workloads.iter().map(|workload| workload.name.as_str()).collect();
    if asked.pods > 0 {
        deployments.push("fleet");
    }
    let hello = serde_json::json!({ "kubeconfig": asked.kubeconfig, "namespace": embedded.namespace(), "deployments": deployments });
    println!("{hello}");
    wait_for_end().await?;
    drop(running);
    if let Some(path) = &asked.truth {
        embedded.write_truth(path)?;
    }
    Ok(Exit::DONE)
}

async fn wait_for_end() -> Result<(), Problem> {
    let failed = |error: std::io::Error| Problem::internal(format!("cannot listen for signals: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut hangup = signal(SignalKind::hangup()).map_err(failed)?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = hangup.recv() => {}
    }
    Ok(())
}
