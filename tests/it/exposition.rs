//! The public conformance cases of the exposition formats: `tests/data/exposition/README.md` says where they are from.

use std::collections::BTreeMap;

use glidepath::core::time::Time;
use glidepath::metrics::{Exposition, read};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Corpus {
    source: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    format: Format,
    /// The text, or its bytes in hexadecimal where they are not UTF-8.
    text: Option<String>,
    hex: Option<String>,
    reads: bool,
    /// What it reads as, in any order; absent where the source does not say.
    samples: Option<Vec<Expected>>,
    /// Why we mean to differ from the source.
    differs: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    Text,
    OpenMetrics,
}

/// A name, labels, a value, and a timestamp in milliseconds.
type Expected = (String, BTreeMap<String, String>, String, Option<f64>);

impl Case {
    fn bytes(&self) -> Vec<u8> {
        match (&self.text, &self.hex) {
            (Some(text), None) => text.clone().into_bytes(),
            (None, Some(hex)) => {
                let digits: Vec<char> = hex.chars().collect();
                let byte =
                    |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).expect("hexadecimal");
                digits.chunks(2).map(byte).collect()
            }
            _ => panic!("{}: either a text or bytes", self.name),
        }
    }

    fn content_type(&self) -> &'static str {
        match self.format {
            Format::Text => "text/plain; version=0.0.4",
            Format::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }

    /// What is wrong with how we read it.
    fn fault(&self) -> Option<String> {
        match (read(&self.bytes(), Some(self.content_type())), self.reads) {
            (Ok(_), false) => Some("is read, and must not be".to_owned()),
            (Err(error), true) => Some(format!("is not read: {error}")),
            (Ok(exposition), true) => {
                let wanted = self.samples.as_ref()?;
                let (read, wanted) = (told(&exposition), wanted.iter().map(line).collect());
                (read != sorted(wanted)).then(|| format!("reads as {read:#?}"))
            }
            (Err(_), false) => None,
        }
    }
}

fn line((name, labels, value, at): &Expected) -> String {
    let value: f64 = value.parse().expect("a number");
    // Beyond the range of a time its end stands.
    format!("{name} {labels:?} {value:?} {:?}", at.map(|millis| millis as i64))
}

fn told(exposition: &Exposition) -> Vec<String> {
    let samples = exposition.families.iter().flat_map(|family| &family.samples);
    let lines = samples.map(|sample| {
        let labels: BTreeMap<_, _> = sample.labels.iter().cloned().collect();
        format!("{} {labels:?} {:?} {:?}", sample.name, sample.value, sample.at.map(Time::millis))
    });
    sorted(lines.collect())
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

/// Runs a corpus that must have this many cases, of which this many may differ from their source.
fn conforms(corpus: &str, cases: usize, differing: usize) {
    let corpus: Corpus = serde_json::from_str(corpus).expect("a corpus");
    let faults: Vec<String> =
        corpus.cases.iter().filter_map(|case| Some(format!("{} {}", case.name, case.fault()?))).collect();
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), corpus.source, faults.join("\n"));
    assert_eq!(corpus.cases.len(), cases, "{}", corpus.source);
    let differing_now: Vec<&str> =
        corpus.cases.iter().filter(|case| case.differs.is_some()).map(|case| case.name.as_str()).collect();
    assert_eq!(differing_now.len(), differing, "{}: {differing_now:?}", corpus.source);
}

#[test]
fn reads_the_cases_of_openmetrics() {
    conforms(include_str!("../data/exposition/openmetrics.json"), 211, 0);
}

#[test]
fn reads_the_cases_of_client_python() {
    conforms(include_str!("../data/exposition/client_python.json"), 293, 11);
}

#[test]
fn reads_the_cases_of_expfmt() {
    conforms(include_str!("../data/exposition/expfmt.json"), 66, 0);
}

#[test]
fn reads_the_cases_of_textparse() {
    conforms(include_str!("../data/exposition/textparse.json"), 116, 5);
}
