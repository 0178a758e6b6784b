//! What every dialog says of the traffic: whether stable could carry it all, and how much of it is on the canary.

use crate::core::decide::seen::Sight;
use crate::core::decide::turn::Turn;
use crate::core::judge::rate;
use crate::core::plan::Kind;
use crate::core::time::{Time, ago};
use crate::core::view::Track;

/// With more workloads than these, what they have in common is said, and only the odd ones are named.
pub(super) const FEW: usize = 2;

/// The pods of one workload that are to carry all of its traffic.
struct Carriers<'a> {
    name: &'a str,
    ready: u32,
    wanted: u32,
    /// Requests a second for each of them with all traffic, where that is measured.
    each: Option<f64>,
    /// To how many the autoscaler may go, where that is more.
    most: Option<u32>,
}

impl Turn<'_> {
    /// Whether those that are to carry all traffic can: stable's pods, or those of the version that comes back.
    pub(super) fn capacities(&self) -> String {
        let all: Vec<Carriers<'_>> = self.sights.iter().map(|sight| self.carriers(sight)).collect();
        if all.len() > FEW {
            return self.of_all(&all);
        }
        all.iter().map(|one| self.of_one(one)).collect::<Vec<_>>().join("; ")
    }

    fn carriers<'a>(&self, sight: &Sight<'a>) -> Carriers<'a> {
        let (name, wanted) = (sight.plan.name.as_str(), sight.wanted_stable());
        // What serves now is no comfort where it is what users are to get away from.
        let (ready, sharing) = match self.plan.kind {
            Kind::Release => (sight.ready(Track::stays), sight.ready(Track::stays)),
            Kind::Restore | Kind::RestoreInPlace => (sight.ready(Track::is_new), wanted),
        };
        let rates = self.rates(name).filter(|_| sharing > 0);
        let each = rates.map(|(canary, stable, _)| (canary + stable) / f64::from(sharing));
        let most = sight.view.hpa.as_ref().map(|hpa| hpa.max).filter(|max| *max > wanted);
        Carriers { name, ready, wanted, each, most }
    }

    fn of_one(&self, one: &Carriers<'_>) -> String {
        let Carriers { name, ready, wanted, .. } = one;
        let pods = match self.plan.kind {
            Kind::Release => {
                let short = if ready < wanted { format!(" (needs {wanted})") } else { String::new() };
                format!("{ready} of {wanted} stable pods of {name} are Ready{short}")
            }
            Kind::Restore | Kind::RestoreInPlace => {
                format!("{wanted} pods of {} are Ready in {name} (now: {ready})", self.plan.to)
            }
        };
        let load =
            one.each.map(|each| format!("; with all traffic each gets {} requests/s", rate(each))).unwrap_or_default();
        let most = one.most.map(|most| format!("; the autoscaler may go to {most}")).unwrap_or_default();
        format!("{pods}{load}{most}")
    }

    /// What many workloads have in common, with those that fall short by name.
    fn of_all(&self, all: &[Carriers<'_>]) -> String {
        let sum = |pick: fn(&Carriers<'_>) -> u32| all.iter().map(pick).sum::<u32>();
        let (ready, wanted, count) = (sum(|one| one.ready), sum(|one| one.wanted), all.len());
        let pods = match self.plan.kind {
            Kind::Release => format!("{ready} of {wanted} stable pods of {count} workloads are Ready"),
            Kind::Restore | Kind::RestoreInPlace => {
                format!("{wanted} pods of {} are Ready in {count} workloads (now: {ready})", self.plan.to)
            }
        };
        let short = all.iter().filter(|one| one.ready < one.wanted && self.plan.kind == Kind::Release);
        let short: Vec<String> = short.map(|one| format!("{} {} of {}", one.name, one.ready, one.wanted)).collect();
        let short = if short.is_empty() { String::new() } else { format!(" (short: {})", short.join(", ")) };
        let most = all.iter().filter_map(|one| one.each).reduce(f64::max);
        let load = most
            .map(|each| format!("; with all traffic each gets at most {} requests/s", rate(each)))
            .unwrap_or_default();
        format!("{pods}{short}{load}")
    }

    /// Requests a second on canary and stable; with its time, where it is what was measured last and not what is now: of
    /// a release that another process drives, or did.
    fn rates(&self, workload: &str) -> Option<(f64, f64, Option<Time>)> {
        let now = self.state.evidence.get(workload).and_then(|evidence| evidence.rates());
        let last = || self.state.measured.get(workload).map(|last| (last.canary, last.stable, Some(last.at)));
        now.map(|rates| (rates.canary, rates.stable, None)).or_else(last)
    }

    pub(super) fn users(&self) -> String {
        let rates: Vec<_> = self.sights.iter().filter_map(|sight| self.rates(&sight.plan.name)).collect();
        let (canary, total) =
            rates.iter().fold((0.0, 0.0), |(all, total), (canary, stable, _)| (all + canary, total + canary + stable));
        if self.state.unmet {
            return format!("no user has met {}: no pod of it was ever seen Ready", self.plan.to);
        }
        if total <= 0.0 && rates.iter().any(|(.., last)| last.is_none()) {
            return "none now: no request was counted in the last minute, on either side".to_owned();
        }
        if total <= 0.0 {
            return "unknown: no traffic is measured".to_owned();
        }
        if self.plan.kind != Kind::Release {
            return format!(
                "all requests meet {} ({} requests/s), until {} is Ready",
                self.plan.from,
                rate(total),
                self.plan.to
            );
        }
        let share = 100.0 * canary / total;
        let met = format!("{share:.1} % of requests met the canary ({} of {} requests/s)", rate(canary), rate(total));
        if let Some(last) = rates.iter().filter_map(|(.., last)| *last).min() {
            let then = ago(self.now.since(last));
            return format!("{met} in the minute up to {then}; nothing newer is measured here");
        }
        let age = self.state.judgements.iter().filter_map(|judgement| judgement.evidence.newest).max();
        let age = age.map(|newest| format!(", read {}", ago(self.now.since(newest)))).unwrap_or_default();
        format!("{met} in the last minute{age}")
    }
}
