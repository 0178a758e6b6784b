//! Two people at two screens.

use super::stage::{RELEASE, SLOW, World, flying, is_soaking};
use crate::pty::seat::Seat;

/// A seat at this world, with a journal of its own.
pub fn seat(world: &World, who: &str, args: &[&str]) -> Seat {
    let kubeconfig = world.kubeconfig_of(who).display().to_string();
    let journal = world.home.path().join(format!("journal-{}", who.replace('@', "-"))).display().to_string();
    let all = [args, &["--kubeconfig", &kubeconfig, "--journal", &journal]].concat();
    Seat::take(world.home.path(), &all)
}

#[test]
fn a_second_screen_shows_who_drives_commands_through_the_cluster_and_takes_over() {
    let world = World::serve("healthy", 20);
    world.configure(SLOW);
    let mut driver = flying(&world, "dana@example");
    let mut screen = seat(&world, "kim@example", &["attach"]);
    screen.sees_words("dana@example drives");
    screen.sees_words("identity not enforced here");
    screen.press(" ");
    screen.sees_words("PAUSED");
    driver.until("the key reached the driver", |event| event["command"] == "pause" && event["by"] == "kim@example");
    screen.press(" ");
    driver.until("and so did this one", |event| event["command"] == "resume");
    screen.sees("it advances again, for everybody", |screen| !screen.contains("PAUSED"));
    driver.kill();
    screen.sees_words("NOBODY DRIVES");
    screen.sees("the key that is needed now is among the hints", |screen| {
        screen.lines().last().is_some_and(|hints| hints.contains("t take over") && hints.contains("r roll back"))
    });
    screen.press("t");
    screen.sees_words("you drive");
    // It holds before it advances, and takes the driver's place for everybody.
    screen.sees_words("the take-over by kim@example");
    let (_, text) = world.start("lee@example", &["status"]).end();
    assert!(text.contains("kim@example, last heard"), "{text}");
    screen.press("q");
    screen.sees_words("hold here and leave");
    screen.press("h");
    assert_eq!(screen.ends(), 4);
}

#[test]
fn whoever_watches_looks_at_the_past_where_the_drivers_journal_is_and_is_told_where_it_is_not() {
    let world = World::serve("healthy", 20);
    world.configure(SLOW);
    let _driver = flying(&world, "dana@example");
    let mut elsewhere = seat(&world, "kim@example", &["attach"]);
    elsewhere.sees_words("dana@example drives");
    elsewhere.press("[");
    elsewhere.sees_words("only dana@example has the journal of this release");
    elsewhere.press("5");
    elsewhere.sees_words("scale the canary of checkout to 1");
    let mut here = seat(&world, "dana@example", &["attach"]);
    here.sees_words("dana@example drives");
    here.press("[");
    here.sees_words("THE PAST");
}

#[test]
fn whoever_watches_rolls_back_with_two_keys_though_nobody_drives() {
    let world = World::serve("healthy", 20);
    world.configure(SLOW);
    let mut driver = flying(&world, "dana@example");
    let mut screen = seat(&world, "kim@example", &["attach"]);
    screen.sees_words("dana@example drives");
    driver.kill();
    screen.sees_words("NOBODY DRIVES");
    screen.press("r");
    screen.sees_words("Roll back");
    screen.press("y");
    screen.sees_words("ROLLED BACK, PROVEN");
    screen.press("q");
    assert_eq!(screen.ends(), 3);
}

#[test]
fn whoever_watches_finishes_a_rollback_whose_driver_is_gone_with_the_same_two_keys() {
    let world = World::serve("stuck-stable", 20);
    world.configure(SLOW);
    let mut driver = flying(&world, "dana@example");
    let mut screen = seat(&world, "kim@example", &["attach"]);
    screen.sees_words("dana@example drives");
    assert_eq!(world.start("lee@example", &["rollback", "deploy/checkout", "--no-wait"]).end().0, 0);
    // One pod of stable's keeps the proof open, so that the driver is gone before it is whole and after all have heard of it.
    driver.until("it begins to roll back", |event| event["event"] == "rollback");
    screen.sees_words("ROLLING BACK");
    driver.kill();
    screen.sees_words("NOBODY DRIVES THIS ROLLBACK");
    screen.press("r");
    screen.sees_words("y finish the rollback");
    screen.press("y");
    screen.sees_words("ROLLED BACK, PROVEN");
    screen.press("q");
    assert_eq!(screen.ends(), 3);
}

