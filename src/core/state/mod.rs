//! Where a release stands: everything that `decide` remembers from one turn to the next.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::core::act::Act;
use crate::core::cost::PodTime;
use crate::core::evidence::Evidence;
use crate::core::plan::{Kind, Plan, Stage};
use crate::core::power::{Past, Power};
use crate::core::snapshot::{Ended, Progress};
use crate::core::time::Time;
use crate::core::verdict::{Judgement, Verdict};

mod measured;
mod pending;
mod phase;
mod rollback;
mod word;

pub use measured::Measured;
pub use pending::{Pending, PendingState, PinStop};
pub use phase::{FinishPart, Finishing, Phase, ReadyWait, Stepping};
pub use rollback::Rollback;
pub use word::{Approval, Edited, HoldKind, HoldNow, Pause, PromoteOrder};

/// Where a release stands. It is serialised as a checkpoint; what a new engine must observe anew is not in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// When the release began.
    pub started: Time,
    /// What is being done.
    pub phase: Phase,
    /// How far each stage of the pipeline is.
    pub stages: BTreeMap<Stage, Progress>,
    /// What has been counted, by workload.
    pub evidence: BTreeMap<String, Evidence>,
    /// What the rules said last, in the plan's order of workloads and rules.
    pub judgements: Vec<Judgement>,
    /// Who paused, and when.
    pub pause: Option<Pause>,
    /// The order to advance without waiting out the soak.
    pub promote: Option<PromoteOrder>,
    /// The approval of the step that is being flown.
    pub approval: Option<Approval>,
    /// Since when an approval is waited for, and nothing else.
    pub gate_since: Option<Time>,
    /// Why the engine does not advance.
    pub hold: Option<HoldNow>,
    /// Since when a rule whose breach rolls back is blind.
    pub blind_since: Option<Time>,
    /// Whether somebody was paged because the blind limit is over and stable has no room for the traffic.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blind_paged: bool,
    /// What the metrics source warned of in its newest answer: such an answer may speak for a rollback, never for advancing.
    pub warned: Option<String>,
    /// Since when a pinned Service has fewer than three quarters of the canary's endpoints.
    pub thin_since: Option<Time>,
    /// The writes that are wanted and not yet seen.
    #[serde(with = "pending::list")]
    pub pending: BTreeMap<Act, Pending>,
    /// When a write of ours was put back by somebody else, and by whom.
    pub put_back: Vec<(Time, String)>,
    /// The commands that were answered, so that each is obeyed at most once. Bounded.
    pub answered: BTreeSet<String>,
    /// The rollback that is under way.
    pub rollback: Option<Rollback>,
    /// The Services whose pin was seen and is ours: one that disappears from here was put back by somebody else.
    pub pins_up: BTreeSet<String>,
    /// The workloads whose stable was seen with the template that we rolled it to: one that has the old one again was put
    /// back by somebody.
    #[serde(default)]
    pub rolls_up: BTreeSet<String>,
    /// Why pins are no longer put up, although the step asks for them.
    pub pins_stopped: Option<PinStop>,
    /// When a Service was last seen pinned: what routes to its pods may still send to the canary a while after.
    pub pinned_at: BTreeMap<String, Time>,
    /// When it was first seen unpinned after that.
    #[serde(default)]
    pub unpinned_at: BTreeMap<String, Time>,
    /// What was last measured of the requests, by workload: an outage of the metrics must not make it unknown.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub measured: BTreeMap<String, Measured>,
    /// When each share was last told as an event.
    pub told_shares: Option<Time>,
    /// A rollback with nothing flying whose second set of pods could not run: the earlier template goes straight into the
    /// Deployment.
    pub in_place: bool,
    /// The steps as somebody changed them in the flight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited: Option<Edited>,
    /// The fence that every object was seen to carry: until it is this driver's, nothing but a rollback is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raised: Option<String>,
    /// Whether this engine goes on from a driver that ended without a word: what that one may have undone is looked at first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cold: bool,
    /// What was being done when it began to end without being decided: from there another engine goes on.
    pub before_end: Option<Box<Phase>>,
    /// What stable's counters said of the time before the flight, by workload.
    #[serde(default)]
    pub past: BTreeMap<String, Past>,
    /// Whether it was told what the steps can prove.
    #[serde(default)]
    pub foretold: bool,
    /// What each step can prove, by the newest reading.
    #[serde(skip)]
    pub power: Vec<Power>,
    /// How long canary pods have been there.
    #[serde(default)]
    pub pod_time: PodTime,
    /// Whether it is known that no user met the new version: it was looked at all the time, and none of its pods was Ready.
    #[serde(default)]
    pub unmet: bool,
    /// How it ended.
    pub ended: Option<Ended>,
}

