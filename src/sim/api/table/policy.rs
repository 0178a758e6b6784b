//! Small things: budgets, quotas, data, leases.

use serde_json::{Value, json};

use crate::sim::api::table::{Look, NAME, count, number, shown, since, text as column};

pub const BUDGET: Look = Look {
    columns: &[NAME, column("Min Available"), column("Max Unavailable"), number("Allowed Disruptions"), column("Age")],
    cells: |object, now| {
        vec![
            json!(shown(object, "/spec/minAvailable", "N/A")),
            json!(shown(object, "/spec/maxUnavailable", "N/A")),
            json!(count(object, "/status/disruptionsAllowed")),
            since(object, now),
        ]
    },
};

pub const QUOTA: Look = Look {
    columns: &[NAME, column("Request"), column("Limit"), column("Age")],
    cells: |object, now| {
        let part = |limits: bool| {
            let hard = object.pointer("/status/hard").and_then(Value::as_object).into_iter().flatten();
            let used =
                |name: &str| object.pointer("/status/used").and_then(|used| used.get(name)).and_then(Value::as_str);
            hard.filter(|(name, _)| name.starts_with("limits.") == limits)
                .map(|(name, most)| {
                    format!("{name}: {}/{}", used(name).unwrap_or("0"), most.as_str().unwrap_or_default())
                })
                .collect::<Vec<_>>()
                .join(", ")
        };
        vec![json!(part(false)), json!(part(true)), since(object, now)]
    },
};

pub const CONFIG_MAP: Look = Look {
    columns: &[NAME, number("Data"), column("Age")],
    cells: |object, now| vec![json!(entries(object)), since(object, now)],
};

pub const SECRET: Look = Look {
    columns: &[NAME, column("Type"), number("Data"), column("Age")],
    cells: |object, now| vec![json!(shown(object, "/type", "Opaque")), json!(entries(object)), since(object, now)],
};

pub const LEASE: Look = Look {
    columns: &[NAME, column("Holder"), column("Age")],
    cells: |object, now| vec![json!(shown(object, "/spec/holderIdentity", "")), since(object, now)],
};

fn entries(object: &Value) -> usize {
    ["data", "binaryData"].into_iter().filter_map(|field| object.get(field)?.as_object()).map(|map| map.len()).sum()
}
