//! Where the release stands is beside the application, for whoever comes next.

use std::time::{Duration, Instant};

use glidepath::cluster::{self, Connection, Summary};
use serde_json::{Value, json};

use super::stage::{RELEASE, SLOW, SOON, World, flying, text};
use crate::control_plane::Api;

/// The record of the only release, once it is there.
async fn summary(connection: &Connection, holds: impl Fn(&Summary) -> bool) -> Summary {
    let began = Instant::now();
    loop {
        let records = cluster::records(connection).await.unwrap_or_default();
        if let Some(found) = records.iter().filter_map(|found| found.summary.as_ref().ok()).find(|found| holds(found)) {
            return found.clone();
        }
        assert!(began.elapsed() < SOON, "no such record: {records:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_terminal_goes_on_from_what_the_dead_driver_wrote() {
    let world = World::serve("healthy", 10);
    world.configure(SLOW);
    let mut driver = flying(&world, "dana@example");
    let connection = world.connect().await;
    // Some of the soak has passed, and is written down.
    let release = summary(&connection, |found| found.seq > 20).await.release;
    let before = cluster::page(&connection, &release).await.unwrap().unwrap();
    driver.kill();
    // Whoever has read it looks whether it is another one by now, and unpacks nothing where it is not.
    // What was on its way when the driver died may have landed between two looks, and not for long.
    let (mut version, read) = cluster::page_after(&connection, &release, None).await.unwrap().unwrap();
    assert!(read.is_some());
    let began = Instant::now();
    loop {
        let (now, read) = cluster::page_after(&connection, &release, Some(&version)).await.unwrap().unwrap();
        assert_eq!(read.is_none(), now == version);
        if read.is_none() {
            break;
        }
        assert!(began.elapsed() < SOON, "it is written although its driver is dead");
        version = now;
    }
    let heir = world.start("kim@example", &RELEASE);
    heir.until("it goes on", |event| event["event"] == "effect" && event["epoch"] == 2);
    let page = cluster::page(&connection, &release).await.unwrap().unwrap();
    let after = summary(&connection, |found| found.epoch == 2).await;
    assert_eq!((after.driver.as_str(), after.release.as_str()), ("kim@example", release.as_str()));
    assert!(page.seq >= before.seq || page.epoch == 2);
    // The step goes on, it does not begin again: nothing is scaled, and what was soaked stays soaked.
    let page = cluster::page(&connection, &release).await.unwrap().unwrap();
    let (was, is) = (before.state.stepping().unwrap(), page.state.stepping().unwrap());
    assert_eq!((was.index, was.began), (is.index, is.began));
    assert!(is.soaked >= was.soaked, "{:?} was soaked, and now {:?}", was.soaked, is.soaked);
    let repeated =
        heir.events().iter().any(|event| event["what"].as_str().is_some_and(|what| what.starts_with("scale")));
    assert!(!repeated, "{:?}", heir.events());
    // Its journal begins with what is known of the driver before, and says what is not.
    let journal = text(&world.home.path().join("journal-kim-example").join(format!("{release}.jsonl")));
    // It is being written: its last line may not be whole yet.
    let whole = journal.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let lines: Vec<Value> = whole.map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["event"], &lines[0]["epoch"]), (&json!("started"), &json!(1)));
    let of_dana = |event: &str| lines.iter().any(|line| line["event"] == event && line["epoch"] == 1);
    assert!(of_dana("effect") && of_dana("step"), "{journal}");
    let gaps: Vec<&Value> = lines.iter().filter(|line| line["event"] == "gap").collect();
    assert_eq!((gaps.len(), &gaps[0]["of_epoch"], &gaps[0]["before"]), (1, &json!(1), &Value::Null), "{journal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_was_edited_stops_a_resume_and_not_a_rollback_and_a_living_driver_mends_it() {
    let world = World::serve("healthy", 10);
    world.configure(SLOW);
    let mut driver = flying(&world, "dana@example");
    let connection = world.connect().await;
    let release = summary(&connection, |found| found.epoch == 1).await.release;
    let api = Api::of(&connection);
    let path = format!("/api/v1/namespaces/{}/configmaps/glidepath-{release}", world.namespace);
    let edit = || async {
        let cut = json!({"binaryData": {"state": "H4sI"}});
        api.merge(&path, cut).await.unwrap();
    };
    edit().await;
    let began = Instant::now();
    while cluster::page(&connection, &release).await.is_err() {
        assert!(began.elapsed() < SOON, "the driver never mends it");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    driver.kill();
    edit().await;
    let (code, said) = world.start("kim@example", &RELEASE).end();
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("cannot be used: its state: it is cut short"), "{said}");
    let mut rescue = world.start("kim@example", &["rollback", "deploy/checkout", "--json"]);
    let (code, said) = rescue.end();
    assert_eq!(code, 0, "{said}");
    let ended = summary(&connection, |found| found.ended.is_some()).await.ended.unwrap();
    assert!(ended.proven, "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_release_only_its_record_is_left() {
    let world = World::serve("healthy", 100);
    world.configure("[canary]\nsteps = [50, 100]\nsoak = \"1s\"\n[limits]\nverify = \"1s\"\n");
    let (code, said) = world.start("dana@example", &RELEASE).end();
    assert_eq!(code, 0, "{said}");
    let connection = world.connect().await;
    let record = summary(&connection, |_| true).await;
    assert_eq!(record.ended.unwrap().outcome.word(), "promoted");
    let leases = format!("/apis/coordination.k8s.io/v1/namespaces/{}/leases", world.namespace);
    assert_eq!(Api::of(&connection).get(&leases).await.unwrap()["items"], json!([]));
}
