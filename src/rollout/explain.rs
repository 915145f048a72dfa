//! Explains why a policy allows or refuses a call: the rules that decide, the nearest grant, and
//! the smallest change that allows the call.

use serde::Serialize;
use serde_json::{Map, Value};

use super::cited_rule::CitedRule;
use super::nearest::{Nearest, nearest};
use super::ports::{self, PortFacts, PortRule};
use super::question::{Facet, FacetSubject, PolicyQuestion, Role};
use super::{PolicyContext, RolloutError, Special};
use crate::config::{Rule, Says, key_of_flag, parse_flags};
use crate::policy::files::NoFiles;
use crate::policy::{Policy, Resource, Scope, ScopeKind};

/// The reason for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// A grant.
    Granted,
    /// The policy has no rule about the environment, so that it needs no grant.
    Untouched,
    /// A file of permit, which everybody may read.
    OwnFile,
    /// Links are followed wherever they lead.
    Followed,
    /// A denial.
    Denied,
    /// No grant.
    NotGranted,
    /// A file of permit, or the policy file. Nobody may write it.
    Protected,
    /// The memory of a process. Nobody may write it.
    Memory,
    /// A file that shows the environment, of which variables are withheld.
    Environment,
    /// Where the path leads is unknown. Only a grant of the whole scope covers it.
    Unknown,
}

/// The answer about one facet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FacetAnswer {
    /// The scope.
    pub scope: &'static str,
    /// The resource, as the policy names it; empty for the whole scope.
    pub about: String,
    /// The facet is the path behind links.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub behind_links: bool,
    /// Whether the policy allows it.
    pub allowed: bool,
    /// The reason.
    pub because: Reason,
    /// The rules that decide.
    pub rules: Vec<CitedRule>,
    /// The nearest grant, if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<Nearest>,
}

/// A change of the policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// As flags.
    pub flags: Vec<String>,
    /// As keys of a policy file.
    pub file: Map<String, Value>,
}

/// The whole answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The scope of the question.
    pub scope: &'static str,
    /// The resource of the question.
    pub resource: Option<String>,
    /// Whether the policy allows the call.
    pub allowed: bool,
    /// Where the path leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<ExplainedPath>,
    /// The answer about each facet.
    pub answers: Vec<FacetAnswer>,
    /// The smallest change that allows the call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
    /// The system's rules about these ports.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub system: Vec<PortRule>,
    /// The sources of the policy.
    pub sources: Vec<String>,
    /// Further facts for the person who asks.
    pub notes: Vec<String>,
}

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExplainedPath {
    /// The absolute path.
    pub path: String,
    /// The path behind its links, if that is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leads_to: Option<String>,
    /// The links on the way.
    pub links: Vec<ExplainedLink>,
}

/// A symbolic link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExplainedLink {
    /// Its path.
    pub at: String,
    /// Its text.
    pub text: String,
}

/// Answers a question about a policy.
///
/// # Errors
/// [`RolloutError`] if the question or the policy cannot be read in full.
pub fn explain(
    context: &PolicyContext<'_>,
    scope: Scope,
    resource: Option<&str>,
    facts: &PortFacts,
) -> Result<Explanation, RolloutError> {
    let question = super::question::take_apart(scope, resource, context.world, &context.around.cwd)?;
    let policy = context.policy_of(context.settings.clone())?;
    let answers: Vec<FacetAnswer> = question.facets.iter().map(|facet| answer(context, &policy, facet)).collect();
    let allowed = answers.iter().all(|answer| answer.allowed);
    let change = if allowed { None } else { change(context, &policy, &question.facets) };
    let notes = notes(context, &policy, &question, &answers);
    let path = question.way.map(|way| ExplainedPath {
        path: way.path,
        leads_to: way.leads_to,
        links: way.links.into_iter().map(|(at, text)| ExplainedLink { at, text }).collect(),
    });
    Ok(Explanation {
        scope: scope.name(),
        resource: resource.map(str::to_owned),
        allowed,
        path,
        answers,
        change,
        system: question.ports.iter().filter_map(|&port| ports::rule_for(port, facts)).collect(),
        sources: context.sources.to_vec(),
        notes,
    })
}

/// Returns the rules that can decide about a scope, in their order.
pub(super) fn concerned<'s>(context: &PolicyContext<'s>, scope: Scope) -> Vec<Rule<'s>> {
    context.settings.rules().filter(|rule| rule.scope().family() == scope.family()).collect()
}

