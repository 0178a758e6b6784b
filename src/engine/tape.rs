//! A recorded release as it stood at each of its moments: the journal, read into pictures again.
//!
//! A moment is a checkpoint with what was seen then. Its picture is made by the very function that made the first one, so
//! that every view of a recording shows what it showed.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::Arc;

use crate::core::event::Event;
use crate::core::picture::{Frame, snapshot};
use crate::core::plan::{Kind, Plan};
use crate::core::problem::Problem;
use crate::core::snapshot::{Driver, Happening, JournalNow, LogLine, ShareNow, Sharing, Snapshot};
use crate::core::state::State;
use crate::core::time::Time;
use crate::core::view::{ClusterView, Link};
use crate::core::words;
use crate::engine::journal;
use crate::engine::record::{Body, Record, Sight};

/// How many sentences a picture carries, as in a flight.
const LOG: usize = 500;

/// How many values of a trend a picture carries.
const TREND: usize = 120;

/// The values of each workload's rules, reading by reading.
type Gauges = BTreeMap<(String, String), Vec<(Time, Option<f64>)>>;

/// A recorded release.
#[derive(Debug)]
pub struct Tape {
    plan: Arc<Plan>,
    path: String,
    moments: Vec<Moment>,
    lines: Vec<LogLine>,
    history: Vec<Arc<Happening>>,
    gauges: Gauges,
}

/// Where the release stood at one time.
#[derive(Debug)]
struct Moment {
    at: Time,
    state: Box<State>,
    view: Arc<ClusterView>,
    shares: Vec<ShareNow>,
    sources: BTreeMap<String, Link>,
    canary_rate: Option<(f64, Time)>,
    driver: String,
    /// How many sentences and events there were.
    lines: usize,
    history: usize,
    /// Whether something was decided or commanded just before it.
    decided: bool,
}

impl Tape {
    /// Reads a journal.
    ///
    /// # Errors
    /// A file that cannot be read, is no journal, or begins without a plan or ends before anything stood.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        let (records, _torn) = journal::read(path)?;
        let place = path.display().to_string();
        Self::of(records, place.clone()).ok_or_else(|| {
            Problem::user(format!("{place} records no release: it has no plan, or nothing stood yet"))
                .hint("give the file <release>.jsonl that a release wrote into its state directory")
        })
    }

    /// The tape of these records; `None`: they hold no plan, or no checkpoint.
    pub fn of(records: Vec<Record>, path: String) -> Option<Self> {
        let mut plan = None;
        let mut tape = Reading::default();
        for record in records {
            if let Body::Event(Event::Started { plan: started }) = &record.body {
                plan.get_or_insert_with(|| Arc::new((**started).clone()));
            }
            tape.take(record, plan.as_deref()?);
        }
        (!tape.moments.is_empty()).then_some(Self {
            plan: plan?,
            path,
            moments: tape.moments,
            lines: tape.lines,
            history: tape.history,
            gauges: tape.gauges,
        })
    }

    /// The release that it records.
    pub fn release(&self) -> &str {
        &self.plan.release
    }

    /// How many moments there are; never 0.
    pub fn len(&self) -> usize {
        self.moments.len()
    }

    /// Never: a tape has at least one moment.
    pub fn is_empty(&self) -> bool {
        self.moments.is_empty()
    }

    /// When a moment was; of one past the last, the last.
    pub fn at(&self, place: usize) -> Time {
        self.moment(place).map_or_else(Time::default, |moment| moment.at)
    }

    /// The last moment that is not after `time`; the first where all are.
    pub fn place_of(&self, time: Time) -> usize {
        self.moments.partition_point(|moment| moment.at <= time).saturating_sub(1)
    }

    /// The nearest moment before (or after) `place` at which something was decided; the first (or last) where none is.
    pub fn decision(&self, place: usize, forward: bool) -> usize {
        let decided = |place: &usize| self.moments.get(*place).is_some_and(|moment| moment.decided);
        if forward {
            (place + 1..self.len()).find(decided).unwrap_or(self.len().saturating_sub(1))
        } else {
            (0..place.min(self.len())).rev().find(decided).unwrap_or(0)
        }
    }

    fn moment(&self, place: usize) -> Option<&Moment> {
        self.moments.get(place.min(self.moments.len().saturating_sub(1)))
    }

    /// The picture of a moment; of one past the last, the last.
    pub fn picture(&self, place: usize) -> Option<Snapshot> {
        let moment = self.moment(place)?;
        let mut state = (*moment.state).clone();
        // Rules that rest show what they showed when that was decided.
        let decided =
            state.rollback.as_ref().filter(|_| self.plan.kind == Kind::Release).map(|rollback| rollback.since);
        let until = decided.map_or(moment.at, |decided| decided.min(moment.at));
        for ((workload, rule), values) in &self.gauges {
            let ledger = state.evidence.get_mut(workload).and_then(|evidence| evidence.ledgers.get_mut(rule));
            if let Some(ledger) = ledger {
                let known = values.get(..values.partition_point(|(at, _)| *at <= until)).unwrap_or_default();
                let newest = known.get(known.len().saturating_sub(TREND)..).unwrap_or_default();
                ledger.trend = newest.iter().map(|(_, value)| *value).collect();
            }
        }
        let log = newest(&self.lines, moment.lines);
        let history = newest(&self.history, moment.history);
        let plan = match &state.edited {
            Some(edited) => Arc::new(self.plan.edited(edited)),
            None => Arc::clone(&self.plan),
        };
        let frame = Frame {
            plan: &plan,
            state: &state,
            view: &moment.view,
            metrics: moment.sources.get("metrics").cloned().unwrap_or(Link::Connecting { since: moment.at }),
            driver: Driver {
                who: moment.driver.clone(),
                here: false,
                heard: moment.at,
                silent_since: None,
                last_word: None,
                epoch: 0,
            },
            log: &log,
            history: &history,
            answers: &VecDeque::new(),
            journal: JournalNow { path: self.path.clone(), trouble: None },
            epoch: "",
            attended: true,
            read_only: false,
            sharing: Sharing::default(),
        };
        let mut picture = snapshot(&frame, moment.at);
        if !moment.shares.is_empty() {
            picture.shares.clone_from(&moment.shares);
        }
        if !moment.sources.is_empty() {
            picture.sources.clone_from(&moment.sources);
        }
        if let Some(rollback) = &mut picture.rollback {
            rollback.canary_rate = rollback.canary_rate.or(moment.canary_rate);
        }
        Some(picture)
    }
}

