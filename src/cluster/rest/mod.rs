//! Requests to the API server, as we make them: one attempt each, bounded in time and size, never retried by a library.

mod fault;
mod pages;
mod resource;

use std::time::Duration;

use http::response::Parts;
use http::{Method, Request};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Body as _;
use json_patch::Patch;
use kube::Client;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::json;

pub use fault::{Fault, Refusal, words};
pub use pages::{Listed, Pages};
pub use resource::*;

use crate::cluster::marks;
use crate::core::text::neutral;
use crate::core::time::human;

/// How long one request may take, from the first byte to the last of its answer.
pub const WITHIN: Duration = Duration::from_secs(5);

/// The largest answer that is read, in bytes: a page of 500 objects of 100 KiB.
const LARGEST: usize = 64 << 20;

/// Whether a write is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is.
    Real,
    /// The server shall only say whether it would admit it, and what would come of it.
    DryRun,
}

/// The API of one namespace.
#[derive(Clone)]
pub struct Rest {
    client: Client,
    namespace: String,
}

impl Rest {
    /// The API of `namespace`, through `client`.
    pub fn new(client: Client, namespace: &str) -> Self {
        Self { client, namespace: namespace.to_owned() }
    }

    /// The namespace.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The client, for streams and proxies.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Reads one object; `None`: it does not exist.
    ///
    /// # Errors
    /// Everything but 404.
    pub async fn get<T: DeserializeOwned>(&self, resource: Resource, name: &str) -> Result<Option<T>, Fault> {
        match self.send(Method::GET, &resource.object(&self.namespace, name), None, WITHIN).await {
            Ok(body) => parse(&body).map(Some),
            Err(fault) if fault.is_not_found() => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Reads all objects of the namespace that `selector` matches (empty: all), page by page.
    ///
    /// # Errors
    /// The first page's that failed.
    pub async fn list<T: DeserializeOwned>(&self, resource: Resource, selector: &str) -> Result<Listed<T>, Fault> {
        self.pages(resource, selector).all().await
    }

    /// Reads all objects of the cluster, page by page.
    ///
    /// # Errors
    /// The first page's that failed.
    pub async fn list_everywhere<T: DeserializeOwned>(&self, resource: Resource) -> Result<Listed<T>, Fault> {
        self.pages_everywhere(resource).all().await
    }

    /// The pages of all objects of the cluster.
    pub fn pages_everywhere(&self, resource: Resource) -> Pages {
        Pages::new(self.clone(), resource.collection(None), "")
    }

    /// The pages of all objects of the namespace that `selector` matches, for who wants to see them as they come.
    pub fn pages(&self, resource: Resource, selector: &str) -> Pages {
        Pages::new(self.clone(), resource.collection(Some(&self.namespace)), selector)
    }

    /// Creates an object of the namespace and answers what became of it.
    ///
    /// # Errors
    /// Any fault; [`Fault::Lost`] leaves open whether it was created.
    pub async fn create(&self, resource: Resource, object: &Value, mode: Mode) -> Result<Value, Fault> {
        let uri = format!("{}?{}", resource.collection(Some(&self.namespace)), manager(mode));
        parse(&self.send(Method::POST, &uri, Some(("application/json", object.to_string())), WITHIN).await?)
    }

    /// Changes an object by a JSON patch and answers what became of it.
    ///
    /// # Errors
    /// Any fault; [`Fault::Lost`] leaves open whether it was changed.
    pub async fn patch(&self, resource: Resource, name: &str, patch: &Patch, mode: Mode) -> Result<Value, Fault> {
        let uri = format!("{}?{}", resource.object(&self.namespace, name), manager(mode));
        let body = serde_json::to_string(patch).map_err(|error| Fault::Garbled(error.to_string()))?;
        parse(&self.send(Method::PATCH, &uri, Some(("application/json-patch+json", body)), WITHIN).await?)
    }

    /// Deletes an object if it still is the one of this UID and resourceVersion; its dependants follow in the background.
    ///
    /// # Errors
    /// Any fault; [`Fault::Lost`] leaves open whether it was deleted.
    pub async fn delete(
        &self,
        resource: Resource,
        name: &str,
        uid: &str,
        version: &str,
        mode: Mode,
    ) -> Result<(), Fault> {
        let uri = format!("{}?{}", resource.object(&self.namespace, name), manager(mode));
        let options = json!({
            "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background",
            "preconditions": { "uid": uid, "resourceVersion": version },
        });
        self.send(Method::DELETE, &uri, Some(("application/json", options.to_string())), WITHIN).await.map(drop)
    }

    /// Asks for a review about ourselves: who we are, what we may.
    ///
    /// # Errors
    /// Any fault.
    pub async fn review(&self, resource: Resource, spec: Value) -> Result<Value, Fault> {
        let body = json!({ "apiVersion": resource.api_version(), "kind": resource.kind, "spec": spec });
        let path = resource.collection(None);
        parse(&self.send(Method::POST, &path, Some(("application/json", body.to_string())), WITHIN).await?)
    }

    /// One request and its whole answer.
    ///
    /// # Errors
    /// Any fault.
    pub async fn send(
        &self,
        method: Method,
        uri: &str,
        body: Option<(&str, String)>,
        within: Duration,
    ) -> Result<Vec<u8>, Fault> {
        let what = format!("{method} {uri}");
        let mut request = Request::builder().method(method).uri(uri).header("accept", "application/json");
        if let Some((content, _)) = &body {
            request = request.header("content-type", *content);
        }
        let body = body.map(|(_, text)| text.into_bytes()).unwrap_or_default();
        let request = request.body(body).map_err(|error| Fault::Unsent(neutral(&error.to_string())))?;
        let answered = answer(&self.client, request, LARGEST, within).await;
        match &answered {
            Ok(answer) => tracing::debug!("{what}: {}", answer.head.status),
            Err(fault) => tracing::warn!("{what}: {}", fault.why()),
        }
        let Answer { head, body } = answered?;
        if head.status.is_success() { Ok(body) } else { Err(Fault::Refused(Refusal::read(head.status, &body))) }
    }
}

/// An answer, whatever its status.
pub struct Answer {
    /// Status and headers.
    pub head: Parts,
    /// The body.
    pub body: Vec<u8>,
}

/// Sends `request` and reads the whole answer, at most `limit` bytes of body, all within `within`.
///
/// # Errors
/// Any fault but a refusal; a body that is too long is [`Fault::Garbled`].
pub async fn answer(
    client: &Client,
    request: Request<Vec<u8>>,
    limit: usize,
    within: Duration,
) -> Result<Answer, Fault> {
    let late = |_| Fault::Lost(format!("no answer within {}", human(within)));
    tokio::time::timeout(within, exchange(client, request, limit)).await.map_err(late)?
}

async fn exchange(client: &Client, request: Request<Vec<u8>>, limit: usize) -> Result<Answer, Fault> {
    let response = client.send(request.map(Into::into)).await.map_err(|error| Fault::of(&error))?;
    let (head, body) = response.into_parts();
    // Read into one piece of memory from the beginning: a page of pods is megabytes, and no second copy of it is made.
    let mut whole = Vec::with_capacity(usize::try_from(body.size_hint().lower()).unwrap_or(limit).min(limit));
    let mut body = std::pin::pin!(Limited::new(body, limit));
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            if error.is::<LengthLimitError>() {
                Fault::Garbled(format!("it is longer than {limit} bytes"))
            } else {
                Fault::Lost(neutral(&words(error.as_ref())))
            }
        })?;
        if let Some(bytes) = frame.data_ref() {
            whole.extend_from_slice(bytes);
        }
    }
    Ok(Answer { head, body: whole })
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(body).map_err(|error| Fault::Garbled(neutral(&error.to_string())))
}

fn manager(mode: Mode) -> String {
    let dry = if mode == Mode::DryRun { "&dryRun=All" } else { "" };
    format!("fieldManager={}{dry}", marks::FIELD_MANAGER)
}

/// A value made fit for a query string.
pub fn encoded(value: &str) -> String {
    utf8_percent_encode(value, NON_ALPHANUMERIC).to_string()
}
