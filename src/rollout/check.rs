//! Finds likely mistakes in a policy that can be read: grants that have expired or soon will,
//! overbroad grants, links that lead elsewhere, rules without effect.

use serde::Serialize;

use super::cited_rule::CitedRule;
use super::overbroad::{interpreter, overbroad};
use super::usage::GrantUsage;
use super::{DAY, MAX_ENTRIES, PolicyContext, RolloutError, lossy, things_of};
use crate::config::{Location, Notice, Rule, Says, Settings, date};
use crate::policy::files::FileKind;
use crate::policy::links::{LastLink, Resolution, walk};
use crate::policy::shell_words;
use crate::policy::{Absolute, Permission, Policy, Scope, ScopeKind};

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Information.
    Note,
    /// A person should look at it.
    Warning,
}

/// A kind of finding.
#[derive(Debug, PartialEq, Eq)]
pub struct FindingKind {
    /// Its name in answers.
    pub id: &'static str,
    /// Its usual severity.
    pub level: Level,
    /// Its description.
    pub doc: &'static str,
}

macro_rules! finding_kinds {
    ($($name:ident: $id:literal $level:ident $doc:literal;)*) => {
        $(const $name: &FindingKind = &FindingKind { id: $id, level: Level::$level, doc: $doc };)*
        /// Every kind of finding.
        pub const FINDING_KINDS: &[&FindingKind] = &[$($name,)*];
    };
}

finding_kinds! {
    EXPIRED: "expired" Warning "A grant has expired and grants nothing.";
    SOON: "expires-soon" Warning "A grant expires soon.";
    WIDE: "wide" Warning "A grant covers more than most programs need.";
    INTERPRETER: "interpreter" Warning "A program that runs other programs may be started with any arguments.";
    MISSING: "missing" Warning "There is nothing where a grant points.";
    SPELLING: "spelling" Warning "A grant grants nothing because of its spelling.";
    WITHIN: "within" Warning "A denial holds below one folder, and a grant reaches beyond it.";
    OUT: "leads-out" Note "A link below a grant leads out of what is granted.";
    COVERED: "covered" Note "Another grant covers all that this one does.";
    IDLE: "idle-denial" Note "Nothing is granted that the denial would withhold.";
    UNUSED: "unused" Warning "Nothing that was traced needed the grant.";
    BACK: "taken-back" Note "A later rule takes the grant back.";
}

/// Something that a person should know about a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The name of its kind.
    pub id: &'static str,
    /// Its severity.
    pub level: Level,
    /// The text behind the rule.
    pub message: String,
    /// The rule.
    #[serde(flatten)]
    pub rule: CitedRule,
    /// The place of the rule in a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<FilePlace>,
    /// The profile in which it was found first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FilePlace {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
}

/// The most grants that are compared with each other: the comparison is quadratic.
const MAX_COMPARED: usize = 1000;

impl Finding {
    fn new(kind: &FindingKind, rule: &Rule<'_>, message: String) -> Self {
        let place = match rule.location() {
            Location::File { file, line, column } => Some(FilePlace { file, line, column }),
            _ => None,
        };
        Self { id: kind.id, level: kind.level, message, rule: CitedRule::new(rule), place, profile: None }
    }

    fn with_level(self, level: Level) -> Self {
        Self { level, ..self }
    }
}

/// Returns all findings in a policy. A grant whose end is at most `soon` seconds away expires soon.
///
/// # Errors
/// [`RolloutError`] if the policy cannot be read in full.
pub fn check(context: &PolicyContext<'_>, soon: u64) -> Result<Vec<Finding>, RolloutError> {
    let (policy, notices) = context.settings.clone().into_policy(context.world, context.around)?;
    let rules: Vec<Rule<'_>> = context.settings.rules().collect();
    let checker = Checker { context, policy, granted: granted(context, &rules)?, rules, entries: MAX_ENTRIES };
    Ok(checker.findings(&notices, soon))
}

/// Returns a finding for each unused grant. The records must hold everything that the program
/// touched.
#[must_use]
pub fn unused(settings: &Settings, grants: &[GrantUsage]) -> Vec<Finding> {
    let unused = |rule: &Rule<'_>| grants.iter().any(|grant| grant.number == rule.number && grant.things == Some(0));
    let say = |rule: Rule<'_>| Finding::new(UNUSED, &rule, "was not needed by anything that was traced".to_owned());
    settings.rules().filter(unused).map(say).collect()
}

