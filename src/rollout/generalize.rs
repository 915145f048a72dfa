//! Generalizes many paths to few grants that are no wider than a person would sign.
//!
//! A folder stands for its entries if a program reads a whole package, reads several entries of a
//! folder of the project, or writes several files into a folder. Outside of the project, packages
//! and the folder for temporary files nothing is generalized. A folder is not generalized either if
//! it holds a possible secret that the program did not ask for. A folder that a program only lists
//! is granted without its entries.

use std::collections::{BTreeMap, BTreeSet};

use super::MAX_ENTRIES;
use super::observations::Usage;
use super::secrets::{self, looks_secret};
use crate::config::Tokens;
use crate::policy::Files;

/// The file system, as generalizing reads it.
pub trait Folders: Files {
    /// Returns the names in a directory, or `None` if it cannot be read.
    fn names(&self, directory: &[u8]) -> Option<Vec<String>>;
}

/// How much a grant covers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum GrantForm {
    /// The path.
    Exact,
    /// A directory without its entries.
    DirectoryOnly,
    /// An existing directory with everything below it.
    Tree,
    /// A directory with everything below it, whether it exists or not.
    FutureTree,
    /// Every path with this beginning.
    Prefix,
    /// Files that differ in their endings only: these endings. The path stops in front of the last
    /// dot.
    Endings(Vec<String>),
}

/// A grant of paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneralizedPath {
    /// The absolute path, or its beginning.
    pub path: String,
    /// How much the grant covers.
    pub form: GrantForm,
    /// How many observed paths it covers.
    pub paths: usize,
    /// The packages that asked for them.
    pub packages: BTreeSet<String>,
}

/// The folders that limit generalizing.
#[derive(Debug, Clone)]
pub struct FoldLimits {
    /// The project, unless it holds other folders of this list.
    project: Option<String>,
    home: Option<String>,
    tmp: Option<String>,
    cwd: Option<String>,
}

/// The fewest packages that become a grant of all packages.
const MIN_PACKAGES: usize = 6;
/// The fewest entries of a folder of the project that become a grant of the folder for reading.
const MIN_READ: usize = 3;
/// The same for writing.
const MIN_WRITTEN: usize = 2;

impl FoldLimits {
    /// Takes the folders from the tokens.
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

    /// Returns true if a folder may stand for its entries in a grant to read.
    fn may_generalize_read(&self, path: &str) -> bool {
        let below = |place: &Option<String>| place.as_ref().is_some_and(|place| is_below(path, place));
        (below(&self.project) || below(&self.tmp))
            && !self.all().any(|place| is_at_or_below(place, path))
            && !self.is_private(path)
    }

    /// Returns true if a folder may stand for its entries in a grant to write. A tool's own folder
    /// below the home may, too.
    fn may_generalize_written(&self, path: &str) -> bool {
        let own =
            self.home.as_ref().is_some_and(|home| is_below(path, home) && path[home.len()..].matches('/').count() > 1);
        self.may_generalize_read(path)
            || (own && !self.all().any(|place| is_at_or_below(place, path)) && !self.is_private(path))
    }

    /// Returns true for a path in the home directory that holds keys or passwords.
    pub(super) fn is_private(&self, path: &str) -> bool {
        self.home.as_ref().is_some_and(|home| secrets::is_private(path, home))
    }
}

/// Returns true for a place and everything below it.
pub(super) fn is_at_or_below(path: &str, place: &str) -> bool {
    path == place || is_below(path, place)
}

fn is_below(path: &str, place: &str) -> bool {
    let rest = path.strip_prefix(place.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.len() > 1 && rest.starts_with('/'))
}

/// A name in the tree of observed paths.
#[derive(Default)]
struct TreeNode {
    below: BTreeMap<String, TreeNode>,
    access: Option<PathAccess>,
}

#[derive(Default, Clone)]
struct PathAccess {
    tree: bool,
    /// The path is the beginning of generated names.
    prefix: bool,
    paths: usize,
    packages: BTreeSet<String>,
}

/// The observed paths of one scope.
#[derive(Default)]
pub struct Paths {
    root: TreeNode,
}

/// The end of the template that a program passes to `mkdtemp`.
const TEMPLATE: &str = "XXXXXX";

