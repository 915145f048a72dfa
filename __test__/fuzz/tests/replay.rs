//! Every input that fuzzing kept, through the same functions, without libFuzzer: what held once holds still.

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use permit_fuzz::TARGETS;

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The inputs below a folder, if it is there.
fn inputs(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    files.sort();
    files
}

#[test]
fn every_input_holds() {
    let mut failed = Vec::new();
    for (name, run) in TARGETS {
        for folder in ["corpus", "regressions"] {
            for file in inputs(&here().join(folder).join(name)) {
                let input = fs::read(&file).expect("a readable input");
                if catch_unwind(|| run(&input)).is_err() {
                    failed.push(file);
                }
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn every_target_has_a_corpus_and_a_program() {
    for (name, _) in TARGETS {
        assert!(!inputs(&here().join("corpus").join(name)).is_empty(), "{name} has no corpus");
        assert!(here().join("targets").join(format!("{name}.rs")).is_file(), "{name} has no program");
    }
    for folder in ["corpus", "regressions"] {
        for file in inputs(&here().join(folder)) {
            let name = file.file_name().and_then(|name| name.to_str()).expect("a plain name");
            assert!(TARGETS.iter().any(|(target, _)| *target == name), "{} has no target", file.display());
        }
    }
}

#[test]
fn no_input_is_large() {
    for (name, _) in TARGETS {
        let files = inputs(&here().join("corpus").join(name));
        assert!(files.len() <= 60, "{name} has {} inputs; keep what adds something", files.len());
        for file in files {
            assert!(fs::metadata(&file).expect("a readable input").len() <= 1024, "{}", file.display());
        }
    }
}
