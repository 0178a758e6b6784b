//! Commands as ConfigMaps: made by whoever gives them, taken and answered by the driver.

use std::sync::Arc;
use std::time::Duration;

use futures::TryStreamExt;
use futures::future::BoxFuture;
use http::Request;
use kube::core::WatchEvent;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use super::labels;
use crate::cluster::act::{Edit, Object};
use crate::cluster::connect::Connection;
use crate::cluster::rest::{CONFIG_MAPS, Fault, Mode, Rest, encoded};
use crate::core::command::{Answer, Command, Seen, Verb};
use crate::core::letter::Letter;
use crate::core::problem::Problem;
use crate::core::text::{cut, neutral};
use crate::core::time::Time;
use crate::engine::mail::Mail;

/// The version of a command's shape.
const VERSION: u32 = 1;

/// How long a watch is kept open, in seconds; then all letters are listed again, in case one was missed.
const OPEN_FOR: u64 = 10;

/// How long to wait after a list or a watch that failed.
const AGAIN: Duration = Duration::from_millis(500);

/// Letters that may wait for the postman.
const WAITING: usize = 64;

/// The longest text of a person's that is taken over, in characters.
const LONGEST: usize = 500;

/// What a command's ConfigMap says.
#[derive(Serialize, Deserialize)]
struct Said {
    v: u32,
    verb: Verb,
    at: Time,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    seen: Seen,
}

#[derive(Serialize, Deserialize)]
struct Answered {
    accepted: bool,
    why: String,
}

/// The commands of one release.
pub struct KubeMail {
    rest: Rest,
    release: Arc<str>,
}

impl KubeMail {
    /// The commands of `release` in the connection's namespace.
    pub fn of(connection: &Connection, release: &str) -> Self {
        Self { rest: connection.rest(), release: release.into() }
    }
}

impl Mail for KubeMail {
    fn letters(&self) -> mpsc::Receiver<Letter> {
        let (send, receive) = mpsc::channel(WAITING);
        let (rest, selector) = (self.rest.clone(), labels::selector("command", Some(&self.release)));
        tokio::spawn(async move {
            while !send.is_closed() {
                if round(&rest, &selector, &send).await.is_err() {
                    sleep(AGAIN).await;
                }
            }
        });
        receive
    }

    fn take(&self, letter: Letter, epoch: u64) -> BoxFuture<'static, Result<bool, String>> {
        let edit = Edit::new()
            .test(&["metadata", "resourceVersion"], letter.version.as_str())
            .set(&["data", "taken"], epoch.to_string());
        let rest = self.rest.clone();
        Box::pin(async move {
            match rest.patch(CONFIG_MAPS, &letter.name, &edit.patch(), Mode::Real).await {
                Ok(_) => Ok(true),
                Err(fault) if is_overtaken(&fault) => Ok(false),
                // Whether it was written is seen when the letter comes again: taken by us and not in work, it is refused.
                Err(fault) => Err(fault.why()),
            }
        })
    }

    fn answer(&self, name: String, answer: Answer) -> BoxFuture<'static, Result<(), String>> {
        let (accepted, why) = match answer.outcome {
            Ok(done) => (true, done),
            Err(why) => (false, why),
        };
        let text = serde_json::to_string(&Answered { accepted, why }).unwrap_or_default();
        let edit = Edit::new().test(&["metadata", "uid"], answer.id).set(&["data", "answer"], text);
        let rest = self.rest.clone();
        Box::pin(async move {
            match rest.patch(CONFIG_MAPS, &name, &edit.patch(), Mode::Real).await {
                Ok(_) => Ok(()),
                Err(fault) if is_overtaken(&fault) => Ok(()),
                Err(fault) => Err(fault.why()),
            }
        })
    }

    fn remove(&self, name: String) -> BoxFuture<'static, Result<(), String>> {
        let rest = self.rest.clone();
        Box::pin(async move { remove(&rest, &name).await.map_err(|fault| fault.why()) })
    }
}

fn is_overtaken(fault: &Fault) -> bool {
    matches!(fault, Fault::Refused(refusal) if matches!(refusal.code, 404 | 409) || refusal.is_unapplied_patch())
}

async fn remove(rest: &Rest, name: &str) -> Result<(), Fault> {
    let Some(found) = rest.get::<Value>(CONFIG_MAPS, name).await?.map(Object::new) else { return Ok(()) };
    match rest.delete(CONFIG_MAPS, name, found.uid(), found.version(), Mode::Real).await {
        Err(fault) if fault.is_not_found() => Ok(()),
        outcome => outcome,
    }
}

