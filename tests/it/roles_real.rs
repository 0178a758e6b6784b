//! The roles and the policy that we ship, against a real API server: they suffice, none of them is more than is needed,
//! and what is missing is named before the first write.

use std::path::Path;
use std::time::Duration;

use glidepath::cluster::{self, Connection, identity_enforced};
use glidepath::core::act::{ActOutcome, ActVerb};
use serde_json::{Value, json};

use crate::cluster_real::{Flight, deployments, impersonating, plan, request, serves, stand_up};
use crate::control_plane::{self, Api, ApiServer, SOON, kubelet, unique, until};

fn objects(text: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(text).expect("YAML")
}

fn roles() -> Vec<Value> {
    objects(include_str!("../../assets/kubernetes/roles.yaml"))
}

/// The rules of one of them.
pub fn role(name: &str) -> Value {
    roles().into_iter().find(|role| role["metadata"]["name"] == name).expect("it is there")
}

/// Somebody of one namespace, with the roles that were bound to them.
pub struct Person {
    admin: Api,
    namespace: String,
    connection: Connection,
}

impl Person {
    /// A person whom nobody knows yet.
    async fn new(server: &ApiServer, admin: &Connection, name: &str) -> Self {
        Self::named(&server.kubeconfig, admin, &unique(name)).await
    }

    /// A person of this name.
    pub async fn named(kubeconfig: &Path, admin: &Connection, name: &str) -> Self {
        let mut connection = admin.clone();
        connection.user = name.to_owned();
        connection.client = impersonating(kubeconfig, name).await;
        Self { admin: Api::of(admin), namespace: admin.namespace.clone(), connection }
    }

    fn roles(&self, plural: &str) -> String {
        format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{}/{plural}", self.namespace)
    }

    /// Gives them a role of their own with these rules, in place of the one that they had under this name.
    pub async fn may(&self, name: &str, rules: &Value) {
        let name = format!("{name}-{}", self.connection.user);
        let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": name}, "rules": rules});
        let path = format!("{}/{name}?fieldManager=test&force=true", self.roles("roles"));
        self.admin.send("PATCH", &path, "application/apply-patch+yaml", &role).await.expect("a role");
        let binding = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": self.connection.user}],
        });
        let path = format!("{}/{name}?fieldManager=test&force=true", self.roles("rolebindings"));
        self.admin.send("PATCH", &path, "application/apply-patch+yaml", &binding).await.expect("a binding");
    }

    /// Whether the server goes by a rule yet.
    pub async fn may_already(&self, rule: &Value) -> bool {
        let asked = json!({
            "namespace": self.namespace, "group": rule["apiGroups"][0], "resource": rule["resources"][0], "verb": rule["verbs"][0],
        });
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": {"resourceAttributes": asked},
        });
        let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        Api::of(&self.connection).create(path, &review).await["status"]["allowed"] == true
    }
}

/// Every role's rules less one verb of one resource, with that verb and resource as a message names them.
fn each_without_one(rules: &Value) -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    for (place, rule) in rules.as_array().expect("rules").iter().enumerate() {
        let group = rule["apiGroups"][0].as_str().expect("a group");
        for resource in rule["resources"].as_array().expect("resources") {
            for verb in rule["verbs"].as_array().expect("verbs") {
                let mut less = rules.clone();
                let mut rest = rule.clone();
                rest["verbs"].as_array_mut().expect("verbs").retain(|other| other != verb);
                let mut others = rule.clone();
                others["resources"].as_array_mut().expect("resources").retain(|other| other != resource);
                rest["resources"] = json!([resource]);
                less[place] = others;
                less.as_array_mut().expect("rules").push(rest);
                less.as_array_mut()
                    .expect("rules")
                    .retain(|rule| rule["resources"] != json!([]) && rule["verbs"] != json!([]));
                let (verb, resource) = (verb.as_str().expect("text"), resource.as_str().expect("text"));
                let full = if group.is_empty() { resource.to_owned() } else { format!("{resource}.{group}") };
                all.push((verb.to_owned(), full, less));
            }
        }
    }
    all
}

fn autoscaler() -> Value {
    json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"},
        "spec": {"minReplicas": 1, "maxReplicas": 5,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 90}}}]}})
}

