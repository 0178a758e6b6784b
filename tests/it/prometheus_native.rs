//! Native histograms, through a real Prometheus that has them turned on. It takes them in protobuf alone, so the exporter
//! here speaks that, written out by the fields of `io.prometheus.client`.

use std::time::Duration;

use glidepath::core::sample::{Batch, Sample};
use glidepath::engine::clock::{Clock, SystemClock};
use glidepath::engine::port::Metrics;

use crate::fixture::{Server, answer};
use crate::prometheus_real::{Real, binary, of_pods, target, until};

const PROTOBUF: &str = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";

/// A protobuf message that is being written.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value > 0x7f {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn number(mut self, field: u64, value: u64) -> Self {
        self.varint(field << 3);
        self.varint(value);
        self
    }

    /// A signed number, in zigzag.
    fn signed(self, field: u64, value: i64) -> Self {
        self.number(field, ((value << 1) ^ (value >> 63)) as u64)
    }

    fn double(mut self, field: u64, value: f64) -> Self {
        self.varint(field << 3 | 1);
        self.0.extend(value.to_le_bytes());
        self
    }

    fn bytes(mut self, field: u64, value: &[u8]) -> Self {
        self.varint(field << 3 | 2);
        self.varint(value.len() as u64);
        self.0.extend(value);
        self
    }

    /// As one of several that follow each other.
    fn delimited(self) -> Vec<u8> {
        let mut whole = Self::default();
        whole.varint(self.0.len() as u64);
        whole.0.extend(self.0);
        whole.0
    }
}

/// Schema 3 (eight buckets to the doubling): three requests that took no time, forty of 55 to 62.5 ms, two of 0.92 to 1 s.
fn durations() -> Vec<u8> {
    let spans = [(-32, 1), (31, 1)].map(|(offset, length)| Message::default().signed(1, offset).number(2, length));
    let mut histogram = Message::default().number(1, 45).double(2, 4.2).signed(5, 3).double(6, 1e-128).number(7, 3);
    for span in spans {
        histogram = histogram.bytes(12, &span.0);
    }
    // Each bucket's count, as its difference to the one before.
    histogram = histogram.signed(13, 40).signed(13, -38);
    let metric = Message::default().bytes(7, &histogram.0);
    let name = b"http_request_duration_seconds";
    Message::default().bytes(1, name).bytes(2, b"durations").number(3, 4).bytes(4, &metric.0).delimited()
}

fn buckets(batch: &Batch) -> Option<&[Sample]> {
    let samples = batch.pods[0].outcome.as_ref().ok()?;
    samples.iter().any(|sample| sample.name == "http_request_duration_seconds_bucket").then_some(samples)
}

#[tokio::test]
async fn native_histograms_are_counted_in_buckets_as_classic_ones_are() {
    let Some(binary) = binary() else { return };
    let exporter = Server::start(|_| answer(200, PROTOBUF, durations())).await;
    let config = of_pods(&[("one", exporter.address.port())]);
    let real = Real::start_with(&binary, &config, &["--enable-feature=native-histograms"]).await;
    let prometheus = real.client(Duration::from_secs(60));
    let clock = SystemClock::start();
    let read = || prometheus.read(vec![target("one", exporter.address.port())], clock.now());
    let batch = until("the histogram has been scraped", read, |batch| buckets(batch).is_some()).await;
    let within = |bound: f64| {
        let is_it = |le: &str| le.parse::<f64>().is_ok_and(|le| (le - bound).abs() < 1e-9 || le == bound);
        let named = |sample: &&Sample| sample.label("le").is_some_and(is_it);
        buckets(&batch).unwrap().iter().find(named).map(|sample| sample.value)
    };
    // Nothing is interpolated: a bound in the middle of a bucket knows what is surely below it.
    let counted = [0.03125, 0.0625, 0.5, 1.0, f64::INFINITY].map(within);
    assert_eq!(counted, [Some(3.0), Some(43.0), Some(43.0), Some(45.0), Some(45.0)], "{:?}", buckets(&batch));
    assert_eq!(batch.warned, None);
}
