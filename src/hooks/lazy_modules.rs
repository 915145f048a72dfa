//! Hooks modules when Node loads them. A program that needs none of them does not wait for them at
//! start.
//!
//! Node reports every load in one place, after the module is complete and before anyone gets the
//! module. This holds for `require`, `import`, `process.getBuiltinModule` and Node's own modules
//! (`lazy_modules.js`). The report calls a function written in Rust, which needs no room on the
//! stack of JavaScript, so nothing can end it early. If the hooks then fail, the process ends. The
//! module is loaded by then, and the next caller would get it without hooks.
//!
//! A module may wait only if it shows nothing while it loads, or nothing that is not guarded below
//! it. A program can put accessors on `Object.prototype` and see each assignment that Node makes to
//! its own objects. A module that assigns a function of a row is loaded at start. So is
//! `worker_threads`, whose handles are visible when they are made.

use std::cell::{Cell, OnceCell, RefCell};
use std::fmt;

use super::error::HookError;
use super::tables::row::{HookSpec, Target};
use crate::js::call::{Call, Native};
use crate::js::env::Env;
use crate::js::owned::own;
use crate::js::value::{JsError, NOTHING, Persistent, Value};
use crate::process::exit;
use crate::thread::lazy_modules::LazyModules;
use crate::thread::thread::Thread;

/// The modules that may wait: the name in the rows, and the name under which Node reports the
/// complete module.
const LATER: [(&str, &str); 5] = [
    // Their functions end in bindings that are hooked.
    ("crypto", "crypto"),
    ("dgram", "dgram"),
    ("inspector", "inspector"),
    // While it loads, it shows no function of a row.
    ("fs/promises", "internal/fs/promises"),
    ("trace_events", "trace_events"),
];

/// The number of setters that are ready beyond the end of the list.
const AHEAD: u32 = 64;
/// If fewer than this are left, more are made.
const FEW: u32 = 32;

/// Sets the hooks of a module that has been loaded.
struct OnLoad(Box<dyn Fn(&'static str) -> Result<(), HookError>>);

impl fmt::Debug for OnLoad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnLoad")
    }
}

/// The modules that wait for their hooks on one thread.
#[derive(Debug)]
pub struct ModuleLoads {
    thread: &'static Thread,
    list: Persistent,
    setters: Persistent,
    shown: Persistent,
    /// Restores the prototype of Node's list.
    close: Persistent,
    /// The first index that has no setter yet.
    ready: Cell<u32>,
    /// True once a load was reported. This proves that Node writes to this list.
    heard: Cell<bool>,
    /// The names of the modules that wait.
    waiting: RefCell<Vec<&'static str>>,
    /// The names among them that Node loaded while permit started.
    missed: RefCell<Vec<&'static str>>,
    /// `process.getBuiltinModule`.
    builtin: Option<Persistent>,
    /// Sets the hooks of a module. Empty until that is possible.
    on_load: OnceCell<OnLoad>,
}

/// Returns the module of a row.
fn module_of(target: Target) -> Option<&'static str> {
    match target {
        Target::Module(name) | Target::ModuleClass(name, _) => Some(name),
        _ => None,
    }
}

