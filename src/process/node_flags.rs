//! What Node reads and writes by itself because an option or a variable says so, where no hook stands. A program may
//! not give these to a child that it starts, and some may not be there at start without the grant they need.

use crate::hooks::files::{System, from_working_directory, working_directory};
use crate::policy::files::Files;
use crate::policy::path::Absolute;
use crate::policy::{Policy, Scope};

/// Options that make Node open files or a debugger, or load native code, by itself, by the beginning of their names.
const OPTIONS: [&str; 26] = [
    "--build-s",
    "--config-file",
    "--cpu-prof",
    "--diagnostic-dir",
    "--env-file",
    "--experimental-config-file",
    "--experimental-default-config-file",
    "--experimental-sea-config",
    "--expose-internals",
    "--gdbjit",
    "--heap-prof",
    "--heapsnapshot",
    "--inspect",
    "--ll-prof",
    "--log",
    "--localstorage-file",
    "--openssl-config",
    "--perf",
    "--prof",
    "--redirect-code",
    "--redirect-warnings",
    "--report-",
    "--snapshot-blob",
    "--trace-event",
    "--trace-turbo",
    "--vfs-load",
];

/// Options that open nothing by themselves, by their beginning: the test runner of Node gives all of its own to its files.
const HARMLESS: [&str; 5] =
    ["--cpu-prof-interval=", "--heap-prof-interval=", "--inspect-port=", "--inspect-publish-uid=", "--report-signal="];
/// Those that open nothing as Node sets them when nobody does.
const DEFAULTS: [&str; 2] =
    ["--heapsnapshot-near-heap-limit=0", "--trace-event-file-pattern=node-trace.${rotation}.log"];

/// The variable that names the folder into which Node writes the coverage of a process when it ends.
pub const COVERAGE: &str = "NODE_V8_COVERAGE";

/// Variables that name a file or folder which Node writes.
pub const VARIABLES: [&str; 2] = ["NODE_REDIRECT_WARNINGS", COVERAGE];

/// The variable that names a folder from which Node takes code that it compiled before, that of its preloads as well. It
/// knows an entry by checksums of a name and a text, for which a program finds others: what it has compiled then runs in the
/// place of permit.
pub const COMPILE_CACHE: &str = "NODE_COMPILE_CACHE";

/// Those whose files are open, or whose code has run, before any preload of a child could refuse.
const EARLY: [&str; 11] = [
    "--config-file",
    "--experimental-config-file",
    "--experimental-default-config-file",
    "--gdbjit",
    "--ll-prof",
    "--log",
    "--openssl-config",
    "--perf",
    "--prof",
    "--trace-turbo",
    "--vfs-load",
];

/// What a flag of V8 opens, when a program sets it while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineFlag {
    /// It changes how much memory or time the engine takes, or prints to the console.
    Harmless,
    /// V8 writes files by itself from then on.
    Writes,
    /// It may hand out the engine's internals or switch off its checks, as native code could.
    Native,
}

/// The flags of V8 that a program may set. What is not in the list is refused: V8 has hundreds of flags, and makes more.
const ENGINE: [&str; 27] = [
    "expose-gc",
    "gc-global",
    "gc-interval",
    "initial-heap-size",
    "initial-old-space-size",
    "lazy",
    "lite-mode",
    "maglev",
    "max-heap-size",
    "max-lazy",
    "max-old-space-size",
    "max-semi-space-size",
    "memory-reducer",
    "min-semi-space-size",
    "opt",
    "optimize-for-size",
    "semi-space-growth-factor",
    "single-threaded",
    "single-threaded-gc",
    "sparkplug",
    "stack-size",
    "stack-trace-limit",
    "trace-gc",
    "trace-gc-ignore-scavenger",
    "trace-gc-nvp",
    "trace-gc-verbose",
    "turbofan",
];

/// Those by which V8 writes files, by the beginning of their names.
const ENGINE_WRITES: [&str; 8] =
    ["gdbjit", "heap-snapshot", "ll-prof", "log", "perf-", "prof", "redirect-code-traces", "trace-turbo"];

/// What each of the flags in this text opens, as V8 reads them: words parted by blanks, one dash or two, either spelling.
pub fn engine_flags(text: &str) -> impl Iterator<Item = (&str, EngineFlag)> {
    text.split(|c: char| c.is_whitespace() || c == '\u{b}').filter(|word| word.starts_with('-')).map(|word| {
        let name = word.split('=').next().unwrap_or(word).replace('_', "-");
        let name = name.trim_start_matches('-');
        // `--noopt` is `--no-opt`.
        let names = [Some(name), name.strip_prefix("no-"), name.strip_prefix("no")];
        let mut names = names.into_iter().flatten();
        let flag = if names.clone().any(|name| ENGINE.contains(&name)) {
            EngineFlag::Harmless
        } else if names.any(|name| ENGINE_WRITES.iter().any(|begins| name.starts_with(begins))) {
            EngineFlag::Writes
        } else {
            EngineFlag::Native
        };
        (word, flag)
    })
}

/// The first of these words that makes Node open files by itself.
pub fn option<'a>(words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    words.into_iter().find(|word| begins_with(word, &OPTIONS))
}

fn begins_with(word: &str, options: &[&str]) -> bool {
    let word = word.replace('_', "-");
    // V8 takes one dash for two.
    let word = if word.starts_with("--") { word } else { format!("-{word}") };
    options.iter().any(|option| word.starts_with(option))
        && !HARMLESS.iter().any(|option| word.starts_with(option))
        && !DEFAULTS.contains(&word.as_str())
}

