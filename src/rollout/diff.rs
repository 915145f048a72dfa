//! What a policy allows that another one did not: authority gained and lost, as sets and not as lines.
//!
//! A grant is no gain if the old policy covers it; order and spelling are nothing; a denial that is gone is a gain where
//! something is granted, and so is a later end. What cannot be compared counts as gained: no growth is passed over. Both
//! policies are seen in one world, so whether a path is a directory, and where a link leads, is the same for both.

use std::collections::BTreeMap;

use serde::Serialize;

use super::cited_rule::CitedRule;
use super::{Grounds, things_of};
use crate::config::Rule;
use crate::policy::{Permission, Policy};

/// How a policy came by more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A grant that nothing covered.
    Grant,
    /// A grant that was there and lasts longer.
    Longer,
    /// A denial that is gone, or narrower.
    Denial,
    /// A setting.
    Setting,
}

/// Some authority that one policy has and the other has not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What it comes from.
    pub kind: Kind,
    /// The rule: of the policy that has the grant, or of the one that had the denial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<CitedRule>,
    /// What it is.
    pub things: Vec<String>,
    /// It could not be compared, and is counted to be safe.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub undecided: bool,
    /// The number of the rule.
    #[serde(skip)]
    pub number: Option<usize>,
}

/// One policy, taken apart.
struct Side<'a, 'g> {
    grounds: &'a Grounds<'g>,
    rules: Vec<Rule<'a>>,
    granted: Policy,
    denied: Policy,
}

impl<'a, 'g> Side<'a, 'g> {
    fn new(grounds: &'a Grounds<'g>) -> Result<Self, String> {
        let rules: Vec<Rule<'_>> = grounds.settings.rules().collect();
        let part = |wanted: &dyn Fn(&Rule<'_>) -> bool| {
            let numbers: Vec<usize> = rules.iter().filter(|rule| wanted(rule)).map(|rule| rule.number).collect();
            let made = grounds.settings.only(&numbers).into_policy(grounds.world, grounds.around);
            made.map(|(policy, _)| policy).map_err(|error| error.to_string())
        };
        let (granted, denied) = (part(&|rule| rule.grants())?, part(&|rule| rule.denies())?);
        Ok(Self { grounds, rules, granted, denied })
    }

    fn grants(&self) -> Vec<Permission> {
        self.granted.permissions().into_iter().filter(|thing| !thing.denies).collect()
    }

    fn denials(&self) -> Vec<Permission> {
        self.denied.permissions().into_iter().filter(|thing| thing.denies).collect()
    }

    /// The rule that each thing comes from.
    fn sources(&self) -> BTreeMap<String, usize> {
        let mut sources = BTreeMap::new();
        for rule in self.rules.iter().filter(|rule| rule.grants() || rule.denies()) {
            let alone = self.grounds.settings.only(&[rule.number]);
            if let Ok((policy, _)) = alone.into_policy(self.grounds.world, self.grounds.around) {
                for thing in things_of(rule, &policy) {
                    sources.entry(key(&thing)).or_insert(rule.number);
                }
            }
        }
        sources
    }
}

/// What a thing is, as a key; when it lapses is part of it.
fn key(thing: &Permission) -> String {
    format!("{thing:?}")
}

/// What `new` allows that `old` does not.
///
/// # Errors
/// One line, if one of them cannot be read in full.
pub fn gained(old: &Grounds<'_>, new: &Grounds<'_>) -> Result<Vec<Step>, String> {
    let (old, new) = (Side::new(old)?, Side::new(new)?);
    let mut found: Vec<(Kind, bool, Permission)> = Vec::new();
    let known: std::collections::BTreeSet<String> = old.grants().iter().map(key).collect();
    // What of the old one still holds when a grant lapses.
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
        let kind = if old.granted.grants_all_of(&thing) { Kind::Longer } else { Kind::Grant };
        let undecided = kind == Kind::Grant && thing.is_glob() && old.granted.may_grant_some_of(&thing);
        found.push((kind, undecided, thing));
    }
    for thing in old.denials() {
        if !new.denied.denies_all_of(&thing) && new.granted.may_grant_some_of(&thing) {
            let undecided = thing.is_glob() && !new.denials().is_empty();
            found.push((Kind::Denial, undecided, thing));
        }
    }
    let mut steps = settings(old.grounds, new.grounds);
    if !found.is_empty() {
        let (of_old, of_new) = (old.sources(), new.sources());
        let mut places: BTreeMap<(Kind, usize), usize> = BTreeMap::new();
        for (kind, undecided, thing) in found {
            let (side, sources) = if kind == Kind::Denial { (&old, &of_old) } else { (&new, &of_new) };
            let number = sources.get(&key(&thing)).copied();
            let rule = number.and_then(|number| side.rules.get(number)).map(CitedRule::of);
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

/// What changes without a rule.
fn settings(old: &Grounds<'_>, new: &Grounds<'_>) -> Vec<Step> {
    let (old, new) = (old.settings, new.settings);
    let turned = [
        (old.audit, new.audit, "audit: nothing is refused"),
        (old.follow_links, new.follow_links, "symlinks: what a link leads to need not be granted"),
        (old.allow_fs_vfs, new.allow_fs_vfs, "virtual file systems may be mounted"),
    ];
    let on = |(old, new, _): &(Option<bool>, Option<bool>, &str)| *old != Some(true) && *new == Some(true);
    let step = |(_, _, text): (_, _, &str)| Step {
        kind: Kind::Setting,
        rule: None,
        things: vec![text.to_owned()],
        undecided: false,
        number: None,
    };
    turned.into_iter().filter(on).map(step).collect()
}
