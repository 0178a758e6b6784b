//! The real terminal: taken when the cockpit opens, given back after every way in which it can end.
//!
//! The cockpit has a thread of its own, so that a terminal that nobody reads can hold up its frames and nothing else.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::StreamExt;
use futures::stream;
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::crossterm::clipboard::CopyToClipboard;
use ratatui::crossterm::event::{Event, KeyEventKind};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{disable_raw_mode, size};
use ratatui::{DefaultTerminal, Terminal};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep, sleep_until};

use crate::core::command::Command;
use crate::core::problem::{Problem, ProblemKind};
use crate::core::snapshot::Snapshot;
use crate::engine::clock::SharedClock;
use crate::tui::curtain::Curtain;
use crate::tui::input;
use crate::tui::keymap::Chord;
use crate::tui::look::{Look, let_the_theme_decide_colours};
use crate::tui::picker::{self, Choice, Picker};
use crate::tui::recording::Recording;
use crate::tui::run::{Bell, Clipboard, Options, run};
use crate::tui::update::Left;
use crate::tui::waiting::{self, Waiting};

/// Whether there is a terminal that the cockpit can fill; else `--plain` is the front, and says so.
pub fn is_there(term: Option<&str>) -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal() && term != Some("dumb")
}

/// A cockpit that is open.
#[derive(Debug)]
pub struct Open {
    left: oneshot::Receiver<Result<Left, Problem>>,
    curtain: Curtain,
}

/// Opens the cockpit on its own thread. Install the panic hooks (color-eyre's) before.
///
/// # Errors
/// When the thread cannot be started. A terminal that cannot be taken is the answer of [`Open::left`].
pub fn open(
    snapshots: watch::Receiver<Arc<Snapshot>>,
    commands: mpsc::Sender<Command>,
    clock: SharedClock,
    options: Options,
) -> Result<Open, Problem> {
    let (say, left) = oneshot::channel();
    let curtain = options.curtain.clone();
    std::thread::Builder::new()
        .name("cockpit".to_owned())
        .spawn(move || {
            // Whoever opened it may have gone; then nobody asks why it closed.
            let _unheard = say.send(on_this_thread(snapshots, commands, clock, options));
        })
        .map_err(|error| Problem::internal(format!("cannot start the cockpit's thread: {error}")))?;
    Ok(Open { left, curtain })
}

impl Open {
    /// Waits until the cockpit has closed and given the terminal back.
    ///
    /// # Errors
    /// When the terminal could not be taken.
    pub async fn left(&mut self) -> Result<Left, Problem> {
        (&mut self.left).await.unwrap_or(Ok(Left::EngineGone))
    }

    /// Closes it from outside and waits at most `within` for the terminal to be given back. A terminal that takes no bytes
    /// is at least taken out of raw mode.
    pub async fn close(mut self, within: Duration) {
        self.curtain.fall();
        if tokio::time::timeout(within, &mut self.left).await.is_err() {
            // There is nobody left to tell that this failed too.
            let _unheard = disable_raw_mode();
        }
    }
}

