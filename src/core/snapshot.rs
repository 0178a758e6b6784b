//! What the fronts show: one immutable picture of a release, made by the engine after every turn.
//!
//! The cockpit, `--plain`, `--json` and `status` all render this and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::core::act::Act;
use crate::core::command::Answer;
use crate::core::cost::Cost;
use crate::core::event::Event;
use crate::core::plan::{Plan, Stage};
use crate::core::pods::Pods;
use crate::core::power::Power;
use crate::core::proof::ProofLine;
use crate::core::time::{Time, span};
use crate::core::verdict::Judgement;
use crate::core::view::{ClusterEvent, Link};

/// One release as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// When it was made, on the engine's clock.
    pub at: Time,
    /// When the release began.
    pub started: Time,
    /// What it is meant to do.
    pub plan: Arc<Plan>,
    /// Who drives.
    pub driver: Driver,
    /// Each source and how it does: `api`, `metrics`.
    pub sources: BTreeMap<String, Link>,
    /// How far each stage of the pipeline is. Stages that this release does not use are `Skipped`.
    pub stages: Vec<(Stage, Progress)>,
    /// What the release is doing, as one word for the header.
    pub mode: Mode,
    /// The step that is being flown, counted from 0; `None` before the first, while finishing and while rolling back.
    pub step: Option<StepNow>,
    /// Asked to stop advancing, and whether the engine has.
    pub pause: Toggle,
    /// Why it does not advance, where it should.
    pub hold: Option<Hold>,
    /// The pods that are waited for, and until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<Wait>,
    /// The gate that is open for somebody to satisfy.
    pub gate: Option<Gate>,
    /// Asked and measured share, a line a workload.
    pub shares: Vec<ShareNow>,
    /// What each rule says, a line a rule and workload, in the plan's order.
    pub rules: Vec<RuleNow>,
    /// The workloads with their pods.
    pub workloads: Vec<WorkloadNow>,
    /// One sentence or two: what it waits for, and what happens next.
    pub next: String,
    /// What happened, in sentences, oldest first, bounded.
    pub log: Vec<LogLine>,
    /// The same events with all that they say, oldest first, bounded; without readings, shares and the plan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Arc<Happening>>,
    /// The cluster's own events, oldest first, bounded.
    pub events: Vec<ClusterEvent>,
    /// The last call to whoever is on call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<Page>,
    /// The rollback that is under way or has ended.
    pub rollback: Option<RollbackNow>,
    /// For each command: what it would do now, or why it would be refused.
    pub offers: Vec<Offer>,
    /// The answers to the newest commands, oldest first, bounded: how a front knows that what it sent was obeyed or refused.
    #[serde(default)]
    pub answers: Vec<Answer>,
    /// What each step can prove in its soak, by rule and workload, from the newest reading; empty where nothing is known
    /// yet, and once the steps are over.
    #[serde(default)]
    pub power: Vec<Power>,
    /// What the canary took so far.
    #[serde(default)]
    pub cost: Option<Cost>,
    /// Whether the engine refuses every command, because it was started so.
    #[serde(default)]
    pub read_only: bool,
    /// The journal's file, and whether it can be written.
    pub journal: JournalNow,
    /// How the release is shared with other terminals.
    #[serde(default)]
    pub sharing: Sharing,
    /// The end, when it has come.
    pub ended: Option<Ended>,
}

/// Who drives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Driver {
    /// The person or service account, as the API server names them.
    pub who: String,
    /// Whether it is this process.
    pub here: bool,
    /// When it was last heard.
    pub heard: Time,
    /// Since when nobody drives, as far as this process can tell; `None` while somebody does, or may.
    #[serde(default)]
    pub silent_since: Option<Time>,
    /// The epoch that it writes under; each take-over raises it.
    #[serde(default)]
    pub epoch: u64,
}

/// How a release is shared with other terminals.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sharing {
    /// Whether other terminals can see this release and drive it at all; a demo's cluster ends with its process.
    pub shared: bool,
    /// Why what this process knows is not written where others can read it, or cannot be read; `None`: it is.
    pub trouble: Option<String>,
    /// Whether the cluster sees to it that nobody sends commands in another's name; `None`: it was not asked.
    pub identity_enforced: Option<bool>,
}

/// How far a stage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// Not begun.
    Waiting,
    /// Under way.
    Started,
    /// Done.
    Passed,
    /// Gone wrong.
    Failed,
    /// Not part of this release.
    Skipped,
}

