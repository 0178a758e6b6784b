//! The engine's task: observe, decide, record, act, publish; again and again until the release has ended.

mod hands;
mod voice;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::{broadcast, mpsc, watch};

use crate::core::command::Answer;
use crate::core::decide::{Decision, Observation, decide};
use crate::core::event::Event;
use crate::core::lease::Holder;
use crate::core::snapshot::{Ended, NOTHING_FLEW, Outcome, Snapshot};
use crate::core::state::{Phase, State};
use crate::core::time::Time;
use crate::core::view::{ClusterView, Link};
use crate::engine::book::Haste;
use crate::engine::chronicle::Chronicle;
use crate::engine::inbox::{Arrived, Inbox};
use crate::engine::lease::Licence;
use crate::engine::pace::Pace;
pub use crate::engine::parts::{Handle, History, Parts, Said};
use crate::engine::reading::Readings;
use crate::engine::record::Record;
use crate::engine::sight::Recorder;

/// How many answers to commands a snapshot carries.
const ANSWERS: usize = 64;

/// How many events a front may lag behind before it loses some (and reads the journal instead).
const LAG: usize = 4_096;

/// How many commands may wait for a turn; a person who sends more is told that the engine is busy.
const COMMANDS: usize = 32;

/// How long a process that was told to end waits for the write under way, and for the disk.
const STOP_WAITS: Duration = Duration::from_secs(2);

/// Why a command is refused by an engine that was started to look on.
const READ_ONLY: &str = "it was started with --read-only; start it without, or use another terminal";

/// Why an engine ends before its release.
enum Word {
    /// It was told to.
    Stop(Outcome),
    /// Another one drives.
    Lost(Holder),
}

async fn lost(licence: Option<Licence>) -> Holder {
    match licence {
        Some(mut licence) => licence.lost().await,
        None => std::future::pending().await,
    }
}

