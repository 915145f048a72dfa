//! The functions that `index.js` calls.

use std::cell::{Cell, OnceCell, RefCell};
use std::sync::Arc;

use napi::bindgen_prelude::Unknown;
use napi::{JsValue, sys};
use napi_derive::napi;
use thiserror::Error;

use super::environment::WatchError;
use super::start::StartError;
use super::{environment, permission, start};
use crate::hooks::callers;
use crate::hooks::endings;
use crate::hooks::error::HookError;
use crate::hooks::guards::resolve;
use crate::hooks::install as hooks;
use crate::js::env::{Env, ThreadEnv};
use crate::js::owned::{self, own};
use crate::js::value::{JsError, Persistent, Value};
use crate::policy::Policy;
use crate::process::changes;
use crate::process::exit::leave;
use crate::process::threads;
use crate::system::environment::is_main_thread;
use crate::system::{descriptors, opened};
use crate::thread::channels::Channels;
use crate::thread::decisions::{self, Decisions};
use crate::thread::handle_internals::HandleInternals;
use crate::thread::path_cache;
use crate::thread::primordials::Primordials;
use crate::thread::reporting::Reporting;
use crate::thread::telemetry::{Telemetry, TelemetryError};
use crate::thread::thread::Thread;

/// The version of this library. `index.js` takes a library of its own version alone.
#[napi(skip_typescript)]
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Puts this thread under its policy. The preload calls this function once a thread, with Node's
/// `require` and `process`, its own path and its own version. Returns `process.permission`. If the
/// thread cannot be guarded, does not return: the process (or the worker) ends with code 9 and one
/// line on stderr.
#[napi(skip_typescript)]
pub fn install<'env>(
    env: napi::Env,
    require: Unknown<'env>,
    process: Unknown<'env>,
    preload: String,
    version: Option<String>,
) -> Unknown<'env> {
    // SAFETY: Node calls this with its environment, and with values of the running call.
    let (env, require, process) =
        unsafe { (Env::from_raw(env.raw()), Value::from_raw(require.raw()), Value::from_raw(process.raw())) };
    let permission = if INSTALLED.replace(true) {
        // The program called this function again, with values of its own. The hooks are in place
        // already.
        process
    } else {
        let found = Loading { env, require, process, preload };
        let installed = check_version(version, &found.preload).and_then(|()| found.install());
        installed.unwrap_or_else(|reason| {
            found.die(&reason.to_string());
            process
        })
    };
    // SAFETY: the value was handed to this call, or made in this environment during it.
    unsafe { Unknown::from_raw_unchecked(env.raw(), permission.raw()) }
}

/// Runs the command `permit` with its arguments, and the path and the version of the preload.
/// Returns the exit code, unless the command replaced the process.
#[napi(skip_typescript)]
#[must_use]
#[allow(clippy::needless_pass_by_value, reason = "napi passes owned values")]
pub fn main(args: Vec<String>, preload: String, version: Option<String>) -> i32 {
    // A guarded program can load the library. It may not run the command.
    if threads::is_guarded() {
        eprintln!("permit: this process is held; the command starts no program from within one");
        return crate::cli::EXIT_INVALID;
    }
    if let Err(error) = check_version(version, &preload) {
        eprintln!("permit: {error}");
        return crate::cli::EXIT_INVALID;
    }
    crate::cli::main(&args, &preload)
}

/// Checks that the preload and this library are of one release. A preload that names no version is
/// older than this check.
fn check_version(found: Option<String>, preload: &str) -> Result<(), InstallError> {
    if found.as_deref() == Some(VERSION) {
        return Ok(());
    }
    let found = found.unwrap_or_else(|| "unknown".to_owned());
    Err(InstallError::Version { preload: preload.to_owned(), found })
}

thread_local! {
    /// Each Node environment has a thread of its own.
    static INSTALLED: Cell<bool> = const { Cell::new(false) };
}

