//! Puts the stand-ins in place, once a thread, before any code of the program runs.
//!
//! If this Node lacks a function that a row names, the start fails, unless the row says that some
//! Nodes lack the function. A function of a hooked binding that stands in no row and in no list of
//! unguarded functions refuses.

use std::cell::RefCell;

use super::answer::{fail_closed, go_on, is_over, throws};
use super::deliver::{self, Delivered};
use super::dispatch::{Answer, ask};
use super::endings::{Opened, Opener};
use super::error::HookError;
use super::lazy_modules::{self, ModuleLoads};
use super::question::Stop;
use super::tables::{BINDINGS, is_known, rows, unguarded};
use crate::hooks::guards::{databases, wasi, worker};
use crate::hooks::tables::row::{Deliver, Guard, HookSpec, Target, Use, label};
use crate::hooks::tables::runtime;
use crate::js::call::{Call, Native};
use crate::js::env::Env;
use crate::js::owned::own;
use crate::js::value::{JsError, Persistent, Value};
use crate::policy::{Resource, Scope};
use crate::process::origin;
use crate::system::opened;
use crate::thread::errors;
use crate::thread::refusal::Refusal;
use crate::thread::thread::Thread;
use napi::sys;

/// The data of the stand-in of one row.
struct Hook {
    thread: &'static Thread,
    row: &'static HookSpec,
}

/// The data of the stand-in of an unknown function.
struct Unknown {
    thread: &'static Thread,
    label: String,
}

/// The values with which hooks are set, kept for modules that Node loads later.
#[derive(Debug)]
pub struct HookContext {
    require: Persistent,
    apply: Persistent,
    binding: Persistent,
    /// `process.getBuiltinModule`. It returns a module of Node without help of anything that a
    /// program can replace.
    builtin: Option<Persistent>,
    /// The getter of `fs.promises`.
    promises: Persistent,
    /// The values that `primordials.js` captured.
    scripts: Persistent,
    /// The functions of `trampoline.js`.
    trampoline: Persistent,
    /// The makers of stand-ins for functions of descriptors.
    descriptors: Persistent,
    function: Persistent,
    class: Persistent,
    /// Returns the arguments with which a stand-in proceeds, or throws.
    proceed: Persistent,
    define: Persistent,
    descriptor: Persistent,
    /// Returns the own functions of an object.
    functions: Persistent,
    /// The rows of modules that Node has not loaded yet.
    rows: RefCell<Vec<&'static HookSpec>>,
}

/// The values of JavaScript that are needed while hooks are set.
pub struct Installer<'env> {
    env: Env<'env>,
    thread: &'static Thread,
    context: &'static HookContext,
    process: Value<'env>,
    function: Value<'env>,
    class: Value<'env>,
    /// The bindings that only Node's own modules can load.
    internal: Vec<(&'static str, Value<'env>)>,
    /// The objects that were found already.
    holders: RefCell<Vec<(Target, Option<Value<'env>>)>>,
    /// True once the program runs. A failure then no longer means that this Node lacks the
    /// function.
    late: bool,
}

/// Sets every hook, except for modules that are hooked when Node loads them. `require` is Node's
/// own. `scripts` comes from `primordials.js`.
pub fn install(
    thread: &'static Thread,
    require: Value<'_>,
    scripts: Value<'_>,
    internals: Option<Value<'_>>,
) -> Result<(), HookError> {
    let failed = |_: JsError| HookError::Failed { label: "the runtime".into(), reason: "a script did not run".into() };
    let context = HookContext::new(thread, require, scripts).map_err(failed)?;
    let mut installer = Installer::again(thread, context).map_err(failed)?;
    let loads = installer.listen(scripts).map_err(failed)?;
    installer.catch(internals).map_err(failed)?;
    installer.open(scripts).map_err(failed)?;
    installer.replace_execve(scripts, internals).map_err(failed)?;
    for row in rows() {
        if !installer.is_wanted(row)? {
            continue;
        }
        if loads.is_some_and(|loads| loads.waits(row.target)) {
            context.rows.borrow_mut().push(row);
        } else {
            installer.hook(row)?;
        }
    }
    for name in BINDINGS {
        installer.refuse_unknown(name).map_err(failed)?;
    }
    installer.replace_superclass(scripts).map_err(failed)?;
    installer.pin().map_err(failed)?;
    installer.hook_worker(scripts, internals)?;
    for module in ["net", "fs", "dgram"] {
        if !loads.is_some_and(|loads| loads.waits(Target::Module(module))) {
            installer.attend(module)?;
        }
    }
    installer.attend("fetch")?;
    let Some(loads) = loads else { return Ok(()) };
    thread.lazy_modules.set(Some(loads));
    let hook_later = move |module| Installer::again(thread, context).map_err(failed)?.hook_module(module);
    loads.begin(hook_later).into_iter().try_for_each(|module| installer.hook_module(module))
}

