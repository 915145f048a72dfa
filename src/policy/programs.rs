//! Program grants: the programs that may be started, and their arguments.
//!
//! `git` is this word with any arguments. `git status` is this word with exactly this argument.
//! `git log *` is any arguments that begin with `log`. A program that contains a separator is a
//! path. Words are split as in `NODE_OPTIONS`.
//!
//! A grant covers the program as it is written, and the file that this led to when the grant was
//! loaded. `git` does not cover `/usr/bin/git`, nor another program that `PATH` finds for the word.
//! Only a grant that names a shell covers a shell. Denials are broader: a denied word also covers
//! each path that ends in it, and any other name of the same file.

use std::fmt;

use super::error::{GrantError, ProgramError, found};
use super::files::Files;
use super::grant_list::{GrantItem, GrantList};
use super::path::Style;
use super::shell_words::{quote, split};

/// One program grant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProgramGrant {
    /// A bare word, an absolute path, or `*`.
    pub file: String,
    /// The arguments that it may have. `None` means any.
    pub arguments: Option<ProgramArguments>,
    /// The real path that it led to when it was loaded. `None` if it led to nothing.
    pub real: Option<String>,
}

/// A program that is about to start.
#[derive(Clone, Copy, Debug)]
pub(super) struct ProgramStart<'a> {
    pub(super) file: &'a str,
    pub(super) real: Option<&'a str>,
    pub(super) arguments: &'a [String],
}

/// Arguments that a program may have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProgramArguments {
    /// The first ones, exactly.
    pub words: Vec<String>,
    /// Whether others may follow.
    pub rest: bool,
}

impl ProgramGrant {
    /// Reads a grant. A program written as a relative path starts at `base`.
    ///
    /// # Errors
    /// [`GrantError::Program`] if the text has no plain meaning.
    pub fn parse(style: Style, base: &[u8], text: &[u8]) -> Result<Self, GrantError> {
        let wrong = |reason| GrantError::Program { found: found(text), reason };
        if text.contains(&0) {
            return Err(wrong(ProgramError::Nul));
        }
        let words = split(text).map_err(|reason| wrong(reason.into()))?;
        let words: Result<Vec<String>, _> = words.into_iter().map(String::from_utf8).collect();
        let mut words = words.map_err(|_| wrong(ProgramError::NotUtf8))?.into_iter();
        let file = words.next().ok_or_else(|| wrong(ProgramError::Empty))?;
        let mut words: Vec<String> = words.collect();
        if file == "*" && words.is_empty() {
            return Ok(Self::everything());
        }
        if file.contains('*') {
            return Err(wrong(ProgramError::StarInName));
        }
        let rest = words.last().is_some_and(|word| word == "*");
        let arguments = (!words.is_empty()).then(|| {
            words.truncate(words.len() - usize::from(rest));
            ProgramArguments { words, rest }
        });
        if arguments.iter().flat_map(|arguments| &arguments.words).any(|word| word.contains('*')) {
            return Err(wrong(ProgramError::StarInside));
        }
        let file = if is_bare(style, &file) {
            file
        } else {
            let path = style.normalise(file.as_bytes(), || Some(base)).map_err(|reason| wrong(reason.into()))?;
            String::from_utf8(path.into_owned()).map_err(|_| wrong(ProgramError::NotUtf8))?
        };
        Ok(Self { file, arguments, real: None })
    }

    /// Adds the real path that the program leads to now.
    #[must_use]
    pub fn resolved(self, files: &dyn Files) -> Self {
        if self.is_everything() {
            return self;
        }
        let bare = is_bare(Style::NATIVE, &self.file);
        let found = if bare { files.program(&self.file) } else { Some(self.file.clone().into_bytes()) };
        let real = found.and_then(|path| files.real_path(&path)).and_then(|real| String::from_utf8(real).ok());
        Self { real, ..self }
    }

    fn is_everything(&self) -> bool {
        self.file == "*" && self.arguments.is_none()
    }

    fn takes(&self, arguments: &[String]) -> bool {
        match &self.arguments {
            None => true,
            Some(own) if own.rest => arguments.starts_with(&own.words),
            Some(own) => arguments == own.words,
        }
    }

    fn grants(&self, style: Style, start: &ProgramStart<'_>) -> bool {
        let leads_there = start.real.is_none_or(|real| self.real.as_deref() == Some(real));
        self.is_everything() || (same_file(style, &self.file, start.file) && leads_there && self.takes(start.arguments))
    }

