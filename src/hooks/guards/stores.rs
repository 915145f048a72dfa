//! Guards of the files that the runtime opens by itself: addons, keys, reports,
//! snapshots, WASI directories.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use crate::audit::jsonl;
use crate::hooks::question::{Named, Question, Stop};
use crate::js::env::Bytes;
use crate::js::value::{JsError, Value};
use crate::policy::links::LastLink;
use crate::policy::path::Absolute;
use crate::policy::{Policy, Resource, Scope};
use crate::process::options::{self, Opens};
use crate::process::policy;
use crate::process::variables;
use crate::system::{files, opened};
use crate::thread::refusal::Refusal;

/// True once Node writes logs of trace events, under relative names.
static WRITES_TRACES: AtomicBool = AtomicBool::new(false);

/// True once Node writes heap snapshots when memory runs out, under relative names.
static WRITES_HEAPS: AtomicBool = AtomicBool::new(false);

/// Bytes that V8 rejects as compiled code, because its magic number is missing. V8 then compiles
/// the text, as it does if the code is of another version of V8.
const REJECTED_BYTECODE: [u8; 64] = [0; 64];

/// The message if the compile cache stays off for lack of a grant.
const COMPILED_CODE: &str = "Skipping compile cache because --allow-addons is not granted: whoever can write the \
                             cache can run any bytecode, which is as strong as native code";