/// A release flies with the driver's role; without any one verb of it, that verb is named beforehand, or what is lost is told.
#[tokio::test]
async fn whatever_verb_is_taken_away_is_named_before_the_first_write() {
    let Some(kubeconfig) = control_plane::with_controllers() else { return };
    let server = ApiServer::named(kubeconfig);
    let admin = server.connect().await;
    let pods = kubelet(&admin);
    stand_up(&admin, "web", 2).await;
    let scalers = format!("/apis/autoscaling/v2/namespaces/{}/horizontalpodautoscalers", admin.namespace);
    Api::of(&admin).create(&scalers, &autoscaler()).await;
    let driver = Person::new(&server, &admin, "driver").await;
    let full = role("glidepath-driver")["rules"].clone();

    let said = async |wanted: &str| {
        let began = std::time::Instant::now();
        // A role takes a moment until the server goes by it.
        loop {
            let said = match plan(&driver.connection, request("web", "registry.example/web:2.0.0")).await {
                Ok(plan) => plan.told.join("\n"),
                Err(problem) => format!("refused ({}): {problem}", problem.exit_code()),
            };
            if said.contains(wanted) {
                return said;
            }
            assert!(began.elapsed() < SOON, "{wanted:?} is not in: {said}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    for (verb, resource, less) in each_without_one(&full) {
        let plural = resource.split('.').next().expect("a name").to_owned();
        driver.may("driver", &less).await;
        match (verb.as_str(), plural.as_str()) {
            // The template claims no volume; and drive is asked about by the policy alone.
            ("get", "persistentvolumeclaims") | ("drive", _) => continue,
            // What pods use is asked by who looks at them, in a cockpit.
            _ if resource == "pods.metrics.k8s.io" => continue,
            (
                "list",
                "resourcequotas"
                | "poddisruptionbudgets"
                | "ingresses"
                | "targetgroupbindings"
                | "horizontalpodautoscalers",
            ) => {
                said(&format!("{plural} were not looked at")).await;
            }
            ("get", "pods") | (_, "events" | "pods/proxy" | "pods/log") => {
                let said = said(&format!("may not {verb} {resource}")).await;
                assert!(!said.starts_with("refused"), "{said}");
            }
            _ => {
                let said = said(&format!("{verb} {resource}")).await;
                assert!(said.starts_with("refused (2)") && said.contains(&driver.connection.user), "{said}");
            }
        }
    }
    driver.may("driver", &full).await;
    until("the whole role", async || {
        let plan = plan(&driver.connection, request("web", "registry.example/web:2.0.0")).await;
        plan.is_ok_and(|plan| {
            plan.told.iter().all(|told| !told.contains("may not ") || told.contains("the room on the nodes"))
        })
    })
    .await;
    pods.abort();
}

/// Every write of a flight goes through with the driver's role and no other.
#[tokio::test]
async fn the_drivers_role_suffices_for_every_act() {
    let Some(kubeconfig) = control_plane::with_controllers() else { return };
    let server = ApiServer::named(kubeconfig);
    let admin = server.connect().await;
    let pods = kubelet(&admin);
    stand_up(&admin, "web", 2).await;
    let scalers = format!("/apis/autoscaling/v2/namespaces/{}/horizontalpodautoscalers", admin.namespace);
    Api::of(&admin).create(&scalers, &autoscaler()).await;
    let driver = Person::new(&server, &admin, "driver").await;
    driver.may("driver", &role("glidepath-driver")["rules"]).await;
    until("the role holds", async || plan(&driver.connection, request("web", "web:2")).await.is_ok()).await;
    let plan = plan(&driver.connection, request("web", "registry.example/web:2.0.0")).await.expect("a plan");
    let flight = Flight::begin(&driver.connection, plan);
    let service = || "web".to_owned();
    for verb in [
        ActVerb::Fence,
        ActVerb::RaiseHpa { min: 2 },
        ActVerb::CreateCanary,
        ActVerb::ScaleCanary { replicas: 2 },
        ActVerb::DropOwner,
        ActVerb::TakeOwner,
        ActVerb::Pin { service: service() },
        ActVerb::RollStable,
        ActVerb::RestoreStable,
        ActVerb::Unpin { service: service() },
        ActVerb::RestoreHpa { min: 1 },
        ActVerb::DeleteCanary,
        ActVerb::ClearMarks,
    ] {
        flight.done(verb).await;
    }
    flight
        .sees("stable serves", |view| {
            view.canary.is_none() && serves(view, "web", glidepath::core::view::Track::Stable)
        })
        .await;
    let left = Api::of(&admin).get(&format!("{}/web", deployments(&admin))).await.expect("stable");
    assert!(!left.to_string().contains("glidepath.dev/epoch\":"), "{left}");
    assert!(!matches!(flight.act(ActVerb::Fence).await, ActOutcome::Failed { .. }));
    pods.abort();
}

fn command(verb: &str, by: &str, component: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"generateName": "command-", "labels": {
            "app.kubernetes.io/managed-by": "glidepath", "app.kubernetes.io/component": component}},
        "data": {"author": by, "verb": verb, "command": "{}"},
    })
}

