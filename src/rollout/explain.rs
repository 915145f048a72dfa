//! Why a policy answers as it does: the rules that decide, as they were written and where, the grant that would nearly do,
//! and the smallest change that would.

use serde::Serialize;
use serde_json::{Map, Value};

use super::cited_rule::CitedRule;
use super::nearest::{Nearest, nearest};
use super::ports::{self, Facts, System};
use super::question::{Asks, Facet, Question, Role};
use super::{Grounds, Special};
use crate::config::{Rule, Says, key_of_flag, parse_flags};
use crate::policy::files::NoFiles;
use crate::policy::{Policy, Resource, Scope, ScopeKind};

/// What decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Because {
    /// A grant.
    Granted,
    /// No grant and no denial is needed: the policy says nothing of the environment.
    Untouched,
    /// It is permit's own, and readable.
    OwnFile,
    /// Links are followed wherever they lead.
    Followed,
    /// A denial.
    Denied,
    /// There is no grant.
    NotGranted,
    /// It is permit's own, or the policy file, and never written.
    Protected,
    /// It is the memory of a process, and never written.
    Memory,
    /// It shows the environment, some of which is withheld.
    Environment,
    /// Where it leads cannot be said; only all of the scope would do.
    Unknown,
}

/// The answer to one facet of the question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The scope.
    pub scope: &'static str,
    /// What was asked about, as the policy sees it; empty for the whole scope.
    pub about: String,
    /// This is what the path leads to.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub behind_links: bool,
    /// Whether it is allowed.
    pub allowed: bool,
    /// What decided.
    pub because: Because,
    /// The rules that decide.
    pub rules: Vec<CitedRule>,
    /// The grant that would nearly do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<Nearest>,
}

/// A change to the policy.
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
    /// The scope that was asked about.
    pub scope: &'static str,
    /// What was asked about.
    pub resource: Option<String>,
    /// Whether a call would go through.
    pub allowed: bool,
    /// Of a path: where it leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathTold>,
    /// One answer for each thing that has to be allowed.
    pub answers: Vec<Answer>,
    /// The smallest change that would allow it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
    /// What the system does with a server there, whatever the policy says.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub system: Vec<System>,
    /// Where the policy comes from.
    pub sources: Vec<String>,
    /// What else is to be known.
    pub notes: Vec<String>,
}

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PathTold {
    /// Its absolute, normal form.
    pub path: String,
    /// What it leads to, if that is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leads_to: Option<String>,
    /// The links on the way.
    pub links: Vec<LinkTold>,
}

/// A link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LinkTold {
    /// Where it stands.
    pub at: String,
    /// What it says.
    pub text: String,
}

/// Explains what the policy says to a question.
///
/// # Errors
/// One line, if the policy cannot be read in full.
pub fn explain(
    grounds: &Grounds<'_>,
    scope: Scope,
    resource: Option<&str>,
    facts: &Facts,
) -> Result<Explanation, String> {
    let question = super::question::take_apart(scope, resource, grounds.world, &grounds.around.cwd)?;
    let policy = grounds.policy_of(grounds.settings.clone())?;
    let answers: Vec<Answer> = question.facets.iter().map(|facet| answer(grounds, &policy, facet)).collect();
    let allowed = answers.iter().all(|answer| answer.allowed);
    let change = if allowed { None } else { change(grounds, &policy, &question.facets) };
    let notes = notes(grounds, &policy, &question, &answers);
    let path = question.way.map(|way| PathTold {
        path: way.path,
        leads_to: way.leads_to,
        links: way.links.into_iter().map(|(at, text)| LinkTold { at, text }).collect(),
    });
    Ok(Explanation {
        scope: scope.name(),
        resource: resource.map(str::to_owned),
        allowed,
        path,
        answers,
        change,
        system: question.ports.iter().filter_map(|&port| ports::of(port, facts)).collect(),
        sources: grounds.sources.to_vec(),
        notes,
    })
}

/// The rules that may have a say in a scope, in the order in which they were said.
pub(super) fn concerned<'s>(grounds: &Grounds<'s>, scope: Scope) -> Vec<Rule<'s>> {
    grounds.settings.rules().filter(|rule| rule.scope().family() == scope.family()).collect()
}

fn answer(grounds: &Grounds<'_>, policy: &Policy, facet: &Facet) -> Answer {
    let rules = concerned(grounds, facet.scope);
    let allowed = facet.allowed(policy);
    let (because, numbers) =
        if allowed { grants(grounds, facet, &rules) } else { refuses(grounds, policy, facet, &rules) };
    let told = rules.iter().filter(|rule| numbers.contains(&rule.number)).map(CitedRule::of).collect();
    let may_be_near = matches!(because, Because::NotGranted | Because::Unknown);
    Answer {
        scope: facet.scope.name(),
        about: facet.about.clone(),
        behind_links: facet.role == Role::Behind,
        allowed,
        because,
        rules: told,
        nearest: if may_be_near { nearest(grounds, facet, &rules) } else { None },
    }
}

