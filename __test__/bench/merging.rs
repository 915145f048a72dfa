//! The speed at which records are read back and gathered, beside that of `serde_json` alone on the same bytes. The
//! memory grows with the number of distinct records, and not with the log.
//!
//! `cargo bench --no-default-features --bench merging`

#![expect(clippy::unwrap_used, reason = "what cannot be set up ends the benchmark")]

use std::fmt::Write as _;

use divan::counter::BytesCount;
use divan::{AllocProfiler, Bencher};
use permit::rollout::observations::{Observations, RecordFilter};
use permit::rollout::record::RecordReader;
use serde_json::Value;

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

/// What is distinct in every log.
const DISTINCT: usize = 2_000;

fn main() {
    divan::main();
}

/// A log of as many records.
fn log(records: usize) -> String {
    let mut log = String::new();
    for number in 0..records {
        let path = format!("/srv/app/node_modules/package-{}/lib/file.js", number * 7 % DISTINCT);
        let second = number / 20_000 % 60;
        writeln!(
            log,
            r#"{{"v":1,"datetime":"2026-11-21T06:35:{second:02}.257Z","permission":"FileSystemRead","scope":"fs.read","value":"{path}","path":"{path}","decision":"would-deny","policy":"audit","rule":"--allow-fs-read={path}","package":"package-{}","pid":28899,"thread":0,"count":2,"policy_hash":"1edca3fe0c1d87b33a0e5ad6c0a4f1b7d0a42f0a4ad4a8a17ab5b1b2f6f3f2c1"}}"#,
            number % DISTINCT
        )
        .unwrap();
    }
    log
}

/// What `serde_json` takes for the same lines.
#[divan::bench(args = [10_000, 200_000], sample_count = 9, sample_size = 1)]
fn parse(bencher: Bencher, records: usize) {
    let log = log(records);
    bencher.counter(BytesCount::of_str(&log)).bench_local(|| {
        log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).filter(|value| value["v"] == 1).count()
    });
}

/// Reading and gathering them.
#[divan::bench(args = [10_000, 200_000], sample_count = 9, sample_size = 1)]
fn gather(bencher: Bencher, records: usize) {
    let log = log(records);
    bencher.counter(BytesCount::of_str(&log)).bench_local(|| {
        let mut observations = Observations::default();
        let mut reader = RecordReader::new(log.as_bytes());
        while let Some(record) = reader.read() {
            observations.add(&record.unwrap(), RecordFilter { denied: false, report_only: false });
        }
        assert_eq!(observations.len(), DISTINCT);
        observations
    });
}
