//! Policies of any size for the benchmarks of the core: as many paths as wanted, spread over a tree like that of an
//! application with its packages. The same number always gives the same path.

use permit::policy::files::NoFiles;
use permit::policy::{Absolute, Policy, PolicyBuilder, Scope};

/// How many grants the policies have.
pub const COUNTS: [usize; 5] = [10, 1_000, 10_000, 100_000, 1_000_000];

const WORDS: [&str; 16] = [
    "core", "http", "router", "session", "cache", "model", "view", "parser", "stream", "queue", "logger", "config",
    "client", "server", "helper", "types",
];

/// The file of this number.
pub fn path(number: usize) -> String {
    let mixed = number.wrapping_mul(2_654_435_761) >> 4;
    let word = |at: usize| WORDS[(mixed >> (4 * at)) % WORDS.len()];
    format!("/srv/app/packages/{}-{}/lib/{}/{}-{number}.js", word(0), mixed % 389, word(3), word(4))
}

/// As many files for as many questions, in an order that jumps about, spread over `count` where these are more.
pub fn spread(count: usize, asked: usize) -> Vec<String> {
    let step = (count / asked).max(1);
    let mut paths: Vec<String> = (0..asked).map(|number| path(number * step)).collect();
    let mixed = |path: &String| path.bytes().fold(7_u64, |mix, byte| (mix ^ u64::from(byte)).wrapping_mul(0x0100_01b3));
    paths.sort_by_cached_key(mixed);
    paths
}

/// A path as the policy is asked about it.
pub fn absolute(path: &str) -> Absolute<'_> {
    Absolute::resolve(path.as_bytes(), || None::<&[u8]>).unwrap()
}

/// Grants each of these items of a scope.
pub fn granted<'a>(scope: Scope, items: impl IntoIterator<Item = &'a str>) -> Policy {
    let mut builder = PolicyBuilder::new(&NoFiles);
    for item in items {
        builder.grant(scope, item.as_bytes(), b"/", None).unwrap();
    }
    builder.build().unwrap()
}

/// Grants as many files.
pub fn files(count: usize) -> Policy {
    let mut builder = PolicyBuilder::new(&NoFiles);
    for number in 0..count {
        builder.grant(Scope::FsRead, path(number).as_bytes(), b"/", None).unwrap();
    }
    builder.build().unwrap()
}