/// Returns the beginnings of names that are different in each run, among the paths that are
/// written.
pub fn generated_prefixes<'p>(written: impl Iterator<Item = &'p str> + Clone, limits: &FoldLimits) -> BTreeSet<String> {
    let mut beginnings: BTreeSet<String> =
        written.clone().filter_map(|path| path.strip_suffix(TEMPLATE)).map(str::to_owned).collect();
    let all: BTreeSet<&str> = written.collect();
    for path in &all {
        let start = path.rfind('/').map_or(0, |at| at + 1);
        // A file that replaces the one beside it: `data.json.1234`, `data.json.tmp-ab12`.
        let beside = path[start..].char_indices().skip(1).map(|(at, _)| start + at).find(|&at| {
            let rest = &path[at..];
            let generated = rest.starts_with(['.', '-', '_', '~']) && rest.bytes().any(|byte| byte.is_ascii_digit());
            generated && all.contains(&path[..at])
        });
        // Names directly in the folder for temporary files are often generated.
        let temporary = || {
            let here = limits.tmp.as_deref() == Some(path[..start].trim_end_matches('/'));
            number_in(&path[start..]).filter(|at| here && *at >= 3).map(|at| start + at)
        };
        beginnings.extend(beside.or_else(temporary).map(|at| path[..at].to_owned()));
    }
    beginnings
}

/// Returns where a generated number begins: four digits or more, or a word of hexadecimal digits
/// with two decimal ones among them.
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
    /// Adds a path. `generated` are the beginnings of generated names.
    pub fn add(&mut self, path: &str, tree: bool, usage: &Usage, generated: &BTreeSet<String>) {
        let ends = path.char_indices().map(|(at, _)| at).chain([path.len()]);
        let beginning = ends.map(|at| &path[..at]).find(|beginning| generated.contains(*beginning));
        let mut node = &mut self.root;
        for name in beginning.unwrap_or(path).split('/').filter(|name| !name.is_empty()) {
            node = node.below.entry(name.to_owned()).or_default();
        }
        let access = node.access.get_or_insert_default();
        access.tree |= tree && beginning.is_none();
        access.prefix |= beginning.is_some();
        access.paths += 1;
        access.packages.extend(usage.packages.iter().cloned());
    }

    /// Returns the grants to read the paths. `filled` are the folders that the program fills.
    pub fn generalize_read(
        self,
        filled: &BTreeSet<String>,
        limits: &FoldLimits,
        folders: &dyn Folders,
    ) -> Vec<GeneralizedPath> {
        self.generalize(&Generalizer { filled: Some(filled), limits, folders })
    }

    /// Returns the grants to write the paths.
    pub fn generalize_written(self, limits: &FoldLimits, folders: &dyn Folders) -> Vec<GeneralizedPath> {
        self.generalize(&Generalizer { filled: None, limits, folders })
    }

    fn generalize(self, with: &Generalizer<'_>) -> Vec<GeneralizedPath> {
        let mut grants = with.node(&self.root, "");
        without_covered(&mut grants);
        let mut grants = by_endings(grants);
        grants.sort_by(|a, b| (&a.path, &a.form).cmp(&(&b.path, &b.form)));
        grants
    }
}

/// Drops the grants below a folder that is granted with everything below it.
fn without_covered(all: &mut Vec<GeneralizedPath>) {
    let whole = |grant: &&GeneralizedPath| matches!(grant.form, GrantForm::Tree | GrantForm::FutureTree);
    let trees: BTreeSet<String> = all.iter().filter(whole).map(|grant| grant.path.clone()).collect();
    all.retain(|grant| {
        let above = grant.path.match_indices('/').map(|(at, _)| &grant.path[..at]);
        !above.into_iter().any(|above| trees.contains(above))
    });
}

/// The fewest files with different endings that become one grant: programs search their settings
/// under several names.
const MIN_ENDINGS: usize = 3;

fn by_endings(all: Vec<GeneralizedPath>) -> Vec<GeneralizedPath> {
    let mut stems: BTreeMap<String, Vec<GeneralizedPath>> = BTreeMap::new();
    let mut kept = Vec::new();
    for grant in all {
        let stem = grant.path.rsplit_once('.').filter(|(stem, ending)| {
            let plain = !ending.is_empty() && ending.bytes().all(|byte| byte.is_ascii_alphanumeric());
            plain && grant.form == GrantForm::Exact && !stem.ends_with('/')
        });
        match stem.map(|(stem, _)| stem.to_owned()) {
            Some(stem) => stems.entry(stem).or_default().push(grant),
            None => kept.push(grant),
        }
    }
    for (stem, files) in stems {
        if files.len() < MIN_ENDINGS {
            kept.extend(files);
            continue;
        }
        let ending = |grant: &GeneralizedPath| grant.path[stem.len() + 1..].to_owned();
        kept.push(GeneralizedPath {
            form: GrantForm::Endings(files.iter().map(ending).collect()),
            paths: files.iter().map(|grant| grant.paths).sum(),
            packages: files.into_iter().flat_map(|grant| grant.packages).collect(),
            path: stem,
        });
    }
    kept
}

