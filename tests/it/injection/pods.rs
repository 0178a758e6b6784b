//! What pods say and how they are called: their logs, the labels of their metrics, and the names of three.

use std::fs;
use std::sync::Mutex;

use serde_json::Value;

use super::{CONFIG, SPEED, Sinks, flying, journal, take_away_and_leave};
use crate::front::{Front, Rewrite};
use crate::served::Served;
use crate::tui::hostile::PAYLOADS;

/// Where it comes out.
pub const SINKS: &[&str] = &[
    "screen",
    "export txt",
    "export svg",
    "export json",
    "export jsonl",
    "journal",
    "log file",
    "status",
    "status --json",
    "replay --plain",
    "replay --json",
    "rollback --json",
];

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
    world.lead_through(&front.address);
    let mut sinks = Sinks::default();
    let screen = tokio::task::block_in_place(|| {
        let mut seat = flying(&world, &[]);
        seat.press("3");
        seat.sees_words("trouble first");
        // The first of the canary's pods, and what it says.
        seat.press("\u{1b}[B");
        seat.press("L");
        seat.sees_words("hostile log");
        seat.sees_words("\\u{1b}]52");
        seat.press("\u{1b}");
        seat.press("2");
        seat.sees_words("errors");
        seat.press("3/evil\r");
        seat.sees_words("evil");
        take_away_and_leave(seat)
    });
    sinks.screen("screen", &screen);
    sinks.exports(&world);
    let journal = journal(&world);
    sinks.take("journal", fs::read_to_string(&journal).unwrap());
    sinks.take("log file", fs::read_to_string(world.path().join("state/glidepath.log")).unwrap());
    let journal = journal.to_str().unwrap();
    sinks.run(&world, "status", &["status", "-vv"]);
    sinks.run(&world, "status --json", &["status", "--json", "-vv"]);
    sinks.run(&world, "replay --plain", &["replay", journal, "--plain"]);
    sinks.run(&world, "replay --json", &["replay", journal, "--json"]);
    sinks.run(&world, "rollback --json", &["rollback", "deploy/checkout", "--json", "-vv"]);
    sinks.assert_harmless(SINKS);
    sinks.assert_carries_all("export json");
    assert!(sinks.text("journal").contains("u{1b}]52"), "the journal shows nothing of the payloads");
}
