//! What a rule's expression evaluated to.

use crate::core::sample::SourceFault;
use crate::core::time::Time;

/// What an expression evaluated to.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// When it was asked last.
    pub at: Time,
    /// What it said: a value, which may be no number; nothing; or why nobody knows.
    pub said: Result<Option<f64>, SourceFault>,
    /// When it last answered at all.
    pub good: Option<Time>,
}

impl Answer {
    /// Its value, where it is a number.
    pub fn value(&self) -> Option<f64> {
        self.said.as_ref().ok().copied().flatten().filter(|value| value.is_finite())
    }
}
