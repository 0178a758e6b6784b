//! The ConfigMap that holds where a release stands: how a page becomes one, and how one is read, strictly.
//!
//! Its shape is documented in docs/state.md. Whatever is not as we wrote it (cut, edited, of another release, of a newer
//! program) is said and not used: a state that nobody can trust must never bring a weight up.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::labels;
use super::pack::{pack, unpack};
use crate::cluster::act::Object;
use crate::cluster::marks;
use crate::cluster::plan::names;
use crate::cluster::rest::CONFIG_MAPS;
use crate::core::command::Answer;
use crate::core::plan::{Plan, Workload};
use crate::core::problem::Problem;
use crate::core::snapshot::{Ended, Mode};
use crate::core::state::State;
use crate::core::text::neutral;
use crate::core::time::Time;
use crate::core::vetted::vet;
use crate::core::view::Link;
use crate::engine::book::Page;
use crate::engine::record::Record;

/// The version of the shapes below.
pub const VERSION: u32 = 1;

/// What all of it together may measure, in bytes; the log gives way first, then the templates.
const MOST: usize = 96 * 1024;

/// What the log may measure.
const MOST_LOG: usize = 24 * 1024;

/// What a person (or a list of releases) can read of it without unpacking anything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The version of the shapes.
    pub v: u32,
    /// The release's id.
    pub release: String,
    /// The release hash.
    pub hash: String,
    /// The application.
    pub application: String,
    /// Its workloads.
    pub workloads: Vec<String>,
    /// The version that served before.
    pub from: String,
    /// The version that is released.
    pub to: String,
    /// The epoch of the engine that wrote it.
    pub epoch: u64,
    /// The number of that engine's last record.
    pub seq: u64,
    /// When, on that engine's clock.
    pub at: Time,
    /// When the release began.
    pub started: Time,
    /// Who drove it when this was written.
    pub driver: String,
    /// What it was doing, in a word.
    pub mode: Mode,
    /// How it ended, when it has.
    pub ended: Option<Ended>,
}

impl Summary {
    /// Whether this Deployment takes part in the release.
    pub fn is_of(&self, deployment: &str) -> bool {
        self.workloads.iter().any(|workload| workload == deployment)
    }
}

/// The packed part beside the plan: where it stands, and what was answered.
#[derive(Serialize, Deserialize)]
struct Standing {
    release: String,
    epoch: u64,
    seq: u64,
    metrics: Link,
    answers: Vec<Answer>,
    state: State,
}

/// The name of a release's ConfigMap.
pub fn name(release: &str) -> String {
    names::beside(release)
}

/// The release's ConfigMap, whole.
pub fn body(page: &Page) -> Value {
    let parts = parts(page);
    json!({
        "apiVersion": CONFIG_MAPS.api_version(),
        "kind": CONFIG_MAPS.kind,
        "metadata": {
            "name": name(&page.plan.release),
            "labels": labels::of("release", Some(&page.plan.release)),
            "annotations": { marks::APPLICATION: page.plan.application },
        },
        "data": { "summary": parts.summary, "sum": parts.sum },
        "binaryData": parts.binary,
    })
}

struct Parts {
    summary: String,
    binary: Value,
    sum: String,
}

fn parts(page: &Page) -> Parts {
    let summary = serde_json::to_string(&summary(page)).unwrap_or_default();
    let standing = pack(&serde_json::to_string(&standing(page)).unwrap_or_default());
    let mut plan = pack(&serde_json::to_string(&*page.plan).unwrap_or_default());
    if summary.len() + standing.len() + plan.len() > MOST {
        // The templates are on the objects too.
        plan = pack(&serde_json::to_string(&without_templates(&page.plan)).unwrap_or_default());
    }
    let room = MOST.saturating_sub(summary.len() + standing.len() + plan.len()).min(MOST_LOG);
    let log = log(&page.log, room);
    let sum = sum([&summary, &plan, &standing, &log]);
    Parts { summary, binary: json!({ "plan": plan, "state": standing, "log": log }), sum }
}

/// The newest records that fit, oldest first.
fn log(records: &[Arc<Record>], room: usize) -> String {
    let mut newest = records;
    loop {
        let lines: String = newest.iter().map(|record| record.journal_line()).collect();
        let packed = pack(&lines);
        if packed.len() <= room || newest.is_empty() {
            return packed;
        }
        // What is cut is in proportion to what is too much, and never nothing.
        let keep = (newest.len() * room / packed.len()).min(newest.len() - 1);
        newest = newest.get(newest.len() - keep..).unwrap_or_default();
    }
}

fn sum(parts: [&String; 4]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_string());
        digest.update(part.as_bytes());
    }
    digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn without_templates(plan: &Plan) -> Plan {
    let bare = |workload: &Workload| Workload {
        stable_template: Value::Null,
        canary_template: Value::Null,
        ..workload.clone()
    };
    Plan { workloads: plan.workloads.iter().map(bare).collect(), ..plan.clone() }
}

