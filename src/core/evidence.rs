//! What has been counted of one workload: rows of requests, rule by rule, and each pod's trail of readings.

use std::borrow::Borrow;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::core::compare::Compare;
use crate::core::counted::{Counted, SideCounted};
use crate::core::counter::{CounterBook, PodDelta};
use crate::core::odds::Gate;
use crate::core::plan::{Plan, Workload};
use crate::core::rule::{Rule, Sli};
use crate::core::sample::{Batch, SourceFault};
use crate::core::stats;
use crate::core::time::Time;
use crate::core::trend::Minutes;
use crate::core::view::{PodView, Track, WorkloadView};

/// How far back rates and the values on the gauges look.
pub const RECENT: Duration = Duration::from_secs(60);

/// How many points a trend keeps.
const TREND: usize = 120;

/// Requests of one side, and how many of them were bad.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Requests.
    pub n: u64,
    /// Bad ones that are proven. Where a latency bound lies inside a bucket this counts only what is slower than the bucket.
    pub bad: u64,
    /// Bad ones at most; the same as `bad` where nothing is in doubt.
    pub bad_at_most: u64,
}

impl Row {
    fn add(&mut self, other: Row) {
        self.n += other.n;
        self.bad += other.bad;
        self.bad_at_most += other.bad_at_most;
    }

    /// The proven share of bad requests; `None` without requests.
    pub fn share(&self) -> Option<f64> {
        (self.n > 0).then(|| self.bad as f64 / self.n as f64)
    }
}

/// Both sides over one span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// The version that is being released.
    pub canary: Row,
    /// The version that served before: all of stable, or the baseline where there is one.
    pub stable: Row,
}

impl Pair {
    fn add(&mut self, other: Pair) {
        self.canary.add(other.canary);
        self.stable.add(other.stable);
    }
}

/// What one rule has counted of one workload.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    /// Since the step began.
    pub step: Pair,
    /// The sample that is being gathered, and since when.
    pub open: Pair,
    /// When the open sample began; `None` before the first reading of a step.
    pub open_since: Option<Time>,
    /// Bad samples in a row.
    pub in_a_row: u32,
    /// The last closed sample was bad, and stable's was as well.
    pub common: bool,
    /// The last closed sample.
    pub last: Option<Pair>,
    /// The samples that were closed since the step began.
    #[serde(default)]
    pub tally: Tally,
    /// The values of the last closed samples of an expression, as many as make a breach.
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    pub values: VecDeque<f64>,
    /// The odds, where they judge: they go on from step to step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Gate>,
    /// The canary's value, reading by reading.
    #[serde(skip)]
    pub trend: VecDeque<Option<f64>>,
    /// The readings of the last minute.
    #[serde(skip)]
    recent: VecDeque<Reading>,
}

/// How many samples there were of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// All.
    pub closed: u32,
    /// Bad ones, in a row or not.
    pub failed: u32,
    /// Those that were neither good nor bad.
    pub inconclusive: u32,
}

#[derive(Clone, Debug, PartialEq)]
struct Reading {
    at: Time,
    pair: Pair,
    canary_buckets: Vec<(f64, f64)>,
    stable_buckets: Vec<(f64, f64)>,
}

impl Ledger {
    /// Begins a new step: what was counted before belongs to the step before. Odds remember all of the release.
    pub fn begin_step(&mut self) {
        self.begin_soak();
        self.gate.iter_mut().for_each(Gate::begin_step);
    }

    /// Begins the soak of a step: only what its pods do from here on, all of them Ready, counts for it.
    pub fn begin_soak(&mut self) {
        let mut gate = self.gate.take();
        gate.iter_mut().for_each(Gate::begin_soak);
        let (trend, recent) = (std::mem::take(&mut self.trend), std::mem::take(&mut self.recent));
        *self = Self { trend, recent, gate, ..Self::default() };
    }

    /// Begins a new sample after a gap in which nobody counted: what was bad before it and after it is not in a row, nor of
    /// one minute.
    fn bridge_gap(&mut self) {
        (self.open, self.open_since, self.in_a_row) = (Pair::default(), None, 0);
        self.recent.clear();
    }

