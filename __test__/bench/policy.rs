//! What the core costs a question: paths under many grants, denials and globs, hosts, whole scopes. No question here is
//! remembered; what the hooks remember is measured with Node (`npm run bench`).
//!
//! `cargo bench --no-default-features --bench policy -- grants`

#![expect(clippy::unwrap_used, reason = "what cannot be set up ends the benchmark")]

mod many;

use std::hint::black_box;
use std::sync::Arc;

use divan::{AllocProfiler, Bencher};
use many::COUNTS;
use permit::policy::files::NoFiles;
use permit::policy::{Absolute, Endpoint, Policy, PolicyBuilder, Resource, Scope};

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// Asks about one path again and again.
fn ask(bencher: Bencher, policy: &Policy, path: &str, allowed: bool) {
    assert_eq!(policy.allows_path(Scope::FsRead, &many::absolute(path)), allowed, "{path}");
    bencher.bench_local(|| {
        let path = Absolute::resolve(black_box(path.as_bytes()), || None::<&[u8]>);
        path.is_ok_and(|path| policy.allows_path(Scope::FsRead, &path))
    });
}

/// The same file, which stays in the nearest cache.
#[divan::bench(args = COUNTS)]
fn grants_one_path(bencher: Bencher, count: usize) {
    ask(bencher, &many::files(count), &many::path(count / 2), true);
}

/// Another of 4096 files each time. Where fewer are granted, the folder above them all is.
#[divan::bench(args = COUNTS)]
fn grants_many_paths(bencher: Bencher, count: usize) {
    const ASKED: usize = 4096;
    let policy = if count < ASKED {
        let files: Vec<String> = (1..count).map(many::path).collect();
        many::granted(Scope::FsRead, files.iter().map(String::as_str).chain(["/srv/app/packages/*"]))
    } else {
        many::files(count)
    };
    let paths = many::spread(count, ASKED);
    let mut next = paths.iter().cycle();
    bencher.bench_local(|| {
        let path = next.next().map_or(&b"/"[..], |path| path.as_bytes());
        let path = Absolute::resolve(black_box(path), || None::<&[u8]>);
        assert!(path.is_ok_and(|path| policy.allows_path(Scope::FsRead, &path)));
    });
}

/// A file that no grant covers, beside those that are granted.
#[divan::bench(args = COUNTS)]
fn grants_refused_path(bencher: Bencher, count: usize) {
    ask(bencher, &many::files(count), &format!("{}x", many::path(count / 2)), false);
}

/// A granted tree with as many denials in it.
#[divan::bench(args = [0, 10, 1_000, 100_000])]
fn denials(bencher: Bencher, count: usize) {
    let mut builder = PolicyBuilder::new(&NoFiles);
    builder.grant(Scope::FsRead, b"/srv/app/*", b"/", None).unwrap();
    for number in 0..count {
        builder.deny(Scope::FsRead, many::path(number).as_bytes(), b"/").unwrap();
    }
    ask(bencher, &builder.build().unwrap(), &format!("{}x", many::path(count / 2)), true);
}

/// As many globs, of which the last one grants.
#[divan::bench(args = [1, 10, 100, 1_000])]
fn globs(bencher: Bencher, count: usize) {
    let globs: Vec<String> = (0..count).map(|number| format!("/srv/app/part-{number}/**/*.js")).collect();
    let policy = many::granted(Scope::FsRead, globs.iter().map(String::as_str));
    ask(bencher, &policy, &format!("/srv/app/part-{}/lib/deep/file.js", count - 1), true);
}

/// As many granted addresses, of which the last one is asked about.
#[divan::bench(args = [1, 10, 1_000, 10_000])]
fn hosts_by_address(bencher: Bencher, count: usize) {
    let address = |number: usize| format!("10.{}.{}.{}:443", number >> 16, (number >> 8) & 255, number & 255);
    let hosts: Vec<String> = (0..count).map(address).collect();
    let policy = many::granted(Scope::Net, hosts.iter().map(String::as_str));
    let address = hosts[count - 1].trim_end_matches(":443").parse().unwrap();
    bencher.bench_local(|| {
        let endpoint = Endpoint::Address { address: black_box(address), port: 443, names: &[] };
        assert!(policy.allows(Scope::NetConnect, &Resource::Endpoint(endpoint)));
    });
}

/// As many granted names, to an address of the last of which a connection is made.
#[divan::bench(args = [1, 10, 1_000, 10_000])]
fn hosts_by_name(bencher: Bencher, count: usize) {
    let hosts: Vec<String> = (0..count).map(|number| format!("host-{number}.example.com:443")).collect();
    let policy = many::granted(Scope::Net, hosts.iter().map(String::as_str));
    let names: [Arc<str>; 1] = [Arc::from(hosts[count - 1].trim_end_matches(":443"))];
    let address = "192.0.2.7".parse().unwrap();
    bencher.bench_local(|| {
        let endpoint = Endpoint::Address { address: black_box(address), port: 443, names: &names };
        assert!(policy.allows(Scope::NetConnect, &Resource::Endpoint(endpoint)));
    });
}

/// A whole scope.
#[divan::bench(args = [Scope::FsRead, Scope::Net, Scope::Worker])]
fn has_scope(bencher: Bencher, scope: Scope) {
    let mut builder = PolicyBuilder::new(&NoFiles);
    builder.grant_all(scope);
    let policy = builder.build().unwrap();
    bencher.bench_local(|| assert!(policy.has(black_box(scope), &Resource::Nothing)));
}
