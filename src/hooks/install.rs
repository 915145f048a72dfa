//! Puts the stand-ins in place, once a thread, before any code of the program runs.
//!
//! A function that a row names and this Node lacks stops the start, unless the row says that some Nodes lack it.
//! A function of a hooked binding that no row and no list of harmless ones names is made to refuse.

use std::cell::RefCell;

use super::answer::{fail_closed, go_on, is_over, throws};
use super::deliver::{self, Delivered};
use super::dispatch::{Answer, ask};
use super::error::HookError;
use super::lazy_modules::{self, Loads};
use super::question::Stop;
use super::tables::{BINDINGS, is_known, rows, unguarded};
use crate::hooks::guards::worker;
use crate::hooks::tables::row::{Deliver, Guard, Home, Row, label};
use crate::hooks::tables::runtime;
use crate::js::env::{Call, Failed, Js, Kept, Native, ORDINARY, Value};
use crate::js::owned::own;
use crate::policy::{Resource, Scope};
use crate::process::origin;
use crate::thread::errors;
use crate::thread::refusal::Refusal;
use crate::thread::thread::Thread;
use napi::sys;

/// What the stand-in of one row was made with.
struct Hook {
    thread: &'static Thread,
    row: &'static Row,
}

/// What the stand-in of a function that nobody knows was made with.
struct Unknown {
    thread: &'static Thread,
    label: String,
}

/// What hooks are set with, kept for those that are set later.
#[derive(Debug)]
pub struct Kit {
    require: Kept,
    apply: Kept,
    binding: Kept,
    /// `process.getBuiltinModule`: gets a module of Node without anything that a program can replace.
    builtin: Option<Kept>,
    /// The getter of `fs.promises`.
    promises: Kept,
    function: Kept,
    class: Kept,
    /// Gives the arguments that a stand-in proceeds with, or throws.
    proceed: Kept,
    define: Kept,
    descriptor: Kept,
    /// Gives the own functions of an object.
    functions: Kept,
    /// The rows of what has not been loaded yet.
    rows: RefCell<Vec<&'static Row>>,
}

