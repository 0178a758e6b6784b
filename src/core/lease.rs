//! Who may drive: decided from a lease as it is read, and from the reader's own clock. Pure.
//!
//! Nobody's clock but one's own is trusted. A holder is alive while its lease is seen to change, and silent once it was
//! looked at for a whole term and did not. A driver may write for less than a term after it *sent* a renewal that was
//! confirmed, so it has stopped before anybody can find it silent. That is for order; what makes a late write harmless is
//! the fence on the objects themselves.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::core::time::Time;

/// How long a lease holds without being renewed.
pub const TERM: Duration = Duration::from_secs(10);

/// How often a driver renews its lease.
pub const RENEW: Duration = Duration::from_secs(2);

/// How often everybody else reads it: a dead watch would be noticed too late.
pub const LOOK: Duration = Duration::from_secs(2);

/// How long a driver may write after it sent its last confirmed renewal.
pub const SAFE: Duration = Duration::from_secs(8);

/// Who holds a lease.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Unique of one process.
    pub id: String,
    /// The person or service account, as the API server names them.
    pub who: String,
}

/// A lease as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Changes with every write.
    pub version: String,
    /// Who holds it; `None`: it was given up.
    pub holder: Option<Holder>,
    /// The release that its last holder drove, and that holder's epoch.
    pub epoch: Option<(String, u64)>,
    /// When it was written, on our clock as far as the API server's tells: for people. Nothing is decided by it.
    pub written: Option<Time>,
}

impl Record {
    /// The epoch of this release, where the lease was last held for it.
    pub fn epoch_of(&self, release: &str) -> u64 {
        self.epoch.as_ref().filter(|(of, _)| of == release).map_or(0, |(_, number)| *number)
    }
}

/// What an observer makes of a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It has not been read yet.
    Unknown,
    /// Nobody holds it.
    Free,
    /// I hold it.
    Mine,
    /// Somebody else does.
    Theirs {
        /// Who.
        holder: Holder,
        /// When it was last seen to change, or seen first.
        heard: Time,
        /// Whether it was ever seen to change: until then its holder may have died long ago.
        alive: bool,
    },
    /// Somebody else does, and has been silent for a term.
    Silent {
        /// Who.
        holder: Holder,
        /// Since when.
        since: Time,
    },
}

/// A lease, followed by one observer.
#[derive(Clone, Debug, Default)]
pub struct Following {
    record: Option<Record>,
    /// When what is there was first seen.
    since: Option<Time>,
    /// When it was last looked at, with success.
    looked: Option<Time>,
    moved: bool,
}

impl Following {
    /// Takes in one reading; `None`: there is no lease.
    pub fn see(&mut self, record: Option<Record>, now: Time) {
        let before = self.looked.replace(now);
        if before.is_some() && record == self.record {
            return;
        }
        let holder = |record: &Option<Record>| record.as_ref().and_then(|record| record.holder.clone());
        // A holder that took over between two looks is alive as well.
        self.moved = before.is_some() && holder(&record).is_some();
        self.record = record;
        self.since = Some(now);
    }

    /// The lease as it was last read.
    pub fn record(&self) -> Option<&Record> {
        self.record.as_ref()
    }

    /// What to make of it. Only looks count: somebody who cannot look knows nothing new.
    pub fn standing(&self, me: &str) -> Standing {
        let (Some(since), Some(looked)) = (self.since, self.looked) else { return Standing::Unknown };
        match self.record.as_ref().and_then(|record| record.holder.clone()) {
            None => Standing::Free,
            Some(holder) if holder.id == me => Standing::Mine,
            Some(holder) if looked.since(since) >= TERM => Standing::Silent { holder, since },
            Some(holder) => Standing::Theirs { holder, heard: since, alive: self.moved },
        }
    }
}

/// How somebody wants a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// If nobody drives.
    Vacant,
    /// In any case: to roll back.
    Seize,
}

/// What to do about wanting it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bid {
    /// Take it, as it was read.
    Take,
    /// Look again: its holder may be alive or not.
    Look,
    /// Leave it: this one drives.
    Leave(Holder),
}

/// Whether to take a lease that stands so.
pub fn bid(standing: &Standing, claim: Claim) -> Bid {
    match (standing, claim) {
        (Standing::Unknown, _) => Bid::Look,
        (Standing::Free | Standing::Mine | Standing::Silent { .. }, _) | (_, Claim::Seize) => Bid::Take,
        (Standing::Theirs { holder, alive: true, .. }, Claim::Vacant) => Bid::Leave(holder.clone()),
        (Standing::Theirs { alive: false, .. }, Claim::Vacant) => Bid::Look,
    }
}

