//! The questions that the core asks about the file system while grants are loaded.
//!
//! The caller implements [`Files`] over the system; tests use [`FakeFiles`]. No decision about a
//! call asks anything here.

use std::cell::{Cell, OnceCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use rustc_hash::FxBuildHasher;

use super::links::MAX_PATH;
use super::path::{PathError, Style};

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Nothing, or nothing that this process may look at.
    Missing,
    /// A directory that is not a link.
    Directory,
    /// A file, a socket, a device; not a link.
    Other,
    /// A link, or something that may be one.
    Link {
        /// Whether its end is a directory.
        directory: bool,
    },
}

/// The questions about the file system, all of them asked while grants are loaded.
pub trait Files {
    /// Whether the path is a directory, with its links followed.
    fn is_dir(&self, path: &[u8]) -> bool;

    /// Returns the path without links. Returns `None` if it leads to nothing.
    fn real_path(&self, path: &[u8]) -> Option<Vec<u8>>;

    /// Returns the file that this bare word starts, found through `PATH` as the system does it.
    fn program(&self, word: &str) -> Option<Vec<u8>>;

    /// Returns the kind of file at the path. The provided answer is right, but costs a
    /// [`Files::real_path`] for each name; one `lstat` (and a `stat` for a link) makes loading many
    /// grants much cheaper. Nothing is asked about paths below a missing file, or below one that is
    /// no directory.
    fn kind(&self, path: &[u8]) -> FileKind {
        FileKind::Link { directory: self.is_dir(path) }
    }

    /// Returns the names in a directory with their kinds, without links. Returns `None` if there
    /// are more than `most`, or if they cannot be listed at once. One list replaces an `lstat` for
    /// each of many grants. Names that are not in it are asked about.
    fn listing(&self, _directory: &[u8], _most: usize) -> Option<Listing> {
        None
    }
}

/// The files of a directory, by name.
pub type Listing = HashMap<Vec<u8>, FileKind, FxBuildHasher>;

/// No file system: nothing exists. For policies whose paths are resolved already.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFiles;

impl Files for NoFiles {
    fn is_dir(&self, _: &[u8]) -> bool {
        false
    }

    fn real_path(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn program(&self, _: &str) -> Option<Vec<u8>> {
        None
    }

    fn kind(&self, _: &[u8]) -> FileKind {
        FileKind::Missing
    }
}

/// A file system made of names, for tests.
#[derive(Clone, Debug, Default)]
pub struct FakeFiles {
    directories: Vec<Vec<u8>>,
    links: BTreeMap<Vec<u8>, Vec<u8>>,
    programs: BTreeMap<String, Vec<u8>>,
}

impl FakeFiles {
    /// Makes a file system in which these directories exist.
    pub fn with_dirs<P: AsRef<[u8]>>(directories: impl IntoIterator<Item = P>) -> Self {
        let directories = directories.into_iter().map(|path| path.as_ref().to_vec()).collect();
        Self { directories, ..Self::default() }
    }

