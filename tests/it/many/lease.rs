//! Exactly one drives.

use crate::control_plane::Api;
use crate::killed::STEPS;
use crate::served::{left_over, quick};

use super::stage::{RELEASE, SLOW, World, flying, is_soaking as is_flying};

#[test]
fn of_two_terminals_that_start_at_the_same_instant_exactly_one_drives() {
    let world = World::serve("healthy", 10);
    world.configure(SLOW);
    let mut both = [world.start("dana@example", &RELEASE), world.start("kim@example", &RELEASE)];
    // One of them ends by itself; which, nobody knows.
    let began = std::time::Instant::now();
    let refused = loop {
        if let Some(place) = (0..2).find(|place| both[*place].said().iter().any(|line| line.starts_with("error:"))) {
            break place;
        }
        assert!(began.elapsed() < super::stage::SOON, "{:?}", [both[0].said(), both[1].said()]);
        std::thread::sleep(std::time::Duration::from_millis(20));
    };
    let (code, said) = both[refused].end();
    assert_eq!(code, 5, "{said}");
    for words in ["drives", "glidepath attach", "glidepath rollback"] {
        assert!(said.contains(words), "{said}");
    }
    both[1 - refused].until("the other one flies", is_flying);
}

#[test]
fn a_second_start_is_refused_while_a_driver_lives_and_resumes_when_it_is_dead() {
    let world = World::serve("healthy", 10);
    world.configure(SLOW);
    let mut driver = flying(&world, "dana@example");
    let (code, said) = world.start("kim@example", &RELEASE).end();
    assert_eq!(code, 5, "{said}");
    assert!(said.contains("dana@example drives"), "{said}");
    driver.kill();
    world.as_if_elsewhere();
    let heir = world.start("kim@example", &RELEASE);
    heir.until_said("looking whether dana@example still drives");
    let resumed = heir.until("it goes on", |event| event["event"] == "effect" && event["state"] == "confirmed");
    assert_eq!(resumed["epoch"], 2, "{resumed}");
}

#[test]
fn a_driver_that_is_told_to_end_gives_the_lease_back_at_once() {
    let world = World::serve("healthy", 10);
    world.configure(SLOW);
    let mut driver = flying(&world, "dana@example");
    driver.signal("TERM");
    assert_eq!(driver.end().0, 6);
    let began = std::time::Instant::now();
    let heir = world.start("kim@example", &RELEASE);
    heir.until("it goes on", |event| event["event"] == "effect" && event["epoch"] == 2);
    assert!(heir.events().iter().all(|event| event["event"] != "gap"), "whoever leaves in order leaves no gap");
    assert!(began.elapsed() < std::time::Duration::from_secs(8), "nobody was waited for: {:?}", began.elapsed());
}

#[test]
fn a_driver_that_stood_still_for_longer_than_its_lease_lands_no_write() {
    let world = World::serve("healthy", 10);
    world.configure(SLOW);
    let mut sleeper = flying(&world, "dana@example");
    sleeper.signal("STOP");
    let heir = world.start("kim@example", &RELEASE);
    heir.until("another one drives", |event| event["event"] == "effect" && event["epoch"] == 2);
    sleeper.signal("CONT");
    let (code, said) = sleeper.end();
    assert_eq!(code, 5, "{said}");
    assert!(said.contains("kim@example drives this release now"), "{said}");
    let late = sleeper.events().into_iter().filter(|event| event["event"] == "effect" && event["state"] == "confirmed");
    let at = |event: &serde_json::Value| event["at"].as_str().map(str::to_owned);
    let took_over = heir.events().first().and_then(at);
    assert_eq!(late.filter(|event| at(event) > took_over).count(), 0, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_driver_that_slept_through_the_end_of_its_release_undoes_nothing() {
    let world = World::serve("healthy", 20);
    world.configure(&quick(STEPS));
    let mut sleeper = world.start("dana@example", &RELEASE);
    sleeper.until("it is pinned", |event| event["event"] == "step" && event["weight"] == 100 && is_flying(event));
    sleeper.signal("STOP");
    let (code, said) = world.start("kim@example", &RELEASE).end();
    assert_eq!(code, 0, "{said}");
    let api = Api::of(&world.connect().await);
    let stable = async || {
        let path = format!("/apis/apps/v1/namespaces/{}/deployments/checkout", world.namespace);
        let stable = api.get(&path).await.unwrap();
        (stable["spec"].clone(), stable["metadata"]["annotations"].clone())
    };
    let promoted = stable().await;
    sleeper.signal("CONT");
    let (code, said) = sleeper.end();
    assert_eq!(code, 5, "{said}");
    assert_eq!(stable().await, promoted, "{said}");
    assert_eq!(left_over(&api, &world.namespace).await, Vec::<String>::new());
}

#[test]
fn an_api_server_that_is_away_for_longer_than_the_lease_costs_nobody_the_wheel() {
    let world = World::serve("healthy", 10);
    world.configure(SLOW);
    let driver = flying(&world, "dana@example");
    world.signal("STOP");
    driver.until("it holds", |event| {
        let reason = event["reason"].as_str().unwrap_or_default();
        event["event"] == "hold" && event["state"] == "begun" && reason.contains("does not answer")
    });
    // Others hear nothing either; by the time that two of them have given up its lease has run out.
    for _ in 0..2 {
        let (code, text) = world.start("kim@example", &["status"]).end();
        assert_eq!(code, 6, "{text}");
    }
    world.signal("CONT");
    driver.until("it goes on", |event| event["event"] == "hold" && event["state"] == "ended");
    let (code, text) = world.start("kim@example", &["pause"]).end();
    assert_eq!(code, 0, "{text}");
    assert!(driver.events().iter().all(|event| event["epoch"] == 1 && event["event"] != "ended"));
}
