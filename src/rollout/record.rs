//! Records read back: a log is read line by line, and never more than a line of it is held.
//!
//! A line that is no whole record of this version, or that was written before the line above it, is told by its number.
//! The reader goes on behind it only when it is asked again.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, BufRead};

use jiff::Timestamp;
use serde::Deserialize;

use crate::policy::{Scope, ScopeKind};

/// The version of the form that is read.
const VERSION: u64 = 1;
/// Processes of one log write a little later than they look at the clock. More than this back is a clock that was set.
const BACK: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);
/// No record is longer: a path has 4096 bytes, of which each may take six.
const LONGEST: usize = 256 * 1024;

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// It was refused.
    Deny,
    /// It went on, and would have been refused.
    WouldDeny,
    /// Not one call: so many found no room.
    Dropped,
    /// No call: a process began its log.
    Start,
}

/// Which policy it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Under {
    /// One that is enforced.
    Enforce,
    /// One in audit.
    Audit,
    /// A second one, which is only recorded.
    ReportOnly,
    /// None: [`Decision::Dropped`].
    #[serde(rename = "")]
    Nothing,
}

impl Decision {
    /// As a record spells it.
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

impl Under {
    /// As a record spells it.
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

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<'l> {
    /// When it was written.
    pub at: Timestamp,
    /// What was asked for; none in a line that tells of the process.
    pub scope: Option<Scope>,
    /// As the caller spelled it.
    pub value: Cow<'l, str>,
    /// The path that this means, where it means one: absolute.
    pub path: Option<Cow<'l, str>>,
    /// Where that leads, if elsewhere.
    pub leads_to: Option<Cow<'l, str>>,
    /// Everything below it is asked for as well.
    pub tree: bool,
    /// What became of it.
    pub decision: Decision,
    /// Under which policy.
    pub under: Under,
    /// A flag that would allow it.
    pub rule: Option<Cow<'l, str>>,
    /// The package that asked.
    pub package: Option<Cow<'l, str>>,
    /// The process.
    pub pid: u32,
    /// How often.
    pub count: u64,
    /// The policy as it stood.
    pub policy_hash: Cow<'l, str>,
    /// The release of the program: its package and version, and the policy that it started under.
    pub deploy: Cow<'l, str>,
}

/// The fields of a line.
#[derive(Deserialize)]
struct Line<'l> {
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
    decision: Decision,
    policy: Under,
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
#[derive(Debug)]
#[non_exhaustive]
pub enum Fault {
    /// The log ends in the middle of it.
    Torn,
    /// It is no JSON, or no record.
    NoRecord(String),
    /// It is a record of another version.
    Version(u64),
    /// It was written long before the line above it.
    Clock {
        /// When it says that it was written.
        at: Timestamp,
        /// When the line above was.
        after: Timestamp,
    },
    /// It is longer than any record.
    Long,
    /// The log cannot be read.
    Unreadable(io::Error),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Torn => f.write_str("the log ends in the middle of a record"),
            Self::NoRecord(reason) => write!(f, "is no record of permit: {reason}"),
            Self::Version(found) => write!(f, "is a record of version {found}, accepted is version {VERSION}"),
            Self::Clock { at, after } => {
                write!(f, "was written at {at}, the line before it at {after}: the clock was set back")
            }
            Self::Long => write!(f, "is longer than {LONGEST} bytes, as no record is"),
            Self::Unreadable(error) => write!(f, "cannot be read: {error}"),
        }
    }
}

/// A line that is no record, by its number.
#[derive(Debug)]
pub struct BadLine {
    /// The number, from 1.
    pub line: u64,
    /// What is wrong.
    pub fault: Fault,
}

/// Reads the records of one log.
pub struct Reader<R> {
    input: R,
    line: u64,
    text: Vec<u8>,
    last: Option<Timestamp>,
}

impl<R: BufRead> Reader<R> {
    /// Reads from here.
    pub fn new(input: R) -> Self {
        Self { input, line: 0, text: Vec::new(), last: None }
    }

    /// How many lines were read.
    pub fn lines(&self) -> u64 {
        self.line
    }

    /// The next record, `None` at the end. An empty line is passed over: a writer that finds a torn line begins a new one.
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
        let found = if self.text.len() > LONGEST { Err(Fault::Long) } else { parse(&self.text) };
        Some(match found {
            Ok(record) => {
                let before = self.last.replace(record.at);
                match before.filter(|before| record.at.duration_since(*before) < -BACK) {
                    Some(after) => Err(BadLine { line, fault: Fault::Clock { at: record.at, after } }),
                    None => Ok(record),
                }
            }
            Err(Fault::NoRecord(_)) if !whole => Err(BadLine { line, fault: Fault::Torn }),
            Err(fault) => Err(BadLine { line, fault }),
        })
    }
}

