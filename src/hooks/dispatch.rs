//! Asks all guards of a row about a call. Decides whether the call proceeds, with which arguments,
//! or is refused.

use super::guards::{listen, signals, spawn, worker};
use super::network_detail::asked_by;
use super::question::{Question, Stop, is_later};
use super::tables::row::{Guard, HookSpec, Use};
use crate::js::call::Call;
use crate::js::env::Bytes;
use crate::js::value::Value;
use crate::policy::Scope;
use crate::policy::links::LastLink;
use crate::process::changes;
use crate::system::files::OpenAccess;
use crate::system::{descriptors, opened};
use crate::thread::path_cache::IsReal;
use crate::thread::refusal::Refusal;
use crate::thread::thread::Thread;

/// How a guarded call proceeds.
#[derive(Debug)]
pub enum Answer<'env> {
    /// With the caller's own arguments.
    Go,
    /// Not at all: permit has made the call, and this is what the stand-in returns.
    Over(Value<'env>),
    /// With these arguments.
    With {
        /// The arguments.
        args: Vec<Value<'env>>,
        /// Gets the result, and returns the result for the caller.
        after: Option<Value<'env>>,
        /// Gets the exception of the original, and returns the exception to throw.
        on_throw: Option<Value<'env>>,
        /// Runs when the original has returned or thrown.
        done: Option<Value<'env>>,
    },
}

/// Answers a guarded call. Converts its arguments, decides, and passes the checked arguments on.
pub fn ask<'env>(thread: &'env Thread, row: &'env HookSpec, call: &'env Call<'env>) -> Result<Answer<'env>, Stop> {
    let missed = match remembered(thread, row, call) {
        Remembered::Allowed => return Ok(Answer::Go),
        Remembered::Nothing(missed) => missed,
    };
    thread.reporting.with_receiver(call.this, || {
        let mut question = Question::new(thread, row, call, missed);
        question.convert(row).map_err(|stop| name_asker(stop, row))?;
        // Another thread must not move what the decision is about.
        if row.invalidates_cache {
            changes::begin();
        }
        let answer = match question.decide(row) {
            Ok(()) => question.pass_on(row),
            Err(stop) => Err(name_asker(stop, row)),
        };
        // Otherwise it ends when the original has returned.
        if row.invalidates_cache && !matches!(answer, Ok(Answer::With { .. })) {
            changes::end();
        }
        answer
    })
}

/// The answer of the path cache.
#[expect(clippy::large_enum_variant, reason = "a box would cost each miss an allocation; it lives for one call")]
enum Remembered {
    /// The cache allows everything that the call does.
    Allowed,
    /// The guards must decide. The path that was looked up has been read already.
    Nothing(Option<(usize, Bytes)>),
}

