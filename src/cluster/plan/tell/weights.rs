//! What pods make of the weights.

use crate::core::decide::canary_size;
use crate::core::plan::{Step, Workload};

/// The part of the pods that are canary pods, in percent: what users meet of a weight below 100.
pub fn share(replicas: u32, weight: u32) -> f64 {
    if weight >= 100 {
        return 100.0;
    }
    let pods = f64::from(canary_size(weight, replicas));
    100.0 * pods / (pods + f64::from(replicas))
}

/// How far a share may be from its weight before it is told, in percentage points.
const NEAR: f64 = 1.0;

/// A sentence on the steps whose share is not what the weight says; a Service sends to pods, not to percentages.
pub fn rounding(workload: &Workload, steps: &[Step]) -> Option<String> {
    let replicas = workload.replicas;
    let off = |step: &&Step| (share(replicas, step.weight) - f64::from(step.weight)).abs() >= NEAR;
    let parts: Vec<String> = steps
        .iter()
        .filter(off)
        .map(|step| {
            let (pods, share) = (canary_size(step.weight, replicas), share(replicas, step.weight));
            format!("{} % is {share:.1} % ({pods} beside {replicas})", step.weight)
        })
        .collect();
    (!parts.is_empty()).then(|| format!("{}: pods make of the weights: {}", workload.name, parts.join(", ")))
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
    }
}
