//! One line of a journal or of the `--json` stream: an envelope around an event, and in the journal a check sum.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::core::event::{Event, VERSION};
use crate::core::snapshot::ShareNow;
use crate::core::state::State;
use crate::core::time::Time;
use crate::core::vetted::vet;
use crate::core::view::{ClusterView, Link};

/// A line's envelope and what it holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The version of the shapes.
    pub v: u32,
    /// Which engine wrote it: each take-over raises the number.
    pub epoch: u64,
    /// Unique within the epoch, rising.
    pub seq: u64,
    /// When, on the engine's clock.
    pub at: Time,
    /// The release's id.
    pub release: String,
    /// What it says.
    #[serde(flatten)]
    pub body: Body,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Body {
    /// Where the release stands, from which another engine goes on. In the journal only.
    Checkpoint(Checkpoint),
    /// What was seen beside it, for whoever looks at the recording. In the journal only.
    Sight(Sight),
    /// Something that happened.
    Event(Event),
}

/// Where the release stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Always `checkpoint`.
    pub event: CheckpointTag,
    /// The state.
    pub state: Box<State>,
}

/// What a picture shows and a state does not hold. Nothing is decided from it: a journal without it can be resumed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sight {
    /// Always `sight`.
    pub event: SightTag,
    /// What was seen of the cluster, bounded; `None`: the same as before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<Box<ClusterView>>,
    /// The newest values of the rules' trends, after a reading.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gauges: Vec<Gauge>,
    /// Asked and measured shares.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<ShareNow>,
    /// How each source did.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sources: BTreeMap<String, Link>,
    /// Who drove.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub driver: String,
    /// The canary's requests a second during a rollback, and when they were measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary_rate: Option<(f64, Time)>,
}

/// A rule's newest value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gauge {
    /// The workload.
    pub workload: String,
    /// The rule.
    pub rule: String,
    /// The value; `None`: the reading brought none.
    pub value: Option<f64>,
}

/// The tag of a sight line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SightTag {
    /// The only value.
    #[serde(rename = "sight")]
    Sight,
}

/// The tag of a checkpoint line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CheckpointTag {
    /// The only value.
    #[serde(rename = "checkpoint")]
    Checkpoint,
}

impl Record {
    /// An envelope of this version.
    pub fn new(epoch: u64, seq: u64, at: Time, release: &str, body: Body) -> Self {
        Self { v: VERSION, epoch, seq, at, release: release.to_owned(), body }
    }

    /// The line for the `--json` stream, without a line end.
    pub fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The line for a journal: with a check sum over everything before it, and a line end.
    pub fn journal_line(&self) -> String {
        let mut line = self.line();
        let sum = check_sum(&line);
        line.pop();
        line.push_str(",\"sum\":\"");
        line.push_str(&sum);
        line.push_str("\"}\n");
        line
    }

    /// Reads a journal's line (without its end), checking its sum.
    ///
    /// # Errors
    /// What is wrong with it, in a few words.
    pub fn from_journal(line: &str) -> Result<Self, String> {
        let (body, sum) = line.rsplit_once(",\"sum\":\"").ok_or("it has no check sum")?;
        let body = format!("{body}}}");
        let sum = sum.strip_suffix("\"}").ok_or("it is cut short")?;
        if check_sum(&body) != sum {
            return Err("its check sum does not fit".to_owned());
        }
        let version = serde_json::from_str::<Versioned>(&body).map_err(|error| error.to_string())?.v;
        if version > VERSION {
            return Err(format!("it is of version {version}, and this program reads up to {VERSION}"));
        }
        vet(&body)?;
        serde_json::from_str(&body).map_err(|error| error.to_string())
    }
}

#[derive(Deserialize)]
struct Versioned {
    v: u32,
}

/// The first eight hex digits of SHA-256: enough to notice a torn or flipped line.
fn check_sum(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::event::Edge;
    use proptest::prelude::*;

    fn record() -> Record {
        let event = Event::Hold { state: Edge::Begun, reason: "because, \"sum\":\"x\"".into() };
        Record::new(1, 7, Time::from_millis(0), "r", Body::Event(event))
    }

    #[test]
    fn a_line_survives_the_journal() {
        let line = record().journal_line();
        assert_eq!(Record::from_journal(line.trim_end()), Ok(record()));
        assert!(record().line().starts_with(
            r#"{"v":1,"epoch":1,"seq":7,"at":"1970-01-01T00:00:00.000Z","release":"r","event":"hold","state":"begun""#
        ));
    }

    proptest! {
        #[test]
        fn a_torn_or_flipped_line_is_noticed(place in 0usize..1_000, flip in 1u8..=255) {
            let line = record().journal_line();
            let bytes = line.trim_end().as_bytes();
            let torn = String::from_utf8_lossy(&bytes[..place % bytes.len()]).into_owned();
            prop_assert!(Record::from_journal(&torn).is_err());
            let mut flipped = bytes.to_vec();
            let at = place % bytes.len();
            flipped[at] ^= flip;
            let flipped = String::from_utf8_lossy(&flipped).into_owned();
            prop_assert!(Record::from_journal(&flipped).is_err() || flipped.as_bytes() == bytes);
        }
    }
}