/// Fast path: looks a call up in the cache. Most calls are there. They have one absolute path,
/// spelled as before, and nothing to do after the call.
#[inline]
fn remembered(thread: &Thread, row: &HookSpec, call: &Call<'_>) -> Remembered {
    let reads = |last| OpenAccess { read: true, write: false, last };
    let writes = |last| OpenAccess { read: false, write: true, last };
    let decide = Remembered::Nothing(None);
    let ([guard], false) = (row.guards, row.invalidates_cache || row.gives_handle) else { return decide };
    if row.options.and_then(|options| call.arg(options)).is_some_and(|options| call.env.is_options(options)) {
        return decide;
    }
    let (arg, access) = match *guard {
        Guard::Read(arg) => (arg, reads(LastLink::Follow)),
        Guard::ReadNoFollow(arg) => (arg, reads(LastLink::NoFollow)),
        Guard::Write(arg) => (arg, writes(LastLink::Follow)),
        Guard::WriteNoFollow(arg) => (arg, writes(LastLink::NoFollow)),
        Guard::Open { path, flags } => match call.arg(flags).and_then(|flags| call.env.as_i32(flags)) {
            Some(flags) => (path, OpenAccess::of_flags(flags)),
            None => return decide,
        },
        Guard::Use(arg, to) => {
            let descriptor = call.arg(arg).and_then(|value| call.env.as_i32(value));
            let is_own = descriptor.is_some_and(|number| opened::owner(number).is_some());
            // A call that waits gets a number of its own. What is closed, or made a handle of, is
            // looked at.
            if is_later(row, call) || matches!(to, Use::Close | Use::HandOn) {
                return decide;
            }
            return if is_own && !thread.thread_policy().is_given_less() { Remembered::Allowed } else { decide };
        }
        Guard::Statement if !thread.thread_policy().has_lost() => return Remembered::Allowed,
        Guard::UseHandle(_) if !thread.thread_policy().is_given_less() => {
            let descriptor = thread.primordials.handles.descriptor_of(call.env, "FileHandle", call.this);
            let is_own = descriptor.is_none_or(|number| !descriptors::is_internal(number));
            return if is_own { Remembered::Allowed } else { decide };
        }
        _ => return decide,
    };
    let mut path = Bytes::new();
    if !call.arg(arg).is_some_and(|value| call.env.read_string(value, &mut path)) {
        return decide;
    }
    match thread.remembers(access, &path) {
        Some(IsReal(is_real)) if is_real || !is_later(row, call) => {
            thread.count_remembered(access);
            Remembered::Allowed
        }
        // A call that waits gets the path that the walk found.
        _ => Remembered::Nothing(Some((arg, path))),
    }
}

/// Adds to a refusal which function asked.
fn name_asker(stop: Stop, row: &HookSpec) -> Stop {
    match stop {
        Stop::Refused(refusal) => Stop::Refused(Box::new(asked_by(*refusal, row))),
        Stop::Threw => Stop::Threw,
    }
}

