//! The file system: every function of the bindings `fs` and `fs_event_wrap`. Some public functions
//! reach the system past these bindings; they have rows too.

use crate::hooks::tables::row::Deliver::{
    Callback, CallbackLater, Iterate, Job, Reject, Request, Return, ReturnEnoent, Throw,
};
use crate::hooks::tables::row::Guard::{
    CopyTree, Descriptor, Entry, FoldersAbove, Link, LookUp, MakeDirectory, MovedLinks, NoDenialBelow, NotKept, Open,
    OpenOption, Probe, Read, ReadNoFollow, ReadNoFollowLater, ReadOr, ReadText, ReadTree, ReadTreeOption, Real, Remove,
    RemoveOption, Temporary, Write, WriteNoFollow,
};
use crate::hooks::tables::row::{Guard, HookSpec, Target, Text, Unguarded, Use, row, unguarded};

const FS: Target = Target::Binding("fs");
const PUBLIC: Target = Target::Module("fs");
const PROMISES: Target = Target::Module("fs/promises");

const HANDLE: Target = Target::BindingClass("fs", "FileHandle");
const HANDLE_CLOSES: &[Guard] = &[Guard::UseHandle(Use::Close)];
const HANDLE_WRITES: &[Guard] = &[Guard::UseHandle(Use::Write)];
const PACKAGES: Target = Target::Internal("modules");
const NEAREST: &[Guard] = &[Guard::Package { path: 0, is_file: false }];
const READS: &[Guard] = &[Guard::Use(0, Use::Read)];
const WRITES: &[Guard] = &[Guard::Use(0, Use::Write)];
const CLOSES: &[Guard] = &[Guard::Use(0, Use::Close)];

