//! What permit does when a call has ended. It names paths in results and errors as the caller did,
//! and gives up the descriptors that the call held.

use crate::js::call::{Call, Native};
use crate::js::env::{Env, HIDDEN};
use crate::js::value::{JsError, NOTHING, Value};
use crate::system::{descriptors, opened};

/// The paths that the original got in the place of others.
pub struct Renamed;

impl Renamed {
    /// Joins each path and what it stands for, in one text for `respell`. No path has a NUL.
    pub fn text(renamed: &[(&[u8], &[u8])]) -> String {
        let texts = renamed.iter().flat_map(|(passed, spelled)| [passed, spelled]);
        texts.map(|text| String::from_utf8_lossy(text)).collect::<Vec<_>>().join("\0")
    }

    fn pairs(text: &str) -> Vec<(&str, &str)> {
        let texts: Vec<&str> = text.split('\0').collect();
        texts.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
    }

    /// Returns a path as the caller would spell it. The path begins with what was passed, or is a
    /// folder above that.
    fn respelled(renamed: &[(&str, &str)], path: &str) -> Option<String> {
        renamed.iter().find_map(|(passed, spelled)| {
            if let Some(rest) = path.strip_prefix(passed) {
                return Some(format!("{spelled}{rest}"));
            }
            let below = passed.strip_prefix(path).filter(|below| below.starts_with('/'))?;
            spelled.strip_suffix(below).map(str::to_owned)
        })
    }
}

/// `respell(value, renamed, isPath)`: replaces the paths that the original got by those that the
/// caller gave ([`Renamed::text`]), in an error or in a path. Returns any other value unchanged.
pub struct Respell;

impl Native for Respell {
    type Data = ();

    fn run<'env>(call: &'env Call<'env>, (): &'static ()) -> Value<'env> {
        let Some(value) = call.arg(0) else { return NOTHING };
        let env = call.env;
        let renamed = call.arg(1).and_then(|renamed| env.as_string(renamed)).unwrap_or_default();
        let is_path = call.arg(2).and_then(|flag| env.as_bool(flag)).unwrap_or(false);
        // A failure here concerns only a text. The value itself is returned.
        respelled(env, value, &Renamed::pairs(&renamed), is_path).unwrap_or(value)
    }
}

fn respelled<'env>(
    env: Env<'env>,
    value: Value<'env>,
    renamed: &[(&str, &str)],
    is_path: bool,
) -> Result<Value<'env>, JsError> {
    if is_path {
        return match env.as_string(value).and_then(|path| Renamed::respelled(renamed, &path)) {
            Some(path) => env.string(&path),
            None => Ok(value),
        };
    }
    if !env.is_error(value) {
        return Ok(value);
    }
    for name in ["path", "dest"] {
        if env.has_own(value, name)?
            && let Some(path) = env.as_string(env.get(value, name)?)
            && let Some(path) = Renamed::respelled(renamed, &path)
        {
            env.put(value, name, env.string(&path)?)?;
        }
    }
    for name in ["message", "stack"] {
        if let Some(text) = env.as_string(env.get(value, name)?) {
            let named = renamed.iter().fold(text.clone(), |text, (passed, spelled)| {
                text.replace(&format!("'{passed}"), &format!("'{spelled}"))
            });
            if named != text {
                env.define(value, name, env.string(&named)?, HIDDEN)?;
            }
        }
    }
    Ok(value)
}

/// `release(descriptor)`: the call that held a descriptor has ended.
pub const RELEASE: fn(i32) = descriptors::release;

/// `opened(descriptor)`: a call gave the program a number beyond the table of the stand-ins.
pub struct Opened;

impl Native for Opened {
    type Data = u32;

    fn run<'env>(call: &'env Call<'env>, owner: &'static u32) -> Value<'env> {
        if let Some(descriptor) = call.arg(0).and_then(|descriptor| call.env.as_i32(descriptor)) {
            opened::note(descriptor, *owner);
        }
        NOTHING
    }
}

/// `adopt(descriptor)`: a `FileHandle` has a descriptor.
pub const ADOPT: fn(i32) = descriptors::adopt;

/// A function of JavaScript that acts on the number of a descriptor.
pub struct OnDescriptor;

impl Native for OnDescriptor {
    type Data = fn(i32);

    fn run<'env>(call: &'env Call<'env>, act: &'static fn(i32)) -> Value<'env> {
        if let Some(descriptor) = call.arg(0).and_then(|descriptor| call.env.as_i32(descriptor)) {
            act(descriptor);
        }
        NOTHING
    }
}

#[cfg(test)]
mod tests {
    use super::Renamed;

    #[test]
    fn a_path_is_spelled_as_the_caller_spelled_it() {
        let text = Renamed::text(&[(b"/a/b/c", b"x/../b/c"), (b"/home/", b"")]);
        let pairs = Renamed::pairs(&text);
        let of = |path: &str| Renamed::respelled(&pairs, path);
        assert_eq!(of("/a/b/c").as_deref(), Some("x/../b/c"));
        assert_eq!(of("/a/b/cXY").as_deref(), Some("x/../b/cXY"));
        assert_eq!(of("/a/b").as_deref(), Some("x/../b"));
        assert_eq!(of("/a"), Some("x/..".to_owned()));
        assert_eq!(of("/home/y").as_deref(), Some("y"));
        assert_eq!(of("/other"), None);
        assert!(Renamed::pairs("").is_empty());
    }
}