/// The grants that let a facet through.
fn grants(grounds: &Grounds<'_>, facet: &Facet, rules: &[Rule<'_>]) -> (Because, Vec<usize>) {
    if matches!(facet.asks, Asks::Behind(_)) && grounds.settings.follow_links == Some(true) {
        return (Because::Followed, Vec::new());
    }
    let granting: Vec<Rule<'_>> = rules.iter().filter(|rule| rule.grants()).copied().collect();
    if facet.scope == Scope::Env && granting.is_empty() {
        return (Because::Untouched, Vec::new());
    }
    // `allow-net` stands for listening as well, unless there is a list for it.
    let own_list = facet.scope == Scope::NetListen && granting.iter().any(|rule| rule.scope() == Scope::NetListen);
    let wanted: Vec<Rule<'_>> =
        granting.into_iter().filter(|rule| !own_list || rule.scope() == Scope::NetListen).collect();
    let now = grounds.around.now;
    let mut numbers = grounds.that_say(&wanted, now, &|policy| facet.allowed(policy));
    if facet.scope == Scope::NetResolve && wanted.iter().any(|rule| rule.scope() == Scope::NetListen) {
        // Who may listen may resolve `localhost`; but with a list of where, no other grant is one to listen.
        let (listen, others): (Vec<Rule<'_>>, Vec<Rule<'_>>) =
            wanted.iter().copied().partition(|rule| rule.scope() == Scope::NetListen);
        numbers = grounds.that_say(&others, now, &|policy| {
            let mut mute = policy.clone();
            mute.drop(Scope::NetListen, &Resource::Nothing, &NoFiles);
            facet.allowed(&mute)
        });
        numbers.extend(grounds.that_say(&listen, now, &|policy| facet.allowed(policy)));
    }
    if !numbers.is_empty() {
        return (Because::Granted, numbers);
    }
    if wanted.is_empty() || matches!(facet.asks, Asks::Path(_) | Asks::Behind(_)) {
        return (Because::OwnFile, Vec::new());
    }
    // No single one, but all together: a socket by its name and another by what it leads to.
    (Because::Granted, wanted.iter().map(|rule| rule.number).collect())
}

/// What stands in the way of a facet.
fn refuses(grounds: &Grounds<'_>, policy: &Policy, facet: &Facet, rules: &[Rule<'_>]) -> (Because, Vec<usize>) {
    match facet.asks {
        Asks::Special(Special::Memory) => return (Because::Memory, Vec::new()),
        Asks::Special(Special::Environment) => return (Because::Environment, Vec::new()),
        _ => {}
    }
    if facet.withheld(policy) {
        let denying: Vec<Rule<'_>> = rules.iter().filter(|rule| rule.denies()).copied().collect();
        let numbers = grounds.that_say(&denying, grounds.around.now, &|policy| facet.withheld(policy));
        return (if numbers.is_empty() { Because::Protected } else { Because::Denied }, numbers);
    }
    let unknown = facet.role == Role::Behind && matches!(facet.asks, Asks::Whole);
    (if unknown { Because::Unknown } else { Because::NotGranted }, Vec::new())
}

/// The smallest flags that let all of it through, and the same for a file. They are tried before they are told.
fn change(grounds: &Grounds<'_>, policy: &Policy, facets: &[Facet]) -> Option<Change> {
    let mut flags: Vec<String> = Vec::new();
    for facet in facets.iter().filter(|facet| !facet.allowed(policy)) {
        let flag = facet.smallest_flag(policy)?;
        if !flags.contains(&flag) {
            flags.push(flag);
        }
    }
    // One flag for both, where it does not let the program listen as well.
    let listens = policy.listens() || grounds.settings.rules().any(|rule| rule.scope() == Scope::NetListen);
    if let [resolve, connect] = flags.as_slice()
        && listens
        && let (Some(("allow-net-resolve", Some(_))), Some(("allow-net-connect", Some(value)))) =
            (key_of_flag(resolve), key_of_flag(connect))
    {
        flags = vec![format!("{}={value}", Scope::Net.flag())];
    }
    let (added, _) = parse_flags(&flags, None).ok()?;
    let changed = grounds.policy_of(grounds.settings.clone().merge(added)).ok()?;
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

fn notes(grounds: &Grounds<'_>, policy: &Policy, question: &Question, answers: &[Answer]) -> Vec<String> {
    let mut notes = Vec::new();
    let refused = |because| answers.iter().any(|answer| answer.because == because);
    if grounds.settings.audit == Some(true) && answers.iter().any(|answer| !answer.allowed) {
        notes.push("the policy is in audit: a call that is not allowed goes on and is recorded".to_owned());
    }
    let program = |(facet, answer): (&Facet, &Answer)| {
        facet.scope == Scope::FsRead && facet.role == Role::Itself && answer.because == Because::NotGranted
    };
    if question.facets.iter().zip(answers).any(program) && question.way.is_some() {
        notes.push(
            "the program that Node starts, its preloads and permit's own files are readable without a grant".to_owned(),
        );
    }
    if refused(Because::Denied) {
        notes.push("no grant helps against a denial; take it out, or make it narrower".to_owned());
    }
    for (facet, answer) in question.facets.iter().zip(answers) {
        match &facet.asks {
            Asks::Path(path) | Asks::Behind(path)
                if answer.allowed
                    && grounds.world.is_dir(path.bytes())
                    && matches!(facet.role, Role::Itself)
                    && !policy.covers_tree(facet.scope, path) =>
            {
                let about = &facet.about;
                notes.push(format!("{about} is a directory, and not all below it is granted for {}", facet.scope));
            }
            Asks::Hosts(_)
                if facet.scope == Scope::NetConnect && facet.role == Role::Itself && denies_hosts(grounds) =>
            {
                notes.push(
                    "the addresses that the name resolves to are held against the denials when they are connected to"
                        .to_owned(),
                );
            }
            Asks::Address(..) if facet.scope == Scope::NetConnect && !answer.allowed => {
                notes.push(
                    "an address may be connected to as well if resolving a granted name gave it in that process"
                        .to_owned(),
                );
            }
            Asks::Program { file, real, arguments } => {
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

fn denies_hosts(grounds: &Grounds<'_>) -> bool {
    let of_hosts = |rule: Rule<'_>| rule.denies() && rule.scope().kind() == ScopeKind::Host && rule.says() != Says::Off;
    grounds.settings.rules().any(of_hosts)
}
