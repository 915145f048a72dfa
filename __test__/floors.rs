//! Keeps the layout of `src`. A room uses the rooms below it and never one above. No files use each
//! other in a circle.
//!
//! The test reads the sources with `syn`. A file uses another if a `use`, a re-export, a full path
//! or `include_str!` in it leads there. The test follows a re-export to the file that defines the
//! name. It has no list of exceptions.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Item, UseTree};

/// The rooms, from the ground up. `lib.rs` stands above them all.
const ROOMS: [&str; 13] = [
    "policy", "config", "rollout", "system", "js", "audit", "sources", "process", "thread", "kernel", "hooks", "cli",
    "addon",
];

/// Where a name leads from one module.
#[derive(Debug, Clone)]
enum Name {
    /// An item of the module's own file.
    Item,
    /// A module inside.
    Module(Vec<String>),
    /// A `use`: the path, as it is written.
    Use(Vec<String>),
}

#[derive(Debug, Default)]
struct Module {
    file: PathBuf,
    names: BTreeMap<String, Vec<Name>>,
    /// The paths of `use …::*`.
    globs: Vec<Vec<String>>,
    /// The paths that the module names, each with its line.
    paths: Vec<(Vec<String>, usize)>,
    /// The files that it includes.
    includes: Vec<(PathBuf, usize)>,
}

/// A crate: modules by their path.
#[derive(Debug, Default)]
struct House {
    root: PathBuf,
    modules: BTreeMap<Vec<String>, Module>,
}

/// An arrow from a file to another, with a line where it starts.
type Arrows = BTreeMap<(PathBuf, PathBuf), usize>;

impl House {
    /// Reads a crate from its `lib.rs`.
    fn read(root: &Path) -> Self {
        let folder = root.parent().unwrap();
        let mut house = Self { root: folder.to_owned(), modules: BTreeMap::new() };
        house.read_file(root, Vec::new(), folder);
        house
    }

    fn read_file(&mut self, file: &Path, module: Vec<String>, folder: &Path) {
        let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self.read_items(file, module, folder, parsed.items);
    }

    fn read_items(&mut self, file: &Path, path: Vec<String>, folder: &Path, items: Vec<Item>) {
        let mut module = Module { file: file.to_owned(), ..Module::default() };
        for item in items {
            match item {
                Item::Use(item) => {
                    let line = item.use_token.span.start().line;
                    let mut leaves = Vec::new();
                    flatten(&item.tree, &mut Vec::new(), &mut leaves);
                    for (leaf, name) in leaves {
                        module.paths.push((leaf.clone(), line));
                        match name {
                            Some(name) => module.names.entry(name).or_default().push(Name::Use(leaf)),
                            None => module.globs.push(leaf),
                        }
                    }
                }
                Item::Mod(item) => {
                    let name = item.ident.to_string();
                    let inner = [path.clone(), vec![name.clone()]].concat();
                    module.names.entry(name.clone()).or_default().push(Name::Module(inner.clone()));
                    if let Some((_, items)) = item.content {
                        self.read_items(file, inner, &folder.join(&name), items);
                    } else {
                        let (file, folder) = find(&item.attrs, file, folder, &name);
                        self.read_file(&file, inner, &folder);
                    }
                }
                item => {
                    for name in defined(&item) {
                        module.names.entry(name).or_default().push(Name::Item);
                    }
                    scan(item.into_token_stream(), file, &mut module);
                }
            }
        }
        // Two variants of a module, one a platform, are one module.
        let known = self.modules.entry(path).or_default();
        if known.file.as_os_str().is_empty() {
            *known = module;
        } else {
            known.names.extend(module.names);
            known.paths.extend(module.paths);
            known.globs.extend(module.globs);
        }
    }

