//! How often was asked, and what was answered: counters, and the text that Prometheus reads. Labels never carry paths or
//! hosts.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use super::recorder::Verdict;
use crate::policy::Scope;

/// What became of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The call went on.
    Allowed,
    /// Something was told of it: it was refused, or would have been.
    Verdict(Verdict),
}

impl Outcome {
    const ALL: [Self; 4] = [
        Self::Allowed,
        Self::Verdict(Verdict::Refused),
        Self::Verdict(Verdict::Audited),
        Self::Verdict(Verdict::Reported),
    ];

    /// Its place among all, and the value of its label.
    const fn row(self) -> (usize, &'static str) {
        match self {
            Self::Allowed => (0, "allow"),
            Self::Verdict(Verdict::Refused) => (1, "deny"),
            Self::Verdict(Verdict::Audited) => (2, "would-deny"),
            Self::Verdict(Verdict::Reported) => (3, "report-only"),
        }
    }
}

/// The counters of one thread, which alone writes them.
#[derive(Debug, Default)]
pub struct Counts([[AtomicU64; Outcome::ALL.len()]; Scope::ALL.len()]);

impl Counts {
    /// Counts one, on the thread that they belong to.
    #[inline]
    pub fn count(&self, scope: Scope, outcome: Outcome) {
        let counter = &self.0[scope as usize][outcome.row().0];
        // One writer: nothing comes between the two, and neither waits.
        counter.store(counter.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    /// Adds those of another thread.
    pub fn add(&self, other: &Self) {
        for (own, other) in self.0.iter().flatten().zip(other.0.iter().flatten()) {
            own.fetch_add(other.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }

    /// What was asked at all: the scope, what was decided, how often.
    pub fn rows(&self) -> impl Iterator<Item = (Scope, &'static str, u64)> {
        Scope::ALL.iter().flat_map(move |scope| {
            let row = move |outcome: Outcome| {
                let (at, decision) = outcome.row();
                (*scope, decision, self.0[*scope as usize][at].load(Ordering::Relaxed))
            };
            Outcome::ALL.into_iter().map(row).filter(|(_, _, count)| *count > 0)
        })
    }
}

/// What is told besides the counters.
#[derive(Debug)]
pub struct Facts<'a> {
    /// `enforce` or `audit`.
    pub mode: &'a str,
    /// The hash of the policy as it stands.
    pub policy_hash: &'a str,
    /// How many calls were recorded.
    pub records: u64,
    /// How many of them found no room.
    pub dropped: u64,
}

/// The text that Prometheus reads. What was never asked has no line.
#[must_use]
pub fn text(counts: &Counts, facts: &Facts<'_>) -> String {
    let mut text = String::new();
    let mut family = |name: &str, kind: &str, help: &str| {
        // Writing to a String does not fail.
        let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    };
    family(
        "permit_checks_total",
        "counter",
        "Questions that the hooks asked the policy, by scope and what was decided.",
    );
    for (scope, decision, count) in counts.rows() {
        let scope = scope.name();
        let _ = writeln!(text, "permit_checks_total{{scope=\"{scope}\",decision=\"{decision}\"}} {count}");
    }
    let mut family = |name: &str, kind: &str, help: &str, labels: &str, value: u64| {
        let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name}{labels} {value}\n");
    };
    let info = format!(
        "{{mode=\"{}\",policy_hash=\"{}\",version=\"{}\"}}",
        facts.mode,
        facts.policy_hash,
        env!("CARGO_PKG_VERSION")
    );
    family("permit_policy_info", "gauge", "The policy of this process as it stands.", &info, 1);
    family("permit_records_total", "counter", "Calls that were recorded.", "", facts.records);
    family(
        "permit_records_dropped_total",
        "counter",
        "Recorded calls that found no room in the log.",
        "",
        facts.dropped,
    );
    text
}

#[cfg(test)]
mod tests {
    use super::{Counts, Facts, Outcome, Scope, Verdict, text};

    #[test]
    fn what_was_asked_has_a_line_and_nothing_else_has() {
        let (counts, of_another) = (Counts::default(), Counts::default());
        counts.count(Scope::FsRead, Outcome::Allowed);
        of_another.count(Scope::FsRead, Outcome::Allowed);
        of_another.count(Scope::NetConnect, Outcome::Verdict(Verdict::Refused));
        counts.add(&of_another);
        let told = text(&counts, &Facts { mode: "enforce", policy_hash: "ab", records: 1, dropped: 0 });
        let lines: Vec<&str> = told.lines().filter(|line| !line.starts_with('#')).collect();
        let info = format!(
            "permit_policy_info{{mode=\"enforce\",policy_hash=\"ab\",version=\"{}\"}} 1",
            env!("CARGO_PKG_VERSION")
        );
        assert_eq!(
            lines,
            [
                "permit_checks_total{scope=\"fs.read\",decision=\"allow\"} 2",
                "permit_checks_total{scope=\"net.connect\",decision=\"deny\"} 1",
                info.as_str(),
                "permit_records_total 1",
                "permit_records_dropped_total 0",
            ]
        );
    }
}
