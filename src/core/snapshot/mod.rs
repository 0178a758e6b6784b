//! What the fronts show: one immutable picture of a release, made by the engine after every turn.
//!
//! The cockpit, `--plain`, `--json` and `status` all render this and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::core::act::Act;
use crate::core::command::Answer;
use crate::core::cost::Cost;
use crate::core::plan::{Kind, Plan, Stage};
use crate::core::power::Power;
use crate::core::time::Time;
use crate::core::view::{ClusterEvent, Link};

mod ended;
mod rollback;
mod side;
mod step;
mod told;

pub use ended::{Ended, Errand, NOTHING_FLEW, Outcome};
pub use rollback::{Fought, RollbackNow, WriteNow, WriteState};
pub use side::{Count, RuleNow, ShareNow, Unit, WorkloadNow};
pub use step::{ByItself, Gate, Hold, StepNow, StepState, Toggle, Wait};
pub use told::{About, Happening, LogLine, Page, Tone};

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
    /// When its last word was written, where nobody drives and the API server tells: it may have fallen silent long before
    /// this process came. For people; what is decided goes by `silent_since`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_word: Option<Time>,
    /// The epoch that it writes under; each take-over raises it.
    #[serde(default)]
    pub epoch: u64,
}

impl Driver {
    /// Since when nobody drives, as far as anybody can tell: this process, or the API server.
    pub fn gone_since(&self) -> Option<Time> {
        let silent = self.silent_since?;
        Some(self.last_word.map_or(silent, |word| word.min(silent)))
    }
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
    /// Since when the rules rest, because the release is rolled back: what they show is what they said then.
    pub fn decided(&self) -> Option<Time> {
        self.rollback.as_ref().filter(|_| self.plan.kind == Kind::Release).map(|rollback| rollback.since)
    }

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
