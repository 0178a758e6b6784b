//! What one rule has counted of one workload.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::core::evidence::buckets::{add_buckets, slow_row};
use crate::core::evidence::harm::Counts;
use crate::core::evidence::{Harms, Pair, RECENT, Row};
use crate::core::odds::Gate;
use crate::core::plan::Kind;
use crate::core::rule::Rule;
use crate::core::stats;
use crate::core::time::Time;

/// How many points a trend keeps.
const TREND: usize = 120;

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
    /// The harm that is being done, whatever the step: to whoever meets the canary, or the version that an earlier one is
    /// brought back for.
    #[serde(default, skip_serializing_if = "Harms::is_none")]
    pub harms: Harms,
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

/// What one reading counted for a rule.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reading {
    pub(super) at: Time,
    pub(super) pair: Pair,
    pub(super) canary_buckets: Vec<(f64, f64)>,
    pub(super) stable_buckets: Vec<(f64, f64)>,
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
        *self = Self { trend, recent, gate, harms: self.harms, ..Self::default() };
    }

    /// Begins a new sample after a gap in which nobody counted: what was bad before it and after it is not in a row, nor of
    /// one minute.
    pub(super) fn bridge_gap(&mut self) {
        (self.open, self.open_since, self.in_a_row) = (Pair::default(), None, 0);
        self.recent.clear();
    }

    /// Takes in what one reading counted, as a journal keeps it: without the buckets that only people look at.
    pub fn count(&mut self, rule: &Rule, pair: Pair, at: Time) {
        let reading = Reading { at, pair, canary_buckets: Vec::new(), stable_buckets: Vec::new() };
        self.absorb(rule, reading, pair.canary.share());
    }

    pub(super) fn absorb(&mut self, rule: &Rule, reading: Reading, value: Option<f64>) {
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

    /// Counts the newest reading as harm, where it is one.
    pub(super) fn note_harm(&mut self, rule: &Rule, kind: Kind) {
        let Some(newest) = self.recent.back() else { return };
        let before = self.recent.iter().rev().nth(1).map_or(newest.at, |before| before.at);
        let Some(target) = rule.sli.budget() else { return };
        let (newest_of, recent) = (newest.pair, self.recent());
        let (hurt, other, minute) = match kind {
            Kind::Release => (newest_of.canary, newest_of.stable, recent.canary),
            Kind::Restore | Kind::RestoreInPlace => (newest_of.stable, newest_of.canary, recent.stable),
        };
        let counts = Counts { hurt, other, after: before, at: newest.at };
        self.harms.take(&counts, target, minute.share().unwrap_or(0.0));
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
