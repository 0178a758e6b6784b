//! What a canary costs: its pods are there beside all of stable's, for as long as it flies.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::core::plan::Plan;
use crate::core::time::Time;
use crate::core::view::ClusterView;

/// What a pod costs an hour, where somebody said so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// In `currency`.
    pub pod_hour: f64,
    /// Such as `USD`.
    pub currency: String,
}

/// How long canary pods have been there, all of them together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodTime {
    millis: u64,
    counted: Option<(Time, u32)>,
}

/// What a canary took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Hours of its pods, all together.
    pub pod_hours: f64,
    /// What they cost, where a price is known.
    pub amount: Option<f64>,
    /// In which currency.
    pub currency: Option<String>,
    /// Whether that is with its baseline.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub with_baseline: bool,
}

impl PodTime {
    /// Notes that so many canary pods are there now. Since the note before, as many were there as it said.
    pub fn note(&mut self, pods: u32, now: Time) {
        if let Some((then, were)) = self.counted.replace((now, pods)) {
            let passed = u64::try_from(now.since(then).as_millis()).unwrap_or(u64::MAX);
            self.millis = self.millis.saturating_add(passed.saturating_mul(u64::from(were)));
        }
    }

    /// Forgets when it was noted last: nobody looked in between.
    pub fn pause(&mut self) {
        self.counted = None;
    }

    /// How long they were there.
    pub fn span(&self) -> Duration {
        Duration::from_millis(self.millis)
    }

    /// What that costs.
    pub fn cost(&self, plan: &Plan) -> Cost {
        Cost { with_baseline: plan.has_baseline(), ..self.priced(plan.cost.as_ref()) }
    }

    fn priced(&self, price: Option<&Price>) -> Cost {
        let pod_hours = self.span().as_secs_f64() / 3_600.0;
        let amount = price.map(|price| pod_hours * price.pod_hour);
        Cost { pod_hours, amount, currency: price.map(|price| price.currency.clone()), with_baseline: false }
    }
}

impl Cost {
    /// `the canary took 1.50 pod hours, 0.06 USD`.
    pub fn words(&self) -> String {
        let who = if self.with_baseline { "the canary and its baseline" } else { "the canary" };
        let hours = format!("{who} took {:.2} pod hours", self.pod_hours);
        match (self.amount, &self.currency) {
            (Some(amount), Some(currency)) => format!("{hours}, {amount:.2} {currency}"),
            _ => hours,
        }
    }
}

/// The pods that are there only for the canary's sake, whatever they do: pods that wait or crash are paid for as well.
pub fn pods_beside(view: &ClusterView) -> u32 {
    let pods = view.workloads.values().flat_map(|workload| &workload.pods);
    pods.filter(|pod| pod.track.is_beside()).count() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Time {
        Time::from_millis(seconds * 1_000)
    }

    #[test]
    fn pods_are_paid_for_as_long_as_they_were_there() {
        let mut time = PodTime::default();
        for (pods, seconds) in [(0, 0), (2, 60), (4, 60 + 1_800), (0, 60 + 3_600), (0, 9_999)] {
            time.note(pods, at(seconds));
        }
        let price = Price { pod_hour: 0.04, currency: "USD".into() };
        assert_eq!(time.span(), Duration::from_secs(2 * 1_800 + 4 * 1_800));
        assert_eq!(time.priced(Some(&price)).words(), "the canary took 3.00 pod hours, 0.12 USD");
        assert_eq!(time.priced(None).words(), "the canary took 3.00 pod hours");
        let both = Cost { with_baseline: true, ..time.priced(None) };
        assert_eq!(both.words(), "the canary and its baseline took 3.00 pod hours");
    }

    #[test]
    fn a_time_that_nobody_saw_is_not_guessed_at() {
        let mut time = PodTime::default();
        time.note(5, at(0));
        time.pause();
        time.note(5, at(3_600));
        time.note(5, at(3_660));
        assert_eq!(time.span(), Duration::from_secs(300));
    }
}
