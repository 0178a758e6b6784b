//! `kill -9` at each point of a flight: the same command again resumes it, and it ends as it would have.
//!
//! Every kind of record that a flight writes is a point: the driver is killed when it is seen for the first time, and
//! started again with the same words, until a driver lives to the end. Whether the write that a record announces had
//! landed is left to chance, as it is in life; the driver that comes next has to find out. It may be on another machine: then
//! it has no journal, and only what stands beside the application.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use glidepath::cluster::{self, Connection};
use glidepath::engine::journal::is_over;
use serde_json::{Value, json};

use crate::control_plane::Api;
use crate::served::{Driver, RELEASE, Served, left_over, quick};

/// A short flight through both kinds of step: beside stable, and pinned.
pub const STEPS: &str = "steps = [25, 100]\nsoak = \"1s\"";

/// How many times as fast as life the world goes, so that its pods are Ready within a second.
const SPEED: u32 = 20;

/// How long the disk may take.
const SOON: Duration = Duration::from_secs(10);

/// What kind of record an event is, where it is one to be killed at.
fn point(event: &Value) -> Option<String> {
    let word = |field: &str| event[field].as_str().unwrap_or_default().to_owned();
    Some(match event["event"].as_str()? {
        kind @ ("started" | "resumed" | "rollback") => kind.to_owned(),
        // These are told with the end itself: whoever dies after it leaves a release that is over.
        "stage" if event["stage"] == "report" => return None,
        "effect" if word("what").starts_with("remove Glidepath's annotations") && event["state"] == "confirmed" => {
            return None;
        }
        "stage" => format!("stage {} {}", word("stage"), word("state")),
        "step" => format!("step of {} {}", event["weight"], word("state")),
        "effect" => format!("{} {}", word("what"), word("state")),
        "proof" => format!("proof {} {}", word("line"), word("state")),
        // The driver before had rolled it, and died before it could say so.
        "note" if word("text").starts_with("stable was rolled before") => {
            "roll checkout to the new template, before".to_owned()
        }
        _ => return None,
    })
}

/// Where the next driver is started.
#[derive(Clone, Copy, Default, PartialEq)]
enum Heirs {
    /// On the machine of the one before, with its journal.
    #[default]
    Here,
    /// On a machine that no driver was on.
    Elsewhere,
}

/// All points at which a driver was killed, and what each of them had said by then.
#[derive(Default)]
struct Ordeal {
    heirs: Heirs,
    points: BTreeSet<String>,
    lives: Vec<Vec<Value>>,
}

impl Ordeal {
    /// Flies until a driver lives to the end. Every driver is killed at the first record of a kind at which none was
    /// killed yet; with `from`, only once that record has been written.
    async fn survive(&mut self, served: &Served, words: &[&str], from: Option<&str>) -> Value {
        let mut begun = from.is_none();
        loop {
            let machine =
                if self.heirs == Heirs::Here { "state".into() } else { format!("state-{}", self.lives.len()) };
            let mut driver = Driver::start(served.command_on(&machine, words).arg("--json"));
            loop {
                let Some(event) = driver.next() else {
                    return if words == RELEASE { driver.ends() } else { driver.proves() };
                };
                let Some(point) = point(&event) else { continue };
                begun |= from == Some(point.as_str());
                if begun && self.points.insert(point) {
                    // What is told is on disk a moment later. A decision to roll back counts once it is.
                    if from.is_some() {
                        match self.heirs {
                            Heirs::Here => until_recorded(&served.path().join(&machine), &event),
                            Heirs::Elsewhere => until_shared(&served.connect().await, &event).await,
                        }
                    }
                    break;
                }
            }
            // What it told while it was being killed it told before it died: it got that far, and was killed there.
            let heard = driver.events.len();
            let events = driver.dies();
            self.points.extend(events.iter().skip(heard).filter_map(point));
            let end = if words == RELEASE { end_of(served, &events).await } else { None };
            self.lives.push(events);
            // The same words would begin another release.
            if let Some(end) = end {
                return end;
            }
            assert!(self.lives.len() < 100, "killed again and again: {:?}", self.points);
        }
    }

    /// Each of these must have been a point; where several are told in one turn, any of them.
    fn was_killed_at(&self, points: &[&[&str]]) {
        for told in points {
            let is_one = |known: &String| told.iter().any(|point| known.starts_with(point));
            assert!(self.points.iter().any(is_one), "never killed at {told:?}, only at {:?}", self.points);
        }
    }
}

/// How a release ended whose driver came to its end before it was killed: it may have died before it could say so.
async fn end_of(served: &Served, events: &[Value]) -> Option<Value> {
    if let Some(ended) = events.iter().find(|event| event["event"] == "ended") {
        return Some(ended.clone());
    }
    let release = events.first()?["release"].as_str()?;
    let page = cluster::page(&served.connect().await, release).await.unwrap()?;
    let ended = page.state.ended.as_ref().filter(|ended| is_over(ended.outcome))?;
    Some(json!({"outcome": ended.outcome, "exit_code": ended.exit_code}))
}

