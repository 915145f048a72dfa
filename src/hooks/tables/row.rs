//! The parts of a row of the hook tables. Each table stands in the file that is named after its
//! area.
//!
//! A row says where a function stands, what its arguments mean, and how its API delivers an error.
//! It holds no behaviour. `dispatch` reads the guards, `deliver` reads the delivery, `install`
//! reads the target.

use crate::policy::Scope;

/// Where a hooked function stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// On the object that `process.binding(name)` returns, and that lib/*.js calls.
    Binding(&'static str),
    /// On the prototype of a class of such a binding.
    BindingClass(&'static str, &'static str),
    /// On a binding that only Node's own modules can load (`deserializer.js`).
    Internal(&'static str),
    /// On the prototype of a class of an internal binding.
    InternalClass(&'static str, &'static str),
    /// An export of a public module.
    Module(&'static str),
    /// On the prototype of a class that a public module exports.
    ModuleClass(&'static str, &'static str),
    /// On `process`, or on an object that is a property of it (`report`).
    Process(&'static str),
}

/// What a function does with one argument, or with the call as a whole. The policy must grant it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Reads the path in this argument.
    Read(usize),
    /// Reads the path in this argument, without following a link in its last component.
    ReadNoFollow(usize),
    /// As `ReadNoFollow`, but only for calls that run later. Node itself makes the calls that run
    /// at once: it reads the links above a path to resolve the path. The public function has a row.
    ReadNoFollowLater(usize),
    /// Reads the `package.json` at or above the path or the URL in this argument. Native code reads
    /// a path up to a NUL.
    Package {
        /// The argument with the path.
        path: usize,
        /// The path is that of a `package.json`.
        is_file: bool,
    },
    /// Module resolution asks whether something is at the path in this argument. A folder of
    /// packages that is not granted, and that holds nothing granted, does not exist for the
    /// program.
    Probe(usize),
    /// Module resolution looks in the folders of the array in this argument. The original gets the
    /// array without the folders that do not exist for the program.
    LookUp(usize),
    /// Reads the directory that this `Dirent` names. The original gets a copy with the checked
    /// path.
    Entry(usize),
    /// Writes the path in this argument, without following a link in its last component.
    WriteNoFollow(usize),
    /// Reads the path in this argument. The function takes strings only.
    ReadText(usize),
    /// Reads the path in this argument, or this default if the argument is missing.
    ReadOr(usize, &'static str),
    /// Writes the path in this argument.
    Write(usize),
    /// Reads the path in this argument and everything below it, also behind links.
    ReadTree(usize),
    /// Reads everything below the path if the options say `recursive`. The row of the binding asks
    /// about the path itself when Node opens it.
    ReadTreeOption {
        /// The argument with the path.
        path: usize,
        /// The argument with the options.
        options: usize,
    },
    /// Copies the tree at `source` to `target`. Each entry is read at `source` and written at
    /// `target`.
    CopyTree {
        /// The argument with the directory to copy.
        source: usize,
        /// The argument with the directory to make.
        target: usize,
    },
    /// Copies the first path to the second one, with the options in this argument. If the policy
    /// does not grant both trees whole, Node copies entry by entry.
    WalksEntries(usize),
    /// Removes the path, and everything below it if the argument `recursive` is `true`.
    Remove {
        /// The argument with the path.
        path: usize,
        /// The argument that says whether to remove the entries below.
        recursive: usize,
    },
    /// As `Remove`, for a public function that reads `recursive` from its options. A callback gets
    /// the refusal on a later tick, as it does after Node has looked at the path.
    RemoveOption {
        /// The argument with the path.
        path: usize,
        /// The argument with the options.
        options: usize,
    },
    /// Opens the path with these flags, as `open(2)` reads them. A number in place of the path is a
    /// descriptor that is already open.
    Open {
        /// The argument with the path.
        path: usize,
        /// The argument with the flags.
        flags: usize,
    },
    /// A public whole-file function. It opens the path with the `flag` of its options, or with the
    /// default.
    OpenOption {
        /// The argument with the path.
        path: usize,
        /// The argument with the options.
        options: usize,
        /// The flag if the options name none.
        default: &'static str,
    },
    /// Moves a folder or a link. Nothing below `source` may be denied, because the move gives it
    /// another name. Nothing below `target` may be denied for writing, because the move puts files
    /// there.
    NoDenialBelow {
        /// The argument with the old path.
        source: usize,
        /// The argument with the new path.
        target: usize,
    },
    /// Moves a link, or a folder with links below it. Asks where each link leads from its new
    /// place.
    MovedLinks {
        /// The argument with the old path.
        source: usize,
        /// The argument with the new path.
        target: usize,
    },
    /// Changes the working directory to the path in this argument. Asks about the files that Node
    /// writes by itself under relative names, at their new place.
    WritersMove(usize),
    /// Removes or moves the path. It must not be a `package.json` on which a rule of the policy
    /// depends.
    NotKept(usize),
    /// Mounts a virtual file system over the real one.
    Mount(usize),
    /// Makes a directory, and every missing one above it if the argument `recursive` is `true`.
    MakeDirectory {
        /// The argument with the path.
        path: usize,
        /// The argument that says whether to make the directories above.
        recursive: usize,
    },
    /// Makes every missing directory above the path.
    FoldersAbove(usize),
    /// Makes a directory whose name begins with this argument.
    Temporary(usize),
    /// Makes a symbolic link. Its target is reachable through the link from then on.
    Link {
        /// The argument with the text of the link.
        target: usize,
        /// The argument with the path of the link.
        path: usize,
    },
    /// Changes the file behind an open descriptor.
    Descriptor(usize),
    /// Uses an open descriptor by its number. The number must belong to the program.
    Use(usize, Use),
    /// As `Use`, for the descriptor of the native `FileHandle` that is the receiver of the call.
    UseHandle(Use),
    /// Needs a whole scope. The resource has this fixed name.
    Whole(Scope, &'static str),
    /// Needs a whole scope. The resource is the string in this argument.
    Named(Scope, usize),
    /// Connects to the address and the port in these arguments.
    Connect {
        /// The argument with the address.
        address: usize,
        /// The argument with the port.
        port: usize,
    },
    /// Connects to the unix socket in this argument, or listens on it.
    Socket(Scope, usize),
    /// Binds an address and a port.
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
    /// A bound socket starts to accept connections or datagrams.
    Accept,
    /// Takes over the socket behind the descriptor in this argument.
    Adopt(usize),
    /// Receives datagrams that are sent to the multicast group in this argument.
    Join(usize),
    /// Sends a datagram: `(req, list, count, port, address, hasCallback)`. A connected socket
    /// passes no port and no address.
    Send,
    /// Resolves a name, or an address to its name.
    Resolve(usize),
    /// Resolves a name to addresses.
    Addresses {
        /// The argument with the request, which gets the addresses.
        request: usize,
        /// The argument with the name.
        name: usize,
    },
    /// Starts a worker thread.
    Worker {
        /// The argument with the script.
        file: usize,
        /// The argument with the options.
        options: usize,
    },
    /// May start a loader thread.
    Loader,
    /// Starts a process with the options object in this argument.
    Spawn(usize),
    /// Replaces the process image: `(path, args, env)`.
    Exec,
    /// Sends a signal. The signal that opens the debugger of a Node needs the grant for the
    /// debugger.
    Signal {
        /// The argument with the number of the process. `None`: the receiver is a child of this
        /// process.
        process: Option<usize>,
        /// The argument with the signal.
        signal: usize,
    },
    /// Loads a native library from the path in this argument.
    Library(usize),
    /// Loads a key through OpenSSL if a URL names it. The URL is the argument, or `key` of an
    /// object.
    Store(usize),
    /// Any argument may hold a URL in the form in which Node passes it to OpenSSL.
    StoreBelow,
    /// As `Store`, for the key in this property of the argument.
    StoreOf(usize, &'static str),
    /// Opens a database file, with the options object in the second argument.
    Database {
        /// The argument with the path.
        path: usize,
        /// The argument with the options.
        options: usize,
    },
    /// Needs a database in this argument. Node takes a pointer from any object that it gets here.
    DatabaseObject(usize),
    /// Writes a database file. This argument names it as `SQLite` reads names.
    DatabaseFile(usize),
    /// Prepares a statement from SQL text. The statement can open a file.
    Sql(usize),
    /// Runs all statements of SQL text.
    SqlScript(usize),
    /// `SQLite` asks about an action of a statement. The arguments are the code of the action and
    /// two names.
    EngineAction,
    /// Runs a prepared statement, which may open a file now.
    Statement,
    /// Runs tests with these options. If the options ask for coverage, Node itself writes it.
    TestRun(usize),
    /// Has Node write the coverage of this process when the process ends.
    Coverage,
    /// Has Node write trace events to a file in the working directory.
    Trace,
    /// Runs bytecode (`cachedData`) in V8, which is as strong as native code. Without the scope of
    /// addons, V8 gets bytes that it rejects.
    Bytecode(usize),
    /// As `Bytecode`, for the property `cachedData` of the options in this argument.
    BytecodeOption(usize),
    /// The options in this argument may ask for a summary of all objects of the heap. Node then
    /// calls methods of the program with objects of its own.
    HeapSummary(usize),
    /// Writes a diagnostic report to the file in this argument.
    Report(usize),
    /// Changes a setting of `process.report` that says when or where Node writes reports by itself.
    ReportSetting,
    /// Opens a database file again. The answer from the construction of the object stands unless
    /// the program has dropped a grant since.
    Reopen,
    /// Returns the real path of this argument. The program must be allowed to read it, or to load
    /// it as an addon.
    Real(usize),
    /// Writes a heap snapshot to the path in this argument, or into the working directory.
    Snapshot(usize),
    /// Sets the folder of the compile cache: a string, `directory` of an options object, or Node's
    /// default.
    CompileCache(usize),
    /// Sets flags of V8. A list says which flags are harmless.
    EngineFlags(usize),
    /// The native class of a WASI instance: `(arguments, environment, preopens, stdio)`. Its
    /// preopened directories are readable and writable. `preopens` holds guest and host names in
    /// turn.
    Wasi,
    /// A guest of WASI sets the times of the file behind this number of the guest.
    WasiTimes(usize),
    /// Runs a script that a limit or a signal may end at any point. This guard asks for nothing. It
    /// loads every module that still waits for its hooks, because a module that is ended while it
    /// loads is incomplete.
    Ended {
        /// The argument with the limit.
        limit: usize,
        /// The argument that says whether a signal ends the script.
        signal: usize,
    },
    /// Always refused. The refusal has this message and no permission, as in Node.
    Never(&'static str),
    /// Loads native code that is never granted, not even with addons. The argument names it.
    NeverNative(usize),
}

/// What a call does with a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Reads its status.
    Look,
    /// Reads from it.
    Read,
    /// Writes to it.
    Write,
    /// Passes it on, with the access with which it was opened.
    HandOn,
    /// Closes it.
    Close,
}

/// How the API delivers an error. Node 26.10 is the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deliver {
    /// Throws the error.
    Throw,
    /// By the request argument. A request object gets `oncomplete(error)`. The promise symbol means
    /// a rejected promise. Without either, the call throws.
    Request(usize),
    /// Returns the error as the result.
    Return,
    /// A job that ends with `ondone` of its receiver. No guard of such a row can refuse.
    Job,
    /// Returns libuv's number for "no such file".
    ReturnEnoent,
    /// Returns a rejected promise.
    Reject,
    /// Returns an asynchronous iterator that rejects.
    Iterate,
    /// Passes the error to the callback, which is the last argument. Without a callback, the call
    /// throws.
    Callback,
    /// As `Callback`, on a later tick.
    CallbackLater,
    /// A socket that connects. The owner of the handle is destroyed with the error, unless Node has
    /// other addresses to try.
    Destroy,
    /// A bind. The socket or the server emits `'error'`. A handle of neither throws.
    Bind,
    /// A datagram, or a datagram socket that connects. The callback of the request gets the error,
    /// or the owner emits `'error'`.
    Datagram,
    /// A name resolution. The `callback` or `reject` of the request gets the error on the next
    /// tick.
    Resolution,
    /// The receiver emits `'error'` on the next tick.
    Emit,
    /// `server.listen`. The server emits `'error'` if Node would look up a host first. Otherwise
    /// the call throws.
    Listen,
    /// Returns a result with the status that the compile cache is off.
    CompileCache,
}

/// The string that a function makes of a `Uint8Array`. For a `Buffer`, it is always the text of the
/// bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    /// The text of its bytes.
    Bytes,
    /// Its numbers with commas between them, as its `toString` returns.
    Numbers,
}

/// One guarded function.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is one fact about a function, said once in its row")]
pub struct HookSpec {
    /// Where the function stands.
    pub target: Target,
    /// Its name there.
    pub name: &'static str,
    /// What the function needs, in the order in which the guards ask.
    pub guards: &'static [Guard],
    /// How a refusal is delivered.
    pub deliver: Deliver,
    /// The function is a class. The stand-in constructs it.
    pub class: bool,
    /// The original uses the path later. A relative path becomes absolute, because a `chdir` may
    /// come in between.
    pub runs_async: bool,
    /// The property is an accessor. Its setter is guarded.
    pub setter: bool,
    /// Node assigns another function to the property if it has a module of this name.
    pub assigned_by: Option<&'static str>,
    /// Node or native code converts the path to a string, by methods that a program can replace.
    /// The original gets a string.
    pub text: Option<Text>,
    /// Native code uses the path after the call has ended. A relative path becomes absolute.
    pub keeps_path: bool,
    /// The original gets the real path in the place of the path.
    pub passes_real_path: bool,
    /// On a worker the original gets an absolute path. No result names the path.
    pub absolute_on_workers: bool,
    /// A job, below a public function that has a row of its own.
    pub is_job: bool,
    /// The original reads the options object in this argument, and no hook stands below it.
    pub options: Option<usize>,
    /// The call makes, moves or removes links or directories. The cache of paths is cleared.
    pub invalidates_cache: bool,
    /// The function gives a `FileHandle`, which closes the number of its descriptor by itself.
    pub gives_handle: bool,
    /// The function gives the number of a descriptor.
    pub gives_descriptor: bool,
    /// Every supported Node has this function.
    pub everywhere: bool,
    /// The row applies only if this binding has this function or class.
    pub only_if: Option<(&'static str, &'static str)>,
    /// The row applies only if Node made this internal binding before permit could catch it.
    pub unless_caught: Option<&'static str>,
    /// The row applies only on a thread that was given less than the process.
    pub if_given_less: bool,
}

impl HookSpec {
    /// Marks a function that some supported Nodes lack.
    #[must_use]
    pub const fn on_some(mut self) -> Self {
        self.everywhere = false;
        self
    }

    /// Limits the row to a Node whose binding has this function or class.
    #[must_use]
    pub const fn only_if(mut self, binding: &'static str, name: &'static str) -> Self {
        self.only_if = Some((binding, name));
        self
    }

    /// Limits the row to a Node whose internal binding was not caught. The function below has a row
    /// there.
    #[must_use]
    pub const fn unless_caught(mut self, binding: &'static str) -> Self {
        self.unless_caught = Some(binding);
        self
    }

    /// Limits the row to a thread that was given less than the process. The function reads by the
    /// number of a descriptor.
    #[must_use]
    pub const fn if_given_less(mut self) -> Self {
        self.if_given_less = true;
        self
    }

    /// Marks a function that uses its path later. A relative path becomes absolute.
    #[must_use]
    pub const fn runs_async(mut self) -> Self {
        self.runs_async = true;
        self
    }

    /// Marks the argument whose options object the original reads.
    #[must_use]
    pub const fn options(mut self, index: usize) -> Self {
        self.options = Some(index);
        self
    }

    /// Marks a function of which Node or native code converts the path to a string.
    #[must_use]
    pub const fn text(mut self, text: Text) -> Self {
        self.text = Some(text);
        self
    }

    /// Marks a function whose path native code uses after the call has ended.
    #[must_use]
    pub const fn keeps_path(mut self) -> Self {
        self.keeps_path = true;
        self
    }

    /// Marks a public function that gets the real path in the place of its path. Functions of the
    /// binding `fs` do so without the mark.
    #[must_use]
    pub const fn passes_real_path(mut self) -> Self {
        self.passes_real_path = true;
        self
    }

    /// Marks a public function that gets an absolute path on a worker. Functions of the bindings do
    /// so without the mark.
    #[must_use]
    pub const fn absolute_on_workers(mut self) -> Self {
        self.absolute_on_workers = true;
        self
    }

    /// Marks a job, below a public function that has a row of its own.
    #[must_use]
    pub const fn job(mut self) -> Self {
        self.is_job = true;
        self
    }

    /// The function gives a `FileHandle`.
    #[must_use]
    pub const fn gives_handle(mut self) -> Self {
        self.gives_handle = true;
        self
    }

    /// The function gives the number of a descriptor.
    #[must_use]
    pub const fn gives_descriptor(mut self) -> Self {
        self.gives_descriptor = true;
        self
    }

    /// Marks a function after which paths may lead elsewhere.
    #[must_use]
    pub const fn invalidates_cache(mut self) -> Self {
        self.invalidates_cache = true;
        self
    }

    /// Marks a property to which Node assigns another function if it has a module of this name.
    #[must_use]
    pub const fn assigned_by(mut self, module: &'static str) -> Self {
        self.assigned_by = Some(module);
        self
    }

    /// Marks an accessor.
    #[must_use]
    pub const fn setter(mut self) -> Self {
        self.setter = true;
        self
    }

    /// Marks a class.
    #[must_use]
    pub const fn class(mut self) -> Self {
        self.class = true;
        self
    }

    /// Returns the name of the row for messages and the gate, as `fs.openAsBlob` or
    /// `binding tcp_wrap.TCP.connect`.
    #[must_use]
    pub fn label(&self) -> String {
        label(self.target, self.name)
    }
}

/// Makes the row of a function that every supported Node has.
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
        passes_real_path: false,
        absolute_on_workers: false,
        is_job: false,
        options: None,
        invalidates_cache: false,
        gives_handle: false,
        gives_descriptor: false,
        everywhere: true,
        only_if: None,
        if_given_less: false,
        unless_caught: None,
    }
}

/// Functions of a hooked binding that need no guard, and why.
#[derive(Debug, Clone, Copy)]
pub struct Unguarded {
    /// Where the functions stand.
    pub target: Target,
    /// Their names.
    pub names: &'static [&'static str],
    /// Why they need no guard.
    pub reason: &'static str,
}

/// Makes an entry for functions that need no guard.
#[must_use]
pub const fn unguarded(target: Target, names: &'static [&'static str], reason: &'static str) -> Unguarded {
    Unguarded { target, names, reason }
}

/// Returns the name of a function for messages and the gate.
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