/// A driver's own lease, as it knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenure {
    me: Holder,
    release: String,
    epoch: u64,
    /// When the last renewal that was confirmed was sent.
    sent: Time,
    /// Why the newest one was not, where it was not.
    trouble: Option<String>,
    lost: Option<Holder>,
}

/// Whether a driver may write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leave {
    /// It may, until then.
    Until(Time),
    /// It could not renew in time: the lease may be another's soon.
    Lapsed(String),
    /// Another one has it.
    Lost(Holder),
}

/// How sure a driver is that nobody else drives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// The lease is its own.
    Ours,
    /// It could not renew it in time.
    Unsure,
    /// Another one has it, or has had it.
    Lost,
}

impl Leave {
    /// How sure a driver with this leave is.
    pub fn certainty(&self) -> Certainty {
        match self {
            Self::Until(_) => Certainty::Ours,
            Self::Lapsed(_) => Certainty::Unsure,
            Self::Lost(_) => Certainty::Lost,
        }
    }
}

impl Tenure {
    /// A lease that was taken for a release under an epoch, by a request sent at `sent`.
    pub fn begin(me: Holder, release: &str, epoch: u64, sent: Time) -> Self {
        Self { me, release: release.to_owned(), epoch, sent, trouble: None, lost: None }
    }

    /// Who holds it.
    pub fn me(&self) -> &Holder {
        &self.me
    }

    /// A renewal that was sent at `sent` was confirmed.
    pub fn renewed(&mut self, sent: Time) {
        if self.lost.is_none() {
            self.sent = self.sent.max(sent);
            self.trouble = None;
        }
    }

    /// A renewal failed or has no answer.
    pub fn failed(&mut self, why: impl Into<String>) {
        self.trouble = Some(why.into());
    }

    /// The lease is not what it was when it was last written. It is still this driver's where its own name stands there (an
    /// answer was lost), or where nobody's does and it was surely ours a moment ago (somebody deleted it): then it is renewed
    /// again from what was read. Else it is lost, for good: whoever drove since has ended the release, or left it.
    pub fn found(&mut self, record: Option<&Record>, now: Time) -> bool {
        let newer = record.is_some_and(|record| record.epoch_of(&self.release) > self.epoch);
        let lapsed = now >= self.sent + SAFE;
        match record.and_then(|record| record.holder.as_ref()) {
            Some(holder) if holder.id != self.me.id => {
                self.lost.get_or_insert(holder.clone());
            }
            None if newer || lapsed => {
                let unknown = Holder { id: String::new(), who: "another driver".to_owned() };
                self.lost.get_or_insert(unknown);
            }
            _ => {}
        }
        self.lost.is_none()
    }

