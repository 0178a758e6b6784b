//! A verdict and the state of its data, as one thing to be told apart on a screen.

use crate::core::rule::Action;
use crate::core::snapshot::{Mode, RuleNow, Snapshot, Unit};
use crate::core::verdict::{DataState, Judgement, Verdict};
use crate::tui::glyph;
use crate::tui::theme::Role;

/// How a rule stands, from good to bad, so that the worst of several is their maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// The evidence meets the target.
    Pass,
    /// Too few requests to decide.
    TooLittle,
    /// There is evidence and it does not decide.
    Inconclusive,
    /// Several series where one was expected.
    Ambiguous,
    /// Canary and stable look exchanged.
    Swapped,
    /// The side that the canary is compared with is not read.
    Unpaired,
    /// The newest sample is too old.
    Stale,
    /// The samples are not numbers.
    Nan,
    /// Nobody exposes the series.
    NoData,
    /// The source does not answer.
    SourceDown,
    /// Bad, and what the canary is compared with is as bad: no fault of the canary's.
    BothBad,
    /// Bad enough to hold, not yet proven.
    Suspect,
    /// Proven bad.
    Fail,
}

impl Standing {
    /// How a judgement stands: a proven breach first, then what the data cannot say, then what it says.
    pub fn of(judgement: &Judgement) -> Self {
        match (judgement.verdict, judgement.data) {
            (Verdict::Fail, _) => Self::Fail,
            (_, DataState::NoData) => Self::NoData,
            (_, DataState::Stale) => Self::Stale,
            (_, DataState::Nan) => Self::Nan,
            (_, DataState::SourceDown) => Self::SourceDown,
            (_, DataState::Ambiguous) => Self::Ambiguous,
            (_, DataState::Swapped) => Self::Swapped,
            (_, DataState::Unpaired) => Self::Unpaired,
            (_, DataState::Ok | DataState::TooLittleTraffic) if judgement.suspicion => {
                if judgement.evidence.common {
                    Self::BothBad
                } else {
                    Self::Suspect
                }
            }
            (Verdict::Pass, _) => Self::Pass,
            (_, DataState::TooLittleTraffic) => Self::TooLittle,
            (Verdict::NoData, DataState::Ok) => Self::NoData,
            (Verdict::Inconclusive, DataState::Ok) => Self::Inconclusive,
        }
    }

    /// The word for it. What is wrong is in capitals.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::TooLittle => "too little traffic",
            Self::Inconclusive => "inconclusive",
            Self::Ambiguous => "AMBIGUOUS",
            Self::Swapped => "LABELS SWAPPED?",
            Self::Unpaired => "NO COMPARISON",
            Self::Stale => "STALE",
            Self::Nan => "NaN",
            Self::NoData => "NO DATA",
            Self::SourceDown => "SOURCE DOWN",
            Self::BothBad => "BOTH BAD",
            Self::Suspect => "SUSPICION",
            Self::Fail => "BREACH",
        }
    }

    /// The sign for it; each standing has its own.
    pub fn glyph(self) -> &'static str {
        match self {
            Self::Pass => glyph::DONE,
            Self::TooLittle => glyph::WAIT,
            Self::Inconclusive => glyph::UNDECIDED,
            Self::Ambiguous => glyph::UNEQUAL,
            Self::Swapped => glyph::SWAPPED,
            Self::Unpaired => glyph::UNPAIRED,
            Self::Stale => glyph::STALE,
            Self::Nan => glyph::QUESTION,
            Self::NoData => glyph::NOTHING,
            Self::SourceDown => glyph::DOWN,
            Self::BothBad => glyph::COMMON,
            Self::Suspect => glyph::ALERT,
            Self::Fail => glyph::FAIL,
        }
    }

    /// Its look.
    pub fn role(self) -> Role {
        match self {
            Self::Pass => Role::Good,
            Self::TooLittle | Self::Inconclusive => Role::Plain,
            Self::Ambiguous | Self::Swapped | Self::Unpaired => Role::Warn,
            Self::BothBad | Self::Suspect => Role::Alarm,
            Self::Stale | Self::Nan | Self::NoData | Self::SourceDown => Role::Blind,
            Self::Fail => Role::Bad,
        }
    }

    /// Whether what single values show is no matter: it passes, or there is too little to say.
    pub fn is_calm(self) -> bool {
        matches!(self, Self::Pass | Self::TooLittle)
    }

    /// Whether the values beside it are old or none.
    pub fn is_blind(self) -> bool {
        self.role() == Role::Blind
    }
}

