//! `-f deployment.yaml`: the pod templates that a file holds.

use std::io;
use std::path::Path;

use k8s_openapi::api::core::v1::PodTemplateSpec;
use serde_json::Value;

use crate::config::{self, AskedTemplate};
use crate::core::problem::Problem;
use crate::core::text::neutral;

/// How many nodes (values, lists and tables) a file may have, anchors unfolded.
const MOST_NODES: usize = 50_000;

/// Reads the pod templates of a YAML or JSON file; `-` is standard input. Other objects in it are passed over.
///
/// # Errors
/// A file that cannot be read, is neither YAML nor JSON, holds no pod template, or one that is none.
pub fn read(path: &Path) -> Result<Vec<AskedTemplate>, Problem> {
    let (name, text) = if path == Path::new("-") {
        let text = config::bounded(io::stdin().lock()).map_err(|why| Problem::user(format!("standard input {why}")))?;
        ("standard input".to_owned(), text)
    } else {
        let file = config::read(path).map_err(|unread| unread.problem("-f"))?;
        (neutral(&path.display().to_string()), file.text)
    };
    templates(&name, &text)
}

fn templates(file: &str, text: &str) -> Result<Vec<AskedTemplate>, Problem> {
    let documents =
        documents(text).map_err(|why| Problem::user(format!("{file} is neither YAML nor JSON: {}", neutral(&why))))?;
    let objects: Vec<Value> = documents.into_iter().flat_map(unfold).collect();
    let found: Vec<AskedTemplate> = objects.iter().filter_map(template).collect();
    if found.is_empty() {
        let mut kinds: Vec<String> = objects.iter().map(kind).collect();
        kinds.dedup();
        let held = if kinds.is_empty() { "it is empty".to_owned() } else { format!("it holds {}", kinds.join(", ")) };
        return Err(Problem::user(format!("{file} has no Deployment and no pod template: {held}")));
    }
    for asked in &found {
        let name = asked.workload.as_deref().map(|name| format!(" of {}", neutral(name))).unwrap_or_default();
        check(&asked.template).map_err(|why| Problem::user(format!("{file}: the pod template{name} {why}")))?;
    }
    twice(&found).map_or(Ok(found), |name| Err(Problem::user(format!("{file} holds the Deployment {name} twice"))))
}

fn documents(text: &str) -> Result<Vec<Value>, String> {
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map(|document| vec![document]).map_err(|error| error.to_string());
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_nodes: MOST_NODES },
        with_snippet: false,
    };
    serde_saphyr::from_multiple_with_options(text, options).map_err(|error| error.to_string())
}

/// The objects of a `List`, or the object itself.
fn unfold(object: Value) -> Vec<Value> {
    match object.get("items").and_then(Value::as_array) {
        Some(items) if kind(&object) == "List" => items.clone(),
        _ => vec![object],
    }
}

fn kind(object: &Value) -> String {
    neutral(object.get("kind").and_then(Value::as_str).unwrap_or("an object without a kind"))
}

fn template(object: &Value) -> Option<AskedTemplate> {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let named = |template: Value| AskedTemplate {
        workload: text("/metadata/name"),
        namespace: text("/metadata/namespace"),
        template,
    };
    let bare = |template: Value| AskedTemplate { workload: None, namespace: None, template };
    match object.get("kind").and_then(Value::as_str) {
        Some("Deployment") => Some(named(object.pointer("/spec/template").cloned().unwrap_or_default())),
        Some("PodTemplate") => Some(bare(object.get("template").cloned().unwrap_or_default())),
        Some(_) => None,
        None => object.pointer("/spec/containers").is_some().then(|| bare(object.clone())),
    }
}

