//! What pods make of the weights.

use crate::core::plan::{Step, Workload};

/// How many canary pods a weight means beside `replicas` stable ones: so many that their part of all pods is nearest to it,
/// at least one and never more than stable has.
pub fn pods(replicas: u32, weight: u32) -> u32 {
    if weight >= 100 {
        return replicas.max(1);
    }
    let (replicas_wide, weight) = (u64::from(replicas), u64::from(weight));
    let rest = 100 - weight;
    // Rounded to the nearest, halves up.
    let pods = (2 * replicas_wide * weight + rest) / (2 * rest);
    u32::try_from(pods).unwrap_or(u32::MAX).clamp(1, replicas.max(1))
}

/// The part of the pods that are canary pods, in percent: what users meet of a weight below 100.
pub fn share(replicas: u32, weight: u32) -> f64 {
    if weight >= 100 {
        return 100.0;
    }
    let pods = f64::from(pods(replicas, weight));
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
            let (pods, share) = (pods(replicas, step.weight), share(replicas, step.weight));
            format!("{} % is {share:.1} % ({pods} beside {replicas})", step.weight)
        })
        .collect();
    (!parts.is_empty()).then(|| format!("{}: pods make of the weights: {}", workload.name, parts.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_round_to_pods() {
        for (replicas, weight, expected) in [
            (10, 1, 1),
            (10, 10, 1),
            (10, 25, 3),
            (10, 50, 10),
            (10, 75, 10),
            (10, 100, 10),
            (1, 1, 1),
            (100, 1, 1),
            (100, 10, 11),
        ] {
            assert_eq!(pods(replicas, weight), expected, "{weight} % of {replicas}");
        }
        assert!((share(10, 1) - 9.09).abs() < 0.01);
        assert!((share(10, 75) - 50.0).abs() < 0.01);
    }
}
