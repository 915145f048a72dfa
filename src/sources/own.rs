//! What permit itself is made of, and the names under which a start would look for a policy or for permit.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::policy::links::{LastLink, walk_noting};
use crate::system::files::System;

/// permit's own files: readable for whoever imports it, writable for nobody.
#[derive(Debug)]
pub struct OwnFiles {
    /// Its files.
    pub files: Vec<Vec<u8>>,
    /// The folders of which all is permit's.
    pub folders: Vec<Vec<u8>>,
    /// The names under which `index.js` looks for a native library before it finds the one that is there.
    pub looked_for: Vec<Vec<u8>>,
}

impl OwnFiles {
    /// Those that belong to this preload.
    pub fn beside(preload: &str) -> Self {
        let mut found = Self { files: vec![preload.as_bytes().to_vec()], folders: Vec::new(), looked_for: Vec::new() };
        let Some(folder) = Path::new(preload).parent() else { return found };
        found.files.extend(["package.json", "index.d.ts"].map(|name| bytes(&folder.join(name))));
        found.files.extend(natives(folder).map(|path| bytes(&path)));
        // As an installed package the whole folder is permit's, and so are its siblings with the binaries.
        if folder.components().any(|part| part.as_os_str() == "node_modules") {
            found.folders.push(bytes(folder));
            found.looked_for.extend(package_names(folder));
            let siblings = folder.parent().and_then(|scope| fs::read_dir(scope).ok()).into_iter().flatten().flatten();
            for sibling in siblings.filter(|entry| entry.file_name().as_bytes().starts_with(b"permit-")) {
                found.files.extend(natives(&sibling.path()).map(|path| bytes(&path)));
                found.folders.push(bytes(&sibling.path()));
            }
        }
        found
    }

    /// What nobody may write: all of it, and what `index.js` would take for it.
    pub fn protected(&self) -> Vec<Vec<u8>> {
        [self.files.as_slice(), &self.folders, &self.looked_for].concat()
    }
}

/// The names by which a file is reached: as it is spelled, and again behind each link on the way there. Who changes one of
/// them leads the next start elsewhere.
pub fn names_on_the_way(path: &Path) -> Vec<Vec<u8>> {
    let mut names = vec![bytes(path)];
    walk_noting(&System, b"/", &names[0].clone(), LastLink::Follow, |link, rest| names.push([link, rest].concat()));
    names
}

/// The native libraries in a folder.
fn natives(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "node"))
}

/// The file that is used by itself where nothing else names a policy.
pub const DEFAULT_FILE: &str = "node.config.json";

/// The files that a start looks for by itself.
const DEFAULT_FILES: [&str; 3] = ["permit.config.json", "permit.config.jsonc", DEFAULT_FILE];

/// The packages that a start loads. One that is not there counts too: `index.js` asks for one library after the other.
const PACKAGES: [&str; 9] = [
    "permit",
    "permit-darwin-arm64",
    "permit-darwin-x64",
    "permit-linux-arm64-gnu",
    "permit-linux-arm64-musl",
    "permit-linux-x64-gnu",
    "permit-linux-x64-musl",
    "permit-win32-arm64-msvc",
    "permit-win32-x64-msvc",
];
/// What Node finds under the name of a package: a folder, or a file with one of these ends before that.
const ENDS: [&str; 6] = ["", ".js", ".json", ".node", ".cjs", ".mjs"];

/// The names under which the next start in one of these folders would look for a policy. A program that made one would give
/// itself a policy.
pub fn policy_names<'f>(folders: impl IntoIterator<Item = &'f Path>) -> impl Iterator<Item = Vec<u8>> {
    let names = |folder: &Path| DEFAULT_FILES.map(|name| bytes(&folder.join(name)));
    folders.into_iter().flat_map(names).collect::<Vec<_>>().into_iter()
}

/// The names under which a start in this folder would find permit: those of its packages, and of the command, in each
/// `node_modules` above.
pub fn package_names(folder: &Path) -> impl Iterator<Item = Vec<u8>> {
    let holders = folder.ancestors().filter(|above| above.file_name().is_none_or(|name| name != "node_modules"));
    holders.flat_map(|above| {
        let modules = above.join("node_modules");
        let names = PACKAGES.iter().flat_map(|package| ENDS.map(|end| format!("@org/{package}{end}")));
        let commands = ["", ".cmd", ".ps1"].map(|end| format!(".bin/permit{end}"));
        names.chain(commands).map(|name| bytes(&modules.join(name))).collect::<Vec<_>>()
    })
}

fn bytes(path: &Path) -> Vec<u8> {
    path.as_os_str().as_bytes().to_vec()
}
