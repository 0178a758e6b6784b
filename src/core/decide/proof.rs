//! The proof of a rollback: each line from what is seen and measured, never from what was asked.

use std::time::Duration;

use crate::core::decide::seen::{Sight, blindness, pod_words};
use crate::core::decide::turn::Turn;
use crate::core::event::Event;
use crate::core::judge::{percent, rate};
use crate::core::plan::{Kind, ServicePlan};
use crate::core::proof::{LineKind, LineState, ProofLine};
use crate::core::rule::{Sli, Threshold};
use crate::core::text::plural;
use crate::core::time::{Time, ago, human};
use crate::core::view::{TemplateOwner, Track};

/// Whether two reasons differ in their numbers and ages alone: an age that grows is no news.
fn same_words(old: &str, new: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let plain = text.split_whitespace().filter(|word| !word.contains(|c: char| c.is_ascii_digit()));
        plain.map(str::to_owned).collect()
    };
    words(old) == words(new)
}

/// What the bad requests of a rule did: a share of slow ones must not read as a latency.
fn bad_requests(sli: &Sli) -> String {
    match sli {
        Sli::Latency { bound, .. } => format!("of requests slower than {}", human(Duration::from_secs_f64(*bound))),
        _ => "of requests failed".to_owned(),
    }
}

/// What one line rests on, or lacks.
enum Finding {
    Done(String),
    Waiting(String),
    Stalled(String),
}
use Finding::{Done, Stalled, Waiting};

/// How long nothing may move before a line counts as stalled.
const PATIENCE: Duration = Duration::from_secs(3);

/// Requests that the canary would have seen in its quiet time, at its rate before: fewer prove no silence.
const SILENCE: f64 = 10.0;

/// Stable's requests that make its share of bad ones worth a word, or the time after which fewer must do.
const ENOUGH: u64 = 50;