fn answer(context: &PolicyContext<'_>, policy: &Policy, facet: &Facet) -> FacetAnswer {
    let rules = concerned(context, facet.scope);
    let allowed = facet.allowed(policy);
    let (because, numbers) =
        if allowed { grants(context, facet, &rules) } else { refuses(context, policy, facet, &rules) };
    let deciding = rules.iter().filter(|rule| numbers.contains(&rule.number)).map(CitedRule::new).collect();
    let may_be_near = matches!(because, Reason::NotGranted | Reason::Unknown);
    FacetAnswer {
        scope: facet.scope.name(),
        about: facet.about.clone(),
        behind_links: facet.role == Role::Behind,
        allowed,
        because,
        rules: deciding,
        nearest: if may_be_near { nearest(context, facet, &rules) } else { None },
    }
}

/// Returns the grants that allow a facet.
fn grants(context: &PolicyContext<'_>, facet: &Facet, rules: &[Rule<'_>]) -> (Reason, Vec<usize>) {
    if matches!(facet.asks, FacetSubject::Behind(_)) && context.settings.follow_links == Some(true) {
        return (Reason::Followed, Vec::new());
    }
    let granting: Vec<Rule<'_>> = rules.iter().filter(|rule| rule.grants()).copied().collect();
    if facet.scope == Scope::Env && granting.is_empty() {
        return (Reason::Untouched, Vec::new());
    }
    // `allow-net` allows listening too, unless there is a list for it.
    let own_list = facet.scope == Scope::NetListen && granting.iter().any(|rule| rule.scope() == Scope::NetListen);
    let wanted: Vec<Rule<'_>> =
        granting.into_iter().filter(|rule| !own_list || rule.scope() == Scope::NetListen).collect();
    let now = context.around.now;
    let mut numbers = context.deciding_rules(&wanted, now, &|policy| facet.allowed(policy));
    if facet.scope == Scope::NetResolve && wanted.iter().any(|rule| rule.scope() == Scope::NetListen) {
        // A program that may listen may resolve `localhost`. With a list of addresses to listen at,
        // no other grant allows listening.
        let (listen, others): (Vec<Rule<'_>>, Vec<Rule<'_>>) =
            wanted.iter().copied().partition(|rule| rule.scope() == Scope::NetListen);
        numbers = context.deciding_rules(&others, now, &|policy| {
            let mut mute = policy.clone();
            mute.drop(Scope::NetListen, &Resource::Nothing, &NoFiles);
            facet.allowed(&mute)
        });
        numbers.extend(context.deciding_rules(&listen, now, &|policy| facet.allowed(policy)));
    }
    if !numbers.is_empty() {
        return (Reason::Granted, numbers);
    }
    if wanted.is_empty() || matches!(facet.asks, FacetSubject::Path(_) | FacetSubject::Behind(_)) {
        return (Reason::OwnFile, Vec::new());
    }
    // Several grants together allow it: one of the socket's name, another of the path that it leads
    // to.
    (Reason::Granted, wanted.iter().map(|rule| rule.number).collect())
}

/// Returns the denials that refuse a facet.
fn refuses(context: &PolicyContext<'_>, policy: &Policy, facet: &Facet, rules: &[Rule<'_>]) -> (Reason, Vec<usize>) {
    match facet.asks {
        FacetSubject::Special(Special::Memory) => return (Reason::Memory, Vec::new()),
        FacetSubject::Special(Special::Environment) => return (Reason::Environment, Vec::new()),
        _ => {}
    }
    if facet.withheld(policy) {
        let denying: Vec<Rule<'_>> = rules.iter().filter(|rule| rule.denies()).copied().collect();
        let numbers = context.deciding_rules(&denying, context.around.now, &|policy| facet.withheld(policy));
        return (if numbers.is_empty() { Reason::Protected } else { Reason::Denied }, numbers);
    }
    let unknown = facet.role == Role::Behind && matches!(facet.asks, FacetSubject::Whole);
    (if unknown { Reason::Unknown } else { Reason::NotGranted }, Vec::new())
}

