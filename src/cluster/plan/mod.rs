//! Making a plan: looking at everything that a release touches or meets, before its first write.
//!
//! What a release cannot fly with is refused by name ([`check`]); what is good to know is told ([`tell`]); the rest becomes
//! a [`Plan`], in which the templates are as the server itself would write them.

mod check;
mod earlier;
mod epoch;
mod flying;
mod images;
mod metrics;
pub mod names;
mod observed;
mod quiet;
mod recover;
mod scene;
mod settle;
mod survey;
mod tell;
mod trial;
mod workload;

use serde_json::Value;

use crate::cluster::access;
use crate::cluster::connect::Connection;
use crate::cluster::rest::Rest;
use crate::cluster::seen::Quota;
use crate::cluster::template;
use crate::core::odds;
use crate::core::plan::{Finish, Kind, Plan, Step, Workload};
use crate::core::problem::Problem;
use crate::core::request::{Request, WorkloadRequest};
use crate::core::state::{FinishPart, Phase, State};
use crate::core::text::neutral;
use crate::core::time::Time;

use scene::{Scene, Site};

pub use earlier::{earlier, earlier_at};
pub use epoch::{epoch_on_objects, has_template};
pub use observed::{Found, deployments, observed};
pub use recover::{Place, place, recover};
pub use survey::{deployment_names, namespace_names, release_names, survey};
pub use tell::owners::of as owners;

/// Which quotas have no room for `pods` more pods of this template, a sentence each.
pub fn quotas_short(quotas: &[Quota], template: &Value, pods: u32) -> Vec<String> {
    tell::room::quotas(quotas, &tell::room::ask(template), pods)
}

/// Makes the plan of a release. The same release that already flies gives the plan that it flies by, with its id.
///
/// # Errors
/// What the user must correct (2), a release that has not ended (5), a server that does not answer (6).
pub async fn plan(connection: &Connection, request: Request, now: Time) -> Result<Plan, Problem> {
    draft(connection, request, now).await?.accept().await
}

/// A release that is asked for, before anybody said that it may fly: enough to know whether it is one that was begun.
pub struct Draft<'a> {
    connection: &'a Connection,
    rest: Rest,
    scene: Scene,
    sites: Vec<Site>,
    plan: Plan,
    /// The release that the marks on the objects say is under way.
    flying: Option<String>,
    /// Why these objects cannot begin a release, if they cannot.
    refused: Option<Problem>,
}

/// Looks at what a release would touch, and drafts its plan.
///
/// # Errors
/// What the user must correct (2), a server that does not answer (6).
pub async fn draft(connection: &Connection, request: Request, now: Time) -> Result<Draft<'_>, Problem> {
    access::require(connection, [access::needed(false), access::shared()].concat()).await?;
    let rest = connection.rest();
    let scene = Scene::read(&rest).await?;
    let mut sites = Vec::new();
    for asked in &request.workloads {
        sites.push(scene.site(&rest, &asked.name).await?);
    }
    if sites.iter().any(|site| site.autoscaler.is_some()) {
        access::require(connection, access::needed(request.raise_hpa)).await?;
    }
    let flying = sites.iter().find_map(|site| note_ended(connection, site));
    let refused = if flying.is_none() { fit(&sites, &request).err() } else { None };
    match (drafted(connection, &rest, &scene, &sites, &request, now).await, refused) {
        (Ok(plan), refused) => Ok(Draft { connection, rest, scene, sites, plan, flying, refused }),
        // What is refused by name says more than what the server has against it.
        (Err(_), Some(refused)) => Err(refused),
        (Err(problem), None) => Err(problem),
    }
}

/// Whether a release may begin on these objects.
fn fit(sites: &[Site], request: &Request) -> Result<(), Problem> {
    for (site, asked) in sites.iter().zip(&request.workloads) {
        let wanted = images::wanted(&site.deployment.spec.template, asked)?;
        check::deployment::is_settled(&site.deployment)?;
        // Before its pods are found behind a Service, where they would be anybody's.
        if request.baseline {
            check::deployment::has_room_for_a_baseline(&site.deployment, site.baseline.as_ref())?;
        }
        check::beside(site, &wanted, request.allow_recreate)?;
    }
    Ok(())
}