    /// Returns the file that defines what a path names, as it is written in a module.
    fn resolve(&self, from: &[String], path: &[String], depth: usize) -> Option<PathBuf> {
        let (first, mut rest) = path.split_first()?;
        let mut at = match first.as_str() {
            "crate" => Vec::new(),
            "self" => from.to_vec(),
            "super" => from.split_last()?.1.to_vec(),
            name => return self.follow(from, name, rest, depth),
        };
        while let Some((next, after)) = rest.split_first().filter(|(next, _)| *next == "super") {
            debug_assert_eq!(next, "super");
            at.pop();
            rest = after;
        }
        match rest.split_first() {
            None => self.modules.get(&at).map(|module| module.file.clone()),
            Some((name, rest)) => self.follow(&at, name, rest, depth),
        }
    }

    fn follow(&self, at: &[String], name: &str, rest: &[String], depth: usize) -> Option<PathBuf> {
        // A `use` of a crate's own name leads to itself.
        if depth > 16 {
            return None;
        }
        let module = self.modules.get(at)?;
        for found in module.names.get(name).into_iter().flatten() {
            let leads = match found {
                Name::Item => Some(module.file.clone()),
                Name::Module(inner) => match rest.split_first() {
                    None => self.modules.get(inner).map(|inner| inner.file.clone()),
                    Some((next, rest)) => self.follow(inner, next, rest, depth + 1),
                },
                Name::Use(path) => self.resolve(at, &[&path[..], rest].concat(), depth + 1),
            };
            if leads.is_some() {
                return leads;
            }
        }
        module
            .globs
            .iter()
            .find_map(|glob| self.resolve(at, &[&glob[..], &[name.to_owned()], rest].concat(), depth + 1))
    }

    /// Returns every use of another file.
    fn arrows(&self) -> Arrows {
        let mut arrows = Arrows::new();
        for (at, module) in &self.modules {
            let named = module.paths.iter().filter_map(|(path, line)| Some((self.resolve(at, path, 0)?, *line)));
            for (file, line) in named.chain(module.includes.iter().cloned()) {
                if file != module.file && file.starts_with(&self.root) {
                    arrows.entry((module.file.clone(), file)).or_insert(line);
                }
            }
        }
        arrows
    }
}

/// Lists the leaves of a `use`: the whole path, and the name that it gets here, or `None` for `*`.
fn flatten(tree: &UseTree, before: &mut Vec<String>, leaves: &mut Vec<(Vec<String>, Option<String>)>) {
    let whole = |last: &syn::Ident, before: &[String]| match last.to_string().as_str() {
        "self" => before.to_vec(),
        last => [before, &[last.to_owned()]].concat(),
    };
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            flatten(&path.tree, before, leaves);
            before.pop();
        }
        UseTree::Name(name) => {
            let path = whole(&name.ident, before);
            leaves.push((path.clone(), path.last().cloned()));
        }
        UseTree::Rename(name) => leaves.push((whole(&name.ident, before), Some(name.rename.to_string()))),
        UseTree::Glob(_) => leaves.push((before.clone(), None)),
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, before, leaves)),
    }
}

/// Returns the file of `mod name;`, and the folder of the modules inside.
fn find(attrs: &[syn::Attribute], file: &Path, folder: &Path, name: &str) -> (PathBuf, PathBuf) {
    let named = attrs.iter().find(|attr| attr.path().is_ident("path")).map(|attr| match &attr.meta {
        syn::Meta::NameValue(pair) => pair.value.to_token_stream().to_string().trim_matches('"').to_owned(),
        _ => panic!("{}: a path attribute without a path", file.display()),
    });
    if let Some(named) = named {
        let found = file.parent().unwrap().join(named);
        return (found.clone(), found.with_extension(""));
    }
    let inside = folder.join(name);
    let flat = folder.join(format!("{name}.rs"));
    if flat.exists() { (flat, inside) } else { (inside.join("mod.rs"), inside) }
}

/// Returns the names that an item defines.
fn defined(item: &Item) -> Vec<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        Item::Macro(item) => {
            // A macro of this crate that defines items (`scopes! { … }`): each name in it may be one.
            return match &item.ident {
                Some(ident) => vec![ident.to_string()],
                None => identifiers(item.mac.tokens.clone()),
            };
        }
        _ => return Vec::new(),
    };
    vec![ident.to_string()]
}

