//! Many paths into few grants that are no wider than a person would sign.
//!
//! A folder stands for what is in it where a program reads a whole package, goes through a folder of the project, or
//! fills a folder with files of its own. Nothing is folded outside the project, the packages and the places for
//! temporary files, nor where a folder holds what looks like a secret that was not asked for. A folder that a program
//! only looks at is granted by itself.

use std::collections::{BTreeMap, BTreeSet};

use super::gathered::Seen;
use crate::config::Tokens;
use crate::policy::Files;

/// The file system, as far as folding asks.
pub trait Folders: Files {
    /// The names in a directory; `None` if it cannot be read.
    fn names(&self, directory: &[u8]) -> Option<Vec<String>>;
}

/// How much of a path is granted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// The path.
    Exact,
    /// A directory, without what is in it.
    Itself,
    /// An existing directory with all in it.
    Tree,
    /// A directory with all in it, whether it exists or not.
    TreeToBe,
    /// Every path that begins so.
    Prefix,
    /// Files beside each other that differ in what stands behind the last dot: these. The path ends in front of that dot.
    Endings(Vec<String>),
}

/// One grant of paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    /// The absolute path, or its beginning.
    pub path: String,
    /// How much of it.
    pub form: Form,
    /// How many paths it stands for.
    pub paths: usize,
    /// The packages that asked for them.
    pub packages: BTreeSet<String>,
}

/// The places that decide where folding stops.
#[derive(Debug, Clone)]
pub struct Places {
    /// The project, if there is one that is no place of many projects.
    project: Option<String>,
    home: Option<String>,
    tmp: Option<String>,
    cwd: Option<String>,
}

/// Folders below a home that hold keys and passwords, whatever else they hold.
const PRIVATE: [&str; 12] = [
    ".ssh",
    ".aws",
    ".azure",
    ".config",
    ".docker",
    ".gnupg",
    ".kube",
    ".local",
    ".mozilla",
    ".netrc",
    ".password-store",
    ".pki",
];

/// From this many packages on, their folder is named and not each of them.
const MANY_PACKAGES: usize = 6;
/// So many entries of a folder of the project that are read stand for the folder.
const MANY_READ: usize = 3;
/// So many that are written.
const MANY_WRITTEN: usize = 2;
/// As many entries of a folder are looked through for secrets; one with more is not folded.
const MOST_ENTRIES: usize = 20_000;

impl Places {
    /// The places that tokens name.
    #[must_use]
    pub fn new(tokens: &Tokens) -> Self {
        let text = |path: &Option<Vec<u8>>| path.as_ref().and_then(|path| String::from_utf8(path.clone()).ok());
        let (home, tmp, cwd) = (text(&tokens.home), text(&tokens.tmp), text(&tokens.cwd));
        let project = text(&tokens.project).or_else(|| cwd.clone());
        let holds_many =
            |path: &String| path == "/" || [&home, &tmp].into_iter().flatten().any(|place| is_at_or_below(place, path));
        Self { project: project.filter(|path| !holds_many(path)), home, tmp, cwd }
    }

    fn all(&self) -> impl Iterator<Item = &String> {
        [&self.project, &self.home, &self.tmp, &self.cwd].into_iter().flatten()
    }

    /// May what is in this folder be named by it, for reading?
    fn folds(&self, path: &str) -> bool {
        let below = |place: &Option<String>| place.as_ref().is_some_and(|place| is_below(path, place));
        (below(&self.project) || below(&self.tmp))
            && !self.all().any(|place| is_at_or_below(place, path))
            && !self.is_private(path)
    }

    /// The same for writing: a tool's own folder below the home as well.
    fn folds_written(&self, path: &str) -> bool {
        let own =
            self.home.as_ref().is_some_and(|home| is_below(path, home) && path[home.len()..].matches('/').count() > 1);
        self.folds(path) || (own && !self.all().any(|place| is_at_or_below(place, path)) && !self.is_private(path))
    }

    fn is_private(&self, path: &str) -> bool {
        self.home
            .as_ref()
            .is_some_and(|home| PRIVATE.iter().any(|name| is_at_or_below(path, &format!("{home}/{name}"))))
    }
}

