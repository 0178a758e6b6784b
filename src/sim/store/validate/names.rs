//! Names, labels and annotations.

use serde_json::Value;

use crate::sim::kind::Kind;
use crate::sim::status::Cause;
use crate::sim::store::fields;

/// All annotations of an object together, keys and values, in bytes.
const MOST_ANNOTATIONS: usize = 256 * 1024;

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
    and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start \
    and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SERVICE: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic \
    character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is \
    '[a-z]([-a-z0-9]*[a-z0-9])?')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and \
    must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for \
    validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const KEY: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
    alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
    '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

/// Checks an object's own name, labels and annotations.
pub fn check(kind: Kind, object: &Value, causes: &mut Vec<Cause>) {
    check_name(kind, fields::name(object), causes);
    check_labels(object.pointer("/metadata/labels"), "metadata.labels", causes);
    let Some(annotations) = object.pointer("/metadata/annotations").and_then(Value::as_object) else { return };
    for key in annotations.keys().filter(|key| !is_key(key)) {
        causes.push(Cause::invalid("metadata.annotations", &Value::from(key.as_str()), KEY));
    }
    let size: usize = annotations.iter().map(|(key, value)| key.len() + value.as_str().map_or(0, str::len)).sum();
    if size > MOST_ANNOTATIONS {
        causes.push(Cause::too_long("metadata.annotations", MOST_ANNOTATIONS));
    }
}

/// Checks labels, the object's own or those of a pod template.
pub fn check_labels(labels: Option<&Value>, field: &str, causes: &mut Vec<Cause>) {
    for (key, value) in labels.and_then(Value::as_object).into_iter().flatten() {
        let text = value.as_str().unwrap_or_default();
        if !is_key(key) {
            causes.push(Cause::invalid(field, &Value::from(key.as_str()), KEY));
        }
        if text.len() > 63 {
            causes.push(Cause::invalid(field, value, "must be no more than 63 bytes"));
        } else if !text.is_empty() && !is_qualified(text) {
            causes.push(Cause::invalid(field, value, LABEL_VALUE));
        }
    }
}

fn check_name(kind: Kind, name: &str, causes: &mut Vec<Cause>) {
    if name.is_empty() {
        causes.push(Cause::required("metadata.name", "name or generateName is required"));
        return;
    }
    let (fits, rule, most) = match kind {
        Kind::Namespace => (is_label(name), LABEL, 63),
        Kind::Service => (is_label(name) && name.starts_with(|c: char| c.is_ascii_lowercase()), SERVICE, 63),
        // Names of roles are path segments: anything but what would leave the segment.
        Kind::Role | Kind::RoleBinding | Kind::ClusterRole | Kind::ClusterRoleBinding => {
            (!name.contains(['/', '%']) && name != "." && name != "..", "may not contain '/'", 253)
        }
        _ => (name.split('.').all(is_label), SUBDOMAIN, 253),
    };
    if name.len() > most {
        let why = format!("must be no more than {most} bytes");
        causes.push(Cause::invalid("metadata.name", &Value::from(name), &why));
    } else if !fits {
        causes.push(Cause::invalid("metadata.name", &Value::from(name), rule));
    }
}

fn is_label(text: &str) -> bool {
    let inner = text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-');
    !text.is_empty() && inner && !text.starts_with('-') && !text.ends_with('-')
}

/// What label values and the name part of keys are made of.
fn is_qualified(text: &str) -> bool {
    let inner = text.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_.".contains(&c));
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    inner && edge(text.chars().next()) && edge(text.chars().next_back())
}

fn is_key(key: &str) -> bool {
    let (prefix, name) = key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let prefix_fits = prefix.is_none_or(|prefix| prefix.len() <= 253 && prefix.split('.').all(is_label));
    prefix_fits && name.len() <= 63 && is_qualified(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wrong(kind: Kind, metadata: Value) -> usize {
        let mut causes = Vec::new();
        check(kind, &json!({"metadata": metadata}), &mut causes);
        causes.len()
    }

    #[test]
    fn names_follow_the_rule_of_their_kind() {
        assert_eq!(wrong(Kind::Pod, json!({"name": "a.b-c.0"})), 0);
        assert_eq!(wrong(Kind::Namespace, json!({"name": "a.b"})), 1);
        assert_eq!(wrong(Kind::Service, json!({"name": "0web"})), 1);
        assert_eq!(wrong(Kind::ClusterRole, json!({"name": "system:node"})), 0);
        for name in ["", "A", "a_b", "-a", "a-", "a..b"] {
            assert_eq!(wrong(Kind::Deployment, json!({"name": name})), 1, "{name:?}");
        }
    }

    #[test]
    fn labels_and_annotations_have_bounds() {
        let with = |key: &str, value: &str| json!({"name": "x", "labels": {key: value}});
        assert_eq!(wrong(Kind::Pod, with("glidepath.dev/track", "canary")), 0);
        assert_eq!(wrong(Kind::Pod, with("a", &"x".repeat(64))), 1);
        assert_eq!(wrong(Kind::Pod, with("a", "two words")), 1);
        assert_eq!(wrong(Kind::Pod, with("no/such/key", "x")), 1);
        let large = json!({"name": "x", "annotations": {"a": "x".repeat(MOST_ANNOTATIONS)}});
        assert_eq!(wrong(Kind::Pod, large), 1);
    }
}