fn identifiers(tokens: TokenStream) -> Vec<String> {
    let of = |token| match token {
        TokenTree::Ident(ident) => vec![ident.to_string()],
        TokenTree::Group(group) => identifiers(group.stream()),
        _ => Vec::new(),
    };
    tokens.into_iter().flat_map(of).collect()
}

/// Collects paths of two names or more, the `use` items in bodies, and included files.
fn scan(tokens: TokenStream, file: &Path, module: &mut Module) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Group(group) => scan(group.stream(), file, module),
            TokenTree::Ident(ident) if ident == "use" => {
                let end = (at..tokens.len()).find(|&end| is_punct(&tokens[end], ';')).unwrap_or(tokens.len() - 1);
                let text: TokenStream = tokens[at..=end].iter().cloned().collect();
                if let Ok(item) = syn::parse2::<syn::ItemUse>(text) {
                    let mut leaves = Vec::new();
                    flatten(&item.tree, &mut Vec::new(), &mut leaves);
                    module.paths.extend(leaves.into_iter().map(|(leaf, _)| (leaf, ident.span().start().line)));
                    at = end;
                }
            }
            // Data of the tests lies outside of the crate.
            TokenTree::Ident(ident) if ident == "include_str" || ident == "include_bytes" => {
                if let Some(TokenTree::Group(group)) = tokens.get(at + 2) {
                    let name = group.stream().to_string().trim_matches('"').to_owned();
                    module.includes.push((plain(&file.parent().unwrap().join(name)), ident.span().start().line));
                }
            }
            TokenTree::Ident(ident) => {
                let mut path = vec![ident.to_string()];
                while let [TokenTree::Punct(one), TokenTree::Punct(two), TokenTree::Ident(next), ..] = &tokens[at + 1..]
                    && one.as_char() == ':'
                    && two.as_char() == ':'
                {
                    path.push(next.to_string());
                    at += 3;
                }
                if path.len() > 1 {
                    module.paths.push((path, ident.span().start().line));
                }
            }
            _ => {}
        }
        at += 1;
    }
}

fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

/// Takes `..` out of a path.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => _ = plain.pop(),
            part => plain.push(part),
        }
    }
    plain
}

/// Returns the room of a file and its floor; `lib.rs` has the highest.
fn room(src: &Path, file: &Path) -> Result<usize, String> {
    let inside = file.strip_prefix(src).map_err(|_| format!("{} lies outside of src", file.display()))?;
    let name = inside.components().next().unwrap().as_os_str().to_str().unwrap();
    if name == "lib.rs" {
        return Ok(ROOMS.len());
    }
    let known = ROOMS.iter().position(|room| *room == name);
    known.ok_or_else(|| format!("{} is in no known room: add the room to the list, at its floor", inside.display()))
}

/// Returns a line for each arrow that runs up.
fn up(src: &Path, arrows: &Arrows) -> Vec<String> {
    let mut faults = BTreeSet::new();
    for ((from, to), line) in arrows {
        match (room(src, from), room(src, to)) {
            (Ok(low), Ok(high)) if high > low => {
                let shown = |file: &Path| file.strip_prefix(src).unwrap().display().to_string();
                faults.insert(format!("src/{}:{line} uses src/{}, which is above it", shown(from), shown(to)));
            }
            (Ok(_), Ok(_)) => {}
            (from, to) => faults.extend([from, to].into_iter().filter_map(Result::err)),
        }
    }
    faults.into_iter().collect()
}

/// Returns the circles: sets of files each of which leads to each other.
fn circles(arrows: &Arrows) -> Vec<BTreeSet<PathBuf>> {
    let mut next: BTreeMap<&Path, Vec<&Path>> = BTreeMap::new();
    for (from, to) in arrows.keys() {
        next.entry(from).or_default().push(to);
    }
    let reach = |start: &Path| {
        let mut seen = BTreeSet::new();
        let mut waiting = next.get(start).cloned().unwrap_or_default();
        while let Some(file) = waiting.pop() {
            if seen.insert(file) {
                waiting.extend(next.get(file).into_iter().flatten());
            }
        }
        seen
    };
    let reached: BTreeMap<&Path, BTreeSet<&Path>> = next.keys().map(|file| (*file, reach(file))).collect();
    let mut found = BTreeSet::new();
    for (file, there) in &reached {
        let back = there.iter().filter(|other| reached.get(*other).is_some_and(|there| there.contains(file)));
        let circle: BTreeSet<PathBuf> = back.map(|file| (*file).to_owned()).collect();
        if circle.len() > 1 {
            found.insert(circle);
        }
    }
    found.into_iter().collect()
}