fn on_this_thread(
    snapshots: watch::Receiver<Arc<Snapshot>>,
    commands: mpsc::Sender<Command>,
    clock: SharedClock,
    mut options: Options,
) -> Result<Left, Problem> {
    let taken = |error: io::Error| {
        Problem::user(format!("cannot open the cockpit on this terminal: {error}"))
            .hint("run it in a terminal, or with --plain or --json")
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(taken)?;
    let _in_runtime = runtime.enter();
    let resizes = signal(SignalKind::window_change()).map_err(taken)?;
    let resizes = stream::unfold(resizes, |mut resizes| async {
        // The size itself is read when the frame is drawn.
        resizes.recv().await.map(|()| (Ok(Event::Resize(0, 0)), resizes))
    });
    let_the_theme_decide_colours();
    options.clipboard =
        Some(Clipboard(Box::new(|text| execute!(io::stdout(), CopyToClipboard::to_clipboard_from(text)))));
    options.bell = (!options.look.silent).then(terminal_bell);
    let terminal = ratatui::try_init();
    let given_back = fall_at_panics(options.curtain.clone());
    let outcome = terminal.and_then(|mut terminal| {
        // The keys end before the resizes do, and their last word is why.
        let events = stream::select(input::keys()?, Box::pin(resizes.boxed()));
        let Some(path) = options.record.take() else {
            let left = runtime.block_on(run(&mut terminal, events, snapshots, commands, clock, options));
            let_go(terminal);
            return Ok(left);
        };
        let recording = Recording::begin(&path, size()?, options.left_behind.clone())?;
        let mut recorded = Terminal::new(CrosstermBackend::new(recording))?;
        let left = runtime.block_on(run(&mut recorded, events, snapshots, commands, clock, options));
        let_go(recorded);
        let_go(terminal);
        Ok(left)
    });
    if !given_back.load(Ordering::SeqCst) {
        give_back();
    }
    outcome.map_err(taken)
}

/// Rings this terminal.
fn terminal_bell() -> Bell {
    Bell(Box::new(|sequence| {
        let mut out = io::stdout();
        out.write_all(sequence.as_bytes())?;
        out.flush()
    }))
}

/// Shows the cursor again. A terminal that has hung up takes nothing any more, and ratatui would say so on a standard error
/// that is the same terminal: that panics, and a panic that cannot be printed aborts the process and the release with it.
fn let_go<B: Backend>(mut terminal: Terminal<B>) {
    if terminal.show_cursor().is_err() {
        std::mem::forget(terminal);
    }
}

/// Gives the terminal back to the shell, in silence where it has hung up.
fn give_back() {
    let _hung_up = ratatui::try_restore();
}

/// Shows the picker until somebody has chosen.
///
/// # Errors
/// When the terminal cannot be taken.
pub async fn pick(mut picker: Picker, look: Look) -> Result<Choice, Problem> {
    let taken = |error: io::Error| {
        Problem::user(format!("cannot open the picker on this terminal: {error}"))
            .hint("give a command: glidepath --help lists them")
    };
    let_the_theme_decide_colours();
    let mut terminal = ratatui::try_init().map_err(taken)?;
    let chosen = pick_on(&mut terminal, &mut picker, look).await;
    let_go(terminal);
    give_back();
    chosen.map_err(taken)
}

/// How often the picker looks whether the window has another size.
const LOOK: Duration = Duration::from_millis(250);

async fn pick_on(terminal: &mut DefaultTerminal, picker: &mut Picker, look: Look) -> io::Result<Choice> {
    let mut events = input::keys()?;
    loop {
        terminal.draw(|frame| *frame.buffer_mut() = picker::draw(picker, look, frame.area()))?;
        let chosen = match tokio::time::timeout(LOOK, events.next()).await {
            Err(_) => None,
            Ok(Some(Ok(Event::Key(key)))) if key.kind != KeyEventKind::Release => picker.key(Chord::from(key)),
            Ok(Some(Ok(_))) => None,
            // The terminal has gone, and whoever sat there with it.
            Ok(Some(Err(_)) | None) => Some(Choice::Leave),
        };
        if let Some(choice) = chosen {
            return Ok(choice);
        }
    }
}

/// How long after a try that failed the next one begins.
const AGAIN: Duration = Duration::from_secs(5);

/// Shows why nothing can be shown yet, and tries again until it can or somebody leaves.
///
/// # Errors
/// The problem of the last try, where somebody left; one that trying again does not mend; a terminal that cannot be taken.
pub async fn until_reachable<T>(
    first: Problem,
    look: Look,
    mut again: impl AsyncFnMut() -> Result<T, Problem>,
) -> Result<T, Problem> {
    let_the_theme_decide_colours();
    // Where the terminal cannot be taken the first problem is what is to be said.
    let Ok(mut terminal) = ratatui::try_init() else { return Err(first) };
    let began = Instant::now();
    let mut waiting = Waiting { problem: first, tries: 1, passed: Duration::ZERO, retry: None };
    let outcome = loop {
        let retry = Instant::now() + AGAIN;
        let next = async {
            sleep_until(retry).await;
            again().await
        };
        match wait_for(&mut terminal, &mut waiting, look, (began, retry), next).await {
            Some(Err(problem)) if problem.kind == ProblemKind::Unreachable => {
                waiting.problem = problem;
                waiting.tries = waiting.tries.saturating_add(1);
            }
            Some(outcome) => break outcome,
            None => break Err(waiting.problem.clone()),
        }
    };
    let_go(terminal);
    give_back();
    outcome
}

/// Shows the waiting until the next try has ended; `None`: somebody left, or the terminal is gone.
async fn wait_for<T>(
    terminal: &mut DefaultTerminal,
    waiting: &mut Waiting,
    look: Look,
    (began, retry): (Instant, Instant),
    next: impl Future<Output = Result<T, Problem>>,
) -> Option<Result<T, Problem>> {
    let mut events = input::keys().ok()?;
    let mut next = std::pin::pin!(next);
    loop {
        waiting.passed = began.elapsed();
        waiting.retry = Some(retry.saturating_duration_since(Instant::now())).filter(|left| !left.is_zero());
        let frame = |frame: &mut ratatui::Frame<'_>| *frame.buffer_mut() = waiting::draw(waiting, look, frame.area());
        terminal.draw(frame).ok()?;
        tokio::select! {
            outcome = &mut next => return Some(outcome),
            event = events.next() => match event? {
                Ok(Event::Key(key)) if key.kind != KeyEventKind::Release && waiting::leaves(Chord::from(key)) => return None,
                Ok(_) => {}
                Err(_) => return None,
            },
            () = sleep(LOOK) => {}
        }
    }
}

/// Lets the curtain fall before the panic hook of ratatui gives the terminal back. Says afterwards that it did: leaving the
/// alternate screen a second time would put the cursor over the report.
fn fall_at_panics(curtain: Curtain) -> Arc<AtomicBool> {
    let given_back = Arc::new(AtomicBool::new(false));
    let report = std::panic::take_hook();
    let gives_back = Arc::clone(&given_back);
    std::panic::set_hook(Box::new(move |panic| {
        curtain.fall();
        gives_back.store(true, Ordering::SeqCst);
        report(panic);
    }));
    given_back
}
