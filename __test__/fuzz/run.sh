#!/usr/bin/env bash
# Fuzzes one target until it fails or is stopped: `npm run fuzz -- path -max_total_time=60`. It takes nightly Rust,
# `cargo install cargo-fuzz` and a C++ compiler. What it finds lies in target/found and artifacts, not in the corpus:
# what adds something is given a name and moved there by hand, and what failed goes to regressions.
# The core has no unsafe code, so that a sanitizer would only make it slower.
set -euo pipefail
cd "$(dirname "$0")"
target=${1:?"a target, one of: $(basename -s .rs -a targets/*.rs | paste -sd ' ')"}
shift
mkdir -p "target/found/$target" "regressions/$target"
cargo +nightly fuzz run --fuzz-dir . --sanitizer none "$target" \
  "target/found/$target" "corpus/$target" "regressions/$target" -- -timeout=5 -max_len=600 "$@"
