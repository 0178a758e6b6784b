//! The text format, by the rules of Prometheus' `expfmt`.
//!
//! A text without a newline at its end is cut off, and an error. That a series stands there twice is none: this format
//! has no rule against it.

use std::collections::HashMap;

use super::cursor::{Cursor, is_blank};
use super::{Family, Format, Kind, ReadError, Reading, number, series};
use crate::core::text::neutral;
use crate::core::time::Time;

pub(super) fn read(text: &str) -> Result<Vec<Family>, ReadError> {
    let mut reader = Reader::default();
    let lines = text.split('\n').count();
    for (index, line) in text.split('\n').enumerate() {
        let mut line = Cursor::new(index + 1, line);
        line.blanks();
        if index + 1 == lines && !line.is_at_end() {
            return Err(line.error("the last line has no newline at its end: the text is cut off"));
        }
        if line.eat("#") {
            reader.comment(line)?;
        } else if !line.is_at_end() {
            reader.sample(line)?;
        }
    }
    let mut families: Vec<Open> = reader.families.into_values().collect();
    families.sort_by_key(|family| family.place);
    Ok(families.into_iter().map(Open::close).collect())
}

#[derive(Default)]
struct Reader {
    families: HashMap<String, Open>,
}

/// A family that may still grow.
#[derive(Default)]
struct Open {
    name: String,
    /// How many families were there before it.
    place: usize,
    /// `None` until a `# TYPE` line or a first sample decides it.
    kind: Option<Kind>,
    help: Option<String>,
    samples: Vec<Reading>,
}

impl Open {
    fn close(self) -> Family {
        Family {
            name: self.name,
            kind: self.kind.unwrap_or_default(),
            help: self.help.unwrap_or_default(),
            samples: self.samples,
        }
    }
}

impl Reader {
    /// The family that a name belongs to; a new one of this name where there is none yet.
    fn family(&mut self, name: &str) -> &mut Open {
        let key = if self.families.contains_key(name) { name } else { self.parent(name).unwrap_or(name) };
        let place = self.families.len();
        self.families.entry(key.to_owned()).or_insert_with(|| Open { name: key.to_owned(), place, ..Open::default() })
    }

    /// The summary or histogram whose part a name is by its suffix.
    fn parent<'a>(&self, name: &'a str) -> Option<&'a str> {
        ["_count", "_sum", "_bucket"].into_iter().find_map(|suffix| {
            let base = name.strip_suffix(suffix)?;
            match self.families.get(base)?.kind? {
                Kind::Summary if suffix != "_bucket" => Some(base),
                Kind::Histogram | Kind::GaugeHistogram => Some(base),
                _ => None,
            }
        })
    }

    /// Reads what stands behind a `#`: metadata, or a comment that says nothing to us.
    fn comment(&mut self, mut line: Cursor<'_>) -> Result<(), ReadError> {
        line.blanks();
        let keyword = line.token();
        line.blanks();
        if !matches!(keyword, "HELP" | "TYPE") || line.is_at_end() {
            return Ok(());
        }
        let start = line.clone();
        let name = series::metric_name(&mut line)?.filter(|_| line.is_at_end() || line.peek().is_some_and(is_blank));
        let name = name.ok_or_else(|| start.error(format!("the {keyword} line names no metric")))?;
        line.blanks();
        if line.is_at_end() {
            return Ok(());
        }
        let family = self.family(&name);
        if keyword == "HELP" {
            if family.help.is_some() {
                return Err(start.error(format!("a second HELP line for {}", neutral(&name))));
            }
            family.help = Some(series::help(line.rest()));
        } else {
            if family.kind.is_some() {
                return Err(start.error(format!("a second TYPE line for {}, or one after its samples", neutral(&name))));
            }
            let kind = Kind::of_text(line.rest().trim_end_matches(is_blank));
            family.kind = Some(kind.ok_or_else(|| line.error(format!("unknown type {}", neutral(line.rest()))))?);
        }
        Ok(())
    }

    fn sample(&mut self, mut line: Cursor<'_>) -> Result<(), ReadError> {
        let start = line.clone();
        let (name, labels) = series::series(&mut line, Format::Text)?;
        line.blanks();
        let value = number::float(line.clone().token()).ok_or_else(|| line.expected("a number as value"))?;
        line.token();
        line.blanks();
        let at = if line.is_at_end() { None } else { Some(timestamp(&mut line)?) };
        let sample = Reading { name, labels, value, at };

        let family = self.family(&sample.name);
        let kind = *family.kind.get_or_insert_default();
        check(kind, &family.name, &sample).map_err(|what| start.error(what))?;
        family.samples.push(sample);
        Ok(())
    }
}

fn timestamp(line: &mut Cursor<'_>) -> Result<Time, ReadError> {
    let start = line.clone();
    let at = number::millis(line.token()).ok_or_else(|| start.expected("whole milliseconds as timestamp"))?;
    line.blanks();
    if line.is_at_end() { Ok(at) } else { Err(line.expected("the end of the line after the timestamp")) }
}

/// What this format asks of the samples of a summary or a histogram.
fn check(kind: Kind, family: &str, sample: &Reading) -> Result<(), String> {
    let bound = match kind {
        Kind::Summary => "quantile",
        Kind::Histogram | Kind::GaugeHistogram => "le",
        _ => return Ok(()),
    };
    let value = sample.labels.iter().find(|(name, _)| name == bound).map(|(_, value)| value);
    if let Some(value) = value.filter(|value| number::float(value).is_none()) {
        return Err(format!("the label {bound} is no number: {}", neutral(value)));
    }
    let counts = value.is_some() || sample.name.strip_prefix(family) == Some("_count");
    if kind != Kind::Summary && counts && sample.value < 0.0 {
        return Err(format!("a negative count in the histogram {}", neutral(family)));
    }
    Ok(())
}
