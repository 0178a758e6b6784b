//! What a release refuses by name before its first write. Each check is a pure function. A rollback is refused for none of
//! them: it only learns that a second set of pods cannot run, and goes another way.

pub mod deployment;
pub mod pods;
pub mod service;

use serde_json::Value;

use super::scene::Site;
use crate::core::problem::Problem;

/// Whether pods of this template can run beside a workload's own, and take its traffic over and give it back; in the order
/// in which a person would fix things.
///
/// # Errors
/// The first reason why not.
pub fn beside(site: &Site, template: &Value, allow_recreate: bool) -> Result<(), Problem> {
    deployment::may_meet_itself(&site.deployment, allow_recreate)?;
    deployment::is_free_of_our_key(&site.deployment)?;
    deployment::has_room_beside(&site.deployment, site.beside.as_ref())?;
    pods::can_run_twice(&site.deployment.metadata.name, template, &site.claims)?;
    pods::fit_the_selector(&site.deployment, template)?;
    service::none_by_hand(site)?;
    for selected in &site.services {
        service::can_be_pinned(site, selected)?;
        pods::fit_the_service(&site.deployment.metadata.name, &selected.service, template)?;
    }
    service::one_has_an_address(site)
}
