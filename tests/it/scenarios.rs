//! Every scenario, flown by the program itself through its real adapters; and what the world saw of it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use glidepath::core::time::Time;
use glidepath::sim::scenario;
use serde_json::Value;

/// A demo's outcome: its events, its exit code, and what the world saw.
struct Flown {
    code: i32,
    events: Vec<Value>,
    truth: Vec<Value>,
    journal: String,
    stderr: String,
}

fn demo(directory: &Path, name: &str, seed: u64, more: &[&str]) -> Output {
    let truth = directory.join("truth.jsonl");
    Command::new(env!("CARGO_BIN_EXE_glidepath"))
        .args(["demo", "--scenario", name, "--speed", "1000", "--seed", &seed.to_string()])
        .arg("--journal")
        .arg(directory)
        .arg("--truth")
        .arg(&truth)
        .args(more)
        .env_remove("GLIDEPATH_CONFIG")
        .current_dir(directory)
        .output()
        .unwrap()
}

fn fly(name: &str, seed: u64) -> Flown {
    let directory = tempfile::tempdir().unwrap();
    let output = demo(directory.path(), name, seed, &["--json"]);
    let lines = |text: &str| text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>();
    let journal = std::fs::read_dir(directory.path()).unwrap().flatten().find(|entry| {
        let name = entry.file_name();
        name.to_string_lossy().ends_with(".jsonl") && name != "truth.jsonl"
    });
    Flown {
        code: output.status.code().unwrap_or(-1),
        events: lines(&String::from_utf8(output.stdout).unwrap()),
        truth: lines(&std::fs::read_to_string(directory.path().join("truth.jsonl")).unwrap_or_default()),
        journal: journal.map(|entry| std::fs::read_to_string(entry.path()).unwrap()).unwrap_or_default(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Flown {
    fn of<'a>(&'a self, event: &'a str) -> impl Iterator<Item = &'a Value> {
        self.events.iter().filter(move |value| value["event"] == event)
    }

    fn ended(&self) -> &Value {
        self.of("ended").last().unwrap_or_else(|| panic!("it never ended: {}", self.stderr))
    }

    /// When a line of the proof was done, if it was.
    fn proved(&self, line: &str) -> Option<Time> {
        let done = self.of("proof").find(|proof| proof["line"] == line && proof["state"] == "done")?;
        Time::parse(done["at"].as_str()?)
    }

    fn canary_requests(&self) -> Vec<Time> {
        let canary = self.truth.iter().filter(|pod| pod["track"] == "canary");
        canary.filter_map(|pod| Time::parse(pod["last_request"].as_str()?)).collect()
    }

    fn cause(&self) -> String {
        self.of("rollback").next().map(|event| event["cause"].to_string()).unwrap_or_default()
    }

    fn holds(&self) -> String {
        self.of("hold")
            .filter(|hold| hold["state"] == "begun")
            .map(|hold| hold["reason"].to_string())
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// What holds of every flight: it ends as its file says, and never claims a silence that the world does not confirm.
fn lands(name: &str) -> Flown {
    let expected = scenario::embedded(name).unwrap().expect;
    let flown = fly(name, 7);
    let ended = flown.ended();
    assert_eq!(ended["outcome"], expected.outcome.word(), "{name}: {ended} {}\n{}", flown.cause(), flown.holds());
    assert_eq!(flown.code, i32::from(expected.exit), "{name}");
    assert_eq!(ended["exit_code"], flown.code);
    if name != "bad-yesterday"
        && let Some(zero) = flown.proved("canary-zero")
    {
        let late: Vec<_> = flown.canary_requests().into_iter().filter(|last| *last > zero).collect();
        assert!(late.is_empty(), "{name}: canary-zero was claimed at {zero}, and a canary served at {late:?}");
    }
    flown
}

#[test]
fn healthy_is_promoted() {
    let flown = lands("healthy");
    assert_eq!(flown.of("step").filter(|step| step["state"] == "passed").count(), 5);
    assert_eq!(flown.of("rollback").count(), 0);
}

#[test]
fn error_spike_rolls_back_and_proves_it() {
    let flown = lands("error-spike");
    assert!(flown.cause().contains("errors"), "{}", flown.cause());
    assert_eq!(flown.ended()["proven"], true);
}

#[test]
fn latency_creep_rolls_back() {
    let flown = lands("latency-creep");
    assert!(flown.cause().contains("p95"), "{}", flown.cause());
}

#[test]
fn memory_leak_rolls_back_before_the_oom_kill() {
    let flown = lands("memory-leak");
    assert!(flown.cause().contains("memory"), "{}", flown.cause());
    assert!(flown.truth.iter().all(|pod| pod["oom_kills"] == 0));
}

#[test]
fn canaries_that_never_start_meet_no_user_and_say_why() {
    for (name, words) in
        [("crash-loop", "CrashLoopBackOff"), ("image-missing", "ImagePull"), ("no-room", "Insufficient")]
    {
        let flown = lands(name);
        assert!(flown.canary_requests().is_empty(), "{name}");
        assert!(flown.cause().contains(words), "{name}: {}", flown.cause());
    }
}

#[test]
fn sticky_connections_are_waited_for() {
    assert_eq!(lands("sticky-connections").ended()["proven"], true);
}

#[test]
fn a_metrics_outage_only_holds() {
    let flown = lands("metrics-outage");
    assert!(!flown.holds().is_empty());
    assert_eq!(flown.of("rollback").count(), 0);
}

#[test]
fn lost_metrics_roll_back_at_the_blind_limit_and_prove_no_slo() {
    let flown = lands("metrics-lost");
    assert!(flown.cause().contains("blind"), "{}", flown.cause());
    assert_eq!(flown.ended()["proven"], false);
    assert_eq!(flown.proved("slo-inside"), None);
}

#[test]
fn an_api_outage_delays_the_rollback_and_its_time_is_told() {
    let flown = lands("api-outage");
    let told = flown.of("note").any(|note| note["text"].as_str().is_some_and(|text| text.contains("were lost")));
    assert!(told, "{:?}", flown.of("note").collect::<Vec<_>>());
}

#[test]
fn a_stuck_stable_pod_is_named_and_traffic_is_back_at_once() {
    let flown = lands("stuck-stable");
    let stalled =
        flown.of("proof").find(|proof| proof["line"] == "stable-capacity" && proof["state"] == "stalled").unwrap();
    assert!(stalled["why"].as_str().unwrap().contains("checkout-"), "{stalled}");
    let decided = Time::parse(flown.of("rollback").next().unwrap()["at"].as_str().unwrap()).unwrap();
    assert!(flown.proved("canary-zero").unwrap().since(decided).as_secs() < 60);
    assert!(flown.proved("stable-capacity").is_some());
}

#[test]
fn a_late_collapse_is_unpinned_within_seconds() {
    let flown = lands("late-collapse");
    let decided = Time::parse(flown.of("rollback").next().unwrap()["at"].as_str().unwrap()).unwrap();
    let unpinned = |event: &&Value| {
        event["what"].as_str().is_some_and(|what| what.starts_with("unpin")) && event["state"] == "confirmed"
    };
    let unpinned = flown.of("effect").find(unpinned).unwrap();
    assert!(Time::parse(unpinned["at"].as_str().unwrap()).unwrap().since(decided).as_secs() < 3);
}

#[test]
fn what_is_dead_on_arrival_is_rolled_back_on_little_traffic() {
    lands("dead-on-arrival");
}

#[test]
fn low_traffic_is_held_and_says_how_much_is_missing() {
    let flown = lands("low-traffic");
    assert!(flown.holds().contains("more requests"), "{}", flown.holds());
}

#[test]
fn single_bad_samples_fool_nobody() {
    assert_eq!(lands("flapping-metric").of("rollback").count(), 0);
}

#[test]
fn a_common_outage_is_not_the_canary() {
    assert!(lands("common-outage").holds().contains("not the canary"));
}

#[test]
fn gitops_that_fights_is_named_and_never_stops_a_rollback() {
    assert!(lands("gitops-fight").holds().contains("argocd-controller"));
    assert_eq!(lands("gitops-rollback").ended()["proven"], true);
}

#[test]
fn yesterdays_bad_version_is_taken_back() {
    assert_eq!(lands("bad-yesterday").ended()["proven"], true);
}

/// Where the first and the last event stand whose words begin so, by the order in which they were told.
fn places(flown: &Flown, state: &str, what: &str) -> (usize, usize) {
    let is_one =
        |event: &Value| event["state"] == state && event["what"].as_str().is_some_and(|told| told.starts_with(what));
    let places: Vec<usize> = (0..flown.events.len()).filter(|&place| is_one(&flown.events[place])).collect();
    (*places.first().unwrap_or_else(|| panic!("never {what}")), *places.last().unwrap())
}

#[test]
fn nine_workloads_take_every_step_together() {
    let flown = lands("tars");
    let soaking: Vec<usize> = (0..flown.events.len())
        .filter(|&place| flown.events[place]["event"] == "step" && flown.events[place]["state"] == "soaking")
        .collect();
    assert_eq!(soaking.len(), 5);
    // Before each soak every canary of that size was asked for, and none of the next.
    for (size, place) in [(1, soaking[0]), (3, soaking[3])] {
        let scaled = |event: &&Value| {
            event["what"].as_str().is_some_and(|what| what.ends_with(&format!(" to {size}")))
                && event["state"] == "confirmed"
        };
        assert_eq!(flown.events[..place].iter().filter(scaled).count(), 9, "canaries of {size}");
    }
    let pinned = places(&flown, "confirmed", "pin Service");
    assert!(soaking[3] < pinned.0 && pinned.1 < soaking[4], "all are pinned before the step of 100 % soaks");
    let rolled = places(&flown, "confirmed", "roll ");
    assert!(rolled.1 < places(&flown, "sent", "unpin").0, "no Service is unpinned before every stable has been rolled");
    let validated = flown.events.iter().position(|event| event["stage"] == "validation" && event["state"] == "passed");
    assert!(validated.unwrap() < places(&flown, "sent", "delete").0, "no canary goes before all have passed");
    let met_users = flown.truth.iter().filter(|pod| pod["track"] == "canary" && pod["first_request"].is_string());
    let workloads: std::collections::BTreeSet<&str> = met_users.filter_map(|pod| pod["workload"].as_str()).collect();
    assert_eq!(workloads.len(), 9, "{workloads:?}");
}

#[test]
fn one_seed_gives_one_journal_byte_for_byte_and_another_seed_another() {
    let first = fly("error-spike", 11);
    let second = fly("error-spike", 11);
    let differ = first.journal.lines().zip(second.journal.lines()).find(|(a, b)| a != b);
    assert!(differ.is_none(), "{differ:#?}");
    assert_eq!(first.journal.len(), second.journal.len());
    assert!(!first.journal.is_empty() && fly("error-spike", 12).journal != first.journal);
}

#[test]
fn the_stream_has_the_documented_shapes() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/stream.md")).unwrap();
    let documented: BTreeMap<String, String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .filter_map(|line| line.split_once("` | "))
        .map(|(event, fields)| (event.to_owned(), fields.to_owned()))
        .collect();
    for name in ["error-spike", "gitops-fight"] {
        let flown = fly(name, 3);
        let mut last = 0;
        for event in &flown.events {
            let object = event.as_object().unwrap();
            for field in ["v", "epoch", "seq", "at", "release", "event"] {
                assert!(object.contains_key(field), "{event}");
            }
            assert!(event["seq"].as_u64().unwrap() > last, "{event}");
            last = event["seq"].as_u64().unwrap();
            let kind = event["event"].as_str().unwrap();
            let fields = documented.get(kind).unwrap_or_else(|| panic!("{kind} is not documented"));
            for field in
                object.keys().filter(|key| !["v", "epoch", "seq", "at", "release", "event"].contains(&key.as_str()))
            {
                assert!(fields.contains(&format!("`{field}`")), "{kind}.{field} is not documented");
            }
        }
    }
}
