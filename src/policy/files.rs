//! The one hole to the outside: what the core has to know of the file system when grants are loaded.
//!
//! The core asks, it does not look. The caller implements [`Files`] over the system; tests use [`Fake`]. Nothing is
//! asked while a decision is made.

use std::collections::{BTreeMap, HashMap};

use super::path::{PathError, Style};

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing, or nothing that may be looked at.
    Missing,
    /// A directory that is not a link.
    Directory,
    /// A file, a socket, a device; not a link.
    Other,
    /// A link, or what may be one.
    Link {
        /// Whether a directory stands at its end.
        directory: bool,
    },
}

/// What the core asks the file system about, all of it while grants are loaded.
pub trait Files {
    /// Whether a directory stands there, links followed.
    fn is_dir(&self, path: &[u8]) -> bool;

    /// The path without links, `None` if it does not lead anywhere.
    fn real_path(&self, path: &[u8]) -> Option<Vec<u8>>;

    /// The file that this bare word starts, found as the system finds it through `PATH`.
    fn program(&self, word: &str) -> Option<Vec<u8>>;

    /// What stands there. The provided answer is right but leads to a [`Files::real_path`] a grant; one `lstat`
    /// (and a `stat` behind a link) makes loading many grants much cheaper.
    fn kind(&self, path: &[u8]) -> Kind {
        Kind::Link { directory: self.is_dir(path) }
    }
}

/// No file system at all: nothing exists. For policies that were resolved before.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nowhere;

impl Files for Nowhere {
    fn is_dir(&self, _: &[u8]) -> bool {
        false
    }

    fn real_path(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn program(&self, _: &str) -> Option<Vec<u8>> {
        None
    }

    fn kind(&self, _: &[u8]) -> Kind {
        Kind::Missing
    }
}

/// A file system made of names, for tests.
#[derive(Clone, Debug, Default)]
pub struct Fake {
    directories: Vec<Vec<u8>>,
    links: BTreeMap<Vec<u8>, Vec<u8>>,
    programs: BTreeMap<String, Vec<u8>>,
}

impl Fake {
    /// One in which these directories exist.
    pub fn with_dirs<P: AsRef<[u8]>>(directories: impl IntoIterator<Item = P>) -> Self {
        let directories = directories.into_iter().map(|path| path.as_ref().to_vec()).collect();
        Self { directories, ..Self::default() }
    }

    /// The same with a link at `path` to the absolute path `target`.
    #[must_use]
    pub fn and_link(mut self, path: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Self {
        self.links.insert(path.as_ref().to_vec(), target.as_ref().to_vec());
        self
    }

    /// The same with a program by a bare word.
    #[must_use]
    pub fn and_program(mut self, word: &str, path: impl AsRef<[u8]>) -> Self {
        self.programs.insert(word.to_owned(), path.as_ref().to_vec());
        self
    }

    /// `path` with the first link in it replaced until there is none.
    fn follow(&self, path: &[u8]) -> Vec<u8> {
        let mut path = path.to_vec();
        for _ in 0..40 {
            let linked = self.links.iter().find_map(|(link, target)| {
                let rest = path.strip_prefix(link.as_slice())?;
                (rest.is_empty() || rest[0] == b'/').then(|| [target.as_slice(), rest].concat())
            });
            match linked {
                Some(next) => path = next,
                None => break,
            }
        }
        path
    }
}

impl Files for Fake {
    fn is_dir(&self, path: &[u8]) -> bool {
        self.directories.contains(&self.follow(path))
    }

    fn real_path(&self, path: &[u8]) -> Option<Vec<u8>> {
        let real = self.follow(path);
        let known = real == b"/" || self.directories.contains(&real) || real != path;
        known.then_some(real)
    }

    fn program(&self, word: &str) -> Option<Vec<u8>> {
        self.programs.get(word).cloned()
    }
}

/// Finds the real names of many paths, asking about each directory once.
pub(crate) struct Resolver<'f> {
    files: &'f dyn Files,
    style: Style,
    /// The real names of directories; `None` where that is the name itself.
    directories: HashMap<Vec<u8>, Option<Vec<u8>>>,
}

impl<'f> Resolver<'f> {
    pub(crate) fn new(files: &'f dyn Files, style: Style) -> Self {
        Self { files, style, directories: HashMap::new() }
    }

    pub(crate) fn files(&self) -> &'f dyn Files {
        self.files
    }

    /// Whether a directory stands at a normal path, and its real name if that is another one. A path that does not
    /// exist has the real name that it would be made under.
    pub(crate) fn look(&mut self, path: &[u8]) -> Result<(bool, Option<Vec<u8>>), PathError> {
        let kind = self.files.kind(path);
        let real = match kind {
            Kind::Link { .. } => self.follow(path)?,
            Kind::Missing | Kind::Directory | Kind::Other => self.under_real_parent(path)?,
        };
        Ok((matches!(kind, Kind::Directory | Kind::Link { directory: true }), real))
    }

    /// The name of a path in the directory that it really is in, if that is another one than its own.
    pub(crate) fn own_name(&mut self, path: &[u8]) -> Result<Option<Vec<u8>>, PathError> {
        self.under_real_parent(path)
    }

    /// The real name of a directory, if it is another one than its own.
    pub(crate) fn real_directory(&mut self, path: &[u8]) -> Result<Option<Vec<u8>>, PathError> {
        if let Some(real) = self.directories.get(path) {
            return Ok(real.clone());
        }
        let real = self.follow(path)?;
        self.directories.insert(path.to_vec(), real.clone());
        Ok(real)
    }

    fn follow(&mut self, path: &[u8]) -> Result<Option<Vec<u8>>, PathError> {
        match self.files.real_path(path) {
            Some(real) => {
                let real = self.style.normalise(&real, || None::<&[u8]>)?;
                Ok((*real != *path).then(|| real.into_owned()))
            }
            None => self.under_real_parent(path),
        }
    }

    fn under_real_parent(&mut self, path: &[u8]) -> Result<Option<Vec<u8>>, PathError> {
        let Some(parent) = self.style.parent(path) else { return Ok(None) };
        let name = path[parent.len()..].strip_prefix(&[self.style.separator()]).unwrap_or(&path[parent.len()..]);
        let real = self.real_directory(parent)?;
        Ok(real.map(|parent| self.style.join(&parent, name)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Fake, Nowhere, Resolver};
    use crate::policy::path::Style;

    #[test]
    fn a_link_has_the_name_of_its_target() {
        let files = Fake::with_dirs(["/real", "/"]).and_link("/link", "/real");
        let mut resolver = Resolver::new(&files, Style::Unix);
        assert_eq!(resolver.look(b"/link").unwrap(), (true, Some(b"/real".to_vec())));
        assert_eq!(resolver.look(b"/real").unwrap(), (true, None));
    }

    #[test]
    fn what_is_missing_has_the_real_name_of_where_it_would_be() {
        let files = Fake::with_dirs(["/private/tmp"]).and_link("/tmp", "/private/tmp");
        let mut resolver = Resolver::new(&files, Style::Unix);
        assert_eq!(resolver.look(b"/tmp/new/x").unwrap(), (false, Some(b"/private/tmp/new/x".to_vec())));
    }

    #[test]
    fn where_nothing_exists_names_are_real() {
        let mut resolver = Resolver::new(&Nowhere, Style::Unix);
        assert_eq!(resolver.look(b"/a/b").unwrap(), (false, None));
        assert_eq!(resolver.real_directory(b"/").unwrap(), None);
    }
}
