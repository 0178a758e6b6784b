//! Before the flight: what each step can prove in its soak, from the traffic that stable has.
//!
//! A step of 1 % at fifty requests a second counts three hundred requests in ten minutes. That is enough to see a canary that
//! fails everything, and too little to see one that fails five times as often as stable; whoever knows this beforehand chooses
//! other steps.

use std::time::Duration;

use crate::core::decide::canary_size;
use crate::core::evidence::Evidence;
use crate::core::plan::{Plan, Step, Workload};
use crate::core::rule::{Rule, Sli};
use crate::core::stats;
use crate::core::time::human;

/// How many times as bad a canary may be, for a step to be asked whether it would notice.
const RATIOS: [f64; 8] = [2.0, 3.0, 5.0, 10.0, 25.0, 50.0, 100.0, 1_000.0];

/// The ratio that a step should be able to prove: beyond it a fault is no longer subtle.
pub const WANTED: f64 = 5.0;

/// Where stable had no bad request, its share is taken to be this part of the target.
const UNSEEN: f64 = 0.1;

/// What stable shows of one workload.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Traffic {
    /// Requests a second.
    pub rps: f64,
    /// The share of them that is bad.
    pub bad: f64,
}

impl Traffic {
    /// What was measured of stable; `None` before two readings.
    pub fn of(plan: &Plan, workload: &Workload, evidence: &Evidence) -> Option<Self> {
        let rps = evidence.rates()?.stable;
        let (rule, _) = rule_of(plan, workload)?;
        let bad = evidence.ledgers.get(&rule.name).and_then(|ledger| ledger.step.stable.share());
        Some(Self { rps, bad: bad.unwrap_or(0.0) })
    }
}

/// How long the relative bet takes, on average, to reach its threshold against a canary that is `ratio` times as bad as
/// stable: t ≈ (ln threshold + ln 2 + ln 3) / (r·[p₁·ln(p₁/ρp₀) − (p₁ − ρp₀)]) + ½ scrape, with r the canary's requests a
/// second, p₀ stable's share of bad ones and p₁ = ratio·p₀ (`docs/judging.md`). `None`: never.
pub fn time_to_decide(rps: f64, bad: f64, ratio: f64, rho: f64, rollback: f64, scrape: Duration) -> Option<Duration> {
    let (tolerated, supposed) = (rho * bad, (ratio * bad).min(1.0));
    if supposed <= tolerated {
        return None;
    }
    let a_request = supposed * (supposed / tolerated).ln() - (supposed - tolerated);
    let seconds = (rollback.ln() + 6.0_f64.ln()) / (rps * a_request) + scrape.as_secs_f64() / 2.0;
    Duration::try_from_secs_f64(seconds).ok()
}

/// The share of a workload's traffic that a step's pods make.
pub fn share_of(step: &Step, workload: &Workload) -> f64 {
    if step.weight >= 100 {
        return 1.0;
    }
    let canary = f64::from(canary_size(step.weight, workload.replicas));
    canary / (canary + f64::from(workload.replicas.max(1)))
}

/// The rule by which a workload's prospects are told: its first share of failed requests that odds judge.
fn rule_of<'a>(plan: &'a Plan, workload: &Workload) -> Option<(&'a Rule, f64)> {
    let rules = plan.rules.iter().filter(|rule| rule.is_for(&workload.name));
    rules.filter(|rule| matches!(rule.sli, Sli::Errors { .. })).find_map(|rule| Some((rule, rule.gate()?.1)))
}

/// What one step can prove.
#[derive(Clone, Debug, PartialEq)]
pub struct Prospect {
    /// Percent asked.
    pub weight: u32,
    /// Requests that the canary will see in the soak.
    pub requests: f64,
    /// The smallest of a few ratios that it would notice; `None`: not even a thousandfold.
    pub notices: Option<f64>,
    /// How many requests without a bad one it takes to pass.
    pub needs: u64,
    /// How long a soak would have to be to notice [`WANTED`] times as many.
    pub soak_wanted: Option<Duration>,
    /// Which share of the traffic would do so in this soak, in percent; `None`: none would.
    pub share_wanted: Option<f64>,
}