    fn denies(&self, style: Style, start: &ProgramStart<'_>) -> bool {
        // If one side is a bare word or a relative path, the last names are compared.
        let by_name = is_bare(style, &self.file) || !style.is_absolute(start.file.as_bytes());
        let same = if by_name {
            same_file(style, last_name(style, &self.file), last_name(style, start.file))
        } else {
            same_file(style, &self.file, start.file)
        };
        let leads_there = start.real.is_some() && start.real == self.real.as_deref();
        self.is_everything() || ((same || leads_there) && self.takes(start.arguments))
    }
}

/// Whether this list allows the program with these arguments. The arguments do not include its own
/// name.
pub(super) fn allows(list: &GrantList<ProgramGrant>, style: Style, start: &ProgramStart<'_>) -> bool {
    list.granted().iter().any(|entry| entry.item.grants(style, start)) && !denies(list, style, start)
}

/// Whether this list denies the program.
pub(super) fn denies(list: &GrantList<ProgramGrant>, style: Style, start: &ProgramStart<'_>) -> bool {
    list.denied().iter().any(|item| item.denies(style, start))
}

/// Whether one grant or denial covers everything that another one does.
pub(super) fn holds(one: &ProgramGrant, other: &ProgramGrant) -> bool {
    let arguments = match (&one.arguments, &other.arguments) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(one), Some(other)) if one.rest => other.words.starts_with(&one.words),
        (Some(one), Some(other)) => one == other,
    };
    one.is_everything() || (one.file == other.file && one.real == other.real && arguments)
}

fn is_bare(style: Style, file: &str) -> bool {
    !file.bytes().any(|byte| style.is_separator(byte))
}

fn last_name(style: Style, file: &str) -> &str {
    let start = file.bytes().rposition(|byte| style.is_separator(byte)).map_or(0, |at| at + 1);
    &file[start..]
}

/// Whether the program in question is the written one. A relative path never is: the caller makes
/// it absolute.
fn same_file(style: Style, written: &str, asked: &str) -> bool {
    let same = |a: &[u8], b: &[u8]| style.fold(a) == style.fold(b);
    if is_bare(style, asked) || is_bare(style, written) {
        return same(written.as_bytes(), asked.as_bytes());
    }
    style.is_absolute(asked.as_bytes())
        && style.normalise(asked.as_bytes(), || None::<&[u8]>).is_ok_and(|asked| same(written.as_bytes(), &asked))
}

impl fmt::Display for ProgramGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&quote(&self.file))?;
        if let Some(arguments) = &self.arguments {
            for word in &arguments.words {
                write!(f, " {}", quote(word))?;
            }
            if arguments.rest {
                f.write_str(" *")?;
            }
        }
        Ok(())
    }
}

impl GrantItem for ProgramGrant {
    fn everything() -> Self {
        Self { file: "*".to_owned(), arguments: None, real: None }
    }

    /// The text of the grant. A NUL byte, which no word contains, separates the real path that it
    /// led to.
    fn written(&self) -> String {
        match &self.real {
            Some(real) => format!("{self}\0{real}"),
            None => self.to_string(),
        }
    }

    fn read(text: &str) -> Result<Self, GrantError> {
        let (text, real) = match text.split_once('\0') {
            Some((text, real)) => (text, Some(real.to_owned())),
            None => (text, None),
        };
        // Saved text is absolute or bare. A relative path has no base directory here and is
        // refused.
        Ok(Self { real, ..Self::parse(Style::NATIVE, b"", text.as_bytes())? })
    }
}

#[cfg(test)]
mod tests {
    use super::{GrantItem, GrantList, ProgramGrant, ProgramStart, Style, allows};
    use crate::policy::files::FakeFiles;

    fn list(granted: &[&str], denied: &[&str]) -> GrantList<ProgramGrant> {
        let read = |text: &&str| ProgramGrant::parse(Style::Unix, b"/base", text.as_bytes()).unwrap();
        let mut list = GrantList::default();
        for item in granted.iter().map(read) {
            list.grant(item, None);
        }
        for item in denied.iter().map(read) {
            list.deny(item);
        }
        list
    }

    fn starts(list: &GrantList<ProgramGrant>, command: &[&str]) -> bool {
        let arguments: Vec<String> = command[1..].iter().map(ToString::to_string).collect();
        allows(list, Style::Unix, &ProgramStart { file: command[0], real: None, arguments: &arguments })
    }

