//! The parts of the runtime that open files, threads or a debugger by themselves: workers, module
//! hooks, the inspector, reports, snapshots, traces, `node:sqlite`, WASI.

use crate::hooks::tables::row::Deliver::{CompileCache, Reject, Throw};
use crate::hooks::tables::row::Guard::{Database, NeverNative, Report, Snapshot, Sql, Whole};
use crate::hooks::tables::row::{Guard, HookSpec, Target, Unguarded, row, unguarded};
use crate::policy::Scope;

const INSPECTOR: Target = Target::Binding("inspector");
const DATABASE: Target = Target::ModuleClass("node:sqlite", "DatabaseSync");
const STATEMENT: Target = Target::ModuleClass("node:sqlite", "StatementSync");
const CONNECT: &[Guard] = &[Whole(Scope::Inspector, "Connect")];
const REPORT: Target = Target::Process("process.report");
const MODULE: Target = Target::Module("module");

/// Guarded functions.
pub const ROWS: &[HookSpec] = &[
    row(MODULE, "enableCompileCache", &[Guard::CompileCache(0)], CompileCache).on_some(),
    // The debugger. Only the main thread has `_debugProcess`.
    row(Target::Process("process"), "_debugProcess", &[Whole(Scope::Inspector, "process._debugProcess")], Throw)
        .on_some(),
    row(INSPECTOR, "open", &[Whole(Scope::Inspector, "StartIoThread")], Throw),
    row(INSPECTOR, "Connection", CONNECT, Throw).class(),
    row(INSPECTOR, "MainThreadConnection", CONNECT, Throw).class(),
    row(Target::Module("inspector"), "open", &[Whole(Scope::Inspector, "StartIoThread")], Throw),
    row(Target::ModuleClass("inspector", "Session"), "connect", CONNECT, Throw),
    row(Target::ModuleClass("inspector", "Session"), "connectToMainThread", CONNECT, Throw),
    // In another context code of the program runs before permit can guard the ports there, and finds
    // Node's own `postMessage`. By that it starts internal modules of Node in a worker.
    row(
        Target::Module("worker_threads"),
        "moveMessagePortToContext",
        &[Whole(Scope::Addon, "moveMessagePortToContext")],
        Throw,
    ),
    // Files that the runtime writes.
    row(REPORT, "writeReport", &[Report(0)], Throw),
    row(REPORT, "directory", &[Guard::ReportSetting], Throw).setter(),
    row(REPORT, "filename", &[Guard::ReportSetting], Throw).setter(),
    row(REPORT, "reportOnFatalError", &[Guard::ReportSetting], Throw).setter(),
    row(REPORT, "reportOnSignal", &[Guard::ReportSetting], Throw).setter(),
    row(REPORT, "reportOnUncaughtException", &[Guard::ReportSetting], Throw).setter(),
    row(Target::Module("v8"), "writeHeapSnapshot", &[Snapshot(0)], Throw).options(1).absolute_on_workers(),
    row(Target::Module("v8"), "setFlagsFromString", &[Guard::EngineFlags(0)], Throw),
    row(Target::Module("v8"), "setHeapSnapshotNearHeapLimit", &[Snapshot(usize::MAX)], Throw),
    row(Target::Module("v8"), "setHeapProfileNearHeapLimit", &[Snapshot(usize::MAX)], Throw).on_some(),
    row(Target::InternalClass("trace_events", "CategorySet"), "enable", &[Guard::Trace], Throw).on_some(),
    row(Target::ModuleClass("trace_events", "Tracing"), "enable", &[Guard::Trace], Throw)
        .on_some()
        .unless_caught("trace_events"),
    // Objects of Node's own, and bytecode: by these a program reaches all internals of Node.
    row(Target::Module("v8"), "queryObjects", &[Guard::HeapSummary(1)], Throw).on_some(),
    row(Target::Binding("contextify"), "ContextifyScript", &[Guard::Bytecode(4)], Throw).class(),
    row(Target::Module("vm"), "compileFunction", &[Guard::BytecodeOption(2)], Throw),
    row(Target::Module("vm"), "SourceTextModule", &[Guard::BytecodeOption(1)], Throw).on_some().class(),
    row(Target::Module("vm"), "Module", &[Guard::BytecodeOption(0)], Throw).on_some().class(),
    row(Target::Internal("module_wrap"), "ModuleWrap", &[Guard::Bytecode(5)], Throw).on_some().class(),
    row(Target::ModuleClass("node:vfs", "VirtualFileSystem"), "mount", &[Guard::Mount(0)], Throw).on_some(),
    // The coverage of a test run. Node takes its folder from values that a program can replace.
    row(Target::Internal("profiler"), "setCoverageDirectory", &[Guard::Coverage], Throw),
    row(Target::Module("node:test"), "run", &[Guard::TestRun(0)], Throw).unless_caught("profiler"),
    row(
        Target::BindingClass("contextify", "ContextifyScript"),
        "runInContext",
        &[Guard::Ended { limit: 1, signal: 3 }],
        Throw,
    ),
    // SQLite opens files by itself, also when SQL names them.
    row(Target::Module("node:sqlite"), "DatabaseSync", &[Database { path: 0, options: 1 }], Throw).on_some().class(),
    row(Target::Module("node:sqlite"), "backup", &[Guard::DatabaseObject(0), Guard::DatabaseFile(1)], Reject)
        .on_some()
        .options(2),
    row(DATABASE, "open", &[Guard::Reopen], Throw).on_some(),
    row(DATABASE, "exec", &[Guard::SqlScript(0)], Throw).on_some(),
    row(DATABASE, "prepare", &[Sql(0)], Throw).on_some(),
    row(STATEMENT, "run", &[Guard::Statement], Throw).on_some(),
    row(STATEMENT, "get", &[Guard::Statement], Throw).on_some(),
    row(STATEMENT, "all", &[Guard::Statement], Throw).on_some(),
    row(STATEMENT, "iterate", &[Guard::Statement], Throw).on_some(),
    row(DATABASE, "createTagStore", &[Whole(Scope::Fs, "node:sqlite tag store")], Throw).on_some(),
    row(DATABASE, "loadExtension", &[NeverNative(0)], Throw).on_some(),
    row(DATABASE, "enableLoadExtension", &[NeverNative(0)], Throw).on_some(),
    // The native class below asks.
    row(
        Target::Module("wasi"),
        "WASI",
        &[Guard::Never("WASI of this Node has a class that permit cannot guard")],
        Throw,
    )
    .class()
    .unless_caught("wasi"),
];

