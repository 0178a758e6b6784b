//! Kubernetes quantities (`250m`, `1.5Gi`), as thousandths of their unit.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Sub};

use serde_json::Value;

/// An amount of a resource, exact to a thousandth of a core, a byte or a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Quantity(i128);

impl Quantity {
    /// So many whole units.
    pub const fn whole(units: i64) -> Self {
        Self(units as i128 * 1_000)
    }

    /// So many thousandths of a unit.
    pub const fn milli(thousandths: i64) -> Self {
        Self(thousandths as i128)
    }

    /// Thousandths of a unit: millicores, of CPU.
    pub fn millis(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }

    /// Whole units, rounded up: bytes, of memory.
    pub fn units(self) -> i64 {
        i64::try_from((self.0 + 999).div_euclid(1_000)).unwrap_or(i64::MAX)
    }

    /// Reads what Kubernetes writes; `None` for what it would refuse.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.find(|c: char| !matches!(c, '0'..='9' | '.' | '+' | '-')).unwrap_or(text.len());
        let (number, suffix) = text.split_at_checked(digits)?;
        let (numerator, denominator) = scale(suffix)?;
        let (negative, number) = match number.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, number.strip_prefix('+').unwrap_or(number)),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || fraction.len() > 12 || digits.contains(|c: char| !c.is_ascii_digit()) {
            return None;
        }
        let value: i128 = digits.parse().ok()?;
        let shift = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        let thousandths = value.checked_mul(1_000)?.checked_mul(numerator)?;
        let divisor = shift.checked_mul(denominator)?;
        // The server rounds what is finer than it keeps away from zero.
        let rounded = thousandths.checked_add(divisor - 1)?.div_euclid(divisor);
        Some(Self(if negative { -rounded } else { rounded }))
    }

    /// Reads a quantity in an object, where a plain number is allowed too.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Self::parse(text),
            Value::Number(number) => Self::parse(&number.to_string()),
            _ => None,
        }
    }

    /// As the server writes an amount of memory: in the largest binary unit that says it exactly.
    pub fn binary(self) -> String {
        const UNITS: [(&str, i128); 5] =
            [("Pi", 1 << 50), ("Ti", 1 << 40), ("Gi", 1 << 30), ("Mi", 1 << 20), ("Ki", 1 << 10)];
        let exact = UNITS.into_iter().find(|(_, size)| self.0 != 0 && self.0 % (size * 1_000) == 0);
        match exact {
            Some((unit, size)) => format!("{}{unit}", self.0 / (size * 1_000)),
            None => self.to_string(),
        }
    }
}

/// How much a suffix multiplies and divides by.
fn scale(suffix: &str) -> Option<(i128, i128)> {
    Some(match suffix {
        "n" => (1, 1_000_000_000),
        "u" => (1, 1_000_000),
        "m" => (1, 1_000),
        "" => (1, 1),
        "k" => (1_000, 1),
        "M" => (1_000_000, 1),
        "G" => (1_000_000_000, 1),
        "T" => (1_000_000_000_000, 1),
        "P" => (1_000_000_000_000_000, 1),
        "E" => (1_000_000_000_000_000_000, 1),
        "Ki" => (1 << 10, 1),
        "Mi" => (1 << 20, 1),
        "Gi" => (1 << 30, 1),
        "Ti" => (1 << 40, 1),
        "Pi" => (1 << 50, 1),
        "Ei" => (1 << 60, 1),
        exponent => {
            let power: i32 = exponent.strip_prefix(['e', 'E'])?.parse().ok()?;
            let size = 10_i128.checked_pow(power.unsigned_abs().min(18))?;
            if power < 0 { (1, size) } else { (size, 1) }
        }
    })
}

impl fmt::Display for Quantity {
    /// Decimal: whole units, or thousandths with an `m`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 % 1_000 == 0 { write!(f, "{}", self.0 / 1_000) } else { write!(f, "{}m", self.0) }
    }
}

impl Add for Quantity {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Quantity {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Sum for Quantity {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_read_as_kubernetes_writes_them() {
        for (text, millis) in [
            ("250m", 250),
            ("1", 1_000),
            ("1.5", 1_500),
            ("0.1", 100),
            ("64Mi", 67_108_864_000),
            ("1.5Gi", 1_610_612_736_000),
            ("2k", 2_000_000),
            ("1e3", 1_000_000),
            ("100u", 1),
            ("-1", -1_000),
        ] {
            assert_eq!(Quantity::parse(text).map(Quantity::millis), Some(millis), "{text}");
        }
        for wrong in ["", "m", "1 Gi", "1gi", "one", "1.2.3", "--1"] {
            assert_eq!(Quantity::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn quantities_are_written_as_kubernetes_writes_them() {
        assert_eq!(Quantity::milli(1_500).to_string(), "1500m");
        assert_eq!(Quantity::whole(2).to_string(), "2");
        assert_eq!(Quantity::parse("1536Mi").map(Quantity::binary).as_deref(), Some("1536Mi"));
        assert_eq!(Quantity::parse("2048Mi").map(Quantity::binary).as_deref(), Some("2Gi"));
    }
}
