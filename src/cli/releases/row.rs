//! One release as it is listed: what its record in the cluster and its journal on this machine say together.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use crate::cluster::Found;
use crate::core::snapshot::Outcome;
use crate::core::text::neutral;
use crate::core::time::Time;
use crate::engine::journal;
use crate::engine::past::{self, Past};

/// One release.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Its id.
    pub release: String,
    /// The application.
    pub application: String,
    /// Its workloads.
    pub workloads: Vec<String>,
    /// The version that served before.
    pub from: String,
    /// The version that was released.
    pub to: String,
    /// When it began.
    pub started: Time,
    /// When it ended; `None`: it has not.
    pub ended: Option<Time>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Whether a rollback was proved.
    pub proven: bool,
    /// Who drove it last, as the API server names them; `None`: not recorded.
    pub who: Option<String>,
    /// From its beginning to its end.
    pub duration_ms: Option<u64>,
    /// Where it is recorded.
    pub kept: Vec<Place>,
    /// Whether it has been forgotten just now.
    pub forgotten: bool,
    #[serde(skip)]
    epoch: u64,
    #[serde(skip)]
    writing: bool,
}

/// Where a release is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// In a ConfigMap of this name.
    ConfigMap(String),
    /// In a journal on this machine.
    Journal(PathBuf),
}

impl Row {
    /// Whether nothing more will ever come of it: what is held or was left is gone on with from its record.
    pub fn is_over(&self) -> bool {
        self.outcome.is_some_and(journal::is_over) && !self.writing
    }

    /// `None`: it cannot be read, which is said elsewhere.
    fn of_record(found: &Found) -> Option<Self> {
        let said = found.summary.as_ref().ok()?;
        let end = said.ended.as_ref();
        Some(Self {
            release: neutral(&said.release),
            application: neutral(&said.application),
            workloads: said.workloads.iter().map(|name| neutral(name)).collect(),
            from: neutral(&said.from),
            to: neutral(&said.to),
            started: said.started,
            ended: end.map(|_| said.at),
            outcome: end.map(|end| end.outcome),
            proven: end.is_some_and(|end| end.proven),
            who: Some(neutral(&said.driver)),
            duration_ms: end.map(|_| millis(said.at.since(said.started))),
            kept: vec![Place::ConfigMap(found.name.clone())],
            forgotten: false,
            epoch: said.epoch,
            writing: false,
        })
    }

    /// The same of a journal.
    fn of_journal(past: &Past) -> Option<Self> {
        let said = past.said.as_ref().ok()?;
        let end = said.end.as_ref();
        Some(Self {
            release: neutral(&said.plan.release),
            application: neutral(&said.plan.application),
            workloads: said.plan.workloads.iter().map(|workload| neutral(&workload.name)).collect(),
            from: neutral(&said.plan.from),
            to: neutral(&said.plan.to),
            started: said.began,
            ended: end.map(|end| end.record.at),
            outcome: end.map(|end| end.outcome),
            proven: end.is_some_and(|end| end.proven),
            who: None,
            duration_ms: end.map(|end| millis(end.record.at.since(said.began))),
            kept: vec![Place::Journal(past.path.clone())],
            forgotten: false,
            epoch: said.epoch,
            writing: past::is_written(&past.path),
        })
    }

    /// Two records of one release: the engine of the higher epoch knows how it ended.
    fn join(&mut self, other: Self) {
        self.kept.extend(other.kept.iter().cloned());
        self.writing |= other.writing;
        let newer = (other.epoch, other.ended) > (self.epoch, self.ended);
        if newer {
            let (kept, writing) = (std::mem::take(&mut self.kept), self.writing);
            let (who, started) = (other.who.clone().or(self.who.take()), self.started.min(other.started));
            *self = Self { kept, writing, who, started, ..other };
        }
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// All releases, the newest first, each once.
pub fn rows(records: &[Found], journals: &[Past]) -> Vec<Row> {
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    let all = records.iter().filter_map(Row::of_record).chain(journals.iter().filter_map(Row::of_journal));
    for row in all {
        match rows.get_mut(&row.release) {
            Some(known) => known.join(row),
            None => {
                rows.insert(row.release.clone(), row);
            }
        }
    }
    let mut rows: Vec<Row> = rows.into_values().collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.started));
    rows
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A release that began so many days after the beginning of time, and ended on that day if it did.
    pub fn row(application: &str, day: u64, outcome: Option<Outcome>) -> Row {
        let started = Time::from_millis(0) + Duration::from_secs(day * 86_400);
        Row {
            release: format!("{application}-{day}"),
            application: application.to_owned(),
            workloads: vec![application.to_owned()],
            from: "1".to_owned(),
            to: "2".to_owned(),
            started,
            ended: outcome.map(|_| started),
            outcome,
            proven: false,
            who: None,
            duration_ms: outcome.map(|_| 0),
            kept: Vec::new(),
            forgotten: false,
            epoch: 1,
            writing: false,
        }
    }

    #[test]
    fn of_two_records_the_newer_engines_counts_and_both_places_are_known() {
        let record = |epoch, place: &str, outcome, who: Option<&str>| Row {
            epoch,
            who: who.map(str::to_owned),
            kept: vec![Place::ConfigMap(place.to_owned())],
            ..row("web", 10, outcome)
        };
        let mut held = record(1, "journal", Some(Outcome::Held), None);
        held.join(record(2, "cluster", Some(Outcome::RolledBack), Some("kim")));
        assert_eq!((held.outcome, held.who.as_deref(), held.kept.len()), (Some(Outcome::RolledBack), Some("kim"), 2));
        let mut newer = record(2, "cluster", None, Some("kim"));
        newer.join(record(1, "journal", Some(Outcome::Held), None));
        assert_eq!((newer.outcome, newer.kept.len()), (None, 2));
    }
}
