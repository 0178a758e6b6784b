//! The two fronts without a screen: sentences, or JSON, a line each.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::JoinHandle;

use crate::cli::front::Front;
use crate::core::problem::Problem;
use crate::core::snapshot::{Ended, Snapshot};
use crate::core::words;
use crate::engine::record::{Body, Record};
use crate::engine::run::Handle;
use crate::tui::plain;

/// Lines that may wait for whoever reads our output. When it is full this front waits; the engine never does.
const LINES: usize = 256;

/// How long the last lines may take to be read.
const FLUSH: Duration = Duration::from_secs(5);

/// A front that listens already.
pub struct Stream {
    front: Front,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    events: broadcast::Receiver<Arc<Record>>,
    lines: mpsc::Sender<String>,
    writer: std::thread::JoinHandle<()>,
}

impl Stream {
    /// Begins to listen.
    ///
    /// # Errors
    /// When its thread cannot be started.
    pub fn open(handle: &Handle, front: Front) -> Result<Self, Problem> {
        let (lines, writer) = spawn_writer()?;
        Ok(Self { front, snapshots: handle.snapshots.clone(), events: handle.events(), lines, writer })
    }

    /// Shows a flight until its engine ends; `None`: nobody reads our output any more.
    pub async fn show(mut self, flight: &mut JoinHandle<Ended>) -> Result<Option<Ended>, Problem> {
        let mut shown = Arc::clone(&self.snapshots.borrow_and_update());
        self.say(plain::first(&shown.plan, shown.at)).await;
        let ended = loop {
            tokio::select! {
                biased;
                event = self.events.recv() => match event {
                    Ok(record) => if !self.print(&record).await { return Ok(None) },
                    Err(RecvError::Lagged(lost)) => eprintln!("glidepath: {lost} events were not shown in time; the journal has them all"),
                    // The engine has said its last word; its end follows.
                    Err(RecvError::Closed) => break flight.await,
                },
                ended = &mut *flight => break ended,
                Ok(()) = self.snapshots.changed() => {
                    let now = Arc::clone(&self.snapshots.borrow_and_update());
                    self.say(plain::between(&shown, &now)).await;
                    shown = now;
                }
                () = self.lines.closed() => return Ok(None),
            }
        };
        while let Ok(record) = self.events.try_recv() {
            self.print(&record).await;
        }
        if let Ok(ended) = &ended {
            let last = Arc::clone(&self.snapshots.borrow());
            self.say(plain::farewell(&last, ended)).await;
        }
        drop(self.lines);
        let writer = self.writer;
        // Whoever does not read the last lines is not waited for: the runtime's end cuts the thread off.
        let _flushed = tokio::time::timeout(FLUSH, tokio::task::spawn_blocking(move || writer.join())).await;
        ended.map(Some).map_err(|error| Problem::internal(format!("the engine failed: {error}")))
    }

    /// Prints an event, if it is one for this front; whether anybody still reads.
    async fn print(&self, record: &Record) -> bool {
        let line = match self.front {
            Front::Json => Some(record.line()),
            _ => self.sentence(record),
        };
        match line {
            Some(line) => self.lines.send(line).await.is_ok(),
            None => true,
        }
    }

    /// Says what is no event, where sentences are shown. Nobody who reads no more is waited for: the loop sees that.
    async fn say(&self, lines: Vec<String>) {
        if self.front == Front::Json {
            return;
        }
        for line in lines {
            if self.lines.send(line).await.is_err() {
                return;
            }
        }
    }

    fn sentence(&self, record: &Record) -> Option<String> {
        let Body::Event(event) = &record.body else { return None };
        let line = words::sentence(event, &self.snapshots.borrow().plan, record.at)?;
        Some(format!("{}  {}", line.at.clock(), line.text))
    }
}

/// Writes from a thread of its own: a pipe that nobody reads blocks that thread and nothing else.
fn spawn_writer() -> Result<(mpsc::Sender<String>, std::thread::JoinHandle<()>), Problem> {
    let (lines, mut queue) = mpsc::channel::<String>(LINES);
    let thread = std::thread::Builder::new().name("output".to_owned()).spawn(move || {
        let mut out = std::io::stdout();
        while let Some(line) = queue.blocking_recv() {
            if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
                return;
            }
        }
    });
    thread.map(|thread| (lines, thread)).map_err(|error| Problem::internal(format!("cannot start a thread: {error}")))
}