/// The first of the arguments of Node that makes it do so before any preload. They end where those of the program begin:
/// at `--`, or at a word that is no option and no option's value.
pub fn argument(arguments: &[String]) -> Option<&String> {
    let mut may_be_value = false;
    for argument in arguments {
        match argument.as_str() {
            "--" | "-" => return None,
            word if word.starts_with('-') => {
                if begins_with(word, &EARLY) {
                    return Some(argument);
                }
                may_be_value = !word.contains('=') && !word.starts_with("--no-");
            }
            _ if may_be_value => may_be_value = false,
            _ => return None,
        }
    }
    None
}

/// Variables that make the loader, or OpenSSL, run a library of the caller's choice in any program.
const LIBRARIES: [&str; 4] = ["GCONV_PATH", "OPENSSL_CONF", "OPENSSL_ENGINES", "OPENSSL_MODULES"];

/// Does this variable name libraries that a program then runs?
pub fn names_libraries(name: &str) -> bool {
    name.starts_with("LD_") || name.starts_with("DYLD_") || LIBRARIES.contains(&name)
}

/// Does this variable name what Node writes?
pub fn names_written(name: &str) -> bool {
    VARIABLES.contains(&name)
}

/// Is this a variable that names what Node writes, and may that not be written?
pub fn is_refused(name: &str, value: &str, policy: &Policy) -> bool {
    names_written(name) && !value.is_empty() && !may_write(value, policy)
}

/// Is there something at start that Node will write by itself, and that the policy does not let it?
///
/// # Errors
/// One line that names it.
pub fn check_start(words: &[String], policy: &Policy) -> Result<(), String> {
    for word in words {
        if let Some(("--localstorage-file", file)) = word.split_once('=')
            && !may_write(file, policy)
        {
            return Err(format!("--localstorage-file={file} is written without a grant; add --allow-fs-write={file}"));
        }
    }
    match std::env::var(COMPILE_CACHE) {
        Ok(value) if !value.is_empty() => Err(format!(
            "{COMPILE_CACHE}={value} has permit itself loaded from there; unset it, and call \
             module.enableCompileCache() in the program"
        )),
        _ => Ok(()),
    }
}

/// May this path be written, and what it leads to?
fn may_write(path: &str, policy: &Policy) -> bool {
    let by_name = Absolute::resolve(path.as_bytes(), working_directory);
    let real = from_working_directory(path.as_bytes()).and_then(|path| System.real_path(&path));
    let (Ok(by_name), Some(real)) = (by_name, real) else { return false };
    policy.allows_path(Scope::FsWrite, &by_name)
        && Absolute::resolve(&real, || None::<&[u8]>)
            .is_ok_and(|real| real == by_name || policy.allows_behind_links(Scope::FsWrite, &real))
}

#[cfg(test)]
mod tests {
    use super::{EngineFlag, argument, engine_flags, names_libraries, option};

    #[test]
    fn a_program_may_set_few_flags_of_the_engine() {
        let of = |text| engine_flags(text).map(|(_, flag)| flag).collect::<Vec<_>>();
        assert_eq!(of("--expose_gc --noopt\t-max-old-space-size=9 --stack-size 984"), [EngineFlag::Harmless; 4]);
        assert_eq!(of("--prof --trace_turbo_path=/x --logfile /x --heap-snapshot-on-oom"), [EngineFlag::Writes; 4]);
        assert_eq!(
            of(
                "--allow-natives-syntax --no-wasm-bounds-checks --experimental-stack-trace-frames --gc-fake-mmap=/x -- --new"
            ),
            [EngineFlag::Native; 6]
        );
        assert_eq!(of("gc"), []);
    }

    #[test]
    fn options_are_told_by_their_beginning_and_in_either_spelling() {
        assert_eq!(option(["-r", "x", "--cpu_prof-dir=/x"]), Some("--cpu_prof-dir=/x"));
        assert_eq!(option(["--env-file=x"]), Some("--env-file=x"));
        assert_eq!(option(["--config-file=x"]), Some("--config-file=x"));
        assert_eq!(option(["--vfs-load=x"]), Some("--vfs-load=x"));
        assert_eq!(option(["--conditions=x", "app.js"]), None);
        assert_eq!(option(["--inspect-publish-uid=stderr,http", "--inspect-port=127.0.0.1:9229"]), None);
        assert_eq!(option(["--report-signal=SIGUSR2", "--trace-event-file-pattern=node_trace.${rotation}.log"]), None);
        assert_eq!(option(["--trace-event-file-pattern=/x"]), Some("--trace-event-file-pattern=/x"));
        assert_eq!(option(["--inspect-publish"]), Some("--inspect-publish"));
        assert_eq!(option(["-prof"]), Some("-prof"));
        assert_eq!(option(["prof", "-p", "-r"]), None);
    }

    #[test]
    fn the_arguments_of_node_end_where_those_of_the_program_begin() {
        let found =
            |words: &[&str]| argument(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()).cloned();
        assert_eq!(found(&["--no-warnings", "-r", "x", "--prof"]).as_deref(), Some("--prof"));
        assert_eq!(found(&["--config-file", "x"]).as_deref(), Some("--config-file"));
        assert_eq!(found(&["-e", "1", "--openssl-config=x"]).as_deref(), Some("--openssl-config=x"));
        assert_eq!(found(&["--no-warnings", "app.js", "--log-level=1"]), None);
        assert_eq!(found(&["-r", "x", "app.js", "--profile"]), None);
        assert_eq!(found(&["--", "--prof"]), None);
    }

    #[test]
    fn libraries_are_named_by_the_loader_and_by_openssl() {
        for name in ["LD_PRELOAD", "LD_AUDIT", "LD_LIBRARY_PATH", "DYLD_INSERT_LIBRARIES", "OPENSSL_CONF"] {
            assert!(names_libraries(name), "{name}");
        }
        assert!(!names_libraries("PATH") && !names_libraries("NODE_OPTIONS"));
    }
}