impl Question<'_> {
    /// Decides. Asks every guard of the row about the converted arguments.
    ///
    /// No code of the program runs meanwhile, but for these: the guards of servers, children,
    /// workers and WASI read their options here. Each reads all of them before it asks.
    fn decide(&mut self, row: &HookSpec) -> Result<(), Stop> {
        row.guards.iter().try_for_each(|guard| self.guard(row, *guard))
    }

    fn guard(&mut self, row: &HookSpec, guard: Guard) -> Result<(), Stop> {
        match guard {
            Guard::Read(arg) => self.path(arg, Scope::FsRead, LastLink::Follow),
            Guard::Write(arg) => self.path(arg, Scope::FsWrite, LastLink::Follow),
            Guard::ReadNoFollow(arg) => self.path(arg, Scope::FsRead, LastLink::NoFollow),
            Guard::ReadNoFollowLater(arg) if self.runs_later() => self.path(arg, Scope::FsRead, LastLink::NoFollow),
            Guard::ReadNoFollowLater(_) => Ok(()),
            Guard::Entry(arg) => self.entry(arg),
            Guard::Package { path, is_file } => self.package(path, is_file),
            Guard::Probe(arg) => self.probe(arg),
            Guard::LookUp(arg) => self.look_up(arg),
            Guard::WriteNoFollow(arg) => self.path(arg, Scope::FsWrite, LastLink::NoFollow),
            Guard::ReadText(arg) => match self.arg(arg).and_then(|value| self.call.env.as_string(value)) {
                Some(text) => self.named_path(text.as_bytes(), Scope::FsRead),
                None => Ok(()),
            },
            Guard::ReadOr(arg, default) => match self.arg(arg) {
                Some(value) if !self.call.env.is_nullish(value) => self.path(arg, Scope::FsRead, LastLink::Follow),
                _ => self.named_path(default.as_bytes(), Scope::FsRead),
            },
            Guard::ReadTree(arg) => {
                self.read_tree(arg)?;
                self.read_behind_links(arg)
            }
            Guard::ReadTreeOption { path, options } => {
                if self.recursive_option(options)? {
                    self.read_tree(path)
                } else {
                    Ok(())
                }
            }
            Guard::WalksEntries(options) => self.walks_entries(options),
            Guard::CopyTree { source, target } => self.copy_tree(source, target),
            Guard::Remove { path, recursive } => self.remove(path, self.is_not_false(recursive)),
            Guard::RemoveOption { path, options } => {
                let recursive = self.recursive_option(options)?;
                self.remove(path, recursive).map_err(Stop::later)
            }
            Guard::CompileCache(arg) => self.compile_cache(arg),
            Guard::Bytecode(arg) => self.bytecode(arg),
            Guard::BytecodeOption(arg) => self.bytecode_option(arg),
            Guard::HeapSummary(arg) => self.heap_summary(arg),
            Guard::Open { path, flags } => self.open(path, flags),
            Guard::OpenOption { path, options, default } => self.open_option(path, options, default),
            Guard::MakeDirectory { path, recursive } => self.make_directory(path, recursive),
            Guard::NoDenialBelow { source, target } => self.undenied(source, target),
            Guard::MovedLinks { source, target } => self.moved_links(source, target),
            Guard::NotKept(arg) => self.not_kept(arg),
            Guard::Mount(arg) => self.mount(arg),
            Guard::FoldersAbove(arg) => self.folders_above(arg),
            Guard::Temporary(arg) => self.temporary(arg),
            Guard::Link { target, path } => self.link(target, path),
            Guard::Descriptor(arg) => self.descriptor(arg),
            Guard::Use(arg, to) => self.descriptor_used(arg, to),
            Guard::UseHandle(to) => self.handle_used(to),
            Guard::Whole(scope, resource) => self.whole(scope, resource),
            Guard::Named(scope, arg) => self.whole(scope, &self.text(arg)),
            Guard::Never(what) => Err(Refusal::never(what).into()),
            Guard::NeverNative(arg) => Err(Refusal::of(Scope::Addon, &self.text(arg)).into()),
            Guard::Connect { address, port } => self.connect(address, port),
            Guard::Socket(scope, arg) => self.socket(scope, arg),
            Guard::Bind { address, port } => self.bind(address, port),
            Guard::Listen => listen::ask(self),
            Guard::BindDatagram => listen::ask_datagram(self),
            Guard::Accept => self.accept(row),
            Guard::Adopt(arg) => self.adopt(arg),
            Guard::Join(arg) => self.join(row, arg),
            Guard::Send => self.send(row),
            Guard::Resolve(arg) => self.resolve(row, arg).map(|_| ()),
            Guard::Addresses { request, name } => self.addresses(row, request, name),
            Guard::Worker { file, options } => worker::ask(self, file, options),
            Guard::Loader => worker::ask_loader(self),
            Guard::Spawn(arg) => spawn::ask(self, arg),
            Guard::Exec => spawn::ask_exec(self),
            Guard::Signal { process, signal } => signals::ask(self, process, signal),
            Guard::Library(arg) => self.library(arg),
            Guard::Store(arg) => self.store(arg),
            Guard::StoreOf(arg, property) => self.store_of(arg, property),
            Guard::Reopen => self.reopen(),
            Guard::Real(arg) => self.real(arg),
            Guard::ReportSetting => self.report_setting(row.name),
            Guard::Database { path, options } => self.database(path, options),
            Guard::DatabaseObject(arg) => self.database_object(arg),
            Guard::DatabaseFile(arg) => self.database_named(arg, false, false).map(|_| ()),
            Guard::Sql(arg) => self.sql(arg),
            Guard::SqlScript(arg) => self.sql_script(arg),
            Guard::EngineAction => self.engine_action(),
            Guard::Statement => self.statement(),
            Guard::Report(arg) => self.report(arg),
            Guard::Snapshot(arg) => self.snapshot(arg),
            Guard::TestRun(arg) => self.test_run(arg),
            Guard::Coverage => self.coverage(),
            Guard::StoreBelow => self.store_below(),
            Guard::Ended { limit, signal } => self.ended(limit, signal),
            Guard::Trace => self.trace(),
            Guard::WritersMove(arg) => self.writers_move(arg),
            Guard::EngineFlags(arg) => self.engine_flags(arg),
            Guard::Wasi => self.wasi(),
            Guard::WasiTimes(arg) => self.wasi_times(arg),
        }
    }
}
