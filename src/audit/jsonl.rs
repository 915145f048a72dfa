//! Writes records as JSON lines, one record a line.

use std::time::SystemTime;

use jiff::Timestamp;
use serde::Serialize;

use super::recorder::{Batch, CountedRow, Key, Process};
use crate::rollout::record::{RecordedDecision, VERSION};

#[derive(Serialize)]
struct JsonLine<'a> {
    v: u64,
    datetime: &'a str,
    permission: &'a str,
    scope: &'a str,
    value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    leads_to: Option<&'a str>,
    #[serde(skip_serializing_if = "is_false")]
    tree: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<&'a str>,
    decision: &'a str,
    policy: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
    package: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stack: Option<&'a [String]>,
    pid: u32,
    thread: Option<u32>,
    count: u64,
    policy_hash: &'a str,
    deploy: &'a str,
}

impl<'a> JsonLine<'a> {
    /// Makes a line about the process, and not about a call.
    fn of_process(decision: RecordedDecision, datetime: &'a str, pid: u32, deploy: &'a str) -> Self {
        Self {
            v: VERSION,
            datetime,
            permission: "",
            scope: "",
            value: "",
            path: None,
            leads_to: None,
            tree: false,
            host: None,
            decision: decision.name(),
            policy: "",
            rule: None,
            package: None,
            stack: None,
            pid,
            thread: None,
            count: 1,
            policy_hash: "",
            deploy,
        }
    }

    fn text(&self) -> String {
        // JSON can hold every string and number.
        let mut text = serde_json::to_string(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// Returns the first line of a process.
pub fn start(process: &Process, pid: u32, at: SystemTime) -> String {
    let Process { deploy, package, policy, policy_hash, .. } = process;
    JsonLine {
        value: process.recorded(),
        policy,
        package: package.as_deref(),
        policy_hash,
        ..JsonLine::of_process(RecordedDecision::Start, &datetime(at), pid, deploy)
    }
    .text()
}

/// Returns a line for each row of a batch, and one more if records were dropped.
pub fn lines(batch: &Batch, deploy: &str, pid: u32, now: SystemTime) -> Vec<String> {
    let datetime = datetime(now);
    let mut lines = Vec::with_capacity(batch.rows.len() + 1);
    for CountedRow { key, count, stack } in &batch.rows {
        let Key { scope, value, place, host, rule, package, verdict, thread, policy_hash } = key;
        let place = place.as_ref();
        let line = JsonLine {
            v: VERSION,
            datetime: &datetime,
            permission: scope.permission(),
            scope: scope.name(),
            value,
            path: place.map(|place| place.path.as_str()).filter(|path| path != value),
            leads_to: place.and_then(|place| place.leads_to.as_deref()),
            tree: place.is_some_and(|place| place.tree),
            host: Some(host.as_str()).filter(|host| !host.is_empty()),
            decision: verdict.decision(),
            policy: verdict.policy(),
            rule: Some(rule.as_str()).filter(|rule| !rule.is_empty()),
            package: package.as_deref(),
            stack: stack.as_deref(),
            pid,
            thread: Some(*thread),
            count: *count,
            policy_hash,
            deploy,
        };
        lines.push(line.text());
    }
    if batch.dropped > 0 {
        lines.push(
            JsonLine {
                count: batch.dropped,
                ..JsonLine::of_process(RecordedDecision::Dropped, &datetime, pid, deploy)
            }
            .text(),
        );
    }
    lines
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// Formats a time as `2026-01-31T12:00:00.000Z`. A time outside of the calendar becomes its last
/// one.
pub fn datetime(at: SystemTime) -> String {
    format!("{:.3}", Timestamp::try_from(at).unwrap_or(Timestamp::MAX))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::{datetime, lines, start};
    use crate::audit::recorder::{Key, Process, RecordTable, RecordedPath, Verdict};
    use crate::policy::Scope;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400, "2000-02-29T00:00:00.000Z"),
            (1_767_225_599, "2025-12-31T23:59:59.000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(datetime(UNIX_EPOCH + Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn a_record_is_one_line_whatever_it_names() {
        let mut table = RecordTable::new(1);
        let key = Key {
            scope: Scope::FsRead,
            value: "a\n\"b\"\u{0}".to_owned(),
            place: Some(RecordedPath { path: "/a".to_owned(), leads_to: None, tree: true }),
            host: "b".to_owned(),
            rule: String::new(),
            package: None,
            verdict: Verdict::Refused,
            thread: 0,
            policy_hash: "x".into(),
        };
        table.add(key.clone(), Some(["f (/x.js:1:2)".to_owned()].into()));
        table.add(key.clone(), Some(["g (/y.js:3:4)".to_owned()].into()));
        table.add(Key { thread: 1, ..key }, None);
        let process = Process {
            deploy: "a@1+x".to_owned(),
            package: Some("a".to_owned()),
            policy: "enforce",
            all: false,
            policy_hash: "x".to_owned(),
        };
        let lines = [vec![start(&process, 7, UNIX_EPOCH)], lines(&table.take(), "a@1+x", 7, UNIX_EPOCH)].concat();
        assert_eq!(
            lines,
            [
                "{\"v\":1,\"datetime\":\"1970-01-01T00:00:00.000Z\",\"permission\":\"\",\"scope\":\"\",\"value\":\"refused\",\
                 \"decision\":\"start\",\"policy\":\"enforce\",\"package\":\"a\",\"pid\":7,\"thread\":null,\"count\":1,\
                 \"policy_hash\":\"x\",\"deploy\":\"a@1+x\"}\n",
                "{\"v\":1,\"datetime\":\"1970-01-01T00:00:00.000Z\",\"permission\":\"FileSystemRead\",\"scope\":\"fs.read\",\
                 \"value\":\"a\\n\\\"b\\\"\\u0000\",\"path\":\"/a\",\"tree\":true,\"host\":\"b\",\"decision\":\"deny\",\"policy\":\"enforce\",\"package\":null,\"stack\":[\"f (/x.js:1:2)\"],\"pid\":7,\
                 \"thread\":0,\"count\":2,\"policy_hash\":\"x\",\"deploy\":\"a@1+x\"}\n",
                "{\"v\":1,\"datetime\":\"1970-01-01T00:00:00.000Z\",\"permission\":\"\",\"scope\":\"\",\"value\":\"\",\
                 \"decision\":\"dropped\",\"policy\":\"\",\"package\":null,\"pid\":7,\"thread\":null,\"count\":1,\
                 \"policy_hash\":\"\",\"deploy\":\"a@1+x\"}\n",
            ]
        );
    }
}
