//! One flight: an engine in a task of its own, and a front that shows it.

mod cockpit;
mod stream;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

use crate::cli::front::Front;
use crate::core::problem::Problem;
use crate::core::proof::LineState;
use crate::core::snapshot::{Ended, Outcome, Snapshot};
use crate::engine::clock::SharedClock;
use crate::engine::desk::Sources;
use crate::engine::pace::Pace;
use crate::engine::run::{Engine, Handle};
use crate::tui::keymap::Keymap;
use crate::tui::look::Look;
use stream::Stream;

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
    pub look: Look,
    /// The cockpit's keys.
    pub keymap: Keymap,
    /// What a person may ask beside the picture.
    pub sources: Sources,
}

/// Runs an engine to its end behind a front.
///
/// # Errors
/// When the front cannot begin; an engine that has begun always ends with an outcome.
pub async fn fly(engine: Engine, handle: Handle, pace: impl Pace + 'static, cabin: Cabin) -> Result<Ended, Problem> {
    let last = handle.snapshots.clone();
    watch_signals(&handle, cabin.front);
    // The fronts listen before the engine says its first word.
    let ended = match cabin.front {
        Front::Plain | Front::Json => {
            let stream = Stream::open(&handle, cabin.front)?;
            let mut flight = tokio::spawn(engine.run(pace));
            stream.show(&mut flight).await?.map_or(Shown::Left(Outcome::ContactLost, flight), Shown::Ended)
        }
        Front::Cockpit => cockpit::show(&handle, &cabin, tokio::spawn(engine.run(pace))).await?,
    };
    cabin.attended.store(false, Ordering::Relaxed);
    let ended = match ended {
        Shown::Ended(ended) => ended,
        // The front has gone before the release has ended: it stays where it is.
        Shown::Left(outcome, flight) => {
            handle.stop.send_replace(Some(outcome));
            flight.await.map_err(|error| Problem::internal(format!("the engine failed: {error}")))?
        }
    };
    if cabin.front == Front::Cockpit {
        print!("{}", farewell(&last.borrow(), &ended));
    }
    Ok(ended)
}

/// How a front ended.
enum Shown {
    /// With the release.
    Ended(Ended),
    /// Before it, which is to end so; and the engine, which runs still.
    Left(Outcome, JoinHandle<Ended>),
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
    let _ = writeln!(
        text,
        "{} {} → {}: {}{proof}: {}",
        plan.application,
        plan.from,
        plan.to,
        ended.outcome.word(),
        ended.why
    );
    for line in snapshot.rollback.iter().flat_map(|rollback| &rollback.lines) {
        let state = match line.state {
            LineState::Done => "proved",
            LineState::Waiting => "not yet",
            LineState::Stalled => "stalled",
        };
        let _ = writeln!(text, "  {state:8} {:16} {}: {}", line.line.to_string(), line.workload, line.why);
    }
    for note in &ended.notes {
        let _ = writeln!(text, "  {note}");
    }
    let _ = writeln!(text, "  journal: {}", snapshot.journal.path);
    text
}
