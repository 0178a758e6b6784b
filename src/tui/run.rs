//! The loop: keys first, then snapshots, then at most thirty frames a second, and only those that differ.
//!
//! Nothing here waits for anything but these. A command that does not fit into its queue is said so, not waited for; a
//! snapshot that came while a frame was written replaces the one before it.

use std::sync::Arc;
use std::time::Duration;

use futures::{Stream, StreamExt};
use ratatui::Terminal;
use ratatui::backend::Backend;
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{Event, KeyEventKind};
use ratatui::layout::Rect;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use crate::core::command::Command;
use crate::core::inquiry::{Ask, Told};
use crate::core::snapshot::Snapshot;
use crate::engine::clock::SharedClock;
use crate::engine::desk::Desk;
use crate::tui::curtain::Curtain;
use crate::tui::hear::hear;
use crate::tui::keymap::Keymap;
use crate::tui::look::Look;
use crate::tui::model::{Model, View};
use crate::tui::screen::{Scene, draw};
use crate::tui::see::see;
use crate::tui::update::{Left, Me, Out, World, update};

/// The least time between two frames.
const FRAME: Duration = Duration::from_millis(33);

/// How often the clocks on the screen move.
const TICK: Duration = Duration::from_secs(1);

/// What the cockpit is told when it opens.
#[derive(Debug, Default)]
pub struct Options {
    /// How it looks.
    pub look: Look,
    /// The keys.
    pub keymap: Keymap,
    /// Who sits at the keys.
    pub me: Me,
    /// What stops it from outside.
    pub curtain: Curtain,
    /// Where it asks beside the snapshot.
    pub desk: Option<Desk>,
}

/// Runs the cockpit until somebody leaves, the terminal goes, or the curtain falls. It never fails: whatever ends it is
/// its answer.
pub async fn run<B, E>(
    terminal: &mut Terminal<B>,
    mut events: E,
    mut snapshots: watch::Receiver<Arc<Snapshot>>,
    commands: mpsc::Sender<Command>,
    clock: SharedClock,
    mut options: Options,
) -> Left
where
    B: Backend,
    E: Stream<Item = std::io::Result<Event>> + Unpin,
{
    let snapshot = snapshots.borrow_and_update().clone();
    let curtain = options.curtain.clone();
    let (asks, mut told) = options.desk.take().map(|desk| (desk.asks, desk.told)).unzip();
    let mut cockpit = Cockpit { model: Model::default(), snapshot, commands, asks, clock, options, shown: None };
    let mut next_frame = Instant::now();
    let mut next_tick = next_frame + TICK;
    let mut dirty = true;
    let mut engine_lives = true;
    loop {
        if dirty && Instant::now() >= next_frame {
            if let Err(left) = cockpit.draw(terminal) {
                return left;
            }
            dirty = false;
            next_frame = Instant::now() + FRAME;
        }
        let left = tokio::select! {
            biased;
            () = curtain.fallen() => Some(Left::EngineGone),
            event = events.next() => cockpit.on_event(event),
            change = snapshots.changed(), if engine_lives => match change {
                Ok(()) => cockpit.on_snapshot(snapshots.borrow_and_update().clone()),
                Err(_) => {
                    engine_lives = false;
                    // Its last picture stays to be read where it says how the release ended.
                    cockpit.snapshot.ended.is_none().then_some(Left::EngineGone)
                }
            },
            Some(news) = hear_next(&mut told) => {
                hear(&mut cockpit.model, news);
                None
            }
            () = sleep_until(next_frame), if dirty => continue,
            () = sleep_until(next_tick), if cockpit.ticks() => {
                next_tick = Instant::now() + TICK;
                None
            }
        };
        if let Some(left) = left {
            return left;
        }
        dirty = true;
    }
}

/// The next answer from the desk; never, where there is none.
async fn hear_next(told: &mut Option<mpsc::Receiver<Told>>) -> Option<Told> {
    match told {
        Some(told) => told.recv().await,
        None => std::future::pending().await,
    }
}

