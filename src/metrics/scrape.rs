//! The pods' own `/metrics`, all at once, each with its own outcome.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::{self, StreamExt};
use tokio::time::{Instant, timeout};

use super::exposition::{self, Exposition, Kind};
use super::harmless::harmless;
use crate::core::sample::{Batch, FaultKind, PodSamples, Sample, SourceFault, Target};
use crate::core::text::neutral;
use crate::core::time::{Time, human};
use crate::engine::port::{Fetch, Metrics};

/// How many pods are asked at the same time; the others wait their turn.
const AT_ONCE: usize = 32;

/// How long a whole reading may take, on the wall clock.
const DEADLINE: Duration = Duration::from_secs(5);

/// How long one pod may take, so that those that never answer leave the others their turn.
const EACH: Duration = Duration::from_secs(3);

/// The longest exposition that is read, in bytes.
const LONGEST: usize = 8 << 20;

/// A source that asks every pod itself.
#[derive(Clone)]
pub struct Scrape {
    fetch: Arc<dyn Fetch>,
    keep: Arc<HashSet<String>>,
}

/// What a pod exposes under one name.
#[derive(Clone, Debug, PartialEq)]
pub struct Exposed {
    /// The family's name; neutralised.
    pub name: String,
    /// Its declared type.
    pub kind: Kind,
    /// Its documentation; neutralised.
    pub help: String,
    /// How many series it has, a histogram counted as one.
    pub series: usize,
    /// The buckets of its histograms, added up: upper bound and how many were at most that, rising.
    pub buckets: Vec<(f64, f64)>,
}

impl Scrape {
    /// Scrapes by `fetch`, and keeps the samples whose series or family has a name in `keep`; all if it is empty.
    pub fn new(fetch: Arc<dyn Fetch>, keep: Vec<String>) -> Self {
        Self { fetch, keep: Arc::new(keep.into_iter().collect()) }
    }

    /// What one pod exposes, whatever is kept of it.
    ///
    /// # Errors
    /// The fault of the way to the pod, or that it answers with no well-formed exposition.
    pub async fn exposed(&self, target: Target) -> Result<Vec<Exposed>, SourceFault> {
        let exposition = self.exposition(target, Instant::now() + DEADLINE).await?;
        let families = exposition.typed().into_iter().filter(|family| !family.series.is_empty());
        let exposed = families.map(|family| Exposed {
            name: neutral(&family.name),
            kind: family.kind,
            help: neutral(&family.help),
            series: family.series.len(),
            buckets: family.buckets(),
        });
        Ok(exposed.collect())
    }

    async fn exposition(&self, target: Target, deadline: Instant) -> Result<Exposition, SourceFault> {
        let left = deadline.saturating_duration_since(Instant::now()).min(EACH);
        let page = timeout(left, self.fetch.page(target, LONGEST, left)).await;
        let late = |_| SourceFault { kind: FaultKind::Down, why: format!("no complete answer within {}", human(left)) };
        let page = page.map_err(late)??;
        exposition::read(&page.body, page.content_type.as_deref())
            .map_err(|error| SourceFault { kind: FaultKind::Malformed, why: error.to_string() })
    }

    async fn samples(&self, target: Target, deadline: Instant, now: Time) -> Result<Vec<Sample>, SourceFault> {
        let exposition = self.exposition(target, deadline).await?;
        let wanted = |name: &String| self.keep.is_empty() || self.keep.contains(name);
        let families = exposition.families.iter();
        let kept = families.flat_map(|family| {
            let whole = wanted(&family.name);
            family.samples.iter().filter(move |sample| whole || wanted(&sample.name))
        });
        Ok(kept.map(|reading| harmless(reading.sample(now))).collect())
    }
}

impl Metrics for Scrape {
    fn read(&self, targets: Vec<Target>, now: Time) -> BoxFuture<'static, Batch> {
        let scrape = self.clone();
        Box::pin(async move {
            let deadline = Instant::now() + DEADLINE;
            let scrape = &scrape;
            let each = targets.into_iter().enumerate().map(|(place, target)| async move {
                let pod = target.uid.clone();
                (place, PodSamples { pod, outcome: scrape.samples(target, deadline, now).await })
            });
            let mut pods: Vec<_> = stream::iter(each).buffer_unordered(AT_ONCE).collect().await;
            // Whoever answered first, the batch has the order of the targets.
            pods.sort_by_key(|(place, _)| *place);
            let pods = pods.into_iter().map(|(_, pod)| pod).collect();
            Batch { at: now, source: "scrape".to_owned(), pods, warned: None, answers: Vec::new() }
        })
    }
}
