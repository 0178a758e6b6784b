//! The objects of the embedded cluster, as an API server keeps them: one revision for all, a bounded log of changes,
//! and for every write the rules that a client of a real server relies on.

mod apply;
mod create;
mod defaults;
pub mod delete;
pub mod fields;
mod history;
mod managed;
mod mint;
pub mod patch;
mod quota;
mod restore;
mod schema;
mod validate;
pub mod write;

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::watch;

use crate::core::time::Time;
use crate::sim::kind::Kind;
use crate::sim::status::Status;
use crate::sim::store::history::History;
use crate::sim::store::mint::Mint;

/// How many changes are kept for watchers, unless told otherwise.
const KEPT_CHANGES: usize = 20_000;

/// All objects of one cluster.
///
/// It knows no time but the one it is given, and no chance but its seed: the same calls in the same order leave the
/// same bytes.
#[derive(Debug)]
pub struct Store {
    now: Time,
    mint: Mint,
    revision: u64,
    objects: BTreeMap<Kind, BTreeMap<String, BTreeMap<String, Arc<Value>>>>,
    history: History,
    changed: watch::Sender<u64>,
}

/// Who writes, and whether it counts.
#[derive(Clone, Copy, Debug)]
pub struct Writer<'a> {
    /// The field manager that is recorded.
    pub manager: &'a str,
    /// Whether everything is checked and nothing kept.
    pub dry_run: bool,
    /// Whether a field that the kind does not have is refused instead of forgotten.
    pub strict: bool,
}

impl<'a> Writer<'a> {
    /// A writer whose writes are kept.
    pub fn new(manager: &'a str) -> Self {
        Self { manager, dry_run: false, strict: false }
    }
}

/// One write that was kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The revision that it made.
    pub revision: u64,
    /// The object's kind.
    pub kind: Kind,
    /// Its namespace; empty for cluster-wide kinds.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What was done to it.
    pub what: ChangeKind,
    /// The object after it; for a deletion the last it was, with the deletion's resourceVersion.
    pub object: Arc<Value>,
    /// The object before it; `None` for a creation.
    pub before: Option<Arc<Value>>,
}

/// What a change did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// The object is new.
    Added,
    /// It was written.
    Modified,
    /// It is gone.
    Deleted,
}

impl Store {
    /// An empty cluster. Names and UIDs follow from `seed` and the order of writes.
    pub fn new(seed: u64, now: Time) -> Self {
        Self {
            now,
            mint: Mint::new(seed),
            revision: 1,
            objects: BTreeMap::new(),
            history: History::new(KEPT_CHANGES),
            changed: watch::Sender::new(1),
        }
    }

    /// Moves the clock that creation and deletion times come from.
    pub fn set_now(&mut self, now: Time) {
        self.now = now;
    }

    /// The time that the next write will carry.
    pub fn now(&self) -> Time {
        self.now
    }

    /// The newest revision.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The newest revision, for those that wait for it to move.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// One object; the namespace of a cluster-wide kind does not matter.
    pub fn get(&self, kind: Kind, namespace: &str, name: &str) -> Option<&Arc<Value>> {
        self.objects.get(&kind)?.get(place(kind, namespace))?.get(name)
    }

    /// All objects of a kind, of one namespace or of all, by namespace and name.
    pub fn list(&self, kind: Kind, namespace: Option<&str>) -> impl Iterator<Item = &Arc<Value>> {
        let namespaces = self.objects.get(&kind).into_iter().flatten();
        namespaces
            .filter(move |(at, _)| namespace.is_none_or(|only| only == at.as_str()))
            .flat_map(|(_, at)| at.values())
    }

    /// The same, from behind the object of this namespace and name on.
    pub fn list_after(
        &self,
        kind: Kind,
        namespace: Option<&str>,
        (last_namespace, last_name): (&str, &str),
    ) -> impl Iterator<Item = &Arc<Value>> {
        let namespaces = self
            .objects
            .get(&kind)
            .into_iter()
            .flat_map(move |all| all.range::<str, _>((Bound::Included(last_namespace), Bound::Unbounded)));
        namespaces.filter(move |(at, _)| namespace.is_none_or(|only| only == at.as_str())).flat_map(
            move |(at, objects)| {
                let from = if at == last_namespace { Bound::Excluded(last_name) } else { Bound::Unbounded };
                objects.range::<str, _>((from, Bound::Unbounded)).map(|(_, object)| object)
            },
        )
    }

    /// The changes after `revision`, oldest first.
    ///
    /// # Errors
    /// 410 `Expired` where some of them are no longer kept.
    pub fn events_since(&self, revision: u64) -> Result<impl Iterator<Item = &Change>, Status> {
        self.history.since(revision)
    }

    /// Keeps at most `most` changes from now on.
    pub fn keep_changes(&mut self, most: usize) {
        self.history.keep(most);
    }

    /// Forgets every change up to now, as a compaction does: who has not seen them is answered 410.
    pub fn compact(&mut self) {
        self.history.forget(self.revision);
    }

    /// Stores an object (or its end), and tells everybody.
    fn commit(&mut self, kind: Kind, namespace: &str, name: &str, mut object: Value, gone: bool) -> Arc<Value> {
        self.revision += 1;
        fields::put(&mut object, &["metadata", "resourceVersion"], self.revision.to_string().into());
        let object = Arc::new(object);
        let at = self.objects.entry(kind).or_default().entry(namespace.to_owned()).or_default();
        let before = if gone { at.remove(name) } else { at.insert(name.to_owned(), Arc::clone(&object)) };
        let what = match (&before, gone) {
            (_, true) => ChangeKind::Deleted,
            (None, false) => ChangeKind::Added,
            (Some(_), false) => ChangeKind::Modified,
        };
        self.history.add(Change {
            revision: self.revision,
            kind,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            what,
            object: Arc::clone(&object),
            before: before.clone(),
        });
        self.changed.send_replace(self.revision);
        match kind {
            Kind::Pod => self.charge_quotas(namespace, before.as_deref(), (!gone).then_some(&object)),
            Kind::ResourceQuota if !gone && before.as_deref().and_then(spec) != spec(&object) => {
                self.count_quota(namespace, name);
            }
            _ => (),
        }
        object
    }
}

fn spec(object: &Value) -> Option<&Value> {
    object.get("spec")
}

/// Where objects of a kind are kept: cluster-wide ones have no namespace, whatever was asked.
fn place(kind: Kind, namespace: &str) -> &str {
    if kind.info().namespaced { namespace } else { "" }
}

#[cfg(test)]
mod tests;