/// The class behind `localStorage`, whose constructor opens a database: `(key, path)`.
pub const WEB_STORAGE: HookSpec =
    row(Target::Internal("webstorage"), "Storage", &[Guard::DatabaseFile(1)], Throw).on_some().class();

/// The question of `SQLite` while it prepares a statement (`sqlite.js`): `(action, name, name)`.
pub const ENGINE_ACTION: HookSpec = row(DATABASE, "exec", &[Guard::EngineAction], Throw);

/// `worker_threads.Worker`. Its stand-in is a class of its own (`worker.js`).
pub const WORKER: HookSpec =
    row(Target::Module("worker_threads"), "Worker", &[Guard::Worker { file: 0, options: 1 }], Throw).class();

/// The native class that the public class constructs. It is also behind `wasiImport` of an instance.
pub const RAW_WASI: HookSpec = row(Target::Internal("wasi"), "WASI", &[Guard::Wasi], Throw).class();

/// Makes a link in a preopened folder. WebAssembly would follow the link out of the folder.
pub const RAW_WASI_SYMLINK: HookSpec =
    row(Target::Internal("wasi"), "path_symlink", &[Whole(Scope::Fs, "wasi: path_symlink")], Throw);

/// Sets the times of an open file. WASI does so for a file that is open for reading alone.
pub const RAW_WASI_TIMES: HookSpec =
    row(Target::Internal("wasi"), "fd_filestat_set_times", &[Guard::WasiTimes(0)], Throw);

/// `module.register`, which starts a loader thread.
pub const REGISTER: HookSpec = row(MODULE, "register", &[Whole(Scope::Worker, ""), Guard::Loader], Throw);

/// Functions that need no guard.
pub const UNGUARDED: &[Unguarded] = &[
    unguarded(
        INSPECTOR,
        &[
            "consoleCall",
            "setConsoleExtensionInstaller",
            "callAndPauseOnStart",
            "url",
            "waitForDebugger",
            "asyncTaskScheduled",
            "asyncTaskCanceled",
            "asyncTaskStarted",
            "asyncTaskFinished",
            "registerAsyncHook",
            "isEnabled",
            "emitProtocolEvent",
            "setupNetworkTracking",
            "putNetworkResource",
        ],
        "reports to a debugger that could attach only through one of the rows",
    ),
    unguarded(
        Target::BindingClass("inspector", "Connection"),
        &["dispatch", "disconnect"],
        "needs a Connection, which is a row",
    ),
    unguarded(
        Target::BindingClass("inspector", "MainThreadConnection"),
        &["dispatch", "disconnect"],
        "needs a MainThreadConnection, which is a row",
    ),
];
