//! Which package a call came from: advice for the one who reads a record, and no boundary. A program can pass for another.

use std::fs;
use std::path::Path;

use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use crate::addon::js::{Js, Value};

/// How many files are remembered.
const MOST: usize = 4096;

static KNOWN: Mutex<Option<FxHashMap<String, Option<String>>>> = Mutex::new(None);

/// The name in the nearest `package.json` above the first file outside Node on the stack. `site` is the function of
/// `captured.js`.
pub fn package(js: Js, site: Value) -> Option<String> {
    let file = js.undefined().and_then(|undefined| js.call(undefined, site, &[]));
    let Ok(file) = file else {
        js.take_exception();
        return None;
    };
    let file = js.as_string(file)?;
    let path = file.strip_prefix("file://").unwrap_or(&file);
    let mut known = KNOWN.lock();
    let known = known.get_or_insert_with(FxHashMap::default);
    if let Some(package) = known.get(path) {
        return package.clone();
    }
    if known.len() >= MOST {
        known.clear();
    }
    let package = above(Path::new(path)).map(|(name, _)| name);
    known.insert(path.to_owned(), package.clone());
    package
}

/// The name of the package that a file belongs to, and its version.
pub fn above(file: &Path) -> Option<(String, Option<String>)> {
    file.ancestors().skip(1).find_map(name_in)
}

/// The name of the package in a folder, and its version. A `package.json` without a name (it only says which kind of module
/// is below it) is passed over.
fn name_in(folder: &Path) -> Option<(String, Option<String>)> {
    let text = fs::read(folder.join("package.json")).ok()?;
    let package: serde_json::Value = serde_json::from_slice(&text).ok()?;
    let text = |key: &str| package.get(key)?.as_str().map(str::to_owned);
    Some((text("name")?, text("version")))
}
