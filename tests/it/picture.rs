//! The snapshot of a turn: what it says, and what it leaves out.

use std::collections::VecDeque;
use std::sync::Arc;

use glidepath::core::picture::{Frame, snapshot};
use glidepath::core::plan::{MetricsPort, Plan};
use glidepath::core::snapshot::{JournalNow, Sharing, Snapshot};
use glidepath::core::state::State;
use glidepath::core::view::{ClusterView, Link};

use crate::snapshots::{driver, now, plan};

/// The first snapshot of a plan, before any metrics were read.
fn first(plan: Plan) -> Snapshot {
    let plan = Arc::new(plan);
    let frame = Frame {
        plan: &plan,
        state: &State::new(&plan, now()),
        view: &ClusterView::default(),
        metrics: Link::Connecting { since: now() },
        driver: driver("dana@example.com", true, now()),
        log: &VecDeque::new(),
        history: &VecDeque::new(),
        answers: &VecDeque::new(),
        journal: JournalNow { path: String::new(), trouble: None },
        epoch: "checkout-1/1",
        sharing: Sharing { shared: false, trouble: None, identity_enforced: None },
        attended: true,
        read_only: false,
    };
    snapshot(&frame, now())
}

#[test]
fn metrics_that_no_pod_answers_with_are_not_waited_for() {
    let names = |plan| first(plan).sources.into_keys().collect::<Vec<_>>();
    let mut one = plan(&["checkout"]);
    assert_eq!(names(one.clone()), ["api"]);
    one.workloads[0].metrics = Some(MetricsPort { port: 8080, path: "/metrics".to_owned() });
    assert_eq!(names(one), ["api", "metrics"]);
}