/// Is it below a folder of keys and passwords?
pub(super) fn is_private(path: &str, places: &Places) -> bool {
    places.is_private(path)
}

/// Is the path the place, or below it?
pub(super) fn is_at_or_below(path: &str, place: &str) -> bool {
    path == place || is_below(path, place)
}

fn is_below(path: &str, place: &str) -> bool {
    let rest = path.strip_prefix(place.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.len() > 1 && rest.starts_with('/'))
}

/// A name in the tree of what was asked for.
#[derive(Default)]
struct Node {
    below: BTreeMap<String, Node>,
    asked: Option<Asked>,
}

#[derive(Default, Clone)]
struct Asked {
    tree: bool,
    /// It is the beginning of names that change.
    prefix: bool,
    paths: usize,
    packages: BTreeSet<String>,
}

/// The paths of one scope.
#[derive(Default)]
pub struct Paths {
    root: Node,
}

/// What `mkdtemp` puts in the place of what it makes up.
const TEMPLATE: &str = "XXXXXX";

/// The beginnings of names that are made up anew each time, among the paths that are written.
pub fn made_up<'p>(written: impl Iterator<Item = &'p str> + Clone, places: &Places) -> BTreeSet<String> {
    let mut beginnings: BTreeSet<String> =
        written.clone().filter_map(|path| path.strip_suffix(TEMPLATE)).map(str::to_owned).collect();
    let all: BTreeSet<&str> = written.collect();
    for path in &all {
        let start = path.rfind('/').map_or(0, |at| at + 1);
        // A file that is written beside the one it takes the place of: `data.json.1234`, `data.json.tmp-ab12`.
        let beside = path[start..].char_indices().skip(1).map(|(at, _)| start + at).find(|&at| {
            let rest = &path[at..];
            let made_up = rest.starts_with(['.', '-', '_', '~']) && rest.bytes().any(|byte| byte.is_ascii_digit());
            made_up && all.contains(&path[..at])
        });
        // Straight in the place for temporary files everybody makes names up.
        let temporary = || {
            let here = places.tmp.as_deref() == Some(path[..start].trim_end_matches('/'));
            number_in(&path[start..]).filter(|at| here && *at >= 3).map(|at| start + at)
        };
        beginnings.extend(beside.or_else(temporary).map(|at| path[..at].to_owned()));
    }
    beginnings
}

/// Where four letters or more begin that only a machine writes one after the other: digits, with letters of hexadecimal
/// numbers among them.
fn number_in(name: &str) -> Option<usize> {
    let bytes = name.as_bytes();
    (0..bytes.len()).find(|&at| {
        let starts = at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
        let run = bytes[at..].iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let digits = bytes[at..at + run].iter().filter(|byte| byte.is_ascii_digit()).count();
        run >= 4 && (digits == run || (starts && digits >= 2))
    })
}

impl Paths {
    /// Adds a path; `made_up` are the beginnings of names that change.
    pub fn add(&mut self, path: &str, tree: bool, seen: &Seen, made_up: &BTreeSet<String>) {
        let ends = path.char_indices().map(|(at, _)| at).chain([path.len()]);
        let beginning = ends.map(|at| &path[..at]).find(|beginning| made_up.contains(*beginning));
        let mut node = &mut self.root;
        for name in beginning.unwrap_or(path).split('/').filter(|name| !name.is_empty()) {
            node = node.below.entry(name.to_owned()).or_default();
        }
        let asked = node.asked.get_or_insert_default();
        asked.tree |= tree && beginning.is_none();
        asked.prefix |= beginning.is_some();
        asked.paths += 1;
        asked.packages.extend(seen.packages.iter().cloned());
    }

    /// The grants that cover them when they are read. `filled` are the folders that the program fills by itself.
    pub fn fold_read(self, filled: &BTreeSet<String>, places: &Places, folders: &dyn Folders) -> Vec<Folded> {
        self.fold(&Fold { filled: Some(filled), places, folders })
    }

    /// The grants that cover them when they are written.
    pub fn fold_written(self, places: &Places, folders: &dyn Folders) -> Vec<Folded> {
        self.fold(&Fold { filled: None, places, folders })
    }