/// What is needed of JavaScript while hooks are set.
pub struct Site {
    js: Js,
    thread: &'static Thread,
    kit: &'static Kit,
    process: Value,
    function: Value,
    class: Value,
    /// Bindings that Node keeps to itself.
    inner: Vec<(&'static str, Value)>,
    /// What has been found.
    holders: RefCell<Vec<(Home, Option<Value>)>>,
    /// The program runs: what cannot be had is no longer what this Node lacks.
    late: bool,
}

/// Sets every hook, but for those of modules that are hooked when they are loaded. `require` is Node's own; `scripts` is
/// what `primordials.js` made.
pub fn install(
    thread: &'static Thread,
    require: Value,
    scripts: Value,
    internals: Option<Value>,
) -> Result<(), HookError> {
    let failed = |_: Failed| HookError::Failed { label: "the runtime".into(), reason: "a script did not run".into() };
    let kit = Kit::new(thread, require, scripts).map_err(failed)?;
    let mut site = Site::again(thread, kit).map_err(failed)?;
    let loads = site.listen(scripts).map_err(failed)?;
    site.catch(internals).map_err(failed)?;
    site.open().map_err(failed)?;
    site.replace_execve(scripts, internals).map_err(failed)?;
    for row in rows() {
        if !site.is_wanted(row)? {
            continue;
        }
        if loads.is_some_and(|loads| loads.waits(row.home)) {
            kit.rows.borrow_mut().push(row);
        } else {
            site.hook(row)?;
        }
    }
    for name in BINDINGS {
        site.refuse_unknown(name).map_err(failed)?;
    }
    site.pin().map_err(failed)?;
    site.hook_worker(scripts, internals)?;
    for module in ["net", "fs", "dgram"] {
        if !loads.is_some_and(|loads| loads.waits(Home::Module(module))) {
            site.attend(module)?;
        }
    }
    site.attend("fetch")?;
    let Some(loads) = loads else { return Ok(()) };
    thread.lazy_modules.set(Some(loads));
    let hook_later = move |module| Site::again(thread, kit).map_err(failed)?.hook_module(module);
    loads.begin(hook_later).into_iter().try_for_each(|module| site.hook_module(module))
}

/// Functions of `path` that Node looks up when a call has been asked about and let through (`lstat`, `opendir` and
/// `openAsBlob` of Node 20, recursive `opendir` before Node 26): replaced by the program, they would lead it elsewhere.
const PINNED: [&str; 2] = ["toNamespacedPath", "join"];

/// The bindings of which functions are hooked, and that Node hands out to nobody. True for those of which Node's modules copy
/// the functions when they are loaded.
const CAUGHT: [(&str, bool); 3] = [("crypto", true), ("fs_dir", false), ("profiler", false)];

impl Kit {
    fn new(thread: &'static Thread, require: Value, scripts: Value) -> Result<&'static Self, Failed> {
        let js = thread.js;
        let undefined = js.undefined()?;
        let apply = js.get(scripts, "apply")?;
        let construct = js.get(scripts, "construct")?;
        let define = js.get(scripts, "defineProperty")?;
        let descriptor = js.get(scripts, "getOwnPropertyDescriptor")?;
        let process = thread.captured.process.get(js)?;
        let builtin = js.get(process, "getBuiltinModule")?;
        let module = |name: &str| js.call(undefined, require, &[js.string(name)?]);
        let promises = js.call(undefined, descriptor, &[module("fs")?, js.string("promises")?])?;
        let keys = js.get(scripts, "ownKeys")?;
        let go = js.get(scripts, "go")?;
        let [gone, error] = [js.get(scripts, "gone")?, js.get(scripts, "Error")?];
        let trampoline =
            js.call(undefined, js.run(include_str!("trampoline.js"))?, &[apply, keys, define, go, gone, error])?;
        let (function, dress) = (js.get(trampoline, "make")?, js.get(trampoline, "dress")?);
        let proceed = js.get(trampoline, "proceed")?;
        let class =
            js.call(undefined, js.run(include_str!("class.js"))?, &[apply, construct, define, dress, proceed])?;
        Ok(own(Self {
            require: js.keep(require)?,
            apply: js.keep(apply)?,
            binding: js.keep(js.get(process, "binding")?)?,
            builtin: if js.is_function(builtin) { Some(js.keep(builtin)?) } else { None },
            promises: js.keep(js.get(promises, "get")?)?,
            function: js.keep(function)?,
            class: js.keep(class)?,
            proceed: js.keep(proceed)?,
            define: js.keep(define)?,
            descriptor: js.keep(descriptor)?,
            functions: js.keep(js.get(scripts, "functionsOf")?)?,
            rows: RefCell::default(),
        }))
    }
}

impl Hook {
    fn of(thread: &'static Thread, row: &'static Row) -> &'static Self {
        own(Self { thread, row })
    }
}

impl Site {
    /// What hooks are set with, in this call of the engine.
    pub fn again(thread: &'static Thread, kit: &'static Kit) -> Result<Self, Failed> {
        let js = thread.js;
        Ok(Self {
            js,
            thread,
            kit,
            process: thread.captured.process.get(js)?,
            function: kit.function.get(js)?,
            class: kit.class.get(js)?,
            inner: Vec::new(),
            holders: RefCell::default(),
            late: thread.lazy_modules.get().is_some(),
        })
    }

    /// Begins to hear what Node loads. Not on a worker: it may be ended at any time, also while hooks are set. Nor where Node
    /// writes coverage: it loads modules for that when the environment of this thread is gone.
    fn listen(&self, scripts: Value) -> Result<Option<&'static Loads>, Failed> {
        if self.kit.builtin.is_none() || !self.thread.held.is_process() || origin::writes_coverage() {
            return Ok(None);
        }
        let js = self.js;
        let names = ["getPrototypeOf", "setPrototypeOf", "getOwnPropertyDescriptor", "defineProperty"];
        let captured: Vec<Value> = names.iter().map(|name| js.get(scripts, name)).collect::<Result<_, _>>()?;
        let script = js.call(js.undefined()?, js.run(include_str!("lazy_modules.js"))?, &captured)?;
        let keeps_store = self.keeps_store();
        // A module of a program that is evaluated with a limit is out of reach (`Guard::Ended`).
        let may_wait = !origin::has_option("--experimental-vm-modules");
        Loads::listen(self.thread, script, self.kit.builtin, |module| may_wait && (module != "crypto" || !keeps_store))
    }

