//! What the last readings of one pod were like.

use std::time::Duration;

use crate::core::counter::PodDelta;
use crate::core::sample::SourceFault;
use crate::core::time::Time;
use crate::core::trend::Minutes;

/// What the last readings of one pod were like.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trail {
    /// When its newest good samples were true.
    pub good: Option<Time>,
    /// Why the last reading brought nothing, if it did not.
    pub fault: Option<SourceFault>,
    /// The last reading's values; `None` before the first good one.
    pub last: Option<PodDelta>,
    /// Whether its request counter names a status.
    pub names_status: bool,
    /// Good readings in a row, since somebody began to count them, in which no user asked it anything.
    pub quiet: u32,
    /// Readings in a row that brought nothing.
    pub errors: u32,
    /// Its memory, minute by minute.
    pub memory: Minutes,
}

impl Trail {
    pub(super) fn fail(&mut self, fault: SourceFault) {
        self.fault = Some(fault);
        self.errors = self.errors.saturating_add(1);
    }

    pub(super) fn note(&mut self, delta: &PodDelta, scrape: Duration) {
        self.good = Some(self.good.map_or(delta.at, |good| good.max(delta.at)));
        self.fault = None;
        self.errors = 0;
        if let Some(memory) = delta.memory {
            self.memory.take(delta.at, memory);
        }
        let asked = delta.requests.map_or(0.0, |requests| {
            // Where the series do not name paths, a probe and a scrape or two between readings are no user.
            let background = if requests.with_background { scrape.as_secs_f64() / 5.0 + 2.0 } else { 0.0 };
            (requests.all - background).max(0.0)
        });
        self.names_status = delta.requests.is_none_or(|requests| requests.failed.is_some());
        self.quiet = if asked > 0.0 { 0 } else { self.quiet.saturating_add(1) };
        self.last = Some(delta.clone());
    }
}
