//! How fast, and how rightly, a canary is judged: our gate as it landed, beside the rules of the field, on virtual time.
//!
//! `cargo bench --bench detection` is a quick look; `-- --full` takes 40 000 healthy releases a cell for our gate and 4 000
//! runs for everything else; `-- --runs N` takes N of both, and `-- --only combined` makes that table alone. `-- --only real` flies once
//! for each kind of fault through a real Prometheus, in real time (a quarter of an hour), and ends with 1 where a flight is not as virtual time says. The tables are those of `docs/judging.md`.

#![allow(clippy::expect_used, clippy::indexing_slicing)]

mod combined;
mod flight;
mod foreseen;
#[path = "../home/mod.rs"]
#[allow(dead_code, reason = "it is the other benchmark's as well")]
mod home;
mod kayenta;
mod ours;
#[path = "../../tests/shared/pod_target.rs"]
mod pod_target;
mod prometheus;
mod real;
mod rivals;
mod scenario;
mod table;

use std::process::ExitCode;
use std::time::Instant;

/// How many releases each cell of a table is made of.
#[derive(Clone, Copy)]
pub struct Runs {
    /// Healthy ones that our gate judges: what its bound is held against.
    pub healthy: u64,
    /// All others.
    pub other: u64,
}

fn runs(args: &[String]) -> Runs {
    let number = args.windows(2).find(|pair| pair[0] == "--runs").and_then(|pair| pair[1].parse().ok());
    match number {
        Some(runs) => Runs { healthy: runs, other: runs },
        None if args.iter().any(|arg| arg == "--full") => Runs { healthy: 40_000, other: 4_000 },
        // Cargo says `--bench` when it runs benches, and nothing when it only tests that they run.
        None if args.iter().any(|arg| arg == "--bench") => Runs { healthy: 1_000, other: 200 },
        None => Runs { healthy: 3, other: 3 },
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let runs = runs(&args);
    let began = Instant::now();
    let only = args.windows(2).find(|pair| pair[0] == "--only").map(|pair| pair[1].as_str());
    println!("{} healthy releases a cell of ours, {} runs a cell of all others\n", runs.healthy, runs.other);
    let fine = match only {
        Some("real") => real::table(runs.healthy),
        Some("combined") => {
            combined::table(runs);
            true
        }
        _ => {
            table::false_rollbacks(runs);
            table::detection(runs);
            table::latency(runs);
            table::worst_cases(runs);
            combined::table(runs);
            foreseen::table(runs);
            true
        }
    };
    eprintln!("took {:.0} s", began.elapsed().as_secs_f64());
    if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
