//! The way through the API server to a pod, or to a Service's pods.

use crate::sim::api::reply::Reply;
use crate::sim::api::request::Request;
use crate::sim::api::route::Place;
use crate::sim::backend::{Backend, ProxyAnswer, ProxyAsk, User};
use crate::sim::kind::Kind;
use crate::sim::status::Status;

/// Hands a request on and its answer back.
pub fn answer(backend: &mut dyn Backend, place: &Place, user: &User, request: &Request) -> Result<Reply, Status> {
    if !matches!(place.kind, Kind::Pod | Kind::Service) || place.name.is_empty() {
        return Err(Status::no_such_path());
    }
    let (name, port) = name_and_port(&place.name);
    let path = match request.raw_query.as_str() {
        "" => place.rest.clone(),
        query => format!("{}?{query}", place.rest),
    };
    let ask = ProxyAsk {
        kind: place.kind,
        namespace: place.namespace.clone(),
        name: name.to_owned(),
        port: port.to_owned(),
        method: request.method.to_string(),
        path,
        body: request.body.to_vec(),
        user: user.clone(),
    };
    match backend.proxy(&ask) {
        ProxyAnswer::Http { code, content_type, body } => Ok(Reply::Raw { code, content_type, body }),
        ProxyAnswer::Refused(status) => Err(status),
    }
}

/// Takes `name`, `name:port` or `scheme:name:port` apart.
fn name_and_port(text: &str) -> (&str, &str) {
    let mut parts = text.splitn(3, ':');
    match (parts.next().unwrap_or_default(), parts.next(), parts.next()) {
        (_scheme, Some(name), Some(port)) => (name, port),
        (name, Some(port), None) => (name, port),
        (name, _, _) => (name, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_may_follow_and_a_scheme_come_first() {
        assert_eq!(name_and_port("web"), ("web", ""));
        assert_eq!(name_and_port("web:8080"), ("web", "8080"));
        assert_eq!(name_and_port("http:web:metrics"), ("web", "metrics"));
        assert_eq!(name_and_port("https:web:"), ("web", ""));
    }
}
