//! Who still says the old version once a Deployment runs another, and may bring it back.

use serde_json::Value;

use super::owners::{self, Owner};
use crate::cluster::marks;
use crate::cluster::plan::images;
use crate::cluster::seen::{Meta, Writer};
use crate::cluster::template::{self, text};
use crate::core::plan::Workload;
use crate::core::text::neutral;

/// What `kubectl apply` was last told, as it writes it down.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The field manager of `kubectl apply --server-side`. It keeps last-applied as well where there was one before.
const KUBECTL: &str = "kubectl";

/// What is said of a release of a whole template that leaves every image as it was.
const THE_OLD_TEMPLATE: &str = "the old template";

/// A sentence on each of those who describe the Deployment as it was before this release.
pub fn all(meta: &Meta, workload: &Workload) -> Vec<String> {
    let name = neutral(&meta.name);
    let owners = owners::all(meta);
    let last_applied = last_applied(meta, workload);
    let told = |writer: &&Writer| {
        let by_owner = owners.iter().any(|owner| owner.writes_as(&writer.manager));
        by_owner || (writer.manager == KUBECTL && last_applied.is_some())
    };
    let appliers = meta.writers.iter().filter(|writer| writer.applies && writer.manager != marks::FIELD_MANAGER);
    let on_the_server = appliers.filter(|writer| !told(writer)).filter_map(|writer| {
        let says = wants(writer, workload)?;
        Some(format!(
            "the manifest that {} applied to Deployment {name} on the server's side still says {says}: change it too, or its \
             next apply is refused as a conflict with glidepath, and forced it brings that back",
            neutral(&writer.manager)
        ))
    });
    let by_kubectl = last_applied.as_ref().map(|says| {
        format!(
            "kubectl's last-applied of Deployment {name} still says {says}: change the manifest too, or the next \
             `kubectl apply` brings it back"
        )
    });
    owners.iter().map(|owner| by_owner(owner, &name)).chain(by_kubectl).chain(on_the_server).collect()
}

fn by_owner(owner: &Owner, name: &str) -> String {
    match owner {
        Owner::GitOps(tool) => format!(
            "{tool} brings Deployment {name} to what its source says: change it there too, or what ran before comes back"
        ),
        Owner::Helm(Some(release)) => format!(
            "Helm release {release} holds Deployment {name} as it was: change its values too, or the next upgrade \
             brings back what ran before"
        ),
        Owner::Helm(None) => format!(
            "Helm holds Deployment {name} as it was: change the values too, or the next upgrade brings back what ran before"
        ),
        Owner::Controller(owner) => {
            format!("{owner} controls Deployment {name}: change it there too, or what ran before comes back")
        }
    }
}

/// What somebody's apply on the server's side says that this release changes, in words: who owns an image that way wants the
/// one that runs before it. `None`: nothing of the kind.
fn wants(writer: &Writer, workload: &Workload) -> Option<String> {
    if workload.images.is_empty() {
        return writer.template.then(|| THE_OLD_TEMPLATE.to_owned());
    }
    let old = workload.images.iter().filter(|change| writer.images.contains(&change.container));
    let old: Vec<String> = old.map(|change| format!("{}={}", change.container, change.from)).collect();
    (!old.is_empty()).then(|| old.join(", "))
}

