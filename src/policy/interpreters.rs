//! Programs that run whatever their arguments say. A grant of one with any arguments is a grant of
//! every program.

/// How a program takes what it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interpreter {
    /// As the text of a POSIX shell behind `-c`.
    Shell,
    /// In another way.
    Other,
}

use Interpreter::{Other, Shell};

/// The interpreters by name. `node` is not among them: permit enforces the policy in it.
const INTERPRETERS: [(&str, Interpreter); 41] = [
    ("ash", Shell),
    ("awk", Other),
    ("bash", Shell),
    ("bun", Other),
    ("busybox", Other),
    ("cmd", Other),
    ("csh", Other),
    ("dash", Shell),
    ("deno", Other),
    ("doas", Other),
    ("env", Other),
    ("expect", Other),
    ("find", Other),
    ("fish", Other),
    ("gdb", Other),
    ("ksh", Shell),
    ("lua", Other),
    ("make", Other),
    ("nice", Other),
    ("nohup", Other),
    ("npm", Other),
    ("npx", Other),
    ("perl", Other),
    ("php", Other),
    ("pnpm", Other),
    ("powershell", Other),
    ("pwsh", Other),
    ("python", Other),
    ("python2", Other),
    ("python3", Other),
    ("ruby", Other),
    ("sh", Shell),
    ("ssh", Other),
    ("su", Other),
    ("sudo", Other),
    ("tclsh", Other),
    ("timeout", Other),
    ("vim", Other),
    ("xargs", Other),
    ("yarn", Other),
    ("zsh", Shell),
];

/// Returns the name of the interpreter that a file is, without its folder and `.exe`, and how it
/// takes what it runs.
/// `python3.12` is `python3`.
#[must_use]
pub fn interpreter(file: &str) -> Option<(&str, Interpreter)> {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let name = name.strip_suffix(".exe").unwrap_or(name);
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    let row = INTERPRETERS.iter().find(|(known, _)| *known == name || *known == stem)?;
    Some((name, row.1))
}

#[cfg(test)]
mod tests {
    use super::{Interpreter, interpreter};

    #[test]
    fn an_interpreter_is_known_by_its_last_name() {
        assert_eq!(interpreter("/bin/sh"), Some(("sh", Interpreter::Shell)));
        assert_eq!(interpreter("python3.12"), Some(("python3.12", Interpreter::Other)));
        assert_eq!(interpreter(r"C:\Windows\cmd.exe"), Some(("cmd", Interpreter::Other)));
        assert_eq!((interpreter("git"), interpreter("/opt/sh/node")), (None, None));
    }
}
