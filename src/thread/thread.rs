//! One Node thread while it runs: what it captured, how it decides, and how it reports. This file
//! puts the three together: it asks for a decision, applies audit and report-only layers, and has
//! the outcome reported.

use std::cell::{Cell, OnceCell, RefCell};

use parking_lot::RwLockReadGuard;

use super::decisions::{self, Decisions, PathQuestion};
use super::lazy_modules::LazyModules;
use super::new_threads::NewThreads;
use super::path_cache::IsReal;
use super::primordials::Primordials;
use super::refusal::{self, Refusal};
use super::reporting::Reporting;
use crate::audit::log;
use crate::audit::recorder::RecordedPath;
use crate::js::env::Env;
use crate::js::value::Persistent;
use crate::policy::links::LastLink;
use crate::policy::path::Absolute;
use crate::policy::{Policy, Resource, Scope};
use crate::process::options::NodeOption;
use crate::process::origin;
use crate::process::threads::ThreadPolicy;
use crate::system::files::{self, OpenAccess, System};

/// One Node thread.
#[derive(Debug)]
pub struct Thread {
    /// The values that it captured before the program ran.
    pub primordials: Primordials,
    /// Its policy, and where paths lead.
    pub decisions: Decisions,
    /// Its counts, records and messages.
    pub reporting: Reporting,
    /// The threads that it is making.
    pub new_threads: RefCell<NewThreads>,
    /// Finds the words that Node does not take as options of a worker (`worker.js`).
    pub unfit: OnceCell<Persistent>,
    /// The options of Node with which the thread was made.
    pub exec_argv: Vec<String>,
    /// The modules that are hooked when Node loads them.
    pub lazy_modules: Cell<Option<&'static dyn LazyModules>>,
}

/// Whether a decision is counted, printed and recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Observe {
    /// It is: the program makes a call.
    Report,
    /// It is not: the program asks.
    Silent,
}

