//! How the API server's clock stands to this machine's. What is decided is measured on our own clock alone; the server's times
//! are for people: how long somebody has been silent who was so before we came.

use std::time::Duration;

use serde_json::Value;

use crate::core::time::Time;

/// The server's clock, as it was when we asked who we are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerClock {
    /// The server's time, and ours at that moment; `None`: it did not say.
    seen: Option<(Time, Time)>,
}

impl ServerClock {
    /// Reads it from the answer to a review, whose time of creation is the server's now, in whole seconds.
    pub fn of(review: &Value, now: Time) -> Self {
        let created = review.pointer("/metadata/creationTimestamp").and_then(Value::as_str).and_then(Time::parse);
        Self { seen: created.map(|created| (created + Duration::from_millis(500), now)) }
    }

    /// A time of the server's as our clock has it.
    pub fn here(self, at: Time) -> Option<Time> {
        let (theirs, ours) = self.seen?;
        Some(if theirs > ours { at - theirs.since(ours) } else { at + ours.since(theirs) })
    }

    /// When an object was last written, on our clock, to a second or two.
    pub fn written(self, metadata: &Value) -> Option<Time> {
        let entries = metadata.get("managedFields").and_then(Value::as_array)?;
        let times = entries.iter().filter_map(|entry| entry.get("time").and_then(Value::as_str).and_then(Time::parse));
        self.here(times.max()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(second: i64) -> Time {
        Time::from_millis(1_800_000_000_000 + second * 1_000)
    }

    fn said(now: Time) -> Value {
        json!({"metadata": {"creationTimestamp": now}})
    }

    #[test]
    fn a_servers_time_is_told_on_our_clock_however_far_apart_they_are() {
        let metadata = json!({"managedFields": [{"time": at(10)}, {"time": at(40)}, {"manager": "x"}]});
        for ahead in [-3_600, 0, 3_600] {
            let clock = ServerClock::of(&said(at(100)), at(100 - ahead));
            let written = clock.written(&metadata).expect("a time");
            let age = at(100 - ahead).since(written);
            assert!((59..=61).contains(&age.as_secs()), "{ahead}: {age:?}");
        }
    }

    #[test]
    fn a_server_that_does_not_say_its_time_has_none() {
        let clock = ServerClock::of(&json!({"metadata": {"creationTimestamp": null}}), at(0));
        assert_eq!(clock.written(&json!({"managedFields": [{"time": at(10)}]})), None);
        assert_eq!(ServerClock::of(&said(at(0)), at(0)).written(&json!({})), None);
    }
}
