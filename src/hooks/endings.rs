//! Ends a guarded call. Results and errors name paths as the caller did. permit notes the descriptors
//! that the call gave, and gives up those that it held.

use crate::js::call::{Call, Native};
use crate::js::env::{Bytes, Env, HIDDEN};
use crate::js::value::{JsError, NOTHING, Value};
use crate::system::files::{self, OpenAccess};
use crate::system::{descriptors, opened};
use crate::thread::thread::Thread;

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

/// The thread that notes the descriptors which its calls give the program.
pub struct Opener {
    /// The thread.
    pub thread: &'static Thread,
    /// The owner that stands for the thread.
    pub owner: u32,
}

/// `opened(descriptor)`: a call gave the program a descriptor.
///
/// `opened(descriptor, path, flags)`: a request to open a file has ended. A program can reach the
/// request and tell it another number. So the number counts only if it leads to what was opened, or
/// to what the program may open.
pub struct Opened;

impl Native for Opened {
    type Data = Opener;

    fn run<'env>(call: &'env Call<'env>, opener: &'static Opener) -> Value<'env> {
        let env = call.env;
        let Some(descriptor) = call.arg(0).and_then(|descriptor| env.as_i32(descriptor)) else { return NOTHING };
        let is_own = match call.arg(1).filter(|path| !env.is_undefined(*path)) {
            None => true,
            Some(path) => {
                let mut bytes = Bytes::new();
                if !env.read_string(path, &mut bytes) {
                    bytes.extend_from_slice(&env.uint8_array(path).unwrap_or_default());
                }
                let flags = call.arg(2).and_then(|flags| env.as_i32(flags)).unwrap_or(0);
                opener.may_have_opened(descriptor, &bytes, flags)
            }
        };
        if is_own {
            opened::note(descriptor, opener.owner);
        }
        NOTHING
    }
}

impl Opener {
    fn may_have_opened(&self, descriptor: i32, path: &[u8], flags: i32) -> bool {
        if !descriptors::is_file(descriptor) {
            return !descriptors::is_internal(descriptor);
        }
        let mode = descriptors::access(descriptor);
        if flags & libc::O_ACCMODE == mode && descriptors::is_of_path(descriptor, files::path_of(path)) {
            return true;
        }
        if descriptors::is_internal(descriptor) {
            return false;
        }
        let Ok(place) = files::path_of_descriptor(descriptor) else { return false };
        OpenAccess::of_flags(mode).scopes().all(|scope| self.thread.lets_path_pass(scope, &place))
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
