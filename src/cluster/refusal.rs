//! What an API server says when it admits no pod: the reason first, and who refuses it after that; what every such sentence
//! begins with says nothing.

/// The reason, then who refuses; a sentence of another kind stays as it is.
pub fn reason_first(message: &str) -> String {
    // `Error creating: pods "web-5d9c-" is forbidden: …`
    let said = message.trim();
    let said = said.strip_prefix("Error creating: ").unwrap_or(said);
    let said = said.split_once(" is forbidden: ").map_or(said, |(_, why)| why);
    let denied = [" denied the request: ", " denied request: "].iter().find_map(|word| said.split_once(word));
    let Some((who, why)) = denied else { return said.to_owned() };
    let why = why.split_whitespace().collect::<Vec<_>>().join(" ");
    let policy = who.split_once(" with binding ").map_or(who, |(policy, _)| policy);
    format!("{} (refused by {})", why.trim_end_matches('.'), policy.replace(['"', '\''], ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_comes_before_who_refuses() {
        for (said, shown) in [
            (
                "pods \"web-canary-5d9c-\" is forbidden: ValidatingAdmissionPolicy 'require-limits' with binding \
                 'require-limits-shop' denied request: every container needs a memory limit.",
                "every container needs a memory limit (refused by ValidatingAdmissionPolicy require-limits)",
            ),
            (
                "Error creating: admission webhook \"validate.kyverno.svc-fail\" denied the request: \n\nresource was \
                 blocked\n  no-latest: use a digest",
                "resource was blocked no-latest: use a digest (refused by admission webhook validate.kyverno.svc-fail)",
            ),
            (
                "pods \"web-5d9c-\" is forbidden: exceeded quota: team, requested: pods=1, used: pods=20, limited: pods=20",
                "exceeded quota: team, requested: pods=1, used: pods=20, limited: pods=20",
            ),
            (
                "ReplicaSet \"web-5d9c\" has timed out progressing.",
                "ReplicaSet \"web-5d9c\" has timed out progressing.",
            ),
        ] {
            assert_eq!(reason_first(said), shown);
        }
    }
}
