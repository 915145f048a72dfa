//! From arguments to a decision: reads what a row's guards point at, asks the policy, and says whether the call
//! goes on, with which arguments, or is refused.
//!
//! What the original gets is what was checked: a `Buffer` is replaced by a private copy, a `URL` by the path it
//! named, an options object by a plain one. No function that the program can replace takes part. Nothing here
//! knows how an error reaches the caller (`deliver`).

use std::borrow::Cow;

use super::refusal::Refusal;
use super::table::{Deliver, Guard, Home, Row};
use super::thread::Thread;
use super::{listen, places, signals, spawn, worker};
use crate::js::env::{Bytes, Call, Failed, ORDINARY, Value};
use crate::policy::links::Last;
use crate::policy::{Resource, Scope};
use crate::system::descriptors;
use crate::system::files::{self, Access};

/// How a guarded call goes on.
#[derive(Debug)]
pub enum Answer {
    /// With the caller's own arguments.
    Go,
    /// With these arguments.
    With {
        /// The arguments.
        args: Vec<Value>,
        /// Gets the result and gives the one to return.
        after: Option<Value>,
        /// Gets what the original throws and gives what to throw.
        failed: Option<Value>,
        /// Hears that the original has returned or thrown.
        done: Option<Value>,
    },
}

/// Functions that see to what comes back from the original.
#[derive(Default)]
struct Ending {
    after: Option<Value>,
    failed: Option<Value>,
}

/// Why it does not go on.
#[derive(Debug)]
pub enum Stop {
    /// The policy says no.
    Refused(Box<Refusal>),
    /// A JavaScript exception is pending, or the engine failed: the exception goes to the caller.
    Threw,
}

impl Stop {
    fn later(self) -> Self {
        match self {
            Self::Refused(refusal) => Self::Refused(Box::new(Refusal { later: true, ..*refusal })),
            Self::Threw => Self::Threw,
        }
    }
}