#[test]
fn a_driver_that_leaves_may_leave_it_running_and_say_how_to_come_back() {
    let world = World::serve("healthy", 20);
    world.configure(SLOW);
    let mut screen = seat(&world, "dana@example", &RELEASE[..4]);
    screen.sees_words("SOAKING");
    screen.press("q");
    screen.sees_words("leave it running");
    screen.press("d");
    let after = screen.shown_after();
    assert_eq!(screen.ends(), 0);
    let text = after();
    assert!(text.contains("come back with: glidepath attach deploy/checkout"), "{text}");
    // Nobody's terminal is needed any more; another one sees it, and brings it back.
    let mut other = world.start("kim@example", &["attach", "--json"]);
    other.until("it flies on", |event| event["event"] == "resumed" && event["epoch"] == 2);
    assert_eq!(world.start("lee@example", &["rollback", "deploy/checkout"]).end().0, 0);
    assert_eq!(other.end().0, 3);
}

#[test]
fn a_release_can_be_begun_without_a_terminal_to_keep() {
    let world = World::serve("healthy", 20);
    world.configure(SLOW);
    let mut args = RELEASE.to_vec();
    args.push("--detach");
    let (code, text) = world.start("dana@example", &args).end();
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("come back with: glidepath attach deploy/checkout"), "{text}");
    let mut other = world.start("kim@example", &["attach", "--json"]);
    other.until("it flies", is_soaking);
    // One that cannot begin says why, where it was asked.
    let (code, text) = world.start("lee@example", &args).end();
    assert_eq!((code, text.contains("dana@example drives")), (5, true), "{text}");
    assert_eq!(world.start("lee@example", &["rollback", "deploy/checkout"]).end().0, 0);
    assert_eq!(other.end().0, 3);
}

#[test]
fn a_look_at_what_serves_leaves_nothing_behind() {
    let world = World::serve("healthy", 20);
    world.configure(SLOW);
    let mut looker = looking(&world, "dana@example");
    looker.press("q");
    assert_eq!(looker.ends(), 0);
    let (code, text) = world.start("kim@example", &["status"]).end();
    assert!(code != 0 && !text.contains("NOBODY"), "{code}: {text}");
    let (code, text) = world.start("dana@example", &["releases", "--plain"]).end();
    assert_eq!((code, text.contains("checkout")), (0, false), "{text}");
}

#[test]
fn whoever_looks_at_what_serves_is_in_no_releases_way_and_sees_it_begin() {
    let world = World::serve("healthy", 20);
    world.configure(SLOW);
    let mut looker = looking(&world, "dana@example");
    let _release = flying(&world, "kim@example");
    looker.sees_words("kim@example drives");
    looker.press(" ");
    looker.sees_words("PAUSED");
    looker.press("q");
    looker.sees_words("It goes on without you");
    looker.press("y");
    assert_eq!(looker.ends(), 0);
    // Whoever opens it while a release flies sees that release.
    let mut late = seat(&world, "lee@example", &[]);
    late.sees_words("which Deployment?");
    late.press("\r");
    late.sees_words("kim@example drives");
}

#[test]
fn whoever_looks_at_what_serves_sees_it_replaced_without_a_release() {
    let world = World::serve("bad-yesterday", 20);
    let mut looker = looking(&world, "dana@example");
    looker.sees_words("1.7.4 serves, before it 1.7.3");
    world.set_image("checkout:1.9.0");
    looker.sees_words("1.9.0 serves, before it 1.7.4");
    looker.press("q");
    assert_eq!(looker.ends(), 0);
}

#[test]
fn whoever_looks_at_what_serves_brings_the_version_before_it_back_with_two_keys() {
    let world = World::serve("bad-yesterday", 20);
    let mut looker = looking(&world, "dana@example");
    looker.press("r");
    looker.sees_words("y roll back");
    looker.press("y");
    looker.sees_words("ROLLED BACK, PROVEN");
    looker.press("q");
    assert_eq!(looker.ends(), 0);
    let (_, text) = world.start("kim@example", &["status"]).end();
    assert!(text.contains("dana@example asked for"), "{text}");
}

/// Somebody at the cockpit on what serves.
fn looking(world: &World, who: &str) -> Seat {
    let mut looker = seat(world, who, &[]);
    looker.sees_words("which Deployment?");
    looker.press("\r");
    looker.sees_words("NOTHING FLIES");
    looker
}

#[test]
fn who_may_only_read_takes_over_nothing() {
    let world = World::serve("healthy", 20);
    world.configure(SLOW);
    let mut driver = flying(&world, "dana@example");
    let mut screen = seat(&world, "kim@example", &["attach", "--read-only"]);
    screen.sees_words("dana@example drives");
    driver.kill();
    screen.sees_words("NOBODY DRIVES");
    screen.press("t");
    screen.sees_words("started with --read-only, and takes over nothing");
    screen.press("q");
    assert_eq!(screen.ends(), 0);
    let (code, text) = world.start("kim@example", &["attach", "--plain", "--standby", "--read-only"]).end();
    assert!(code == 2 && text.contains("--read-only"), "{code}: {text}");
    let (_, text) = world.start("lee@example", &["status"]).end();
    assert!(text.contains("NOBODY"), "{text}");
}