impl State {
    /// Where a release stands before its first turn.
    pub fn new(plan: &Plan, now: Time) -> Self {
        let skipped = [Stage::Governance, Stage::Package, Stage::Migration].map(|stage| (stage, Progress::Skipped));
        let waiting = [Stage::Canary, Stage::Deploy, Stage::Validation, Stage::Rollback, Stage::Report]
            .map(|stage| (stage, Progress::Waiting));
        Self {
            started: now,
            phase: if plan.kind == Kind::Release { Phase::Preparing } else { Phase::Idle },
            stages: skipped.into_iter().chain(waiting).chain([(Stage::Preflight, Progress::Passed)]).collect(),
            evidence: plan.workloads.iter().map(|workload| (workload.name.clone(), Evidence::default())).collect(),
            judgements: Vec::new(),
            pause: None,
            promote: None,
            approval: None,
            gate_since: None,
            hold: None,
            blind_since: None,
            blind_paged: false,
            warned: None,
            thin_since: None,
            pending: BTreeMap::new(),
            put_back: Vec::new(),
            answered: BTreeSet::new(),
            rollback: None,
            pins_up: BTreeSet::new(),
            rolls_up: BTreeSet::new(),
            pins_stopped: None,
            pinned_at: BTreeMap::new(),
            unpinned_at: BTreeMap::new(),
            measured: BTreeMap::new(),
            told_shares: None,
            in_place: plan.kind == Kind::RestoreInPlace,
            edited: None,
            raised: None,
            cold: false,
            before_end: None,
            past: BTreeMap::new(),
            foretold: false,
            power: Vec::new(),
            pod_time: PodTime::default(),
            // Whoever takes work without a Service takes it Ready or not.
            unmet: plan.kind == Kind::Release && plan.workloads.iter().all(|workload| !workload.services.is_empty()),
            ended: None,
        }
    }

    /// What another engine goes on from: nothing is under way any more, what must be seen is seen anew, and the time between
    /// is no soak. What was counted stays counted: it was counted of this release, and the first reading only begins to count
    /// again. One that somebody took over is paused, so that it does not advance before a person has looked.
    #[must_use]
    pub fn woken(mut self, taken_over_by: Option<&str>, now: Time) -> Self {
        for pending in self.pending.values_mut() {
            pending.state = PendingState::Again { at: now };
        }
        let ended = self.ended.take().is_some() || matches!(self.phase, Phase::Landing { .. });
        self.cold = !ended;
        if let Some(before) = self.before_end.take()
            && ended
        {
            self.phase = *before;
        }
        match &mut self.phase {
            Phase::Stepping(stepping) => {
                stepping.looked = now;
                stepping.waiting.since = None;
            }
            Phase::Finishing(finishing) => {
                finishing.waiting.since = None;
                if finishing.part == FinishPart::Verify {
                    finishing.since = now;
                }
            }
            _ => {}
        }
        if let Some(rollback) = &mut self.rollback {
            rollback.resumed = Some(now);
        }
        self.pins_up.clear();
        self.pins_stopped = None;
        self.blind_since = None;
        self.pod_time.pause();
        // Nobody looked between the driver before and this one.
        self.unmet = false;
        self.evidence.values_mut().for_each(Evidence::bridge_gap);
        self.hold = None;
        let flies = matches!(self.phase, Phase::Preparing | Phase::Stepping(_) | Phase::Finishing(_));
        if let (Some(by), true, None) = (taken_over_by, flies, &self.pause) {
            self.pause = Some(Pause { since: now, by: by.to_owned(), settled: false });
        }
        self
    }

    /// The step in flight.
    pub fn stepping(&self) -> Option<&Stepping> {
        match &self.phase {
            Phase::Stepping(stepping) => Some(stepping),
            _ => None,
        }
    }

    /// The worst verdict of all that was judged last; *pass* where nothing is judged.
    pub fn worst(&self) -> Verdict {
        self.judgements.iter().map(|judgement| judgement.verdict).max().unwrap_or(Verdict::Pass)
    }
}