/// Whether the API would take it for a pod template. Fields that it does not know are the server's to refuse.
fn check(template: &Value) -> Result<(), String> {
    let typed: PodTemplateSpec = serde_json::from_value(template.clone())
        .map_err(|error| format!("is none: {}", neutral(&error.to_string())))?;
    let containers = typed.spec.map(|spec| spec.containers).unwrap_or_default();
    match containers.iter().find(|container| container.image.as_deref().unwrap_or_default().is_empty()) {
        Some(container) => Err(format!("names no image for the container {:?}", neutral(&container.name))),
        None if containers.is_empty() => Err("has no containers".to_owned()),
        None => Ok(()),
    }
}

fn twice(found: &[AskedTemplate]) -> Option<String> {
    let mut names: Vec<&String> = found.iter().filter_map(|asked| asked.workload.as_ref()).collect();
    names.sort();
    names.windows(2).find(|pair| pair.first() == pair.last()).and_then(|pair| pair.first()).map(|name| neutral(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEPLOYMENT: &str = "\
apiVersion: v1
kind: Service
metadata: { name: checkout }
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: checkout
  namespace: shop
spec:
  template:
    metadata: { labels: { app: checkout } }
    spec:
      containers:
        - name: app
          image: checkout:1.8.0
          env: [{ name: MODE, value: \"on\" }]
";

    fn problem(text: &str) -> String {
        templates("it.yaml", text).unwrap_err().what
    }

    #[test]
    fn the_deployment_of_a_file_with_several_documents_is_found() {
        let [found] = templates("it.yaml", DEPLOYMENT).unwrap().try_into().unwrap();
        assert_eq!((found.workload.as_deref(), found.namespace.as_deref()), (Some("checkout"), Some("shop")));
        assert_eq!(found.template.pointer("/spec/containers/0/env/0/value"), Some(&Value::from("on")));
    }

    #[test]
    fn json_lists_and_bare_templates_are_read() {
        let list = r#"{"kind":"List","items":[{"kind":"Deployment","metadata":{"name":"a"},
            "spec":{"template":{"spec":{"containers":[{"name":"c","image":"i:1"}]}}}}]}"#;
        assert_eq!(templates("it.json", list).unwrap()[0].workload.as_deref(), Some("a"));
        let bare = "spec:\n  containers: [{ name: c, image: 'i:1' }]\n";
        assert_eq!(templates("it.yaml", bare).unwrap()[0].workload, None);
    }

    #[test]
    fn what_is_no_template_is_named() {
        assert_eq!(problem(""), "it.yaml has no Deployment and no pod template: it is empty");
        assert_eq!(
            problem("kind: Service\n---\nkind: ConfigMap\n"),
            "it.yaml has no Deployment and no pod template: it holds Service, ConfigMap"
        );
        assert_eq!(
            problem("- 1\n- 2\n"),
            "it.yaml has no Deployment and no pod template: it holds an object without a kind"
        );
        assert!(problem("a: [1, 2").starts_with("it.yaml is neither YAML nor JSON: "));
        assert!(problem("{\"a\": ").starts_with("it.yaml is neither YAML nor JSON: "));
        let deployment = |spec: &str| {
            format!("kind: Deployment\nmetadata: {{ name: a }}\nspec: {{ template: {{ spec: {spec} }} }}\n")
        };
        assert_eq!(problem(&deployment("{ containers: [] }")), "it.yaml: the pod template of a has no containers");
        assert_eq!(
            problem(&deployment("{ containers: [{ name: c }] }")),
            "it.yaml: the pod template of a names no image for the container \"c\""
        );
        assert!(
            problem(&deployment("{ containers: [{ name: c, image: 7 }] }"))
                .starts_with("it.yaml: the pod template of a is none: ")
        );
        let once = deployment("{ containers: [{ name: c, image: 'i:1' }] }");
        assert_eq!(problem(&format!("{once}---\n{once}")), "it.yaml holds the Deployment a twice");
    }

    #[test]
    fn a_bomb_of_anchors_is_refused() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let alias = format!("*a{}", level - 1);
            bomb.push_str(&format!("a{level}: &a{level} [{}]\n", vec![alias; 10].join(", ")));
        }
        assert!(problem(&bomb).starts_with("it.yaml is neither YAML nor JSON: "), "{}", problem(&bomb));
    }
}
