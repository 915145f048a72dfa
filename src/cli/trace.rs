//! `permit trace [flags] app.js [args…]`: runs a program in audit, shows what it does, and writes a
//! policy under which a second run that does the same is refused nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use super::arguments::CommandLine;
use super::error::CliError;
use super::launch::{EXIT_INVALID, node};
use super::output::{CommandOutput, FAINT, PLAIN, Page, WARY, plural, print_note};
use super::policy_file::PolicyFile;
use crate::policy::{Scope, ScopeKind};
use crate::rollout::observations::{Observations, RecordFilter};
use crate::rollout::proposed_policy::ProposedPolicy;
use crate::rollout::record::RecordReader;
use crate::sources::surroundings;
use crate::system::files::System;

/// How often the log is read while the program runs.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// Runs the command. Its exit code is the program's.
///
/// # Errors
/// [`CliError`] if the program cannot be started or the policy cannot be written.
pub fn trace(arguments: &CommandLine, preload: &str) -> Result<CommandOutput, CliError> {
    if arguments.words.is_empty() {
        return Err(CliError::NoProgram { usage: "trace [flags] app.js [args…]" });
    }
    let around = surroundings()?;
    let target = PolicyFile::find(arguments, &around)?;
    let log = TraceLog::begin(arguments.value("log"))?;
    let mut flags = arguments.flags.clone();
    if target.adds() {
        flags.push(format!("--config={}", target.path.display()));
        flags.extend(arguments.value("into-profile").map(|name| format!("--profile={name}")));
    }
    flags.extend(["--permission-audit".to_owned(), format!("--audit-log={}", log.path.display())]);
    let mut node = node(&flags, &arguments.words, preload).map_err(|reason| CliError::Start { reason })?;
    let mut seen = LiveTrace::default();
    let status = run(&mut node, || seen.read_new(&log)).map_err(|reason| CliError::Start { reason })?;
    seen.read_new(&log);
    let LiveTrace { observations, faults, .. } = seen;
    if observations.is_empty() && status.code() == Some(EXIT_INVALID) {
        // The program did not start, and permit printed why.
        return Ok(CommandOutput { text: String::new(), code: EXIT_INVALID });
    }
    if observations.is_empty() && !status.success() {
        let mut page = Page::default();
        page.put(FAINT, "permit: ")
            .put(WARY, "the program failed before it did anything that needs a grant; no policy written");
        page.end();
        print_note(&page.finish());
        return Ok(CommandOutput { text: String::new(), code: code_of(status) });
    }
    let mut proposal = ProposedPolicy::new(&observations, &around.tokens, &System);
    proposal.notes.extend(faults);
    // permit writes the last records before one of these signals ends the program.
    let flushed = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP];
    if let Some(signal) = status.signal().filter(|signal| !flushed.contains(signal)) {
        proposal
            .notes
            .push(format!("signal {signal} ended the program: what it did in its last half second is not known"));
    }
    let text = target.text(&mut proposal, &observations, &around, &System)?;
    target.write(&text)?;
    print_note(&summary(&proposal, &observations, &target));
    Ok(CommandOutput { text: String::new(), code: code_of(status) })
}

/// Returns the exit code that a shell gives for a program.
fn code_of(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}

fn summary(proposal: &ProposedPolicy, observations: &Observations, target: &PolicyFile) -> String {
    let mut counts: BTreeMap<Scope, usize> = BTreeMap::new();
    for (access, _) in observations.sorted() {
        *counts.entry(access.scope).or_default() += 1;
    }
    let counts: Vec<String> = counts.into_iter().map(|(scope, count)| format!("{count} {}", scope.name())).collect();
    let seen = if counts.is_empty() { "nothing that needs a grant".to_owned() } else { counts.join(", ") };
    let mut page = Page::default();
    page.put(FAINT, "permit: seen: ").put(PLAIN, &seen).end();
    for note in &proposal.notes {
        page.put(FAINT, "permit: look at: ").put(WARY, note).end();
    }
    let grants = plural(proposal.grants.len(), "grant");
    let what = if target.adds() { "added to" } else { "written to" };
    page.put(FAINT, "permit: ").put(PLAIN, &format!("{grants} {what} {}", target.path.display())).end();
    page.finish()
}

/// The log of the run. It is removed in the end unless the user named it.
struct TraceLog {
    path: PathBuf,
    kept: bool,
}

impl TraceLog {
    fn begin(name: Option<&str>) -> Result<Self, CliError> {
        let path = if let Some(name) = name {
            std::path::absolute(name).map_err(CliError::at("--log"))?
        } else {
            let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            let nanos = since.map_or(0, |since| since.subsec_nanos());
            std::env::temp_dir().join(format!("permit-trace-{}-{nanos}.jsonl", std::process::id()))
        };
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        made.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => CliError::Exists { path: path.clone(), expected: "a new file for --log" },
            _ => CliError::at(path.display().to_string())(error),
        })?;
        Ok(Self { path, kept: name.is_some() })
    }
}