/// An engine, before it runs.
pub struct Engine {
    parts: Parts,
    mark: String,
    resumed: bool,
    state: Option<State>,
    inbox: Inbox,
    chronicle: Chronicle,
    going_back: watch::Sender<bool>,
    recorder: Recorder,
    answers: VecDeque<Answer>,
    said: watch::Sender<Said>,
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
        let state = parts
            .resume
            .take()
            .map_or_else(|| State::new(&parts.plan, now), |state| state.woken(parts.taken_over.as_deref(), now));
        if let Some(edited) = &state.edited {
            // The journal begins with the first plan, by whose hash the release was found.
            parts.plan = Arc::new(parts.plan.edited(edited));
        }
        let (stop_sender, stop) = watch::channel(None);
        let mark = format!("{}/{}", parts.plan.release, parts.epoch);
        let chronicle = Chronicle::of(&parts.history.records, &parts.plan);
        let engine = Self {
            mark,
            resumed,
            inbox,
            snapshots: watch::Sender::new(Arc::new(voice::first_picture(&parts, &state, &chronicle, now))),
            chronicle,
            going_back: watch::Sender::new(false),
            recorder: Recorder::default(),
            answers: VecDeque::new(),
            said: watch::Sender::new(Said::default()),
            sequence: 0,
            readings: Readings::new(now),
            stop,
            events: broadcast::Sender::new(LAG),
            state: Some(state),
            parts,
        };
        let handle = Handle {
            snapshots: engine.snapshots.subscribe(),
            commands,
            stop: Arc::new(stop_sender),
            answers: engine.said.subscribe(),
            events: engine.events.clone(),
        };
        (engine, handle)
    }

    /// Runs the release to its end.
    pub async fn run(mut self, mut pace: impl Pace) -> Ended {
        let now = self.parts.clock.now();
        let mut opening = Vec::new();
        if self.resumed {
            self.begin_with_history();
            opening.append(&mut self.parts.history.gaps);
            opening.push(Event::Resumed { by: self.parts.who.clone() });
            if let Some(by) = &self.parts.taken_over {
                let text =
                    format!("it goes on from what was recorded, and stays paused after {by} until somebody resumes it");
                opening.push(Event::Note { text });
            }
        } else {
            opening.push(Event::Started { plan: Box::new((*self.parts.plan).clone()) });
        }
        // Nothing waits for it here: what is written to the cluster later is written behind it.
        drop(self.record(opening, now, true));
        self.share(now, Haste::Told);
        while self.inbox.view().links.values().any(|link| matches!(link, Link::Connecting { .. }))
            || self.inbox.view().links.is_empty()
        {
            if let Some(word) = self.next(&mut pace, None).await {
                return self.stopped(word).await;
            }
            self.publish(self.parts.clock.now());
        }
        loop {
            let look = self.turn().await;
            if let Some(ended) = self.state.as_ref().and_then(|state| state.ended.clone())
                && !self.inbox.is_busy()
            {
                // The process may end with this task, and the journal's thread with it.
                let _on_disk = tokio::time::timeout(STOP_WAITS, self.parts.journal.append(&[])).await;
                return ended;
            }
            if let Some(word) = self.next(&mut pace, look).await {
                return self.stopped(word).await;
            }
        }
    }

    /// Waits for the next turn, or for the word to stop.
    async fn next(&mut self, pace: &mut impl Pace, look: Option<Time>) -> Option<Word> {
        let licence = self.parts.licence.clone().filter(|_| !self.is_rolling_back());
        tokio::select! {
            biased;
            Ok(outcome) = self.stop.wait_for(Option::is_some) => outcome.map(Word::Stop),
            holder = lost(licence) => Some(Word::Lost(holder)),
            () = pace.next(look, &mut self.inbox) => None,
        }
    }

    /// Leaves the release where it is: the write under way is finished, and the end is recorded.
    async fn stopped(&mut self, word: Word) -> Ended {
        let _in_time = tokio::time::timeout(STOP_WAITS, self.inbox.settle()).await;
        let (outcome, why) = match word {
            Word::Stop(Outcome::Detached) => (Outcome::Detached, "another driver goes on".to_owned()),
            Word::Stop(outcome) => (outcome, "this process was told to end; the weight stays where it is".to_owned()),
            Word::Lost(holder) => (Outcome::Refused, format!("{} drives this release now", holder.who)),
        };
        let nothing_flew = self.state.as_ref().is_some_and(|state| matches!(state.phase, Phase::Idle));
        let (outcome, why) = match outcome {
            Outcome::Held if nothing_flew => (Outcome::Detached, NOTHING_FLEW.to_owned()),
            _ => (outcome, why),
        };
        let exit_code = outcome.exit_code();
        let ended = Ended { outcome, proven: false, exit_code, why: why.clone(), notes: Vec::new(), nothing_flew };
        if let Some(state) = &mut self.state {
            let before = std::mem::replace(&mut state.phase, Phase::Ended);
            state.before_end.get_or_insert(Box::new(before));
            state.ended = Some(ended.clone());
        }
        let event = Event::Ended { outcome, proven: false, exit_code: ended.exit_code, why, notes: Vec::new() };
        let now = self.parts.clock.now();
        let synced = self.record(vec![event], now, true);
        self.share(now, Haste::Told);
        let _written = tokio::time::timeout(STOP_WAITS, synced).await;
        self.publish(now);
        ended
    }

    async fn turn(&mut self) -> Option<Time> {
        let now = self.parts.clock.now();
        let (view, mut arrived) = self.inbox.take();
        let answered = !arrived.commands.is_empty();
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
        let surplus = self.answers.len().saturating_sub(ANSWERS);
        self.answers.drain(..surplus);
        let told = self.chronicle.told().back().map(|record| record.seq);
        self.state = Some(state);
        self.going_back.send_if_modified(|going_back| {
            !std::mem::replace(going_back, self.is_rolling_back()) && self.is_rolling_back()
        });
        self.adopt_edit();
        let worth_a_record = !events.is_empty() || !effects.is_empty();
        let synced = worth_a_record.then(|| self.record(events, now, true));
        let is_news = self.chronicle.told().back().map(|record| record.seq) != told;
        let haste = match (answered || !effects.is_empty(), is_news) {
            (true, _) => Haste::Now,
            (false, true) => Haste::Told,
            (false, false) => Haste::Counted,
        };
        self.share(now, haste);
        if answered {
            self.said.send_replace(Said { answers: self.answers.iter().cloned().collect(), seq: self.sequence });
        }
        if let Some(synced) = synced.filter(|_| !effects.is_empty()) {
            self.act(effects, synced, now).await;
        }
        let next_reading = self.read_metrics(&view, now);
        self.publish(now);
        if worth_a_record {
            self.record_sight(&view, arrived.batch.is_some(), now);
        }
        [look_again_at, next_reading].into_iter().flatten().min()
    }

    /// Flies by the steps as somebody has changed them, from the next turn on.
    fn adopt_edit(&mut self) {
        let edited = self.state.as_ref().and_then(|state| state.edited.as_ref());
        if let Some(edited) = edited.filter(|edited| edited.steps != self.parts.plan.steps) {
            self.parts.plan = Arc::new(self.parts.plan.edited(edited));
        }
    }

    fn decide(&mut self, view: &ClusterView, arrived: &Arrived, now: Time) -> Decision {
        let trouble = self.parts.journal.trouble();
        let lease = self.lease_trouble();
        let state = self.state.take().unwrap_or_else(|| State::new(&self.parts.plan, now));
        let seen = Observation {
            view,
            batch: arrived.batch.as_ref(),
            commands: &arrived.commands,
            outcomes: &arrived.outcomes,
            attended: self.parts.attended.load(Ordering::Relaxed),
            journal_trouble: trouble.as_deref(),
            lease_trouble: lease.as_deref(),
            epoch: &self.mark,
        };
        decide(&self.parts.plan, state, seen, now)
    }

    fn is_rolling_back(&self) -> bool {
        self.state.as_ref().is_some_and(|state| matches!(state.phase, Phase::RollingBack))
    }
}
