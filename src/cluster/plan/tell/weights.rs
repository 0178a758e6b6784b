//! What pods make of the weights.

use crate::core::decide::{canary_size, share_by_pods};
use crate::core::plan::{Step, Workload};

/// How far a share may be from its weight before it is told, in percentage points.
const NEAR: f64 = 1.0;

/// A sentence on the steps whose share is not what the weight says; a Service sends to pods, not to percentages.
pub fn rounding(workload: &Workload, steps: &[Step]) -> Option<String> {
    let replicas = workload.replicas;
    let share = |step: &Step| share_by_pods(step.weight, replicas, workload.baseline.is_some());
    let off = |step: &&Step| (share(step) - f64::from(step.weight)).abs() >= NEAR;
    let parts: Vec<String> = steps
        .iter()
        .filter(off)
        .map(|step| {
            let (pods, share) = (canary_size(step.weight, replicas), share(step));
            format!("{} % is {share:.1} % ({pods} beside {replicas})", step.weight)
        })
        .collect();
    (!parts.is_empty()).then(|| format!("{}: pods make of the weights: {}", workload.name, parts.join(", ")))
}

/// That there is a baseline, how many pods it takes at most, and when it goes.
pub fn baseline(workload: &Workload, steps: &[Step]) -> Option<String> {
    let name = workload.baseline.as_ref()?;
    let most = baseline_pods(workload, steps);
    Some(format!(
        "{}: the canary is compared with {name}, as many fresh pods of the old version (at most {most}, beside as many of the \
         canary's); they serve users too, and go at 100 %",
        workload.name
    ))
}

/// The most pods that a baseline has; 0 where there is none.
pub fn baseline_pods(workload: &Workload, steps: &[Step]) -> u32 {
    let sizes = steps.iter().filter(|step| step.weight < 100).map(|step| canary_size(step.weight, workload.replicas));
    workload.baseline.as_ref().and_then(|_| sizes.max()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::plan::tests::flight;
    use std::time::Duration;

    #[test]
    fn only_steps_that_pods_bend_are_told() {
        let mut workload = flight().workloads.remove(0);
        let step = |weight| Step { weight, soak: Duration::ZERO, approval: false };
        workload.replicas = 10;
        let told = rounding(&workload, &[1, 10, 50, 75, 100].map(step)).expect("1 and 75 are bent");
        assert_eq!(told, "web: pods make of the weights: 1 % is 9.1 % (1 beside 10), 75 % is 50.0 % (10 beside 10)");
        workload.replicas = 100;
        assert_eq!(rounding(&workload, &[1, 10, 50, 100].map(step)), None);
        assert_eq!((baseline(&workload, &[50, 100].map(step)), baseline_pods(&workload, &[50].map(step))), (None, 0));
        workload.baseline = Some("web-baseline".into());
        let told = rounding(&workload, &[10, 50, 100].map(step)).expect("a half is a third");
        assert_eq!(told, "web: pods make of the weights: 50 % is 33.3 % (100 beside 100)");
        assert_eq!(baseline_pods(&workload, &[10, 25, 100].map(step)), 33);
        assert!(baseline(&workload, &[10, 25, 100].map(step)).is_some_and(|told| told.contains("at most 33")));
    }
}
