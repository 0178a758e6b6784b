//! Numbers as a person reads them: few digits, always a unit, and a dash where there is none.

use std::time::Duration;

pub use crate::core::judge::rate;
use crate::core::snapshot::Unit;
use crate::core::usage::Spent;

/// What stands where a value is missing; never a zero.
pub const NONE: &str = "–";

/// A rule's value in its unit.
pub fn value(unit: Unit, value: Option<f64>) -> String {
    match value {
        None => NONE.to_owned(),
        Some(value) if value.is_nan() => "NaN".to_owned(),
        Some(value) => match unit {
            Unit::Share => percent(value * 100.0),
            Unit::Seconds => seconds(value),
            Unit::Bytes => bytes(value),
            Unit::Number => number(value),
        },
    }
}

/// A percentage, 0–100.
pub fn percent(value: f64) -> String {
    match value.abs() {
        0.0 => "0%".to_owned(),
        v if v < 0.1 => format!("{value:.3}%"),
        v if v < 10.0 => format!("{value:.2}%"),
        v if v < 1_000.0 => format!("{value:.1}%"),
        _ => format!("{value:.0e}%"),
    }
}

/// A percentage without digits that say nothing: `25%`, `9.1%`.
pub fn share(value: f64) -> String {
    let value = unsigned_zero(value);
    if value.fract() == 0.0 && value.abs() < 1_000.0 { format!("{value:.0}%") } else { format!("{value:.1}%") }
}

/// A sum over nothing is −0 in the library's eyes, and nobody else's.
fn unsigned_zero(value: f64) -> f64 {
    value + 0.0
}

fn seconds(value: f64) -> String {
    match value.abs() {
        v if v < 0.01 => format!("{:.1}ms", value * 1_000.0),
        v if v < 1.0 => format!("{:.0}ms", value * 1_000.0),
        v if v < 100.0 => format!("{value:.2}s"),
        _ => format!("{value:.0}s"),
    }
}

/// A number of any size, short enough for a column.
fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        v if !(1e-3..1e6).contains(&v) => format!("{value:.1e}"),
        v if v < 10.0 => format!("{value:.3}"),
        v if v < 1_000.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// `cpu 125m` and `mem 118Mi`: thousandths of a core, as `kubectl top` has them, and memory.
pub fn spent(spent: Spent) -> (String, String) {
    (format!("cpu {}m", spent.cpu), format!("mem {}", bytes(spent.memory as f64)))
}

/// So much memory, or other bytes.
pub fn bytes(value: f64) -> String {
    let (scale, unit) = match value.abs() {
        v if v < 1024.0 => (1.0, "B"),
        v if v < 1024.0 * 1024.0 => (1024.0, "Ki"),
        v if v < 1024.0 * 1024.0 * 1024.0 => (1024.0 * 1024.0, "Mi"),
        _ => (1024.0 * 1024.0 * 1024.0, "Gi"),
    };
    let scaled = value / scale;
    if scaled.abs() >= 10.0 || scaled.fract() == 0.0 {
        format!("{scaled:.0}{unit}")
    } else {
        format!("{scaled:.1}{unit}")
    }
}

/// How long something runs, as a clock shows it: `04:12`, `1:04:12`.
pub fn clock(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..3_600 => format!("{:02}:{:02}", seconds / 60, seconds % 60),
        _ => format!("{}:{:02}:{:02}", seconds / 3_600, seconds % 3_600 / 60, seconds % 60),
    }
}

/// How long ago something was heard, in whole seconds: nobody reads milliseconds, and a line that only flickers is written to the terminal for nothing.
pub fn heard(span: Duration) -> String {
    crate::core::time::human(Duration::from_secs(span.as_secs()))
}

/// A stopwatch that has stopped: `0.2 s`, `3.4 s`, `1m23s`.
pub fn stopwatch(span: Duration) -> String {
    if span < Duration::from_secs(60) { format!("{:.1} s", span.as_secs_f64()) } else { crate::core::time::human(span) }
}

/// A count with its thousands apart: `31 204`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let head = digits.len() % 3;
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && place % 3 == head {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// How old something is, in its largest unit: `40s`, `4m`, `3h`, `12d`. It moves as seldom as it can.
pub fn age(span: Duration) -> String {
    match span.as_secs() {
        seconds @ 0..60 => format!("{seconds}s"),
        seconds @ 60..3_600 => format!("{}m", seconds / 60),
        seconds @ 3_600..86_400 => format!("{}h", seconds / 3_600),
        seconds => format!("{}d", seconds / 86_400),
    }
}

/// `1 pod`, `2 pods`.
pub fn plural(number: usize, one: &str) -> String {
    crate::core::text::plural(number as u64, one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_few_digits_and_a_unit() {
        let shown = |unit, number: f64| value(unit, Some(number));
        assert_eq!(shown(Unit::Share, 0.011), "1.10%");
        assert_eq!(shown(Unit::Share, 0.0), "0%");
        assert_eq!(shown(Unit::Share, 0.000_12), "0.012%");
        assert_eq!(shown(Unit::Share, 0.25), "25.0%");
        assert_eq!(shown(Unit::Seconds, 0.0042), "4.2ms");
        assert_eq!(shown(Unit::Seconds, 0.082), "82ms");
        assert_eq!(shown(Unit::Seconds, 1.236), "1.24s");
        assert_eq!(shown(Unit::Bytes, 312.0 * 1024.0 * 1024.0), "312Mi");
        assert_eq!(shown(Unit::Bytes, 1.5 * 1024.0 * 1024.0 * 1024.0), "1.5Gi");
    }

    #[test]
    fn a_missing_value_is_no_zero() {
        assert_eq!(value(Unit::Share, None), "–");
        assert_eq!(value(Unit::Bytes, Some(f64::NAN)), "NaN");
    }

    #[test]
    fn spans_and_counts() {
        assert_eq!(clock(Duration::from_secs(252)), "04:12");
        assert_eq!(clock(Duration::from_secs(3_852)), "1:04:12");
        assert_eq!(stopwatch(Duration::from_millis(3_410)), "3.4 s");
        assert_eq!((share(-0.0), rate(-0.0)), ("0%".to_owned(), "0".to_owned()));
        assert_eq!(count(31_204), "31 204");
        assert_eq!(count(1_234_567), "1 234 567");
        assert_eq!(count(12), "12");
        assert_eq!((share(25.0), share(24.63)), ("25%".to_owned(), "24.6%".to_owned()));
    }
}
