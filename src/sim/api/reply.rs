//! What is answered, and how it is written once the world's lock is free.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use chrono::DateTime;
use futures::{StreamExt, stream};
use http::{Response, StatusCode, header};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use serde::Serialize;
use serde_json::{Value, json};

use crate::core::time::Time;
use crate::sim::api::table::{self, Include};
use crate::sim::api::watch::Watcher;
use crate::sim::kind::Kind;
use crate::sim::status::Status;

/// A body on its way out.
pub type Body = BoxBody<Bytes, Infallible>;

/// In which form the client wants objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As they are.
    Full,
    /// As rows of a table for people.
    Table(Include),
    /// Their metadata only.
    Metadata,
}

impl Form {
    /// Reads `Accept` and `includeObject`.
    pub fn of(accept: &str, include: Option<&str>) -> Self {
        // The client names what it likes best first.
        let first = accept.split(',').next().unwrap_or_default();
        if first.contains("as=Table") {
            Form::Table(Include::of(include))
        } else if first.contains("as=PartialObjectMetadata") {
            Form::Metadata
        } else {
            Form::Full
        }
    }

    /// One object in this form.
    pub fn one(self, kind: Kind, object: &Arc<Value>, now: Time) -> Arc<Value> {
        match self {
            Form::Full => Arc::clone(object),
            Form::Table(include) => Arc::new(table::table(kind, std::slice::from_ref(object), json!({}), include, now)),
            Form::Metadata => Arc::new(metadata_of(object)),
        }
    }
}

/// An object without all but its metadata.
pub fn metadata_of(object: &Value) -> Value {
    let metadata = object.get("metadata").cloned().unwrap_or_default();
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata})
}

/// An answer.
#[derive(Debug)]
pub enum Reply {
    /// One object, in the form that was asked for.
    Object {
        /// 200, or 201 for a new one.
        code: u16,
        /// Its kind.
        kind: Kind,
        /// The object.
        object: Arc<Value>,
    },
    /// Many objects of a kind.
    List {
        /// Their kind.
        kind: Kind,
        /// The list's own metadata.
        metadata: Value,
        /// The objects.
        items: Vec<Arc<Value>>,
    },
    /// JSON that is no stored object.
    Json {
        /// The HTTP status.
        code: u16,
        /// `Content-Type`.
        content_type: &'static str,
        /// What is said.
        value: Value,
    },
    /// Anything else.
    Raw {
        /// The HTTP status.
        code: u16,
        /// `Content-Type`.
        content_type: String,
        /// The bytes.
        body: Vec<u8>,
    },
    /// Changes, as they happen.
    Watch(Box<Watcher>),
    /// A refusal, with seconds to wait where the client should come again.
    Refused(Status, Option<u32>),
}

impl Reply {
    /// JSON that is no stored object, with status 200.
    pub fn json(value: Value) -> Self {
        Reply::Json { code: 200, content_type: "application/json", value }
    }

    /// Plain text with status 200.
    pub fn text(text: String) -> Self {
        Reply::Raw { code: 200, content_type: "text/plain".to_owned(), body: text.into_bytes() }
    }

    /// The answer as it goes over the wire. `now` is the world's time, for ages and the `Date` header.
    pub fn render(self, form: Form, now: Time) -> Response<Body> {
        let response = match self {
            Reply::Object { code, kind, object } => write(code, "application/json", &*form.one(kind, &object, now)),
            Reply::List { kind, metadata, items } => match form {
                Form::Full => write(200, "application/json", &List::of(kind, metadata, &items)),
                Form::Table(include) => {
                    write(200, "application/json", &table::table(kind, &items, metadata, include, now))
                }
                Form::Metadata => {
                    let items: Vec<Value> = items.iter().map(|item| metadata_of(item)).collect();
                    let (kind, version) = ("PartialObjectMetadataList", "meta.k8s.io/v1");
                    let list = json!({"kind": kind, "apiVersion": version, "metadata": metadata, "items": items});
                    write(200, "application/json", &list)
                }
            },
            Reply::Json { code, content_type, value } => write(code, content_type, &value),
            Reply::Raw { code, content_type, body } => raw(code, &content_type, Full::new(body.into()).boxed()),
            Reply::Watch(watcher) => {
                let lines = stream::unfold(watcher, |mut watcher| async { Some((watcher.next().await?, watcher)) });
                let body = StreamBody::new(lines.map(|chunk| Ok::<_, Infallible>(Frame::data(chunk))));
                raw(200, "application/json", BoxBody::new(body))
            }
            Reply::Refused(status, retry_after) => {
                let mut response = write(status.code, "application/json", &status.to_value());
                if let Some(seconds) = retry_after {
                    response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
                }
                response
            }
        };
        dated(response, now)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct List<'a> {
    kind: String,
    api_version: String,
    metadata: Value,
    items: &'a [Arc<Value>],
}

impl<'a> List<'a> {
    fn of(kind: Kind, metadata: Value, items: &'a [Arc<Value>]) -> Self {
        Self { kind: format!("{}List", kind.info().name), api_version: kind.api_version(), metadata, items }
    }
}

fn write(code: u16, content_type: &str, value: &impl Serialize) -> Response<Body> {
    // Values have only string keys, so they can always be written.
    let bytes = serde_json::to_vec(value).unwrap_or_default();
    raw(code, content_type, Full::new(bytes.into()).boxed())
}

fn raw(code: u16, content_type: &str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Ok(value) = content_type.parse() {
        response.headers_mut().insert(header::CONTENT_TYPE, value);
    }
    response
}

/// The server's clock is the world's, also where a client compares it with its own.
fn dated(mut response: Response<Body>, now: Time) -> Response<Body> {
    let at = DateTime::from_timestamp_millis(now.millis()).unwrap_or_default();
    if let Ok(value) = at.format("%a, %d %b %Y %H:%M:%S GMT").to_string().parse() {
        response.headers_mut().insert(header::DATE, value);
    }
    response
}
