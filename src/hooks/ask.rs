//! From arguments to a decision: reads what a row's guards point at, asks the policy, and says whether the call
//! goes on, with which arguments, or is refused.
//!
//! What the original gets is what was checked: a `Buffer` is replaced by a private copy, a `URL` by the path it
//! named, an options object by a plain one. No function that the program can replace takes part. Nothing here
//! knows how an error reaches the caller (`deliver`).

use std::path::Path;

use super::files;
use super::refusal::Refusal;
use super::sql;
use super::table::{Guard, Home, Row};
use super::thread::Thread;
use super::{listen, spawn, uri, worker};
use crate::addon::js::{Call, Failed, Value};
use crate::policy::path::Absolute;
use crate::policy::{Resource, Scope};

/// How a guarded call goes on.
#[derive(Debug)]
pub enum Answer {
    /// With the caller's own arguments.
    Go,
    /// With these arguments.
    With(Vec<Value>),
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
enum Named {
    /// Its bytes are in the buffer.
    Path,
    /// Not a path of any kind; public functions refuse it themselves.
    Other,
}

/// A path as the caller spelled it, and its absolute form.
type Spelled = (Vec<u8>, Vec<u8>);

/// One guarded call on its way through the guards of its row.
pub struct Question<'a> {
    /// The call.
    pub call: &'a Call,
    /// The thread it was made on.
    pub thread: &'a Thread,
    /// The arguments, once one of them had to be replaced.
    rewritten: Option<Vec<Value>>,
    /// The original checks its arguments itself before it uses them, as public functions do. A binding trusts its
    /// callers: what cannot be read there is refused here.
    checks: bool,
}

/// Asks all guards of a row.
pub fn ask(thread: &Thread, row: &Row, call: &Call) -> Result<Answer, Stop> {
    let checks = !matches!(row.home, Home::Binding(_) | Home::BindingClass(..));
    let mut question = Question { call, thread, rewritten: None, checks };
    for guard in row.guards {
        question.guard(row, *guard)?;
    }
    Ok(question.rewritten.map_or(Answer::Go, Answer::With))
}

