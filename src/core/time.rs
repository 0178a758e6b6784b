//! Points in time and spans of it, as core sees them: plain numbers that somebody else read from a clock.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// A point in time on the engine's clock: milliseconds since 1970-01-01T00:00:00Z.
///
/// It is written as RFC 3339 with milliseconds, in UTC. The engine's clock starts at the wall clock and then counts
/// elapsed time (suspend included), so it never goes back when somebody sets the wall clock.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(i64);

impl Time {
    /// The point `millis` milliseconds after 1970-01-01T00:00:00Z.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339, with any offset and any number of fractional digits.
    pub fn parse(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text).ok().map(|at| Self(at.timestamp_millis()))
    }

    /// The time from `earlier` until this point; zero where `earlier` is the later one.
    pub fn since(self, earlier: Time) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// `HH:MM:SS` in UTC, as the event lists show it.
    pub fn clock(self) -> String {
        self.utc().format("%H:%M:%S").to_string()
    }

    fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or_default()
    }
}

impl Add<Duration> for Time {
    type Output = Time;

    fn add(self, span: Duration) -> Time {
        Time(self.0.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl Sub<Duration> for Time {
    type Output = Time;

    fn sub(self, span: Duration) -> Time {
        Time(self.0.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.utc().to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for Time {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Time::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("{text:?} is not an RFC 3339 time")))
    }
}

/// How long ago something was, in whole seconds: `just now`, `4s ago`.
pub fn ago(span: Duration) -> String {
    match span.as_secs() {
        0 => "just now".to_owned(),
        seconds => format!("{} ago", human(Duration::from_secs(seconds))),
    }
}

/// A span in the words of a person: `850ms`, `4s`, `3m20s`, `2h05m`, `3d4h`.
pub fn human(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0 if span.as_millis() > 0 => format!("{}ms", span.as_millis()),
        0..60 => format!("{seconds}s"),
        60..3_600 if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        60..3_600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{}h{:02}m", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{}d{}h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

/// Reads a span as people write it: `90s`, `10m`, `1h30m`, `250ms`, `2d`. A number without a unit is refused.
///
/// # Errors
/// What was wrong, in a few words, for whoever knows where the text stood.
pub fn parse_span(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is not a span of time; write it as 90s, 10m, 1h30m or 250ms");
    let mut rest = text.trim();
    let mut total = Duration::ZERO;
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, after) = rest.split_at(digits);
        let unit = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit);
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let millis: u64 = match unit.trim() {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(wrong()),
        };
        let part = number.checked_mul(millis).ok_or_else(wrong)?;
        total = total.checked_add(Duration::from_millis(part)).ok_or_else(wrong)?;
        rest = after;
    }
    Ok(total)
}

/// Serde for spans in the form that [`parse_span`] reads; for use with `#[serde(with = "…")]`.
pub mod span {
    use super::{human, parse_span};
    use serde::{Deserialize, Deserializer, Serializer};
    use std::time::Duration;

    /// Writes a span exactly: in milliseconds where whole seconds do not say it.
    pub fn serialize<S: Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        if span.subsec_millis() > 0 {
            return serializer.collect_str(&format_args!("{}ms", span.as_millis()));
        }
        let text = human(*span);
        match parse_span(&text) {
            Ok(same) if same == *span => serializer.serialize_str(&text),
            _ => serializer.collect_str(&format_args!("{}s", span.as_secs())),
        }
    }

    /// Reads what [`serialize`] writes, and what a person would write.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_span(&text).map_err(serde::de::Error::custom)
    }
}

/// The same of what is only foreseen, in steps of 5 s, or of a minute.
pub fn roughly(span: Duration) -> String {
    let seconds = span.as_secs_f64().ceil() as u64;
    let unit = if seconds < 60 { 5 } else { 60 };
    human(Duration::from_secs(seconds.div_ceil(unit) * unit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_time_is_written_as_rfc_3339_in_utc() {
        let at = Time::from_millis(1_763_938_800_123);
        assert_eq!(at.to_string(), "2025-11-23T23:00:00.123Z");
        assert_eq!(Time::parse("2025-11-24T00:00:00.123+01:00"), Some(at));
    }

    #[test]
    fn spans_read_as_people_write_them() {
        assert_eq!(parse_span("1h30m"), Ok(Duration::from_secs(5_400)));
        assert_eq!(parse_span("250ms"), Ok(Duration::from_millis(250)));
        for wrong in ["", "10", "m", "10 parsecs", "-5s", "1.5h", "99999999999999999999s"] {
            assert!(parse_span(wrong).is_err(), "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn a_span_survives_being_written_and_read(millis in 0u64..400_000_000) {
            #[derive(Serialize, Deserialize)]
            struct Holder(#[serde(with = "span")] Duration);
            let span = Duration::from_millis(millis);
            let text = serde_json::to_string(&Holder(span)).expect("a span serialises");
            let Holder(back) = serde_json::from_str(&text).expect("and reads back");
            prop_assert_eq!(back, span);
        }
    }
}
