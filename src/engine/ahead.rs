//! What a forward write waits for: that its reason is on disk here, and beside the application for whoever goes on from
//! another machine. A driver that dies right after a write is then never taken for one that had not decided it, and what it
//! said yes to is not forgotten with it.

use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, Shared};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::core::command::Answer;
use crate::engine::book::{AHEAD, Shelf};
use crate::engine::parts::Said;

/// How long the disk may take before a write is given up and tried again.
const DISK: Duration = Duration::from_secs(10);

/// Where a turn's record lands before its writes are sent.
#[derive(Clone)]
pub struct Ahead {
    on_disk: Shared<BoxFuture<'static, bool>>,
    page: Option<(Shelf, u64)>,
    going_back: Option<watch::Receiver<bool>>,
}

impl Ahead {
    /// Of a record that is being synced, whose page was left on `shelf` under `seq`. What `going_back` tells takes the write
    /// out of a rollback's way; `None`: it is in nobody's.
    pub fn of(
        synced: oneshot::Receiver<()>,
        shelf: Option<&Shelf>,
        seq: u64,
        going_back: Option<watch::Receiver<bool>>,
    ) -> Self {
        let on_disk = async move { matches!(timeout(DISK, synced).await, Ok(Ok(()))) };
        Self { on_disk: on_disk.boxed().shared(), page: shelf.map(|shelf| (shelf.clone(), seq)), going_back }
    }

    /// Waits until the record is ahead of the write.
    ///
    /// # Errors
    /// Why the write is not to be sent: the disk does not answer, or a rollback began meanwhile, which must not wait for it.
    pub async fn reached(mut self) -> Result<(), String> {
        let landed = async {
            if !self.on_disk.await {
                return Err("not sent: the journal does not answer".to_owned());
            }
            if let Some((shelf, seq)) = &self.page {
                shelf.written(*seq).await;
            }
            Ok(())
        };
        let Some(going_back) = &mut self.going_back else { return landed.await };
        tokio::select! {
            biased;
            Ok(_) = going_back.wait_for(|back| *back) => Err("not sent: a rollback began".to_owned()),
            landed = landed => landed,
        }
    }
}

/// The engine's answers to other terminals, each once its record is beside the application.
pub struct Kept {
    /// The answers to the newest commands, oldest first.
    pub answers: watch::Receiver<Vec<Answer>>,
    task: JoinHandle<()>,
}

impl Kept {
    /// Begins to pass answers on.
    pub fn begin(mut said: watch::Receiver<Said>, shelf: Shelf) -> Self {
        let (pass, answers) = watch::channel(Vec::new());
        let task = tokio::spawn(async move {
            while said.changed().await.is_ok() {
                let Said { answers, seq } = said.borrow_and_update().clone();
                shelf.written(seq).await;
                pass.send_replace(answers);
            }
        });
        Self { answers, task }
    }

    /// Waits, bounded, until the last answer of an engine that has ended is passed on.
    pub async fn end(self) {
        let _in_time = timeout(AHEAD, self.task).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_write_waits_for_the_disk_and_is_given_up_where_it_never_answers() {
        let (synced, disk) = oneshot::channel();
        let (_back, going_back) = watch::channel(false);
        let ahead = Ahead::of(disk, None, 1, Some(going_back.clone()));
        assert!(timeout(DISK / 2, ahead.clone().reached()).await.is_err(), "nothing is on disk yet");
        synced.send(()).unwrap();
        assert_eq!(ahead.reached().await, Ok(()));
        let (_never, disk) = oneshot::channel();
        let refused = Ahead::of(disk, None, 1, Some(going_back.clone())).reached().await;
        assert_eq!(refused, Err("not sent: the journal does not answer".to_owned()));
        let (dropped, disk) = oneshot::channel();
        drop(dropped);
        assert!(
            Ahead::of(disk, None, 1, Some(going_back)).reached().await.is_err(),
            "a record that was dropped is nowhere"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_rollback_that_begins_meanwhile_takes_the_write_out_of_its_way_at_once() {
        let (_synced, disk) = oneshot::channel();
        let (back, going_back) = watch::channel(false);
        let waiting = tokio::spawn(Ahead::of(disk, None, 1, Some(going_back)).reached());
        tokio::task::yield_now().await;
        let asked = tokio::time::Instant::now();
        back.send_replace(true);
        assert_eq!(waiting.await.unwrap(), Err("not sent: a rollback began".to_owned()));
        assert_eq!(asked.elapsed(), Duration::ZERO);
    }
}
