use glidepath::core::time::Time;
use glidepath::sim::backend::{Backend, LogsAsk};
use glidepath::sim::kind::Kind;
use glidepath::sim::store::delete::Deletion;
use serde_json::Value;

use super::{Client, NS, name, text};

fn state(pod: &Value) -> &Value {
    &pod["status"]["containerStatuses"][0]["state"]
}

#[test]
fn a_container_that_exits_is_started_again_later_and_later() {
    let mut client = Client::new("crash-loop", 1);
    client.create_canary("1.8.0");
    client.scale("checkout-canary", 1);
    let mut starts: Vec<Time> = Vec::new();
    for _ in 0..480 {
        client.wait(250);
        let pods = client.canary_pods();
        assert!(pods.iter().all(|pod| pod["status"]["containerStatuses"][0]["ready"] != true), "it is never ready");
        let started = pods.first().and_then(|pod| Time::parse(text(&state(pod)["running"]["startedAt"])));
        if let Some(started) = started.filter(|started| starts.last() != Some(started)) {
            starts.push(started);
        }
    }
    let waits: Vec<u64> = starts.windows(2).map(|pair| pair[1].since(pair[0]).as_secs()).collect();
    // Each run takes 2 s; then at once, 10 s, 20 s, 40 s.
    let expected = [2..=4, 11..=14, 21..=24, 41..=44];
    assert!(waits.len() >= 4 && waits.iter().zip(expected).all(|(wait, range)| range.contains(wait)), "{waits:?}");
    let pod = &client.canary_pods()[0];
    let status = &pod["status"]["containerStatuses"][0];
    assert_eq!(state(pod)["waiting"]["reason"], "CrashLoopBackOff");
    assert!(text(&state(pod)["waiting"]["message"]).starts_with("back-off 1m20s restarting failed container=app pod="));
    assert_eq!(
        (&status["lastState"]["terminated"]["reason"], &status["lastState"]["terminated"]["exitCode"]),
        (&"Error".into(), &1.into())
    );
    assert_eq!(status["restartCount"], 4);
    assert!(
        client.events("BackOff")[0].starts_with("Back-off restarting failed container app in pod checkout-canary-")
    );
    assert!(client.world.truth().iter().filter(|pod| pod.version == "1.8.0").all(|pod| pod.first_request.is_none()));
    let logs =
        LogsAsk { namespace: NS.to_owned(), pod: name(pod).to_owned(), container: None, previous: true, tail: Some(1) };
    assert!(client.world.logs(&logs).expect("there was one before")[0].contains("exit code 1"));
}

#[test]
fn an_image_that_the_registry_lacks_is_never_pulled() {
    let mut client = Client::new("image-missing", 2);
    client.create_canary("1.8.0");
    client.scale("checkout-canary", 1);
    let mut reasons: Vec<String> = Vec::new();
    for _ in 0..1_200 {
        client.wait(50);
        for pod in client.canary_pods() {
            let reason = text(&state(&pod)["waiting"]["reason"]).to_owned();
            if !reason.is_empty() && reasons.last() != Some(&reason) {
                reasons.push(reason);
            }
        }
    }
    assert_eq!(reasons[..4], ["ErrImagePull", "ImagePullBackOff", "ErrImagePull", "ImagePullBackOff"]);
    let failed = client.events("Failed");
    assert!(
        failed.iter().any(|words| words.contains("failed to resolve reference \"registry.example/checkout:1.8.0\""))
    );
    assert!(failed.contains(&"Error: ImagePullBackOff".to_owned()));
    assert_eq!(client.canary_pods()[0]["status"]["phase"], "Pending");
}

#[test]
fn a_pod_without_room_waits_in_the_schedulers_words() {
    let mut client = Client::new("no-room", 3);
    client.create_canary("1.8.0");
    client.scale("checkout-canary", 1);
    client.wait(2_000);
    let words = "0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: \
                 3 No preemption victims found for incoming pod.";
    assert!(client.events("FailedScheduling").contains(&words.to_owned()), "{:?}", client.events("FailedScheduling"));
    let pod = &client.canary_pods()[0];
    let scheduled = &pod["status"]["conditions"][0];
    assert_eq!((&scheduled["type"], &scheduled["reason"]), (&"PodScheduled".into(), &"Unschedulable".into()));
    assert_eq!(scheduled["message"], words);
    client.scale("checkout", 8);
    client.until("there is room now", 30, |client| client.ready("checkout-canary") == 1);
}

