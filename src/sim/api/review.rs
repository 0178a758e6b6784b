//! What the asker wants to know about themselves.

use serde_json::{Value, json};

use crate::sim::api::reply::Reply;
use crate::sim::api::route::Review;
use crate::sim::backend::{Access, Backend, User};
use crate::sim::kind::Kind;
use crate::sim::status::Status;
use crate::sim::store::fields::{put, stamp, text};

const VERBS: [&str; 8] = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];

/// Answers a review: the question, with its status filled in.
pub fn answer(backend: &mut dyn Backend, review: Review, user: &User, body: &Value) -> Result<Reply, Status> {
    let (kind, group, status) = match review {
        Review::Identity => {
            let who = json!({"userInfo": {"username": user.name, "groups": user.groups}});
            ("SelfSubjectReview", "authentication.k8s.io/v1", who)
        }
        Review::Access => {
            let allowed = access_of(body, user).is_none_or(|access| backend.may(&access));
            let reason = if allowed { "" } else { "no rule of this cluster allows it" };
            ("SelfSubjectAccessReview", "authorization.k8s.io/v1", json!({"allowed": allowed, "reason": reason}))
        }
        Review::Rules => {
            let namespace = text(body, "/spec/namespace");
            if namespace.is_empty() {
                return Err(Status::bad_request("no namespace on request"));
            }
            ("SelfSubjectRulesReview", "authorization.k8s.io/v1", rules(backend, user, namespace))
        }
    };
    let mut value = body.clone();
    put(&mut value, &["kind"], kind.into());
    put(&mut value, &["apiVersion"], group.into());
    // A review of who asks says when it was answered; the others do not.
    let created = match review {
        Review::Identity => stamp(backend.store().now()).into(),
        Review::Access | Review::Rules => Value::Null,
    };
    put(&mut value, &["metadata", "creationTimestamp"], created);
    put(&mut value, &["status"], status);
    Ok(Reply::Json { code: 201, content_type: "application/json", value })
}

/// What is asked about objects; `None` for what is no object: everybody may read that.
fn access_of<'a>(body: &'a Value, user: &'a User) -> Option<Access<'a>> {
    let asked = body.pointer("/spec/resourceAttributes")?;
    let said = |key: &str| asked.get(key).and_then(Value::as_str).unwrap_or_default();
    Some(Access {
        user,
        verb: said("verb"),
        group: said("group"),
        resource: said("resource"),
        subresource: said("subresource"),
        namespace: said("namespace"),
        name: said("name"),
    })
}

fn rules(backend: &dyn Backend, user: &User, namespace: &str) -> Value {
    let mut rules = Vec::new();
    for info in Kind::ALL.into_iter().map(Kind::info) {
        let may = |verb: &&str| {
            let (group, resource) = (info.group, info.plural);
            backend.may(&Access { user, verb, group, resource, subresource: "", namespace, name: "" })
        };
        let verbs: Vec<&str> = VERBS.into_iter().filter(may).collect();
        if !verbs.is_empty() {
            rules.push(json!({"verbs": verbs, "apiGroups": [info.group], "resources": [info.plural]}));
        }
    }
    let everybody = json!([{"verbs": ["get"], "nonResourceURLs": ["/api", "/apis", "/livez", "/readyz", "/version"]}]);
    json!({"resourceRules": rules, "nonResourceRules": everybody, "incomplete": false})
}
