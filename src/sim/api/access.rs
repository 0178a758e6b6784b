//! Who asks, and whether they may.

use crate::sim::api::request::Request;
use crate::sim::api::route::Place;
use crate::sim::backend::{Access, Backend, User, Verb};
use crate::sim::status::Status;

/// Finds out who asks: the bearer of a token, or whoever they may speak for.
///
/// # Errors
/// 401 for nobody known, 403 for somebody who may not speak for another.
pub fn identify(backend: &dyn Backend, request: &Request) -> Result<User, Status> {
    let known = match request.token() {
        Some(token) => backend.identify(token),
        None => backend.stranger(),
    };
    let user = known.ok_or_else(Status::unauthorized)?;
    let Some(other) = request.impersonated() else { return Ok(user) };
    let access = Access {
        user: &user,
        verb: "impersonate",
        group: "",
        resource: "users",
        subresource: "",
        namespace: "",
        name: other,
    };
    permit(backend, &access)?;
    Ok(User::person(other))
}

/// Refuses what the asker may not do to objects.
///
/// # Errors
/// 403.
pub fn authorize(backend: &dyn Backend, user: &User, verb: Verb, place: &Place) -> Result<(), Status> {
    let info = place.kind.info();
    let access = Access {
        user,
        verb: verb.word(),
        group: info.group,
        resource: info.plural,
        subresource: &place.subresource,
        namespace: &place.namespace,
        name: &place.name,
    };
    permit(backend, &access)
}

fn permit(backend: &dyn Backend, access: &Access<'_>) -> Result<(), Status> {
    if backend.may(access) {
        return Ok(());
    }
    let Access { user, verb, group, resource, subresource, namespace, name } = access;
    let qualified = if group.is_empty() { (*resource).to_owned() } else { format!("{resource}.{group}") };
    let what = if name.is_empty() { qualified } else { format!("{qualified} {name:?}") };
    let resource = if subresource.is_empty() { (*resource).to_owned() } else { format!("{resource}/{subresource}") };
    let scope = match *namespace {
        "" => "at the cluster scope".to_owned(),
        namespace => format!("in the namespace {namespace:?}"),
    };
    let why = format!("User {:?} cannot {verb} resource {resource:?} in API group {group:?} {scope}", user.name);
    let mut status = Status::plain(403, "Forbidden", format!("{what} is forbidden: {why}"));
    status.details = serde_json::json!({"name": name, "group": group, "kind": access.resource});
    Err(status)
}
