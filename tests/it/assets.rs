//! What is shipped for a cluster: that it holds together, and that the page about it says what it does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The objects of a file in `assets/kubernetes`.
fn objects(file: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(&text(&format!("assets/kubernetes/{file}"))).unwrap()
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// By resource, as people write it (`deployments.apps`): the verbs of one role.
fn verbs(role: &Value) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for rule in role["rules"].as_array().unwrap() {
        for group in texts(&rule["apiGroups"]) {
            for resource in texts(&rule["resources"]) {
                let dot = if group.is_empty() { "" } else { "." };
                let verbs: Vec<String> = texts(&rule["verbs"]).map(str::to_owned).collect();
                assert!(all.insert(format!("{resource}{dot}{group}"), verbs).is_none(), "{resource} twice");
            }
        }
    }
    all
}

#[test]
fn the_page_about_access_has_every_right_of_every_role() {
    let roles = objects("roles.yaml");
    let granted: Vec<_> = ["viewer", "approver", "operator", "driver"]
        .map(|name| verbs(roles.iter().find(|role| role["metadata"]["name"] == format!("glidepath-{name}")).unwrap()))
        .into();
    let mut rows: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (place, role) in granted.iter().enumerate() {
        for (resource, verbs) in role {
            rows.entry(resource.clone()).or_insert_with(|| vec![String::new(); 4])[place] = verbs.join(", ");
        }
    }
    let page = text("docs/access.md");
    let written: BTreeMap<String, Vec<String>> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |").map(str::to_owned))
        .filter_map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [name, verbs @ ..] = cells.as_slice() else { return None };
            (verbs.len() == 4)
                .then(|| (name.trim_matches('`').to_owned(), verbs.iter().map(|it| (*it).to_owned()).collect()))
        })
        .collect();
    assert_eq!(written, rows);
}

#[test]
fn bindings_name_roles_that_exist_and_the_jobs_own_account() {
    let roles: BTreeSet<String> =
        objects("roles.yaml").iter().map(|role| role["metadata"]["name"].as_str().unwrap().to_owned()).collect();
    let bindings = objects("bindings.yaml");
    let bound: BTreeSet<String> =
        bindings.iter().filter_map(|it| it["roleRef"]["name"].as_str()).map(str::to_owned).collect();
    assert_eq!(bound, roles);
    let job = objects("job.yaml").remove(0);
    let account = &job["spec"]["template"]["spec"]["serviceAccountName"];
    let driver = bindings.iter().find(|it| it["roleRef"]["name"] == "glidepath-driver").unwrap();
    assert!(
        driver["subjects"]
            .as_array()
            .unwrap()
            .iter()
            .any(|who| who["kind"] == "ServiceAccount" && who["name"] == *account)
    );
    assert!(bindings.iter().any(|it| it["kind"] == "ServiceAccount" && it["metadata"]["name"] == *account));
}

#[test]
fn the_job_ends_with_its_release_and_outlives_its_pods() {
    let job = objects("job.yaml").remove(0);
    let pod = &job["spec"]["template"]["spec"];
    assert_eq!(pod["restartPolicy"], "Never");
    let rules = job["spec"]["podFailurePolicy"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 2);
    assert_eq!(
        (&rules[0]["action"], &rules[0]["onPodConditions"][0]["type"]),
        (&"Ignore".into(), &"DisruptionTarget".into())
    );
    assert_eq!(rules[1]["action"], "FailJob");
    assert_eq!(rules[1]["onExitCodes"]["values"], serde_json::json!([2, 3, 4, 5]));
    let container = &pod["containers"][0];
    assert_eq!(rules[1]["onExitCodes"]["containerName"], container["name"]);
    let id = container["env"].as_array().unwrap().iter().find(|env| env["name"] == "RELEASE_ID").unwrap();
    assert_eq!(id["valueFrom"]["fieldRef"]["fieldPath"], "metadata.labels['batch.kubernetes.io/controller-uid']");
    assert!(texts(&container["args"]).any(|arg| arg == "--id=$(RELEASE_ID)"));
}

/// The program takes what the Job gives it: the first thing that it misses is a cluster.
#[test]
fn the_jobs_command_line_is_one() {
    let job = objects("job.yaml").remove(0);
    let uid = "0c5f3f0e-2f0e-4b6a-9d39-7a0f5c1d2e3f";
    let home = tempfile::tempdir().unwrap();
    let args = texts(&job["spec"]["template"]["spec"]["containers"][0]["args"])
        .map(|arg| arg.replace("$(RELEASE_ID)", uid).replace("/journal", home.path().to_str().unwrap()));
    let run = Command::new(env!("CARGO_BIN_EXE_glidepath"))
        .args(args)
        .env("KUBECONFIG", home.path().join("none"))
        .env_remove("GLIDEPATH_CONFIG")
        .env_remove("KUBERNETES_SERVICE_HOST")
        .current_dir(home.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.code() == Some(2) && said.contains("no kubeconfig"), "{said}");
}

#[test]
fn the_image_is_built_from_all_that_the_program_is_made_of() {
    let file = text("assets/Containerfile");
    let manifest: toml::Table = text("Cargo.toml").parse().unwrap();
    let package = &manifest["package"];
    let rust = file.lines().find_map(|line| line.strip_prefix("FROM ")?.split_once("rust:")).unwrap().1;
    let numbers =
        |version: &str| -> Vec<u32> { version.split(['.', '-']).map_while(|part| part.parse().ok()).collect() };
    assert!(numbers(rust) >= numbers(package["rust-version"].as_str().unwrap()), "{rust}");
    let copied: BTreeSet<&str> = file
        .lines()
        .filter_map(|line| line.strip_prefix("COPY "))
        .filter(|line| !line.starts_with("--from"))
        .flat_map(|line| line.split_whitespace().rev().skip(1))
        .collect();
    let readme = package["readme"].as_str().unwrap();
    for needed in ["Cargo.toml", "Cargo.lock", "src", "assets", "benches", readme] {
        assert!(copied.contains(needed), "{needed}");
    }
    let image = format!("glidepath:{}", package["version"].as_str().unwrap());
    assert_eq!(objects("job.yaml")[0]["spec"]["template"]["spec"]["containers"][0]["image"], image);
    assert!(file.contains(&image));
}
