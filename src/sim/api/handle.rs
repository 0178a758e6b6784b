//! One request from its arrival to its answer.

use std::sync::Arc;

use http::{Method, Response, header};
use serde_json::{Value, json};

use crate::core::time::Time;
use crate::sim::api::reply::{Body, Form, Reply};
use crate::sim::api::request::Request;
use crate::sim::api::route::{Place, Route, route};
use crate::sim::api::{Shared, access, change, discovery, lock, logs, pods, proxy, read, review, scale, usage};
use crate::sim::backend::{Admission, Ask, Backend, PatchType, User, Verb};
use crate::sim::kind::Kind;
use crate::sim::status::Status;
use crate::sim::store::write::Part;

/// What becomes of a connection after a request.
pub enum Outcome {
    /// It carries an answer.
    Answer(Response<Body>),
    /// It is closed.
    Close,
    /// It stays open, and nothing ever comes.
    Hang,
}

/// Answers a request. The world is locked while it is answered and free again while the answer is written.
pub fn handle(world: &Shared, request: Result<Request, Status>) -> Outcome {
    let request = match request {
        Ok(request) => request,
        Err(status) => return Outcome::Answer(Reply::Refused(status, None).render(Form::Full, Time::default())),
    };
    let form = Form::of(request.header(header::ACCEPT), request.query("includeObject"));
    let (reply, now) = {
        let mut backend = lock(world);
        let reply = match answer(world, &mut *backend, &request, form) {
            Ok(Turn::Reply(reply)) => reply,
            Ok(Turn::Close) => return Outcome::Close,
            Ok(Turn::Hang) => return Outcome::Hang,
            Err(status) => Reply::Refused(status, None),
        };
        (reply, backend.store().now())
    };
    Outcome::Answer(reply.render(form, now))
}

enum Turn {
    Reply(Reply),
    Close,
    Hang,
}

fn answer(world: &Shared, backend: &mut dyn Backend, request: &Request, form: Form) -> Result<Turn, Status> {
    let route = route(&request.path);
    match route {
        Route::Health => return Ok(Turn::Reply(Reply::text("ok".to_owned()))),
        Route::Version => return Ok(Turn::Reply(Reply::json(discovery::version()))),
        _ => (),
    }
    let user = access::identify(backend, request)?;
    let ask = ask_of(&route, request, user)?;
    let admission = backend.arrive(&ask);
    match admission {
        Admission::Drop => return Ok(Turn::Close),
        Admission::Hang => return Ok(Turn::Hang),
        Admission::Refuse { status, retry_after } => return Ok(Turn::Reply(Reply::Refused(status, retry_after))),
        Admission::Answer | Admission::DropAfter => (),
    }
    let before = backend.store().revision();
    let reply = dispatch(world, backend, &route, &ask, request, form);
    if backend.store().revision() != before {
        backend.wrote(&ask);
    }
    if matches!(admission, Admission::DropAfter) {
        return Ok(Turn::Close);
    }
    reply.map(Turn::Reply)
}

fn dispatch(
    world: &Shared,
    backend: &mut dyn Backend,
    route: &Route,
    ask: &Ask,
    request: &Request,
    form: Form,
) -> Result<Reply, Status> {
    let aggregated = request.header(header::ACCEPT).contains("g=apidiscovery.k8s.io;v=v2;");
    match route {
        Route::CoreVersions => Ok(discovery::core_versions(aggregated)),
        Route::Groups => Ok(discovery::groups(aggregated)),
        Route::Group(group) => discovery::group(group),
        Route::Resources { group, version } => discovery::resources(group, version),
        Route::Review(review) if request.method == Method::POST => {
            review::answer(backend, *review, &ask.user, &ask.body)
        }
        Route::Review(_) => Err(Status::method_not_allowed()),
        Route::Usage(namespace) => Ok(usage::answer(backend, namespace)),
        Route::Objects(place) => {
            access::authorize(backend, &ask.user, ask.verb, place)?;
            objects(world, backend, place, ask, request, form)
        }
        Route::Health | Route::Version | Route::Nowhere => Err(Status::no_such_path()),
    }
}

