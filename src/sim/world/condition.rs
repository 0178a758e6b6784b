//! The conditions of a status.

use serde_json::{Value, json};

use crate::core::time::Time;
use crate::sim::store::fields::{stamp, text};

/// One condition that should be.
#[derive(Clone, Debug)]
pub struct Condition {
    /// `Available`, `Progressing`, …
    pub kind: &'static str,
    /// `True`, `False`, `Unknown`.
    pub status: &'static str,
    /// The one word.
    pub reason: String,
    /// The sentence.
    pub message: String,
}

/// The condition of that kind.
pub fn find<'a>(conditions: &'a [Value], kind: &str) -> Option<&'a Value> {
    conditions.iter().find(|condition| text(condition, "/type") == kind)
}

/// Puts a condition in its place. The transition time changes with the status alone.
///
/// With `updates` it also has a time of the last update, which a change of the reason renews.
pub fn set(conditions: &mut Vec<Value>, condition: &Condition, now: Time, updates: bool) {
    let old = find(conditions, condition.kind).cloned();
    let same_status = old.as_ref().is_some_and(|old| text(old, "/status") == condition.status);
    let same_reason = old.as_ref().is_some_and(|old| text(old, "/reason") == condition.reason);
    if same_status && same_reason && (updates || old.as_ref().is_some_and(|old| text(old, "/message") == condition.message)) {
        return;
    }
    let since = match &old {
        Some(old) if same_status => text(old, "/lastTransitionTime").to_owned(),
        _ => stamp(now),
    };
    let mut new = json!({
        "type": condition.kind,
        "status": condition.status,
        "reason": condition.reason,
        "message": condition.message,
        "lastTransitionTime": since,
    });
    if updates && let Some(fields) = new.as_object_mut() {
        fields.insert("lastUpdateTime".to_owned(), stamp(now).into());
    }
    remove(conditions, condition.kind);
    conditions.push(new);
}

/// Takes a condition away.
pub fn remove(conditions: &mut Vec<Value>, kind: &str) {
    conditions.retain(|condition| text(condition, "/type") != kind);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transition_time_changes_with_the_status_alone() {
        let condition = |status, reason: &str| Condition {
            kind: "Progressing",
            status,
            reason: reason.to_owned(),
            message: String::new(),
        };
        let at = |seconds: i64| Time::from_millis(seconds * 1_000);
        let mut conditions = Vec::new();
        set(&mut conditions, &condition("True", "a"), at(1), true);
        set(&mut conditions, &condition("True", "b"), at(2), true);
        assert_eq!(text(&conditions[0], "/lastTransitionTime"), stamp(at(1)));
        assert_eq!(text(&conditions[0], "/lastUpdateTime"), stamp(at(2)));
        set(&mut conditions, &condition("False", "b"), at(3), true);
        assert_eq!((conditions.len(), text(&conditions[0], "/lastTransitionTime")), (1, stamp(at(3)).as_str()));
    }
}
