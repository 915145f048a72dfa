//! What one Node thread holds while it runs: its policy, and the JavaScript values that were captured before any
//! code of the program could replace them.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::ops::Deref;
use std::sync::Arc;

use super::gauges::Gauges;
use super::lazy_modules::LazyModules;
use super::natives::Natives;
use super::refusal;
use crate::audit::log;
use crate::audit::metrics::CheckOutcome;
use crate::audit::recorder::{Key, RecordedPath, Verdict};
use crate::js::env::{Env, ThreadEnv};
use crate::js::value::{JsError, NOTHING, Persistent, Value};
use crate::policy::links::{Entry, LastLink, Links, Resolution, walk};
use crate::policy::path::Absolute;
use crate::policy::{Policy, Resource, Scope};
use crate::process::options::Given as GivenOption;
use crate::process::origin;
use crate::process::threads::{Given, Held};
use crate::system::descriptors;
use crate::system::files::{OpenAccess, System};
use crate::system::{files, links};
use crate::thread::callers::{Caller, Sites};
use crate::thread::channels::Channels;
use crate::thread::path_cache::{Known, Places};
use crate::thread::refusal::Refusal;
use crate::thread::telemetry::Telemetry;

/// The hooks of one Node thread.
#[derive(Debug)]
pub struct Thread {
    /// The environment.
    pub own_env: ThreadEnv,
    /// Its policy, shared with the registry.
    pub held: Arc<Held>,
    /// What was captured.
    pub captured: Captured,
    /// What threads are given that are being made.
    pub new_threads: RefCell<NewThreads>,
    /// Tells which words Node does not take as options of a worker (`worker.js`).
    pub unfit: OnceCell<Persistent>,
    /// The options of Node with which the thread was made.
    pub exec_argv: Vec<String>,
    /// Where paths lead, as far as it is remembered.
    pub places: Places,
    /// Prints each decision (`NODE_DEBUG=permission`).
    pub tracing: Cell<bool>,
    /// Reports refusals. False until the program runs.
    pub reporting: Cell<bool>,
    /// Node's channels for it.
    pub channels: Channels,
    /// The program's OpenTelemetry.
    pub telemetry: Telemetry,
    /// What is hooked when it is loaded.
    pub lazy_modules: Cell<Option<&'static dyn LazyModules>>,
    /// What finds out who made a call.
    pub sites: OnceCell<Sites>,
    /// What the call that is asked about is a method of.
    pub asking: Cell<Option<Value<'static>>>,
    /// What is told of the policy.
    pub gauges: Gauges,
}

/// Whether a decision is counted, printed and recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Observe {
    /// It is: the program makes a call.
    Report,
    /// It is not: the program asks.
    Silent,
}

/// What new threads are given, each under a number until its thread starts.
#[derive(Debug, Default)]
pub struct NewThreads {
    last: u32,
    given: BTreeMap<u32, Given>,
}

impl NewThreads {
    /// Keeps what a thread is given, and returns its number.
    pub fn add(&mut self, given: Given) -> u32 {
        self.last = self.last.wrapping_add(1);
        self.given.insert(self.last, given);
        self.last
    }

    /// Returns what has this number, once.
    pub fn take(&mut self, number: u32) -> Option<Given> {
        self.given.remove(&number)
    }
}