/// Why a thread cannot be put under its policy. It prints as one line.
#[derive(Debug, Error)]
#[non_exhaustive]
enum InstallError {
    /// The process does not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A preload of another release.
    #[error(
        "{preload} is of version {found}, and its native library is of version {VERSION}; install @org/permit again"
    )]
    Version {
        /// The path of the preload.
        preload: String,
        /// Its version.
        found: String,
    },
    /// An exception of the JavaScript engine.
    #[error("{message}")]
    Engine {
        /// Its message.
        message: String,
    },
    /// Node gives the thread no number.
    #[error("this thread has no number")]
    NoNumber,
    /// A worker that permit did not make.
    #[error("this worker belongs to a process that is not held")]
    UnknownWorker,
    /// A hidden variable is still in `process.env`.
    #[error("the environment could not be withheld from the program")]
    Environment,
    /// Node hands out its internals, and permit could not guard them.
    #[error(
        "messages between threads can make objects of any internal class; permit has no hook for that on this Node"
    )]
    Deserializer,
    /// A hook that could not be put in place.
    #[error(transparent)]
    Hook(#[from] HookError),
    /// The environment cannot be watched.
    #[error(transparent)]
    Watch(#[from] WatchError),
    /// The thread cannot report to OpenTelemetry.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
}

struct Loading<'env> {
    env: Env<'env>,
    require: Value<'env>,
    process: Value<'env>,
    preload: String,
}

