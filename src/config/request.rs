//! What is asked of core: the command line over the configuration over the defaults.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::config::Config;
use crate::config::application::{Images, Workload};
use crate::core::odds::share_out;
use crate::core::problem::Problem;
use crate::core::request::{Request, WorkloadRequest};
use crate::core::rule::Rule;

/// What the command line says of a release, and the place that it was pinned to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ask {
    /// The release's own id, where something outside gives one.
    pub id: Option<String>,
    /// The kubeconfig context.
    pub context: String,
    /// The namespace.
    pub namespace: String,
    /// The one Deployment that is named; `None`: all that are configured.
    pub workload: Option<String>,
    /// The tag that the configured images take.
    pub version: Option<String>,
    /// Images that are given one by one.
    pub images: Vec<AskedImage>,
    /// Whole pod templates.
    pub templates: Vec<AskedTemplate>,
}

/// One image that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedImage {
    /// The Deployment; `None`: the only one.
    pub workload: Option<String>,
    /// The container.
    pub container: String,
    /// The reference, as it was given.
    pub reference: String,
}

/// One pod template that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct AskedTemplate {
    /// The Deployment that it stands in; `None`: it stands alone.
    pub workload: Option<String>,
    /// The namespace that it names.
    pub namespace: Option<String>,
    /// `spec.template` of the Deployment.
    pub template: Value,
}

impl Config {
    /// The rules that a release of these workloads is judged by: what it may be wrong is divided over all its bets.
    pub fn rules_for<'a>(&self, workloads: impl Iterator<Item = &'a str> + Clone) -> Vec<Rule> {
        let mut rules = self.rules.clone();
        if let Some(alpha) = self.alpha_release {
            share_out(&mut rules, workloads, alpha);
        }
        rules
    }

    /// The release that is asked for. Workloads to which nothing new comes stay out of it.
    ///
    /// # Errors
    /// What the command line and the configuration together do not say, or say twice.
    pub fn request(&self, ask: Ask) -> Result<Request, Problem> {
        check_namespaces(&ask)?;
        let (application, chosen) = self.choose(&ask)?;
        let mut workloads: Vec<WorkloadRequest> = chosen.iter().map(|workload| request_of(workload, &ask)).collect();
        place_images(&ask.images, &mut workloads)?;
        place_templates(ask.templates, &mut workloads)?;
        workloads
            .retain(|workload| workload.tag.is_some() || !workload.images.is_empty() || workload.template.is_some());
        if workloads.is_empty() {
            return Err(Problem::user("nothing says what to release")
                .hint("give --version V, --image CONTAINER=REF or -f deployment.yaml"));
        }
        let rules = self.rules_for(workloads.iter().map(|workload| workload.name.as_str()));
        Ok(Request {
            id: ask.id,
            application,
            production: self.production.marks(&ask.context, &ask.namespace),
            version: ask.version,
            workloads,
            steps: self.canary.steps.clone(),
            rules,
            signals: self.metrics.signals.clone(),
            limits: self.limits.clone(),
            scrape: self.canary.scrape,
            prometheus: self.metrics.prometheus(),
            finish: self.canary.finish,
            on_hold_limit: self.on_hold_limit,
            cost: self.cost.clone(),
            raise_hpa: self.canary.raise_hpa,
            allow_recreate: self.canary.allow_recreate,
            settle: self.canary.settle,
            baseline: self.canary.baseline,
        })
    }

    /// The name of the application, and its workloads.
    fn choose(&self, ask: &Ask) -> Result<(String, Vec<Workload>), Problem> {
        if let Some(name) = &ask.workload {
            let configured = self.workloads.iter().find(|workload| workload.name == *name);
            let whole = configured.is_some() && self.workloads.len() == 1;
            let application = self.application.name.clone().filter(|_| whole).unwrap_or_else(|| name.clone());
            return Ok((application, vec![configured.cloned().unwrap_or_else(|| bare(name))]));
        }
        if let [first, ..] = self.workloads.as_slice() {
            let application = self.application.name.clone().unwrap_or_else(|| first.name.clone());
            return Ok((application, self.workloads.clone()));
        }
        let named: Vec<&String> = ask.templates.iter().filter_map(|template| template.workload.as_ref()).collect();
        match named.as_slice() {
            [only] => Ok((self.application.name.clone().unwrap_or_else(|| (*only).clone()), vec![bare(only)])),
            [] => Err(Problem::user("nothing says which Deployment to release")
                .hint("name it: glidepath release deploy/NAME …")
                .hint("or describe the application with a [[workload]] in glidepath.toml")),
            several => Err(Problem::user(format!(
                "the file holds {} Deployments, and nothing says which to release",
                several.len()
            ))
            .hint("name one: glidepath release deploy/NAME …")
            .hint("or describe the application with a [[workload]] for each in glidepath.toml")),
        }
    }
}

