//! Where everything that is seen comes together and becomes one picture.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::Store;
use crate::cluster::view;
use crate::core::plan::Plan;
use crate::core::view::{ClusterView, Link};

/// Changes that may wait; a watch that brings more waits itself, and the server with it.
const WAITING: usize = 1_024;

/// The name of the link that only says whether the API server answers.
pub const API: &str = "api";

type Change = Box<dyn FnOnce(&mut Store) + Send>;

/// Takes what the watches bring.
#[derive(Clone)]
pub struct Hub(mpsc::Sender<Change>);

impl Hub {
    /// A hub, and what it receives, for [`keep`].
    pub fn new() -> (Self, mpsc::Receiver<Change>) {
        let (send, receive) = mpsc::channel(WAITING);
        (Self(send), receive)
    }

    /// Brings a change. Where nobody keeps the store any more, nobody needs it.
    pub async fn tell(&self, change: impl FnOnce(&mut Store) + Send + 'static) {
        let _nobody_listens = self.0.send(Box::new(change)).await;
    }
}

/// Keeps the store and publishes a picture after every change, many changes at a time where they come fast.
pub async fn keep(
    mut store: Store,
    mut changes: mpsc::Receiver<Change>,
    plan: Arc<Plan>,
    picture: watch::Sender<Arc<ClusterView>>,
) {
    let mut waiting = Vec::new();
    while changes.recv_many(&mut waiting, WAITING).await > 0 {
        for change in waiting.drain(..) {
            change(&mut store);
        }
        if store.news() {
            let new = Arc::new(view::assemble(&mut store, &plan));
            picture.send_if_modified(|old| {
                let wakes = differs(old, &new);
                *old = new;
                wakes
            });
        } else {
            // Only connections spoke. What they feed is not made again.
            picture.send_if_modified(|picture| {
                let wakes = !same_links(&picture.links, &store.links);
                Arc::make_mut(picture).links.clone_from(&store.links);
                wakes
            });
        }
    }
}

/// Whether somebody who has the old picture should look at the new one.
fn differs(old: &ClusterView, new: &ClusterView) -> bool {
    old.workloads != new.workloads || old.events != new.events || !same_links(&old.links, &new.links)
}

type Links = BTreeMap<String, Link>;

/// Whether the links say the same. That the API server was heard again is not worth a look: it is so every few seconds,
/// and decides nothing.
fn same_links(old: &Links, new: &Links) -> bool {
    let same = |name: &String, old: &Link, new: &Link| match (old, new) {
        (Link::Live { .. }, Link::Live { .. }) if name == API => true,
        _ => old == new,
    };
    old.len() == new.len()
        && new.iter().all(|(name, link)| old.get(name).is_some_and(|before| same(name, before, link)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::time::Time;

    fn live(name: &str, heard: i64, revision: u64) -> ClusterView {
        let link = Link::Live { heard: Time::from_millis(heard), revision };
        ClusterView { links: [(name.to_owned(), link)].into(), ..ClusterView::default() }
    }

    #[test]
    fn a_probe_that_goes_well_wakes_nobody() {
        assert!(!differs(&live(API, 0, 0), &live(API, 3_000, 0)));
        assert!(differs(&live("pods", 0, 1), &live("pods", 0, 2)));
        assert!(differs(&ClusterView::default(), &live(API, 0, 0)));
    }

    #[test]
    fn a_probe_that_fails_wakes_everybody() {
        let mut lost = live(API, 0, 0);
        let at = Time::from_millis(3_000);
        lost.links.insert(API.into(), Link::Lost { heard: None, since: at, retry: at, why: "refused".into() });
        assert!(differs(&live(API, 0, 0), &lost));
        assert!(differs(&lost, &live(API, 6_000, 0)));
    }
}
