//! What the whole program costs, measured from outside on the program as it is released: in a pseudo-terminal, against a
//! world that another process serves, with a wire between them that notes when each request comes by.
//!
//! `cargo bench --bench cockpit` measures everything; `-- pods`, `-- idle`, `-- keys` and `-- commands` one part each,
//! `--times N` takes N of each; with `TRACE=1` each request is printed, with `PROGRAM=FILE` another program is measured. It
//! ends with 1 where a median is above what docs/performance.md promises.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod commands;
#[path = "../home/mod.rs"]
mod home;
mod idle;
mod keys;
mod pods;
mod proc;
mod seat;
mod stage;
mod table;
mod wire;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let times = args.windows(2).find(|pair| pair[0] == "--times").and_then(|pair| pair[1].parse().ok()).unwrap_or(11);
    let parts = ["pods", "keys", "commands", "idle"];
    let chosen =
        |part: &str| !args.iter().any(|arg| parts.contains(&arg.as_str())) || args.iter().any(|arg| arg == part);
    println!("{:52} {:>9} {:5} {:>20}", "", "median", "", "least to most");
    let mut table = table::Table::default();
    if chosen("pods") {
        pods::measure(&mut table, times);
    }
    if chosen("keys") {
        keys::measure(&mut table, times);
    }
    if chosen("commands") {
        commands::measure(&mut table, times);
    }
    if chosen("idle") {
        idle::measure(&mut table);
    }
    if table.missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
