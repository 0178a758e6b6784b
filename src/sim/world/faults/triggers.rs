//! What sets off faults and commands, each once.

use std::time::Duration;

use super::Faults;
use crate::core::time::Time;
use crate::sim::scenario::{OperatorCommand, Scenario, Trigger};
use crate::sim::world::World;
use crate::sim::world::task::Task;

/// Something that waits to be set off.
#[derive(Clone, Copy, Debug)]
pub struct Cause {
    when: Trigger,
    what: What,
}

/// By the place in the scenario.
#[derive(Clone, Copy, Debug)]
enum What {
    Fault(usize),
    Order(usize),
}

impl Faults {
    /// The world has started: from now on things are set off.
    pub fn wake(&mut self, scenario: &Scenario) {
        let faults = scenario.faults.iter().enumerate();
        let orders = scenario.orders.iter().enumerate();
        self.waiting = faults
            .map(|(at, fault)| Cause { when: fault.when, what: What::Fault(at) })
            .chain(orders.map(|(at, order)| Cause { when: order.when, what: What::Order(at) }))
            .collect();
    }

    /// A client wrote.
    pub fn note_write(&mut self, now: Time) {
        self.began.get_or_insert(now);
    }

    /// When a trigger comes, if it is known.
    fn comes_at(&self, when: Trigger, start: Time) -> Option<Time> {
        let when_true = |is: bool| is.then_some(start);
        match when {
            Trigger::AfterStart(span) => Some(start + span),
            Trigger::AfterRelease(span) => self.began.map(|began| began + span),
            Trigger::PinnedFor(span) => self.pinned.values().min().map(|since| *since + span),
            Trigger::CanaryShare(percent) => when_true(self.reached(percent)),
            Trigger::Rollback => when_true(self.rolled_back),
        }
    }

    /// Whether the canary's share of the Ready pods is the percentage, or four fifths of it.
    fn reached(&self, percent: u32) -> bool {
        let (canary, all) = (self.ready.canary, self.ready.canary + self.ready.stable);
        canary > 0 && canary * 500 >= all * percent as usize * 4
    }
}

impl World {
    /// Sets off whatever has come, and looks again when the next is known to come.
    pub(in crate::sim::world) fn look(&mut self) {
        if self.faults.waiting.is_empty() {
            return;
        }
        let now = self.now;
        let mut next: Option<Time> = None;
        for cause in std::mem::take(&mut self.faults.waiting) {
            match self.faults.comes_at(cause.when, self.start) {
                Some(at) if at <= now => self.set_off(cause.what),
                Some(at) => {
                    next = Some(next.map_or(at, |next| next.min(at)));
                    self.faults.waiting.push(cause);
                }
                None => self.faults.waiting.push(cause),
            }
        }
        if let Some(next) = next {
            self.agenda.enter(next, Task::Look);
        }
    }

    fn set_off(&mut self, what: What) {
        match what {
            What::Fault(at) => {
                let delay = self.scenario.faults.get(at).map_or(Duration::ZERO, |fault| fault.delay);
                self.later(Task::Fault(at, true), delay);
            }
            What::Order(at) => {
                let command = self.scenario.orders.get(at).map(OperatorCommand::from);
                self.faults.commands.extend(command);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_reached_as_nearly_as_whole_pods_allow() {
        let mut faults = Faults::asleep(&crate::sim::scenario::embedded("healthy").expect("it is there"));
        let mut reached = |stable, canary, percent| {
            (faults.ready.stable, faults.ready.canary) = (stable, canary);
            faults.reached(percent)
        };
        assert!(reached(10, 3, 25) && reached(4, 1, 25) && reached(10, 10, 50));
        assert!(!reached(10, 1, 25) && !reached(10, 3, 50) && !reached(10, 0, 1));
    }
}