    /// May keys be read by URL, now or in an audit? Then the functions of `crypto` are asked about each time.
    fn keeps_store(&self) -> bool {
        let policy = self.thread.held.policy();
        policy.audits() || policy.has(Scope::OpensslStore, &Resource::Nothing)
    }

    /// Takes the bindings that Node keeps to itself from what `deserializer.js` found. Where Node has made one already, its own
    /// modules may hold the functions: those of the modules are hooked then.
    fn catch(&mut self, internals: Option<Value>) -> Result<(), Failed> {
        let Some(internals) = internals else { return Ok(()) };
        let js = self.js;
        let made = js.get(self.process, "moduleLoadList")?;
        let made: Vec<String> =
            (0..js.length(made)?).filter_map(|at| js.as_string(js.element(made, at).ok()?)).collect();
        for (name, is_copied) in CAUGHT {
            // The operator has Node write coverage, into a folder that the operator named.
            if name == "profiler" && self.thread.held.is_process() && origin::writes_coverage() {
                continue;
            }
            if !is_copied || !made.iter().any(|made| made.strip_prefix("Internal Binding ") == Some(name)) {
                self.inner.push((name, self.internal_binding(internals, name)?));
            }
        }
        Ok(())
    }

    /// A binding that Node keeps to itself.
    fn internal_binding(&self, internals: Value, name: &str) -> Result<Value, Failed> {
        let js = self.js;
        js.call(js.undefined()?, js.get(internals, "internalBinding")?, &[js.string(name)?])
    }

    fn caught(&self, binding: &str) -> Option<Value> {
        self.inner.iter().find(|(name, _)| *name == binding).map(|(_, caught)| *caught)
    }

    /// Makes Node make the bindings that it would make when they are first used: while it makes one, a program can see what
    /// is put on it by setters on `Object.prototype`, and these hold a class that opens files.
    fn open(&self) -> Result<(), Failed> {
        let js = self.js;
        let wasi = self.holder(Home::Module("wasi"))?.ok_or(Failed)?;
        let options = js.object()?;
        js.define(options, "version", js.string("preview1")?, ORDINARY)?;
        let made = js.construct(js.get(wasi, "WASI")?, &[options])?;
        let imports = js.get(made, "wasiImport")?;
        let prototype = js.prototype(imports)?;
        let row = &runtime::RAW_WASI_SYMLINK;
        let original = js.get(prototype, row.name)?;
        self.replace::<Hook>(prototype, row.name, original, self.function, Hook::of(self.thread, row))?;
        self.guard_class(imports, &runtime::RAW_WASI)?;
        // Not there on every Node.
        js.run("try { globalThis.Storage; } catch {}").map(|_| ())
    }

    /// Has the prototype of a native object lead to a class that asks, in place of the object's own, which would be made past
    /// the public one.
    fn guard_class(&self, object: Value, row: &'static Row) -> Result<(), Failed> {
        let js = self.js;
        let class = js.get(js.prototype(object)?, "constructor")?;
        let ask = js.native::<Hook>(row.name, Hook::of(self.thread, row))?;
        js.call(js.undefined()?, self.class, &[ask, class]).map(|_| ())
    }

    /// Is the row for this Node, and for what has been caught?
    fn is_wanted(&self, row: &'static Row) -> Result<bool, HookError> {
        if row.if_given_less && !self.thread.held.is_given_less() {
            return Ok(false);
        }
        if row.without.is_some_and(|inner| self.caught(inner).is_some()) {
            return Ok(false);
        }
        let failed = |_: Failed| HookError::Missing { label: row.label() };
        // Where keys may be read by URL the public functions are asked, and one question is enough.
        if row.guards == [Guard::StoreBelow] {
            let Some(crypto) = self.caught("crypto").filter(|_| !self.keeps_store()) else { return Ok(false) };
            return self.js.has_own(crypto, "kKeyFormatStore").map_err(failed);
        }
        let Some((binding, name)) = row.beside else { return Ok(true) };
        let beside = self.holder(Home::Binding(binding)).map_err(failed)?.ok_or(Failed).map_err(failed)?;
        Ok(self.js.is_function(self.js.get(beside, name).map_err(failed)?))
    }

