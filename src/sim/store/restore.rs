//! Putting objects into a cluster as they were, as from a backup.

use serde_json::Value;

use crate::sim::kind::Kind;
use crate::sim::store::fields::{self, put, stamp};
use crate::sim::store::{Store, place};

impl Store {
    /// Puts a new object into the store as it stands, status and all, unchecked, with a name of its own made from `prefix`.
    /// It is for the large part of a large cluster, which nobody has time to create pod by pod.
    pub fn restore(&mut self, kind: Kind, namespace: &str, prefix: &str, mut object: Value) {
        let namespace = place(kind, namespace);
        let mut name = format!("{prefix}{}", self.mint.suffix());
        while self.get(kind, namespace, &name).is_some() {
            name = format!("{prefix}{}", self.mint.suffix());
        }
        put(&mut object, &["metadata", "name"], name.as_str().into());
        put(&mut object, &["metadata", "uid"], self.mint.uid().into());
        if fields::text(&object, "/metadata/creationTimestamp").is_empty() {
            put(&mut object, &["metadata", "creationTimestamp"], stamp(self.now).into());
        }
        self.commit(kind, namespace, &name, object, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::time::Time;
    use serde_json::json;

    #[test]
    fn a_restored_object_is_as_it_was_with_a_name_of_its_own() {
        let mut store = Store::new(1, Time::from_millis(0));
        let pod = json!({"metadata": {"namespace": "shop"}, "status": {"phase": "Running"}});
        store.restore(Kind::Pod, "shop", "fleet-", pod.clone());
        store.restore(Kind::Pod, "shop", "fleet-", pod);
        let pods: Vec<_> = store.list(Kind::Pod, Some("shop")).collect();
        assert_eq!(pods.len(), 2);
        assert_eq!(fields::text(pods[0], "/status/phase"), "Running");
        assert_ne!(fields::uid(pods[0]), fields::uid(pods[1]));
    }
}