/// Waits until the journal has an event.
fn until_recorded(journals: &Path, event: &Value) {
    let began = Instant::now();
    let place = format!("\"epoch\":{},\"seq\":{},", event["epoch"], event["seq"]);
    let is_there = || {
        let files = std::fs::read_dir(journals).unwrap().flatten();
        files.filter_map(|file| std::fs::read_to_string(file.path()).ok()).any(|journal| journal.contains(&place))
    };
    while !is_there() {
        assert!(began.elapsed() < SOON, "not recorded: {event}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Waits until the record beside the application knows of an event.
async fn until_shared(connection: &Connection, event: &Value) {
    let began = Instant::now();
    let release = event["release"].as_str().unwrap();
    let place = (event["epoch"].as_u64().unwrap(), event["seq"].as_u64().unwrap());
    while cluster::page(connection, release).await.unwrap().is_none_or(|page| (page.epoch, page.seq) < place) {
        assert!(began.elapsed() < SOON, "not beside the application: {event}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// The canary pods that the world saw.
fn canaries(truth: &[Value]) -> usize {
    truth.iter().filter(|pod| pod["track"] == "canary").count()
}

async fn stable(api: &Api) -> Value {
    api.get("/apis/apps/v1/namespaces/shop/deployments/checkout").await.unwrap()
}

#[tokio::test]
async fn a_release_that_is_killed_at_every_point_is_promoted_all_the_same() {
    promoted_all_the_same(Heirs::Here).await;
}

#[tokio::test]
async fn and_so_is_one_whose_every_driver_is_followed_by_one_on_another_machine() {
    promoted_all_the_same(Heirs::Elsewhere).await;
}

async fn promoted_all_the_same(heirs: Heirs) {
    let mut ordeal = Ordeal { heirs, ..Ordeal::default() };
    let served = Served::start("healthy", SPEED);
    served.configure(&quick(STEPS));
    let api = Api::of(&served.connect().await);
    let before = stable(&api).await;
    let ended = ordeal.survive(&served, &RELEASE, None).await;
    assert_eq!(ended["outcome"], "promoted", "{ended}");
    ordeal.was_killed_at(&[
        &["started"],
        &["resumed"],
        &["mark checkout as flying", "create the canary"],
        &["raise the autoscaler"],
        &["stage canary started", "step of 25 scaling", "scale the canary of checkout to 3"],
        // A driver may have told its soak while it was being killed for what it told before; its heir goes on soaking.
        &["step of 25 soaking", "scale the canary of checkout to 3 confirmed"],
        &["step of 25 passed", "step of 100 scaling", "scale the canary of checkout to 10"],
        &["let the canary of checkout stand on its own"],
        &["pin Service checkout"],
        &["step of 100 soaking", "pin Service checkout"],
        &["step of 100 passed", "stage canary passed"],
        &["roll checkout to the new template", "stage deploy started"],
        &["unpin Service checkout"],
        &["stage deploy passed", "stage validation started"],
        &["stage validation passed", "delete the canary"],
        &["put the autoscaler minimum of checkout back", "remove Glidepath's annotations"],
    ]);
    let after = stable(&api).await;
    assert_eq!(after["spec"]["template"]["spec"]["containers"][0]["image"], "registry.example/checkout:1.8.0");
    // What stable is meant to be was changed once, however often that was decided anew.
    let revision = |object: &Value| {
        let revision = &object["metadata"]["annotations"]["deployment.kubernetes.io/revision"];
        revision.as_str().unwrap().parse::<u32>().unwrap()
    };
    assert_eq!(revision(&after), revision(&before) + 1);
    assert_eq!(left_over(&api, &served.namespace).await, Vec::<String>::new());
    assert_eq!(canaries(&served.end()), 10, "a canary of 10 pods was started once");
}

/// The same flight with a baseline beside the canary.
fn with_baseline() -> String {
    quick(&format!("{STEPS}\nbaseline = true"))
}

#[tokio::test]
async fn a_release_with_a_baseline_that_is_killed_at_every_point_leaves_none() {
    let mut ordeal = Ordeal::default();
    let served = Served::start("healthy", SPEED);
    served.configure(&with_baseline());
    let api = Api::of(&served.connect().await);
    let ended = ordeal.survive(&served, &RELEASE, None).await;
    assert_eq!(ended["outcome"], "promoted", "{ended}");
    ordeal.was_killed_at(&[
        &["create the baseline", "create the canary"],
        &["scale the baseline of checkout to 3"],
        &["step of 25 soaking", "scale the baseline of checkout to 3 confirmed"],
        &["delete the baseline of checkout", "step of 100 soaking"],
        &["stage validation passed", "delete the canary"],
    ]);
    assert_eq!(left_over(&api, &served.namespace).await, Vec::<String>::new());
    served.end();

    let mut ordeal = Ordeal::default();
    let served = Served::start("error-spike", SPEED);
    // Beside a baseline a canary has a fifth of the pods at 25 %, and errors begin at a quarter.
    served.configure(&with_baseline().replace("[25, 100]", "[50, 100]"));
    let api = Api::of(&served.connect().await);
    let ended = ordeal.survive(&served, &RELEASE, Some("rollback")).await;
    assert_eq!((&ended["outcome"], &ended["exit_code"]), (&"rolled-back".into(), &3.into()), "{ended}");
    ordeal.was_killed_at(&[
        &["scale the canary of checkout to 0"],
        &["stage rollback passed", "delete the canary"],
        &["delete the baseline"],
        &["put the autoscaler minimum of checkout back", "remove Glidepath's annotations"],
    ]);
    assert_eq!(left_over(&api, &served.namespace).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_rollback_with_nothing_flying_that_is_killed_at_every_point_goes_no_further_back() {
    goes_no_further_back(Heirs::Here).await;
}

#[tokio::test]
async fn nor_does_one_that_is_asked_again_on_another_machine() {
    goes_no_further_back(Heirs::Elsewhere).await;
}

async fn goes_no_further_back(heirs: Heirs) {
    let served = Served::start("bad-yesterday", SPEED);
    served.configure(&quick(STEPS));
    let api = Api::of(&served.connect().await);
    let before = stable(&api).await;
    let mut ordeal = Ordeal { heirs, ..Ordeal::default() };
    let ended = ordeal.survive(&served, &["rollback", "deploy/checkout"], None).await;
    assert_eq!((&ended["outcome"], &ended["exit_code"]), (&"rolled-back".into(), &3.into()), "{ended}");
    ordeal.was_killed_at(&[
        &["started"],
        &["resumed"],
        &["create the Deployment of 1.7.3 beside checkout"],
        &["pin Service checkout"],
        &["roll checkout back to the template of 1.7.3", "stage deploy started"],
        &["unpin Service checkout"],
        &["delete the Deployment of 1.7.3 beside checkout"],
        &["put the autoscaler minimum of checkout back", "remove Glidepath's annotations"],
    ]);
    let after = stable(&api).await;
    let image = |object: &Value| object["spec"]["template"]["spec"]["containers"][0]["image"].clone();
    assert_ne!(image(&after), image(&before));
    assert_eq!(image(&after), "registry.example/checkout:1.7.3", "one version back, however often it was asked");
    assert_eq!(left_over(&api, &served.namespace).await, Vec::<String>::new());
    let again = served.command(&["rollback", "deploy/checkout"]).output().unwrap();
    assert_eq!(again.status.code(), Some(0), "{again:?}");
    assert_eq!(image(&stable(&api).await), image(&after), "asked once more, it answers with the end");
}

#[tokio::test]
async fn a_rollback_that_is_killed_at_every_point_goes_on_before_anything_else() {
    goes_on_before_anything_else(Heirs::Here).await;
}

#[tokio::test]
async fn and_on_another_machine_too() {
    goes_on_before_anything_else(Heirs::Elsewhere).await;
}

async fn goes_on_before_anything_else(heirs: Heirs) {
    let mut ordeal = Ordeal { heirs, ..Ordeal::default() };
    for scenario in ["error-spike", "late-collapse"] {
        let served = Served::start(scenario, SPEED);
        served.configure(&quick(STEPS));
        let api = Api::of(&served.connect().await);
        let before = stable(&api).await;
        let first = ordeal.lives.len();
        let ended = ordeal.survive(&served, &RELEASE, Some("rollback")).await;
        assert_eq!((&ended["outcome"], &ended["exit_code"]), (&"rolled-back".into(), &3.into()), "{ended}");
        let after_the_decision = ordeal.lives.iter().skip(first).skip(1).flatten();
        for event in after_the_decision.filter(|event| event["event"] == "step" || event["event"] == "effect") {
            let what = event["what"].as_str().unwrap_or("a step");
            // Whoever takes over marks the objects, so that whoever drove before cannot go forward again.
            let backward = ["unpin", "put", "delete", "remove", "mark"].iter().any(|word| what.starts_with(word));
            assert!(backward || what == "scale the canary of checkout to 0", "{scenario}: forward again: {event}");
        }
        let after = stable(&api).await;
        assert_eq!(after["spec"]["template"], before["spec"]["template"]);
        assert_eq!(left_over(&api, &served.namespace).await, Vec::<String>::new(), "{scenario}");
        served.end();
    }
    ordeal.was_killed_at(&[
        &["rollback", "stage canary failed"],
        &["unpin Service checkout", "stage deploy failed"],
        &["scale the canary of checkout to 0"],
        &["proof accepted done"],
        &["proof canary-zero done"],
        &["stage rollback passed", "delete the canary"],
        &["put the autoscaler minimum of checkout back", "remove Glidepath's annotations"],
    ]);
}
