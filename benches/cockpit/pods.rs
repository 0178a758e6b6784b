//! Ten thousand pods of 7 KB, served by another process: how soon the list is there, and what it weighs.

use std::time::{Duration, Instant};

use crate::proc;
use crate::seat::Seat;
use crate::stage::World;
use crate::table::{Limit, Table};

const PODS: usize = 10_000;

/// The terminal: the pods' view is opened by a key that is typed ahead, as whoever is in a hurry does.
const SIZE: (u16, u16) = (200, 60);

/// One opening of the cockpit.
struct Opening {
    first_frame: Duration,
    top: Duration,
    complete: Duration,
    memory: f64,
    most: f64,
    cpu: Duration,
}

/// Opens the cockpit so many times.
pub fn measure(table: &mut Table, times: usize) {
    let world = World::serve("healthy", 1, PODS);
    world.home.write("glidepath.toml", "[[workload]]\nname = \"fleet\"\n");
    let openings: Vec<Opening> = (0..times).map(|_| open(&world)).collect();
    let spans = |of: fn(&Opening) -> Duration| openings.iter().map(of).collect::<Vec<_>>();
    table.spans("10 000 pods: exec to the first frame", spans(|one| one.first_frame), Limit::Millis(15.0).noted());
    table.spans("10 000 pods: exec to the top of the list", spans(|one| one.top), Limit::Millis(250.0));
    table.spans("10 000 pods: exec to the whole list", spans(|one| one.complete), Limit::Millis(1_000.0));
    table.spans("10 000 pods: processor time until then", spans(|one| one.cpu), Limit::None);
    table.numbers(
        "10 000 pods: resident then",
        "MiB",
        openings.iter().map(|one| one.memory).collect(),
        Limit::Number(50.0),
    );
    table.numbers(
        "10 000 pods: the most resident",
        "MiB",
        openings.iter().map(|one| one.most).collect(),
        Limit::Number(50.0),
    );
}

fn open(world: &World) -> Opening {
    let mut seat = Seat::take(&world.home, SIZE, &["--read-only", "--journal", "state"]);
    seat.press("3");
    let first = seat.sees("anything", |screen| !screen.trim().is_empty());
    let top = seat.sees("a pod", |screen| {
        screen.lines().any(|line| line.contains("fleet-") && line.contains("ready") && !line.contains(" of "))
    });
    let whole = format!("{PODS} pods");
    let complete =
        seat.sees("all pods", |screen| screen.contains(&whole) && screen.contains(&format!("{PODS} of {PODS} ready")));
    let cpu = proc::cpu(seat.id());
    settle(&seat);
    let (memory, most) = proc::memory(seat.id());
    let since = |at: Instant| at.saturating_duration_since(seat.began);
    Opening { first_frame: since(first), top: since(top), complete: since(complete), memory, most, cpu }
}

/// Waits until it takes next to no processor time any more.
fn settle(seat: &Seat) {
    let mut before = proc::cpu(seat.id());
    for _ in 0..50 {
        std::thread::sleep(Duration::from_millis(100));
        let now = proc::cpu(seat.id());
        if now - before < Duration::from_millis(2) {
            return;
        }
        before = now;
    }
}