impl From<Failed> for Stop {
    fn from(_: Failed) -> Self {
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

/// What a path argument turned out to be.
pub(super) enum Named {
    /// Its bytes are in the buffer.
    Path,
    /// Not a path of any kind; public functions refuse it themselves.
    Other,
}

/// A path argument of a call that reaches more than the path itself.
pub(super) struct Spelled {
    /// As the caller spelled it.
    pub raw: Vec<u8>,
    /// Absolute, by its letters alone.
    pub absolute: Vec<u8>,
    /// Absolute, without links: what the system works on.
    pub real: Vec<u8>,
}

/// One guarded call on its way through the guards of its row.
pub struct Question<'a> {
    /// The call.
    pub call: &'a Call,
    /// The thread it was made on.
    pub thread: &'a Thread,
    row: &'a Row,
    /// The arguments, once one of them had to be replaced.
    rewritten: Option<Vec<Value>>,
    /// The working directory with a slash, once a relative path was made absolute with it.
    pub(super) prefix: Option<Vec<u8>>,
    /// How the caller spelled the arguments that were made absolute.
    spelled: Vec<(usize, Vec<u8>)>,
    /// The result is a path that begins as the argument did.
    pub(super) gives_path: bool,
    /// The original checks its arguments itself before it uses them, as public functions do. A binding trusts its
    /// callers: what cannot be read there is refused here.
    checks: bool,
}

/// Asks all guards of a row.
pub fn ask(thread: &Thread, row: &Row, call: &Call) -> Result<Answer, Stop> {
    if is_remembered(thread, row, call) { Ok(Answer::Go) } else { thread.of(call.this, || ask_each(thread, row, call)) }
}

fn ask_each(thread: &Thread, row: &Row, call: &Call) -> Result<Answer, Stop> {
    let mut question = Question {
        call,
        thread,
        row,
        rewritten: None,
        prefix: None,
        spelled: Vec::new(),
        gives_path: false,
        checks: !matches!(row.home, Home::Binding(_) | Home::BindingClass(..) | Home::Inner("fs_dir")),
    };
    for guard in row.guards {
        question.guard(row, *guard)?;
    }
    let Ending { after, failed } = question.end(row)?;
    let done = question.done(row)?;
    // From here on the call goes on, or the change that was announced is never made and nothing is remembered.
    Ok(match question.rewritten {
        None if done.is_none() && after.is_none() => Answer::Go,
        None if call.count() > Call::MOST => return Err(Refusal::unreadable("too many arguments").into()),
        None => Answer::With { args: call.args().to_vec(), after, failed, done },
        Some(args) => Answer::With { args, after, failed, done },
    })
}

/// Is it remembered that what this call does is allowed? So it is of most calls: one absolute path, spelled as it was a
/// moment ago, and nothing that has to be seen to afterwards. Where the answer is no, all is asked.
#[inline]
fn is_remembered(thread: &Thread, row: &Row, call: &Call) -> bool {
    let reads = |last| Access { read: true, write: false, last };
    let writes = |last| Access { read: false, write: true, last };
    let ([guard], false) = (row.guards, row.moves) else { return false };
    let (arg, access) = match *guard {
        Guard::Read(arg) => (arg, reads(Last::Followed)),
        Guard::ReadItself(arg) => (arg, reads(Last::Itself)),
        Guard::Write(arg) => (arg, writes(Last::Followed)),
        Guard::WriteItself(arg) => (arg, writes(Last::Itself)),
        Guard::Open { path, flags } => match call.arg(flags).and_then(|flags| call.js.as_i32(flags)) {
            Some(flags) => (path, Access::of_flags(flags)),
            None => return false,
        },
        Guard::Use(arg, _) => {
            let descriptor = call.arg(arg).and_then(|value| call.js.as_i32(value));
            return !thread.held.is_given_less() && descriptor.is_some_and(|number| !descriptors::is_internal(number));
        }
        Guard::UseHandle(_) if !thread.held.is_given_less() => {
            let descriptor = thread.captured.natives.descriptor_of(call.js, "FileHandle", call.this);
            return descriptor.is_none_or(|number| !descriptors::is_internal(number));
        }
        _ => return false,
    };
    let mut path = Bytes::new();
    call.arg(arg).is_some_and(|value| call.js.read_string(value, &mut path)) && thread.remembers(access, &path)
}

/// Does the function hand its path to the system as it is, or does what it gives not tell?
fn names_at_once(row: &Row) -> bool {
    const PUBLIC: [&str; 5] = ["lstatSync", "readlinkSync", "realpathSync", "openAsBlob", "openAsBlobSync"];
    let binding =
        matches!(row.home, Home::Binding("fs") | Home::Inner("fs_dir") | Home::BindingClass("fs" | "fs_event_wrap", _));
    row.absolute || binding || PUBLIC.contains(&row.name)
}

impl Question<'_> {
    fn guard(&mut self, row: &Row, guard: Guard) -> Result<(), Stop> {
        match guard {
            Guard::Read(arg) => self.path(arg, Scope::FsRead, Last::Followed),
            Guard::Write(arg) => self.path(arg, Scope::FsWrite, Last::Followed),
            Guard::ReadItself(arg) => self.path(arg, Scope::FsRead, Last::Itself),
            Guard::ReadItselfLater(arg) if self.runs_later() => self.path(arg, Scope::FsRead, Last::Itself),
            Guard::ReadItselfLater(_) => Ok(()),
            Guard::Entry(arg) => self.entry(arg),
            Guard::Probe(arg) => self.probe(arg),
            Guard::LookUp(arg) => self.look_up(arg),
            Guard::WriteItself(arg) => self.path(arg, Scope::FsWrite, Last::Itself),
            Guard::ReadText(arg) => match self.arg(arg).and_then(|value| self.call.js.as_string(value)) {
                Some(text) => self.named_path(text.as_bytes(), Scope::FsRead),
                None => Ok(()),
            },
            Guard::ReadOr(arg, default) => match self.arg(arg) {
                Some(value) if !self.call.js.is_nullish(value) => self.path(arg, Scope::FsRead, Last::Followed),
                _ => self.named_path(default.as_bytes(), Scope::FsRead),
            },
            Guard::ReadTree(arg) => {
                self.read_tree(arg)?;
                self.read_behind_links(arg)
            }
            Guard::ReadTreeOption { path, options } => {
                self.settle_options(options)?;
                if self.recursive_option(options)? { self.read_tree(path) } else { Ok(()) }
            }
            Guard::CopyTree { source, target } => self.copy_tree(source, target),
            Guard::Remove { path, recursive } => self.remove(path, self.is_not_false(recursive)),
            Guard::RemoveOption { path, options } => {
                let recursive = self.recursive_option(options)?;
                self.remove(path, recursive).map_err(Stop::later)
            }
            Guard::CompileCache(arg) => self.compile_cache(arg),
            Guard::Open { path, flags } => self.open(path, flags),
            Guard::OpenOption { path, options, default } => self.open_option(path, options, default),
            Guard::MakeDirectory { path, recursive } => self.make_directory(path, recursive),
            Guard::Undenied { source, target } => self.undenied(source, target),
            Guard::NotKept(arg) => self.not_kept(arg),
            Guard::Mount(arg) => self.mount(arg),
            Guard::Temporary(arg) => self.temporary(arg),
            Guard::Link { target, path } => self.link(target, path),
            Guard::Descriptor(arg) => self.descriptor(arg),
            Guard::Use(arg, to) => self.descriptor_used(arg, to),
            Guard::UseHandle(to) => self.handle_used(to),
            Guard::Whole(scope, resource) => self.whole(scope, resource),
            Guard::Named(scope, arg) => self.whole(scope, &self.text(arg)),
            Guard::Never(what) => Err(Refusal::never(what).into()),
            Guard::NeverNative(arg) => Err(Refusal::of(Scope::Addon, &self.text(arg)).into()),
            Guard::Connect { address, port } => self.connect(address, port),
            Guard::Socket(scope, arg) => self.socket(scope, arg),
            Guard::Bind { address, port } => self.bind(address, port),
            Guard::Listen => listen::ask(self),
            Guard::BindDatagram => listen::ask_datagram(self),
            Guard::Accept => self.accept(row),
            Guard::Adopt(arg) => self.adopt(arg),
            Guard::Join(arg) => self.join(row, arg),
            Guard::Send => self.send(row),
            Guard::Resolve(arg) => self.resolve(row, arg).map(|_| ()),
            Guard::Addresses { request, name } => self.addresses(row, request, name),
            Guard::Worker { file, options } => worker::ask(self, file, options),
            Guard::Loader => worker::ask_loader(self),
            Guard::Spawn(arg) => spawn::ask(self, arg),
            Guard::Exec => spawn::ask_exec(self),
            Guard::Signal { process, signal } => signals::ask(self, process, signal),
            Guard::Library(arg) => self.library(arg),
            Guard::Store(arg) => self.store(arg),
            Guard::StoreOf(arg, property) => self.store_of(arg, property),
            Guard::Reopen => self.reopen(),
            Guard::Real(arg) => self.real(arg),
            Guard::ReportSetting => self.report_setting(row.name),
            Guard::Database { path, options } => self.database(path, options),
            Guard::DatabaseFile(arg) => {
                let mut raw = Bytes::new();
                match self.read_path(arg, &mut raw)? {
                    Named::Path => self.database_file(&raw, false),
                    Named::Other => Ok(()),
                }
            }
            Guard::Sql(arg) => self.sql(arg),
            Guard::Report(arg) => self.report(arg),
            Guard::Snapshot(arg) => self.snapshot(arg),
            Guard::TestRun(arg) => self.test_run(arg),
            Guard::Coverage => self.coverage(),
            Guard::StoreBelow => self.store_below(),
            Guard::Ended { limit, signal } => self.ended(limit, signal),
            Guard::Trace => self.named_path(b"node_trace.1.log", Scope::FsWrite),
            Guard::EngineFlags(arg) => self.engine_flags(arg),
            Guard::Wasi(arg) => self.wasi(arg),
            Guard::Preopens(arg) => self.preopens(arg),
        }
        .map_err(|stop| match stop {
            Stop::Refused(refusal) => Stop::Refused(Box::new(refusal.asked_by(row))),
            Stop::Threw => Stop::Threw,
        })
    }

