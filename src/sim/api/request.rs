//! A request as it came over the wire: its headers, query and body, read once.

use bytes::Bytes;
use http::{HeaderMap, Method, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use serde_json::Value;

use crate::sim::status::Status;

/// The largest body that a real server takes.
const LARGEST: usize = 3 * 1024 * 1024;

/// A request, its body read.
#[derive(Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path, decoded segment by segment where it is used.
    pub path: String,
    /// The query as it was sent; empty where there was none.
    pub raw_query: String,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Request {
    /// Reads a request to its end.
    ///
    /// # Errors
    /// 413 where it is too large or breaks off.
    pub async fn read(request: http::Request<Incoming>) -> Result<Self, Status> {
        let (parts, body) = request.into_parts();
        let body = Limited::new(body, LARGEST).collect().await.map_err(|_| {
            Status::plain(413, "RequestEntityTooLarge", format!("Request entity too large: limit is {LARGEST}"))
        })?;
        let raw_query = parts.uri.query().unwrap_or_default().to_owned();
        Ok(Self {
            method: parts.method,
            path: parts.uri.path().to_owned(),
            query: form_urlencoded::parse(raw_query.as_bytes()).into_owned().collect(),
            raw_query,
            headers: parts.headers,
            body: body.to_bytes(),
        })
    }

    /// The value of a query parameter; `None` where it is missing or empty.
    pub fn query(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Whether a query parameter says yes.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.query(name), Some("true" | "1"))
    }

    /// A number in the query.
    ///
    /// # Errors
    /// 400 where it is something else.
    pub fn number(&self, name: &str) -> Result<Option<u64>, Status> {
        let read = |text: &str| {
            text.parse().map_err(|_| Status::bad_request(format!("invalid value for query parameter {name}: {text:?}")))
        };
        self.query(name).map(read).transpose()
    }

    /// A header; empty where it is missing.
    pub fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The person in whose name the request is made, where its sender asks for that.
    pub fn impersonated(&self) -> Option<&str> {
        self.headers.get("impersonate-user").and_then(|value| value.to_str().ok()).filter(|name| !name.is_empty())
    }

    /// The bearer token; `None` where there are no credentials.
    pub fn token(&self) -> Option<&str> {
        self.header(header::AUTHORIZATION).strip_prefix("Bearer ").map(str::trim)
    }

    /// `kubectl`: the first word of the User-Agent, which is the field manager of who names none.
    pub fn agent(&self) -> &str {
        let agent = self.header(header::USER_AGENT);
        agent.split(['/', ' ']).next().filter(|word| !word.is_empty()).unwrap_or("unknown")
    }

    /// `Content-Type` without its parameters.
    pub fn content_type(&self) -> &str {
        self.header(header::CONTENT_TYPE).split(';').next().unwrap_or_default().trim()
    }

    /// The body as JSON; `Null` where there is none.
    ///
    /// # Errors
    /// 415 for protobuf and YAML that is not JSON, 400 for what is neither.
    pub fn json(&self) -> Result<Value, Status> {
        if self.body.is_empty() {
            return Ok(Value::Null);
        }
        if self.content_type() == "application/vnd.kubernetes.protobuf" {
            let message =
                "the body of the request was in an unknown format - accepted media types include: application/json";
            return Err(Status::plain(415, "UnsupportedMediaType", message));
        }
        serde_json::from_slice(&self.body)
            .map_err(|why| Status::bad_request(format!("error parsing the body of the request as JSON: {why}")))
    }
}
