//! What it costs the core to take in a policy, to write it down for a child, and to read it there; and what a grant
//! takes of memory while it is held.
//!
//! `cargo bench --no-default-features --bench loading`

#![expect(clippy::unwrap_used, reason = "what cannot be set up ends the benchmark")]

#[expect(dead_code, reason = "the other benchmarks use the rest")]
mod many;

use divan::counter::ItemsCount;
use divan::{AllocProfiler, Bencher};
use permit::policy::Policy;

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

const COUNTS: [usize; 4] = [10, 1_000, 100_000, 1_000_000];

fn main() {
    divan::main();
}

/// Grants into a policy. The most that was allocated at one time, divided by the grants, is what one takes.
#[divan::bench(args = COUNTS, sample_count = 5, sample_size = 1)]
fn load(bencher: Bencher, count: usize) {
    bencher.counter(ItemsCount::new(count)).bench_local(|| many::files(count));
}

/// A policy into the bytes that a child inherits.
#[divan::bench(args = COUNTS, sample_count = 5, sample_size = 1)]
fn write(bencher: Bencher, count: usize) {
    let policy = many::files(count);
    bencher.counter(ItemsCount::new(count)).bench_local(|| policy.to_bytes());
}

/// Those bytes into a policy.
#[divan::bench(args = COUNTS, sample_count = 5, sample_size = 1)]
fn read(bencher: Bencher, count: usize) {
    let bytes = many::files(count).to_bytes();
    bencher.counter(ItemsCount::new(count)).bench_local(|| Policy::from_bytes(&bytes).is_ok());
}
