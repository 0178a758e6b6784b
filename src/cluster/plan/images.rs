//! Images: what a reference is made of, and which containers get which.

use serde_json::Value;

use crate::cluster::template::{self, text};
use crate::core::image::{repository, version};
use crate::core::plan::ImageChange;
use crate::core::problem::Problem;
use crate::core::request::WorkloadRequest;
use crate::core::text::neutral;

/// The template that is asked for, made from stable's, or from the whole one that the request brings.
///
/// # Errors
/// A container that does not exist, a reference that is none, or one that fits no container.
pub fn wanted(stable: &Value, request: &WorkloadRequest) -> Result<Value, Problem> {
    let mut wanted = template::plain(request.template.as_ref().unwrap_or(stable));
    let mut named = Vec::new();
    for (container, reference) in &request.images {
        check(reference)?;
        for container in targets(&wanted, container.as_deref(), reference, &request.name)? {
            set(&mut wanted, &container, |_| reference.clone());
            named.push(container);
        }
    }
    if let Some(tag) = &request.tag {
        check(tag)?;
        for container in tagged(&wanted, request)? {
            if !named.contains(&container) {
                set(&mut wanted, &container, |old| format!("{}:{tag}", repository(old)));
            }
        }
    }
    Ok(wanted)
}

/// The containers whose images differ between two templates, in the order of the newer one.
pub fn changes(from: &Value, to: &Value) -> Vec<ImageChange> {
    let before =
        |name: &str| image(template::containers(from).find(|container| text(container, "name") == Some(name))?);
    let change = |container: &Value| {
        let (name, new) = (text(container, "name")?, image(container)?);
        let old = before(name).unwrap_or_default();
        (old != new).then(|| ImageChange { container: neutral(name), from: neutral(old), to: neutral(new) })
    };
    template::containers(to).filter_map(change).collect()
}

/// The versions that a template's containers run, each once, those of `images` first to speak.
pub fn versions<'a>(references: impl Iterator<Item = &'a str>) -> String {
    let mut versions: Vec<String> = Vec::new();
    for version in references.filter(|reference| !reference.is_empty()).map(version) {
        if !versions.contains(&version) {
            versions.push(version);
        }
    }
    versions.join(", ")
}

/// The image of a container.
pub fn image(container: &Value) -> Option<&str> {
    text(container, "image")
}

fn names(template: &Value) -> Vec<&str> {
    template::containers(template).filter_map(|container| text(container, "name")).collect()
}

fn targets(template: &Value, container: Option<&str>, reference: &str, workload: &str) -> Result<Vec<String>, Problem> {
    if let Some(container) = container {
        return known(template, container, workload).map(|()| vec![container.to_owned()]);
    }
    let running: Vec<&Value> = template::running(template).collect();
    if let [only] = running.as_slice() {
        return Ok(text(only, "name").into_iter().map(str::to_owned).collect());
    }
    let same = |container: &&Value| image(container).map(repository) == Some(repository(reference));
    let found: Vec<String> =
        template::containers(template).filter(same).filter_map(|c| text(c, "name")).map(str::to_owned).collect();
    if found.is_empty() {
        let what = format!("no container of {workload} runs an image of {}", neutral(repository(reference)));
        return Err(Problem::user(what).hint(format!("name the container: --image CONTAINER={}", neutral(reference))));
    }
    Ok(found)
}

fn tagged(template: &Value, request: &WorkloadRequest) -> Result<Vec<String>, Problem> {
    if request.tagged.is_empty() {
        return Ok(names(template).into_iter().map(str::to_owned).collect());
    }
    for container in &request.tagged {
        known(template, container, &request.name)?;
    }
    Ok(request.tagged.clone())
}

fn known(template: &Value, container: &str, workload: &str) -> Result<(), Problem> {
    let names = names(template);
    if names.contains(&container) {
        return Ok(());
    }
    Err(Problem::user(format!("{workload} has no container {}", neutral(container)))
        .hint(format!("there are: {}", neutral(&names.join(", ")))))
}

