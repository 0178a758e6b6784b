//! The arithmetic of a rolling update: how large the new and the old ReplicaSets should be next.

use serde_json::Value;

/// How far a rolling update may go from the wanted number of pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// So many pods more.
    pub surge: u32,
    /// So many fewer available.
    pub unavailable: u32,
}

impl Bounds {
    /// What a Deployment's `spec.strategy` says, for so many replicas. A quarter each, where it says nothing; if both come
    /// to 0, one pod may be unavailable, or nothing would ever move.
    pub fn of(strategy: Option<&Value>, replicas: u32) -> Self {
        let rolling = strategy.and_then(|strategy| strategy.get("rollingUpdate"));
        let part = |name: &str| share(rolling.and_then(|rolling| rolling.get(name)), replicas);
        let (surge, unavailable) = (part("maxSurge").ceil() as u32, part("maxUnavailable").floor() as u32);
        Self { surge, unavailable: if surge == 0 && unavailable == 0 { 1 } else { unavailable.min(replicas) } }
    }
}

/// A number, or a percentage of `replicas`.
fn share(value: Option<&Value>, replicas: u32) -> f64 {
    let percent = |text: &str| text.strip_suffix('%').and_then(|number| number.parse::<f64>().ok());
    match value {
        Some(Value::Number(number)) => number.as_f64().unwrap_or(0.0),
        Some(Value::String(text)) => percent(text).unwrap_or(25.0) * f64::from(replicas) / 100.0,
        _ => 25.0 * f64::from(replicas) / 100.0,
    }
}

/// One ReplicaSet, as far as a rollout looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// `spec.replicas`.
    pub wanted: u32,
    /// `status.availableReplicas`.
    pub available: u32,
}

/// How large the new ReplicaSet should be, while all together want `all` pods.
pub fn grow(replicas: u32, bounds: Bounds, new: u32, all: u32) -> u32 {
    if new >= replicas {
        return replicas;
    }
    let room = (replicas + bounds.surge).saturating_sub(all);
    new + room.min(replicas - new)
}

/// How large each old ReplicaSet should be (`old`: the oldest first): first pods that are not available go, then available
/// ones, as long as enough are left.
pub fn shrink(replicas: u32, bounds: Bounds, new: Size, old: &[Size]) -> Vec<u32> {
    let mut sizes: Vec<u32> = old.iter().map(|set| set.wanted).collect();
    let least = replicas.saturating_sub(bounds.unavailable);
    let all = new.wanted + sizes.iter().sum::<u32>();
    let missing = new.wanted.saturating_sub(new.available);
    let mut may_go = all.saturating_sub(least).saturating_sub(missing);
    if may_go == 0 {
        return sizes;
    }
    for (size, set) in sizes.iter_mut().zip(old) {
        let gone = may_go.min(size.saturating_sub(set.available));
        *size -= gone;
        may_go -= gone;
    }
    let available = new.available + old.iter().map(|set| set.available).sum::<u32>();
    let mut spare = available.saturating_sub(least);
    for size in &mut sizes {
        let gone = spare.min(*size);
        *size -= gone;
        spare -= gone;
    }
    sizes
}

/// Spreads `total` over ReplicaSets in proportion to their present size, the largest first; what is left over goes to the
/// largest.
pub fn spread(total: u32, sizes: &[u32]) -> Vec<u32> {
    let all: u32 = sizes.iter().sum();
    if all == 0 {
        return sizes.to_vec();
    }
    let mut parts: Vec<u32> =
        sizes.iter().map(|size| (u64::from(*size) * u64::from(total) / u64::from(all)) as u32).collect();
    let left = total - parts.iter().sum::<u32>();
    let largest = sizes.iter().enumerate().max_by_key(|(_, size)| **size).map_or(0, |(at, _)| at);
    if let Some(part) = parts.get_mut(largest) {
        *part += left;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn bounds_round_as_kubernetes_does() {
        assert_eq!(Bounds::of(None, 10), Bounds { surge: 3, unavailable: 2 });
        let both_none = json!({"rollingUpdate": {"maxSurge": 0, "maxUnavailable": "5%"}});
        assert_eq!(Bounds::of(Some(&both_none), 10), Bounds { surge: 0, unavailable: 1 });
    }

    #[test]
    fn pods_that_never_became_available_go_first() {
        let bounds = Bounds { surge: 1, unavailable: 1 };
        let old = [Size { wanted: 4, available: 4 }, Size { wanted: 2, available: 0 }];
        assert_eq!(shrink(5, bounds, Size { wanted: 0, available: 0 }, &old), [4, 0]);
    }

    #[test]
    fn scaling_spreads_over_what_is_there() {
        assert_eq!(spread(20, &[6, 4]), [12, 8]);
        assert_eq!(spread(5, &[6, 4]), [3, 2]);
        assert_eq!(spread(3, &[0, 0]), [0, 0]);
    }

    proptest! {
        /// Whatever becomes available when, a rolling update ends, and stays within its bounds on the way.
        #[test]
        fn a_rolling_update_ends_within_its_bounds(replicas in 1u32..30, surge in 0u32..5, unavailable in 0u32..5, slow in 0u32..3) {
            let unavailable = if surge == 0 && unavailable == 0 { 1 } else { unavailable.min(replicas) };
            let bounds = Bounds { surge, unavailable };
            let mut new = Size { wanted: 0, available: 0 };
            let mut old = Size { wanted: replicas, available: replicas };
            for turn in 0..500 {
                new.wanted = grow(replicas, bounds, new.wanted, new.wanted + old.wanted);
                prop_assert!(new.wanted + old.wanted <= replicas + surge);
                old.wanted = shrink(replicas, bounds, new, &[old])[0];
                old.available = old.available.min(old.wanted);
                prop_assert!(new.available + old.available >= replicas - unavailable);
                if turn % (slow + 1) == 0 {
                    new.available += u32::from(new.available < new.wanted);
                }
            }
            prop_assert_eq!((new.available, old.wanted), (replicas, 0));
        }
    }
}