/// One list and the watch that follows it.
async fn round(rest: &Rest, selector: &str, send: &mpsc::Sender<Letter>) -> Result<(), ()> {
    let listed = rest.list::<Value>(CONFIG_MAPS, selector).await.map_err(drop)?;
    for map in listed.items {
        send.send(letter(&Object::new(map))).await.map_err(drop)?;
    }
    let uri = format!(
        "{}?watch=1&timeoutSeconds={OPEN_FOR}&labelSelector={}&resourceVersion={}",
        CONFIG_MAPS.collection(Some(rest.namespace())),
        encoded(selector),
        encoded(&listed.revision),
    );
    let request = Request::get(uri).body(Vec::new()).map_err(drop)?;
    let silent = Duration::from_secs(OPEN_FOR + 5);
    let events = timeout(silent, rest.client().request_events::<Value>(request)).await.map_err(drop)?.map_err(drop)?;
    let mut events = std::pin::pin!(events);
    while let Some(event) = timeout(silent, events.try_next()).await.map_err(drop)?.map_err(drop)? {
        match event {
            WatchEvent::Added(map) | WatchEvent::Modified(map) => {
                send.send(letter(&Object::new(map))).await.map_err(drop)?;
            }
            WatchEvent::Error(_) => return Err(()),
            WatchEvent::Deleted(_) | WatchEvent::Bookmark(_) => {}
        }
    }
    Ok(())
}

fn letter(map: &Object) -> Letter {
    let text = |key: &str| map.at("/data").and_then(|data| data.get(key)).and_then(Value::as_str);
    Letter {
        name: map.at("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned(),
        id: map.uid().to_owned(),
        version: map.version().to_owned(),
        command: command(map.uid(), text("author"), text("verb"), text("command")),
        taken: text("taken").map(|taken| taken.parse().unwrap_or_default()),
        answered: text("answer").is_some(),
    }
}

/// Reads what a command says, strictly; its text comes from whoever may create ConfigMaps.
///
/// What the cluster let its author ask for is in a key of its own; a command that says something else is none.
fn command(id: &str, author: Option<&str>, verb: Option<&str>, text: Option<&str>) -> Result<Command, String> {
    #[derive(Deserialize)]
    struct Versioned {
        v: u32,
    }
    let author = author.filter(|author| !author.is_empty()).ok_or("it names no author")?;
    let text = text.ok_or("it says nothing")?;
    let wrong = |error: serde_json::Error| neutral(&error.to_string());
    let version: Versioned = serde_json::from_str(text).map_err(wrong)?;
    if version.v > VERSION {
        return Err(format!("it is of version {}, and this driver reads up to {VERSION}", version.v));
    }
    let said: Said = serde_json::from_str(text).map_err(wrong)?;
    if verb != Some(said.verb.word()) {
        return Err(format!("its verb is {}, and it says {}", neutral(verb.unwrap_or("missing")), said.verb.word()));
    }
    Ok(Command {
        id: id.to_owned(),
        verb: said.verb,
        by: cut(&neutral(author), LONGEST),
        at: said.at,
        reason: said.reason.map(|reason| cut(&neutral(&reason), LONGEST)),
        seen: said.seen,
    })
}

fn body(release: &str, command: &Command) -> Value {
    let said = Said {
        v: VERSION,
        verb: command.verb.clone(),
        at: command.at,
        reason: command.reason.clone(),
        seen: command.seen.clone(),
    };
    json!({
        "apiVersion": CONFIG_MAPS.api_version(),
        "kind": CONFIG_MAPS.kind,
        "metadata": { "generateName": "glidepath-command-", "labels": labels::of("command", Some(release)) },
        // Admission reads neither JSON nor our mind: what it must know has a key of its own.
        "data": {
            "author": command.by,
            "verb": command.verb.word(),
            "command": serde_json::to_string(&said).unwrap_or_default(),
        },
    })
}

/// A command that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Where it lies.
    pub name: String,
    /// Its UID, by which it is answered.
    pub id: String,
}

/// What became of a command so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nobody has answered.
    Open,
    /// It was obeyed (with what was done) or refused (with why).
    Answered(Result<String, String>),
    /// It is gone: its release's record may have the answer.
    Gone,
}

