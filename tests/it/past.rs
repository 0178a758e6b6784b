//! What is known of releases from the journals that they left.

use std::fs::OpenOptions;
use std::io::Write;

use glidepath::core::event::Event;
use glidepath::core::snapshot::Outcome;
use glidepath::core::time::Time;
use glidepath::engine::journal::Journal;
use glidepath::engine::past;
use glidepath::engine::record::{Body, Record};

use crate::toy;

fn record(epoch: u64, seq: u64, event: Event) -> Record {
    Record::new(epoch, seq, Time::from_millis(seq as i64 * 1_000), "checkout-r1", Body::Event(event))
}

fn started() -> Event {
    Event::Started { plan: Box::new(toy::plan(10, &[10, 100], 60)) }
}

fn ended(outcome: Outcome) -> Event {
    Event::Ended {
        outcome,
        proven: true,
        exit_code: outcome.exit_code(),
        why: "so it was".to_owned(),
        notes: Vec::new(),
    }
}

#[tokio::test]
async fn a_journal_tells_how_its_release_began_and_ended() {
    let home = tempfile::tempdir().unwrap();
    let journal = Journal::open(home.path(), "checkout-r1").unwrap();
    let note = |number: u64| record(1, number, Event::Note { text: "x".repeat(900) });
    let mut records = vec![record(1, 1, started())];
    // More than is read of its end.
    records.extend((2..6_000).map(note));
    journal.append(&records).await.unwrap();
    let one = || past::journals(home.path()).unwrap().remove(0).said.unwrap();
    assert!(past::is_written(journal.path()) && one().end.is_none());
    journal.append(&[record(1, 6_000, ended(Outcome::Held))]).await.unwrap();
    assert_eq!(one().end.map(|end| (end.outcome, end.record.at)), Some((Outcome::Held, Time::from_millis(6_000_000))));
    let resumed = record(2, 1, Event::Resumed { by: "kim@example".to_owned() });
    journal.append(&[resumed, note(6_001)]).await.unwrap();
    assert_eq!((one().end, one().epoch), (None, 2), "what was held is gone on with");
    journal.append(&[record(2, 7, ended(Outcome::RolledBack)), note(6_002)]).await.unwrap();
    let last = one();
    assert_eq!(last.end.map(|end| (end.outcome, end.proven)), Some((Outcome::RolledBack, true)));
    assert_eq!((last.plan.application.as_str(), last.began), ("checkout", Time::from_millis(1_000)));
}

#[test]
fn what_is_no_journal_is_said_and_a_torn_end_is_no_end() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("a.jsonl"), "{}\n").unwrap();
    std::fs::write(home.path().join("b.jsonl"), "").unwrap();
    std::fs::write(home.path().join("notes.txt"), "not ours").unwrap();
    let mut torn = OpenOptions::new().create(true).append(true).open(home.path().join("c.jsonl")).unwrap();
    let end = record(1, 2, ended(Outcome::Promoted)).journal_line();
    torn.write_all(record(1, 1, started()).journal_line().as_bytes()).unwrap();
    torn.write_all(&end.as_bytes()[..end.len() / 2]).unwrap();
    let found = past::journals(home.path()).unwrap();
    assert_eq!(found.iter().map(|past| past.said.is_ok()).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!(found[2].said.as_ref().unwrap().end, None);
    assert!(past::journals(&home.path().join("nowhere")).unwrap_err().contains("nowhere"));
}
