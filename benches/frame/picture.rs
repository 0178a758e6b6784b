//! The snapshot of a turn: made from where a release stands and what is seen, ten thousand pods included.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use glidepath::core::event::Event;
use glidepath::core::picture::{Frame, snapshot};
use glidepath::core::pods::Pods;
use glidepath::core::snapshot::{Happening, JournalNow, LogLine, Sharing, Snapshot, Tone};
use glidepath::core::state::{Phase, ReadyWait, State, Stepping};
use glidepath::core::view::{ClusterView, Link, SetView, WorkloadView};

use crate::snapshots;

/// As many sentences as an engine keeps.
const SENTENCES: usize = 500;

/// Everything that a snapshot is made from.
pub struct Parts {
    plan: Arc<glidepath::core::plan::Plan>,
    state: State,
    view: ClusterView,
    log: VecDeque<LogLine>,
    history: VecDeque<Arc<Happening>>,
}

impl Parts {
    /// A release that soaks, with these pods.
    pub fn soaking(pods: Pods) -> Self {
        let now = snapshots::now();
        let plan = Arc::new(snapshots::plan(&["checkout"]));
        let stepping = Stepping {
            index: 2,
            began: snapshots::ago(400),
            soaking_since: Some(snapshots::ago(300)),
            counting: true,
            soaked: Duration::from_secs(290),
            looked: snapshots::ago(1),
            frozen: false,
            waiting: ReadyWait::default(),
        };
        let state = State { phase: Phase::Stepping(stepping), ..State::new(&plan, now) };
        let set = |replicas: usize| {
            Some(SetView { replicas: u32::try_from(replicas).unwrap(), observed: true, ..SetView::default() })
        };
        let seen = WorkloadView { stable: set(pods.len() - 3), canary: set(3), pods, ..WorkloadView::default() };
        let links = BTreeMap::from([("pods".to_owned(), Link::Live { heard: now, revision: 7 })]);
        let view =
            ClusterView { links, workloads: BTreeMap::from([("checkout".to_owned(), seen)]), events: Vec::new() };
        let line = |number: usize| LogLine {
            at: now,
            tone: Tone::Plain,
            about: None,
            text: format!("errors: passes: {number} of 31 204 requests were bad"),
        };
        let log: VecDeque<LogLine> = (0..SENTENCES).map(line).collect();
        let happened = |line: &LogLine| {
            let event = Event::Note { text: line.text.clone() };
            Arc::new(Happening { at: line.at, event, line: line.clone() })
        };
        let history = log.iter().map(happened).collect();
        Self { plan, state, view, log, history }
    }

    /// The snapshot.
    pub fn picture(&self) -> Snapshot {
        let now = snapshots::now();
        let frame = Frame {
            plan: &self.plan,
            state: &self.state,
            view: &self.view,
            metrics: Link::Live { heard: now, revision: 0 },
            driver: snapshots::driver("dana@example.com", true, now),
            log: &self.log,
            history: &self.history,
            answers: &VecDeque::new(),
            journal: JournalNow { path: String::new(), trouble: None },
            epoch: "checkout-1/1",
            sharing: Sharing { shared: true, trouble: None, identity_enforced: Some(true) },
            attended: true,
            read_only: false,
        };
        snapshot(&frame, now)
    }
}
