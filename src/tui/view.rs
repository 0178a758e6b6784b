//! The views of the cockpit: what can fill the screen, each with one key and a name.

/// What fills the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    /// What matters now: the flight, the proof of a rollback, the end.
    #[default]
    Now,
    /// The flight, also while the proof or the end would be shown.
    Flight,
    /// Each rule with what it rests on.
    Evidence,
    /// Both sides as a tree, down to the containers.
    Pods,
    /// The cluster's events and ours, in one order.
    Events,
    /// Each decision with its evidence, and who did what.
    Journal,
    /// Stages and steps, and what each waits for.
    Plan,
    /// The proof of a rollback; before one, what it will be.
    Proof,
    /// Other releases, running or recorded.
    Releases,
    /// This program's own log.
    Log,
}

impl View {
    /// All that have a key, in the order of their digits.
    pub const ALL: [Self; 9] = [
        Self::Flight,
        Self::Evidence,
        Self::Pods,
        Self::Events,
        Self::Journal,
        Self::Plan,
        Self::Proof,
        Self::Releases,
        Self::Log,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::Flight => "flight",
            Self::Evidence => "evidence",
            Self::Pods => "pods",
            Self::Events => "events",
            Self::Journal => "journal",
            Self::Plan => "plan",
            Self::Proof => "proof",
            Self::Releases => "releases",
            Self::Log => "log",
        }
    }

    /// Whether it is a list with a line under the cursor.
    pub fn is_list(self) -> bool {
        matches!(self, Self::Evidence | Self::Pods | Self::Events | Self::Journal | Self::Plan | Self::Releases)
    }

    /// Whether its list can be filtered.
    pub fn has_filter(self) -> bool {
        matches!(self, Self::Pods | Self::Events | Self::Journal | Self::Releases)
    }

    /// The view `steps` further in the order of the digits, around the end.
    pub fn beside(self, forward: bool) -> Self {
        let count = Self::ALL.len();
        let here = Self::ALL.iter().position(|view| *view == self).unwrap_or(0);
        let there = if forward { here + 1 } else { here + count - 1 };
        Self::ALL.get(there % count).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_can_go_around_in_both_directions() {
        let around = |forward| {
            let mut view = View::Pods;
            (0..View::ALL.len()).for_each(|_| view = view.beside(forward));
            view
        };
        assert_eq!((around(true), around(false)), (View::Pods, View::Pods));
        assert_eq!(View::Log.beside(true), View::Flight);
        assert_eq!(View::Flight.beside(false), View::Log);
    }
}
