//! Events: what happened to an object, in the words of whoever did it. They are bounded: the oldest go.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};

use super::World;
use super::key::Key;
use crate::sim::kind::Kind;
use crate::sim::store::fields::{self, put, stamp};
use crate::sim::store::Writer;
use crate::sim::store::delete::Deletion;

/// How many Events a cluster keeps.
const MOST: usize = 1_000;

/// Who says so.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// `deployment-controller`, `replicaset-controller`, `default-scheduler`, …
    Controller(&'a str),
    /// The kubelet of a node.
    Kubelet(&'a str),
}

/// What happened.
#[derive(Clone, Debug)]
pub struct Happening<'a> {
    /// Whether somebody should worry.
    pub warning: bool,
    /// The one word: `Scheduled`, `BackOff`, …
    pub reason: &'a str,
    /// The sentence.
    pub message: String,
    /// The container that it is about.
    pub container: Option<&'a str>,
}

impl<'a> Happening<'a> {
    /// Something that is as it should be.
    pub fn normal(reason: &'a str, message: impl Into<String>) -> Self {
        Self { warning: false, reason, message: message.into(), container: None }
    }

    /// Something that is not.
    pub fn warning(reason: &'a str, message: impl Into<String>) -> Self {
        Self { warning: true, ..Self::normal(reason, message) }
    }

    /// The same, about one container.
    pub fn of(self, container: &'a str) -> Self {
        Self { container: Some(container), ..self }
    }
}

/// Which Events there are.
#[derive(Debug, Default)]
pub struct Recorder {
    /// By what they say, so that the same is counted and not said again.
    known: BTreeMap<(String, String), Key>,
    /// In the order of their creation.
    order: VecDeque<(Key, (String, String))>,
    written: u64,
}

impl World {
    /// Records that something happened to an object.
    pub(super) fn record(&mut self, kind: Kind, about: &Value, source: Source<'_>, what: &Happening<'_>) {
        let (component, host) = match source {
            Source::Controller(name) => (name, ""),
            Source::Kubelet(node) => ("kubelet", node),
        };
        let said = (fields::uid(about).to_owned(), format!("{} {}", what.reason, what.message));
        let writer = Writer::new(component);
        if let Some(key) = self.recorder.known.get(&said) {
            let now = stamp(self.now);
            let again = |event: &mut Value| {
                let count = event.get("count").and_then(Value::as_u64).unwrap_or(1);
                put(event, &["count"], (count + 1).into());
                put(event, &["lastTimestamp"], now.into());
            };
            let _gone = self.store.mutate(key.place(Kind::Event), &writer, again);
            return;
        }
        self.recorder.written += 1;
        let unique = self.now.millis().unsigned_abs() * 1_000_000 + self.recorder.written;
        let key = Key::new(event_namespace(about), &format!("{}.{unique:x}", fields::name(about)));
        let event = event(kind, about, what, (component, host), &key, &stamp(self.now));
        let _no_such_namespace = self.store.create(Kind::Event, &key.namespace, event, &writer);
        self.recorder.known.insert(said.clone(), key.clone());
        self.recorder.order.push_back((key, said));
        if self.recorder.order.len() > MOST
            && let Some((oldest, said)) = self.recorder.order.pop_front()
        {
            self.recorder.known.remove(&said);
            let _gone = self.store.delete(oldest.place(Kind::Event), &Deletion::default(), &writer);
        }
    }
}

fn event_namespace(about: &Value) -> &str {
    match fields::namespace(about) {
        "" => "default",
        namespace => namespace,
    }
}

fn event(
    kind: Kind,
    about: &Value,
    what: &Happening<'_>,
    (component, host): (&str, &str),
    key: &Key,
    now: &str,
) -> Value {
    let mut involved = json!({
        "kind": kind.info().name,
        "namespace": key.namespace,
        "name": fields::name(about),
        "uid": fields::uid(about),
        "apiVersion": kind.api_version(),
        "resourceVersion": fields::text(about, "/metadata/resourceVersion"),
    });
    if let Some(container) = what.container {
        put(&mut involved, &["fieldPath"], format!("spec.containers{{{container}}}").into());
    }
    let mut source = json!({"component": component});
    if !host.is_empty() {
        put(&mut source, &["host"], host.into());
    }
    json!({
        "metadata": {"name": key.name, "namespace": key.namespace},
        "involvedObject": involved,
        "reason": what.reason,
        "message": what.message,
        "type": if what.warning { "Warning" } else { "Normal" },
        "count": 1,
        "firstTimestamp": now,
        "lastTimestamp": now,
        "eventTime": null,
        "source": source,
        "reportingComponent": component,
        "reportingInstance": host,
    })
}
