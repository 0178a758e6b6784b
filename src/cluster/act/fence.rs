//! The fence: a driver that slept cannot land a write.
//!
//! Every object that a release may write carries `<release>/<epoch>`, and every write tests it. A take-over raises the
//! epoch on all of them first, so whatever an older driver still sends fails its test at the API server. The end of a release
//! takes the marks away: where there is none, the lease must say that nobody else has driven since.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::edit::Edit;
use super::object::Object;
use super::outcome::Stop;
use crate::cluster::marks;
use crate::core::act::ActFault;
use crate::core::lease::Certainty;
use crate::core::text::neutral;
use crate::engine::lease::Licence;

/// Who drives a release, for the how-manyth time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Epoch {
    /// The release's id.
    pub release: String,
    /// Rises with each take-over; 1 at first.
    pub number: u64,
}

impl Epoch {
    /// Reads the annotation.
    pub fn parse(text: &str) -> Option<Self> {
        let (release, number) = text.rsplit_once('/')?;
        Some(Self { release: release.to_owned(), number: number.parse().ok()? })
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.release, self.number)
    }
}

/// Releases that are known to have ended: their marks count as missing, never as a flight.
#[derive(Clone, Debug, Default)]
pub struct EndedReleases(Arc<Mutex<BTreeSet<String>>>);

impl EndedReleases {
    /// Takes note that a release has ended.
    pub fn insert(&self, release: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(release.to_owned());
    }

    /// Whether it is known to have ended.
    pub fn contains(&self, release: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(release)
    }
}

/// What a driver holds against the objects of its release.
#[derive(Clone, Debug)]
pub struct Fence {
    release: String,
    number: Arc<AtomicU64>,
    ended: EndedReleases,
    licence: Arc<OnceLock<Licence>>,
}

/// What keeps a write from landing where it should not, and the mark that it leaves.
#[derive(Debug, PartialEq)]
pub struct Guard {
    /// Tests that fail when somebody else came in between.
    pub tests: Edit,
    /// Our mark, where the object does not have it yet.
    pub mark: Edit,
}

impl Fence {
    /// The fence of a release at its first epoch.
    pub fn new(release: &str, ended: EndedReleases) -> Self {
        Self { release: release.to_owned(), number: Arc::new(AtomicU64::new(1)), ended, licence: Arc::default() }
    }

    /// The epoch that this driver writes under.
    pub fn epoch(&self) -> Epoch {
        Epoch { release: self.release.clone(), number: self.number.load(Ordering::SeqCst) }
    }

    /// Raises the epoch, on a take-over. It never falls.
    pub fn raise(&self, number: u64) {
        self.number.fetch_max(number, Ordering::SeqCst);
    }

    /// Takes note of the lease that this driver holds. It never gets another.
    pub fn hold_by(&self, licence: Licence) {
        let _held_already = self.licence.set(licence);
    }

    /// How sure this driver is now that nobody else drives. One that could get no lease rolls back by the marks alone.
    pub fn certainty(&self) -> Certainty {
        self.licence.get().map_or(Certainty::Ours, |licence| licence.leave().certainty())
    }

    /// Whether a release is known to have ended.
    pub fn has_ended(&self, release: &str) -> bool {
        self.ended.contains(release)
    }

