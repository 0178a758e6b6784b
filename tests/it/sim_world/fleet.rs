use std::sync::{Arc, Mutex};
use std::time::Duration;

use glidepath::core::time::Time;
use glidepath::sim::kind::Kind;
use glidepath::sim::scenario;
use glidepath::sim::world::{FreeRun, World};

use super::Client;

#[test]
fn extra_pods_are_there_settled_and_heavy() {
    let start = Time::parse("2025-11-23T12:00:00Z").expect("a time");
    let t = std::time::Instant::now();
    let world = World::new(&scenario::embedded("healthy").expect("it is there"), 1, start, std::env::var("N").map_or(250, |n| n.parse().unwrap()));
    println!("made {:?}", t.elapsed());
    let mut client = Client { world, start };
    assert_eq!(client.ready("fleet"), std::env::var("N").map_or(250, |n| n.parse().unwrap()));
    let pods = client.pods("fleet-");
    let size = pods[0].to_string().len();
    assert!((6_000..9_000).contains(&size), "{size} bytes");
    assert_eq!(client.world.next_event(), None, "nothing is left to do");
    let revision = client.world.revision();
    client.wait(60_000);
    assert_eq!(client.world.revision(), revision, "and nothing is done");
    if std::env::var("N").is_ok() { return; }
    println!("minute {:?}", t.elapsed());
    client.scale("fleet", 252);
    client.until("two more run", 60, |client| client.ready("fleet") == 252);
    println!("two {:?}", t.elapsed());
    client.scale("fleet", 200);
    client.until("some go", 60, |client| client.pods("fleet-").len() == 200);
    println!("go {:?}", t.elapsed());
    assert_eq!(client.get(Kind::Deployment, "checkout")["status"]["readyReplicas"], 10);
}

#[tokio::test]
async fn a_free_running_world_keeps_up_with_the_clock() {
    let start = Time::parse("2025-11-23T12:00:00Z").expect("a time");
    let world = World::new(&scenario::embedded("healthy").expect("it is there"), 1, start, 0);
    let world = Arc::new(Mutex::new(world));
    let run = FreeRun::start(Arc::clone(&world), 100.0);
    let now = || world.lock().expect("not poisoned").now();
    let wait = async {
        while now().since(start) < Duration::from_secs(10) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), wait).await.expect("ten seconds pass in a tenth of one");
    drop(run);
    tokio::time::sleep(Duration::from_millis(30)).await;
    let stopped = now();
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(now(), stopped);
}
