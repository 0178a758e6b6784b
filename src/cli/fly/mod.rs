//! One flight: an engine in a task of its own, and a front that shows it.

mod cockpit;
mod stream;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

use crate::cli::front::Front;
use crate::cli::{heir, say};
use crate::core::problem::Problem;
use crate::core::snapshot::{Ended, Errand, Outcome};
use crate::engine::clock::SharedClock;
use crate::engine::desk::Sources;
use crate::engine::pace::Pace;
use crate::engine::run::{Engine, Handle};
use crate::tui::keymap::Keymap;
use crate::tui::look::Look;
use crate::tui::plain;
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
    /// How the release is left to a driver without a screen; `None` where there can be none.
    pub heir: Option<Will>,
    /// Whether this is such a driver: no terminal and no reader of its words ends it.
    pub headless: bool,
    /// The cockpit's keys.
    pub keymap: Keymap,
    /// What is kept of the session.
    pub keeps: Keeps,
    /// What a person may ask beside the picture.
    pub sources: Sources,
    /// What this process was asked for.
    pub errand: Errand,
}

/// What is kept of a session when the cockpit closes.
#[derive(Clone, Debug, Default)]
pub struct Keeps {
    /// Whether its last screen stays in the terminal.
    pub screen: bool,
    /// The file that it is recorded in.
    pub recording: Option<PathBuf>,
}

/// Runs an engine to its end behind a front, and says how it ended where the screen that showed it has closed.
///
/// # Errors
/// When the front cannot begin; an engine that has begun always ends with an outcome.
pub async fn fly(engine: Engine, handle: Handle, pace: impl Pace + 'static, cabin: Cabin) -> Result<Ended, Problem> {
    let last = handle.snapshots.clone();
    let had_a_screen = cabin.front == Front::Cockpit;
    let flown = show(engine, handle, pace, cabin).await?;
    match &flown.heir {
        Some(heir) => say::parting(heir),
        None if had_a_screen => {
            let mut text = plain::farewell(&last.borrow(), &flown.ended).join("\n");
            text.push('\n');
            say::parting(&text);
        }
        None => {}
    }
    Ok(flown.ended)
}

/// An engine that has ended, and its front with it.
pub struct Flown {
    /// How.
    pub ended: Ended,
    /// What is to be said of the driver without a screen that goes on.
    heir: Option<String>,
}

/// Runs an engine to its end behind a front.
///
/// # Errors
/// As [`fly`].
pub async fn show(engine: Engine, handle: Handle, pace: impl Pace + 'static, cabin: Cabin) -> Result<Flown, Problem> {
    watch_signals(&handle, &cabin);
    // The fronts listen before the engine says its first word.
    let ended = match cabin.front {
        Front::Plain | Front::Json => {
            let stream = Stream::open(&handle, cabin.front)?;
            let mut flight = tokio::spawn(engine.run(pace));
            match stream.show(&mut flight).await? {
                Some(ended) => Shown::Ended(ended),
                None if cabin.headless => Shown::Ended(landed(flight).await?),
                None => Shown::Left(Outcome::ContactLost, flight),
            }
        }
        Front::Cockpit => cockpit::show(&handle, &cabin, tokio::spawn(engine.run(pace))).await?,
    };
    cabin.attended.store(false, Ordering::Relaxed);
    Ok(match ended {
        Shown::Ended(ended) => Flown { ended, heir: None },
        // The front has gone before the release has ended: it stays where it is.
        Shown::Left(outcome, flight) => {
            let (outcome, heir) = bequeath(outcome, &cabin).await;
            handle.stop.send_replace(Some(outcome));
            Flown { ended: landed(flight).await?, heir }
        }
    })
}

async fn landed(flight: JoinHandle<Ended>) -> Result<Ended, Problem> {
    flight.await.map_err(|error| Problem::internal(format!("the engine failed: {error}")))
}

/// How a release is left to a driver without a screen.
pub struct Will {
    /// Where its words go.
    pub directory: PathBuf,
    /// The words that start it.
    pub args: Vec<OsString>,
    /// What it flies.
    pub deployment: String,
}

/// Starts the driver that goes on, before this one lets go. Where it cannot be had the release is held instead.
async fn bequeath(outcome: Outcome, cabin: &Cabin) -> (Outcome, Option<String>) {
    let Some(will) = cabin.heir.as_ref().filter(|_| outcome == Outcome::Detached) else { return (outcome, None) };
    let name = format!("detached-{}", std::process::id());
    match heir::start(&will.directory, &name, will.args.clone()).await {
        Ok(heir) => (outcome, Some(heir::farewell(&heir, &will.deployment))),
        Err(problem) => {
            say::notice(&format!("{problem}; the release is held where it is"));
            (Outcome::Held, None)
        }
    }
}

/// How a front ended.
enum Shown {
    /// With the release.
    Ended(Ended),
    /// Before it, which is to end so; and the engine, which runs still.
    Left(Outcome, JoinHandle<Ended>),
}

/// A signal ends the driver, not the release.
fn watch_signals(handle: &Handle, cabin: &Cabin) {
    let outcome = if cabin.front == Front::Cockpit { Outcome::Held } else { Outcome::ContactLost };
    let headless = cabin.headless;
    for kind in [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()] {
        let Ok(mut signals) = signal(kind) else { continue };
        let stop = Arc::clone(&handle.stop);
        tokio::spawn(async move {
            // The end of a terminal is nothing to a driver that has none.
            while headless && kind == SignalKind::hangup() && signals.recv().await.is_some() {}
            if signals.recv().await.is_some() {
                stop.send_replace(Some(outcome));
            }
        });
    }
}
