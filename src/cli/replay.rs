//! `replay`: the cockpit on a recorded release.

mod judge;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use crate::cli::args::{Global, ReplayArgs};
use crate::cli::exit::Exit;
use crate::cli::front::Front;
use crate::cli::state_dir::StateDir;
use crate::cli::{keys, look, say};
use crate::config::{Config, Places};
use crate::core::problem::Problem;
use crate::core::words;
use crate::engine::clock::{SharedClock, SystemClock};
use crate::engine::desk::{self, NoCluster, Sources};
use crate::engine::journal;
use crate::engine::record::{Body, Record};
use crate::engine::tape::Tape;
use crate::tui::run::Options;
use crate::tui::terminal;
use crate::tui::update::Me;

/// Shows a recording: in the cockpit, or each event as a line.
///
/// # Errors
/// A file that is no journal, a configuration that cannot be used, or no terminal.
pub async fn run(global: &Global, args: &ReplayArgs) -> Result<Exit, Problem> {
    if let Some(config) = &args.judge {
        return judge::run(global, args, config);
    }
    let (front, notice) = Front::choose(global);
    if let Some(notice) = notice {
        say::notice(notice);
    }
    if front != Front::Cockpit {
        let (records, torn) = journal::read(&args.journal)?;
        if let Some(why) = torn {
            say::notice(&format!("the last line was cut off and is left out: {why}"));
        }
        say::data(told(&records, front).as_bytes())?;
        return Ok(Exit::DONE);
    }
    let config = Config::load(&Places::of_process(global.config.clone()))?;
    let tape = Arc::new(Tape::read(&args.journal)?);
    let last = tape.picture(tape.len()).ok_or_else(|| Problem::internal("the recording has no picture"))?;
    // Nobody changes a recording, and nobody takes commands for it.
    let (_nobody_publishes, snapshots) = watch::channel(Arc::new(last));
    let (commands, _nobody_obeys) = mpsc::channel(1);
    let journals = journals(global, &args.journal);
    let clock: SharedClock = Arc::new(SystemClock::start());
    let sources = Sources { inspect: Arc::new(NoCluster), journals, clock: Arc::clone(&clock) };
    let options = Options {
        desk: Some(desk::open(sources)),
        look: look::of(global, &config.ui),
        keymap: keys::keymap(&config.keys)?,
        me: Me::default(),
        tape: Some(tape),
        ..Options::default()
    };
    let left_behind = options.left_behind.clone();
    let mut cockpit = terminal::open(snapshots, commands, clock, options)?;
    cockpit.left().await?;
    say::data(left_behind.remains().text(global.preserve_screen).as_bytes())?;
    Ok(Exit::DONE)
}

/// Where the other recordings are, and where goes what is taken away: the state directory, else beside the journal.
fn journals(global: &Global, journal: &Path) -> Option<PathBuf> {
    let beside = || Some(journal.parent()?.to_owned());
    StateDir::open(global.journal.as_deref()).ok().map(|directory| directory.path().to_owned()).or_else(beside)
}

/// The events of a recording: as sentences, or as the lines of `--json`.
fn told(records: &[Record], front: Front) -> String {
    let mut text = String::new();
    let mut plan = None;
    for record in records {
        let Body::Event(event) = &record.body else { continue };
        if let crate::core::event::Event::Started { plan: started } = event {
            plan.get_or_insert_with(|| started.clone());
        }
        if front == Front::Json {
            text.push_str(&record.line());
            text.push('\n');
        } else if let Some(line) = plan.as_deref().and_then(|plan| words::sentence(event, plan, record.at)) {
            text.push_str(&format!("{}  {}\n", line.at.clock(), line.text));
        }
    }
    text
}