impl Draft<'_> {
    /// The release hash, by which a release that was begun and has not ended is found again.
    pub fn hash(&self) -> &str {
        &self.plan.hash
    }

    /// Whether a release of this hash, as its journal left it, is gone on with. A journal knows nothing of who ended its
    /// release from elsewhere: only marks on the objects say that it still flies. One that had written nothing yet goes on
    /// where stable is as it was; one that died after its last write still has its end to record.
    pub fn is_of(&self, begun: &Plan, state: &State) -> bool {
        let marked = self.sites.iter().any(|site| flying::read(site).speaks_of(&begun.release));
        let all = |template: fn(&Workload) -> &Value| {
            let now = |workload: &Workload| {
                let found = self.plan.workload(&workload.name);
                found.is_some_and(|found| {
                    found.uid == workload.uid && template::same(&found.stable_template, template(workload))
                })
            };
            begun.workloads.iter().all(now)
        };
        marked
            || match &state.phase {
                Phase::Preparing => all(|workload| &workload.stable_template),
                Phase::RollingBack => {
                    let closed = state.rollback.as_ref().is_some_and(|rollback| rollback.closed.is_some());
                    closed && all(|workload| &workload.stable_template)
                }
                Phase::Finishing(finishing) => {
                    finishing.part == FinishPart::Clean && all(|workload| &workload.canary_template)
                }
                _ => false,
            }
    }

    /// The plan, if it may fly.
    ///
    /// # Errors
    /// As [`plan`].
    pub async fn accept(self) -> Result<Plan, Problem> {
        let Self { connection, rest, scene, sites, plan, flying, refused } = self;
        match (flying, refused) {
            (Some(release), _) => resume(&scene, &sites, &plan, &release),
            (None, Some(refused)) => Err(refused),
            (None, None) => finish(connection, &rest, &scene, &sites, plan).await,
        }
    }
}

/// Takes note of releases that have ended, so that their marks may be overwritten; answers the one that has not.
fn note_ended(connection: &Connection, site: &Site) -> Option<String> {
    let marked = flying::read(site);
    for release in &marked.ended {
        connection.ended.insert(release);
    }
    marked.flying
}

/// The same release again is resumed; another one has to wait.
fn resume(scene: &Scene, sites: &[Site], draft: &Plan, release: &str) -> Result<Plan, Problem> {
    let site = sites.iter().find(|site| flying::read(site).flying.as_deref() == Some(release));
    match site.map(|site| recover::from_marks(scene, site, release)) {
        Some(flown) if flown.hash == draft.hash => Ok(flown),
        _ => {
            let application = neutral(&draft.application);
            Err(Problem::refused(format!("release {} of {application} has not ended", neutral(release)))
                .hint("look at it: glidepath attach")
                .hint(format!("or bring everything back: glidepath rollback deploy/{}", first_name(sites))))
        }
    }
}

fn first_name(sites: &[Site]) -> String {
    sites.first().map(|site| neutral(&site.deployment.metadata.name)).unwrap_or_default()
}

