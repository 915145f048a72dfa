//! The state of one guarded call. It reads the arguments that the guards of the row name, asks the
//! policy about them, and keeps the arguments for the original.
//!
//! The original gets the checked values: a private copy of a `Buffer`, the path of a `URL`, a plain
//! copy of an options object. No function that the program can replace takes part. This file does
//! not know how an error reaches the caller (`deliver`).

use std::borrow::Cow;

use smallvec::SmallVec;

use crate::hooks::tables::row::{Deliver, HookSpec, Target, Text};
use crate::js::call::Call;
use crate::js::env::Bytes;
use crate::js::value::{JsError, Value};
use crate::policy::links::LastLink;
use crate::policy::{Resource, Scope};
use crate::system::descriptors::Duplicate;
use crate::system::files;
use crate::thread::refusal::Refusal;
use crate::thread::thread::Thread;

/// The reason why a call does not proceed.
#[derive(Debug)]
pub enum Stop {
    /// The policy says no.
    Refused(Box<Refusal>),
    /// A JavaScript exception is pending, or the engine failed: the exception goes to the caller.
    Threw,
}

impl Stop {
    /// Returns the same refusal, which a callback gets on a later tick.
    pub(crate) fn later(self) -> Self {
        match self {
            Self::Refused(refusal) => Self::Refused(Box::new(Refusal { next_tick: true, ..*refusal })),
            Self::Threw => Self::Threw,
        }
    }
}

impl From<JsError> for Stop {
    fn from(_: JsError) -> Self {
        Self::Threw
    }
}

impl From<Box<Refusal>> for Stop {
    fn from(refusal: Box<Refusal>) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

/// A folder in which nothing is, and in which nobody can put something.
pub(crate) const MISSING: &[u8] = b"/proc/self/missing";

/// A file, and so no folder.
pub(crate) const NO_FOLDER: &[u8] = b"/dev/null";

/// The kind of a path argument.
pub(crate) enum Named {
    /// Its bytes are in the buffer.
    Path,
    /// It is no path of any kind. Public functions refuse it themselves.
    Other,
}

/// A path argument of a call that reaches more than the path itself.
#[derive(Clone)]
pub(crate) struct ResolvedPath {
    /// As the caller spelled it.
    pub raw: Vec<u8>,
    /// The lexical path, absolute.
    pub absolute: Vec<u8>,
    /// The absolute path without links, which the system uses.
    pub real: Vec<u8>,
}

/// A descriptor for a WASI object.
pub(crate) struct Given {
    /// The number by which the guest knows it.
    pub at: u32,
    /// The descriptor.
    pub own: Duplicate,
    /// The program may write the file.
    pub may_write: bool,
}

/// One guarded call on its way through the guards of its row.
pub struct Question<'a> {
    /// The call.
    pub call: &'a Call<'a>,
    /// The thread it was made on.
    pub thread: &'a Thread,
    row: &'a HookSpec,
    /// The arguments for the original, once one of them was replaced.
    pub(crate) rewritten: Option<Vec<Value<'a>>>,
    /// The working directory with a slash, once it made a relative path absolute.
    pub(crate) prefix: Option<Vec<u8>>,
    /// The paths that the original gets in place of others, each with the spelling of the caller.
    pub(crate) passed: Vec<(Vec<u8>, Vec<u8>)>,
    /// The descriptor that is held until the call has ended.
    pub(crate) held: Option<i32>,
    /// The descriptor that the call gets in the place of the number that the caller gave, and that
    /// number.
    pub(crate) duplicate: Option<(Duplicate, i32)>,
    /// The object that the call gives opens a file when the program uses it. By this text permit
    /// asks again.
    pub(crate) asked_again: Option<String>,
    /// The descriptors that a WASI object gets.
    pub(crate) given: Vec<Given>,
    /// The part of a script that the call does not run yet.
    pub(crate) rest: Option<String>,
    /// `SQLite` asks while the call runs.
    pub(crate) asks_engine: bool,
    /// The arguments that were read, as the caller spelled them.
    read: SmallVec<[(usize, Vec<u8>); 2]>,
    /// The path that the cache does not know: its argument and its bytes.
    missed: Option<(usize, Bytes)>,
    /// True if the result is a path that begins like the argument.
    pub(crate) gives_path: bool,
    /// True if the original checks its arguments before it uses them, as public functions do. A
    /// binding trusts its callers, so an argument that cannot be read is refused here.
    checks: bool,
}