    /// Takes in what one reading counted, as a journal keeps it: without the buckets that only people look at.
    pub fn count(&mut self, rule: &Rule, pair: Pair, at: Time) {
        let reading = Reading { at, pair, canary_buckets: Vec::new(), stable_buckets: Vec::new() };
        self.absorb(rule, reading, pair.canary.share());
    }

    fn absorb(&mut self, rule: &Rule, reading: Reading, value: Option<f64>) {
        if let Some((odds, target)) = rule.gate() {
            self.gate.get_or_insert_default().take(odds, target, &reading.pair, reading.at);
        }
        self.step.add(reading.pair);
        self.open.add(reading.pair);
        self.open_since.get_or_insert(reading.at);
        self.trend.push_back(value);
        while self.trend.len() > TREND {
            self.trend.pop_front();
        }
        let at = reading.at;
        self.recent.push_back(reading);
        while self.recent.front().is_some_and(|first| at.since(first.at) > RECENT) {
            self.recent.pop_front();
        }
    }

    /// Both sides over the last minute.
    pub fn recent(&self) -> Pair {
        self.recent.iter().fold(Pair::default(), |mut sum, reading| {
            sum.add(reading.pair);
            sum
        })
    }

    /// The canary's requests of the last minute that were slower than another bound.
    pub fn recent_slow(&self, bound: f64) -> Row {
        let mut sums = Vec::new();
        self.recent.iter().for_each(|reading| add_buckets(&mut sums, &reading.canary_buckets));
        slow_row(&sums, bound)
    }

    /// The latency quantile of both sides over the last minute, for people to read.
    pub fn recent_quantiles(&self, q: f64) -> (Option<f64>, Option<f64>) {
        let side = |pick: fn(&Reading) -> &Vec<(f64, f64)>| {
            let mut sums = Vec::new();
            self.recent.iter().for_each(|reading| add_buckets(&mut sums, pick(reading)));
            stats::quantile(q, &sums)
        };
        (side(|reading| &reading.canary_buckets), side(|reading| &reading.stable_buckets))
    }
}

/// What the last readings of one pod were like.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trail {
    /// When its newest good samples were true.
    pub good: Option<Time>,
    /// Why the last reading brought nothing, if it did not.
    pub fault: Option<SourceFault>,
    /// The last reading's values; `None` before the first good one.
    pub last: Option<PodDelta>,
    /// Whether its request counter names a status.
    pub names_status: bool,
    /// Good readings in a row, since somebody began to count them, in which no user asked it anything.
    pub quiet: u32,
    /// Readings in a row that brought nothing.
    pub errors: u32,
    /// Its memory, minute by minute.
    pub memory: Minutes,
}

/// What has been counted of one workload.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// By the rule's name.
    pub ledgers: BTreeMap<String, Ledger>,
    /// By the pod's UID.
    #[serde(skip)]
    pub trails: BTreeMap<String, Trail>,
    /// Requests of each side, reading by reading, over the last minute.
    #[serde(skip)]
    flow: VecDeque<Flow>,
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

/// What an expression evaluated to.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// When it was asked last.
    pub at: Time,
    /// What it said: a value, which may be no number; nothing; or why nobody knows.
    pub said: Result<Option<f64>, SourceFault>,
    /// When it last answered at all.
    pub good: Option<Time>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Flow {
    at: Time,
    /// `None`: no pod of that side said how many requests it had. That is silence, and never a zero.
    canary: Option<f64>,
    stable: Option<f64>,
}