/// The plan, before the server has been asked to admit its canaries.
async fn drafted(
    connection: &Connection,
    rest: &Rest,
    scene: &Scene,
    sites: &[Site],
    request: &Request,
    now: Time,
) -> Result<Plan, Problem> {
    let (mut workloads, mut told, mut afterwards) = (Vec::new(), scene.unseen.clone(), Vec::new());
    for (site, asked) in sites.iter().zip(&request.workloads) {
        let wanted = images::wanted(&site.deployment.spec.template, asked)?;
        let wishes = workload::Wishes {
            template: trial::written(rest, site, &wanted).await?,
            metrics: asked.metrics.clone(),
            steps: &request.steps,
            raise_hpa: request.raise_hpa,
            settle: request.settle,
            baseline: request.baseline,
        };
        let (workload, told_of_it) = workload::make(scene, site, wishes);
        told.extend(told_of_it);
        if request.prometheus.is_none() {
            told.push(tell::metrics(&workload));
        }
        // Whoever brings the new template as its owner need not be told to.
        if request.finish == Finish::Roll {
            afterwards.extend(tell::behind::all(&site.deployment.metadata, &workload));
        }
        workloads.push(workload);
    }
    told.extend(request.prometheus.iter().map(|prometheus| format!("metrics are asked of {}", neutral(prometheus))));
    let to =
        request.version.clone().map_or_else(|| version(&workloads, &request.workloads), |version| neutral(&version));
    let mut plan = Plan {
        release: release_id(request, &to, now)?,
        hash: String::new(),
        kind: Kind::Release,
        context: connection.context.clone(),
        namespace: connection.namespace.clone(),
        application: request.application.clone(),
        production: request.production,
        from: images::versions(workloads.iter().flat_map(|workload| &workload.images).map(|image| image.from.as_str())),
        to,
        workloads,
        steps: request.steps.clone(),
        rules: request.rules.clone(),
        signals: request.signals.clone(),
        limits: request.limits.clone(),
        scrape: request.scrape,
        finish: request.finish,
        on_hold_limit: request.on_hold_limit,
        cost: request.cost.clone(),
        told,
        afterwards,
    };
    plan.hash = plan.seal();
    Ok(plan)
}

fn release_id(request: &Request, version: &str, now: Time) -> Result<String, Problem> {
    let Some(id) = &request.id else { return Ok(names::release(&request.application, version, now)) };
    if names::is_label(id) {
        return Ok(id.clone());
    }
    Err(Problem::user(format!("{:?} cannot be the id of a release", neutral(id)))
        .hint("use lower case letters, digits and dashes, at most 63"))
}

/// The new version in the words of a person: the new images' tags, else that the template is another.
fn version(workloads: &[Workload], asked: &[WorkloadRequest]) -> String {
    let images = workloads.iter().flat_map(|workload| &workload.images).map(|image| image.to.as_str());
    let versions = images::versions(images);
    match asked.iter().find_map(|asked| asked.tag.as_ref()) {
        Some(tag) => neutral(tag),
        None if versions.is_empty() => "template".to_owned(),
        None => versions,
    }
}

/// The last looks: that something changes, that the server would admit it, and that there is room.
async fn finish(
    connection: &Connection,
    rest: &Rest,
    scene: &Scene,
    sites: &[Site],
    mut plan: Plan,
) -> Result<Plan, Problem> {
    if plan.workloads.iter().all(|workload| template::same(&workload.stable_template, &workload.canary_template)) {
        let names: Vec<String> = plan.workloads.iter().map(|workload| neutral(&workload.name)).collect();
        return Err(Problem::user(format!(
            "{} already runs what is asked for: nothing would change",
            names.join(", ")
        ))
        .hint("name another image with --image CONTAINER=REFERENCE, or another template with -f"));
    }
    for (workload, site) in plan.workloads.iter().zip(sites) {
        trial::admitted(rest, &plan, workload, site).await?;
        plan.told.extend(room(rest, scene, site, &plan.steps, workload).await);
    }
    plan.told.extend(access::losses(connection).await?);
    plan.told.extend(odds::bound_words(&plan));
    Ok(plan)
}

/// Where there is too little room for as many pods again, and those that a rolling update makes besides, or the baseline that
/// is gone by then: a canary on its way to 100 % stands beside it.
async fn room(rest: &Rest, scene: &Scene, site: &Site, steps: &[Step], workload: &Workload) -> Vec<String> {
    let (replicas, template) = (site.deployment.replicas(), &workload.canary_template);
    let surge = site.deployment.spec.strategy.surge(replicas);
    let pods = replicas + surge.max(tell::weights::baseline_pods(workload, steps));
    let mut short = tell::room::quotas(&scene.quotas, &tell::room::ask(template), pods);
    short.extend(tell::room::nodes(rest, template, pods).await);
    short
}

#[cfg(test)]
pub(in crate::cluster) mod tests;
