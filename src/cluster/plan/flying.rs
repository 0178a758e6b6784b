//! Whether a release of ours is under way, as the marks on the objects say.

use std::collections::BTreeSet;

use super::scene::Site;
use crate::cluster::act::Epoch;
use crate::cluster::marks;
use crate::cluster::seen::{Deployment, Meta};

/// The releases whose marks are on the objects of a workload.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Marked {
    /// The one that has not ended.
    pub flying: Option<String>,
    /// Those that have, whatever they left behind.
    pub ended: BTreeSet<String>,
}

impl Marked {
    /// Whether any mark is of this release, under way or left over.
    pub fn speaks_of(&self, release: &str) -> bool {
        self.flying.as_deref() == Some(release) || self.ended.contains(release)
    }
}

/// Reads the marks. A release has ended when no Service is pinned, and its canary and its baseline are gone, or are empty and
/// stable's mark has been taken away. What is short of that is finished by a rollback, which can begin from the same marks.
pub fn read(site: &Site) -> Marked {
    let mut marked = Marked::default();
    for release in releases(site) {
        if is_over(site, &release) {
            marked.ended.insert(release);
        } else {
            marked.flying = Some(release);
        }
    }
    marked
}

fn releases(site: &Site) -> BTreeSet<String> {
    let services = site.services.iter().map(|selected| &selected.service.metadata);
    let metas = services
        .chain([&site.deployment.metadata])
        .chain(site.beside.iter().chain(&site.baseline).map(|beside| &beside.metadata));
    metas.flat_map(|meta| [fenced(meta), meta.annotation(marks::RELEASE).map(str::to_owned)]).flatten().collect()
}

fn fenced(meta: &Meta) -> Option<String> {
    Some(Epoch::parse(meta.annotation(marks::EPOCH)?)?.release)
}

fn is_over(site: &Site, release: &str) -> bool {
    let pinned = site.services.iter().any(|selected| {
        let service = &selected.service;
        let theirs = service.metadata.annotation(marks::RELEASE).is_none_or(|by| by == release);
        service.spec.selector.contains_key(marks::TRACK) && theirs
    });
    let of_it = |beside: &&Deployment| beside.metadata.annotation(marks::RELEASE) == Some(release);
    let canary = site.beside.as_ref().filter(of_it);
    // One with pods serves until somebody takes it away, and nobody else ever will.
    let baseline = site.baseline.as_ref().filter(of_it);
    let empty = |canary: &Deployment| canary.replicas() == 0 && canary.status.replicas == 0;
    let let_go = fenced(&site.deployment.metadata).as_deref() != Some(release);
    let gone = |beside: Option<&Deployment>| beside.is_none_or(|beside| empty(beside) && let_go);
    !pinned && gone(baseline) && gone(canary)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::plan::scene::Selected;
    use crate::cluster::plan::tests::site;
    use serde_json::json;

    fn flown(canary_replicas: u32, stable_marked: bool, pinned: bool) -> Site {
        let mut site = site();
        if stable_marked {
            site.deployment.metadata.annotations.insert(marks::EPOCH.into(), "r1/1".into());
        }
        let canary = json!({"metadata": {"name": "web-canary", "annotations": {marks::RELEASE: "r1"}},
                            "spec": {"replicas": canary_replicas}});
        site.beside = Some(serde_json::from_value(canary).expect("a Deployment"));
        let selector = if pinned { json!({"app": "web", marks::TRACK: "canary"}) } else { json!({"app": "web"}) };
        let service =
            serde_json::from_value(json!({"metadata": {"name": "web"}, "spec": {"selector": selector}})).expect("one");
        site.services = vec![Selected { service, pods: Vec::new(), others: Vec::new() }];
        site
    }

    #[test]
    fn a_release_flies_until_nothing_of_it_can_serve() {
        for (canary, marked, pinned, flies) in [
            (3, true, false, true),
            (0, true, false, true),
            (0, false, true, true),
            (1, false, false, true),
            (0, false, false, false),
        ] {
            let found = read(&flown(canary, marked, pinned));
            assert_eq!(found.flying.is_some(), flies, "{canary} pods, marked: {marked}, pinned: {pinned}");
            assert_eq!(found.ended.contains("r1"), !flies);
        }
    }

    #[test]
    fn a_baseline_that_still_serves_is_taken_away_by_a_rollback() {
        let mut site = flown(0, false, false);
        let baseline = json!({"metadata": {"name": "web-baseline", "annotations": {marks::RELEASE: "r1"}}});
        site.baseline = Some(serde_json::from_value(baseline).expect("a Deployment"));
        assert_eq!(read(&site).flying.as_deref(), Some("r1"));
    }

    #[test]
    fn marks_without_a_canary_are_left_over() {
        let mut site = flown(0, true, false);
        site.beside = None;
        assert_eq!(read(&site), Marked { flying: None, ended: ["r1".to_owned()].into() });
    }
}
