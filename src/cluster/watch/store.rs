//! The newest of everything that the watches have brought.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::cluster::seen::{Autoscaler, Deployment, EndpointSlice, Event, Pod, ReplicaSet, Seen, Service};
use crate::core::view::Link;

/// At most this many events are kept; the oldest go first.
const MOST_EVENTS: usize = 2_000;

/// What one watch brings.
#[derive(Debug)]
pub enum News<T> {
    /// All there is now.
    All(Vec<T>),
    /// A further part of all there is.
    More(Vec<T>),
    /// One that is new or has changed.
    Put(T),
    /// One that is gone.
    Gone(T),
}

/// The objects of one kind, by UID, apart for each watch that brings them, so that one's list never forgets another's.
#[derive(Debug)]
pub struct Shelf<T> {
    by_link: BTreeMap<Arc<str>, BTreeMap<String, T>>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { by_link: BTreeMap::new() }
    }
}

impl<T: Seen> Shelf<T> {
    /// All of them, in the order of their UIDs.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.by_link.values().flat_map(BTreeMap::values)
    }

    /// Takes news of the watch `link`.
    pub fn take(&mut self, link: &Arc<str>, news: News<T>) {
        let objects = self.by_link.entry(Arc::clone(link)).or_default();
        match news {
            News::All(all) => *objects = all.into_iter().map(|object| (object.uid().to_owned(), object)).collect(),
            News::More(more) => objects.extend(more.into_iter().map(|object| (object.uid().to_owned(), object))),
            News::Put(object) => {
                objects.insert(object.uid().to_owned(), object);
            }
            News::Gone(object) => {
                objects.remove(object.uid());
            }
        }
    }
}

/// Everything that is seen of one release's objects.
#[derive(Debug, Default)]
pub struct Store {
    /// How each connection does.
    pub links: BTreeMap<String, Link>,
    /// The Deployments of the plan: stables, canaries, and whatever else has a canary's name.
    pub deployments: Shelf<Deployment>,
    /// Their ReplicaSets.
    pub replica_sets: Shelf<ReplicaSet>,
    /// Their pods.
    pub pods: Shelf<Pod>,
    /// The plan's Services.
    pub services: Shelf<Service>,
    /// Their endpoints.
    pub slices: Shelf<EndpointSlice>,
    /// The plan's autoscalers.
    pub autoscalers: Shelf<Autoscaler>,
    /// Events about objects of our kinds, bounded.
    pub events: Shelf<Event>,
}

impl Store {
    /// Takes news of the watch `link`.
    pub fn take<T: Kept>(&mut self, link: &Arc<str>, news: News<T>) {
        T::shelf(self).take(link, news);
        T::trim(T::shelf(self));
    }
}

/// A kind of object that the store keeps.
pub trait Kept: Seen + Clone + DeserializeOwned {
    /// Where it is kept.
    fn shelf(store: &mut Store) -> &mut Shelf<Self>;

    /// Drops what is too much.
    fn trim(_shelf: &mut Shelf<Self>) {}
}

macro_rules! kept {
    ($($kind:ty => $shelf:ident),*) => {
        $(impl Kept for $kind {
            fn shelf(store: &mut Store) -> &mut Shelf<Self> {
                &mut store.$shelf
            }
        })*
    };
}

kept!(Deployment => deployments, ReplicaSet => replica_sets, Pod => pods, Service => services,
      EndpointSlice => slices, Autoscaler => autoscalers);

impl Kept for Event {
    fn shelf(store: &mut Store) -> &mut Shelf<Self> {
        &mut store.events
    }

    fn trim(shelf: &mut Shelf<Self>) {
        for events in shelf.by_link.values_mut().filter(|events| events.len() > MOST_EVENTS) {
            let mut by_age: Vec<_> = events.values().map(|event| (event.at(), event.metadata.uid.clone())).collect();
            by_age.sort_unstable();
            // A tenth goes at once, so that the sorting is rare.
            for (_, uid) in by_age.into_iter().take(events.len() - MOST_EVENTS * 9 / 10) {
                events.remove(&uid);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::time::Time;

    fn event(number: i64) -> Event {
        let mut event = Event { last_timestamp: Some(Time::from_millis(number)), ..Event::default() };
        event.metadata.uid = format!("e{number}");
        event
    }

    #[test]
    fn a_list_replaces_what_its_own_watch_brought_and_nothing_else() {
        let (one, other): (Arc<str>, Arc<str>) = ("pods/a".into(), "pods/b".into());
        let pod = |uid: &str| {
            let mut pod = Pod::default();
            pod.metadata.uid = uid.to_owned();
            pod
        };
        let mut store = Store::default();
        store.take(&one, News::All(vec![pod("1"), pod("2")]));
        store.take(&other, News::Put(pod("3")));
        store.take(&one, News::All(vec![pod("2")]));
        store.take(&one, News::Gone(pod("9")));
        let uids: Vec<&str> = store.pods.iter().map(Seen::uid).collect();
        assert_eq!(uids, ["2", "3"]);
    }

    #[test]
    fn events_are_bounded_and_the_oldest_go() {
        let link: Arc<str> = "events".into();
        let mut store = Store::default();
        store.take(&link, News::All((0..MOST_EVENTS as i64).map(event).collect()));
        store.take(&link, News::Put(event(1_000_000)));
        assert!(store.events.iter().count() <= MOST_EVENTS);
        let kept = |uid: &str| store.events.iter().any(|event| event.uid() == uid);
        assert!(!kept("e0") && kept("e1000000"));
    }
}