/// How a rule stands, with what its breach would do where that is less than a rollback.
pub fn words(rule: &RuleNow) -> String {
    let standing = Standing::of(&rule.judgement);
    let word = match standing {
        Standing::Pass if rule.judgement.evidence.notable => "pass, with a note",
        _ => standing.word(),
    };
    match rule.action {
        Action::Rollback => word.to_owned(),
        Action::Hold => format!("{word} (holds)"),
        Action::Note => format!("{word} (note)"),
    }
}

/// The rule that stands worst among those that act; of several that stand alike one with something to say, then the first.
pub fn worst<'a>(rules: impl IntoIterator<Item = &'a RuleNow>) -> Option<&'a RuleNow> {
    let mut worst: Option<&RuleNow> = None;
    for rule in rules.into_iter().filter(|rule| rule.action != Action::Note) {
        let key = |rule: &RuleNow| (Standing::of(&rule.judgement), rule.judgement.evidence.notable);
        if worst.is_none_or(|known| key(rule) > key(known)) {
            worst = Some(rule);
        }
    }
    worst
}

/// What serves fails itself: the rule that it breaks, where nothing flies that could be to blame. Failing requests are worse
/// than slow ones.
pub fn breaks_itself(snapshot: &Snapshot) -> Option<&RuleNow> {
    let over = |rule: &&RuleNow| {
        let evidence = &rule.judgement.evidence;
        evidence.stable.zip(evidence.target).is_some_and(|(value, limit)| value > limit)
    };
    let idle = snapshot.mode == Mode::Idle;
    snapshot.rules.iter().filter(|_| idle).filter(over).min_by_key(|rule| rule.unit != Unit::Share)
}

/// The worst verdict on the screen: what a command's sender saw.
pub fn worst_verdict(snapshot: &Snapshot) -> Option<Verdict> {
    snapshot.rules.iter().filter(|rule| rule.action != Action::Note).map(|rule| rule.judgement.verdict).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::verdict::Evidence;
    use crate::core::words::{BREACH, SUSPICION};
    use std::collections::BTreeSet;

    const ALL: [Standing; 13] = [
        Standing::Pass,
        Standing::TooLittle,
        Standing::Inconclusive,
        Standing::Ambiguous,
        Standing::Swapped,
        Standing::Unpaired,
        Standing::Stale,
        Standing::Nan,
        Standing::NoData,
        Standing::SourceDown,
        Standing::BothBad,
        Standing::Suspect,
        Standing::Fail,
    ];

    fn judged(verdict: Verdict, data: DataState, suspicion: bool) -> Standing {
        let evidence = Evidence::default();
        Standing::of(&Judgement { rule: String::new(), workload: String::new(), verdict, data, suspicion, evidence })
    }

    #[test]
    fn each_standing_has_its_own_word_and_its_own_sign() {
        assert_eq!(ALL.iter().map(|one| one.word()).collect::<BTreeSet<_>>().len(), ALL.len());
        assert_eq!(ALL.iter().map(|one| one.glyph()).collect::<BTreeSet<_>>().len(), ALL.len());
    }

    #[test]
    fn what_the_gauges_call_it_the_events_and_the_journal_call_it_too() {
        assert_eq!(Standing::Fail.word(), BREACH.to_uppercase());
        assert_eq!(Standing::Suspect.word(), SUSPICION.to_uppercase());
    }

    #[test]
    fn a_breach_stays_a_breach_and_missing_data_is_never_a_pass() {
        assert_eq!(judged(Verdict::Fail, DataState::Stale, false), Standing::Fail);
        assert_eq!(judged(Verdict::Pass, DataState::Stale, false), Standing::Stale);
        assert_eq!(judged(Verdict::Inconclusive, DataState::Ok, true), Standing::Suspect);
        let evidence = Evidence { common: true, ..Evidence::default() };
        let (verdict, data, rule) = (Verdict::Inconclusive, DataState::Ok, String::new());
        let common = Judgement { rule, workload: String::new(), verdict, data, suspicion: true, evidence };
        assert_eq!(Standing::of(&common), Standing::BothBad, "what stable does as well is not the canary's");
        assert_eq!(judged(Verdict::Inconclusive, DataState::TooLittleTraffic, false), Standing::TooLittle);
        assert_eq!(judged(Verdict::Pass, DataState::Ok, false), Standing::Pass);
    }
}
