//! What the reader promises: every row of what `prometheus-parse` loses is read, whatever is rendered reads back, and no
//! bytes make it panic.

use proptest::prelude::*;

use super::*;

const NOW: Time = Time::from_millis(1_700_000_000_000);

fn samples(text: &str) -> Vec<Sample> {
    read(text.as_bytes(), None).unwrap_or_else(|error| panic!("{text:?}: {error}")).samples(NOW)
}

fn sample(name: &str, labels: &[(&str, &str)], value: f64) -> Sample {
    let labels = labels.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    Sample { name: name.to_owned(), labels, value, at: NOW }
}

fn error(text: &str) -> String {
    read(text.as_bytes(), None).expect_err(text).to_string()
}

#[test]
fn a_brace_in_a_label_value_loses_nothing() {
    let text = "http_requests_total{path=\"/users/{id}\",code=\"500\"} 5\n";
    assert_eq!(samples(text), [sample("http_requests_total", &[("code", "500"), ("path", "/users/{id}")], 5.0)]);
}

#[test]
fn an_equals_sign_in_a_label_value_loses_nothing() {
    let text = "a{path=\"/q?a=1\",code=\"200\"} 1\nb{path=\"/x=1\"} 2\n";
    let wanted = [sample("a", &[("code", "200"), ("path", "/q?a=1")], 1.0), sample("b", &[("path", "/x=1")], 2.0)];
    assert_eq!(samples(text), wanted);
}

#[test]
fn a_comma_in_a_label_value_loses_nothing() {
    let text = "a{path=\"/a,b\"} 1\nb{path=\"x,y\"} 2\n";
    assert_eq!(samples(text), [sample("a", &[("path", "/a,b")], 1.0), sample("b", &[("path", "x,y")], 2.0)]);
}

#[test]
fn histograms_that_differ_behind_a_comma_stay_two() {
    let text = "# TYPE h histogram\n\
        h_bucket{path=\"/a,b\",le=\"1\"} 1\nh_bucket{path=\"/a,b\",le=\"+Inf\"} 2\n\
        h_bucket{path=\"/a,c\",le=\"1\"} 3\nh_bucket{path=\"/a,c\",le=\"+Inf\"} 4\n";
    let families = read(text.as_bytes(), None).expect("well-formed").typed();
    let histogram = |path: &str, buckets: &[(f64, f64)]| TypedSeries {
        name: "h".to_owned(),
        labels: vec![("path".to_owned(), path.to_owned())],
        value: Typed::Histogram(buckets.to_vec()),
        at: None,
    };
    let wanted = [
        histogram("/a,b", &[(1.0, 1.0), (f64::INFINITY, 2.0)]),
        histogram("/a,c", &[(1.0, 3.0), (f64::INFINITY, 4.0)]),
    ];
    assert_eq!(families.iter().flat_map(|family| family.series.clone()).collect::<Vec<_>>(), wanted);
    assert_eq!(families.first().map(TypedFamily::buckets), Some(vec![(1.0, 4.0), (f64::INFINITY, 6.0)]));
}

#[test]
fn a_blank_after_a_comma_is_no_part_of_a_name() {
    assert_eq!(samples("a{x=\"1\", y=\"2\"} 3\n"), [sample("a", &[("x", "1"), ("y", "2")], 3.0)]);
}

#[test]
fn a_name_with_colons_is_a_name() {
    assert_eq!(samples("job:errors:rate5m 0.02\n"), [sample("job:errors:rate5m", &[], 0.02)]);
}

#[test]
fn empty_braces_are_no_labels() {
    assert_eq!(samples("up{} 1\n"), [sample("up", &[], 1.0)]);
}

#[test]
fn utf8_names_are_names() {
    let text = "{\"http.requests\"} 1\n{\"http.requests\", \"a.b\"=\"Grüße\"} 2\n";
    let wanted = [sample("http.requests", &[], 1.0), sample("http.requests", &[("a.b", "Grüße")], 2.0)];
    assert_eq!(samples(text), wanted);
}

