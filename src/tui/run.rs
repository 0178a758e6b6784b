//! The loop: keys first, then snapshots, then at most thirty frames a second, and only those that differ.
//!
//! Nothing here waits for anything but these. A command that does not fit into its queue is said so, not waited for; a
//! snapshot that came while a frame was written replaces the one before it.

use std::path::PathBuf;
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
use crate::core::inquiry::{Ask, Question, Told};
use crate::core::snapshot::{Errand, Snapshot};
use crate::engine::clock::SharedClock;
use crate::engine::desk::Desk;
use crate::engine::tape::Tape;
use crate::tui::curtain::Curtain;
use crate::tui::hear::hear;
use crate::tui::keymap::Keymap;
use crate::tui::look::Look;
use crate::tui::model::{Model, View};
use crate::tui::remains::LeftBehind;
use crate::tui::screen::{Scene, draw, overflow};
use crate::tui::see::see;
use crate::tui::travel::Travel;
use crate::tui::update::{Left, Me, Out, World, update};

mod bell;
mod past;
mod take_away;

pub use bell::Bell;
pub use take_away::Clipboard;

/// The least time between two frames.
const FRAME: Duration = Duration::from_millis(33);

/// How often the clocks on the screen move.
const TICK: Duration = Duration::from_secs(1);

/// How long the answer to a key stays over the hints; the next key takes it away before.
const SAID: Duration = Duration::from_secs(5);

/// What the cockpit is told when it opens.
#[derive(Debug, Default)]
pub struct Options {
    /// How it looks.
    pub look: Look,
    /// The keys.
    pub keymap: Keymap,
    /// Who sits at the keys.
    pub me: Me,
    /// What this process was asked for.
    pub errand: Errand,
    /// What stops it from outside.
    pub curtain: Curtain,
    /// Where it asks beside the snapshot.
    pub desk: Option<Desk>,
    /// A recording that is shown in place of a release that flies.
    pub tape: Option<Arc<Tape>>,
    /// The file that the session is recorded in.
    pub record: Option<PathBuf>,
    /// Puts a text into the terminal's clipboard.
    pub clipboard: Option<Clipboard>,
    /// Calls whoever sits there, or somewhere near.
    pub bell: Option<Bell>,
    /// What is left behind when it closes.
    pub left_behind: LeftBehind,
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
    let (asks, mut told, mut tapes) = match options.desk.take() {
        Some(desk) => (Some(desk.asks), Some(desk.told), Some(desk.tapes)),
        None => (None, None, None),
    };
    let travel = options.tape.take().map(Travel::through);
    let mut cockpit = Cockpit {
        model: Model { errand: options.errand, ..Model::default() },
        snapshot,
        past: None,
        has_present: travel.is_none(),
        travel,
        commands,
        asks,
        clock,
        options,
        said: None,
        shown: None,
    };
    cockpit.look_at_the_past();
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
            // Every frame shows the time: the clocks have moved with it.
            next_tick = Instant::now() + TICK;
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
            Some(news) = next(&mut told) => {
                cockpit.on_news(news);
                None
            }
            Some(tape) = next(&mut tapes) => {
                cockpit.on_tape(tape);
                None
            }
            () = sleep_until(next_frame), if cockpit.plays() && !dirty => {
                cockpit.play(FRAME);
                next_frame = Instant::now() + FRAME;
                None
            }
            () = sleep_until(next_frame), if dirty => continue,
            () = sleep_until(next_tick), if cockpit.ticks() => {
                next_tick = Instant::now() + TICK;
                None
            }
            () = sleep_until(cockpit.said.map_or(next_tick, |said| said + SAID)), if cockpit.said.is_some() => {
                cockpit.fall_silent();
                None
            }
        };
        if let Some(left) = left {
            cockpit.leave_behind();
            return left;
        }
        dirty = true;
    }
}

/// The next item of a queue; never, where there is none.
async fn next<T>(queue: &mut Option<mpsc::Receiver<T>>) -> Option<T> {
    match queue {
        Some(queue) => queue.recv().await,
        None => std::future::pending().await,
    }
}

