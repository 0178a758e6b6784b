//! The desk where a front's questions are answered, so that no front ever waits: one task, one question at a time of each
//! kind, and bounded queues in both directions.
//!
//! It runs on the engine's runtime. A connection that a front's own runtime had opened would die with it, and the next
//! write through the same pool with the connection.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::core::act::Act;
use crate::core::inquiry::{Ask, LogAsk, LogNews, News, Question, Sheet, Told, Trial};
use crate::core::usage::Usage;
use crate::engine::archive;
use crate::engine::clock::SharedClock;
use crate::engine::port::Inspect;
use crate::engine::tape::Tape;

/// Questions that may wait. A front that asks more is told that the desk is busy.
const ASKED: usize = 32;

/// Answers that may wait for a front; a log that brings more waits itself, and the server with it.
const TOLD: usize = 256;

/// A front's end of the desk.
#[derive(Debug)]
pub struct Desk {
    /// Where recordings come from.
    pub tapes: mpsc::Receiver<Result<Arc<Tape>, String>>,
    /// Where questions go.
    pub asks: mpsc::Sender<Ask>,
    /// Where answers come from.
    pub told: mpsc::Receiver<Told>,
}

/// What the desk knows its answers from.
#[derive(Clone)]
pub struct Sources {
    /// The cluster.
    pub inspect: Arc<dyn Inspect>,
    /// The directory of the journals.
    pub journals: Option<PathBuf>,
    /// The time, for the age of an answer.
    pub clock: SharedClock,
}

/// No cluster: what a recording is shown beside.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCluster;

/// What it answers to everything.
const NO_CLUSTER: &str = "this is a recording; no cluster is asked";

impl Inspect for NoCluster {
    fn describe(&self, _pod: String) -> BoxFuture<'static, Result<Sheet, String>> {
        Box::pin(std::future::ready(Err(NO_CLUSTER.to_owned())))
    }

    fn usage(&self) -> BoxFuture<'static, Result<Usage, String>> {
        Box::pin(std::future::ready(Err(NO_CLUSTER.to_owned())))
    }

    fn logs(&self, _ask: LogAsk) -> BoxStream<'static, LogNews> {
        Box::pin(futures::stream::iter([LogNews::Trouble(NO_CLUSTER.to_owned()), LogNews::Ended]))
    }

    fn rehearse(&self, _acts: Vec<Act>) -> BoxFuture<'static, Trial> {
        Box::pin(std::future::ready(Trial::default()))
    }
}

/// Opens a desk on the current runtime. It closes when the front's end is dropped.
pub fn open(sources: Sources) -> Desk {
    let (asks, asked) = mpsc::channel(ASKED);
    let (tell, told) = mpsc::channel(TOLD);
    let (give, tapes) = mpsc::channel(1);
    tokio::spawn(serve(sources, asked, tell, give));
    Desk { tapes, asks, told }
}

async fn serve(
    sources: Sources,
    mut asked: mpsc::Receiver<Ask>,
    tell: mpsc::Sender<Told>,
    give: mpsc::Sender<Result<Arc<Tape>, String>>,
) {
    // Dropping a set aborts what is still under way.
    let mut logs = JoinSet::new();
    let mut others = JoinSet::new();
    loop {
        let ask = tokio::select! {
            ask = asked.recv() => ask,
            () = tell.closed() => return,
            Some(_) = others.join_next(), if !others.is_empty() => continue,
            Some(_) = logs.join_next(), if !logs.is_empty() => continue,
        };
        let Some(Ask { number, what }) = ask else { return };
        let answer = Answer { number, tell: tell.clone(), clock: Arc::clone(&sources.clock) };
        match what {
            Question::Silence => logs.abort_all(),
            Question::Logs(asks) => {
                logs.abort_all();
                for ask in asks {
                    let (pod, stream) = (ask.pod.clone(), sources.inspect.logs(ask));
                    logs.spawn(answer.clone().follow(pod, stream));
                }
            }
            Question::Describe { pod } => {
                let sheet = sources.inspect.describe(pod);
                others.spawn(async move { answer.tell(News::Described(sheet.await)).await });
            }
            Question::Usage => {
                let usage = sources.inspect.usage();
                others.spawn(async move { answer.tell(News::Used(usage.await)).await });
            }
            Question::Rehearse(acts) => {
                let trial = sources.inspect.rehearse(acts);
                others.spawn(async move { answer.tell(News::Rehearsed(trial.await)).await });
            }
            Question::Tape(path) => {
                let give = give.clone();
                let read =
                    tokio::task::spawn_blocking(move || Tape::read(Path::new(&path)).map_err(|problem| problem.what));
                others.spawn(async move {
                    let tape = read.await.unwrap_or_else(|error| Err(error.to_string()));
                    // A front that has gone needs no recording.
                    let _gone = give.send(tape.map(Arc::new)).await;
                });
            }
            Question::Keep { name, text } => {
                let journals = sources.journals.clone();
                let write = tokio::task::spawn_blocking(move || archive::keep(journals.as_deref(), &name, &text));
                others.spawn(async move {
                    let kept = write.await.unwrap_or_else(|error| Err(error.to_string()));
                    answer.tell(News::Kept(kept)).await;
                });
            }
            Question::KeepJournal { path, name } => {
                let journals = sources.journals.clone();
                let copy = tokio::task::spawn_blocking(move || {
                    archive::keep_journal(journals.as_deref(), Path::new(&path), &name)
                });
                others.spawn(async move {
                    let kept = copy.await.unwrap_or_else(|error| Err(error.to_string()));
                    answer.tell(News::Kept(kept)).await;
                });
            }
            Question::Releases => {
                let journals = sources.journals.clone();
                let found = tokio::task::spawn_blocking(move || archive::recorded(journals.as_deref()));
                others.spawn(async move {
                    let found = found.await.unwrap_or_else(|error| Err(error.to_string()));
                    answer.tell(News::Releases(found)).await;
                });
            }
        }
    }
}

/// Who is to be answered.
#[derive(Clone)]
struct Answer {
    number: u64,
    tell: mpsc::Sender<Told>,
    clock: SharedClock,
}

impl Answer {
    async fn tell(&self, news: News) {
        // A front that has gone needs no answer.
        let _gone = self.tell.send(Told { number: self.number, at: self.clock.now(), news }).await;
    }

    async fn follow(self, pod: String, mut log: BoxStream<'static, LogNews>) {
        while let Some(news) = log.next().await {
            self.tell(News::Logged { pod: pod.clone(), news }).await;
        }
    }
}