impl Snapshot {
    /// Whether a stage did not end well because the release was given up: by a verdict, or by a person. That is no failure
    /// of the stage itself.
    pub fn gave_up(&self, stage: Stage) -> bool {
        self.rollback.is_some() && matches!(stage, Stage::Canary | Stage::Deploy | Stage::Validation)
    }
}

/// What the release is doing, as one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Nothing flies; a rollback to the earlier version that the plan names is one command away.
    Idle,
    /// Looking at the cluster, marking objects, creating the canary at 0.
    Starting,
    /// Bringing pods up for a step.
    Scaling,
    /// Letting a step pass.
    Soaking,
    /// Not advancing, for the reason that `hold` gives.
    Holding,
    /// Waiting for an approval.
    Gated,
    /// Paused by a person.
    Paused,
    /// Moving Services to the canary, rolling stable, judging once more, cleaning up.
    Finishing,
    /// Bringing traffic back.
    RollingBack,
    /// Ended: promoted.
    Promoted,
    /// Ended: rolled back.
    RolledBack,
    /// Ended in another way.
    Ended,
}

/// A step as it is being flown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepNow {
    /// From 0.
    pub index: usize,
    /// Percent asked.
    pub weight: u32,
    /// How far it is.
    pub state: StepState,
    /// How much of the soak has passed.
    #[serde(with = "span")]
    pub soaked: Duration,
    /// How much must pass.
    #[serde(with = "span")]
    pub soak: Duration,
    /// Whether the soak stands still.
    pub frozen: bool,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepState {
    /// Pods are coming up.
    Scaling,
    /// The soak runs.
    Soaking,
    /// It has passed.
    Passed,
    /// It was given up.
    Abandoned,
}

/// Intent beside fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Toggle {
    /// Advancing.
    Off,
    /// Asked to pause, and something that was begun (a write under way) still has to end.
    Pausing {
        /// Who asked.
        by: String,
    },
    /// Not advancing.
    On {
        /// Since when.
        since: Time,
        /// Who asked.
        by: String,
    },
}

/// The engine does not advance, and says why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hold {
    /// Since when.
    pub since: Time,
    /// Why, in a sentence.
    pub reason: String,
    /// When something happens by itself, and what: the blind limit's rollback, the hold limit's end.
    pub until: Option<(Time, String)>,
    /// How it ends: by itself, and when, or on a person's word alone.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ends: String,
}

/// A wait for pods, which has an end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// Since when.
    pub since: Time,
    /// When it is given up, unless one more pod becomes Ready before.
    pub until: Time,
    /// What happens then.
    pub then: String,
    /// How many are Ready, and why no more are, in the cluster's words.
    pub lacks: String,
}

/// Something outside the evidence that must be satisfied before advancing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// `approval`, …
    pub kind: String,
    /// What it needs, in words.
    pub needs: String,
    /// Since when it is open.
    pub since: Time,
}

/// Asked and measured share of one workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShareNow {
    /// The workload.
    pub workload: String,
    /// What the route was told, in percent.
    pub asked: f64,
    /// What pods make of it, in percent; what the metrics should show.
    pub expected: f64,
    /// The canary's part of the measured requests, in percent; `None`: unknown.
    pub measured: Option<f64>,
    /// Requests counted on the canary since the step began.
    pub requests: u64,
    /// Requests a second on the canary now.
    pub canary_rate: Option<f64>,
    /// Requests a second on both.
    pub total_rate: Option<f64>,
}

/// What one rule says about one workload, with what a gauge needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleNow {
    /// The verdict with its evidence.
    pub judgement: Judgement,
    /// What the values are.
    pub unit: Unit,
    /// What a breach does, in a word; `note` and `hold` are told apart from `rollback`.
    pub action: crate::core::rule::Action,
    /// The canary's value sample by sample, oldest first, bounded; `None` where a sample is missing.
    pub trend: Vec<Option<f64>>,
}

/// What a rule's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// A share of requests, 0–1; shown in percent.
    Share,
    /// Seconds; shown in milliseconds where small.
    Seconds,
    /// Bytes.
    Bytes,
    /// A number in a unit of its own, which the sentence beside it names.
    Number,
}

/// One workload with its pods.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkloadNow {
    /// Its name.
    pub name: String,
    /// Canary pods: Ready of wanted.
    pub canary: Count,
    /// Stable pods: Ready of wanted.
    pub stable: Count,
    /// Baseline pods, where there are to be any now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Count>,
    /// The Services that are pinned to the canary now.
    pub pinned: Vec<String>,
    /// Its pods: canary first, then the others.
    pub pods: Pods,
}

