//! A server in front of a served world, which rewrites what it passes on, line by line: an API server that says what no
//! real one should.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream;
use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::{Request, Response};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Body, Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

/// What a front makes of what passes.
pub trait Rewrite: Send + Sync + 'static {
    /// The path and query that are asked for behind it.
    fn asked(&self, path: &str) -> String;

    /// A line of what is answered to `path`.
    fn answered(&self, path: &str, line: &str) -> String;
}

/// A front; it ends with its value.
pub struct Front {
    /// Where it listens.
    pub address: String,
    _task: AbortOnDropHandle<()>,
}

impl Front {
    /// Stands in front of the server at `address`.
    pub async fn of(address: String, rewrite: impl Rewrite) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap().to_string();
        let passage = Arc::new(Passage {
            client: Client::builder(TokioExecutor::new()).build_http(),
            address,
            rewrite: Box::new(rewrite),
        });
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let passage = Arc::clone(&passage);
                let service = service_fn(move |request| {
                    let passage = Arc::clone(&passage);
                    async move { Ok::<_, Infallible>(passage.pass(request).await) }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { address: here, _task: AbortOnDropHandle::new(task) }
    }
}

struct Passage {
    client: Client<HttpConnector, Incoming>,
    address: String,
    rewrite: Box<dyn Rewrite>,
}

impl Passage {
    async fn pass(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Response<impl Body<Data = Bytes, Error = Infallible>> {
        let (mut head, body) = request.into_parts();
        let path = self.rewrite.asked(head.uri.path_and_query().expect("a path").as_str());
        head.uri = format!("http://{}{path}", self.address).parse().expect("a path that stays one");
        head.headers.remove(HOST);
        let (mut head, body) = self.client.request(Request::from_parts(head, body)).await.unwrap().into_parts();
        head.headers.remove(CONTENT_LENGTH);
        head.headers.remove(TRANSFER_ENCODING);
        let lines = stream::unfold((body, Vec::new()), move |(mut body, mut kept)| {
            let (passage, path) = (Arc::clone(&self), path.clone());
            async move {
                loop {
                    let Some(Ok(frame)) = body.frame().await else { break };
                    kept.extend_from_slice(frame.data_ref().map_or(&[][..], |bytes| bytes));
                    if let Some(end) = kept.iter().rposition(|byte| *byte == b'\n') {
                        let rest = kept.split_off(end + 1);
                        let piece = passage.rewritten(&path, &kept);
                        return Some((Ok(Frame::data(piece)), (body, rest)));
                    }
                }
                let piece = (!kept.is_empty()).then(|| passage.rewritten(&path, &kept))?;
                Some((Ok(Frame::data(piece)), (body, Vec::new())))
            }
        });
        Response::from_parts(head, StreamBody::new(lines))
    }

    fn rewritten(&self, path: &str, bytes: &[u8]) -> Bytes {
        let text = String::from_utf8(bytes.to_vec()).expect("text");
        let lines = text.split_inclusive('\n').map(|line| match line.strip_suffix('\n') {
            Some(line) => self.rewrite.answered(path, line) + "\n",
            None => self.rewrite.answered(path, line),
        });
        lines.collect::<String>().into()
    }
}