    /// Sets the hooks of a module that has been loaded just now.
    pub fn hook_module(&self, module: &'static str) -> Result<(), HookError> {
        let rows: Vec<_> =
            self.kit.rows.borrow().iter().filter(|row| lazy_modules::is_of(row, module)).copied().collect();
        rows.into_iter().try_for_each(|row| self.hook(row))?;
        if module == "dgram" { self.attend(module) } else { Ok(()) }
    }

    /// Notes who asks a module, or `fetch`, for what it does later, where there is a log.
    fn attend(&self, module: &'static str) -> Result<(), HookError> {
        let Some(sites) = self.thread.sites.get() else { return Ok(()) };
        let failed = |_: Failed| HookError::Failed { label: module.into(), reason: "callers cannot be noted".into() };
        let holder = match module {
            "fetch" => self.js.run("globalThis"),
            _ => self.holder(Home::Module(module)).and_then(|holder| holder.ok_or(Failed)),
        };
        holder.and_then(|holder| sites.attend(self.js, module, holder)).map_err(failed)
    }

    /// Puts native code where `process.execve` of Node was (`execve.js`). Where there is no such native code, the function
    /// refuses.
    fn replace_execve(&self, scripts: Value, internals: Option<Value>) -> Result<(), Failed> {
        let js = self.js;
        let original = js.get(self.process, "execve")?;
        // On a worker it throws.
        if !js.is_function(original) || !self.thread.held.is_process() {
            return Ok(());
        }
        let undefined = js.undefined()?;
        let native = match internals {
            Some(internals) => js.get(self.internal_binding(internals, "process_methods")?, "execve")?,
            None => undefined,
        };
        if !js.is_function(native) {
            return self.refuse(self.process, "execve", original, label(Home::Process("process"), "execve"));
        }
        let captured = [js.get(scripts, "apply")?, native, original];
        let made = js.call(undefined, js.run(include_str!("execve.js"))?, &captured)?;
        js.define(self.process, "execve", made, ORDINARY)
    }

    /// Makes [`PINNED`] what they are for good.
    fn pin(&self) -> Result<(), Failed> {
        let path = self.holder(Home::Module("path"))?.ok_or(Failed)?;
        for name in PINNED {
            let function = self.js.get(path, name)?;
            self.js.define(path, name, function, sys::PropertyAttributes::enumerable)?;
        }
        Ok(())
    }

    /// A module of Node.
    fn module(&self, name: &str) -> Result<Value, Failed> {
        let js = self.js;
        let undefined = js.undefined()?;
        // Of its public twin nothing is known when this one has been loaded.
        if self.kit.builtin.is_some() && name == "fs/promises" {
            return js.call(undefined, self.kit.promises.get(js)?, &[]);
        }
        let load = self.kit.builtin.unwrap_or(self.kit.require).get(js)?;
        // `require` throws for what this Node lacks.
        self.thread.attempt(undefined, load, &[js.string(name)?])?.map_err(|_| Failed)
    }

    /// The object that a row's function stands on; `None` if this Node has no such module or class.
    fn holder(&self, home: Home) -> Result<Option<Value>, Failed> {
        let known = self.holders.borrow().iter().find(|(of, _)| *of == home).map(|(_, holder)| *holder);
        if let Some(known) = known {
            return Ok(known);
        }
        let found = self.find(home)?;
        self.holders.borrow_mut().push((home, found));
        Ok(found)
    }

