//! The engine's task: observe, decide, record, act, publish; again and again until the release has ended.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{broadcast, mpsc, watch};

use crate::core::act::{Act, ActOutcome};
use crate::core::command::{Answer, Command};
use crate::core::decide::{Decision, Observation, decide};
use crate::core::event::Event;
use crate::core::picture::{Frame, snapshot};
use crate::core::plan::Plan;
use crate::core::sample::Batch;
use crate::core::snapshot::{Driver, Ended, Happening, JournalNow, LogLine, Outcome, Snapshot};
use crate::core::state::{PendingState, Phase, State};
use crate::core::time::Time;
use crate::core::view::{ClusterView, Link};
use crate::core::words;
use crate::engine::clock::SharedClock;
use crate::engine::inbox::{Arrived, Inbox, Landed};
use crate::engine::journal::Journal;
use crate::engine::pace::Pace;
use crate::engine::port::{Cluster, Metrics};
use crate::engine::reading::Readings;
use crate::engine::record::{Body, Checkpoint, CheckpointTag, Record};

/// How many sentences a snapshot carries.
const LOG: usize = 500;

/// How many answers to commands a snapshot carries.
const ANSWERS: usize = 16;

/// How many events a front may lag behind before it loses some (and reads the journal instead).
const LAG: usize = 4_096;

/// How many commands may wait for a turn; a person who sends more is told that the engine is busy.
const COMMANDS: usize = 32;

/// A write that has no answer by then counts as unknown; the adapter's own bound is shorter.
const ACT_LIMIT: Duration = Duration::from_secs(15);

/// How long a process that was told to end waits for the write under way, and for the disk.
const STOP_WAITS: Duration = Duration::from_secs(2);

/// How long a rollback waits for its journal record before it acts all the same.
const ROLLBACK_WAITS: Duration = Duration::from_millis(100);

/// Why a command is refused by an engine that was started to look on.
const READ_ONLY: &str = "it was started with --read-only; start it without, or use another terminal";

/// What an engine is made of.
pub struct Parts {
    /// What to do.
    pub plan: Arc<Plan>,
    /// Where an earlier engine stood; `None`: a new release.
    pub resume: Option<State>,
    /// The number of this engine, from 1.
    pub epoch: u64,
    /// The cluster.
    pub cluster: Arc<dyn Cluster>,
    /// The metrics.
    pub metrics: Arc<dyn Metrics>,
    /// The time.
    pub clock: SharedClock,
    /// The journal.
    pub journal: Journal,
    /// Who drives, as the API server names them.
    pub who: String,
    /// Whether somebody sits at a terminal; the front changes it when that ends.
    pub attended: Arc<AtomicBool>,
    /// Whether every command is refused, whatever front or key it comes from.
    pub read_only: bool,
}

/// What fronts hold of an engine.
#[derive(Clone)]
pub struct Handle {
    /// The newest picture.
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
    /// Where commands go.
    pub commands: mpsc::Sender<Command>,
    /// Set to end the engine now, in this way: the write under way is finished, nothing else is begun.
    pub stop: Arc<watch::Sender<Option<Outcome>>>,
    events: broadcast::Sender<Arc<Record>>,
}

impl Handle {
    /// All events from now on.
    pub fn events(&self) -> broadcast::Receiver<Arc<Record>> {
        self.events.subscribe()
    }
}

/// An engine, before it runs.
pub struct Engine {
    parts: Parts,
    mark: String,
    resumed: bool,
    state: Option<State>,
    inbox: Inbox,
    log: VecDeque<LogLine>,
    history: VecDeque<Arc<Happening>>,
    answers: VecDeque<Answer>,
    sequence: u64,
    readings: Readings,
    stop: watch::Receiver<Option<Outcome>>,
    snapshots: watch::Sender<Arc<Snapshot>>,
    events: broadcast::Sender<Arc<Record>>,
}

impl Engine {
    /// Puts an engine together. Nothing is done before [`Engine::run`].
    pub fn new(mut parts: Parts) -> (Self, Handle) {
        let now = parts.clock.now();
        let (commands, inbox_commands) = mpsc::channel(COMMANDS);
        let inbox = Inbox::new(parts.cluster.view(), inbox_commands);
        let resumed = parts.resume.is_some();
        let state = parts.resume.take().map_or_else(|| State::new(&parts.plan, now), |state| wake_up(state, now));
        let (stop_sender, stop) = watch::channel(None);
        let mark = format!("{}/{}", parts.plan.release, parts.epoch);
        let engine = Self {
            mark,
            resumed,
            inbox,
            log: VecDeque::new(),
            history: VecDeque::new(),
            answers: VecDeque::new(),
            sequence: 0,
            readings: Readings::new(now),
            stop,
            snapshots: watch::Sender::new(Arc::new(first_picture(&parts, &state, now))),
            events: broadcast::Sender::new(LAG),
            state: Some(state),
            parts,
        };
        let handle = Handle {
            snapshots: engine.snapshots.subscribe(),
            commands,
            stop: Arc::new(stop_sender),
            events: engine.events.clone(),
        };
        (engine, handle)
    }

