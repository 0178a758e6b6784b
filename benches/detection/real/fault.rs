//! The kinds of fault, each as a world has it and as virtual time has it.

use std::fmt;

use glidepath::core::plan::Limits;
use glidepath::core::rule::{MemoryTarget, Rule, Sli};

use crate::flight::Chance;
use crate::ours;
use crate::scenario::{FAULTS as VIRTUAL, SLOW, Scenario};
use crate::table::seed;

/// Seconds between scrapes, Prometheus' and ours.
pub const SCRAPE: f64 = 5.0;

/// One kind of fault, which the canary has from its first request on.
pub struct Fault {
    pub name: &'static str,
    /// How the canary's version behaves, as a scenario file says it.
    pub canary: &'static str,
    /// The rule that must see it.
    pub rule: &'static str,
    /// What is the matter, in virtual time.
    shape: Shape,
}

enum Shape {
    /// Requests are bad.
    Requests(Scenario),
    /// Memory grows from and by so many MiB, the latter a minute.
    Memory { from: f64, growth: f64 },
    /// The Prometheus is gone.
    Lost,
}

/// Virtual flights are read as often as the real ones, and know as little of stable's past.
const fn as_flown(scenario: Scenario) -> Scenario {
    Scenario { scrape: SCRAPE, history: false, ..scenario }
}

pub const FAULTS: [Fault; 6] = [
    Fault { name: "the Prometheus ends", canary: "", rule: "", shape: Shape::Lost },
    Fault {
        name: "2 % errors (S1)",
        canary: "errors = 0.02",
        rule: "errors",
        shape: Shape::Requests(as_flown(VIRTUAL[0])),
    },
    Fault {
        name: "memory grows by 40 MiB a minute",
        canary: "memory = \"400Mi\"\ngrowth = \"40Mi\"",
        rule: "memory",
        shape: Shape::Memory { from: 400.0, growth: 40.0 },
    },
    Fault {
        name: "10 % slower than 100 ms",
        canary: "median = \"53ms\"\np95 = \"120ms\"",
        rule: "p95",
        shape: Shape::Requests(as_flown(SLOW[0])),
    },
    Fault {
        name: "5 % errors (S6)",
        canary: "errors = 0.05",
        rule: "errors",
        shape: Shape::Requests(as_flown(VIRTUAL[5])),
    },
    Fault {
        name: "50 % errors (S4)",
        canary: "errors = 0.5",
        rule: "errors",
        shape: Shape::Requests(as_flown(VIRTUAL[4])),
    },
];

/// When a fault is decided, in seconds after it began.
pub struct Foreseen {
    pub first: f64,
    median: Option<f64>,
    pub last: f64,
}

impl fmt::Display for Foreseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.median {
            Some(median) => write!(f, "{median:.0} ({:.0}–{:.0})", self.first, self.last),
            None => write!(f, "{:.0}–{:.0}", self.first, self.last),
        }
    }
}

impl Fault {
    /// Whether the Prometheus ends as soon as the canary serves.
    pub fn ends_the_source(&self) -> bool {
        matches!(self.shape, Shape::Lost)
    }

    /// When virtual time has it decided: the median of so many flights, and where 98 of 100 lie.
    pub fn foreseen(&self, runs: u64) -> Foreseen {
        match &self.shape {
            Shape::Requests(scenario) => of_flights(scenario, runs),
            Shape::Memory { from, growth } => {
                let rule = Rule::of("memory", Sli::Memory { target: MemoryTarget::OfLimit(0.9) });
                let reached = 60.0 * (0.9 * 512.0 - from) / growth;
                // It grows from the container's start on, a few seconds before the pod serves.
                let samples = f64::from(rule.judge.consecutive) * rule.judge.interval.as_secs_f64();
                Foreseen { first: reached - 10.0, median: None, last: reached + samples + SCRAPE }
            }
            Shape::Lost => {
                let freshness = Rule::of("errors", Sli::Errors { target: 0.01 }).judge.freshness.as_secs_f64();
                let blind = Limits::default().blind.as_secs_f64();
                Foreseen { first: blind, median: None, last: blind + freshness }
            }
        }
    }
}

fn of_flights(scenario: &Scenario, runs: u64) -> Foreseen {
    let rule = ours::rule(scenario);
    let decided = |run: u64| {
        let mut chance = Chance::of(seed(scenario, run));
        let ledger = ours::ledger(scenario, &rule, &mut chance);
        ours::decides(&rule, ledger, &chance.flight(scenario)).unwrap_or(f64::INFINITY)
    };
    let mut times: Vec<f64> = (0..runs).map(decided).collect();
    times.sort_by(f64::total_cmp);
    let at = |q: f64| times[(q * runs as f64) as usize];
    Foreseen { first: at(0.01), median: Some(at(0.5)), last: at(0.99) }
}
