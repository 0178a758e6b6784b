//! What has been counted of one workload: rows of requests, rule by rule, and each pod's trail of readings.

mod answer;
mod buckets;
mod flow;
mod harm;
mod ledger;
mod row;
mod sides;
mod trail;

pub use answer::Answer;
pub use flow::Rates;
pub use harm::{Harm, Harms};
pub use ledger::{Ledger, Tally};
pub use row::{Pair, Row};
pub use trail::Trail;

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::core::compare::Compare;
use crate::core::counted::Counted;
use crate::core::counter::CounterBook;
use crate::core::plan::{Kind, Plan, Workload};
use crate::core::rule::Rule;
use crate::core::sample::Batch;
use crate::core::time::Time;
use crate::core::view::{PodView, WorkloadView};
use flow::Flow;
use sides::Sides;

/// How far back rates and the values on the gauges look.
pub const RECENT: Duration = Duration::from_secs(60);

/// What has been counted of one workload.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// By the rule's name.
    pub ledgers: BTreeMap<String, Ledger>,
    /// By the pod's UID.
    #[serde(skip)]
    pub trails: BTreeMap<String, Trail>,
    #[serde(skip)]
    flow: Flow,
    #[serde(skip)]
    book: CounterBook,
    /// What each rule's expression evaluated to last.
    #[serde(skip)]
    pub answers: BTreeMap<String, Answer>,
    /// What the newest batch counted.
    #[serde(skip)]
    counted: Counted,
    /// Whether any pod of either side ever exposed a request counter.
    pub known_requests: bool,
    /// Whether any pod of either side ever exposed a latency histogram.
    pub known_buckets: bool,
}

impl Evidence {
    /// Evidence whose first reading counts the pods' whole lives.
    pub fn of_whole_lives() -> Self {
        Self { book: CounterBook::whole_life(), ..Self::default() }
    }

    /// Begins a new step.
    pub fn begin_step(&mut self) {
        self.ledgers.values_mut().for_each(Ledger::begin_step);
    }

    /// After a gap in which nobody read: what was counted stands, what was being gathered begins anew.
    pub fn bridge_gap(&mut self) {
        self.ledgers.values_mut().for_each(Ledger::bridge_gap);
    }

    /// Begins the soak of a step.
    pub fn begin_soak(&mut self) {
        self.ledgers.values_mut().for_each(Ledger::begin_soak);
    }

    /// Takes in what a batch says of this workload's pods; `compare`: whose requests stand beside the canary's.
    /// Returns what each rule counted in it.
    pub fn absorb<R: Borrow<Rule>>(
        &mut self,
        plan: &Plan,
        rules: &[R],
        workload: &Workload,
        compare: Compare,
        view: &WorkloadView,
        batch: &Batch,
    ) -> BTreeMap<String, Pair> {
        let pods: BTreeMap<&str, &PodView> = view.pods.iter().map(|pod| (pod.uid.as_str(), &**pod)).collect();
        let mut sides = Sides::default();
        for samples in &batch.pods {
            let Some(pod) = pods.get(samples.pod.as_str()) else { continue };
            let read = self.book.read(samples, pod.created, &plan.signals, &workload.quiet_paths, batch.at);
            let trail = self.trails.entry(pod.uid.clone()).or_default();
            match read {
                Ok(delta) => {
                    self.known_requests |= delta.requests.is_some();
                    self.known_buckets |= delta.buckets.is_some();
                    trail.note(&delta, plan.scrape);
                    sides.of(pod.track).push((delta, (*pod).clone()));
                }
                Err(fault) => trail.fail(fault),
            }
        }
        self.note_answers(&workload.name, batch);
        self.book.batch_read(batch.at);
        let alive = |uid: &str| pods.contains_key(uid);
        self.book.keep_only(alive);
        self.trails.retain(|uid, _| alive(uid));
        self.flow.note(batch.at, sides.requests());
        self.counted = sides.counted();
        let mut rows = BTreeMap::new();
        for rule in rules {
            let rule = rule.borrow();
            let (reading, value) = sides.reading(rule, compare, batch.at);
            let value = self.answers.get(&rule.name).map_or(value, Answer::value);
            rows.insert(rule.name.clone(), reading.pair);
            let ledger = self.ledgers.entry(rule.name.clone()).or_default();
            ledger.absorb(rule, reading, value);
            ledger.note_harm(rule, plan.kind);
        }
        rows
    }

    fn note_answers(&mut self, workload: &str, batch: &Batch) {
        for answered in batch.answers.iter().filter(|answered| answered.workload == workload) {
            let before = self.answers.get(&answered.rule).and_then(|answer| answer.good);
            let good = if answered.outcome.is_ok() { Some(batch.at) } else { before };
            let answer = Answer { at: batch.at, said: answered.outcome.clone(), good };
            self.answers.insert(answered.rule.clone(), answer);
        }
    }

    /// What the newest batch counted, whoever judges it.
    pub fn counted(&self) -> &Counted {
        &self.counted
    }

    /// Requests a second over the last minute (or since counting began), by the readings that brought any; `None` before
    /// two readings, and where a whole minute brought none.
    pub fn rates(&self) -> Option<Rates> {
        self.flow.rates()
    }

    /// Requests a second to the version that a rollback leaves behind, in the newest reading that any of its pods answered: the
    /// canary's, or where an earlier version is brought back, that of the one it is brought back for.
    pub fn bad_rate_now(&self, kind: Kind) -> Option<(f64, Time)> {
        match kind {
            Kind::Release => self.flow.newest(|requests| requests.canary),
            Kind::Restore | Kind::RestoreInPlace => self.flow.newest(|requests| requests.stable),
        }
    }

    /// Begins to count quiet readings of every pod anew.
    pub fn listen_for_quiet(&mut self) {
        self.trails.values_mut().for_each(|trail| trail.quiet = 0);
    }
}
