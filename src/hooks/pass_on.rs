//! The last step of a guarded call: passes the decided arguments to the original, and prepares its
//! end (`endings`).
//!
//! A call that waits resolves its path again when it runs, and the program runs meanwhile. So such
//! a call gets the path that the walk found, without links and dots. Its results and errors name
//! the path as the caller did.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use super::dispatch::Answer;
use super::endings::Renamed;
use super::guards::paths::{TEMPORARY, if_open};
use super::question::{MISSING, NO_FOLDER, Question, Stop};
use super::tables::row::{Deliver, Guard, HookSpec, Target, Use};
use crate::js::call::Call;
use crate::js::value::{JsError, Value};
use crate::policy::links::{LastLink, Resolution};
use crate::policy::{Policy, Resource, Scope};
use crate::system::descriptors::{self, Duplicate};
use crate::system::files::{self, OpenAccess};
use crate::system::opened;
use crate::thread::decisions::PathQuestion;
use crate::thread::path_cache;
use crate::thread::refusal::Refusal;

/// Functions that see to what comes back from the original.
#[derive(Default)]
struct Ending<'env> {
    after: Option<Value<'env>>,
    on_throw: Option<Value<'env>>,
}

/// A path argument of a call.
#[derive(Clone, Copy, Debug)]
struct PathArgument {
    index: usize,
    access: OpenAccess,
    /// The characters that the original puts behind the path.
    suffix: &'static [u8],
    /// The original makes the folders above the path that are missing.
    makes_folders: bool,
    /// A row below is asked about the path that is passed on.
    asks_again: bool,
}

impl PathArgument {
    const fn new(index: usize, access: OpenAccess) -> Self {
        Self { index, access, suffix: b"", makes_folders: false, asks_again: false }
    }

    fn read(index: usize, last: LastLink) -> Self {
        Self::new(index, OpenAccess { read: true, write: false, last })
    }

    fn write(index: usize, last: LastLink) -> Self {
        Self::new(index, OpenAccess { read: false, write: true, last })
    }
}

/// A path, and how it ends.
struct PathEnd<'p> {
    /// The path without the end.
    path: &'p [u8],
    /// A slash, or a name of dots, that says that a folder is there.
    end: &'p [u8],
    /// Whether a link at the end of `path` is followed.
    last: LastLink,
}

impl<'p> PathEnd<'p> {
    /// A call that does not follow links sees what stands before the slash or the dots.
    fn of(given: &'p [u8], last: LastLink) -> Self {
        let name = given.iter().rposition(|&byte| byte == b'/').map_or(0, |cut| cut + 1);
        let is_dots = matches!(&given[name..], b"." | b"..");
        match last {
            LastLink::Follow if is_dots => Self { path: given, end: b"/.", last },
            LastLink::Follow => Self { path: given, end: if given[name..].is_empty() { b"/" } else { b"" }, last },
            LastLink::NoFollow if given[name..].is_empty() => {
                let length = given.iter().rposition(|&byte| byte != b'/').map_or(1, |at| at + 1);
                let (path, end) = given.split_at(length);
                Self { path, end, last }
            }
            LastLink::NoFollow if is_dots && name > 1 => {
                let (path, end) = given.split_at(name - 1);
                Self { path, end, last: LastLink::Follow }
            }
            LastLink::NoFollow => Self { path: given, end: b"", last },
        }
    }
}

/// Returns true if links of the kernel may stand in a path, which follow what the process does.
fn may_be_of_kernel(path: &[u8]) -> bool {
    [&b"/proc/"[..], b"/dev/fd", b"/dev/std"].iter().any(|folder| path.starts_with(folder))
}

/// Returns a prefix with which the kernel fails as it fails now, if this path goes up from a name
/// that is no folder.
fn fails_to_go_up(path: &[u8]) -> Option<&'static [u8]> {
    let ups = (0..path.len()).filter(|&at| {
        path[at..].starts_with(b"..")
            && matches!(path.get(at + 2), None | Some(b'/'))
            && (at == 0 || path[at - 1] == b'/')
    });
    ups.filter(|&at| at > 0).find_map(|at| match files::is_folder(&path[..at]) {
        Ok(true) => None,
        Ok(false) => Some(NO_FOLDER),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Some(NO_FOLDER),
        Err(_) => Some(MISSING),
    })
}