/// With the policy nobody sends a command in another's name, nor one that their role does not have, and only who drives
/// writes where a release stands. Without it that is noticed.
#[tokio::test]
async fn nobody_sends_a_command_in_anothers_name() {
    let Some(kubeconfig) = control_plane::with_controllers() else { return };
    let server = ApiServer::named(kubeconfig);
    let admin = server.connect().await;
    let api = Api::of(&admin);
    let people = ["viewer", "approver", "operator", "driver"];
    let [viewer, approver, operator, driver] = {
        let mut all = Vec::new();
        for name in people {
            let person = Person::new(&server, &admin, name).await;
            person.may("viewer", &role("glidepath-viewer")["rules"]).await;
            person.may(name, &role(&format!("glidepath-{name}"))["rules"]).await;
            all.push(person);
        }
        <[Person; 4]>::try_from(all).unwrap_or_else(|_| panic!("four"))
    };
    let policies = "/apis/admissionregistration.k8s.io/v1";
    let shipped = objects(include_str!("../../assets/kubernetes/policy.yaml"));
    let paths: Vec<String> = ["validatingadmissionpolicies", "validatingadmissionpolicybindings"]
        .map(|plural| format!("{policies}/{plural}/glidepath"))
        .into();
    for path in &paths {
        let _there_was_none = api.send("DELETE", path, "application/json", &Value::Null).await;
    }
    until("without a policy it is not enforced", async || identity_enforced(&approver.connection).await == Some(false))
        .await;
    for (path, object) in paths.iter().zip(&shipped) {
        let path = format!("{path}?fieldManager=test&force=true");
        api.send("PATCH", &path, "application/apply-patch+yaml", object).await.expect("it is valid");
    }
    until("with it, it is", async || identity_enforced(&approver.connection).await == Some(true)).await;
    assert_eq!(identity_enforced(&viewer.connection).await, None, "who may send none cannot tell");
    assert_eq!(identity_enforced(&admin).await, Some(true), "for administrators too");
    until("its types fit", async || {
        let policy = api.get(&paths[0]).await.unwrap_or_default();
        policy["status"]["observedGeneration"] == policy["metadata"]["generation"]
            && policy["status"]["typeChecking"]["expressionWarnings"].is_null()
    })
    .await;

    let maps = format!("/api/v1/namespaces/{}/configmaps", admin.namespace);
    let send = async |person: &Person, body: &Value| {
        let sent = Api::of(&person.connection).send("POST", &maps, "application/json", body).await;
        sent.map(|sent| format!("{maps}/{}", sent["metadata"]["name"].as_str().unwrap_or_default()))
            .map_err(|fault| fault.2)
    };
    let who = |person: &Person| person.connection.user.clone();
    let sent = send(&approver, &command("approve", &who(&approver), "command")).await.expect("one's own");
    for (person, body, words) in [
        (&approver, command("approve", &who(&operator), "command"), "must be who sends it"),
        (&operator, command("approve", &who(&operator), "command"), "may not approve"),
        (&approver, command("rollback", &who(&approver), "command"), "may not rollback"),
        (&driver, command("approve", &who(&driver), "command"), "may not approve"),
        (&approver, command("drive", &who(&approver), "command"), "may not drive"),
        (&operator, command("rollback", &who(&operator), "release"), "only who may drive"),
        (&viewer, command("approve", &who(&viewer), "command"), "cannot create"),
    ] {
        let refused = send(person, &body).await.expect_err(words);
        assert!(refused.contains(words), "{words}: {refused}");
    }
    let mut answered = command("approve", &who(&approver), "command");
    answered["data"]["answer"] = json!("yes");
    assert!(send(&approver, &answered).await.expect_err("answered by oneself").contains("without an answer"));
    let mut bare = command("approve", &who(&approver), "command");
    bare["metadata"] = json!({"name": unique("glidepath-web")});
    assert!(send(&approver, &bare).await.expect_err("by its name").contains("only who may drive"));

    let state = send(&driver, &command("approve", &who(&operator), "release")).await.expect("a driver writes it");
    let merge = async |path: &str, patch: Value| {
        let patched = Api::of(&driver.connection).merge(path, patch).await;
        patched.map_err(|fault| fault.2)
    };
    let data = |key: &str, value: &str| json!({"data": {key: value}});
    let becomes = |component: &str| json!({"metadata": {"labels": {"app.kubernetes.io/component": component}}});
    for (path, patch) in [
        (&state, becomes("command")),
        (&sent, becomes("release")),
        (&sent, json!({"metadata": {"labels": {"a": "b"}}})),
        (&sent, data("author", &who(&operator))),
        (&sent, data("command", "[]")),
        (&sent, data("more", "x")),
        (&sent, json!({"data": {"verb": null}})),
    ] {
        assert!(merge(path, patch).await.expect_err("a command").contains("never changed"));
    }
    merge(&sent, data("taken", "3")).await.expect("a driver takes it");
    merge(&sent, data("answer", "{}")).await.expect("a driver answers it");
    merge(&state, json!({"metadata": {"labels": {"a": "b"}}})).await.expect("a driver changes it");
    let take = async |person: &Person| {
        Api::of(&person.connection).send("DELETE", &sent, "application/json", &Value::Null).await
    };
    assert!(take(&operator).await.is_err(), "it is another's");
    take(&driver).await.expect("a driver takes it away");

    for path in &paths {
        api.send("DELETE", path, "application/json", &Value::Null).await.expect("it was there");
    }
    assert!(cluster::records(&viewer.connection).await.is_ok(), "who looks may list what is recorded");
}