/// What each step of a release can prove on a workload; empty where nothing of it is judged by odds.
pub fn prospects(plan: &Plan, workload: &Workload, traffic: Traffic, wanted: f64) -> Vec<Prospect> {
    let Some((rule, target)) = rule_of(plan, workload) else { return Vec::new() };
    let Some((odds, _)) = rule.gate() else { return Vec::new() };
    let bad = if traffic.bad > 0.0 { traffic.bad } else { UNSEEN * target };
    let decides = |rps: f64, ratio: f64| time_to_decide(rps, bad, ratio, odds.rho, odds.rollback, plan.scrape);
    let one = |step: &Step| {
        let rps = traffic.rps * share_of(step, workload);
        let in_time = |ratio: &&f64| decides(rps, **ratio).is_some_and(|time| time <= step.soak);
        let lacks = step.soak.as_secs_f64() - plan.scrape.as_secs_f64() / 2.0;
        // The time without the half scrape falls with the rate, so the rate that does it in this soak follows by proportion.
        let at_one = decides(1.0, wanted).map(|time| time.as_secs_f64() - plan.scrape.as_secs_f64() / 2.0);
        Prospect {
            weight: step.weight,
            requests: rps * step.soak.as_secs_f64(),
            notices: RATIOS.iter().find(in_time).copied(),
            needs: rule.judge.min_requests.unwrap_or_else(|| stats::zero_errors_need(target)),
            soak_wanted: decides(rps, wanted),
            share_wanted: at_one
                .map(|time| 100.0 * time / lacks / traffic.rps)
                .filter(|share| lacks > 0.0 && *share <= 100.0),
        }
    };
    plan.steps.iter().map(one).collect()
}

impl Prospect {
    /// Whether it notices a canary that is so many times as bad, and can pass.
    pub fn can_prove(&self, wanted: f64) -> bool {
        self.requests >= self.needs as f64 && self.notices.is_some_and(|ratio| ratio <= wanted)
    }

    /// A sentence: `1 % sees about 300 requests in 10m: it would notice 25× as many errors, not 5×; that needs 58m, or 6 % …`.
    pub fn words(&self, soak: Duration, wanted: f64) -> String {
        let mut words = format!("{} % sees about {:.0} requests in {}", self.weight, self.requests, human(soak));
        match self.notices {
            Some(ratio) if ratio <= wanted => {
                words.push_str(&format!(": it would notice {ratio}× as many errors"));
            }
            notices => {
                let most = notices.map_or_else(|| "nothing".to_owned(), |ratio| format!("{ratio}× as many errors"));
                words.push_str(&format!(": it would notice {most}, not {wanted}×"));
                let soak = self.soak_wanted.map(|time| human(rounded(time)));
                let share = self.share_wanted.map(|share| format!("{:.0} % of the traffic", share.ceil()));
                let cures: Vec<String> = soak.into_iter().chain(share).collect();
                if !cures.is_empty() {
                    words.push_str(&format!("; that needs {}", cures.join(", or ")));
                }
            }
        }
        if self.requests < self.needs as f64 {
            words.push_str(&format!("; it cannot pass in time, which takes {} requests", self.needs));
        }
        words
    }
}

/// To whole minutes, upwards.
fn rounded(span: Duration) -> Duration {
    Duration::from_secs(span.as_secs().saturating_add(59) / 60 * 60)
}

/// What a workload's steps cannot prove, a sentence each; and what stable shows, where all of them can.
pub fn doubts(plan: &Plan, workload: &Workload, traffic: Traffic) -> Vec<String> {
    let all = prospects(plan, workload, traffic, WANTED);
    let weak = plan.steps.iter().zip(&all).filter(|(_, prospect)| !prospect.can_prove(WANTED));
    weak.map(|(step, prospect)| format!("{}: {}", workload.name, prospect.words(step.soak, WANTED))).collect()
}

