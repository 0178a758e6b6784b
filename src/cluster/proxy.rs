//! Reading from pods and Services through the API server, so that it works from a laptop.

use std::time::Duration;

use futures::future::BoxFuture;
use http::Request;
use kube::Client;

use crate::cluster::connect::Connection;
use crate::cluster::rest::{Fault, exchange};
use crate::core::sample::{FaultKind, SourceFault, Target};
use crate::engine::port::Fetch;

/// What we can read: the Prometheus text format; and no compression, which would hide the size of what comes.
const ACCEPT: &str = "text/plain;version=0.0.4, */*;q=0.1";

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
        let client = self.client.clone();
        Box::pin(async move {
            let Target { namespace, name, port, path, .. } = &target;
            let uri = format!("/api/v1/namespaces/{namespace}/pods/{name}:{port}/proxy{path}");
            fetch(&client, &uri, limit, within).await
        })
    }
}

/// Fetches `path` (with its query) from a Service through the API server's service proxy: a Prometheus, say. `port` is a
/// number or a name; `scheme` is `http` or `https`.
///
/// # Errors
/// Nobody answered well in time, or with more than `limit` bytes.
pub async fn from_service(
    connection: &Connection,
    service: &ServicePort<'_>,
    path: &str,
    limit: usize,
    within: Duration,
) -> Result<Vec<u8>, SourceFault> {
    let ServicePort { namespace, name, port, scheme } = service;
    // The API server takes the scheme before the name, and none for http.
    let prefix = if *scheme == "https" { "https:" } else { "" };
    let uri = format!("/api/v1/namespaces/{namespace}/services/{prefix}{name}:{port}/proxy{path}");
    fetch(&connection.client, &uri, limit, within).await
}

/// A port of a Service, as a URL would name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServicePort<'a> {
    /// The Service's namespace.
    pub namespace: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The port's number or name.
    pub port: &'a str,
    /// `http` or `https`.
    pub scheme: &'a str,
}

async fn fetch(client: &Client, uri: &str, limit: usize, within: Duration) -> Result<Vec<u8>, SourceFault> {
    let down = |why: String| SourceFault { kind: FaultKind::Down, why };
    let request = Request::get(uri).header("accept", ACCEPT).header("accept-encoding", "identity").body(Vec::new());
    let request = request.map_err(|error| down(crate::core::text::neutral(&error.to_string())))?;
    exchange(client, request, limit, within).await.map_err(|fault| match &fault {
        // The API server itself does not know the pod; a path that the pod does not know has no such reason.
        Fault::Refused(refusal) if refusal.code == 404 && refusal.reason == "NotFound" => {
            SourceFault { kind: FaultKind::Absent, why: fault.why() }
        }
        Fault::Garbled(why) => SourceFault { kind: FaultKind::Malformed, why: why.clone() },
        _ => down(fault.why()),
    })
}