/// Functions of `path` that Node looks up after a call was allowed (`lstat`, `opendir` and
/// `openAsBlob` of Node 20, recursive `opendir` before Node 26). If the program could replace them,
/// they would lead the call elsewhere.
const PINNED: [&str; 2] = ["toNamespacedPath", "join"];

/// The internal bindings with hooked functions. True if Node's modules copy the functions when they
/// are loaded.
const CAUGHT: [(&str, bool); 8] = [
    ("crypto", true),
    ("fs_dir", false),
    ("module_wrap", false),
    ("modules", false),
    ("profiler", false),
    ("trace_events", false),
    ("wasi", false),
    ("webstorage", false),
];

impl HookContext {
    fn new(thread: &'static Thread, require: Value<'_>, scripts: Value<'_>) -> Result<&'static Self, JsError> {
        let env = thread.env();
        let apply = env.get(scripts, "apply")?;
        let construct = env.get(scripts, "construct")?;
        let define = env.get(scripts, "defineProperty")?;
        let descriptor = env.get(scripts, "getOwnPropertyDescriptor")?;
        let process = thread.primordials.process.get(env)?;
        let builtin = env.get(process, "getBuiltinModule")?;
        let module = |name: &str| env.call_plain(require, &[env.string(name)?]);
        let promises = env.call_plain(descriptor, &[module("fs")?, env.string("promises")?])?;
        let keys = env.get(scripts, "ownKeys")?;
        let go = env.get(scripts, "go")?;
        let [gone, error] = [env.get(scripts, "gone")?, env.get(scripts, "Error")?];
        let trampoline =
            env.call_plain(env.run(include_str!("trampoline.js"))?, &[apply, keys, define, go, gone, error])?;
        let (function, dress) = (env.get(trampoline, "make")?, env.get(trampoline, "dress")?);
        let proceed = env.get(trampoline, "proceed")?;
        let descriptors = descriptor_stand_ins(thread, trampoline, module("async_hooks")?)?;
        let class = env.call_plain(env.run(include_str!("class.js"))?, &[apply, construct, define, dress, proceed])?;
        Ok(own(Self {
            require: env.keep(require)?,
            apply: env.keep(apply)?,
            binding: env.keep(env.get(process, "binding")?)?,
            builtin: if env.is_function(builtin) { Some(env.keep(builtin)?) } else { None },
            promises: env.keep(env.get(promises, "get")?)?,
            scripts: env.keep(scripts)?,
            trampoline: env.keep(trampoline)?,
            descriptors: env.keep(descriptors)?,
            function: env.keep(function)?,
            class: env.keep(class)?,
            proceed: env.keep(proceed)?,
            define: env.keep(define)?,
            descriptor: env.keep(descriptor)?,
            functions: env.keep(env.get(scripts, "functionsOf")?)?,
            rows: RefCell::default(),
        }))
    }
}

/// Makes the makers of stand-ins for functions of descriptors (`trampoline.js`).
fn descriptor_stand_ins<'env>(
    thread: &'static Thread,
    trampoline: Value<'env>,
    async_hooks: Value<'env>,
) -> Result<Value<'env>, JsError> {
    let env = thread.env();
    let process = thread.primordials.process.get(env)?;
    let fs = env.call(process, env.get(process, "binding")?, &[env.string("fs")?])?;
    let requests = env.get(env.get(fs, "FSReqCallback")?, "prototype")?;
    let policy = thread.thread_policy();
    let owner = opened::owner_of_thread(policy.number());
    let captured = [
        env.shared_numbers(opened::table())?,
        env.number(f64::from(owner))?,
        env.boolean(policy.is_given_less())?,
        env.native::<Opened>("opened", own(Opener { thread, owner }))?,
        env.get(async_hooks, "executionAsyncId")?,
        env.get(requests, "getAsyncId")?,
    ];
    env.call_plain(env.get(trampoline, "descriptors")?, &captured)
}

impl Hook {
    fn of(thread: &'static Thread, row: &'static HookSpec) -> &'static Self {
        own(Self { thread, row })
    }
}

