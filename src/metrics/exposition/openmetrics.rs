//! OpenMetrics 1.0.0, as strictly as its specification: metadata before samples, families in one piece, `# EOF` at the
//! end. A text that was cut off anywhere lacks that end, and is an error.

use std::collections::{BTreeSet, HashSet};

use super::cursor::Cursor;
use super::points::{Group, Points};
use super::rules::{self, Exemplar};
use super::{Family, Format, Kind, ReadError, Reading, number, series};
use crate::core::text::neutral;

/// The last line of every text.
pub(super) const END: &str = "# EOF";

pub(super) fn read(text: &str) -> Result<Vec<Family>, ReadError> {
    let lines: Vec<&str> = text.strip_suffix('\n').unwrap_or(text).split('\n').collect();
    let Some((&END, lines)) = lines.split_last() else {
        return Err(Cursor::new(lines.len(), "").error("the text does not end with # EOF: it is cut off"));
    };
    let mut reader = Reader::default();
    for (index, line) in lines.iter().enumerate() {
        reader.line(Cursor::new(index + 1, line))?;
    }
    reader.close(&Cursor::new(lines.len() + 1, END))?;
    Ok(reader.done)
}

#[derive(Default)]
struct Reader {
    open: Option<Open>,
    done: Vec<Family>,
    /// Every name that a closed family's samples may have.
    taken: HashSet<String>,
}

/// The family that the lines speak of now.
struct Open {
    name: String,
    kind: Option<Kind>,
    help: Option<String>,
    unit: Option<String>,
    samples: Vec<Reading>,
    points: Points,
}

impl Open {
    fn new(name: String) -> Self {
        Self { name, kind: None, help: None, unit: None, samples: Vec::new(), points: Points::default() }
    }

    fn kind(&self) -> Kind {
        self.kind.unwrap_or_default()
    }

    /// Whether a sample of this name is one of this family's.
    fn owns(&self, name: &str) -> bool {
        name.strip_prefix(self.name.as_str()).is_some_and(|suffix| rules::suffixes(self.kind()).contains(&suffix))
    }
}

impl Reader {
    fn line(&mut self, mut line: Cursor<'_>) -> Result<(), ReadError> {
        match line.peek() {
            None => Err(line.error("an empty line")),
            Some('#') if line.rest() == END => Err(line.error("text after # EOF")),
            Some('#') if line.eat("# ") => self.metadata(line),
            Some('#') => Err(line.error("a comment; OpenMetrics knows only HELP, TYPE, UNIT and EOF")),
            Some(_) => self.sample(line),
        }
    }

    fn metadata(&mut self, mut line: Cursor<'_>) -> Result<(), ReadError> {
        let start = line.clone();
        let keyword = line.token();
        if !matches!(keyword, "HELP" | "TYPE" | "UNIT") {
            return Err(start.expected("HELP, TYPE or UNIT"));
        }
        space(&mut line)?;
        let start = line.clone();
        let name = series::metric_name(&mut line)?.ok_or_else(|| start.expected("a metric name"))?;
        space(&mut line)?;
        if self.open.as_ref().is_none_or(|open| open.name != name) {
            self.close(&start)?;
        }
        let open = self.open.get_or_insert_with(|| Open::new(name));
        if !open.samples.is_empty() {
            return Err(start.error(format!("metadata of {} after its samples", neutral(&open.name))));
        }
        let again = match keyword {
            "HELP" => open.help.replace(series::help(line.rest())).is_some(),
            "UNIT" => open.unit.replace(line.rest().to_owned()).is_some(),
            _ => {
                let kind = Kind::of_openmetrics(line.rest());
                let kind = kind.ok_or_else(|| line.error(format!("unknown type {}", neutral(line.rest()))))?;
                open.kind.replace(kind).is_some()
            }
        };
        if again { Err(start.error(format!("a second {keyword} line for {}", neutral(&open.name)))) } else { Ok(()) }
    }

    fn sample(&mut self, mut line: Cursor<'_>) -> Result<(), ReadError> {
        let start = line.clone();
        let (name, labels) = series::series(&mut line, Format::OpenMetrics)?;
        space(&mut line)?;
        let value = value(&mut line, "a number as value")?;
        let seconds = if line.rest().starts_with(" #") { None } else { timestamp(&mut line)? };
        let exemplar = exemplar(&mut line)?;
        let sample = Reading { name, labels, value, at: seconds.map(number::time_of_seconds) };

        if self.open.as_ref().is_none_or(|open| !open.owns(&sample.name)) {
            self.close(&start)?;
        }
        let open = self.open.get_or_insert_with(|| Open::new(sample.name.clone()));
        let group = Group::of(open.kind(), &open.name, &sample, seconds);
        rules::sample(open.kind(), &open.name, &sample)
            .and_then(|()| exemplar.map_or(Ok(()), |exemplar| exemplar.allowed(open.kind(), &open.name, &sample.name)))
            .and_then(|()| open.points.push(open.kind(), &open.name, group, &sample))
            .map_err(|what| start.error(format!("{what} ({})", neutral(&sample.name))))?;
        open.samples.push(sample);
        Ok(())
    }

    /// Closes the family that is open, before the line at `next`.
    fn close(&mut self, next: &Cursor<'_>) -> Result<(), ReadError> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        let kind = open.kind();
        let refused = |what: String| next.error(format!("{what} (in the family before, {})", neutral(&open.name)));
        let names: BTreeSet<&str> = rules::suffixes(kind).iter().copied().chain([""]).collect();
        if !names.iter().all(|suffix| self.taken.insert(format!("{}{suffix}", open.name))) {
            return Err(refused("its names are taken by another family".to_owned()));
        }
        rules::unit(kind, &open.name, open.unit.as_deref().unwrap_or_default()).map_err(refused)?;
        open.points.finish().map_err(refused)?;
        self.done.push(Family { name: open.name, kind, help: open.help.unwrap_or_default(), samples: open.samples });
        Ok(())
    }
}

/// Reads the one space that separates two parts of a line.
fn space(line: &mut Cursor<'_>) -> Result<(), ReadError> {
    if line.eat(" ") { Ok(()) } else { Err(line.expected("one space")) }
}

fn value(line: &mut Cursor<'_>, what: &str) -> Result<f64, ReadError> {
    let start = line.clone();
    number::float(line.token()).ok_or_else(|| start.expected(what))
}

fn timestamp(line: &mut Cursor<'_>) -> Result<Option<f64>, ReadError> {
    if line.is_at_end() {
        return Ok(None);
    }
    space(line)?;
    let start = line.clone();
    number::seconds(line.token()).map(Some).ok_or_else(|| start.expected("seconds as timestamp"))
}

fn exemplar(line: &mut Cursor<'_>) -> Result<Option<Exemplar>, ReadError> {
    if line.is_at_end() {
        return Ok(None);
    }
    if !line.eat(" # ") || line.peek() != Some('{') {
        return Err(line.expected("the end of the line, or an exemplar ' # {'"));
    }
    let start = line.clone();
    let (metric, labels) = series::braces(line, Format::OpenMetrics)?;
    if metric.is_some() {
        return Err(start.error("a metric name in an exemplar"));
    }
    space(line)?;
    value(line, "a number as the exemplar's value")?;
    timestamp(line)?;
    if line.is_at_end() { Ok(Some(Exemplar::of(&labels))) } else { Err(line.expected("the end of the line")) }
}