/// The last lines of the first `count`.
fn newest<T: Clone>(all: &[T], count: usize) -> VecDeque<T> {
    let known = all.get(..count).unwrap_or(all);
    known.get(known.len().saturating_sub(LOG)..).unwrap_or_default().iter().cloned().collect()
}

/// A journal that is being read.
#[derive(Default)]
struct Reading {
    moments: Vec<Moment>,
    lines: Vec<LogLine>,
    history: Vec<Arc<Happening>>,
    gauges: Gauges,
    view: Arc<ClusterView>,
    decided: bool,
}

impl Reading {
    fn take(&mut self, record: Record, plan: &Plan) {
        match record.body {
            Body::Event(event) => {
                self.decided |= is_decision(&event);
                if let Some(line) = words::sentence(&event, plan, record.at) {
                    self.history.extend(words::happening(&event, &line).map(Arc::new));
                    self.lines.push(line);
                }
            }
            Body::Checkpoint(checkpoint) => {
                let moment = self.moment(record.at, checkpoint.state);
                match self.moments.last_mut() {
                    // Several turns of one moment are one picture: the last.
                    Some(last) if last.at == record.at => {
                        *last = Moment { decided: last.decided || moment.decided, ..moment }
                    }
                    _ => self.moments.push(moment),
                }
            }
            Body::Sight(sight) => self.see(record.at, sight),
        }
    }

    fn moment(&mut self, at: Time, state: Box<State>) -> Moment {
        let before = self.moments.last();
        Moment {
            at,
            state,
            view: Arc::clone(&self.view),
            shares: before.map(|moment| moment.shares.clone()).unwrap_or_default(),
            sources: before.map(|moment| moment.sources.clone()).unwrap_or_default(),
            canary_rate: before.and_then(|moment| moment.canary_rate),
            driver: before.map(|moment| moment.driver.clone()).unwrap_or_default(),
            lines: self.lines.len(),
            history: self.history.len(),
            decided: std::mem::take(&mut self.decided),
        }
    }

    fn see(&mut self, at: Time, sight: Sight) {
        for gauge in sight.gauges {
            self.gauges.entry((gauge.workload, gauge.rule)).or_default().push((at, gauge.value));
        }
        if let Some(view) = sight.view {
            self.view = Arc::new(*view);
        }
        if let Some(moment) = self.moments.last_mut() {
            moment.view = Arc::clone(&self.view);
            moment.shares = sight.shares;
            moment.sources = sight.sources;
            moment.canary_rate = sight.canary_rate;
            moment.driver = sight.driver;
        }
    }
}

/// Whether somebody who goes from decision to decision stops here.
fn is_decision(event: &Event) -> bool {
    matches!(
        event,
        Event::Started { .. }
            | Event::Resumed { .. }
            | Event::Step { .. }
            | Event::Hold { .. }
            | Event::Gate { .. }
            | Event::Command { .. }
            | Event::Rollback { .. }
            | Event::Page { .. }
            | Event::Proof { .. }
            | Event::Ended { .. }
    )
}