/// Requests a second on both sides, over the last minute.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rates {
    /// The version that is being released.
    pub canary: f64,
    /// The version that served before.
    pub stable: f64,
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
        self.flow(batch.at, &sides);
        self.counted = sides.counted();
        let mut rows = BTreeMap::new();
        for rule in rules {
            let rule = rule.borrow();
            let (reading, value) = sides.reading(rule, compare, batch.at);
            let value = self.answers.get(&rule.name).map_or(value, Answer::value);
            rows.insert(rule.name.clone(), reading.pair);
            self.ledgers.entry(rule.name.clone()).or_default().absorb(rule, reading, value);
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

    fn flow(&mut self, at: Time, sides: &Sides) {
        let sum = |side: &[(PodDelta, PodView)]| {
            let mut told = side.iter().filter_map(|(delta, _)| delta.requests).peekable();
            told.peek().is_some().then(|| total(told.map(|requests| requests.all)))
        };
        // What a baseline serves is of stable's version, and no user's share of the canary.
        let stable = match (sum(&sides.stable), sum(&sides.baseline)) {
            (Some(stable), Some(baseline)) => Some(stable + baseline),
            (stable, baseline) => stable.or(baseline),
        };
        self.flow.push_back(Flow { at, canary: sum(&sides.canary), stable });
        while self.flow.front().is_some_and(|first| at.since(first.at) > RECENT) {
            self.flow.pop_front();
        }
    }

    /// Requests a second over the last minute (or since counting began), by the readings that brought any; `None` before
    /// two readings, and where a whole minute brought none.
    pub fn rates(&self) -> Option<Rates> {
        // The first reading's increase happened before the span that the others cover.
        let heard = || self.flow.iter().zip(self.flow.iter().skip(1)).filter(|(_, flow)| flow.brought_any());
        let span = total(heard().map(|(before, flow)| flow.at.since(before.at).as_secs_f64()));
        let sum = |pick: fn(&Flow) -> Option<f64>| total(heard().filter_map(|(_, flow)| pick(flow))) / span;
        (span > 0.0).then(|| Rates { canary: sum(|flow| flow.canary), stable: sum(|flow| flow.stable) })
    }

    /// The canary's requests a second in the newest reading that any canary pod answered.
    pub fn canary_rate_now(&self) -> Option<(f64, Time)> {
        let mut pairs = self.flow.iter().zip(self.flow.iter().skip(1)).rev();
        let (before, last, requests) = pairs.find_map(|(before, flow)| Some((before, flow, flow.canary?)))?;
        let span = last.at.since(before.at).as_secs_f64();
        (span > 0.0).then(|| (requests / span, last.at))
    }

    /// Begins to count quiet readings of every pod anew.
    pub fn listen_for_quiet(&mut self) {
        self.trails.values_mut().for_each(|trail| trail.quiet = 0);
    }
}

impl Flow {
    fn brought_any(&self) -> bool {
        self.canary.is_some() || self.stable.is_some()
    }
}

impl Answer {
    /// Its value, where it is a number.
    pub fn value(&self) -> Option<f64> {
        self.said.as_ref().ok().copied().flatten().filter(|value| value.is_finite())
    }
}

impl Trail {
    fn fail(&mut self, fault: SourceFault) {
        self.fault = Some(fault);
        self.errors = self.errors.saturating_add(1);
    }

    fn note(&mut self, delta: &PodDelta, scrape: Duration) {
        self.good = Some(self.good.map_or(delta.at, |good| good.max(delta.at)));
        self.fault = None;
        self.errors = 0;
        if let Some(memory) = delta.memory {
            self.memory.take(delta.at, memory);
        }
        let asked = delta.requests.map_or(0.0, |requests| {
            // Where the series do not name paths, a probe and a scrape or two between readings are no user.
            let background = if requests.with_background { scrape.as_secs_f64() / 5.0 + 2.0 } else { 0.0 };
            (requests.all - background).max(0.0)
        });
        self.names_status = delta.requests.is_none_or(|requests| requests.failed.is_some());
        self.quiet = if asked > 0.0 { 0 } else { self.quiet.saturating_add(1) };
        self.last = Some(delta.clone());
    }
}

#[derive(Default)]
struct Sides {
    canary: Vec<(PodDelta, PodView)>,
    stable: Vec<(PodDelta, PodView)>,
    baseline: Vec<(PodDelta, PodView)>,
}

impl Sides {
    fn counted(&self) -> Counted {
        let side = |side: &[(PodDelta, PodView)]| SideCounted::of(side, &sum_buckets(side));
        Counted { canary: side(&self.canary), stable: side(&self.stable), baseline: side(&self.baseline) }
    }

    /// The pods of the side that a track is on.
    fn of(&mut self, track: Track) -> &mut Vec<(PodDelta, PodView)> {
        match track {
            Track::Canary | Track::Rolled => &mut self.canary,
            Track::Baseline => &mut self.baseline,
            Track::Stable | Track::Other => &mut self.stable,
        }
    }