    fn find(&self, home: Home) -> Result<Option<Value>, Failed> {
        let found = match home {
            Home::Binding(name) => {
                let binding = self.kit.binding.get(self.js)?;
                self.thread.attempt(self.process, binding, &[self.js.string(name)?])?.map_err(|_| Failed)
            }
            Home::BindingClass(name, class) => {
                let Some(binding) = self.holder(Home::Binding(name))? else { return Ok(None) };
                return self.prototype_of(binding, class);
            }
            Home::Inner(name) => return Ok(self.caught(name)),
            Home::InnerClass(name, class) => match self.caught(name) {
                Some(binding) => return self.prototype_of(binding, class),
                None => self.secure_context(),
            },
            Home::Module(name) => self.module(name),
            Home::ModuleClass("trace_events", _) => self.tracing(),
            Home::ModuleClass(name, class) => {
                let Some(module) = self.holder(Home::Module(name))? else { return Ok(None) };
                return self.prototype_of(module, class);
            }
            Home::Process("process.report") => self.thread.report(),
            Home::Process(_) => Ok(self.process),
        };
        match found {
            Ok(holder) if self.js.is_object(holder) => Ok(Some(holder)),
            Err(Failed) if self.late => Err(Failed),
            Ok(_) => Ok(None),
            Err(Failed) => {
                self.js.take_exception();
                Ok(None)
            }
        }
    }

    fn prototype_of(&self, holder: Value, class: &str) -> Result<Option<Value>, Failed> {
        let class = self.js.get(holder, class)?;
        if !self.js.is_function(class) {
            return Ok(None);
        }
        let prototype = self.js.get(class, "prototype")?;
        Ok(self.js.is_object(prototype).then_some(prototype))
    }

    /// The class behind `createTracing` is not exported; an instance that is never enabled leads to it.
    fn tracing(&self) -> Result<Value, Failed> {
        let js = self.js;
        let module = self.module("trace_events")?;
        let options = js.object()?;
        let category = js.string("node")?;
        js.define(options, "categories", js.array(&[category])?, ORDINARY)?;
        let tracing = js.call(module, js.get(module, "createTracing")?, &[options])?;
        js.prototype(tracing)
    }

    /// The native class below `tls.SecureContext`, of which an instance has one. For a process in which `crypto` was loaded
    /// before permit could catch its binding.
    fn secure_context(&self) -> Result<Value, Failed> {
        let js = self.js;
        let module = self.module("tls")?;
        let context = js.construct(js.get(module, "SecureContext")?, &[])?;
        js.prototype(js.get(context, "context")?)
    }

    fn hook(&self, row: &'static Row) -> Result<(), HookError> {
        let failed = |_: Failed| HookError::Failed {
            label: row.label(),
            reason: self.js.take_exception().and_then(|error| self.js.as_string(error)).unwrap_or_default(),
        };
        let missing = || HookError::Missing { label: row.label() };
        let Some(holder) = self.holder(row.home).map_err(failed)? else {
            // A binding that was made before permit ran: the public functions are rows as well.
            let made_before = matches!(row.home, Home::Inner(_));
            return if row.everywhere && !made_before { Err(missing()) } else { Ok(()) };
        };
        if row.setter {
            let hooked = self.hook_setter(row, holder).map_err(failed)?;
            return if hooked || !row.everywhere { Ok(()) } else { Err(missing()) };
        }
        let original = self.js.get(holder, row.name).map_err(failed)?;
        if !self.js.is_function(original) {
            return if row.everywhere { Err(missing()) } else { Ok(()) };
        }
        if let Some(module) = row.assigned_by
            && self.holder(Home::Module(module)).map_err(failed)?.is_some()
        {
            return self.guard_assigned(row, holder, original).map_err(failed);
        }
        let make = if row.class { self.class } else { self.function };
        self.replace::<Hook>(holder, row.name, original, make, Hook::of(self.thread, row)).map_err(failed)?;
        if row.class { self.replace_aliases(holder, row.name, original).map_err(failed) } else { Ok(()) }
    }

    /// Guards what stands there, and what will be put in its place (`assigned.js`).
    fn guard_assigned(&self, row: &'static Row, holder: Value, original: Value) -> Result<(), Failed> {
        let js = self.js;
        let captured = [self.kit.apply.get(js)?, self.kit.define.get(js)?, self.function];
        let guard = js.call(js.undefined()?, js.run(include_str!("assigned.js"))?, &captured)?;
        let ask = js.native::<Hook>(row.name, Hook::of(self.thread, row))?;
        js.call(js.undefined()?, guard, &[holder, js.string(row.name)?, ask, original]).map(|_| ())
    }

