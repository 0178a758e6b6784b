//! What a fault means for an act.

use crate::cluster::rest::{Fault, Refusal};
use crate::core::act::{ActFault, ActOutcome};

/// Why an act is not performed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The kind, which decides what to do.
    pub kind: ActFault,
    /// Why, neutralised.
    pub why: String,
}

impl Stop {
    /// A reason.
    pub fn new(kind: ActFault, why: impl Into<String>) -> Self {
        Self { kind, why: why.into() }
    }
}

impl From<Stop> for ActOutcome {
    fn from(stop: Stop) -> Self {
        Self::Failed { kind: stop.kind, why: stop.why }
    }
}

/// After a read: whatever went wrong, the world is as it was.
pub fn of_read(fault: &Fault) -> ActOutcome {
    ActOutcome::Failed { kind: kind(fault), why: fault.why() }
}

/// After a write: an answer that was lost, or one of a server that does not know either, leaves it open.
pub fn of_write(fault: &Fault) -> ActOutcome {
    let open = match fault {
        Fault::Lost(_) | Fault::Garbled(_) => true,
        // 503 is said before anything is done. 500 and 504 are also said after etcd was asked, 502 by whoever stands in between.
        Fault::Refused(refusal) => refusal.code >= 500 && refusal.code != 503,
        Fault::Unsent(_) | Fault::Untrusted(_) | Fault::Credentials(_) => false,
    };
    if open { ActOutcome::Unknown { why: fault.why() } } else { of_read(fault) }
}

/// Whether a write failed because the object is no longer what it was when we read it.
pub fn is_overtaken(fault: &Fault) -> bool {
    matches!(fault, Fault::Refused(refusal) if refusal.code == 409 || refusal.is_unapplied_patch())
}

fn kind(fault: &Fault) -> ActFault {
    match fault {
        Fault::Unsent(_) | Fault::Untrusted(_) | Fault::Lost(_) | Fault::Garbled(_) => ActFault::Unreachable,
        Fault::Credentials(_) => ActFault::Forbidden,
        Fault::Refused(refusal) => refused(refusal),
    }
}

fn refused(refusal: &Refusal) -> ActFault {
    match refusal.code {
        401 => ActFault::Forbidden,
        // Quotas and admission webhooks answer 403 too; only the authoriser says who cannot do what.
        403 if refusal.message.contains(" cannot ") => ActFault::Forbidden,
        404 | 410 => ActFault::Gone,
        409 => ActFault::Conflict,
        429 | 500.. => ActFault::Unreachable,
        _ => ActFault::Rejected,
    }
}

/// Puts the outcomes of an act on several objects together: the first failure counts, save that being fenced off counts
/// before all others.
pub fn together(outcomes: impl IntoIterator<Item = ActOutcome>) -> ActOutcome {
    outcomes.into_iter().fold(ActOutcome::Confirmed { wrote: false }, |sum, next| match (&sum, &next) {
        (_, ActOutcome::Failed { kind: ActFault::Fenced, .. }) => next,
        (ActOutcome::Confirmed { wrote }, ActOutcome::Confirmed { wrote: also }) => {
            ActOutcome::Confirmed { wrote: *wrote || *also }
        }
        (ActOutcome::Confirmed { .. }, _) => next,
        _ => sum,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: u16, message: &str) -> Fault {
        Fault::Refused(Refusal { code, reason: String::new(), message: message.into(), about_object: true })
    }

    fn after_write(fault: &Fault) -> Option<ActFault> {
        match of_write(fault) {
            ActOutcome::Failed { kind, .. } => Some(kind),
            _ => None,
        }
    }

    #[test]
    fn each_answer_has_its_meaning() {
        let rbac = "deployments.apps \"web\" is forbidden: User \"ann\" cannot patch resource \"deployments\"";
        for (fault, meaning) in [
            (refusal(401, "Unauthorized"), Some(ActFault::Forbidden)),
            (refusal(403, rbac), Some(ActFault::Forbidden)),
            (refusal(403, "admission webhook \"policy\" denied the request: no"), Some(ActFault::Rejected)),
            (refusal(403, "deployments.apps \"web\" is forbidden: exceeded quota: small"), Some(ActFault::Rejected)),
            (refusal(404, "not found"), Some(ActFault::Gone)),
            (refusal(409, "object was modified"), Some(ActFault::Conflict)),
            (refusal(422, "is invalid"), Some(ActFault::Rejected)),
            (refusal(429, "too many requests"), Some(ActFault::Unreachable)),
            (refusal(503, "not ready"), Some(ActFault::Unreachable)),
            (refusal(504, "request did not complete"), None),
            (Fault::Unsent("refused".into()), Some(ActFault::Unreachable)),
            (Fault::Lost("no answer within 5s".into()), None),
        ] {
            assert_eq!(after_write(&fault), meaning, "{fault:?}");
        }
    }

    #[test]
    fn a_read_that_fails_leaves_nothing_open() {
        let outcome = of_read(&Fault::Lost("no answer".into()));
        assert!(matches!(outcome, ActOutcome::Failed { kind: ActFault::Unreachable, .. }));
    }

    #[test]
    fn together_the_first_failure_counts_and_the_fence_before_all() {
        let failed = |kind| ActOutcome::Failed { kind, why: String::new() };
        let wrote = |wrote| ActOutcome::Confirmed { wrote };
        assert_eq!(together([wrote(false), wrote(true)]), wrote(true));
        assert_eq!(together([]), wrote(false));
        assert_eq!(together([wrote(true), failed(ActFault::Gone), failed(ActFault::Conflict)]), failed(ActFault::Gone));
        assert_eq!(together([failed(ActFault::Gone), failed(ActFault::Fenced)]), failed(ActFault::Fenced));
    }
}