fn bare(name: &str) -> Workload {
    Workload { name: name.to_owned(), images: Images::All, metrics: None }
}

/// What the version means for a workload: a tag, or whole references where the configuration names repositories.
fn request_of(workload: &Workload, ask: &Ask) -> WorkloadRequest {
    let base = WorkloadRequest {
        name: workload.name.clone(),
        metrics: workload.metrics.clone(),
        ..WorkloadRequest::default()
    };
    let Some(version) = &ask.version else { return base };
    match &workload.images {
        Images::All => WorkloadRequest { tag: Some(version.clone()), ..base },
        Images::Containers(names) => WorkloadRequest { tag: Some(version.clone()), tagged: names.clone(), ..base },
        Images::Repositories(repositories) => WorkloadRequest { images: references(repositories, version), ..base },
    }
}

fn references(repositories: &BTreeMap<String, String>, version: &str) -> Vec<(Option<String>, String)> {
    repositories
        .iter()
        .map(|(container, repository)| (Some(container.clone()), format!("{repository}:{version}")))
        .collect()
}

/// An image that is given by itself replaces what the version made of its container.
fn place_images(images: &[AskedImage], workloads: &mut [WorkloadRequest]) -> Result<(), Problem> {
    for image in images {
        let names = workloads.iter().map(|workload| workload.name.as_str()).collect::<Vec<_>>().join(", ");
        let written = format!("--image {}={}", image.container, image.reference);
        let workload = match (&image.workload, &mut *workloads) {
            (Some(name), workloads) => {
                workloads.iter_mut().find(|workload| workload.name == *name).ok_or_else(|| {
                    Problem::user(format!("--image names the workload {name}, which is not part of this release"))
                        .hint(format!("its workloads are {names}"))
                })?
            }
            (None, [only]) => only,
            (None, _) => {
                return Err(Problem::user(format!("{written} does not say for which workload"))
                    .hint(format!("write --image WORKLOAD/{}=…; the workloads are {names}", image.container)));
            }
        };
        let container = Some(image.container.clone());
        let twice = |other: &&AskedImage| other.container == image.container && other.workload == image.workload;
        if images.iter().filter(twice).count() > 1 {
            return Err(Problem::user(format!("--image gives the container {} twice", image.container)));
        }
        workload.images.retain(|(other, _)| *other != container);
        workload.images.push((container, image.reference.clone()));
    }
    Ok(())
}

fn place_templates(templates: Vec<AskedTemplate>, workloads: &mut [WorkloadRequest]) -> Result<(), Problem> {
    if templates.is_empty() {
        return Ok(());
    }
    let mut placed = false;
    for template in templates {
        let workload = match (&template.workload, &mut *workloads) {
            (Some(name), workloads) => workloads.iter_mut().find(|workload| workload.name == *name),
            (None, [only]) => Some(only),
            (None, several) => {
                return Err(Problem::user(format!(
                    "the file holds a pod template without a Deployment's name, and there are {} workloads",
                    several.len()
                ))
                .hint("name one: glidepath release deploy/NAME …"));
            }
        };
        if let Some(workload) = workload {
            workload.template = Some(template.template);
            placed = true;
        }
    }
    if placed {
        return Ok(());
    }
    let names = workloads.iter().map(|workload| workload.name.as_str()).collect::<Vec<_>>().join(", ");
    Err(Problem::user(format!("the file holds no Deployment of this release ({names})")))
}

