//! Finds the caller of a call, for readers of records. This is no security boundary: a program can
//! make itself look like another. `callers.js` finds the file, and `package` finds the package of
//! the file.

use crate::audit::{log, package};
use crate::js::env::Env;
use crate::js::value::{JsError, Persistent, Value};

/// The most frames of a stack (`callers.js` gives no more).
const MAX_FRAMES: u32 = 16;
/// The most characters of a frame.
const MAX_FRAME_CHARS: usize = 512;

/// The caller of a call, as far as it is known.
#[derive(Debug, Default)]
pub struct Caller {
    /// The name of the package.
    pub package: Option<String>,
    /// The stack, if records have stacks.
    pub stack: Option<Box<[String]>>,
}

/// Finds callers on one thread. A thread has it only if there is a reader of records.
#[derive(Debug)]
pub struct CallerFinder {
    find: Persistent,
    attend: Persistent,
}

impl CallerFinder {
    /// Captures its functions before the program runs. Needs the values of `primordials.js`, the
    /// symbol under which a handle of Node keeps its owner, `AsyncLocalStorage`, and the function
    /// that says whether a caller is wanted.
    pub fn capture(env: Env<'_>, [scripts, owner, storage, wants]: [Value<'_>; 4]) -> Result<Self, JsError> {
        let script = env.run(include_str!("callers.js"))?;
        let made = env.call_plain(script, &[scripts, owner, env.boolean(log::keeps_stacks())?, storage, wants])?;
        let of = |name: &str| -> Result<Persistent, JsError> { env.keep(env.get(made, name)?) };
        Ok(Self { find: of("find")?, attend: of("attend")? })
    }

    /// Starts to note the callers of operations that Node runs later. `module` is `net`, `dgram` or
    /// `fs`, or the global object for `fetch`.
    pub fn attend(&self, env: Env<'_>, name: &str, module: Value<'_>) -> Result<(), JsError> {
        env.call_plain(self.attend.get(env)?, &[env.string(name)?, module]).map(|_| ())
    }

    /// Finds the caller of the current call. `handle` is the receiver of the call.
    pub fn caller(&self, env: Env<'_>, handle: Option<Value<'_>>) -> Caller {
        let caller = self.find(env, handle);
        env.take_exception();
        caller.unwrap_or_default()
    }

    fn find(&self, env: Env<'_>, handle: Option<Value<'_>>) -> Result<Caller, JsError> {
        let undefined = env.undefined()?;
        let found = env.call_plain(self.find.get(env)?, &[handle.unwrap_or(undefined)])?;
        if !env.is_object(found) {
            return Ok(Caller::default());
        }
        let package = env.as_string(env.get(found, "file")?).and_then(|file| package::of_file(&file));
        let frames = env.get(found, "frames")?;
        if !env.is_object(frames) {
            return Ok(Caller { package, stack: None });
        }
        let frame = |index| env.element(frames, index).ok().and_then(|frame| env.as_string(frame));
        let stack = (0..MAX_FRAMES).map_while(frame).map(|frame| cut(&frame)).collect();
        Ok(Caller { package, stack: Some(stack) })
    }
}

/// Cuts the middle out of a long frame: the function and the place are at its ends.
fn cut(frame: &str) -> String {
    let length = frame.chars().count();
    if length <= MAX_FRAME_CHARS {
        return frame.to_owned();
    }
    let begin: String = frame.chars().take(MAX_FRAME_CHARS / 2).collect();
    let end: String = frame.chars().skip(length + 1 - MAX_FRAME_CHARS / 2).collect();
    format!("{begin}…{end}")
}

#[cfg(test)]
mod tests {
    use super::{MAX_FRAME_CHARS, cut};

    #[test]
    fn a_long_frame_keeps_its_ends() {
        assert_eq!(cut("f (/x.js:1:2)"), "f (/x.js:1:2)");
        let long = cut(&format!("f (/{}/x.js:1:2)", "é".repeat(4096)));
        assert_eq!(long.chars().count(), MAX_FRAME_CHARS);
        assert!(long.starts_with("f (/é") && long.contains('…') && long.ends_with("é/x.js:1:2)"));
    }
}
