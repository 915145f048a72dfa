//! `permit explain SCOPE [RESOURCE]`: its arguments, and its answer as text or JSON.

use std::fmt::Write as _;

use super::arguments::Arguments;
use super::grammar::COMMAND;
use super::output::{BAD, FAINT, GOOD, Outcome, PLAIN, Page, WARY, json};
use super::outside::Found;
use crate::config::error::nearest;
use crate::policy::Scope;
use crate::rollout::cited_rule::CitedRule;
use crate::rollout::explain::{Answer, Because, Explanation, explain as answer};
use crate::system::ports;

/// As many rules are told of one answer; the others are counted.
const MOST: usize = 5;

/// Runs the command.
///
/// # Errors
/// One line, if the question or the policy cannot be read.
pub fn explain(arguments: &Arguments, preload: &str) -> Result<Outcome, String> {
    let (scope, resource) = match arguments.words.as_slice() {
        [scope] => (scope, None),
        [scope, resource] => (scope, Some(resource.as_str())),
        [scope, first, ..] if scope == "child" => {
            return Err(format!("one resource is explained at a time; quote a command: \"{first} …\""));
        }
        [] => {
            return Err(format!("explain needs a scope. Usage: {COMMAND} explain SCOPE [RESOURCE]; {}", scopes()));
        }
        [_, _, extra, ..] => return Err(format!("found {extra:?} behind the resource; one is explained at a time")),
    };
    let scope = Scope::parse(scope).ok_or_else(|| {
        let near = nearest(scope, Scope::ALL.iter().map(|scope| scope.name()));
        let near = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
        format!("unknown scope {scope:?}{near} ({})", scopes())
    })?;
    let found = Found::read(arguments, preload)?;
    let told = found.with(|grounds| answer(grounds, scope, resource, &ports::facts()))?;
    let text = if arguments.has("json") { json(&told)? } else { text(&told) };
    Ok(Outcome { text, code: i32::from(!told.allowed) })
}

fn scopes() -> String {
    let names: Vec<&str> = Scope::ALL.iter().map(|scope| scope.name()).collect();
    format!("scopes are {}", names.join(", "))
}

fn text(told: &Explanation) -> String {
    let mut page = Page::default();
    page.put(PLAIN, told.scope);
    if let Some(resource) = &told.resource {
        page.put(PLAIN, " ").put(PLAIN, resource);
    }
    let (style, word) = if told.allowed { (GOOD, "allowed") } else { (BAD, "refused") };
    page.put(PLAIN, ": ").put(style, word).end();
    if let Some(path) = &told.path {
        page.label("the path").line(PLAIN, &path.path);
        for link in &path.links {
            page.line(FAINT, &format!("by the link {} -> {}", link.at, link.text));
        }
        if let Some(real) = &path.leads_to {
            page.label("leads to").line(PLAIN, real);
        }
    }
    for answer in &told.answers {
        one(&mut page, answer);
    }
    if let Some(change) = &told.change {
        let flags: Vec<String> = change.flags.iter().map(|flag| shell_word(flag)).collect();
        page.label("change").line(WARY, &flags.join(" "));
        let keys: Vec<String> = change.file.iter().map(|(key, value)| format!("\"{key}\": {value}")).collect();
        page.line(FAINT, &format!("in a file: {}", keys.join(", ")));
    }
    for system in &told.system {
        page.label("the system").line(PLAIN, &format!("port {}: {}", system.port, system.here));
        if system.refuses != Some(false) {
            page.line(PLAIN, "that is no refusal by policy, which is ERR_ACCESS_DENIED; ways out:");
            for way in &system.ways_out {
                page.line(FAINT, &format!("- {way}"));
            }
        }
    }
    page.label("policy").line(FAINT, &told.sources.join(", "));
    for note in &told.notes {
        page.label("note").line(FAINT, note);
    }
    page.finish()
}

fn one(page: &mut Page, answer: &Answer) {
    let (style, label) = if answer.allowed { (GOOD, "allowed") } else { (BAD, "refused") };
    let about = if answer.about.is_empty() { "as a whole" } else { &answer.about };
    page.label(label).line(style, &format!("{} {about}, {}", answer.scope, because(answer)));
    for rule in answer.rules.iter().take(MOST) {
        page.line(PLAIN, &rule_text(rule));
    }
    if answer.rules.len() > MOST {
        page.line(FAINT, &format!("and {} more", answer.rules.len() - MOST));
    }
    if let Some(near) = &answer.nearest {
        page.label("nearest").line(PLAIN, &rule_text(&near.told));
        page.line(FAINT, &format!("it {}", near.why));
    }
}

/// A word as it is written in a shell.
fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_=/.,:@+".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

fn because(answer: &Answer) -> &'static str {
    let behind = answer.behind_links;
    match answer.because {
        Because::Granted if behind => "where it leads, is granted by",
        Because::Granted => "is granted by",
        Because::Untouched => "the policy says nothing of the environment",
        Because::OwnFile => "is permit's own",
        Because::Followed => "where it leads: links are followed",
        Because::Denied if behind => "where it leads, is denied by",
        Because::Denied => "is denied by",
        Because::NotGranted if behind => "where it leads, is not granted",
        Because::NotGranted => "is not granted",
        Because::Protected => "is permit's own, or its policy, and never written",
        Because::Memory => "is the memory of a process",
        Because::Environment => "shows the environment, some of which is withheld",
        Because::Unknown => "for where it leads cannot be said",
    }
}

/// A rule, where it was written, how long it holds and why it is there.
fn rule_text(rule: &CitedRule) -> String {
    let mut text = format!("{} ({})", rule.rule, rule.at);
    if let Some(day) = &rule.expires {
        text.push_str(", until ");
        text.push_str(day);
    }
    if let Some(reason) = &rule.reason {
        // Writing to a String does not fail.
        let _ = write!(text, ", because of {reason:?}");
    }
    text
}