#[test]
fn escapes_are_undone() {
    let text = "a{x=\"say \\\"hi\\\"\",y=\"c:\\\\dir\",z=\"two\\nlines\\\"\"} 1\n";
    let wanted = sample("a", &[("x", "say \"hi\""), ("y", "c:\\dir"), ("z", "two\nlines\"")], 1.0);
    assert_eq!(samples(text), [wanted]);
}

#[test]
fn an_openmetrics_counter_is_a_counter() {
    let exposition = read(b"# TYPE c counter\nc_total 1\nc_created 2.5\n# EOF\n", None).expect("well-formed");
    assert_eq!(exposition.samples(NOW), [sample("c_total", &[], 1.0), sample("c_created", &[], 2.5)]);
    let typed = exposition.typed();
    let series: Vec<_> = typed.iter().flat_map(|family| &family.series).collect();
    let values: Vec<_> = series.iter().map(|series| (series.name.as_str(), series.value.clone())).collect();
    assert_eq!(values, [("c_created", Typed::Untyped(2.5)), ("c_total", Typed::Counter(1.0))]);
}

#[test]
fn an_exemplar_is_no_sample_and_no_error() {
    let text = "# TYPE c counter\nc_total{a=\"x # y\"} 7 # {trace_id=\"a # {\"} 0.5 12.5\n# EOF\n";
    assert_eq!(samples(text), [sample("c_total", &[("a", "x # y")], 7.0)]);
}

#[test]
fn timestamps_have_their_formats_unit() {
    let at = |text| samples(text).first().map(|sample| sample.at.millis());
    assert_eq!(at("a 1 1520879607789\n"), Some(1_520_879_607_789));
    assert_eq!(at("a 1 1520879607.789\n# EOF\n"), Some(1_520_879_607_789));
    assert_eq!(at("a 1 1520879607\n# EOF\n"), Some(1_520_879_607_000));
    assert_eq!(error("a 1 1520879607.789\n"), "line 1, column 5: expected whole milliseconds as timestamp, found '1'");
}

#[test]
fn sum_and_count_belong_to_their_histogram() {
    let text = "# HELP h Durations.\n# TYPE h histogram\nh_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2\n";
    let exposition = read(text.as_bytes(), None).expect("well-formed");
    let family = exposition.families.first().expect("one family");
    assert_eq!((family.name.as_str(), family.kind, family.help.as_str()), ("h", Kind::Histogram, "Durations."));
    assert_eq!(family.samples.len(), 3);
}

#[test]
fn a_value_that_is_no_number_is_an_error() {
    assert_eq!(error("a 1\nb not_a_number\n"), "line 2, column 3: expected a number as value, found 'n'");
    assert_eq!(error("a 0x1p-3\n"), "line 1, column 3: expected a number as value, found '0'");
    assert_eq!(error("a 1 2 junk\n"), "line 1, column 7: expected the end of the line after the timestamp, found 'j'");
}

#[test]
fn a_text_that_was_cut_off_or_is_something_else_is_an_error() {
    assert!(error("a 1\nb 2").contains("the text is cut off"));
    let openmetrics = Some("application/openmetrics-text; version=1.0.0; charset=utf-8");
    let cut = read(b"a 1\nb 2\n", openmetrics).expect_err("no end").to_string();
    assert_eq!(cut, "line 2, column 1: the text does not end with # EOF: it is cut off");
    assert_eq!(error("<html>\n<body>502</body>\n"), "line 1, column 1: expected a metric name, found '<'");
    let bytes = read(b"a 1\nb\xff 2\n", None).expect_err("not UTF-8").to_string();
    assert_eq!(bytes, "line 2, column 2: bytes that are not UTF-8");
}

