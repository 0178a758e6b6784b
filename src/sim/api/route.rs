//! What a path means.

use percent_encoding::percent_decode_str;

use crate::sim::kind::Kind;

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// `/livez`, `/readyz`, `/healthz`.
    Health,
    /// `/version`.
    Version,
    /// `/api`.
    CoreVersions,
    /// `/apis`.
    Groups,
    /// `/apis/{group}`.
    Group(String),
    /// `/api/v1`, `/apis/{group}/{version}`: the group is empty for the core.
    Resources {
        /// The group.
        group: String,
        /// Its version.
        version: String,
    },
    /// A question about the asker.
    Review(Review),
    /// What the pods of this namespace use.
    Usage(String),
    /// Objects.
    Objects(Place),
    /// Nothing that is served.
    Nowhere,
}

/// A question about the asker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Review {
    /// Who am I?
    Identity,
    /// May I do this?
    Access,
    /// What may I do?
    Rules,
}

/// An object, or all of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The kind.
    pub kind: Kind,
    /// The namespace; empty: all of them, or of a cluster-wide kind.
    pub namespace: String,
    /// The name; empty: all.
    pub name: String,
    /// The subresource; empty: the object itself.
    pub subresource: String,
    /// What follows the subresource, with its slash: the path at the pod, through a proxy.
    pub rest: String,
}

/// Reads a path.
pub fn route(path: &str) -> Route {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    match segments.as_slice() {
        ["livez" | "readyz" | "healthz", ..] => Route::Health,
        ["version"] => Route::Version,
        ["api"] => Route::CoreVersions,
        ["apis"] => Route::Groups,
        ["apis", group] => Route::Group((*group).to_owned()),
        ["api", version] => Route::Resources { group: String::new(), version: (*version).to_owned() },
        ["apis", group, version] => Route::Resources { group: (*group).to_owned(), version: (*version).to_owned() },
        ["apis", "authentication.k8s.io", "v1", "selfsubjectreviews"] => Route::Review(Review::Identity),
        ["apis", "authorization.k8s.io", "v1", "selfsubjectaccessreviews"] => Route::Review(Review::Access),
        ["apis", "authorization.k8s.io", "v1", "selfsubjectrulesreviews"] => Route::Review(Review::Rules),
        ["apis", "metrics.k8s.io", "v1beta1", "namespaces", namespace, "pods"] => Route::Usage(decoded(namespace)),
        ["api", version, rest @ ..] => objects("", version, rest, path),
        ["apis", group, version, rest @ ..] => objects(group, version, rest, path),
        _ => Route::Nowhere,
    }
}

fn objects(group: &str, version: &str, rest: &[&str], path: &str) -> Route {
    let (namespace, rest) = match rest {
        // `/namespaces/x` is the namespace itself, `/namespaces/x/pods` what is in it.
        ["namespaces", namespace, inner @ ..] if !matches!(inner, [] | ["status" | "finalize"]) => (*namespace, inner),
        rest => ("", rest),
    };
    let (plural, name, after) = match rest {
        [plural] => (*plural, "", &[][..]),
        [plural, name, after @ ..] => (*plural, *name, after),
        [] => return Route::Nowhere,
    };
    let Some(kind) = Kind::find(group, version, plural) else { return Route::Nowhere };
    if !namespace.is_empty() && !kind.info().namespaced {
        return Route::Nowhere;
    }
    let subresource = after.first().copied().unwrap_or_default();
    if subresource != "proxy" && after.len() > 1 {
        return Route::Nowhere;
    }
    Route::Objects(Place {
        kind,
        namespace: decoded(namespace),
        name: decoded(name),
        subresource: subresource.to_owned(),
        rest: if subresource == "proxy" { after_proxy(path) } else { String::new() },
    })
}

/// What follows the first `/proxy` in a path, as it was sent.
fn after_proxy(path: &str) -> String {
    let rest = path.split_once("/proxy").map(|(_, rest)| rest).unwrap_or_default();
    if rest.starts_with('/') { rest.to_owned() } else { "/".to_owned() }
}

fn decoded(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(path: &str) -> Place {
        match route(path) {
            Route::Objects(place) => place,
            other => panic!("{path} is {other:?}"),
        }
    }

    #[test]
    fn paths_name_objects() {
        let pods = place("/api/v1/pods");
        assert_eq!((pods.kind, pods.namespace.as_str(), pods.name.as_str()), (Kind::Pod, "", ""));
        let scale = place("/apis/apps/v1/namespaces/shop/deployments/web/scale");
        assert_eq!((scale.kind, scale.name.as_str(), scale.subresource.as_str()), (Kind::Deployment, "web", "scale"));
        let namespace = place("/api/v1/namespaces/shop");
        assert_eq!((namespace.kind, namespace.name.as_str()), (Kind::Namespace, "shop"));
        assert_eq!(place("/api/v1/namespaces/shop/status").subresource, "status");
        let proxy = place("/api/v1/namespaces/shop/pods/web-1%3A8080/proxy/a%2Fb//c");
        assert_eq!((proxy.name.as_str(), proxy.rest.as_str()), ("web-1:8080", "/a%2Fb//c"));
        assert_eq!(place("/api/v1/namespaces/shop/services/web:80/proxy").rest, "/");
    }

    #[test]
    fn other_paths_are_nowhere() {
        for path in ["/", "/apis/apps/v1/pods", "/api/v1/namespaces/shop/nodes", "/apis/apps/v1/deployments/a/b/c"] {
            assert_eq!(route(path), Route::Nowhere, "{path}");
        }
        assert_eq!(route("/apis/apps"), Route::Group("apps".to_owned()));
    }
}
