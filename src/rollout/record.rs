//! Reads records from a log, line by line. Holds one line at a time.
//!
//! A line that is no whole record of this version, or that is older than the line above it, is an
//! error with the number of the line. The caller decides whether to read on.

use std::borrow::Cow;
use std::io::{self, BufRead};

use jiff::Timestamp;
use serde::Deserialize;
use thiserror::Error;

use crate::policy::{Scope, ScopeKind};

/// The version of records, which `audit/jsonl.rs` writes.
pub const VERSION: u64 = 1;
/// The most seconds that a record may be older than the one above it. Several processes of one log
/// write a little after they read the clock. A larger step back means that the clock was set.
const MAX_CLOCK_SKEW: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);
/// The most bytes of a record. A path has 4096 bytes at most, and JSON writes a byte in up to six.
const MAX_RECORD_BYTES: usize = 256 * 1024;

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordedDecision {
    /// The call was refused.
    Deny,
    /// The call proceeded, although the policy does not allow it.
    WouldDeny,
    /// The log had no room for so many calls.
    Dropped,
    /// A process began its log.
    Start,
}

/// The policy of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordedPolicy {
    /// The enforced policy.
    Enforce,
    /// A policy in audit.
    Audit,
    /// The report-only policy.
    ReportOnly,
    /// No policy: [`RecordedDecision::Dropped`].
    #[serde(rename = "")]
    Nothing,
}

impl RecordedDecision {
    /// Returns the name in a record.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::WouldDeny => "would-deny",
            Self::Dropped => "dropped",
            Self::Start => "start",
        }
    }
}

impl RecordedPolicy {
    /// Returns the name in a record.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Enforce => "enforce",
            Self::Audit => "audit",
            Self::ReportOnly => "report-only",
            Self::Nothing => "",
        }
    }
}

/// A record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<'l> {
    /// When it was written.
    pub at: Timestamp,
    /// The scope; `None` in a record about the process.
    pub scope: Option<Scope>,
    /// The resource, as the caller spelled it.
    pub value: Cow<'l, str>,
    /// The absolute path of the resource, if it is a path.
    pub path: Option<Cow<'l, str>>,
    /// The path behind its links, if that is another.
    pub leads_to: Option<Cow<'l, str>>,
    /// The call asked for everything below the path too.
    pub tree: bool,
    /// What became of the call.
    pub decision: RecordedDecision,
    /// The policy that decided.
    pub under: RecordedPolicy,
    /// A flag that allows the call.
    pub rule: Option<Cow<'l, str>>,
    /// The package that made the call.
    pub package: Option<Cow<'l, str>>,
    /// The process.
    pub pid: u32,
    /// How many calls this record stands for.
    pub count: u64,
    /// The hash of the policy at the call.
    pub policy_hash: Cow<'l, str>,
    /// The release of the program: package, version, and the policy at start.
    pub deploy: Cow<'l, str>,
}

/// The fields of a line.
#[derive(Deserialize)]
struct RecordLine<'l> {
    datetime: &'l str,
    scope: &'l str,
    #[serde(borrow)]
    value: Cow<'l, str>,
    #[serde(borrow, default)]
    path: Option<Cow<'l, str>>,
    #[serde(borrow, default)]
    leads_to: Option<Cow<'l, str>>,
    #[serde(default)]
    tree: bool,
    decision: RecordedDecision,
    policy: RecordedPolicy,
    #[serde(borrow, default)]
    rule: Option<Cow<'l, str>>,
    #[serde(borrow)]
    package: Option<Cow<'l, str>>,
    pid: u32,
    count: u64,
    #[serde(borrow)]
    policy_hash: Cow<'l, str>,
    #[serde(borrow, default)]
    deploy: Cow<'l, str>,
}

/// The one field that every version has.
#[derive(Deserialize)]
struct Version {
    v: u64,
}