/// JavaScript values from before the program.
#[derive(Debug)]
pub struct Captured {
    /// The token by which a native half says that a call may proceed.
    pub go: Persistent,
    /// Calls a function and gives what it throws as a value.
    pub attempt: Persistent,
    /// Makes an array of what passes for one.
    pub array_of: Persistent,
    /// `process`.
    pub process: Persistent,
    /// `process.report`.
    pub report: Persistent,
    /// Reads a setting of `process.report`.
    pub report_setting: Persistent,
    /// `process.nextTick`.
    pub next_tick: Persistent,
    /// `process.env`.
    pub env: Persistent,
    /// `url.fileURLToPath`.
    pub file_url_to_path: Persistent,
    /// Makes an object without a prototype.
    pub bare: Persistent,
    /// `worker_threads.SHARE_ENV`.
    pub share_env: Persistent,
    /// `JSON.stringify`.
    pub stringify: Persistent,
    /// `URL`.
    pub url: Persistent,
    /// The getter of `href`, which throws for what is no URL.
    pub url_href: Persistent,
    /// `Uint8Array.prototype`.
    pub uint8_array: Persistent,
    /// What the network's hooks need of Node's handles.
    pub natives: Natives,
    /// Emits an `'error'` event.
    pub emit_error: Persistent,
    /// Wraps callbacks and promises of asynchronous calls whose end matters.
    pub ended: Persistent,
    /// Hears that a call that changes links or directories has returned, and `false` if it threw.
    pub returned: Persistent,
    /// Hears that one which runs later has ended.
    pub settled: Persistent,
    /// Destroys a socket with an error.
    pub destroy: Persistent,
    /// Makes an asynchronous iterator that rejects.
    pub iterate_error: Persistent,
}

/// Where a path leads as far as the policy lets the program see: a refusal must not say what a link says that may not
/// be read.
fn visible(policy: &Policy, raw: &[u8], last: LastLink) -> Resource<'static> {
    struct Readable<'p>(&'p Policy);
    impl Links for Readable<'_> {
        fn at(&self, path: &[u8]) -> Entry {
            match Absolute::resolve(path, || None::<&[u8]>) {
                Ok(place) if self.0.allows_path(Scope::FsRead, &place) => System.at(path),
                _ => Entry::NotLink,
            }
        }
    }
    let from = files::working_directory().unwrap_or_else(|| b"/".to_vec());
    match walk(&Readable(policy), &from, raw, last) {
        Resolution::To(path) => match Absolute::resolve(&path, || None::<&[u8]>) {
            Ok(path) => Resource::Path(path.into_owned()),
            Err(_) => Resource::Nothing,
        },
        _ => Resource::Nothing,
    }
}

/// Is this a file by which a process is reached past its policy: memory that is written, an environment that is read where
/// some of it is withheld?
fn reaches_past(policy: &Policy, scope: Scope, real: &[u8]) -> bool {
    match scope {
        Scope::FsWrite => links::is_memory(real) || is_denied_of_process(policy, scope, real),
        Scope::FsRead => {
            let environment = links::is_environment(real) && !policy.has(Scope::Env, &Resource::Nothing);
            environment || is_denied_of_process(policy, scope, real)
        }
        _ => false,
    }
}

/// Is what this path shows denied by the other name that it has, for the whole process?
fn is_denied_of_process(policy: &Policy, scope: Scope, real: &[u8]) -> bool {
    links::path_of_process(real).is_some_and(|path| {
        Absolute::resolve(&path, || None::<&[u8]>).is_ok_and(|path| policy.withholds(scope, &Resource::Path(path)))
    })
}

/// The same policy, while others may change theirs: what is told of a refusal runs code of the program.
fn unlocked(policy: impl Deref<Target = Policy>) -> Policy {
    policy.clone()
}

