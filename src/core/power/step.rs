//! What one step of one workload can prove, and the words for it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::core::compare::Compare;
use crate::core::decide::share_by_pods;
use crate::core::judge::{count, percent};
use crate::core::odds::{Bets, Share, time_to_notice};
use crate::core::plan::{Plan, Step, Workload};
use crate::core::power::Known;
use crate::core::rule::{Rule, Sli};
use crate::core::time::span;

/// How many times as many bad requests are tried, to find the fewest that a step would notice.
const LADDER: [f64; 7] = [2.0, 3.0, 5.0, 10.0, 25.0, 50.0, 100.0];

/// What a step can prove by one rule, before it is flown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Power {
    /// The workload.
    pub workload: String,
    /// The rule.
    pub rule: String,
    /// Whether its bad requests are slow ones, and not failed ones.
    pub slow: bool,
    /// The step, from 0.
    pub step: usize,
    /// What it asks for, in percent.
    pub weight: u32,
    /// What pods make of that, in percent.
    pub share: f64,
    /// How long it soaks.
    #[serde(with = "span")]
    pub soak: Duration,
    /// Requests a second now, of both versions together.
    pub rps: f64,
    /// How many requests the canary will see in the soak.
    pub requests: u64,
    /// The share of stable's requests that is bad, 0–1.
    pub base: f64,
    /// Whether stable has shown no bad request, so that `base` is the least that a canary is blamed for.
    pub assumed: bool,
    /// How many times as many bad requests are wished to be noticed.
    pub wanted: f64,
    /// The fewest times as many that would be noticed within the soak; `None`: not even a hundred.
    pub notices: Option<f64>,
    /// What would be needed to notice `wanted`, where the soak does not do.
    pub lacks: Option<Lacks>,
}

/// What a step would need.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lacks {
    /// So long a soak; `None`: no soak is long enough.
    #[serde(with = "crate::core::power::step::maybe_span")]
    pub soak: Option<Duration>,
    /// Or so high a weight; `None`: none is high enough.
    pub weight: Option<u32>,
}

/// What each step of a workload can prove by each rule that odds judge. Nothing where nothing is known of stable.
pub fn foresee(plan: &Plan, workload: &Workload, known: Known<'_>, wanted: f64) -> Vec<Power> {
    let steps = plan.steps.iter().enumerate();
    steps
        .flat_map(|(at, step)| {
            let rules = plan.rules.iter().filter(|rule| rule.is_for(&workload.name));
            rules.filter_map(move |rule| power(plan, workload, known, (at, step), rule, wanted))
        })
        .collect()
}

fn power(
    plan: &Plan,
    workload: &Workload,
    known: Known<'_>,
    (at, step): (usize, &Step),
    rule: &Rule,
    wanted: f64,
) -> Option<Power> {
    let usual = &rule.sli;
    let rule = rule.at(Some(step.weight))?;
    // What stable's past says of slowness it says of the usual bound.
    if let (Sli::Latency { bound: usual, .. }, Sli::Latency { bound, .. }) = (usual, &rule.sli)
        && usual != bound
    {
        return None;
    }
    let gaze = Gaze::of(plan, workload, known, &rule)?;
    let notices = LADDER.into_iter().find(|times| gaze.within(step.weight, step.soak, *times));
    let lacks = (!gaze.within(step.weight, step.soak, wanted)).then(|| Lacks {
        soak: gaze.wait(step.weight, wanted),
        weight: (step.weight + 1..100).find(|weight| gaze.within(*weight, step.soak, wanted)),
    });
    Some(Power {
        workload: workload.name.clone(),
        rule: rule.name.clone(),
        slow: matches!(rule.sli, Sli::Latency { .. }),
        step: at,
        weight: step.weight,
        share: share_by_pods(step.weight, workload.replicas, workload.baseline.is_some()),
        soak: step.soak,
        rps: known.rps,
        requests: (gaze.rps(step.weight) * step.soak.as_secs_f64()).round() as u64,
        base: gaze.base,
        assumed: gaze.assumed,
        wanted,
        notices,
        lacks,
    })
}

/// One rule's eyes on one workload.
pub(super) struct Gaze<'a> {
    bets: Bets<'a>,
    replicas: u32,
    baseline: bool,
    rps: f64,
    base: f64,
    assumed: bool,
}

