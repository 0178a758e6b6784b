//! What makes pods: Deployments, ReplicaSets and their kin.

use serde_json::{Value, json};

use crate::sim::kind::Kind;
use crate::sim::selector::Selector;
use crate::sim::status::Cause;
use crate::sim::store::fields::{get, text};
use crate::sim::store::validate::{at_least, immutable, names, pod};

/// Checks a workload, alone or as a change of `old`.
pub fn check(kind: Kind, old: Option<&Value>, new: &Value, causes: &mut Vec<Cause>) {
    at_least(new, &["spec", "replicas"], 0, causes);
    at_least(new, &["spec", "minReadySeconds"], 0, causes);
    at_least(new, &["spec", "revisionHistoryLimit"], 0, causes);
    check_selector(kind, new, causes);
    immutable(old, new, &["spec", "selector"], causes);
    names::check_labels(new.pointer("/spec/template/metadata/labels"), "spec.template.metadata.labels", causes);
    let restart = text(new, "/spec/template/spec/restartPolicy");
    if restart != "Always" {
        let message = Cause::invalid("", &json!(restart), "").message;
        let message = message.replace("Invalid value", "Unsupported value");
        let message = format!("{message}supported values: \"Always\"");
        let field = "spec.template.spec.restartPolicy".to_owned();
        causes.push(Cause { reason: "FieldValueNotSupported", message, field });
    }
    pod::check_spec(new.pointer("/spec/template/spec").unwrap_or(&Value::Null), "spec.template.spec", causes);
    if kind == Kind::Deployment {
        check_strategy(new, causes);
    }
}

fn check_selector(kind: Kind, new: &Value, causes: &mut Vec<Cause>) {
    let Some(written) = new.pointer("/spec/selector").filter(|selector| !selector.is_null()) else {
        causes.push(Cause::required("spec.selector", ""));
        return;
    };
    let selector = Selector::of(written);
    if selector.is_empty() {
        let why = format!("empty selector is invalid for {}", kind.info().singular);
        causes.push(Cause::invalid("spec.selector", written, &why));
    }
    let labels = new.pointer("/spec/template/metadata/labels");
    if !selector.matches_labels(labels) {
        let why = "`selector` does not match template `labels`";
        causes.push(Cause::invalid("spec.template.metadata.labels", labels.unwrap_or(&Value::Null), why));
    }
}

fn check_strategy(new: &Value, causes: &mut Vec<Cause>) {
    let rolling = get(new, &["spec", "strategy", "rollingUpdate"]).filter(|rolling| !rolling.is_null());
    match text(new, "/spec/strategy/type") {
        "Recreate" if rolling.is_some() => {
            let why = "may not be specified when strategy `type` is 'Recreate'";
            causes.push(Cause::forbidden("spec.strategy.rollingUpdate", why));
        }
        "RollingUpdate" => {
            let nothing = |field: &str| {
                let value = rolling.and_then(|rolling| rolling.get(field));
                value.is_some_and(|value| value.as_i64() == Some(0) || value.as_str() == Some("0%"))
            };
            if nothing("maxSurge") && nothing("maxUnavailable") {
                let field = "spec.strategy.rollingUpdate.maxUnavailable";
                causes.push(Cause::invalid(field, &json!(0), "may not be 0 when `maxSurge` is 0"));
            }
        }
        _ => (),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment() -> Value {
        json!({"spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "web"}},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"restartPolicy": "Always", "containers": [{"name": "app", "image": "web:1"}]}
            }
        }})
    }

    fn causes(old: Option<&Value>, new: &Value) -> Vec<String> {
        let mut causes = Vec::new();
        check(Kind::Deployment, old, new, &mut causes);
        causes.into_iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect()
    }

    fn with(pointer: &str, value: Value) -> Value {
        let mut changed = deployment();
        *changed.pointer_mut(pointer).expect("a field that exists") = value;
        changed
    }

    #[test]
    fn a_selector_stays_and_matches_its_template() {
        assert_eq!(causes(None, &deployment()), Vec::<String>::new());
        let other = with("/spec/template/metadata/labels", json!({"app": "api"}));
        assert_eq!(
            causes(Some(&deployment()), &other),
            [
                r#"spec.template.metadata.labels: Invalid value: {"app":"api"}: `selector` does not match template `labels`"#
            ]
        );
        let other = with("/spec/selector", json!({"matchLabels": {}}));
        assert_eq!(
            causes(Some(&deployment()), &other),
            [
                r#"spec.selector: Invalid value: {"matchLabels":{}}: empty selector is invalid for deployment"#,
                r#"spec.selector: Invalid value: {"matchLabels":{}}: field is immutable"#
            ]
        );
    }

    #[test]
    fn templates_and_strategies_are_checked() {
        let wrong = with("/spec/template/spec/containers", json!([{"name": "a"}, {"name": "a", "image": "x"}]));
        assert_eq!(
            causes(None, &wrong),
            [
                "spec.template.spec.containers[0].image: Required value",
                r#"spec.template.spec.containers[1].name: Duplicate value: "a""#
            ]
        );
        assert_eq!(
            causes(None, &with("/spec/replicas", json!(-1))),
            ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"]
        );
        assert_eq!(
            causes(None, &with("/spec/template/spec/restartPolicy", json!("Never"))),
            [r#"spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always""#]
        );
        let stuck = with("/spec/strategy/rollingUpdate/maxSurge", json!(0));
        assert_eq!(causes(None, &stuck).len(), 1);
    }
}