impl<'env> Loading<'env> {
    fn module(&self, name: &str) -> Result<Value<'env>, JsError> {
        self.env.call_plain(self.require, &[self.env.string(name)?])
    }

    fn install(&self) -> Result<Value<'env>, InstallError> {
        let env = self.env;
        let engine = |error| self.exception(error);
        let number = self.number().map_err(engine)?.ok_or(InstallError::NoNumber)?;
        let scripts = env.run(include_str!("../thread/primordials.js")).map_err(engine)?;
        let (held, start_info) = if number == 0 {
            let started = start::start(env, scripts, self.require, self.process, &self.preload)?;
            if let Some(own) = &started.own {
                self.withhold_environment(own, true)?;
            }
            (threads::guard_process(started.policy), started.start_info)
        } else {
            let held = threads::policy_of(number).ok_or(InstallError::UnknownWorker)?;
            if let Some(own) = held.own() {
                self.withhold_environment(own, false)?;
            }
            (held, start::start_info())
        };
        // permit loads deprecated and experimental modules. Their warnings are for programs that
        // use them.
        let emit_warning = env.get(self.process, "emitWarning").map_err(engine)?;
        let silent = env.run("() => {}").map_err(engine)?;
        env.set(self.process, "emitWarning", silent).map_err(engine)?;
        let permission = self.hook(scripts, held, start_info, number);
        env.set(self.process, "emitWarning", emit_warning).map_err(engine)?;
        permission
    }

    /// Takes the pending exception of the engine.
    fn exception(&self, _: JsError) -> InstallError {
        InstallError::Engine { message: start::exception(self.env) }
    }

    /// Returns Node's number of this thread. The main thread has 0, so it need not load
    /// `worker_threads`.
    fn number(&self) -> Result<Option<u32>, JsError> {
        if is_main_thread() {
            return Ok(Some(0));
        }
        let number = self.env.get(self.module("worker_threads")?, "threadId")?;
        Ok(self.env.as_u32(number))
    }

    fn withhold_environment(&self, policy: &Policy, is_main: bool) -> Result<(), InstallError> {
        let variables = self.env.get(self.process, "env");
        let withheld =
            variables.and_then(|variables| environment::withhold(self.env, variables, &policy.environment(), is_main));
        withheld.map_err(|_| InstallError::Environment)
    }

    fn hook(
        &self,
        scripts: Value<'_>,
        thread_policy: Arc<threads::ThreadPolicy>,
        start_info: permission::StartInfo,
        number: u32,
    ) -> Result<Value<'env>, InstallError> {
        let env = self.env;
        let engine = |error| self.exception(error);
        if number == 0 {
            descriptors::inherit();
            let versions = env.get(self.process, "versions").map_err(engine)?;
            if let Some(version) = env.get(versions, "sqlite").ok().and_then(|version| env.as_string(version)) {
                decisions::note_sqlite(&version);
            }
        }
        let primordials = self.capture(scripts).map_err(engine)?;
        let exec_argv = if number == 0 {
            start::strings(env, env.get(self.process, "execArgv").map_err(engine)?).map_err(engine)?
        } else {
            thread_policy.exec_argv().to_vec()
        };
        let channels = self.channels(scripts).map_err(engine)?;
        let telemetry = Telemetry::capture(env, number == 0).map_err(engine)?;
        let thread = own(Thread {
            primordials,
            reporting: Reporting::new(&thread_policy, channels, telemetry),
            decisions: Decisions::new(thread_policy),
            new_threads: RefCell::default(),
            unfit: OnceCell::new(),
            exec_argv,
            lazy_modules: Cell::new(None),
        });
        callers::find(thread, scripts, || env.get(self.module("async_hooks")?, "AsyncLocalStorage")).map_err(engine)?;
        let path = self.module("path").map_err(engine)?;
        let basename = env.get(path, "basename").and_then(|basename| env.keep(basename)).map_err(engine)?;
        let debugged = number == 0 && start::is_debugged(thread).unwrap_or(true);
        let internals = self.guard_deserializer(scripts).map_err(engine)?.ok_or(InstallError::Deserializer)?;
        let internals = Some(internals).filter(|internals| env.is_object(*internals));
        hooks::install(thread, self.require, scripts, internals)?;
        let permission = permission::define(thread, basename, start_info).map_err(engine)?;
        let module = self.module("module").map_err(engine)?;
        let sync = env.get(module, "syncBuiltinESMExports").map_err(engine)?;
        env.call(module, sync, &[]).map_err(engine)?;
        start::probe(thread, self.require)?;
        // The calls up to here are permit's own.
        thread.reporting.start(start::prints_decisions());
        environment::watch(thread)?;
        thread.reporting.start_telemetry()?;
        if number == 0 {
            start::settle(thread, self.require, debugged)?;
        }
        // Node runs cleanup hooks in reverse order. This one must run before those of the wakers.
        let gone = env.get(scripts, "gone").and_then(|gone| env.bytes_of(gone)).map_err(engine)?;
        forget_at_exit(env, number, gone);
        Ok(permission)
    }

    /// Guards the deserializer of transferred objects (`deserializer.js`). Returns Node's
    /// internals, or `undefined` if Node hands none out. Returns `None` if the guard failed.
    fn guard_deserializer(&self, scripts: Value<'_>) -> Result<Option<Value<'env>>, JsError> {
        let env = self.env;
        let guard = env.run(include_str!("../hooks/deserializer.js"))?;
        // An object that Node can transfer, of a module that is loaded at start anyway.
        let list = env.construct(env.get(self.module("net")?, "BlockList")?, &[])?;
        let captured = ["apply", "defineProperty", "ownKeys", "setPrototypeOf"].map(|name| env.get(scripts, name));
        let [apply, define, keys, set_prototype] = captured;
        let is_main = env.boolean(is_main_thread())?;
        let found = env.call_plain(guard, &[apply?, define?, keys?, set_prototype?, list, is_main])?;
        if env.is_object(found) { env.get(found, "internals").map(Some) } else { Ok(None) }
    }

    fn channels(&self, scripts: Value<'_>) -> Result<Channels, JsError> {
        let diagnostics = self.module("diagnostics_channel")?;
        Channels::capture(self.env, diagnostics, self.env.get(scripts, "channels")?)
    }

    fn capture(&self, scripts: Value<'_>) -> Result<Primordials, JsError> {
        let env = self.env;
        let of = |object: Value<'_>, name: &str| -> Result<Persistent, JsError> { env.keep(env.get(object, name)?) };
        let url = self.module("url")?;
        Ok(Primordials {
            own_env: ThreadEnv::new(env),
            go: of(scripts, "go")?,
            attempt: of(scripts, "attempt")?,
            array_of: of(scripts, "arrayOf")?,
            process: env.keep(self.process)?,
            report: of(self.process, "report")?,
            report_setting: {
                let report = env.get(self.process, "report")?;
                env.keep(env.call_plain(env.get(scripts, "settingOf")?, &[report])?)?
            },
            next_tick: of(self.process, "nextTick")?,
            env: of(self.process, "env")?,
            file_url_to_path: of(url, "fileURLToPath")?,
            bare: of(scripts, "bare")?,
            share_env: of(scripts, "shareEnv")?,
            stringify: of(scripts, "stringify")?,
            url: of(url, "URL")?,
            url_href: {
                let prototype = env.get(env.get(url, "URL")?, "prototype")?;
                let descriptor = env.get(scripts, "getOwnPropertyDescriptor")?;
                of(env.call_plain(descriptor, &[prototype, env.string("href")?])?, "get")?
            },
            uint8_array: of(scripts, "uint8Array")?,
            handles: {
                let binding = env.get(self.process, "binding")?;
                let socket = env.get(self.module("net")?, "Socket")?;
                resolve::remember_steering();
                descriptors::reserve();
                let completed = env.native::<resolve::Completed>("oncomplete", &())?;
                HandleInternals::capture(env, scripts, socket, completed, |name| {
                    env.call(self.process, binding, &[env.string(name)?])
                })?
            },
            emit_error: of(scripts, "emitError")?,
            ended: {
                let respell = env.native::<endings::Respell>("respell", &())?;
                let current = env.get(self.module("async_hooks")?, "executionAsyncId")?;
                let fs = env.call(self.process, env.get(self.process, "binding")?, &[env.string("fs")?])?;
                let requests = env.get(env.get(fs, "FSReqCallback")?, "prototype")?;
                let release = env.native::<endings::OnDescriptor>("release", &endings::RELEASE)?;
                let adopt = env.native::<endings::OnDescriptor>("adopt", &endings::ADOPT)?;
                let captured = [respell, release, adopt, current, env.get(requests, "getAsyncId")?];
                env.keep(env.call_plain(env.get(scripts, "ended")?, &captured)?)?
            },
            returned: env.keep(env.native::<path_cache::ChangeEnds>("returned", &path_cache::RETURNED)?)?,
            settled: env.keep(env.native::<path_cache::ChangeEnds>("settled", &path_cache::SETTLED)?)?,
            changed: env.keep(env.native::<path_cache::ChangeEnds>("changed", &path_cache::CHANGED)?)?,
            changes: {
                let (fs, changes) = (self.module("fs")?, env.object()?);
                for name in ["symlink", "rename", "link", "close"] {
                    env.put(changes, name, env.get(fs, &format!("{name}Sync"))?)?;
                }
                env.keep(changes)?
            },
            completes: of(scripts, "completes")?,
            destroy: of(scripts, "destroy")?,
            iterate_error: of(scripts, "iterateError")?,
            keeps_all: of(scripts, "keepsAll")?,
            noting: of(scripts, "noting")?,
            noted: of(scripts, "noted")?,
            database_location: OnceCell::new(),
            sqlite: OnceCell::new(),
            wasi: OnceCell::new(),
        })
    }

    /// Returns true if this worker is being ended. Then no JavaScript runs, and there is no
    /// exception that says why.
    fn is_terminated(&self) -> bool {
        self.env.run("1").is_err() && self.env.take_exception().is_none()
    }

    /// Ends the process, or the worker, before a line of the program has run. Returns only in a
    /// worker that is being ended.
    fn die(&self, reason: &str) {
        let env = self.env;
        env.take_exception();
        if self.is_terminated() {
            // The end of the worker is the reason of the failure.
            return;
        }
        eprintln!("permit: {reason}");
        // Asks the system and not the engine, which may have no stack left.
        if !is_main_thread() {
            // Node may have replaced the first by the second.
            for exit in ["reallyExit", "exit"] {
                let _ = env.get(self.process, exit).and_then(|exit| env.call(self.process, exit, &[env.number(9.0)?]));
                env.take_exception();
            }
            // An exception of a preload ends the worker, and no other thread.
            if self.is_terminated() || env.error(reason).is_ok_and(|error| env.throws(error)) || self.is_terminated() {
                return;
            }
        }
        leave()
    }
}

