//! Seeing: one list and one watch for each kind of object, kept up for as long as the release flies.
//!
//! Whatever is not seen is said: each watch has a [`Link`] in the picture. It is `Live` with the newest revision that was
//! heard, or `Lost` with the time of the next try; all waiting is on the engine's clock, and real time bounds only real IO.

mod backoff;
mod hub;
mod probe;
mod store;

use std::sync::Arc;
use std::time::Duration;

use futures::TryStreamExt;
use http::Request;
use kube::core::WatchEvent;
use tokio::sync::watch;

use crate::cluster::rest::{DEPLOYMENTS, Fault, Refusal, Resource, Rest, encoded};
use crate::cluster::seen::Deployment;
use crate::core::text::neutral;
use crate::core::time::Time;
use crate::core::view::Link;
use crate::engine::clock::SharedClock;

pub use backoff::Backoff;
pub use hub::{Hub, keep};
pub use probe::probe;
pub use store::{Kept, News, Shelf, Shelved, Store};

/// How long the server is asked to keep a watch open, in seconds: a dead connection shows soon after.
const OPEN_FOR: u64 = 25;

/// How long a watch may say nothing before its connection is taken for dead, in real time.
const SILENT_FOR: Duration = Duration::from_secs(OPEN_FOR + 5);

/// How long the server may take to begin a watch, in real time.
const BEGIN_WITHIN: Duration = Duration::from_secs(10);

/// A watch that ends sooner than this without a word, on the engine's clock, was refused rather than served.
const SERVED_FOR: Duration = Duration::from_secs(1);

/// What every watch shares.
#[derive(Clone)]
pub struct Eyes {
    /// The namespace's API.
    pub rest: Rest,
    /// The engine's clock.
    pub clock: SharedClock,
    /// Who keeps what is seen.
    pub hub: Hub,
    /// Changes when connections that look alive may be dead: every watch then begins a new one.
    pub again: watch::Receiver<u64>,
}

/// Which objects of a kind a watch is about.
#[derive(Clone, Debug)]
pub enum Scope {
    /// All of the namespace.
    Namespace,
    /// Those that a Deployment's selector matches; while it does not exist, those with these labels.
    SelectedBy {
        /// The Deployment.
        deployment: String,
        /// The labels.
        otherwise: String,
    },
}

/// One list and watch.
pub struct Watch<T> {
    eyes: Eyes,
    link: Arc<str>,
    resource: Resource,
    scope: Scope,
    wanted: Box<dyn Fn(&T) -> bool + Send + Sync>,
    selector: String,
    revision: Option<String>,
    heard: Option<Time>,
    backoff: Backoff,
    dispensable: bool,
}

/// How a watch came to its end.
enum End {
    /// In its time.
    Regular,
    /// It was asked to begin anew.
    Asked,
    /// The revision that it began at is too old: everything must be listed again.
    Expired,
}

impl<T: Kept> Watch<T> {
    /// A watch that is shown as `link` and keeps what is `wanted`.
    pub fn new(
        eyes: Eyes,
        link: &str,
        resource: Resource,
        scope: Scope,
        wanted: impl Fn(&T) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self {
            eyes,
            link: link.into(),
            resource,
            scope,
            wanted: Box::new(wanted),
            selector: String::new(),
            revision: None,
            heard: None,
            backoff: Backoff::default(),
            dispensable: false,
        }
    }

    /// What it brings is welcome and not needed: where we may not have it, nobody has to know.
    #[must_use]
    pub fn dispensable(mut self) -> Self {
        self.dispensable = true;
        self
    }

    /// The name of its link.
    pub fn link(&self) -> &str {
        &self.link
    }

    /// Lists and watches, until it is dropped.
    pub async fn run(mut self) {
        loop {
            match self.round().await {
                Ok(()) => self.backoff.reset(),
                Err(fault) => self.lose(&fault).await,
            }
        }
    }

    /// One watch, after a list where there is nothing to go on from.
    async fn round(&mut self) -> Result<(), Fault> {
        let from = match self.revision.clone() {
            Some(revision) => revision,
            None => self.list().await?,
        };
        let began = self.eyes.clock.now();
        let mut heard_something = false;
        let end = self.follow(&from, &mut heard_something).await?;
        match end {
            End::Regular => {}
            End::Asked => return Ok(()),
            End::Expired => self.revision = None,
        }
        let served = heard_something || self.eyes.clock.now().since(began) >= SERVED_FOR;
        if served { Ok(()) } else { Err(Fault::Lost("the server ended the watch at once".to_owned())) }
    }

    /// Reads all there is, page by page; what a page brings is seen at once.
    async fn list(&mut self) -> Result<String, Fault> {
        self.selector = self.resolve().await?;
        self.tell(News::Begin).await;
        let mut pages = self.eyes.rest.pages(self.resource, &self.selector);
        while let Some(mut page) = pages.next::<T>().await? {
            page.retain(|item| (self.wanted)(item));
            self.tell(News::Put(page.into_iter().map(T::keep).collect())).await;
        }
        let revision = pages.into_revision();
        self.hear(&revision, Some(News::Complete)).await;
        Ok(revision)
    }

    async fn tell(&self, news: News<T::Form>) {
        let link = Arc::clone(&self.link);
        self.eyes.hub.tell(move |store: &mut Store| store.take::<T>(&link, news)).await;
    }

