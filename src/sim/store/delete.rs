//! Deleting objects: at once, or when their pods have stopped and their finalizers are done.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::core::time::Time;
use crate::sim::kind::Kind;
use crate::sim::status::Status;
use crate::sim::store::fields::{self, put, stamp, text};
use crate::sim::store::write::Key;
use crate::sim::store::{Store, Writer};

/// How an object is to be deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deletion {
    /// Only if this is its UID.
    pub uid: Option<String>,
    /// Only if this is its resourceVersion.
    pub resource_version: Option<String>,
    /// Seconds that a pod has to stop; `None`: as its spec says; 0: it is removed now, which is also how a kubelet
    /// reports that it has stopped.
    pub grace: Option<u64>,
    /// What becomes of the objects that it owns.
    pub propagation: Propagation,
}

/// What becomes of the objects that a deleted one owns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Propagation {
    /// They are collected afterwards.
    #[default]
    Background,
    /// They are collected first; until then the owner stays, with the finalizer `foregroundDeletion`.
    Foreground,
    /// They lose their owner; until then it stays, with the finalizer `orphan`.
    Orphan,
}

/// What a deletion came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Deleted {
    /// The object is gone; this is the last it was.
    Gone(Arc<Value>),
    /// It has its deletion time and goes later.
    Going(Arc<Value>),
}

impl Store {
    /// Deletes an object, or begins to.
    ///
    /// # Errors
    /// 404; 409 where a precondition does not hold.
    pub fn delete(&mut self, key: Key<'_>, how: &Deletion, writer: &Writer<'_>) -> Result<Deleted, Status> {
        let Key { kind, namespace, name } = key;
        let old = self.existing(key)?;
        check_preconditions(kind, &old, how)?;
        let mut new = Value::clone(&old);
        add_finalizer(&mut new, how.propagation);
        let grace = if kind == Kind::Pod { grace(&old, how.grace) } else { 0 };
        let waits = grace > 0 || !fields::items(&new, "/metadata/finalizers").is_empty();
        if !waits {
            return Ok(Deleted::Gone(self.erase(kind, namespace, name, new, writer)));
        }
        if !fields::terminating(&old) {
            mark(&mut new, self.now() + Duration::from_secs(grace), grace);
        } else if let Some(sooner) = sooner(&old, grace) {
            mark(&mut new, sooner, grace);
        }
        if new == *old {
            return Ok(Deleted::Going(old));
        }
        if writer.dry_run {
            return Ok(Deleted::Going(Arc::new(new)));
        }
        Ok(Deleted::Going(self.commit(kind, namespace, name, new, false)))
    }

    /// Removes an object for good; with a namespace goes all that is in it.
    fn erase(&mut self, kind: Kind, namespace: &str, name: &str, last: Value, writer: &Writer<'_>) -> Arc<Value> {
        if writer.dry_run {
            return Arc::new(last);
        }
        if kind == Kind::Namespace {
            for inner in Kind::ALL.into_iter().filter(|kind| kind.info().namespaced) {
                let doomed: Vec<Arc<Value>> = self.list(inner, Some(name)).cloned().collect();
                for object in doomed {
                    self.commit(inner, name, fields::name(&object), Value::clone(&object), true);
                }
            }
        }
        self.commit(kind, namespace, name, last, true)
    }
}

fn check_preconditions(kind: Kind, old: &Value, how: &Deletion) -> Result<(), Status> {
    let name = fields::name(old);
    let checks = [
        ("UID", how.uid.as_deref(), fields::uid(old)),
        ("ResourceVersion", how.resource_version.as_deref(), text(old, "/metadata/resourceVersion")),
    ];
    for (what, asked, is) in checks {
        if let Some(asked) = asked.filter(|asked| *asked != is) {
            let why = match what {
                "UID" => format!("Precondition failed: UID in precondition: {asked}, UID in object meta: {is}"),
                _ => format!(
                    "Precondition failed: ResourceVersion in precondition: {asked}, ResourceVersion in object meta: {is}"
                ),
            };
            return Err(Status::conflict(kind, name, &why));
        }
    }
    Ok(())
}

fn add_finalizer(object: &mut Value, propagation: Propagation) {
    let finalizer = match propagation {
        Propagation::Background => return,
        Propagation::Foreground => "foregroundDeletion",
        Propagation::Orphan => "orphan",
    };
    let mut finalizers = fields::items(object, "/metadata/finalizers").to_vec();
    if !finalizers.iter().any(|held| held == finalizer) {
        finalizers.push(json!(finalizer));
        put(object, &["metadata", "finalizers"], finalizers.into());
    }
}

/// How long a pod has to stop: nothing to stop where no node has it, or where it has ended.
fn grace(pod: &Value, asked: Option<u64>) -> u64 {
    let ended = matches!(text(pod, "/status/phase"), "Succeeded" | "Failed");
    if text(pod, "/spec/nodeName").is_empty() || ended {
        return 0;
    }
    asked.or_else(|| pod.pointer("/spec/terminationGracePeriodSeconds")?.as_u64()).unwrap_or(30)
}

/// The deletion time of a pod that is told to stop sooner than it was told before.
fn sooner(pod: &Value, grace: u64) -> Option<Time> {
    let before = pod.pointer("/metadata/deletionGracePeriodSeconds")?.as_u64()?;
    let deadline = Time::parse(text(pod, "/metadata/deletionTimestamp"))?;
    (grace < before).then(|| deadline - Duration::from_secs(before - grace))
}

fn mark(object: &mut Value, at: Time, grace: u64) {
    put(object, &["metadata", "deletionTimestamp"], stamp(at).into());
    put(object, &["metadata", "deletionGracePeriodSeconds"], grace.into());
    if let Some(generation) = object.pointer("/metadata/generation").and_then(Value::as_i64) {
        put(object, &["metadata", "generation"], (generation + 1).into());
    }
}