    /// Runs the release to its end.
    pub async fn run(mut self, mut pace: impl Pace) -> Ended {
        let opening = if self.resumed {
            Event::Resumed { by: self.parts.who.clone() }
        } else {
            Event::Started { plan: Box::new((*self.parts.plan).clone()) }
        };
        let synced = self.record(vec![opening], self.parts.clock.now(), true);
        let _written = synced.await;
        while self.inbox.view().links.values().any(|link| matches!(link, Link::Connecting { .. }))
            || self.inbox.view().links.is_empty()
        {
            if let Some(outcome) = self.next(&mut pace, None).await {
                return self.stopped(outcome).await;
            }
            self.publish(self.parts.clock.now());
        }
        loop {
            let look = self.turn().await;
            if let Some(ended) = self.state.as_ref().and_then(|state| state.ended.clone())
                && !self.inbox.is_busy()
            {
                return ended;
            }
            if let Some(outcome) = self.next(&mut pace, look).await {
                return self.stopped(outcome).await;
            }
        }
    }

    /// Waits for the next turn, or for the word to stop.
    async fn next(&mut self, pace: &mut impl Pace, look: Option<Time>) -> Option<Outcome> {
        tokio::select! {
            biased;
            Ok(outcome) = self.stop.wait_for(Option::is_some) => *outcome,
            () = pace.next(look, &mut self.inbox) => None,
        }
    }

    /// Leaves the release where it is: the write under way is finished, and the end is recorded.
    async fn stopped(&mut self, outcome: Outcome) -> Ended {
        let _in_time = tokio::time::timeout(STOP_WAITS, self.inbox.settle()).await;
        let why = "this process was told to end; the weight stays where it is".to_owned();
        let ended =
            Ended { outcome, proven: false, exit_code: outcome.exit_code(), why: why.clone(), notes: Vec::new() };
        if let Some(state) = &mut self.state {
            let before = std::mem::replace(&mut state.phase, Phase::Ended);
            state.before_end.get_or_insert(Box::new(before));
            state.ended = Some(ended.clone());
        }
        let event = Event::Ended { outcome, proven: false, exit_code: ended.exit_code, why };
        let now = self.parts.clock.now();
        let synced = self.record(vec![event], now, true);
        let _written = tokio::time::timeout(STOP_WAITS, synced).await;
        self.publish(now);
        ended
    }

    async fn turn(&mut self) -> Option<Time> {
        let now = self.parts.clock.now();
        let (view, mut arrived) = self.inbox.take();
        if self.parts.read_only {
            // Refused before anything decides about them: no rule of the release can let one through.
            let refused =
                arrived.commands.drain(..).map(|command| Answer { id: command.id, outcome: Err(READ_ONLY.to_owned()) });
            self.answers.extend(refused);
        }
        if let Some(batch) = &arrived.batch {
            self.readings.note(batch, self.parts.plan.scrape);
        }
        let decision = self.decide(&view, &arrived, now);
        let Decision { state, effects, events, answers, look_again_at } = decision;
        self.answers.extend(answers);
        while self.answers.len() > ANSWERS {
            self.answers.pop_front();
        }
        let rolling_back = matches!(state.phase, Phase::RollingBack);
        self.state = Some(state);
        if !events.is_empty() || !effects.is_empty() {
            let synced = self.record(events, now, true);
            let written = if effects.is_empty() {
                true
            } else if rolling_back {
                tokio::time::timeout(ROLLBACK_WAITS, synced).await.is_ok()
            } else {
                synced.await.is_ok()
            };
            if !written {
                let text = "the journal is slow; the rollback did not wait for it".to_owned();
                drop(self.record(vec![Event::Note { text }], now, false));
            }
        }
        for act in effects {
            self.perform(act);
        }
        let next_reading = self.read_metrics(&view, now);
        self.publish(now);
        [look_again_at, next_reading].into_iter().flatten().min()
    }

    fn decide(&mut self, view: &ClusterView, arrived: &Arrived, now: Time) -> Decision {
        let trouble = self.parts.journal.trouble();
        let state = self.state.take().unwrap_or_else(|| State::new(&self.parts.plan, now));
        let seen = Observation {
            view,
            batch: arrived.batch.as_ref(),
            commands: &arrived.commands,
            outcomes: &arrived.outcomes,
            attended: self.parts.attended.load(Ordering::Relaxed),
            journal_trouble: trouble.as_deref(),
            epoch: &self.mark,
        };
        decide(&self.parts.plan, state, seen, now)
    }