#[test]
fn the_content_type_decides_the_format_where_it_names_one() {
    let text = b"a 1 5\n# EOF\n";
    let at = |content_type| read(text, content_type).expect("well-formed").samples(NOW)[0].at.millis();
    assert_eq!(at(Some("Application/OpenMetrics-Text;version=1.0.0")), 5_000);
    assert_eq!(at(Some("text/plain; version=0.0.4; charset=utf-8")), 5);
    assert_eq!(at(Some("text/plain; charset=utf-8")), 5_000);
    assert_eq!(at(None), 5_000);
}

#[test]
fn whitespace_is_free_in_the_text_format() {
    let text = "\n  # TYPE  a   gauge \n\ta\t{ x = \"1\" , }\t2  \n a{x=\"2\"}-Inf\n# a remark\n   \n";
    assert_eq!(samples(text), [sample("a", &[("x", "1")], 2.0), sample("a", &[("x", "2")], f64::NEG_INFINITY)]);
}

#[test]
fn a_series_that_stands_there_twice_is_an_error_in_openmetrics_alone() {
    assert_eq!(samples("a 1\na 2\n").len(), 2);
    assert_eq!(error("a 1\na 2\n# EOF\n"), "line 2, column 1: a series that stands there twice (a)");
}

#[test]
fn no_file_has_to_say_anything() {
    assert_eq!(samples(""), []);
    assert_eq!(samples("# EOF\n"), []);
}

/// A text that both formats read: samples without timestamps, each family in one piece, each series once.
fn exposed() -> impl Strategy<Value = Vec<(String, Labels, f64)>> {
    let name = "[a-zA-Z_:][a-zA-Z0-9_:]{0,8}|\\PC{1,6}|[ {}\",=#\\\\\n]{1,4}";
    let label =
        prop_oneof![Just("le".to_owned()), "[a-z_]{1,5}", "\\PC{1,4}"].prop_filter("reserved", |l| l != "__name__");
    let value = prop_oneof![any::<f64>(), Just(f64::NAN), Just(f64::INFINITY), (0u32..1_000).prop_map(f64::from)];
    let labels = proptest::collection::btree_map(label, "\\PC{0,6}|[ {}\",=#\\\\\n]{0,5}", 0..4);
    let series = proptest::collection::btree_map(labels, value, 1..4);
    proptest::collection::btree_map(name, series, 0..5).prop_map(|families| {
        let flat = |(name, series): (String, std::collections::BTreeMap<_, f64>)| {
            series.into_iter().map(move |(labels, value)| {
                let labels: std::collections::BTreeMap<String, String> = labels;
                (name.clone(), labels.into_iter().collect(), value)
            })
        };
        families.into_iter().flat_map(flat).collect()
    })
}

type Labels = Vec<(String, String)>;

