//! The full-screen front: the cockpit in its own thread, the engine beside it.

use std::time::Duration;

use tokio::task::JoinHandle;

use crate::cli::fly::{Cabin, Shown};
use crate::cli::say;
use crate::core::problem::Problem;
use crate::core::snapshot::{Ended, Outcome};
use crate::engine::desk;
use crate::engine::run::Handle;
use crate::tui::run::Options;
use crate::tui::terminal;
use crate::tui::update::{Left, Me};

/// How long a terminal may take to be given back when the engine has failed.
const GIVE_BACK: Duration = Duration::from_secs(1);

/// Shows a flight until somebody leaves.
pub async fn show(handle: &Handle, cabin: &Cabin, mut flight: JoinHandle<Ended>) -> Result<Shown, Problem> {
    let session = std::process::id().to_string();
    let me = Me { who: cabin.who.clone(), session };
    let desk = Some(desk::open(cabin.sources.clone()));
    let options = Options {
        look: cabin.look,
        keymap: cabin.keymap.clone(),
        me,
        errand: cabin.errand,
        desk,
        record: cabin.keeps.recording.clone(),
        ..Options::default()
    };
    let left_behind = options.left_behind.clone();
    let clock = cabin.clock.clone();
    let mut cockpit = terminal::open(handle.snapshots.clone(), handle.commands.clone(), clock, options)?;
    let mut ended: Option<Ended> = None;
    let mut stopped = handle.stop.subscribe();
    let left = loop {
        tokio::select! {
            left = cockpit.left() => break left?,
            over = &mut flight, if ended.is_none() => match over {
                Ok(end) => ended = Some(end),
                Err(error) => {
                    cockpit.close(GIVE_BACK).await;
                    return Err(Problem::internal(format!("the engine failed: {error}")));
                }
            },
            Ok(_) = stopped.wait_for(Option::is_some) => {
                cockpit.close(GIVE_BACK).await;
                say::parting(&left_behind.remains().text(cabin.keeps.screen));
                return Ok(ended.map_or(Shown::Left(Outcome::Held, flight), Shown::Ended));
            }
        }
    };
    say::parting(&left_behind.remains().text(cabin.keeps.screen));
    Ok(match (left, ended) {
        (_, Some(ended)) => Shown::Ended(ended),
        (Left::Ended, None) => {
            Shown::Ended(flight.await.map_err(|error| Problem::internal(format!("the engine failed: {error}")))?)
        }
        (Left::Detach, None) => Shown::Left(Outcome::Detached, flight),
        (Left::Observer | Left::TakeOver | Left::AtOnce | Left::TerminalGone(_) | Left::EngineGone, None) => {
            Shown::Left(Outcome::Held, flight)
        }
    })
}