/// Returns true if the function passes its path to the system unchanged, or if its result does not
/// name the path.
fn may_be_absolute(row: &HookSpec) -> bool {
    let binding = matches!(
        row.target,
        Target::Binding("fs") | Target::Internal("fs_dir") | Target::BindingClass("fs" | "fs_event_wrap", _)
    );
    row.runs_async || binding || row.absolute_on_workers
}

/// Returns true if a call runs later, on a thread that knows only the working directory of that
/// time.
pub(crate) fn is_later(row: &HookSpec, call: &Call<'_>) -> bool {
    match row.deliver {
        Deliver::Request(arg) => call.arg(arg).is_some_and(|request| !call.env.is_nullish(request)),
        Deliver::Job => true,
        _ => row.runs_async,
    }
}

impl<'a> Question<'a> {
    /// Starts the questions about a call.
    pub fn new(thread: &'a Thread, row: &'a HookSpec, call: &'a Call<'a>, missed: Option<(usize, Bytes)>) -> Self {
        Self {
            call,
            thread,
            row,
            rewritten: None,
            prefix: None,
            passed: Vec::new(),
            held: None,
            duplicate: None,
            asked_again: None,
            given: Vec::new(),
            rest: None,
            asks_engine: false,
            read: SmallVec::new(),
            missed,
            gives_path: false,
            checks: !matches!(row.target, Target::Binding(_) | Target::BindingClass(..) | Target::Internal("fs_dir")),
        }
    }
}

impl<'a> Question<'a> {
    /// Returns the descriptor of the handle whose method is called, or `None` if it has none yet.
    pub(crate) fn handle_descriptor(&self, row: &HookSpec) -> Option<i32> {
        let Target::BindingClass(_, class) = row.target else { return None };
        self.thread.primordials.handles.descriptor_of(self.call.env, class, self.call.this)
    }

    /// Returns true if the original checks its arguments itself, as public functions do.
    pub(crate) fn checks(&self) -> bool {
        self.checks
    }

    /// Returns true if the call runs later, on a thread that knows only the working directory of
    /// that time. Only some callers need to ask: an absolute path means the same later, if the call
    /// moves nothing.
    pub(crate) fn runs_later(&self) -> bool {
        is_later(self.row, self.call)
    }

    /// Returns true if the working directory may change before the original reads it. The original
    /// may run later, or another thread may change the directory.
    fn may_move(&self) -> bool {
        self.runs_later()
            || self.row.keeps_path
            || (!self.thread.thread_policy().is_process() && may_be_absolute(self.row))
    }