    fn fold(self, fold: &Fold<'_>) -> Vec<Folded> {
        let mut folded = fold.node(&self.root, "");
        without_covered(&mut folded);
        let mut folded = by_endings(folded);
        folded.sort_by(|a, b| (&a.path, &a.form).cmp(&(&b.path, &b.form)));
        folded
    }
}

/// Takes out what lies in a folder that is granted whole.
fn without_covered(all: &mut Vec<Folded>) {
    let whole = |folded: &&Folded| matches!(folded.form, Form::Tree | Form::TreeToBe);
    let trees: BTreeSet<String> = all.iter().filter(whole).map(|folded| folded.path.clone()).collect();
    all.retain(|folded| {
        let above = folded.path.match_indices('/').map(|(at, _)| &folded.path[..at]);
        !above.into_iter().any(|above| trees.contains(above))
    });
}

/// So many files that differ in their endings become one grant: programs look for their settings under many names.
const MANY_ENDINGS: usize = 3;

fn by_endings(all: Vec<Folded>) -> Vec<Folded> {
    let mut stems: BTreeMap<String, Vec<Folded>> = BTreeMap::new();
    let mut kept = Vec::new();
    for folded in all {
        let stem = folded.path.rsplit_once('.').filter(|(stem, ending)| {
            let plain = !ending.is_empty() && ending.bytes().all(|byte| byte.is_ascii_alphanumeric());
            plain && folded.form == Form::Exact && !stem.ends_with('/')
        });
        match stem.map(|(stem, _)| stem.to_owned()) {
            Some(stem) => stems.entry(stem).or_default().push(folded),
            None => kept.push(folded),
        }
    }
    for (stem, files) in stems {
        if files.len() < MANY_ENDINGS {
            kept.extend(files);
            continue;
        }
        let ending = |folded: &Folded| folded.path[stem.len() + 1..].to_owned();
        kept.push(Folded {
            form: Form::Endings(files.iter().map(ending).collect()),
            paths: files.iter().map(|folded| folded.paths).sum(),
            packages: files.into_iter().flat_map(|folded| folded.packages).collect(),
            path: stem,
        });
    }
    kept
}

struct Fold<'a> {
    /// The folders that are filled by the program, where paths are read; none where they are written.
    filled: Option<&'a BTreeSet<String>>,
    places: &'a Places,
    folders: &'a dyn Folders,
}

impl Fold<'_> {
    /// The grants for a node and all below it.
    fn node(&self, node: &Node, path: &str) -> Vec<Folded> {
        let mut entries = 0;
        let mut all = Vec::new();
        for (name, child) in &node.below {
            let below = self.node(child, &format!("{path}/{name}"));
            entries += usize::from(!below.is_empty());
            all.extend(below);
        }
        let own = node.asked.as_ref();
        if let Some(form) = self.as_folder(node, path, entries) {
            let mut folded = Folded { path: root_or(path), form, paths: 0, packages: BTreeSet::new() };
            for part in all {
                folded.paths += part.paths;
                folded.packages.extend(part.packages);
            }
            if let Some(own) = own {
                folded.paths += own.paths;
                folded.packages.extend(own.packages.iter().cloned());
            }
            return vec![folded];
        }
        if let Some(own) = own {
            let path = root_or(path);
            let form = if own.prefix {
                Form::Prefix
            } else if self.folders.is_dir(path.as_bytes()) || !node.below.is_empty() {
                Form::Itself
            } else {
                Form::Exact
            };
            all.insert(0, Folded { path, form, paths: own.paths, packages: own.packages.clone() });
        }
        all
    }

    /// Whether the folder stands for what is in it, and how.
    fn as_folder(&self, node: &Node, path: &str, entries: usize) -> Option<Form> {
        if node.asked.as_ref().is_some_and(|own| own.tree) {
            return Some(Form::TreeToBe);
        }
        let enough = |many| entries >= if node.asked.is_some() { 1 } else { many };
        let Some(filled) = self.filled else {
            let folds = enough(MANY_WRITTEN) && self.places.folds_written(path) && !self.holds_secrets(node, path);
            return folds.then_some(Form::TreeToBe);
        };
        if filled.contains(path) && !self.holds_secrets(node, path) {
            return Some(Form::TreeToBe);
        }
        if entries == 0 {
            return None;
        }
        let mut names = path.rsplit('/');
        let (name, above, further) =
            (names.next()?, names.next().unwrap_or_default(), names.next().unwrap_or_default());
        let scope = name.starts_with('@');
        let package = (above == "node_modules" && !scope && !name.starts_with('.'))
            || (further == "node_modules" && above.starts_with('@'));
        if package {
            return Some(Form::Tree);
        }
        if name == "node_modules" {
            return (packages(node) >= MANY_PACKAGES).then_some(Form::Tree);
        }
        (enough(MANY_READ) && self.places.folds(path) && !self.holds_secrets(node, path)).then_some(Form::Tree)
    }

    /// Is there something below that nobody gives away with a folder, and that was not asked for?
    fn holds_secrets(&self, node: &Node, path: &str) -> bool {
        let mut left = MOST_ENTRIES;
        let mut places = vec![(path.to_owned(), Some(node))];
        while let Some((path, node)) = places.pop() {
            let Some(names) = self.folders.names(path.as_bytes()) else { continue };
            for name in names {
                if left == 0 {
                    return true;
                }
                left -= 1;
                let below = node.and_then(|node| node.below.get(&name));
                if below.is_none_or(|below| below.asked.is_none()) && looks_secret(&name) {
                    return true;
                }
                let place = format!("{path}/{name}");
                if name != "node_modules" && self.folders.is_dir(place.as_bytes()) {
                    places.push((place, below));
                }
            }
        }
        false
    }
}

