//! What the engine needs of the outside worlds; the adapters implement it.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::sync::watch;

use crate::core::act::{Act, ActOutcome};
use crate::core::plan::Plan;
use crate::core::sample::{Batch, SourceFault, Target};
use crate::core::time::Time;
use crate::core::view::ClusterView;

/// The cluster of one release.
pub trait Cluster: Send + Sync + 'static {
    /// The newest picture; it changes whenever something is seen or a link's state changes.
    fn view(&self) -> watch::Receiver<Arc<ClusterView>>;

    /// Performs one act: reads what is there, writes only if the world lacks it, bounded in time. It never panics and
    /// never retries a write by itself.
    fn perform(&self, plan: Arc<Plan>, act: Act) -> BoxFuture<'static, ActOutcome>;
}

/// A source of metric samples.
pub trait Metrics: Send + Sync + 'static {
    /// Reads all targets once. It always answers, within its own bound on time: what is missing is said pod by pod.
    fn read(&self, targets: Vec<Target>, now: Time) -> BoxFuture<'static, Batch>;
}

/// A way to fetch one pod's `/metrics`: through the API server's pod proxy, or directly.
pub trait Fetch: Send + Sync + 'static {
    /// The body of a 200 answer, at most `limit` bytes, within `within`.
    fn get(&self, target: Target, limit: usize, within: Duration) -> BoxFuture<'static, Result<Vec<u8>, SourceFault>>;
}
