//! A Deployment to be looked at: the plan of nothing.

use crate::cluster::connect::Connection;
use crate::cluster::rest::DEPLOYMENTS;
use crate::cluster::seen::Deployment;
use crate::cluster::template;
use crate::core::plan::{Finish, Kind, Limits, OnHoldLimit, Plan, Step, Workload};
use crate::core::problem::Problem;
use crate::core::signal::Signals;
use crate::core::text::neutral;
use crate::core::time::Time;

use super::recover::SCRAPE;
use super::{images, names};

/// A Deployment, as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its name.
    pub name: String,
    /// How many pods it should have.
    pub replicas: u32,
    /// Container and image, a pair each.
    pub images: Vec<(String, String)>,
}

/// The Deployments of the namespace, by name. Our own canaries are left out.
///
/// # Errors
/// They cannot be read.
pub async fn deployments(connection: &Connection) -> Result<Vec<Found>, Problem> {
    let doing = format!("list the Deployments of namespace {}", neutral(&connection.namespace));
    let listed = connection.rest().list::<Deployment>(DEPLOYMENTS, "").await;
    let mut found: Vec<Found> = listed
        .map_err(|fault| fault.problem(&doing))?
        .items
        .into_iter()
        .filter(|one| one.metadata.annotation(crate::cluster::marks::RELEASE).is_none())
        .map(|one| Found {
            name: neutral(&one.metadata.name),
            replicas: one.replicas(),
            images: template::running(&one.spec.template)
                .filter_map(|container| {
                    let name = container.get("name")?.as_str()?;
                    let image = container.get("image")?.as_str()?;
                    Some((neutral(name), neutral(image)))
                })
                .collect(),
        })
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// The plan of a cockpit that only looks on: one Deployment, and no way anywhere. It asks for that one object and nothing
/// else, so that its pods are on the screen at once.
///
/// # Errors
/// The Deployment cannot be read, or does not exist.
pub async fn observed(connection: &Connection, deployment: &str, now: Time) -> Result<Plan, Problem> {
    let doing = format!("read Deployment {}/{}", neutral(&connection.namespace), neutral(deployment));
    let found: Option<Deployment> =
        connection.rest().get(DEPLOYMENTS, deployment).await.map_err(|fault| fault.problem(&doing))?;
    let found = found.ok_or_else(|| {
        let place = neutral(&connection.namespace);
        Problem::user(format!("there is no Deployment {} in namespace {place}", neutral(deployment)))
    })?;
    let template = template::plain(&found.spec.template);
    let version = images::versions(template::running(&template).filter_map(images::image));
    let replicas = found.replicas();
    let workload = Workload {
        uid: found.metadata.uid.clone(),
        canary: names::canary(deployment),
        baseline: None,
        replicas,
        max_unavailable: found.spec.strategy.unavailable(replicas),
        services: Vec::new(),
        images: Vec::new(),
        quiet_paths: Vec::new(),
        metrics: None,
        hpa: None,
        canary_template: template.clone(),
        stable_template: template,
        name: deployment.to_owned(),
    };
    let mut plan = Plan {
        release: names::release(deployment, "looked-at", now),
        hash: String::new(),
        kind: Kind::Restore,
        context: connection.context.clone(),
        namespace: connection.namespace.clone(),
        application: neutral(deployment),
        production: false,
        from: version.clone(),
        to: version,
        workloads: vec![workload],
        steps: vec![Step { weight: 100, soak: std::time::Duration::ZERO, approval: false }],
        rules: Vec::new(),
        signals: Signals::default(),
        limits: Limits::default(),
        scrape: SCRAPE,
        finish: Finish::Roll,
        on_hold_limit: OnHoldLimit::Hold,
        told: Vec::new(),
        afterwards: Vec::new(),
        cost: None,
    };
    plan.hash = plan.seal();
    Ok(plan)
}
