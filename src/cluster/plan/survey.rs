//! Looking around: every Deployment of a namespace, for whoever has no configuration yet.

use futures::{StreamExt, stream};
use serde::Deserialize;

use super::scene::{Scene, Site};
use super::{check, flying, images, metrics, names};
use crate::cluster::connect::Connection;
use crate::cluster::marks;
use crate::cluster::rest::{DEPLOYMENTS, NAMESPACES};
use crate::cluster::seen::{Deployment, Meta};
use crate::cluster::template::{self, text};
use crate::core::image;
use crate::core::problem::Problem;
use crate::core::survey::{Found, Image, Witness};
use crate::core::text::neutral;

/// Deployments that are looked at closely at the same time.
const AT_ONCE: usize = 8;

/// The Deployments of the namespace by name, without what of ours stands beside them.
///
/// # Errors
/// They cannot be read.
pub async fn survey(connection: &Connection) -> Result<Vec<Found>, Problem> {
    let rest = connection.rest();
    let scene = Scene::read(&rest).await?;
    let mut ours: Vec<&Deployment> =
        scene.deployments.iter().filter(|deployment| !is_beside(&scene, deployment)).collect();
    ours.sort_by(|one, other| one.metadata.name.cmp(&other.metadata.name));
    let look = async |deployment: &Deployment| found(&scene.site(&rest, &deployment.metadata.name).await?);
    stream::iter(ours).map(look).buffered(AT_ONCE).collect::<Vec<_>>().await.into_iter().collect()
}

/// A canary (or a baseline) is what has its name and our mark.
fn is_beside(scene: &Scene, deployment: &Deployment) -> bool {
    let meta = &deployment.metadata;
    let of_somebody = || {
        scene.deployments.iter().any(|other| {
            let name = &other.metadata.name;
            [names::canary(name), names::baseline(name)].contains(&meta.name)
        })
    };
    meta.annotation(marks::RELEASE).is_some() && of_somebody()
}

fn found(site: &Site) -> Result<Found, Problem> {
    let deployment = &site.deployment;
    let stable = template::plain(&deployment.spec.template);
    let annotations = site.services.iter().map(|selected| &selected.service.metadata.annotations);
    let refused = check::deployment::is_settled(deployment).and_then(|()| check::beside(site, &stable, false)).err();
    let flying = flying::read(site).flying;
    let pods = site.services.iter().flat_map(|selected| &selected.pods);
    let mut ready = pods.filter(|pod| pod.condition("Ready").is_some_and(|ready| ready.is_true()));
    Ok(Found {
        name: neutral(&deployment.metadata.name),
        replicas: deployment.replicas(),
        ready: deployment.status.ready_replicas,
        containers: template::running(&stable).filter_map(image).collect(),
        services: site.services.iter().map(|selected| neutral(&selected.service.metadata.name)).collect(),
        metrics: metrics::find(&stable, annotations),
        autoscaler: site.autoscaler.as_ref().map(|found| {
            (neutral(&found.metadata.name), found.spec.min_replicas.unwrap_or(1), found.spec.max_replicas)
        }),
        // While one flies the objects look as that release wants them: nothing is refused for that.
        refused: refused.filter(|_| flying.is_none()).map(|problem| problem.what),
        flying: flying.map(|release| neutral(&release)),
        witness: ready.next().map(|pod| Witness {
            uid: pod.metadata.uid.clone(),
            name: neutral(&pod.metadata.name),
            ip: pod.status.pod_ip.as_deref().map(neutral),
        }),
    })
}

fn image(container: &serde_json::Value) -> Option<Image> {
    let reference = images::image(container)?;
    Some(Image {
        container: neutral(text(container, "name")?),
        reference: neutral(reference),
        repository: neutral(image::repository(reference)),
        version: image::version(reference),
    })
}

/// An object of which only the name matters.
#[derive(Deserialize)]
struct Named {
    metadata: Meta,
}

/// The names of the Deployments in the namespace, without canaries of ours.
///
/// # Errors
/// They cannot be read.
pub async fn deployment_names(connection: &Connection) -> Result<Vec<String>, Problem> {
    let found = named(connection).await?;
    let theirs = found.iter().filter(|found| found.metadata.annotation(marks::RELEASE).is_none());
    Ok(theirs.map(|found| neutral(&found.metadata.name)).collect())
}

/// The releases that the Deployments in the namespace are marked with.
///
/// # Errors
/// They cannot be read.
pub async fn release_names(connection: &Connection) -> Result<Vec<String>, Problem> {
    let found = named(connection).await?;
    Ok(found.iter().filter_map(|found| found.metadata.annotation(marks::RELEASE)).map(neutral).collect())
}

async fn named(connection: &Connection) -> Result<Vec<Named>, Problem> {
    let doing = format!("list deployments in namespace {}", connection.namespace);
    let listed = connection.rest().list::<Named>(DEPLOYMENTS, "").await;
    listed.map(|listed| listed.items).map_err(|fault| fault.problem(&doing))
}

/// The names of the cluster's namespaces.
///
/// # Errors
/// They cannot be read.
pub async fn namespace_names(connection: &Connection) -> Result<Vec<String>, Problem> {
    let listed = connection.rest().list_everywhere::<Named>(NAMESPACES).await;
    let listed = listed.map_err(|fault| fault.problem("list namespaces"))?;
    Ok(listed.items.iter().map(|found| neutral(&found.metadata.name)).collect())
}
