//! Is one bet on everything faster than a bet on each thing? An average of e-processes is one, whatever their dependence:
//! so the sum of all odds may be held against the same line that each of them is held against, at the same bound as all
//! of them together. It can only decide sooner; by how much is what is measured.

use std::time::Duration;

use glidepath::core::evidence::{Ledger, Pair, Row};
use glidepath::core::judge::{Compare, odds_breach};
use glidepath::core::rule::{OddsRule, Rule};

use crate::Runs;
use crate::flight::{Chance, Scrape};
use crate::ours::{self, START, row};
use crate::scenario::{SHARES, Scenario, WITH_SLOW, step_at};
use crate::table::{Cell, seed};

/// Stable's past is drawn anew every so many runs.
const SHARE_A_PAST: u64 = 20;

/// What a restart-free pod is supposed to be, in crashes a second: one a day.
const CRASHES: f64 = 1.0 / 86_400.0;

/// One thing that is bet on.
struct Channel {
    rule: Rule,
    ledger: Ledger,
}

impl Channel {
    fn count(&mut self, pair: Pair, at: f64, begins: bool) {
        if begins {
            self.ledger.begin_step();
        }
        self.ledger.count(&self.rule, pair, START + Duration::from_secs_f64(at));
    }

    /// The odds that may act, added up: under the same conditions as in flight.
    fn odds(&self, compare: Compare, at: f64) -> f64 {
        let Some((odds, target)) = self.rule.gate() else { return 0.0 };
        let Some(gate) = &self.ledger.gate else { return 0.0 };
        let now = START + Duration::from_secs_f64(at);
        let share = |row: Row| row.share().unwrap_or(0.0);
        let worst = share(self.ledger.recent().canary).max(share(self.ledger.step.canary));
        let compared = compare == Compare::WithStable
            && worst > odds.floor * target
            && gate.age(now) >= odds.warm_up
            && gate.goes_on(target);
        let alone = !(compare == Compare::WithStable && gate.stable_is_bad());
        let mut sum = 0.0;
        if compared {
            sum += gate.ln_relative().exp();
        }
        if alone {
            sum += gate.ln_absolute().exp();
        }
        sum
    }

    fn breaches(&self, compare: Compare, at: f64) -> bool {
        odds_breach(&self.rule, &self.ledger, compare, START + Duration::from_secs_f64(at)).is_some()
    }
}

/// Crashes of canary pods, as odds: Poisson, against one a day and pod, mixed over how many times more often.
fn crash_odds(crashes: u32, pod_seconds: f64) -> f64 {
    let bet = |times: f64| (f64::from(crashes) * f64::ln(times) - (times - 1.0) * CRASHES * pod_seconds).exp();
    0.5 + 0.5 * [10.0, 100.0, 1_000.0].map(bet).iter().sum::<f64>() / 3.0
}

/// When each thing alone decides, when the sum of errors and latency does, and when crashes are added to it.
fn decides(scenarios: [&Scenario; 2], run: u64, pasts: &[Ledger; 2], crash_every: Option<f64>) -> [Option<f64>; 3] {
    let flights = scenarios.map(|scenario| Chance::of(seed(scenario, run)).flight(scenario));
    let mut channels = [0, 1].map(|place| {
        let rule = ours::rule(scenarios[place]);
        Channel { rule, ledger: pasts[place].clone() }
    });
    let mut before = [Scrape::default(); 2];
    let (mut step, mut first) = (0, [None; 3]);
    let line = OddsRule::default().rollback;
    for (errors, slow) in flights[0].iter().zip(&flights[1]) {
        let now = [*errors, *slow];
        let at = errors.at.max(slow.at);
        let begins = step_at(at) != step;
        step = step_at(at);
        for place in 0..2 {
            let (canary, stable) = (now[place].canary, now[place].stable);
            let pair = Pair { canary: row(canary, before[place].canary), stable: row(stable, before[place].stable) };
            channels[place].count(pair, at, begins);
        }
        before = now;
        let compare = if step == SHARES.len() - 1 { Compare::Alone } else { Compare::WithStable };
        let sum: f64 = channels.iter().map(|channel| channel.odds(compare, at)).sum();
        let crashes = crash_every.map_or(0, |every| (at / every) as u32);
        // One pod at 1 %, and it is there from the start: what more pods would add is left out.
        let fires = [
            channels.iter().any(|channel| channel.breaches(compare, at)),
            sum >= line,
            sum + crash_odds(crashes, at) >= line,
        ];
        for (first, fires) in first.iter_mut().zip(fires) {
            if fires {
                first.get_or_insert(at);
            }
        }
        if first.iter().all(Option::is_some) {
            break;
        }
    }
    first
}

fn cells(pair: &[Scenario; 2], runs: u64, crash_every: Option<f64>) -> [Cell; 3] {
    let mut cells = [Cell::default(), Cell::default(), Cell::default()];
    let scenarios = [&pair[0], &pair[1]];
    let mut pasts = None;
    for run in 0..runs {
        let drawn = || {
            scenarios
                .map(|scenario| ours::ledger(scenario, &ours::rule(scenario), &mut Chance::of(seed(scenario, run))))
        };
        if run % SHARE_A_PAST == 0 {
            pasts = Some(drawn());
        }
        let pasts = pasts.get_or_insert_with(drawn);
        for (cell, at) in cells.iter_mut().zip(decides(scenarios, run, pasts, crash_every)) {
            cell.note(at, scenarios[0], &[]);
        }
    }
    cells
}

pub fn table(runs: Runs) {
    println!("One bet on everything (errors, latency, crashes) against a bet on each, at the same bound:\n");
    println!("| release | each for itself | the sum of errors and latency | and of crashes |\n|---|---|---|---|");
    for (name, pair, crash_every) in WITH_SLOW {
        let healthy = crash_every.is_none() && pair.iter().all(|scenario| scenario.after <= 1.5 * scenario.stable);
        let count = if healthy { runs.healthy } else { runs.other };
        let say = if healthy { Cell::exact_share } else { Cell::spans };
        let row = cells(&pair, count, crash_every).map(|cell| say(&cell));
        println!("| {name} | {} |", row.join(" | "));
    }
    println!();
}
