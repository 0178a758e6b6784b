//! The driver's post: commands that lie in the cluster go to the engine, and its answers go back to where they lie.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::core::command::{Answer, Command};
use crate::core::letter::{Letter, Receipt, receive};

/// How long an answered command stays, for its sender to read.
const STAYS: Duration = Duration::from_secs(60);

/// How often what could not be written is tried again, and what is old is looked for.
const TICK: Duration = Duration::from_secs(1);

/// How long the last answers may take.
const LAST: Duration = Duration::from_secs(3);

/// Where commands lie.
pub trait Mail: Send + Sync + 'static {
    /// The letters of the release: those that lie there and those that come, as often as they change. It ends when the
    /// receiver is dropped.
    fn letters(&self) -> mpsc::Receiver<Letter>;

    /// Writes on a letter that the driver of `epoch` takes it; `false`: it is no longer what was read.
    fn take(&self, letter: Letter, epoch: u64) -> BoxFuture<'static, Result<bool, String>>;

    /// Writes the answer on a letter. One that is gone needs none.
    fn answer(&self, name: String, answer: Answer) -> BoxFuture<'static, Result<(), String>>;

    /// Takes a letter away.
    fn remove(&self, name: String) -> BoxFuture<'static, Result<(), String>>;
}

/// The task that carries the post of one driver.
pub struct Postman {
    end: Option<oneshot::Sender<Clear>>,
    task: JoinHandle<()>,
}

/// What is done with letters at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clear {
    /// They stay: another driver will come.
    Keep,
    /// They go: the release is over, and its record has the answers.
    Remove,
}

impl Postman {
    /// Begins. `known` are the commands that earlier drivers answered.
    pub fn begin(
        mail: Arc<dyn Mail>,
        epoch: u64,
        commands: mpsc::Sender<Command>,
        answers: watch::Receiver<Vec<Answer>>,
        known: BTreeSet<String>,
    ) -> Self {
        let (end, ended) = oneshot::channel();
        let letters = mail.letters();
        let round = Round {
            mail,
            epoch,
            commands,
            in_work: known,
            names: BTreeMap::new(),
            unanswered: BTreeMap::new(),
            outbox: BTreeMap::new(),
            old: BTreeMap::new(),
        };
        Self { end: Some(end), task: tokio::spawn(round.go(letters, answers, ended)) }
    }

    /// Writes the last answers, bounded in time.
    pub async fn end(mut self, clear: Clear) {
        if let Some(end) = self.end.take() {
            // A task that is gone has nothing to write.
            let _gone = end.send(clear);
        }
        let _in_time = timeout(LAST, &mut self.task).await;
    }
}

