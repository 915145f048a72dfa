//! Each option that a Node lists internally, in `--help` or in `--v8-options` has a row. A release
//! with a new option fails here.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{engine, node};

/// Returns the Nodes that `node __test__/helpers/nodes.mjs` installs, without the unsupported one.
fn nodes() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("__test__/.nodes");
    let supported = |name: &str| name.split('.').next().and_then(|major| major.parse::<u32>().ok()) >= Some(20);
    let binary = |entry: fs::DirEntry| {
        let package = fs::read_dir(entry.path().join("node_modules"))
            .ok()?
            .flatten()
            .find(|found| found.file_name().to_str().is_some_and(|name| name.starts_with("node-")))?;
        Some(package.path().join("bin/node")).filter(|path| path.is_file())
    };
    let found = fs::read_dir(&folder).into_iter().flatten().flatten();
    let nodes: Vec<PathBuf> =
        found.filter(|entry| entry.file_name().to_str().is_some_and(supported)).filter_map(binary).collect();
    assert!(
        nodes.len() >= 4,
        "no Nodes below {}: install them with `node __test__/helpers/nodes.mjs`",
        folder.display()
    );
    nodes
}

fn printed(node: &Path, args: &[&str]) -> String {
    let output = Command::new(node).args(args).env_remove("NODE_OPTIONS").output().expect("Node starts");
    assert!(output.status.success(), "{} {args:?}: {}", node.display(), String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Prints Node's internal list of options with their types, and the aliases.
const LIST: &str = "
    const options = require('internal/test/binding').internalBinding('options');
    const { options: all, aliases } = (options.getCLIOptionsInfo ?? options.getCLIOptions)();
    const kinds = new Map(Object.entries(options.types).map(([kind, number]) => [number, kind]));
    for (const [name, { type }] of all) if (name.startsWith('-')) console.log(name, kinds.get(type));
    for (const [name] of aliases) if (name.startsWith('-')) console.log(name.split(/[ =]/)[0], 'alias');
";

fn takes_value(name: &str) -> Option<bool> {
    node::NODE.iter().find(|rows| rows.names.contains(&name)).map(|rows| rows.takes_value)
}

#[test]
fn each_option_of_node_has_a_row() {
    for node in nodes() {
        let list = printed(&node, &["--expose-internals", "--no-warnings", "-e", LIST]);
        assert!(list.lines().count() > 150, "{}: {list}", node.display());
        for line in list.lines() {
            let (name, kind) = line.split_once(' ').expect("a name and a kind");
            let Some(takes_value) = takes_value(name) else {
                assert!(
                    kind == "kV8Option" && engine::find(name.trim_start_matches('-')).is_some(),
                    "{} has {line}, and there is no row for it in src/process/options/node.rs",
                    node.display()
                );
                continue;
            };
            // A row without the value would end the options too early, and miss the ones behind it.
            if !["kBoolean", "kNoOp", "kV8Option", "alias"].contains(&kind) {
                assert!(takes_value, "{}: {line} takes a value", node.display());
            }
        }
    }
}

#[test]
fn each_option_that_help_names_has_a_row() {
    for node in nodes() {
        let help = printed(&node, &["--help"]);
        // `  -r, --require=...`, `  --inspect[=[host:]port]`. Explanations are indented further.
        let lines = help.lines().filter(|line| line.starts_with("  -"));
        let names = lines.flat_map(|line| line.trim().split("  ").next().unwrap_or_default().split(", "));
        let names: Vec<&str> = names
            .map(|name| name.split(['=', '[', ' ']).next().unwrap_or_default())
            .filter(|name| !["-", "--", ""].contains(name))
            .collect();
        assert!(names.len() > 130, "{}: {names:?}", node.display());
        for name in names {
            let bare = name.strip_prefix("--no-").map_or(name.to_owned(), |rest| format!("--{rest}"));
            let is_named = takes_value(&bare).is_some() || engine::find(bare.trim_start_matches('-')).is_some();
            assert!(is_named, "{} --help names {name}, and there is no row for it", node.display());
        }
    }
}

#[test]
fn each_flag_of_the_engine_has_a_row() {
    for node in nodes() {
        let list = printed(&node, &["--v8-options"]);
        let flags: Vec<&str> = list
            .lines()
            .filter_map(|line| line.strip_prefix("  --"))
            .map(|line| line.split([' ', '=']).next().unwrap_or_default())
            .filter(|flag| !["flag", "no-flag", "help", ""].contains(flag))
            .collect();
        assert!(flags.len() > 600, "{}: {flags:?}", node.display());
        for flag in flags {
            assert!(
                engine::find(flag).is_some(),
                "{} has --{flag}; put it into src/process/options/engine.rs",
                node.display()
            );
        }
    }
}