    /// Whether this driver may write at `now`.
    pub fn leave(&self, now: Time) -> Leave {
        if let Some(holder) = &self.lost {
            return Leave::Lost(holder.clone());
        }
        let until = self.sent + SAFE;
        if now < until {
            return Leave::Until(until);
        }
        Leave::Lapsed(self.trouble.clone().unwrap_or_else(|| "this process stood still".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: u64) -> Time {
        Time::from_millis(0) + Duration::from_secs(seconds)
    }

    fn held(version: u32, id: &str) -> Option<Record> {
        let holder = Some(Holder { id: id.into(), who: format!("{id}@example") });
        Some(Record { version: version.to_string(), holder, epoch: None, written: None })
    }

    #[test]
    fn a_holder_is_alive_while_its_lease_changes_and_silent_after_a_term() {
        let mut seen = Following::default();
        assert_eq!(bid(&seen.standing("me"), Claim::Vacant), Bid::Look);
        seen.see(held(1, "a"), at(100));
        assert_eq!(bid(&seen.standing("me"), Claim::Vacant), Bid::Look, "it may have died long ago");
        seen.see(held(2, "a"), at(102));
        assert!(matches!(bid(&seen.standing("me"), Claim::Vacant), Bid::Leave(holder) if holder.id == "a"));
        assert_eq!(bid(&seen.standing("me"), Claim::Seize), Bid::Take);
        seen.see(held(2, "a"), at(111));
        assert!(matches!(seen.standing("me"), Standing::Theirs { heard, .. } if heard == at(102)));
        seen.see(held(2, "a"), at(112));
        assert!(matches!(seen.standing("me"), Standing::Silent { since, .. } if since == at(102)));
        assert_eq!(bid(&seen.standing("me"), Claim::Vacant), Bid::Take);
    }

    #[test]
    fn who_cannot_look_finds_nobody_silent() {
        let mut seen = Following::default();
        seen.see(held(1, "a"), at(0));
        // An hour in which every look failed says nothing about the holder.
        assert!(matches!(seen.standing("me"), Standing::Theirs { .. }));
        seen.see(held(90, "a"), at(3_600));
        assert!(matches!(seen.standing("me"), Standing::Theirs { alive: true, .. }));
    }

    #[test]
    fn what_is_given_up_is_free_and_what_is_mine_is_mine() {
        let mut seen = Following::default();
        seen.see(None, at(0));
        assert_eq!(seen.standing("me"), Standing::Free);
        seen.see(
            Some(Record { version: "1".into(), holder: None, epoch: Some(("r".into(), 3)), written: None }),
            at(1),
        );
        assert_eq!(seen.standing("me"), Standing::Free);
        assert_eq!(seen.record().map(|record| (record.epoch_of("r"), record.epoch_of("s"))), Some((3, 0)));
        seen.see(held(2, "me"), at(2));
        assert_eq!(seen.standing("me"), Standing::Mine);
    }

    #[test]
    fn an_answer_that_was_lost_is_no_loss_and_another_name_is() {
        let me = Holder { id: "me".into(), who: "dana".into() };
        let mut tenure = Tenure::begin(me, "r1", 1, at(0));
        tenure.failed("no answer");
        assert!(tenure.found(held(7, "me").as_ref(), at(5)));
        assert!(tenure.found(None, at(5)), "somebody deleted it, and nobody else can have it yet");
        assert_eq!(tenure.leave(at(5)), Leave::Until(at(8)));
        assert_eq!(tenure.leave(at(8)), Leave::Lapsed("no answer".into()));
        tenure.renewed(at(9));
        assert_eq!(tenure.leave(at(9)), Leave::Until(at(17)));
        assert!(!tenure.found(held(8, "other").as_ref(), at(10)));
        tenure.renewed(at(10));
        assert!(matches!(tenure.leave(at(10)), Leave::Lost(holder) if holder.id == "other"));
        assert!(!tenure.found(held(9, "me").as_ref(), at(10)), "what is lost once is never found again");
    }

    #[test]
    fn a_driver_that_slept_through_the_end_has_lost_its_lease() {
        let me = Holder { id: "me".into(), who: "dana".into() };
        let mut tenure = Tenure::begin(me.clone(), "r1", 1, at(0));
        assert!(!tenure.found(None, at(60)), "the release ended without it");
        assert!(matches!(tenure.leave(at(60)), Leave::Lost(_)));
        let mut tenure = Tenure::begin(me, "r1", 1, at(0));
        let left = Record { version: "9".into(), holder: None, epoch: Some(("r1".into(), 2)), written: None };
        assert!(!tenure.found(Some(&left), at(5)), "another drove since, and left it");
    }

    proptest! {
        /// Whatever the renewals and the looks: an observer finds a driver silent only when that driver has stopped.
        #[test]
        fn nobody_is_found_silent_who_still_writes(
            gaps in proptest::collection::vec(500u64..12_000, 1..20),
            looks in proptest::collection::vec(200u64..3_000, 1..80),
            delay in 0u64..2_000,
        ) {
            let ms = |millis: u64| Time::from_millis(millis as i64);
            let me = Holder { id: "a".into(), who: String::new() };
            // Renewals land up to two seconds after they were sent.
            let mut sent = vec![0];
            for gap in gaps { sent.push(sent.last().unwrap_or(&0) + gap); }
            let mut seen = Following::default();
            let mut now = 0;
            for look in looks {
                now += look;
                let landed = sent.iter().filter(|at| **at + delay <= now).count();
                let record = if landed == 0 { None } else { held(landed as u32, "a") };
                seen.see(record, ms(now));
                if matches!(seen.standing("me"), Standing::Silent { .. }) {
                    let last = sent.iter().filter(|at| **at + delay <= now).max().copied().unwrap_or(0);
                    let tenure = Tenure::begin(me.clone(), "r1", 1, ms(last));
                    prop_assert!(matches!(tenure.leave(ms(now)), Leave::Lapsed(_)), "at {now}, sent at {last}");
                }
            }
        }
    }
}
