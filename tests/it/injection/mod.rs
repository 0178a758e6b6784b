//! Text that would drive a terminal, put into a cluster wherever anybody may put it, and looked for in everything that
//! comes out of the program: each payload, each sink.
//!
//! A test for each side from which text comes: what the cluster shows, what pods say, what people say, what the API server
//! answers, and files and records that others may have written. Each notes the sinks that it looked at; [`program`] holds
//! them to all ways out that the program has. Text that a JSON document holds must be harmless once it is decoded, too.

mod cluster;
mod files;
mod people;
mod pods;
mod program;
mod server;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use glidepath::core::text::neutral;
use serde_json::Value;

use crate::pty::seat::Seat;
use crate::served::Served;
use crate::tui::hostile::{PAYLOADS, obeyed_by_a_terminal, without_our_escapes};

/// A flight that stands long enough to be looked at.
const CONFIG: &str = "[canary]\nsteps = [{ weight = 25, soak = \"10m\" }, 100]\n";

/// How many times as fast as life the world goes.
const SPEED: u32 = 10;

/// The words that begin the flight.
const FLY: [&str; 4] = ["release", "deploy/checkout", "--image", "app=registry.example/checkout:1.8.0"];

/// Everything that came out, by the name of its sink.
#[derive(Default)]
struct Sinks(Vec<(String, String)>);

impl Sinks {
    fn take(&mut self, name: &str, text: impl Into<String>) {
        let text = text.into();
        assert!(!text.trim().is_empty(), "{name} is empty: nothing would be looked at");
        self.0.push((name.to_owned(), text));
    }

    /// What a command prints. On the standard error are diagnostics, as far as there are any.
    fn run(&mut self, world: &Served, name: &str, args: &[&str]) {
        let output = world.command(args).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!output.stdout.is_empty(), "{name} says nothing: {stderr}");
        self.0.push((format!("{name}: stderr"), stderr));
        self.take(name, String::from_utf8(output.stdout).unwrap());
    }

    /// Why a command is refused.
    fn refuse(&mut self, world: &Served, name: &str, args: &[&str]) {
        let output = world.command(args).output().unwrap();
        assert_ne!(output.status.code(), Some(0), "{name} is not refused");
        self.0.push((format!("{name}: stdout"), String::from_utf8(output.stdout).unwrap()));
        self.take(name, String::from_utf8(output.stderr).unwrap());
    }

    /// What a program wrote to its terminal, its own escapes aside.
    fn screen(&mut self, name: &str, sent: &str) {
        self.take(name, without_our_escapes(sent).replace('\r', ""));
    }

    /// The files that `e` has written, by their kinds.
    fn exports(&mut self, world: &Served) {
        let before = self.0.len();
        for file in fs::read_dir(world.path().join("state/exports")).unwrap().flatten() {
            let text = fs::read_to_string(file.path()).unwrap();
            self.take(&format!("export {}", file.path().extension().unwrap().display()), text);
        }
        assert_eq!(self.0.len(), before + 4, "four files were taken away");
    }

    fn text(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(sink, _)| sink == name);
        &found.unwrap_or_else(|| panic!("no sink {name}")).1
    }

    /// Every payload was there to be seen in this sink: as the words that are made of it.
    fn assert_carries_all(&self, name: &str) {
        let text = self.text(name);
        let decoded = documents(name, text);
        let words: Vec<&str> = decoded.iter().flat_map(strings).collect();
        for payload in PAYLOADS {
            let shown = neutral(payload);
            // A table cuts a name, and a paragraph breaks: white space is not compared.
            let holds = |text: &str| bare(text).contains(&bare(&shown));
            assert!(
                holds(text) || words.iter().any(|word| holds(word)),
                "{name} shows nothing of {payload:?}:\n{text}"
            );
        }
    }

    /// Nothing in any sink is obeyed, and these are the sinks.
    fn assert_harmless(&self, expected: &[&str]) {
        for (name, text) in &self.0 {
            assert_eq!(harm(text), None, "{name}");
            for value in documents(name, text) {
                for found in strings(&value) {
                    assert_eq!(harm(found).or_else(|| found.contains('\n').then(|| found.to_owned())), None, "{name}");
                }
            }
        }
        let seen: BTreeSet<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        let seen: BTreeSet<&str> =
            seen.into_iter().filter(|name| !name.ends_with(": stderr") && !name.ends_with(": stdout")).collect();
        assert_eq!(seen, expected.iter().copied().collect(), "the sinks that were looked at");
    }
}

fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// The JSON documents in a text: it is one, or has one in a line.
fn documents(name: &str, text: &str) -> Vec<Value> {
    if let Ok(whole) = serde_json::from_str(text) {
        return vec![whole];
    }
    let lines = text.lines().filter(|line| line.starts_with('{'));
    lines.map(|line| serde_json::from_str(line).unwrap_or_else(|why| panic!("{name}: {why}: {line}"))).collect()
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

/// The journal in the directory of a world's journals.
fn journal(world: &Served) -> PathBuf {
    let files = fs::read_dir(world.path().join("state")).unwrap().flatten().map(|entry| entry.path());
    files.into_iter().find(|path| path.extension().is_some_and(|end| end == "jsonl")).unwrap()
}

/// The cockpit at a flight, in its terminal.
fn flying(world: &Served, more: &[&str]) -> Seat {
    let global = ["--kubeconfig", "kube.yaml", "--journal", "state", "-vv", "--yes"];
    let seat = Seat::take(world.path(), &[&FLY[..], &global, more].concat());
    seat.sees_words("SOAKING");
    seat
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