    async fn resolve(&self) -> Result<String, Fault> {
        match &self.scope {
            Scope::Namespace => Ok(String::new()),
            Scope::SelectedBy { deployment, otherwise } => {
                let found: Option<Deployment> = self.eyes.rest.get(DEPLOYMENTS, deployment).await?;
                Ok(found.map_or_else(|| otherwise.clone(), |deployment| deployment.spec.selector.query()))
            }
        }
    }

    async fn follow(&mut self, from: &str, heard_something: &mut bool) -> Result<End, Fault> {
        let collection = self.resource.collection(Some(self.eyes.rest.namespace()));
        let uri = format!(
            "{collection}?watch=1&allowWatchBookmarks=true&timeoutSeconds={OPEN_FOR}&labelSelector={}&resourceVersion={}",
            encoded(&self.selector),
            encoded(from)
        );
        let request = Request::get(uri).body(Vec::new()).map_err(|error| Fault::Unsent(neutral(&error.to_string())))?;
        let client = self.eyes.rest.client().clone();
        let begun = tokio::time::timeout(BEGIN_WITHIN, client.request_events::<T>(request)).await;
        let events = match begun.map_err(|_| Fault::Lost("the watch did not begin within 10s".to_owned()))? {
            Ok(events) => events,
            Err(error) => return ended(&error),
        };
        let mut events = std::pin::pin!(events);
        loop {
            let next = tokio::select! {
                next = tokio::time::timeout(SILENT_FOR, events.try_next()) => next,
                Ok(()) = self.eyes.again.changed() => return Ok(End::Asked),
            };
            let event = match next.map_err(|_| Fault::Lost("the watch fell silent".to_owned()))? {
                Ok(Some(event)) => event,
                Ok(None) => return Ok(End::Regular),
                Err(error) => return ended(&error),
            };
            if let WatchEvent::Error(status) = event {
                return ended(&kube::Error::Api(status));
            }
            *heard_something = true;
            self.take(event).await;
        }
    }

    async fn take(&mut self, event: WatchEvent<T>) {
        match event {
            WatchEvent::Added(object) | WatchEvent::Modified(object) => {
                let revision = object.version().to_owned();
                // What is no longer wanted is as good as gone.
                let wanted = (self.wanted)(&object);
                let news = if wanted { News::Put(vec![object.keep()]) } else { News::Gone(object.uid().to_owned()) };
                self.hear(&revision, Some(news)).await;
            }
            WatchEvent::Deleted(object) => {
                let revision = object.version().to_owned();
                self.hear(&revision, Some(News::Gone(object.uid().to_owned()))).await;
            }
            WatchEvent::Bookmark(bookmark) => self.hear(&bookmark.metadata.resource_version, None).await,
            WatchEvent::Error(_) => {}
        }
    }

    async fn hear(&mut self, revision: &str, news: Option<News<T::Form>>) {
        let heard = self.eyes.clock.now();
        self.heard = Some(heard);
        self.revision = Some(revision.to_owned());
        let live = Link::Live { heard, revision: revision.parse().unwrap_or(0) };
        let link = Arc::clone(&self.link);
        let change = move |store: &mut Store| {
            store.show(&link, Some(live));
            if let Some(news) = news {
                store.take::<T>(&link, news);
            }
        };
        self.eyes.hub.tell(change).await;
    }

    /// Says that the link is lost, and waits until it is to be tried again: with a list. A watch that goes on from where
    /// the last one broke off may say nothing for a minute, until its first bookmark, and for so long nobody would know
    /// that what is seen is of now. The revision may be what the server dislikes, too: one that was restored from a backup.
    async fn lose(&mut self, fault: &Fault) {
        self.revision = None;
        let since = self.eyes.clock.now();
        let retry = since + self.backoff.step();
        let lost = Link::Lost { heard: self.heard, since, retry, why: fault.why() };
        let withheld = matches!(fault, Fault::Refused(refusal) if matches!(refusal.code, 401 | 403 | 404));
        let shown = (!self.dispensable || !withheld).then_some(lost);
        let link = Arc::clone(&self.link);
        self.eyes.hub.tell(move |store: &mut Store| store.show(&link, shown)).await;
        // Once somebody has heard the server, nobody waits out a patience that grew while it was silent.
        tokio::select! {
            () = self.eyes.clock.sleep_until(retry) => {}
            Ok(()) = self.eyes.again.changed() => {}
        }
    }
}

/// What an error says about a watch: 410 is the regular end of its revision, everything else a fault.
fn ended(error: &kube::Error) -> Result<End, Fault> {
    let kube::Error::Api(status) = error else { return Err(Fault::of(error)) };
    if status.code == 410 {
        return Ok(End::Expired);
    }
    Err(Fault::Refused(Refusal {
        code: status.code,
        reason: neutral(&status.reason),
        message: neutral(&status.message),
        about_object: status.details.as_ref().is_some_and(|details| !details.name.is_empty()),
    }))
}

impl Store {
    /// Shows how a connection does, or that there is none. One that stays lost is lost since it was lost first.
    pub fn show(&mut self, link: &str, state: Option<Link>) {
        let before = self.links.remove(link);
        let Some(mut state) = state else { return };
        if let (Link::Lost { since, .. }, Some(Link::Lost { since: first, .. })) = (&mut state, before) {
            *since = first;
        }
        self.links.insert(link.to_owned(), state);
    }
}
