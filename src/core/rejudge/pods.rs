//! One pod a side, that exposes what a reading counted.

use crate::core::counted::{Counted, SideCounted};
use crate::core::sample::{Batch, FaultKind, PodSamples, Sample, SourceFault};
use crate::core::signal::Signals;
use crate::core::time::Time;
use crate::core::view::{PodView, Track, WorkloadView};

/// The pods of a workload, one a side.
#[derive(Default)]
pub(super) struct Pods {
    canary: Pod,
    stable: Pod,
    baseline: Pod,
    view: WorkloadView,
    read: Option<Time>,
}

/// What a pod has counted since it began, and since when it is there; `None`: it is not there yet.
#[derive(Default)]
struct Pod {
    since: Option<Time>,
    requests: u64,
    failed: u64,
    timed: u64,
    within: Vec<(f64, u64)>,
    limit: Option<u64>,
}

impl Pods {
    /// Adds what a reading counted, and shows the pods as a reading would find them.
    pub fn expose(&mut self, counted: &Counted, at: Time) -> (WorkloadView, Batch) {
        // A pod that was born since the last reading has counted from zero in our sight.
        let born = self.read.replace(at).unwrap_or(at);
        let mut batch = Batch { at, source: "journal".to_owned(), ..Batch::default() };
        let mut pods: Vec<PodView> = Vec::new();
        for (pod, side, track) in [
            (&mut self.canary, &counted.canary, Track::Canary),
            (&mut self.stable, &counted.stable, Track::Stable),
            (&mut self.baseline, &counted.baseline, Track::Baseline),
        ] {
            if side.pods == 0 && pod.since.is_none() {
                continue;
            }
            let since = *pod.since.get_or_insert(born);
            let name = match track {
                Track::Canary => "canary",
                Track::Baseline => "baseline",
                _ => "stable",
            };
            let outcome = if side.pods == 0 { Err(silent()) } else { Ok(pod.add(side, at)) };
            batch.pods.push(PodSamples { pod: name.to_owned(), outcome });
            pods.push(shown(name, track, since, pod.limit));
        }
        self.view = WorkloadView { pods: pods.into(), ..WorkloadView::default() };
        (self.view.clone(), batch)
    }

    /// The pods as the newest reading found them.
    pub fn view(&self) -> &WorkloadView {
        &self.view
    }
}

fn silent() -> SourceFault {
    SourceFault { kind: FaultKind::Down, why: "no pod of this side answered".to_owned() }
}

impl Pod {
    fn add(&mut self, side: &SideCounted, at: Time) -> Vec<Sample> {
        self.limit = side.limit.or(self.limit);
        let names = Signals::default();
        let mut samples = Vec::new();
        let mut push = |name: Option<&String>, suffix: &str, labels: Vec<(String, String)>, value: f64| {
            let name = name.map(|name| format!("{name}{suffix}")).unwrap_or_default();
            samples.push(Sample { name, labels, value, at });
        };
        if let Some(requests) = side.requests {
            let failed = side.failed.unwrap_or(0).min(requests);
            self.requests += requests - failed;
            self.failed += failed;
            let status = |status: &str| names.status_labels.first().map(|label| (label.clone(), status.to_owned()));
            let labels = |text: &str| status(text).filter(|_| side.failed.is_some()).into_iter().collect();
            let value = |count: u64| if side.nan { f64::NAN } else { count as f64 };
            push(names.requests.first(), "", labels("200"), value(self.requests));
            if side.failed.is_some() {
                push(names.requests.first(), "", labels("500"), value(self.failed));
            }
        }
        if let Some(timed) = side.timed {
            self.timed += timed;
            for (le, count) in &side.within {
                match self.within.iter_mut().find(|(known, _)| known == le) {
                    Some((_, sum)) => *sum += count,
                    None => self.within.push((*le, *count)),
                }
            }
            let le = |bound: String| vec![("le".to_owned(), bound)];
            for (bound, sum) in &self.within {
                push(names.latency.first(), "_bucket", le(bound.to_string()), *sum as f64);
            }
            push(names.latency.first(), "_bucket", le("+Inf".to_owned()), self.timed as f64);
        }
        if let Some(memory) = side.memory {
            push(names.memory.first(), "", Vec::new(), memory);
        }
        samples
    }
}

fn shown(name: &str, track: Track, since: Time, limit: Option<u64>) -> PodView {
    PodView {
        uid: name.to_owned(),
        name: name.to_owned(),
        track,
        ready: true,
        ready_since: Some(since),
        created: since,
        terminating: false,
        restarts: 0,
        oom_kills: 0,
        reason: "Running".to_owned(),
        message: None,
        node: None,
        ip: None,
        image_ids: Default::default(),
        memory_limit: limit,
        set: String::new(),
        containers: Vec::new(),
    }
}
