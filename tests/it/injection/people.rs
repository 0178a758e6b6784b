//! What people say: the reason of a command, which goes a long way: by the cluster to the driver, and from there into all that
//! is told of the release, its end included.

use std::fs;
use std::process::Stdio;

use serde_json::{Value, json};

use super::{CONFIG, FLY, SPEED, Sinks, flying, journal};
use crate::control_plane::Api;
use crate::pty::seat::Seat;
use crate::served::Served;
use crate::tui::hostile::{PAYLOADS, without_our_escapes};

/// Where it comes out.
pub const SINKS: &[&str] = &[
    "pause",
    "resume",
    "approve",
    "promote",
    "rollback --plain",
    "attach --plain",
    "screen",
    "farewell",
    "journal",
    "events in the cluster",
    "record in the cluster",
    "status",
    "status --json",
    "releases",
    "release that has ended",
    "attach to what has ended",
    "replay --plain",
    "driver without a screen",
    "release --detach",
    "asciicast",
    "demo --plain",
    "demo --json",
];

/// All of it, as one reason.
fn reason() -> String {
    PAYLOADS.join(" ")
}

async fn in_the_cluster(world: &Served, sinks: &mut Sinks) {
    let api = Api::of(&world.connect().await);
    let events = api.get(&format!("/api/v1/namespaces/{}/events", world.namespace)).await.unwrap();
    let ours = events["items"].as_array().unwrap().iter().filter(|event| event["reportingComponent"] == "glidepath");
    let messages: Vec<&Value> = ours.map(|event| &event["message"]).collect();
    sinks.take("events in the cluster", json!(messages).to_string());
    let maps = api.get(&format!("/api/v1/namespaces/{}/configmaps", world.namespace)).await.unwrap();
    let summaries = maps["items"].as_array().unwrap().iter().filter_map(|map| map["data"]["summary"].as_str());
    sinks.take("record in the cluster", summaries.collect::<Vec<_>>().join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_payload_reaches_any_sink_from_a_reason() {
    let world = Served::start("healthy", SPEED);
    world.configure(CONFIG);
    let mut sinks = Sinks::default();
    let reason = reason();
    let because = ["--reason", reason.as_str()];
    let seat = tokio::task::block_in_place(|| flying(&world, &["--id", "spoken"]));
    let looker =
        world.command_on("elsewhere", &["attach", "--read-only", "--plain"]).stdout(Stdio::piped()).spawn().unwrap();
    sinks.run(&world, "pause", &[&["pause"], &because[..]].concat());
    sinks.run(&world, "resume", &[&["resume"], &because[..]].concat());
    sinks.refuse(&world, "approve", &[&["approve"], &because[..]].concat());
    sinks.run(&world, "promote", &[&["promote"], &because[..]].concat());
    sinks.run(&world, "rollback --plain", &[&["rollback", "deploy/checkout", "--plain"], &because[..]].concat());
    let sent = tokio::task::block_in_place(|| leaves_after_its_end(seat));
    // What is printed where the shell is again.
    let (screen, farewell) = sent.split_once("\u{1b}[?1049l").expect("it gives the screen back");
    sinks.screen("screen", screen);
    sinks.screen("farewell", farewell);
    sinks.take("attach --plain", String::from_utf8(looker.wait_with_output().unwrap().stdout).unwrap());
    let journal = journal(&world);
    sinks.take("journal", fs::read_to_string(&journal).unwrap());
    in_the_cluster(&world, &mut sinks).await;
    sinks.run(&world, "status", &["status", "deploy/checkout"]);
    sinks.run(&world, "status --json", &["status", "deploy/checkout", "--json"]);
    sinks.run(&world, "releases", &["releases"]);
    let again = [&FLY[..], &["--id", "spoken", "--plain"]].concat();
    let output = world.command(&again).output().unwrap();
    sinks.take("release that has ended", String::from_utf8([output.stdout, output.stderr].concat()).unwrap());
    let output = world.command(&["attach", "deploy/checkout", "--plain"]).output().unwrap();
    sinks.take("attach to what has ended", String::from_utf8([output.stdout, output.stderr].concat()).unwrap());
    sinks.run(&world, "replay --plain", &["replay", journal.to_str().unwrap(), "--plain"]);
    without_a_screen(&world, &mut sinks, &because);
    tokio::task::block_in_place(|| on_its_own_cluster(&world, &mut sinks));

    sinks.assert_harmless(SINKS);
    for name in [
        "rollback --plain",
        "attach --plain",
        "farewell",
        "journal",
        "events in the cluster",
        "record in the cluster",
        "status",
        "status --json",
        "release that has ended",
        "replay --plain",
        "driver without a screen",
        "demo --plain",
        "demo --json",
    ] {
        sinks.assert_carries_all(name);
    }
}

/// Looks at the proof and the journal of a release that was rolled back, and leaves; all that was written.
fn leaves_after_its_end(mut seat: Seat) -> String {
    seat.sees_words("ROLLED BACK");
    for (key, words) in [("7", "\\u{1b}]52;c;"), ("5", "[5 journal]")] {
        seat.press(key);
        seat.sees_words(words);
    }
    seat.press("q");
    // The last line that is printed where the shell is again.
    seat.sees_words("journal: state/spoken.jsonl");
    let raw = seat.raw();
    assert_eq!(seat.ends(), 3);
    String::from_utf8(raw()).expect("frames end between characters")
}

/// A release that nobody looks at, and the log of its driver.
fn without_a_screen(world: &Served, sinks: &mut Sinks, because: &[&str]) {
    let fly = ["release", "deploy/checkout", "--image", "app=registry.example/checkout:1.8.1", "--detach", "--yes"];
    sinks.run(world, "release --detach", &fly);
    let rolled = world.command(&[&["rollback", "deploy/checkout", "--plain"], because].concat()).output().unwrap();
    assert_eq!(rolled.status.code(), Some(0), "{rolled:?}");
    let logs = fs::read_dir(world.path().join("state")).unwrap().flatten().map(|entry| entry.path());
    let mut logs = logs.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("detached-"));
    let log = logs.next().expect("the driver's log");
    // Its last words come after the answer to whoever rolled it back.
    let ended = || fs::read_to_string(&log).unwrap();
    let began = std::time::Instant::now();
    while !ended().contains("rolled-back") {
        assert!(began.elapsed().as_secs() < 60, "the driver does not end:\n{}", ended());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    sinks.take("driver without a screen", ended());
}

/// A demo whose operator speaks so, in lines, and a recorded one whose version is called so.
fn on_its_own_cluster(world: &Served, sinks: &mut Sinks) {
    // In the cockpit a person gives the commands; there the version that serves is hostile.
    let plain = PAYLOADS.iter().filter(|payload| !payload.contains(['/', ':', '@']));
    let version = format!("1.7.4{}", plain.copied().collect::<String>());
    let scenarios = json!({
        "spoken.toml": {"operator": [{
            "when": {"after_release": "10s"}, "who": "dana@example", "command": "rollback", "reason": reason()}]},
        "called.toml": {"workload": [{"name": "checkout", "version": version}]},
    });
    for (file, scenario) in scenarios.as_object().unwrap() {
        let mut scenario = scenario.clone();
        scenario["summary"] = "text that would drive a terminal".into();
        scenario["release"] = json!({"version": "1.8.0"});
        scenario["expect"] = json!({"outcome": "rolled-back", "exit": 3});
        let scenario = toml::Value::try_from(scenario).unwrap();
        fs::write(world.path().join(file), toml::to_string(&scenario).unwrap()).unwrap();
    }
    let record = ["demo", "--scenario-file", "called.toml", "--journal", "demo", "--record", "session.cast"];
    let mut seat = Seat::take(world.path(), &record);
    // Its pods write its name among their metrics, which nobody can read then: the flight waits, and shows why.
    seat.sees_words("HOLDING");
    seat.sees_words("1.7.4\\u{1b}]");
    seat.press("q");
    seat.sees_words("hold here and leave");
    seat.press("h");
    assert_eq!(seat.ends(), 4);
    let cast = fs::read_to_string(world.path().join("session.cast")).unwrap();
    let frames = cast.lines().skip(1).map(|line| serde_json::from_str::<Value>(line).unwrap());
    let sent: String =
        frames.filter(|frame| frame[1] == "o").map(|frame| frame[2].as_str().unwrap().to_owned()).collect();
    sinks.take("asciicast", without_our_escapes(&sent).replace('\r', ""));
    for front in ["--plain", "--json"] {
        let demo = ["demo", "--scenario-file", "spoken.toml", "--speed", "1000", front];
        let output = world.command_on("demo", &demo).output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        sinks.take(&format!("demo {front}"), String::from_utf8(output.stdout).unwrap());
    }
}