fn root_or(path: &str) -> String {
    if path.is_empty() { "/".to_owned() } else { path.to_owned() }
}

/// How many packages there are in a folder of packages.
fn packages(node: &Node) -> usize {
    let count = |(name, child): (&String, &Node)| if name.starts_with('@') { child.below.len() } else { 1 };
    node.below.iter().map(count).sum()
}

/// A file by the name of which keys, passwords and the like go.
pub(super) fn is_secret(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name != ".git" && looks_secret(name))
}

/// A name by which keys, passwords and the like go.
fn looks_secret(name: &str) -> bool {
    const NAMES: [&str; 9] =
        [".env", ".git", ".netrc", ".npmrc", ".pgpass", ".yarnrc", "id_rsa", "id_ed25519", "credentials"];
    const ENDS: [&str; 7] = [".pem", ".key", ".p12", ".pfx", ".keystore", ".jks", ".kdbx"];
    let name = name.to_ascii_lowercase();
    NAMES.contains(&name.as_str())
        || name.starts_with(".env.")
        || ENDS.iter().any(|end| name.ends_with(end))
        || ["secret", "password", "credential"].iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::Timestamp;

    use super::{Folders, Form, Paths, Places, Seen, made_up};
    use crate::config::Tokens;
    use crate::policy::Files;

    /// These paths, and the folders above them.
    struct Fake(Vec<&'static str>);

    impl Files for Fake {
        fn is_dir(&self, path: &[u8]) -> bool {
            let path = String::from_utf8_lossy(path).into_owned();
            self.0.iter().any(|known| super::is_below(known, &path))
        }

        fn real_path(&self, path: &[u8]) -> Option<Vec<u8>> {
            Some(path.to_vec())
        }

        fn program(&self, _: &str) -> Option<Vec<u8>> {
            None
        }
    }

    impl Folders for Fake {
        fn names(&self, directory: &[u8]) -> Option<Vec<String>> {
            let place = String::from_utf8_lossy(directory).into_owned();
            let names = self.0.iter().filter(|path| super::is_below(path, &place));
            let names = names.filter_map(|path| path[place.len() + 1..].split('/').next().map(str::to_owned));
            Some(names.collect::<BTreeSet<_>>().into_iter().collect())
        }
    }

    fn places() -> Places {
        let path = |text: &str| Some(text.as_bytes().to_vec());
        Places::new(&Tokens {
            project: path("/home/me/app"),
            home: path("/home/me"),
            tmp: path("/tmp"),
            cwd: path("/home/me/app"),
            checkout: None,
        })
    }

    fn seen() -> Seen {
        Seen { count: 1, packages: BTreeSet::new(), first: Timestamp::UNIX_EPOCH, last: Timestamp::UNIX_EPOCH }
    }

    fn paths(asked: &[&str], made_up: &BTreeSet<String>) -> Paths {
        let mut paths = Paths::default();
        for path in asked {
            paths.add(path, false, &seen(), made_up);
        }
        paths
    }

    /// Each grant as it would be written.
    fn told(folded: Vec<super::Folded>) -> Vec<String> {
        let written = |folded: super::Folded| match folded.form {
            Form::Exact => folded.path,
            Form::Itself => format!("{}/{{}}", folded.path.trim_end_matches('/')),
            Form::Tree => format!("{}/", folded.path),
            Form::TreeToBe => format!("{}/*", folded.path),
            Form::Prefix => format!("{}*", folded.path),
            Form::Endings(endings) => format!("{}.{{{}}}", folded.path, endings.join(",")),
        };
        folded.into_iter().map(written).collect()
    }

    fn read(asked: &[&str], there: &[&'static str]) -> Vec<String> {
        told(paths(asked, &BTreeSet::new()).fold_read(&BTreeSet::new(), &places(), &Fake(there.to_vec())))
    }

    fn written(asked: &[&str]) -> Vec<String> {
        let made_up = made_up(asked.iter().copied(), &places());
        told(paths(asked, &made_up).fold_written(&places(), &Fake(Vec::new())))
    }

    #[test]
    fn a_package_that_is_read_is_granted_whole() {
        let read = read(
            &[
                "/home/me/app/node_modules/a/lib/x.js",
                "/home/me/app/node_modules/@s/b/x.js",
                "/home/me/app/node_modules/.cache/x",
            ],
            &[],
        );
        let folders =
            ["/home/me/app/node_modules/.cache/x", "/home/me/app/node_modules/@s/b/", "/home/me/app/node_modules/a/"];
        assert_eq!(read, folders);
    }

    #[test]
    fn many_packages_are_their_folder() {
        let many = ["a", "b", "c", "d", "e", "f"].map(|name| format!("/home/me/app/node_modules/{name}/x.js"));
        assert_eq!(read(&many.each_ref().map(String::as_str), &[]), ["/home/me/app/node_modules/"]);
    }

    #[test]
    fn a_folder_of_the_project_stands_for_what_is_in_it() {
        let three = ["/home/me/app/src/a.js", "/home/me/app/src/b.js", "/home/me/app/src/c/d.js"];
        assert_eq!(read(&three, &[]), ["/home/me/app/src/"]);
        assert_eq!(read(&three[..2], &[]), three[..2]);
        assert_eq!(read(&["/home/me/app/views", "/home/me/app/views/a.html"], &[]), ["/home/me/app/views/"]);
    }

    #[test]
    fn the_project_itself_is_never_folded() {
        let three = ["/home/me/app/a.js", "/home/me/app/b.js", "/home/me/app/c.js"];
        assert_eq!(read(&three, &[]), three);
        assert_eq!(read(&["/home/me/app", "/home/me/app/a.js"], &[]), ["/home/me/app/{}", "/home/me/app/a.js"]);
    }

    #[test]
    fn places_of_the_system_and_of_keys_are_never_folded() {
        for place in
            ["/etc", "/proc/self", "/home/me/.ssh", "/home/me/.aws", "/home/me/other", "/home/me", "/", "/usr/share/x"]
        {
            let place = place.trim_end_matches('/');
            let three = ["a", "b", "c"].map(|name| format!("{place}/{name}"));
            let three = three.each_ref().map(String::as_str);
            assert_eq!(read(&three, &[]), three);
            if place != "/home/me/other" {
                assert_eq!(written(&three), three);
            }
        }
    }

    #[test]
    fn a_folder_that_is_looked_at_is_granted_without_what_is_in_it() {
        assert_eq!(read(&["/etc", "/etc/hosts"], &[]), ["/etc/{}", "/etc/hosts"]);
        assert_eq!(read(&["/"], &["/x"]), ["/{}"]);
        assert_eq!(read(&["/home/me/app/data"], &["/home/me/app/data/x"]), ["/home/me/app/data/{}"]);
    }

    #[test]
    fn a_folder_with_a_secret_that_was_not_asked_for_is_not_folded() {
        let three = ["/home/me/app/conf/a", "/home/me/app/conf/b", "/home/me/app/conf/c"];
        for secret in ["/home/me/app/conf/.env", "/home/me/app/conf/deep/tls.key", "/home/me/app/conf/my-secrets.json"]
        {
            assert_eq!(read(&three, &[secret]), three, "{secret}");
        }
        let asked = ["/home/me/app/conf/.env", "/home/me/app/conf/a", "/home/me/app/conf/b"];
        assert_eq!(read(&asked, &["/home/me/app/conf/.env"]), ["/home/me/app/conf/"]);
    }

    #[test]
    fn folders_that_a_program_fills_are_granted_whether_they_exist_or_not() {
        assert_eq!(written(&["/home/me/app/dist", "/home/me/app/dist/a.js"]), ["/home/me/app/dist/*"]);
        assert_eq!(written(&["/home/me/app/dist/a.js", "/home/me/app/dist/b/c.js"]), ["/home/me/app/dist/*"]);
        assert_eq!(
            written(&["/home/me/app/out.txt", "/home/me/app/b.txt"]),
            ["/home/me/app/b.txt", "/home/me/app/out.txt"]
        );
        assert_eq!(written(&["/home/me/.cache/tool/a", "/home/me/.cache/tool/b"]), ["/home/me/.cache/tool/*"]);
        let filled = BTreeSet::from(["/home/me/app/dist".to_owned()]);
        let read =
            paths(&["/home/me/app/dist/a.js"], &BTreeSet::new()).fold_read(&filled, &places(), &Fake(Vec::new()));
        assert_eq!(told(read), ["/home/me/app/dist/*"]);
    }

    #[test]
    fn a_folder_that_is_filled_beside_a_secret_is_not_folded() {
        let two = ["/home/me/app/conf/a", "/home/me/app/conf/b"];
        for secret in ["/home/me/app/conf/.env", "/home/me/app/conf/deep/id_rsa"] {
            let there = Fake(vec![secret]);
            assert_eq!(told(paths(&two, &BTreeSet::new()).fold_written(&places(), &there)), two, "{secret}");
        }
        // What is written was not asked for to be read.
        let made = ["/home/me/app/conf/a", "/home/me/app/conf/tls.key"];
        let there = Fake(vec![made[1]]);
        assert_eq!(told(paths(&made, &BTreeSet::new()).fold_written(&places(), &there)), ["/home/me/app/conf/*"]);
        let filled = BTreeSet::from(["/home/me/app/conf".to_owned()]);
        let read = paths(&made[..1], &BTreeSet::new()).fold_read(&filled, &places(), &there);
        assert_eq!(told(read), made[..1]);
    }

    #[test]
    fn settings_that_are_looked_for_under_many_names_are_one_grant() {
        let asked =
            ["/home/me/app/x.config.cjs", "/home/me/app/x.config.js", "/home/me/app/x.config.mjs", "/home/me/app/y.js"];
        assert_eq!(read(&asked, &[]), ["/home/me/app/x.config.{cjs,js,mjs}", "/home/me/app/y.js"]);
        assert_eq!(read(&asked[..2], &[]), asked[..2]);
        let hidden = ["/home/me/app/.a", "/home/me/app/.b", "/home/me/app/.c"];
        assert_eq!(read(&hidden, &[]), hidden);
    }

    #[test]
    fn what_a_folder_covers_is_not_named_again() {
        let asked = ["/tmp/tool", "/tmp/tool/a.json", "/tmp/tool/a.json.tmp-1"];
        assert_eq!(written(&asked), ["/tmp/tool/*"]);
    }

    #[test]
    fn names_that_are_made_up_each_time_are_granted_by_their_beginning() {
        assert_eq!(written(&["/tmp/job-XXXXXX", "/tmp/job-a1b2c3/x"]), ["/tmp/job-*"]);
        assert_eq!(written(&["/tmp/tool-4711.lock"]), ["/tmp/tool-*"]);
        assert_eq!(written(&["/tmp/tool-1f3a9c/x"]), ["/tmp/tool-1f3a9c/x"]);
        assert_eq!(written(&["/tmp/ab"]), ["/tmp/ab"]);
        assert_eq!(written(&["/home/me/app/d.json", "/home/me/app/d.json.tmp-12"]), ["/home/me/app/d.json*"]);
    }
}
