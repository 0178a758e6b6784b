//! The names under which we leave our marks on other people's objects.

/// What all our annotations begin with.
pub const PREFIX: &str = "glidepath.dev/";

/// The key that tells canary pods (and those of a baseline) from stable ones, in their templates and selectors and in a
/// pinned Service's selector.
pub const TRACK: &str = "glidepath.dev/track";

/// What [`TRACK`] says on a canary, and the only value that a Service is ever pinned to.
pub const CANARY: &str = "canary";

/// What it says on a baseline.
pub const BASELINE: &str = "baseline";

/// The fence: `<release id>/<epoch>` on every object that a release may write.
pub const EPOCH: &str = "glidepath.dev/epoch";

/// The release that a canary, a baseline, a pin or a raised minimum belongs to.
pub const RELEASE: &str = "glidepath.dev/release";

/// On the canary: the release in a few fields, enough to roll it back (see [`crate::cluster::flight::Flight`]).
pub const FLIGHT: &str = "glidepath.dev/flight";

/// On the canary: stable's pod template when the release began, as JSON.
pub const STABLE_TEMPLATE: &str = "glidepath.dev/stable-template";

/// On a canary that was told to go: whoever takes over from a driver that ended without a word goes on with its rollback.
pub const GOING_BACK: &str = "glidepath.dev/going-back";

/// On a pinned Service: since when.
pub const PINNED_SINCE: &str = "glidepath.dev/pinned-since";

/// On a pinned Service: its selector before, as JSON, for people to read; it is never written back.
pub const SELECTOR: &str = "glidepath.dev/selector";

/// On a raised autoscaler: its `minReplicas` before.
pub const MIN_REPLICAS: &str = "glidepath.dev/min-replicas";

/// On a raised autoscaler: what we raised it to.
pub const RAISED_TO: &str = "glidepath.dev/raised-to";

/// The name under which the API server records our writes.
pub const FIELD_MANAGER: &str = "glidepath";

/// The label by which people find what is ours.
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";

/// What the Deployment controller adds to a template's labels.
pub const TEMPLATE_HASH: &str = "pod-template-hash";

/// The label that says what an object of ours is: `lease`, `release`, `command`.
pub const COMPONENT: &str = "app.kubernetes.io/component";

/// On our own objects: the application, whose name may be too long for a label.
pub const APPLICATION: &str = "glidepath.dev/application";

/// On a lease: the person or service account who drives, as the API server names them.
pub const DRIVER: &str = "glidepath.dev/driver";