#[test]
fn memory_that_reaches_its_limit_ends_the_container() {
    let mut client = Client::told("[[version]]\ntag = \"1.8.0\"\nmemory = \"400Mi\"\ngrowth = \"60Mi\"", 4);
    client.fly("1.8.0", 1);
    let pod = name(&client.canary_pods()[0]).to_owned();
    let memory = |client: &mut Client| {
        let text = client.metrics(&pod).expect("it answers");
        let line =
            text.lines().find(|line| line.starts_with("process_resident_memory_bytes ")).expect("memory").to_owned();
        line.rsplit_once(' ').expect("a value").1.parse::<f64>().expect("a number") / f64::from(1 << 20)
    };
    client.wait(60_000);
    let before = memory(&mut client);
    assert!((450.0..490.0).contains(&before), "{before}");
    client.until("killed", 90, |client| client.world.truth().iter().any(|pod| pod.oom_kills == 1));
    client.wait(500);
    client.until("back", 30, |client| client.ready("checkout-canary") == 1);
    let status = &client.get(Kind::Pod, &pod)["status"]["containerStatuses"][0];
    assert_eq!(
        (&status["lastState"]["terminated"]["reason"], &status["lastState"]["terminated"]["exitCode"]),
        (&"OOMKilled".into(), &137.into())
    );
    assert!(memory(&mut client) < 440.0, "it began anew");
}

#[test]
fn a_pod_that_must_go_drains_first() {
    let mut client = Client::new("sticky-connections", 5);
    client.fly("1.8.0", 1);
    let pod = name(&client.canary_pods()[0]).to_owned();
    client.scale("checkout-canary", 0);
    client.until("told to go", 2, |client| !client.get(Kind::Pod, &pod)["metadata"]["deletionTimestamp"].is_null());
    client.wait(500);
    assert!(!super::endpoints(&mut client, "checkout").contains(&pod), "new connections go elsewhere");
    assert!(client.metrics(&pod).is_some(), "it still answers");
    // It drains for 20 s.
    let took = client.until("gone", 30, |client| client.find(Kind::Pod, &pod).is_none());
    assert!((18.0..21.0).contains(&took), "{took}");
    assert_eq!(client.world.requests().lost, 0);
    assert!(client.events("Killing").contains(&"Stopping container app".to_owned()));
}

#[test]
fn less_grace_ends_a_pod_sooner() {
    let mut client = Client::new("sticky-connections", 6);
    client.fly("1.8.0", 2);
    let pods = client.canary_pods();
    client.delete(Kind::Pod, name(&pods[0]), &Deletion { grace: Some(2), ..Deletion::default() });
    client.delete(Kind::Pod, name(&pods[1]), &Deletion { grace: Some(0), ..Deletion::default() });
    assert!(client.find(Kind::Pod, name(&pods[1])).is_none(), "no grace at all");
    let took = client.until("gone", 5, |client| client.find(Kind::Pod, name(&pods[0])).is_none());
    assert!(took >= 2.0, "{took}");
    client.until("others took their place", 60, |client| client.ready("checkout-canary") == 2);
}

#[test]
fn what_pods_use_is_told_of_those_that_run() {
    let mut client = Client::new("healthy", 1);
    client.wait(30_000);
    let used = client.world.usage(NS);
    let pods: Vec<String> = client.pods("checkout-").iter().map(|pod| name(pod).to_owned()).collect();
    assert_eq!(used.iter().map(|one| one.pod.clone()).collect::<Vec<_>>(), pods);
    for pod in used {
        let [(container, cpu, memory)] = pod.containers.as_slice() else { panic!("{pod:?}") };
        assert_eq!(container, "app");
        assert!(*cpu > 0 && (100 << 20..140 << 20).contains(memory), "{pod:?}");
    }
    assert!(client.world.usage("elsewhere").is_empty());
}