/// The loop's state.
struct Cockpit {
    model: Model,
    snapshot: Arc<Snapshot>,
    commands: mpsc::Sender<Command>,
    asks: Option<mpsc::Sender<Ask>>,
    clock: SharedClock,
    options: Options,
    /// The frame that the terminal shows.
    shown: Option<Buffer>,
}

impl Cockpit {
    /// Whether something on the screen moves by itself.
    fn ticks(&self) -> bool {
        let flying = self.snapshot.ended.is_none() && !self.options.look.still;
        flying || self.model.view == View::Log
    }

    fn on_event(&mut self, event: Option<std::io::Result<Event>>) -> Option<Left> {
        match event {
            Some(Ok(Event::Key(key))) if key.kind != KeyEventKind::Release => {
                let world = World {
                    snapshot: &self.snapshot,
                    now: self.clock.now(),
                    keymap: &self.options.keymap,
                    me: &self.options.me,
                };
                let outs = update(&mut self.model, key, &world);
                self.perform(outs)
            }
            Some(Ok(Event::Resize(..))) => {
                self.shown = None;
                None
            }
            Some(Ok(_)) => None,
            Some(Err(error)) if error.kind() == std::io::ErrorKind::Interrupted => None,
            Some(Err(error)) => Some(Left::TerminalGone(error.to_string())),
            None => Some(Left::TerminalGone("its input ended".to_owned())),
        }
    }

    fn on_snapshot(&mut self, snapshot: Arc<Snapshot>) -> Option<Left> {
        let outs = see(&mut self.model, &self.snapshot, &snapshot);
        self.snapshot = snapshot;
        self.perform(outs)
    }

    fn perform(&mut self, outs: Vec<Out>) -> Option<Left> {
        for out in outs {
            match out {
                Out::Send(command) => self.send(command),
                Out::Ask(ask) => self.ask(ask),
                Out::Redraw => self.shown = None,
                Out::Leave(left) => return Some(left),
            }
        }
        None
    }

    fn send(&mut self, command: Command) {
        let id = command.id.clone();
        let name = command.verb.name();
        let why = match self.commands.try_send(command) {
            Ok(()) => return,
            Err(TrySendError::Full(_)) => "the engine has not taken the earlier ones yet; press it again",
            Err(TrySendError::Closed(_)) => "the engine is gone",
        };
        self.model.pending.retain(|pending| pending.id != id);
        self.model.refuse(format!("{name}: not sent: {why}"));
    }

    /// Asks the desk. Nobody waits for the answer; where no desk is, the screen says what is missing.
    fn ask(&mut self, ask: Ask) {
        let Some(asks) = &self.asks else {
            return self.model.refuse("nobody here can ask the cluster");
        };
        if let Err(TrySendError::Full(_)) = asks.try_send(ask) {
            self.model.refuse("the earlier questions are not answered yet; press it again");
        }
    }

    /// Draws the frame if it differs from the one on the terminal; else not a byte is written.
    fn draw<B: Backend>(&mut self, terminal: &mut Terminal<B>) -> Result<(), Left> {
        let gone = |error: B::Error| Left::TerminalGone(error.to_string());
        let size = terminal.size().map_err(gone)?;
        self.model.page = usize::from(size.height / 2).max(1);
        let frame = self.frame(Rect::new(0, 0, size.width, size.height));
        if self.shown.as_ref() == Some(&frame) {
            return Ok(());
        }
        let curtain = self.options.curtain.clone();
        let fresh = self.shown.is_none();
        let written = curtain.draw(|| {
            if fresh {
                // `clear` would ask the terminal where its cursor is and wait for the answer; this only clears.
                terminal.resize(frame.area)?;
            }
            terminal.draw(|on| {
                // The window may have changed its size since it was asked.
                *on.buffer_mut() = if on.area() == frame.area { frame.clone() } else { self.frame(on.area()) };
            })?;
            Ok(())
        });
        self.shown = Some(frame);
        written.unwrap_or(Ok(())).map_err(gone)
    }

    fn frame(&self, area: Rect) -> Buffer {
        let scene = Scene {
            snapshot: &self.snapshot,
            model: &self.model,
            keymap: &self.options.keymap,
            look: self.options.look,
            now: self.clock.now(),
        };
        draw(&scene, area)
    }
}
