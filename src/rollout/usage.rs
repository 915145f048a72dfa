//! Finds which grants of a policy were used, and which temporary grants are old.

use serde::Serialize;

use super::cited_rule::CitedRule;
use super::observations::{Access, AccessTarget};
use super::{DAY, things_of};
use crate::config::{Rule, Says, Settings, Surroundings, date};
use crate::policy::{Files, Policy, Scope, shell_words};

/// A grant, and how much it was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GrantUsage {
    /// The number of the rule.
    #[serde(skip)]
    pub number: usize,
    /// The scope.
    pub scope: &'static str,
    /// The rule.
    #[serde(flatten)]
    pub rule: CitedRule,
    /// How many distinct accesses it covers; `None` if they are not recorded.
    pub things: Option<usize>,
    /// The calls of these accesses.
    pub calls: u64,
}

/// Returns how much each grant was used. A grant covers an access if the policy that it makes alone
/// allows it.
#[must_use]
pub fn grants(
    settings: &Settings,
    around: &Surroundings,
    files: &dyn Files,
    touched: &[(&Access, u64)],
) -> Vec<GrantUsage> {
    let rules: Vec<Rule<'_>> = settings.rules().filter(Rule::grants).collect();
    let mut used = Vec::with_capacity(rules.len());
    UsageCounter { settings, around, files }.count(&rules, touched, &mut used);
    let usage = |(rule, (things, calls)): (&Rule<'_>, _)| GrantUsage {
        number: rule.number,
        scope: rule.scope().name(),
        rule: CitedRule::new(rule),
        things,
        calls,
    };
    rules.iter().zip(used).map(usage).collect()
}

/// Counts what rules cover by halves: an access that all rules together do not cover is covered by
/// none of them.
struct UsageCounter<'a> {
    settings: &'a Settings,
    around: &'a Surroundings,
    files: &'a dyn Files,
}

impl UsageCounter<'_> {
    /// Adds the count of each rule to `used`.
    fn count(&self, rules: &[Rule<'_>], touched: &[(&Access, u64)], used: &mut Vec<(Option<usize>, u64)>) {
        if let [rule] = rules {
            used.push(self.of_one(rule, touched));
            return;
        }
        if touched.is_empty() || rules.is_empty() {
            used.extend(rules.iter().map(|rule| (is_recorded(rule).then_some(0), 0)));
            return;
        }
        let numbers: Vec<usize> = rules.iter().map(|rule| rule.number).collect();
        let kept: Vec<(&Access, u64)> = match self.policy(&numbers) {
            None => touched.to_vec(),
            Some(policy) => {
                // A rule can narrow another one's listening, and arguments are not recorded. So
                // these are counted for each rule.
                let goes_on = |access: &Access| matches!(access.scope, Scope::NetListen | Scope::Child);
                let covered = |access: &Access| goes_on(access) || access.allowed(&policy, self.files);
                touched.iter().filter(|(access, _)| covered(access)).copied().collect()
            }
        };
        let (first, second) = rules.split_at(rules.len() / 2);
        self.count(first, &kept, used);
        self.count(second, &kept, used);
    }

    fn of_one(&self, rule: &Rule<'_>, touched: &[(&Access, u64)]) -> (Option<usize>, u64) {
        let alone = self.policy(&[rule.number]);
        // A grant of destinations implies listening, which is no use of the grant.
        let names =
            |scope: &Scope| *scope != Scope::NetListen || rule.scope() != Scope::Net || rule.says() == Says::All;
        let things = alone.iter().flat_map(|alone| things_of(rule, alone));
        let scopes: Vec<Scope> = things.map(|thing| thing.scope).filter(names).collect();
        let of = touched
            .iter()
            .filter(|(access, _)| scopes.contains(&access.scope))
            .filter(|(access, _)| alone.as_ref().is_some_and(|alone| covers(rule, alone, access, self.files)));
        let (things, calls) = of.fold((0, 0), |(things, calls), (_, count)| (things + 1, calls + count));
        (is_recorded(rule).then_some(things), calls)
    }

    fn policy(&self, numbers: &[usize]) -> Option<Policy> {
        self.settings.only(numbers).into_policy(self.files, self.around).map(|(policy, _)| policy).ok()
    }
}

fn is_recorded(rule: &Rule<'_>) -> bool {
    rule.scope() != Scope::Env
}

fn covers(rule: &Rule<'_>, alone: &Policy, access: &Access, files: &dyn Files) -> bool {
    access.allowed(alone, files) || names_program(rule, access)
}

/// Returns true if a grant names the program of an access. Arguments are not recorded: each call
/// counts as the granted command.
fn names_program(rule: &Rule<'_>, access: &Access) -> bool {
    let (Says::Text(text), AccessTarget::Program(file)) = (rule.says(), &access.target) else { return false };
    shell_words::split(text)
        .is_ok_and(|words| words.len() > 1 && words.first().is_some_and(|first| first == file.as_bytes()))
}

/// A grant with an end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exception {
    /// The rule.
    #[serde(flatten)]
    pub rule: CitedRule,
    /// The day since which it is there, if the policy says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// The days since then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<u64>,
    /// Whether it is older than an exception should be.
    pub old: bool,
    /// Whether it has expired.
    pub expired: bool,
}

/// Returns the grants with an end. A grant is old after `days` days.
#[must_use]
pub fn exceptions(settings: &Settings, now: u64, days: u64) -> Vec<Exception> {
    let of = |rule: Rule<'_>| {
        let expires = rule.expires().filter(|_| rule.grants())?;
        let age = rule.since().map(|since| now.saturating_sub(since) / DAY);
        Some(Exception {
            rule: CitedRule::new(&rule),
            since: rule.since().map(date::day),
            days: age,
            old: age.is_some_and(|age| age > days),
            expired: expires <= now,
        })
    };
    settings.rules().filter_map(of).collect()
}