    /// The name of the function.
    pub(super) fn row_name(&self) -> &'static str {
        self.row.name
    }

    /// Does the original check its arguments itself, as public functions do?
    pub(super) fn checks(&self) -> bool {
        self.checks
    }

    /// Does the call run later on its own, on a thread that knows only the working directory of that time? Asked where it
    /// matters: for an absolute path that moves nothing it does not.
    fn runs_later(&self) -> bool {
        match self.row.deliver {
            Deliver::Request(arg) => self.call.arg(arg).is_some_and(|request| !self.call.js.is_nullish(request)),
            Deliver::Job => true,
            _ => self.row.absolute,
        }
    }

    /// May the working directory be another one when the original runs: later, or on a thread beside the one that may
    /// change it?
    fn may_move(&self) -> bool {
        self.runs_later() || (!self.thread.held.is_process() && names_at_once(self.row))
    }

    /// The argument as the original will get it.
    pub fn arg(&self, index: usize) -> Option<Value> {
        match &self.rewritten {
            Some(args) => args.get(index).copied(),
            None => self.call.arg(index),
        }
    }

    /// The string in an argument; empty if it is none.
    pub(super) fn text(&self, index: usize) -> String {
        self.arg(index).and_then(|value| self.call.js.as_string(value)).unwrap_or_default()
    }

    /// Replaces an argument for the original.
    pub fn replace(&mut self, index: usize, value: Value) -> Result<(), Stop> {
        if self.call.count() > Call::MOST {
            return Err(Refusal::unreadable("too many arguments").into());
        }
        let args = self.rewritten.get_or_insert_with(|| self.call.args().to_vec());
        *args.get_mut(index).ok_or(Failed)? = value;
        Ok(())
    }

    /// Replaces all arguments, and their number.
    pub fn replace_all(&mut self, args: Vec<Value>) {
        self.rewritten = Some(args);
    }

    /// Returns false only for the argument `false`.
    fn is_not_false(&self, arg: usize) -> bool {
        self.arg(arg).and_then(|value| self.call.js.as_bool(value)).unwrap_or(true)
    }

    /// Does the original make a number of what is none? The functions of files refuse it.
    pub(super) fn converts_numbers(&self) -> bool {
        self.row.home != Home::Binding("fs")
    }

    /// Asks for a whole scope; `resource` is only what the refusal names.
    pub fn whole(&self, scope: Scope, resource: &str) -> Result<(), Stop> {
        self.thread.check(scope, &Resource::Nothing, resource).map_err(Stop::from)
    }

    /// [`Question::read_path`] for what is no path from the working directory.
    pub(super) fn read_text(&mut self, index: usize, bytes: &mut Bytes) -> Result<Named, Stop> {
        self.read(index, bytes, false)
    }

    /// Reads a path argument into `bytes` and makes sure that the original gets those very bytes. A relative path is made
    /// absolute where the working directory may move.
    pub(super) fn read_path(&mut self, index: usize, bytes: &mut Bytes) -> Result<Named, Stop> {
        self.read(index, bytes, true)
    }

    fn read(&mut self, index: usize, bytes: &mut Bytes, is_path: bool) -> Result<Named, Stop> {
        let js = self.call.js;
        if let Some((_, spelled)) = self.spelled.iter().find(|(at, _)| *at == index) {
            bytes.extend_from_slice(spelled);
            return Ok(self.kind_of(bytes));
        }
        let Some(value) = self.arg(index) else { return Ok(Named::Other) };
        if js.read_string(value, bytes) {
            if is_path && let Some(absolute) = self.made_absolute(index, bytes)? {
                let absolute = js.string(&String::from_utf8_lossy(&absolute))?;
                self.replace(index, absolute)?;
            }
            return Ok(self.kind_of(bytes));
        }
        if let Some(copy) = js.uint8_array(value) {
            bytes.extend_from_slice(&copy);
            let absolute = if is_path { self.made_absolute(index, bytes)? } else { None };
            let used = absolute.unwrap_or(copy);
            let private = self.thread.private_copy(value, &used)?;
            self.replace(index, private)?;
            return Ok(self.kind_of(bytes));
        }
        if !js.is_object(value) {
            return Ok(Named::Other);
        }
        // A URL, or an object that passes for one. Node's own conversion reads it once; what it made is used.
        let path = self.thread.path_of_url(value)?;
        if !js.read_string(path, bytes) {
            return Err(Refusal::unreadable("a path that is no string, Uint8Array or URL").into());
        }
        self.replace(index, path)?;
        Ok(self.kind_of(bytes))
    }

    /// The path as the original gets it where a relative one would be resolved later. The kernel reads what follows the
    /// working directory as it would have read the relative path.
    fn made_absolute(&mut self, index: usize, raw: &[u8]) -> Result<Option<Vec<u8>>, Stop> {
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
        self.spelled.push((index, raw.to_vec()));
        Ok(Some(self.rooted(raw).into_owned()))
    }

    /// The path that is asked about: where a relative one was made absolute, that one, so that the working directory is
    /// looked at once.
    pub(super) fn rooted<'p>(&self, raw: &'p [u8]) -> Cow<'p, [u8]> {
        match &self.prefix {
            Some(prefix) if !raw.is_empty() && !raw.starts_with(b"/") => Cow::Owned([&prefix[..], raw].concat()),
            _ => Cow::Borrowed(raw),
        }
    }

    /// Announces a change of where paths lead, and gives who is to hear that the original has returned.
    fn done(&self, row: &Row) -> Result<Option<Value>, Stop> {
        if !row.moves {
            return Ok(None);
        }
        let captured = &self.thread.captured;
        let done = if self.runs_later() { &captured.returned } else { &captured.settled };
        let done = done.get(self.call.js)?;
        places::changing();
        Ok(Some(done))
    }

    /// Sees to the end of the call: that what comes back from one with a path made absolute names the path as the caller
    /// did, and that one which moves links or directories is heard of when it has. A callback is replaced; for a
    /// promise it gives the function for the result.
    fn end(&mut self, row: &Row) -> Result<Ending, Stop> {
        let later = row.moves && self.runs_later();
        // What `realpathSync` gives and says is absolute anyway.
        if (self.prefix.is_none() && !later) || row.name == "realpathSync" {
            return Ok(Ending::default());
        }
        let js = self.call.js;
        let ended = self.thread.captured.ended.get(js)?;
        let undefined = js.undefined()?;
        let prefix = match &self.prefix {
            Some(prefix) => js.string(&String::from_utf8_lossy(prefix))?,
            None => undefined,
        };
        let results = js.boolean(self.gives_path)?;
        if !self.runs_later() {
            let after = js.call(undefined, js.get(ended, "result")?, &[prefix, results])?;
            let failed = js.call(undefined, js.get(ended, "error")?, &[prefix])?;
            return Ok(Ending { after: Some(after), failed: Some(failed) });
        }
        let done = if later { self.thread.captured.settled.get(js)? } else { undefined };
        let callback = |function: Value, done: Value, request: Value| -> Result<Value, Failed> {
            js.call(undefined, js.get(ended, "callback")?, &[function, prefix, results, done, request])
        };
        let replace = |object: Value, property: &str| -> Result<(), Failed> {
            let complete = js.get(object, property)?;
            if !js.is_function(complete) {
                return Ok(());
            }
            js.define(object, property, callback(complete, done, object)?, ORDINARY)
        };
        match row.deliver {
            Deliver::Request(arg) => {
                if let Some(request) = self.arg(arg).filter(|request| js.is_object(*request)) {
                    replace(request, "oncomplete")?;
                    return Ok(Ending::default());
                }
            }
            Deliver::Job => {
                replace(self.call.this, "ondone")?;
                return Ok(Ending::default());
            }
            Deliver::Callback => {
                let last = self.call.count().saturating_sub(1);
                if let Some(function) = self.arg(last).filter(|function| js.is_function(*function)) {
                    // No public function with a callback makes links or directories.
                    let wrapped = callback(function, undefined, undefined)?;
                    self.replace(last, wrapped)?;
                }
                return Ok(Ending::default());
            }
            _ => {}
        }
        let after = js.call(undefined, js.get(ended, "promise")?, &[prefix, results, done])?;
        Ok(Ending { after: Some(after), failed: None })
    }

    /// No file has a name with a NUL in it; a public function says so in its own words.
    pub(super) fn kind_of(&self, bytes: &[u8]) -> Named {
        if self.checks && bytes.contains(&0) { Named::Other } else { Named::Path }
    }

    /// An argument is no path of any kind.
    pub(super) fn no_path(&self) -> Result<(), Stop> {
        if self.checks { Ok(()) } else { Err(Refusal::unreadable("a path that is no string or Uint8Array").into()) }
    }

    pub(super) fn path(&mut self, index: usize, scope: Scope, last: Last) -> Result<(), Stop> {
        let mut bytes = Bytes::new();
        match self.read_path(index, &mut bytes)? {
            Named::Path => self.named(&bytes, scope, last),
            Named::Other => self.no_path(),
        }
    }

    /// Asks about a path that is not an argument, or has been read from one.
    pub fn named_path(&self, raw: &[u8], scope: Scope) -> Result<(), Stop> {
        self.named(raw, scope, Last::Followed)
    }

    /// The same for a call that does not follow a link in the last place, or does.
    pub(super) fn named(&self, raw: &[u8], scope: Scope, last: Last) -> Result<(), Stop> {
        match self.rooted(raw) {
            Cow::Borrowed(raw) => self.thread.check_path(scope, raw, last),
            Cow::Owned(path) => self.thread.check_path_as(scope, &path, raw, last),
        }
        .map_err(Stop::from)
    }

    pub(super) fn working_directory(&self, scope: Scope) -> Result<(), Stop> {
        let here = files::working_directory().ok_or_else(|| Refusal::of(scope, "."))?;
        self.named_path(&here, scope)
    }

    /// The path of an argument in all its forms.
    pub(super) fn absolute(&mut self, index: usize, last: Last) -> Result<Option<Spelled>, Stop> {
        let mut raw = Bytes::new();
        if matches!(self.read_path(index, &mut raw)?, Named::Other) {
            return Ok(None);
        }
        let nul = || Refusal::unreadable("a path with a NUL byte");
        let path = self.rooted(&raw);
        let absolute = files::absolute(&path).ok_or_else(nul)?;
        let real = self
            .thread
            .real(&path, last)
            .ok_or_else(|| Refusal::unreadable("a path that leads where permit cannot see"))?;
        Ok(Some(Spelled { raw: raw.into_vec(), absolute, real }))
    }
}
