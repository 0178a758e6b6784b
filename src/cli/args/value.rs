//! The kinds of values that the command line takes, each with a message that says how to write it.

use std::fmt;
use std::time::Duration;

use crate::config::{AskedImage, image, name};
use crate::core::text::neutral;
use crate::core::time::parse_span;

/// How many times as fast as life a demo may run: faster, and its own cluster could not keep up.
const FASTEST: f64 = 1_000.0;

/// And how slow: slower, and nobody would see it move.
const SLOWEST: f64 = 0.1;

/// How many times as fast as life a demo runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speed(f64);

impl Speed {
    /// The factor, 0.1 to 1000.
    pub fn factor(self) -> f64 {
        self.0
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

pub(super) fn speed(text: &str) -> Result<Speed, String> {
    let number = text.parse().ok().filter(|number| (SLOWEST..=FASTEST).contains(number));
    number.map(Speed).ok_or_else(|| format!("a speed is a number from {SLOWEST} to {FASTEST}; 1 is as fast as life"))
}

pub(super) fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("a seed is a whole number from 0 to {}", u64::MAX))
}

pub(super) fn pods(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| (1..=100_000).contains(number));
    number.ok_or_else(|| "a number of pods is a whole number from 1 to 100000".to_owned())
}

pub(super) fn port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| "a port is a whole number from 1 to 65535, or 0 for any that is free".to_owned())
}

pub(super) fn revision(text: &str) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| "a revision is a whole number from 1, as kubectl rollout history shows it".to_owned())
}

pub(super) fn kept(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number
        .ok_or_else(|| "how many are kept is a whole number from 1; the newest of an application always is".to_owned())
}

/// How long ago: `30d`, `12h`.
pub(super) fn age(text: &str) -> Result<Duration, String> {
    let span = parse_span(text)?;
    if span.is_zero() { Err("it must be longer than nothing, such as 30d".to_owned()) } else { Ok(span) }
}

pub(super) fn not_blank(text: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err("it is empty".to_owned()) } else { Ok(neutral(text)) }
}

/// A share of requests, `0.01` or `1%`.
pub(super) fn share(text: &str) -> Result<f64, String> {
    let number = match text.trim().strip_suffix('%') {
        Some(percent) => percent.trim().parse().ok().map(|percent: f64| percent / 100.0),
        None => text.trim().parse().ok(),
    };
    let share = number.filter(|share| *share > 0.0 && *share < 1.0);
    share.ok_or_else(|| "it must be a share between 0 and 1, such as 0.01 or 1%".to_owned())
}

pub(super) fn above_zero(text: &str) -> Result<f64, String> {
    let number = text.trim().parse().ok().filter(|number: &f64| *number > 0.0 && number.is_finite());
    number.ok_or_else(|| "it must be a number above 0, such as 1.5".to_owned())
}

/// How many times as many: `5`, `5x` or `5×`.
pub(super) fn ratio(text: &str) -> Result<f64, String> {
    let number = text.trim().trim_end_matches(['x', '×']).trim_end().parse().ok();
    let ratio = number.filter(|ratio: &f64| *ratio > 1.0 && *ratio <= 1_000.0);
    ratio.ok_or_else(|| "it must be a number above 1 and at most 1000, such as 5: five times as many errors".to_owned())
}

pub(super) fn at_least_one(text: &str) -> Result<f64, String> {
    let number = text.trim().parse().ok().filter(|number: &f64| *number >= 1.0 && number.is_finite());
    number.ok_or_else(|| "it must be a number of 1 or more".to_owned())
}

/// A Deployment by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment(String);

impl Deployment {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// `deploy/NAME`, with every spelling of the kind that kubectl takes.
pub(super) fn deployment(text: &str) -> Result<Deployment, String> {
    let Some((kind, name)) = text.split_once('/') else {
        return Err(format!("write it as deploy/{}", neutral(text)));
    };
    match kind {
        "deploy" | "deployment" | "deployments" | "deployment.apps" | "deployments.apps" => {
            name::object(name).map(Deployment)
        }
        _ => Err(format!("{:?} is not a kind that can be released; write deploy/NAME", neutral(kind))),
    }
}

/// `[WORKLOAD/]CONTAINER=REF`.
pub(super) fn asked_image(text: &str) -> Result<AskedImage, String> {
    let (place, reference) = text.split_once('=').ok_or("write it as CONTAINER=REF, such as app=checkout:1.8.0")?;
    let (workload, container) = match place.split_once('/') {
        Some((workload, container)) => (Some(name::object(workload)?), container),
        None => (None, place),
    };
    let container = name::label(container)?;
    let parsed = image::Reference::parse(reference)?;
    if parsed.tag.is_none() && parsed.digest.is_none() {
        return Err(format!("{reference:?} names no version; add a tag, {reference}:TAG, or a digest"));
    }
    Ok(AskedImage { workload, container, reference: reference.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_is_a_number_that_the_world_can_keep() {
        assert_eq!(speed("2.5").map(Speed::factor), Ok(2.5));
        for wrong in ["0", "-1", "NaN", "inf", "1e9", "1001", "0.01", "fast", ""] {
            assert!(speed(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_kept_is_a_number_or_a_span() {
        assert_eq!((kept("20"), age("30d")), (Ok(20), Ok(Duration::from_secs(30 * 86_400))));
        for wrong in ["0", "-1", "all", ""] {
            assert!(kept(wrong).is_err(), "{wrong}");
        }
        for wrong in ["0s", "30", "-1d", "a month", ""] {
            assert!(age(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_share_is_a_number_or_a_percentage() {
        assert_eq!([share("0.05"), share(" 5 %")], [Ok(0.05), Ok(0.05)]);
        for wrong in ["0", "1", "100%", "-1%", "NaN", "inf", "5", "", "%", "one"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
        assert!(above_zero("1.5").is_ok() && at_least_one("1").is_ok());
        for wrong in ["0", "-1", "NaN", "inf", ""] {
            assert!(above_zero(wrong).is_err() && at_least_one(wrong).is_err(), "{wrong}");
        }
        assert!(at_least_one("0.99").is_err());
    }

    #[test]
    fn a_ratio_is_a_number_above_one() {
        assert_eq!(["5", "2.5", "10x", "3 ×"].map(ratio), [Ok(5.0), Ok(2.5), Ok(10.0), Ok(3.0)]);
        for wrong in ["1", "0", "-5", "NaN", "inf", "1001", "", "x", "five"] {
            assert!(ratio(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_deployment_is_named_with_its_kind() {
        assert_eq!(deployment("deployment.apps/checkout").map(|it| it.0), Ok("checkout".into()));
        assert_eq!(deployment("checkout"), Err("write it as deploy/checkout".into()));
        assert!(deployment("sts/db").is_err());
        assert!(deployment("deploy/").is_err());
        assert!(deployment("deploy/a/b").is_err());
    }

    #[test]
    fn an_image_is_for_a_container_and_names_a_version() {
        let image = asked_image("tars-api/api=localhost:5000/api:1.0").unwrap();
        assert_eq!((image.workload.as_deref(), image.container.as_str()), (Some("tars-api"), "api"));
        assert_eq!(image.reference, "localhost:5000/api:1.0");
        for wrong in ["app", "app=", "=x:1", "app=x", "app=localhost:5000/x", "App=x:1", "a/b/c=x:1", "app=x:1 "] {
            assert!(asked_image(wrong).is_err(), "{wrong}");
        }
    }
}
