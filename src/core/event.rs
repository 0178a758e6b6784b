//! What happens in a release, in the one vocabulary that the `--json` stream and the journal share (version 1).

use serde::{Deserialize, Serialize};

use crate::core::answer::KeptAnswer;
use crate::core::cost::Cost;
use crate::core::counted::Counted;
use crate::core::plan::{Plan, Stage};
use crate::core::power::Power;
use crate::core::proof::{LineKind, LineState};
use crate::core::snapshot::{Outcome, Progress, StepState};
use crate::core::time::Time;
use crate::core::verdict::{DataState, Evidence, Verdict};

/// The version of the shapes below; a field may be added without a new one.
pub const VERSION: u32 = 1;

/// One event's own fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum Event {
    /// The release began.
    Started {
        /// What it is meant to do.
        plan: Box<Plan>,
    },
    /// A new engine goes on with the release.
    Resumed {
        /// Who drives now.
        by: String,
    },
    /// A stage of the pipeline began or ended.
    Stage {
        /// Which.
        stage: Stage,
        /// How far it is.
        state: Progress,
    },
    /// A step began or ended.
    Step {
        /// From 1.
        index: usize,
        /// Percent asked.
        weight: u32,
        /// How far it is.
        state: StepState,
    },
    /// Asked and measured share.
    Share {
        /// The workload.
        workload: String,
        /// Percent.
        asked: f64,
        /// Percent; `None`: unknown.
        measured: Option<f64>,
        /// Canary requests since the step began.
        requests: u64,
    },
    /// What one reading of the metrics counted, so that a journal can be judged again.
    Reading {
        /// The workload.
        workload: String,
        /// By rule: requests and bad ones of the canary, requests and bad ones of stable.
        rows: std::collections::BTreeMap<String, [u64; 4]>,
        /// What was counted, whoever judges it; absent in journals of earlier programs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        counts: Option<Box<Counted>>,
        /// When it was read, where its answers took a moment to come: the odds go by this time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        read: Option<Time>,
        /// By rule, what the expressions that were due were answered; absent where no rule has one, and in journals of earlier
        /// programs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answers: Option<std::collections::BTreeMap<String, KeptAnswer>>,
    },
    /// What a step can prove in its soak, before it is flown, where that is less than could be wished.
    Power(Box<Power>),
    /// What the canary took; before the end.
    Cost(Cost),
    /// A rule's verdict, its data or its suspicion has changed, or a step ends on it.
    Verdict {
        /// The rule.
        rule: String,
        /// The workload.
        workload: String,
        /// The verdict.
        verdict: Verdict,
        /// The state of its data.
        data: DataState,
        /// Bad enough to hold.
        suspicion: bool,
        /// What it rests on.
        evidence: Box<Evidence>,
    },
    /// The engine stopped advancing, or may again.
    Hold {
        /// Which of the two.
        state: Edge,
        /// Why, in a sentence.
        reason: String,
    },
    /// A gate opened or closed.
    Gate {
        /// `approval`, …
        kind: String,
        /// How it is.
        state: GateState,
        /// What it needs.
        needs: String,
    },
    /// A person's command, and the answer.
    Command {
        /// Its name.
        command: String,
        /// Who.
        by: String,
        /// Why, in that person's words, where they gave any.
        #[serde(default)]
        reason: Option<String>,
        /// Whether it was obeyed.
        accepted: bool,
        /// What was done, or why not.
        why: String,
    },
    /// A write to the cluster.
    Effect {
        /// What it does, in words.
        what: String,
        /// The workload.
        workload: String,
        /// How far it is.
        state: EffectState,
        /// The cluster's words, where it failed.
        why: Option<String>,
    },
    /// All traffic goes back to stable.
    Rollback {
        /// Why.
        cause: String,
    },
    /// Whoever is on call is wanted: a breach has reached a level that asks for it, or what must be done cannot be.
    Page {
        /// The workload.
        workload: String,
        /// The rule that is breached; absent: no rule is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<String>,
        /// Why, in a sentence.
        why: String,
    },
    /// A line of the proof moved.
    Proof {
        /// Which line.
        line: LineKind,
        /// Of which workload.
        workload: String,
        /// How far it is.
        state: LineState,
        /// Since the rollback was decided.
        elapsed_ms: u64,
        /// What it rests on, or what is missing.
        why: String,
    },
    /// Records of an earlier engine that are not known here.
    Gap {
        /// Of which engine.
        of_epoch: u64,
        /// After this number of it.
        after: u64,
        /// Before this one; `None`: whatever it wrote after.
        before: Option<u64>,
        /// Why.
        why: String,
    },
    /// Something worth a sentence that none of the others says.
    Note {
        /// The sentence.
        text: String,
    },
    /// The release ended.
    Ended {
        /// In which way.
        outcome: Outcome,
        /// Whether the proof is whole.
        proven: bool,
        /// The process' exit code.
        exit_code: u8,
        /// Why.
        why: String,
        /// What a person should still know and do, a sentence each; records from before this was told have none.
        #[serde(default)]
        notes: Vec<String>,
    },
}

/// Begun or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edge {
    /// It begins.
    Begun,
    /// It ends.
    Ended,
}

/// How a gate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GateState {
    /// Waiting for somebody.
    Open,
    /// Satisfied.
    Satisfied,
    /// The approval no longer holds: things are worse than what was approved.
    Lapsed,
}

/// How far a write is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EffectState {
    /// On its way.
    Sent,
    /// The API server has it.
    Confirmed,
    /// It was refused or not sent.
    Failed,
    /// A rollback came first, which does not want it: it was not sent, or changed nothing.
    Overtaken,
    /// The answer was lost.
    Unknown,
}
