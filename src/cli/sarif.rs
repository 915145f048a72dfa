//! Findings in SARIF 2.1.0, which code review on GitHub and elsewhere shows beside the line.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::rollout::check::{FINDING_KINDS, Finding, Level};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Returns one run of `permit check`. Files below the folder `here` get relative names.
pub fn log(findings: &[Finding], here: &str) -> Value {
    let rules: Vec<Value> = FINDING_KINDS
        .iter()
        .map(|sort| {
            json!({
                "id": sort.id,
                "shortDescription": { "text": sort.doc },
                "defaultConfiguration": { "level": level(sort.level) },
            })
        })
        .collect();
    let results: Vec<Value> = findings.iter().map(|finding| result(finding, here)).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "permit", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Note => "note",
        Level::Warning => "warning",
    }
}

fn result(finding: &Finding, here: &str) -> Value {
    let mut result = json!({
        "ruleId": finding.id,
        "ruleIndex": FINDING_KINDS.iter().position(|sort| sort.id == finding.id),
        "level": level(finding.level),
        "message": { "text": format!("{} {}", finding.rule.rule, finding.message) },
    });
    if let Some(place) = &finding.place {
        result["locations"] = json!([{
            "physicalLocation": {
                "artifactLocation": { "uri": uri(&place.file, here) },
                "region": { "startLine": place.line, "startColumn": place.column },
            },
        }]);
    }
    result
}

/// The characters that a path in a URI escapes: all but unreserved ones and the slash (RFC 3986).
const UNSAFE: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// Returns a URI reference to a file.
fn uri(file: &str, here: &str) -> String {
    let relative = file.strip_prefix(here).and_then(|rest| rest.strip_prefix('/'));
    let scheme = if relative.is_none() && file.starts_with('/') { "file://" } else { "" };
    format!("{scheme}{}", utf8_percent_encode(relative.unwrap_or(file), &UNSAFE))
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn files_are_named_from_here_and_others_by_their_whole_path() {
        assert_eq!(uri("/srv/app/conf/p q.json", "/srv/app"), "conf/p%20q.json");
        assert_eq!(uri("/srv/apple/p.json", "/srv/app"), "file:///srv/apple/p.json");
        assert_eq!(uri("/é", "/srv"), "file:///%C3%A9");
    }
}