    /// Puts the stand-in of a class under every other name that the class has there: `Database` of `node:sqlite` is
    /// `DatabaseSync` since Node 26.12.
    fn replace_aliases(&self, holder: Value, name: &str, original: Value) -> Result<(), Failed> {
        let js = self.js;
        let stand_in = js.get(holder, name)?;
        for (alias, function) in self.functions(holder)? {
            if js.same(function, original) {
                js.define(holder, &alias, stand_in, ORDINARY)?;
            }
        }
        Ok(())
    }

    /// Puts a stand-in where the original was, under its name and with what hangs on it.
    fn replace<N: Native>(
        &self,
        holder: Value,
        name: &str,
        original: Value,
        make: Value,
        data: &'static N::Data,
    ) -> Result<(), Failed> {
        let js = self.js;
        let ask = js.native::<N>(name, data)?;
        let stand_in = js.call(js.undefined()?, make, &[ask, original])?;
        js.define(holder, name, stand_in, ORDINARY)
    }

    /// Makes every function of a binding that nobody knows refuse.
    fn refuse_unknown(&self, binding: &'static str) -> Result<(), Failed> {
        let home = Home::Binding(binding);
        let Some(holder) = self.holder(home)? else { return Ok(()) };
        for (name, function) in self.functions(holder)? {
            if !is_known(home, &name) {
                self.refuse(holder, &name, function, label(home, &name))?;
            }
            let prototype = self.js.get(function, "prototype")?;
            if !self.js.is_object(prototype) {
                continue;
            }
            for (method, function) in self.functions(prototype)? {
                let known = method == "constructor"
                    || rows().any(|row| row.name == method && is_class(row.home, binding, &name))
                    || unguarded()
                        .any(|entry| entry.names.contains(&method.as_str()) && is_class(entry.home, binding, &name));
                if !known {
                    self.refuse(prototype, &method, function, format!("{}.{method}", label(home, &name)))?;
                }
            }
        }
        Ok(())
    }

    fn refuse(&self, holder: Value, name: &str, function: Value, label: String) -> Result<(), Failed> {
        let unknown = own(Unknown { thread: self.thread, label });
        self.replace::<Unknown>(holder, name, function, self.function, unknown)
    }

    /// The own functions of an object; accessors are left alone.
    fn functions(&self, object: Value) -> Result<Vec<(String, Value)>, Failed> {
        let js = self.js;
        let found = js.call(js.undefined()?, self.kit.functions.get(js)?, &[object])?;
        let pair = |at: u32| Ok((js.as_string(js.element(found, at)?).ok_or(Failed)?, js.element(found, at + 1)?));
        (0..js.length(found)?).step_by(2).map(pair).collect()
    }

    /// `worker_threads.Worker` and `module.register`, whose stand-ins share what they know of threads.
    fn hook_worker(&self, scripts: Value, internals: Option<Value>) -> Result<(), HookError> {
        let failed = |_: Failed| HookError::Failed {
            label: runtime::WORKER.label(),
            reason: "its stand-in could not be made".into(),
        };
        let js = self.js;
        let made = (|| {
            let threads = self.holder(runtime::WORKER.home)?.ok_or(Failed)?;
            let module = self.holder(runtime::REGISTER.home)?.ok_or(Failed)?;
            let undefined = js.undefined()?;
            let proceed = self.kit.proceed.get(js)?;
            let factory = js.call(undefined, js.run(worker::STAND_INS)?, &[scripts, proceed])?;
            let ask = |row: &'static Row| js.native::<Hook>(row.name, Hook::of(self.thread, row));
            let stand_ins = js.call(
                undefined,
                factory,
                &[
                    ask(&runtime::WORKER)?,
                    js.native::<worker::Starting>("starting", self.thread)?,
                    js.native::<worker::Refuse>("Worker", self.thread)?,
                    js.get(threads, runtime::WORKER.name)?,
                    ask(&runtime::REGISTER)?,
                    js.get(module, runtime::REGISTER.name)?,
                    js.boolean(origin::has_loader())?,
                    internals.unwrap_or(undefined),
                    threads,
                    self.holder(Home::Module("async_hooks"))?.ok_or(Failed)?,
                ],
            )?;
            for (holder, row) in [(threads, &runtime::WORKER), (module, &runtime::REGISTER)] {
                let stand_in = js.get(stand_ins, row.name)?;
                if !js.is_function(stand_in) {
                    return Err(Failed);
                }
                js.define(holder, row.name, stand_in, ORDINARY)?;
            }
            self.thread.unfit.set(js.keep(js.get(stand_ins, "unfit")?)?).map_err(|_| Failed)?;
            self.unpack(js.get(stand_ins, "unpack")?)
        })();
        made.map_err(failed)
    }

