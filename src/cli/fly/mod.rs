//! One flight: an engine in a task of its own, and a front that shows it.

pub mod front;
mod stream;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::signal::unix::{SignalKind, signal};

use crate::core::problem::Problem;
use crate::core::snapshot::{Ended, Outcome, Snapshot};
use crate::engine::clock::SharedClock;
use crate::engine::pace::Pace;
use crate::engine::run::{Engine, Handle};
use front::Front;

/// What a front needs besides the engine's handle.
pub struct Cabin {
    /// Which front.
    pub front: Front,
    /// The engine's clock.
    pub clock: SharedClock,
    /// Who sits here, as the API server names them.
    pub who: String,
    /// Whether somebody sits at a terminal.
    pub attended: Arc<AtomicBool>,
    /// How the cockpit looks.
    pub look: crate::tui::Look,
}

/// Runs an engine to its end behind a front.
///
/// # Errors
/// When the front cannot begin; an engine that has begun always ends with an outcome.
pub async fn fly(engine: Engine, handle: Handle, pace: impl Pace + 'static, cabin: Cabin) -> Result<Ended, Problem> {
    let last = handle.snapshots.clone();
    let mut flight = tokio::spawn(engine.run(pace));
    watch_signals(&handle, cabin.front);
    let shown = match cabin.front {
        Front::Plain | Front::Json => stream::show(&handle, cabin.front, &mut flight).await,
        Front::Cockpit => {
            let left = crate::tui::run(&handle, &cabin.clock, &cabin.who, cabin.look, &mut flight).await;
            cabin.attended.store(false, std::sync::atomic::Ordering::Relaxed);
            left
        }
    };
    let ended = match shown? {
        Some(ended) => ended,
        // The front has gone before the release has ended: it stays where it is.
        None => {
            handle.stop.send_replace(Some(if cabin.front == Front::Cockpit { Outcome::Held } else { Outcome::ContactLost }));
            flight.await.map_err(|error| Problem::internal(format!("the engine failed: {error}")))?
        }
    };
    if cabin.front == Front::Cockpit {
        print!("{}", farewell(&last.borrow(), &ended));
    }
    Ok(ended)
}

/// A signal ends the driver, not the release.
fn watch_signals(handle: &Handle, front: Front) {
    let outcome = if front == Front::Cockpit { Outcome::Held } else { Outcome::ContactLost };
    for kind in [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()] {
        let Ok(mut signals) = signal(kind) else { continue };
        let stop = Arc::clone(&handle.stop);
        tokio::spawn(async move {
            if signals.recv().await.is_some() {
                stop.send_replace(Some(outcome));
            }
        });
    }
}

/// What stays on the terminal after the cockpit has gone: the outcome, the proof, and what is left to know.
fn farewell(snapshot: &Snapshot, ended: &Ended) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    let proof = match (ended.outcome, ended.proven) {
        (Outcome::RolledBack, true) => ", proven",
        (Outcome::RolledBack, false) => ", NOT proven",
        _ => "",
    };
    let plan = &snapshot.plan;
    let _ = writeln!(text, "{} {} → {}: {}{proof}: {}", plan.application, plan.from, plan.to, ended.outcome.word(), ended.why);
    for line in snapshot.rollback.iter().flat_map(|rollback| &rollback.lines) {
        let _ = writeln!(text, "  {} of {}: {:?}: {}", line.line, line.workload, line.state, line.why);
    }
    for note in &ended.notes {
        let _ = writeln!(text, "  {note}");
    }
    let _ = writeln!(text, "  journal: {}", snapshot.journal.path);
    text
}

/// The exit code of `release`, `attach` and `demo`.
pub fn flight_code(ended: &Ended) -> ExitCode {
    ExitCode::from(ended.exit_code)
}

/// The exit code of the single command `rollback`: 0 once proven, 4 when it was obeyed and not proven in time.
pub fn rollback_code(ended: &Ended) -> ExitCode {
    match (ended.outcome, ended.proven) {
        (Outcome::RolledBack, true) => ExitCode::SUCCESS,
        (Outcome::RolledBack, false) => ExitCode::from(4),
        (outcome, _) => ExitCode::from(outcome.exit_code()),
    }
}
