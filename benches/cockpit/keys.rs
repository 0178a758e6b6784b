//! From a key that confirms a rollback to the write that begins it, as the API server's end of the wire sees it.

use std::time::{Duration, Instant};

use crate::home::RELEASE;
use crate::seat::Seat;
use crate::stage::{SLOW, World};
use crate::table::{Limit, Table};

/// How much faster than life the world runs: a step has its pods sooner, and a write is as fast as ever.
const SPEED: u32 = 5;

/// Whether a request moves traffic or pods.
pub fn is_write(line: &str) -> bool {
    !line.starts_with("GET ") && (line.contains("/deployments") || line.contains("/services"))
}

/// Whether a request gives the driver a command.
pub fn is_letter(line: &str) -> bool {
    line.starts_with("POST ") && line.contains("/configmaps") && !line.contains("dryRun")
}

/// Rolls so many releases back, by a key of their driver's and by one of an observer's.
pub fn measure(table: &mut Table, times: usize) {
    let driver: Vec<Duration> = (0..times).map(|_| at_the_wheel()).collect();
    table.spans("key, driving: to the write", driver, Limit::Millis(10.0));
    let (letters, writes) = (0..times).map(|_| from_elsewhere()).unzip();
    table.spans("key, attached: to its command", letters, Limit::Millis(10.0));
    table.spans("key, attached: to the driver's write", writes, Limit::None);
}

fn at_the_wheel() -> Duration {
    let world = World::serve("healthy", SPEED, 0);
    world.home.write("glidepath.toml", SLOW);
    let mut seat = Seat::take(&world.home, (80, 24), &[&RELEASE[..], &["--journal", "state"]].concat());
    seat.sees_words("SOAKING");
    let pressed = confirm(&mut seat);
    told(&world, pressed, is_write)
}

fn from_elsewhere() -> (Duration, Duration) {
    let world = World::serve("healthy", SPEED, 0);
    let _driver = world.fly();
    let mut seat = Seat::take(&world.home, (80, 24), &["attach", "--journal", "other"]);
    seat.sees_words("SOAKING");
    let pressed = confirm(&mut seat);
    (told(&world, pressed, is_letter), told(&world, pressed, is_write))
}

/// Opens the dialog, lets a person read it, and confirms.
fn confirm(seat: &mut Seat) -> Instant {
    std::thread::sleep(Duration::from_millis(500));
    seat.press("r");
    seat.sees_words("y roll back");
    std::thread::sleep(Duration::from_millis(700));
    seat.press("y")
}

fn told(world: &World, pressed: Instant, is_one: fn(&str) -> bool) -> Duration {
    let seen = world.wire.first(pressed, is_one).expect("it is written");
    world.trace(pressed, seen.at);
    seen.at - pressed
}
