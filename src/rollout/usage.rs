//! Which grants of a policy were used, by what was touched; and which have been there for long that were to go again.

use serde::Serialize;

use super::cited_rule::CitedRule;
use super::gathered::{Asked, What};
use super::things_of;
use crate::config::{Rule, Says, Settings, Surroundings, date};
use crate::policy::{Files, Policy, Scope, shell_words};

/// One grant, and what was touched of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Grant {
    /// Which rule it is.
    #[serde(skip)]
    pub number: usize,
    /// The scope.
    pub scope: &'static str,
    /// The rule.
    #[serde(flatten)]
    pub rule: CitedRule,
    /// How many different things it covers that were touched; `None` where that is not recorded.
    pub things: Option<usize>,
    /// How often they were.
    pub calls: u64,
}

/// Every grant, with how much of it was used. What it is that a grant covers is asked of the policy that it alone makes.
#[must_use]
pub fn grants(settings: &Settings, around: &Surroundings, files: &dyn Files, touched: &[(&Asked, u64)]) -> Vec<Grant> {
    let rules: Vec<Rule<'_>> = settings.rules().filter(Rule::grants).collect();
    let mut used = Vec::with_capacity(rules.len());
    Halves { settings, around, files }.count(&rules, touched, &mut used);
    let told = |(rule, (things, calls)): (&Rule<'_>, _)| Grant {
        number: rule.number,
        scope: rule.scope().name(),
        rule: CitedRule::of(rule),
        things,
        calls,
    };
    rules.iter().zip(used).map(told).collect()
}

/// Looks for what rules cover by halves: what all of them together do not cover, none of them does.
struct Halves<'a> {
    settings: &'a Settings,
    around: &'a Surroundings,
    files: &'a dyn Files,
}

impl Halves<'_> {
    /// Adds for each rule how much of what was touched it covers.
    fn count(&self, rules: &[Rule<'_>], touched: &[(&Asked, u64)], used: &mut Vec<(Option<usize>, u64)>) {
        if let [rule] = rules {
            used.push(self.of_one(rule, touched));
            return;
        }
        if touched.is_empty() || rules.is_empty() {
            used.extend(rules.iter().map(|rule| (is_recorded(rule).then_some(0), 0)));
            return;
        }
        let numbers: Vec<usize> = rules.iter().map(|rule| rule.number).collect();
        let kept: Vec<(&Asked, u64)> = match self.policy(&numbers) {
            None => touched.to_vec(),
            Some(policy) => {
                // That a rule narrows another's listening, and programs with arguments, are looked at one by one.
                let goes_on = |asked: &Asked| matches!(asked.scope, Scope::NetListen | Scope::Child);
                let covered = |asked: &Asked| goes_on(asked) || asked.allowed(&policy, self.files);
                touched.iter().filter(|(asked, _)| covered(asked)).copied().collect()
            }
        };
        let (first, second) = rules.split_at(rules.len() / 2);
        self.count(first, &kept, used);
        self.count(second, &kept, used);
    }

    fn of_one(&self, rule: &Rule<'_>, touched: &[(&Asked, u64)]) -> (Option<usize>, u64) {
        let alone = self.policy(&[rule.number]);
        // That a service which names its destinations may listen goes without saying.
        let names =
            |scope: &Scope| *scope != Scope::NetListen || rule.scope() != Scope::Net || rule.says() == Says::All;
        let things = alone.iter().flat_map(|alone| things_of(rule, alone));
        let scopes: Vec<Scope> = things.map(|thing| thing.scope).filter(names).collect();
        let of = touched
            .iter()
            .filter(|(asked, _)| scopes.contains(&asked.scope))
            .filter(|(asked, _)| alone.as_ref().is_some_and(|alone| covers(rule, alone, asked, self.files)));
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

fn covers(rule: &Rule<'_>, alone: &Policy, asked: &Asked, files: &dyn Files) -> bool {
    asked.allowed(alone, files) || names_program(rule, asked)
}

/// Arguments are not recorded: the program that a grant names is taken for the command that it allows.
fn names_program(rule: &Rule<'_>, asked: &Asked) -> bool {
    let (Says::Text(text), What::Program(file)) = (rule.says(), &asked.what) else { return false };
    shell_words::split(text)
        .is_ok_and(|words| words.len() > 1 && words.first().is_some_and(|first| first == file.as_bytes()))
}

/// A grant that has an end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exception {
    /// The rule.
    #[serde(flatten)]
    pub rule: CitedRule,
    /// The day since which it is there, if that is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// For how many days it has been there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<u64>,
    /// It has been there for longer than an exception should.
    pub old: bool,
    /// It grants nothing any more.
    pub expired: bool,
}

/// The grants that have an end. One is old after so many days.
#[must_use]
pub fn exceptions(settings: &Settings, now: u64, days: u64) -> Vec<Exception> {
    let of = |rule: Rule<'_>| {
        let expires = rule.expires().filter(|_| rule.grants())?;
        let age = rule.since().map(|since| now.saturating_sub(since) / 86_400);
        Some(Exception {
            rule: CitedRule::of(&rule),
            since: rule.since().map(date::day),
            days: age,
            old: age.is_some_and(|age| age > days),
            expired: expires <= now,
        })
    };
    settings.rules().filter_map(of).collect()
}