/// Ready of wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Pods that are Ready.
    pub ready: u32,
    /// Pods that there should be.
    pub wanted: u32,
}

/// One thing that happened, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// When.
    pub at: Time,
    /// How much it matters.
    pub tone: Tone,
    /// The sentence.
    pub text: String,
    /// What it says again and again: lines about the same can be told as one. `None`: it happens once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
}

/// What may happen again and again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum About {
    /// A verdict.
    Verdict {
        /// What it is of, and how it stands.
        of: String,
    },
    /// A hold begins.
    Held {
        /// For which kind of reason: what it says without its numbers.
        why: String,
    },
    /// A hold is over.
    Freed,
}

/// One event of the journal, as fronts show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Happening {
    /// When.
    pub at: Time,
    /// What.
    pub event: Event,
    /// The sentence for it, and how much it matters.
    pub line: LogLine,
}

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tone {
    /// Ordinary progress.
    Plain,
    /// Something passed.
    Good,
    /// Something to look at.
    Warn,
    /// Something is wrong.
    Bad,
    /// A person did it.
    Person,
}

/// A call to whoever is on call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// When.
    pub at: Time,
    /// Why, in a sentence.
    pub why: String,
}

/// A rollback and its proof.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RollbackNow {
    /// Why.
    pub cause: String,
    /// When it was decided.
    pub since: Time,
    /// The canary's requests a second, the last time it was measured, and when; 0 since then.
    pub canary_rate: Option<(f64, Time)>,
    /// Since when users are safe: when every workload's *canary-zero* was done.
    pub safe_since: Option<Time>,
    /// How long the API server could not be reached since the decision.
    #[serde(with = "span")]
    pub lost: Duration,
    /// The checklist, in order.
    pub lines: Vec<ProofLine>,
    /// The writes that are wanted and not seen yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writes: Vec<WriteNow>,
}

/// A write that is wanted and not seen yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteNow {
    /// What it does, in words.
    pub what: String,
    /// How often it was sent.
    pub tries: u32,
    /// Why the last try failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// How far it is.
    pub state: WriteState,
}

/// How far a write is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum WriteState {
    /// Sent, and no answer yet.
    Sent,
    /// The API server has it; it is not seen yet.
    Confirmed,
    /// It failed, or its answer was lost: it is sent again.
    Again {
        /// When.
        at: Time,
    },
}

/// What a command would do now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// The command's name (`approve`, `promote`, `promote --full`, `pause`, `resume`, `rollback`).
    pub command: String,
    /// `Ok`: labelled lines that say what would happen (`path`, `safe`, `users`, `after`); `Err`: why not.
    pub would: Result<Vec<(String, String)>, String>,
    /// The writes that it would begin with, for a dry run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acts: Vec<Act>,
}

/// The journal's file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalNow {
    /// Where it is.
    pub path: String,
    /// Why it cannot be written, where it cannot.
    pub trouble: Option<String>,
}

/// How a release ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// In which way.
    pub outcome: Outcome,
    /// Whether the proof is whole (rollbacks only).
    pub proven: bool,
    /// The process' exit code.
    pub exit_code: u8,
    /// Why, in a sentence.
    pub why: String,
    /// What a person should still know: what names the old version, what is left.
    pub notes: Vec<String>,
}

/// The ways a release can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The new version serves alone.
    Promoted,
    /// The old version serves alone.
    RolledBack,
    /// The weight stays; nobody drives.
    Held,
    /// Somebody changed stable's template in the flight.
    Superseded,
    /// A gate, a verdict or another driver stood in the way.
    Refused,
    /// An internal error.
    Failed,
    /// The cockpit left; another driver goes on.
    Detached,
    /// The API server could not be reached, or a signal ended a driver without a terminal.
    ContactLost,
}

impl Outcome {
    /// The exit code of `release`, `attach` and `demo`.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Promoted | Self::Detached => 0,
            Self::Failed => 1,
            Self::RolledBack => 3,
            Self::Held | Self::Superseded => 4,
            Self::Refused => 5,
            Self::ContactLost => 6,
        }
    }

    /// The same in the words of a person.
    pub fn words(self) -> &'static str {
        match self {
            Self::RolledBack => "rolled back",
            Self::ContactLost => "contact lost",
            other => other.word(),
        }
    }

    /// The word for it in the stream.
    pub fn word(self) -> &'static str {
        match self {
            Self::Promoted => "promoted",
            Self::RolledBack => "rolled-back",
            Self::Held => "held",
            Self::Superseded => "superseded",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Detached => "detached",
            Self::ContactLost => "contact-lost",
        }
    }
}
