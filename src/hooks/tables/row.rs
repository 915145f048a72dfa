//! What a row of the hook tables is made of. The tables themselves are in the files named after their area.
//!
//! A row says where a function stands, which of its arguments name what, and how its API delivers an error.
//! It holds no behaviour: `dispatch` reads the guards, `deliver` reads the delivery, `install` reads the place.

use crate::policy::Scope;

/// Where a function stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// On the object that `process.binding(name)` hands out and lib/*.js calls through.
    Binding(&'static str),
    /// On the prototype of a class of such a binding.
    BindingClass(&'static str, &'static str),
    /// On a binding that Node keeps to itself (`deserializer.js`).
    Internal(&'static str),
    /// On the prototype of a class of such a binding.
    InternalClass(&'static str, &'static str),
    /// An export of a public module.
    Module(&'static str),
    /// On the prototype of a class that a public module exports.
    ModuleClass(&'static str, &'static str),
    /// On `process`, or on an object that hangs on it (`report`).
    Process(&'static str),
}

/// What one argument (or the call as a whole) needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// The path in this argument is read.
    Read(usize),
    /// The path in this argument is read, and a link in its last place is not followed.
    ReadNoFollow(usize),
    /// The same for the flavours that run later. At once the binding is called by Node itself, which reads the links above
    /// a path to resolve it; the public function is a row.
    ReadNoFollowLater(usize),
    /// Module resolution asks whether something is at the path in this argument. A folder of packages that is not granted,
    /// and holds nothing that is, is not there.
    Probe(usize),
    /// The folders in which module resolution looks, an array in this argument: without those that are not there.
    LookUp(usize),
    /// The directory that this entry of another one names is read. The original gets a copy with what was asked about.
    Entry(usize),
    /// The path in this argument is written, and a link in its last place is not followed.
    WriteNoFollow(usize),
    /// The path in this argument is read. The function takes strings only.
    ReadText(usize),
    /// The path in this argument is read; the second is what the function takes when it is not given.
    ReadOr(usize, &'static str),
    /// The path in this argument is written.
    Write(usize),
    /// The path in this argument and everything below it is read, behind links as well.
    ReadTree(usize),
    /// Everything below the path is read if the options say `recursive`. The path itself is asked about where it is opened.
    ReadTreeOption {
        /// The argument with the path.
        path: usize,
        /// The argument with the options.
        options: usize,
    },
    /// `source`'s tree is made again at `target`: each entry is read there and written here.
    CopyTree {
        /// The argument with the directory to copy.
        source: usize,
        /// The argument with the directory to make.
        target: usize,
    },
    /// The path is removed, with everything below it if the second argument is `true`.
    Remove {
        /// The argument with the path.
        path: usize,
        /// The argument that says whether to remove what is below.
        recursive: usize,
    },
    /// A public function removes the path, with everything below it if the options say `recursive`. A callback hears of
    /// a refusal on a later tick, as it does after Node has looked at the path.
    RemoveOption {
        /// The argument with the path.
        path: usize,
        /// The argument with the options.
        options: usize,
    },
    /// The path is opened with the flags of the other argument, as `open(2)` reads them. A number in place of the
    /// path is a descriptor that is open already.
    Open {
        /// The argument with the path.
        path: usize,
        /// The argument with the flags.
        flags: usize,
    },
    /// A public whole-file function: the path is opened with the `flag` of the options object, or with the default.
    OpenOption {
        /// The argument with the path.
        path: usize,
        /// The argument with the options.
        options: usize,
        /// The flag that the function takes when the options name none.
        default: &'static str,
    },
    /// A folder or a link is moved: nothing below the one argument is denied, for it would be found under another name, and
    /// nothing below the other is denied to be written, for it would be made there.
    NoDenialBelow {
        /// The argument with what is moved.
        source: usize,
        /// The argument with its new place.
        target: usize,
    },
    /// A link is moved, or a folder with links below it: what each leads to from its new place.
    MovedLinks {
        /// The argument with what is moved.
        source: usize,
        /// The argument with its new place.
        target: usize,
    },
    /// The working directory moves to the path in this argument. What Node writes there by itself, under relative names, is
    /// asked about at the new place.
    WritersMove(usize),
    /// The path is removed or moved: it is no `package.json` on which a rule of the policy hangs.
    NotKept(usize),
    /// A virtual file system is put over the real one.
    Mount(usize),
    /// A directory is made, with every missing one above it if the other argument is `true`.
    MakeDirectory {
        /// The argument with the path.
        path: usize,
        /// The argument that says whether to make those above.
        recursive: usize,
    },
    /// Every missing directory above the path is made.
    FoldersAbove(usize),
    /// A directory is made whose name begins with this argument.
    Temporary(usize),
    /// A symbolic link is made: what it points at is reachable through it from then on.
    Link {
        /// The argument with the text of the link.
        target: usize,
        /// The argument with the place of the link.
        path: usize,
    },
    /// The file behind an open descriptor is changed.
    Descriptor(usize),
    /// An open descriptor is used by its number: the program must have been given it.
    Use(usize, Use),
    /// The same for the descriptor of a native `FileHandle`, the receiver of the call.
    UseHandle(Use),
    /// A whole scope is needed; the resource has a fixed name.
    Whole(Scope, &'static str),
    /// A whole scope is needed; the resource is the string in this argument.
    Named(Scope, usize),
    /// A connection to `address:port` at these arguments.
    Connect {
        /// The argument with the address.
        address: usize,
        /// The argument with the port.
        port: usize,
    },
    /// A connection to, or a server on, the unix socket in this argument.
    Socket(Scope, usize),
    /// An address and a port are bound.
    Bind {
        /// The argument with the address.
        address: usize,
        /// The argument with the port.
        port: usize,
    },
    /// The public `server.listen(…)` in its many forms.
    Listen,
    /// The public `socket.bind(…)` of datagrams.
    BindDatagram,
    /// A bound socket starts to accept.
    Accept,
    /// The socket behind the descriptor in this argument is made one's own.
    Adopt(usize),
    /// What is sent to the group in this argument is accepted.
    Join(usize),
    /// A datagram: `(req, list, count, port, address, hasCallback)`, or without port and address if connected.
    Send,
    /// A name is resolved, or an address to its name.
    Resolve(usize),
    /// A name is resolved to addresses.
    Addresses {
        /// The argument with the request that they are given to.
        request: usize,
        /// The argument with the name.
        name: usize,
    },
    /// A worker thread is started.
    Worker {
        /// The argument with the script.
        file: usize,
        /// The argument with the options.
        options: usize,
    },
    /// A loader thread may be started.
    Loader,
    /// A process is started with the options object in this argument.
    Spawn(usize),
    /// The process image is replaced: `(path, args, env)`.
    Exec,
    /// A signal is sent: the one that opens the debugger of a Node needs the grant for it.
    Signal {
        /// The argument with the number of the process; without one, it is a child of this process.
        process: Option<usize>,
        /// The argument with the signal.
        signal: usize,
    },
    /// A native library is loaded from the path in this argument.
    Library(usize),
    /// The key material named by a URL, alone or as `key` of an object, is loaded through OpenSSL.
    Store(usize),
    /// One of the arguments may be what Node makes of such a URL for OpenSSL.
    StoreBelow,
    /// As `Store`, for the key in this property of the argument.
    StoreOf(usize, &'static str),
    /// A database file, with the options object in the second argument.
    Database {
        /// The argument with the path.
        path: usize,
        /// The argument with the options.
        options: usize,
    },
    /// The object in this argument is a database. Node takes a pointer from it, whatever object it is.
    DatabaseObject(usize),
    /// The file of a database that is written, by a name as `SQLite` understands it.
    DatabaseFile(usize),
    /// SQL text, which can open files by itself.
    Sql(usize),
    /// A prepared statement runs, which may open a file now.
    Statement,
    /// A test run with these options: the coverage that they may ask for is written by Node itself.
    TestRun(usize),
    /// Node is told to write the coverage of this process when it ends.
    Coverage,
    /// Trace events are written to a file in the working directory.
    Trace,
    /// The argument is bytecode for V8 (`cachedData`), which is as strong as native code: without the scope of addons
    /// V8 gets bytes that it rejects.
    Bytecode(usize),
    /// The same for the property `cachedData` of the options in this argument.
    BytecodeOption(usize),
    /// The options in this argument may ask for a summary of all objects of the heap: Node then calls methods of the
    /// program with objects of its own.
    HeapSummary(usize),
    /// The file that a diagnostic report will be written to.
    Report(usize),
    /// A setting of `process.report` that says when or where reports are written by themselves.
    ReportSetting,
    /// A database file is opened again: what was asked when the object was made stands unless something was dropped.
    Reopen,
    /// The real path of this argument: it is read, or loaded as an addon.
    Real(usize),
    /// A heap snapshot is written to the path in this argument, or into the working directory.
    Snapshot(usize),
    /// The folder of the compile cache, as a string, as `directory` of an options object, or Node's default.
    CompileCache(usize),
    /// Flags for V8: a list of them is harmless.
    EngineFlags(usize),
    /// A WASI instance: its preopened directories are opened for reading and writing.
    Wasi(usize),
    /// The native half of a WASI instance: a list of the guest's and the host's names of directories, in turn.
    Preopens(usize),
    /// A script that may be ended in the middle, by a limit in the first of these arguments or a signal by the other. Nothing
    /// is asked: what is still to be hooked is loaded first, for what is ended while it loads is not complete.
    Ended {
        /// The argument with the limit.
        limit: usize,
        /// The argument that says that a signal ends it.
        signal: usize,
    },
    /// Nothing is granted for this: it is always refused, with this message and no permission, as in Node.
    Never(&'static str),
    /// Native code that is never loaded, not even where addons are granted; the argument names it.
    NeverNative(usize),
}

/// What is done with a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Its status is read.
    Look,
    /// It is read.
    Read,
    /// It is written.
    Write,
    /// It is handed on, with the access with which it was opened.
    HandOn,
    /// It is closed.
    Close,
}

/// How the API delivers an error. What Node 26.10 does is the measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deliver {
    /// It throws.
    Throw,
    /// By its request argument: a request object gets `oncomplete(error)`, the promise symbol a rejected promise,
    /// neither is a throw.
    Request(usize),
    /// It gives the error back as its result.
    Return,
    /// A job that ends with `ondone` of its receiver. Nothing is asked of it that could be refused.
    Job,
    /// The number that says that nothing is there.
    ReturnEnoent,
    /// It returns a rejected promise.
    Reject,
    /// It returns an asynchronous iterator that rejects.
    Iterate,
    /// To the last argument, which is the callback; without one it throws.
    Callback,
    /// As `Callback`, on a later tick.
    CallbackLater,
    /// A connecting socket: the owner of the handle is destroyed with the error, unless it has other addresses to try.
    Destroy,
    /// A bind: an `'error'` event of the socket or the server; a handle to which nobody listens throws.
    Bind,
    /// A datagram, or a socket for them that connects: to the callback of the request, or an `'error'` event of the owner.
    Datagram,
    /// A name resolution: to the request's `callback` or `reject`, on the next tick.
    Resolution,
    /// An `'error'` event on the receiver, on the next tick.
    Emit,
    /// `server.listen`: an `'error'` event where Node would look a host up first, else a throw.
    Listen,
    /// The result that says that the compile cache is off.
    CompileCache,
}

/// The string that a function makes of a `Uint8Array`. Of a `Buffer` it makes the text of the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    /// The text of its bytes.
    Bytes,
    /// Its numbers with commas between them, as its `toString` gives.
    Numbers,
}

/// One guarded function.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is one fact about a function, said once in its row")]
pub struct HookSpec {
    /// Where it stands.
    pub target: Target,
    /// Its name there.
    pub name: &'static str,
    /// What it needs, in the order in which it is asked.
    pub guards: &'static [Guard],
    /// How a refusal is delivered.
    pub deliver: Deliver,
    /// It is a class: the stand-in constructs.
    pub class: bool,
    /// It runs later on its own: a relative path is made absolute, so that a `chdir` does not come in between.
    pub runs_async: bool,
    /// It is an accessor: its setter is guarded.
    pub setter: bool,
    /// Node itself puts another function in its place, where it has a module of this name.
    pub assigned_by: Option<&'static str>,
    /// Node or native code makes a string of the path, by methods that a program can replace: it gets a string.
    pub text: Option<Text>,
    /// Native code uses the path later, when the call has long ended: a relative path is made absolute.
    pub keeps_path: bool,
    /// The options object in this argument is read by the original, below which no hook stands.
    pub options: Option<usize>,
    /// It makes, moves or removes links or directories: what is remembered of where paths lead is forgotten.
    pub invalidates_cache: bool,
    /// Every supported Node has it.
    pub everywhere: bool,
    /// It is hooked only where this binding has this function or class.
    pub only_if: Option<(&'static str, &'static str)>,
    /// It is hooked only where this internal binding was made before permit could catch it.
    pub unless_caught: Option<&'static str>,
    /// It is hooked only on a thread that was given less than the process.
    pub if_given_less: bool,
}

impl HookSpec {
    /// Not every supported Node has this function.
    #[must_use]
    pub const fn on_some(mut self) -> Self {
        self.everywhere = false;
        self
    }

    /// It needs its hook only on a Node whose binding has this function or class.
    #[must_use]
    pub const fn only_if(mut self, binding: &'static str, name: &'static str) -> Self {
        self.only_if = Some((binding, name));
        self
    }

    /// The function below it is a row, and this needs its hook only where that internal binding is not caught.
    #[must_use]
    pub const fn unless_caught(mut self, binding: &'static str) -> Self {
        self.unless_caught = Some(binding);
        self
    }

    /// The function reads by the number of a descriptor: only a thread that was given less than the process needs a hook.
    #[must_use]
    pub const fn if_given_less(mut self) -> Self {
        self.if_given_less = true;
        self
    }

    /// A public function that opens its path later: the path is made absolute.
    #[must_use]
    pub const fn runs_async(mut self) -> Self {
        self.runs_async = true;
        self
    }

    /// The original reads the options object in this argument.
    #[must_use]
    pub const fn options(mut self, index: usize) -> Self {
        self.options = Some(index);
        self
    }

    /// Node or native code makes a string of the path.
    #[must_use]
    pub const fn text(mut self, text: Text) -> Self {
        self.text = Some(text);
        self
    }

    /// Native code uses the path when the call has ended.
    #[must_use]
    pub const fn keeps_path(mut self) -> Self {
        self.keeps_path = true;
        self
    }

    /// What paths lead to may be another thing after it.
    #[must_use]
    pub const fn invalidates_cache(mut self) -> Self {
        self.invalidates_cache = true;
        self
    }

    /// Node itself puts another function in its place, where it has a module of this name.
    #[must_use]
    pub const fn assigned_by(mut self, module: &'static str) -> Self {
        self.assigned_by = Some(module);
        self
    }

    /// It is an accessor, not a function.
    #[must_use]
    pub const fn setter(mut self) -> Self {
        self.setter = true;
        self
    }

    /// It is a class, not a function.
    #[must_use]
    pub const fn class(mut self) -> Self {
        self.class = true;
        self
    }

    /// `fs.openAsBlob`, `binding tcp_wrap.TCP.connect`: how the row is named in messages and in the gate.
    #[must_use]
    pub fn label(&self) -> String {
        label(self.target, self.name)
    }
}

/// A guarded function that every supported Node has.
#[must_use]
pub const fn row(target: Target, name: &'static str, guards: &'static [Guard], deliver: Deliver) -> HookSpec {
    HookSpec {
        target,
        name,
        guards,
        deliver,
        class: false,
        runs_async: false,
        setter: false,
        assigned_by: None,
        text: None,
        keeps_path: false,
        options: None,
        invalidates_cache: false,
        everywhere: true,
        only_if: None,
        if_given_less: false,
        unless_caught: None,
    }
}

/// Functions of a hooked binding that need no guard, and why.
#[derive(Debug, Clone, Copy)]
pub struct Unguarded {
    /// Where they stand.
    pub target: Target,
    /// Their names.
    pub names: &'static [&'static str],
    /// Why they need no guard.
    pub reason: &'static str,
}

/// Functions that need no guard, and why.
#[must_use]
pub const fn unguarded(target: Target, names: &'static [&'static str], reason: &'static str) -> Unguarded {
    Unguarded { target, names, reason }
}

/// How a function is named in messages and in the gate.
#[must_use]
pub fn label(target: Target, name: &str) -> String {
    match target {
        Target::Binding(binding) => format!("binding {binding}.{name}"),
        Target::Internal(binding) => format!("internal {binding}.{name}"),
        Target::InternalClass(binding, class) => format!("internal {binding}.{class}.{name}"),
        Target::BindingClass(binding, class) => format!("binding {binding}.{class}.{name}"),
        Target::Module(module) | Target::Process(module) => format!("{module}.{name}"),
        Target::ModuleClass(module, class) => format!("{module}.{class}.{name}"),
    }
}
