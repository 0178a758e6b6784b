//! Runs the flights and prints what came of them, as Markdown.

use glidepath::core::stats::{lower_bound, upper_bound};

use crate::Runs;
use crate::flight::{Chance, Scrape};
use crate::ours;
use crate::rivals::{RIVALS, Seen};
use crate::scenario::{self, FAULTS, HEALTHY, NOT_SLOW, READ_OFTEN, SLOW, Scenario};

/// Stable's past is drawn anew every so many runs: it only weighs the evidence, and drawing it costs more than a flight.
const SHARE_A_PAST: u64 = 20;

/// Each scenario has its own seeds.
pub fn seed(scenario: &Scenario, run: u64) -> u64 {
    let name = scenario
        .name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    name.wrapping_add(run)
}

/// What became of the runs of one cell.
#[derive(Clone, Default)]
pub struct Cell {
    runs: u64,
    /// Seconds from fault to decision, and the bad canary requests until then.
    decided: Vec<(f64, u64)>,
    /// Decided before there was a fault.
    early: u64,
}

impl Cell {
    pub fn note(&mut self, at: Option<f64>, scenario: &Scenario, flight: &[Scrape]) {
        self.runs += 1;
        match at {
            Some(at) if at < scenario.onset => self.early += 1,
            Some(at) => {
                let bad = |until: f64| {
                    flight.iter().take_while(|scrape| scrape.at <= until).last().map_or(0, |scrape| scrape.canary.bad)
                };
                self.decided.push((at - scenario.onset, bad(at) - bad(scenario.onset)));
            }
            None => {}
        }
    }

    fn rolled_back(&self) -> u64 {
        self.early + self.decided.len() as u64
    }

    /// `102/181 (10)`: median and p90 seconds, bad requests until the median decision; what was missed counts as never.
    pub fn times(&self) -> String {
        let mut sorted = self.decided.clone();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let flights = self.runs - self.early;
        let at = |q: f64| sorted.get((q * flights as f64) as usize);
        let text = |q: f64| at(q).map_or_else(|| "∞".to_owned(), |(seconds, _)| format!("{seconds:.0}"));
        let bad = at(0.5).map_or_else(String::new, |(_, bad)| format!(" ({bad})"));
        let missed = flights - sorted.len() as u64;
        let percent = 100.0 * missed as f64 / flights.max(1) as f64;
        let missed = if missed == 0 { String::new() } else { format!(", {percent:.0} % missed") };
        format!("{}/{}{bad}{missed}", text(0.5), text(0.9))
    }

    /// `102/181, mean 112`: median, p90 and mean seconds of those that were decided.
    pub fn spans(&self) -> String {
        let mut sorted: Vec<f64> = self.decided.iter().map(|(after, _)| *after).collect();
        sorted.sort_by(f64::total_cmp);
        if sorted.is_empty() {
            return "never".to_owned();
        }
        let flights = self.runs - self.early;
        let at =
            |q: f64| sorted.get((q * flights as f64) as usize).map_or_else(|| "∞".to_owned(), |s| format!("{s:.0}"));
        let mean = sorted.iter().sum::<f64>() / sorted.len().max(1) as f64;
        format!("{}/{}, mean {mean:.1}", at(0.5), at(0.9))
    }

    fn within(&self, seconds: f64) -> f64 {
        let soon = self.decided.iter().filter(|(after, _)| *after <= seconds).count();
        100.0 * soon as f64 / (self.runs - self.early).max(1) as f64
    }

    /// The share that was rolled back.
    fn share(&self) -> String {
        format!("{:.2} %", 100.0 * self.rolled_back() as f64 / self.runs as f64)
    }

    /// The share that was rolled back, with its 95 % confidence interval (Clopper-Pearson, two-sided).
    pub fn exact_share(&self) -> String {
        let (bad, n) = (self.rolled_back(), self.runs);
        let (low, high) = (100.0 * lower_bound(bad, n, 0.975), 100.0 * upper_bound(bad, n, 0.975));
        format!("{:.3} % ({bad}/{n}; {low:.3}–{high:.3})", 100.0 * bad as f64 / n as f64)
    }
}

