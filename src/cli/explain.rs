//! `permit explain SCOPE [RESOURCE]`: says which rule decides about a call. Answers in text or
//! JSON.

use std::fmt::Write as _;

use super::arguments::CommandLine;
use super::environment::LoadedPolicy;
use super::error::CliError;
use super::output::{BAD, CommandOutput, FAINT, GOOD, PLAIN, Page, WARY, json};
use crate::config::error::nearest;
use crate::policy::Scope;
use crate::rollout::cited_rule::CitedRule;
use crate::rollout::explain::{Explanation, FacetAnswer, Reason, explain as answer};
use crate::system::ports;

/// The most rules that are shown for one facet. The others are counted.
const MAX_RULES_SHOWN: usize = 5;

/// Runs the command.
///
/// # Errors
/// [`CliError`] if the question or the policy cannot be read.
pub fn explain(arguments: &CommandLine, preload: &str) -> Result<CommandOutput, CliError> {
    let (scope, resource) = match arguments.words.as_slice() {
        [scope] => (scope, None),
        [scope, resource] => (scope, Some(resource.as_str())),
        [scope, first, ..] if scope == "child" => {
            return Err(CliError::UnquotedCommand { first: first.clone() });
        }
        [] => return Err(CliError::NoScope { scopes: scopes() }),
        [_, _, extra, ..] => {
            let (last, usage) = ("resource", "explain SCOPE [RESOURCE]");
            return Err(CliError::ExtraWord { found: extra.clone(), last, usage });
        }
    };
    let scope = Scope::parse(scope).ok_or_else(|| CliError::UnknownScope {
        found: scope.clone(),
        nearest: nearest(scope, Scope::ALL.iter().map(|scope| scope.name())),
        scopes: scopes(),
    })?;
    let found = LoadedPolicy::read(arguments, preload)?;
    let explanation = found.with_context(|context| answer(context, scope, resource, &ports::facts()))?;
    let text = if arguments.has("json") { json(&explanation)? } else { text(&explanation) };
    Ok(CommandOutput { text, code: i32::from(!explanation.allowed) })
}

fn scopes() -> String {
    let names: Vec<&str> = Scope::ALL.iter().map(|scope| scope.name()).collect();
    names.join(", ")
}

fn text(explanation: &Explanation) -> String {
    let mut page = Page::default();
    page.put(PLAIN, explanation.scope);
    if let Some(resource) = &explanation.resource {
        page.put(PLAIN, " ").put(PLAIN, resource);
    }
    let (style, word) = if explanation.allowed { (GOOD, "allowed") } else { (BAD, "refused") };
    page.put(PLAIN, ": ").put(style, word).end();
    if let Some(path) = &explanation.path {
        page.label("the path").line(PLAIN, &path.path);
        for link in &path.links {
            page.line(FAINT, &format!("by the link {} -> {}", link.at, link.text));
        }
        if let Some(real) = &path.leads_to {
            page.label("leads to").line(PLAIN, real);
        }
    }
    for answer in &explanation.answers {
        one(&mut page, answer);
    }
    if let Some(change) = &explanation.change {
        let flags: Vec<String> = change.flags.iter().map(|flag| shell_word(flag)).collect();
        page.label("change").line(WARY, &flags.join(" "));
        let keys: Vec<String> = change.file.iter().map(|(key, value)| format!("\"{key}\": {value}")).collect();
        page.line(FAINT, &format!("in a file: {}", keys.join(", ")));
    }
    for system in &explanation.system {
        page.label("the system").line(PLAIN, &format!("port {}: {}", system.port, system.here));
        if system.refuses != Some(false) {
            page.line(PLAIN, "that is no refusal by policy, which is ERR_ACCESS_DENIED; ways out:");
            for way in &system.ways_out {
                page.line(FAINT, &format!("- {way}"));
            }
        }
    }
    page.label("policy").line(FAINT, &explanation.sources.join(", "));
    for note in &explanation.notes {
        page.label("note").line(FAINT, note);
    }
    page.finish()
}

fn one(page: &mut Page, answer: &FacetAnswer) {
    let (style, label) = if answer.allowed { (GOOD, "allowed") } else { (BAD, "refused") };
    let about = if answer.about.is_empty() { "as a whole" } else { &answer.about };
    page.label(label).line(style, &format!("{} {about}, {}", answer.scope, because(answer)));
    for rule in answer.rules.iter().take(MAX_RULES_SHOWN) {
        page.line(PLAIN, &rule_text(rule));
    }
    if answer.rules.len() > MAX_RULES_SHOWN {
        page.line(FAINT, &format!("and {} more", answer.rules.len() - MAX_RULES_SHOWN));
    }
    if let Some(near) = &answer.nearest {
        page.label("nearest").line(PLAIN, &rule_text(&near.rule));
        page.line(FAINT, &format!("it {}", near.why));
    }
}

/// Quotes a word for a shell.
fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_=/.,:@+".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

fn because(answer: &FacetAnswer) -> &'static str {
    let behind = answer.behind_links;
    match answer.because {
        Reason::Granted if behind => "where it leads, is granted by",
        Reason::Granted => "is granted by",
        Reason::Untouched => "the policy says nothing of the environment",
        Reason::OwnFile => "is permit's own",
        Reason::Followed => "where it leads: links are followed",
        Reason::Denied if behind => "where it leads, is denied by",
        Reason::Denied => "is denied by",
        Reason::NotGranted if behind => "where it leads, is not granted",
        Reason::NotGranted => "is not granted",
        Reason::Protected => "is permit's own, or its policy, and never written",
        Reason::Memory => "is the memory of a process",
        Reason::Environment => "shows the environment, some of which is withheld",
        Reason::Unknown => "for where it leads cannot be said",
    }
}

/// Formats a rule with its place, end and reason.
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
