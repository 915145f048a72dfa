//! Finds the grant that nearly covers a call: an expired one that covers it, or else the most
//! similar one. It is a hint for a person. Nothing is allowed by it.

use std::cmp::Reverse;

use serde::Serialize;

use super::PolicyContext;
use super::cited_rule::CitedRule;
use super::question::{Facet, FacetSubject};
use crate::config::{Rule, Says, date};
use crate::policy::Scope;
use crate::policy::net::{Host, HostGrant};
use crate::policy::shell_words;

/// A grant, and why it does not cover the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Nearest {
    /// The grant.
    #[serde(flatten)]
    pub rule: CitedRule,
    /// Why it does not cover the call.
    pub why: String,
}

/// Returns the nearest grant for a facet.
pub(super) fn nearest(context: &PolicyContext<'_>, facet: &Facet, rules: &[Rule<'_>]) -> Option<Nearest> {
    let written: Vec<Rule<'_>> =
        rules.iter().filter(|rule| !rule.denies() && rule.says() != Says::Off).copied().collect();
    let named = |number: usize| rules.iter().find(|rule| rule.number == number);
    let near = |rule: &Rule<'_>, why: String| Some(Nearest { rule: CitedRule::new(rule), why });
    // Evaluates at time 0, one rule at a time, to ignore expiry and later revocations.
    if let Some(rule) =
        context.deciding_rules(&written, 0, &|policy| facet.allowed(policy)).last().and_then(|&number| named(number))
    {
        let lapsed = rule.expires().filter(|&at| at <= context.around.now);
        let back = rule.taken_back_by.and_then(named);
        return match (lapsed, back) {
            (Some(at), _) => near(rule, format!("expired on {}", date::day(at))),
            (None, Some(back)) => near(rule, format!("is taken back by {} ({})", back.as_written(), back.place())),
            (None, None) if facet.scope == Scope::NetListen => {
                near(rule, "says nothing of listening, because there is a list of where to listen".to_owned())
            }
            (None, None) => None,
        };
    }
    let scored = written.iter().filter_map(|rule| {
        let (score, why) = likeness(context, facet, rule)?;
        Some((score, rule, why))
    });
    let (_, rule, why) = scored.max_by_key(|(score, rule, _)| (*score, Reverse(rule.number)))?;
    near(rule, why)
}

/// Returns how similar a grant is to a facet, and what is missing. Returns `None` if it is not
/// similar.
fn likeness(context: &PolicyContext<'_>, facet: &Facet, rule: &Rule<'_>) -> Option<(usize, String)> {
    let listens = |scope| scope == Scope::NetListen;
    if rule.scope() != facet.scope && rule.scope().parent() == facet.scope.parent() {
        if listens(rule.scope()) != listens(facet.scope) {
            return None;
        }
        let other = Facet { scope: rule.scope(), ..facet.clone() };
        let alone = context.settings.only(&[rule.number]).into_policy(context.world, context.around);
        if alone.is_ok_and(|(policy, _)| other.allowed(&policy)) {
            return Some((1000, format!("is for {}", rule.scope())));
        }
        return None;
    }
    let Says::Text(text) = rule.says() else { return None };
    let text = std::str::from_utf8(text).ok()?;
    match &facet.asks {
        FacetSubject::Path(path) | FacetSubject::Behind(path) => {
            shared(path.bytes(), &rule.path(context.around)?, rule)
        }
        FacetSubject::Name(name) => alike(name, text).map(|score| (score, "is another name".to_owned())),
        FacetSubject::HostName(name) => host_like(&Host::Name(name.clone()), text),
        FacetSubject::Hosts(items) => items.iter().filter_map(|item| host_like(&item.host, text)).max(),
        FacetSubject::Address(address, _) => host_like(&Host::Address(*address), text),
        FacetSubject::Program { file, .. } => program_like(file, text),
        _ => None,
    }
}

/// Compares paths that have more than their first name in common.
fn shared(asked: &[u8], granted: &[u8], rule: &Rule<'_>) -> Option<(usize, String)> {
    let names = |path: &'_ [u8]| -> Vec<Vec<u8>> {
        path.split(|&byte| byte == b'/' || byte == b'\\').filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect()
    };
    let (asked, granted) = (names(asked), names(granted));
    let common = asked.iter().zip(&granted).take_while(|(one, other)| one == other).count();
    let close = common + 1 == asked.len().max(granted.len());
    if common == 0 || (common < 2 && !close) {
        return None;
    }
    let why = if common == granted.len() && !rule.is_pattern() {
        "is that path alone: there is no directory"
    } else if common == asked.len() {
        "is below it"
    } else {
        "is beside it"
    };
    Some((common, why.to_owned()))
}

fn host_like(asked: &Host, text: &str) -> Option<(usize, String)> {
    let like = |granted: &HostGrant| -> Option<(usize, String)> {
        match (asked, &granted.host) {
            (asked, granted_host) if asked == granted_host => Some((100, format!("is for {granted}"))),
            (Host::Name(name), Host::Below(parent)) if name == parent => {
                Some((90, format!("is for names below {parent}, not for itself")))
            }
            (Host::Name(name), Host::Name(parent)) if name.ends_with(&format!(".{parent}")) => {
                Some((80, format!("is for {parent} and no name below it")))
            }
            (Host::Name(name), Host::Name(other)) => alike(name, other).map(|score| (score, format!("is for {other}"))),
            (Host::Name(name), Host::Below(parent)) if name.ends_with(&format!(".{parent}")) => {
                Some((70, format!("is for {granted}")))
            }
            (Host::Address(address), Host::Range(range)) if range.contains(address) => {
                Some((60, format!("is for {granted}")))
            }
            _ => None,
        }
    };
    HostGrant::parse_list(text, true).ok()?.iter().filter_map(like).max()
}

fn program_like(file: &str, text: &str) -> Option<(usize, String)> {
    let words = shell_words::split(text.as_bytes()).ok()?;
    let granted = String::from_utf8(words.first()?.clone()).ok()?;
    let last = |path: &'_ str| path.rsplit('/').next().unwrap_or_default().to_owned();
    if granted == file {
        Some((100, "is for other arguments".to_owned()))
    } else if last(&granted) == last(file) {
        Some((90, format!("is for {granted}, written so")))
    } else {
        alike(file, &granted).map(|score| (score, format!("is for {granted}")))
    }
}

/// Returns a score for a typing error, or another case.
fn alike(one: &str, other: &str) -> Option<usize> {
    if one.eq_ignore_ascii_case(other) {
        return Some(50);
    }
    let distance = strsim::osa_distance(one, other);
    (distance <= 2 && distance * 3 < one.chars().count()).then(|| 40 - distance)
}