/// Returns the policy of the grants without the denials.
fn granted(context: &PolicyContext<'_>, rules: &[Rule<'_>]) -> Result<Policy, RolloutError> {
    let numbers: Vec<usize> = rules.iter().filter(|rule| rule.grants()).map(|rule| rule.number).collect();
    let (policy, _) = context.settings.only(&numbers).into_policy(context.world, context.around)?;
    Ok(policy)
}

struct Checker<'a, 'g> {
    context: &'a PolicyContext<'g>,
    rules: Vec<Rule<'a>>,
    policy: Policy,
    granted: Policy,
    /// How many entries of directories may still be read.
    entries: usize,
}

impl Checker<'_, '_> {
    fn findings(mut self, notices: &[Notice], soon: u64) -> Vec<Finding> {
        let rules = std::mem::take(&mut self.rules);
        let mut found = Vec::new();
        let mut compared: Vec<(&Rule<'_>, Policy, Vec<Permission>)> = Vec::new();
        let are_few = rules.iter().filter(|rule| rule.grants()).count() <= MAX_COMPARED;
        let all = if are_few { self.granted.permissions() } else { Vec::new() };
        for rule in &rules {
            let alone = self.context.settings.only(&[rule.number]).into_policy(self.context.world, self.context.around);
            let Ok((alone, _)) = alone else { continue };
            if let Some(back) = rule.taken_back_by.and_then(|number| rules.get(number)) {
                let message = format!("is taken back by {} ({})", back.as_written(), back.place());
                found.push(Finding::new(BACK, rule, message));
            } else if rule.denies() {
                found.extend(self.denial(rule, &alone));
            } else if rule.grants() {
                let lapsed = self.life(rule, soon);
                let is_over = lapsed.as_ref().is_some_and(|finding| finding.id == EXPIRED.id);
                found.extend(lapsed);
                if !is_over {
                    self.grant(rule, &alone, &mut found);
                    if are_few {
                        let things = things_of(rule, &alone).into_iter().filter(|thing| all.contains(thing)).collect();
                        compared.push((rule, alone, things));
                    }
                }
            }
        }
        found.extend(covered(&compared));
        for notice in notices {
            let (kind, at, message) = match notice {
                Notice::Spelling { at, misspelling } => (SPELLING, at, misspelling.to_string()),
                Notice::Within { at, folder, .. } => {
                    (WITHIN, at, format!("denies below {folder} only; to deny it everywhere write / in front"))
                }
                Notice::Expired { .. } => continue,
            };
            if let Some(rule) = rules.iter().find(|rule| rule.location() == *at) {
                found.push(Finding::new(kind, rule, message));
            }
        }
        found
    }

    fn life(&self, rule: &Rule<'_>, soon: u64) -> Option<Finding> {
        let (at, now) = (rule.expires()?, self.context.around.now);
        let because = rule.reason().map_or_else(String::new, |reason| format!(" ({reason:?})"));
        if at <= now {
            return Some(Finding::new(EXPIRED, rule, format!("expired on {}{because}", date::day(at))));
        }
        let days = (at - now).div_ceil(DAY);
        let days = if days == 1 { "within a day".to_owned() } else { format!("in {days} days") };
        let message = format!("expires on {}, {days}{because}", date::day(at));
        (at - now <= soon).then(|| Finding::new(SOON, rule, message))
    }

    fn grant(&mut self, rule: &Rule<'_>, alone: &Policy, found: &mut Vec<Finding>) {
        let covers = overbroad(self.context, rule, alone);
        let is_overbroad = covers.is_some();
        found.extend(covers.map(|what| Finding::new(WIDE, rule, format!("covers {what}"))));
        if let Some(name) = interpreter(rule) {
            let message = format!("lets {name} be started with any arguments, and so any program");
            found.push(Finding::new(INTERPRETER, rule, message));
        }
        found.extend(self.missing(rule));
        // Links below a whole system are no news.
        if rule.scope().kind() == ScopeKind::Path && !is_overbroad {
            found.extend(self.links(rule, alone));
        }
    }

    fn missing(&self, rule: &Rule<'_>) -> Option<Finding> {
        let world = self.context.world;
        if rule.scope() == Scope::Child {
            let Says::Text(text) = rule.says() else { return None };
            let words = shell_words::split(text).ok()?;
            let program = String::from_utf8(words.first()?.clone()).ok()?;
            let is_bare = !program.contains('/') && program != "*";
            return (is_bare && world.program(&program).is_none())
                .then(|| Finding::new(MISSING, rule, format!("names a program that is not in PATH here: {program}")));
        }
        if rule.is_pattern() {
            return None;
        }
        let path = rule.path(self.context.around)?;
        if world.kind(&path) != FileKind::Missing {
            return None;
        }
        let message = format!("points at nothing: there is no {}, and no more than that path is granted", lossy(&path));
        // The program may make a file that it writes.
        let level = if rule.scope() == Scope::FsWrite { Level::Note } else { MISSING.level };
        Some(Finding::new(MISSING, rule, message).with_level(level))
    }

    /// Finds links in a granted tree to paths that are not granted.
    fn links(&mut self, rule: &Rule<'_>, alone: &Policy) -> Option<Finding> {
        let scope = rule.scope();
        let directory = rule.path(self.context.around)?;
        let tree = Absolute::resolve(&directory, || None::<&[u8]>).ok()?;
        if directory == b"/" || !alone.covers_tree(scope, &tree) {
            return None;
        }
        let links = self.context.world.links_below(&directory, &mut self.entries);
        let follows = self.context.settings.follow_links == Some(true);
        let out: Vec<(Vec<u8>, Vec<u8>)> = links
            .into_iter()
            .filter_map(|link| match walk(self.context.world, b"/", &link, LastLink::Follow) {
                Resolution::To(real) => {
                    let end = Absolute::resolve(&real, || None::<&[u8]>).ok()?;
                    let reached = if follows {
                        self.policy.allows_path(scope, &end)
                    } else {
                        self.policy.allows_behind_links(scope, &end)
                    };
                    (!reached).then_some((link, real))
                }
                _ => None,
            })
            .collect();
        let (link, real) = out.first()?;
        let others = if out.len() == 1 { String::new() } else { format!(", and {} more", out.len() - 1) };
        let then = if follows { "is followed" } else { "is refused" };
        let message = format!("holds the link {}, which leads out to {} and {then}{others}", lossy(link), lossy(real));
        Some(Finding::new(OUT, rule, message).with_level(if follows { Level::Warning } else { OUT.level }))
    }

    fn denial(&self, rule: &Rule<'_>, alone: &Policy) -> Option<Finding> {
        let idle = !things_of(rule, alone).iter().any(|thing| self.granted.may_grant_some_of(thing));
        idle.then(|| Finding::new(IDLE, rule, "withholds nothing that is granted".to_owned()))
    }
}

/// Finds grants that another grant covers for at least as long. If two cover each other, returns
/// the later one.
fn covered(compared: &[(&Rule<'_>, Policy, Vec<Permission>)]) -> Vec<Finding> {
    let mut found = Vec::new();
    let has_list = compared.iter().any(|(rule, ..)| rule.scope() == Scope::NetListen);
    let covers = |one: &(&Rule<'_>, Policy, Vec<Permission>), other: &(&Rule<'_>, Policy, Vec<Permission>)| {
        let lasts = match (one.0.expires(), other.0.expires()) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(one), Some(other)) => one >= other,
        };
        // With a list of addresses to listen at, no other grant allows listening.
        let by_list =
            |thing: &Permission| thing.scope == Scope::NetListen && has_list && one.0.scope() != Scope::NetListen;
        lasts
            && one.0.scope().family() == other.0.scope().family()
            && !other.2.is_empty()
            && other.2.iter().all(|thing| !by_list(thing) && one.1.grants_all_of(thing))
    };
    for (at, one) in compared.iter().enumerate() {
        let by = compared
            .iter()
            .enumerate()
            .find(|&(place, other)| place != at && covers(other, one) && (place < at || !covers(one, other)));
        if let Some((_, (by, ..))) = by {
            let message = format!("is covered by {} ({})", by.as_written(), by.place());
            found.push(Finding::new(COVERED, one.0, message));
        }
    }
    found
}
