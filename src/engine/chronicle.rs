//! What was told so far: in sentences for a screen, whole for whoever looks at one, and as records for the next driver.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::core::event::Event;
use crate::core::plan::Plan;
use crate::core::snapshot::{Happening, LogLine};
use crate::core::time::Time;
use crate::core::words;
use crate::engine::book;
use crate::engine::record::{Body, Record};

/// How many sentences a snapshot carries.
const LINES: usize = 500;

/// The newest of what was told. All of it is bounded: the journal is what keeps everything.
#[derive(Default)]
pub struct Chronicle {
    lines: VecDeque<LogLine>,
    happenings: VecDeque<Arc<Happening>>,
    told: VecDeque<Arc<Record>>,
}

impl Chronicle {
    /// What the engines before said.
    pub fn of(earlier: &[Arc<Record>], plan: &Plan) -> Self {
        let mut chronicle = Self::default();
        for record in earlier {
            push(&mut chronicle.told, Arc::clone(record), book::LOG);
            if let Body::Event(event) = &record.body {
                chronicle.say(event, plan, record.at);
            }
        }
        chronicle
    }

    /// Puts an event into words; nothing, where it has none.
    pub fn say(&mut self, event: &Event, plan: &Plan, at: Time) {
        let Some(line) = words::sentence(event, plan, at) else { return };
        if let Some(happening) = words::happening(event, &line) {
            push(&mut self.happenings, Arc::new(happening), LINES);
        }
        push(&mut self.lines, line, LINES);
    }

    /// Keeps a record for the next driver, where it is one that is told.
    pub fn keep(&mut self, record: &Arc<Record>) {
        if book::is_told(record) {
            push(&mut self.told, Arc::clone(record), book::LOG);
        }
    }

    /// The sentences, oldest first.
    pub fn lines(&self) -> &VecDeque<LogLine> {
        &self.lines
    }

    /// What happened, whole, oldest first.
    pub fn happenings(&self) -> &VecDeque<Arc<Happening>> {
        &self.happenings
    }

    /// The records that the next driver begins with, oldest first.
    pub fn told(&self) -> &VecDeque<Arc<Record>> {
        &self.told
    }
}

fn push<T>(list: &mut VecDeque<T>, newest: T, most: usize) {
    list.push_back(newest);
    while list.len() > most {
        list.pop_front();
    }
}
