//! What every dialog says of the traffic: whether stable could carry it all, and how much of it is on the canary.

use crate::core::decide::seen::Sight;
use crate::core::decide::turn::Turn;
use crate::core::judge::rate;
use crate::core::plan::Kind;
use crate::core::time::{Time, ago};
use crate::core::view::Track;

impl Turn<'_> {
    /// Whether stable can carry all traffic, workload by workload.
    pub(super) fn capacities(&self) -> String {
        self.sights.iter().map(|sight| self.capacity(sight)).collect::<Vec<_>>().join("; ")
    }

    fn capacity(&self, sight: &Sight<'_>) -> String {
        let (ready, wanted) = (sight.ready(Track::stays), sight.wanted_stable());
        let rates = self.rates(&sight.plan.name).filter(|_| ready > 0);
        let load = rates
            .map(|(canary, stable, _)| (canary + stable) / f64::from(ready))
            .map(|each| format!("; with all traffic each gets {} requests/s", rate(each)))
            .unwrap_or_default();
        let hpa = sight
            .view
            .hpa
            .as_ref()
            .filter(|hpa| hpa.max > wanted)
            .map(|hpa| format!("; the autoscaler may go to {}", hpa.max))
            .unwrap_or_default();
        let short = if ready < wanted { format!(" (needs {wanted})") } else { String::new() };
        format!("{ready} of {wanted} stable pods of {} are Ready{short}{load}{hpa}", sight.plan.name)
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
        if let Some(last) = rates.iter().filter_map(|(.., last)| *last).min() {
            return format!(
                "{:.1} % of requests were on the canary ({} requests/s) {}; nothing newer is measured here",
                100.0 * canary / total,
                rate(canary),
                ago(self.now.since(last))
            );
        }
        let age = self.state.judgements.iter().filter_map(|judgement| judgement.evidence.newest).max();
        let age = age.map(|newest| format!(", read {}", ago(self.now.since(newest)))).unwrap_or_default();
        format!("{:.1} % of requests are on the canary ({} requests/s){age}", 100.0 * canary / total, rate(canary))
    }
}