fn summary(page: &Page) -> Summary {
    let plan = &page.plan;
    Summary {
        v: VERSION,
        release: plan.release.clone(),
        hash: plan.hash.clone(),
        application: plan.application.clone(),
        workloads: plan.workloads.iter().map(|workload| workload.name.clone()).collect(),
        from: plan.from.clone(),
        to: plan.to.clone(),
        epoch: page.epoch,
        seq: page.seq,
        at: page.at,
        started: page.state.started,
        driver: page.who.clone(),
        mode: crate::core::picture::mode(&page.state),
        ended: page.state.ended.clone(),
    }
}

fn standing(page: &Page) -> Standing {
    Standing {
        release: page.plan.release.clone(),
        epoch: page.epoch,
        seq: page.seq,
        metrics: page.metrics.clone(),
        answers: page.answers.clone(),
        state: State::clone(&page.state),
    }
}

/// What a ConfigMap says of itself, before anything of it is unpacked.
///
/// # Errors
/// Why it cannot be used.
pub fn read_summary(map: &Object) -> Result<Summary, Problem> {
    let text = map.at("/data/summary").and_then(Value::as_str).ok_or_else(|| unusable(map, "it has no summary"))?;
    #[derive(Deserialize)]
    struct Versioned {
        v: u32,
    }
    let version: Versioned =
        serde_json::from_str(text).map_err(|error| unusable(map, &format!("its summary cannot be read: {error}")))?;
    if version.v > VERSION {
        return Err(newer(map, version.v));
    }
    vet(text).map_err(|why| unusable(map, &format!("its summary: {why}")))?;
    let summary: Summary =
        serde_json::from_str(text).map_err(|error| unusable(map, &format!("its summary cannot be read: {error}")))?;
    if name(&summary.release) != map.at("/metadata/name").and_then(Value::as_str).unwrap_or_default() {
        return Err(unusable(map, &format!("it speaks of another release, {}", neutral(&summary.release))));
    }
    Ok(summary)
}

/// Reads a page back, strictly.
///
/// # Errors
/// Why it cannot be used.
pub fn read(map: &Object) -> Result<Page, Problem> {
    let summary = read_summary(map)?;
    let part =
        |name: &str| map.at(&format!("/binaryData/{name}")).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (plan, state, log) = (part("plan"), part("state"), part("log"));
    let text = map.at("/data/summary").and_then(Value::as_str).unwrap_or_default().to_owned();
    let open = |name: &str, packed: &str| unpack(packed).map_err(|why| unusable(map, &format!("its {name}: {why}")));
    let (plain_plan, plain_state, plain_log) = (open("plan", &plan)?, open("state", &state)?, open("log", &log)?);
    if map.at("/data/sum").and_then(Value::as_str) != Some(&sum([&text, &plan, &state, &log])) {
        return Err(unusable(map, "its check sum does not fit: somebody edited it"));
    }
    for (name, plain) in [("plan", &plain_plan), ("state", &plain_state)] {
        vet(plain).map_err(|why| unusable(map, &format!("its {name}: {why}")))?;
    }
    let wrong = |name: &str, error: serde_json::Error| unusable(map, &format!("its {name} cannot be read: {error}"));
    let plan: Plan = serde_json::from_str(&plain_plan).map_err(|error| wrong("plan", error))?;
    let standing: Standing = serde_json::from_str(&plain_state).map_err(|error| wrong("state", error))?;
    if plan.release != summary.release || standing.release != summary.release || standing.epoch != summary.epoch {
        return Err(unusable(map, "its parts do not belong together"));
    }
    let mut records = Vec::new();
    for line in plain_log.lines() {
        let record = Record::from_journal(line).map_err(|why| unusable(map, &format!("a line of its log: {why}")))?;
        records.push(Arc::new(record));
    }
    Ok(Page {
        plan: Arc::new(plan),
        state: Arc::new(standing.state),
        epoch: summary.epoch,
        seq: standing.seq,
        at: summary.at,
        who: summary.driver,
        metrics: standing.metrics,
        answers: standing.answers,
        log: records,
    })
}

fn words(map: &Object) -> String {
    format!("ConfigMap {}", neutral(map.at("/metadata/name").and_then(Value::as_str).unwrap_or_default()))
}

fn unusable(map: &Object, why: &str) -> Problem {
    Problem::user(format!("{} cannot be used: {}", words(map), neutral(why)))
        .hint("nothing was changed; the process that drives writes it anew")
        .hint("if nobody drives: glidepath rollback deploy/NAME needs only the marks on the objects")
}

fn newer(map: &Object, version: u32) -> Problem {
    Problem::user(format!(
        "{} was written by a newer glidepath (version {version}; this one reads up to {VERSION})",
        words(map)
    ))
    .hint("use that version of glidepath; nothing was changed")
    .hint("a rollback works from here too: glidepath rollback deploy/NAME needs only the marks on the objects")
}

#[cfg(test)]
mod tests;