/// Steps of which each can prove the wanted ratio: the plan's own, without those that cannot, and with the smallest that can
/// before them.
pub fn suggest(plan: &Plan, workload: &Workload, traffic: Traffic, wanted: f64) -> Option<Vec<u32>> {
    let soak = plan.steps.first()?.soak;
    let step = |weight: u32| Step { weight, soak, approval: false };
    let can = |weight: u32| {
        let only = Plan { steps: vec![step(weight)], ..plan.clone() };
        prospects(&only, workload, traffic, wanted).first().is_some_and(|prospect| prospect.can_prove(wanted))
    };
    let first = (1..=100).find(|weight| can(*weight))?;
    let mut weights = vec![first];
    weights.extend(plan.steps.iter().map(|step| step.weight).filter(|weight| *weight > first && can(*weight)));
    if weights.last() != Some(&100) {
        weights.push(100);
    }
    Some(weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(rps: f64, ratio: f64) -> f64 {
        let time = time_to_decide(rps, 0.002, ratio, 1.5, 1_000.0, Duration::from_secs(15)).unwrap();
        time.as_secs_f64()
    }

    #[test]
    fn the_time_to_decide_is_the_published_one() {
        for (rps, ratio, published) in [
            (0.5, 2.0, 115_447.0),
            (0.5, 25.0, 193.0),
            (1.0, 10.0, 423.0),
            (5.0, 3.0, 1_509.0),
            (5.0, 10.0, 91.0),
            (50.0, 5.0, 42.0),
            (125.0, 25.0, 8.0),
        ] {
            let found = seconds(rps, ratio);
            assert!((found - published).abs() <= 0.5 + published * 1e-4, "{rps} {ratio}: {found}");
        }
        assert_eq!(time_to_decide(5.0, 0.002, 1.5, 1.5, 1e3, Duration::ZERO), None, "what is tolerated is never found");
    }

    fn plan(replicas: u32) -> Plan {
        let json = serde_json::json!({
            "release": "r", "hash": "", "kind": "release", "context": "c", "namespace": "n", "application": "a",
            "production": false, "from": "1", "to": "2", "rules": [], "signals": {}, "limits": crate::core::plan::Limits::default(),
            "steps": [],
            "scrape": "15s", "finish": "roll", "on_hold_limit": "hold", "told": [],
            "workloads": [{ "name": "w", "uid": "u", "canary": "w-canary", "replicas": replicas, "max_unavailable": 0,
                "services": [], "images": [], "stable_template": {}, "canary_template": {}, "hpa": null, "metrics": null,
                "quiet_paths": [] }],
        });
        let mut plan: Plan = serde_json::from_value(json).expect("a plan");
        plan.rules = vec![Rule::of("errors", Sli::Errors { target: 0.01 })];
        let soak = Duration::from_secs(600);
        plan.steps = [1, 10, 25, 50, 100].map(|weight| Step { weight, soak, approval: false }).to_vec();
        plan
    }

    #[test]
    fn a_step_says_what_it_can_prove_and_what_would_do() {
        let plan = plan(99);
        let traffic = Traffic { rps: 50.0, bad: 0.002 };
        let all = prospects(&plan, &plan.workloads[0], traffic, WANTED);
        let first = &all[0];
        assert_eq!((first.requests.round(), first.notices, first.needs), (300.0, Some(25.0), 299));
        assert_eq!(
            first.words(plan.steps[0].soak, WANTED),
            "1 % sees about 300 requests in 10m: it would notice 25× as many errors, not 5×; that needs 58m, or 6 % of the traffic"
        );
        assert!(!first.can_prove(5.0) && first.can_prove(25.0) && all[2].can_prove(5.0));
        let quiet = prospects(&plan, &plan.workloads[0], Traffic { rps: 1.0, bad: 0.0 }, WANTED);
        assert!(quiet[0].words(plan.steps[0].soak, WANTED).contains("cannot pass in time, which takes 299 requests"));
    }

    #[test]
    fn suggested_steps_can_prove_what_is_wanted() {
        let plan = plan(99);
        let traffic = Traffic { rps: 50.0, bad: 0.002 };
        let steps = suggest(&plan, &plan.workloads[0], traffic, 5.0).unwrap();
        // 6 % of 99 pods are 5.7 % of the traffic.
        assert_eq!(steps, [7, 10, 25, 50, 100]);
        assert_eq!(suggest(&plan, &plan.workloads[0], traffic, 25.0).unwrap(), [1, 10, 25, 50, 100]);
        assert_eq!(suggest(&plan, &plan.workloads[0], Traffic { rps: 0.01, bad: 0.002 }, 2.0), None);
    }
}