/// Returns the smallest flags that allow all facets, as flags and for a file. The flags are tried
/// first.
fn change(context: &PolicyContext<'_>, policy: &Policy, facets: &[Facet]) -> Option<Change> {
    let mut flags: Vec<String> = Vec::new();
    for facet in facets.iter().filter(|facet| !facet.allowed(policy)) {
        let flag = facet.smallest_flag(policy)?;
        if !flags.contains(&flag) {
            flags.push(flag);
        }
    }
    // One flag for both, unless it would allow listening too.
    let listens = policy.listens() || context.settings.rules().any(|rule| rule.scope() == Scope::NetListen);
    if let [resolve, connect] = flags.as_slice()
        && listens
        && let (Some(("allow-net-resolve", Some(_))), Some(("allow-net-connect", Some(value)))) =
            (key_of_flag(resolve), key_of_flag(connect))
    {
        flags = vec![format!("{}={value}", Scope::Net.flag())];
    }
    let (added, _) = parse_flags(&flags, None).ok()?;
    let changed = context.policy_of(context.settings.clone().merge(added)).ok()?;
    if !facets.iter().all(|facet| facet.allowed(&changed)) {
        return None;
    }
    let mut file = Map::new();
    for flag in &flags {
        let (key, value) = key_of_flag(flag)?;
        match (file.get_mut(key), value) {
            (Some(Value::Array(values)), Some(value)) => values.push(value.into()),
            (_, Some(value)) => drop(file.insert(key.to_owned(), Value::Array(vec![value.into()]))),
            (_, None) if key.starts_with("allow-fs") => return None,
            (_, None) => drop(file.insert(key.to_owned(), Value::Bool(true))),
        }
    }
    Some(Change { flags, file })
}

fn notes(
    context: &PolicyContext<'_>,
    policy: &Policy,
    question: &PolicyQuestion,
    answers: &[FacetAnswer],
) -> Vec<String> {
    let mut notes = Vec::new();
    let refused = |because| answers.iter().any(|answer| answer.because == because);
    if context.settings.audit == Some(true) && answers.iter().any(|answer| !answer.allowed) {
        notes.push("the policy is in audit: a call that is not allowed goes on and is recorded".to_owned());
    }
    let program = |(facet, answer): (&Facet, &FacetAnswer)| {
        facet.scope == Scope::FsRead && facet.role == Role::Itself && answer.because == Reason::NotGranted
    };
    if question.facets.iter().zip(answers).any(program) && question.way.is_some() {
        notes.push(
            "the program that Node starts, its preloads and permit's own files are readable without a grant".to_owned(),
        );
    }
    if refused(Reason::Denied) {
        notes.push("no grant helps against a denial; take it out, or make it narrower".to_owned());
    }
    for (facet, answer) in question.facets.iter().zip(answers) {
        match &facet.asks {
            FacetSubject::Path(path) | FacetSubject::Behind(path)
                if answer.allowed
                    && context.world.is_dir(path.bytes())
                    && matches!(facet.role, Role::Itself)
                    && !policy.covers_tree(facet.scope, path) =>
            {
                let about = &facet.about;
                notes.push(format!("{about} is a directory, and not all below it is granted for {}", facet.scope));
            }
            FacetSubject::Hosts(_)
                if facet.scope == Scope::NetConnect && facet.role == Role::Itself && denies_hosts(context) =>
            {
                notes.push(
                    "the addresses that the name resolves to are held against the denials when they are connected to"
                        .to_owned(),
                );
            }
            FacetSubject::Address(..) if facet.scope == Scope::NetConnect && !answer.allowed => {
                notes.push(
                    "an address may be connected to as well if resolving a granted name gave it in that process"
                        .to_owned(),
                );
            }
            FacetSubject::Program { file, real, arguments } => {
                match real {
                    None => notes.push(format!("there is no program {file:?} here")),
                    Some(real) if real != file => notes.push(format!("{file} is {real} here")),
                    Some(_) => {}
                }
                let is_node = file.rsplit('/').next() == Some("node");
                if answer.allowed && is_node && arguments.iter().any(|word| word.starts_with('-')) {
                    notes.push(
                        "options that Node obeys before its preloads, as --run and --inspect-brk, are refused all the same"
                            .to_owned(),
                    );
                }
            }
            _ => {}
        }
    }
    notes.dedup();
    notes
}

fn denies_hosts(context: &PolicyContext<'_>) -> bool {
    let of_hosts = |rule: Rule<'_>| rule.denies() && rule.scope().kind() == ScopeKind::Host && rule.says() != Says::Off;
    context.settings.rules().any(of_hosts)
}