impl<'env> Installer<'env> {
    /// Makes the installer for this call of the engine.
    pub fn again(thread: &'static Thread, context: &'static HookContext) -> Result<Self, JsError> {
        let env = thread.env();
        Ok(Self {
            env,
            thread,
            context,
            process: thread.primordials.process.get(env)?,
            function: context.function.get(env)?,
            class: context.class.get(env)?,
            internal: Vec::new(),
            holders: RefCell::default(),
            late: thread.lazy_modules.get().is_some(),
        })
    }

    /// Starts to watch which modules Node loads. A worker is not watched, because it may be ended
    /// at any time, also while hooks are set. A process that writes coverage is not watched either:
    /// Node then loads modules after the environment of this thread is gone.
    fn listen(&self, scripts: Value<'_>) -> Result<Option<&'static ModuleLoads>, JsError> {
        if self.context.builtin.is_none() || !self.thread.thread_policy().is_process() || origin::writes_coverage() {
            return Ok(None);
        }
        let env = self.env;
        let names = ["getPrototypeOf", "setPrototypeOf", "getOwnPropertyDescriptor", "defineProperty"];
        let captured: Vec<Value<'_>> = names.iter().map(|name| env.get(scripts, name)).collect::<Result<_, _>>()?;
        let script = env.call_plain(env.run(include_str!("lazy_modules.js"))?, &captured)?;
        let keeps_store = self.keeps_store();
        // A module of a program may be evaluated with a limit, which no guard sees
        // (`Guard::Ended`).
        let may_wait = !origin::has_option("--experimental-vm-modules");
        ModuleLoads::listen(self.thread, script, self.context.builtin, |module| {
            may_wait && (module != "crypto" || !keeps_store)
        })
    }

    /// Returns true if keys may be read by URL, now or in audit mode. The functions of `crypto`
    /// then ask each time.
    fn keeps_store(&self) -> bool {
        let policy = self.thread.policy();
        policy.audits() || policy.has(Scope::OpensslStore, &Resource::Nothing)
    }

    /// Takes the internal bindings from the values that `deserializer.js` found. If Node has made a
    /// binding already, Node's own modules may hold its functions. The functions of those modules
    /// are hooked then.
    fn catch(&mut self, internals: Option<Value<'_>>) -> Result<(), JsError> {
        let Some(internals) = internals else { return Ok(()) };
        let env = self.env;
        let made = env.get(self.process, "moduleLoadList")?;
        let made: Vec<String> =
            (0..env.length(made)?).filter_map(|at| env.as_string(env.element(made, at).ok()?)).collect();
        for (name, is_copied) in CAUGHT {
            // The operator has Node write coverage into a folder of the operator's choice.
            if name == "profiler" && self.thread.thread_policy().is_process() && origin::writes_coverage() {
                continue;
            }
            if name == "webstorage" && env.as_bool(env.get(internals, "hasWebStorage")?) != Some(true) {
                continue;
            }
            let is_made = made.iter().any(|made| made.strip_prefix("Internal Binding ") == Some(name));
            // Node 20 has no such binding. Other Nodes make it before permit runs.
            if name == "modules" && !is_made {
                continue;
            }
            if !is_copied || !is_made {
                self.internal.push((name, self.internal_binding(internals, name)?));
            }
        }
        Ok(())
    }

    /// Returns an internal binding.
    fn internal_binding(&self, internals: Value<'_>, name: &str) -> Result<Value<'env>, JsError> {
        let env = self.env;
        env.call_plain(env.get(internals, "internalBinding")?, &[env.string(name)?])
    }

    fn caught(&self, binding: &str) -> Option<Value<'env>> {
        self.internal.iter().find(|(name, _)| *name == binding).map(|(_, caught)| *caught)
    }

    /// Forces lazily created bindings to initialise now. While Node makes a binding, a program can
    /// see its properties by setters on `Object.prototype`. These bindings hold a class that opens
    /// files.
    fn open(&self, scripts: Value<'_>) -> Result<(), JsError> {
        let env = self.env;
        let wasi = self.holder(Target::Module("wasi"))?.ok_or(JsError)?;
        let options = env.object()?;
        env.put(options, "version", env.string("preview1")?)?;
        let made = env.construct(env.get(wasi, "WASI")?, &[options])?;
        let imports = env.get(made, "wasiImport")?;
        let prototype = env.prototype(imports)?;
        for row in [&runtime::RAW_WASI_SYMLINK, &runtime::RAW_WASI_TIMES] {
            let original = env.get(prototype, row.name)?;
            self.replace::<Hook>(prototype, row.name, original, self.function, Hook::of(self.thread, row))?;
        }
        self.follow_descriptors(scripts, prototype)?;
        let class = self.guard_class(imports, &runtime::RAW_WASI)?;
        if let Some(binding) = self.caught("wasi") {
            env.put(binding, runtime::RAW_WASI.name, class)?;
        }
        self.hook(&runtime::WEB_STORAGE).map_err(|_| JsError)?;
        // Some Nodes lack it.
        env.run("try { globalThis.Storage; } catch {}").map(|_| ())
    }

    /// Follows what guests do with the descriptors that WASI objects got (`wasi.rs`).
    fn follow_descriptors(&self, scripts: Value<'_>, prototype: Value<'_>) -> Result<(), JsError> {
        let env = self.env;
        let dress = env.get(self.context.trampoline.get(env)?, "dress")?;
        let changes = env.native::<wasi::Changes>("changes", self.thread)?;
        let collected = env.native::<wasi::Collected>("collected", &())?;
        let made = env.call_plain(env.run(wasi::OBJECTS)?, &[scripts, dress, changes, collected])?;
        for name in ["fd_close", "fd_renumber"] {
            let stand_in = env.call_plain(env.get(made, "changing")?, &[env.get(prototype, name)?])?;
            env.put(prototype, name, stand_in)?;
        }
        self.thread.primordials.wasi.set(env.keep(made)?).map_err(|_| JsError)
    }

    /// Makes the prototype of a native object lead to a class that asks. The object's own class
    /// would construct without a guard.
    fn guard_class(&self, object: Value<'_>, row: &'static HookSpec) -> Result<Value<'env>, JsError> {
        let env = self.env;
        let class = env.get(env.prototype(object)?, "constructor")?;
        let ask = env.native::<Hook>(row.name, Hook::of(self.thread, row))?;
        env.call_plain(self.class, &[ask, class])
    }

