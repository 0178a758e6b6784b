//! Whom it hurts: since when, and how many of their requests, in a sentence of counted numbers.

use std::cmp::Reverse;

use crate::core::compare::other_side;
use crate::core::evidence::Harm;
use crate::core::plan::Kind;
use crate::core::rule::Action;
use crate::core::snapshot::{RuleNow, Snapshot, Unit};
use crate::core::text::middle;
use crate::core::time::Time;
use crate::core::view::Link;
use crate::tui::figure::{count, heard};

/// The columns that a name may take.
const NAME: usize = 20;

/// The harm that a rule has counted.
#[derive(Clone, Copy, Debug)]
pub struct Hurt<'a> {
    rule: &'a RuleNow,
    harm: Harm,
}

/// The worst harm that the acting rules of these have counted, if one has: requests that fail before slow ones, then the most.
pub fn worst<'a>(rules: impl IntoIterator<Item = &'a RuleNow>) -> Option<Hurt<'a>> {
    let acting = rules.into_iter().filter(|rule| rule.action != Action::Note);
    let hurts = acting.filter_map(|rule| Some(Hurt { rule, harm: rule.harm? }));
    hurts.min_by_key(|hurt| (hurt.rule.unit != Unit::Share, Reverse(hurt.harm.hurt.bad)))
}

impl Hurt<'_> {
    /// `142 of 2 900 canary requests failed since 14:29:50 UTC (1m10s)`; from when until when once nobody meets that version any
    /// more, and where nobody counts.
    pub fn words(&self, snapshot: &Snapshot, now: Time) -> String {
        let Harm { since, until, hurt, .. } = self.harm;
        let bad = if self.rule.unit == Unit::Share { "failed" } else { "were too slow" };
        let everybody = self.everybody(snapshot).map(|other| format!("{other} and ")).unwrap_or_default();
        let counted = format!("{everybody}{} of {} {} {bad}", count(hurt.bad), count(hurt.n), self.requests(snapshot));
        let from_to = format!("{} to {} UTC", since.clock(), until.clock());
        if snapshot.rollback.as_ref().is_some_and(|rollback| rollback.safe_since.is_some()) {
            return format!("{counted}, {from_to}");
        }
        if let Some(Link::Lost { .. }) = snapshot.sources.get("metrics") {
            // It may go on: nobody counts it now.
            return format!("{counted}, seen {from_to}");
        }
        if self.is_older(snapshot) {
            return format!("{counted}, counted since {} UTC", since.clock());
        }
        format!("{counted} since {} UTC ({})", since.clock(), heard(now.since(since)))
    }

    /// `142 of 2 900 failed since 14:29:50 UTC`, for a narrow screen.
    pub fn short(&self, snapshot: &Snapshot) -> String {
        let Harm { since, hurt, .. } = self.harm;
        let bad = if self.rule.unit == Unit::Share { "failed" } else { "too slow" };
        let ours = format!("{} of {}", count(hurt.bad), count(hurt.n));
        let whose = self.everybody(snapshot).map_or(ours.clone(), |other| format!("{other}, {ours} canary"));
        format!("{whose} {bad} since {} UTC", since.clock())
    }

    /// `6 would have at stable's rate`; `None` where there is nobody to compare with, and where it makes no difference.
    pub fn elsewhere(&self, snapshot: &Snapshot) -> Option<String> {
        if self.everybody(snapshot).is_some() {
            return None;
        }
        let other = other_side(self.rule.judgement.evidence.baseline);
        let would = self.harm.at_the_others_rate().filter(|_| snapshot.plan.kind == Kind::Release)?;
        Some(format!("{} would have at {other}'s rate", count(would)))
    }

    /// `435 of 11 500 stable`, where the other side does at least half as badly: then whoever counts the canary's requests
    /// alone takes an outage of everybody for a small one.
    fn everybody(&self, snapshot: &Snapshot) -> Option<String> {
        let Harm { hurt, other, .. } = self.harm;
        let (ours, theirs) = (hurt.share()?, other.share()?);
        let side = other_side(self.rule.judgement.evidence.baseline);
        let alike = snapshot.plan.kind == Kind::Release && theirs >= ours / 2.0;
        alike.then(|| format!("{} of {} {side}", count(other.bad), count(other.n)))
    }

    /// Whose requests they are.
    fn requests(&self, snapshot: &Snapshot) -> String {
        let plan = &snapshot.plan;
        let of = match snapshot.workloads.len() {
            0 | 1 => String::new(),
            _ => format!(" of {}", middle(&self.rule.judgement.workload, NAME)),
        };
        match plan.kind {
            Kind::Release => format!("canary requests{of}"),
            Kind::Restore | Kind::RestoreInPlace => format!("requests to {}{of}", middle(&plan.from, NAME)),
        }
    }

    /// Whether it may have begun before anybody counted: what an earlier version is brought back for was there before us.
    fn is_older(&self, snapshot: &Snapshot) -> bool {
        let first = snapshot.started + snapshot.plan.scrape * 3;
        snapshot.plan.kind != Kind::Release && self.harm.since <= first
    }
}
