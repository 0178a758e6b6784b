//! What OpenMetrics asks of the samples of one family together: those of one metric stand in one piece, in order of
//! time, and no series stands there twice.

use std::collections::HashSet;

use super::histogram::Histogram;
use super::series::Labels;
use super::{Kind, Reading};

/// Which metric a sample belongs to, and at which time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Group {
    /// The labels that all samples of the metric share.
    labels: Labels,
    /// In seconds, exactly as written.
    at: Option<f64>,
}

impl Group {
    pub(super) fn of(kind: Kind, family: &str, sample: &Reading, at: Option<f64>) -> Self {
        let part = match (kind, sample.name.strip_prefix(family)) {
            // The labels of an info are what it says: all of a family's are one metric.
            (Kind::Info, _) => return Self { labels: Labels::new(), at },
            (Kind::Summary, Some("")) => "quantile",
            (Kind::StateSet, _) => family,
            (Kind::Histogram | Kind::GaugeHistogram, Some("_bucket")) => "le",
            _ => "",
        };
        let labels = sample.labels.iter().filter(|(name, _)| name != part).cloned().collect();
        Self { labels, at }
    }
}

/// The metrics of one family, as far as they have been read.
#[derive(Default)]
pub(super) struct Points {
    seen: HashSet<Labels>,
    current: Option<Group>,
    /// The series of the current metric at the current time.
    series: HashSet<(String, Labels)>,
    histogram: Histogram,
}

impl Points {
    /// Takes in the next sample.
    pub(super) fn push(&mut self, kind: Kind, family: &str, group: Group, sample: &Reading) -> Result<(), String> {
        let same_metric = self.current.as_ref().filter(|current| current.labels == group.labels);
        match same_metric.map(|current| (current.at, group.at)) {
            None if !self.seen.insert(group.labels.clone()) => {
                return Err("the samples of one metric do not stand together".to_owned());
            }
            Some((Some(_), None) | (None, Some(_))) => {
                return Err("a timestamp on some samples of a metric and not on others".to_owned());
            }
            Some((Some(last), Some(at))) if last > at && kind != Kind::Info => {
                return Err("a timestamp before the one above".to_owned());
            }
            _ => {}
        }
        if self.current.as_ref() != Some(&group) {
            self.series.clear();
            std::mem::take(&mut self.histogram).finish()?;
        }
        let is_new = self.series.insert((sample.name.clone(), sample.labels.clone()));
        // Samples whose times are equal as written are several samples all the same; without any time they are a mistake.
        if !is_new && group.at.is_none() {
            return Err("a series that stands there twice".to_owned());
        }
        self.current = Some(group);
        match kind {
            Kind::Histogram | Kind::GaugeHistogram => self.histogram.push(family, sample),
            _ => Ok(()),
        }
    }

    /// Takes in the end of the family.
    pub(super) fn finish(&mut self) -> Result<(), String> {
        std::mem::take(&mut self.histogram).finish()
    }
}
