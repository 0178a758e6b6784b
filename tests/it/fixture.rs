//! Small HTTP servers on loopback that answer as a test tells them, well or badly.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::{StreamExt, stream};
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub type Body = UnsyncBoxBody<Bytes, Infallible>;

/// A request that a server has seen.
#[derive(Clone, Debug)]
pub struct Seen {
    pub path: String,
    pub authorization: Option<String>,
    /// The address that it was asked at.
    pub host: String,
    pub body: String,
}

/// A server that ends with its value.
pub struct Server {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: JoinHandle<()>,
}

impl Server {
    /// Answers every request with what `answer` makes of it.
    pub async fn start(answer: impl Fn(Seen) -> Response<Body> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (Arc::clone(&seen), Arc::new(answer));
        let task = tokio::spawn(async move {
            // Connections end with their server.
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                let service = hyper::service::service_fn(move |request: Request<Incoming>| {
                    let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                    async move {
                        let seen = seen_of(request).await;
                        log.lock().unwrap().push(seen.clone());
                        Ok::<_, Infallible>(answer(seen))
                    }
                });
                let http = hyper::server::conn::http1::Builder::new();
                connections.spawn(http.serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { address, seen, task }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn seen_of(request: Request<Incoming>) -> Seen {
    let (head, body) = request.into_parts();
    let authorization = head.headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
    let body = body.collect().await.unwrap().to_bytes();
    let host = head.headers.get("host").map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    let path = head.uri.path_and_query().unwrap().to_string();
    Seen { path, authorization, host, body: String::from_utf8(body.to_vec()).unwrap() }
}

/// An address where nobody listens.
pub fn nowhere() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

pub fn answer(status: u16, content_type: &str, body: impl Into<Bytes>) -> Response<Body> {
    let body = Full::new(body.into()).boxed_unsync();
    Response::builder().status(status).header("content-type", content_type).body(body).unwrap()
}

pub fn json(status: u16, body: impl Into<Bytes>) -> Response<Body> {
    answer(status, "application/json", body)
}

/// Headers, and then a piece of body again and again without an end.
pub fn endless(piece: &'static [u8]) -> Response<Body> {
    let frames = stream::repeat_with(move || Ok(Frame::data(Bytes::from_static(piece))));
    Response::new(StreamBody::new(frames).boxed_unsync())
}

/// Headers and a first byte, and then nothing, without an end.
pub fn silent() -> Response<Body> {
    let frames = stream::once(async { Ok(Frame::data(Bytes::from_static(b"{"))) }).chain(stream::pending());
    Response::new(StreamBody::new(frames).boxed_unsync())
}

/// Headers, and then one byte every tenth of a second, without an end.
pub fn slow() -> Response<Body> {
    let frames = stream::unfold(tokio::time::interval(std::time::Duration::from_millis(100)), |mut tick| async move {
        tick.tick().await;
        Some((Ok(Frame::data(Bytes::from_static(b" "))), tick))
    });
    Response::new(StreamBody::new(frames).boxed_unsync())
}