impl Question<'_> {
    fn guard(&mut self, row: &Row, guard: Guard) -> Result<(), Stop> {
        match guard {
            Guard::Read(arg) => self.path(arg, Scope::FsRead),
            Guard::Write(arg) => self.path(arg, Scope::FsWrite),
            Guard::ReadText(arg) => match self.arg(arg).and_then(|value| self.call.js.as_string(value)) {
                Some(text) => self.named_path(text.as_bytes(), Scope::FsRead),
                None => Ok(()),
            },
            Guard::ReadOr(arg, default) => match self.arg(arg) {
                Some(value) if !self.call.js.is_nullish(value) => self.path(arg, Scope::FsRead),
                _ => self.named_path(default.as_bytes(), Scope::FsRead),
            },
            Guard::ReadTree(arg) => self.read_tree(arg),
            Guard::CopyTree { source, target } => self.copy_tree(source, target),
            Guard::Remove { path, recursive } => {
                let recursive = self.arg(recursive).and_then(|value| self.call.js.as_bool(value)).unwrap_or(true);
                self.remove(path, recursive)
            }
            Guard::RemoveOption { path, options } => {
                let recursive = self.recursive_option(options)?;
                self.remove(path, recursive).map_err(Stop::later)
            }
            Guard::CompileCache(arg) => self.compile_cache(arg),
            Guard::Open { path, flags } => self.open(path, flags),
            Guard::OpenOption { path, options, default } => self.open_option(path, options, default),
            Guard::MakeDirectory { path, recursive } => self.make_directory(path, recursive),
            Guard::Temporary(arg) => self.temporary(arg),
            Guard::Link { target, path } => self.link(target, path),
            Guard::Descriptor(arg) => self.descriptor(arg),
            Guard::Whole(scope, resource) => self.whole(scope, resource),
            Guard::Named(scope, arg) => {
                let resource = self.arg(arg).and_then(|value| self.call.js.as_string(value)).unwrap_or_default();
                self.whole(scope, &resource)
            }
            Guard::Never(what) => Err(Refusal::never(what).into()),
            Guard::NeverNative(arg) => {
                let resource = self.arg(arg).and_then(|value| self.call.js.as_string(value)).unwrap_or_default();
                Err(Refusal::of(Scope::Addon, &resource).into())
            }
            Guard::Connect { address, port } => self.connect(address, port),
            Guard::Socket(scope, arg) => self.socket(scope, arg),
            Guard::Bind { address, port } => self.bind(address, port),
            Guard::Listen => listen::ask(self),
            Guard::BindDatagram => listen::ask_datagram(self),
            Guard::Accept => self.whole(Scope::NetListen, ""),
            Guard::Send => self.send(),
            Guard::Resolve(arg) => self.resolve(arg),
            Guard::Worker { file, options } => worker::ask(self, file, options),
            Guard::Loader => worker::ask_loader(self),
            Guard::Spawn(arg) => spawn::ask(self, arg),
            Guard::Exec => spawn::ask_exec(self),
            Guard::Library(arg) => self.library(arg),
            Guard::Store(arg) => self.store(arg),
            Guard::StoreOf(arg, property) => self.store_of(arg, property),
            Guard::Reopen => self.reopen(),
            Guard::Real(arg) => self.real(arg),
            Guard::ReportSetting => self.report_setting(row.name),
            Guard::Database { path, options } => self.database(path, options),
            Guard::DatabaseFile(arg) => {
                let mut raw = Vec::new();
                match self.read_path(arg, &mut raw)? {
                    Named::Path => self.database_file(&raw, false),
                    Named::Other => Ok(()),
                }
            }
            Guard::Sql(arg) => self.sql(arg),
            Guard::Report(arg) => self.report(arg),
            Guard::Snapshot(arg) => self.snapshot(arg),
            Guard::Trace => self.named_path(b"node_trace.1.log", Scope::FsWrite),
            Guard::EngineFlags(arg) => self.engine_flags(arg),
            Guard::Wasi(arg) => self.wasi(arg),
        }
        .map_err(|stop| match stop {
            Stop::Refused(refusal) => Stop::Refused(Box::new(refusal.asked_by(row))),
            Stop::Threw => Stop::Threw,
        })
    }

    /// The argument as the original will get it.
    pub fn arg(&self, index: usize) -> Option<Value> {
        match &self.rewritten {
            Some(args) => args.get(index).copied(),
            None => self.call.arg(index),
        }
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

    /// Asks for a whole scope; `resource` is only what the refusal names.
    pub fn whole(&self, scope: Scope, resource: &str) -> Result<(), Stop> {
        self.thread.check(scope, &Resource::Nothing, resource).map_err(Stop::from)
    }

    /// Reads a path argument into `bytes` and makes sure that the original gets those very bytes.
    fn read_path(&mut self, index: usize, bytes: &mut Vec<u8>) -> Result<Named, Stop> {
        let js = self.call.js;
        let Some(value) = self.arg(index) else { return Ok(Named::Other) };
        if js.read_string(value, bytes) {
            return Ok(self.named(bytes));
        }
        if let Some(copy) = js.uint8_array(value) {
            bytes.extend_from_slice(&copy);
            let private = self.thread.private_copy(value, &copy)?;
            self.replace(index, private)?;
            return Ok(self.named(bytes));
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
        Ok(self.named(bytes))
    }

    /// No file has a name with a NUL in it; a public function says so in its own words.
    fn named(&self, bytes: &[u8]) -> Named {
        if self.checks && bytes.contains(&0) { Named::Other } else { Named::Path }
    }

    /// An argument is no path of any kind.
    fn no_path(&self) -> Result<(), Stop> {
        if self.checks { Ok(()) } else { Err(Refusal::unreadable("a path that is no string or Uint8Array").into()) }
    }

    fn path(&mut self, index: usize, scope: Scope) -> Result<(), Stop> {
        let mut bytes = Vec::new();
        match self.read_path(index, &mut bytes)? {
            Named::Path => self.named_path(&bytes, scope),
            Named::Other => self.no_path(),
        }
    }

    /// Asks about a path that is not an argument, or has been read from one.
    pub fn named_path(&self, raw: &[u8], scope: Scope) -> Result<(), Stop> {
        self.thread.check_path(scope, raw).map_err(Stop::from)
    }

    fn working_directory(&self, scope: Scope) -> Result<(), Stop> {
        let here = files::working_directory().ok_or_else(|| Refusal::of(scope, "."))?;
        self.named_path(&here, scope)
    }

    /// The path of an argument as the caller spelled it and in absolute form.
    fn absolute(&mut self, index: usize) -> Result<Option<Spelled>, Stop> {
        let mut raw = Vec::new();
        if matches!(self.read_path(index, &mut raw)?, Named::Other) {
            return Ok(None);
        }
        let absolute = files::absolute(&raw).ok_or_else(|| Refusal::unreadable("a path with a NUL byte"))?;
        Ok(Some((raw, absolute)))
    }

    fn read_tree(&mut self, index: usize) -> Result<(), Stop> {
        let Some((raw, absolute)) = self.absolute(index)? else { return self.no_path() };
        self.named_path(&raw, Scope::FsRead)?;
        if self.thread.covers_tree(Scope::FsRead, &absolute) {
            return Ok(());
        }
        for directory in files::directories_below(&absolute) {
            self.named_path(&files::respell(&raw, &absolute, &directory), Scope::FsRead)?;
        }
        Ok(())
    }

    fn copy_tree(&mut self, source: usize, target: usize) -> Result<(), Stop> {
        let (Some((raw_source, source)), Some((raw_target, target))) = (self.absolute(source)?, self.absolute(target)?)
        else {
            return self.no_path();
        };
        self.named_path(&raw_source, Scope::FsRead)?;
        self.named_path(&raw_target, Scope::FsWrite)?;
        if self.thread.covers_tree(Scope::FsRead, &source)
            && self.thread.covers_tree(Scope::FsWrite, &target)
            && !files::has_links(&source)
        {
            return Ok(());
        }
        for entry in files::entries_below(&source) {
            let copy = files::respell(&target, &source, &entry);
            self.named_path(&entry, Scope::FsRead)?;
            self.named_path(&copy, Scope::FsWrite)?;
            if let Some(text) = files::link_text(&entry) {
                self.link_to(&text, &text, &copy, &copy)?;
            }
        }
        Ok(())
    }

    /// Does an options argument say `recursive`?
    fn recursive_option(&self, options: usize) -> Result<bool, Stop> {
        let js = self.call.js;
        match self.arg(options) {
            Some(options) if js.is_object(options) && !js.is_function(options) => {
                Ok(js.as_bool(js.get(options, "recursive")?).unwrap_or(false))
            }
            _ => Ok(false),
        }
    }

    fn remove(&mut self, path: usize, recursive: bool) -> Result<(), Stop> {
        let Some((raw, absolute)) = self.absolute(path)? else { return self.no_path() };
        self.named_path(&raw, Scope::FsWrite)?;
        if !recursive || self.thread.covers_tree(Scope::FsWrite, &absolute) {
            return Ok(());
        }
        for entry in files::entries_below(&absolute) {
            self.named_path(&files::respell(&raw, &absolute, &entry), Scope::FsWrite)?;
        }
        Ok(())
    }

    fn open(&mut self, path: usize, flags: usize) -> Result<(), Stop> {
        let Some(value) = self.arg(path) else { return self.no_path() };
        if self.call.js.as_number(value).is_some() {
            return Ok(());
        }
        let flags = self
            .arg(flags)
            .and_then(|value| self.call.js.as_i32(value))
            .ok_or_else(|| Refusal::unreadable("open flags that are no number"))?;
        self.open_with(path, flags)
    }

    fn open_with(&mut self, path: usize, flags: i32) -> Result<(), Stop> {
        let mut raw = Vec::new();
        if matches!(self.read_path(path, &mut raw)?, Named::Other) {
            return self.no_path();
        }
        let needs = files::Access::of_flags(flags);
        if needs.read {
            self.named_path(&raw, Scope::FsRead)?;
        }
        if needs.write {
            self.named_path(&raw, Scope::FsWrite)?;
        }
        Ok(())
    }

    fn open_option(&mut self, path: usize, options: usize, default: &str) -> Result<(), Stop> {
        let js = self.call.js;
        let Some(given) = self.arg(options) else { return Ok(()) };
        if !js.is_object(given) || js.is_function(given) {
            return Ok(());
        }
        let copy = self.thread.plain_copy(given)?;
        let flag = js.get(copy, "flag")?;
        let text = js.as_string(flag);
        let flags = match (&text, js.as_i32(flag)) {
            (Some(text), _) if text.is_empty() => files::flags_of(default),
            (Some(text), _) => files::flags_of(text),
            (None, Some(number)) => Some(number),
            (None, None) => files::flags_of(default),
        };
        self.replace(options, copy)?;
        let (Some(flags), Some(value)) = (flags, self.arg(path)) else { return Ok(()) };
        // A descriptor, a FileHandle, or what the original refuses: no flag of theirs opens anything.
        let opens = js.as_string(value).is_some()
            || js.uint8_array(value).is_some()
            || (js.is_object(value) && js.as_string(js.get(value, "href")?).is_some());
        if opens {
            return self.open_with(path, flags);
        }
        let undefined = js.undefined()?;
        js.define(copy, "flag", undefined, crate::addon::js::ORDINARY)?;
        Ok(())
    }

    fn make_directory(&mut self, path: usize, recursive: usize) -> Result<(), Stop> {
        let Some((raw, absolute)) = self.absolute(path)? else { return self.no_path() };
        self.named_path(&raw, Scope::FsWrite)?;
        if self.arg(recursive).and_then(|value| self.call.js.as_bool(value)).unwrap_or(false) {
            for missing in files::missing_above(&absolute) {
                self.named_path(&missing, Scope::FsWrite)?;
            }
        }
        Ok(())
    }

    fn temporary(&mut self, prefix: usize) -> Result<(), Stop> {
        let mut raw = Vec::new();
        if matches!(self.read_path(prefix, &mut raw)?, Named::Other) {
            return self.no_path();
        }
        raw.extend_from_slice(b"XXXXXX");
        self.named_path(&raw, Scope::FsWrite)
    }

    fn link(&mut self, target: usize, path: usize) -> Result<(), Stop> {
        let mut text = Vec::new();
        let named = self.read_path(target, &mut text)?;
        let (Named::Path, Some((raw, absolute))) = (named, self.absolute(path)?) else { return self.no_path() };
        self.link_to(&text, &text, &raw, &absolute)
    }

    /// A link may be made where a hard link may: what it points at must be readable and writable, for through the
    /// link it will be.
    fn link_to(&self, text: &[u8], spelled: &[u8], raw: &[u8], absolute: &[u8]) -> Result<(), Stop> {
        let target = files::link_target(absolute, text).ok_or_else(|| Refusal::unreadable("a path with a NUL byte"))?;
        self.thread.check_path_as(Scope::FsRead, &target, spelled)?;
        self.thread.check_path_as(Scope::FsWrite, &target, spelled)?;
        self.named_path(raw, Scope::FsWrite)
    }

    fn descriptor(&mut self, arg: usize) -> Result<(), Stop> {
        let descriptor = self
            .arg(arg)
            .and_then(|value| self.call.js.as_i32(value))
            .ok_or_else(|| Refusal::unreadable("a descriptor that is no number"))?;
        match files::behind(descriptor) {
            Ok(path) => self.named_path(&path, Scope::FsWrite),
            // Not open: the original says EBADF.
            Err(files::Unknown::Closed) => Ok(()),
            Err(files::Unknown::NoPath) => Err(Refusal::of(Scope::FsWrite, &format!("descriptor {descriptor}")).into()),
        }
    }

    fn port(&self, arg: usize) -> Option<i32> {
        self.arg(arg).and_then(|value| self.call.js.as_i32(value))
    }

    fn connect(&mut self, address: usize, port: usize) -> Result<(), Stop> {
        let address = self.arg(address).and_then(|value| self.call.js.as_string(value)).unwrap_or_default();
        self.host(Scope::NetConnect, &address, self.port(port))
    }

    fn bind(&mut self, address: usize, port: usize) -> Result<(), Stop> {
        let address = self.arg(address).and_then(|value| self.call.js.as_string(value)).unwrap_or_default();
        self.host(Scope::NetListen, &address, self.port(port))
    }

    /// Asks about a host and a port; `host:port` is what the refusal names.
    pub fn host(&self, scope: Scope, address: &str, port: Option<i32>) -> Result<(), Stop> {
        let mut resource = if address.contains(':') { format!("[{address}]") } else { address.to_owned() };
        if let Some(port) = port {
            resource.push(':');
            resource.push_str(&port.to_string());
        }
        self.thread.check(scope, &Resource::Host(&resource), &resource).map_err(Stop::from)
    }

    fn socket(&mut self, scope: Scope, arg: usize) -> Result<(), Stop> {
        let path = self.arg(arg).and_then(|value| self.call.js.as_string(value)).unwrap_or_default();
        self.unix_socket(scope, &path)
    }

    /// Asks about a unix socket.
    pub fn unix_socket(&self, scope: Scope, path: &str) -> Result<(), Stop> {
        let resource = format!("unix:{path}");
        self.thread.check(scope, &Resource::Host(&resource), &resource).map_err(Stop::from)
    }

    fn send(&mut self) -> Result<(), Stop> {
        // Connected sockets were asked about when they connected; the scope may have been dropped since.
        if self.call.count() < 6 {
            return self.whole(Scope::NetConnect, "");
        }
        self.connect(4, 3)
    }

    fn resolve(&mut self, arg: usize) -> Result<(), Stop> {
        let name = self.arg(arg).and_then(|value| self.call.js.as_string(value)).unwrap_or_default();
        self.thread.check(Scope::NetResolve, &Resource::Host(&name), &name).map_err(Stop::from)
    }

    fn library(&mut self, arg: usize) -> Result<(), Stop> {
        let mut raw = Vec::new();
        if matches!(self.read_path(arg, &mut raw)?, Named::Other) {
            return self.whole(Scope::Addon, "");
        }
        let spelled = String::from_utf8_lossy(&raw).into_owned();
        let absolute = files::absolute(&raw).ok_or_else(|| Refusal::unreadable("a path with a NUL byte"))?;
        let path = Absolute::resolve(&absolute, files::working_directory)
            .map_err(|_| Refusal::unreadable("a path with a NUL byte"))?;
        self.thread.check(Scope::Addon, &Resource::Path(path), &spelled).map_err(Stop::from)
    }

    /// Is this a URL, or an object that passes for one?
    fn is_url(&self, value: Value) -> Result<bool, Failed> {
        let js = self.call.js;
        Ok(js.is_object(value) && js.uint8_array(value).is_none() && js.as_string(js.get(value, "href")?).is_some())
    }

    fn store(&mut self, arg: usize) -> Result<(), Stop> {
        let Some(given) = self.arg(arg).filter(|given| self.call.js.is_object(*given)) else { return Ok(()) };
        if self.is_url(given)? {
            return self.whole(Scope::OpensslStore, "");
        }
        self.store_of(arg, "key")
    }

    fn store_of(&mut self, arg: usize, property: &str) -> Result<(), Stop> {
        let js = self.call.js;
        let Some(given) = self.arg(arg).filter(|given| js.is_object(*given)) else { return Ok(()) };
        // What has no such property (a key object, bytes) is no bag of options.
        if js.uint8_array(given).is_some() || js.is_undefined(js.get(given, property)?) {
            return Ok(());
        }
        let copy = self.thread.plain_copy(given)?;
        if self.is_url(js.get(copy, property)?)? {
            self.whole(Scope::OpensslStore, "")?;
        }
        self.replace(arg, copy)
    }

    fn reopen(&self) -> Result<(), Stop> {
        if self.thread.held.has_dropped() { self.whole(Scope::Fs, "node:sqlite") } else { Ok(()) }
    }

    /// The module loader asks for the real path of an addon, which need not be readable to be loaded.
    fn real(&mut self, arg: usize) -> Result<(), Stop> {
        let read = self.path(arg, Scope::FsRead);
        match read {
            Err(Stop::Refused(refusal))
                if Path::new(&refusal.resource).extension().is_some_and(|end| end == "node") =>
            {
                self.library(arg).map_err(|_| Stop::Refused(refusal))
            }
            read => read,
        }
    }

    /// Reports that are written by themselves are written under the policy: it is asked when one is switched on, and
    /// again when a switched-on one is sent elsewhere.
    fn report_setting(&mut self, name: &str) -> Result<(), Stop> {
        let js = self.call.js;
        let Some(value) = self.arg(0) else { return Ok(()) };
        let report = self.thread.report()?;
        let text = |setting: &str| -> Result<String, Failed> {
            let value = if setting == name { value } else { js.get(report, setting)? };
            Ok(js.as_string(value).unwrap_or_default())
        };
        let mut on = name.starts_with("report") && js.as_bool(value) == Some(true);
        if !name.starts_with("report") {
            for switch in ["reportOnFatalError", "reportOnSignal", "reportOnUncaughtException"] {
                on |= js.as_bool(js.get(report, switch)?) == Some(true);
            }
        }
        if on { self.report_target(&text("directory")?, &text("filename")?) } else { Ok(()) }
    }

    /// Asks about where a report goes that is given no name of its own.
    fn report_target(&self, directory: &str, file: &str) -> Result<(), Stop> {
        if file == "stdout" || file == "stderr" {
            return Ok(());
        }
        let file = if file.is_empty() { "report.json" } else { file };
        let path = if directory.is_empty() { file.to_owned() } else { format!("{directory}/{file}") };
        self.named_path(path.as_bytes(), Scope::FsWrite)
    }

    fn database(&mut self, path: usize, options: usize) -> Result<(), Stop> {
        let js = self.call.js;
        let mut read_only = false;
        if let Some(given) = self.arg(options).filter(|given| js.is_object(*given)) {
            let copy = self.thread.plain_copy(given)?;
            read_only = js.as_bool(js.get(copy, "readOnly")?).unwrap_or(false);
            if js.as_bool(js.get(copy, "allowExtension")?).unwrap_or(false) {
                return Err(Refusal::of(Scope::Addon, "node:sqlite extension").into());
            }
            self.replace(options, copy)?;
        }
        let mut raw = Vec::new();
        if matches!(self.read_path(path, &mut raw)?, Named::Other) {
            return Ok(());
        }
        self.database_file(&raw, read_only)
    }

    /// Asks about a file that `SQLite` will open under this name.
    fn database_file(&self, name: &[u8], read_only: bool) -> Result<(), Stop> {
        let Some(file) = uri::database_file(name) else {
            return Err(Refusal::of(Scope::FsRead, &String::from_utf8_lossy(name)).into());
        };
        if file.is_empty() || file == b":memory:" {
            return Ok(());
        }
        self.named_path(&file, Scope::FsRead)?;
        if read_only { Ok(()) } else { self.named_path(&file, Scope::FsWrite) }
    }

    fn sql(&mut self, arg: usize) -> Result<(), Stop> {
        let Some(text) = self.arg(arg).and_then(|value| self.call.js.as_string(value)) else { return Ok(()) };
        let files = sql::files_opened_by(&text).map_err(|statement| Refusal::of(Scope::FsWrite, statement))?;
        for file in files {
            self.database_file(file.as_bytes(), false)?;
        }
        Ok(())
    }

    fn report(&mut self, arg: usize) -> Result<(), Stop> {
        let js = self.call.js;
        let report = self.thread.report()?;
        let text =
            |name: &str| -> Result<String, Failed> { Ok(js.as_string(js.get(report, name)?).unwrap_or_default()) };
        let directory = text("directory")?;
        let within = |file: &str| {
            if directory.is_empty() { file.to_owned() } else { format!("{directory}/{file}") }
        };
        if let Some(file) = self.arg(arg).and_then(|value| js.as_string(value)) {
            return self.named_path(within(&file).as_bytes(), Scope::FsWrite);
        }
        self.working_directory(Scope::FsWrite)?;
        self.report_target(&directory, &text("filename")?)
    }

    /// V8 writes logs, profiles and traces where its flags say. Those need the whole of `fs.write`; the names are told
    /// by their parts, since V8 has hundreds and makes more.
    fn engine_flags(&mut self, arg: usize) -> Result<(), Stop> {
        const WRITES: [&str; 12] =
            ["log", "prof", "perf", "turbo", "redirect", "file", "dump", "output", "path", "dir", "gdb", "code-traces"];
        let Some(text) = self.arg(arg).and_then(|value| self.call.js.as_string(value)) else { return Ok(()) };
        let flags = text.to_ascii_lowercase().replace('_', "-");
        if WRITES.iter().any(|part| flags.contains(part)) {
            return self.whole(Scope::FsWrite, &text);
        }
        Ok(())
    }

    fn compile_cache(&mut self, arg: usize) -> Result<(), Stop> {
        let js = self.call.js;
        let mut directory = self.arg(arg);
        if let Some(options) = directory.filter(|given| js.is_object(*given)) {
            let copy = self.thread.plain_copy(options)?;
            directory = Some(js.get(copy, "directory")?);
            self.replace(arg, copy)?;
        }
        let given = directory.and_then(|value| js.as_string(value));
        let directory = given
            .or_else(|| std::env::var("NODE_COMPILE_CACHE").ok())
            .unwrap_or_else(|| std::env::temp_dir().join("node-compile-cache").to_string_lossy().into_owned());
        self.named_path(directory.as_bytes(), Scope::FsRead)?;
        self.named_path(directory.as_bytes(), Scope::FsWrite)
    }

    fn snapshot(&mut self, arg: usize) -> Result<(), Stop> {
        match self.arg(arg) {
            Some(value) if !self.call.js.is_nullish(value) => self.path(arg, Scope::FsWrite),
            _ => self.working_directory(Scope::FsWrite),
        }
    }

    fn wasi(&mut self, arg: usize) -> Result<(), Stop> {
        let js = self.call.js;
        self.whole(Scope::Wasi, "")?;
        let Some(given) = self.arg(arg).filter(|given| js.is_object(*given)) else { return Ok(()) };
        let copy = self.thread.plain_copy(given)?;
        let preopens = js.get(copy, "preopens")?;
        if js.is_object(preopens) {
            let preopens = self.thread.plain_copy(preopens)?;
            for guest in js.own_keys(preopens)? {
                let host = js.coerce_to_string(js.get_key(preopens, guest)?)?;
                self.tree(host.as_bytes())?;
                js.define_key(preopens, guest, js.string(&host)?, crate::addon::js::ORDINARY)?;
            }
            js.define(copy, "preopens", preopens, crate::addon::js::ORDINARY)?;
        }
        self.replace(arg, copy)
    }

    /// Asks for everything at and below a directory, to read and to write.
    fn tree(&self, raw: &[u8]) -> Result<(), Stop> {
        let absolute = files::absolute(raw).ok_or_else(|| Refusal::unreadable("a path with a NUL byte"))?;
        for scope in [Scope::FsRead, Scope::FsWrite] {
            self.named_path(raw, scope)?;
            if !self.thread.covers_tree(scope, &absolute) {
                return Err(Refusal::of(scope, &String::from_utf8_lossy(raw)).into());
            }
        }
        Ok(())
    }
}
