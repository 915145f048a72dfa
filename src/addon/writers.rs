//! What Node reads and writes by itself because an option or a variable says so, where no hook stands. A program may
//! not give these to a child that it starts, and some may not be there at start without the grant they need.

use crate::hooks::files::working_directory;
use crate::policy::path::Absolute;
use crate::policy::{Policy, Scope};

/// Options that make Node open files or a debugger by itself, by the beginning of their names.
const OPTIONS: [&str; 21] = [
    "--build-s",
    "--cpu-prof",
    "--diagnostic-dir",
    "--env-file",
    "--experimental-sea-config",
    "--expose-internals",
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
];

/// Variables that name a file or folder which Node writes.
const VARIABLES: [&str; 3] = ["NODE_COMPILE_CACHE", "NODE_REDIRECT_WARNINGS", "NODE_V8_COVERAGE"];

/// The first of these words that makes Node open files by itself.
pub fn option<'a>(words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    words.into_iter().find(|word| {
        let word = word.replace('_', "-");
        OPTIONS.iter().any(|option| word.starts_with(option))
    })
}

/// Is this a variable that names what Node writes, and may that not be written?
pub fn is_refused(name: &str, value: &str, policy: &Policy) -> bool {
    VARIABLES.contains(&name) && !value.is_empty() && !may_write(value, policy)
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
    let name = "NODE_COMPILE_CACHE";
    match std::env::var(name) {
        Ok(value) if is_refused(name, &value, policy) => {
            Err(format!("{name}={value} is written without a grant; add --allow-fs-write={value}, or unset it"))
        }
        _ => Ok(()),
    }
}

fn may_write(path: &str, policy: &Policy) -> bool {
    Absolute::resolve(path.as_bytes(), working_directory).is_ok_and(|path| policy.allows_path(Scope::FsWrite, &path))
}

#[cfg(test)]
mod tests {
    use super::option;

    #[test]
    fn options_are_told_by_their_beginning_and_in_either_spelling() {
        assert_eq!(option(["-r", "x", "--cpu_prof-dir=/x"]), Some("--cpu_prof-dir=/x"));
        assert_eq!(option(["--env-file=x"]), Some("--env-file=x"));
        assert_eq!(option(["--conditions=x", "app.js"]), None);
    }
}
