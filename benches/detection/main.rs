//! How fast, and how rightly, a canary is judged: our gate as it landed, beside the rules of the field, on virtual time.
//!
//! `cargo bench --bench detection` is a quick look; `-- --full` takes 40 000 healthy releases a cell for our gate and 4 000
//! runs for everything else; `-- --runs N` takes N of both, and `-- --only combined` makes that table alone. The tables are those of `docs/judging.md`.

#![allow(clippy::expect_used, clippy::indexing_slicing)]

mod combined;
mod flight;
mod foreseen;
mod kayenta;
mod ours;
mod prometheus;
mod rivals;
mod scenario;
mod table;

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

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let runs = runs(&args);
    let began = Instant::now();
    println!("{} healthy releases a cell of ours, {} runs a cell of all others\n", runs.healthy, runs.other);
    if args.windows(2).any(|pair| pair == ["--only", "combined"]) {
        combined::table(runs);
        eprintln!("took {:.0} s", began.elapsed().as_secs_f64());
        return;
    }
    table::false_rollbacks(runs);
    table::detection(runs);
    table::latency(runs);
    table::worst_cases(runs);
    combined::table(runs);
    foreseen::table(runs);
    eprintln!("took {:.0} s", began.elapsed().as_secs_f64());
}
