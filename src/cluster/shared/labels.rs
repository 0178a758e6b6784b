//! The labels by which our own objects are found: `kubectl get configmap -l app.kubernetes.io/managed-by=glidepath`.

use serde_json::{Value, json};

use crate::cluster::marks;

/// The labels of an object of ours: what it is, and of which release. Ids of releases fit into label values; other names
/// may not, and go into annotations.
pub fn of(component: &str, release: Option<&str>) -> Value {
    let mut labels = json!({ marks::MANAGED_BY: marks::FIELD_MANAGER, marks::COMPONENT: component });
    if let (Some(release), Some(labels)) = (release, labels.as_object_mut()) {
        labels.insert(marks::RELEASE.to_owned(), release.into());
    }
    labels
}

/// The selector that finds them.
pub fn selector(component: &str, release: Option<&str>) -> String {
    let mut selector = format!("{}={},{}={component}", marks::MANAGED_BY, marks::FIELD_MANAGER, marks::COMPONENT);
    if let Some(release) = release {
        selector.push_str(&format!(",{}={release}", marks::RELEASE));
    }
    selector
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_labelled_is_what_is_selected() {
        let labels = of("release", Some("r1"));
        let labels = labels.as_object().expect("a map").iter();
        let pairs: Vec<String> =
            labels.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
        let selector = selector("release", Some("r1"));
        assert_eq!(pairs.len(), 3);
        assert!(pairs.iter().all(|pair| selector.split(',').any(|part| part == pair)), "{selector}");
    }
}