impl Thread {
    /// Returns the environment. Values that it makes cannot outlive the borrow of the thread.
    pub fn env(&self) -> Env<'_> {
        self.primordials.env()
    }

    /// Returns the policy as it stands. Do not call again while holding the guard: it would
    /// deadlock.
    pub fn policy(&self) -> RwLockReadGuard<'_, Policy> {
        self.decisions.policy()
    }

    /// Returns the policy of the thread with its losses and its place among the threads.
    pub fn thread_policy(&self) -> &ThreadPolicy {
        self.decisions.thread_policy()
    }

    /// Returns whether a path is the walked one, if the cache already allows this access, spelled
    /// as the caller spelled it.
    #[inline]
    pub fn remembers(&self, access: OpenAccess, raw: &[u8]) -> Option<IsReal> {
        if self.reporting.is_tracing() { None } else { self.decisions.remembers(access, raw) }
    }

    /// Counts an access that the cache allowed.
    #[inline]
    pub fn count_remembered(&self, access: OpenAccess) {
        access.scopes().for_each(|scope| self.reporting.count_allowed(scope));
    }

    /// Checks a path, spelled as the caller spelled it, and its target.
    ///
    /// # Errors
    /// The refusal.
    pub fn check_path(&self, scope: Scope, raw: &[u8], last: LastLink) -> Result<(), Box<Refusal>> {
        if !self.reporting.is_tracing() && self.decisions.remembers_path(scope, raw, last).is_some() {
            self.reporting.count_allowed(scope);
            return Ok(());
        }
        self.check_path_as(scope, raw, raw, last)
    }

    /// Checks a path that the refusal shows in another spelling.
    ///
    /// # Errors
    /// The refusal.
    pub fn check_path_as(&self, scope: Scope, raw: &[u8], spelled: &[u8], last: LastLink) -> Result<(), Box<Refusal>> {
        let notes_path = self.reporting.wants_paths();
        let decided = self.decide_path(Observe::Report, &PathQuestion { scope, raw, spelled, last, notes_path });
        self.reporting.trace(scope, || String::from_utf8_lossy(spelled).into_owned(), decided.is_ok());
        if decided?.is_some() {
            self.reporting.count_allowed(scope);
        }
        Ok(())
    }

    /// Returns true if [`Thread::check_path`] would allow this. Counts, prints and records nothing.
    pub fn allows_path(&self, scope: Scope, raw: &[u8]) -> bool {
        let last = LastLink::Follow;
        let question = PathQuestion { scope, raw, spelled: raw, last, notes_path: false };
        // If the name is not allowed, neither its target nor the text of a refusal is needed.
        self.decisions.remembers_path(scope, raw, last).is_some()
            || self.decisions.allows_name(scope, raw) && self.decide_path(Observe::Silent, &question).is_ok()
    }

    /// As [`Thread::allows_path`]. An audit lets every path pass.
    pub fn lets_path_pass(&self, scope: Scope, raw: &[u8]) -> bool {
        self.policy().audits() || self.allows_path(scope, raw)
    }

    /// Returns true if a check of this path would allow it. Counts, prints and records nothing.
    pub fn allows(&self, question: &PathQuestion<'_>) -> bool {
        self.policy().audits() || self.decide_path(Observe::Silent, question).is_ok()
    }

    /// Returns true if a path without links, to which an allowed one leads, is allowed too.
    pub fn allows_real_path(&self, scope: Scope, real: &[u8]) -> bool {
        let allows = |policy: &Policy| {
            Absolute::resolve(real, || None::<&[u8]>).is_ok_and(|real| policy.allows_behind_links(scope, &real))
        };
        let policy = self.policy();
        if policy.is_plain() { allows(&policy) } else { policy.audits() || allows(&policy.enforced()) }
    }

    /// Checks a resource that is no path.
    ///
    /// # Errors
    /// The refusal.
    pub fn check(&self, scope: Scope, resource: &Resource<'_>, spelled: &str) -> Result<(), Box<Refusal>> {
        let decided = self.decide(Observe::Report, |policy| decisions::check(policy, scope, resource, spelled));
        let shown = || match refusal::host(scope, resource) {
            host if host.is_empty() => spelled.to_owned(),
            host => format!("{spelled} ({host})"),
        };
        self.reporting.trace(scope, shown, decided.is_ok());
        if decided?.is_some() {
            self.reporting.count_allowed(scope);
        }
        Ok(())
    }

    /// Refuses if `refuses` says so of a policy. In audit, records and proceeds.
    ///
    /// # Errors
    /// The refusal.
    pub fn enforce(&self, scope: Scope, spelled: &str, refuses: impl Fn(&Policy) -> bool) -> Result<(), Box<Refusal>> {
        self.enforce_with(|policy| if refuses(policy) { Err(Box::new(Refusal::of(scope, spelled))) } else { Ok(()) })
    }

    /// Refuses the first of these options of Node that a program may not give to a child or a
    /// thread in this folder.
    ///
    /// # Errors
    /// The refusal.
    pub fn enforce_options<'a, I: IntoIterator<Item = NodeOption<'a>>>(
        &self,
        scope: Scope,
        folder: Option<&[u8]>,
        options: impl Fn() -> I,
    ) -> Result<(), Box<Refusal>> {
        self.enforce_with(|policy| match origin::not_for_programs(options(), policy, folder) {
            Some(option) if policy.is_strict() => Err(Refusal::of_option(scope, &option)),
            _ => Ok(()),
        })
    }

    /// Refuses a directory with everything below it, if `refuses` says so of a policy.
    ///
    /// # Errors
    /// The refusal.
    pub fn enforce_tree(
        &self,
        scope: Scope,
        spelled: &[u8],
        refuses: impl Fn(&Policy) -> bool,
    ) -> Result<(), Box<Refusal>> {
        let refusal = || Box::new(Refusal::of(scope, &String::from_utf8_lossy(spelled)));
        let tree = || self.recorded_path(spelled).map(|path| RecordedPath { tree: true, ..path });
        self.enforce_with(|policy| if refuses(policy) { Err(refusal().at(tree())) } else { Ok(()) })
    }

    /// Refuses unless the policy does no more than protect permit's own files. In audit, records
    /// and proceeds.
    ///
    /// # Errors
    /// The refusal.
    pub fn refuse(&self, refusal: impl Fn() -> Box<Refusal>) -> Result<(), Box<Refusal>> {
        self.enforce_with(|policy| if policy.is_strict() { Err(refusal()) } else { Ok(()) })
    }

    /// Reports a call that is about to be refused.
    pub fn refused(&self, refusal: &Refusal) {
        self.reporting.refused(self.env(), refusal);
    }

    /// Records a refusal for a package that is hidden from module resolution, if the package
    /// exists: the program gets no error that names it.
    pub fn report_hidden_package(&self, package: &[u8]) {
        if log::target().is_none() || !self.reporting.has_started() || !System::exists(package) {
            return;
        }
        let Ok(path) = Absolute::resolve(package, files::working_directory) else { return };
        let spelled = String::from_utf8_lossy(package);
        let refusal = self.policy().refusal(Scope::FsRead, &Resource::Path(path), &spelled);
        self.reporting.hidden(self.env(), &Refusal::boxed(refusal).at(self.recorded_path(package)));
    }

    /// Returns true if a later operation in this scope may be recorded, with this path if it has
    /// one. Then the caller that asks for it now is noted.
    pub fn wants_caller(&self, scope: Scope, path: Option<&[u8]>) -> bool {
        if self.policy().reported().is_some() {
            return true;
        }
        match path {
            Some(path) => !self.allows_path(scope, path),
            None => !self.policy().has(scope, &Resource::Nothing),
        }
    }

    fn recorded_path(&self, raw: &[u8]) -> Option<RecordedPath> {
        if self.reporting.wants_paths() { self.decisions.recorded_path(raw, LastLink::Follow) } else { None }
    }

    fn enforce_with(&self, ask: impl Fn(&Policy) -> Result<(), Box<Refusal>>) -> Result<(), Box<Refusal>> {
        self.decide(Observe::Report, ask).map(|_| ())
    }

    fn decide_path(&self, observe: Observe, question: &PathQuestion<'_>) -> Result<Option<()>, Box<Refusal>> {
        // Read before the policy is: a drop in between makes the cache entry useless, and not
        // wrong.
        let state = self.thread_policy().state();
        let decided = self.decide(observe, |policy| self.decisions.check_path(policy, question))?;
        Ok(decided.map(|validity| self.decisions.remember(question, state, validity)))
    }

    /// Asks the policy as it stands. `Ok(None)`: allowed, but neither counted nor cacheable.
    fn decide<T>(
        &self,
        observe: Observe,
        ask: impl Fn(&Policy) -> Result<T, Box<Refusal>>,
    ) -> Result<Option<T>, Box<Refusal>> {
        let policy = self.policy();
        let decided = ask(&policy);
        if policy.is_plain() {
            return decided.map(Some);
        }
        let copy = policy.clone();
        // A report may run code of the program, and other threads may change their policies
        // meanwhile.
        drop(policy);
        self.apply_modes(observe, &copy, decided, ask)
    }

    /// Applies audit and report-only layers to a decision, and records the calls that they would
    /// refuse. While permit starts, and for a question of the program's own, every layer is
    /// enforced and nothing recorded.
    fn apply_modes<T>(
        &self,
        observe: Observe,
        policy: &Policy,
        decided: Result<T, Box<Refusal>>,
        ask: impl Fn(&Policy) -> Result<T, Box<Refusal>>,
    ) -> Result<Option<T>, Box<Refusal>> {
        let reports = observe == Observe::Report && self.reporting.has_started();
        let reported = policy.reported().and_then(|second| ask(&second).err());
        if let Some(refusal) = reported.as_ref().filter(|_| reports) {
            self.reporting.reported(self.env(), refusal);
        }
        match decided {
            Ok(decided) => Ok(Some(decided).filter(|_| reported.is_none())),
            Err(refusal) if reports && policy.audits() && ask(&policy.enforced()).is_ok() => {
                self.reporting.audited(self.env(), &refusal);
                Ok(None)
            }
            Err(refusal) => Err(refusal),
        }
    }
}