impl Turn<'_> {
    /// Brings every line up to date; whether the proof is whole.
    pub(super) fn prove(&mut self) -> bool {
        let mut whole = self.sights.len() == self.plan.workloads.len();
        for sight in self.sights() {
            for line in LineKind::ALL {
                whole &= self.prove_line(&sight, line);
            }
        }
        self.note_safety();
        whole
    }

    fn prove_line(&mut self, sight: &Sight<'_>, line: LineKind) -> bool {
        let finding = match line {
            LineKind::Accepted => self.accepted(sight),
            LineKind::Observed => self.observed(sight),
            LineKind::CanaryZero => self.canary_zero(sight),
            LineKind::StableCapacity => self.stable_capacity(sight),
            LineKind::SloInside => self.slo_inside(sight),
        };
        let lost = blindness(self.seen.view, self.now);
        let finding = match (finding, lost) {
            // What is seen is of before the API server was lost: it proves nothing of now.
            (Done(_) | Waiting(_), Some(lost)) if line != LineKind::SloInside => Stalled(lost),
            (finding, _) => finding,
        };
        let finding = self.not_yet_stalled(sight, line, finding);
        self.note_line(sight, line, finding)
    }

    /// Writes a line down and tells of it where it moved. A line that is done stays done, but for capacity: a pod that
    /// falls before the proof is whole takes it back.
    fn note_line(&mut self, sight: &Sight<'_>, line: LineKind, finding: Finding) -> bool {
        let now = self.now;
        let Some(rollback) = &mut self.state.rollback else { return false };
        let elapsed_ms = u64::try_from(now.since(rollback.since).as_millis()).unwrap_or(u64::MAX);
        let known = rollback.lines.iter_mut().find(|known| known.line == line && known.workload == sight.plan.name);
        let fixed = line != LineKind::StableCapacity;
        if fixed && known.as_ref().is_some_and(|known| known.state == LineState::Done) {
            return true;
        }
        let (state, why) = match finding {
            Done(why) => (LineState::Done, why),
            Waiting(why) => (LineState::Waiting, why),
            Stalled(why) => (LineState::Stalled, why),
        };
        // A line that is looked at again and still stands was done when it first stood, not at the last look.
        let stood = known.as_ref().filter(|known| known.state == LineState::Done).and_then(|known| known.done_at);
        let entry = ProofLine {
            line,
            workload: sight.plan.name.clone(),
            state,
            why: why.clone(),
            done_at: (state == LineState::Done).then(|| stood.unwrap_or(now)),
        };
        let moved = match known {
            Some(known) => {
                let moved = known.state != state || (state == LineState::Stalled && !same_words(&known.why, &why));
                *known = entry;
                moved
            }
            None => {
                rollback.lines.push(entry);
                true
            }
        };
        if moved {
            self.tell(Event::Proof { line, workload: sight.plan.name.clone(), state, elapsed_ms, why });
        }
        state == LineState::Done
    }

    fn is_proved(&self, line: LineKind, sight: &Sight<'_>) -> bool {
        let lines = self.state.rollback.iter().flat_map(|rollback| &rollback.lines);
        lines
            .into_iter()
            .any(|known| known.line == line && known.workload == sight.plan.name && known.state == LineState::Done)
    }

    fn note_safety(&mut self) {
        let now = self.now;
        let all = self.plan.workloads.len();
        let Some(rollback) = &mut self.state.rollback else { return };
        let zero = rollback
            .lines
            .iter()
            .filter(|line| line.line == LineKind::CanaryZero && line.state == LineState::Done)
            .count();
        if zero == all && rollback.safe_since.is_none() {
            rollback.safe_since = Some(now);
        }
    }

    fn accepted(&self, sight: &Sight<'_>) -> Finding {
        if self.plan.kind != Kind::Release {
            let rolled = sight.template() == TemplateOwner::Release;
            return if rolled {
                Done(format!("{} has the earlier template", sight.plan.name))
            } else {
                Waiting("the earlier version is starting beside".to_owned())
            };
        }
        let pinned: Vec<&str> =
            sight.services().filter(|(_, service)| service.pinned).map(|(plan, _)| plan.name.as_str()).collect();
        let fought = self.state.rollback.as_ref().and_then(|rollback| rollback.fought.as_ref());
        if !pinned.is_empty() {
            let pinned = pinned.join(", ");
            return self.write_stall(match fought {
                Some(fought) => format!("{} has pinned Service {pinned} to the canary again", fought.by),
                None => format!("Service {pinned} is still pinned to the canary"),
            });
        }
        match &sight.view.canary {
            None => Done("the canary does not exist".to_owned()),
            Some(canary) if canary.replicas == 0 => {
                // Then the routes were seen first, and the time of this line is that of the last write. A Service that somebody
                // else had unpinned before made nobody wait.
                let decided = self.state.rollback.as_ref().map(|rollback| rollback.since);
                let after = |service: &ServicePlan| {
                    let unpinned = *self.state.unpinned_at.get(&service.name)?;
                    decided.filter(|decided| unpinned >= *decided).map(|decided| unpinned.since(decided))
                };
                let last =
                    sight.services().filter_map(|(plan, _)| Some((after(plan)?, plan))).max_by_key(|(at, _)| *at);
                let name = |service: &ServicePlan| format!("Service {}", service.name);
                Done(match (last, fought) {
                    (Some((after, service)), Some(fought)) => format!(
                        "{} was pinned again by {} until {}, then the canary was scaled to 0",
                        name(service),
                        fought.by,
                        human(after)
                    ),
                    (Some((after, service)), None) => format!(
                        "{} was unpinned at {}; when its proxies knew, the canary was scaled to 0",
                        name(service),
                        human(after)
                    ),
                    (None, _) => "the canary was scaled to 0".to_owned(),
                })
            }
            Some(canary) => {
                let pods = plural(canary.replicas, "pod");
                self.write_stall(format!("{} still has {pods}: {}", sight.plan.canary, self.lacking(sight)))
            }
        }
    }

    fn write_stall(&self, waiting: String) -> Finding {
        // What failed before and is no longer wanted holds nothing up.
        let wanted = self.state.pending.iter().filter(|(act, _)| self.wanted.contains(act));
        let failing = wanted.map(|(_, pending)| pending).find_map(|pending| pending.why.clone());
        failing.map_or(Waiting(waiting), Stalled)
    }

    /// What moved a moment ago has not stalled: the next look may find it done. What stable's metrics prove is no stall of the
    /// way back, and needs no patience.
    fn not_yet_stalled(&mut self, sight: &Sight<'_>, line: LineKind, finding: Finding) -> Finding {
        let (Stalled(why), Some(rollback)) = (&finding, &self.state.rollback) else { return finding };
        let known = rollback.lines.iter().filter(|known| known.workload == sight.plan.name);
        let stood = known.clone().any(|known| known.line == line && known.state == LineState::Stalled);
        let moved = known.filter_map(|known| known.done_at).fold(rollback.since, Time::max);
        let patience = moved + PATIENCE;
        if stood || line == LineKind::SloInside || self.now >= patience {
            return finding;
        }
        let why = why.clone();
        self.look_at(patience);
        Waiting(why)
    }

    /// Which of the two facts is missing before the canary may go.
    fn lacking(&self, sight: &Sight<'_>) -> String {
        let ready = sight.ready(Track::stays);
        let empty = sight.services().find(|(_, service)| sight.endpoints(service, Track::stays) == 0);
        match empty {
            Some((plan, _)) => {
                format!("Service {} has no Ready stable endpoint ({ready} stable pods are Ready)", plan.name)
            }
            None if ready >= sight.full() => "the write is under way".to_owned(),
            None => format!("{ready} of {} stable pods are Ready", sight.full()),
        }
    }

    fn observed(&self, sight: &Sight<'_>) -> Finding {
        if sight.plan.services.is_empty() {
            return Done("no Service selects these pods".to_owned());
        }
        for (plan, service) in sight.services() {
            let bad = self.names_bad(sight, service);
            if bad > 0 {
                return Waiting(format!("Service {} still routes to {}", plan.name, self.bad_pods(bad)));
            }
            if sight.endpoints(service, |track| self.is_good(track)) == 0 {
                return Stalled(format!("Service {} has no Ready endpoint of {}", plan.name, self.good_side()));
            }
        }
        match sight.plan.services.as_slice() {
            [only] => Done(format!("Service {} routes to {} alone", only.name, self.good_pods())),
            several => Done(format!("all {} Services route to {} alone", several.len(), self.good_pods())),
        }
    }

    /// So many pods of what is rolled back from.
    fn bad_pods(&self, number: u32) -> String {
        match self.plan.kind {
            Kind::Release => plural(number, "canary pod"),
            Kind::Restore | Kind::RestoreInPlace => format!("{} of {}", plural(number, "pod"), self.plan.from),
        }
    }

    /// One of them.
    fn bad_pod(&self) -> String {
        match self.plan.kind {
            Kind::Release => "canary pod".to_owned(),
            Kind::Restore | Kind::RestoreInPlace => format!("pod of {}", self.plan.from),
        }
    }

    /// The side that traffic is brought back to.
    fn good_side(&self) -> &str {
        match self.plan.kind {
            Kind::Release => "stable",
            Kind::Restore | Kind::RestoreInPlace => &self.plan.to,
        }
    }

    /// Its pods.
    fn good_pods(&self) -> String {
        match self.plan.kind {
            Kind::Release => "stable pods".to_owned(),
            Kind::Restore | Kind::RestoreInPlace => format!("pods of {}", self.plan.to),
        }
    }

    fn canary_zero(&self, sight: &Sight<'_>) -> Finding {
        let bad: Vec<_> = sight.view.pods.iter().filter(|pod| self.is_bad(pod.track)).collect();
        if bad.is_empty() {
            let gone =
                sight.view.canary.as_ref().is_none_or(|canary| canary.replicas == 0) || self.plan.kind != Kind::Release;
            return if gone {
                Done(format!("no {} exists any more", self.bad_pod()))
            } else {
                Waiting(format!("no {} is seen, and some are asked for", self.bad_pod()))
            };
        }
        let Some(rollback) = &self.state.rollback else { return Waiting(String::new()) };
        let evidence = self.state.evidence.get(&sight.plan.name);
        let quiet = evidence.and_then(|evidence| {
            bad.iter()
                .map(|pod| {
                    evidence.trails.get(&pod.uid).filter(|trail| trail.fault.is_none()).map_or(0, |trail| trail.quiet)
                })
                .min()
        });
        let quiet = quiet.unwrap_or(0);
        let expected = rollback.rate_before.get(&sight.plan.name).copied().unwrap_or(0.0) / bad.len() as f64
            * f64::from(quiet.saturating_sub(1))
            * self.plan.scrape.as_secs_f64();
        let unpinned = self.plan.kind != Kind::Release || rollback.scaled_at.is_some();
        if unpinned && quiet >= 2 && expected >= SILENCE {
            return Done(format!("{quiet} fresh readings of every {} show no request", self.bad_pod()));
        }
        let rate = evidence
            .and_then(|evidence| evidence.bad_rate_now(self.plan.kind))
            .map(|(now, _)| format!("; {} requests/s in the last reading", rate(now)))
            .unwrap_or_default();
        let going = bad.iter().filter(|pod| pod.terminating).count();
        let words = format!("{} left, {going} of them ending{rate}", self.bad_pods(bad.len() as u32));
        let slow = self.now.since(rollback.scaled_at.unwrap_or(self.now)).as_secs() > 45;
        if slow {
            Stalled(format!("{words}: {}", bad.first().map(|pod| pod_words(pod)).unwrap_or_default()))
        } else {
            Waiting(words)
        }
    }

    /// What follows the end of the bad version's traffic says nothing before that.
    fn not_looked_at_yet(&self) -> Finding {
        Waiting(match self.plan.kind {
            Kind::Release => "looked at once the canary gets none".to_owned(),
            Kind::Restore | Kind::RestoreInPlace => format!("looked at once {} gets none", self.plan.from),
        })
    }

    fn stable_capacity(&self, sight: &Sight<'_>) -> Finding {
        if !self.is_proved(LineKind::CanaryZero, sight) {
            return self.not_looked_at_yet();
        }
        let wanted = sight.wanted_stable();
        // The set that an earlier version starts beside is on its way out again: only the Deployment's own pods count.
        let beside = |track: Track| self.plan.kind != Kind::Release && track == Track::Canary;
        let good = |track: Track| self.is_good(track) && !beside(track);
        let ready = sight.ready(good);
        if ready >= wanted {
            return Done(format!("{ready} of {wanted} {} are Ready", self.good_pods()));
        }
        let lame = sight.view.pods.iter().find(|pod| good(pod.track) && !pod.ready && !pod.terminating);
        match lame {
            Some(pod) => Stalled(format!("{ready} of {wanted}: {}", pod_words(pod))),
            None => Waiting(format!("{ready} of {wanted} {} are Ready", self.good_pods())),
        }
    }

    fn slo_inside(&self, sight: &Sight<'_>) -> Finding {
        let Some(rollback) = &self.state.rollback else { return Waiting(String::new()) };
        // Before that, what stable shows is not what users meet.
        let back = self.is_proved(LineKind::CanaryZero, sight);
        let Some(since) = rollback.scaled_at.filter(|_| back) else {
            return self.not_looked_at_yet();
        };
        let Some(evidence) = self.state.evidence.get(&sight.plan.name) else { return Waiting(String::new()) };
        let usual = Threshold::default().freshness;
        let freshness = self.plan.rules.iter().map(|rule| rule.judge.freshness).min().unwrap_or(usual);
        let pods = || sight.view.pods.iter().filter(|pod| self.is_good(pod.track) && pod.ready);
        let trails = || pods().filter_map(|pod| evidence.trails.get(&pod.uid));
        let newest = trails().filter_map(|trail| trail.good).max();
        let newest_age = newest.map(|newest| self.now.since(newest));
        if newest.is_some_and(|newest| newest <= since) && newest_age.is_some_and(|age| age <= freshness) {
            return Waiting(format!("the next reading of {}'s metrics", self.good_side()));
        }
        if newest_age.is_none_or(|age| age > freshness) {
            let fault = trails()
                .find_map(|trail| trail.fault.as_ref())
                .map(|fault| format!(": {}", fault.why))
                .unwrap_or_default();
            let age = newest.map_or_else(|| "never".to_owned(), |newest| ago(self.now.since(newest)));
            return Stalled(format!("{}'s metrics are not fresh (last read {age}){fault}", self.good_side()));
        }
        let mut inside = Vec::new();
        for rule in &self.plan.rules {
            let (Some(target), Some(ledger)) = (rule.sli.budget(), evidence.ledgers.get(&rule.name)) else { continue };
            let row = if self.plan.kind == Kind::Release { ledger.step.stable } else { ledger.step.canary };
            let Some(share) = row.share() else {
                let good = self.good_side();
                return Waiting(format!(
                    "{}: no request to {good} was counted since; without one nothing is proven",
                    rule.name
                ));
            };
            if row.n < ENOUGH && self.now.since(since).as_secs() < 60 {
                return Waiting(format!("{}: {} counted, {ENOUGH} wanted", rule.name, plural(row.n, "request")));
            }
            if share > target {
                let (share, target) = (percent(share), percent(target));
                return Stalled(format!("{}: {share} {}, the target is {target}", rule.name, bad_requests(&rule.sli)));
            }
            inside.push(format!("{}: {} {}", rule.name, percent(share), bad_requests(&rule.sli)));
        }
        Done(if inside.is_empty() { "no rule measures requests".to_owned() } else { inside.join(", ") })
    }
}
