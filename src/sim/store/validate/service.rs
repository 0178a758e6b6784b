//! Services.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::sim::status::Cause;
use crate::sim::store::fields::{get, items, text};

/// Checks a Service, alone or as a change of `old`.
pub fn check(old: Option<&Value>, service: &Value, causes: &mut Vec<Cause>) {
    let address = text(service, "/spec/clusterIP");
    let ports = items(service, "/spec/ports");
    if ports.is_empty() && address != "None" && text(service, "/spec/type") != "ExternalName" {
        causes.push(Cause::required("spec.ports", ""));
    }
    let (mut names, mut numbers) = (BTreeSet::new(), BTreeSet::new());
    for (place, port) in ports.iter().enumerate() {
        let (name, number) = (text(port, "/name"), port.get("port").and_then(Value::as_i64).unwrap_or(0));
        if name.is_empty() && ports.len() > 1 {
            causes.push(Cause::required(&format!("spec.ports[{place}].name"), ""));
        } else if !names.insert(name) {
            causes.push(Cause::duplicate(&format!("spec.ports[{place}].name"), &json!(name)));
        }
        if !(1..=65_535).contains(&number) {
            let field = format!("spec.ports[{place}].port");
            causes.push(Cause::invalid(&field, &json!(number), "must be between 1 and 65535, inclusive"));
        }
        if !numbers.insert((number, text(port, "/protocol"))) {
            let value = json!({"port": number, "protocol": text(port, "/protocol")});
            causes.push(Cause::duplicate(&format!("spec.ports[{place}]"), &value));
        }
    }
    let before = old.map(|old| text(old, "/spec/clusterIP")).unwrap_or_default();
    if !before.is_empty() && !address.is_empty() && before != address {
        let value = get(service, &["spec", "clusterIPs"]).cloned().unwrap_or_else(|| json!([address]));
        causes.push(Cause::invalid("spec.clusterIPs[0]", &value, "may not change once set"));
    }
}
