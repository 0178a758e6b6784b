//! Label selectors: which objects they match, and how a list is asked for them.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The labels of an object.
pub type Labels = BTreeMap<String, String>;

/// A selector as workloads and budgets have it. An empty one matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LabelSelector {
    /// Labels that must be there with these values.
    pub match_labels: Labels,
    /// Further conditions.
    pub match_expressions: Vec<Requirement>,
}

/// One condition on one label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Requirement {
    /// The label.
    pub key: String,
    /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
    pub operator: String,
    /// The values, for the first two.
    pub values: Vec<String>,
}

impl LabelSelector {
    /// Whether an object with these labels is selected.
    pub fn matches(&self, labels: &Labels) -> bool {
        includes(labels, &self.match_labels)
            && self.match_expressions.iter().all(|requirement| requirement.holds(labels))
    }

    /// The selector as a list's `labelSelector` takes it.
    pub fn query(&self) -> String {
        let equal = self.match_labels.iter().map(|(key, value)| format!("{key}={value}"));
        equal.chain(self.match_expressions.iter().map(Requirement::query)).collect::<Vec<_>>().join(",")
    }

    /// Whether it speaks of the label `key`.
    pub fn mentions(&self, key: &str) -> bool {
        self.match_labels.contains_key(key) || self.match_expressions.iter().any(|requirement| requirement.key == key)
    }
}

impl Requirement {
    fn holds(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.key);
        let listed = value.is_some_and(|value| self.values.contains(value));
        match self.operator.as_str() {
            "In" => listed,
            "NotIn" => !listed,
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            // An operator that we do not know selects nothing that we could vouch for.
            _ => false,
        }
    }

    fn query(&self) -> String {
        let values = self.values.join(",");
        match self.operator.as_str() {
            "In" => format!("{} in ({values})", self.key),
            "NotIn" => format!("{} notin ({values})", self.key),
            "DoesNotExist" => format!("!{}", self.key),
            _ => self.key.clone(),
        }
    }
}

/// Whether `labels` holds all of `wanted`, as a Service's selector asks.
pub fn includes(labels: &Labels, wanted: &Labels) -> bool {
    wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// The labels that two sets share, which whatever selects both must rest on.
pub fn common(one: &Labels, other: &Labels) -> Labels {
    one.iter().filter(|(key, value)| other.get(*key) == Some(value)).map(|(k, v)| (k.clone(), v.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_selector_matches_as_the_api_server_does() {
        let selector: LabelSelector = serde_json::from_value(json!({
            "matchLabels": {"app": "web"},
            "matchExpressions": [
                {"key": "tier", "operator": "In", "values": ["front", "edge"]},
                {"key": "legacy", "operator": "DoesNotExist"},
                {"key": "team", "operator": "Exists"},
                {"key": "zone", "operator": "NotIn", "values": ["c"]},
            ],
        }))
        .expect("a selector");
        let fits = labels(&[("app", "web"), ("tier", "edge"), ("team", "a")]);
        assert!(selector.matches(&fits));
        for spoiled in [("app", "api"), ("tier", "back"), ("legacy", "yes"), ("zone", "c")] {
            let mut labels = fits.clone();
            labels.insert(spoiled.0.into(), spoiled.1.into());
            assert!(!selector.matches(&labels), "{spoiled:?}");
        }
        assert_eq!(selector.query(), "app=web,tier in (front,edge),!legacy,team,zone notin (c)");
        assert!(selector.mentions("zone") && !selector.mentions("color"));
    }

    #[test]
    fn an_unknown_operator_selects_nothing() {
        let requirement = Requirement { key: "a".into(), operator: "Gt".into(), values: vec!["1".into()] };
        let selector = LabelSelector { match_expressions: vec![requirement], ..LabelSelector::default() };
        assert!(!selector.matches(&labels(&[("a", "2")])));
    }

    #[test]
    fn what_two_sets_share() {
        let one = labels(&[("app", "web"), ("version", "1")]);
        let other = labels(&[("app", "web"), ("version", "2")]);
        assert_eq!(common(&one, &other), labels(&[("app", "web")]));
        assert!(includes(&one, &common(&one, &other)));
    }
}
