//! `metadata.managedFields`: who wrote which field last.
//!
//! A set of fields is kept as the server sends it (`FieldsV1`): a tree of keys `f:name` for fields, `k:{…}` for items of
//! a list that has a key, and `.` for the thing itself; an empty object is a leaf.

use serde_json::{Map, Value, json};

use crate::core::time::Time;
use crate::sim::kind::Kind;
use crate::sim::store::fields::{self, stamp};
use crate::sim::store::patch::keys::list_keys;

/// The metadata that has an owner; the server itself writes the rest.
const OWNED_METADATA: [&str; 4] = ["labels", "annotations", "ownerReferences", "finalizers"];

/// Fields that are one value, however deep.
const ATOMIC: [&str; 2] = ["selector", "nodeSelector"];

/// How a write was made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operation<'a> {
    /// Every write but a server-side apply: the writer owns what it changed.
    Update,
    /// A server-side apply: the writer owns exactly these fields.
    Apply(&'a Map<String, Value>),
}

/// The fields that a write set and those that it removed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Delta {
    /// New, or of another value than before.
    pub set: Map<String, Value>,
    /// No longer there.
    pub removed: Map<String, Value>,
}

impl Delta {
    /// What differs between two versions of an object, outside `/status`.
    pub fn main(old: &Value, new: &Value) -> Self {
        let mut delta = Self::default();
        for key in keys_of(old, new) {
            match key.as_str() {
                "metadata" => {
                    let mut inner = Self::default();
                    for part in OWNED_METADATA {
                        inner.compare(
                            part,
                            fields::get(old, &["metadata", part]),
                            fields::get(new, &["metadata", part]),
                        );
                    }
                    delta.nest("f:metadata".to_owned(), inner, false);
                }
                "status" | "kind" | "apiVersion" => (),
                key => delta.compare(key, old.get(key), new.get(key)),
            }
        }
        delta
    }

    /// What differs between two versions of an object in `/status`.
    pub fn status(old: &Value, new: &Value) -> Self {
        let mut delta = Self::default();
        delta.compare("status", old.get("status"), new.get("status"));
        delta
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.removed.is_empty()
    }

    fn compare(&mut self, field: &str, old: Option<&Value>, new: Option<&Value>) {
        if old == new {
            return;
        }
        let key = format!("f:{field}");
        match (old, new) {
            (None | Some(Value::Null), None | Some(Value::Null)) => (),
            (_, None | Some(Value::Null)) => {
                self.removed.insert(key, json!({}));
            }
            (_, Some(Value::Object(inside))) if !inside.is_empty() && !ATOMIC.contains(&field) => {
                let (old, fresh) = (old.filter(|old| old.is_object()), !old.is_some_and(Value::is_object));
                let mut inner = Self::default();
                let (before, after) = (old.unwrap_or(&Value::Null), new.unwrap_or(&Value::Null));
                for name in keys_of(before, after) {
                    inner.compare(&name, before.get(&name), after.get(&name));
                }
                self.nest(key, inner, fresh);
            }
            (_, Some(Value::Array(after))) if after.first().and_then(|item| list_keys(field, item)).is_some() => {
                let before = old.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                let mut inner = Self::default();
                inner.compare_items(field, before, after);
                self.nest(key, inner, false);
            }
            (_, Some(_)) => {
                self.set.insert(key, json!({}));
            }
        }
    }

    fn compare_items(&mut self, field: &str, before: &[Value], after: &[Value]) {
        let keyed = |items: &[Value]| -> Map<String, Value> {
            items.iter().filter_map(|item| Some((item_key(field, item)?, item.clone()))).collect()
        };
        let (before, after) = (keyed(before), keyed(after));
        for (key, item) in &after {
            let old = before.get(key);
            let mut inner = Self::default();
            for name in keys_of(old.unwrap_or(&Value::Null), item) {
                inner.compare(&name, old.and_then(|old| old.get(&name)), item.get(&name));
            }
            self.nest(key.clone(), inner, old.is_none());
        }
        for key in before.keys().filter(|key| !after.contains_key(*key)) {
            self.removed.insert(key.clone(), json!({}));
        }
    }

    /// Hangs an inner delta under a key; `fresh`: the thing itself is new.
    fn nest(&mut self, key: String, mut inner: Delta, fresh: bool) {
        if fresh {
            inner.set.insert(".".to_owned(), json!({}));
        }
        if !inner.set.is_empty() {
            self.set.insert(key.clone(), inner.set.into());
        }
        if !inner.removed.is_empty() {
            self.removed.insert(key, inner.removed.into());
        }
    }
}

