//! The newest of everything that the watches have brought.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::cluster::seen::{Autoscaler, Deployment, EndpointSlice, Event, Pod, ReplicaSet, Seen, Service};
use crate::cluster::view::KnownPod;
use crate::core::view::Link;

/// At most this many events are kept; the oldest go first.
const MOST_EVENTS: usize = 2_000;

/// What one watch brings.
#[derive(Debug)]
pub enum News<T> {
    /// A list begins to be read.
    Begin,
    /// Some of a list, or what is new or has changed.
    Put(Vec<T>),
    /// The list has been read: what it did not name is gone.
    Complete,
    /// One that is gone, by its UID.
    Gone(String),
}

/// The objects of one kind, by UID, apart for each watch that brings them, so that one's list never forgets another's.
#[derive(Debug)]
pub struct Shelf<T> {
    by_link: BTreeMap<Arc<str>, Row<T>>,
}

/// What one watch has brought.
#[derive(Debug)]
struct Row<T> {
    /// How many lists have been begun.
    lists: u32,
    /// Each object with the number of the list in which, or after which, it was last heard of.
    objects: BTreeMap<String, (u32, T)>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { by_link: BTreeMap::new() }
    }
}

impl<T> Default for Row<T> {
    fn default() -> Self {
        Self { lists: 0, objects: BTreeMap::new() }
    }
}

impl<T: Shelved> Shelf<T> {
    /// All of them, in the order of their UIDs.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.by_link.values().flat_map(|row| row.objects.values()).map(|(_, object)| object)
    }

    /// Whether the object of this UID is there.
    pub fn has(&self, uid: &str) -> bool {
        self.by_link.values().any(|row| row.objects.contains_key(uid))
    }

    /// All of them, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.by_link.values_mut().flat_map(|row| row.objects.values_mut()).map(|(_, object)| object)
    }

    /// Takes news of the watch `link`.
    pub fn take(&mut self, link: &Arc<str>, news: News<T>) {
        let row = self.by_link.entry(Arc::clone(link)).or_default();
        match news {
            News::Begin => row.lists = row.lists.wrapping_add(1),
            News::Put(some) => {
                let list = row.lists;
                row.objects.extend(some.into_iter().map(|object| (object.uid().to_owned(), (list, object))));
            }
            News::Complete => {
                let list = row.lists;
                row.objects.retain(|_, (heard, _)| *heard == list);
            }
            News::Gone(uid) => {
                row.objects.remove(&uid);
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
    pub pods: Shelf<KnownPod>,
    /// The plan's Services.
    pub services: Shelf<Service>,
    /// Their endpoints.
    pub slices: Shelf<EndpointSlice>,
    /// The plan's autoscalers.
    pub autoscalers: Shelf<Autoscaler>,
    /// Events about objects of our kinds, bounded.
    pub events: Shelf<Event>,
    /// Whether anything but the links has changed since [`Store::news`] was asked.
    changed: bool,
}

impl Store {
    /// Takes news of the watch `link`.
    pub fn take<T: Kept>(&mut self, link: &Arc<str>, news: News<T::Form>) {
        self.changed = true;
        T::shelf(self).take(link, news);
        T::trim(T::shelf(self));
    }

    /// Whether anything but the links has changed since this was asked last.
    pub fn news(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }
}

/// Something that stands on a shelf.
pub trait Shelved: Send + 'static {
    /// Its UID.
    fn uid(&self) -> &str;
}

impl<T: Seen> Shelved for T {
    fn uid(&self) -> &str {
        Seen::uid(self)
    }
}

/// A kind of object that the store keeps.
pub trait Kept: Seen + Clone + DeserializeOwned {
    /// In which form it is kept: as it was read, or, where there are many, as what is made of it.
    type Form: Shelved;

    /// Puts it into that form.
    fn keep(self) -> Self::Form;

    /// Where it is kept.
    fn shelf(store: &mut Store) -> &mut Shelf<Self::Form>;

    /// Drops what is too much.
    fn trim(_shelf: &mut Shelf<Self::Form>) {}
}

macro_rules! kept {
    ($($kind:ty => $shelf:ident),*) => {
        $(impl Kept for $kind {
            type Form = Self;

            fn keep(self) -> Self {
                self
            }

            fn shelf(store: &mut Store) -> &mut Shelf<Self> {
                &mut store.$shelf
            }
        })*
    };
}

kept!(Deployment => deployments, ReplicaSet => replica_sets, Service => services, EndpointSlice => slices,
      Autoscaler => autoscalers);

impl Kept for Pod {
    type Form = KnownPod;

    fn keep(self) -> KnownPod {
        KnownPod::of(&self)
    }

    fn shelf(store: &mut Store) -> &mut Shelf<KnownPod> {
        &mut store.pods
    }
}

impl Kept for Event {
    type Form = Self;

    fn keep(self) -> Self {
        self
    }

    fn shelf(store: &mut Store) -> &mut Shelf<Self> {
        &mut store.events
    }

    fn trim(shelf: &mut Shelf<Self>) {
        for row in shelf.by_link.values_mut().filter(|row| row.objects.len() > MOST_EVENTS) {
            let surplus = row.objects.len() - MOST_EVENTS * 9 / 10;
            let mut by_age: Vec<_> =
                row.objects.values().map(|(_, event)| (event.at(), event.metadata.uid.clone())).collect();
            by_age.sort_unstable();
            // A tenth goes at once, so that the sorting is rare.
            for (_, uid) in by_age.into_iter().take(surplus) {
                row.objects.remove(&uid);
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
        let (one, other): (Arc<str>, Arc<str>) = ("sets/a".into(), "sets/b".into());
        let set = |uid: &str| {
            let mut set = ReplicaSet::default();
            set.metadata.uid = uid.to_owned();
            set
        };
        let mut store = Store::default();
        let mut take = |link: &Arc<str>, news| store.take::<ReplicaSet>(link, news);
        take(&one, News::Begin);
        take(&one, News::Put(vec![set("1")]));
        take(&one, News::Put(vec![set("2")]));
        take(&one, News::Complete);
        take(&other, News::Put(vec![set("3")]));
        take(&one, News::Begin);
        take(&one, News::Put(vec![set("2")]));
        // What the new list has not named yet is still believed to be there.
        assert_eq!(uids(&store), ["1", "2", "3"]);
        let mut take = |link: &Arc<str>, news| store.take::<ReplicaSet>(link, news);
        take(&one, News::Complete);
        take(&one, News::Gone("9".to_owned()));
        assert_eq!(uids(&store), ["2", "3"]);
    }

    fn uids(store: &Store) -> Vec<&str> {
        store.replica_sets.iter().map(Seen::uid).collect()
    }

    #[test]
    fn events_are_bounded_and_the_oldest_go() {
        let link: Arc<str> = "events".into();
        let mut store = Store::default();
        store.take::<Event>(&link, News::Put((0..MOST_EVENTS as i64).map(event).collect()));
        store.take::<Event>(&link, News::Put(vec![event(1_000_000)]));
        assert!(store.events.iter().count() <= MOST_EVENTS);
        let kept = |uid: &str| store.events.iter().any(|event| Seen::uid(event) == uid);
        assert!(!kept("e0") && kept("e1000000"));
    }
}