    /// Returns true if the row applies to this Node and to the bindings that were caught.
    fn is_wanted(&self, row: &'static HookSpec) -> Result<bool, HookError> {
        if row.if_given_less && !self.thread.thread_policy().is_given_less() {
            return Ok(false);
        }
        if row.unless_caught.is_some_and(|binding| self.caught(binding).is_some()) {
            return Ok(false);
        }
        let failed = |_: JsError| HookError::Missing { label: row.label() };
        // If keys may be read by URL, the public functions ask, and one question is enough.
        if row.guards == [Guard::StoreBelow] {
            let Some(crypto) = self.caught("crypto").filter(|_| !self.keeps_store()) else { return Ok(false) };
            return self.env.has_own(crypto, "kKeyFormatStore").map_err(failed);
        }
        let Some((binding, name)) = row.only_if else { return Ok(true) };
        let holder = self.holder(Target::Binding(binding)).map_err(failed)?.ok_or(JsError).map_err(failed)?;
        Ok(self.env.is_function(self.env.get(holder, name).map_err(failed)?))
    }

    /// Sets the hooks of a module that Node has just loaded.
    pub fn hook_module(&self, module: &'static str) -> Result<(), HookError> {
        let rows: Vec<_> =
            self.context.rows.borrow().iter().filter(|row| lazy_modules::is_of(row, module)).copied().collect();
        rows.into_iter().try_for_each(|row| self.hook(row))?;
        if module == "dgram" { self.attend(module) } else { Ok(()) }
    }

    /// If there is a log, notes who asks a module or `fetch` for work that runs later.
    fn attend(&self, module: &'static str) -> Result<(), HookError> {
        let Some(callers) = self.thread.reporting.callers() else { return Ok(()) };
        let failed = |_: JsError| HookError::Failed { label: module.into(), reason: "callers cannot be noted".into() };
        let holder = match module {
            "fetch" => self.env.run("globalThis"),
            _ => self.holder(Target::Module(module)).and_then(|holder| holder.ok_or(JsError)),
        };
        holder.and_then(|holder| callers.attend(self.env, module, holder)).map_err(failed)
    }

    /// Puts native code in the place of Node's `process.execve` (`execve.js`). If this Node lacks
    /// the native code, the function refuses.
    fn replace_execve(&self, scripts: Value<'_>, internals: Option<Value<'_>>) -> Result<(), JsError> {
        let env = self.env;
        let original = env.get(self.process, "execve")?;
        // On a worker, `execve` throws.
        if !env.is_function(original) || !self.thread.thread_policy().is_process() {
            return Ok(());
        }
        let undefined = env.undefined()?;
        let native = match internals {
            Some(internals) => env.get(self.internal_binding(internals, "process_methods")?, "execve")?,
            None => undefined,
        };
        if !env.is_function(native) {
            return self.refuse(self.process, "execve", original, label(Target::Process("process"), "execve"));
        }
        let captured = [env.get(scripts, "apply")?, native, original];
        let made = env.call_plain(env.run(include_str!("execve.js"))?, &captured)?;
        env.put(self.process, "execve", made)
    }

