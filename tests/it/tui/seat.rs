//! A seat in the real loop: keys go in through a channel, frames and commands come out.

use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use glidepath::core::command::{Answer, Command, Verb};
use glidepath::core::inquiry::{Ask, News, Question, Told};
use glidepath::core::snapshot::Snapshot;
use glidepath::engine::clock::SteppedClock;
use glidepath::engine::desk::Desk;
use glidepath::engine::tape::Tape;
use glidepath::tui::curtain::Curtain;
use glidepath::tui::run::{Bell, Clipboard, Options, run};
use glidepath::tui::update::{Left, Me};
use ratatui::Terminal;
use ratatui::backend::{Backend, ClearType, TestBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::crossterm::event::Event;
use ratatui::layout::{Position, Size};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::key;
use crate::snapshots::now;

/// How long anything may take. The tests' clock jumps, so nobody waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

/// The size that the cockpit is designed for.
const DESIGN: (u16, u16) = (80, 24);

/// A seat at the cockpit.
pub struct Seat {
    pub keys: mpsc::Sender<io::Result<Event>>,
    pub snapshots: watch::Sender<Arc<Snapshot>>,
    pub commands: mpsc::Receiver<Command>,
    asks: mpsc::Receiver<Ask>,
    tell: mpsc::Sender<Told>,
    give: mpsc::Sender<Result<Arc<Tape>, String>>,
    pub curtain: Curtain,
    pub clock: SteppedClock,
    copied: Arc<Mutex<Vec<String>>>,
    rung: Arc<Mutex<Vec<String>>>,
    frames: watch::Receiver<Frame>,
    left: JoinHandle<Left>,
}

/// What the terminal shows, and how many frames were written.
#[derive(Clone, Default)]
pub struct Frame {
    pub text: String,
    pub count: usize,
}

impl Seat {
    /// Takes a seat in front of a snapshot, 80×24.
    pub fn take(snapshot: Snapshot) -> Self {
        Self::with_queue(snapshot, 8)
    }

    /// The same, in front of a terminal of this size.
    pub fn before(snapshot: Snapshot, columns: u16, lines: u16) -> Self {
        Self::seated(snapshot, 8, true, None, (columns, lines))
    }

    /// The same, where nobody can ask the cluster.
    pub fn without_desk(snapshot: Snapshot) -> Self {
        Self::seated(snapshot, 8, false, None, DESIGN)
    }

    /// The same, with a command queue of this size.
    pub fn with_queue(snapshot: Snapshot, queue: usize) -> Self {
        Self::seated(snapshot, queue, true, None, DESIGN)
    }

    /// Takes a seat in front of a recording.
    pub fn replay(tape: Arc<Tape>) -> Self {
        let last = tape.picture(tape.len()).expect("a picture");
        Self::seated(last, 8, false, Some(tape), DESIGN)
    }

    fn seated(
        snapshot: Snapshot,
        queue: usize,
        desk: bool,
        tape: Option<Arc<Tape>>,
        (columns, lines): (u16, u16),
    ) -> Self {
        let (asked, asks) = mpsc::channel(32);
        let (tell, told) = mpsc::channel(32);
        let (keys, mut events) = mpsc::channel(256);
        let (snapshots, seen) = watch::channel(Arc::new(snapshot));
        let (sender, commands) = mpsc::channel(queue);
        let (say, frames) = watch::channel(Frame::default());
        let clock = SteppedClock::at(now());
        let curtain = Curtain::default();
        let me = Me { who: "dana@example.com".to_owned(), session: "test".to_owned() };
        let (give, tapes) = mpsc::channel(1);
        let desk = desk.then_some(Desk { tapes, asks: asked, told });
        let copied: Arc<Mutex<Vec<String>>> = Arc::default();
        let clipboard = {
            let copied = Arc::clone(&copied);
            Clipboard(Box::new(move |text| {
                copied.lock().unwrap().push(text.to_owned());
                Ok(())
            }))
        };
        let rung: Arc<Mutex<Vec<String>>> = Arc::default();
        let bell = {
            let rung = Arc::clone(&rung);
            Bell(Box::new(move |sequence| {
                rung.lock().unwrap().push(sequence.to_owned());
                Ok(())
            }))
        };
        let options = Options {
            me,
            curtain: curtain.clone(),
            desk,
            tape,
            clipboard: Some(clipboard),
            bell: Some(bell),
            ..Options::default()
        };
        let shared = Arc::new(clock.clone());
        let left = tokio::spawn(async move {
            let mut terminal = Terminal::new(Watched { inner: TestBackend::new(columns, lines), frames: say }).unwrap();
            let events = Box::pin(futures::stream::poll_fn(move |context| events.poll_recv(context)));
            run(&mut terminal, events, seen, sender, shared, options).await
        });
        Self { keys, snapshots, commands, asks, tell, give, curtain, clock, copied, rung, frames, left }
    }

    /// Presses keys, named as in [`key`].
    pub async fn press(&self, keys: &str) {
        for name in keys.split_whitespace() {
            self.keys.send(Ok(Event::Key(key(name)))).await.unwrap();
        }
    }

    /// Waits until the screen holds these words, and returns it.
    pub async fn sees(&mut self, words: &str) -> String {
        self.until(words, |text| text.contains(words)).await
    }

    /// Waits until the screen holds these words no longer.
    pub async fn sees_no(&mut self, words: &str) -> String {
        self.until(words, |text| !text.is_empty() && !text.contains(words)).await
    }

    async fn until(&mut self, words: &str, wanted: impl Fn(&str) -> bool) -> String {
        let mut frames = self.frames.clone();
        let waited = timeout(PATIENCE, frames.wait_for(|frame| wanted(&frame.text))).await;
        match waited {
            Ok(Ok(frame)) => frame.text.clone(),
            _ => panic!("waited in vain for {words:?}:\n{}", self.frames.borrow().text),
        }
    }

    /// What was put into the terminal's clipboard.
    pub fn copied(&self) -> Vec<String> {
        self.copied.lock().unwrap().clone()
    }

    /// What was written to ring the terminal.
    pub fn rung(&self) -> Vec<String> {
        self.rung.lock().unwrap().clone()
    }

    /// How many frames were written so far.
    pub fn written(&self) -> usize {
        self.frames.borrow().count
    }

    /// Waits until more frames than these were written.
    pub async fn writes_more_than(&mut self, count: usize) {
        let mut frames = self.frames.clone();
        let waited = timeout(PATIENCE, frames.wait_for(|frame| frame.count > count)).await;
        assert!(matches!(waited, Ok(Ok(_))), "no frame was written");
    }

    /// Shows a new snapshot.
    pub fn show(&self, change: impl FnOnce(&mut Snapshot)) {
        self.snapshots.send_modify(|snapshot| change(Arc::make_mut(snapshot)));
    }

    /// The command that was sent.
    pub async fn sent(&mut self) -> Command {
        timeout(PATIENCE, self.commands.recv()).await.expect("a command in time").expect("a command")
    }

    /// The question that a key asked. What the pods use is asked without one.
    pub async fn asked(&mut self) -> Ask {
        loop {
            let ask = self.asked_by_itself().await;
            if ask.what != Question::Usage {
                return ask;
            }
        }
    }

    /// The question that was asked, by a key or without one.
    pub async fn asked_by_itself(&mut self) -> Ask {
        timeout(PATIENCE, self.asks.recv()).await.expect("a question in time").expect("a question")
    }

    /// Answers a question as the desk would.
    pub async fn tell(&self, number: u64, news: News) {
        self.tell.send(Told { number, at: now(), news }).await.expect("the cockpit listens");
    }

    /// Gives a recording as the desk would.
    pub async fn give(&self, tape: Result<Arc<Tape>, String>) {
        self.give.send(tape).await.expect("the cockpit listens");
    }

    /// Nothing was sent.
    pub fn sent_nothing(&mut self) {
        assert!(self.commands.try_recv().is_err());
    }

    /// Answers a command as the engine would.
    pub fn answer(&self, command: &Command, outcome: Result<&str, &str>) {
        let outcome = outcome.map(str::to_owned).map_err(str::to_owned);
        self.show(|snapshot| snapshot.answers.push(Answer { id: command.id.clone(), outcome }));
    }

    /// Waits until the cockpit has closed.
    pub async fn left(self) -> Left {
        timeout(PATIENCE, self.left).await.expect("it closes in time").unwrap()
    }

    /// Whether it is still open.
    pub fn is_open(&self) -> bool {
        !self.left.is_finished()
    }
}

/// The verb of a promotion by one step.
pub fn promote() -> Verb {
    Verb::Promote { full: false, over: false }
}

/// A terminal whose frames can be watched.
struct Watched {
    inner: TestBackend,
    frames: watch::Sender<Frame>,
}

impl Backend for Watched {
    type Error = Infallible;

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, content: I) -> Result<(), Infallible> {
        self.inner.draw(content)
    }

    fn hide_cursor(&mut self) -> Result<(), Infallible> {
        self.inner.hide_cursor()
    }

    fn show_cursor(&mut self) -> Result<(), Infallible> {
        self.inner.show_cursor()
    }

    fn get_cursor_position(&mut self) -> Result<Position, Infallible> {
        panic!("a real terminal would have to be asked, and its answer waited for")
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Infallible> {
        self.inner.set_cursor_position(position)
    }

    fn clear(&mut self) -> Result<(), Infallible> {
        self.inner.clear()
    }

    fn clear_region(&mut self, region: ClearType) -> Result<(), Infallible> {
        self.inner.clear_region(region)
    }

    fn size(&self) -> Result<Size, Infallible> {
        self.inner.size()
    }

    fn window_size(&mut self) -> Result<WindowSize, Infallible> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        let text = glidepath::tui::picture::text(self.inner.buffer());
        self.frames.send_modify(|frame| {
            frame.text = text;
            frame.count += 1;
        });
        self.inner.flush()
    }
}
