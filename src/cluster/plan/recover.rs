//! A plan from the objects alone: without journal, ConfigMap or configuration.

use std::time::Duration;

use serde_json::Value;

use super::scene::{Scene, Site};
use super::{images, workload};
use crate::cluster::connect::Connection;
use crate::cluster::flight;
use crate::cluster::marks;
use crate::cluster::seen::Deployment;
use crate::cluster::template;
use crate::core::plan::{Finish, Kind, Limits, OnHoldLimit, Plan, Step, Workload};
use crate::core::problem::Problem;
use crate::core::signal::Signals;

/// How often metrics are read where nobody says so.
pub const SCRAPE: Duration = Duration::from_secs(5);

/// What something outside the cluster needs where nobody says so.
pub const SETTLE: Duration = Duration::from_secs(60);

/// A Deployment with everything around it, as it was a moment ago: what flies there is read from it, and where nothing
/// does, the way back.
pub struct Place {
    pub(super) scene: Scene,
    pub(super) site: Site,
}

/// Looks at a Deployment.
///
/// # Errors
/// No such Deployment (2); a server that does not answer (6).
pub async fn place(connection: &Connection, deployment: &str) -> Result<Place, Problem> {
    let rest = connection.rest();
    let scene = Scene::read(&rest).await?;
    let site = scene.site(&rest, deployment).await?;
    Ok(Place { scene, site })
}

impl Place {
    /// The plan of the release that flies here; `None`: none does.
    pub fn flown(&self, connection: &Connection) -> Option<Plan> {
        let release = super::note_ended(connection, &self.site)?;
        let mut plan = from_marks(&self.scene, &self.site, &release);
        // The context is this one, whatever it was called where the release began.
        plan.context.clone_from(&connection.context);
        Some(plan)
    }
}

/// The plan of the release that flies this Deployment; `None`: none does.
///
/// # Errors
/// As [`place`].
pub async fn recover(connection: &Connection, deployment: &str) -> Result<Option<Plan>, Problem> {
    Ok(place(connection, deployment).await?.flown(connection))
}

/// The plan as it is noted on the release's canaries, all workloads together; where no note can be read, what the objects
/// themselves say of this one.
pub fn from_marks(scene: &Scene, site: &Site, release: &str) -> Plan {
    let canaries = scene.deployments.iter().filter(|found| found.metadata.annotation(marks::RELEASE) == Some(release));
    let mut noted = canaries.filter_map(noted);
    let Some(mut plan) = noted.next() else { return bare(scene, site, release) };
    plan.workloads.extend(noted.flat_map(|other| other.workloads));
    plan
}

fn noted(canary: &Deployment) -> Option<Plan> {
    let note = canary.metadata.annotation(marks::FLIGHT)?;
    flight::read(note, recorded(canary)?, template::plain(&canary.spec.template))
}

fn recorded(canary: &Deployment) -> Option<Value> {
    serde_json::from_str(canary.metadata.annotation(marks::STABLE_TEMPLATE)?).ok()
}

/// A plan of what can be seen: the Services as they are, the canary's template, and stable's as it was recorded or, where
/// even that is gone, as it is.
fn bare(scene: &Scene, site: &Site, release: &str) -> Plan {
    let now = &site.deployment.spec.template;
    let stable_template = site.beside.as_ref().and_then(recorded).unwrap_or_else(|| template::plain(now));
    let canary_template =
        site.beside.as_ref().map_or_else(|| template::plain(now), |canary| template::plain(&canary.spec.template));
    let steps = full();
    let of_it = |beside: &&Deployment| beside.metadata.annotation(marks::RELEASE) == Some(release);
    let wishes = workload::Wishes {
        template: canary_template,
        metrics: None,
        steps: &steps,
        raise_hpa: true,
        settle: SETTLE,
        // One that is there is taken away.
        baseline: site.baseline.as_ref().filter(of_it).is_some(),
    };
    let (made, _) = workload::make(scene, site, wishes);
    let made = Workload { images: images::changes(&stable_template, &made.canary_template), stable_template, ..made };
    let version = |template: &Value| images::versions(template::running(template).filter_map(images::image));
    let mut plan = Plan {
        release: release.to_owned(),
        hash: String::new(),
        kind: Kind::Release,
        context: String::new(),
        namespace: scene.namespace.clone(),
        application: made.name.clone(),
        production: false,
        from: version(&made.stable_template),
        to: version(&made.canary_template),
        workloads: vec![made],
        steps,
        rules: Vec::new(),
        signals: Signals::default(),
        limits: Limits::default(),
        scrape: SCRAPE,
        finish: Finish::Roll,
        on_hold_limit: OnHoldLimit::Hold,
        cost: None,
        told: vec!["the release's own notes cannot be read: this is what its objects show".to_owned()],
        afterwards: Vec::new(),
    };
    plan.hash = plan.seal();
    plan
}

/// The only step of a plan that goes all the way at once.
pub(super) fn full() -> Vec<Step> {
    vec![Step { weight: 100, soak: Duration::ZERO, approval: false }]
}