impl ModuleLoads {
    /// Starts to watch. Returns `None` if that is impossible, and then no module waits. `script` is
    /// the function of `lazy_modules.js`.
    pub fn listen(
        thread: &'static Thread,
        script: Value<'_>,
        builtin: Option<Persistent>,
        may_wait: impl Fn(&str) -> bool,
    ) -> Result<Option<&'static Self>, JsError> {
        let env = thread.env();
        let names: Vec<String> = LATER.iter().map(|(_, id)| (*id).to_owned()).collect();
        let args = [thread.primordials.process.get(env)?, env.string_array(&names)?];
        let found = env.call_plain(script, &args)?;
        if !env.is_object(found) {
            return Ok(None);
        }
        let list = env.get(found, "list")?;
        let loaded = env.get(found, "loaded")?;
        let mut waiting = Vec::new();
        for (index, (name, _)) in (0..).zip(LATER) {
            if env.as_bool(env.element(loaded, index)?) == Some(false) && may_wait(name) {
                waiting.push(name);
            }
        }
        let loads = own(Self {
            thread,
            list: env.keep(list)?,
            setters: env.keep(env.get(found, "setters")?)?,
            shown: env.keep(env.get(found, "shown")?)?,
            close: env.keep(env.get(found, "close")?)?,
            ready: Cell::new(env.length(list)?),
            heard: Cell::new(false),
            waiting: RefCell::new(waiting),
            missed: RefCell::default(),
            builtin,
            on_load: OnceCell::new(),
        });
        loads.make_ready()?;
        Ok(Some(loads))
    }

    /// Returns true if the module of the row is not loaded yet.
    pub fn waits(&self, target: Target) -> bool {
        module_of(target).is_some_and(|name| self.waiting.borrow().contains(&name))
    }

    /// From now on, sets the hooks of each module that Node loads. Returns the modules that must be
    /// hooked at once: those that Node loaded meanwhile, or all if Node has reported no load.
    pub fn begin(&self, on_load: impl Fn(&'static str) -> Result<(), HookError> + 'static) -> Vec<&'static str> {
        let _ = self.on_load.set(OnLoad(Box::new(on_load)));
        if !self.heard.get() {
            return self.waiting.take();
        }
        let missed = self.missed.take();
        self.waiting.borrow_mut().retain(|name| !missed.contains(name));
        missed
    }

    /// Defines setters beyond the end of the list. A load within a load may use several.
    fn make_ready(&'static self) -> Result<(), JsError> {
        let env = self.thread.env();
        let length = env.length(self.list.get(env)?)?;
        if self.ready.get() >= length + FEW {
            return Ok(());
        }
        let setters = self.setters.get(env)?;
        while self.ready.get() < length + AHEAD {
            env.define_setter::<Heard>(setters, env.string(&self.ready.get().to_string())?, self)?;
            self.ready.set(self.ready.get() + 1);
        }
        Ok(())
    }

    /// Handles a report of Node: a module was loaded, or a binding was made.
    fn hear(&'static self, what: Value<'_>) -> Result<(), HookError> {
        let env = self.thread.env();
        let failed =
            |_: JsError| HookError::Failed { label: "a module of Node".into(), reason: "it was not heard".into() };
        self.heard.set(true);
        self.make_ready().map_err(failed)?;
        let name = env.as_string(what).ok_or(JsError).map_err(failed)?;
        self.show(what);
        let Some(id) = name.strip_prefix("NativeModule ") else { return Ok(()) };
        let Some((module, _)) = LATER.iter().find(|(_, of)| *of == id) else { return Ok(()) };
        if !self.waiting.borrow().contains(module) {
            return Ok(());
        }
        let Some(OnLoad(hook)) = self.on_load.get() else {
            self.missed.borrow_mut().push(module);
            return Ok(());
        };
        self.waiting.borrow_mut().retain(|name| name != module);
        hook(module)
    }

    /// Adds a name to the list that the program sees, if the program has not frozen it.
    fn show(&self, name: Value<'_>) {
        let env = self.thread.env();
        let _ = (|| {
            let shown = self.shown.get(env)?;
            env.put(shown, &env.length(shown)?.to_string(), name)
        })();
        env.take_exception();
    }
}

impl LazyModules for ModuleLoads {
    fn finish(&self) -> Result<(), JsError> {
        let (Some(builtin), Some(_)) = (self.builtin, self.on_load.get()) else { return Ok(()) };
        let env = self.thread.env();
        let waiting = self.waiting.borrow().clone();
        for name in waiting {
            let loaded = env.call_plain(builtin.get(env)?, &[env.string(name)?]);
            // A Node can be built without this module. The module exports with its last statement.
            if name == "trace_events" {
                env.take_exception();
            } else {
                loaded?;
            }
        }
        Ok(())
    }

    /// For a process that writes coverage. Node then loads modules after the environment of this
    /// thread is gone, and no setter may be called then.
    fn close(&self) -> Result<(), JsError> {
        self.finish()?;
        let env = self.thread.env();
        env.call_plain(self.close.get(env)?, &[]).map(|_| ())
    }
}

/// The setter that Node's `push` calls.
struct Heard;

impl Native for Heard {
    type Data = ModuleLoads;

    fn run<'env>(call: &'env Call<'env>, loads: &'static ModuleLoads) -> Value<'env> {
        let outcome = match call.arg(0) {
            Some(what) => loads.hear(what).map_err(|error| error.to_string()),
            None => Err("a module of Node was loaded without a name".to_owned()),
        };
        match outcome {
            // If no module waits, nothing is lost. A worker that is being ended is an example.
            Err(reason) if !loads.waiting.borrow().is_empty() || loads.thread.thread_policy().is_process() => {
                exit::end(&reason)
            }
            _ => NOTHING,
        }
    }

    fn unread(_: Env<'_>) -> Value<'_> {
        exit::end("a module of Node was loaded and could not be guarded")
    }
}

/// Returns true if the row is about a function of the module.
pub fn is_of(row: &HookSpec, module: &str) -> bool {
    module_of(row.target) == Some(module)
}