/// What is wrong with a line.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Fault {
    /// The log ends in the middle of the line.
    #[error("the log ends in the middle of a record")]
    Torn,
    /// The line is no JSON, or no record.
    #[error("is no record of permit: {0}")]
    NoRecord(String),
    /// The line is a record of another version.
    #[error("is a record of version {0}, expected version {VERSION}")]
    Version(u64),
    /// The line is older than the one above it.
    #[error("was written at {at}, the line before it at {after}: the clock was set back")]
    Clock {
        /// The time of the line.
        at: Timestamp,
        /// The time of the line above.
        after: Timestamp,
    },
    /// The line is longer than every record.
    #[error("is longer than {MAX_RECORD_BYTES} bytes, as no record is")]
    Long,
    /// The log cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(#[source] io::Error),
}

impl Fault {
    /// Returns true if no line behind this one can be read.
    #[must_use]
    pub const fn ends_log(&self) -> bool {
        matches!(self, Self::Unreadable(_))
    }
}

/// A line that is no record.
#[derive(Debug, Error)]
#[error("{line}: {fault}")]
pub struct BadLine {
    /// The number of the line, from 1.
    pub line: u64,
    /// What is wrong.
    #[source]
    pub fault: Fault,
}

/// Reads the records of a log.
pub struct RecordReader<R> {
    input: R,
    line: u64,
    text: Vec<u8>,
    last: Option<Timestamp>,
}

impl<R: BufRead> RecordReader<R> {
    /// Reads from here.
    pub fn new(input: R) -> Self {
        Self { input, line: 0, text: Vec::new(), last: None }
    }

    /// Returns how many lines were read.
    pub fn lines(&self) -> u64 {
        self.line
    }

    /// Returns the next record, or `None` at the end. Skips empty lines: a writer begins a new line
    /// behind a torn one.
    pub fn read(&mut self) -> Option<Result<Record<'_>, BadLine>> {
        loop {
            self.text.clear();
            match take_line(&mut self.input, &mut self.text) {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) => return Some(Err(BadLine { line: self.line + 1, fault: Fault::Unreadable(error) })),
            }
            self.line += 1;
            if self.text.iter().any(|byte| !byte.is_ascii_whitespace()) {
                break;
            }
        }
        let line = self.line;
        let whole = self.text.ends_with(b"\n");
        let found = if self.text.len() > MAX_RECORD_BYTES { Err(Fault::Long) } else { parse(&self.text) };
        Some(match found {
            Ok(record) => {
                let before = self.last.replace(record.at);
                match before.filter(|before| record.at.duration_since(*before) < -MAX_CLOCK_SKEW) {
                    Some(after) => Err(BadLine { line, fault: Fault::Clock { at: record.at, after } }),
                    None => Ok(record),
                }
            }
            Err(Fault::NoRecord(_)) if !whole => Err(BadLine { line, fault: Fault::Torn }),
            Err(fault) => Err(BadLine { line, fault }),
        })
    }
}

/// Reads a line with its end into `text`. Stops storing one byte behind the longest record.
fn take_line(input: &mut impl BufRead, text: &mut Vec<u8>) -> io::Result<usize> {
    let mut taken = 0;
    loop {
        let there = match input.fill_buf() {
            Ok(there) => there,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let end = there.iter().position(|&byte| byte == b'\n').map(|at| at + 1);
        let part = &there[..end.unwrap_or(there.len())];
        let room = (MAX_RECORD_BYTES + 1).saturating_sub(text.len());
        text.extend_from_slice(&part[..part.len().min(room)]);
        let length = part.len();
        taken += length;
        input.consume(length);
        if end.is_some() || length == 0 {
            return Ok(taken);
        }
    }
}

fn parse(text: &[u8]) -> Result<Record<'_>, Fault> {
    let line: RecordLine<'_> = match serde_json::from_slice(text) {
        Ok(line) if starts_as_this_version(text) => line,
        read => return Err(fault(text, read.err())),
    };
    let at = line.datetime.parse().map_err(|_| Fault::NoRecord(format!("{:?} is no date", line.datetime)))?;
    let scope = match (line.decision, line.scope) {
        (RecordedDecision::Dropped | RecordedDecision::Start, "") => None,
        (decision, name) => {
            let unknown = || Fault::NoRecord(format!("{name:?} is no scope"));
            let of_call = matches!(decision, RecordedDecision::Deny | RecordedDecision::WouldDeny);
            Some(Scope::parse(name).filter(|_| of_call).ok_or_else(unknown)?)
        }
    };
    if (line.policy == RecordedPolicy::Nothing) != (line.decision == RecordedDecision::Dropped) {
        return Err(Fault::NoRecord("its decision and its policy do not go together".to_owned()));
    }
    if let Some(path) = [&line.path, &line.leads_to].into_iter().flatten().find(|path| !path.starts_with('/')) {
        return Err(Fault::NoRecord(format!("{path:?} is no absolute path")));
    }
    // A writer replaces invalid bytes by U+FFFD. Such a value has no path.
    let path = line.path.filter(|path| !path.contains('\0')).or_else(|| {
        let named = scope.is_some_and(|scope| scope.kind() == ScopeKind::Path)
            && line.value.starts_with('/')
            && !line.value.contains(['\u{fffd}', '\0']);
        named.then(|| line.value.clone())
    });
    Ok(Record {
        at,
        scope,
        value: line.value,
        path,
        leads_to: line.leads_to,
        tree: line.tree,
        decision: line.decision,
        under: line.policy,
        rule: line.rule,
        package: line.package,
        pid: line.pid,
        count: line.count,
        policy_hash: line.policy_hash,
        deploy: line.deploy,
    })
}

