//! Who wrote what, as the API server records it.

use serde::Deserialize;
use serde_json::Value;

use super::{Deployment, Meta};
use crate::cluster::marks;
use crate::core::text::neutral;
use crate::core::time::Time;

/// An entry of `managedFields`, reduced to the fields that a release writes too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "RawWriter")]
pub struct Writer {
    /// The field manager.
    pub manager: String,
    /// When it last changed something, to the second.
    pub at: Option<Time>,
    /// Whether it owns `spec.selector` or a part of it.
    pub selector: bool,
    /// Whether it owns a part of `spec.template`.
    pub template: bool,
    /// Whether it applied what it owns on the server's side: the next time, it wants exactly these values again.
    pub applies: bool,
    /// The containers of the template whose images it owns.
    pub images: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawWriter {
    manager: String,
    operation: String,
    time: Option<Time>,
    #[serde(rename = "fieldsV1")]
    fields: Option<RawFields>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawFields {
    #[serde(rename = "f:spec")]
    spec: Option<RawSpec>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawSpec {
    #[serde(rename = "f:selector")]
    selector: Option<serde::de::IgnoredAny>,
    #[serde(rename = "f:template")]
    template: Option<Value>,
}

impl From<RawWriter> for Writer {
    fn from(raw: RawWriter) -> Self {
        let spec = raw.fields.and_then(|fields| fields.spec).unwrap_or_default();
        Self {
            manager: raw.manager,
            at: raw.time,
            selector: spec.selector.is_some(),
            template: spec.template.is_some(),
            applies: raw.operation == "Apply",
            images: spec.template.as_ref().map(images).unwrap_or_default(),
        }
    }
}

/// The containers whose `image` is in a set of a template's fields, where an item is named `k:{"name":"app"}`.
fn images(template: &Value) -> Vec<String> {
    let lists = ["/f:spec/f:initContainers", "/f:spec/f:containers"];
    let items = lists.iter().filter_map(|list| template.pointer(list)?.as_object()).flatten();
    let with_image = items.filter(|(_, fields)| fields.get("f:image").is_some());
    let key = |(key, _): (&String, _)| serde_json::from_str::<Value>(key.strip_prefix("k:")?).ok();
    with_image.filter_map(key).filter_map(|key| Some(key.get("name")?.as_str()?.to_owned())).collect()
}

impl Meta {
    /// Who last wrote a part of the object, if not us: the newest entry of `managedFields` that owns some of it.
    pub fn foreign_writer(&self, owns: impl Fn(&Writer) -> bool) -> Option<String> {
        let owners = self.writers.iter().filter(|writer| owns(writer));
        // Times are whole seconds; in the same second somebody else's write is the news.
        let newest = owners.max_by_key(|writer| (writer.at, writer.manager != marks::FIELD_MANAGER))?;
        (newest.manager != marks::FIELD_MANAGER).then(|| neutral(&newest.manager))
    }
}

impl Deployment {
    /// Whose it is, for sentences: a release of ours, what controls it, or who wrote its template.
    pub fn whose(&self) -> String {
        let meta = &self.metadata;
        if let Some(release) = meta.annotation(marks::RELEASE) {
            return format!("release {}", neutral(release));
        }
        if let Some(owner) = meta.controller() {
            return neutral(&format!("{}/{}", owner.kind, owner.name));
        }
        meta.foreign_writer(|writer| writer.template).unwrap_or_else(|| "unknown".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn managed_fields_tell_who_wrote_selector_and_template() {
        let meta: Meta = serde_json::from_value(json!({
            "name": "web", "uid": "u1", "ownerReferences": null,
            "managedFields": [
                {"manager": "argocd-controller", "operation": "Apply", "time": "2025-11-23T23:00:00Z",
                 "fieldsV1": {"f:spec": {"f:selector": {"f:app": {}}, "f:ports": {}}}},
                {"manager": "kubectl", "operation": "Update", "time": "2025-11-23T23:00:01Z",
                 "fieldsV1": {"f:metadata": {"f:annotations": {}}}},
            ],
        }))
        .expect("metadata");
        let [argocd, kubectl] = meta.writers.as_slice() else { panic!("two writers") };
        assert!(argocd.selector && !argocd.template && argocd.manager == "argocd-controller");
        assert!(!kubectl.selector && kubectl.at.is_some());
    }

    #[test]
    fn the_newest_foreign_writer_is_named() {
        let by = |manager: &str, at: i64| {
            let at = Some(Time::from_millis(at * 1_000));
            Writer { manager: manager.into(), at, selector: true, ..Writer::default() }
        };
        let selector =
            |writers: Vec<Writer>| Meta { writers, ..Meta::default() }.foreign_writer(|writer| writer.selector);
        let argocd = Some("argocd-controller".to_owned());
        assert_eq!(selector(vec![by("kubectl", 1), by("glidepath", 2)]), None);
        assert_eq!(selector(vec![by("argocd-controller", 3), by("glidepath", 2)]), argocd);
        assert_eq!(selector(vec![by("argocd-controller", 2), by("glidepath", 2)]), argocd);
        let template = Meta { writers: vec![by("argocd-controller", 2)], ..Meta::default() };
        assert_eq!(template.foreign_writer(|writer| writer.template), None);
    }

    /// As an API server answered after `kubectl apply --server-side` and `kubectl set image`.
    #[test]
    fn whose_images_they_are_is_told_container_by_container() {
        let meta: Meta = serde_json::from_value(json!({"name": "web", "managedFields": [
            {"manager": "kubectl", "operation": "Apply", "apiVersion": "apps/v1", "time": "2025-11-23T23:00:00Z",
             "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:replicas": {}, "f:selector": {}, "f:template": {
                "f:metadata": {"f:labels": {"f:app": {}}},
                "f:spec": {
                    "f:containers": {
                        "k:{\"name\":\"app\"}": {".": {}, "f:image": {}, "f:name": {}},
                        "k:{\"name\":\"proxy\"}": {".": {}, "f:name": {}}},
                    "f:initContainers": {"k:{\"name\":\"migrate\"}": {".": {}, "f:image": {}, "f:name": {}}}}}}}},
            {"manager": "kubectl-set", "operation": "Update", "apiVersion": "apps/v1", "time": "2025-11-23T23:00:01Z",
             "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:template": {"f:spec": {"f:containers": {
                "k:{\"name\":\"proxy\"}": {"f:image": {}}, "k:odd": {"f:image": {}}, "v:1": 5}}}}}},
            {"manager": "odd", "operation": "Apply", "fieldsV1": {"f:spec": {"f:template": 5}}},
        ]}))
        .expect("metadata");
        let told: Vec<_> = meta.writers.iter().map(|one| (one.applies, one.images.join(" "))).collect();
        assert_eq!(told, [(true, "migrate app".into()), (false, "proxy".into()), (true, String::new())]);
    }
}
