//! Who made a call: advice for the one who reads a record, and no boundary. A program can pass for another. `callers.js` finds
//! the file, `package` the package that it belongs to.

use crate::audit::{log, package};
use crate::js::env::Env;
use crate::js::value::{JsError, Persistent, Value};

/// As many frames as a stack has (`callers.js` gives no more).
const FRAMES: u32 = 16;
/// No frame is longer, in characters.
const LONGEST_FRAME: usize = 512;

/// What is known of who made a call.
#[derive(Debug, Default)]
pub struct Caller {
    /// The name of the package.
    pub package: Option<String>,
    /// The stack, if records have one and there is one.
    pub stack: Option<Box<[String]>>,
}

/// What finds callers on one thread. It is there only where there is a log.
#[derive(Debug)]
pub struct CallerFinder {
    find: Persistent,
    attend: Persistent,
}

impl CallerFinder {
    /// Takes what it needs of JavaScript before the program runs: what `primordials.js` made, the symbol under which a handle
    /// of Node keeps the object it belongs to, `AsyncLocalStorage`, and what says whether a caller is wanted.
    pub fn capture(env: Env<'_>, [scripts, owner, storage, wants]: [Value<'_>; 4]) -> Result<Self, JsError> {
        let script = env.run(include_str!("callers.js"))?;
        let made = env.call_plain(script, &[scripts, owner, env.boolean(log::keeps_stacks())?, storage, wants])?;
        let of = |name: &str| -> Result<Persistent, JsError> { env.keep(env.get(made, name)?) };
        Ok(Self { find: of("find")?, attend: of("attend")? })
    }

    /// Notes from now on who asks for what Node does later: a module (`net`, `dgram`, `fs`), or the global object for
    /// `fetch`.
    pub fn attend(&self, env: Env<'_>, name: &str, module: Value<'_>) -> Result<(), JsError> {
        env.call_plain(self.attend.get(env)?, &[env.string(name)?, module]).map(|_| ())
    }

    /// Who makes the call that is asked about. `handle` is what it is a method of.
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
        let stack = (0..FRAMES).map_while(frame).map(|frame| cut(&frame)).collect();
        Ok(Caller { package, stack: Some(stack) })
    }
}

/// A frame without its middle, if it is long: what it is and where it is are at its ends.
fn cut(frame: &str) -> String {
    let length = frame.chars().count();
    if length <= LONGEST_FRAME {
        return frame.to_owned();
    }
    let begin: String = frame.chars().take(LONGEST_FRAME / 2).collect();
    let end: String = frame.chars().skip(length + 1 - LONGEST_FRAME / 2).collect();
    format!("{begin}…{end}")
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_FRAME, cut};

    #[test]
    fn a_long_frame_keeps_its_ends() {
        assert_eq!(cut("f (/x.js:1:2)"), "f (/x.js:1:2)");
        let long = cut(&format!("f (/{}/x.js:1:2)", "é".repeat(4096)));
        assert_eq!(long.chars().count(), LONGEST_FRAME);
        assert!(long.starts_with("f (/é") && long.contains('…') && long.ends_with("é/x.js:1:2)"));
    }
}
