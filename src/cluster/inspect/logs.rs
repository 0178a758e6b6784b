//! Following a container's log, across the ends of connections.

use std::time::Duration;

use futures::Stream;
use http::Request;
use http_body_util::BodyExt;
use tokio::sync::mpsc;

use super::lines::Lines;
use crate::cluster::rest::{Fault, PODS, Refusal, Rest, encoded};
use crate::core::fresh::fresh;
use crate::core::inquiry::{LogAsk, LogNews};
use crate::core::text::neutral;

/// How long the server may take to begin, in real time.
const BEGIN_WITHIN: Duration = Duration::from_secs(10);

/// How long after its end a log is asked for again, in real time. A person watches it: sooner shows nothing more.
const AGAIN: Duration = Duration::from_secs(1);

/// The same after a fault.
const AFTER_FAULT: Duration = Duration::from_secs(3);

/// How many lines of the end are remembered, to tell what is new after the log was asked for again.
const REMEMBERED: usize = 500;

/// How much of a refusal is read.
const REFUSAL: usize = 64 << 10;

/// The news of a log. Dropping the stream ends everything.
pub fn follow(rest: Rest, ask: LogAsk) -> impl Stream<Item = LogNews> + Send {
    // One piece is read ahead, no more: whoever reads slowly slows the server down.
    let (tell, told) = mpsc::channel(1);
    let reading = async move { Follower { rest, ask, tell, known: Vec::new() }.run().await };
    let reader = tokio_util::task::AbortOnDropHandle::new(tokio::spawn(reading));
    futures::stream::unfold((told, reader), |(mut told, reader)| async move {
        told.recv().await.map(|news| (news, (told, reader)))
    })
}

struct Follower {
    rest: Rest,
    ask: LogAsk,
    tell: mpsc::Sender<LogNews>,
    /// The newest lines that were told.
    known: Vec<String>,
}

impl Follower {
    async fn run(mut self) {
        loop {
            let wait = match self.once().await {
                Ok(()) if self.ask.previous => return self.say(LogNews::Ended).await,
                Ok(()) => AGAIN,
                Err(fault) => {
                    let gone = fault.is_not_found();
                    self.say(LogNews::Trouble(why(&fault, self.ask.previous))).await;
                    if gone || self.ask.previous {
                        return self.say(LogNews::Ended).await;
                    }
                    AFTER_FAULT
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.tell.closed() => return,
            }
        }
    }

    async fn say(&self, news: LogNews) {
        // Whoever asked may have gone.
        let _gone = self.tell.send(news).await;
    }

    /// One request: the newest lines, then what comes until the connection ends.
    async fn once(&mut self) -> Result<(), Fault> {
        let request = Request::get(self.uri())
            .header("accept", "*/*")
            .body(Vec::<u8>::new())
            .map_err(|error| Fault::Unsent(neutral(&error.to_string())))?;
        let begun = tokio::time::timeout(BEGIN_WITHIN, self.rest.client().send(request.map(Into::into))).await;
        let response = begun
            .map_err(|_| Fault::Lost("the log did not begin within 10s".to_owned()))?
            .map_err(|error| Fault::of(&error))?;
        let (head, mut body) = response.into_parts();
        if !head.status.is_success() {
            let body = http_body_util::Limited::new(body, REFUSAL).collect().await;
            let body = body.map(|body| body.to_bytes()).unwrap_or_default();
            return Err(Fault::Refused(Refusal::read(head.status, &body)));
        }
        let mut lines = Lines::default();
        // The first lines of a log that is asked for again are mostly known; they are compared as a whole.
        let mut gathered = Vec::new();
        let mut comparing = !self.known.is_empty();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| Fault::Lost(neutral(&error.to_string())))?;
            let Some(piece) = frame.data_ref() else { continue };
            let new = lines.take(piece);
            if comparing {
                gathered.extend(new);
                if gathered.len() >= self.known.len() {
                    comparing = false;
                    self.compare(std::mem::take(&mut gathered)).await;
                }
            } else {
                self.pass_on(new).await;
            }
        }
        let last = lines.rest();
        if comparing {
            gathered.extend(last);
            self.compare(gathered).await;
        } else {
            self.pass_on(last.into_iter().collect()).await;
        }
        Ok(())
    }

    async fn compare(&mut self, lines: Vec<String>) {
        let new = fresh(&self.known, &lines).lines.to_vec();
        self.pass_on(new).await;
    }

    async fn pass_on(&mut self, lines: Vec<String>) {
        if lines.is_empty() {
            return;
        }
        self.known.extend(lines.iter().cloned());
        let most = REMEMBERED.min(self.ask.tail as usize);
        self.known.drain(..self.known.len().saturating_sub(most));
        self.say(LogNews::Lines(lines)).await;
    }

    fn uri(&self) -> String {
        let LogAsk { pod, container, previous, tail } = &self.ask;
        let container = container.as_deref().map(|name| format!("&container={}", encoded(name))).unwrap_or_default();
        let follow = if *previous { "previous=true" } else { "follow=true" };
        format!("{}/log?{follow}&tailLines={tail}{container}", PODS.object(self.rest.namespace(), &encoded(pod)))
    }
}

/// Why a log cannot be read; what is nobody's fault in words of ours.
fn why(fault: &Fault, previous: bool) -> String {
    match fault {
        _ if fault.is_not_found() => "the pod is gone, and its log with it".to_owned(),
        // `previous terminated container "app" in pod "web-1" not found`
        Fault::Refused(refusal)
            if previous && refusal.code == 400 && refusal.message.starts_with("previous terminated container") =>
        {
            "it has not run before, or that log is no longer kept".to_owned()
        }
        _ => fault.why(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::StatusCode;
    use serde_json::json;

    #[test]
    fn what_is_nobodys_fault_is_said_plainly_and_all_else_as_the_server_says_it() {
        let fault = |code: StatusCode, message: &str| {
            Fault::Refused(Refusal::read(code, json!({"message": message}).to_string().as_bytes()))
        };
        let gone = fault(StatusCode::NOT_FOUND, "pods \"web-1\" not found");
        assert_eq!(why(&gone, true), "the pod is gone, and its log with it");
        assert_eq!(why(&gone, false), "the pod is gone, and its log with it");
        let message = "previous terminated container \"app\" in pod \"web-1\" not found";
        let first = fault(StatusCode::BAD_REQUEST, message);
        assert_eq!(why(&first, true), "it has not run before, or that log is no longer kept");
        let waits = "container \"app\" in pod \"web-1\" is waiting to start: ContainerCreating";
        assert_eq!(why(&fault(StatusCode::BAD_REQUEST, waits), true), waits);
        assert_eq!(why(&fault(StatusCode::FORBIDDEN, "no"), true), "no");
    }
}