/// Lays a command where the driver of `release` finds it. Its id is made by the API server.
///
/// # Errors
/// We may not (2), nobody answers (6).
pub async fn send(connection: &Connection, release: &str, command: &Command) -> Result<Sent, Problem> {
    let made = connection.rest().create(CONFIG_MAPS, &body(release, command), Mode::Real).await;
    let made = Object::new(made.map_err(|fault| fault.problem(&format!("send {}", command.verb.name())))?);
    let name = made.at("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(Sent { name, id: made.uid().to_owned() })
}

/// Looks what became of a command.
///
/// # Errors
/// Nobody answers.
pub async fn fate(connection: &Connection, sent: &Sent) -> Result<Fate, Problem> {
    let found = connection.rest().get::<Value>(CONFIG_MAPS, &sent.name).await;
    let found = found.map_err(|fault| fault.problem("look for the driver's answer"))?.map(Object::new);
    let Some(found) = found.filter(|found| found.uid() == sent.id) else { return Ok(Fate::Gone) };
    let answer = found.at("/data/answer").and_then(Value::as_str).map(serde_json::from_str::<Answered>);
    Ok(match answer {
        None => Fate::Open,
        Some(Ok(answer)) if answer.accepted => Fate::Answered(Ok(neutral(&answer.why))),
        Some(Ok(answer)) => Fate::Answered(Err(neutral(&answer.why))),
        Some(Err(_)) => Fate::Answered(Err("the answer cannot be read".to_owned())),
    })
}

/// Takes a command back, as far as that is possible: nobody shall obey it any more.
pub async fn withdraw(connection: &Connection, sent: &Sent) {
    // Whoever may not delete leaves it: the driver clears it away, and refuses what is stale.
    let _left = remove(&connection.rest(), &sent.name).await;
}

/// What the admission policy that we ship says of a command under another's name.
const REFUSED: &str = "the author of a command must be who sends it";

/// Whether the cluster keeps people from sending commands in another's name; `None`: it cannot be told, because we may send
/// none at all, something else stands in the way, or nobody answers. Nothing is written.
pub async fn identity_enforced(connection: &Connection) -> Option<bool> {
    let forged = Command {
        id: String::new(),
        verb: Verb::Pause,
        by: "glidepath-probe".to_owned(),
        at: Time::default(),
        reason: None,
        seen: Seen::default(),
    };
    enforced(&connection.rest().create(CONFIG_MAPS, &body("glidepath-probe", &forged), Mode::DryRun).await)
}

fn enforced(tried: &Result<Value, Fault>) -> Option<bool> {
    match tried {
        Ok(_) => Some(false),
        Err(fault) if fault.why().contains(REFUSED) => Some(true),
        // A quota, another policy or the authoriser say nothing of names.
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::marks;
    use crate::cluster::rest::Refusal;

    fn given() -> Command {
        Command {
            id: "u1".into(),
            verb: Verb::Promote { full: true, over: false },
            by: "dana@example".into(),
            at: Time::from_millis(1_767_225_600_000),
            reason: Some("looks good".into()),
            seen: Seen { release: Some("r1".into()), epoch: Some(2), step: Some(1), ..Seen::default() },
        }
    }

    fn lying(edit: impl Fn(&mut Value)) -> Letter {
        let mut body = body("r1", &given());
        body["metadata"] = json!({"name": "glidepath-command-x", "uid": "u1", "resourceVersion": "7",
            "labels": body["metadata"]["labels"].clone()});
        edit(&mut body);
        letter(&Object::new(body))
    }

    #[test]
    fn a_command_arrives_as_it_was_given() {
        let letter = lying(|_| {});
        assert_eq!(letter.command, Ok(given()));
        assert_eq!((letter.taken, letter.answered, letter.version.as_str()), (None, false, "7"));
        let labels = body("r1", &given())["metadata"]["labels"].clone();
        assert_eq!(labels[marks::COMPONENT], "command");
        let taken = lying(|body| body["data"]["taken"] = "3".into());
        assert_eq!(taken.taken, Some(3));
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let cases: [(&str, Value, &str); 7] = [
            ("author", Value::Null, "no author"),
            ("command", Value::Null, "says nothing"),
            ("command", "{".into(), "EOF"),
            ("command", r#"{"v": 2}"#.into(), "version 2"),
            ("verb", "approve".into(), "its verb is approve, and it says promote"),
            ("verb", Value::Null, "its verb is missing"),
            ("command", r#"{"v": 1, "verb": {"verb": "explode"}, "at": "2026-01-01T00:00:00Z"}"#.into(), "explode"),
        ];
        for (key, value, words) in cases {
            let why = lying(|body| body["data"][key] = value.clone()).command.expect_err(words);
            assert!(why.contains(words), "{why}");
        }
    }

    #[test]
    fn whether_names_are_checked_is_only_known_from_who_checks_them() {
        let refused = |message: &str| {
            let message = message.to_owned();
            Err(Fault::Refused(Refusal { code: 403, reason: "Forbidden".into(), message, about_object: true }))
        };
        assert_eq!(enforced(&Ok(Value::Null)), Some(false));
        let by_policy = format!("ValidatingAdmissionPolicy 'glidepath' denied request: {REFUSED}: ann");
        assert_eq!(enforced(&refused(&by_policy)), Some(true));
        assert_eq!(enforced(&refused("User \"ann\" cannot create resource \"configmaps\"")), None);
        assert_eq!(enforced(&refused("exceeded quota: small")), None);
        assert_eq!(enforced(&Err(Fault::Lost("no answer".into()))), None);
        assert!(include_str!("../../../assets/kubernetes/policy.yaml").contains(REFUSED));
    }

    #[test]
    fn the_policy_knows_every_verb() {
        let policy = include_str!("../../../assets/kubernetes/policy.yaml");
        let roles = include_str!("../../../assets/kubernetes/roles.yaml");
        let promote = Verb::Promote { full: false, over: false };
        for verb in
            [Verb::Approve, promote, Verb::Pause, Verb::Resume, Verb::Rollback, Verb::HoldHere, Verb::SkipSettle]
        {
            assert!(policy.contains(&format!("\"{}\"", verb.word())), "{verb:?}");
            assert!(roles.contains(verb.word()), "{verb:?}");
            assert_eq!(serde_json::to_value(&verb).expect("JSON")["verb"], verb.word());
        }
    }

    #[test]
    fn what_others_write_is_harmless() {
        let command = lying(|body| body["data"]["author"] = "da\u{1b}[31mna".into()).command.expect("it is read");
        assert!(!command.by.contains('\u{1b}'), "{}", command.by);
    }
}
