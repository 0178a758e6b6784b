use super::{Client, name};

#[test]
fn what_pods_counted_is_what_users_asked_for() {
    let mut client = Client::new("healthy", 1);
    let stable = client.stable_pods();
    let before = client.served(&stable).0;
    client.fly("1.8.0", 3);
    client.wait(20_000);
    client.scale_canary(10);
    client.pin();
    client.wait(20_000);
    let canary = client.canary_pods();
    let served = client.served(&stable).0 - before + client.served(&canary).0;
    let requests = client.world.requests();
    assert_eq!(served, (requests.made - requests.lost) as f64);
    assert_eq!(requests.lost, 0);
}

#[test]
fn shares_follow_the_pods() {
    let mut client = Client::told("[[workload]]\nkept = 0.0", 2);
    client.fly("1.8.0", 10);
    let (stable, canary) = (client.stable_pods(), client.canary_pods());
    let before = (client.served(&stable).0, client.served(&canary).0);
    client.wait(60_000);
    let share = (client.served(&canary).0 - before.1)
        / (client.served(&canary).0 - before.1 + client.served(&stable).0 - before.0);
    assert!((0.47..0.53).contains(&share), "{share}");
}

#[test]
fn a_kept_connection_leaves_its_pod_only_when_the_pod_ends() {
    let mut client = Client::told("[[workload]]\nkept = 0.9\nkept_for = \"10m\"", 3);
    client.fly("1.8.0", 10);
    client.pin();
    // New connections go to the canary at once; kept ones stay where they are.
    client.wait(5_000);
    let stable = client.stable_pods();
    let before = client.served(&stable).0;
    client.wait(10_000);
    let kept = client.served(&stable).0 - before;
    assert!(kept > 500.0, "kept connections still reach stable: {kept}");
    client.unpin();
    client.wait(5_000);
    let canary = client.canary_pods();
    let before = client.served(&canary).0;
    client.wait(10_000);
    assert!(client.served(&canary).0 > before, "and the canary, unpinned");
    client.scale("checkout-canary", 0);
    client.until("its pods end", 30, |client| client.canary_pods().is_empty());
    let last =
        client.world.truth().iter().filter(|pod| pod.version == "1.8.0").filter_map(|pod| pod.last_request).max();
    assert!(last.is_some_and(|last| last <= client.world.now()));
    assert_eq!(client.world.requests().lost, 0);
}

#[test]
fn probes_and_scrapes_are_requests_and_failures_are_born_late() {
    let mut client = Client::told("[[workload]]\nrate = 0.0", 4);
    client.fly("1.8.0", 1);
    let pod = name(&client.canary_pods()[0]).to_owned();
    let count = |client: &mut Client, path: &str| {
        let text = client.metrics(&pod).expect("it answers");
        let labels = format!("http_requests_total{{method=\"GET\",path=\"{path}\",status=\"200\"}} ");
        text.lines()
            .find_map(|line| line.strip_prefix(&labels))
            .map_or(0, |value| value.parse::<u64>().expect("a number"))
    };
    let scrapes = count(&mut client, "/metrics");
    let probes = count(&mut client, "/healthz");
    client.wait(50_000);
    assert_eq!(count(&mut client, "/healthz"), probes + 10, "one probe in 5 s");
    assert_eq!(count(&mut client, "/metrics"), scrapes + 3, "a scrape sees those before it");
    assert!(!client.metrics(&pod).expect("it answers").contains("status=\"5"));
    assert!(client.world.truth().iter().all(|pod| pod.first_request.is_none()));
}

#[test]
fn latencies_and_failures_are_those_of_the_version() {
    let version = "[[version]]\ntag = \"1.8.0\"\nerrors = 0.05\nmedian = \"42ms\"\np95 = \"140ms\"";
    let mut client = Client::told(version, 5);
    client.fly("1.8.0", 10);
    client.wait(120_000);
    let canary = client.canary_pods();
    let (requests, failed) = client.served(&canary);
    assert!((0.04..0.06).contains(&(failed / requests)), "{failed} of {requests}");
    let fast: f64 = canary
        .iter()
        .map(|pod| {
            let text = client.metrics(name(pod)).expect("it answers");
            let fast = text
                .lines()
                .filter(|line| line.contains("le=\"0.1\"") && !line.contains("healthz") && !line.contains("/metrics"));
            fast.filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok()).sum::<f64>()
        })
        .sum();
    let slow = 1.0 - fast / requests;
    assert!((0.10..0.15).contains(&slow), "{slow}");
}
