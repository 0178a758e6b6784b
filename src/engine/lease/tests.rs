use std::sync::Mutex;

use super::*;
use crate::engine::clock::{Clock, SteppedClock};

/// A lease in memory, which can be made to fail.
#[derive(Default)]
struct Kept {
    record: Mutex<Option<Record>>,
    writes: Mutex<u32>,
    fault: Mutex<Option<LeaseFault>>,
    /// The next write is done, and its answer lost.
    lose: Mutex<bool>,
}

impl LeaseStore for Arc<Kept> {
    fn name(&self) -> String {
        "lease shop/x".to_owned()
    }

    fn read(&self) -> BoxFuture<'static, Result<Option<Record>, LeaseFault>> {
        let this = Arc::clone(self);
        Box::pin(async move {
            let fault = this.fault.lock().unwrap().clone();
            fault.map_or_else(|| Ok(this.record.lock().unwrap().clone()), Err)
        })
    }

    fn write(
        &self,
        over: Option<Record>,
        holder: Option<Holder>,
        epoch: (String, u64),
    ) -> BoxFuture<'static, Result<Record, LeaseFault>> {
        let this = Arc::clone(self);
        Box::pin(async move {
            if let Some(fault) = this.fault.lock().unwrap().clone() {
                return Err(fault);
            }
            let mut record = this.record.lock().unwrap();
            if *record != over {
                return Err(LeaseFault::Overtaken);
            }
            let mut writes = this.writes.lock().unwrap();
            *writes += 1;
            let written = Record { version: writes.to_string(), holder, epoch: Some(epoch), written: None };
            *record = Some(written.clone());
            if std::mem::take(&mut *this.lose.lock().unwrap()) {
                return Err(LeaseFault::Unreachable("no answer".into()));
            }
            Ok(written)
        })
    }

    fn delete(&self, over: Record) -> BoxFuture<'static, Result<(), LeaseFault>> {
        let this = Arc::clone(self);
        Box::pin(async move {
            let mut record = this.record.lock().unwrap();
            if record.as_ref() != Some(&over) {
                return Err(LeaseFault::Overtaken);
            }
            *record = None;
            Ok(())
        })
    }
}

fn holder(id: &str) -> Holder {
    Holder { id: id.into(), who: format!("{id}@example") }
}

fn bidder(id: &str, claim: Claim) -> Bidder {
    Bidder { me: holder(id), release: "r1".into(), known: 0, claim }
}

fn clock() -> (SteppedClock, SharedClock) {
    let clock = SteppedClock::at(Time::from_millis(0));
    (clock.clone(), Arc::new(clock))
}

#[tokio::test(start_paused = true)]
async fn of_two_that_start_at_once_one_drives_and_the_other_is_told_who() {
    let store = Arc::new(Kept::default());
    let (_, clock) = clock();
    let (mut one, mut two) = (Following::default(), Following::default());
    // Both have looked before either has written.
    look(&store, &clock, &mut one).await.expect("it answers");
    look(&store, &clock, &mut two).await.expect("it answers");
    let first = take(&store, &clock, &mut one, &bidder("a", Claim::Vacant), |_| {}).await.expect("it is free");
    assert_eq!((first.epoch, first.from), (1, None));
    let second = take(&store, &clock, &mut two, &bidder("b", Claim::Vacant), |_| {}).await.expect_err("it is taken");
    assert_eq!(second.exit_code(), 5);
    assert_eq!(second.what, "a@example drives this application now; release r1 is not begun beside it");
    assert!(second.hints.iter().any(|hint| hint.contains("attach")));
    assert!(second.hints.iter().any(|hint| hint.contains("rollback")));
}

#[tokio::test(start_paused = true)]
async fn a_silent_holder_is_waited_for_and_a_rollback_waits_for_nobody() {
    let store = Arc::new(Kept::default());
    let (stepped, clock) = clock();
    take(&store, &clock, &mut Following::default(), &bidder("a", Claim::Vacant), |_| {}).await.expect("it is free");
    let seized = take(&store, &clock, &mut Following::default(), &bidder("c", Claim::Seize), |_| {}).await;
    let seized = seized.expect("nothing stops it");
    assert_eq!((seized.epoch, seized.from), (2, Some(holder("a"))));
    // The clock of the one who waits goes on; nobody renews.
    let ticking = tokio::spawn(async move {
        loop {
            sleep(Duration::from_millis(100)).await;
            stepped.set(stepped.now() + Duration::from_millis(100));
        }
    });
    let mut waited_for = Vec::new();
    let (mut following, patient) = (Following::default(), bidder("b", Claim::Vacant));
    let taken = take(&store, &clock, &mut following, &patient, |holder| waited_for.push(holder.who.clone())).await;
    let taken = taken.expect("it was silent for a term");
    ticking.abort();
    assert_eq!((taken.epoch, waited_for), (3, vec!["c@example".to_owned()]));
    assert!(taken.sent >= Time::from_millis(10_000), "{}", taken.sent);
}

