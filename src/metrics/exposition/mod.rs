//! The text that a pod's `/metrics` answers with, read strictly: every sample as it stands there, or an error that says
//! where the text is malformed. Never fewer samples.
//!
//! Two formats exist. The *text format* (0.0.4) is read by the rules of Prometheus' own `expfmt`; *OpenMetrics* (1.0.0) by
//! its specification, whose conformance cases this reader passes. Both accept quoted UTF-8 names.

mod cursor;
mod histogram;
mod number;
mod openmetrics;
mod points;
mod rules;
mod series;
mod text;
mod typed;

use std::fmt;

use crate::core::sample::Sample;
use crate::core::time::Time;

pub(super) use number::{float, time_of_seconds};
pub use typed::{Typed, TypedFamily, TypedSeries};

/// What a text exposes, family by family, in the order of their first appearance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exposition {
    /// The families; one that has only documentation has no samples.
    pub families: Vec<Family>,
}

/// The samples that one `# TYPE` speaks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// The family's name: without `_bucket`, and in OpenMetrics without `_total`.
    pub name: String,
    /// The declared type.
    pub kind: Kind,
    /// The documentation, escapes undone; empty where there is none.
    pub help: String,
    /// The samples, in the order of the text.
    pub samples: Vec<Reading>,
}

/// One sample as it stands in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The series' name, with its suffix.
    pub name: String,
    /// Its labels, sorted by name, escapes undone.
    pub labels: Vec<(String, String)>,
    /// Its value.
    pub value: f64,
    /// Its own timestamp, where it carries one.
    pub at: Option<Time>,
}

/// The type of a family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Not declared (`untyped`, `unknown`).
    #[default]
    Unknown,
    /// Only rises, until a restart.
    Counter,
    /// Goes anywhere.
    Gauge,
    /// Cumulative buckets of counts.
    Histogram,
    /// Buckets of a present state (`gaugehistogram`).
    GaugeHistogram,
    /// Quantiles that the pod computed itself.
    Summary,
    /// A constant 1 with telling labels.
    Info,
    /// Booleans.
    StateSet,
}

/// The two formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Text,
    OpenMetrics,
}

/// Why a text is malformed, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {what}")]
pub struct ReadError {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What is wrong; neutralised.
    pub what: String,
}

/// Reads a whole exposition. Its content type decides the format where it names one, else whether its last line is `# EOF`.
///
/// # Errors
/// [`ReadError`], when any part of the text is malformed or, in OpenMetrics, cut off.
pub fn read(bytes: &[u8], content_type: Option<&str>) -> Result<Exposition, ReadError> {
    let text = str::from_utf8(bytes).map_err(|error| {
        let (good, _) = bytes.split_at_checked(error.valid_up_to()).unwrap_or_default();
        let good = String::from_utf8_lossy(good);
        let column = good.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
        ReadError { line: good.matches('\n').count() + 1, column, what: "bytes that are not UTF-8".to_owned() }
    })?;
    let families = match format_of(text, content_type) {
        Format::OpenMetrics => openmetrics::read(text)?,
        Format::Text => text::read(text)?,
    };
    Ok(Exposition { families })
}

fn format_of(text: &str, content_type: Option<&str>) -> Format {
    let mut parts = content_type.unwrap_or_default().split(';').map(|part| part.trim().to_ascii_lowercase());
    let media_type = parts.next().unwrap_or_default();
    if media_type == "application/openmetrics-text" {
        return Format::OpenMetrics;
    }
    // Many a server says `text/plain` of anything; one that names the version means the text format.
    let names_version = media_type == "text/plain" && parts.any(|part| part.starts_with("version="));
    let last_line = text.strip_suffix('\n').unwrap_or(text).rsplit('\n').next();
    if last_line == Some(openmetrics::END) && !names_version { Format::OpenMetrics } else { Format::Text }
}

impl Exposition {
    /// All samples; those without a timestamp of their own were true at `now`.
    pub fn samples(&self, now: Time) -> Vec<Sample> {
        self.families.iter().flat_map(|family| &family.samples).map(|reading| reading.sample(now)).collect()
    }

    /// The families by their declared types, with the buckets of each histogram together.
    pub fn typed(&self) -> Vec<TypedFamily> {
        typed::typed(&self.families)
    }
}

impl Reading {
    /// The sample that this is when it was read at `now`.
    pub fn sample(&self, now: Time) -> Sample {
        Sample { name: self.name.clone(), labels: self.labels.clone(), value: self.value, at: self.at.unwrap_or(now) }
    }
}

impl Kind {
    /// The kind that a `# TYPE` line of the text format names, in letters of any case.
    fn of_text(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "untyped" => Some(Self::Unknown),
            "gauge_histogram" => Some(Self::GaugeHistogram),
            word @ ("counter" | "gauge" | "histogram" | "gaugehistogram" | "summary") => Self::of_openmetrics(word),
            _ => None,
        }
    }

    /// The kind that a `# TYPE` line of OpenMetrics names.
    fn of_openmetrics(word: &str) -> Option<Self> {
        Some(match word {
            "unknown" => Self::Unknown,
            "counter" => Self::Counter,
            "gauge" => Self::Gauge,
            "histogram" => Self::Histogram,
            "gaugehistogram" => Self::GaugeHistogram,
            "summary" => Self::Summary,
            "info" => Self::Info,
            "stateset" => Self::StateSet,
            _ => return None,
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "unknown",
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::GaugeHistogram => "gaugehistogram",
            Self::Summary => "summary",
            Self::Info => "info",
            Self::StateSet => "stateset",
        })
    }
}

#[cfg(test)]
mod tests;