/// The loop's state.
struct Cockpit {
    model: Model,
    /// How things stand now.
    snapshot: Arc<Snapshot>,
    /// What the screen shows in its place.
    past: Option<Snapshot>,
    travel: Option<Travel>,
    /// Whether something flies that one can come back to; a recording alone has no present.
    has_present: bool,
    commands: mpsc::Sender<Command>,
    asks: Option<mpsc::Sender<Ask>>,
    clock: SharedClock,
    options: Options,
    /// When a key was answered with words, as long as they are shown.
    said: Option<Instant>,
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
                    snapshot: self.past.as_ref().unwrap_or(&self.snapshot),
                    present: &self.snapshot,
                    now: self.now(),
                    keymap: &self.options.keymap,
                    me: &self.options.me,
                };
                let outs = update(&mut self.model, key, &world);
                // What an earlier key was told is over; what comes from elsewhere (the engine's refusal, a file that was
                // written) stays until the next key.
                let answered = self.model.refusal.is_some() || self.model.notice.is_some();
                self.said = answered.then(Instant::now);
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

    fn on_news(&mut self, news: Told) {
        let before = self.model.refusal.clone();
        hear(&mut self.model, news);
        self.keep_what_is_new(before);
    }

    /// A refusal that came from elsewhere is not taken away with what the last key was answered.
    fn keep_what_is_new(&mut self, before: Option<String>) {
        if self.model.refusal != before {
            self.said = None;
        }
    }

    /// Takes away what a key was answered with.
    fn fall_silent(&mut self) {
        self.said = None;
        (self.model.refusal, self.model.notice) = (None, None);
    }

    fn on_snapshot(&mut self, snapshot: Arc<Snapshot>) -> Option<Left> {
        // What comes now does not move the places of whoever looks at the past.
        let before = self.model.refusal.clone();
        let outs = if self.travel.is_some() { Vec::new() } else { see(&mut self.model, &self.snapshot, &snapshot) };
        self.keep_what_is_new(before);
        self.ring(&snapshot);
        self.snapshot = snapshot;
        self.mark();
        self.perform(outs)
    }

    fn perform(&mut self, outs: Vec<Out>) -> Option<Left> {
        for out in outs {
            match out {
                Out::Send(command) => self.send(command),
                Out::Ask(ask) => self.ask(ask),
                Out::Redraw => self.shown = None,
                Out::Travel(way) => self.go(way),
                Out::Export(export) => self.export(export),
                Out::Copy(text) => self.copy(&text),
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
        // Nobody pressed a key for it: that it cannot be asked now is no answer to one.
        let by_itself = ask.what == Question::Usage;
        let Some(asks) = &self.asks else {
            if by_itself {
                return;
            }
            return self.model.refuse("nobody here can ask the cluster");
        };
        if let Err(TrySendError::Full(_)) = asks.try_send(ask)
            && !by_itself
        {
            self.model.refuse("the earlier questions are not answered yet; press it again");
        }
    }

    /// Draws the frame if it differs from the one on the terminal; else not a byte is written.
    fn draw<B: Backend>(&mut self, terminal: &mut Terminal<B>) -> Result<(), Left> {
        let gone = |error: B::Error| Left::TerminalGone(error.to_string());
        let size = terminal.size().map_err(gone)?;
        self.model.page = usize::from(size.height / 2).max(1);
        let area = Rect::new(0, 0, size.width, size.height);
        self.model.scrolled = self.model.scrolled.min(overflow(&self.scene(), area));
        let frame = self.frame(area);
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
        draw(&self.scene(), area)
    }

    fn scene(&self) -> Scene<'_> {
        Scene {
            snapshot: self.past.as_ref().unwrap_or(&self.snapshot),
            model: &self.model,
            keymap: &self.options.keymap,
            look: self.options.look,
            now: self.now(),
            present: self.clock.now(),
        }
    }
}
