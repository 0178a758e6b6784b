//! The configuration that `init` writes: what was found as values, why as comments, and what could be wanted as commented
//! keys. Pure.

use std::fmt::Write;

use super::Recognised;
use crate::config::Config;
use crate::core::decide::canary_size;
use crate::core::plan::Step;
use crate::core::rule::{MemoryTarget, Rule, Sli};
use crate::core::survey::Found;
use crate::core::text::neutral;
use crate::core::time::human;

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    rules(&mut text, &defaults);
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

fn head(text: &mut String, sighting: &Sighting) {
    let (context, namespace) = (&sighting.context, &sighting.namespace);
    lines!(text, "# Glidepath's configuration, as `glidepath init` found namespace {namespace} of {context}.");
    text.push_str(HEAD);
    lines!(text, "[application]");
    lines!(text, "name = {}", quoted(&sighting.application));
    lines!(text, "namespace = {}", quoted(namespace));
    lines!(text, "# The kubeconfig context. Without it: the current one, pinned when a release starts.");
    lines!(text, "#context = {}\n\n", quoted(context));
}

const HEAD: &str = "\
# `glidepath check` says whether it is right and what a release would do. A line that begins with #KEY is a default, or a
# wish that nobody has yet. Every key there is, with its meaning: config.example.toml.


";

fn workload(text: &mut String, found: &Found, recognised: &Result<Recognised, String>) {
    lines!(text, "# Deployment {}: {} of {} pods are Ready.", found.name, found.ready, found.replicas);
    if found.services.is_empty() {
        lines!(text, "# No Service selects its pods: they share traffic by their number alone.");
    } else {
        lines!(text, "# Traffic comes from {}.", found.services.join(", "));
    }
    if let Some((name, least, most)) = &found.autoscaler {
        lines!(
            text,
            "# {name} keeps it between {least} and {most} pods; its minimum is raised for a flight ([canary] hpa)."
        );
    }
    if let Some(release) = &found.flying {
        lines!(text, "# Release {release} is flying it now.");
    }
    // What cannot be flown is shown and left out: a release takes all workloads, and would be refused for this one.
    let off = match &found.refused {
        Some(why) => {
            lines!(text, "# It cannot be flown as it is: {why}.");
            "#"
        }
        None => "",
    };
    lines!(text, "{off}[[workload]]");
    lines!(text, "{off}name = {}", quoted(&found.name));
    for image in &found.containers {
        lines!(text, "# Container {} runs {}.", image.container, image.reference);
    }
    let containers: Vec<String> = found.containers.iter().map(|image| quoted(&image.container)).collect();
    if containers.len() > 1 {
        lines!(
            text,
            "# `release --version V` is for all of these; take out what has versions of its own (a proxy, an agent)."
        );
    }
    lines!(text, "{off}images = [{}]", containers.join(", "));
    match &found.metrics {
        Some(port) => {
            lines!(text, "# Its pods answer with metrics at this port. {}", said(recognised));
            lines!(text, "{off}metrics = {{ port = {}, path = {} }}\n", port.port, quoted(&port.path));
        }
        None => {
            lines!(text, "# Nothing says where its pods answer with metrics. Without any, nothing can be judged.");
            lines!(text, "#metrics = {{ port = 8080, path = \"/metrics\" }}\n");
        }
    }
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
    lines!(text, "\n# The canary stage: weights in percent, and how long each is watched before the next.");
    for (found, _) in sighting.workloads.iter().filter(|(found, _)| found.refused.is_none()) {
        lines!(text, "# {}", made_by_pods(found, steps));
    }
    lines!(text, "[canary]\nsteps = [{}]\nsoak = {}\n\n", weights.join(", "), quoted(&soak));
}

/// What pods make of the weights: a Service sends to pods, not to percentages.
fn made_by_pods(found: &Found, steps: &[Step]) -> String {
    let one = |step: &Step| {
        let pods = canary_size(step.weight, found.replicas);
        let share = match step.weight {
            100.. => 100.0,
            _ => 100.0 * f64::from(pods) / f64::from(pods + found.replicas.max(1)),
        };
        format!("{} % is {pods} beside {} ({share:.1} %)", step.weight, found.replicas)
    };
    format!("{}: {}", found.name, steps.iter().map(one).collect::<Vec<_>>().join(", "))
}

fn rules(text: &mut String, defaults: &Config) {
    lines!(
        text,
        "# What the canary is judged by. A breach brings all traffic back (action = \"hold\" or \"note\" does not)."
    );
    for rule in &defaults.rules {
        lines!(text, "[rules.{}]", rule.name);
        lines!(text, "# {}", meaning(rule));
        lines!(text, "target = {}\n#action = \"rollback\"\n", quoted(&target(rule)));
    }
}

fn meaning(rule: &Rule) -> String {
    match &rule.sli {
        Sli::Errors { .. } => "The share of requests that fail with 5xx must stay below this.".to_owned(),
        Sli::Latency { quantile, .. } => {
            format!("{} % of the requests must be faster than this.", (quantile * 1_000.0).round() / 10.0)
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
        Sli::Latency { bound, .. } => format!("{}ms", (bound * 1_000.0).round()),
        Sli::Memory { target: MemoryTarget::OfLimit(share) } => format!("{}% of limit", (share * 100.0).round()),
        Sli::Memory { target: MemoryTarget::Bytes(bytes) } => bytes.to_string(),
        Sli::Query { goal, .. } => goal.to_string(),
    }
}

fn metrics(text: &mut String, sighting: &Sighting) {
    lines!(
        text,
        "\n# Where the samples come from: each pod itself, through the API server (it works from a laptop), or a Prometheus."
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

const REST: &str = "
# How long each kind of waiting may last. More keys: config.example.toml.
#[limits]
#ready = \"5m\"
#blind = \"5m\"

# What is marked as production on every screen: patterns of contexts and namespaces.
#[production]
#contexts = [\"*prod*\"]
#namespaces = [\"*prod*\"]
";

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
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
        assert!(written.contains("# checkout: 1 % is 1 beside 10 (9.1 %)"), "{written}");
        assert!(written.contains("requests as http_requests_total, latencies under no name"), "{written}");
    }

    #[test]
    fn names_that_are_no_names_stay_inside_their_quotes_and_comments() {
        let mut odd = found("checkout");
        odd.containers[0].reference = "registry/a\"b] = # [x".to_owned();
        read(&text(&sighting(vec![odd])));
    }
}
