//! Reading from pods and Services through the API server, so that it works from a laptop.

use std::time::Duration;

use chrono::DateTime;
use futures::future::BoxFuture;
use http::{HeaderMap, Method, Request};
use kube::Client;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::cluster::connect::Connection;
use crate::cluster::rest::{Answer, Fault, Refusal, answer};
use crate::core::plan::MetricsPort;
use crate::core::sample::{FaultKind, SourceFault, Target};
use crate::core::text::neutral;
use crate::core::time::Time;
use crate::engine::port::{ACCEPT_EXPOSITION, Fetch, Page, QueryAnswer, QueryApi};

/// Fetches from pods through the API server's pod proxy.
#[derive(Clone)]
pub struct PodProxy {
    client: Client,
}

impl PodProxy {
    /// Through this connection.
    pub fn new(connection: &Connection) -> Self {
        Self { client: connection.client.clone() }
    }
}

impl Fetch for PodProxy {
    fn get(&self, target: Target, limit: usize, within: Duration) -> BoxFuture<'static, Result<Vec<u8>, SourceFault>> {
        let page = self.page(target, limit, within);
        Box::pin(async move { Ok(page.await?.body) })
    }

    fn page(&self, target: Target, limit: usize, within: Duration) -> BoxFuture<'static, Result<Page, SourceFault>> {
        let client = self.client.clone();
        Box::pin(async move {
            let Target { namespace, name, .. } = &target;
            let MetricsPort { port, path } = target.metrics.as_ref().ok_or_else(SourceFault::no_port)?;
            let uri = format!("/api/v1/namespaces/{namespace}/pods/{name}:{port}/proxy{path}");
            let request = request(Method::GET, &uri, ACCEPT_EXPOSITION, Vec::new())?;
            let answer = answer(&client, request, limit, within).await.map_err(source_fault)?;
            if answer.head.status.as_u16() != 200 {
                return Err(source_fault(Fault::Refused(Refusal::read(answer.head.status, &answer.body))));
            }
            let content_type = header(&answer.head.headers, "content-type");
            Ok(Page { body: answer.body, content_type })
        })
    }
}

/// The HTTP API of a Prometheus behind a Service, through the API server's service proxy.
#[derive(Clone)]
pub struct ServiceProxy {
    client: Client,
    service: ServicePort,
}

/// A port of a Service, as a URL would name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePort {
    /// The Service's namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The port's number or name.
    pub port: String,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// What its paths begin with, without a slash at the end; mostly nothing.
    pub prefix: String,
}

impl ServiceProxy {
    /// Through this connection.
    pub fn new(connection: &Connection, service: ServicePort) -> Self {
        Self { client: connection.client.clone(), service }
    }

    fn uri(&self, path: &str) -> String {
        let ServicePort { namespace, name, port, tls, prefix } = &self.service;
        // The API server takes the scheme before the name, and none for http.
        let scheme = if *tls { "https:" } else { "" };
        format!("/api/v1/namespaces/{namespace}/services/{scheme}{name}:{port}/proxy{prefix}{path}")
    }
}

impl QueryApi for ServiceProxy {
    fn place(&self) -> String {
        let ServicePort { namespace, name, port, .. } = &self.service;
        neutral(&format!("Service {namespace}/{name}:{port}"))
    }

    fn post(
        &self,
        path: &'static str,
        form: Vec<(&'static str, String)>,
        limit: usize,
        within: Duration,
    ) -> BoxFuture<'static, Result<QueryAnswer, SourceFault>> {
        let (client, uri) = (self.client.clone(), self.uri(path));
        Box::pin(async move {
            let request = request(Method::POST, &uri, "application/json", encode(&form).into_bytes())?;
            let Answer { head, body } = answer(&client, request, limit, within).await.map_err(source_fault)?;
            if head.status.is_redirection() {
                let why = format!("it redirects elsewhere ({}), and is not followed", head.status);
                return Err(SourceFault { kind: FaultKind::Down, why });
            }
            let date = header(&head.headers, "date").and_then(|date| read_date(&date));
            Ok(QueryAnswer { status: head.status.as_u16(), body, date })
        })
    }
}

fn encode(form: &[(&'static str, String)]) -> String {
    let escape = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    form.iter().map(|(key, value)| format!("{}={}", escape(key), escape(value))).collect::<Vec<_>>().join("&")
}

fn read_date(date: &str) -> Option<Time> {
    DateTime::parse_from_rfc2822(date).ok().map(|at| Time::from_millis(at.timestamp_millis()))
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(neutral)
}

/// Nothing is compressed on the way: that would hide the size of what comes.
fn request(method: Method, uri: &str, accept: &str, body: Vec<u8>) -> Result<Request<Vec<u8>>, SourceFault> {
    let form = "application/x-www-form-urlencoded";
    let request =
        Request::builder().method(method).uri(uri).header("accept", accept).header("accept-encoding", "identity");
    let request = if body.is_empty() { request } else { request.header("content-type", form) };
    request.body(body).map_err(|error| SourceFault { kind: FaultKind::Down, why: neutral(&error.to_string()) })
}

fn source_fault(fault: Fault) -> SourceFault {
    let kind = match &fault {
        // The API server itself does not know the pod; a path that the pod does not know has no such reason.
        Fault::Refused(refusal) if refusal.code == 404 && refusal.reason == "NotFound" => FaultKind::Absent,
        Fault::Garbled(_) => FaultKind::Malformed,
        _ => FaultKind::Down,
    };
    SourceFault { kind, why: fault.why() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_and_dates_are_those_of_http() {
        assert_eq!(
            encode(&[("query", "up{a=\"b c\"}".into()), ("time", "1".into())]),
            "query=up%7Ba%3D%22b%20c%22%7D&time=1"
        );
        assert_eq!(read_date("Sun, 23 Nov 2025 23:00:00 GMT"), Some(Time::from_millis(1_763_938_800_000)));
        assert_eq!(read_date("yesterday"), None);
    }

    #[test]
    fn a_pod_that_is_gone_is_absent_and_a_path_that_it_lacks_is_down() {
        let refusal = |body: &[u8]| source_fault(Fault::Refused(Refusal::read(http::StatusCode::NOT_FOUND, body))).kind;
        assert_eq!(
            refusal(br#"{"kind":"Status","reason":"NotFound","message":"pods \"web\" not found"}"#),
            FaultKind::Absent
        );
        assert_eq!(refusal(b"404 page not found"), FaultKind::Down);
    }
}
