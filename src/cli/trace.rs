//! `permit trace [flags] app.js [args…]`: runs a program in audit, tells what it sees as it goes, and writes the policy
//! under which the same run is refused nothing.

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

use super::arguments::Arguments;
use super::grammar::COMMAND;
use super::launch::{INVALID, node};
use super::output::{FAINT, Outcome, PLAIN, Page, WARY, of, tell};
use super::written::Target;
use crate::policy::{Scope, ScopeKind};
use crate::rollout::draft::Draft;
use crate::rollout::gathered::{Gathered, Wanted};
use crate::rollout::record::Reader;
use crate::sources::surroundings;
use crate::system::files::System;

/// Where the policy goes that was asked for without a name.
const DEFAULT: &str = "node.config.json";
/// How often the log is looked at while the program runs.
const OFTEN: Duration = Duration::from_millis(200);

/// Runs the command. Its exit code is the program's.
///
/// # Errors
/// One line, if the program cannot be started or the policy cannot be written.
pub fn trace(arguments: &Arguments, preload: &str) -> Result<Outcome, String> {
    if arguments.words.is_empty() {
        return Err(format!("missing program. Usage: {COMMAND} trace [flags] app.js [args…]"));
    }
    let around = surroundings().map_err(|error| error.to_string())?;
    let target = Target::find(arguments, DEFAULT, &around)?;
    let log = Log::begin(arguments.value("log"))?;
    let mut flags = arguments.flags.clone();
    if target.adds() {
        flags.push(format!("--config={}", target.path.display()));
        flags.extend(arguments.value("into-profile").map(|name| format!("--profile={name}")));
    }
    flags.extend(["--permission-audit".to_owned(), format!("--audit-log={}", log.path.display())]);
    let mut node = node(&flags, &arguments.words, preload).map_err(|error| error.to_string())?;
    let mut seen = Live::default();
    let status = run(&mut node, || seen.look(&log)).map_err(|error| format!("Node could not be started: {error}"))?;
    seen.look(&log);
    let Live { gathered, faults, .. } = seen;
    if gathered.is_empty() && status.code() == Some(INVALID) {
        // It did not start, and has said why.
        return Ok(Outcome { text: String::new(), code: INVALID });
    }
    if gathered.is_empty() && !status.success() {
        let mut page = Page::default();
        page.put(FAINT, "permit: ")
            .put(WARY, "the program failed before it did anything that needs a grant; no policy written");
        page.end();
        tell(&page.finish());
        return Ok(Outcome { text: String::new(), code: code_of(status) });
    }
    let mut draft = Draft::new(&gathered, &around.tokens, &System);
    draft.notes.extend(faults);
    // Signals that a program can be told of end it with its records written.
    let told_of = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP];
    if let Some(signal) = status.signal().filter(|signal| !told_of.contains(signal)) {
        draft
            .notes
            .push(format!("signal {signal} ended the program: what it did in its last half second is not known"));
    }
    let text = target.text(&mut draft, &gathered, &around, &System)?;
    target.write(&text)?;
    tell(&summary(&draft, &gathered, &target));
    Ok(Outcome { text: String::new(), code: code_of(status) })
}

/// The exit code of a program, as a shell tells it.
fn code_of(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}

fn summary(draft: &Draft, gathered: &Gathered, target: &Target) -> String {
    let mut counts: BTreeMap<Scope, usize> = BTreeMap::new();
    for (asked, _) in gathered.sorted() {
        *counts.entry(asked.scope).or_default() += 1;
    }
    let counts: Vec<String> = counts.into_iter().map(|(scope, count)| format!("{count} {}", scope.name())).collect();
    let seen = if counts.is_empty() { "nothing that needs a grant".to_owned() } else { counts.join(", ") };
    let mut page = Page::default();
    page.put(FAINT, "permit: seen: ").put(PLAIN, &seen).end();
    for note in &draft.notes {
        page.put(FAINT, "permit: look at: ").put(WARY, note).end();
    }
    let grants = of(draft.wishes.len(), "grant");
    let what = if target.adds() { "added to" } else { "written to" };
    page.put(FAINT, "permit: ").put(PLAIN, &format!("{grants} {what} {}", target.path.display())).end();
    page.finish()
}