fn escaped(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

fn rendered(exposed: &[(String, Labels, f64)], end: &str) -> String {
    let line = |(name, labels, value): &(String, Labels, f64)| {
        let labels = labels.iter().map(|(name, value)| format!(",{}={}", escaped(name), escaped(value)));
        let value = if value.is_infinite() { format!("{value:+}").replace("inf", "Inf") } else { format!("{value:?}") };
        format!("{{{}{}}} {value}\n", escaped(name), labels.collect::<String>())
    };
    exposed.iter().map(line).chain([end.to_owned()]).collect()
}

/// Everything but the time, as text: NaN equals NaN there.
fn told(samples: impl IntoIterator<Item = (String, Labels, f64)>) -> Vec<String> {
    let mut told: Vec<String> = samples.into_iter().map(|sample| format!("{sample:?}")).collect();
    told.sort();
    told
}

proptest! {
    #[test]
    fn whatever_is_rendered_reads_back(exposed in exposed()) {
        for end in ["", "# EOF\n"] {
            let text = rendered(&exposed, end);
            let read = read(text.as_bytes(), None).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
            let back = read.samples(NOW).into_iter().map(|sample| (sample.name, sample.labels, sample.value));
            prop_assert_eq!(told(back), told(exposed.clone()));
        }
    }

    #[test]
    fn prometheus_parse_agrees_and_loses_nothing(exposed in exposed(), kinds in proptest::collection::vec(0usize..5, 8)) {
        let mut text = String::new();
        for (index, family) in exposed.chunk_by(|one, next| one.0 == next.0).enumerate() {
            let kind = ["counter", "gauge", "untyped", "histogram", "summary"][kinds[index % kinds.len()]];
            let name = &family[0].0;
            let (suffix, bound) = match kind { "histogram" => ("_bucket", "le"), "summary" => ("", "quantile"), _ => ("", "-") };
            text.push_str(&format!("# TYPE {} {kind}\n", escaped(name)));
            for (row, (_, labels, value)) in family.iter().enumerate() {
                let mut labels: Labels = labels.iter().filter(|(name, _)| name != bound).cloned().collect();
                labels.push(("row".to_owned(), row.to_string()));
                labels.dedup_by(|one, next| one.0 == next.0);
                if bound != "-" { labels.push((bound.to_owned(), format!("{row}.5"))); }
                text.push_str(&rendered(&[(format!("{name}{suffix}"), labels, value.abs())], ""));
            }
        }
        let Ok(exposition) = read(text.as_bytes(), None) else { return Ok(()) };
        prop_assert_eq!(told(flattened(&exposition.typed())), told(as_numbers(&exposition)));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes, None);
        let _ = read(&bytes, Some("application/openmetrics-text"));
    }

    #[test]
    fn no_damage_to_a_good_text_makes_it_panic(exposed in exposed(), at in any::<prop::sample::Index>(), new in any::<u8>()) {
        let mut bytes = rendered(&exposed, "# EOF\n").into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = new;
        if let Ok(exposition) = read(&bytes, None) {
            exposition.typed();
        }
    }

    #[test]
    fn no_cut_of_openmetrics_goes_unseen(exposed in exposed(), at in any::<prop::sample::Index>()) {
        let text = rendered(&exposed, "# EOF\n");
        let cut = &text.as_bytes()[..at.index(text.len() - 1)];
        prop_assert!(read(cut, Some("application/openmetrics-text")).is_err());
    }
}

/// The typed families as single samples, bounds as numbers.
fn flattened(families: &[TypedFamily]) -> Vec<(String, Labels, f64)> {
    let parts = |series: &TypedSeries, suffix: &str, bound: &str, parts: &[(f64, f64)]| -> Vec<(String, Labels, f64)> {
        let part = |(at, value): &(f64, f64)| {
            let mut labels = series.labels.clone();
            labels.push((bound.to_owned(), format!("{at:?}")));
            labels.sort();
            (format!("{}{suffix}", series.name), labels, *value)
        };
        parts.iter().map(part).collect()
    };
    let flat = |series: &TypedSeries| match &series.value {
        Typed::Counter(value) | Typed::Gauge(value) | Typed::Untyped(value) => {
            vec![(series.name.clone(), series.labels.clone(), *value)]
        }
        Typed::Histogram(buckets) => parts(series, "_bucket", "le", buckets),
        Typed::Summary(quantiles) => parts(series, "", "quantile", quantiles),
    };
    families.iter().flat_map(|family| &family.series).flat_map(flat).collect()
}

/// The samples, with the bounds of histograms and summaries as numbers.
fn as_numbers(exposition: &Exposition) -> Vec<(String, Labels, f64)> {
    let number = |kind: Kind, reading: &Reading| {
        let mut labels = reading.labels.clone();
        for (name, value) in &mut labels {
            let is_part = matches!((kind, name.as_str()), (Kind::Histogram, "le") | (Kind::Summary, "quantile"));
            if let Some(number) = float(value).filter(|_| is_part) {
                *value = format!("{number:?}");
            }
        }
        (reading.name.clone(), labels, reading.value)
    };
    let families = exposition.families.iter();
    families.flat_map(|family| family.samples.iter().map(move |reading| number(family.kind, reading))).collect()
}
