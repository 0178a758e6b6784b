//! What the world saw and no engine reads: for those who check an engine's claims afterwards.

use serde::Serialize;

use super::World;
use super::life::Life;
use crate::core::time::Time;

/// What is true of one pod that ever lived.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PodTruth {
    /// The workload whose users it served.
    pub workload: String,
    /// The tag of its image.
    pub version: String,
    /// Whether a canary Deployment or another one made it.
    pub track: Side,
    /// When the first user's request reached it (no probe, no scrape).
    pub first_request: Option<Time>,
    /// When the last one did.
    pub last_request: Option<Time>,
    /// How often it was killed for its memory.
    pub oom_kills: u32,
}

/// Which Deployment made a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The workload's own.
    Stable,
    /// A canary Deployment beside it.
    Canary,
}

impl From<&Life> for PodTruth {
    fn from(life: &Life) -> Self {
        Self {
            workload: life.birth.workload.clone(),
            version: life.birth.version.tag.clone(),
            track: if life.birth.canary { Side::Canary } else { Side::Stable },
            first_request: life.served.map(|(first, _)| first),
            last_request: life.served.map(|(_, last)| last),
            oom_kills: life.oom_kills,
        }
    }
}

/// What became of the users' requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// How many were made since the world's start.
    pub made: u64,
    /// How many of them met nobody.
    pub lost: u64,
}

impl World {
    /// What is true of every pod that lived since the world's start, in the order of their birth.
    pub fn truth(&self) -> Vec<PodTruth> {
        let after_start = |life: &&Life| life.gone.is_none_or(|gone| gone >= self.start);
        self.lives.iter().filter(after_start).map(PodTruth::from).collect()
    }

    /// What became of the users' requests since the world's start.
    pub fn requests(&self) -> Requests {
        let add = |sum: Requests, users: &super::traffic::Users| Requests {
            made: sum.made + users.made,
            lost: sum.lost + users.lost,
        };
        self.users.iter().fold(Requests::default(), add)
    }
}
