//! What happens next: tasks in the order of their time, and of their entry where times are equal.

use std::collections::BTreeMap;

use crate::core::time::Time;

/// A queue of tasks with times. A task is due at most once at a time: entered again, the earlier time counts, as in the
/// work queues of Kubernetes' controllers.
#[derive(Clone, Debug)]
pub struct Agenda<T> {
    due: BTreeMap<(Time, u64), T>,
    places: BTreeMap<T, (Time, u64)>,
    entered: u64,
}

impl<T: Ord + Clone> Agenda<T> {
    /// With nothing to do.
    pub fn new() -> Self {
        Self { due: BTreeMap::new(), places: BTreeMap::new(), entered: 0 }
    }

    /// Enters a task.
    pub fn enter(&mut self, at: Time, task: T) {
        if let Some(place) = self.places.get(&task) {
            if place.0 <= at {
                return;
            }
            self.due.remove(place);
        }
        let place = (at, self.entered);
        self.entered += 1;
        self.due.insert(place, task.clone());
        self.places.insert(task, place);
    }

    /// Takes a task out, if it is in.
    pub fn forget(&mut self, task: &T) {
        if let Some(place) = self.places.remove(task) {
            self.due.remove(&place);
        }
    }

    /// When the next task is due.
    pub fn next(&self) -> Option<Time> {
        self.due.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes the next task, if it is due by `now`.
    pub fn take(&mut self, now: Time) -> Option<T> {
        let entry = self.due.first_entry()?;
        if entry.key().0 > now {
            return None;
        }
        let task = entry.remove();
        self.places.remove(&task);
        Some(task)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Time {
        Time::from_millis(millis)
    }

    #[test]
    fn tasks_come_in_the_order_of_their_time_and_entry() {
        let mut agenda = Agenda::new();
        for (when, task) in [(5, "c"), (3, "b"), (3, "a")] {
            agenda.enter(at(when), task);
        }
        assert_eq!(agenda.next(), Some(at(3)));
        assert_eq!([agenda.take(at(4)), agenda.take(at(4)), agenda.take(at(4))], [Some("b"), Some("a"), None]);
        assert_eq!(agenda.take(at(9)), Some("c"));
    }

    #[test]
    fn a_task_is_due_once_at_its_earliest_time() {
        let mut agenda = Agenda::new();
        for when in [5, 7, 2] {
            agenda.enter(at(when), "sync");
        }
        assert_eq!((agenda.take(at(9)), agenda.take(at(9))), (Some("sync"), None));
        agenda.enter(at(9), "sync");
        assert_eq!(agenda.next(), Some(at(9)));
        agenda.forget(&"sync");
        assert_eq!(agenda.next(), None);
    }
}
