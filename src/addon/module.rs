//! What `index.js` calls.

use napi::bindgen_prelude::Unknown;
use napi::{Env, JsValue, sys};
use napi_derive::napi;

use super::{environment, permission, start};
use crate::hooks::callers;
use crate::hooks::deliver;
use crate::hooks::guards::resolve;
use crate::hooks::install as hooks;
use crate::js::env::{Failed, Js, Kept, Value};
use crate::js::owned::{self, own};
use crate::policy::Policy;
use crate::process::exit::leave;
use crate::process::threads;
use crate::system::environment::is_first;
use crate::thread::channels::Channels;
use crate::thread::gauges::Gauges;
use crate::thread::natives::Natives;
use crate::thread::path_cache::{self, Places};
use crate::thread::telemetry::{self, Telemetry};
use crate::thread::thread::{Captured, Thread};
use std::cell::{Cell, OnceCell, RefCell};

/// Hooks this thread. Called by the preload, once a thread, with Node's `require` and `process` and the path of the
/// preload. Returns `process.permission`. It does not return if the thread cannot be held: the process (or the
/// worker) ends with code 9 and one line on stderr.
#[napi(skip_typescript)]
pub fn install<'env>(env: Env, require: Unknown<'env>, process: Unknown<'env>, preload: String) -> Unknown<'env> {
    let js = Js(env.raw());
    if INSTALLED.replace(true) {
        // Called again by the program, with values of its own. The hooks stand; there is nothing to do.
        // SAFETY: the value was handed to this call.
        return unsafe { Unknown::from_raw_unchecked(env.raw(), process.raw()) };
    }
    let found = Loading { js, require: require.raw(), process: process.raw(), preload };
    let permission = match found.install() {
        Ok(permission) => permission,
        Err(reason) => {
            found.die(&reason);
            process.raw()
        }
    };
    // SAFETY: the value was made in this environment during this call.
    unsafe { Unknown::from_raw_unchecked(env.raw(), permission) }
}

/// Runs the command `permit` with its arguments and the path of the preload. Returns the exit code, unless the
/// command replaced the process.
#[napi(skip_typescript)]
#[must_use]
#[allow(clippy::needless_pass_by_value, reason = "napi hands over owned values")]
pub fn main(args: Vec<String>, preload: String) -> i32 {
    // The library is within reach of a program that is held; the command is not for it.
    if threads::is_held() {
        eprintln!("permit: this process is held; the command starts no program from within one");
        return crate::cli::INVALID;
    }
    crate::cli::main(&args, &preload)
}

thread_local! {
    /// Each Node environment has a thread of its own.
    static INSTALLED: Cell<bool> = const { Cell::new(false) };
}

struct Loading {
    js: Js,
    require: Value,
    process: Value,
    preload: String,
}

impl Loading {
    fn module(&self, name: &str) -> Result<Value, Failed> {
        self.js.call(self.js.undefined()?, self.require, &[self.js.string(name)?])
    }

    fn install(&self) -> Result<Value, String> {
        let js = self.js;
        let engine = |_: Failed| match js.take_exception().and_then(|error| js.get(error, "message").ok()) {
            Some(message) => js.as_string(message).unwrap_or_default(),
            None => "the JavaScript engine failed".to_owned(),
        };
        let number = self.number().map_err(engine)?.ok_or("this thread has no number")?;
        let scripts = js.run(include_str!("../thread/primordials.js")).map_err(engine)?;
        let (held, beginning) = if number == 0 {
            let started = start::start(js, scripts, self.require, self.process, &self.preload)?;
            if let Some(own) = &started.own {
                self.withhold_environment(own, true)?;
            }
            (threads::hold_process(started.policy), started.beginning)
        } else {
            let held = threads::held(number).ok_or("this worker belongs to a process that is not held")?;
            if let Some(own) = held.own() {
                self.withhold_environment(own, false)?;
            }
            (held, start::beginning())
        };
        // Loading a rarely used module prints its warning; that belongs to the program that uses it.
        let emit_warning = js.get(self.process, "emitWarning").map_err(engine)?;
        let silent = js.run("() => {}").map_err(engine)?;
        js.set(self.process, "emitWarning", silent).map_err(engine)?;
        let permission = self.hook(scripts, held, beginning, number);
        js.set(self.process, "emitWarning", emit_warning).map_err(engine)?;
        permission.map_err(|reason| reason.unwrap_or_else(|| engine(Failed)))
    }

    /// Node's number of this thread. That of the first is known without loading a module for it.
    fn number(&self) -> Result<Option<u32>, Failed> {
        if is_first() {
            return Ok(Some(0));
        }
        let number = self.js.get(self.module("worker_threads")?, "threadId")?;
        Ok(self.js.as_u32(number))
    }

