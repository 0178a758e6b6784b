//! One flight for each kind of fault, by the program itself, judged through a real Prometheus in real time: what virtual time
//! says must be what happens.

mod fault;
mod field;

use std::sync::Mutex;

use fault::{FAULTS, Fault};
use field::{Field, LAG, prometheus};

/// How many fly at the same time: each is a world of a hundred pods with a Prometheus of its own.
const AT_ONCE: usize = 3;

/// Flies them all and prints the table; whether each was decided by the rule, and at the time, that virtual time says.
pub fn table(runs: u64) -> bool {
    let Some(binary) = prometheus() else {
        eprintln!("there is no prometheus in the path: nothing is flown through a real one");
        return false;
    };
    println!("\n**Through a real Prometheus**, seconds from the canary's first second to the decision:\n");
    println!("| fault | virtual time: median (98 of 100) | one flight | why |\n|---|---|---|---|");
    let waiting = Mutex::new(FAULTS.iter());
    let next = || waiting.lock().expect("a list").next();
    std::thread::scope(|scope| {
        let fly = || {
            let mut all = true;
            while let Some(fault) = next() {
                all &= row(fault, Field::of(fault, &binary), runs);
            }
            all
        };
        let flights: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(fly)).collect();
        flights.into_iter().all(|flight| flight.join().expect("a flight"))
    })
}

/// Flies one and prints its row.
fn row(fault: &Fault, field: Field, runs: u64) -> bool {
    let foreseen = fault.foreseen(runs);
    let (after, why) = field.flies(fault);
    let as_foreseen = (foreseen.first..=foreseen.last + LAG).contains(&after) && why.starts_with(fault.rule);
    let mark = if as_foreseen { "" } else { ", **not as foreseen**" };
    println!("| {} | {foreseen} | {after:.0}{mark} | {} |", fault.name, why.replace('|', "/"));
    as_foreseen
}