    /// Adds a link at `path` to the absolute path `target`.
    #[must_use]
    pub fn and_link(mut self, path: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Self {
        self.links.insert(path.as_ref().to_vec(), target.as_ref().to_vec());
        self
    }

    /// Adds a program for a bare word.
    #[must_use]
    pub fn and_program(mut self, word: &str, path: impl AsRef<[u8]>) -> Self {
        self.programs.insert(word.to_owned(), path.as_ref().to_vec());
        self
    }

    /// Replaces the first link in `path` until there is none.
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

impl Files for FakeFiles {
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

/// Finds the real names of many paths. Asks about each directory once.
pub(crate) struct Resolver<'f> {
    files: &'f dyn Files,
    style: Style,
    directories: HashMap<Vec<u8>, Rc<Folder>, FxBuildHasher>,
}

/// The facts about a directory, or about a path that was named as one.
#[derive(Default)]
struct Folder {
    /// Its real name, if this is another one.
    real: Option<Vec<u8>>,
    /// Whether it is no directory, so that nothing exists below it.
    hollow: bool,
    /// The number of questions about files in it.
    asked: Cell<usize>,
    /// Its names, after [`LISTING_THRESHOLD`] questions.
    names: OnceCell<Option<Listing>>,
}

/// The number of questions about one directory after which it is listed.
const LISTING_THRESHOLD: usize = 8;
/// A directory with more names is not listed for the few grants in it.
const MAX_NAMES: usize = 4096;

impl<'f> Resolver<'f> {
    pub(crate) fn new(files: &'f dyn Files, style: Style) -> Self {
        Self { files, style, directories: HashMap::default() }
    }

    pub(crate) fn files(&self) -> &'f dyn Files {
        self.files
    }

    /// Returns whether a normal path is a directory, and its real name if this is another one. The
    /// real name of a path that does not exist is the one that it would be made under.
    pub(crate) fn look(&mut self, path: &[u8]) -> Result<(bool, Option<Vec<u8>>), PathError> {
        let above = self.above(path)?;
        let (kind, real) = self.stands(path, &above)?;
        Ok((matches!(kind, FileKind::Directory | FileKind::Link { directory: true }), real))
    }

    /// Returns the name of a path in its real directory, if this is another one.
    pub(crate) fn own_name(&mut self, path: &[u8]) -> Result<Option<Vec<u8>>, PathError> {
        let above = self.above(path)?;
        Ok(self.below(&above, path))
    }

    /// Returns the real name of a directory, if this is another one.
    pub(crate) fn real_directory(&mut self, path: &[u8]) -> Result<Option<Vec<u8>>, PathError> {
        Ok(self.directory(path)?.real.clone())
    }

    /// Returns the directory that contains a path. A root is in itself.
    fn above(&mut self, path: &[u8]) -> Result<Rc<Folder>, PathError> {
        self.style.parent(path).map_or_else(|| Ok(Rc::default()), |parent| self.directory(parent))
    }

    /// Returns the facts about a directory. Starts at the nearest known directory above it, and
    /// proceeds name by name.
    fn directory(&mut self, path: &[u8]) -> Result<Rc<Folder>, PathError> {
        let mut unknown = Vec::new();
        let mut at = path;
        let mut folder = loop {
            if let Some(folder) = self.directories.get(at) {
                break Rc::clone(folder);
            }
            unknown.push(at);
            match self.style.parent(at) {
                Some(parent) => at = parent,
                None => break Rc::default(),
            }
        };
        for path in unknown.into_iter().rev() {
            let (kind, real) = self.stands(path, &folder)?;
            let hollow = matches!(kind, FileKind::Missing | FileKind::Other);
            folder = Rc::new(Folder { real, hollow, ..Folder::default() });
            if path.len() < MAX_PATH {
                self.directories.insert(path.to_vec(), Rc::clone(&folder));
            }
        }
        Ok(folder)
    }

    /// Returns the kind of a path in a known directory, and its real name if this is another one.
    fn stands(&self, path: &[u8], above: &Folder) -> Result<(FileKind, Option<Vec<u8>>), PathError> {
        let kind = if above.hollow { FileKind::Missing } else { self.kind(path, above) };
        let link = if matches!(kind, FileKind::Link { .. }) { self.files.real_path(path) } else { None };
        match link {
            Some(real) => {
                let real = self.style.normalise(&real, || None::<&[u8]>)?;
                Ok((kind, (*real != *path).then(|| real.into_owned())))
            }
            None => Ok((kind, self.below(above, path))),
        }
    }

    fn kind(&self, path: &[u8], above: &Folder) -> FileKind {
        let asked = above.asked.replace(above.asked.get() + 1);
        if asked >= LISTING_THRESHOLD
            && self.style == Style::Unix
            && let Some(parent) = self.style.parent(path)
        {
            let names = above.names.get_or_init(|| self.files.listing(parent, MAX_NAMES));
            let name = path[parent.len()..].strip_prefix(&[self.style.separator()]).unwrap_or(&path[parent.len()..]);
            if let Some(kind) = names.as_ref().and_then(|names| names.get(name)) {
                return *kind;
            }
        }
        self.files.kind(path)
    }

    /// Returns the name of a path in a known directory, if this is another one.
    fn below(&self, above: &Folder, path: &[u8]) -> Option<Vec<u8>> {
        let parent = self.style.parent(path)?;
        let name = path[parent.len()..].strip_prefix(&[self.style.separator()]).unwrap_or(&path[parent.len()..]);
        above.real.as_ref().map(|real| self.style.join(real, name))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::{FakeFiles, FileKind, Files, LISTING_THRESHOLD, Listing, NoFiles, Resolver};
    use crate::policy::path::Style;

    #[test]
    fn a_link_has_the_name_of_its_target() {
        let files = FakeFiles::with_dirs(["/real", "/"]).and_link("/link", "/real");
        let mut resolver = Resolver::new(&files, Style::Unix);
        assert_eq!(resolver.look(b"/link").unwrap(), (true, Some(b"/real".to_vec())));
        assert_eq!(resolver.look(b"/real").unwrap(), (true, None));
    }

    #[test]
    fn what_is_missing_has_the_real_name_of_where_it_would_be() {
        let files = FakeFiles::with_dirs(["/private/tmp"]).and_link("/tmp", "/private/tmp");
        let mut resolver = Resolver::new(&files, Style::Unix);
        assert_eq!(resolver.look(b"/tmp/new/x").unwrap(), (false, Some(b"/private/tmp/new/x".to_vec())));
    }

    /// One directory, in which all names are files but `d`; it counts how often it was asked.
    #[derive(Default)]
    struct CountedFiles(Cell<usize>);

    impl Files for CountedFiles {
        fn is_dir(&self, path: &[u8]) -> bool {
            self.kind(path) == FileKind::Directory
        }

        fn real_path(&self, path: &[u8]) -> Option<Vec<u8>> {
            Some(path.to_vec())
        }

        fn program(&self, _: &str) -> Option<Vec<u8>> {
            None
        }

        fn kind(&self, path: &[u8]) -> FileKind {
            self.0.set(self.0.get() + 1);
            if matches!(path, b"/" | b"/a" | b"/a/d") { FileKind::Directory } else { FileKind::Other }
        }

        fn listing(&self, directory: &[u8], _: usize) -> Option<Listing> {
            let kinds = |kind| move |name: u8| (vec![name], kind);
            let names = (b'e'..=b'z').map(kinds(FileKind::Other)).chain([b'd'].map(kinds(FileKind::Directory)));
            (directory == b"/a").then(|| names.collect())
        }
    }

    #[test]
    fn a_directory_is_asked_about_once_and_read_when_many_of_its_names_are_granted() {
        let files = CountedFiles::default();
        let mut resolver = Resolver::new(&files, Style::Unix);
        for name in b'e'..=b'z' {
            assert_eq!(resolver.look(&[b"/a/", &[name][..]].concat()).unwrap(), (false, None));
        }
        assert_eq!(resolver.look(b"/a/d").unwrap(), (true, None));
        assert_eq!(files.0.get(), LISTING_THRESHOLD + 2);
    }

    #[test]
    fn below_what_is_no_directory_nothing_is_asked_about() {
        let files = CountedFiles::default();
        let mut resolver = Resolver::new(&files, Style::Unix);
        for path in [&b"/a/f/x"[..], b"/a/f/y", b"/a/f/x/y/z"] {
            assert_eq!(resolver.look(path).unwrap(), (false, None));
        }
        assert_eq!(files.0.get(), 3);
    }

    #[test]
    fn where_nothing_exists_names_are_real() {
        let mut resolver = Resolver::new(&NoFiles, Style::Unix);
        assert_eq!(resolver.look(b"/a/b").unwrap(), (false, None));
        assert_eq!(resolver.real_directory(b"/").unwrap(), None);
    }
}
