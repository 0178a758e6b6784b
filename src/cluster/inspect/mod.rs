//! Answers to what a person asks while a release flies: a pod in full, its logs, whether a write would be admitted.
//!
//! Everything here reads, or is a dry run. All text is neutralised before it leaves.

mod around;
mod describe;
mod lines;
mod logs;
mod usage;

use std::sync::Arc;

use futures::future::BoxFuture;
use futures::stream::BoxStream;
use serde_json::Value;

use crate::cluster::KubeCluster;
use crate::cluster::rest::PODS;
use crate::core::act::Act;
use crate::core::inquiry::{LogAsk, LogNews, Rehearsal, Sheet, Trial};
use crate::core::usage::Usage;
use crate::engine::port::Inspect;

impl Inspect for KubeCluster {
    fn describe(&self, pod: String) -> BoxFuture<'static, Result<Sheet, String>> {
        let rest = self.rest();
        let clock = self.clock();
        Box::pin(async move {
            match rest.get::<Value>(PODS, &pod).await {
                Ok(Some(found)) => Ok(describe::pod(&found, clock.now())),
                Ok(None) => Err(format!("pod {pod} does not exist any more")),
                Err(fault) => Err(fault.why()),
            }
        })
    }

    fn usage(&self) -> BoxFuture<'static, Result<Usage, String>> {
        let rest = self.rest();
        Box::pin(async move { usage::read(&rest).await })
    }

    fn logs(&self, ask: LogAsk) -> BoxStream<'static, LogNews> {
        Box::pin(logs::follow(self.rest(), ask))
    }

    fn rehearse(&self, acts: Vec<Act>) -> BoxFuture<'static, Trial> {
        let pilot = self.pilot();
        let plan = Arc::clone(self.plan());
        let rest = self.rest();
        Box::pin(async move {
            let around = around::facts(&rest, &plan);
            let writes = async {
                let mut writes = Vec::with_capacity(acts.len());
                for act in acts {
                    writes.push(Rehearsal { what: act.words(&plan), admitted: pilot.admitted(&plan, &act).await });
                }
                writes
            };
            let (writes, around) = tokio::join!(writes, around);
            Trial { writes, around }
        })
    }
}
