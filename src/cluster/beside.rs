//! The Deployments that we put beside stable: the canary, and the baseline that it is compared with.

use serde_json::Value;

use crate::cluster::marks;
use crate::cluster::template;
use crate::core::act::ActVerb;
use crate::core::plan::Workload;

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// Pods of the version that is released.
    Canary,
    /// Fresh pods of the version that serves.
    Baseline,
}

impl Beside {
    /// Both, in the order in which they are made, and taken away.
    pub const ALL: [Self; 2] = [Self::Canary, Self::Baseline];

    /// Its name; `None`: this release has none.
    pub fn name(self, workload: &Workload) -> Option<&str> {
        match self {
            Self::Canary => Some(&workload.canary),
            Self::Baseline => workload.baseline.as_deref(),
        }
    }

    /// What our key says on its pods.
    pub fn track(self) -> &'static str {
        match self {
            Self::Canary => marks::CANARY,
            Self::Baseline => marks::BASELINE,
        }
    }

    /// Its pod template, with our key.
    pub fn template(self, workload: &Workload) -> Value {
        let template = match self {
            Self::Canary => &workload.canary_template,
            Self::Baseline => &workload.stable_template,
        };
        template::tracked(template, self.track())
    }

    /// The one that an act creates.
    pub fn created_by(verb: &ActVerb) -> Option<Self> {
        match verb {
            ActVerb::CreateCanary => Some(Self::Canary),
            ActVerb::CreateBaseline => Some(Self::Baseline),
            _ => None,
        }
    }

    /// The one that an act deletes.
    pub fn deleted_by(verb: &ActVerb) -> Option<Self> {
        match verb {
            ActVerb::DeleteCanary => Some(Self::Canary),
            ActVerb::DeleteBaseline => Some(Self::Baseline),
            _ => None,
        }
    }
}
