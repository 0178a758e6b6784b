//! What is recorded for whoever looks at a release later: how things looked, beside what was decided.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::core::snapshot::Snapshot;
use crate::core::time::Time;
use crate::core::view::{ClusterView, Link};
use crate::engine::record::{Gauge, Sight, SightTag};

/// The most pods of a workload that are recorded: those of the release, and as many of the others as there is room for.
const PODS: usize = 60;

/// The most of the cluster's own events that are recorded with a view; the newest.
const EVENTS: usize = 40;

/// Remembers what was recorded last, so that only what has changed is recorded again.
#[derive(Debug, Default)]
pub struct Recorder {
    seen: Option<ClusterView>,
}

impl Recorder {
    /// What is to be recorded of this picture; `read`: whether a reading of the metrics has just been taken in.
    pub fn sight(&mut self, picture: &Snapshot, view: &Arc<ClusterView>, read: bool) -> Sight {
        let bounded = bounded(view);
        let changed = self.seen.as_ref() != Some(&bounded);
        let gauges = picture.rules.iter().filter(|_| read).filter_map(|rule| {
            Some(Gauge {
                workload: rule.judgement.workload.clone(),
                rule: rule.judgement.rule.clone(),
                value: (*rule.trend.last()?).filter(|value| value.is_finite()),
            })
        });
        Sight {
            event: SightTag::Sight,
            gauges: gauges.collect(),
            shares: picture.shares.clone(),
            sources: picture.sources.iter().map(|(name, link)| (name.clone(), plain(link, picture.at))).collect(),
            driver: picture.driver.who.clone(),
            canary_rate: picture.rollback.as_ref().and_then(|rollback| rollback.canary_rate),
            view: changed.then(|| {
                self.seen = Some(bounded.clone());
                Box::new(bounded)
            }),
        }
    }
}

/// A link that is live is recorded as heard at the moment itself. By how many milliseconds before it was heard is chance,
/// and two flights of one seed shall have one journal.
fn plain(link: &Link, at: Time) -> Link {
    match link {
        Link::Live { .. } => Link::Live { heard: at, revision: 0 },
        other => other.clone(),
    }
}

/// The view with as much of it as a recording needs.
fn bounded(view: &ClusterView) -> ClusterView {
    let mut bounded = ClusterView { links: BTreeMap::new(), ..view.clone() };
    for workload in bounded.workloads.values_mut() {
        if workload.pods.len() > PODS {
            // Those of the release come first: they are few, and what a recording is looked at for.
            let (new, other): (Vec<_>, Vec<_>) = workload.pods.iter().cloned().partition(|pod| pod.track.is_new());
            workload.pods = new.into_iter().chain(other).take(PODS).collect();
        }
    }
    let surplus = bounded.events.len().saturating_sub(EVENTS);
    bounded.events.drain(..surplus);
    bounded
}
