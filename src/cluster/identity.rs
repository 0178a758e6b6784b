//! Whether the cluster sees to it that nobody sends a command in another's name.

use serde_json::{Value, json};

use crate::cluster::connect::Connection;
use crate::cluster::marks;
use crate::cluster::rest::{CONFIG_MAPS, Fault, Mode};

/// A name that no user has.
const NOBODY: &str = "glidepath:somebody-else";

/// What the admission policy says of a command under another's name; `assets/kubernetes/policy.yaml` has these words.
const REFUSED: &str = "the author of a command must be who sends it";

/// Tries, without sending it, a command under a name that is not ours. `None`: it cannot be told, because we may send none
/// at all, something else stands in the way, or nobody answers.
pub async fn is_identity_enforced(connection: &Connection) -> Option<bool> {
    let tried = connection.rest().create(CONFIG_MAPS, &forged(&connection.namespace), Mode::DryRun).await;
    enforced(&tried)
}

fn enforced(tried: &Result<Value, Fault>) -> Option<bool> {
    match tried {
        Ok(_) => Some(false),
        Err(fault) if fault.why().contains(REFUSED) => Some(true),
        Err(_) => None,
    }
}

/// As docs/access.md has the shape of a command.
fn forged(namespace: &str) -> Value {
    json!({
        "apiVersion": CONFIG_MAPS.api_version(), "kind": CONFIG_MAPS.kind,
        "metadata": {
            "generateName": "glidepath-command-", "namespace": namespace,
            "labels": { marks::MANAGED_BY: marks::FIELD_MANAGER, marks::COMPONENT: "command" },
        },
        "immutable": true,
        "data": { "verb": "pause", "by": NOBODY },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::rest::Refusal;

    fn refused(message: &str) -> Result<Value, Fault> {
        let message = message.to_owned();
        Err(Fault::Refused(Refusal { code: 403, reason: "Forbidden".into(), message, about_object: true }))
    }

    #[test]
    fn only_what_was_tried_is_known() {
        assert_eq!(enforced(&Ok(Value::Null)), Some(false));
        let by_policy = format!("ValidatingAdmissionPolicy 'glidepath' denied request: {REFUSED}: ann");
        assert_eq!(enforced(&refused(&by_policy)), Some(true));
        assert_eq!(enforced(&refused("User \"ann\" cannot create resource \"configmaps\"")), None);
        assert_eq!(enforced(&refused("exceeded quota")), None);
        assert_eq!(enforced(&Err(Fault::Lost("no answer".into()))), None);
    }

    #[test]
    fn the_policy_has_the_words_that_are_looked_for() {
        assert!(include_str!("../../assets/kubernetes/policy.yaml").contains(REFUSED));
    }
}
