//! Decides about the calls of one thread: where a path leads, and what a policy says of it. Nothing
//! here counts, prints or records.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::RwLockReadGuard;

use super::path_cache::{IsReal, PathCache, Validity};
use super::refusal::Refusal;
use crate::audit::recorder::RecordedPath;
use crate::policy::links::{Entry, LastLink, Links, Resolution, walk};
use crate::policy::path::{Absolute, PathError};
use crate::policy::{Policy, Resource, Scope};
use crate::process::threads::ThreadPolicy;
use crate::system::files::{OpenAccess, System};
use crate::system::{descriptors, files, links};

/// The policy of a thread, and the paths that it allowed a moment ago.
#[derive(Debug)]
pub struct Decisions {
    thread_policy: Arc<ThreadPolicy>,
    path_cache: PathCache,
}

/// A question about a path.
#[derive(Clone, Copy, Debug)]
pub struct PathQuestion<'a> {
    /// The scope that the call needs.
    pub scope: Scope,
    /// The path of the call.
    pub raw: &'a [u8],
    /// The spelling that a refusal shows.
    pub spelled: &'a [u8],
    /// Whether the call follows a link at the end of the path.
    pub last: LastLink,
    /// Whether a refusal notes the path for its record.
    pub notes_path: bool,
}

impl Decisions {
    /// Decides under this policy.
    pub fn new(thread_policy: Arc<ThreadPolicy>) -> Self {
        Self { thread_policy, path_cache: PathCache::default() }
    }

    /// Returns the policy of the thread with its losses and its place among the threads.
    pub fn thread_policy(&self) -> &Arc<ThreadPolicy> {
        &self.thread_policy
    }

    /// Returns the policy as it stands. Do not call again while holding the guard: it would
    /// deadlock.
    pub fn policy(&self) -> RwLockReadGuard<'_, Policy> {
        self.thread_policy.policy()
    }

    /// Returns whether a path is the walked one, if the cache already allows this access, spelled
    /// as the caller spelled it.
    #[inline]
    pub fn remembers(&self, access: OpenAccess, raw: &[u8]) -> Option<IsReal> {
        access.scopes().map(|scope| self.remembers_path(scope, raw, access.last)).reduce(Option::and)?
    }

    /// Returns whether a path is the walked one, if the cache already allows it. A relative path is
    /// never cached.
    #[inline]
    pub fn remembers_path(&self, scope: Scope, raw: &[u8], last: LastLink) -> Option<IsReal> {
        if raw.first() != Some(&b'/') {
            return None;
        }
        self.path_cache.allows(scope, raw, last, self.thread_policy.state())
    }

    /// Remembers that the policy in this state allowed a path.
    pub fn remember(&self, question: &PathQuestion<'_>, state: u64, validity: Validity) {
        let PathQuestion { scope, raw, last, .. } = *question;
        if raw.first() == Some(&b'/') {
            self.path_cache.allowed(scope, raw, last, state, validity);
        }
    }

    /// Returns true if the lexical path is allowed, wherever it leads.
    pub fn allows_name(&self, scope: Scope, raw: &[u8]) -> bool {
        Absolute::resolve(raw, files::working_directory).is_ok_and(|path| self.policy().allows_path(scope, &path))
    }

    /// Returns true if the enforced layers grant the whole scope.
    pub fn grants(&self, scope: Scope) -> bool {
        self.policy().enforced().has(scope, &Resource::Nothing)
    }

    /// Returns true if everything at and below this path is granted, whatever exists there.
    pub fn covers_tree(&self, scope: Scope, absolute: &[u8]) -> bool {
        Absolute::resolve(absolute, files::working_directory).is_ok_and(|path| {
            let policy = self.policy();
            // A call that a report-only policy would refuse in the tree is recorded by itself.
            policy.covers_tree(scope, &path) && policy.reported().is_none_or(|second| second.covers_tree(scope, &path))
        })
    }

    /// Asks a policy about a path and about its target. Returns how long a yes may be cached.
    ///
    /// # Errors
    /// The refusal.
    pub fn check_path(&self, policy: &Policy, question: &PathQuestion<'_>) -> Result<Validity, Box<Refusal>> {
        let PathQuestion { scope, raw, spelled, last, notes_path } = *question;
        if raw.is_empty() {
            // Node passes an empty path on to the system only if the whole scope is granted.
            return policy.check(scope, &Resource::Nothing, "").map(|()| Validity::default()).map_err(Refusal::boxed);
        }
        let spelled = || String::from_utf8_lossy(spelled);
        let refuse = |resource| {
            let path = if notes_path { self.recorded_path(raw, last) } else { None };
            Refusal::boxed(policy.refusal(scope, &resource, &spelled())).at(path)
        };
        let Ok(path) = lexical(raw) else { return Err(Box::new(Refusal::of(scope, &spelled()))) };
        if !policy.allows_path(scope, &path) {
            return Err(refuse(Resource::Path(path)));
        }
        let is_journal = |path: &[u8]| path.ends_with(b"-journal") && JOURNALS_DELETE.load(Ordering::Relaxed);
        if scope == Scope::FsWrite && is_journal(path.bytes()) && policy.is_narrow(scope) {
            return Err(Box::new(Refusal::of(scope, &spelled())));
        }
        match self.resolve(raw, last) {
            (Resolution::To(real), _) if reaches_past(policy, scope, &real) => {
                Err(Box::new(Refusal::of(scope, &spelled())))
            }
            (Resolution::To(real), validity) => match Absolute::resolve(&real, || None::<&[u8]>) {
                Ok(place) if place == path || policy.allows_behind_links(scope, &place) => {
                    Ok(validity.of_path(real == raw))
                }
                Ok(_) => Err(refuse(visible(policy, raw, last))),
                Err(_) => Err(refuse(Resource::Nothing)),
            },
            // The program has it open already, unless it is one of the event loop's.
            (Resolution::Pathless, validity) if !self.is_foreign(raw) => Ok(validity),
            // The kernel counts links in its own way: only a path that the kernel gives up on leads
            // nowhere.
            (Resolution::Nowhere, _) if files::is_given_up(raw, last) => Ok(Validity::default()),
            // A folder that is closed now may be open when the call is made.
            (Resolution::Closed | Resolution::Unknown | Resolution::Nowhere, _)
                if policy.allows(scope, &Resource::Nothing) =>
            {
                let is_free = match files::found_by_kernel(raw) {
                    Ok(Some(real)) => {
                        let path = Absolute::resolve(&real, || None::<&[u8]>);
                        !reaches_past(policy, scope, &real)
                            && path.is_ok_and(|path| policy.allows_behind_links(scope, &path))
                    }
                    Ok(None) => true,
                    // A path that is closed to the user now may be open when the call is made.
                    Err(_) => !links::may_be_of_process(raw),
                };
                if is_free { Ok(Validity::default()) } else { Err(refuse(Resource::Nothing)) }
            }
            _ => Err(refuse(Resource::Nothing)),
        }
    }

    /// Returns true for a path to a pipe or a socket that the thread may not use: one of the event
    /// loop, or, if the thread was given less than the process, any but those that the process was
    /// started with.
    fn is_foreign(&self, raw: &[u8]) -> bool {
        let Some(path) = files::absolute(raw) else { return true };
        let path = files::path_of(&path);
        let is_standard = || (0..=2).any(|number| files::leads_to_descriptor(path, number));
        descriptors::is_internal_at(path) || (self.thread_policy.is_given_less() && !is_standard())
    }

    /// Finds out where a path leads, and how long that may be believed.
    fn resolve(&self, raw: &[u8], last: LastLink) -> (Resolution, Validity) {
        match files::from_working_directory(raw) {
            _ if raw.len() >= files::MAX_PATH => (Resolution::Nowhere, Validity::default()),
            Some(path) => match self.path_cache.resolve(&path, last) {
                (Resolution::Closed, _) if !raw.starts_with(b"/") => {
                    let here = files::working_directory().unwrap_or_default();
                    (walk(&links::FromWorkingDirectory(&here), &here, raw, last), Validity::default())
                }
                resolved => resolved,
            },
            None => (Resolution::Unknown, Validity::default()),
        }
    }

    /// Returns the path without links that this one leads to. If it leads nowhere, or to something
    /// without a path, returns its normal form: [`Decisions::check_path`] says whether it may be
    /// used. Returns `None` if permit cannot say where it leads.
    pub fn real_path(&self, raw: &[u8], last: LastLink) -> Option<Vec<u8>> {
        match self.resolve(raw, last).0 {
            Resolution::To(real) => Some(real),
            Resolution::Pathless => files::absolute(raw),
            Resolution::Nowhere if files::is_given_up(raw, last) => files::absolute(raw),
            // If all of the file system is granted, the target does not matter.
            _ => files::absolute(raw).filter(|_| self.policy().has(Scope::Fs, &Resource::Nothing)),
        }
    }

    /// Returns where a path leads.
    pub fn leads(&self, raw: &[u8], last: LastLink) -> Resolution {
        self.resolve(raw, last).0
    }

    /// Returns a path in the form of records: absolute, with its target if that is another one.
    pub fn recorded_path(&self, raw: &[u8], last: LastLink) -> Option<RecordedPath> {
        let path = files::absolute(raw)?;
        let leads_to = match self.resolve(raw, last) {
            (Resolution::To(real), _) if real != path => Some(String::from_utf8(real).ok()?),
            _ => None,
        };
        Some(RecordedPath { path: String::from_utf8(path).ok()?, leads_to, tree: false })
    }
}