fn check(reference: &str) -> Result<(), Problem> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':' | '@' | '+');
    if !reference.is_empty() && reference.chars().all(allowed) && !repository(reference).is_empty() {
        return Ok(());
    }
    Err(Problem::user(format!("{:?} is not an image reference", neutral(reference)))
        .hint("write it as REPOSITORY:TAG or REPOSITORY@sha256:DIGEST"))
}

fn set(template: &mut Value, name: &str, image: impl Fn(&str) -> String) {
    for list in ["/spec/containers", "/spec/initContainers"] {
        let containers = template.pointer_mut(list).and_then(Value::as_array_mut).into_iter().flatten();
        for container in containers.filter(|container| text(container, "name") == Some(name)) {
            let new = image(text(container, "image").unwrap_or_default());
            if let Some(container) = container.as_object_mut() {
                container.insert("image".to_owned(), new.into());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pods() -> Value {
        json!({"metadata": {"labels": {"app": "web"}}, "spec": {
            "initContainers": [{"name": "migrate", "image": "reg:5000/web:1.0"}],
            "containers": [{"name": "web", "image": "reg:5000/web:1.0"}, {"name": "proxy", "image": "envoy:2"}],
        }})
    }

    fn request(images: &[(Option<&str>, &str)], tag: Option<&str>) -> WorkloadRequest {
        let images = images.iter().map(|(c, r)| (c.map(str::to_owned), (*r).to_owned())).collect();
        WorkloadRequest { name: "web".into(), images, tag: tag.map(str::to_owned), ..WorkloadRequest::default() }
    }

    fn result(request: &WorkloadRequest) -> Vec<(String, String)> {
        let wanted = wanted(&pods(), request).expect("it fits");
        changes(&pods(), &wanted).into_iter().map(|change| (change.container, change.to)).collect()
    }

    #[test]
    fn an_image_goes_where_its_repository_already_is() {
        let to = "reg:5000/web:2.0".to_owned();
        let expected = vec![("web".into(), to.clone()), ("migrate".into(), to)];
        assert_eq!(result(&request(&[(None, "reg:5000/web:2.0")], None)), expected);
        assert_eq!(result(&request(&[(Some("proxy"), "envoy:3")], None)), [("proxy".into(), "envoy:3".into())]);
    }

    #[test]
    fn a_tag_goes_everywhere_but_where_an_image_is_named() {
        let changed = result(&request(&[(Some("proxy"), "envoy:3")], Some("2.0")));
        assert_eq!(changed.len(), 3);
        assert!(changed.contains(&("proxy".into(), "envoy:3".into())));
        assert!(changed.contains(&("web".into(), "reg:5000/web:2.0".into())));
        let one = WorkloadRequest { tagged: vec!["web".into()], ..request(&[], Some("2.0")) };
        assert_eq!(result(&one), [("web".into(), "reg:5000/web:2.0".into())]);
    }

    #[test]
    fn the_only_container_needs_no_name() {
        let alone = json!({"spec": {"containers": [{"name": "app", "image": "old:1"}]}});
        let wanted = wanted(&alone, &request(&[(None, "new:2")], None)).expect("it fits");
        assert_eq!(wanted.pointer("/spec/containers/0/image"), Some(&json!("new:2")));
    }

    #[test]
    fn what_does_not_fit_is_said_with_what_would() {
        let problem = |request| wanted(&pods(), &request).expect_err("it does not fit").to_string();
        assert!(problem(request(&[(Some("api"), "a:1")], None)).contains("there are: web, proxy, migrate"));
        assert!(problem(request(&[(None, "other:1")], None)).contains("--image CONTAINER=other:1"));
        assert!(problem(request(&[(Some("web"), "a b")], None)).contains("not an image reference"));
        assert!(problem(request(&[(Some("web"), "")], None)).contains("not an image reference"));
    }

    #[test]
    fn versions_are_said_once() {
        assert_eq!(versions(["web:1", "api:1", "db:2", ""].into_iter()), "1, 2");
    }
}
