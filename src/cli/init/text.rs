//! The configuration that `init` writes: what was found as values, why as comments, and what could be wanted as commented
//! keys. Pure.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::Recognised;
use crate::config::Config;
use crate::core::decide::{canary_size, share_by_pods};
use crate::core::plan::Step;
use crate::core::rule::{MemoryTarget, Rule, Sli};
use crate::core::survey::Found;
use crate::core::text::{neutral, plural};
use crate::core::time::human;

/// What was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Sighting {
    /// The application's name.
    pub application: String,
    /// The namespace.
    pub namespace: String,
    /// The kubeconfig's context.
    pub context: String,
    /// Its Deployments, each with the names of its metrics, or why nobody knows them.
    pub workloads: Vec<(Found, Result<Recognised, String>)>,
}

/// The whole file.
pub fn text(sighting: &Sighting) -> String {
    let mut text = String::new();
    head(&mut text, sighting);
    for (found, recognised) in &sighting.workloads {
        workload(&mut text, found, recognised);
    }
    let defaults = Config::default();
    canary(&mut text, sighting, &defaults);
    rules(&mut text, sighting, &defaults);
    metrics(&mut text, sighting);
    text.push_str(REST);
    text
}

/// Adds lines. Writing to a string cannot fail.
macro_rules! lines {
    ($text:expr, $($line:tt)*) => {{
        let _written = writeln!($text, $($line)*);
    }};
}

/// How long a line of a comment becomes, where its words let it.
const WIDTH: usize = 100;

/// Adds a comment, in as many lines as it needs; none begins with the sign of a number in the line before it.
fn comment(text: &mut String, words: &str) {
    let mut line = "#".to_owned();
    for word in words.replace(" %", "\u{a0}%").split_ascii_whitespace().map(|word| word.replace('\u{a0}', " ")) {
        if line.len() > 1 && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines!(text, "{line}");
            line = "#".to_owned();
        }
        line.push(' ');
        line.push_str(&word);
    }
    lines!(text, "{line}");
}

fn head(text: &mut String, sighting: &Sighting) {
    let (context, namespace) = (&sighting.context, &sighting.namespace);
    let place = neutral(&format!("namespace {namespace} of {context}"));
    comment(text, &format!("Glidepath's configuration, as `glidepath init` found {place}."));
    text.push_str(HEAD);
    lines!(text, "[application]");
    lines!(text, "name = {}", quoted(&sighting.application));
    lines!(text, "namespace = {}", quoted(namespace));
    lines!(text, "# The kubeconfig context. Without it: the current one, pinned when a release starts.");
    lines!(text, "#context = {}\n", quoted(context));
}

const HEAD: &str = "\
#
#   glidepath check                       is it right, and what would a release do?
#   glidepath preflight --version TAG     could one start now, and what could its steps prove?
#   glidepath release --version TAG       fly it
#
# `#key = value` is a default or an example: take the # away to set it. Every key, with its meaning:
# config.example.toml in Glidepath's source.

";

fn workload(text: &mut String, found: &Found, recognised: &Result<Recognised, String>) {
    comment(text, &standing(found));
    // What cannot be flown is shown and left out: a release takes all workloads, and would be refused for this one.
    let off = match &found.refused {
        Some(why) => {
            comment(text, &format!("It cannot be flown as it is: {why}."));
            "#"
        }
        None => "",
    };
    lines!(text, "{off}[[workload]]");
    lines!(text, "{off}name = {}", quoted(&found.name));
    let mut images = "The containers whose image gets the tag of `--version TAG`.".to_owned();
    for image in &found.containers {
        images.push_str(&format!(" {} runs {}.", image.container, image.reference));
    }
    let containers: Vec<String> = found.containers.iter().map(|image| quoted(&image.container)).collect();
    if containers.len() > 1 {
        images.push_str(" Take out what has versions of its own: a proxy, an agent.");
    }
    comment(text, &images);
    lines!(text, "{off}images = [{}]", containers.join(", "));
    match &found.metrics {
        Some(port) => {
            comment(text, &format!("Where its pods answer with metrics. {}", said(recognised)));
            lines!(text, "{off}metrics = {{ port = {}, path = {} }}\n", port.port, quoted(&port.path));
        }
        None => {
            comment(text, "Nothing says where its pods answer with metrics. Without any, nothing can be judged.");
            lines!(text, "#metrics = {{ port = 8080, path = \"/metrics\" }}\n");
        }
    }
}