impl Drop for TraceLog {
    fn drop(&mut self) {
        if !self.kept {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The records of the run so far.
#[derive(Default)]
struct LiveTrace {
    file: Option<File>,
    /// The beginning of a line whose end was not written yet.
    rest: Vec<u8>,
    observations: Observations,
    shown: BTreeSet<(Scope, String)>,
    faults: Vec<String>,
}

impl LiveTrace {
    /// Reads the new records, and shows the new accesses.
    fn read_new(&mut self, log: &TraceLog) {
        if self.file.is_none() {
            self.file = File::open(&log.path).ok();
        }
        let Some(file) = &mut self.file else { return };
        let mut text = std::mem::take(&mut self.rest);
        if file.read_to_end(&mut text).is_err() {
            return;
        }
        let end = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        self.rest = text.split_off(end);
        let mut reader = RecordReader::new(text.as_slice());
        let mut page = Page::default();
        while let Some(record) = reader.read() {
            match record {
                Ok(record) => {
                    self.observations.add(&record, RecordFilter { denied: false, report_only: false });
                    if let Some(line) = shown(record.scope, record.rule.as_deref(), &record.value)
                        && self.shown.insert(line.clone())
                    {
                        let by = record.package.as_ref().map_or_else(String::new, |package| format!(" ({package})"));
                        page.put(FAINT, "permit: ").put(PLAIN, line.0.name()).put(PLAIN, " ");
                        page.put(PLAIN, &line.1).put(FAINT, &by).end();
                    }
                }
                Err(bad) => self.faults.push(format!("a line of the log {}", bad.fault)),
            }
        }
        print_note(&page.finish());
    }
}

/// Returns what is shown of a record while the program runs. Reads of files are too many to show.
fn shown(scope: Option<Scope>, rule: Option<&str>, value: &str) -> Option<(Scope, String)> {
    let scope = scope.filter(|scope| *scope != Scope::FsRead)?;
    let of_rule =
        rule.filter(|_| scope.kind() == ScopeKind::Host).and_then(|rule| rule.split_once('=')).map(|(_, host)| host);
    Some((scope, of_rule.unwrap_or(value).to_owned()))
}

/// The process of the program, for the signal handler.
static PROGRAM: AtomicI32 = AtomicI32::new(0);

/// Runs a program to its end, and calls `poll` from time to time. A terminal sends SIGINT to the
/// program too; permit waits for its end. A signal that another process sends to permit alone is
/// forwarded.
///
/// `signal-hook` does not fit: see `audit/log.rs`.
fn run(node: &mut Command, mut poll: impl FnMut()) -> io::Result<ExitStatus> {
    extern "C" fn forward(signal: i32, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
        let program = PROGRAM.load(Ordering::SeqCst);
        // SAFETY: the system passes the sender of the signal. A signal handler may call `kill`.
        unsafe {
            let by_process = !info.is_null() && (*info).si_code <= 0;
            if program > 0 && (signal != libc::SIGINT || by_process) {
                libc::kill(program, signal);
            }
        }
    }
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
        // SAFETY: the structure is whole, and the handler calls only functions that are safe in a
        // signal handler. The program starts with the default actions, because `execve` resets
        // handlers.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = forward as extern "C" fn(i32, *mut libc::siginfo_t, *mut libc::c_void) as usize;
            action.sa_flags = libc::SA_RESTART | libc::SA_SIGINFO;
            libc::sigaction(signal, &raw const action, std::ptr::null_mut());
        }
    }
    let mut child = node.spawn()?;
    PROGRAM.store(child.id().try_into().unwrap_or_default(), Ordering::SeqCst);
    loop {
        if let Some(status) = child.try_wait()? {
            PROGRAM.store(0, Ordering::SeqCst);
            return Ok(status);
        }
        poll();
        thread::sleep(POLL_INTERVAL);
    }
}

#[cfg(test)]
mod tests {
    use super::{Scope, shown};

    #[test]
    fn hosts_are_shown_by_their_names() {
        let found = shown(Some(Scope::NetConnect), Some("--allow-net=db:5432"), "10.0.0.1:5432");
        assert_eq!(found, Some((Scope::NetConnect, "db:5432".to_owned())));
        assert_eq!(shown(Some(Scope::Child), Some("--allow-child-process=git"), "git").unwrap().1, "git");
        assert_eq!(shown(Some(Scope::FsRead), None, "/x"), None);
    }
}