impl Thread {
    /// Returns the environment. Values that it makes cannot outlive the borrow of the thread.
    pub fn env(&self) -> Env<'_> {
        self.own_env.get()
    }

    /// Calls a function that may throw, and gives what it throws as a value.
    pub fn attempt(
        &self,
        this: Value<'_>,
        function: Value<'_>,
        args: &[Value<'_>],
    ) -> Result<Result<Value<'_>, Value<'_>>, JsError> {
        self.env().attempt(self.captured.attempt.get(self.env())?, this, function, args)
    }

    /// The answer of a native half that the call may proceed. `undefined` if the engine fails, which refuses.
    #[inline]
    pub fn go(&self) -> Value<'_> {
        self.captured.go.get(self.env()).unwrap_or(NOTHING)
    }

    /// Is it remembered that this may be done with a path, spelled as the caller spelled it?
    #[inline]
    pub fn remembers(&self, access: OpenAccess, raw: &[u8]) -> bool {
        let OpenAccess { read, write, last } = access;
        let allows = |scope| self.places.allows(scope, raw, last, self.held.state());
        let remembered = raw.first() == Some(&b'/')
            && !self.tracing.get()
            && (read || write)
            && (!read || allows(Scope::FsRead))
            && (!write || allows(Scope::FsWrite));
        for scope in [(read, Scope::FsRead), (write, Scope::FsWrite)] {
            if let (true, (true, scope)) = (remembered, scope) {
                self.count_allowed(scope);
            }
        }
        remembered
    }

    /// Asks about a path, spelled as the caller spelled it, and about what it leads to.
    pub fn check_path(&self, scope: Scope, raw: &[u8], last: LastLink) -> Result<(), Box<Refusal>> {
        if !self.tracing.get() && raw.first() == Some(&b'/') && self.places.allows(scope, raw, last, self.held.state())
        {
            self.count_allowed(scope);
            return Ok(());
        }
        self.check_path_as(scope, raw, raw, last)
    }

    /// Asks about a path that the refusal names in another spelling.
    pub fn check_path_as(&self, scope: Scope, raw: &[u8], spelled: &[u8], last: LastLink) -> Result<(), Box<Refusal>> {
        self.ask_path(Observe::Report, scope, raw, spelled, last)
    }

    fn ask_path(
        &self,
        observe: Observe,
        scope: Scope,
        raw: &[u8],
        spelled: &[u8],
        last: LastLink,
    ) -> Result<(), Box<Refusal>> {
        let state = self.held.state();
        let policy = self.held.policy();
        let decided = self.decide_path(&policy, scope, raw, spelled, last);
        let decided = if policy.is_plain() {
            decided.map(Some)
        } else {
            let policy = unlocked(policy);
            self.apply_modes(observe, &policy, decided, |policy| self.decide_path(policy, scope, raw, spelled, last))
        };
        if observe == Observe::Report && self.tracing.get() {
            self.print(scope, &String::from_utf8_lossy(spelled), decided.is_ok());
        }
        if let Some(known) = decided? {
            if observe == Observe::Report {
                self.count_allowed(scope);
            }
            if raw.first() == Some(&b'/') {
                self.places.allowed(scope, raw, last, state, known);
            }
        }
        Ok(())
    }

    /// What a policy says of a path.
    fn decide_path(
        &self,
        policy: &Policy,
        scope: Scope,
        raw: &[u8],
        spelled: &[u8],
        last: LastLink,
    ) -> Result<Known, Box<Refusal>> {
        if raw.is_empty() {
            // Names nothing: as in Node, only a scope that is granted whole lets the system say so.
            return policy.check(scope, &Resource::Nothing, "").map(|()| Known::default()).map_err(Refusal::boxed);
        }
        let refuse = |resource| {
            Refusal::boxed(policy.refusal(scope, &resource, &String::from_utf8_lossy(spelled)))
                .at(self.place(raw, last, false))
        };
        let named = Absolute::resolve(raw, files::working_directory);
        let by_self = named.as_ref().ok().and_then(|path| links::name_below_self(path.bytes()));
        let named = match &by_self {
            Some(name) => Absolute::resolve(name, || None::<&[u8]>),
            None => named,
        };
        match named {
            Ok(path) if !policy.allows_path(scope, &path) => Err(refuse(Resource::Path(path))),
            Ok(path) => match self.lead(raw, last) {
                (Resolution::To(real), _) if reaches_past(policy, scope, &real) => {
                    Err(Box::new(Refusal::of(scope, &String::from_utf8_lossy(spelled))))
                }
                (Resolution::To(real), known) => match Absolute::resolve(&real, || None::<&[u8]>) {
                    Ok(real) if real == path || policy.allows_behind_links(scope, &real) => Ok(known),
                    Ok(_) => Err(refuse(visible(policy, raw, last))),
                    Err(_) => Err(refuse(Resource::Nothing)),
                },
                // The program has it open already, unless it is one of the event loop's.
                (Resolution::Pathless, known) if !self.is_foreign(raw) => Ok(known),
                // The kernel counts links in its own way: only what it gives up on leads nowhere.
                (Resolution::Nowhere, _) if files::is_given_up(raw, last) => Ok(Known::default()),
                // A folder that is closed now may be open when the call is made.
                (Resolution::Closed | Resolution::Unknown | Resolution::Nowhere, _)
                    if policy.allows(scope, &Resource::Nothing) =>
                {
                    let is_free = match files::found_by_kernel(raw) {
                        Ok(Some(real)) => {
                            let place = Absolute::resolve(&real, || None::<&[u8]>);
                            !reaches_past(policy, scope, &real)
                                && place.is_ok_and(|place| policy.allows_behind_links(scope, &place))
                        }
                        Ok(None) => true,
                        // What is closed to the user now may be open when the call is made.
                        Err(_) => !links::may_be_of_process(raw),
                    };
                    if is_free { Ok(Known::default()) } else { Err(refuse(Resource::Nothing)) }
                }
                _ => Err(refuse(Resource::Nothing)),
            },
            Err(_) => Err(Box::new(Refusal::of(scope, &String::from_utf8_lossy(spelled)))),
        }
    }

    /// Returns true for a path to a pipe or a socket that is not the thread's to use: one of the event loop, or, for a thread
    /// that was given less than the process, any but those that the process was started with.
    fn is_foreign(&self, raw: &[u8]) -> bool {
        let Some(path) = files::absolute(raw) else { return true };
        let path = files::path_of(&path);
        let is_standard = || (0..=2).any(|number| files::leads_to_descriptor(path, number));
        descriptors::is_internal_at(path) || (self.held.is_given_less() && !is_standard())
    }

    /// Applies audit and report-only layers to a decision, and records what they would refuse. `Ok(None)`: allowed, but not
    /// cacheable. While permit starts, and for a question of the program's own, every layer is enforced and nothing recorded.
    fn apply_modes<T>(
        &self,
        observe: Observe,
        policy: &Policy,
        decided: Result<T, Box<Refusal>>,
        ask: impl Fn(&Policy) -> Result<T, Box<Refusal>>,
    ) -> Result<Option<T>, Box<Refusal>> {
        let reports = observe == Observe::Report && self.reporting.get();
        let mut clean = true;
        if let Some(second) = policy.reported()
            && let Err(refusal) = ask(&second)
        {
            clean = false;
            if reports {
                self.record(&refusal, Verdict::Reported, false);
            }
        }
        match decided {
            Ok(known) => Ok(Some(known).filter(|_| clean)),
            Err(refusal) if reports && policy.audits() && ask(&policy.enforced()).is_ok() => {
                self.record(&refusal, Verdict::Audited, false);
                if let Some(scope) = refusal.scope {
                    self.channels.publish(self.env(), scope, &refusal.resource, false);
                }
                Ok(None)
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// Refuses what `refuses` says must be refused under a policy; in audit it is recorded and goes on.
    pub fn judge(&self, scope: Scope, spelled: &str, refuses: impl Fn(&Policy) -> bool) -> Result<(), Box<Refusal>> {
        self.judge_as(|policy| if refuses(policy) { Err(Box::new(Refusal::of(scope, spelled))) } else { Ok(()) })
    }

    /// Refuses the first of these options of Node that a program may not give to what it starts in this folder.
    pub fn judge_options<'a, I: IntoIterator<Item = GivenOption<'a>>>(
        &self,
        scope: Scope,
        folder: Option<&[u8]>,
        options: impl Fn() -> I,
    ) -> Result<(), Box<Refusal>> {
        self.judge_as(|policy| match origin::not_for_programs(options(), policy, folder) {
            Some(option) if policy.is_strict() => Err(Refusal::of_option(scope, &option)),
            _ => Ok(()),
        })
    }

    /// Returns true if what is enforced grants the whole scope. Nothing is counted, printed or recorded.
    pub fn grants_quietly(&self, scope: Scope) -> bool {
        self.held.policy().enforced().has(scope, &Resource::Nothing)
    }

    /// The same for a directory with everything below it.
    pub fn judge_tree(
        &self,
        scope: Scope,
        spelled: &[u8],
        refuses: impl Fn(&Policy) -> bool,
    ) -> Result<(), Box<Refusal>> {
        let refusal = || Box::new(Refusal::of(scope, &String::from_utf8_lossy(spelled)));
        let place = || self.place(spelled, LastLink::Follow, true);
        self.judge_as(|policy| if refuses(policy) { Err(refusal().at(place())) } else { Ok(()) })
    }

    /// Refuses under a policy that refuses for more than the sake of permit's own files. In audit, records and proceeds.
    pub fn refuse(&self, refusal: impl Fn() -> Box<Refusal>) -> Result<(), Box<Refusal>> {
        self.judge_as(|policy| if policy.is_strict() { Err(refusal()) } else { Ok(()) })
    }

    fn judge_as(&self, ask: impl Fn(&Policy) -> Result<(), Box<Refusal>>) -> Result<(), Box<Refusal>> {
        let policy = self.held.policy();
        let decided = ask(&policy);
        if policy.is_plain() {
            return decided;
        }
        self.apply_modes(Observe::Report, &unlocked(policy), decided, ask).map(|_| ())
    }

    /// What a record says of a path, if somebody may want one.
    fn place(&self, raw: &[u8], last: LastLink, tree: bool) -> Option<RecordedPath> {
        if log::target().is_none() && !self.telemetry.may_be_heard() {
            return None;
        }
        let path = files::absolute(raw)?;
        let leads_to = match self.lead(raw, last) {
            (Resolution::To(real), _) if real != path => Some(String::from_utf8(real).ok()?),
            _ => None,
        };
        Some(RecordedPath { path: String::from_utf8(path).ok()?, leads_to, tree })
    }

    /// Counts a question that was answered with yes.
    #[inline]
    fn count_allowed(&self, scope: Scope) {
        if self.reporting.get() {
            self.held.counts.count(scope, CheckOutcome::Allowed);
        }
    }

    /// Counts what is told, and records it for the log and for the program's telemetry, whose code may run at once if the call
    /// is over.
    fn record(&self, refusal: &Refusal, verdict: Verdict, is_over: bool) {
        let Some(scope) = refusal.scope else { return };
        self.held.counts.count(scope, CheckOutcome::Verdict(verdict));
        let (logs, tells) = (log::target().is_some(), self.telemetry.wants(self.env(), is_over));
        if !logs && !tells {
            return;
        }
        let policy_hash = self.gauges.policy_hash();
        let caller = self.sites.get().map(|sites| sites.caller(self.env(), self.asking.get()));
        let Caller { package, stack } = caller.unwrap_or_default();
        let key = Key {
            scope,
            value: refusal.resource.clone(),
            place: refusal.place.clone(),
            host: refusal.host.clone(),
            rule: refusal.grant.clone(),
            package,
            verdict,
            thread: self.held.number(),
            policy_hash,
        };
        if !tells {
            return log::add(key, stack);
        }
        if logs {
            log::add(key.clone(), stack);
        }
        self.telemetry.tell(key, is_over);
    }

    /// Where a path leads.
    fn lead(&self, raw: &[u8], last: LastLink) -> (Resolution, Known) {
        match files::from_working_directory(raw) {
            _ if raw.len() >= files::MAX_PATH => (Resolution::Nowhere, Known::default()),
            Some(path) => match self.places.lead(&path, last) {
                (Resolution::Closed, _) if !raw.starts_with(b"/") => {
                    let here = files::working_directory().unwrap_or_default();
                    (walk(&links::FromWorkingDirectory(&here), &here, raw, last), Known::default())
                }
                lead => lead,
            },
            None => (Resolution::Unknown, Known::default()),
        }
    }

    /// The path without links that this one leads to. For what leads nowhere, or has no path, its normal form: whether it may be
    /// used at all is another question ([`Thread::check_path`]). `None` if permit cannot say where it leads.
    pub fn real(&self, raw: &[u8], last: LastLink) -> Option<Vec<u8>> {
        match self.lead(raw, last).0 {
            Resolution::To(real) => Some(real),
            Resolution::Pathless => files::absolute(raw),
            Resolution::Nowhere if files::is_given_up(raw, last) => files::absolute(raw),
            // Where everything is granted, it does not matter.
            _ => files::absolute(raw).filter(|_| self.held.policy().has(Scope::Fs, &Resource::Nothing)),
        }
    }

    /// Returns true if permit can say where a path leads, and it leads to a place in the file system.
    pub fn leads_to_place(&self, raw: &[u8]) -> bool {
        matches!(self.lead(raw, LastLink::Follow).0, Resolution::To(_))
    }

    /// While `then` runs, what is asked about is a method of this.
    pub fn of<T>(&self, handle: Value<'_>, then: impl FnOnce() -> T) -> T {
        // SAFETY: the value is taken back before this function returns, and thus within the caller's handle scope.
        let handle = unsafe { Value::from_raw(handle.raw()) };
        let before = self.asking.replace(Some(handle));
        let done = then();
        self.asking.set(before);
        done
    }

    /// A call is about to be refused: tells who wants to know.
    pub fn refused(&self, refusal: &Refusal) {
        if self.reporting.get()
            && let Some(scope) = refusal.scope
        {
            self.record(refusal, Verdict::Refused, true);
            self.channels.publish(self.env(), scope, &refusal.resource, false);
        }
    }

    /// Records a refusal for a package that is hidden from module resolution, if the package exists:
    /// the program gets no error that names it.
    pub fn report_hidden_package(&self, package: &[u8]) {
        if log::target().is_none() || !self.reporting.get() || !System::exists(package) {
            return;
        }
        let Ok(path) = Absolute::resolve(package, files::working_directory) else { return };
        let refusal = {
            let policy = self.held.policy();
            policy.refusal(Scope::FsRead, &Resource::Path(path), &String::from_utf8_lossy(package))
        };
        let refusal = Refusal::boxed(refusal).at(self.place(package, LastLink::Follow, false));
        self.record(&refusal, Verdict::Refused, false);
    }

    /// Would [`Thread::check_path`] let this through? Nothing is printed.
    pub fn allows_path(&self, scope: Scope, raw: &[u8]) -> bool {
        let last = LastLink::Follow;
        if raw.first() == Some(&b'/') && self.places.allows(scope, raw, last, self.held.state()) {
            return true;
        }
        // A name that is not allowed needs no look at where it leads, and no words for the refusal.
        let by_name = Absolute::resolve(raw, files::working_directory);
        if !by_name.is_ok_and(|path| self.held.policy().allows_path(scope, &path)) {
            return false;
        }
        self.ask_path(Observe::Silent, scope, raw, raw, last).is_ok()
    }

    /// May there be a record of what is done later in this scope, with this path if it has one? Then who asks for it is
    /// noted.
    pub fn wants_caller(&self, scope: Scope, path: Option<&[u8]>) -> bool {
        let policy = self.held.policy();
        if policy.reported().is_some() {
            return true;
        }
        match path {
            Some(path) => {
                drop(policy);
                !self.allows_path(scope, path)
            }
            None => !policy.has(scope, &Resource::Nothing),
        }
    }

    /// Asks about anything else.
    pub fn check(&self, scope: Scope, resource: &Resource<'_>, spelled: &str) -> Result<(), Box<Refusal>> {
        let policy = self.held.policy();
        let ask = |policy: &Policy| {
            policy.check(scope, resource, spelled).map_err(|denied| Refusal::with_host(denied, resource))
        };
        let decided = ask(&policy);
        let decided = if policy.is_plain() {
            decided.map(Some)
        } else {
            self.apply_modes(Observe::Report, &unlocked(policy), decided, ask)
        };
        if self.tracing.get() {
            match refusal::host(scope, resource) {
                host if host.is_empty() => self.print(scope, spelled, decided.is_ok()),
                host => self.print(scope, &format!("{spelled} ({host})"), decided.is_ok()),
            }
        }
        if decided?.is_some() {
            self.count_allowed(scope);
        }
        Ok(())
    }

    /// Is everything at and below this path granted, whatever exists there?
    pub fn covers_tree(&self, scope: Scope, absolute: &[u8]) -> bool {
        Absolute::resolve(absolute, files::working_directory).is_ok_and(|path| {
            let policy = self.held.policy();
            // What a second policy would refuse in the tree is recorded one by one.
            policy.covers_tree(scope, &path) && policy.reported().is_none_or(|second| second.covers_tree(scope, &path))
        })
    }

    #[expect(clippy::unused_self, reason = "printing belongs to the thread that asks; it will carry its number")]
    fn print(&self, scope: Scope, resource: &str, allowed: bool) {
        let (process, decision) = (std::process::id(), if allowed { "allow" } else { "deny" });
        // Whoever reads may be slow or gone: that must not end the program, as `eprintln!` would.
        let _ = writeln!(std::io::stderr(), "PERMISSION {process}: {decision} {} {resource}", scope.name());
    }

    /// The path that a `file:` URL names, by Node's own conversion; what it throws goes to the caller.
    pub fn path_of_url(&self, url: Value<'_>) -> Result<Value<'_>, JsError> {
        let convert = self.captured.file_url_to_path.get(self.env())?;
        self.env().call_plain(convert, &[url])
    }

    /// Is it an object of the class `URL`, whatever its properties say?
    pub fn is_real_url(&self, value: Value<'_>) -> Result<bool, JsError> {
        let href = self.attempt(value, self.captured.url_href.get(self.env())?, &[])?;
        Ok(href.is_ok_and(|href| self.env().is_string(href)))
    }

    /// A new `Buffer` or `Uint8Array`, as the given one is, that no other thread can change.
    pub fn private_copy(&self, given: Value<'_>, bytes: &[u8]) -> Result<Value<'_>, JsError> {
        let env = self.env();
        if self.is_plain_uint8_array(given)? { env.new_uint8_array(bytes) } else { env.buffer(bytes) }
    }

    /// Returns true for a `Uint8Array` that is no `Buffer`.
    pub fn is_plain_uint8_array(&self, array: Value<'_>) -> Result<bool, JsError> {
        let env = self.env();
        Ok(env.same(env.prototype(array)?, self.captured.uint8_array.get(env)?))
    }

    /// A new object without a prototype.
    pub fn bare(&self) -> Result<Value<'_>, JsError> {
        let make = self.captured.bare.get(self.env())?;
        self.env().call_plain(make, &[])
    }

    /// A copy of an options object, each property of which is read exactly once. Own properties, and what it
    /// inherits from prototypes other than `Object.prototype`.
    pub fn plain_copy(&self, object: Value<'_>) -> Result<Value<'_>, JsError> {
        let env = self.env();
        let copy = self.bare()?;
        let mut from = object;
        loop {
            for key in env.own_keys(from)? {
                if !env.has_own_key(copy, key)? {
                    let value = env.get_key(object, key)?;
                    env.put_key(copy, key, value)?;
                }
            }
            from = env.prototype(from)?;
            if !env.is_object(from) || env.is_nullish(env.prototype(from)?) {
                return Ok(copy);
            }
        }
    }

    /// `process.report`.
    pub fn report(&self) -> Result<Value<'_>, JsError> {
        self.captured.report.get(self.env())
    }

    /// Returns a setting of `process.report`.
    pub fn report_setting(&self, name: &str) -> Result<Value<'_>, JsError> {
        let read = self.captured.report_setting.get(self.env())?;
        self.env().call_plain(read, &[self.env().string(name)?])
    }

    /// Calls a function on the next tick, as Node delivers errors of the network.
    pub fn later(&self, function: Value<'_>, args: &[Value<'_>]) -> Result<(), JsError> {
        let next_tick = self.captured.next_tick.get(self.env())?;
        let process = self.captured.process.get(self.env())?;
        let mut all = vec![function];
        all.extend_from_slice(args);
        self.env().call(process, next_tick, &all).map(|_| ())
    }
}
