//! Which Events were put up already, so that the same is counted and not said again, and what is nearly the same does not
//! fill the cluster.

use std::collections::{BTreeMap, VecDeque};

use crate::core::bulletin::Bulletin;

/// How many sentences with one reason a Deployment gets; beyond it the newest of them tells the latest, and counts.
const DIFFERENT: usize = 10;

/// How many Events are remembered; beyond it the oldest are forgotten, and would be said anew.
const MOST: usize = 500;

/// An Event that was put up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its name.
    pub name: String,
    /// What it says.
    pub text: String,
    /// How often that has been so.
    pub count: u64,
    /// The bulletin that it told last.
    pub last: String,
}

/// The Events of this process, by the Deployment's UID and the reason, oldest first.
#[derive(Debug, Default)]
pub struct Series {
    known: BTreeMap<(String, &'static str), VecDeque<Known>>,
    size: usize,
}

impl Series {
    /// The Event that this bulletin belongs to; `None`: it has its own.
    pub fn find(&self, uid: &str, bulletin: &Bulletin) -> Option<Known> {
        let all = self.known.get(&(uid.to_owned(), bulletin.reason))?;
        let same = all.iter().find(|known| known.text == bulletin.text || known.last == bulletin.id);
        same.or_else(|| all.back().filter(|_| all.len() >= DIFFERENT)).cloned()
    }

    /// Notes that the Event of this bulletin has been counted up.
    pub fn count(&mut self, uid: &str, bulletin: &Bulletin) {
        let Some(name) = self.find(uid, bulletin).map(|known| known.name) else { return };
        let all = self.known.entry((uid.to_owned(), bulletin.reason)).or_default();
        for known in all.iter_mut().filter(|known| known.name == name) {
            known.count += 1;
            known.text.clone_from(&bulletin.text);
            known.last.clone_from(&bulletin.id);
        }
    }

    /// Notes a new Event; it takes the place of one that said the same.
    pub fn begin(&mut self, uid: &str, bulletin: &Bulletin, name: String) {
        if self.size >= MOST {
            self.known.clear();
            self.size = 0;
        }
        let replaced = self.find(uid, bulletin).map(|known| known.name);
        let all = self.known.entry((uid.to_owned(), bulletin.reason)).or_default();
        all.retain(|known| Some(&known.name) != replaced.as_ref());
        all.push_back(Known { name, text: bulletin.text.clone(), count: 1, last: bulletin.id.clone() });
        self.size += usize::from(replaced.is_none());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::time::Time;

    fn holding(number: usize, text: &str) -> Bulletin {
        let (id, text) = (format!("r/1/{number}"), text.to_owned());
        Bulletin { id, at: Time::from_millis(0), reason: "Holding", warning: true, text, workload: None }
    }

    #[test]
    fn the_same_is_counted() {
        let mut series = Series::default();
        let first = holding(1, "no data");
        assert_eq!(series.find("u", &first), None);
        series.begin("u", &first, "web.1".into());
        assert_eq!(series.find("u", &first).map(|known| known.last), Some("r/1/1".into()), "told already");
        let again = holding(2, "no data");
        series.count("u", &again);
        let known = series.find("u", &again).expect("known");
        assert_eq!((known.name.as_str(), known.count), ("web.1", 2));
        assert_eq!(series.find("another", &again), None);
        assert_eq!(series.find("u", &Bulletin { reason: "Breach", ..again }), None);
    }

    #[test]
    fn sentences_that_change_all_the_time_share_the_last_event() {
        let mut series = Series::default();
        for number in 0..100 {
            let next = holding(number, &format!("{number} pods are missing"));
            match series.find("u", &next) {
                Some(_) => series.count("u", &next),
                None => series.begin("u", &next, format!("web.{number}")),
            }
        }
        let known = series.find("u", &holding(100, "100 pods are missing")).expect("shared");
        assert_eq!((known.name.as_str(), known.count, known.text.as_str()), ("web.9", 91, "99 pods are missing"));
        assert_eq!(series.size, DIFFERENT);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut series = Series::default();
        for number in 0..10 * MOST {
            series.begin(&number.to_string(), &holding(number, "x"), format!("web.{number}"));
            assert!(series.size <= MOST && series.known.len() <= MOST);
        }
    }
}