/// Registers the cleanup of a thread. When the environment ends, the cleanup writes the byte at
/// `gone` for the stand-ins, removes the thread from the registry, and frees its values.
fn forget_at_exit(env: Env<'_>, number: u32, gone: *mut u8) {
    struct Ending {
        number: u32,
        gone: *mut u8,
    }
    unsafe extern "C" fn forget(data: *mut std::ffi::c_void) {
        // SAFETY: the pointer comes from `Box::into_raw` below, and Node calls a hook once.
        let Ending { number, gone } = *unsafe { Box::from_raw(data.cast::<Ending>()) };
        // SAFETY: the byte lies in an array that the stand-ins of this thread keep alive; they run
        // on this thread alone.
        unsafe { gone.write(1) };
        threads::unregister(number);
        opened::forget_all_of(opened::owner_of_thread(number));
        changes::end_all();
        // The values of the main thread live until the process ends.
        if number != 0 {
            // SAFETY: `unregister` has dropped the wakers, and the byte stops the stand-ins.
            unsafe { owned::free() };
        }
    }
    let data = Box::into_raw(Box::new(Ending { number, gone }));
    // SAFETY: the hook takes the data back, once.
    unsafe { sys::napi_add_env_cleanup_hook(env.raw(), Some(forget), data.cast()) };
}
