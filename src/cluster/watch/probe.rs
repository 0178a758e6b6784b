//! Is the API server there? A watch on a half-dead server looks alive for half a minute; a small question does not.

use std::time::Duration;

use http::Method;
use tokio::sync::watch;

use super::hub::API;
use super::{Backoff, Eyes, Store};
use crate::cluster::rest::Fault;
use crate::core::time::Time;
use crate::core::view::Link;

/// How often it is asked, on the engine's clock.
const EVERY: Duration = Duration::from_secs(3);

/// How long it may take to answer, in real time.
const WITHIN: Duration = Duration::from_secs(3);

/// Something that every API server answers to everybody, without work.
const QUESTION: &str = "/version";

/// Asks for as long as it is not dropped. When the server is there again after a silence, `again` changes: connections
/// that were open may have died without a word.
pub async fn probe(eyes: Eyes, again: watch::Sender<u64>) {
    let mut backoff = Backoff::up_to(EVERY);
    let mut heard: Option<Time> = None;
    let mut lost = false;
    loop {
        let asked = eyes.clock.now();
        let answer = eyes.rest.send(Method::GET, QUESTION, None, WITHIN).await;
        let now = eyes.clock.now();
        let (link, next) = match well(answer) {
            Ok(()) => {
                heard = Some(now);
                backoff.reset();
                if std::mem::take(&mut lost) {
                    again.send_modify(|times| *times += 1);
                }
                (Link::Live { heard: now, revision: 0 }, now + EVERY)
            }
            Err(why) => {
                lost = true;
                let retry = now + backoff.step();
                // The silence began when the question was asked, not when we stopped waiting for its answer.
                (Link::Lost { heard, since: asked, retry, why }, retry)
            }
        };
        eyes.hub.tell(move |store: &mut Store| store.show(API, Some(link))).await;
        eyes.clock.sleep_until(next).await;
    }
}

/// Any answer of a server that is well will do: one that forbids the question is there too.
fn well(answer: Result<Vec<u8>, Fault>) -> Result<(), String> {
    match answer {
        Ok(_) => Ok(()),
        Err(Fault::Refused(refusal)) if refusal.code < 500 => Ok(()),
        Err(fault) => Err(fault.why()),
    }
}
