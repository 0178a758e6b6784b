//! PodDisruptionBudgets: how many of their pods may be disturbed now.

use serde_json::{Value, json};

use super::World;
use super::key::Key;
use crate::sim::kind::Kind;
use crate::sim::store::fields::{put, stamp};

impl World {
    pub(super) fn sync_budget(&mut self, key: &Key) {
        let Some(budget) = self.object(Kind::PodDisruptionBudget, key) else { return };
        let expected = self.facts.selected(Kind::PodDisruptionBudget, key).filter(|(_, pod)| pod.active()).count();
        let healthy = self.facts.selected(Kind::PodDisruptionBudget, key).filter(|(_, pod)| pod.active() && pod.ready).count();
        let spec = |name: &str| budget.pointer(&format!("/spec/{name}"));
        let desired = match (spec("minAvailable"), spec("maxUnavailable")) {
            (Some(least), _) => amount(least, expected),
            (None, Some(most)) => expected.saturating_sub(amount(most, expected)),
            (None, None) => 0,
        };
        let allowed = healthy.saturating_sub(desired);
        let (state, reason) = if allowed > 0 { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
        let now = stamp(self.now);
        let generation = budget.pointer("/metadata/generation").cloned().unwrap_or(json!(1));
        let old = budget.pointer("/status/conditions/0");
        let since = old.filter(|old| old.get("status") == Some(&json!(state))).and_then(|old| old.get("lastTransitionTime"));
        let status = json!({
            "expectedPods": expected,
            "currentHealthy": healthy,
            "desiredHealthy": desired,
            "disruptionsAllowed": allowed,
            "observedGeneration": generation,
            "conditions": [{
                "type": "DisruptionAllowed",
                "status": state,
                "reason": reason,
                "message": "",
                "observedGeneration": generation,
                "lastTransitionTime": since.cloned().unwrap_or(now.into()),
            }],
        });
        self.edit(Kind::PodDisruptionBudget, key, |budget| put(budget, &["status"], status));
    }
}

/// A number, or a percentage of the pods, rounded up.
fn amount(value: &Value, pods: usize) -> usize {
    let number = value.as_u64().and_then(|number| usize::try_from(number).ok());
    let percent = || value.as_str()?.strip_suffix('%')?.parse::<usize>().ok().map(|part| (pods * part).div_ceil(100));
    number.or_else(percent).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_round_up() {
        assert_eq!([amount(&json!("25%"), 10), amount(&json!(3), 10), amount(&json!("x"), 10)], [3, 3, 0]);
    }
}