/// `k:{"name":"app"}`: how a set names an item of a list. A protocol that is not said is TCP.
pub fn item_key(field: &str, item: &Value) -> Option<String> {
    let keys = list_keys(field, item)?;
    let part = |key: &&str| match item.get(*key) {
        Some(value) => Some(((*key).to_owned(), value.clone())),
        None => (*key == "protocol").then(|| ((*key).to_owned(), json!("TCP"))),
    };
    let parts: Map<String, Value> = keys.iter().filter_map(part).collect();
    Some(format!("k:{}", Value::Object(parts)))
}

fn keys_of(one: &Value, other: &Value) -> Vec<String> {
    let names = |value: &Value| -> Vec<String> {
        value.as_object().map(|map| map.keys().cloned().collect()).unwrap_or_default()
    };
    let mut keys = names(one);
    keys.extend(names(other).into_iter().filter(|key| one.get(key).is_none()));
    keys
}

/// Adds every field of `more` to `set`.
pub fn unite(set: &mut Map<String, Value>, more: &Map<String, Value>) {
    for (key, below) in more {
        match (set.get_mut(key), below) {
            (Some(Value::Object(mine)), Value::Object(theirs)) => unite(mine, theirs),
            _ => {
                set.insert(key.clone(), below.clone());
            }
        }
    }
}

/// Takes every field of `less` out of `set`; a leaf takes all below it.
pub fn subtract(set: &mut Map<String, Value>, less: &Map<String, Value>) {
    for (key, below) in less {
        let Some(Value::Object(mine)) = set.get_mut(key) else { continue };
        let leaf = mine.is_empty();
        match below {
            Value::Object(theirs) if !theirs.is_empty() && !leaf => {
                subtract(mine, theirs);
                if mine.is_empty() {
                    set.remove(key);
                }
            }
            _ => {
                set.remove(key);
            }
        }
    }
}

/// Records a write in an object's `managedFields`. `subresource` is `status` or empty.
pub fn record(
    kind: Kind,
    object: &mut Value,
    (manager, operation): (&str, Operation<'_>),
    subresource: &str,
    delta: &Delta,
    now: Time,
) {
    if delta.is_empty() && operation == Operation::Update {
        return;
    }
    let mut entries = match fields::take(object, &["metadata", "managedFields"]) {
        Some(Value::Array(entries)) => entries,
        _ => Vec::new(),
    };
    for entry in &mut entries {
        if let Some(Value::Object(set)) = entry.get_mut("fieldsV1") {
            subtract(set, &delta.removed);
            subtract(set, &delta.set);
        }
    }
    let word = if operation == Operation::Update { "Update" } else { "Apply" };
    let is_mine = |entry: &Value| {
        fields::text(entry, "/manager") == manager
            && fields::text(entry, "/operation") == word
            && fields::text(entry, "/subresource") == subresource
    };
    let mine = entries.iter().position(is_mine).map(|place| entries.remove(place)).unwrap_or_default();
    entries.push(renewed(kind, mine, (manager, word, subresource), operation, delta, now));
    entries.retain(|entry| entry.get("fieldsV1").and_then(Value::as_object).is_some_and(|set| !set.is_empty()));
    fields::put(object, &["metadata", "managedFields"], entries.into());
}

/// A manager's entry after its write; its time moves only if its fields did.
fn renewed(
    kind: Kind,
    mut mine: Value,
    (manager, word, subresource): (&str, &str, &str),
    operation: Operation<'_>,
    delta: &Delta,
    now: Time,
) -> Value {
    let held = match fields::take(&mut mine, &["fieldsV1"]) {
        Some(Value::Object(set)) => set,
        _ => Map::new(),
    };
    let set = match operation {
        Operation::Apply(set) => set.clone(),
        Operation::Update => {
            let mut set = held.clone();
            unite(&mut set, &delta.set);
            set
        }
    };
    let time = match mine.get("time") {
        Some(time) if set == held && delta.is_empty() => time.clone(),
        _ => stamp(now).into(),
    };
    let mut entry = json!({
        "manager": manager,
        "operation": word,
        "apiVersion": kind.api_version(),
        "time": time,
        "fieldsType": "FieldsV1",
        "fieldsV1": set,
    });
    if !subresource.is_empty() {
        fields::put(&mut entry, &["subresource"], subresource.into());
    }
    entry
}