    /// Records and tells events; with `checkpoint`, where the release stands behind them.
    fn record(&mut self, events: Vec<Event>, now: Time, checkpoint: bool) -> tokio::sync::oneshot::Receiver<()> {
        let mut records = Vec::with_capacity(events.len() + 1);
        for event in events {
            if let Some(line) = words::sentence(&event, &self.parts.plan, now) {
                self.history.extend(words::happening(&event, &line).map(Arc::new));
                self.log.push_back(line);
            }
            while self.log.len() > LOG {
                self.log.pop_front();
            }
            while self.history.len() > LOG {
                self.history.pop_front();
            }
            let record = self.envelope(Body::Event(event), now);
            // Nobody listening is no fault.
            let _listeners = self.events.send(Arc::new(record.clone()));
            records.push(record);
        }
        if checkpoint && let Some(state) = self.state.clone() {
            let body = Body::Checkpoint(Checkpoint { event: CheckpointTag::Checkpoint, state: Box::new(state) });
            records.push(self.envelope(body, now));
        }
        self.parts.journal.append(&records)
    }

    fn envelope(&mut self, body: Body, now: Time) -> Record {
        self.sequence += 1;
        Record::new(self.parts.epoch, self.sequence, now, &self.parts.plan.release, body)
    }

    fn perform(&mut self, act: Act) {
        let work = self.parts.cluster.perform(Arc::clone(&self.parts.plan), act.clone());
        self.inbox.start(async move {
            let outcome = tokio::time::timeout(ACT_LIMIT, work).await;
            let outcome = outcome.unwrap_or_else(|_| ActOutcome::Unknown { why: "no answer in time".to_owned() });
            Landed::Act(act, outcome)
        });
    }

    /// Starts a reading when its time has come; returns when the next one is due.
    fn read_metrics(&mut self, view: &ClusterView, now: Time) -> Option<Time> {
        if self.state.as_ref().is_some_and(|state| state.ended.is_some()) {
            return None;
        }
        if let Some(targets) = self.readings.due(&self.parts.plan, view, now) {
            let read = self.parts.metrics.read(targets, now);
            let questions = self.readings.questions(&self.parts.plan, view, now);
            let asked = (!questions.is_empty()).then(|| self.parts.metrics.ask(questions, now));
            self.inbox.start(async move {
                let Some(asked) = asked else { return Landed::Batch(read.await) };
                let (batch, answers) = futures::join!(read, asked);
                Landed::Batch(Batch { answers, ..batch })
            });
        }
        self.readings.next()
    }

    fn publish(&mut self, now: Time) {
        let Some(state) = &self.state else { return };
        let frame = Frame {
            plan: &self.parts.plan,
            state,
            view: &self.inbox.view(),
            metrics: self.readings.link(),
            driver: Driver { who: self.parts.who.clone(), here: true, heard: now },
            log: &self.log,
            history: &self.history,
            answers: &self.answers,
            journal: journal_now(&self.parts.journal),
            epoch: &self.mark,
            attended: self.parts.attended.load(Ordering::Relaxed),
            read_only: self.parts.read_only,
        };
        self.snapshots.send_replace(Arc::new(snapshot(&frame, now)));
    }
}

/// What a state that was read from a journal must not take for granted: nothing is under way any more, and the time
/// between is no soak.
fn wake_up(mut state: State, now: Time) -> State {
    for pending in state.pending.values_mut() {
        pending.state = PendingState::Again { at: now };
    }
    if let Some(before) = state.before_end.take()
        && matches!(state.phase, Phase::Landing { .. } | Phase::Ended)
    {
        state.phase = *before;
    }
    if let Phase::Stepping(stepping) = &mut state.phase {
        stepping.looked = now;
        stepping.waiting.since = None;
        // Pods and pins are looked at anew before the soak goes on.
        stepping.soaking_since = None;
    }
    state.pins_up.clear();
    state.pins_stopped = None;
    if let Phase::Finishing(finishing) = &mut state.phase {
        finishing.waiting.since = None;
    }
    state.blind_since = None;
    state.hold = None;
    state.ended = None;
    state
}

fn first_picture(parts: &Parts, state: &State, now: Time) -> Snapshot {
    let frame = Frame {
        plan: &parts.plan,
        state,
        view: &ClusterView::default(),
        metrics: Link::Connecting { since: now },
        driver: Driver { who: parts.who.clone(), here: true, heard: now },
        log: &VecDeque::new(),
        history: &VecDeque::new(),
        answers: &VecDeque::new(),
        journal: journal_now(&parts.journal),
        epoch: "",
        attended: true,
        read_only: parts.read_only,
    };
    snapshot(&frame, now)
}

fn journal_now(journal: &Journal) -> JournalNow {
    JournalNow { path: journal.path().display().to_string(), trouble: journal.trouble() }
}