/// A manifest of another namespace is one of another environment.
fn check_namespaces(ask: &Ask) -> Result<(), Problem> {
    let foreign =
        ask.templates.iter().find_map(|template| template.namespace.as_ref().filter(|name| **name != ask.namespace));
    match foreign {
        Some(name) => {
            Err(Problem::user(format!("the file is for the namespace {name}, and the release is in {}", ask.namespace))
                .hint(format!("give -n {name}, or the file of this namespace")))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tars() -> Config {
        let workload = |name: &str, images: Images| Workload { name: name.into(), images, metrics: None };
        let repositories = BTreeMap::from([("agent".to_owned(), "ghcr.io/example/ppo".to_owned())]);
        let mut config = Config::default();
        config.application.name = Some("tars".into());
        config.workloads = vec![
            workload("tars-ppo-agent", Images::Repositories(repositories)),
            workload("tars-api", Images::Containers(vec!["api".into()])),
        ];
        config
    }

    fn ask() -> Ask {
        Ask { context: "prod-eu".into(), namespace: "tars".into(), ..Ask::default() }
    }

    fn image(workload: Option<&str>, container: &str, reference: &str) -> AskedImage {
        AskedImage { workload: workload.map(str::to_owned), container: container.into(), reference: reference.into() }
    }

    #[test]
    fn a_version_moves_every_workload() {
        let request = tars().request(Ask { version: Some("1.0.1".into()), ..ask() }).unwrap();
        assert_eq!(request.application, "tars");
        assert!(request.production);
        let [ppo, api] = request.workloads.as_slice() else { panic!("two workloads") };
        assert_eq!(ppo.images, [(Some("agent".into()), "ghcr.io/example/ppo:1.0.1".into())]);
        assert_eq!(ppo.tag, None);
        assert_eq!((api.tag.as_deref(), api.tagged.as_slice()), (Some("1.0.1"), &["api".to_owned()][..]));
        assert_eq!(request.steps.iter().map(|step| step.weight).collect::<Vec<_>>(), [1, 10, 25, 50, 100]);
    }

    #[test]
    fn what_a_release_may_be_wrong_is_divided_over_its_bets() {
        let mut config = tars();
        config.alpha_release = Some(0.004);
        let threshold = |config: &Config, version: &str| {
            let request = config.request(Ask { version: Some(version.into()), ..ask() }).unwrap();
            request.rules.iter().filter_map(|rule| rule.odds.as_ref()).map(|odds| odds.rollback).collect::<Vec<_>>()
        };
        // Two rules on two workloads lay eight bets.
        assert_eq!(threshold(&config, "1.0.1"), [2_000.0, 2_000.0]);
        config.alpha_release = None;
        assert_eq!(threshold(&config, "1.0.1"), [1_000.0, 1_000.0]);
    }

    #[test]
    fn an_image_replaces_what_the_version_says_of_its_container() {
        let images = vec![image(Some("tars-ppo-agent"), "agent", "other/ppo:2")];
        let request = tars().request(Ask { version: Some("1.0.1".into()), images, ..ask() }).unwrap();
        assert_eq!(request.workloads[0].images, [(Some("agent".into()), "other/ppo:2".into())]);
    }

    #[test]
    fn a_workload_to_which_nothing_new_comes_stays_out() {
        let images = vec![image(Some("tars-api"), "api", "api:2")];
        let request = tars().request(Ask { images, ..ask() }).unwrap();
        assert_eq!(request.workloads.iter().map(|workload| workload.name.as_str()).collect::<Vec<_>>(), ["tars-api"]);
    }

    #[test]
    fn one_deployment_flies_without_a_configuration() {
        let images = vec![image(None, "app", "checkout:1.8.0")];
        let request = Config::default().request(Ask { workload: Some("checkout".into()), images, ..ask() }).unwrap();
        assert_eq!(request.application, "checkout");
        assert_eq!(request.workloads[0].images, [(Some("app".into()), "checkout:1.8.0".into())]);
    }

    #[test]
    fn a_manifest_names_its_deployment() {
        let template = AskedTemplate { workload: Some("checkout".into()), namespace: None, template: Value::Null };
        let request = Config::default().request(Ask { templates: vec![template.clone()], ..ask() }).unwrap();
        assert_eq!(request.workloads[0].name, "checkout");
        let foreign = AskedTemplate { namespace: Some("staging".into()), ..template.clone() };
        let problem = Config::default().request(Ask { templates: vec![foreign], ..ask() }).unwrap_err();
        assert_eq!(problem.what, "the file is for the namespace staging, and the release is in tars");
        let other = Ask { workload: Some("cart".into()), templates: vec![template], ..ask() };
        let problem = Config::default().request(other).unwrap_err();
        assert_eq!(problem.what, "the file holds no Deployment of this release (cart)");
    }

    #[test]
    fn what_is_not_said_is_asked_for() {
        let what = |config: Config, ask: Ask| config.request(ask).unwrap_err().what;
        assert_eq!(what(Config::default(), ask()), "nothing says which Deployment to release");
        assert_eq!(what(tars(), ask()), "nothing says what to release");
        let images = vec![image(None, "api", "api:2")];
        assert_eq!(what(tars(), Ask { images, ..ask() }), "--image api=api:2 does not say for which workload");
        let images = vec![image(Some("tars-x"), "api", "api:2")];
        assert_eq!(
            what(tars(), Ask { images, ..ask() }),
            "--image names the workload tars-x, which is not part of this release"
        );
        let images = vec![image(None, "app", "a:1"), image(None, "app", "a:2")];
        let twice = Ask { workload: Some("checkout".into()), images, ..ask() };
        assert_eq!(what(Config::default(), twice), "--image gives the container app twice");
    }
}