/// How a Deployment stands, and who has to do with it.
fn standing(found: &Found) -> String {
    let mut words = format!("Deployment {}: {} of {} pods are Ready.", found.name, found.ready, found.replicas);
    words.push_str(&match found.services.as_slice() {
        [] => " No Service selects its pods: they share traffic by their number alone.".to_owned(),
        [only] => format!(" Service {only} sends it traffic."),
        several => format!(" Services {} send it traffic.", several.join(", ")),
    });
    if let Some((name, least, most)) = &found.autoscaler {
        words.push_str(&format!(
            " Autoscaler {name} keeps it between {least} and {most} pods; a flight raises its minimum and puts it back \
             ([canary] hpa)."
        ));
    }
    if let Some(release) = &found.flying {
        words.push_str(&format!(" Release {release} is flying it now."));
    }
    words
}

fn said(recognised: &Result<Recognised, String>) -> String {
    match recognised {
        Ok(found) => {
            let name = |what: &str, name: &Option<String>| match name {
                Some(name) => format!("{what} as {name}"),
                None => format!("{what} under no name that is known ([metrics.series])"),
            };
            let parts =
                [name("requests", &found.requests), name("latencies", &found.latency), name("memory", &found.memory)];
            format!("One was asked: {}.", parts.join(", "))
        }
        Err(why) => format!("What they say is not known: {}.", neutral(why)),
    }
}

fn canary(text: &mut String, sighting: &Sighting, defaults: &Config) {
    let steps = &defaults.canary.steps;
    let weights: Vec<String> = steps.iter().map(|step| step.weight.to_string()).collect();
    let soak = steps.first().map_or_else(String::new, |step| human(step.soak));
    comment(
        text,
        "The canary stage: weights in percent, and how long each is watched before the next. A Service sends to pods, not \
         to percentages; what pods make of these weights:",
    );
    let flyable = || sighting.workloads.iter().map(|(found, _)| found).filter(|found| found.refused.is_none());
    let sizes: BTreeSet<u32> = flyable().map(|found| found.replicas).collect();
    for size in sizes {
        let names: Vec<&str> =
            flyable().filter(|found| found.replicas == size).map(|found| found.name.as_str()).collect();
        let whose = if names.len() > 3 { format!("{} workloads", names.len()) } else { names.join(", ") };
        comment(text, &format!("- beside {size} pods ({whose}): {}.", made_by_pods(size, steps)));
    }
    lines!(text, "[canary]\nsteps = [{}]\nsoak = {}\n", weights.join(", "), quoted(&soak));
}

