//! Text that would drive a terminal, put into a cluster wherever anybody may put it, and looked for in everything that
//! comes out of the program: each payload, each sink.
//!
//! The sinks: the screen's very bytes, the three exports, the clipboard, lines of text and of JSON, `status`, `releases`,
//! the journal and the log. Text that a JSON document holds must be harmless once it is decoded, too.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::control_plane::Api;
use crate::front::{Front, Rewrite};
use crate::pty::seat::Seat;
use crate::served::Served;
use crate::tui::hostile::{PAYLOADS, obeyed_by_a_terminal, without_our_escapes};

/// A flight that stands long enough to be looked at.
const CONFIG: &str = "[canary]\nsteps = [{ weight = 25, soak = \"10m\" }, 100]\n";

/// How many times as fast as life the world goes.
const SPEED: u32 = 10;

/// Later than everything else, so that what is hostile comes first wherever only the newest is kept.
const LATE: &str = "2999-01-01T00:00:00Z";

/// Puts every payload where it is shown: into events about the Deployment, and annotations of its pods.
async fn poison(world: &Served) {
    let api = Api::of(&world.connect().await);
    let namespace = &world.namespace;
    let deployment =
        api.get(&format!("/apis/apps/v1/namespaces/{namespace}/deployments/checkout")).await.expect("it is there");
    let uid = &deployment["metadata"]["uid"];
    let pods = format!("/api/v1/namespaces/{namespace}/pods");
    let listed = api.get(&pods).await.expect("pods");
    let annotations: BTreeMap<String, &str> =
        PAYLOADS.iter().enumerate().map(|(place, payload)| (format!("example.com/note-{place}"), *payload)).collect();
    for pod in listed["items"].as_array().unwrap() {
        let name = pod["metadata"]["name"].as_str().unwrap();
        api.merge(&format!("{pods}/{name}"), json!({"metadata": {"annotations": annotations}})).await.expect("a note");
    }
    for (place, payload) in PAYLOADS.iter().enumerate() {
        let event = json!({
            "apiVersion": "v1", "kind": "Event",
            "metadata": {"name": format!("hostile-{place}"), "namespace": namespace},
            "involvedObject": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "checkout", "namespace": namespace, "uid": uid},
            "reason": format!("Hostile{payload}"), "message": format!("payload {place}: {payload}"), "type": "Warning",
            "lastTimestamp": LATE, "count": 1,
            "source": {"component": payload}, "reportingComponent": payload, "reportingInstance": payload,
        });
        api.create(&format!("/api/v1/namespaces/{namespace}/events"), &event).await;
    }
}

/// Everything that came out, by the name of its sink.
#[derive(Default)]
struct Sinks(Vec<(String, String)>);

impl Sinks {
    fn take(&mut self, name: &str, text: impl Into<String>) {
        let text = text.into();
        assert!(!text.trim().is_empty(), "{name} is empty: nothing would be looked at");
        self.0.push((name.to_owned(), text));
    }

    fn run(&mut self, world: &Served, name: &str, args: &[&str]) {
        let output = world.command(args).output().unwrap();
        // Diagnostics and the log, as far as there are any.
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!output.stdout.is_empty(), "{name} says nothing: {stderr}");
        self.0.push((format!("{name}: stderr"), stderr));
        self.take(name, String::from_utf8(output.stdout).unwrap());
    }
}

/// Every text in a JSON value.
fn strings(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(all) => all.iter().flat_map(strings).collect(),
        Value::Object(all) => {
            all.iter().flat_map(|(key, value)| std::iter::once(key.as_str()).chain(strings(value))).collect()
        }
        _ => Vec::new(),
    }
}

/// What in a text a terminal would obey; line ends are what lines end with.
fn harm(text: &str) -> Option<String> {
    let at = text.find(|c| obeyed_by_a_terminal(c) && c != '\n')?;
    let around: String = text[at..].chars().take(40).collect();
    Some(format!("{around:?}"))
}

fn assert_harmless(sinks: &Sinks) {
    for (name, text) in &sinks.0 {
        assert_eq!(harm(text), None, "{name}");
        // One document, or one a line.
        let whole: Option<Value> = serde_json::from_str(text).ok();
        let lines = text.lines().filter(|line| whole.is_none() && line.starts_with('{'));
        let each = lines.map(|line| serde_json::from_str(line).unwrap_or_else(|why| panic!("{name}: {why}: {line}")));
        for value in each.chain(whole.clone()) {
            for found in strings(&value) {
                assert_eq!(harm(found).or_else(|| found.contains('\n').then(|| found.to_owned())), None, "{name}");
            }
        }
    }
}