/// Takes one line with its end into `text`; of one that is too long, only so much that this can be told.
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
        let room = (LONGEST + 1).saturating_sub(text.len());
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
    let line: Line<'_> = match serde_json::from_slice(text) {
        Ok(line) if starts_as_this_version(text) => line,
        read => return Err(fault(text, read.err())),
    };
    let at = line.datetime.parse().map_err(|_| Fault::NoRecord(format!("{:?} is no date", line.datetime)))?;
    let scope = match (line.decision, line.scope) {
        (Decision::Dropped | Decision::Start, "") => None,
        (decision, name) => {
            let unknown = || Fault::NoRecord(format!("{name:?} is no scope"));
            let of_call = matches!(decision, Decision::Deny | Decision::WouldDeny);
            Some(Scope::parse(name).filter(|_| of_call).ok_or_else(unknown)?)
        }
    };
    if (line.policy == Under::Nothing) != (line.decision == Decision::Dropped) {
        return Err(Fault::NoRecord("its decision and its policy do not go together".to_owned()));
    }
    if let Some(path) = [&line.path, &line.leads_to].into_iter().flatten().find(|path| !path.starts_with('/')) {
        return Err(Fault::NoRecord(format!("{path:?} is no absolute path")));
    }
    // What is no text stands there with U+FFFD in the place of its bytes, and has no path.
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

/// Is it this version, as it is written? Any other way to say so is read by [`fault`].
fn starts_as_this_version(text: &[u8]) -> bool {
    text.starts_with(b"{\"v\":1,") || matches!(serde_json::from_slice(text), Ok(Version { v: VERSION }))
}

#[cold]
fn fault(text: &[u8], error: Option<serde_json::Error>) -> Fault {
    let reason = |error: &serde_json::Error| {
        let told = error.to_string();
        // A record is one line: that of the log is told.
        told.split(" at line ").next().unwrap_or_default().to_owned()
    };
    match (serde_json::from_slice(text), error) {
        (Ok(Version { v }), _) if v != VERSION => Fault::Version(v),
        (_, Some(error)) | (Err(error), None) => Fault::NoRecord(reason(&error)),
        (Ok(_), None) => Fault::NoRecord("it says its version twice".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Decision, Fault, Reader, Scope, Under};

    const LINE: &str = r#"{"v":1,"datetime":"2026-11-21T06:35:33.257Z","permission":"FileSystemRead","scope":"fs.read","value":"x","path":"/srv/x","decision":"would-deny","policy":"audit","rule":"--allow-fs-read=/srv/x","package":"leftpad","pid":7,"thread":0,"count":2,"policy_hash":"ab"}"#;

    /// What is wrong with each line, `None` where nothing is.
    fn faults(text: &str) -> Vec<Option<String>> {
        let mut reader = Reader::new(text.as_bytes());
        let mut found = Vec::new();
        while let Some(next) = reader.read() {
            found.push(next.err().map(|bad| format!("{}: {}", bad.line, bad.fault)));
        }
        found
    }

    fn one(text: &str) -> String {
        let [Some(fault)] = &faults(text)[..] else { panic!("{text}: one fault") };
        fault.clone()
    }

    #[test]
    fn a_record_is_read() {
        let mut reader = Reader::new(LINE.as_bytes());
        let record = reader.read().unwrap().unwrap();
        assert_eq!((record.scope, record.path.as_deref()), (Some(Scope::FsRead), Some("/srv/x")));
        assert_eq!((record.decision, record.under), (Decision::WouldDeny, Under::Audit));
        assert_eq!((record.package.as_deref(), record.pid, record.count), (Some("leftpad"), 7, 2));
        assert!(reader.read().is_none() && reader.lines() == 1);
    }

    #[test]
    fn a_stack_is_for_people() {
        let text = LINE.replace(r#""pid":7"#, r#""stack":["readFileSync (node:fs:1:2)","/srv/\"x\".js:3:4"],"pid":7"#);
        let [with, without] = [&*text, LINE].map(|line| Reader::new(line.as_bytes()).read().unwrap().unwrap().pid);
        assert_eq!((with, without), (7, 7));
    }

    #[test]
    fn an_absolute_value_is_the_path() {
        let text = LINE.replace(r#""value":"x","path":"/srv/x""#, r#""value":"/srv/x""#);
        let mut reader = Reader::new(text.as_bytes());
        assert_eq!(reader.read().unwrap().unwrap().path.as_deref(), Some("/srv/x"));
        for nothing in [r#""value":"/srv/\ufffd""#, r#""value":"/srv/\u0000""#, r#""value":"x","path":"/srv/\u0000""#] {
            let text = LINE.replace(r#""value":"x","path":"/srv/x""#, nothing);
            let mut reader = Reader::new(text.as_bytes());
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
        assert_eq!(one(&LINE.replace("\"v\":1", "\"v\":2")), "1: is a record of version 2, accepted is version 1");
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
        let text = format!("{}\n{LINE}\n", "x".repeat(3 * super::LONGEST));
        let found = faults(&text);
        assert!(matches!(&found[..], [Some(told), None] if told.contains("longer than")), "{found:?}");
    }

    #[test]
    fn what_was_dropped_has_no_scope() {
        let dropped = r#"{"v":1,"datetime":"1970-01-01T00:00:00.000Z","permission":"","scope":"","value":"","decision":"dropped","policy":"","package":null,"pid":7,"thread":null,"count":1,"policy_hash":""}"#;
        let mut reader = Reader::new(dropped.as_bytes());
        let record = reader.read().unwrap().unwrap();
        assert!(record.scope.is_none() && record.decision == Decision::Dropped && record.count == 1);
        assert!(matches!(
            Reader::new(format!("{}\n", LINE.replace("\"would-deny\"", "\"dropped\"")).as_bytes()).read(),
            Some(Err(super::BadLine { fault: Fault::NoRecord(_), .. }))
        ));
    }
}