    /// Makes the functions of [`PINNED`] constant.
    fn pin(&self) -> Result<(), JsError> {
        let path = self.holder(Target::Module("path"))?.ok_or(JsError)?;
        for name in PINNED {
            let function = self.env.get(path, name)?;
            self.env.define(path, name, function, sys::PropertyAttributes::enumerable)?;
        }
        Ok(())
    }

    /// Returns a module of Node.
    fn module(&self, name: &str) -> Result<Value<'env>, JsError> {
        let env = self.env;
        let undefined = env.undefined()?;
        // When Node reports `internal/fs/promises`, the public module may not be loaded yet. The
        // getter of `fs` returns the same object.
        if self.context.builtin.is_some() && name == "fs/promises" {
            return env.call_plain(self.context.promises.get(env)?, &[]);
        }
        let load = self.context.builtin.unwrap_or(self.context.require).get(env)?;
        // `require` throws for a module that this Node lacks.
        self.thread.primordials.attempt(undefined, load, &[env.string(name)?])?.map_err(|_| JsError)
    }

    /// Returns the object on which the function of a row stands, or `None` if this Node lacks the
    /// module or the class.
    fn holder(&self, target: Target) -> Result<Option<Value<'env>>, JsError> {
        let known = self.holders.borrow().iter().find(|(of, _)| *of == target).map(|(_, holder)| *holder);
        if let Some(known) = known {
            return Ok(known);
        }
        let found = self.find(target)?;
        self.holders.borrow_mut().push((target, found));
        Ok(found)
    }

    fn find(&self, target: Target) -> Result<Option<Value<'env>>, JsError> {
        let found = match target {
            Target::Binding(name) => {
                let binding = self.context.binding.get(self.env)?;
                self.thread.primordials.attempt(self.process, binding, &[self.env.string(name)?])?.map_err(|_| JsError)
            }
            Target::BindingClass(name, class) => {
                let Some(binding) = self.holder(Target::Binding(name))? else { return Ok(None) };
                return self.prototype_of(binding, class);
            }
            Target::Internal(name) => return Ok(self.caught(name)),
            Target::InternalClass(name, class) => match self.caught(name) {
                Some(binding) => return self.prototype_of(binding, class),
                None if name == "crypto" => self.secure_context(),
                None => return Ok(None),
            },
            Target::Module(name) => self.module(name),
            Target::ModuleClass("trace_events", _) => self.tracing(),
            Target::ModuleClass(name, class) => {
                let Some(module) = self.holder(Target::Module(name))? else { return Ok(None) };
                return self.prototype_of(module, class);
            }
            Target::Process("process.report") => self.thread.primordials.report(),
            Target::Process(_) => Ok(self.process),
        };
        match found {
            Ok(holder) if self.env.is_object(holder) => Ok(Some(holder)),
            Err(JsError) if self.late => Err(JsError),
            Ok(_) => Ok(None),
            Err(JsError) => {
                self.env.take_exception();
                Ok(None)
            }
        }
    }

    fn prototype_of(&self, holder: Value<'_>, class: &str) -> Result<Option<Value<'env>>, JsError> {
        let class = self.env.get(holder, class)?;
        if !self.env.is_function(class) {
            return Ok(None);
        }
        let prototype = self.env.get(class, "prototype")?;
        Ok(self.env.is_object(prototype).then_some(prototype))
    }

    /// Returns the prototype of the class behind `createTracing`. Node does not export the class,
    /// so an instance that is never enabled leads to it.
    fn tracing(&self) -> Result<Value<'env>, JsError> {
        let env = self.env;
        let module = self.module("trace_events")?;
        let options = env.object()?;
        let category = env.string("node")?;
        env.put(options, "categories", env.array(&[category])?)?;
        let tracing = env.call(module, env.get(module, "createTracing")?, &[options])?;
        env.prototype(tracing)
    }

    /// Returns the prototype of the native class below `tls.SecureContext`, which an instance leads
    /// to. This is for a process that loaded `crypto` before permit could catch its binding.
    fn secure_context(&self) -> Result<Value<'env>, JsError> {
        let env = self.env;
        let module = self.module("tls")?;
        let context = env.construct(env.get(module, "SecureContext")?, &[])?;
        env.prototype(env.get(context, "context")?)
    }

    fn hook(&self, row: &'static HookSpec) -> Result<(), HookError> {
        let failed = |_: JsError| HookError::Failed {
            label: row.label(),
            reason: self.env.take_exception().and_then(|error| self.env.as_string(error)).unwrap_or_default(),
        };
        let missing = || HookError::Missing { label: row.label() };
        let Some(holder) = self.holder(row.target).map_err(failed)? else {
            // Node made the binding before permit ran. The public functions have rows as well.
            let made_before = matches!(row.target, Target::Internal(_));
            return if row.everywhere && !made_before { Err(missing()) } else { Ok(()) };
        };
        if row.setter {
            let hooked = self.hook_setter(row, holder).map_err(failed)?;
            return if hooked || !row.everywhere { Ok(()) } else { Err(missing()) };
        }
        let original = self.env.get(holder, row.name).map_err(failed)?;
        if !self.env.is_function(original) {
            return if row.everywhere { Err(missing()) } else { Ok(()) };
        }
        if let Some(module) = row.assigned_by
            && self.holder(Target::Module(module)).map_err(failed)?.is_some()
        {
            return self.guard_assigned(row, holder, original).map_err(failed);
        }
        if row.guards.iter().any(|guard| matches!(guard, Guard::DatabaseObject(_))) {
            self.capture_location(holder).map_err(failed)?;
        }
        let make = self.maker(row).map_err(failed)?;
        self.replace::<Hook>(holder, row.name, original, make, Hook::of(self.thread, row)).map_err(failed)?;
        if row.guards.iter().any(|guard| matches!(guard, Guard::SqlScript(_))) {
            self.ask_engine(holder).map_err(failed)?;
        }
        if row.class { self.replace_aliases(holder, row.name, original).map_err(failed) } else { Ok(()) }
    }

    /// Returns the function that makes the stand-in of a row.
    fn maker(&self, row: &HookSpec) -> Result<Value<'env>, JsError> {
        let env = self.env;
        let (Target::Binding("fs"), Deliver::Request(request)) = (row.target, row.deliver) else {
            return Ok(if row.class { self.class } else { self.function });
        };
        let (kind, reads) = match row.guards {
            _ if row.gives_descriptor => ("opens", false),
            [Guard::Use(0, Use::Close)] => ("closes", false),
            [Guard::Use(0, to)] => ("uses", matches!(to, Use::Read | Use::Look)),
            _ => return Ok(self.function),
        };
        let request = env.number(f64::from(u32::try_from(request).map_err(|_| JsError)?))?;
        let makers = self.context.descriptors.get(env)?;
        env.call_plain(env.get(makers, kind)?, &[request, env.boolean(reads)?])
    }

    /// Has `SQLite` ask about the files that it opens (`sqlite.js`). `databases` is the prototype
    /// of `DatabaseSync`.
    fn ask_engine(&self, databases: Value<'_>) -> Result<(), JsError> {
        let env = self.env;
        let row = &runtime::ENGINE_ACTION;
        let native = env.native::<Hook>(row.name, Hook::of(self.thread, row))?;
        let captured = [
            self.context.scripts.get(env)?,
            self.context.trampoline.get(env)?,
            native,
            env.get(databases, "exec")?,
            env.get(databases, "setAuthorizer")?,
        ];
        let made = env.call_plain(env.run(databases::ENGINE)?, &captured)?;
        let stand_in = env.get(made, "setAuthorizer")?;
        if env.is_function(stand_in) {
            env.put(databases, "setAuthorizer", stand_in)?;
        }
        let _ = self.thread.primordials.sqlite.set(env.keep(made)?);
        Ok(())
    }

    /// Captures the method by which a guard recognises a database.
    fn capture_location(&self, sqlite: Value<'_>) -> Result<(), JsError> {
        let env = self.env;
        let prototype = env.get(env.get(sqlite, "DatabaseSync")?, "prototype")?;
        let location = env.get(prototype, "location")?;
        if !env.is_function(location) {
            return Err(JsError);
        }
        let _ = self.thread.primordials.database_location.set(env.keep(location)?);
        Ok(())
    }

    /// Makes `vm.Script` construct with the stand-in of the native class that it extends. Node took
    /// the native class when it loaded `vm`.
    fn replace_superclass(&self, scripts: Value<'_>) -> Result<(), JsError> {
        let env = self.env;
        let native = self.holder(Target::Binding("contextify"))?.ok_or(JsError)?;
        let public = self.holder(Target::Module("vm"))?.ok_or(JsError)?;
        let [script, stand_in] = [env.get(public, "Script")?, env.get(native, "ContextifyScript")?];
        env.call_plain(env.get(scripts, "setPrototypeOf")?, &[script, stand_in]).map(|_| ())
    }

    /// Guards the present function, and every function that Node assigns later (`assigned.js`).
    fn guard_assigned(&self, row: &'static HookSpec, holder: Value<'_>, original: Value<'_>) -> Result<(), JsError> {
        let env = self.env;
        let captured = [self.context.apply.get(env)?, self.context.define.get(env)?, self.function];
        let guard = env.call_plain(env.run(include_str!("assigned.js"))?, &captured)?;
        let ask = env.native::<Hook>(row.name, Hook::of(self.thread, row))?;
        env.call_plain(guard, &[holder, env.string(row.name)?, ask, original]).map(|_| ())
    }

    /// Puts the stand-in of a class under every other name of the class. `Database` of
    /// `node:sqlite` is `DatabaseSync` since Node 26.12.
    fn replace_aliases(&self, holder: Value<'_>, name: &str, original: Value<'_>) -> Result<(), JsError> {
        let env = self.env;
        let stand_in = env.get(holder, name)?;
        for (alias, function) in self.functions(holder)? {
            if env.same(function, original) {
                env.put(holder, &alias, stand_in)?;
            }
        }
        Ok(())
    }

    /// Puts a stand-in in the place of the original, with its name and its other properties.
    fn replace<N: Native>(
        &self,
        holder: Value<'_>,
        name: &str,
        original: Value<'_>,
        make: Value<'_>,
        data: &'static N::Data,
    ) -> Result<(), JsError> {
        let env = self.env;
        let ask = env.native::<N>(name, data)?;
        let stand_in = env.call_plain(make, &[ask, original])?;
        env.put(holder, name, stand_in)
    }

    /// Makes every unknown function of a binding refuse.
    fn refuse_unknown(&self, binding: &'static str) -> Result<(), JsError> {
        let target = Target::Binding(binding);
        let Some(holder) = self.holder(target)? else { return Ok(()) };
        for (name, function) in self.functions(holder)? {
            if !is_known(target, &name) {
                self.refuse(holder, &name, function, label(target, &name))?;
            }
            let prototype = self.env.get(function, "prototype")?;
            if !self.env.is_object(prototype) {
                continue;
            }
            for (method, function) in self.functions(prototype)? {
                let known = method == "constructor"
                    || rows().any(|row| row.name == method && is_class(row.target, binding, &name))
                    || unguarded()
                        .any(|entry| entry.names.contains(&method.as_str()) && is_class(entry.target, binding, &name));
                if !known {
                    self.refuse(prototype, &method, function, format!("{}.{method}", label(target, &name)))?;
                }
            }
        }
        Ok(())
    }

    fn refuse(&self, holder: Value<'_>, name: &str, function: Value<'_>, label: String) -> Result<(), JsError> {
        let unknown = own(Unknown { thread: self.thread, label });
        self.replace::<Unknown>(holder, name, function, self.function, unknown)
    }

    /// Returns the own functions of an object. Accessors are left out.
    fn functions(&self, object: Value<'_>) -> Result<Vec<(String, Value<'env>)>, JsError> {
        let env = self.env;
        let found = env.call_plain(self.context.functions.get(env)?, &[object])?;
        let pair = |at: u32| Ok((env.as_string(env.element(found, at)?).ok_or(JsError)?, env.element(found, at + 1)?));
        (0..env.length(found)?).step_by(2).map(pair).collect()
    }

    /// Sets the hooks of `worker_threads.Worker` and `module.register`. Their stand-ins share a
    /// record of the threads.
    fn hook_worker(&self, scripts: Value<'_>, internals: Option<Value<'_>>) -> Result<(), HookError> {
        let failed = |_: JsError| HookError::Failed {
            label: runtime::WORKER.label(),
            reason: "its stand-in could not be made".into(),
        };
        let env = self.env;
        let made = (|| {
            let threads = self.holder(runtime::WORKER.target)?.ok_or(JsError)?;
            let module = self.holder(runtime::REGISTER.target)?.ok_or(JsError)?;
            let undefined = env.undefined()?;
            let proceed = self.context.proceed.get(env)?;
            let factory =
                env.call_plain(env.run(worker::STAND_INS)?, &[scripts, proceed, env.string(worker::carrier())?])?;
            let ask = |row: &'static HookSpec| env.native::<Hook>(row.name, Hook::of(self.thread, row));
            let stand_ins = env.call_plain(
                factory,
                &[
                    ask(&runtime::WORKER)?,
                    env.native::<worker::Starting>("starting", self.thread)?,
                    env.native::<worker::Refuse>("Worker", self.thread)?,
                    env.get(threads, runtime::WORKER.name)?,
                    ask(&runtime::REGISTER)?,
                    env.get(module, runtime::REGISTER.name)?,
                    env.boolean(origin::has_loader())?,
                    internals.unwrap_or(undefined),
                    threads,
                    self.holder(Target::Module("async_hooks"))?.ok_or(JsError)?,
                ],
            )?;
            for (holder, row) in [(threads, &runtime::WORKER), (module, &runtime::REGISTER)] {
                let stand_in = env.get(stand_ins, row.name)?;
                if !env.is_function(stand_in) {
                    return Err(JsError);
                }
                env.put(holder, row.name, stand_in)?;
            }
            self.thread.unfit.set(env.keep(env.get(stand_ins, "unfit")?)?).map_err(|_| JsError)?;
            self.unpack(env.get(stand_ins, "unpack")?)
        })();
        made.map_err(failed)
    }

    /// Takes the data from the thread that made this one (`worker.js`).
    fn unpack(&self, unpack: Value<'_>) -> Result<(), JsError> {
        if self.thread.thread_policy().is_process() {
            return Ok(());
        }
        let env = self.env;
        let unpacked = env.call_plain(unpack, &[])?;
        if env.as_bool(unpacked) == Some(true) { Ok(()) } else { Err(JsError) }
    }

    /// Puts a stand-in in the place of the setter of an accessor.
    fn hook_setter(&self, row: &'static HookSpec, holder: Value<'_>) -> Result<bool, JsError> {
        let env = self.env;
        let name = env.string(row.name)?;
        let descriptor = env.call_plain(self.context.descriptor.get(env)?, &[holder, name])?;
        if !env.is_object(descriptor) || !env.is_function(env.get(descriptor, "set")?) {
            return Ok(false);
        }
        let setter = env.get(descriptor, "set")?;
        let ask = env.native::<Hook>(row.name, Hook::of(self.thread, row))?;
        let stand_in = env.call_plain(self.function, &[ask, setter])?;
        env.put(descriptor, "set", stand_in)?;
        env.call_plain(self.context.define.get(env)?, &[holder, name, descriptor])?;
        Ok(true)
    }
}

