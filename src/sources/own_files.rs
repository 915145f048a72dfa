//! permit's own files, and the names at which a start would look for a policy or for permit.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::policy::links::{LastLink, walk_noting};
use crate::system::files::System;

/// permit's own files, which every program that imports permit may read, and no program may write.
#[derive(Debug)]
pub struct OwnFiles {
    /// The files.
    pub files: Vec<Vec<u8>>,
    /// The directories that contain only files of permit.
    pub folders: Vec<Vec<u8>>,
    /// The names at which `index.js` looks for a native library before it finds the existing one.
    pub looked_for: Vec<Vec<u8>>,
}

impl OwnFiles {
    /// Finds the files that belong to this preload.
    pub fn beside(preload: &str) -> Self {
        let mut found = Self { files: vec![preload.as_bytes().to_vec()], folders: Vec::new(), looked_for: Vec::new() };
        let Some(folder) = Path::new(preload).parent() else { return found };
        found.files.extend(["package.json", "index.d.ts"].map(|name| bytes(&folder.join(name))));
        found.files.extend(natives(folder).map(|path| bytes(&path)));
        // The directory of an installed package belongs to permit, and so do the packages beside it
        // with the native libraries.
        if folder.components().any(|part| part.as_os_str() == "node_modules") {
            found.folders.push(bytes(folder));
            found.looked_for.extend(package_names(folder));
            let siblings = folder.parent().and_then(|scope| fs::read_dir(scope).ok()).into_iter().flatten().flatten();
            for sibling in siblings.filter(|entry| entry.file_name().as_bytes().starts_with(b"permit-")) {
                found.files.extend(natives(&sibling.path()).map(|path| bytes(&path)));
                found.folders.push(bytes(&sibling.path()));
            }
            found.add_unplugged(folder);
        }
        found
    }

    /// Adds the packages that Yarn Plug'n'Play has unpacked, each in a directory of its own
    /// (`.yarn/unplugged/@org-permit-…/node_modules/@org/permit`), and the files by which Yarn tells
    /// Node where packages are.
    fn add_unplugged(&mut self, folder: &Path) {
        let own = |name: &OsStr| name.as_bytes().starts_with(b"@org-permit-");
        let package = folder.ancestors().find(|above| above.file_name().is_some_and(own));
        let Some(unplugged) = package.and_then(Path::parent) else { return };
        let packages = fs::read_dir(unplugged).into_iter().flatten().flatten();
        for package in packages.filter(|entry| own(&entry.file_name())) {
            let members = fs::read_dir(package.path().join("node_modules/@org")).into_iter().flatten().flatten();
            self.files.extend(members.flat_map(|member| natives(&member.path())).map(|path| bytes(&path)));
        }
        // `index.js` takes a library from any directory of a fitting name in there.
        self.folders.push(bytes(unplugged));
        for above in unplugged.ancestors() {
            self.looked_for.extend(PNP_FILES.map(|name| bytes(&above.join(name))));
        }
    }

    /// Returns all that no program may write: the files, the directories, and the names at which
    /// `index.js` would take another file for permit's.
    pub fn protected(&self) -> Vec<Vec<u8>> {
        [self.files.as_slice(), &self.folders, &self.looked_for].concat()
    }
}

/// Returns the names of a file: as it is spelled, and one more for each link on the way. A program
/// that changed one of them would lead the next start to another file.
pub fn names_along_links(path: &Path) -> Vec<Vec<u8>> {
    let mut names = vec![bytes(path)];
    walk_noting(&System, b"/", &names[0].clone(), LastLink::Follow, |link, rest| names.push([link, rest].concat()));
    names
}

/// Returns the native libraries in a directory.
fn natives(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "node"))
}

/// The policy file that is used if no source names another one.
pub const DEFAULT_FILE: &str = "node.config.json";

/// The policy files that a start looks for if no source names one.
const DEFAULT_FILES: [&str; 3] = ["permit.config.json", "permit.config.jsonc", DEFAULT_FILE];

/// The packages that a start loads. A missing package is listed too, because `index.js` tries one
/// library after the other.
const PACKAGES: [&str; 5] =
    ["permit", "permit-linux-arm64-gnu", "permit-linux-arm64-musl", "permit-linux-x64-gnu", "permit-linux-x64-musl"];
/// The files that Yarn Plug'n'Play writes for a start of Node.
const PNP_FILES: [&str; 3] = [".pnp.cjs", ".pnp.data.json", ".pnp.loader.mjs"];
/// The endings of the files that Node finds by the name of a package. The empty one is a directory.
const EXTENSIONS: [&str; 6] = ["", ".js", ".json", ".node", ".cjs", ".mjs"];

/// Returns the names at which the next start in one of these directories would look for a policy. A
/// program that made such a file would give itself a policy.
pub fn policy_names<'f>(folders: impl IntoIterator<Item = &'f Path>) -> impl Iterator<Item = Vec<u8>> {
    let names = |folder: &Path| DEFAULT_FILES.map(|name| bytes(&folder.join(name)));
    folders.into_iter().flat_map(names).collect::<Vec<_>>().into_iter()
}

/// Returns the names at which a start in this directory would find permit: its packages and its
/// command in each `node_modules` above.
pub fn package_names(folder: &Path) -> impl Iterator<Item = Vec<u8>> {
    let holders = folder.ancestors().filter(|above| above.file_name().is_none_or(|name| name != "node_modules"));
    holders.flat_map(|above| {
        let modules = above.join("node_modules");
        let names = PACKAGES.iter().flat_map(|package| EXTENSIONS.map(|end| format!("@org/{package}{end}")));
        let commands = ["", ".cmd", ".ps1"].map(|end| format!(".bin/permit{end}"));
        names.chain(commands).map(|name| bytes(&modules.join(name))).collect::<Vec<_>>()
    })
}

fn bytes(path: &Path) -> Vec<u8> {
    path.as_os_str().as_bytes().to_vec()
}