    fn reading(&self, rule: &Rule, compare: Compare, at: Time) -> (Reading, Option<f64>) {
        let other = if compare == Compare::WithBaseline { &self.baseline } else { &self.stable };
        let mut reading = Reading { at, pair: Pair::default(), canary_buckets: Vec::new(), stable_buckets: Vec::new() };
        match &rule.sli {
            Sli::Errors { .. } => {
                reading.pair = Pair { canary: error_row(&self.canary), stable: error_row(other) };
                let value = reading.pair.canary.share();
                (reading, value)
            }
            Sli::Latency { bound, quantile } => {
                reading.canary_buckets = sum_buckets(&self.canary);
                reading.stable_buckets = sum_buckets(other);
                reading.pair = Pair {
                    canary: slow_row(&reading.canary_buckets, *bound),
                    stable: slow_row(&reading.stable_buckets, *bound),
                };
                let value = stats::quantile(*quantile, &reading.canary_buckets);
                (reading, value)
            }
            Sli::Memory { .. } => {
                let value = self.canary.iter().filter_map(|(delta, _)| delta.memory).reduce(f64::max);
                (reading, value)
            }
            Sli::Query { .. } => (reading, None),
        }
    }
}

/// A sum that is 0 where there is nothing to add: the library's own begins at -0, which a person would read as a fault.
fn total(numbers: impl Iterator<Item = f64>) -> f64 {
    numbers.fold(0.0, |sum, number| sum + number)
}

fn error_row(side: &[(PodDelta, PodView)]) -> Row {
    side.iter().filter_map(|(delta, _)| delta.requests).fold(Row::default(), |mut row, requests| {
        let bad = requests.failed.unwrap_or(0.0).round() as u64;
        row.add(Row { n: requests.all.round() as u64, bad, bad_at_most: bad });
        row
    })
}

fn sum_buckets(side: &[(PodDelta, PodView)]) -> Vec<(f64, f64)> {
    let mut sums = Vec::new();
    side.iter().filter_map(|(delta, _)| delta.buckets.as_ref()).for_each(|buckets| add_buckets(&mut sums, buckets));
    sums
}

fn add_buckets(sums: &mut Vec<(f64, f64)>, buckets: &[(f64, f64)]) {
    for (bound, count) in buckets {
        match sums.iter_mut().find(|(known, _)| known == bound) {
            Some((_, sum)) => *sum += count,
            None => sums.push((*bound, *count)),
        }
    }
    sums.sort_by(|a, b| a.0.total_cmp(&b.0));
}

/// How many requests were slower than `bound`: exactly where it is a bucket's boundary, else between what its two
/// neighbours prove.
fn slow_row(buckets: &[(f64, f64)], bound: f64) -> Row {
    let Some(&(_, total)) = buckets.last() else { return Row::default() };
    let same = |le: f64| (le - bound).abs() <= bound * 1e-9;
    let at_most = buckets.iter().rev().find(|(le, _)| *le <= bound || same(*le)).map_or(0.0, |(_, count)| *count);
    let at_least = buckets.iter().find(|(le, _)| *le >= bound || same(*le)).map_or(total, |(_, count)| *count);
    let slow = |fast: f64| (total - fast).max(0.0).round() as u64;
    Row { n: total.round() as u64, bad: slow(at_least), bad_at_most: slow(at_most) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_on_a_boundary_is_exact_and_one_between_is_in_doubt() {
        let buckets = [(0.05, 800.0), (0.1, 940.0), (0.25, 990.0), (f64::INFINITY, 1000.0)];
        assert_eq!(slow_row(&buckets, 0.1), Row { n: 1000, bad: 60, bad_at_most: 60 });
        assert_eq!(slow_row(&buckets, 0.2), Row { n: 1000, bad: 10, bad_at_most: 60 });
        assert_eq!(slow_row(&buckets, 0.01), Row { n: 1000, bad: 200, bad_at_most: 1000 });
        assert_eq!(slow_row(&[], 0.1), Row::default());
    }
}
