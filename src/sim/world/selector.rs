//! Label selectors, as Services and disruption budgets have them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::sim::store::fields;

/// Labels by name.
pub type Labels = BTreeMap<String, String>;

/// What labels must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    key: String,
    /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
    operator: String,
    values: Vec<String>,
}

impl Selector {
    /// A Service's selector: every pair must match. `None` where there is none, which selects nothing.
    pub fn of_service(service: &Value) -> Option<Self> {
        let pairs = labels(service.pointer("/spec/selector"));
        (!pairs.is_empty()).then(|| Self { terms: pairs.into_iter().map(|(key, value)| Term::equal(key, value)).collect() })
    }

    /// A selector with `matchLabels` and `matchExpressions`; an empty one selects everything.
    pub fn of_spec(spec: &Value) -> Self {
        let equal = labels(spec.get("matchLabels")).into_iter().map(|(key, value)| Term::equal(key, value));
        let expressions = fields::items(spec, "/matchExpressions").iter().map(|expression| Term {
            key: fields::text(expression, "/key").to_owned(),
            operator: fields::text(expression, "/operator").to_owned(),
            values: fields::items(expression, "/values").iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        });
        Self { terms: equal.chain(expressions).collect() }
    }

    /// Whether labels hold what it asks for.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.terms.iter().all(|term| term.matches(labels.get(&term.key)))
    }
}

impl Term {
    fn equal(key: String, value: String) -> Self {
        Self { key, operator: "In".to_owned(), values: vec![value] }
    }

    fn matches(&self, value: Option<&String>) -> bool {
        match self.operator.as_str() {
            "In" => value.is_some_and(|value| self.values.contains(value)),
            "NotIn" => value.is_none_or(|value| !self.values.contains(value)),
            "Exists" => value.is_some(),
            _ => value.is_none(),
        }
    }
}

/// Reads a map of strings.
pub fn labels(value: Option<&Value>) -> Labels {
    let map = value.and_then(Value::as_object).into_iter().flatten();
    map.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_service_without_a_selector_selects_nothing() {
        assert_eq!(Selector::of_service(&json!({"spec": {}})), None);
        let service = json!({"spec": {"selector": {"app": "checkout", "glidepath.dev/track": "canary"}}});
        let selector = Selector::of_service(&service).expect("it has one");
        let stable = labels(Some(&json!({"app": "checkout"})));
        let canary = labels(Some(&json!({"app": "checkout", "glidepath.dev/track": "canary", "x": "y"})));
        assert!(!selector.matches(&stable) && selector.matches(&canary));
    }

    #[test]
    fn expressions_match_as_kubernetes_says() {
        let spec = json!({"matchLabels": {"app": "a"}, "matchExpressions": [
            {"key": "tier", "operator": "NotIn", "values": ["web"]}, {"key": "gone", "operator": "DoesNotExist"}]});
        let selector = Selector::of_spec(&spec);
        assert!(selector.matches(&labels(Some(&json!({"app": "a"})))));
        assert!(!selector.matches(&labels(Some(&json!({"app": "a", "tier": "web"})))));
        assert!(!selector.matches(&labels(Some(&json!({"app": "a", "gone": ""})))));
        assert!(Selector::of_spec(&json!({})).matches(&Labels::new()));
    }
}
