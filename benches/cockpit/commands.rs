//! From the start of a command in a script to its write, as the API server's end of the wire sees it.

use std::time::Duration;

use crate::keys::{is_letter, is_write};
use crate::stage::World;
use crate::table::{Limit, Table};

const SPEED: u32 = 5;

/// Gives so many commands of each sort.
pub fn measure(table: &mut Table, times: usize) {
    let (letters, writes) = (0..times).map(|_| to_a_driver()).unzip();
    table.spans("rollback, somebody drives: to its command", letters, Limit::Millis(40.0));
    table.spans("rollback, somebody drives: to the driver's write", writes, Limit::Millis(40.0));
    let alone = (0..times).map(|_| without_a_driver()).collect();
    table.spans("rollback, nobody drives: to the write", alone, Limit::Millis(40.0));
    let nothing = (0..times).map(|_| of_what_serves()).collect();
    table.spans("rollback, nothing flies: to the write", nothing, Limit::Millis(40.0).noted());
    table.spans("pause, somebody drives: to its command", pauses(times), Limit::Millis(40.0));
}

fn to_a_driver() -> (Duration, Duration) {
    let world = World::serve("healthy", SPEED, 0);
    let _driver = world.fly();
    std::thread::sleep(Duration::from_millis(500));
    let command = world.home.start(&["rollback", "deploy/checkout", "--json", "--journal", "other"]);
    let letter = world.wire.first(command.began, is_letter).expect("a command");
    let write = world.wire.first(command.began, is_write).expect("a write");
    world.trace(command.began, write.at);
    (letter.at - command.began, write.at - command.began)
}

fn without_a_driver() -> Duration {
    let world = World::serve("healthy", SPEED, 0);
    let mut driver = world.fly();
    driver.kill();
    std::thread::sleep(Duration::from_millis(500));
    write_of_a_rollback(&world)
}

fn of_what_serves() -> Duration {
    let world = World::serve("bad-yesterday", SPEED, 0);
    std::thread::sleep(Duration::from_millis(500));
    write_of_a_rollback(&world)
}

fn write_of_a_rollback(world: &World) -> Duration {
    let command = world.home.start(&["rollback", "deploy/checkout", "--json", "--journal", "other"]);
    let is_real = |line: &str| is_write(line) && !line.contains("dryRun");
    let write = world.wire.first(command.began, is_real).expect("a write");
    world.trace(command.began, write.at);
    write.at - command.began
}

fn pauses(times: usize) -> Vec<Duration> {
    let world = World::serve("healthy", SPEED, 0);
    let _driver = world.fly();
    let one = |number: usize| {
        let verb = if number.is_multiple_of(2) { "pause" } else { "resume" };
        let mut command = world.home.start(&[verb, "deploy/checkout", "--journal", "other"]);
        let letter = world.wire.first(command.began, is_letter).expect("a command");
        world.trace(command.began, letter.at);
        command.ends();
        letter.at - command.began
    };
    (0..times).map(one).collect()
}