/// What kubectl's last-applied says that this release has changed, in words; `None`: nothing of the kind.
fn last_applied(meta: &Meta, workload: &Workload) -> Option<String> {
    let applied: Value = serde_json::from_str(meta.annotation(LAST_APPLIED)?).ok()?;
    let applied = applied.pointer("/spec/template")?;
    let image_of = |name: &str| {
        let known = |container: &&Value| text(container, "name") == Some(name);
        template::containers(applied).find(known).and_then(images::image)
    };
    let old = workload.images.iter().filter_map(|change| {
        let image = image_of(&change.container).filter(|image| *image != change.to)?;
        Some(format!("{}={}", change.container, neutral(image)))
    });
    let old: Vec<String> = old.collect();
    match (old.is_empty(), workload.images.is_empty()) {
        (false, _) => Some(old.join(", ")),
        (true, true) => Some(THE_OLD_TEMPLATE.to_owned()),
        (true, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::plan::ImageChange;
    use serde_json::json;

    fn workload(images: &[(&str, &str, &str)]) -> Workload {
        let change = |(container, from, to): &(&str, &str, &str)| ImageChange {
            container: (*container).into(),
            from: (*from).into(),
            to: (*to).into(),
        };
        let mut flight = crate::cluster::plan::tests::flight();
        Workload { images: images.iter().map(change).collect(), ..flight.workloads.remove(0) }
    }

    fn said(annotations: Value, images: &[(&str, &str, &str)]) -> Vec<String> {
        let meta: Meta = serde_json::from_value(json!({"name": "web", "annotations": annotations})).expect("metadata");
        all(&meta, &workload(images))
    }

    fn applied(image: &str) -> Value {
        let spec = json!({"template": {"spec": {"containers": [{"name": "web", "image": image}]}}});
        json!({LAST_APPLIED: json!({"kind": "Deployment", "spec": spec}).to_string()})
    }

    #[test]
    fn a_manifest_that_was_applied_is_named_with_what_it_says() {
        assert_eq!(
            said(applied("shop/web:1"), &[("web", "shop/web:1", "shop/web:2")]),
            [
                "kubectl's last-applied of Deployment web still says web=shop/web:1: change the manifest too, or the next \
              `kubectl apply` brings it back"
            ]
        );
        // Somebody set an image by hand in between: an apply would bring back what the manifest says, not what served.
        let older = said(applied("shop/web:0"), &[("web", "shop/web:1", "shop/web:2")]);
        assert!(older[0].contains("still says web=shop/web:0"), "{older:?}");
        let template = said(applied("shop/web:1"), &[]);
        assert!(template[0].contains("still says the old template"), "{template:?}");
    }

    #[test]
    fn a_manifest_that_says_the_new_version_or_nothing_of_it_is_no_news() {
        let change = [("web", "shop/web:1", "shop/web:2")];
        assert_eq!(said(applied("shop/web:2"), &change), Vec::<String>::new());
        assert_eq!(said(json!({}), &change), Vec::<String>::new());
        assert_eq!(said(json!({LAST_APPLIED: "not json"}), &change), Vec::<String>::new());
        assert_eq!(said(json!({LAST_APPLIED: "{}"}), &change), Vec::<String>::new());
        assert_eq!(said(applied("shop/proxy:1"), &[("proxy", "proxy:1", "proxy:2")]), Vec::<String>::new());
    }

    #[test]
    fn git_and_helm_are_named() {
        let said = said(
            json!({"argocd.argoproj.io/tracking-id": "x", "meta.helm.sh/release-name": "shop"}),
            &[("web", "shop/web:1", "shop/web:2")],
        );
        assert!(said[0].starts_with("Argo CD brings Deployment web to what its source says"), "{said:?}");
        assert!(said[1].starts_with("Helm release shop holds Deployment web as it was"), "{said:?}");
    }

    fn applied_as(manager: &str, images: &[&str]) -> Value {
        let containers: serde_json::Map<String, Value> = images
            .iter()
            .map(|name| (format!("k:{{\"name\":\"{name}\"}}"), json!({".": {}, "f:image": {}, "f:name": {}})))
            .collect();
        json!({"manager": manager, "operation": "Apply", "fieldsType": "FieldsV1",
            "fieldsV1": {"f:spec": {"f:template": {"f:spec": {"f:containers": containers}}}}})
    }

    fn said_of(meta: Value, images: &[(&str, &str, &str)]) -> Vec<String> {
        all(&serde_json::from_value(meta).expect("metadata"), &workload(images))
    }

    #[test]
    fn a_manifest_that_was_applied_on_the_servers_side_is_named_with_what_it_says() {
        let change = [("web", "shop/web:1", "shop/web:2"), ("proxy", "envoy:3", "envoy:4")];
        let meta = |writers: &[Value]| json!({"name": "web", "managedFields": writers});
        assert_eq!(
            said_of(meta(&[applied_as("kubectl", &["web"])]), &change),
            [
                "the manifest that kubectl applied to Deployment web on the server's side still says web=shop/web:1: change \
              it too, or its next apply is refused as a conflict with glidepath, and forced it brings that back"
            ]
        );
        let both = said_of(meta(&[applied_as("terraform", &["proxy", "web"])]), &change);
        assert!(both[0].contains("that terraform applied") && both[0].contains("web=shop/web:1, proxy=envoy:3:"));
        let template = said_of(meta(&[applied_as("kubectl", &["web"])]), &[]);
        assert!(template[0].contains("still says the old template"), "{template:?}");
    }

    #[test]
    fn whoever_applies_other_fields_or_is_named_already_is_not_named_for_that() {
        let change = [("web", "shop/web:1", "shop/web:2")];
        let none = Vec::<String>::new();
        let by = |manager: &str, container: &str| json!([applied_as(manager, &[container])]);
        assert_eq!(said_of(json!({"name": "web", "managedFields": by("kubectl", "proxy")}), &change), none);
        assert_eq!(said_of(json!({"name": "web", "managedFields": by("glidepath", "web")}), &change), none);
        let mut update = applied_as("kubectl-set", &["web"]);
        update["operation"] = "Update".into();
        assert_eq!(said_of(json!({"name": "web", "managedFields": [update]}), &change), none);
        for (manager, tool) in [("argocd-controller", "Argo CD"), ("kustomize-controller", "Flux")] {
            let said = said_of(json!({"name": "web", "managedFields": by(manager, "web")}), &change);
            assert!(matches!(said.as_slice(), [one] if one.starts_with(tool)), "{said:?}");
        }
        let annotations = json!({"meta.helm.sh/release-name": "shop"});
        let said =
            said_of(json!({"name": "web", "annotations": annotations, "managedFields": by("helm", "web")}), &change);
        assert!(matches!(said.as_slice(), [one] if one.starts_with("Helm release shop")), "{said:?}");
        // kubectl goes on keeping last-applied where it was kept before.
        let annotations = applied("shop/web:1");
        let said =
            said_of(json!({"name": "web", "annotations": annotations, "managedFields": by("kubectl", "web")}), &change);
        assert!(matches!(said.as_slice(), [one] if one.starts_with("kubectl's last-applied")), "{said:?}");
    }
}