    fn withhold_environment(&self, policy: &Policy, is_main: bool) -> Result<(), String> {
        let env = self.js.get(self.process, "env");
        let withheld = env.and_then(|env| environment::withhold(self.js, env, &policy.environment(), is_main));
        withheld.map_err(|_| "the environment could not be withheld from the program".to_owned())
    }

    fn hook(
        &self,
        scripts: Value,
        held: std::sync::Arc<threads::Held>,
        beginning: permission::Beginning,
        number: u32,
    ) -> Result<Value, Option<String>> {
        let js = self.js;
        let engine = |_: Failed| None;
        let captured = self.capture(scripts).map_err(engine)?;
        let thread = own(Thread {
            js,
            exec_argv: if number == 0 {
                start::strings(js, js.get(self.process, "execArgv").map_err(engine)?).map_err(engine)?
            } else {
                held.exec_argv().to_vec()
            },
            gauges: Gauges::of(&held),
            held,
            captured,
            sites: OnceCell::new(),
            asking: Cell::new(None),
            new_threads: RefCell::default(),
            unfit: OnceCell::new(),
            places: Places::default(),
            tracing: Cell::new(false),
            reporting: Cell::new(false),
            lazy_modules: Cell::new(None),
            channels: self.channels(scripts).map_err(engine)?,
            telemetry: Telemetry::capture(js, number == 0).map_err(engine)?,
        });
        callers::find(thread, scripts, || js.get(self.module("async_hooks")?, "AsyncLocalStorage")).map_err(engine)?;
        let path = self.module("path").map_err(engine)?;
        let basename = js.get(path, "basename").and_then(|basename| js.keep(basename)).map_err(engine)?;
        let debugged = number == 0 && start::is_debugged(thread).unwrap_or(true);
        let internals = self.guard_deserializer(scripts).map_err(engine)?.ok_or_else(|| {
            Some(
                "messages between threads can make objects of any internal class; permit has no hook for \
                that on this Node"
                    .to_owned(),
            )
        })?;
        let internals = Some(internals).filter(|internals| js.is_object(*internals));
        hooks::install(thread, self.require, scripts, internals).map_err(|error| Some(error.to_string()))?;
        let permission = permission::define(thread, basename, beginning).map_err(engine)?;
        let module = self.module("module").map_err(engine)?;
        let sync = js.get(module, "syncBuiltinESMExports").map_err(engine)?;
        js.call(module, sync, &[]).map_err(engine)?;
        start::probe(thread, self.require).map_err(Some)?;
        // From here on: the tries above are permit's own.
        thread.tracing.set(start::prints_decisions());
        thread.reporting.set(true);
        environment::watch(thread).map_err(Some)?;
        telemetry::begin(&thread.telemetry, &thread.gauges).map_err(Some)?;
        if number == 0 {
            start::settle(thread, self.require, debugged).map_err(Some)?;
        }
        // Last: it runs before what was made on the way is taken down.
        let gone = js.get(scripts, "gone").and_then(|gone| js.bytes_of(gone)).map_err(engine)?;
        forget_at_exit(js, number, gone);
        Ok(permission)
    }

    /// Guards the deserializer of transferred objects (`deserializer.js`). Returns Node's internals, or
    /// `undefined` if Node hands none out. Returns `None` if the guard failed.
    fn guard_deserializer(&self, scripts: Value) -> Result<Option<Value>, Failed> {
        let js = self.js;
        let guard = js.run(include_str!("../hooks/deserializer.js"))?;
        // An object that Node can transfer, of a module that is loaded at start anyway.
        let list = js.construct(js.get(self.module("net")?, "BlockList")?, &[])?;
        let [apply, define] = [js.get(scripts, "apply")?, js.get(scripts, "defineProperty")?];
        let found = js.call(js.undefined()?, guard, &[apply, define, js.get(scripts, "ownKeys")?, list])?;
        if js.is_object(found) { js.get(found, "internals").map(Some) } else { Ok(None) }
    }

    fn channels(&self, scripts: Value) -> Result<Channels, Failed> {
        let diagnostics = self.module("diagnostics_channel")?;
        Channels::capture(self.js, diagnostics, self.js.get(scripts, "channels")?)
    }

