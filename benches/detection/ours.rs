//! Our gate, as it landed: the ledger that the engine keeps, and the breach that it acts on.

use std::time::Duration;

use glidepath::core::evidence::{Ledger, Pair, Row};
use glidepath::core::judge::{Compare, odds_breach};
use glidepath::core::rule::{Rule, Sli};
use glidepath::core::time::Time;

use crate::flight::{Chance, Scrape, Side};
use crate::scenario::{SHARES, Scenario, step_at};

/// When the canary's release begins; what lies before is stable's past.
pub const START: Time = Time::from_millis(1_767_225_600_000);

/// The rule with its defaults.
pub fn rule(scenario: &Scenario) -> Rule {
    Rule::of("errors", Sli::Errors { target: scenario.target })
}

pub fn row(now: Side, before: Side) -> Row {
    let bad = now.bad - before.bad;
    Row { n: now.n - before.n, bad, bad_at_most: bad }
}

/// A ledger that has seen stable's past, if that is known.
pub fn ledger(scenario: &Scenario, rule: &Rule, chance: &mut Chance) -> Ledger {
    let mut ledger = Ledger::default();
    if scenario.history {
        let past = chance.past(scenario);
        let span = Duration::from_secs_f64(scenario.scrape);
        let mut at = START - span * past.len() as u32;
        for side in past {
            let pair = Pair { stable: row(side, Side::default()), ..Pair::default() };
            ledger.count(rule, pair, at);
            at = at + span;
        }
    }
    ledger
}

/// When our gate rolls back, in seconds since the release began.
pub fn decides(rule: &Rule, mut ledger: Ledger, flight: &[Scrape]) -> Option<f64> {
    let mut before = Scrape::default();
    let mut step = 0;
    for scrape in flight {
        if step_at(scrape.at) != step {
            step = step_at(scrape.at);
            ledger.begin_step();
        }
        let pair = Pair { canary: row(scrape.canary, before.canary), stable: row(scrape.stable, before.stable) };
        let now = START + Duration::from_secs_f64(scrape.at);
        ledger.count(rule, pair, now);
        let compare = if step == SHARES.len() - 1 { Compare::Alone } else { Compare::WithStable };
        if odds_breach(rule, &ledger, compare, now).is_some() {
            return Some(scrape.at);
        }
        before = *scrape;
    }
    None
}
