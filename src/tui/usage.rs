//! What the pods use, as far as the desk has said: asked again and again while they are looked at, and never waited for.

use std::time::Duration;

use crate::core::inquiry::Question;
use crate::core::snapshot::Snapshot;
use crate::core::time::Time;
use crate::core::usage::Usage;
use crate::tui::model::Model;
use crate::tui::update::{Out, inquire};
use crate::tui::view::View;

/// How often it is asked: a cluster measures its pods about so often.
const EVERY: Duration = Duration::from_secs(15);

/// How often where nobody could say: a cluster without such an API has none in a quarter of a minute either.
const AFTER_NONE: Duration = Duration::from_secs(120);

/// An answer older than this is told as an old one.
pub const STALE: Duration = Duration::from_secs(60);

/// What is known of what the pods use.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// When it was asked last.
    asked: Option<Time>,
    /// The newest answer, and when it was true.
    pub answer: Option<(Result<Usage, String>, Time)>,
}

impl Known {
    /// What is known, if it is.
    pub fn usage(&self) -> Option<&Usage> {
        self.answer.as_ref().and_then(|(answer, _)| answer.as_ref().ok())
    }

    /// Whether what is known is old.
    pub fn is_stale(&self, now: Time) -> bool {
        self.answer.as_ref().is_some_and(|(_, at)| now.since(*at) > STALE)
    }
}

/// Asks what the pods use, where they are looked at and it is time to.
pub fn ask(model: &mut Model, snapshot: &Snapshot) -> Option<Out> {
    if model.view != View::Pods || model.travel.is_some() {
        return None;
    }
    let every = match &model.usage.answer {
        Some((Err(_), _)) => AFTER_NONE,
        _ => EVERY,
    };
    if model.usage.asked.is_some_and(|asked| snapshot.at.since(asked) < every) {
        return None;
    }
    model.usage.asked = Some(snapshot.at);
    Some(inquire(model, Question::Usage))
}