impl<'a> Question<'a> {
    /// Passes the decided arguments on. After this, the call proceeds. If it does not, the
    /// announced change is never made, and the cache stays off.
    pub(crate) fn pass_on(mut self, row: &HookSpec) -> Result<Answer<'a>, Stop> {
        if self.changes_links(row) {
            return self.change_at_once(row).map(Answer::Over);
        }
        if let Some(outcome) = self.closed_at_once(row)? {
            let value = if self.runs_later() { self.completed(row, outcome)? } else { self.call.env.undefined()? };
            return Ok(Answer::Over(value));
        }
        self.pass_real_paths(row)?;
        self.pass_own_descriptor(row)?;
        let Ending { after, on_throw } = self.end(row)?;
        let done = self.done(row)?;
        Ok(match self.rewritten {
            None if done.is_none() && after.is_none() => Answer::Go,
            None if self.call.count() > Call::MAX_READ => return Err(Refusal::unreadable("too many arguments").into()),
            None => Answer::With { args: self.call.args().to_vec(), after, on_throw, done },
            Some(args) => Answer::With { args, after, on_throw, done },
        })
    }

    /// Replaces each path that could lead elsewhere by the time the original uses it.
    fn pass_real_paths(&mut self, row: &HookSpec) -> Result<(), Stop> {
        // A job is passed what the public function above it was passed.
        let is_binding = matches!(
            row.target,
            Target::Binding("fs") | Target::Internal("fs_dir") | Target::BindingClass("fs", "StatWatcher")
        );
        if !row.passes_real_path && (!is_binding || row.is_job) {
            return Ok(());
        }
        for guard in row.guards {
            for mut argument in self.path_arguments(*guard)?.into_iter().flatten() {
                argument.makes_folders |= row.guards.contains(&Guard::FoldersAbove(argument.index));
                if let Some(spelled) = self.spelled(argument.index) {
                    self.pass_real_path(argument, &spelled, row)?;
                }
            }
        }
        Ok(())
    }

    /// The paths that a guard asks about. A row names each path in one such guard at least.
    fn path_arguments(&self, guard: Guard) -> Result<[Option<PathArgument>; 2], JsError> {
        use LastLink::{Follow, NoFollow};
        let env = self.call.env;
        let argument = match guard {
            Guard::Read(index) | Guard::ReadTree(index) => PathArgument::read(index, Follow),
            Guard::ReadNoFollow(index) => PathArgument::read(index, NoFollow),
            Guard::ReadNoFollowLater(index) if self.runs_later() => PathArgument::read(index, NoFollow),
            Guard::Write(index) => PathArgument::write(index, Follow),
            Guard::WriteNoFollow(index) | Guard::Link { path: index, .. } | Guard::Remove { path: index, .. } => {
                PathArgument::write(index, NoFollow)
            }
            Guard::MakeDirectory { path: index, recursive } => PathArgument {
                makes_folders: self.arg(recursive).and_then(|value| env.as_bool(value)) == Some(true),
                ..PathArgument::write(index, NoFollow)
            },
            Guard::Temporary(index) => PathArgument { suffix: TEMPORARY, ..PathArgument::write(index, NoFollow) },
            Guard::Open { path: index, flags } => match self.arg(flags).and_then(|flags| env.as_i32(flags)) {
                Some(flags) => PathArgument::new(index, OpenAccess::of_flags(flags)),
                None => return Ok([None, None]),
            },
            // If Node has a job for this, Node took the class of the job before permit ran.
            Guard::OpenOption { path: index, options, default } => match self.option_flags(options, default)? {
                Some(flags) => {
                    PathArgument { asks_again: true, ..PathArgument::new(index, OpenAccess::of_flags(flags)) }
                }
                None => return Ok([None, None]),
            },
            Guard::CopyTree { source, target } => {
                let target = PathArgument { makes_folders: true, ..PathArgument::write(target, Follow) };
                return Ok([Some(PathArgument::read(source, Follow)), Some(target)]);
            }
            _ => return Ok([None, None]),
        };
        Ok([Some(argument), None])
    }

    fn pass_real_path(&mut self, argument: PathArgument, spelled: &[u8], row: &HookSpec) -> Result<(), Stop> {
        let given = self.rooted(spelled).into_owned();
        let waits = self.runs_later() || row.keeps_path;
        // A path that goes up may lead elsewhere once a link stands in it.
        let has_dots = files::has_dots(&given);
        // No system takes a path with a NUL.
        if given.is_empty() || given.contains(&0) || (!waits && !has_dots && !may_be_of_kernel(&given)) {
            return Ok(());
        }
        let shown = String::from_utf8_lossy(spelled);
        let PathEnd { path, end, last } = PathEnd::of(&given, argument.access.last);
        let passed = match self.thread.decisions.leads(&[path, argument.suffix].concat(), last) {
            // A program cannot change `/proc`. The walk names threads there as the kernel does not.
            Resolution::To(real) if real.starts_with(b"/proc/") && !has_dots => return Ok(()),
            // The decision was about this very path.
            Resolution::To(real) if real == given => return Ok(()),
            Resolution::To(real) => match fails_to_go_up(&given) {
                None => {
                    if let Some(scope) =
                        argument.access.scopes().find(|scope| !self.thread.allows_real_path(*scope, &real))
                    {
                        return Err(Refusal::of(scope, &shown).into());
                    }
                    if argument.asks_again {
                        self.accessed(spelled, argument.access)?;
                        let has_name = |scope| self.thread.decisions.allows_name(scope, &real);
                        if !argument.access.scopes().all(has_name) {
                            return Ok(());
                        }
                    }
                    let real = real.strip_suffix(argument.suffix).unwrap_or(&real);
                    if real == b"/" { real.to_vec() } else { [real, end].concat() }
                }
                // Node makes the folder, and goes up from it. The program can put a link there
                // first.
                Some(_) if argument.makes_folders => {
                    let refuses = |policy: &Policy| waits && policy.is_narrow(Scope::FsWrite);
                    return Ok(self.thread.enforce(Scope::FsWrite, &shown, refuses)?);
                }
                // The kernel looks at a folder before it goes up from it.
                Some(fails) => {
                    if argument.asks_again {
                        self.accessed(spelled, argument.access)?;
                    }
                    [fails, &given[..]].concat()
                }
            },
            // The original uses the name when nothing holds the pipe any more.
            Resolution::Pathless if row.keeps_path => {
                let refuses = |policy: &Policy| policy.is_narrow(Scope::FsRead);
                return Ok(self.thread.enforce(Scope::FsRead, &shown, refuses)?);
            }
            Resolution::Pathless if waits => self.hold(argument, &given, spelled)?,
            _ => return Ok(()),
        };
        if passed == given || passed.len() >= files::MAX_PATH {
            return Ok(());
        }
        self.replace_path(argument.index, &passed)?;
        self.passed.push((passed, spelled.to_vec()));
        Ok(())
    }

    /// Opens the pipe or the socket behind a path, and returns the path of the descriptor. That
    /// path leads to the same pipe until the call has ended.
    fn hold(&mut self, argument: PathArgument, path: &[u8], spelled: &[u8]) -> Result<Vec<u8>, Stop> {
        let refused = |scope| Refusal::of(scope, &String::from_utf8_lossy(spelled));
        let opened = files::opened_as_place(path).map_err(|_| refused(Scope::FsRead))?;
        // What was opened is what was decided about.
        let is_same = files::leads_to_descriptor(files::path_of(path), opened.as_raw_fd());
        let question = |scope| PathQuestion { scope, raw: path, spelled, last: LastLink::Follow, notes_path: false };
        if let Some(scope) = argument.access.scopes().find(|scope| !is_same || !self.thread.allows(&question(*scope))) {
            return Err(refused(scope).into());
        }
        let held = descriptors::hold(Duplicate::from(OwnedFd::from(opened)));
        self.held = Some(held);
        Ok(format!("/proc/self/fd/{held}").into_bytes())
    }

    /// Keeps the number of a descriptor for what was decided about. While a call waits, the program
    /// can close the number and open another file under it, and so can the event loop.
    fn pass_own_descriptor(&mut self, row: &HookSpec) -> Result<(), Stop> {
        if let Some((own, _)) = self.duplicate.take() {
            self.held = Some(descriptors::hold(own));
            return Ok(());
        }
        let Some(guard) =
            row.guards.iter().find(|guard| matches!(guard, Guard::Use(..) | Guard::UseHandle(Use::Close)))
        else {
            return Ok(());
        };
        match *guard {
            Guard::Use(arg, to) if row.target == Target::Binding("fs") && self.runs_later() => {
                self.hold_number(arg, to)
            }
            // A class of the event loop makes a handle of the descriptor. A `FileHandle` is noted
            // when Node gives it.
            Guard::Use(arg, Use::HandOn) => {
                if let Some(number) = self.descriptor_number(arg) {
                    let is_handle = row.target != Target::Binding("fs");
                    if is_handle {
                        descriptors::adopt(number);
                    } else {
                        descriptors::lend(number);
                    }
                    opened::forget(number);
                }
                Ok(())
            }
            Guard::UseHandle(Use::Close) => {
                let descriptor = self.handle_descriptor(row);
                if let Some(number) = descriptor {
                    descriptors::abandon(number);
                    if descriptors::take_back(number) && row.gives_descriptor {
                        opened::note(number, self.owner());
                    }
                }
                if self.runs_later() {
                    self.held = descriptor;
                    descriptor.into_iter().for_each(descriptors::claim);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The owner that stands for this thread.
    fn owner(&self) -> u32 {
        opened::owner_of_thread(self.thread.thread_policy().number())
    }

    /// Gives a call that waits a number of its own for the same open file.
    fn hold_number(&mut self, arg: usize, to: Use) -> Result<(), Stop> {
        let Some(given) = self.descriptor_number(arg) else { return Ok(()) };
        let held = match to {
            Use::Close => descriptors::hand_over(given),
            _ => descriptors::duplicate(given).map(descriptors::hold),
        };
        self.held = if_open(held)?;
        let own = self.held.unwrap_or(descriptors::NONE);
        self.replace(arg, self.call.env.number(f64::from(own))?)
    }

    /// Returns true if a call that waits makes or moves links, or may do so when it runs. A link
    /// could land in another folder by then, and lead elsewhere from there. Another link could be
    /// moved.
    fn changes_links(&self, row: &HookSpec) -> bool {
        let hangs_on_place = |text: Vec<u8>| !text.starts_with(b"/") && files::has_dots(&text);
        let changes = row.guards.iter().any(|guard| match *guard {
            Guard::MovedLinks { .. } => true,
            Guard::Link { target, .. } => self.spelled(target).is_some_and(hangs_on_place),
            _ => false,
        });
        changes && self.runs_later() && !self.thread.policy().has(Scope::Fs, &Resource::Nothing)
    }

    /// Changes links at once. Node's own functions that do it at once ask again, and find the same.
    fn change_at_once(&self, row: &HookSpec) -> Result<Value<'a>, Stop> {
        let (thread, env) = (self.thread, self.call.env);
        // An error names the paths as the caller did.
        let mut args = Vec::new();
        for spelled in [0, 1].into_iter().filter_map(|index| self.spelled(index)) {
            args.push(self.path_value(&spelled)?);
        }
        let changes = thread.primordials.changes.get(env)?;
        let outcome = thread.primordials.attempt(env.undefined()?, env.get(changes, row.name)?, &args)?;
        self.completed(row, outcome)
    }

    /// Closes a descriptor, unless the original is to close it. Returns the outcome.
    ///
    /// If a handle of the event loop may use the number, only the file is closed, and the number
    /// stays taken. A call that waits and takes no time is made at once.
    fn closed_at_once(&self, row: &HookSpec) -> Result<Option<Result<Value<'a>, Value<'a>>>, Stop> {
        let [Guard::Use(arg, Use::Close)] = *row.guards else { return Ok(None) };
        let Some(descriptor) = self.descriptor_number(arg) else { return Ok(None) };
        let (thread, env) = (self.thread, self.call.env);
        let is_process = thread.thread_policy().is_process();
        let opener = opened::owner(descriptor);
        let is_own = opener == Some(self.owner());
        if is_own && !is_process && self.runs_later() {
            // Node notes which descriptors a worker opened, and closes them when the worker ends.
            // So Node's own function closes this one.
            let close = env.get(thread.primordials.changes.get(env)?, row.name)?;
            return Ok(Some(thread.primordials.attempt(
                env.undefined()?,
                close,
                &[env.number(f64::from(descriptor))?],
            )?));
        }
        opened::forget(descriptor);
        // The worker that opened it closes the number again when it ends.
        let others = [opened::INHERITED, opened::owner_of_thread(0), self.owner()];
        let is_of_worker = opener.is_some_and(|owner| !others.contains(&owner));
        let closes = if is_of_worker || (!is_own && descriptors::is_of_handle(descriptor)) {
            descriptors::close_file(descriptor)
        } else {
            self.runs_later() && descriptors::close_read_only(descriptor)
        };
        Ok(if closes { Some(Ok(env.undefined()?)) } else { None })
    }

    /// Completes the request of a call that permit has made, on the next tick. Returns the result
    /// of the call.
    fn completed(&self, row: &HookSpec, outcome: Result<Value<'a>, Value<'a>>) -> Result<Value<'a>, Stop> {
        let (thread, env) = (self.thread, self.call.env);
        let Deliver::Request(request) = row.deliver else { return Err(Stop::Threw) };
        let request = self.arg(request).ok_or(JsError)?;
        if env.is_symbol(request) {
            return Ok(match outcome {
                Ok(_) => env.fulfilled(env.undefined()?)?,
                Err(error) => env.rejected(error)?,
            });
        }
        let error = outcome.err().map_or_else(|| env.null(), Ok)?;
        thread.primordials.next_tick(thread.primordials.completes.get(env)?, &[request, error])?;
        Ok(env.undefined()?)
    }

    /// Returns what follows a call of `node:sqlite`: the rest of the script, or a note of what is
    /// to be asked about again.
    fn after_sqlite(&self) -> Result<Option<Value<'a>>, JsError> {
        let (env, captured) = (self.call.env, &self.thread.primordials);
        if let Some(rest) = &self.rest {
            let sqlite = captured.sqlite.get().ok_or(JsError)?.get(env)?;
            let after = env.call_plain(env.get(sqlite, "rest")?, &[self.call.this, env.string(rest)?])?;
            return Ok(Some(after));
        }
        match &self.asked_again {
            Some(text) => env.call_plain(captured.noting.get(env)?, &[env.string(text)?]).map(Some),
            None => Ok(None),
        }
    }

    /// Has `SQLite` ask about what it opens during the call, if this Node can. Returns what ends
    /// that.
    fn asks_engine(&self) -> Result<Option<Value<'a>>, JsError> {
        let env = self.call.env;
        let Some(sqlite) = self.thread.primordials.sqlite.get().filter(|_| self.asks_engine) else { return Ok(None) };
        let begin = env.get(sqlite.get(env)?, "begin")?;
        if env.is_function(begin) { env.call_plain(begin, &[self.call.this]).map(Some) } else { Ok(None) }
    }

    /// Returns the function that gives a descriptor up.
    fn releases(&self, held: i32) -> Result<Value<'a>, JsError> {
        let env = self.call.env;
        let ended = self.thread.primordials.ended.get(env)?;
        env.call_plain(env.get(ended, "released")?, &[env.number(f64::from(held))?])
    }

    /// Announces a change of where paths lead. Returns the function that hears that the original
    /// has returned.
    fn done(&self, row: &HookSpec) -> Result<Option<Value<'a>>, Stop> {
        if let Some(held) = self.held.filter(|_| !self.runs_later()) {
            return Ok(Some(self.releases(held)?));
        }
        if !row.invalidates_cache {
            return Ok(self.asks_engine()?);
        }
        let captured = &self.thread.primordials;
        let done = if self.runs_later() { &captured.returned } else { &captured.changed };
        let done = done.get(self.call.env)?;
        path_cache::changing();
        Ok(Some(done))
    }

    /// Prepares the end of the call. Results and errors name the paths as the caller did. A call
    /// that moves links or directories is heard of when it has ended. For a callback, this replaces
    /// the callback. For a promise, this returns the function that gets the promise.
    fn end(&mut self, row: &HookSpec) -> Result<Ending<'a>, Stop> {
        if let Some(after) = self.after_sqlite()? {
            return Ok(Ending { after: Some(after), on_throw: None });
        }
        if !self.given.is_empty() {
            let [after, on_throw] = self.hold_given()?;
            return Ok(Ending { after: Some(after), on_throw: Some(on_throw) });
        }
        let runs_later = self.runs_later();
        let changes_later = row.invalidates_cache && runs_later;
        let gives_handle = row.gives_handle && runs_later;
        let held = self.held.filter(|_| runs_later);
        let is_respelled = self.prefix.is_some() || !self.passed.is_empty();
        let nothing_to_do = !is_respelled && held.is_none() && !changes_later && !gives_handle;
        // The results and errors of `realpathSync` name absolute paths anyway.
        if nothing_to_do || matches!(row.guards, [Guard::Real(_)]) {
            return Ok(Ending::default());
        }
        let env = self.call.env;
        let ended = self.thread.primordials.ended.get(env)?;
        let undefined = env.undefined()?;
        let mut renamed: Vec<(&[u8], &[u8])> =
            self.passed.iter().map(|(passed, spelled)| (&passed[..], &spelled[..])).collect();
        renamed.extend(self.prefix.as_deref().map(|prefix| (prefix, &b""[..])));
        let renamed = match Renamed::text(&renamed) {
            text if text.is_empty() => undefined,
            text => env.string(&text)?,
        };
        let results = env.boolean(self.gives_path)?;
        if !runs_later {
            let after = env.call_plain(env.get(ended, "result")?, &[renamed, results])?;
            let on_throw = env.call_plain(env.get(ended, "error")?, &[renamed])?;
            return Ok(Ending { after: Some(after), on_throw: Some(on_throw) });
        }
        let done = match held {
            Some(held) => self.releases(held)?,
            None if changes_later => self.thread.primordials.settled.get(env)?,
            None => undefined,
        };
        let callback = |function: Value<'_>, done: Value<'_>, request: Value<'_>| -> Result<Value<'a>, JsError> {
            env.call_plain(env.get(ended, "callback")?, &[function, renamed, results, done, request])
        };
        let replace = |object: Value<'_>, property: &str| -> Result<(), JsError> {
            let complete = env.get(object, property)?;
            if !env.is_function(complete) {
                return Ok(());
            }
            env.put(object, property, callback(complete, done, object)?)
        };
        match row.deliver {
            Deliver::Request(arg) => {
                if let Some(request) = self.arg(arg).filter(|request| env.is_object(*request)) {
                    replace(request, "oncomplete")?;
                    return Ok(Ending::default());
                }
            }
            Deliver::Job => {
                replace(self.call.this, "ondone")?;
                return Ok(Ending::default());
            }
            Deliver::Callback => {
                let last = self.call.count().saturating_sub(1);
                if let Some(function) = self.arg(last).filter(|function| env.is_function(*function)) {
                    // No public function with a callback makes links or directories.
                    let wrapped = callback(function, undefined, undefined)?;
                    self.replace(last, wrapped)?;
                }
                return Ok(Ending::default());
            }
            _ => {}
        }
        let after = if gives_handle {
            let descriptor_of = self.thread.primordials.handles.file.get(env)?;
            env.call_plain(env.get(ended, "adopted")?, &[renamed, descriptor_of])?
        } else {
            env.call_plain(env.get(ended, "promise")?, &[renamed, results, done])?
        };
        let on_throw = env.call_plain(env.get(ended, "error")?, &[renamed])?;
        Ok(Ending { after: Some(after), on_throw: Some(on_throw) })
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use LastLink::{Follow, NoFollow};

    use super::*;

    #[test]
    fn a_path_is_split_where_a_call_stops_to_follow_links() {
        let split = |given: &'static str, last| {
            let PathEnd { path, end, last } = PathEnd::of(given.as_bytes(), last);
            (std::str::from_utf8(path).unwrap(), std::str::from_utf8(end).unwrap(), last)
        };
        assert_eq!(split("/a/b", Follow), ("/a/b", "", Follow));
        assert_eq!(split("/a/b/", Follow), ("/a/b/", "/", Follow));
        assert_eq!(split("/a/b/..", Follow), ("/a/b/..", "/.", Follow));
        assert_eq!(split("/a/b", NoFollow), ("/a/b", "", NoFollow));
        assert_eq!(split("/a/b//", NoFollow), ("/a/b", "//", NoFollow));
        assert_eq!(split("/a/b/..", NoFollow), ("/a/b", "/..", Follow));
        assert_eq!(split("/", NoFollow), ("/", "", NoFollow));
        assert_eq!(split("/..", NoFollow), ("/..", "", NoFollow));
        assert_eq!(split("..", NoFollow), ("..", "", NoFollow));
    }

    #[test]
    fn going_up_from_what_is_no_folder_fails_as_the_kernel_fails() {
        let fails = |path: &str| fails_to_go_up(path.as_bytes());
        assert_eq!(fails("/usr/../etc/passwd"), None);
        assert_eq!(fails("/etc/passwd"), None);
        assert_eq!(fails("/../etc"), None);
        assert_eq!(fails("/etc/passwd/../passwd"), Some(NO_FOLDER));
        assert_eq!(fails("/etc/passwd/x/../y"), Some(NO_FOLDER));
        assert_eq!(fails("/missing/../etc"), Some(MISSING));
        assert_eq!(fails("/usr/..x/y"), None);
        for beginning in [NO_FOLDER, MISSING] {
            let path = [beginning, b"/usr/../etc/passwd"].concat();
            assert!(std::fs::metadata(files::path_of(&path)).is_err());
        }
    }
}
