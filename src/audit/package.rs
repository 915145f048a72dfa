//! Finds the package of a file. Returns none if that is uncertain: a wrong name is worse than none.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use crate::system::file_url::percent_decoded;

/// The most files in the cache.
const MAX_FILES: usize = 4096;
/// The most bytes of a `package.json` that is read.
const MAX_PACKAGE_JSON_BYTES: u64 = 4 << 20;
/// The most bytes of a package name, as npm has it.
const MAX_NAME_BYTES: usize = 214;

static KNOWN: Mutex<Option<FxHashMap<String, Option<String>>>> = Mutex::new(None);

/// Returns the package of a file, by the engine's name of the file.
pub fn of_file(name: &str) -> Option<String> {
    let mut known = KNOWN.lock();
    let known = known.get_or_insert_with(FxHashMap::default);
    if let Some(package) = known.get(name) {
        return package.clone();
    }
    if known.len() >= MAX_FILES {
        known.clear();
    }
    let path = path_of(name);
    let package = path.and_then(|path| Some(with_version(Path::new(OsStr::from_bytes(&path)))?.0));
    known.insert(name.to_owned(), package.clone());
    package
}

/// Returns the path in the engine's name of a file: a path, a `file:` URL, the place of an `eval`.
fn path_of(name: &str) -> Option<Vec<u8>> {
    let name = match name.strip_prefix("eval at ") {
        // `f (eval at g (/x.js:1:2), <anonymous>:3:4)`: the innermost place is a file.
        Some(origin) => {
            let place = origin.rsplit_once('(')?.1.split_once(')')?.0;
            let (place, _) = place.rsplit_once(':')?;
            place.rsplit_once(':')?.0
        }
        None => name,
    };
    let path = match name.strip_prefix("file://") {
        Some(url) => percent_decoded(url.split(['?', '#']).next()?.as_bytes())?,
        None => name.as_bytes().to_vec(),
    };
    path.starts_with(b"/").then_some(path)
}

/// Returns name and version of the package of a file. In `node_modules` the package is the folder
/// there, under the name in its `package.json`, whatever other `package.json` lies inside.
/// Elsewhere the nearest `package.json` decides.
pub fn with_version(file: &Path) -> Option<(String, Option<String>)> {
    let parts: Vec<Component<'_>> = file.components().collect();
    let Some(modules) = parts.iter().rposition(|part| part.as_os_str() == "node_modules") else {
        return file.ancestors().skip(1).find_map(name_in);
    };
    let below = |at: usize| parts.get(modules + at).and_then(|part| part.as_os_str().to_str());
    let first = below(1)?;
    let names = match first {
        // Tools keep files of their own there, for example what they compiled for the project.
        _ if first.starts_with('.') => {
            let folder: PathBuf = parts[..modules].iter().collect();
            return with_version(&folder.join("file"));
        }
        _ if first.starts_with('@') => 2,
        _ => 1,
    };
    // The last component is the file itself.
    if parts.len() <= modules + names + 1 {
        return None;
    }
    let folder: PathBuf = parts[..=modules + names].iter().collect();
    let name = if names == 2 { format!("{first}/{}", below(2)?) } else { first.to_owned() };
    // `package.json` inside of an archive cannot be read.
    name_in(&folder).or(Some((name, None)))
}

/// Returns name and version of the package in a folder. Skips a `package.json` without a name: it
/// only sets the module type of the files below it.
fn name_in(folder: &Path) -> Option<(String, Option<String>)> {
    let path = folder.join("package.json");
    if !fs::metadata(&path).is_ok_and(|found| found.is_file() && found.len() <= MAX_PACKAGE_JSON_BYTES) {
        return None;
    }
    let text = fs::read(path).ok()?;
    let package: serde_json::Value = serde_json::from_slice(&text).ok()?;
    let text = |key: &str| package.get(key)?.as_str().filter(|text| text.len() <= MAX_NAME_BYTES).map(str::to_owned);
    Some((text("name").filter(|name| !name.is_empty())?, text("version")))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{of_file, path_of};

    #[track_caller]
    fn path(name: &str, expected: Option<&str>) {
        let found = path_of(name).map(|path| String::from_utf8_lossy(&path).into_owned());
        assert_eq!(found.as_deref(), expected, "{name}");
    }

    #[test]
    fn a_file_has_many_names() {
        path("/a/x.js", Some("/a/x.js"));
        path("/a/100%25.js", Some("/a/100%25.js"));
        path("file:///a%20b/x.mjs", Some("/a b/x.mjs"));
        path("file:///a/%C3%A9.mjs?v=1#x", Some("/a/é.mjs"));
        path("eval at f (/a/x.js:10:5)", Some("/a/x.js"));
        path("eval at f (eval at g (file:///a%20b/x.mjs:1:2), <anonymous>:3:4)", Some("/a b/x.mjs"));
        path("file:///%zz", Some("/%zz"));
        for nowhere in ["[eval]", "eval at [eval]:1:1", "data:text/javascript,1", "file://host/x", "webpack://x/y"] {
            path(nowhere, None);
        }
    }

    #[test]
    fn a_file_belongs_to_the_package_around_it() {
        let root = tempfile::tempdir().unwrap();
        let put = |at: &str, text: &str| {
            let path = root.path().join(at);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        put("package.json", r#"{"name":"app"}"#);
        put("dist/package.json", r#"{"type":"module"}"#);
        put("packages/lib/package.json", r#"{"name":"@app/lib"}"#);
        put("node_modules/a/package.json", r#"{"name":"a"}"#);
        put("node_modules/a/esm/package.json", r#"{"name":"not-this","type":"module"}"#);
        put("node_modules/alias/package.json", r#"{"name":"real"}"#);
        put("node_modules/@s/b/package.json", r#"{"name":"@s/b"}"#);
        put("node_modules/broken/package.json", "{");
        put("node_modules/.pnpm/c@1.0.0/node_modules/c/package.json", r#"{"name":"c"}"#);
        for (file, package) in [
            ("main.js", Some("app")),
            ("dist/bundle.js", Some("app")),
            ("packages/lib/x.js", Some("@app/lib")),
            ("node_modules/a/x.js", Some("a")),
            ("node_modules/a/esm/x.js", Some("a")),
            ("node_modules/a/node_modules/d/x.js", Some("d")),
            ("node_modules/alias/x.js", Some("real")),
            ("node_modules/@s/b/lib/x.js", Some("@s/b")),
            ("node_modules/broken/x.js", Some("broken")),
            ("node_modules/.pnpm/c@1.0.0/node_modules/c/x.js", Some("c")),
            (".yarn/cache/e-npm-1.0.0.zip/node_modules/@s/e/x.js", Some("@s/e")),
            ("node_modules/.cache/tool/x.js", Some("app")),
            ("node_modules/a/node_modules/.cache/x.js", Some("a")),
            ("node_modules/file.js", None),
            ("node_modules/@s/file.js", None),
        ] {
            let path = root.path().join(file);
            assert_eq!(of_file(path.to_str().unwrap()).as_deref(), package, "{file}");
        }
    }
}
