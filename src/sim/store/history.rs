//! The bounded log of changes that watchers read.

use std::collections::VecDeque;

use crate::sim::status::Status;
use crate::sim::store::Change;

/// The newest changes, oldest first. When it is full the oldest is forgotten.
#[derive(Debug)]
pub struct History {
    changes: VecDeque<Change>,
    most: usize,
    /// Every change up to this revision may be forgotten.
    forgotten: u64,
}

impl History {
    pub fn new(most: usize) -> Self {
        Self { changes: VecDeque::new(), most, forgotten: 0 }
    }

    pub fn add(&mut self, change: Change) {
        self.changes.push_back(change);
        self.trim();
    }

    pub fn keep(&mut self, most: usize) {
        self.most = most;
        self.trim();
    }

    /// Forgets every change up to `revision`.
    pub fn forget(&mut self, revision: u64) {
        self.changes.retain(|change| change.revision > revision);
        self.forgotten = self.forgotten.max(revision);
    }

    pub fn since(&self, revision: u64) -> Result<impl Iterator<Item = &Change>, Status> {
        if revision < self.forgotten {
            return Err(Status::expired(revision, self.forgotten));
        }
        let first = self.changes.partition_point(|change| change.revision <= revision);
        Ok(self.changes.range(first..))
    }

    fn trim(&mut self) {
        while self.changes.len() > self.most {
            if let Some(oldest) = self.changes.pop_front() {
                self.forgotten = oldest.revision;
            }
        }
    }
}