struct Generalizer<'a> {
    /// The folders that the program fills, for grants to read; `None` for grants to write.
    filled: Option<&'a BTreeSet<String>>,
    limits: &'a FoldLimits,
    folders: &'a dyn Folders,
}

impl Generalizer<'_> {
    /// Returns the grants for a node and everything below it.
    fn node(&self, node: &TreeNode, path: &str) -> Vec<GeneralizedPath> {
        let mut entries = 0;
        let mut all = Vec::new();
        for (name, child) in &node.below {
            let below = self.node(child, &format!("{path}/{name}"));
            entries += usize::from(!below.is_empty());
            all.extend(below);
        }
        let own = node.access.as_ref();
        if let Some(form) = self.as_folder(node, path, entries) {
            let mut grant = GeneralizedPath { path: root_or(path), form, paths: 0, packages: BTreeSet::new() };
            for part in all {
                grant.paths += part.paths;
                grant.packages.extend(part.packages);
            }
            if let Some(own) = own {
                grant.paths += own.paths;
                grant.packages.extend(own.packages.iter().cloned());
            }
            return vec![grant];
        }
        if let Some(own) = own {
            let path = root_or(path);
            let form = if own.prefix {
                GrantForm::Prefix
            } else if self.folders.is_dir(path.as_bytes()) || !node.below.is_empty() {
                GrantForm::DirectoryOnly
            } else {
                GrantForm::Exact
            };
            all.insert(0, GeneralizedPath { path, form, paths: own.paths, packages: own.packages.clone() });
        }
        all
    }

    /// Returns how a folder stands for its entries, or `None` if it does not.
    fn as_folder(&self, node: &TreeNode, path: &str, entries: usize) -> Option<GrantForm> {
        if node.access.as_ref().is_some_and(|own| own.tree) {
            return Some(GrantForm::FutureTree);
        }
        let enough = |many| entries >= if node.access.is_some() { 1 } else { many };
        let Some(filled) = self.filled else {
            let generalizes =
                enough(MIN_WRITTEN) && self.limits.may_generalize_written(path) && !self.holds_secrets(node, path);
            return generalizes.then_some(GrantForm::FutureTree);
        };
        if filled.contains(path) && !self.holds_secrets(node, path) {
            return Some(GrantForm::FutureTree);
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
            return Some(GrantForm::Tree);
        }
        if name == "node_modules" {
            return (packages(node) >= MIN_PACKAGES).then_some(GrantForm::Tree);
        }
        (enough(MIN_READ) && self.limits.may_generalize_read(path) && !self.holds_secrets(node, path))
            .then_some(GrantForm::Tree)
    }

    /// Returns true if a possible secret lies below a folder, and the program did not ask for it.
    fn holds_secrets(&self, node: &TreeNode, path: &str) -> bool {
        let mut left = MAX_ENTRIES;
        let mut places = vec![(path.to_owned(), Some(node))];
        while let Some((path, node)) = places.pop() {
            let Some(names) = self.folders.names(path.as_bytes()) else { continue };
            for name in names {
                if left == 0 {
                    return true;
                }
                left -= 1;
                let below = node.and_then(|node| node.below.get(&name));
                if below.is_none_or(|below| below.access.is_none()) && looks_secret(&name) {
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

/// Counts the packages in a `node_modules` folder.
fn packages(node: &TreeNode) -> usize {
    let count = |(name, child): (&String, &TreeNode)| if name.starts_with('@') { child.below.len() } else { 1 };
    node.below.iter().map(count).sum()
}

/// Returns true for a path whose last name is one of keys and passwords.
pub(super) fn is_secret(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name != ".git" && looks_secret(name))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::Timestamp;

    use super::{FoldLimits, Folders, GrantForm, Paths, Usage, generated_prefixes};
    use crate::config::Tokens;
    use crate::policy::Files;

    /// A file system of these paths, and the folders above them.
    struct FakeFolders(Vec<&'static str>);

    impl Files for FakeFolders {
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

    impl Folders for FakeFolders {
        fn names(&self, directory: &[u8]) -> Option<Vec<String>> {
            let place = String::from_utf8_lossy(directory).into_owned();
            let names = self.0.iter().filter(|path| super::is_below(path, &place));
            let names = names.filter_map(|path| path[place.len() + 1..].split('/').next().map(str::to_owned));
            Some(names.collect::<BTreeSet<_>>().into_iter().collect())
        }
    }

    fn limits() -> FoldLimits {
        let path = |text: &str| Some(text.as_bytes().to_vec());
        FoldLimits::new(&Tokens {
            project: path("/home/me/app"),
            home: path("/home/me"),
            tmp: path("/tmp"),
            cwd: path("/home/me/app"),
            checkout: None,
        })
    }

    fn usage() -> Usage {
        Usage { count: 1, packages: BTreeSet::new(), first: Timestamp::UNIX_EPOCH, last: Timestamp::UNIX_EPOCH }
    }

    fn paths(access: &[&str], generated: &BTreeSet<String>) -> Paths {
        let mut paths = Paths::default();
        for path in access {
            paths.add(path, false, &usage(), generated);
        }
        paths
    }

    /// Formats each grant as a policy has it.
    fn written_as(grant: Vec<super::GeneralizedPath>) -> Vec<String> {
        let written = |grant: super::GeneralizedPath| match grant.form {
            GrantForm::Exact => grant.path,
            GrantForm::DirectoryOnly => format!("{}/{{}}", grant.path.trim_end_matches('/')),
            GrantForm::Tree => format!("{}/", grant.path),
            GrantForm::FutureTree => format!("{}/*", grant.path),
            GrantForm::Prefix => format!("{}*", grant.path),
            GrantForm::Endings(endings) => format!("{}.{{{}}}", grant.path, endings.join(",")),
        };
        grant.into_iter().map(written).collect()
    }

    fn read(access: &[&str], there: &[&'static str]) -> Vec<String> {
        written_as(paths(access, &BTreeSet::new()).generalize_read(
            &BTreeSet::new(),
            &limits(),
            &FakeFolders(there.to_vec()),
        ))
    }

    fn written(access: &[&str]) -> Vec<String> {
        let generated = generated_prefixes(access.iter().copied(), &limits());
        written_as(paths(access, &generated).generalize_written(&limits(), &FakeFolders(Vec::new())))
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
        let access = ["/home/me/app/conf/.env", "/home/me/app/conf/a", "/home/me/app/conf/b"];
        assert_eq!(read(&access, &["/home/me/app/conf/.env"]), ["/home/me/app/conf/"]);
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
        let read = paths(&["/home/me/app/dist/a.js"], &BTreeSet::new()).generalize_read(
            &filled,
            &limits(),
            &FakeFolders(Vec::new()),
        );
        assert_eq!(written_as(read), ["/home/me/app/dist/*"]);
    }

    #[test]
    fn a_folder_that_is_filled_beside_a_secret_is_not_folded() {
        let two = ["/home/me/app/conf/a", "/home/me/app/conf/b"];
        for secret in ["/home/me/app/conf/.env", "/home/me/app/conf/deep/id_rsa"] {
            let there = FakeFolders(vec![secret]);
            assert_eq!(
                written_as(paths(&two, &BTreeSet::new()).generalize_written(&limits(), &there)),
                two,
                "{secret}"
            );
        }
        // A file that the program writes is no file that it reads.
        let made = ["/home/me/app/conf/a", "/home/me/app/conf/tls.key"];
        let there = FakeFolders(vec![made[1]]);
        assert_eq!(
            written_as(paths(&made, &BTreeSet::new()).generalize_written(&limits(), &there)),
            ["/home/me/app/conf/*"]
        );
        let filled = BTreeSet::from(["/home/me/app/conf".to_owned()]);
        let read = paths(&made[..1], &BTreeSet::new()).generalize_read(&filled, &limits(), &there);
        assert_eq!(written_as(read), made[..1]);
    }

    #[test]
    fn settings_that_are_looked_for_under_many_names_are_one_grant() {
        let access =
            ["/home/me/app/x.config.cjs", "/home/me/app/x.config.js", "/home/me/app/x.config.mjs", "/home/me/app/y.js"];
        assert_eq!(read(&access, &[]), ["/home/me/app/x.config.{cjs,js,mjs}", "/home/me/app/y.js"]);
        assert_eq!(read(&access[..2], &[]), access[..2]);
        let hidden = ["/home/me/app/.a", "/home/me/app/.b", "/home/me/app/.c"];
        assert_eq!(read(&hidden, &[]), hidden);
    }

    #[test]
    fn what_a_folder_covers_is_not_named_again() {
        let access = ["/tmp/tool", "/tmp/tool/a.json", "/tmp/tool/a.json.tmp-1"];
        assert_eq!(written(&access), ["/tmp/tool/*"]);
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