    /// Returns the argument as the original will get it.
    pub fn arg(&self, index: usize) -> Option<Value<'a>> {
        match &self.rewritten {
            Some(args) => args.get(index).copied(),
            None => self.call.arg(index),
        }
    }

    /// Returns the string in an argument, or an empty string for any other value.
    pub(crate) fn text(&self, index: usize) -> String {
        self.arg(index).and_then(|value| self.call.env.as_string(value)).unwrap_or_default()
    }

    /// Replaces an argument for the original.
    pub fn replace(&mut self, index: usize, value: Value<'a>) -> Result<(), Stop> {
        if self.call.count() > Call::MAX_READ {
            return Err(Refusal::unreadable("too many arguments").into());
        }
        let args = self.rewritten.get_or_insert_with(|| self.call.args().to_vec());
        *args.get_mut(index).ok_or(JsError)? = value;
        Ok(())
    }

    /// The number of a descriptor in an argument. The original refuses any other number.
    pub(crate) fn descriptor_number(&self, index: usize) -> Option<i32> {
        let given = self.arg(index)?;
        let number = self.call.env.as_number(given)?;
        let is_one = number.fract() == 0.0 && number >= 0.0 && number <= f64::from(i32::MAX);
        if is_one { self.call.env.as_i32(given) } else { None }
    }

    /// Replaces a path argument for the original.
    pub(crate) fn replace_path(&mut self, index: usize, path: &[u8]) -> Result<(), Stop> {
        self.replace(index, self.path_value(path)?)
    }

    /// Returns a path as a value: a string, or bytes that are no UTF-8.
    pub(crate) fn path_value(&self, path: &[u8]) -> Result<Value<'a>, JsError> {
        match std::str::from_utf8(path) {
            Ok(text) => self.call.env.string(text),
            Err(_) => self.call.env.buffer(path),
        }
    }

    /// Returns a path argument as the caller spelled it, if it was read.
    pub(crate) fn spelled(&self, index: usize) -> Option<Vec<u8>> {
        self.read.iter().find(|(at, _)| *at == index).map(|(_, spelled)| spelled.clone())
    }

    /// Replaces all arguments, and their number.
    pub fn replace_all(&mut self, args: Vec<Value<'a>>) {
        self.rewritten = Some(args);
    }

    /// Returns false only for the argument `false`.
    pub(crate) fn is_not_false(&self, arg: usize) -> bool {
        self.arg(arg).and_then(|value| self.call.env.as_bool(value)).unwrap_or(true)
    }

    /// Returns true if the original converts any value to a number. The functions of files refuse
    /// such a value.
    pub(crate) fn converts_numbers(&self) -> bool {
        self.row.target != Target::Binding("fs")
    }

    /// Asks for a whole scope. `resource` is only the name in the refusal.
    pub fn whole(&self, scope: Scope, resource: &str) -> Result<(), Stop> {
        self.thread.check(scope, &Resource::Nothing, resource).map_err(Stop::from)
    }

    /// As [`Question::read_path`], for text that is no path from the working directory.
    pub(crate) fn read_text(&mut self, index: usize, bytes: &mut Bytes) -> Result<Named, Stop> {
        self.read(index, bytes, false)
    }

    /// Reads a path argument into `bytes`, and makes sure that the original gets those bytes. If
    /// the working directory may change, a relative path becomes absolute.
    pub(crate) fn read_path(&mut self, index: usize, bytes: &mut Bytes) -> Result<Named, Stop> {
        self.read(index, bytes, true)
    }

    fn read(&mut self, index: usize, bytes: &mut Bytes, is_path: bool) -> Result<Named, Stop> {
        if let Some((_, spelled)) = self.read.iter().find(|(at, _)| *at == index) {
            bytes.extend_from_slice(spelled);
            return Ok(self.kind_of(bytes));
        }
        if !self.convert_path(index, bytes, is_path)? {
            return Ok(Named::Other);
        }
        self.read.push((index, bytes.to_vec()));
        Ok(self.kind_of(bytes))
    }

    /// Reads an argument, and gives the original the value that was read. Returns false for a value
    /// that is no path of any kind.
    fn convert_path(&mut self, index: usize, bytes: &mut Bytes, is_path: bool) -> Result<bool, Stop> {
        let env = self.call.env;
        let Some(value) = self.arg(index) else { return Ok(false) };
        let is_read = match &self.missed {
            Some((at, path)) if *at == index => {
                bytes.extend_from_slice(path);
                true
            }
            _ => env.read_string(value, bytes),
        };
        if is_read {
            if is_path && let Some(absolute) = self.made_absolute(bytes)? {
                let absolute = env.string(&String::from_utf8_lossy(&absolute))?;
                self.replace(index, absolute)?;
            }
            return Ok(true);
        }
        if let Some(copy) = env.uint8_array(value) {
            // The original would convert the array to a string by a method that the program can
            // replace. So it gets a string.
            let text = self.row.text.filter(|_| !copy.contains(&0));
            let copy = match text {
                Some(text) => self.text_of(value, &copy, text)?.into_bytes(),
                None => copy,
            };
            bytes.extend_from_slice(&copy);
            let absolute = if is_path { self.made_absolute(bytes)? } else { None };
            let used = absolute.unwrap_or(copy);
            let private = if text.is_some() {
                env.string(&String::from_utf8_lossy(&used))?
            } else {
                self.thread.primordials.private_copy(value, &used)?
            };
            self.replace(index, private)?;
            return Ok(true);
        }
        if !env.is_object(value) {
            return Ok(false);
        }
        // A URL, or an object that Node takes for one. Node's own conversion reads it once, and its
        // result is used.
        let path = self.thread.primordials.path_of_url(value)?;
        if !env.read_string(path, bytes) {
            return Err(Refusal::unreadable("a path that is no string, Uint8Array or URL").into());
        }
        self.replace(index, path)?;
        Ok(true)
    }

    /// Returns the string that the original would make of an array.
    fn text_of(&self, array: Value<'_>, bytes: &[u8], text: Text) -> Result<String, Stop> {
        if text == Text::Numbers && self.thread.primordials.is_plain_uint8_array(array)? {
            let numbers: Vec<String> = bytes.iter().map(u8::to_string).collect();
            return Ok(numbers.join(","));
        }
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }

    /// Returns the absolute path for the original, if the original would resolve a relative path
    /// later. The kernel reads the part after the working directory as it would read the relative
    /// path.
    fn made_absolute(&mut self, raw: &[u8]) -> Result<Option<Vec<u8>>, Stop> {
        if matches!(raw.first(), None | Some(b'/')) || !self.may_move() {
            return Ok(None);
        }
        if self.prefix.is_none() {
            let here = files::working_directory().ok_or_else(|| Refusal::unreadable("a relative path from nowhere"))?;
            if std::str::from_utf8(&here).is_err() {
                // The original would get another text.
                return Err(Refusal::unreadable("a relative path from a folder whose name is no UTF-8").into());
            }
            self.prefix = Some(if here.ends_with(b"/") { here } else { [&here[..], b"/"].concat() });
        }
        Ok(Some(self.rooted(raw).into_owned()))
    }

    /// Refuses a relative path that native code resolves again, on a thread whose working directory
    /// another thread may change before.
    pub(crate) fn stays(&self, raw: &[u8]) -> Result<(), Stop> {
        let is_fixed = raw.first() == Some(&b'/') || self.thread.thread_policy().is_process();
        if is_fixed || self.thread.policy().has(Scope::Fs, &Resource::Nothing) {
            return Ok(());
        }
        Err(Refusal::unreadable("a relative path on a worker, where it may change its meaning: give an absolute one")
            .into())
    }

    /// Returns the path to ask about. If a relative path was made absolute, this is the absolute
    /// path, so that the working directory is read only once.
    pub(crate) fn rooted<'p>(&self, raw: &'p [u8]) -> Cow<'p, [u8]> {
        match &self.prefix {
            Some(prefix) if !raw.is_empty() && !raw.starts_with(b"/") => Cow::Owned([&prefix[..], raw].concat()),
            _ => Cow::Borrowed(raw),
        }
    }

    /// Returns the kind of a text. No file has a name with a NUL; a public function reports that
    /// itself.
    pub(crate) fn kind_of(&self, bytes: &[u8]) -> Named {
        if self.checks && bytes.contains(&0) { Named::Other } else { Named::Path }
    }

    /// Answers for an argument that is no path of any kind.
    pub(crate) fn no_path(&self) -> Result<(), Stop> {
        if self.checks { Ok(()) } else { Err(Refusal::unreadable("a path that is no string or Uint8Array").into()) }
    }

    pub(crate) fn path(&mut self, index: usize, scope: Scope, last: LastLink) -> Result<(), Stop> {
        let mut bytes = Bytes::new();
        match self.read_path(index, &mut bytes)? {
            Named::Path => self.named(&bytes, scope, last),
            Named::Other => self.no_path(),
        }
    }

    /// Asks about a path that is no argument, or that was read from one.
    pub fn named_path(&self, raw: &[u8], scope: Scope) -> Result<(), Stop> {
        self.named(raw, scope, LastLink::Follow)
    }

    /// As `named_path`, for calls that follow a link in the last component, and for calls that do
    /// not.
    pub(crate) fn named(&self, raw: &[u8], scope: Scope, last: LastLink) -> Result<(), Stop> {
        // The row above has decided, and passed this on so that the call fails (`pass_on.rs`).
        let is_below = |folder: &[u8]| raw.strip_prefix(folder).is_some_and(|below| below.starts_with(b"/"));
        if self.row.is_job && (is_below(MISSING) || is_below(NO_FOLDER)) {
            return Ok(());
        }
        match self.rooted(raw) {
            // The cache was asked already, and does not know this path.
            Cow::Borrowed(raw) if self.missed.is_some() => self.thread.check_path_as(scope, raw, raw, last),
            Cow::Borrowed(raw) => self.thread.check_path(scope, raw, last),
            Cow::Owned(path) => self.thread.check_path_as(scope, &path, raw, last),
        }
        .map_err(Stop::from)
    }

    pub(crate) fn working_directory(&self, scope: Scope) -> Result<(), Stop> {
        let here = files::working_directory().ok_or_else(|| Refusal::of(scope, "."))?;
        self.named_path(&here, scope)
    }

    /// Returns the path of an argument in all its forms.
    pub(crate) fn absolute(&mut self, index: usize, last: LastLink) -> Result<Option<ResolvedPath>, Stop> {
        let mut raw = Bytes::new();
        if matches!(self.read_path(index, &mut raw)?, Named::Other) {
            return Ok(None);
        }
        let nul = || Refusal::unreadable("a path with a NUL byte");
        let path = self.rooted(&raw);
        let absolute = files::absolute(&path).ok_or_else(nul)?;
        let real = self
            .thread
            .decisions
            .real_path(&path, last)
            .ok_or_else(|| Refusal::unreadable("a path that leads where permit cannot see"))?;
        Ok(Some(ResolvedPath { raw: raw.into_vec(), absolute, real }))
    }
}
