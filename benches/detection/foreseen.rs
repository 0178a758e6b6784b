//! Does what is said before the flight come true? The time that `core::power` foresees beside the median of trials.

use std::time::Duration;

use glidepath::core::compare::Compare;
use glidepath::core::odds::{Bets, Share, time_to_notice};
use glidepath::core::rule::OddsRule;

use crate::Runs;
use crate::scenario::{SCRAPE, SHARES, STEP, Scenario, regression};
use crate::table::our_cell;

pub fn table(runs: Runs) {
    println!("What is foreseen of the first step (1 %), and the median and p90 of trials, in seconds:\n");
    println!("| requests a second on the canary | 3× as many errors | 5× | 10× | 25× |\n|---|---|---|---|---|");
    for rps in [50.0, 100.0, 500.0, 5_000.0] {
        let cells = [3.0, 5.0, 10.0, 25.0].map(|times| cell(regression(rps, times), times, runs.other));
        println!("| {} | {} |", rps * SHARES[0], cells.join(" | "));
    }
    println!();
}

fn cell(scenario: Scenario, times: f64, runs: u64) -> String {
    let odds = OddsRule::default();
    let delay = Duration::from_secs_f64(SCRAPE / 2.0);
    let bets = Bets { odds: &odds, target: scenario.target, delay };
    let share = Share { rps: scenario.rps * SHARES[0], compare: Compare::WithStable };
    let Some(wait) = time_to_notice(&bets, share, scenario.stable, times) else { return "never".to_owned() };
    let seconds = wait.as_secs_f64();
    if seconds > STEP {
        return format!("{seconds:.0}, beyond the step");
    }
    format!("{seconds:.0}: {}", our_cell(&scenario, runs).times())
}