/// What so many stable pods make of the weights.
fn made_by_pods(stable: u32, steps: &[Step]) -> String {
    let one = |step: &Step| {
        let pods = plural(canary_size(step.weight, stable), "pod");
        format!("{} % is {pods} ({:.1} %)", step.weight, share_by_pods(step.weight, stable, false))
    };
    steps.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn rules(text: &mut String, sighting: &Sighting, defaults: &Config) {
    comment(
        text,
        "What the canary is judged by. A breach brings all traffic back (action = \"hold\" or \"note\" does not).",
    );
    for rule in &defaults.rules {
        let (meaning, target) = (meaning(rule), target(rule));
        let (now, target) = match &rule.sli {
            Sli::Latency { quantile, bound, .. } => latency(sighting, *quantile, *bound),
            _ => (String::new(), target),
        };
        lines!(text, "[rules.{}]", rule.name);
        comment(text, &format!("{meaning}{now}"));
        lines!(text, "target = {}\n#action = \"rollback\"\n", quoted(&target));
    }
}

/// How long requests take now, and a target that what serves now keeps with half of what it allows to spare: one that
/// stable itself misses holds every release.
fn latency(sighting: &Sighting, quantile: f64, default: f64) -> (String, String) {
    let all = sighting.workloads.iter().filter(|(found, _)| found.refused.is_none());
    let times = all.filter_map(|(found, recognised)| Some((found, &recognised.as_ref().ok()?.times)));
    let within = |share: f64| {
        let each = times.clone().filter_map(move |(found, times)| Some((found.name.as_str(), times.within(share)?)));
        each.max_by(|one, other| one.1.total_cmp(&other.1))
    };
    let Some((slowest, now)) = within(quantile) else { return (String::new(), millis(default)) };
    let whose = if sighting.workloads.len() > 1 { format!(" ({slowest}, the slowest)") } else { String::new() };
    let says = format!(" So far {} take at most {}{whose}", percent(quantile), millis(now));
    match within(f64::midpoint(quantile, 1.0)) {
        Some((_, enough)) if enough <= default => (format!("{says}."), millis(default)),
        Some((_, enough)) => (format!("{says}; the default, {}, would be missed.", millis(default)), millis(enough)),
        None => (format!("{says}, and many took longer than any bucket tells."), millis(default.max(now))),
    }
}

fn millis(seconds: f64) -> String {
    format!("{}ms", (seconds * 1_000.0).round())
}

fn percent(share: f64) -> String {
    format!("{} %", (share * 1_000.0).round() / 10.0)
}

fn meaning(rule: &Rule) -> String {
    match &rule.sli {
        Sli::Errors { .. } => "The share of requests that fail with 5xx must stay below this.".to_owned(),
        Sli::Latency { quantile, .. } => {
            format!("{} of the requests must be faster than this.", percent(*quantile))
        }
        Sli::Memory { .. } => {
            "No pod may use more: a share of its container's limit, or a size such as \"512MiB\".".to_owned()
        }
        Sli::Query { promql, .. } => format!("The value of {promql}."),
    }
}

fn target(rule: &Rule) -> String {
    match &rule.sli {
        Sli::Errors { target } => format!("{}%", (target * 10_000.0).round() / 100.0),
        Sli::Latency { bound, .. } => millis(*bound),
        Sli::Memory { target: MemoryTarget::OfLimit(share) } => format!("{}% of limit", (share * 100.0).round()),
        Sli::Memory { target: MemoryTarget::Bytes(bytes) } => bytes.to_string(),
        Sli::Query { goal, .. } => goal.to_string(),
    }
}

fn metrics(text: &mut String, sighting: &Sighting) {
    comment(
        text,
        "Where the samples come from: each pod itself, through the API server (it works from a laptop), or a Prometheus.",
    );
    lines!(text, "[metrics]\nsource = \"scrape\"");
    lines!(text, "#source = \"prometheus\"\n#service = \"monitoring/prometheus:9090\"");
    let unknown = |pick: fn(&Recognised) -> &Option<String>| {
        sighting.workloads.iter().any(|(_, found)| found.as_ref().is_ok_and(|found| pick(found).is_none()))
    };
    if unknown(|found| &found.requests) || unknown(|found| &found.latency) || unknown(|found| &found.memory) {
        lines!(text, "\n# Some pods use other names than the known ones. Write theirs here.\n#[metrics.series]");
        lines!(
            text,
            "#requests = [\"my_requests_total\"]\n#latency = [\"my_request_seconds\"]\n#memory = [\"my_memory_bytes\"]"
        );
    }
    text.push('\n');
}

const REST: &str = "\
# How long each kind of waiting may last. More keys: config.example.toml.
#[limits]
#ready = \"5m\"
#blind = \"5m\"

# What is marked as production on every screen: patterns of contexts and namespaces.
#[production]
#contexts = [\"*prod*\"]
#namespaces = [\"*prod*\"]
";

/// A text as TOML writes it in one line: one with line breaks of its own would end a comment.
fn quoted(text: &str) -> String {
    toml::Value::String(neutral(text)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::init::metrics::Times;
    use crate::config::{File, Images};
    use crate::core::plan::MetricsPort;
    use crate::core::survey::Image;

    fn found(name: &str) -> Found {
        let image = |container: &str| Image {
            container: container.to_owned(),
            reference: format!("registry/{container}:1.7"),
            repository: format!("registry/{container}"),
            version: "1.7".to_owned(),
        };
        Found {
            name: name.to_owned(),
            replicas: 10,
            ready: 10,
            containers: vec![image("app"), image("proxy")],
            services: vec![name.to_owned()],
            metrics: Some(MetricsPort { port: 9090, path: "/metrics".to_owned() }),
            autoscaler: Some((name.to_owned(), 3, 30)),
            ..Found::default()
        }
    }

    fn sighting(workloads: Vec<Found>) -> Sighting {
        let recognised = Recognised { requests: Some("http_requests_total".to_owned()), ..Recognised::default() };
        Sighting {
            application: "shop".to_owned(),
            namespace: "shop".to_owned(),
            context: "prod-eu".to_owned(),
            workloads: workloads.into_iter().map(|found| (found, Ok(recognised.clone()))).collect(),
        }
    }

    fn read(text: &str) -> Config {
        Config::parse(&File { file: "glidepath.toml".into(), text: text.to_owned() }).expect("what is written is right")
    }

    #[test]
    fn what_is_written_is_read_back_and_flies_as_the_defaults_do() {
        let config = read(&text(&sighting(vec![found("checkout"), found("cart")])));
        let names: Vec<&str> = config.workloads.iter().map(|workload| workload.name.as_str()).collect();
        assert_eq!(names, ["checkout", "cart"]);
        assert_eq!(config.workloads[0].images, Images::Containers(vec!["app".to_owned(), "proxy".to_owned()]));
        assert_eq!(config.workloads[0].metrics, found("checkout").metrics);
        let defaults = Config::default();
        assert_eq!((config.rules, config.canary), (defaults.rules, defaults.canary));
        assert_eq!((config.metrics, config.limits), (defaults.metrics, defaults.limits));
    }

    #[test]
    fn what_cannot_be_flown_is_shown_and_left_out() {
        let refused = Found { refused: Some("it is scaled to 0".to_owned()), ..found("cart") };
        let written = text(&sighting(vec![found("checkout"), refused]));
        assert!(written.contains("# It cannot be flown as it is: it is scaled to 0."), "{written}");
        assert_eq!(read(&written).workloads.len(), 1);
    }

    #[test]
    fn pods_are_said_beside_their_weights() {
        let written = text(&sighting(vec![found("checkout")]));
        let words = written.replace("\n# ", " ");
        assert!(words.contains("- beside 10 pods (checkout): 1 % is 1 pod (9.1 %)"), "{written}");
        assert!(words.contains("requests as http_requests_total, latencies under no name"), "{written}");
        assert!(written.lines().all(|line| line.chars().count() <= WIDTH), "{written}");
    }

    #[test]
    fn the_target_of_latency_is_one_that_what_serves_now_keeps() {
        let slow = |name: &str, within: [f64; 3]| {
            let times = Times::of([0.1, 0.5, 1.0].into_iter().zip(within).chain([(f64::INFINITY, 1_000.0)]).collect());
            (found(name), Ok(Recognised { times, ..Recognised::default() }))
        };
        let said = |workloads: Vec<(Found, Result<Recognised, String>)>| {
            let written = text(&Sighting { workloads, ..sighting(Vec::new()) });
            let Sli::Latency { bound, .. } = read(&written).rules[1].sli else { panic!("the rule of latency") };
            let (_, after) = written.split_once("[rules.p95]\n# ").unwrap();
            (bound, after.split_once("\ntarget").unwrap().0.replace("\n# ", " "))
        };
        let must = "95 % of the requests must be faster than this.";
        let fast = slow("web", [990.0, 1_000.0, 1_000.0]);
        assert_eq!(said(vec![fast.clone()]), (0.1, format!("{must} So far 95 % take at most 100ms.")));
        let late = slow("cart", [10.0, 960.0, 990.0]);
        let missed = "So far 95 % take at most 500ms (cart, the slowest); the default, 100ms, would be missed.";
        assert_eq!(said(vec![fast, late]), (1.0, format!("{must} {missed}")));
        let (bound, words) = said(vec![slow("web", [10.0, 900.0, 960.0])]);
        assert!(bound == 1.0 && words.ends_with("longer than any bucket tells."), "{bound} {words}");
        assert_eq!(said(vec![slow("web", [0.0, 0.0, 0.0])]), (0.1, must.to_owned()), "all are slower than any bucket");
    }

    #[test]
    fn names_that_are_no_names_stay_inside_their_quotes_and_comments() {
        let mut odd = found("checkout");
        odd.containers[0].reference = "registry/a\"b] = # [x".to_owned();
        let context = "prod\n[canary]\nsteps = [100]".to_owned();
        read(&text(&Sighting { context, ..sighting(vec![odd]) }));
    }
}
