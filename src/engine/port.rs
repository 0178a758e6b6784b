//! What the engine needs of the outside worlds; the adapters implement it.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::BoxStream;
use tokio::sync::watch;

use crate::core::act::{Act, ActOutcome};
use crate::core::bulletin::Bulletin;
use crate::core::inquiry::{LogAsk, LogNews, Sheet, Trial};
use crate::core::plan::Plan;
use crate::core::query::Question;
use crate::core::sample::{Answered, Batch, FaultKind, SourceFault, Target};
use crate::core::time::Time;
use crate::core::usage::Usage;
use crate::core::view::ClusterView;

/// The cluster of one release.
pub trait Cluster: Send + Sync + 'static {
    /// The newest picture; it changes whenever something is seen or a link's state changes.
    fn view(&self) -> watch::Receiver<Arc<ClusterView>>;

    /// Performs one act: reads what is there, writes only if the world lacks it, bounded in time. It never panics and
    /// never retries a write by itself.
    fn perform(&self, plan: Arc<Plan>, act: Act) -> BoxFuture<'static, ActOutcome>;
}

/// A place beside the application where people look for what happens: the Events of its Deployments.
pub trait Board: Send + Sync + 'static {
    /// Puts one bulletin up, or counts it with the ones that say the same. It makes one attempt, bounded in time; asking
    /// again puts nothing up twice.
    fn post(&self, bulletin: Bulletin) -> BoxFuture<'static, Posted>;
}

/// What became of a bulletin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Posted {
    /// It is there.
    Done,
    /// Nobody answered; it may be tried again.
    Later(String),
    /// It will not be taken: we may not, or the server will not have it.
    Never(String),
}

/// What a front may want to know of the cluster beside the picture. It only reads, or asks for a dry run.
pub trait Inspect: Send + Sync + 'static {
    /// All that the cluster says of one pod, bounded in time.
    fn describe(&self, pod: String) -> BoxFuture<'static, Result<Sheet, String>>;

    /// What the pods of the namespace use, bounded in time; or why nobody knows, in words.
    fn usage(&self) -> BoxFuture<'static, Result<Usage, String>>;

    /// The log of one container: first its newest lines, then what comes, for as long as the stream is kept. It begins
    /// again by itself where the connection ends; every fault is an item.
    fn logs(&self, ask: LogAsk) -> BoxStream<'static, LogNews>;

    /// Whether the API server would admit these writes as things are, by its own dry run, and what stands around them.
    /// Nothing is changed.
    fn rehearse(&self, acts: Vec<Act>) -> BoxFuture<'static, Trial>;
}

/// A source of metric samples.
pub trait Metrics: Send + Sync + 'static {
    /// Reads all targets once. It always answers, within its own bound on time: what is missing is said pod by pod.
    fn read(&self, targets: Vec<Target>, now: Time) -> BoxFuture<'static, Batch>;

    /// Whether it can only ask pods of which the port is known at which they answer with metrics.
    fn needs_port(&self) -> bool {
        true
    }

    /// Evaluates expressions. A source that knows none says so to each.
    fn ask(&self, questions: Vec<Question>, _now: Time) -> BoxFuture<'static, Vec<Answered>> {
        let why = "expressions need a Prometheus: write [metrics] source = \"prometheus\"";
        let unknown = move |question: Question| Answered {
            rule: question.rule,
            workload: question.workload,
            outcome: Err(SourceFault { kind: FaultKind::Ambiguous, why: why.to_owned() }),
        };
        Box::pin(async move { questions.into_iter().map(unknown).collect() })
    }
}

/// The `Accept` header of a scrape. The text format first: it forgives what OpenMetrics calls an error.
pub const ACCEPT_EXPOSITION: &str =
    "text/plain;version=0.0.4;q=0.9,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1";

/// A way to fetch one pod's `/metrics`: through the API server's pod proxy, or directly.
pub trait Fetch: Send + Sync + 'static {
    /// The body of a 200 answer, at most `limit` bytes, within `within`.
    fn get(&self, target: Target, limit: usize, within: Duration) -> BoxFuture<'static, Result<Vec<u8>, SourceFault>>;

    /// The same with the answer's content type, by which a text that was cut off can be told from a whole one. Whoever
    /// sees the headers gives this one too.
    fn page(&self, target: Target, limit: usize, within: Duration) -> BoxFuture<'static, Result<Page, SourceFault>> {
        let body = self.get(target, limit, within);
        Box::pin(async move { Ok(Page { body: body.await?, content_type: None }) })
    }
}

/// What a pod's `/metrics` answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The body.
    pub body: Vec<u8>,
    /// The `Content-Type`, where it is known.
    pub content_type: Option<String>,
}

/// A way to ask the HTTP API of a Prometheus: at a URL, or through the API server's service proxy.
pub trait QueryApi: Send + Sync + 'static {
    /// Where it is, for people: no credentials, neutralised.
    fn place(&self) -> String;

    /// Posts a form to a path of the API, such as `/api/v1/query`. Every status but a redirect is an answer. The body
    /// has at most `limit` bytes, decompressed; all of it is there within `within`.
    fn post(
        &self,
        path: &'static str,
        form: Vec<(&'static str, String)>,
        limit: usize,
        within: Duration,
    ) -> BoxFuture<'static, Result<QueryAnswer, SourceFault>>;
}

/// What the API answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body, decompressed.
    pub body: Vec<u8>,
    /// The server's clock by its `Date` header, where it has one; whole seconds.
    pub date: Option<Time>,
}