/// Guarded functions.
pub const ROWS: &[HookSpec] = &[
    // Reading.
    row(FS, "access", &[Read(0)], Request(2)),
    row(FS, "existsSync", &[Read(0)], Throw),
    row(FS, "stat", &[Read(0)], Request(2)),
    row(FS, "statfs", &[Read(0)], Request(2)),
    row(FS, "readdir", &[Read(0)], Request(3)),
    row(FS, "readdirRecursive", &[ReadTree(0)], Request(3)).on_some(),
    row(FS, "internalModuleStat", &[Probe(0)], ReturnEnoent),
    row(FS, "readlink", &[ReadNoFollowLater(0)], Request(2)),
    row(FS, "realpath", &[Read(0)], Request(2)),
    row(Target::BindingClass("fs", "StatWatcher"), "start", &[Read(0)], Throw).text(Text::Numbers),
    row(Target::BindingClass("fs_event_wrap", "FSEvent"), "start", &[Read(0)], Throw),
    // Opening. The flags decide which scopes the call needs.
    row(FS, "open", &[Open { path: 0, flags: 1 }], Request(3)).gives_descriptor(),
    row(FS, "openFileHandle", &[Open { path: 0, flags: 1 }], Request(3)).gives_handle(),
    row(FS, "readFileUtf8", &[Open { path: 0, flags: 1 }], Throw),
    row(FS, "writeFileUtf8", &[Open { path: 0, flags: 2 }], Throw),
    row(Target::BindingClass("fs", "ReadFileJob"), "run", &[Read(0)], Return).on_some().job(),
    row(Target::BindingClass("fs", "WriteFileJob"), "run", &[Write(0)], Return).on_some().job(),
    // Writing.
    row(FS, "mkdir", &[MakeDirectory { path: 0, recursive: 2 }], Request(3)),
    row(FS, "mkdtemp", &[Temporary(0)], Request(2)),
    row(FS, "rmdir", &[WriteNoFollow(0), NotKept(0)], Request(1)).invalidates_cache(),
    row(FS, "rmSync", &[Remove { path: 0, recursive: 2 }], Throw).on_some().invalidates_cache(),
    row(FS, "unlink", &[WriteNoFollow(0), NotKept(0)], Request(1)).invalidates_cache(),
    row(FS, "chmod", &[Write(0)], Request(2)),
    row(FS, "chown", &[Write(0)], Request(3)),
    row(FS, "lchown", &[WriteNoFollow(0)], Request(3)),
    row(FS, "utimes", &[Write(0)], Request(3)),
    row(FS, "lutimes", &[WriteNoFollow(0)], Request(3)),
    row(FS, "fchmod", &[Descriptor(0)], Request(2)),
    row(FS, "fchown", &[Descriptor(0)], Request(3)),
    row(FS, "futimes", &[Descriptor(0)], Request(3)),
    row(FS, "fsync", &[Descriptor(0)], Request(1)),
    row(FS, "fdatasync", &[Descriptor(0)], Request(1)),
    // By the number of a descriptor. A program that reads from a pipe of the event loop harms only
    // itself.
    row(FS, "fstat", &[Guard::Use(0, Use::Look)], Request(2)),
    row(FS, "read", READS, Request(5)),
    row(FS, "readBuffers", READS, Request(3)),
    row(FS, "writeBuffer", WRITES, Request(5)),
    row(FS, "writeBuffers", WRITES, Request(3)),
    row(FS, "writeString", WRITES, Request(4)),
    row(FS, "ftruncate", WRITES, Request(2)),
    row(FS, "close", CLOSES, Request(1)),
    row(FS, "FileHandle", &[Guard::Use(0, Use::HandOn)], Throw).class(),
    // `fs.closeSync` may have closed the number under a handle. Another file may have that number
    // now.
    row(HANDLE, "close", HANDLE_CLOSES, Throw).runs_async(),
    row(HANDLE, "closeSync", HANDLE_CLOSES, Throw).on_some(),
    row(HANDLE, "releaseFD", HANDLE_CLOSES, Throw).gives_descriptor(),
    row(HANDLE, "readStart", &[Guard::UseHandle(Use::Read)], Throw).on_some().if_given_less(),
    row(HANDLE, "writev", HANDLE_WRITES, Throw).on_some(),
    row(HANDLE, "writeBuffer", HANDLE_WRITES, Throw).on_some(),
    row(HANDLE, "writeAsciiString", HANDLE_WRITES, Throw).on_some(),
    row(HANDLE, "writeUtf8String", HANDLE_WRITES, Throw).on_some(),
    row(HANDLE, "writeUcs2String", HANDLE_WRITES, Throw).on_some(),
    row(HANDLE, "writeLatin1String", HANDLE_WRITES, Throw).on_some(),
    // Moves, links and copies.
    row(
        FS,
        "rename",
        &[
            ReadNoFollow(0),
            WriteNoFollow(0),
            WriteNoFollow(1),
            NotKept(0),
            NoDenialBelow { source: 0, target: 1 },
            MovedLinks { source: 0, target: 1 },
        ],
        Request(2),
    )
    .invalidates_cache(),
    row(
        FS,
        "link",
        &[ReadNoFollow(0), WriteNoFollow(0), WriteNoFollow(1), MovedLinks { source: 0, target: 1 }],
        Request(2),
    )
    .invalidates_cache(),
    row(FS, "symlink", &[Link { target: 0, path: 1 }], Request(3)).invalidates_cache(),
    row(FS, "copyFile", &[Read(0), Write(1)], Request(3)),
    row(FS, "cpSyncCheckPaths", &[Read(0), Write(1), FoldersAbove(1)], Throw).on_some().invalidates_cache(),
    row(FS, "cpSyncOverrideFile", &[Read(0), Write(1)], Throw).on_some().invalidates_cache(),
    row(FS, "cpSyncCopyDir", &[CopyTree { source: 0, target: 1 }], Throw).on_some().invalidates_cache(),
    // The constructors take the path. Node passes it to `run` again, but only for a check of its
    // own.
    row(FS, "ReadFileJob", &[Open { path: 0, flags: 1 }], Throw).on_some().class().runs_async().job(),
    row(FS, "WriteFileJob", &[Open { path: 0, flags: 1 }], Throw).on_some().class().runs_async().job(),
    row(FS, "CpDirJob", &[CopyTree { source: 0, target: 1 }], Throw).on_some().class().runs_async(),
    row(Target::BindingClass("fs", "CpDirJob"), "run", &[], Job).on_some().invalidates_cache(),
    row(Target::Internal("fs_dir"), "opendir", &[Read(0)], Request(2)),
    row(Target::Internal("fs_dir"), "opendirSync", &[Read(0)], Throw).on_some(),
    row(PUBLIC, "opendir", &[Read(0)], Callback).unless_caught("fs_dir").runs_async().options(1),
    row(PUBLIC, "opendirSync", &[Read(0)], Throw).unless_caught("fs_dir").options(1),
    row(PROMISES, "opendir", &[Read(0)], Reject).unless_caught("fs_dir").runs_async().options(1),
    row(PUBLIC, "opendir", &[ReadTreeOption { path: 0, options: 1 }], Callback),
    row(PUBLIC, "opendirSync", &[ReadTreeOption { path: 0, options: 1 }], Throw),
    row(PROMISES, "opendir", &[ReadTreeOption { path: 0, options: 1 }], Reject),
    // Before Node 26, a recursive `opendir` reads subdirectories by this public method.
    row(Target::ModuleClass("fs", "Dir"), "readSyncRecursive", &[Entry(0)], Throw).on_some(),
    row(PUBLIC, "openAsBlob", &[Read(0)], Throw).options(1).runs_async().keeps_path().passes_real_path(),
    row(PUBLIC, "openAsBlobSync", &[Read(0)], Throw)
        .on_some()
        .options(1)
        .keeps_path()
        .passes_real_path()
        .absolute_on_workers(),
    // `lstat` of the binding has no row: `realpathSync` and the module loader call it for every
    // directory above a path. Its public callers have rows instead.
    row(PUBLIC, "lstat", &[ReadNoFollow(0)], Callback).runs_async().options(1).passes_real_path(),
    row(PUBLIC, "lstatSync", &[ReadNoFollow(0)], Throw).options(1).absolute_on_workers(),
    row(PROMISES, "lstat", &[ReadNoFollow(0)], Reject).runs_async().options(1).passes_real_path(),
    row(PUBLIC, "realpathSync", &[Real(0)], Throw).text(Text::Numbers).options(1).absolute_on_workers(),
    row(PUBLIC, "rm", &[ReadNoFollow(0), RemoveOption { path: 0, options: 1 }], Callback),
    row(PUBLIC, "rmSync", &[ReadNoFollow(0), RemoveOption { path: 0, options: 1 }], Throw),
    row(PROMISES, "rm", &[ReadNoFollow(0), RemoveOption { path: 0, options: 1 }], Reject),
    // These functions throw although they take a callback. Their bindings deliver to the callback,
    // because functions inside Node that call the bindings expect that (a recursive `rm`, for
    // example).
    row(PUBLIC, "mkdir", &[WriteNoFollow(0)], Throw),
    row(PUBLIC, "rmdir", &[RemoveOption { path: 0, options: 1 }], Throw),
    row(PROMISES, "rmdir", &[RemoveOption { path: 0, options: 1 }], Reject),
    row(PUBLIC, "chmod", &[Write(0)], Throw),
    row(PUBLIC, "utimes", &[Write(0)], Throw),
    row(PUBLIC, "lutimes", &[WriteNoFollow(0)], Throw),
    row(PUBLIC, "readlink", &[ReadNoFollow(0)], Throw).options(1),
    row(PUBLIC, "readlinkSync", &[ReadNoFollow(0)], Throw).options(1).absolute_on_workers(),
    // Before Node 26, a recursive watch starts without a call of the binding for the directory. On
    // Node 20, a recursive `readdir` throws where it should call back.
    row(PUBLIC, "watch", &[Read(0)], Throw).options(1),
    row(PROMISES, "watch", &[Read(0)], Iterate).options(1),
    row(PUBLIC, "readdir", &[Read(0)], Callback).only_if("fs", "internalModuleReadJSON"),
    row(PUBLIC, "cp", &[Read(0), Read(1)], CallbackLater),
    row(PROMISES, "cp", &[Read(0), Read(1)], Reject),
    row(PUBLIC, "cp", &[Guard::WalksEntries(2)], CallbackLater).only_if("fs", "CpDirJob"),
    row(PROMISES, "cp", &[Guard::WalksEntries(2)], Reject).only_if("fs", "CpDirJob"),
    row(PUBLIC, "cpSync", &[Read(0), Write(1)], Throw),
    // The whole-file jobs of Node 26 take the flags where no hook sees them.
    row(PUBLIC, "readFile", &[OpenOption { path: 0, options: 1, default: "r" }], Callback)
        .runs_async()
        .passes_real_path()
        .only_if("fs", "ReadFileJob"),
    row(PROMISES, "readFile", &[OpenOption { path: 0, options: 1, default: "r" }], Reject)
        .runs_async()
        .passes_real_path()
        .only_if("fs", "ReadFileJob"),
    row(PUBLIC, "writeFile", &[OpenOption { path: 0, options: 2, default: "w" }], Callback)
        .runs_async()
        .passes_real_path()
        .only_if("fs", "WriteFileJob"),
    row(PROMISES, "writeFile", &[OpenOption { path: 0, options: 2, default: "w" }], Reject)
        .runs_async()
        .passes_real_path()
        .only_if("fs", "WriteFileJob"),
    // This function calls `fs.writeFile`, which passes the real path on.
    row(PUBLIC, "appendFile", &[OpenOption { path: 0, options: 2, default: "a" }], Callback)
        .runs_async()
        .only_if("fs", "WriteFileJob"),
    row(PROMISES, "appendFile", &[OpenOption { path: 0, options: 2, default: "a" }], Reject)
        .runs_async()
        .passes_real_path()
        .only_if("fs", "WriteFileJob"),
    // The reader of packages, below every way to load a module.
    row(PACKAGES, "readPackageJSON", &[Guard::Package { path: 0, is_file: true }], Throw).on_some(),
    row(PACKAGES, "getNearestParentPackageJSON", NEAREST, Throw).on_some(),
    row(PACKAGES, "getNearestParentPackageJSONType", NEAREST, Throw).on_some(),
    row(PACKAGES, "getPackageScopeConfig", NEAREST, Throw).on_some(),
    row(PACKAGES, "getPackageType", NEAREST, Throw).on_some(),
    // The loader of Node 20 holds its own copy of `internalModuleStat`. Only this function knows
    // which package the loader looks for.
    row(Target::Module("module"), "_findPath", &[LookUp(1)], Throw),
    row(Target::Process("process"), "chdir", &[ReadText(0), Guard::WritersMove(0)], Throw).invalidates_cache(),
    row(Target::Process("process"), "loadEnvFile", &[ReadOr(0, ".env")], Throw).text(Text::Bytes).absolute_on_workers(),
];

/// Functions that need no guard.
pub const UNGUARDED: &[Unguarded] = &[
    unguarded(
        FS,
        &["internalModuleReadJSON", "legacyMainResolve", "getFormatOfExtensionlessFile"],
        "module resolution asks whether a file is there before it is read; Node leaves it free too",
    ),
    unguarded(
        FS,
        &["lstat"],
        "walks the directories above a path for realpath and the module loader; the public lstat, rm, cp and realpathSync are rows",
    ),
    unguarded(
        FS,
        &["FSReqCallback", "StatWatcher"],
        "only makes an object; the methods that reach the system are rows",
    ),
    unguarded(
        Target::BindingClass("fs", "FileHandle"),
        &["onread", "readStop", "shutdown", "useUserBuffer"],
        "works on a descriptor that was opened under the policy",
    ),
    unguarded(Target::BindingClass("fs", "FSReqCallback"), &["cancel"], "takes back a request that was let through"),
    unguarded(Target::Binding("fs_event_wrap"), &["FSEvent"], "only makes an object; start is a row"),
];