    /// How a write on this object, as it was just read, must be guarded; `certainty`: of the lease, after it was read.
    ///
    /// # Errors
    /// A newer epoch of this release, or another release that has not ended, owns it: this engine must not write. Nor where
    /// nothing says whose it is, neither a mark nor a lease: whoever slept may find a release that others have ended.
    pub fn guard(&self, object: &Object, certainty: Certainty) -> Result<Guard, Stop> {
        let ours = self.epoch();
        let marked = || Edit::new().with_annotations(object.has_annotations()).annotate(marks::EPOCH, ours.to_string());
        let Some(text) = object.annotation(marks::EPOCH) else {
            let unmarked = |kind, lease: &str| {
                Err(Stop::new(kind, format!("{} has no mark of this release any more, and {lease}", object.words())))
            };
            match certainty {
                Certainty::Ours => {}
                Certainty::Unsure => return unmarked(ActFault::Conflict, "the lease could not be renewed in time"),
                Certainty::Lost => return unmarked(ActFault::Fenced, "another driver has had the lease since"),
            }
            let tests = Edit::new().test(&["metadata", "resourceVersion"], object.version());
            return Ok(Guard { tests, mark: marked() });
        };
        let tests = Edit::new().test(&["metadata", "annotations", marks::EPOCH], text);
        match Epoch::parse(text) {
            Some(found) if found == ours => Ok(Guard { tests, mark: Edit::new() }),
            Some(found) if found.release == ours.release && found.number > ours.number => {
                Err(Stop::new(ActFault::Fenced, format!("{} was taken over: epoch {}", object.words(), found.number)))
            }
            Some(found) if found.release != ours.release && !self.ended.contains(&found.release) => Err(Stop::new(
                ActFault::Fenced,
                format!("{} belongs to release {}", object.words(), neutral(&found.release)),
            )),
            // An older epoch of ours, one of an ended release, or one that nobody can read: ours goes in its place.
            _ => Ok(Guard { tests, mark: marked() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(epoch: Option<&str>) -> Object {
        let annotations = epoch.map(|epoch| json!({ marks::EPOCH: epoch }));
        Object::new(
            json!({"kind": "Service", "metadata": {"name": "web", "resourceVersion": "7", "annotations": annotations}}),
        )
    }

    fn kind(fence: &Fence, epoch: &str) -> Option<ActFault> {
        fence.guard(&object(Some(epoch)), Certainty::Lost).err().map(|stop| stop.kind)
    }

    #[test]
    fn ours_is_tested_and_left() {
        let guard =
            Fence::new("r1", EndedReleases::default()).guard(&object(Some("r1/1")), Certainty::Unsure).expect("ours");
        assert_eq!(guard.tests, Edit::new().test(&["metadata", "annotations", marks::EPOCH], "r1/1"));
        assert!(guard.mark.is_empty());
    }

    #[test]
    fn a_missing_one_is_added_under_a_test_of_the_revision() {
        let guard = Fence::new("r1", EndedReleases::default()).guard(&object(None), Certainty::Ours).expect("free");
        assert_eq!(guard.tests, Edit::new().test(&["metadata", "resourceVersion"], "7"));
        assert_eq!(guard.mark.words().len(), 2, "the annotations themselves, then ours");
    }

    #[test]
    fn where_a_mark_is_missing_the_lease_must_be_surely_ours() {
        let fence = Fence::new("r1", EndedReleases::default());
        let stopped = |certainty| fence.guard(&object(None), certainty).err().map(|stop| stop.kind);
        assert_eq!(stopped(Certainty::Ours), None);
        assert_eq!(stopped(Certainty::Unsure), Some(ActFault::Conflict), "it looks again once it knows");
        assert_eq!(stopped(Certainty::Lost), Some(ActFault::Fenced));
    }

    #[test]
    fn a_take_over_raises_it_and_an_older_driver_stops() {
        let fence = Fence::new("r1", EndedReleases::default());
        assert_eq!(kind(&fence, "r1/2"), Some(ActFault::Fenced));
        fence.raise(3);
        fence.raise(2);
        assert_eq!(fence.epoch().to_string(), "r1/3");
        let guard = fence.guard(&object(Some("r1/2")), Certainty::Unsure).expect("an older one of ours");
        assert_eq!(guard.mark, Edit::new().annotate(marks::EPOCH, "r1/3"));
    }

    #[test]
    fn another_release_stops_us_until_it_has_ended() {
        let ended = EndedReleases::default();
        let fence = Fence::new("r2", ended.clone());
        assert_eq!(kind(&fence, "r1/9"), Some(ActFault::Fenced));
        ended.insert("r1");
        assert_eq!(kind(&fence, "r1/9"), None);
        assert_eq!(kind(&fence, "scribble"), None);
    }
}
