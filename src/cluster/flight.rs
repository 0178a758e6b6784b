//! What the objects themselves say of a release that flies: enough to bring everything back without a journal.

use serde_json::Value;

use crate::core::plan::{Plan, Workload};

/// The plan as it is noted on one workload's canary: this workload alone, without its templates (the canary has the one,
/// another annotation the other) and without what was told.
pub fn note(plan: &Plan, workload: &Workload) -> String {
    let slim = Workload { stable_template: Value::Null, canary_template: Value::Null, ..workload.clone() };
    let noted = Plan { workloads: vec![slim], told: Vec::new(), ..plan.clone() };
    serde_json::to_string(&noted).unwrap_or_default()
}

/// Reads a note back and puts the templates in.
///
/// `None`: somebody edited it, or another version of Glidepath wrote it.
pub fn read(note: &str, stable_template: Value, canary_template: Value) -> Option<Plan> {
    let mut plan: Plan = serde_json::from_str(note).ok()?;
    let [workload] = plan.workloads.as_mut_slice() else { return None };
    workload.stable_template = stable_template;
    workload.canary_template = canary_template;
    Some(plan)
}
