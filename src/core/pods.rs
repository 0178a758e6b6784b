//! The pods of one workload as everybody sees them: in one order, and shared.
//!
//! A workload may have ten thousand. A picture is made at every turn, so it must not copy them: what has not changed since
//! the last picture is the very same memory in the next.

use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::core::view::{PodView, Track};

/// Pods in the order in which they are shown: the canary's first, then by side, age and name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Arc<PodView>>", into = "Vec<Arc<PodView>>")]
pub struct Pods(Arc<Vec<Arc<PodView>>>);

impl Pods {
    /// Changes some of them; who shares them with us keeps what it has.
    pub fn edit(&mut self, change: impl FnOnce(&mut Vec<PodView>)) {
        let mut pods: Vec<PodView> = self.iter().map(|pod| PodView::clone(pod)).collect();
        change(&mut pods);
        *self = pods.into();
    }
}

impl Deref for Pods {
    type Target = [Arc<PodView>];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<'a> IntoIterator for &'a Pods {
    type Item = &'a Arc<PodView>;
    type IntoIter = std::slice::Iter<'a, Arc<PodView>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl From<Vec<Arc<PodView>>> for Pods {
    fn from(mut pods: Vec<Arc<PodView>>) -> Self {
        pods.sort_by(|a, b| place(a).cmp(&place(b)));
        Self(Arc::new(pods))
    }
}

impl From<Vec<PodView>> for Pods {
    fn from(pods: Vec<PodView>) -> Self {
        pods.into_iter().map(Arc::new).collect::<Vec<_>>().into()
    }
}

impl From<Pods> for Vec<Arc<PodView>> {
    fn from(pods: Pods) -> Self {
        Arc::unwrap_or_clone(pods.0)
    }
}

impl FromIterator<PodView> for Pods {
    fn from_iter<I: IntoIterator<Item = PodView>>(pods: I) -> Self {
        pods.into_iter().collect::<Vec<_>>().into()
    }
}

impl FromIterator<Arc<PodView>> for Pods {
    fn from_iter<I: IntoIterator<Item = Arc<PodView>>>(pods: I) -> Self {
        pods.into_iter().collect::<Vec<_>>().into()
    }
}

fn place(pod: &PodView) -> impl Ord {
    (pod.track != Track::Canary, pod.track, pod.created, &pod.name, &pod.uid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::time::Time;

    fn pod(name: &str, track: Track, born: i64) -> PodView {
        PodView { name: name.to_owned(), track, created: Time::from_millis(born), ..PodView::default() }
    }

    fn names(pods: &Pods) -> Vec<&str> {
        pods.iter().map(|pod| pod.name.as_str()).collect()
    }

    #[test]
    fn they_stand_in_one_order_however_they_came_and_whatever_changes() {
        let came = [pod("c", Track::Stable, 1), pod("b", Track::Canary, 9), pod("a", Track::Stable, 2)];
        let mut pods: Pods = came.into_iter().collect();
        assert_eq!(names(&pods), ["b", "c", "a"]);
        pods.edit(|pods| pods[1].track = Track::Other);
        assert_eq!(names(&pods), ["b", "a", "c"]);
    }

    #[test]
    fn a_copy_is_the_same_memory_and_a_change_leaves_it_alone() {
        let mut pods: Pods = [pod("a", Track::Stable, 1)].into_iter().collect();
        let before = pods.clone();
        assert!(Arc::ptr_eq(&pods[0], &before[0]));
        pods.edit(|pods| pods[0].ready = true);
        assert!(pods[0].ready && !before[0].ready);
    }
}
