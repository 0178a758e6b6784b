//! What pods use, as the cluster's own metrics say: what `kubectl top pods` shows.

use std::collections::BTreeMap;

/// What a container or a pod uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// CPU, in thousandths of a core.
    pub cpu: u64,
    /// Memory, in bytes.
    pub memory: u64,
}

/// What the pods of a namespace use, container by container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage(BTreeMap<String, Vec<(String, Spent)>>);

impl Usage {
    /// What a pod uses, all its containers together; `None`: nothing is known of it.
    pub fn pod(&self, name: &str) -> Option<Spent> {
        let add = |all: Spent, (_, one): &(String, Spent)| Spent {
            cpu: all.cpu.saturating_add(one.cpu),
            memory: all.memory.saturating_add(one.memory),
        };
        self.0.get(name).map(|containers| containers.iter().fold(Spent::default(), add))
    }

    /// What one container of a pod uses.
    pub fn container(&self, pod: &str, name: &str) -> Option<Spent> {
        self.0.get(pod)?.iter().find(|(container, _)| container == name).map(|(_, spent)| *spent)
    }
}

impl FromIterator<(String, Vec<(String, Spent)>)> for Usage {
    fn from_iter<I: IntoIterator<Item = (String, Vec<(String, Spent)>)>>(pods: I) -> Self {
        Self(pods.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_uses_what_its_containers_use() {
        let app = ("app".to_owned(), Spent { cpu: 20, memory: 3 });
        let proxy = ("proxy".to_owned(), Spent { cpu: 5, memory: 1 });
        let usage: Usage = [("web-1".to_owned(), vec![app, proxy])].into_iter().collect();
        assert_eq!(usage.pod("web-1"), Some(Spent { cpu: 25, memory: 4 }));
        assert_eq!(usage.container("web-1", "proxy"), Some(Spent { cpu: 5, memory: 1 }));
        assert_eq!((usage.pod("web-2"), usage.container("web-1", "none")), (None, None));
    }
}
