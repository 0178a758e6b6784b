//! One reading of all pods, and what a rule counts in it.

use crate::core::compare::Compare;
use crate::core::counted::{Counted, SideCounted};
use crate::core::counter::PodDelta;
use crate::core::evidence::buckets::{add_buckets, slow_row};
use crate::core::evidence::flow::{Requests, total};
use crate::core::evidence::ledger::Reading;
use crate::core::evidence::{Pair, Row};
use crate::core::rule::{Rule, Sli};
use crate::core::stats;
use crate::core::time::Time;
use crate::core::view::{PodView, Track};

/// One reading of all pods, by the side that they are on.
#[derive(Default)]
pub(super) struct Sides {
    canary: Vec<(PodDelta, PodView)>,
    stable: Vec<(PodDelta, PodView)>,
    baseline: Vec<(PodDelta, PodView)>,
}

impl Sides {
    /// What was counted, whoever judges it.
    pub(super) fn counted(&self) -> Counted {
        let side = |side: &[(PodDelta, PodView)]| SideCounted::of(side, &sum_buckets(side));
        Counted { canary: side(&self.canary), stable: side(&self.stable), baseline: side(&self.baseline) }
    }

    /// How many requests each side served.
    pub(super) fn requests(&self) -> Requests {
        let sum = |side: &[(PodDelta, PodView)]| {
            let mut told = side.iter().filter_map(|(delta, _)| delta.requests).peekable();
            told.peek().is_some().then(|| total(told.map(|requests| requests.all)))
        };
        // What a baseline serves is of stable's version, and no user's share of the canary.
        let stable = match (sum(&self.stable), sum(&self.baseline)) {
            (Some(stable), Some(baseline)) => Some(stable + baseline),
            (stable, baseline) => stable.or(baseline),
        };
        Requests { canary: sum(&self.canary), stable }
    }

    /// The pods of the side that a track is on.
    pub(super) fn of(&mut self, track: Track) -> &mut Vec<(PodDelta, PodView)> {
        match track {
            Track::Canary | Track::Rolled => &mut self.canary,
            Track::Baseline => &mut self.baseline,
            Track::Stable | Track::Other => &mut self.stable,
        }
    }

    /// What a rule counts in it, and the canary's value in the rule's unit.
    pub(super) fn reading(&self, rule: &Rule, compare: Compare, at: Time) -> (Reading, Option<f64>) {
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