/// Returns true for a record of this version in the writer's spelling. [`fault`] reads every other
/// spelling.
fn starts_as_this_version(text: &[u8]) -> bool {
    text.starts_with(b"{\"v\":1,") || matches!(serde_json::from_slice(text), Ok(Version { v: VERSION }))
}

#[cold]
fn fault(text: &[u8], error: Option<serde_json::Error>) -> Fault {
    let reason = |error: &serde_json::Error| {
        let text = error.to_string();
        // The parser's line number is 1 for each record.
        text.split(" at line ").next().unwrap_or_default().to_owned()
    };
    match (serde_json::from_slice(text), error) {
        (Ok(Version { v }), _) if v != VERSION => Fault::Version(v),
        (_, Some(error)) | (Err(error), None) => Fault::NoRecord(reason(&error)),
        (Ok(_), None) => Fault::NoRecord("it says its version twice".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, RecordReader, RecordedDecision, RecordedPolicy, Scope};

    const LINE: &str = r#"{"v":1,"datetime":"2026-11-21T06:35:33.257Z","permission":"FileSystemRead","scope":"fs.read","value":"x","path":"/srv/x","decision":"would-deny","policy":"audit","rule":"--allow-fs-read=/srv/x","package":"leftpad","pid":7,"thread":0,"count":2,"policy_hash":"ab"}"#;

    /// Returns what is wrong with each line, and `None` for a record.
    fn faults(text: &str) -> Vec<Option<String>> {
        let mut reader = RecordReader::new(text.as_bytes());
        let mut found = Vec::new();
        while let Some(next) = reader.read() {
            found.push(next.err().map(|bad| bad.to_string()));
        }
        found
    }

    fn one(text: &str) -> String {
        let [Some(fault)] = &faults(text)[..] else { panic!("{text}: one fault") };
        fault.clone()
    }

    #[test]
    fn a_record_is_read() {
        let mut reader = RecordReader::new(LINE.as_bytes());
        let record = reader.read().unwrap().unwrap();
        assert_eq!((record.scope, record.path.as_deref()), (Some(Scope::FsRead), Some("/srv/x")));
        assert_eq!((record.decision, record.under), (RecordedDecision::WouldDeny, RecordedPolicy::Audit));
        assert_eq!((record.package.as_deref(), record.pid, record.count), (Some("leftpad"), 7, 2));
        assert!(reader.read().is_none() && reader.lines() == 1);
    }

    #[test]
    fn a_stack_is_for_people() {
        let text = LINE.replace(r#""pid":7"#, r#""stack":["readFileSync (node:fs:1:2)","/srv/\"x\".js:3:4"],"pid":7"#);
        let [with, without] =
            [&*text, LINE].map(|line| RecordReader::new(line.as_bytes()).read().unwrap().unwrap().pid);
        assert_eq!((with, without), (7, 7));
    }

    #[test]
    fn an_absolute_value_is_the_path() {
        let text = LINE.replace(r#""value":"x","path":"/srv/x""#, r#""value":"/srv/x""#);
        let mut reader = RecordReader::new(text.as_bytes());
        assert_eq!(reader.read().unwrap().unwrap().path.as_deref(), Some("/srv/x"));
        for nothing in [r#""value":"/srv/\ufffd""#, r#""value":"/srv/\u0000""#, r#""value":"x","path":"/srv/\u0000""#] {
            let text = LINE.replace(r#""value":"x","path":"/srv/x""#, nothing);
            let mut reader = RecordReader::new(text.as_bytes());
            assert_eq!(reader.read().unwrap().unwrap().path, None, "{nothing}");
        }
    }

    #[test]
    fn what_is_no_record_is_told_by_its_line() {
        assert_eq!(faults(""), []);
        assert_eq!(faults("\n\n"), []);
        assert_eq!(faults(&format!("{LINE}\n\n{LINE}\n")), [None, None]);
        assert!(one("hello\n").starts_with("1: is no record of permit: expected value"));
        assert!(one("[1]\n").starts_with("1: is no record of permit: "));
        assert!(one("{\"level\":30,\"msg\":\"listening\"}\n").contains("missing field `datetime`"));
        assert_eq!(one(&LINE.replace("\"v\":1", "\"v\":2")), "1: is a record of version 2, expected version 1");
        assert!(one(&format!("{}\n", LINE.replace("{\"v\":1,", "{"))).contains("missing field `v`"));
        assert!(one(&format!("{}\n", LINE.replace("fs.read", "fs.eat"))).ends_with("\"fs.eat\" is no scope"));
        assert!(one(&format!("{}\n", LINE.replace("2026-11-21T", "someday "))).contains("is no date"));
        assert!(one(&format!("{}\n", LINE.replace("\"/srv/x\"", "\"srv/x\""))).contains("is no absolute path"));
        assert!(one(&format!("{}\n", LINE.replace("\"audit\"", "\"\""))).contains("do not go together"));
        assert!(one("\u{0}\u{1}\n").contains("is no record"));
    }

    #[test]
    fn a_torn_last_line_is_told_apart() {
        let torn = format!("{LINE}\n{}", &LINE[..100]);
        assert_eq!(faults(&torn), [None, Some("2: the log ends in the middle of a record".to_owned())]);
        assert_eq!(faults(LINE), [None], "a last line that is whole needs no end");
    }

    #[test]
    fn the_version_in_another_place_is_read_too() {
        let moved = LINE.replace("{\"v\":1,", "{").replace("\"ab\"}", "\"ab\",\"v\":1}");
        assert_eq!(faults(&moved), [None]);
    }

    #[test]
    fn a_clock_that_was_set_back_is_told_once() {
        let before = LINE.replace("06:35:33", "05:35:33");
        let faults = faults(&[LINE, &before, &before].join("\n"));
        assert!(matches!(&faults[..], [None, Some(told), None] if told.contains("set back")), "{faults:?}");
        let late = LINE.replace("06:35:33", "06:35:03");
        assert_eq!(self::faults(&[LINE, &late].join("\n")), [None, None]);
    }

    #[test]
    fn a_line_that_no_record_can_be_is_not_held() {
        let text = format!("{}\n{LINE}\n", "x".repeat(3 * super::MAX_RECORD_BYTES));
        let found = faults(&text);
        assert!(matches!(&found[..], [Some(told), None] if told.contains("longer than")), "{found:?}");
    }

    #[test]
    fn what_was_dropped_has_no_scope() {
        let dropped = r#"{"v":1,"datetime":"1970-01-01T00:00:00.000Z","permission":"","scope":"","value":"","decision":"dropped","policy":"","package":null,"pid":7,"thread":null,"count":1,"policy_hash":""}"#;
        let mut reader = RecordReader::new(dropped.as_bytes());
        let record = reader.read().unwrap().unwrap();
        assert!(record.scope.is_none() && record.decision == RecordedDecision::Dropped && record.count == 1);
        assert!(matches!(
            RecordReader::new(format!("{}\n", LINE.replace("\"would-deny\"", "\"dropped\"")).as_bytes()).read(),
            Some(Err(super::BadLine { fault: Fault::NoRecord(_), .. }))
        ));
    }
}