/// Returns what ties a circle together, one line an arrow.
fn ties(src: &Path, arrows: &Arrows, circle: &BTreeSet<PathBuf>) -> String {
    let inside = arrows.iter().filter(|((from, to), _)| circle.contains(from) && circle.contains(to));
    let shown = |file: &Path| file.strip_prefix(src).unwrap_or(file).display().to_string();
    let lines = inside.map(|((from, to), line)| format!("  src/{}:{line} uses src/{}", shown(from), shown(to)));
    lines.collect::<Vec<_>>().join("\n")
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

#[test]
fn no_room_uses_one_above_it() {
    let faults = up(&src(), &House::read(&src().join("lib.rs")).arrows());
    assert!(faults.is_empty(), "{} arrows run up:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let arrows = House::read(&src().join("lib.rs")).arrows();
    let circles = circles(&arrows);
    let shown: Vec<String> = circles.iter().map(|circle| ties(&src(), &arrows, circle)).collect();
    assert!(circles.is_empty(), "{} circles:\n{}", circles.len(), shown.join("\n"));
}

#[test]
fn every_file_is_read() {
    let read: BTreeSet<PathBuf> =
        House::read(&src().join("lib.rs")).modules.into_values().map(|module| module.file).collect();
    let mut waiting = vec![src()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                assert!(read.contains(&path), "{} is no module", path.display());
            }
        }
    }
}

/// A small crate, by files and their text.
fn made(files: &[(&str, &str)]) -> (tempfile::TempDir, Arrows) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let arrows = House::read(&folder.path().join("lib.rs")).arrows();
    (folder, arrows)
}

#[test]
fn each_way_to_use_a_room_is_seen() {
    let ways = [
        "use crate::cli::run;",
        "use crate::cli::{self, run as start};",
        "use crate::cli::*; fn f() { run() }",
        "fn f() { crate::cli::run() }",
        "fn f() { super::super::cli::run() }",
        "fn f() { println!(\"{}\", crate::cli::run()) }",
        "fn f() { use crate::cli::run; run() }",
        "use super::again::run;",
        "mod inner { use super::super::super::cli::run; }",
        "pub use crate::cli::run;",
        "fn f(_: crate::cli::Kind) {}",
        "const TEXT: &str = include_str!(\"../cli/page.css\");",
    ];
    for way in ways {
        let files = [
            ("lib.rs", "mod cli; mod policy;"),
            ("cli/mod.rs", "pub fn run() {} pub struct Kind;"),
            ("cli/page.css", ""),
            ("policy/mod.rs", "mod low; mod again;"),
            ("policy/again.rs", "fn none() {}"),
            ("policy/low.rs", way),
        ];
        let files: Vec<_> = files
            .into_iter()
            .map(|(name, text)| match way {
                "use super::again::run;" if name == "policy/again.rs" => (name, "pub use crate::cli::run;"),
                _ => (name, text),
            })
            .collect();
        let (folder, arrows) = made(&files);
        let faults = up(folder.path(), &arrows);
        assert!(faults.iter().any(|fault| fault.starts_with("src/policy/low.rs:1 uses src/cli/")), "{way}: {faults:?}");
    }
}

#[test]
fn a_circle_is_seen_and_a_line_is_none() {
    let round = [
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "pub struct B; fn f(_: crate::c::C) {}"),
        ("c.rs", "pub use crate::a::A; pub struct C;"),
    ];
    assert_eq!(circles(&made(&round).1).len(), 1);
    let line = [round[0], round[1], round[2], ("c.rs", "pub struct C;")];
    assert_eq!(circles(&made(&line).1).len(), 0);
}