    fn capture(&self, scripts: Value) -> Result<Captured, Failed> {
        let js = self.js;
        let of = |object: Value, name: &str| -> Result<Kept, Failed> { js.keep(js.get(object, name)?) };
        let url = self.module("url")?;
        Ok(Captured {
            go: of(scripts, "go")?,
            attempt: of(scripts, "attempt")?,
            array_of: of(scripts, "arrayOf")?,
            process: js.keep(self.process)?,
            report: of(self.process, "report")?,
            report_setting: {
                let report = js.get(self.process, "report")?;
                js.keep(js.call(js.undefined()?, js.get(scripts, "settingOf")?, &[report])?)?
            },
            next_tick: of(self.process, "nextTick")?,
            env: of(self.process, "env")?,
            file_url_to_path: of(url, "fileURLToPath")?,
            bare: of(scripts, "bare")?,
            share_env: of(scripts, "shareEnv")?,
            stringify: of(scripts, "stringify")?,
            url: of(url, "URL")?,
            url_href: {
                let prototype = js.get(js.get(url, "URL")?, "prototype")?;
                let descriptor = js.get(scripts, "getOwnPropertyDescriptor")?;
                of(js.call(js.undefined()?, descriptor, &[prototype, js.string("href")?])?, "get")?
            },
            uint8_array: of(scripts, "uint8Array")?,
            natives: {
                let binding = js.get(self.process, "binding")?;
                let socket = js.get(self.module("net")?, "Socket")?;
                resolve::remember_steering();
                let completed = js.native::<resolve::Completed>("oncomplete", &())?;
                Natives::capture(js, scripts, socket, completed, |name| {
                    js.call(self.process, binding, &[js.string(name)?])
                })?
            },
            emit_error: of(scripts, "emitError")?,
            ended: {
                let respell = js.native::<deliver::Respell>("respell", &())?;
                let current = js.get(self.module("async_hooks")?, "executionAsyncId")?;
                let fs = js.call(self.process, js.get(self.process, "binding")?, &[js.string("fs")?])?;
                let requests = js.get(js.get(fs, "FSReqCallback")?, "prototype")?;
                let captured = [respell, current, js.get(requests, "getAsyncId")?];
                js.keep(js.call(js.undefined()?, js.get(scripts, "ended")?, &captured)?)?
            },
            returned: js.keep(js.native::<path_cache::Returned>("returned", &())?)?,
            settled: js.keep(js.native::<path_cache::Settled>("settled", &())?)?,
            destroy: of(scripts, "destroy")?,
            iterate_error: of(scripts, "iterateError")?,
        })
    }

    /// Is this worker being ended? Then no JavaScript runs, and there is no exception that says why.
    fn is_terminated(&self) -> bool {
        self.js.run("1").is_err() && self.js.take_exception().is_none()
    }

    /// Ends the process, or the worker, before a line of the program has run. It returns only in a worker that runs
    /// no more JavaScript anyway.
    fn die(&self, reason: &str) {
        let js = self.js;
        js.take_exception();
        if self.is_terminated() {
            // That is why it could not be hooked.
            return;
        }
        eprintln!("permit: {reason}");
        // Which thread this is the engine may be unable to say: of a small stack nothing may be left.
        if !is_first() {
            // The second is what Node may have put in the place of the first.
            for exit in ["reallyExit", "exit"] {
                let _ = js.get(self.process, exit).and_then(|exit| js.call(self.process, exit, &[js.number(9.0)?]));
                js.take_exception();
            }
            // What a preload throws ends the worker, and no other thread.
            if self.is_terminated() || js.error(reason).is_ok_and(|error| js.throws(error)) || self.is_terminated() {
                return;
            }
        }
        leave()
    }
}

/// Registers the cleanup of a thread. When the environment ends, the cleanup writes the byte at `gone`
/// for the stand-ins, removes the thread from the registry, and frees its values.
fn forget_at_exit(js: Js, number: u32, gone: *mut u8) {
    struct Ending {
        number: u32,
        gone: *mut u8,
    }
    unsafe extern "C" fn forget(data: *mut std::ffi::c_void) {
        // SAFETY: the pointer comes from `Box::into_raw` below, and Node calls a hook once.
        let Ending { number, gone } = *unsafe { Box::from_raw(data.cast::<Ending>()) };
        // SAFETY: the byte lies in an array that the stand-ins of this thread keep alive; they run on this thread alone.
        unsafe { gone.write(1) };
        threads::ended(number);
        // The process is the owner of what the first thread made.
        if number != 0 {
            // SAFETY: the wakers are gone with `ended`, and the stand-ins were told.
            unsafe { owned::free() };
        }
    }
    let data = Box::into_raw(Box::new(Ending { number, gone }));
    // SAFETY: the hook takes the data back, once.
    unsafe { sys::napi_add_env_cleanup_hook(js.0, Some(forget), data.cast()) };
}