fn is_class(target: Target, binding: &str, class: &str) -> bool {
    matches!(target, Target::BindingClass(of, name) if of == binding && name == class)
}

/// The native half of every stand-in. It answers in the form that the trampoline reads.
impl Native for Hook {
    type Data = Self;

    fn run<'env>(call: &'env Call<'env>, hook: &'static Self) -> Value<'env> {
        let answered = match ask(hook.thread, hook.row, call) {
            Ok(Answer::Go) => return hook.thread.primordials.go(),
            Ok(Answer::Over(value)) => is_over(call.env, value),
            Ok(Answer::With { args, after, on_throw, done }) => {
                call.env.array(&args).and_then(|args| go_on(hook.thread, args, [after, on_throw, done]))
            }
            Err(stop) => {
                let delivered = match stop {
                    Stop::Refused(refusal) => {
                        // A path that is hidden from module resolution is not reported as a
                        // refusal.
                        if hook.row.deliver != Deliver::ReturnEnoent {
                            hook.thread.reporting.with_receiver(call.this, || hook.thread.refused(&refusal));
                        }
                        deliver::deliver(hook.thread, hook.row, call, &refusal)
                    }
                    Stop::Threw => match call.env.take_exception() {
                        Some(exception) => deliver::deliver_exception(hook.thread, hook.row, exception),
                        None => Err(JsError),
                    },
                };
                delivered.and_then(|delivered| match delivered {
                    Delivered::Value(value) => is_over(call.env, value),
                    Delivered::Throw(error) => throws(call.env, error),
                })
            }
        };
        answered.unwrap_or_else(|_| fail_closed(call.env))
    }

    fn unread(env: Env<'_>) -> Value<'_> {
        fail_closed(env)
    }
}

/// The native half of the stand-in of an unknown function.
impl Native for Unknown {
    type Data = Self;

    fn run<'env>(call: &'env Call<'env>, unknown: &'static Self) -> Value<'env> {
        let error = errors::refused(unknown.thread, &Refusal::unknown(&unknown.label));
        error.and_then(|error| throws(call.env, error)).unwrap_or_else(|_| fail_closed(call.env))
    }

    fn unread(env: Env<'_>) -> Value<'_> {
        fail_closed(env)
    }
}
