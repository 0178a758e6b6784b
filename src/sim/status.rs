//! The answers of an API server that are no object: `Status`, with the words that a real one uses.

use serde_json::{Value, json};

use crate::sim::kind::Kind;

/// Why a request was not obeyed, as a Kubernetes API server says it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Status {
    /// The HTTP status code.
    pub code: u16,
    /// `NotFound`, `Conflict`, `Invalid`, …
    pub reason: &'static str,
    /// The sentence.
    pub message: String,
    /// `details` as the server sends them: name, group, kind, causes.
    pub details: Value,
}

/// One fault of an invalid object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// `FieldValueInvalid`, `FieldValueRequired`, `FieldValueForbidden`, …
    pub reason: &'static str,
    /// What is wrong with it, value included.
    pub message: String,
    /// `spec.selector`.
    pub field: String,
}

impl Cause {
    /// The value of a field is not allowed: `Invalid value: VALUE: WHY`.
    pub fn invalid(field: &str, value: &Value, why: &str) -> Self {
        Self::new("FieldValueInvalid", field, format!("Invalid value: {value}: {why}"))
    }

    /// A field is missing: `Required value`, with `: WHY` where there is more to say.
    pub fn required(field: &str, why: &str) -> Self {
        let tail = if why.is_empty() { String::new() } else { format!(": {why}") };
        Self::new("FieldValueRequired", field, format!("Required value{tail}"))
    }

    /// A field may not be set or changed like this: `Forbidden: WHY`.
    pub fn forbidden(field: &str, why: &str) -> Self {
        Self::new("FieldValueForbidden", field, format!("Forbidden: {why}"))
    }

    /// A value stands twice: `Duplicate value: VALUE`.
    pub fn duplicate(field: &str, value: &Value) -> Self {
        Self::new("FieldValueDuplicate", field, format!("Duplicate value: {value}"))
    }

    /// A value is too long.
    pub fn too_long(field: &str, most: usize) -> Self {
        Self::new("FieldValueTooLong", field, format!("Too long: may not be more than {most} bytes"))
    }

    fn new(reason: &'static str, field: &str, message: String) -> Self {
        Self { reason, message, field: field.to_owned() }
    }
}

impl Status {
    /// Any refusal without details.
    pub fn plain(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: json!({}) }
    }

    /// 404: there is no such object.
    pub fn not_found(kind: Kind, name: &str) -> Self {
        Self::about(404, "NotFound", kind, name, format!("{} {name:?} not found", kind.qualified()))
    }

    /// 404: there is no such path.
    pub fn no_such_path() -> Self {
        Self::plain(404, "NotFound", "the server could not find the requested resource")
    }

    /// 409: an object of this name exists.
    pub fn already_exists(kind: Kind, name: &str) -> Self {
        Self::about(409, "AlreadyExists", kind, name, format!("{} {name:?} already exists", kind.qualified()))
    }

    /// 409: the write was made from an older version of the object.
    pub fn modified(kind: Kind, name: &str) -> Self {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        Self::conflict(kind, name, why)
    }

    /// 409: the write cannot be done on the object as it is.
    pub fn conflict(kind: Kind, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {} {name:?}: {why}", kind.qualified());
        Self::about(409, "Conflict", kind, name, message)
    }

    /// 422: the object is not valid, with every cause.
    pub fn invalid(kind: Kind, name: &str, causes: &[Cause]) -> Self {
        let words: Vec<String> = causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
        let list = match words.as_slice() {
            [only] => only.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        let message = format!("{} {name:?} is invalid: {list}", kind.qualified_name());
        let causes: Vec<Value> = causes
            .iter()
            .map(|cause| json!({"reason": cause.reason, "message": cause.message, "field": cause.field}))
            .collect();
        let info = kind.info();
        let details = json!({"name": name, "group": info.group, "kind": info.name, "causes": causes});
        Self { code: 422, reason: "Invalid", message, details }
    }

    /// 422: a patch cannot be applied, a failed JSON patch `test` above all.
    pub fn unprocessable() -> Self {
        Self::plain(422, "Invalid", "the server rejected our request due to an error in our request")
    }

    /// 403: admission or authorization forbids it.
    pub fn forbidden(kind: Kind, name: &str, why: &str) -> Self {
        let object = if name.is_empty() { kind.qualified() } else { format!("{} {name:?}", kind.qualified()) };
        Self::about(403, "Forbidden", kind, name, format!("{object} is forbidden: {why}"))
    }

    /// 400: the request itself is wrong.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::plain(400, "BadRequest", message)
    }

    /// 401: nobody that the server knows.
    pub fn unauthorized() -> Self {
        Self::plain(401, "Unauthorized", "Unauthorized")
    }

    /// 405: the kind knows no such verb.
    pub fn method_not_allowed() -> Self {
        Self::plain(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
    }

    /// 410: the revision asked for is no longer kept.
    pub fn expired(asked: u64, oldest: u64) -> Self {
        Self::plain(410, "Expired", format!("too old resource version: {asked} ({oldest})"))
    }

    /// 429: come again later.
    pub fn too_many_requests(message: impl Into<String>, retry_after_seconds: u32) -> Self {
        let details = json!({"retryAfterSeconds": retry_after_seconds});
        Self { code: 429, reason: "TooManyRequests", message: message.into(), details }
    }

    /// The same, about one object, with `details` that name it.
    pub fn about(code: u16, reason: &'static str, kind: Kind, name: &str, message: String) -> Self {
        let mut details = serde_json::Map::new();
        for (key, value) in [("name", name), ("group", kind.info().group), ("kind", kind.info().plural)] {
            if !value.is_empty() {
                details.insert(key.to_owned(), value.into());
            }
        }
        Self { code, reason, message, details: details.into() }
    }

    /// The `Status` object as it is sent.
    pub fn to_value(&self) -> Value {
        json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "details": self.details,
            "code": self.code,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_use_the_words_of_a_real_server() {
        let gone = Status::not_found(Kind::Deployment, "checkout");
        assert_eq!(gone.message, r#"deployments.apps "checkout" not found"#);
        assert_eq!(gone.details, json!({"name": "checkout", "group": "apps", "kind": "deployments"}));
        let causes = [Cause::required("spec.selector", "")];
        assert_eq!(
            Status::invalid(Kind::Deployment, "x", &causes).message,
            r#"Deployment.apps "x" is invalid: spec.selector: Required value"#
        );
    }
}