/// Takes away everything that can be, and leaves; all that the program wrote to the terminal.
fn take_away_and_leave(mut seat: Seat) -> String {
    for key in ["t", "s", "j", "l"] {
        seat.press("e");
        seat.sees_words("Take away");
        seat.press(key);
        seat.sees_words("written: ");
    }
    seat.press("q");
    seat.sees_words("hold here and leave");
    seat.press("h");
    let raw = seat.raw();
    assert_eq!(seat.ends(), 4);
    String::from_utf8(raw()).expect("frames end between characters")
}

#[tokio::test(flavor = "multi_thread")]
async fn no_payload_reaches_any_sink_from_anywhere() {
    let world = Served::start("healthy", SPEED);
    world.configure(CONFIG);
    poison(&world).await;
    let mut sinks = Sinks::default();
    let mut args = vec!["release", "deploy/checkout", "--image", "app=registry.example/checkout:1.8.0"];
    args.extend(["--kubeconfig", "kube.yaml", "--journal", "state", "-vv", "--yes"]);
    let screen = tokio::task::block_in_place(|| {
        let mut seat = Seat::take(world.path(), &args);
        seat.sees_words("SOAKING");
        // Every view, the page of a pod, and what is taken away from each of them.
        for (key, words) in
            [("4", "payload"), ("9", "log of this program"), ("3", "trouble first"), ("\u{1b}[F", "stable")]
        {
            seat.press(key);
            seat.sees_words(words);
        }
        seat.press("\r");
        seat.sees_words("as of");
        seat.press("\u{1b}[F");
        seat.sees_words("example.com/note");
        seat.press("\u{1b}");
        seat.press("4/Hostile\r");
        seat.sees_words("payload");
        seat.press("y");
        seat.sees_words("clipboard");
        take_away_and_leave(seat)
    });
    // What the clipboard was given is base64 in the one sequence that is ours; the rest is what stands on the screen.
    let copied = screen.split("\u{1b}]52;c;").nth(1).expect("something was copied");
    assert!(copied.starts_with(|c: char| c.is_ascii_alphanumeric()), "{}", &copied[..20]);
    let screen: String = screen
        .split("\u{1b}]52;c;")
        .enumerate()
        .map(|(place, part)| if place == 0 { part } else { part.split_once("\u{1b}\\").expect("it ends").1 })
        .collect();
    sinks.take("screen", without_our_escapes(&screen).replace('\r', ""));
    for file in fs::read_dir(world.path().join("state/exports")).unwrap().flatten() {
        let text = fs::read_to_string(file.path()).unwrap();
        sinks.take(&format!("export {:?}", file.path().extension().unwrap()), text);
    }
    assert_eq!(sinks.0.len(), 5, "four files were taken away");
    let journal = fs::read_dir(world.path().join("state")).unwrap().flatten().map(|entry| entry.path());
    let journal = journal.into_iter().find(|path| path.extension().is_some_and(|end| end == "jsonl")).unwrap();
    sinks.take("journal", fs::read_to_string(&journal).unwrap());
    let journal = journal.to_str().unwrap();
    sinks.run(&world, "status", &["status", "-vv"]);
    sinks.run(&world, "status as JSON", &["status", "--json", "-vv"]);
    sinks.run(&world, "releases", &["releases"]);
    sinks.run(&world, "replay in lines", &["replay", journal, "--plain"]);
    sinks.run(&world, "replay as JSON", &["replay", journal, "--json"]);
    let mut strict = vec!["replay", journal, "--judge", "glidepath.toml"];
    sinks.run(&world, "judged again", &strict);
    strict.push("--json");
    sinks.run(&world, "judged again as JSON", &strict);
    sinks.run(&world, "rollback in lines", &["rollback", "deploy/checkout", "--plain", "-vv"]);

    assert_harmless(&sinks);
    // And it was there to be seen: what came in stands in them as words.
    for (name, seen) in [("screen", "\\u{1b}]52"), ("journal", "u{1b}]52"), ("status as JSON", "u{202e}")] {
        let text = &sinks.0.iter().find(|(sink, _)| sink == name).expect("a sink").1;
        assert!(text.contains(seen), "{name} shows nothing of the payloads");
    }
}

/// Payloads in what pods say and how they are called: their logs, the labels of their metrics, and the names of three.
struct Mouth {
    /// The real names of the pods that are called otherwise.
    renamed: Mutex<Vec<String>>,
}

/// How many pods are called otherwise: enough are left for the release to be judged by.
const RENAMED: usize = 3;

