//! Metric samples as the sources give them: raw, per pod, with their own time.

use serde::{Deserialize, Serialize};

use crate::core::plan::MetricsPort;
use crate::core::time::Time;

/// One value of one series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The series' name, as it stands in the exposition (`http_requests_total`, `…_bucket`).
    pub name: String,
    /// Its labels, sorted by name. `le` stays a label.
    pub labels: Vec<(String, String)>,
    /// Its value; NaN and the infinities are values too.
    pub value: f64,
    /// When it was true: the time of the scrape, or the sample's own timestamp.
    pub at: Time,
}

impl Sample {
    /// The value of the label `name`.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// What one reading of one source brought.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// When the reading began, on the engine's clock.
    pub at: Time,
    /// The source in a few words: `scrape`, `prometheus http://…`.
    pub source: String,
    /// One entry a pod that was asked for, in the order of the question.
    pub pods: Vec<PodSamples>,
    /// What the source itself warned of, neutralised: a warned answer may be a part of the truth, so it may speak for a
    /// rollback and never for advancing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warned: Option<String>,
    /// What the expressions that were asked evaluated to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answered>,
}

/// What an expression evaluated to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// The rule that it is for.
    pub rule: String,
    /// The workload.
    pub workload: String,
    /// Its value, which may be no number; `Ok(None)`: it answers nothing.
    pub outcome: Result<Option<f64>, SourceFault>,
}

/// What one pod had to say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PodSamples {
    /// The pod's UID.
    pub pod: String,
    /// Its samples, or why there are none. A source gives the newest sample of each series alone.
    pub outcome: Result<Vec<Sample>, SourceFault>,
}

/// Why a pod's samples are missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFault {
    /// The kind, which decides what it means.
    pub kind: FaultKind,
    /// The cause in words, neutralised.
    pub why: String,
}

impl SourceFault {
    /// A pod cannot be asked where nobody knows at which port it answers.
    pub fn no_port() -> Self {
        Self { kind: FaultKind::Down, why: "no annotation and no port's name says where its metrics are".to_owned() }
    }
}

/// The kinds of missing samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// Nobody answered, or not in time, or with an error status.
    Down,
    /// An answer that is not a well-formed exposition.
    Malformed,
    /// The source answers but knows nothing of this pod.
    Absent,
    /// The source has the pod's series more than once; which one is true, nobody can say.
    Ambiguous,
}

/// A pod whose metrics are wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The pod's UID.
    pub uid: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its address, where it has one.
    pub ip: Option<String>,
    /// Where it answers itself; `None`: nobody knows, and only a source that has its metrics already can be asked.
    pub metrics: Option<MetricsPort>,
}
