//! The logs of containers. `follow` gives what there is and ends.

use crate::sim::api::reply::Reply;
use crate::sim::api::request::Request;
use crate::sim::api::route::Place;
use crate::sim::backend::{Backend, LogsAsk};
use crate::sim::kind::Kind;
use crate::sim::status::Status;

/// Answers a request for a container's log.
pub fn answer(backend: &mut dyn Backend, place: &Place, request: &Request) -> Result<Reply, Status> {
    if backend.store().get(Kind::Pod, &place.namespace, &place.name).is_none() {
        return Err(Status::not_found(Kind::Pod, &place.name));
    }
    let tail = request.number("tailLines")?.map(|lines| usize::try_from(lines).unwrap_or(usize::MAX));
    let ask = LogsAsk {
        namespace: place.namespace.clone(),
        pod: place.name.clone(),
        container: request.query("container").map(str::to_owned),
        previous: request.flag("previous"),
        tail,
    };
    let lines = backend.logs(&ask)?;
    Ok(Reply::text(lines.into_iter().map(|line| line + "\n").collect()))
}
