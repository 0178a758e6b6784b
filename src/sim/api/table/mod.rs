//! Objects as rows for people: the columns and cells that a real server sends to `kubectl get`.

mod age;
mod cluster;
mod network;
mod pod;
mod policy;
mod workload;

use std::sync::Arc;

use serde_json::{Value, json};

use crate::core::time::Time;
use crate::sim::api::reply::metadata_of;
use crate::sim::kind::Kind;
use crate::sim::store::fields;

pub use age::since;

/// How much of each object a row carries along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Include {
    /// Nothing.
    None,
    /// Its metadata.
    Metadata,
    /// All of it.
    Object,
}

impl Include {
    /// Reads `includeObject`.
    pub fn of(query: Option<&str>) -> Self {
        match query {
            Some("None") => Include::None,
            Some("Object") => Include::Object,
            _ => Include::Metadata,
        }
    }
}

/// A column: its name, its type, and whether only a wide table shows it.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    name: &'static str,
    kind: &'static str,
    wide: bool,
}

/// The object's name, which no cell function has to give.
const NAME: Column = Column { name: "Name", kind: "name", wide: false };

const fn text(name: &'static str) -> Column {
    Column { name, kind: "string", wide: false }
}

const fn number(name: &'static str) -> Column {
    Column { name, kind: "integer", wide: false }
}

const fn wide(name: &'static str) -> Column {
    Column { name, kind: "string", wide: true }
}

/// How objects of a kind are shown: the columns, and the cells of one object in all of them but its name's.
struct Look {
    columns: &'static [Column],
    cells: fn(&Value, Time) -> Vec<Value>,
}

const PLAIN: Look = Look { columns: &[NAME, text("Age")], cells: |object, now| vec![since(object, now)] };

fn look(kind: Kind) -> Look {
    match kind {
        Kind::Pod => pod::LOOK,
        Kind::Deployment => workload::DEPLOYMENT,
        Kind::ReplicaSet => workload::REPLICA_SET,
        Kind::StatefulSet => workload::STATEFUL_SET,
        Kind::DaemonSet => workload::DAEMON_SET,
        Kind::HorizontalPodAutoscaler => workload::AUTOSCALER,
        Kind::Service => network::SERVICE,
        Kind::EndpointSlice => network::SLICE,
        Kind::Node => cluster::NODE,
        Kind::Namespace => cluster::NAMESPACE,
        Kind::Event => cluster::EVENT,
        Kind::PodDisruptionBudget => policy::BUDGET,
        Kind::ResourceQuota => policy::QUOTA,
        Kind::ConfigMap => policy::CONFIG_MAP,
        Kind::Secret => policy::SECRET,
        Kind::Lease => policy::LEASE,
        _ => PLAIN,
    }
}

/// A table of objects, with the list's metadata.
pub fn table(kind: Kind, objects: &[Arc<Value>], metadata: Value, include: Include, now: Time) -> Value {
    let look = look(kind);
    let columns: Vec<Value> = look.columns.iter().map(column_definition).collect();
    let rows: Vec<Value> = objects.iter().map(|object| row(&look, object, include, now)).collect();
    json!({
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": columns,
        "rows": rows,
    })
}

fn column_definition(column: &Column) -> Value {
    let (kind, format) = if column.kind == "name" { ("string", "name") } else { (column.kind, "") };
    let priority = i32::from(column.wide);
    json!({"name": column.name, "type": kind, "format": format, "description": column.name, "priority": priority})
}

fn row(look: &Look, object: &Value, include: Include, now: Time) -> Value {
    let mut others = (look.cells)(object, now).into_iter();
    let cell = |column: &Column| match column.kind {
        "name" => json!(fields::name(object)),
        _ => others.next().unwrap_or_default(),
    };
    let cells: Vec<Value> = look.columns.iter().map(cell).collect();
    match include {
        Include::None => json!({"cells": cells}),
        Include::Metadata => json!({"cells": cells, "object": metadata_of(object)}),
        Include::Object => json!({"cells": cells, "object": object}),
    }
}

/// A number in an object; 0 where there is none.
fn count(object: &Value, pointer: &str) -> i64 {
    object.pointer(pointer).and_then(Value::as_i64).unwrap_or(0)
}

/// A number or a text in an object as text; `none` where there is neither.
fn shown(object: &Value, pointer: &str, none: &str) -> String {
    match object.pointer(pointer) {
        Some(Value::String(text)) if !text.is_empty() => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => none.to_owned(),
    }
}

/// `a=b,c=d`, or `<none>`.
fn labels(map: Option<&Value>) -> String {
    let pairs = map.and_then(Value::as_object).into_iter().flatten();
    let pairs: Vec<String> =
        pairs.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
    if pairs.is_empty() { "<none>".to_owned() } else { pairs.join(",") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_kind_has_a_cell_for_each_column() {
        for kind in Kind::ALL {
            let look = look(kind);
            assert_eq!((look.cells)(&json!({}), Time::default()).len() + 1, look.columns.len(), "{kind:?}");
            assert_eq!(look.columns.iter().filter(|column| column.kind == "name").count(), 1, "{kind:?}");
        }
    }

    proptest! {
        #[test]
        fn no_object_breaks_a_table(replicas in any::<i64>(), text in "\\PC{0,20}") {
            let odd = Arc::new(json!({
                "metadata": {"name": text, "creationTimestamp": text, "labels": {"a": replicas}},
                "spec": {"replicas": text, "containers": [text, {}], "ports": [{"port": replicas}, null], "hard": text},
                "status": {"phase": replicas, "conditions": [null, {"type": "Ready"}], "containerStatuses": [{}, text]},
                "endpoints": [{"addresses": text}], "ports": text, "data": replicas, "count": text
            }));
            for kind in Kind::ALL {
                let table = table(kind, &[Arc::clone(&odd)], json!({}), Include::Object, Time::default());
                prop_assert!(table["rows"][0]["cells"].is_array());
            }
        }
    }
}