/// True if `SQLite` deletes any file that the journal of a database names.
static JOURNALS_DELETE: AtomicBool = AtomicBool::new(false);

/// Notes the version of `SQLite`, as `3.54.1`. Before 3.54 it deletes a file that a journal names.
/// A program that may not write every file may then write no journal.
pub fn note_sqlite(version: &str) {
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
    let (major, minor) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    JOURNALS_DELETE.store((major, minor) < (3, 54), Ordering::Relaxed);
}

/// Asks a policy about a resource that is no path.
///
/// # Errors
/// The refusal.
pub fn check(policy: &Policy, scope: Scope, resource: &Resource<'_>, spelled: &str) -> Result<(), Box<Refusal>> {
    policy.check(scope, resource, spelled).map_err(|denied| Refusal::with_host(denied, resource))
}

/// Returns the lexical path, with the name of the own process in the place of `/proc/self` and its
/// like.
fn lexical(raw: &[u8]) -> Result<Absolute<'_>, PathError> {
    let path = Absolute::resolve(raw, files::working_directory)?;
    match links::name_below_self(path.bytes()) {
        Some(name) => Absolute::resolve(&name, || None::<&[u8]>).map(Absolute::into_owned),
        None => Ok(path),
    }
}

/// Returns where a path leads as far as the policy lets the program read the links: a refusal must
/// not show the target of an unreadable link.
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

/// Returns true for a file by which a program reaches a process past its policy: memory for
/// writing, or an environment for reading where the policy withholds some of it.
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

/// Returns true if a path below `/proc/<pid>/root` or its like is denied under the name that it has
/// for the whole process.
fn is_denied_of_process(policy: &Policy, scope: Scope, real: &[u8]) -> bool {
    links::path_of_process(real).is_some_and(|path| {
        Absolute::resolve(&path, || None::<&[u8]>).is_ok_and(|path| policy.withholds(scope, &Resource::Path(path)))
    })
}