impl<'a> Gaze<'a> {
    /// `None` where odds do not judge, or stable does not have what they judge.
    pub(super) fn of(plan: &Plan, workload: &Workload, known: Known<'_>, rule: &'a Rule) -> Option<Self> {
        let (odds, target) = rule.gate()?;
        let seen = known.past.rows.get(&rule.name)?.share()?;
        // A stable that never failed gives no ratio; the least that a canary is blamed for stands in its place.
        let assumed = seen <= 0.0;
        let base = if assumed { odds.floor * target } else { seen };
        let bets = Bets { odds, target, delay: plan.scrape / 2 };
        let baseline = workload.baseline.is_some();
        Some(Self { bets, replicas: workload.replicas, baseline, rps: known.rps, base, assumed })
    }

    fn rps(&self, weight: u32) -> f64 {
        self.rps * share_by_pods(weight, self.replicas, self.baseline) / 100.0
    }

    /// How long a step of this weight needs to notice `times` as many bad requests.
    pub(super) fn wait(&self, weight: u32, times: f64) -> Option<Duration> {
        let compare = match (weight, self.baseline) {
            (100.., _) => Compare::Alone,
            (_, true) => Compare::WithBaseline,
            (_, false) => Compare::WithStable,
        };
        let share = Share { rps: self.rps(weight), compare };
        time_to_notice(&self.bets, share, self.base, times)
    }

    pub(super) fn within(&self, weight: u32, soak: Duration, times: f64) -> bool {
        self.wait(weight, times).is_some_and(|wait| wait <= soak)
    }
}

impl Power {
    /// Whether the soak is long enough for what is wished to be noticed.
    pub fn proves(&self) -> bool {
        self.lacks.is_none()
    }

    /// `1 % at 50 rps sees 300 requests in 10 min: it would notice 25× as many errors, not 5×. Needs 58 min, or 6 %.`
    pub fn words(&self) -> String {
        let by_pods = if (self.share - f64::from(self.weight)).abs() < 0.5 {
            String::new()
        } else {
            format!(" ({:.1} % by pods)", self.share)
        };
        let at = format!("{} %{by_pods} at {} rps", self.weight, rate(self.rps));
        if self.rps <= 0.0 {
            return format!("{at}: stable has no traffic now, so nothing can be proved");
        }
        let alone = if self.weight >= 100 { "against its target alone " } else { "" };
        let what = if self.slow { "slow requests" } else { "errors" };
        let notices = match (self.notices, &self.lacks) {
            (Some(times), Some(_)) if times > self.wanted => {
                format!("it would notice {times}× as many {what}, not {}×", self.wanted)
            }
            (Some(times), _) => format!("it would notice {times}× as many {what}"),
            (None, _) => format!("it would not notice even 100× as many {what}"),
        };
        let needs = self.lacks.as_ref().map(Lacks::words).unwrap_or_default();
        let assumed =
            if self.assumed { format!(" Stable shows none; {} is taken.", percent(self.base)) } else { String::new() };
        let (seen, soak) = (count(self.requests), minutes(self.soak));
        format!("{at} sees {seen} requests in {soak}: {alone}{notices}.{needs}{assumed}")
    }
}

impl Lacks {
    fn words(&self) -> String {
        match (self.soak.map(minutes), self.weight) {
            (Some(soak), Some(weight)) => format!(" Needs {soak}, or {weight} %."),
            (Some(soak), None) => format!(" Needs {soak}."),
            (None, Some(weight)) => format!(" Needs {weight} %."),
            (None, None) => String::new(),
        }
    }
}

/// Requests a second as people write them: `0.4`, `2.5`, `50`.
fn rate(rps: f64) -> String {
    if rps < 10.0 { format!("{:.1}", rps).trim_end_matches(".0").to_owned() } else { format!("{rps:.0}") }
}

/// A span as it stands in a sentence, to two figures or so: `45 s`, `10 min`, `2 h 05 min`, `3 days`.
pub(super) fn minutes(span: Duration) -> String {
    let seconds = span.as_secs_f64();
    let whole = (seconds / 60.0).round() as u64;
    match seconds {
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 7_200.0 => format!("{whole} min"),
        s if s < 172_800.0 => format!("{} h {:02} min", whole / 60, whole % 60),
        s => format!("{:.0} days", s / 86_400.0),
    }
}

/// Serde for a span that may be missing.
pub(crate) mod maybe_span {
    use serde::{Deserialize, Deserializer, Serializer};
    use std::time::Duration;

    use crate::core::time::{parse_span, span};

    pub fn serialize<S: Serializer>(value: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => span::serialize(value, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| parse_span(&text).map_err(serde::de::Error::custom)).transpose()
    }
}