impl Question<'_> {
    pub(crate) fn library(&mut self, arg: usize) -> Result<(), Stop> {
        let found = self.found_library(arg);
        if found.is_ok() {
            opened::has_native_code();
        }
        found
    }

    fn found_library(&mut self, arg: usize) -> Result<(), Stop> {
        let mut raw = Bytes::new();
        if matches!(self.read_path(arg, &mut raw)?, Named::Other) {
            return self.whole(Scope::Addon, "");
        }
        self.named_path(&raw, Scope::Addon)?;
        let thread = self.thread;
        if thread.policy().has(Scope::Addon, &Resource::Nothing) {
            return Ok(());
        }
        // The loader looks up a name without a slash in its own folders. It also replaces `$ORIGIN`
        // and similar tokens.
        let place = self.rooted(&raw).into_owned();
        let real = thread.decisions.real_path(&place, LastLink::Follow).and_then(|real| String::from_utf8(real).ok());
        match real.filter(|real| !real.contains('$')) {
            Some(real) if files::System::is_file(real.as_bytes()) => self.replace(arg, self.call.env.string(&real)?),
            // The original reports that the file does not exist. In a virtual file system, Node
            // finds it.
            Some(_) if !raw.contains(&b'$') && raw.contains(&b'/') => {
                let absolute = files::absolute(&place).ok_or_else(|| Refusal::unreadable("a path with a NUL byte"))?;
                self.replace(arg, self.call.env.string(&String::from_utf8_lossy(&absolute))?)
            }
            _ => Err(Refusal::of(Scope::Addon, &String::from_utf8_lossy(&raw)).into()),
        }
    }

    /// Returns true for a URL, and for an object that Node takes for one.
    pub(crate) fn is_url(&self, value: Value<'_>) -> Result<bool, JsError> {
        let env = self.call.env;
        if !env.is_object(value) || env.uint8_array(value).is_some() {
            return Ok(false);
        }
        // An object may hide a property from permit alone. So the first test is one that the object
        // cannot influence.
        Ok(self.thread.primordials.is_real_url(value)? || env.as_string(env.get(value, "href")?).is_some())
    }

    pub(crate) fn store(&mut self, arg: usize) -> Result<(), Stop> {
        let Some(given) = self.arg(arg).filter(|given| self.call.env.is_object(*given)) else { return Ok(()) };
        if self.is_url(given)? {
            return self.whole(Scope::OpensslStore, "");
        }
        self.store_of(arg, "key")
    }

    /// Loads every module that still waits for its hooks, before a script runs that may be ended at
    /// any moment.
    pub(crate) fn ended(&self, limit: usize, signal: usize) -> Result<(), Stop> {
        let env = self.call.env;
        let limited = self.arg(limit).and_then(|value| env.as_number(value)).is_some_and(|limit| limit >= 0.0);
        let stops = self.arg(signal).and_then(|value| env.as_bool(value)) == Some(true);
        match self.thread.lazy_modules.get().filter(|_| limited || stops) {
            Some(loads) => Ok(loads.finish()?),
            None => Ok(()),
        }
    }

    /// Asks about objects with a URL. Node passes such an object to OpenSSL; other keys are bytes,
    /// text or handles.
    pub(crate) fn store_below(&self) -> Result<(), Stop> {
        let env = self.call.env;
        for value in self.call.args() {
            if env.is_object(*value) && env.uint8_array(*value).is_none() && env.has_own(*value, "uri")? {
                self.whole(Scope::OpensslStore, "")?;
            }
        }
        Ok(())
    }

    pub(crate) fn store_of(&mut self, arg: usize, property: &str) -> Result<(), Stop> {
        let env = self.call.env;
        let Some(given) = self.arg(arg).filter(|given| env.is_object(*given)) else { return Ok(()) };
        // A value without this property (a key object, bytes) is no options object.
        if env.uint8_array(given).is_some() || env.is_undefined(env.get(given, property)?) {
            return Ok(());
        }
        let copy = self.thread.primordials.plain_copy(given)?;
        if self.is_url(env.get(copy, property)?)? {
            self.whole(Scope::OpensslStore, "")?;
        }
        self.replace(arg, copy)
    }

    /// Asks about the reports that Node writes by itself. The policy is asked when a setting
    /// switches them on, and again when a setting changes their place while they are on.
    pub(crate) fn report_setting(&mut self, name: &str) -> Result<(), Stop> {
        let env = self.call.env;
        let Some(value) = self.arg(0) else { return Ok(()) };
        // The settings belong to the process. Between two threads, a guard could ask about settings
        // that the other has changed since.
        if !self.thread.thread_policy().is_process() {
            self.whole(Scope::FsWrite, &format!("process.report.{name}"))?;
        }
        let text = |setting: &str| -> Result<String, JsError> {
            if setting == name { Ok(env.as_string(value).unwrap_or_default()) } else { self.report_text(setting) }
        };
        let is_switch = name.starts_with("report");
        let on = if is_switch { env.as_bool(value) == Some(true) } else { self.writes_reports()? };
        if !on {
            return Ok(());
        }
        let (directory, file) = (text("directory")?, text("filename")?);
        self.keeps_place(&directory)?;
        self.keeps_place(&file)?;
        self.report_target(&directory, &file)
    }

    /// Refuses a name that Node keeps and that goes up from a folder. The program can put a link in
    /// the place of that folder.
    fn keeps_place(&self, path: &str) -> Result<(), Stop> {
        if !files::goes_up_from_a_name(path.as_bytes()) {
            return Ok(());
        }
        Ok(self.thread.enforce(Scope::FsWrite, path, |policy| policy.is_narrow(Scope::FsWrite))?)
    }

    /// Returns a setting of `process.report` as text.
    fn report_text(&self, name: &str) -> Result<String, JsError> {
        Ok(self.call.env.as_string(self.thread.primordials.report_setting(name)?).unwrap_or_default())
    }

    /// Asks about the place of a report that the call gives no name.
    pub(crate) fn report_target(&self, directory: &str, file: &str) -> Result<(), Stop> {
        if file == "stdout" || file == "stderr" {
            return Ok(());
        }
        if file.is_empty() {
            return self.dated(directory, "report", "json");
        }
        let path = if directory.is_empty() { file.to_owned() } else { format!("{directory}/{file}") };
        self.stays(path.as_bytes())?;
        self.named_path(path.as_bytes(), Scope::FsWrite)
    }

    pub(crate) fn report(&mut self, arg: usize) -> Result<(), Stop> {
        let env = self.call.env;
        let directory = self.report_text("directory")?;
        let within = |file: &str| {
            if directory.is_empty() { file.to_owned() } else { format!("{directory}/{file}") }
        };
        // For an empty name, Node takes the name of the settings.
        let given = self.arg(arg).and_then(|value| env.as_string(value)).filter(|file| !file.is_empty());
        if let Some(file) = given {
            self.stays(within(&file).as_bytes())?;
            return self.named_path(within(&file).as_bytes(), Scope::FsWrite);
        }
        self.working_directory(Scope::FsWrite)?;
        self.report_target(&directory, &self.report_text("filename")?)
    }

    /// Asks about flags of V8 that a program sets while it runs. A few are harmless, some have V8
    /// write files, and the others are as strong as native code.
    pub(crate) fn engine_flags(&mut self, arg: usize) -> Result<(), Stop> {
        let Some(text) = self.arg(arg).and_then(|value| self.call.env.as_string(value)) else { return Ok(()) };
        for flag in options::engine_flags(&text) {
            match flag.opens {
                Opens::Nothing => {}
                Opens::Writes => self.whole(Scope::FsWrite, flag.word)?,
                Opens::Reads => self.whole(Scope::FsRead, flag.word)?,
                _ => self.whole(Scope::Addon, flag.word)?,
            }
        }
        Ok(())
    }

    pub(crate) fn compile_cache(&mut self, arg: usize) -> Result<(), Stop> {
        let env = self.call.env;
        let given = self.arg(arg);
        let options = match given.filter(|given| env.is_object(*given)) {
            Some(options) => Some(self.thread.primordials.plain_copy(options)?),
            None => None,
        };
        let directory = match options {
            Some(options) => Some(env.get(options, "directory")?),
            None => given,
        };
        let directory = match directory.and_then(|value| env.as_string(value)) {
            Some(given) => given,
            None => self.default_cache()?,
        };
        self.named_path(directory.as_bytes(), Scope::FsRead)?;
        self.named_path(directory.as_bytes(), Scope::FsWrite)?;
        // Node makes a folder in the directory, or uses an existing one.
        for entry in files::names_in(directory.as_bytes()).into_iter().flatten() {
            self.named_path(&files::within(directory.as_bytes(), &entry), Scope::FsWrite)?;
        }
        let absolute = files::absolute(directory.as_bytes()).unwrap_or_default();
        let real = self.thread.decisions.real_path(directory.as_bytes(), LastLink::Follow);
        let paths = [&absolute[..], real.as_deref().unwrap_or(&absolute)];
        self.enforce_paths(Scope::FsWrite, directory.as_bytes(), paths, |policy, path| {
            policy.denied_below(Scope::FsWrite, path)
        })?;
        if !self.thread.decisions.grants(Scope::Addon) {
            return Err(Refusal::never(COMPILED_CODE).into());
        }
        // Node would read the environment and `os.tmpdir` again.
        let directory = env.string(&directory)?;
        match options {
            Some(options) => {
                env.put(options, "directory", directory)?;
                self.replace(arg, options)
            }
            None if self.call.count() <= arg => {
                self.replace_all(vec![directory]);
                Ok(())
            }
            None => self.replace(arg, directory),
        }
    }

    /// Returns the folder of the compile cache if the call names none. Node reads the environment
    /// of this thread.
    fn default_cache(&self) -> Result<String, JsError> {
        let env = self.call.env;
        let variables = self.thread.primordials.env.get(env)?;
        let variable = |name: &str| -> Result<Option<String>, JsError> {
            if env.has_own(variables, name)? { Ok(env.as_string(env.get(variables, name)?)) } else { Ok(None) }
        };
        let set = |text: &String| !text.is_empty();
        if let Some(named) = variable(variables::COMPILE_CACHE)?.filter(set) {
            return Ok(named);
        }
        for name in ["TMPDIR", "TMP", "TEMP"] {
            if let Some(folder) = variable(name)?.filter(set) {
                return Ok(format!("{}/node-compile-cache", folder.trim_end_matches('/')));
            }
        }
        Ok("/tmp/node-compile-cache".to_owned())
    }

    /// Asks about the coverage of a test run. Node writes it by itself, into a folder that it takes
    /// from values that a program can replace.
    pub(crate) fn test_run(&mut self, arg: usize) -> Result<(), Stop> {
        let env = self.call.env;
        match self.arg(arg).filter(|options| env.is_object(*options)) {
            Some(options) if env.is_truthy(env.get(options, "coverage")?)? => self.coverage(),
            _ => Ok(()),
        }
    }

    /// Asks about the coverage of this process. From now on, Node writes it by itself when the
    /// process ends.
    pub(crate) fn coverage(&self) -> Result<(), Stop> {
        self.whole(Scope::FsWrite, "node:test coverage")?;
        match self.thread.lazy_modules.get() {
            Some(loads) => Ok(loads.close()?),
            None => Ok(()),
        }
    }

    pub(crate) fn mount(&self, arg: usize) -> Result<(), Stop> {
        if policy::allows_vfs() {
            return Ok(());
        }
        let place = self.text(arg);
        Err(Refusal { grant: "--allow-fs-vfs".to_owned(), ..Refusal::of(Scope::Fs, &place) }.into())
    }

    pub(crate) fn snapshot(&mut self, arg: usize) -> Result<(), Stop> {
        match self.arg(arg) {
            Some(value) if !self.call.env.is_nullish(value) => self.path(arg, Scope::FsWrite, LastLink::Follow),
            _ => {
                self.dated("", "Heap", "heapsnapshot")?;
                // The functions without an argument for a name have Node write the snapshot later.
                if arg == usize::MAX {
                    WRITES_HEAPS.store(true, Ordering::Relaxed);
                }
                Ok(())
            }
        }
    }

    /// Asks about the log of trace events, which Node writes from now on.
    pub(crate) fn trace(&self) -> Result<(), Stop> {
        self.trace_logs("")?;
        WRITES_TRACES.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Asks about the logs of trace events with a prefix. Node begins another log after half a
    /// million events.
    fn trace_logs(&self, prefix: &str) -> Result<(), Stop> {
        (1..=9).try_for_each(|log| self.named_path(format!("{prefix}node_trace.{log}.log").as_bytes(), Scope::FsWrite))
    }

    /// Asks about the files that Node writes by itself, in the next working directory.
    pub(crate) fn writers_move(&self, arg: usize) -> Result<(), Stop> {
        let env = self.call.env;
        let Some(folder) = self.arg(arg).and_then(|value| env.as_string(value)) else { return Ok(()) };
        let Some(folder) = files::absolute(folder.as_bytes()).and_then(|folder| String::from_utf8(folder).ok()) else {
            return Err(Refusal::unreadable("a folder whose name is no UTF-8").into());
        };
        if WRITES_TRACES.load(Ordering::Relaxed) {
            self.trace_logs(&format!("{folder}/"))?;
        }
        if WRITES_HEAPS.load(Ordering::Relaxed) {
            self.dated(&folder, "Heap", "heapsnapshot")?;
        }
        if self.writes_reports()? {
            let directory = self.report_text("directory")?;
            if !directory.starts_with('/') {
                return self.report_target(&format!("{folder}/{directory}"), &self.report_text("filename")?);
            }
        }
        Ok(())
    }

    /// Returns true if Node writes a report by itself after an error or a signal.
    fn writes_reports(&self) -> Result<bool, JsError> {
        for switch in ["reportOnFatalError", "reportOnSignal", "reportOnUncaughtException"] {
            if self.call.env.as_bool(self.thread.primordials.report_setting(switch)?) == Some(true) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Asks about a file that Node names by itself. The name has the time and the numbers of the
    /// process and the thread.
    fn dated(&self, folder: &str, stem: &str, end: &str) -> Result<(), Stop> {
        self.stays(folder.as_bytes())?;
        if folder.is_empty() {
            self.working_directory(Scope::FsWrite)?;
        }
        let now = jsonl::datetime(SystemTime::now());
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let (date, time) = (digits(&now[..10]), digits(&now[10..19]));
        let (process, thread) = (std::process::id(), self.thread.thread_policy().number());
        let name = format!("{stem}.{date}.{time}.{process}.{thread}.001.{end}");
        let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        self.named_path(path.as_bytes(), Scope::FsWrite)
    }

    /// Replaces bytecode unless addons are granted. V8 runs compiled code without a check, so it
    /// can do what native code can.
    pub(crate) fn bytecode(&mut self, arg: usize) -> Result<(), Stop> {
        let env = self.call.env;
        if self.arg(arg).is_some_and(|given| env.is_buffer_view(given)) && !self.thread.decisions.grants(Scope::Addon) {
            self.replace(arg, env.buffer(&REJECTED_BYTECODE)?)?;
        }
        Ok(())
    }

    pub(crate) fn bytecode_option(&mut self, arg: usize) -> Result<(), Stop> {
        let env = self.call.env;
        let Some(options) = self.arg(arg).filter(|options| env.is_object(*options)) else { return Ok(()) };
        if env.is_buffer_view(env.get(options, "cachedData")?) && !self.thread.decisions.grants(Scope::Addon) {
            env.put(options, "cachedData", env.buffer(&REJECTED_BYTECODE)?)?;
        }
        Ok(())
    }

    /// Asks about a summary of the heap. Node calls `inspect` for each object of the heap, its own
    /// objects included.
    pub(crate) fn heap_summary(&mut self, arg: usize) -> Result<(), Stop> {
        let env = self.call.env;
        match self.arg(arg).filter(|options| env.is_object(*options)) {
            Some(options) if env.as_string(env.get(options, "format")?).as_deref() == Some("summary") => {
                self.whole(Scope::Addon, "v8.queryObjects with format: 'summary'")
            }
            _ => Ok(()),
        }
    }

    /// Asks for everything at and below a directory, for reading and for writing. Returns the real
    /// path of the directory.
    pub(crate) fn tree(&self, raw: &[u8]) -> Result<Vec<u8>, Stop> {
        self.stays(raw)?;
        let nul = || Refusal::unreadable("a path with a NUL byte");
        let absolute = files::absolute(raw).ok_or_else(nul)?;
        let real = self.thread.decisions.real_path(raw, LastLink::Follow).ok_or_else(nul)?;
        for scope in [Scope::FsRead, Scope::FsWrite] {
            self.named_path(raw, scope)?;
            let places = [&absolute, &real].map(|path| Absolute::resolve(path, files::working_directory));
            self.thread.enforce_tree(scope, raw, |policy| {
                !places.iter().all(|place| place.as_ref().is_ok_and(|path| policy.covers_tree(scope, path)))
            })?;
            // WebAssembly follows the links below by itself.
            if !files::may_have_links(&real) {
                continue;
            }
            let entries = files::entries_through_links(&real);
            if entries.is_err() {
                self.thread.enforce(scope, &String::from_utf8_lossy(raw), Policy::is_strict)?;
            }
            for entry in entries.into_iter().flatten() {
                self.named_path(&files::respell(raw, &real, &entry), scope)?;
            }
        }
        Ok(real)
    }
}