#[tokio::test(start_paused = true)]
async fn a_lease_is_kept_through_lost_answers_and_deletion_and_given_back() {
    let store = Arc::new(Kept::default());
    let (stepped, clock) = clock();
    let mut following = Following::default();
    let taken = take(&store, &clock, &mut following, &bidder("a", Claim::Vacant), |_| {}).await.expect("it is free");
    let keeper = Keeper::begin(Arc::new(Arc::clone(&store)), Arc::clone(&clock), &taken, holder("a"), "r1");
    let licence = keeper.licence();
    let pass = async |seconds: u64| {
        for _ in 0..seconds * 10 {
            stepped.set(stepped.now() + Duration::from_millis(100));
            sleep(Duration::from_millis(100)).await;
        }
    };
    pass(20).await;
    assert!(matches!(licence.leave(), Leave::Until(_)));
    *store.lose.lock().unwrap() = true;
    pass(20).await;
    assert!(matches!(licence.leave(), Leave::Until(_)), "an answer was lost, the lease was not");
    *store.record.lock().unwrap() = None;
    pass(5).await;
    assert!(matches!(licence.leave(), Leave::Until(_)), "it was deleted, and made anew");
    *store.fault.lock().unwrap() = Some(LeaseFault::Unreachable("connection refused".into()));
    pass(9).await;
    assert_eq!(licence.leave(), Leave::Lapsed("connection refused".into()));
    *store.fault.lock().unwrap() = None;
    pass(2).await;
    assert!(matches!(licence.leave(), Leave::Until(_)), "nobody took it meanwhile");
    keeper.end(Return::Free).await;
    assert_eq!(store.record.lock().unwrap().as_ref().map(|record| record.holder.clone()), Some(None));
}

#[tokio::test(start_paused = true)]
async fn a_driver_that_was_replaced_knows_by_whom_and_touches_nothing() {
    let store = Arc::new(Kept::default());
    let (_, clock) = clock();
    let mut following = Following::default();
    let taken = take(&store, &clock, &mut following, &bidder("a", Claim::Vacant), |_| {}).await.expect("it is free");
    let keeper = Keeper::begin(Arc::new(Arc::clone(&store)), Arc::clone(&clock), &taken, holder("a"), "r1");
    let mut licence = keeper.licence();
    take(&store, &clock, &mut Following::default(), &bidder("b", Claim::Seize), |_| {}).await.expect("it is seized");
    let lost = timeout(Duration::from_secs(10), licence.lost()).await.expect("it notices");
    assert_eq!(lost, holder("b"));
    let before = store.record.lock().unwrap().clone();
    keeper.end(Return::Delete).await;
    assert_eq!(*store.record.lock().unwrap(), before);
}

#[tokio::test(start_paused = true)]
async fn what_stands_in_the_way_is_said_with_what_to_do() {
    let cases = [
        (LeaseFault::Forbidden("forbidden".into()), 2, "leases.coordination.k8s.io"),
        (LeaseFault::Strange("it is held by kubelet".into()), 5, "whose"),
        (LeaseFault::Unreachable("connection refused".into()), 6, "network"),
    ];
    for (fault, code, hint) in cases {
        let store = Arc::new(Kept::default());
        *store.fault.lock().unwrap() = Some(fault);
        let (_, clock) = clock();
        let taken = take(&store, &clock, &mut Following::default(), &bidder("a", Claim::Vacant), |_| {}).await;
        let problem = taken.expect_err("it fails");
        assert_eq!(problem.exit_code(), code);
        assert!(problem.what.contains("lease shop/x"), "{problem}");
        assert!(problem.hints.concat().contains(hint), "{problem:?}");
    }
}