impl Mouth {
    /// What a pod is called, if it is one of them; one after the other has all payloads in its name.
    fn name(&self, real: &str) -> Option<String> {
        let mut renamed = self.renamed.lock().unwrap();
        if !renamed.iter().any(|known| known == real) && renamed.len() < RENAMED && !real.contains("canary") {
            renamed.push(real.to_owned());
        }
        let place = renamed.iter().position(|known| known == real)?;
        let size = PAYLOADS.len().div_ceil(RENAMED);
        Some(format!("{real}{}", PAYLOADS.chunks(size).nth(place)?.concat()))
    }

    fn rename(&self, object: &mut Value) {
        let name = object["metadata"]["name"].as_str().and_then(|name| self.name(name));
        if let Some(name) = name {
            object["metadata"]["name"] = name.into();
        }
    }
}

impl Rewrite for Mouth {
    fn asked(&self, path: &str) -> String {
        path.to_owned()
    }

    fn answered(&self, path: &str, line: &str) -> String {
        if path.contains("/proxy/metrics") {
            // Quoted as the format wants it: what is between the quotes is a label's value.
            let label = PAYLOADS.concat().replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            return match line.split_once('{') {
                Some((name, rest)) => format!("{name}{{hostile=\"{label}\",{rest}"),
                None => line.to_owned(),
            };
        }
        if path.contains("/log?") {
            let said = PAYLOADS.iter().enumerate().map(|(place, payload)| format!("hostile log {place}: {payload}"));
            return said.chain([line.to_owned()]).collect::<Vec<_>>().join("\n");
        }
        if !path.split('?').next().unwrap_or_default().ends_with("/pods") {
            return line.to_owned();
        }
        let Ok(mut said) = serde_json::from_str::<Value>(line) else { return line.to_owned() };
        if let Some(items) = said["items"].as_array_mut() {
            items.iter_mut().for_each(|item| self.rename(item));
        } else if said.get("object").is_some() {
            self.rename(&mut said["object"]);
        }
        said.to_string()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_payload_reaches_any_sink_from_logs_names_of_pods_and_labels_of_metrics() {
    let world = Served::start("healthy", SPEED);
    world.configure(CONFIG);
    let front = Front::of(world.address(), Mouth { renamed: Mutex::default() }).await;
    let kubeconfig = fs::read_to_string(world.kubeconfig()).unwrap();
    fs::write(world.kubeconfig(), kubeconfig.replace(&world.address(), &front.address)).unwrap();
    let mut sinks = Sinks::default();
    let mut args = vec!["release", "deploy/checkout", "--image", "app=registry.example/checkout:1.8.0"];
    args.extend(["--kubeconfig", "kube.yaml", "--journal", "state", "-vv", "--yes"]);
    let screen = tokio::task::block_in_place(|| {
        let mut seat = Seat::take(world.path(), &args);
        seat.sees_words("SOAKING");
        seat.press("3");
        seat.sees_words("trouble first");
        // The first of the canary's pods, and what it says.
        seat.press("\u{1b}[B");
        seat.press("L");
        seat.sees_words("hostile log");
        seat.press("\u{1b}");
        seat.press("2");
        seat.sees_words("errors");
        seat.press("3/evil\r");
        seat.sees_words("evil");
        take_away_and_leave(seat)
    });
    sinks.take("screen", without_our_escapes(&screen).replace('\r', ""));
    for file in fs::read_dir(world.path().join("state/exports")).unwrap().flatten() {
        let text = fs::read_to_string(file.path()).unwrap();
        sinks.take(&format!("export {:?}", file.path().extension().unwrap()), text);
    }
    let files = fs::read_dir(world.path().join("state")).unwrap().flatten().map(|entry| entry.path());
    let journal = files.into_iter().find(|path| path.extension().is_some_and(|end| end == "jsonl")).unwrap();
    sinks.take("journal", fs::read_to_string(&journal).unwrap());
    sinks.take("log file", fs::read_to_string(world.path().join("state/glidepath.log")).unwrap());
    let journal = journal.to_str().unwrap();
    sinks.run(&world, "status", &["status", "-vv"]);
    sinks.run(&world, "status as JSON", &["status", "--json", "-vv"]);
    sinks.run(&world, "replay in lines", &["replay", journal, "--plain"]);
    sinks.run(&world, "replay as JSON", &["replay", journal, "--json"]);
    sinks.run(&world, "rollback as JSON", &["rollback", "deploy/checkout", "--json", "-vv"]);
    assert_harmless(&sinks);
    for (name, seen) in [("screen", "hostile log"), ("screen", "\\u{1b}]52"), ("journal", "u{1b}]52")] {
        let text = &sinks.0.iter().find(|(sink, _)| sink == name).expect("a sink").1;
        assert!(text.contains(seen), "{name} shows nothing of the payloads");
    }
}