/// A pod of the Job, other than those that are known.
async fn next_pod(api: &Api, namespace: &str, job: &str, known: &[String]) -> Value {
    let path = format!("/api/v1/namespaces/{namespace}/pods?labelSelector=batch.kubernetes.io/job-name%3D{job}");
    let began = std::time::Instant::now();
    loop {
        let pods = api.get(&path).await.unwrap_or_default();
        let mut all = pods["items"].as_array().into_iter().flatten();
        let new = |pod: &&Value| !known.iter().any(|name| pod["metadata"]["name"] == name.as_str());
        if let Some(pod) = all.find(new) {
            return pod.clone();
        }
        assert!(began.elapsed() < SOON, "there is no new pod: {pods}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What the Job that we ship makes of its pods' ends, and that its pods know by which id to fly.
#[tokio::test]
async fn the_job_goes_by_exit_codes_and_an_eviction_is_none() {
    let Some(kubeconfig) = control_plane::with_controllers() else { return };
    let admin = ApiServer::named(kubeconfig).connect().await;
    let (api, namespace) = (Api::of(&admin), admin.namespace.as_str());
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "glidepath"}});
    api.create(&format!("/api/v1/namespaces/{namespace}/serviceaccounts"), &account).await;
    let jobs = format!("/apis/batch/v1/namespaces/{namespace}/jobs");
    let shipped = objects(include_str!("../../assets/kubernetes/job.yaml")).remove(0);
    for (code, evicted, another) in [(3, false, false), (5, false, false), (6, false, true), (4, true, true)] {
        let job = api.create(&jobs, &shipped).await;
        let name = job["metadata"]["name"].as_str().expect("a name");
        let pod = next_pod(&api, namespace, name, &[]).await;
        let pod_name = pod["metadata"]["name"].as_str().expect("a name").to_owned();
        assert_eq!(pod["metadata"]["labels"]["batch.kubernetes.io/controller-uid"], job["metadata"]["uid"]);
        let target = json!([{"type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI"}]);
        let status = json!({"status": {"phase": "Failed", "conditions": if evicted { target } else { json!([]) },
            "containerStatuses": [{"name": "glidepath", "ready": false, "restartCount": 0, "image": "x", "imageID": "x",
                "state": {"terminated": {"exitCode": code, "reason": "Error", "startedAt": "2025-11-23T23:00:00Z", "finishedAt": "2025-11-23T23:00:01Z"}}}]}});
        api.merge(&format!("/api/v1/namespaces/{namespace}/pods/{pod_name}/status"), status).await.expect("it failed");
        if another {
            next_pod(&api, namespace, name, &[pod_name]).await;
        }
        until("the Job says what it makes of it", async || {
            let now = api.get(&format!("{jobs}/{name}")).await.unwrap_or_default();
            let failed = now["status"]["conditions"].as_array().into_iter().flatten().any(|condition| {
                condition["type"] == "Failed"
                    && condition["status"] == "True"
                    && condition["reason"] == "PodFailurePolicy"
            });
            if another { !failed && now["status"]["active"] == 1 } else { failed }
        })
        .await;
    }
}
