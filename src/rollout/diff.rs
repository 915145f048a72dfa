//! Compares the authority of two policies, as sets and not as lines.
//!
//! A grant is no gain if the old policy covers it, so that order and spelling do not matter. A
//! removed denial is a gain if something is granted there, and so is a later end. An authority that
//! cannot be compared counts as gained: no growth is missed. Both policies are read in one world. A
//! path is a directory for both or for none, and a link leads to the same path.

use std::collections::BTreeMap;

use serde::Serialize;

use super::cited_rule::CitedRule;
use super::{PolicyContext, RolloutError, things_of};
use crate::config::Rule;
use crate::policy::{Permission, Policy};

/// What made a policy grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// A grant that no old grant covered.
    Grant,
    /// A grant that lasts longer.
    Longer,
    /// A denial that is gone, or narrower.
    Denial,
    /// A setting.
    Setting,
}

/// Permission that one policy has and the other one does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What made the policy grow.
    pub kind: StepKind,
    /// The rule of the grant, or of the lost denial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<CitedRule>,
    /// The authority.
    pub things: Vec<String>,
    /// The authority could not be compared. It counts as gained.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub undecided: bool,
    /// The number of the rule.
    #[serde(skip)]
    pub number: Option<usize>,
}

/// A policy, split into grants and denials.
struct ComparedPolicy<'a, 'g> {
    context: &'a PolicyContext<'g>,
    rules: Vec<Rule<'a>>,
    granted: Policy,
    denied: Policy,
}

impl<'a, 'g> ComparedPolicy<'a, 'g> {
    fn new(context: &'a PolicyContext<'g>) -> Result<Self, RolloutError> {
        let rules: Vec<Rule<'_>> = context.settings.rules().collect();
        let part = |wanted: &dyn Fn(&Rule<'_>) -> bool| {
            let numbers: Vec<usize> = rules.iter().filter(|rule| wanted(rule)).map(|rule| rule.number).collect();
            context.settings.only(&numbers).into_policy(context.world, context.around).map(|(policy, _)| policy)
        };
        let (granted, denied) = (part(&|rule| rule.grants())?, part(&|rule| rule.denies())?);
        Ok(Self { context, rules, granted, denied })
    }

    fn grants(&self) -> Vec<Permission> {
        self.granted.permissions().into_iter().filter(|thing| !thing.denies).collect()
    }

    fn denials(&self) -> Vec<Permission> {
        self.denied.permissions().into_iter().filter(|thing| thing.denies).collect()
    }

    /// Returns the rule that each authority comes from.
    fn sources(&self) -> BTreeMap<String, usize> {
        let mut sources = BTreeMap::new();
        for rule in self.rules.iter().filter(|rule| rule.grants() || rule.denies()) {
            let alone = self.context.settings.only(&[rule.number]);
            if let Ok((policy, _)) = alone.into_policy(self.context.world, self.context.around) {
                for thing in things_of(rule, &policy) {
                    sources.entry(key(&thing)).or_insert(rule.number);
                }
            }
        }
        sources
    }
}

/// Returns a key of an authority. Its end is a part of the key.
fn key(thing: &Permission) -> String {
    format!("{thing:?}")
}

/// Returns the authority that `new` has and `old` has not.
///
/// # Errors
/// [`RolloutError`] if one of them cannot be read in full.
pub fn gained(old: &PolicyContext<'_>, new: &PolicyContext<'_>) -> Result<Vec<Step>, RolloutError> {
    let (old, new) = (ComparedPolicy::new(old)?, ComparedPolicy::new(new)?);
    let mut found: Vec<(StepKind, bool, Permission)> = Vec::new();
    let known: std::collections::BTreeSet<String> = old.grants().iter().map(key).collect();
    // The old policy as it is when a grant expires, by the time of that.
    let mut lasting: BTreeMap<Option<u64>, Policy> = BTreeMap::new();
    for thing in new.grants() {
        if known.contains(&key(&thing)) || new.denied.denies_all_of(&thing) {
            continue;
        }
        let until = lasting.entry(thing.expires).or_insert_with(|| {
            let mut until = old.granted.clone();
            until.expire(thing.expires.map_or(u64::MAX, |at| at.saturating_sub(1)));
            until
        });
        if until.grants_all_of(&thing) {
            continue;
        }
        let kind = if old.granted.grants_all_of(&thing) { StepKind::Longer } else { StepKind::Grant };
        let undecided = kind == StepKind::Grant && thing.is_glob() && old.granted.may_grant_some_of(&thing);
        found.push((kind, undecided, thing));
    }
    for thing in old.denials() {
        if !new.denied.denies_all_of(&thing) && new.granted.may_grant_some_of(&thing) {
            let undecided = thing.is_glob() && !new.denials().is_empty();
            found.push((StepKind::Denial, undecided, thing));
        }
    }
    let mut steps = settings(old.context, new.context);
    if !found.is_empty() {
        let (of_old, of_new) = (old.sources(), new.sources());
        let mut places: BTreeMap<(StepKind, usize), usize> = BTreeMap::new();
        for (kind, undecided, thing) in found {
            let (side, sources) = if kind == StepKind::Denial { (&old, &of_old) } else { (&new, &of_new) };
            let number = sources.get(&key(&thing)).copied();
            let rule = number.and_then(|number| side.rules.get(number)).map(CitedRule::new);
            let known = number.and_then(|number| places.get(&(kind, number)).copied());
            if let Some(step) = known.and_then(|place: usize| steps.get_mut(place)) {
                step.undecided |= undecided;
                step.things.push(thing.to_string());
                continue;
            }
            places.extend(number.map(|number| ((kind, number), steps.len())));
            steps.push(Step { kind, rule, things: vec![thing.to_string()], undecided, number });
        }
    }
    Ok(steps)
}

/// Returns the settings that allow more.
fn settings(old: &PolicyContext<'_>, new: &PolicyContext<'_>) -> Vec<Step> {
    let (old, new) = (old.settings, new.settings);
    let turned = [
        (old.audit, new.audit, "audit: nothing is refused"),
        (old.follow_links, new.follow_links, "symlinks: what a link leads to need not be granted"),
        (old.allow_fs_vfs, new.allow_fs_vfs, "virtual file systems may be mounted"),
    ];
    let on = |(old, new, _): &(Option<bool>, Option<bool>, &str)| *old != Some(true) && *new == Some(true);
    let step = |(_, _, text): (_, _, &str)| Step {
        kind: StepKind::Setting,
        rule: None,
        things: vec![text.to_owned()],
        undecided: false,
        number: None,
    };
    turned.into_iter().filter(on).map(step).collect()
}
