//! What permit itself is made of.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// permit's own files: readable for whoever imports it, writable for nobody.
#[derive(Debug)]
pub struct OwnFiles {
    /// Its files.
    pub files: Vec<Vec<u8>>,
    /// The folders of which all is permit's.
    pub folders: Vec<Vec<u8>>,
}

impl OwnFiles {
    /// Those that belong to this preload.
    pub fn beside(preload: &str) -> Self {
        let bytes = |path: &Path| path.as_os_str().as_bytes().to_vec();
        let mut found = Self { files: vec![preload.as_bytes().to_vec()], folders: Vec::new() };
        let Some(folder) = Path::new(preload).parent() else { return found };
        found.files.extend(["package.json", "index.d.ts"].map(|name| bytes(&folder.join(name))));
        found.files.extend(natives(folder).map(|path| bytes(&path)));
        // As an installed package the whole folder is permit's, and so are its siblings with the binaries.
        if folder.components().any(|part| part.as_os_str() == "node_modules") {
            found.folders.push(bytes(folder));
            let siblings = folder.parent().and_then(|scope| fs::read_dir(scope).ok()).into_iter().flatten().flatten();
            for sibling in siblings.filter(|entry| entry.file_name().as_bytes().starts_with(b"permit-")) {
                found.files.extend(natives(&sibling.path()).map(|path| bytes(&path)));
                found.folders.push(bytes(&sibling.path()));
            }
        }
        found
    }
}

/// The native libraries in a folder.
fn natives(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "node"))
}