    /// Takes what the maker of this thread sent (`worker.js`).
    fn unpack(&self, unpack: Value) -> Result<(), Failed> {
        if self.thread.held.is_process() {
            return Ok(());
        }
        let js = self.js;
        let unpacked = js.call(js.undefined()?, unpack, &[])?;
        if js.as_bool(unpacked) == Some(true) { Ok(()) } else { Err(Failed) }
    }

    /// Puts a stand-in where the setter of an accessor was.
    fn hook_setter(&self, row: &'static Row, holder: Value) -> Result<bool, Failed> {
        let js = self.js;
        let undefined = js.undefined()?;
        let name = js.string(row.name)?;
        let descriptor = js.call(undefined, self.kit.descriptor.get(js)?, &[holder, name])?;
        if !js.is_object(descriptor) || !js.is_function(js.get(descriptor, "set")?) {
            return Ok(false);
        }
        let setter = js.get(descriptor, "set")?;
        let ask = js.native::<Hook>(row.name, Hook::of(self.thread, row))?;
        let stand_in = js.call(undefined, self.function, &[ask, setter])?;
        js.define(descriptor, "set", stand_in, ORDINARY)?;
        js.call(undefined, self.kit.define.get(js)?, &[holder, name, descriptor])?;
        Ok(true)
    }
}

fn is_class(home: Home, binding: &str, class: &str) -> bool {
    matches!(home, Home::BindingClass(of, name) if of == binding && name == class)
}

/// The native half of every stand-in: asks, and answers what the trampoline understands.
impl Native for Hook {
    type Data = Self;

    fn run(call: &Call, hook: &'static Self) -> Value {
        let answered = match ask(hook.thread, hook.row, call) {
            Ok(Answer::Go) => return hook.thread.go(),
            Ok(Answer::With { args, after, failed, done }) => {
                call.js.array(&args).and_then(|args| go_on(hook.thread, args, [after, failed, done]))
            }
            Err(stop) => {
                let delivered = match stop {
                    Stop::Refused(refusal) => {
                        // What module resolution is not shown is no refusal.
                        if hook.row.deliver != Deliver::NotThere {
                            hook.thread.of(call.this, || hook.thread.refused(&refusal));
                        }
                        deliver::deliver(hook.thread, hook.row, call, &refusal)
                    }
                    Stop::Threw => match call.js.take_exception() {
                        Some(exception) => deliver::deliver_exception(hook.thread, hook.row, exception),
                        None => Err(Failed),
                    },
                };
                delivered.and_then(|delivered| match delivered {
                    Delivered::Value(value) => is_over(call.js, value),
                    Delivered::Throw(error) => throws(call.js, error),
                })
            }
        };
        answered.unwrap_or_else(|_| fail_closed(call.js))
    }

    fn unread(js: Js) -> Value {
        fail_closed(js)
    }
}

/// The native half of the stand-in of a function that permit does not know.
impl Native for Unknown {
    type Data = Self;

    fn run(call: &Call, unknown: &'static Self) -> Value {
        let error = errors::refused(unknown.thread, &Refusal::unknown(&unknown.label));
        error.and_then(|error| throws(call.js, error)).unwrap_or_else(|_| fail_closed(call.js))
    }

    fn unread(js: Js) -> Value {
        fail_closed(js)
    }
}
