//! The scenarios of the demo, by their names.

use clap::builder::{PossibleValue, PossibleValuesParser};

/// Every scenario, and what happens in it.
const SCENARIOS: [(&str, &str); 21] = [
    ("healthy", "nothing goes wrong"),
    ("error-spike", "from 25 % on the canary answers with errors"),
    ("latency-creep", "the canary becomes slower with every step"),
    ("memory-leak", "the canary's memory grows towards its limit"),
    ("crash-loop", "canary pods crash as they start"),
    ("image-missing", "the canary's image does not exist"),
    ("no-room", "no node has room for the canary"),
    ("sticky-connections", "most traffic is on kept connections when errors begin"),
    ("metrics-outage", "metrics fail for a while, then return"),
    ("metrics-lost", "metrics fail and never return"),
    ("api-outage", "the API server goes away just as errors begin"),
    ("stuck-stable", "a stable pod is not ready during the rollback"),
    ("late-collapse", "at 100 % every canary pod fails at once"),
    ("dead-on-arrival", "little traffic, and every canary request fails"),
    ("low-traffic", "too few requests to decide anything"),
    ("flapping-metric", "single bad samples now and then"),
    ("common-outage", "stable is as bad as the canary"),
    ("gitops-fight", "something puts our writes back, again and again"),
    ("gitops-rollback", "the same, while errors call for a rollback"),
    ("bad-yesterday", "the version that serves is bad, and nothing flies"),
    ("tars", "nine workloads take every step together"),
];

/// Takes the name of a scenario; help and completions list them, and a slip is told what was probably meant.
pub fn scenario() -> PossibleValuesParser {
    PossibleValuesParser::new(SCENARIOS.map(|(name, summary)| PossibleValue::new(name).help(summary)))
}
