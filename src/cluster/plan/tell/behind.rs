//! Who still says the old version once a Deployment runs another, and may bring it back.

use serde_json::Value;

use super::owners::{self, Owner};
use crate::cluster::plan::images;
use crate::cluster::seen::Meta;
use crate::cluster::template::{self, text};
use crate::core::plan::Workload;
use crate::core::text::neutral;

/// What `kubectl apply` was last told, as it writes it down.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// A sentence on each of those who describe the Deployment as it was before this release.
pub fn all(meta: &Meta, workload: &Workload) -> Vec<String> {
    let name = neutral(&meta.name);
    let owner = |owner: Owner| match owner {
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
    };
    let applied = last_applied(meta, workload).map(|says| {
        format!(
            "kubectl's last-applied of Deployment {name} still says {says}: change the manifest too, or the next \
             `kubectl apply` brings it back"
        )
    });
    owners::all(meta).into_iter().map(owner).chain(applied).collect()
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
        // A release of a whole template that leaves every image as it was.
        (true, true) => Some("the old template".to_owned()),
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
}
