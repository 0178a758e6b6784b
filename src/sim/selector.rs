//! Label selectors, as a query or an object writes them.

use serde_json::{Map, Value};

use crate::sim::status::Status;

/// Which objects are meant, by their labels. The empty selector means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Absent,
}

impl Selector {
    /// Reads `a=b,c!=d,e in (f,g),h notin (i),j,!k`.
    ///
    /// # Errors
    /// 400 with the part that cannot be read.
    pub fn parse(text: &str) -> Result<Self, Status> {
        split_outside_parentheses(text).map(requirement).collect::<Result<Vec<_>, Status>>().map(Self)
    }

    /// Reads a `LabelSelector`: `matchLabels` and `matchExpressions`. One that says nothing means all.
    pub fn of(selector: &Value) -> Self {
        let labels = selector.get("matchLabels").and_then(Value::as_object);
        let mut requirements = labels.map(Self::equal).unwrap_or_default().0;
        let expressions = selector.get("matchExpressions").and_then(Value::as_array);
        requirements.extend(expressions.into_iter().flatten().filter_map(expression));
        Self(requirements)
    }

    /// Reads a plain map of labels, as Services have it.
    pub fn equal(labels: &Map<String, Value>) -> Self {
        let test = |value: &Value| Test::In(vec![value.as_str().unwrap_or_default().to_owned()]);
        Self(labels.iter().map(|(key, value)| Requirement { key: key.clone(), test: test(value) }).collect())
    }

    /// Whether it names nothing, and so means all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an object is meant.
    pub fn matches(&self, object: &Value) -> bool {
        self.matches_labels(object.pointer("/metadata/labels"))
    }

    /// Whether an object with these labels is meant.
    pub fn matches_labels(&self, labels: Option<&Value>) -> bool {
        self.0.iter().all(|requirement| {
            let value = labels.and_then(|labels| labels.get(&requirement.key)).and_then(Value::as_str);
            match &requirement.test {
                Test::In(allowed) => value.is_some_and(|value| allowed.iter().any(|one| one == value)),
                Test::NotIn(refused) => !value.is_some_and(|value| refused.iter().any(|one| one == value)),
                Test::Exists => value.is_some(),
                Test::Absent => value.is_none(),
            }
        })
    }
}

fn expression(expression: &Value) -> Option<Requirement> {
    let key = expression.get("key")?.as_str()?.to_owned();
    let values = expression.get("values").and_then(Value::as_array).into_iter().flatten();
    let values = values.filter_map(Value::as_str).map(str::to_owned).collect();
    let test = match expression.get("operator")?.as_str()? {
        "In" => Test::In(values),
        "NotIn" => Test::NotIn(values),
        "Exists" => Test::Exists,
        "DoesNotExist" => Test::Absent,
        _ => return None,
    };
    Some(Requirement { key, test })
}

fn split_outside_parentheses(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_i32;
    text.split(move |c: char| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ',' && depth == 0
    })
    .map(str::trim)
    .filter(|part| !part.is_empty())
}

fn requirement(part: &str) -> Result<Requirement, Status> {
    let wrong = || Status::bad_request(format!("unable to parse requirement: {part}"));
    let key_ok = |key: &str| {
        let key = key.trim();
        let plain = key.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
        if key.is_empty() || !plain { Err(wrong()) } else { Ok(key.to_owned()) }
    };
    if let Some(key) = part.strip_prefix('!') {
        return Ok(Requirement { key: key_ok(key)?, test: Test::Absent });
    }
    if let Some(head) = part.strip_suffix(')') {
        let (head, values) = head.split_once('(').ok_or_else(wrong)?;
        let values = values.split(',').map(|value| value.trim().to_owned()).collect();
        return match head.trim().rsplit_once(' ') {
            Some((key, "in")) => Ok(Requirement { key: key_ok(key)?, test: Test::In(values) }),
            Some((key, "notin")) => Ok(Requirement { key: key_ok(key)?, test: Test::NotIn(values) }),
            _ => Err(wrong()),
        };
    }
    let one = |value: &str| vec![value.trim().to_owned()];
    if let Some((key, value)) = part.split_once("!=") {
        return Ok(Requirement { key: key_ok(key)?, test: Test::NotIn(one(value)) });
    }
    if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
        return Ok(Requirement { key: key_ok(key)?, test: Test::In(one(value)) });
    }
    Ok(Requirement { key: key_ok(part)?, test: Test::Exists })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn meant(selector: &str, labels: Value) -> bool {
        Selector::parse(selector).expect("a selector").matches(&json!({"metadata": {"labels": labels}}))
    }

    #[test]
    fn every_form_of_a_query_is_read() {
        let web = json!({"app": "web", "track": "canary"});
        for yes in
            ["", "app=web", "app==web,track", "app in (web, api),track notin (stable)", "!gone", "app!=api", "x!=1"]
        {
            assert!(meant(yes, web.clone()), "{yes}");
        }
        for no in ["app=api", "!app", "gone", "app notin (web)", "track in (stable)", "app!=web"] {
            assert!(!meant(no, web.clone()), "{no}");
        }
        for wrong in ["app in web", "a b", "=x", "app in (x"] {
            assert!(Selector::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_object_selects_by_labels_and_expressions() {
        let selector = Selector::of(&json!({
            "matchLabels": {"app": "web"},
            "matchExpressions": [{"key": "track", "operator": "DoesNotExist"}]
        }));
        assert!(selector.matches_labels(Some(&json!({"app": "web"}))));
        assert!(!selector.matches_labels(Some(&json!({"app": "web", "track": "canary"}))));
        assert!(Selector::default().matches_labels(None));
    }
}
