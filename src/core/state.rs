//! Where a release stands: everything that `decide` remembers from one turn to the next.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::core::act::Act;
use crate::core::cost::PodTime;
use crate::core::evidence::Evidence;
use crate::core::plan::{Kind, Plan, Stage, Step};
use crate::core::power::{Past, Power};
use crate::core::proof::ProofLine;
use crate::core::snapshot::{Ended, Outcome, Progress};
use crate::core::time::{Time, span};
use crate::core::verdict::{Judgement, Verdict};

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
    #[serde(with = "pending_list")]
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
    /// How it ended.
    pub ended: Option<Ended>,
}

/// What is being done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "phase")]
pub enum Phase {
    /// Nothing flies: the way back to an earlier version is known, and waits for a person's word.
    Idle,
    /// Marking the objects, creating the canary at 0 pods.
    Preparing,
    /// Flying a step.
    Stepping(Stepping),
    /// After 100 %: rolling stable, unpinning, verifying, cleaning up.
    Finishing(Finishing),
    /// Taking traffic back to stable, and proving it.
    RollingBack,
    /// Making safe what a held or superseded release leaves behind, before it ends so.
    Landing {
        /// How it will end.
        outcome: Outcome,
        /// Why.
        why: String,
    },
    /// Nothing more is done.
    Ended,
}

/// A step in flight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stepping {
    /// From 0.
    pub index: usize,
    /// When the step began.
    pub began: Time,
    /// When the soak began: all pods Ready (and, at 100 %, every Service pinned).
    pub soaking_since: Option<Time>,
    /// Whether its evidence has begun to be counted: that goes on when another engine does.
    #[serde(default)]
    pub counting: bool,
    /// How much of the soak has passed.
    #[serde(with = "span")]
    pub soaked: Duration,
    /// When the soak was last added to.
    pub looked: Time,
    /// Whether the soak stands still.
    pub frozen: bool,
    /// The wait for pods.
    pub waiting: ReadyWait,
}

/// A wait for pods, bounded by `limits.ready` without a new highest count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadyWait {
    /// The highest count of Ready pods so far, over all workloads.
    pub highest: u32,
    /// When it was reached (or the wait began).
    pub since: Option<Time>,
}

/// What comes after 100 %.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finishing {
    /// How far it is.
    pub part: FinishPart,
    /// When this part began.
    pub since: Time,
    /// The wait for pods.
    pub waiting: ReadyWait,
}

/// The parts of finishing, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FinishPart {
    /// Waiting for the owner to bring the new image (`finish = "wait"`).
    AwaitOwner,
    /// Rolling every stable to the new template while the canary serves.
    Roll,
    /// Removing the pins, and seeing stable serve.
    Unpin,
    /// Judging all pods of the new template once more.
    Verify,
    /// Taking the canary away, and our marks.
    Clean,
}

/// Who paused, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Since when.
    pub since: Time,
    /// Who.
    pub by: String,
    /// Whether nothing that was begun is under way any more.
    pub settled: bool,
}

/// An order to advance now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromoteOrder {
    /// Who.
    pub by: String,
    /// Straight to 100 %.
    pub full: bool,
    /// Verdicts and data are waived.
    pub over: bool,
    /// The step that it was given for: it ends with it.
    pub step: usize,
}

/// An approval, bound to what the approver saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who.
    pub by: String,
    /// When.
    pub at: Time,
    /// For which step.
    pub step: usize,
    /// The worst verdict that they saw: a worse one makes the approval lapse.
    pub worst: Verdict,
}

/// The steps as somebody changed them in the flight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edited {
    /// All steps.
    pub steps: Vec<Step>,
    /// The release hash before the first change, by which the release is resumed.
    pub first: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: Time,
}

/// A hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldNow {
    /// Since when.
    pub since: Time,
    /// The kind of reason, so that a change of its numbers is no new hold.
    pub key: String,
    /// Why, in a sentence.
    pub reason: String,
}

/// A write that is wanted and not yet seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// How far it is.
    pub state: PendingState,
    /// How often it was sent.
    pub tries: u32,
    /// When it was first wanted.
    pub since: Time,
    /// Why the last try failed.
    pub why: Option<String>,
}

/// How far a write is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum PendingState {
    /// Sent, no answer yet.
    Flying,
    /// Confirmed; the view should show it soon.
    Confirmed {
        /// When.
        at: Time,
    },
    /// Failed or lost: to be sent again (after a look) at this time.
    Again {
        /// When.
        at: Time,
    },
}

/// Why pins are no longer put up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "stop")]
pub enum PinStop {
    /// Somebody else takes our pin away again and again.
    Fight {
        /// The field manager.
        by: String,
        /// The Service.
        service: String,
    },
    /// Somebody else puts stable's old template back again and again.
    Undone {
        /// The field manager.
        by: String,
        /// The workload.
        workload: String,
    },
    /// Too few canary endpoints stood behind a pinned Service.
    Thin {
        /// The Service.
        service: String,
    },
}

/// A rollback under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rollback {
    /// Why.
    pub cause: String,
    /// When it was decided.
    pub since: Time,
    /// Whether a person asked for it: then one Ready stable endpoint is enough.
    pub person: bool,
    /// Whether the odds of a rule decided it: then how rarely they are wrong is worth a sentence at the end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_odds: bool,
    /// Whether a person cut short the wait for what routes from outside the cluster.
    pub skip_settle: bool,
    /// The checklist.
    pub lines: Vec<ProofLine>,
    /// Since when the API server does not answer, and how long it did not before.
    pub lost_since: Option<Time>,
    /// How long it did not answer before that.
    #[serde(with = "span")]
    pub lost: Duration,
    /// When users were safe: every canary-zero was done.
    pub safe_since: Option<Time>,
    /// Whether the proof was whole when the wait for it ended; `None` while it goes on.
    pub closed: Option<bool>,
    /// When the canary was told to go: from here on readings are listened to for quiet.
    pub scaled_at: Option<Time>,
    /// Canary requests a second when the rollback was decided: what silence is measured against.
    pub rate_before: BTreeMap<String, f64>,
    /// Whether somebody was called because too few stable pods are Ready for the canary to go.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paged: bool,
    /// When another engine went on with it: the wait for the proof begins anew, whatever the clock of the one before said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumed: Option<Time>,
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

/// A map whose keys are no strings, as JSON: a list of pairs.
mod pending_list {
    use super::{Act, Pending};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::collections::BTreeMap;

    pub fn serialize<S: Serializer>(map: &BTreeMap<Act, Pending>, serializer: S) -> Result<S::Ok, S::Error> {
        map.iter().collect::<Vec<_>>().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<Act, Pending>, D::Error> {
        Ok(Vec::<(Act, Pending)>::deserialize(deserializer)?.into_iter().collect())
    }
}
