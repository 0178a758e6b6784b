//! Is one bet on everything faster than a bet on each thing? An average of e-processes is one, whatever their dependence:
//! so the sum of all odds may be held against the same line that each of them is held against, at the same bound as all
//! of them together. It can only decide sooner; by how much is what is measured.
//!
//! Errors and latency are bet on as in flight. Crashes and falls out of readiness are bet on in the same way, pods' time in
//! the place of requests: what befalls a pod is a Poisson process, and a healthy canary's befalls it at most ρ times as often
//! as stable's, at whatever level. Given how many there were on both sides in a reading, the canary's share of them is binomial
//! with at most θ(ρ) = ρT_c/(ρT_c + T_b), T the pods' seconds: so the same L has the mean 1 there, exactly, and nobody has to
//! know how often a good pod crashes.

use std::time::Duration;

use glidepath::core::evidence::{Ledger, Pair, Row};
use glidepath::core::judge::{Compare, odds_breach};
use glidepath::core::odds::{Counts, EProcess, Restart, relative};
use glidepath::core::rule::{OddsRule, Rule};

use crate::Runs;
use crate::flight::{Chance, Scrape};
use crate::ours::{self, START, row};
use crate::scenario::{MANY, Many, Rates, SHARES, step_at};
use crate::table::{Cell, seed};

/// Stable's past is drawn anew every so many runs.
const SHARE_A_PAST: u64 = 20;

/// Canary pods in each step, beside ten of stable's.
const CANARY_PODS: [f64; 5] = [1.0, 1.0, 3.0, 10.0, 10.0];

/// Stable's.
const STABLE_PODS: f64 = 10.0;

/// Crashes of canary pods that roll back at once, as landed.
const AT_ONCE: u32 = 3;

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

/// A bet on what befalls pods.
#[derive(Default)]
struct PodBet {
    process: EProcess,
    last: f64,
}

impl PodBet {
    fn count(&mut self, (canary, stable): (u32, u32), step: usize, at: f64, begins: bool) {
        let span = at - std::mem::replace(&mut self.last, at);
        let counts = Counts {
            n_c: CANARY_PODS[step] * span,
            e_c: f64::from(canary),
            n_b: STABLE_PODS * span,
            e_b: f64::from(stable),
        };
        let restart = if begins { Restart::Step } else { Restart::After(Duration::from_secs_f64(span)) };
        let rule = OddsRule::default();
        self.process.take(relative(&counts, rule.rho), restart, 1.0, rule.cap.ln());
    }

    /// Behind the pins stable's pods do nothing that a canary's could be compared with.
    fn odds(&self, compare: Compare) -> f64 {
        if compare == Compare::WithStable { self.process.ln_odds().exp() } else { 0.0 }
    }
}

/// When a release is rolled back: as landed; by a bet on each of the four things; by the sum of errors and latency; by the sum
/// of all four.
const WAYS: usize = 4;

fn decides(many: &Many, run: u64, pasts: &[Ledger; 2]) -> [Option<f64>; WAYS] {
    let flights = many.requests.each_ref().map(|scenario| Chance::of(seed(scenario, run)).flight(scenario));
    // What befalls pods has chances of its own: the requests are those of every other table.
    let mut chance = Chance::of(seed(&many.requests[0], run) ^ 0x9E37_79B9_7F4A_7C15);
    let mut channels = [0, 1].map(|place| {
        let rule = ours::rule(&many.requests[place]);
        Channel { rule, ledger: pasts[place].clone() }
    });
    let (mut crashing, mut falling) = (PodBet::default(), PodBet::default());
    let mut before = [Scrape::default(); 2];
    let (mut step, mut first, mut crashed, mut last) = (0, [None; WAYS], 0, 0.0);
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
        let span = at - std::mem::replace(&mut last, at);
        let mut befalls = |rates: Rates| {
            let canary = chance.events(rates.canary * CANARY_PODS[step] * span);
            (canary, chance.events(rates.stable * STABLE_PODS * span))
        };
        let (crashes, falls) = (befalls(many.crashes), befalls(many.falls));
        crashed += crashes.0;
        crashing.count(crashes, step, at, begins);
        // Whoever crashes is not Ready either.
        falling.count((crashes.0 + falls.0, crashes.1 + falls.1), step, at, begins);
        let compare = if step == SHARES.len() - 1 { Compare::Alone } else { Compare::WithStable };
        let requests: f64 = channels.iter().map(|channel| channel.odds(compare, at)).sum();
        let pods = [crashing.odds(compare), falling.odds(compare)];
        let by_requests = channels.iter().any(|channel| channel.breaches(compare, at));
        let fires = [
            by_requests || crashed >= AT_ONCE,
            by_requests || pods.iter().any(|odds| *odds >= line),
            requests >= line,
            requests + pods.iter().sum::<f64>() >= line,
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

fn cells(many: &Many, runs: u64) -> [Cell; WAYS] {
    let mut cells: [Cell; WAYS] = std::array::from_fn(|_| Cell::default());
    let mut pasts = None;
    for run in 0..runs {
        let drawn = || {
            many.requests
                .each_ref()
                .map(|scenario| ours::ledger(scenario, &ours::rule(scenario), &mut Chance::of(seed(scenario, run))))
        };
        if run % SHARE_A_PAST == 0 {
            pasts = Some(drawn());
        }
        let pasts = pasts.get_or_insert_with(drawn);
        for (cell, at) in cells.iter_mut().zip(decides(many, run, pasts)) {
            cell.note(at, &many.requests[0], &[]);
        }
    }
    cells
}

pub fn table(runs: Runs) {
    println!("One bet on everything (errors, latency, crashes, readiness) against a bet on each, at the same bound:\n");
    println!("| release | as landed | each for itself | the sum of errors and latency | the sum of all four |");
    println!("|---|---|---|---|---|");
    for many in &MANY {
        let healthy = many.is_healthy();
        let count = if healthy { runs.healthy } else { runs.other };
        let say = if healthy { Cell::exact_share } else { Cell::spans };
        let row = cells(many, count).map(|cell| say(&cell));
        println!("| {} | {} |", many.name, row.join(" | "));
    }
    println!();
}
