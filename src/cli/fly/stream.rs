//! The two fronts without a screen: sentences, or JSON, a line each.

use std::io::Write;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::cli::fly::front::Front;
use crate::core::problem::Problem;
use crate::core::snapshot::Ended;
use crate::core::words;
use crate::engine::record::{Body, Record};
use crate::engine::run::Handle;

/// Lines that may wait for whoever reads our output. When it is full this front waits; the engine never does.
const LINES: usize = 256;

/// Shows a flight until its engine ends; `None`: nobody reads our output any more.
pub async fn show(handle: &Handle, front: Front, flight: &mut JoinHandle<Ended>) -> Result<Option<Ended>, Problem> {
    let mut events = handle.events();
    let (lines, writer) = spawn_writer()?;
    let ended = loop {
        tokio::select! {
            biased;
            event = events.recv() => match event {
                Ok(record) => {
                    if let Some(line) = line(handle, front, &record)
                        && lines.send(line).await.is_err()
                    {
                        return Ok(None);
                    }
                }
                Err(RecvError::Lagged(lost)) => eprintln!("glidepath: {lost} events were not shown in time; the journal has them all"),
                Err(RecvError::Closed) => {}
            },
            ended = &mut *flight => break ended.map_err(|error| Problem::internal(format!("the engine failed: {error}")))?,
            () = lines.closed() => return Ok(None),
        }
    };
    while let Ok(record) = events.try_recv() {
        if let Some(line) = line(handle, front, &record) {
            // Whoever stopped reading at the very end misses the end.
            let _gone = lines.send(line).await;
        }
    }
    drop(lines);
    let _flushed = tokio::task::spawn_blocking(move || writer.join()).await;
    Ok(Some(ended))
}

fn line(handle: &Handle, front: Front, record: &Record) -> Option<String> {
    if front == Front::Json {
        return Some(record.line());
    }
    let Body::Event(event) = &record.body else { return None };
    let plan = handle.snapshots.borrow().plan.clone();
    let line = words::sentence(event, &plan, record.at)?;
    Some(format!("{}  {}", line.at.clock(), line.text))
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
