//! Reading: one object, many, many in pages, and the start of a watch.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::sim::api::Shared;
use crate::sim::api::field::FieldSelector;
use crate::sim::api::reply::{Form, Reply};
use crate::sim::api::request::Request;
use crate::sim::api::route::Place;
use crate::sim::api::watch::{Wanted, Watcher};
use crate::sim::backend::Backend;
use crate::sim::kind::Kind;
use crate::sim::selector::Selector;
use crate::sim::status::Status;
use crate::sim::store::{Store, fields};

/// How long a watch lasts whose client does not say.
const WATCH: Duration = Duration::from_secs(30 * 60);

/// Which objects a list or a watch is about.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Of which kind.
    pub kind: Kind,
    /// In which namespace; empty: in all.
    pub namespace: String,
    labels: Selector,
    fields: FieldSelector,
}

impl Filter {
    /// Reads the selectors of a request.
    ///
    /// # Errors
    /// 400 for one that cannot be read.
    pub fn of(place: &Place, request: &Request) -> Result<Self, Status> {
        let fields = match place.name.as_str() {
            "" => FieldSelector::parse(place.kind, request.query("fieldSelector").unwrap_or_default())?,
            name => FieldSelector::named(name),
        };
        let labels = Selector::parse(request.query("labelSelector").unwrap_or_default())?;
        Ok(Self { kind: place.kind, namespace: place.namespace.clone(), labels, fields })
    }

    /// Whether an object of the right kind and namespace is meant.
    pub fn selects(&self, object: &Value) -> bool {
        self.labels.matches(object) && self.fields.matches(object)
    }

    /// All objects that are meant.
    pub fn list<'a>(&'a self, store: &'a Store) -> impl Iterator<Item = &'a Arc<Value>> {
        self.list_after(store, ("", ""))
    }

    /// Those of them that come after the object of this namespace and name.
    fn list_after<'a>(&'a self, store: &'a Store, last: (&'a str, &'a str)) -> impl Iterator<Item = &'a Arc<Value>> {
        let namespace = Some(self.namespace.as_str()).filter(|namespace| !namespace.is_empty());
        store.list_after(self.kind, namespace, last).filter(|object| self.selects(object))
    }

    /// Whether nothing but the kind and the namespace matters.
    fn is_plain(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }
}

/// Reads one object.
pub fn get(backend: &mut dyn Backend, place: &Place) -> Result<Reply, Status> {
    let found = backend.store().get(place.kind, &place.namespace, &place.name);
    let object = found.cloned().ok_or_else(|| Status::not_found(place.kind, &place.name))?;
    Ok(Reply::Object { code: 200, kind: place.kind, object })
}

/// Reads many objects, in pages where the client wants that.
pub fn list(backend: &mut dyn Backend, place: &Place, request: &Request) -> Result<Reply, Status> {
    let filter = Filter::of(place, request)?;
    let store = backend.store();
    let page = match request.query("continue") {
        Some(token) => Page::read(token, store)?,
        None => Page { revision: asked_revision(store, request)?, after: None },
    };
    let mut rest = filter.list_after(store, page.last());
    let mut metadata = json!({"resourceVersion": page.revision.to_string()});
    let limit = request.number("limit")?.and_then(|limit| usize::try_from(limit).ok()).filter(|limit| *limit > 0);
    let items: Vec<Arc<Value>> = rest.by_ref().take(limit.unwrap_or(usize::MAX)).cloned().collect();
    if let (Some(_), Some(last)) = (rest.next(), items.last()) {
        fields::put(&mut metadata, &["continue"], Page::after(page.revision, last).into());
        // As on a real server: with a selector nobody counts what is left.
        if filter.is_plain() {
            fields::put(&mut metadata, &["remainingItemCount"], (1 + rest.count()).into());
        }
    }
    Ok(Reply::List { kind: place.kind, metadata, items })
}

/// Begins to follow changes.
pub fn watch(
    world: &Shared,
    backend: &mut dyn Backend,
    place: &Place,
    request: &Request,
    form: Form,
) -> Result<Reply, Status> {
    let filter = Filter::of(place, request)?;
    let store = backend.store();
    let initial = request.query("sendInitialEvents");
    let bookmarks = request.flag("allowWatchBookmarks");
    if initial == Some("true") && request.query("resourceVersionMatch") != Some("NotOlderThan") {
        let causes =
            "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
        return Err(Status::plain(422, "Invalid", format!("ListOptions.meta.k8s.io \"\" is invalid: {causes}")));
    }
    let asked = request.number("resourceVersion")?.filter(|revision| *revision > 0);
    if let Some(revision) = asked {
        refuse_the_future(store, revision)?;
    }
    let since = match initial {
        Some("true") => None,
        Some("false") => Some(asked.unwrap_or_else(|| store.revision())),
        _ => asked,
    };
    let within = request.number("timeoutSeconds")?.map_or(WATCH, Duration::from_secs);
    let wanted = Wanted { filter, form, bookmarks, since, mark_end: initial == Some("true") && bookmarks, within };
    Ok(Reply::Watch(Box::new(Watcher::new(Arc::clone(world), backend, wanted))))
}

/// The revision of a list: the newest, whose age nobody can object to unless an exact one is asked for.
fn asked_revision(store: &Store, request: &Request) -> Result<u64, Status> {
    let now = store.revision();
    let Some(asked) = request.number("resourceVersion")?.filter(|revision| *revision > 0) else { return Ok(now) };
    refuse_the_future(store, asked)?;
    if request.query("resourceVersionMatch") == Some("Exact") && asked != now {
        return Err(Status::expired(asked, now));
    }
    Ok(now)
}

fn refuse_the_future(store: &Store, asked: u64) -> Result<(), Status> {
    let now = store.revision();
    if asked <= now {
        return Ok(());
    }
    let message = format!("Too large resource version: {asked}, current: {now}");
    let details = json!({
        "retryAfterSeconds": 1,
        "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]
    });
    Err(Status { code: 504, reason: "Timeout", message, details })
}

/// Where in a list a page begins.
struct Page {
    revision: u64,
    after: Option<(String, String)>,
}

impl Page {
    /// The token for the page after this object.
    fn after(revision: u64, last: &Value) -> String {
        format!("{revision}/{}/{}", fields::namespace(last), fields::name(last))
    }

    fn read(token: &str, store: &Store) -> Result<Self, Status> {
        let wrong = || Status::bad_request(format!("continue key is not valid: {token:?}"));
        let mut parts = token.splitn(3, '/');
        let revision = parts.next().and_then(|text| text.parse().ok()).ok_or_else(wrong)?;
        let (Some(namespace), Some(name)) = (parts.next(), parts.next()) else { return Err(wrong()) };
        if store.events_since(revision).is_err() {
            let message = "The provided continue parameter is too old to display a consistent list result. You can start a new \
                list without the continue parameter.";
            return Err(Status::plain(410, "Expired", message));
        }
        Ok(Self { revision, after: Some((namespace.to_owned(), name.to_owned())) })
    }

    /// The object after which it begins.
    fn last(&self) -> (&str, &str) {
        self.after.as_ref().map_or(("", ""), |(namespace, name)| (namespace.as_str(), name.as_str()))
    }
}