fn objects(
    world: &Shared,
    backend: &mut dyn Backend,
    place: &Place,
    ask: &Ask,
    request: &Request,
    form: Form,
) -> Result<Reply, Status> {
    let part = match place.subresource.as_str() {
        "" => Part::Main,
        "status" if place.kind.info().status => Part::Status,
        "scale" => return scale::answer(backend, place, ask, request),
        "proxy" => return proxy::answer(backend, place, &ask.user, request),
        "log" if place.kind == Kind::Pod => return logs::answer(backend, place, request),
        "eviction" if place.kind == Kind::Pod && ask.verb == Verb::Create => {
            return pods::evict(backend, place, ask, request);
        }
        "binding" if place.kind == Kind::Pod && ask.verb == Verb::Create => {
            return pods::bind(backend, place, ask, request);
        }
        _ => return Err(Status::no_such_path()),
    };
    match (ask.verb, part) {
        (Verb::Get, _) => read::get(backend, place),
        (Verb::Update, part) => change::update(backend, place, part, ask, request),
        (Verb::Patch, part) => change::patch(backend, place, part, ask, request),
        (Verb::List, Part::Main) => read::list(backend, place, request),
        (Verb::Watch, Part::Main) => read::watch(world, backend, place, request, form),
        (Verb::Create, Part::Main) if place.name.is_empty() && has_home(place) => {
            change::create(backend, place, ask, request)
        }
        (Verb::Delete, Part::Main) => change::delete(backend, place, ask, request),
        (Verb::DeleteCollection, Part::Main) if has_home(place) => change::delete_many(backend, place, ask, request),
        _ => Err(Status::method_not_allowed()),
    }
}

/// Whether a place is in a namespace, where its kind has to be in one.
fn has_home(place: &Place) -> bool {
    !place.kind.info().namespaced || !place.namespace.is_empty()
}

/// Puts a request into the words of authorization.
fn ask_of(route: &Route, request: &Request, user: User) -> Result<Ask, Status> {
    let none = Place {
        kind: Kind::Pod,
        namespace: String::new(),
        name: String::new(),
        subresource: String::new(),
        rest: String::new(),
    };
    let (kind, place) = match route {
        Route::Objects(place) => (Some(place.kind), place),
        _ => (None, &none),
    };
    let verb = verb_of(place, request)?;
    // What goes through the proxy is the pod's business.
    let body = if place.subresource == "proxy" { Value::Null } else { request.json()? };
    let dry_run = dry_run(request.query("dryRun"), &body)?;
    Ok(Ask {
        verb,
        kind,
        namespace: place.namespace.clone(),
        name: place.name.clone(),
        subresource: place.subresource.clone(),
        path: request.path.clone(),
        user,
        user_agent: request.header(header::USER_AGENT).to_owned(),
        manager: request.query("fieldManager").unwrap_or_else(|| request.agent()).to_owned(),
        body,
        patch: patch_type(request.content_type()).filter(|_| verb == Verb::Patch),
        dry_run,
    })
}

/// Whether nothing is to be kept: said in the query, or by the options of a deletion.
fn dry_run(query: Option<&str>, body: &Value) -> Result<bool, Status> {
    let options = if body.get("kind") == Some(&json!("Eviction")) { body.get("deleteOptions") } else { Some(body) };
    let said = options.and_then(|options| options.get("dryRun")).and_then(Value::as_array);
    let mut said = said.into_iter().flatten().filter_map(Value::as_str).chain(query);
    match said.clone().find(|stage| *stage != "All") {
        Some(other) => {
            let message = format!("dryRun: Unsupported value: {other:?}: supported values: \"All\"");
            Err(Status::plain(422, "Invalid", message))
        }
        None => Ok(said.next().is_some()),
    }
}

fn verb_of(place: &Place, request: &Request) -> Result<Verb, Status> {
    let one = !place.name.is_empty();
    let watch = request.flag("watch") && place.subresource.is_empty();
    Ok(match request.method {
        Method::GET | Method::HEAD if watch => Verb::Watch,
        Method::GET | Method::HEAD if one => Verb::Get,
        Method::GET | Method::HEAD => Verb::List,
        Method::POST => Verb::Create,
        Method::PUT if one => Verb::Update,
        Method::PATCH if one => Verb::Patch,
        Method::DELETE if one => Verb::Delete,
        Method::DELETE => Verb::DeleteCollection,
        _ => return Err(Status::method_not_allowed()),
    })
}

fn patch_type(content_type: &str) -> Option<PatchType> {
    match content_type {
        "application/json-patch+json" => Some(PatchType::Json),
        "application/merge-patch+json" => Some(PatchType::Merge),
        "application/strategic-merge-patch+json" => Some(PatchType::Strategic),
        "application/apply-patch+yaml" => Some(PatchType::Apply),
        _ => None,
    }
}

/// Reads a request and answers it.
pub async fn serve_one(world: Shared, request: http::Request<hyper::body::Incoming>) -> Outcome {
    let request = Request::read(request).await;
    handle(&Arc::clone(&world), request)
}