    #[test]
    fn a_word_is_the_program_it_led_to_when_it_was_loaded() {
        let files =
            FakeFiles::default().and_program("git", "/usr/bin/git").and_link("/usr/bin/git", "/opt/git/bin/git");
        let git = ProgramGrant::parse(Style::Unix, b"/", b"git").unwrap().resolved(&files);
        let absent = ProgramGrant::parse(Style::Unix, b"/", b"lost").unwrap().resolved(&files);
        let mut list = GrantList::default();
        list.grant(git.clone(), None);
        list.grant(absent, None);
        let starts = |list: &GrantList<ProgramGrant>, file, real| {
            allows(list, Style::Unix, &ProgramStart { file, real, arguments: &[] })
        };
        assert!(starts(&list, "git", Some("/opt/git/bin/git")) && starts(&list, "git", None));
        assert!(
            !starts(&list, "git", Some("/tmp/git")) && !starts(&list, "/opt/git/bin/git", Some("/opt/git/bin/git"))
        );
        assert!(starts(&list, "lost", None) && !starts(&list, "lost", Some("/tmp/lost")));
        let mut denying = GrantList::default();
        denying.grant_all();
        denying.deny(git.clone());
        assert!(!starts(&denying, "/home/me/alias", Some("/opt/git/bin/git")));
        assert!(starts(&denying, "/home/me/alias", Some("/usr/bin/true")));
        assert_eq!(ProgramGrant::read(&git.written()), Ok(git));
    }

    #[test]
    fn a_program_alone_takes_any_arguments() {
        let list = list(&["git"], &[]);
        assert!(starts(&list, &["git"]) && starts(&list, &["git", "push", "-f"]));
        assert!(!starts(&list, &["gitk"]) && !starts(&list, &["/usr/bin/git"]) && !starts(&list, &["./git"]));
    }

    #[test]
    fn arguments_match_word_for_word() {
        let list = list(&["git status", "git log *"], &[]);
        assert!(starts(&list, &["git", "status"]));
        assert!(starts(&list, &["git", "log"]) && starts(&list, &["git", "log", "-p", "x"]));
        assert!(
            !starts(&list, &["git"]) && !starts(&list, &["git", "status", "-s"]) && !starts(&list, &["git", "push"])
        );
    }

    #[test]
    fn a_path_is_that_path() {
        let list = list(&["/usr/bin/git", "./bin/tool", "\"/opt/my app/x\" go"], &[]);
        assert!(starts(&list, &["/usr/bin/../bin/git"]) && starts(&list, &["/base/bin/tool"]));
        assert!(starts(&list, &["/opt/my app/x", "go"]));
        assert!(!starts(&list, &["git"]) && !starts(&list, &["./bin/tool"]));
    }

    #[test]
    fn a_shell_is_covered_only_where_it_is_listed() {
        assert!(!starts(&list(&["git", "sh"], &[]), &["/bin/sh", "-c", "git"]));
        assert!(starts(&list(&["/bin/sh"], &[]), &["/bin/sh", "-c", "git"]));
        assert!(starts(&list(&["*"], &[]), &["/bin/sh", "-c", "git"]));
    }

    #[test]
    fn a_denied_word_withholds_every_path_that_ends_in_it() {
        let list = list(&["*"], &["curl", "/usr/bin/ssh", "git push *"]);
        assert!(!starts(&list, &["curl"]) && !starts(&list, &["/usr/bin/curl"]) && !starts(&list, &["./curl"]));
        assert!(!starts(&list, &["ssh", "x"]) && !starts(&list, &["git", "push", "-f"]));
        assert!(starts(&list, &["git", "pull"]) && starts(&list, &["/opt/ssh"]) && !starts(&list, &["./ssh"]));
    }

    #[test]
    fn patterns_without_a_plain_meaning_are_refused() {
        for text in ["", " ", "gi*", "* status", "git * x", "git log*", "git \"x", "a\0", "git a\0/b"] {
            assert!(ProgramGrant::parse(Style::Unix, b"/", text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        for text in ["*", "git", "git status", "git log *", "\"/a b/c\" \"d e\" *", "git *"] {
            let program = ProgramGrant::parse(Style::NATIVE, b"/", text.as_bytes()).unwrap();
            assert_eq!(ProgramGrant::read(&program.to_string()), Ok(program));
        }
    }
}