/// The log of the run. One that was not asked for goes when it has been read.
struct Log {
    path: PathBuf,
    kept: bool,
}

impl Log {
    fn begin(name: Option<&str>) -> Result<Self, String> {
        let path = if let Some(name) = name {
            std::path::absolute(name).map_err(|error| format!("--log: {error}"))?
        } else {
            let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            let nanos = since.map_or(0, |since| since.subsec_nanos());
            std::env::temp_dir().join(format!("permit-trace-{}-{nanos}.jsonl", std::process::id()))
        };
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        made.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => format!("{}: is there already; --log takes a new file", path.display()),
            _ => format!("{}: {error}", path.display()),
        })?;
        Ok(Self { path, kept: name.is_some() })
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if !self.kept {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// What has been seen so far.
#[derive(Default)]
struct Live {
    file: Option<File>,
    /// What was read of a line whose end is not there yet.
    rest: Vec<u8>,
    gathered: Gathered,
    shown: BTreeSet<(Scope, String)>,
    faults: Vec<String>,
}

impl Live {
    /// Reads what has come to the log, and tells what is new.
    fn look(&mut self, log: &Log) {
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
        let mut reader = Reader::new(text.as_slice());
        let mut page = Page::default();
        while let Some(record) = reader.read() {
            match record {
                Ok(record) => {
                    self.gathered.add(&record, Wanted { denied: false, report_only: false });
                    if let Some(line) = worth_telling(record.scope, record.rule.as_deref(), &record.value)
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
        tell(&page.finish());
    }
}

/// What is told while the program runs: all but the many files that are read.
fn worth_telling(scope: Option<Scope>, rule: Option<&str>, value: &str) -> Option<(Scope, String)> {
    let scope = scope.filter(|scope| *scope != Scope::FsRead)?;
    let of_rule =
        rule.filter(|_| scope.kind() == ScopeKind::Host).and_then(|rule| rule.split_once('=')).map(|(_, host)| host);
    Some((scope, of_rule.unwrap_or(value).to_owned()))
}

/// The program, for the handler of signals.
static PROGRAM: AtomicI32 = AtomicI32::new(0);

/// Runs a program to its end, looking now and then. What a terminal sends goes to the program as well, and ends this one
/// only with it; what is sent to this process alone is handed on.
fn run(node: &mut Command, mut look: impl FnMut()) -> io::Result<ExitStatus> {
    extern "C" fn hand_on(signal: i32, told: *mut libc::siginfo_t, _: *mut libc::c_void) {
        let program = PROGRAM.load(Ordering::SeqCst);
        // SAFETY: the system hands over who sent the signal; sending one is what a handler may do.
        unsafe {
            let by_process = !told.is_null() && (*told).si_code <= 0;
            if program > 0 && (signal != libc::SIGINT || by_process) {
                libc::kill(program, signal);
            }
        }
    }
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
        // SAFETY: the structure is whole, and the handler does what a handler may. A program that is started begins with the
        // signals as they were.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = hand_on as extern "C" fn(i32, *mut libc::siginfo_t, *mut libc::c_void) as usize;
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
        look();
        thread::sleep(OFTEN);
    }
}

#[cfg(test)]
mod tests {
    use super::{Scope, worth_telling};

    #[test]
    fn hosts_are_told_by_their_names() {
        let told = worth_telling(Some(Scope::NetConnect), Some("--allow-net=db:5432"), "10.0.0.1:5432");
        assert_eq!(told, Some((Scope::NetConnect, "db:5432".to_owned())));
        assert_eq!(worth_telling(Some(Scope::Child), Some("--allow-child-process=git"), "git").unwrap().1, "git");
        assert_eq!(worth_telling(Some(Scope::FsRead), None, "/x"), None);
    }
}