impl Drop for Postman {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Round {
    mail: Arc<dyn Mail>,
    epoch: u64,
    commands: mpsc::Sender<Command>,
    /// Commands that need no second look.
    in_work: BTreeSet<String>,
    /// Where each letter of this release lies, by its id.
    names: BTreeMap<String, String>,
    /// Letters whose answer the engine owes.
    unanswered: BTreeMap<String, String>,
    /// Answers that are not written yet, by the letter's name.
    outbox: BTreeMap<String, Answer>,
    /// Since when letters are answered, by their name.
    old: BTreeMap<String, Instant>,
}

impl Round {
    async fn go(
        mut self,
        mut letters: mpsc::Receiver<Letter>,
        mut answers: watch::Receiver<Vec<Answer>>,
        mut ended: oneshot::Receiver<Clear>,
    ) {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                clear = &mut ended => {
                    self.collect(&answers.borrow().clone());
                    self.finish(clear.unwrap_or(Clear::Keep)).await;
                    return;
                }
                Some(letter) = letters.recv() => self.open(letter).await,
                Ok(()) = answers.changed() => {
                    let newest = answers.borrow_and_update().clone();
                    if self.collect(&newest) {
                        self.write().await;
                    }
                }
                _ = tick.tick() => {
                    self.write().await;
                    self.sweep().await;
                }
            }
        }
    }

    async fn open(&mut self, letter: Letter) {
        self.names.insert(letter.id.clone(), letter.name.clone());
        if letter.answered {
            self.old.entry(letter.name.clone()).or_insert_with(Instant::now);
        }
        match receive(&letter, self.epoch, &self.in_work) {
            Receipt::Leave => {}
            Receipt::Refuse(why) => self.refuse(&letter, why),
            Receipt::Obey => self.hand_over(letter).await,
            Receipt::Take => match self.mail.take(letter.clone(), self.epoch).await {
                Ok(true) => self.hand_over(letter).await,
                // It changed meanwhile, and comes again as it is now.
                Ok(false) => {}
                Err(why) => self.refuse(&letter, format!("the driver could not take it: {why}")),
            },
        }
    }

    async fn hand_over(&mut self, letter: Letter) {
        let Ok(command) = letter.command.clone() else { return };
        self.in_work.insert(letter.id.clone());
        self.unanswered.insert(letter.id.clone(), letter.name.clone());
        if self.commands.send(command).await.is_err() {
            self.refuse(&letter, "this driver is ending; look again, and ask again".to_owned());
        }
    }

    fn refuse(&mut self, letter: &Letter, why: String) {
        self.in_work.insert(letter.id.clone());
        self.unanswered.remove(&letter.id);
        self.outbox.insert(letter.name.clone(), Answer { id: letter.id.clone(), outcome: Err(why) });
    }

    /// Takes in the engine's answers; whether there are new ones.
    fn collect(&mut self, answers: &[Answer]) -> bool {
        for answer in answers {
            if let Some(name) = self.unanswered.remove(&answer.id) {
                self.outbox.insert(name, answer.clone());
            }
        }
        !self.outbox.is_empty()
    }

    async fn write(&mut self) {
        for (name, answer) in self.outbox.clone() {
            if self.mail.answer(name.clone(), answer).await.is_ok() {
                self.outbox.remove(&name);
                self.old.insert(name, Instant::now());
            }
        }
    }

    /// Takes away what its sender has had a minute to read.
    async fn sweep(&mut self) {
        let due: Vec<String> =
            self.old.iter().filter(|(_, since)| since.elapsed() >= STAYS).map(|(name, _)| name.clone()).collect();
        for name in due {
            if self.mail.remove(name.clone()).await.is_ok() {
                self.old.remove(&name);
            }
        }
    }

    async fn finish(&mut self, clear: Clear) {
        for (id, name) in std::mem::take(&mut self.unanswered) {
            let why = "this driver ended before it answered; look again, and ask again".to_owned();
            self.outbox.insert(name, Answer { id, outcome: Err(why) });
        }
        self.write().await;
        if clear == Clear::Remove {
            for name in std::mem::take(&mut self.names).into_values() {
                // What cannot be taken away is a small object that nobody obeys.
                let _left = self.mail.remove(name).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::command::{Seen, Verb};
    use crate::core::time::Time;
    use std::sync::Mutex;

    #[derive(Default)]
    struct Heap {
        taken: Mutex<Vec<String>>,
        answers: Mutex<Vec<(String, Answer)>>,
        removed: Mutex<Vec<String>>,
        refuse_take: Mutex<bool>,
    }

    struct Post(Arc<Heap>, Mutex<Option<mpsc::Receiver<Letter>>>);

    impl Mail for Post {
        fn letters(&self) -> mpsc::Receiver<Letter> {
            self.1.lock().unwrap().take().expect("asked once")
        }

        fn take(&self, letter: Letter, _epoch: u64) -> BoxFuture<'static, Result<bool, String>> {
            let inner = Arc::clone(&self.0);
            Box::pin(async move {
                if *inner.refuse_take.lock().unwrap() {
                    return Ok(false);
                }
                inner.taken.lock().unwrap().push(letter.name);
                Ok(true)
            })
        }

        fn answer(&self, name: String, answer: Answer) -> BoxFuture<'static, Result<(), String>> {
            let inner = Arc::clone(&self.0);
            Box::pin(async move {
                inner.answers.lock().unwrap().push((name, answer));
                Ok(())
            })
        }

        fn remove(&self, name: String) -> BoxFuture<'static, Result<(), String>> {
            let inner = Arc::clone(&self.0);
            Box::pin(async move {
                inner.removed.lock().unwrap().push(name);
                Ok(())
            })
        }
    }

    fn letter(name: &str, verb: Verb) -> Letter {
        let command = Command {
            id: format!("uid-{name}"),
            verb,
            by: "dana".into(),
            at: Time::from_millis(0),
            reason: None,
            seen: Seen::default(),
        };
        Letter {
            name: name.into(),
            id: format!("uid-{name}"),
            version: "1".into(),
            command: Ok(command),
            taken: None,
            answered: false,
        }
    }

    struct Stage {
        inner: Arc<Heap>,
        letters: mpsc::Sender<Letter>,
        commands: mpsc::Receiver<Command>,
        answers: watch::Sender<Vec<Answer>>,
        postman: Postman,
    }

    fn stage() -> Stage {
        let inner = Arc::new(Heap::default());
        let (letters, incoming) = mpsc::channel(16);
        let (commands, taken) = mpsc::channel(16);
        let (answers, seen) = watch::channel(Vec::new());
        let mail = Arc::new(Post(Arc::clone(&inner), Mutex::new(Some(incoming))));
        let postman = Postman::begin(mail, 1, commands, seen, BTreeSet::new());
        Stage { inner, letters, commands: taken, answers, postman }
    }

    #[tokio::test(start_paused = true)]
    async fn a_command_is_taken_obeyed_answered_and_cleared_away() {
        let mut stage = stage();
        stage.letters.send(letter("a", Verb::Pause)).await.unwrap();
        let command = stage.commands.recv().await.expect("it is handed over");
        assert_eq!((command.id.as_str(), stage.inner.taken.lock().unwrap().len()), ("uid-a", 1));
        // The same letter again, as its own change brings it.
        stage.letters.send(Letter { taken: Some(1), ..letter("a", Verb::Pause) }).await.unwrap();
        let answer = Answer { id: "uid-a".into(), outcome: Ok("it stops".into()) };
        stage.answers.send_replace(vec![answer.clone()]);
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(*stage.inner.answers.lock().unwrap(), [("a".to_owned(), answer)]);
        assert!(stage.commands.try_recv().is_err(), "it is obeyed once");
        assert!(stage.inner.removed.lock().unwrap().is_empty(), "its sender has not read it yet");
        tokio::time::sleep(STAYS + TICK).await;
        assert_eq!(*stage.inner.removed.lock().unwrap(), ["a"]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_another_took_is_not_obeyed_and_what_is_owed_at_the_end_is_said() {
        let mut stage = stage();
        *stage.inner.refuse_take.lock().unwrap() = true;
        stage.letters.send(letter("a", Verb::Pause)).await.unwrap();
        tokio::time::sleep(TICK * 2).await;
        assert!(stage.commands.try_recv().is_err());
        stage.letters.send(letter("r", Verb::Rollback)).await.unwrap();
        assert_eq!(stage.commands.recv().await.map(|command| command.verb), Some(Verb::Rollback));
        stage.postman.end(Clear::Remove).await;
        let answers = stage.inner.answers.lock().unwrap().clone();
        assert!(matches!(answers.as_slice(), [(name, Answer { outcome: Err(_), .. })] if name == "r"), "{answers:?}");
        assert_eq!(*stage.inner.removed.lock().unwrap(), ["a", "r"]);
    }
}
