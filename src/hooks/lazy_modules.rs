//! Modules of Node that are hooked when Node loads them, so that a program that needs none of them does not wait for
//! them at start.
//!
//! Node reports every load in one place, after the module is complete and before anybody gets it: `require`, `import`,
//! `process.getBuiltinModule` and Node's own modules alike (`lazy_modules.js`). The report is a call of a function written in
//! Rust that needs no room for JavaScript on the stack, so nothing can end it early. If what follows fails, the process
//! ends: the module is loaded by then, and the next one to ask for it would get it as it is.
//!
//! Only modules may wait that show nothing while they load, or nothing that is not guarded below them: a program can put
//! accessors on `Object.prototype` and see each assignment that Node makes to an object of its own. A module that assigns
//! what a row guards is loaded at start; so is `worker_threads`, whose handles are shown when they are made.

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

/// What may wait: the module as the rows name it, and the one under whose name its functions are complete.
const LATER: [(&str, &str); 5] = [
    // Their functions end in bindings that are hooked.
    ("crypto", "crypto"),
    ("dgram", "dgram"),
    ("inspector", "inspector"),
    // What it shows while it loads is not what the rows guard.
    ("fs/promises", "internal/fs/promises"),
    ("trace_events", "trace_events"),
];

/// How many setters stand ready ahead of the list.
const AHEAD: u32 = 64;
/// With fewer than this left more are made.
const FEW: u32 = 32;

/// Sets the hooks of a module that has been loaded.
struct OnLoad(Box<dyn Fn(&'static str) -> Result<(), HookError>>);

impl fmt::Debug for OnLoad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnLoad")
    }
}

/// The loads of one thread.
#[derive(Debug)]
pub struct ModuleLoads {
    thread: &'static Thread,
    list: Persistent,
    setters: Persistent,
    shown: Persistent,
    /// Gives Node its list back as it was.
    close: Persistent,
    /// As far as setters stand on the setters.
    ready: Cell<u32>,
    /// Something has been heard: the list is the one that Node writes.
    heard: Cell<bool>,
    /// Names of what is hooked when it is loaded.
    waiting: RefCell<Vec<&'static str>>,
    /// Those of them that were loaded while permit started.
    missed: RefCell<Vec<&'static str>>,
    /// `process.getBuiltinModule`.
    builtin: Option<Persistent>,
    /// Sets the hooks of a module, once that can be done.
    on_load: OnceCell<OnLoad>,
}

/// The module that a row is about.
fn module_of(target: Target) -> Option<&'static str> {
    match target {
        Target::Module(name) | Target::ModuleClass(name, _) => Some(name),
        _ => None,
    }
}

impl ModuleLoads {
    /// Begins to listen; `None` where that is not possible: then nothing waits. `script` is what `lazy_modules.js` made.
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

    /// Returns true if the row's module is not loaded yet.
    pub fn waits(&self, target: Target) -> bool {
        module_of(target).is_some_and(|name| self.waiting.borrow().contains(&name))
    }

    /// From now on what is loaded is hooked. Gives what must be hooked at once: what was loaded meanwhile, or all of it if
    /// nothing has been heard although modules were loaded.
    pub fn begin(&self, on_load: impl Fn(&'static str) -> Result<(), HookError> + 'static) -> Vec<&'static str> {
        let _ = self.on_load.set(OnLoad(Box::new(on_load)));
        if !self.heard.get() {
            return self.waiting.take();
        }
        let missed = self.missed.take();
        self.waiting.borrow_mut().retain(|name| !missed.contains(name));
        missed
    }

    /// Puts setters before the end of the list. A load within a load may take some more.
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

    /// What Node has loaded, or made.
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

    /// Adds to what the program sees, if it still can be added to.
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
            // A Node can be built without it, and it exports with its last statement.
            if name == "trace_events" {
                env.take_exception();
            } else {
                loaded?;
            }
        }
        Ok(())
    }

    /// For a process that writes coverage: Node loads modules for that when the environment of this thread is gone, and a
    /// setter must not be called then.
    fn close(&self) -> Result<(), JsError> {
        self.finish()?;
        let env = self.thread.env();
        env.call_plain(self.close.get(env)?, &[]).map(|_| ())
    }
}

/// The setter: called by Node's `push`.
struct Heard;

impl Native for Heard {
    type Data = ModuleLoads;

    fn run<'env>(call: &'env Call<'env>, loads: &'static ModuleLoads) -> Value<'env> {
        let outcome = match call.arg(0) {
            Some(what) => loads.hear(what).map_err(|error| error.to_string()),
            None => Err("a module of Node was loaded without a name".to_owned()),
        };
        match outcome {
            // Where nothing waits, nothing is lost: a worker that is being ended, say.
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
