//! One engine of the model: the real decisions, and a modelled world around them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use glidepath::cluster::{EndedReleases, Fence, hand};
use glidepath::core::act::{Act, ActFault, ActOutcome};
use glidepath::core::command::{Answer, Command};
use glidepath::core::decide::{Decision, Observation, decide};
use glidepath::core::event::Event;
use glidepath::core::lease::{Following, Holder, Leave, Record, Tenure};
use glidepath::core::plan::Plan;
use glidepath::core::sample::Batch;
use glidepath::core::state::{Phase, State};
use glidepath::core::time::Time;
use glidepath::core::view::ClusterView;
use serde_json::Value;

/// An act under way: what was read for it so far.
pub struct UnderWay {
    pub act: Act,
    pub place: usize,
    pub read: Vec<Option<Value>>,
    pub outcomes: Vec<ActOutcome>,
    pub since: u64,
    /// When the act began, by its process' clock.
    pub began: Time,
}

/// An engine that drives.
pub struct Driving {
    pub fence: Fence,
    pub epoch: u64,
    pub tenure: Tenure,
    pub record: Record,
    pub state: Option<State>,
    pub outcomes: Vec<(Act, ActOutcome)>,
    pub commands: Vec<Command>,
    pub in_work: BTreeSet<String>,
    pub answers: VecDeque<Answer>,
    pub under_way: BTreeMap<u64, UnderWay>,
    pub view: ClusterView,
    pub batch: Option<Batch>,
    pub page_version: Option<u64>,
    pub renewed: u64,
    pub mark: String,
}

/// A process: it looks on, or drives.
pub struct Process {
    pub name: &'static str,
    /// Rises when it is started anew: what was sent to an earlier one reaches nobody.
    pub incarnation: u32,
    pub up: bool,
    pub stopped_until: u64,
    /// Its clock is so far from the true time, in milliseconds.
    pub skew: i64,
    pub following: Following,
    /// A request for the lease, a page or the epochs is on its way.
    pub waiting: Option<u64>,
    pub driving: Option<Driving>,
}

impl Process {
    pub fn new(name: &'static str, skew: i64) -> Self {
        Self {
            name,
            incarnation: 1,
            up: true,
            stopped_until: 0,
            skew,
            following: Following::default(),
            waiting: None,
            driving: None,
        }
    }

    pub fn me(&self) -> Holder {
        Holder { id: format!("{}-{}", self.name, self.incarnation), who: self.name.to_owned() }
    }

    pub fn clock(&self, at: u64) -> Time {
        Time::from_millis(1_767_225_600_000 + at as i64 + self.skew)
    }

    pub fn crash(&mut self) {
        self.up = false;
        self.incarnation += 1;
        self.driving = None;
        self.waiting = None;
        self.following = Following::default();
    }
}

impl Driving {
    pub fn begin(
        plan: &Plan,
        state: State,
        epoch: u64,
        tenure: Tenure,
        record: Record,
        page: Option<u64>,
        at: u64,
    ) -> Self {
        let fence = Fence::new(&plan.release, EndedReleases::default());
        fence.raise(epoch);
        Self {
            fence,
            epoch,
            tenure,
            record,
            state: Some(state),
            outcomes: Vec::new(),
            commands: Vec::new(),
            in_work: BTreeSet::new(),
            answers: VecDeque::new(),
            under_way: BTreeMap::new(),
            view: ClusterView::default(),
            batch: None,
            page_version: page,
            renewed: at,
            mark: format!("{}/{epoch}", plan.release),
        }
    }

    pub fn is_rolling_back(&self) -> bool {
        self.state.as_ref().is_some_and(|state| matches!(state.phase, Phase::RollingBack))
    }

    pub fn trouble(&self, now: Time) -> Option<String> {
        match self.tenure.leave(now) {
            Leave::Until(_) => None,
            Leave::Lapsed(why) => Some(why),
            Leave::Lost(holder) => Some(holder.who),
        }
    }

    /// One turn: what is to be sent, and what happened.
    pub fn turn(&mut self, plan: &Plan, now: Time) -> (Vec<Act>, Vec<Event>) {
        let trouble = self.trouble(now);
        let batch = self.batch.take();
        let (commands, outcomes) = (std::mem::take(&mut self.commands), std::mem::take(&mut self.outcomes));
        let seen = Observation {
            view: &self.view,
            batch: batch.as_ref(),
            commands: &commands,
            outcomes: &outcomes,
            attended: true,
            journal_trouble: None,
            lease_trouble: trouble.as_deref(),
            epoch: &self.mark,
        };
        let state = self.state.take().unwrap();
        let Decision { state, effects, events, answers, .. } = decide(plan, state, seen, now);
        self.state = Some(state);
        self.answers.extend(answers);
        let mut sent = Vec::new();
        for act in effects {
            // As the engine does: only a rollback goes out without a lease that is surely ours.
            if trouble.is_some() && !self.is_rolling_back() {
                self.outcomes.push((act, ActOutcome::Failed { kind: ActFault::Unreachable, why: "not sent".into() }));
            } else {
                sent.push(act);
            }
        }
        (sent, events)
    }

    /// An act's part is over: the next object, or the outcome of all.
    pub fn part_done(&mut self, id: u64, outcome: ActOutcome, plan: &Plan) -> bool {
        let Some(under_way) = self.under_way.get_mut(&id) else { return false };
        under_way.outcomes.push(outcome);
        under_way.place += 1;
        under_way.read.clear();
        if under_way.place < hand::reads(plan, &under_way.act).len() {
            return true;
        }
        if let Some(done) = self.under_way.remove(&id) {
            self.outcomes.push((done.act, hand::together(done.outcomes)));
        }
        false
    }
}
