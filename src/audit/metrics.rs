//! Counts the checks by scope and decision, and formats the counters for Prometheus. No label has a
//! path or a host.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use super::recorder::Verdict;
use crate::policy::Scope;

/// What became of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckOutcome {
    /// The call proceeded, and nothing was recorded.
    Allowed,
    /// The call was recorded.
    Verdict(Verdict),
}

impl CheckOutcome {
    const ALL: [Self; 4] = [
        Self::Allowed,
        Self::Verdict(Verdict::Refused),
        Self::Verdict(Verdict::Audited),
        Self::Verdict(Verdict::Reported),
    ];

    /// Returns the index among all, and the value of the label.
    const fn index_and_label(self) -> (usize, &'static str) {
        match self {
            Self::Allowed => (0, "allow"),
            Self::Verdict(verdict @ Verdict::Refused) => (1, verdict.decision()),
            Self::Verdict(verdict @ Verdict::Audited) => (2, verdict.decision()),
            Self::Verdict(verdict @ Verdict::Reported) => (3, verdict.policy()),
        }
    }
}

/// The counters of one thread. Only that thread writes them.
#[derive(Debug, Default)]
pub struct Counts([[AtomicU64; CheckOutcome::ALL.len()]; Scope::ALL.len()]);

impl Counts {
    /// Counts one check. Only the thread that owns the counters calls this.
    #[inline]
    pub fn count(&self, scope: Scope, outcome: CheckOutcome) {
        let counter = &self.0[scope as usize][outcome.index_and_label().0];
        // Single writer, so that a relaxed load and store cannot lose an update.
        counter.store(counter.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    /// Adds the counters of another thread.
    pub fn add(&self, other: &Self) {
        for (own, other) in self.0.iter().flatten().zip(other.0.iter().flatten()) {
            own.fetch_add(other.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }

    /// Returns the counters that are not zero: scope, decision, count.
    pub fn rows(&self) -> impl Iterator<Item = (Scope, &'static str, u64)> {
        Scope::ALL.iter().flat_map(move |scope| {
            let row = move |outcome: CheckOutcome| {
                let (at, decision) = outcome.index_and_label();
                (*scope, decision, self.0[*scope as usize][at].load(Ordering::Relaxed))
            };
            CheckOutcome::ALL.into_iter().map(row).filter(|(_, _, count)| *count > 0)
        })
    }
}

/// The values beside the counters.
#[derive(Debug)]
pub struct PolicyFacts<'a> {
    /// `enforce` or `audit`.
    pub mode: &'a str,
    /// The hash of the current policy.
    pub policy_hash: &'a str,
    /// How many calls were recorded.
    pub records: u64,
    /// How many of them were dropped.
    pub dropped: u64,
}

/// Formats the counters for Prometheus. A counter that is zero has no line.
#[must_use]
pub fn text(counts: &Counts, facts: &PolicyFacts<'_>) -> String {
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
    use super::{CheckOutcome, Counts, PolicyFacts, Scope, Verdict, text};

    #[test]
    fn what_was_asked_has_a_line_and_nothing_else_has() {
        let (counts, of_another) = (Counts::default(), Counts::default());
        counts.count(Scope::FsRead, CheckOutcome::Allowed);
        of_another.count(Scope::FsRead, CheckOutcome::Allowed);
        of_another.count(Scope::NetConnect, CheckOutcome::Verdict(Verdict::Refused));
        counts.add(&of_another);
        let text = text(&counts, &PolicyFacts { mode: "enforce", policy_hash: "ab", records: 1, dropped: 0 });
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
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