/// One cell of ours.
pub fn our_cell(scenario: &Scenario, runs: u64) -> Cell {
    let rule = ours::rule(scenario);
    let mut cell = Cell::default();
    let mut ledger = None;
    for run in 0..runs {
        let mut chance = Chance::of(seed(scenario, run));
        if run % SHARE_A_PAST == 0 {
            ledger = Some(ours::ledger(scenario, &rule, &mut chance));
        }
        let flight = chance.flight(scenario);
        let at = ours::decides(&rule, ledger.clone().unwrap_or_default(), &flight);
        cell.note(at, scenario, &flight);
    }
    cell
}

/// One column of the rivals, all on the same flights.
fn rival_cells(scenario: &Scenario, runs: u64) -> Vec<Cell> {
    let mut cells = vec![Cell::default(); RIVALS.len()];
    for run in 0..runs {
        let flight = Chance::of(seed(scenario, run)).flight(scenario);
        let seen = Seen::of(&flight);
        for (cell, rival) in cells.iter_mut().zip(RIVALS) {
            cell.note(rival.decides(&seen, scenario.target), scenario, &flight);
        }
    }
    cells
}

fn print(title: &str, scenarios: &[Scenario], ours: &[String], rivals: &[Vec<String>]) {
    println!("{title}\n");
    let names: Vec<&str> = scenarios.iter().map(|scenario| scenario.name).collect();
    println!("| gate | {} |", names.join(" | "));
    println!("|---|{}", "---|".repeat(names.len()));
    println!("| **odds gate** | {} |", ours.join(" | "));
    for (place, rival) in RIVALS.iter().enumerate() {
        let row: Vec<&str> = rivals.iter().filter_map(|column| Some(column.get(place)?.as_str())).collect();
        println!("| {} | {} |", rival.name, row.join(" | "));
    }
    println!();
}

/// A table of ours and theirs: how many runs each cell has, and what is said of it.
fn compare(title: &str, scenarios: &[Scenario], ours: (u64, Say), others: (u64, Say)) {
    let our_row: Vec<String> = scenarios.iter().map(|scenario| ours.1(&our_cell(scenario, ours.0))).collect();
    let columns: Vec<Vec<String>> =
        scenarios.iter().map(|scenario| rival_cells(scenario, others.0).iter().map(others.1).collect()).collect();
    print(title, scenarios, &our_row, &columns);
}

type Say = fn(&Cell) -> String;

fn compare_false(title: &str, scenarios: &[Scenario], runs: Runs) {
    compare(title, scenarios, (runs.healthy, Cell::exact_share), (runs.other, Cell::share));
}

fn compare_times(title: &str, scenarios: &[Scenario], runs: Runs) {
    compare(title, scenarios, (runs.other, Cell::times), (runs.other, Cell::times));
}

pub fn false_rollbacks(runs: Runs) {
    compare_false("False rollbacks of healthy releases:", &HEALTHY, runs);
}

pub fn detection(runs: Runs) {
    compare_times("Detection, median/p90 seconds (bad requests until the median decision):", &FAULTS, runs);
    println!("The odds gate, read every 5 s, and how many are decided within 180 s:\n");
    println!("| fault | every 15 s | within 180 s | every 5 s | within 180 s |\n|---|---|---|---|---|");
    for (often, seldom) in READ_OFTEN.iter().zip([FAULTS[0], FAULTS[2], FAULTS[4]]) {
        let (seldom, fast) = (our_cell(&seldom, runs.other), our_cell(often, runs.other));
        let row = [seldom.times(), percent(seldom.within(180.0)), fast.times(), percent(fast.within(180.0))];
        println!("| {} | {} |", often.name, row.join(" | "));
    }
    println!();
}

pub fn latency(runs: Runs) {
    compare_times("Latency, at most 5 % slow, median/p90 seconds (slow requests):", &SLOW, runs);
    compare_false("False rollbacks for latency:", &NOT_SLOW, runs);
}

pub fn worst_cases(runs: Runs) {
    println!("The odds gate at the edge of healthy, false rollbacks with their 95 % confidence interval:\n");
    println!("| release | rolled back |\n|---|---|");
    for scenario in scenario::worst_cases() {
        println!("| {} | {} |", scenario.name, our_cell(&scenario, runs.healthy).exact_share());
    }
    println!();
}

fn percent(share: f64) -> String {
    format!("{share:.0} %")
}
