//! Field selectors: `metadata.name=web,status.phase!=Running`.

use serde_json::Value;

use crate::sim::kind::Kind;
use crate::sim::status::Status;

/// The fields of every kind by which one can select.
const COMMON: [&str; 2] = ["metadata.name", "metadata.namespace"];
const POD: [&str; 6] = [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "status.phase",
    "status.podIP",
];
const EVENT: [&str; 10] = [
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "type",
];

/// Which objects are meant, by their fields. The empty selector means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSelector(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    pointer: String,
    value: String,
    equal: bool,
}

impl FieldSelector {
    /// Whether it selects everything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads a selector for objects of a kind.
    ///
    /// # Errors
    /// 400 for a field by which one cannot select them.
    pub fn parse(kind: Kind, text: &str) -> Result<Self, Status> {
        text.split(',')
            .filter(|part| !part.trim().is_empty())
            .map(|part| requirement(kind, part))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Only the object of this name.
    pub fn named(name: &str) -> Self {
        Self(vec![Requirement { pointer: "/metadata/name".to_owned(), value: name.to_owned(), equal: true }])
    }

    /// Whether an object is meant.
    pub fn matches(&self, object: &Value) -> bool {
        self.0.iter().all(|requirement| {
            let same = match object.pointer(&requirement.pointer) {
                Some(Value::String(text)) => *text == requirement.value,
                Some(Value::Bool(yes)) => yes.to_string() == requirement.value,
                _ => requirement.value.is_empty(),
            };
            same == requirement.equal
        })
    }
}

fn requirement(kind: Kind, part: &str) -> Result<Requirement, Status> {
    let (field, value, equal) = match (part.split_once("!="), part.split_once("==").or_else(|| part.split_once('='))) {
        (Some((field, value)), _) => (field, value, false),
        (None, Some((field, value))) => (field, value, true),
        (None, None) => {
            let message = format!("invalid selector: '{part}'; can't understand '{part}'");
            return Err(Status::bad_request(message));
        }
    };
    let field = field.trim();
    let more: &[&str] = match kind {
        Kind::Pod => &POD,
        Kind::Event => &EVENT,
        Kind::Namespace => &["status.phase"],
        Kind::Secret => &["type"],
        Kind::Node => &["spec.unschedulable"],
        Kind::Job => &["status.successful"],
        _ => &[],
    };
    if !COMMON.contains(&field) && !more.contains(&field) {
        return Err(Status::bad_request(format!("field label not supported: {field}")));
    }
    Ok(Requirement { pointer: format!("/{}", field.replace('.', "/")), value: value.trim().to_owned(), equal })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_known_fields_select() {
        let pod = json!({"metadata": {"name": "a"}, "spec": {"nodeName": "n1"}, "status": {"phase": "Running"}});
        let meant = |text: &str| FieldSelector::parse(Kind::Pod, text).map(|selector| selector.matches(&pod));
        assert_eq!(meant("spec.nodeName=n1,status.phase!=Pending"), Ok(true));
        assert_eq!(meant("metadata.name==b"), Ok(false));
        assert_eq!(meant(""), Ok(true));
        assert_eq!(meant("status.hostIP=x").expect_err("unknown").message, "field label not supported: status.hostIP");
    }
}
