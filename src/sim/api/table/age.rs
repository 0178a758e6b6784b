//! Ages, as `kubectl` shows them: two units at most.

use serde_json::Value;

use crate::core::time::Time;
use crate::sim::store::fields::text;

/// The age of an object.
pub fn since(object: &Value, now: Time) -> Value {
    since_text(text(object, "/metadata/creationTimestamp"), now).into()
}

/// The time since a point that is written as RFC 3339; `<unknown>` where it is not.
pub fn since_text(at: &str, now: Time) -> String {
    Time::parse(at).map_or_else(|| "<unknown>".to_owned(), |at| human(now.since(at).as_secs()))
}

/// A number of seconds in the units that a person would use, as `kubectl` rounds them.
fn human(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    let two = |large: u64, unit: char, small: u64, subunit: char| {
        if small == 0 { format!("{large}{unit}") } else { format!("{large}{unit}{small}{subunit}") }
    };
    match seconds {
        0..120 => format!("{seconds}s"),
        120..600 => two(minutes, 'm', seconds % 60, 's'),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => two(hours, 'h', minutes % 60, 'm'),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => two(days, 'd', hours % 24, 'h'),
        691_200..63_072_000 => format!("{days}d"),
        63_072_000..252_288_000 => two(days / 365, 'y', days % 365, 'd'),
        _ => format!("{}y", days / 365),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_rounded_as_kubectl_rounds_them() {
        for (seconds, text) in [
            (5, "5s"),
            (119, "119s"),
            (120, "2m"),
            (185, "3m5s"),
            (700, "11m"),
            (11_100, "3h5m"),
            (30_000, "8h"),
            (180_000, "2d2h"),
            (2_000_000, "23d"),
            (70_000_000, "2y80d"),
        ] {
            assert_eq!(human(seconds), text);
        }
    }
}
