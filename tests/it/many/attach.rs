//! Other terminals look on, and take over when nobody drives.

use std::time::{Duration, Instant};

use super::stage::{SLOW, World, flying, is_soaking};

#[test]
fn another_terminal_sees_who_drives_and_the_end_and_exits_with_it() {
    let world = World::serve("healthy", 20);
    world.configure(SLOW);
    let mut driver = flying(&world, "dana@example");
    let mut other = world.start("kim@example", &["attach", "--json"]);
    other.until("it shows what happened before", is_soaking);
    assert_eq!(world.start("lee@example", &["rollback", "deploy/checkout"]).end().0, 0);
    let (code, text) = other.end();
    assert_eq!((code, driver.end().0), (3, 3), "{text}");
    assert!(text.contains(r#""outcome":"rolled-back","proven":true"#), "{text}");
}

#[test]
fn nobody_drives_is_said_within_fifteen_seconds_and_a_standby_takes_over_and_holds() {
    let world = World::serve("healthy", 20);
    world.configure("[canary]\nsteps = [10, 100]\nsoak = \"40s\"\n");
    let mut driver = flying(&world, "dana@example");
    let standby = world.start("kim@example", &["attach", "--standby", "--json"]);
    standby.until("it looks on", is_soaking);
    driver.kill();
    world.as_if_elsewhere();
    let began = Instant::now();
    standby.until_said("Nobody drives this release");
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    standby.until("it takes over", |event| event["event"] == "resumed" && event["epoch"] == 2);
    assert!(began.elapsed() > Duration::from_secs(28), "{:?}", began.elapsed());
    // The soak has passed while nobody looked; it does not advance before somebody has.
    let (code, text) = world.start("lee@example", &["resume"]).end();
    assert_eq!(code, 0, "{text}");
    standby.until("the next step begins", |event| event["event"] == "step" && event["index"] == 2);
    let early = standby.events().iter().position(|event| event["event"] == "step" && event["index"] == 2);
    let resumed = standby.events().iter().position(|event| event["command"] == "resume");
    assert!(resumed < early, "{:?}", standby.events());
}

#[test]
fn a_release_that_was_held_goes_on_by_attaching() {
    let world = World::serve("healthy", 20);
    world.configure(SLOW);
    let mut driver = flying(&world, "dana@example");
    driver.signal("TERM");
    assert_eq!(driver.end().0, 6);
    let (code, text) = world.start("lee@example", &["status"]).end();
    assert_eq!((code, text.contains("NOBODY, for")), (0, true), "{text}");
    let heir = world.start("kim@example", &["attach", "--json"]);
    heir.until("it drives", |event| event["event"] == "resumed" && event["epoch"] == 2);
    let (code, text) = world.start("lee@example", &["attach", "deploy/nothing"]).end();
    assert_eq!((code, text.contains("no release of nothing runs")), (2, true), "{text}");
}

#[test]
fn a_release_that_was_left_is_watched_by_whoever_comes_second_to_take_it() {
    let world = World::serve("healthy", 20);
    world.configure(SLOW);
    let mut driver = flying(&world, "dana@example");
    driver.signal("TERM");
    assert_eq!(driver.end().0, 6);
    // The record still says that it was left; a driver elsewhere has just taken the lease.
    world.renew_elsewhere(0);
    let mut second = world.start("kim@example", &["attach", "--json"]);
    let began = Instant::now();
    for renewal in 1.. {
        if second.said().iter().any(|line| line.ends_with("looking on")) {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{:?}", second.said());
        world.renew_elsewhere(renewal);
    }
    assert_eq!(world.start("lee@example", &["rollback", "deploy/checkout"]).end().0, 0);
    assert_eq!(second.end().0, 3, "it looked on to the end");
}

#[test]
fn of_two_standbys_exactly_one_takes_over() {
    let world = World::serve("healthy", 20);
    world.configure(SLOW);
    let mut driver = flying(&world, "dana@example");
    let both = ["kim@example", "lee@example"].map(|who| world.start(who, &["attach", "--standby", "--json"]));
    both.iter().for_each(|standby| drop(standby.until("it looks on", is_soaking)));
    driver.kill();
    let began = Instant::now();
    let takes_over = |event: &serde_json::Value| event["event"] == "resumed" && event["epoch"] == 2;
    while !both.iter().any(|standby| standby.events().iter().any(takes_over)) {
        assert!(began.elapsed() < super::stage::SOON, "nobody takes over");
        std::thread::sleep(Duration::from_millis(20));
    }
    // The other one looks on: it sees who drives now.
    for standby in &both {
        standby.until("both see the new driver", takes_over);
    }
    let drivers =
        both.iter().filter(|standby| standby.events().iter().any(|event| event["event"] == "started")).count();
    assert_eq!(drivers, 0, "nobody begins anew");
}
