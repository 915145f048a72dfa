//! Starting a program: asks for it, and hands the policy on. The options are copied, so that what starts is what
//! was asked about; the environment of the child carries the preload by absolute path and the policy as it stands.

use std::path::Path;

use super::ask::{Question, Stop};
use super::refusal::Refusal;
use crate::addon::js::{Failed, ORDINARY, Value};
use crate::addon::{inherit, writers};
use crate::policy::{Resource, Scope};

/// `spawn(options)` of the bindings, or `spawn(file, args, cwd, envPairs, …)` of `process_wrap` from Node 26 on.
pub fn ask(question: &mut Question<'_>, arg: usize) -> Result<(), Stop> {
    let js = question.call.js;
    let Some(given) = question.arg(arg) else { return Err(no_program()) };
    if let Some(file) = js.as_string(given) {
        let [args, _, pairs] = [1, 2, 3].map(|at| question.arg(arg + at));
        let (args, pairs) = checked(question, &file, args, pairs)?;
        if let Some(args) = args {
            question.replace(arg + 1, args)?;
        }
        return question.replace(arg + 3, pairs);
    }
    if !js.is_object(given) {
        return Err(no_program());
    }
    let options = question.thread.plain_copy(given)?;
    let Some(file) = js.as_string(js.get(options, "file")?) else { return Err(no_program()) };
    let (args, pairs) = (js.get(options, "args")?, js.get(options, "envPairs")?);
    let (args, pairs) = checked(question, &file, Some(args), Some(pairs))?;
    if let Some(args) = args {
        js.define(options, "args", args, ORDINARY)?;
    }
    js.define(options, "envPairs", pairs, ORDINARY)?;
    question.replace(arg, options)
}

fn no_program() -> Stop {
    Refusal::unreadable("a program that is no string").into()
}

/// Asks for a program with its arguments; gives copies of the arguments and of the environment with what holds the
/// child.
fn checked(
    question: &Question<'_>,
    file: &str,
    args: Option<Value>,
    pairs: Option<Value>,
) -> Result<(Option<Value>, Value), Stop> {
    let js = question.call.js;
    let args = match args {
        Some(args) if js.is_array(args) => Some(js.coerce_strings(args)?),
        Some(args) if !js.is_nullish(args) => return Err(Refusal::unreadable("arguments that are no array").into()),
        _ => None,
    };
    check(question, file, args.as_deref().and_then(|args| args.get(1..)).unwrap_or_default())?;
    let pairs = match pairs {
        Some(pairs) if js.is_array(pairs) => js.coerce_strings(pairs)?,
        Some(pairs) if !js.is_nullish(pairs) => {
            return Err(Refusal::unreadable("an environment that is no array").into());
        }
        _ => inherit::own_environment(),
    };
    check_path(question, file, &pairs)?;
    let pairs = handed_on(question, pairs)?;
    let args = args.map(|args| js.string_array(&args)).transpose()?;
    Ok((args, js.string_array(&pairs)?))
}

/// A bare word in a list of programs is what it was when this process started: not what another `PATH` makes of it.
fn check_path(question: &Question<'_>, file: &str, pairs: &[String]) -> Result<(), Stop> {
    if file.contains('/') || question.thread.held.policy().has(Scope::Child, &Resource::Nothing) {
        return Ok(());
    }
    let path = pairs.iter().rev().find_map(|pair| pair.strip_prefix("PATH="));
    if path == inherit::path_at_start() { Ok(()) } else { Err(Refusal::of(Scope::Child, file).into()) }
}

/// The environment of a child, with what holds it.
fn handed_on(question: &Question<'_>, pairs: Vec<String>) -> Result<Vec<String>, Stop> {
    let policy = question.thread.held.policy();
    inherit::environment(pairs, &policy).map_err(|reason| Refusal::of(Scope::Child, &reason).into())
}

/// `process.execve(file, args, env)`.
pub fn ask_exec(question: &mut Question<'_>) -> Result<(), Stop> {
    let js = question.call.js;
    // The original throws for what is no string.
    let Some(file) = question.arg(0).and_then(|value| js.as_string(value)) else { return Ok(()) };
    let args = match question.arg(1) {
        Some(args) if js.is_array(args) => js.coerce_strings(args)?,
        _ => Vec::new(),
    };
    check(question, &file, args.get(1..).unwrap_or_default())?;
    let pairs = match question.arg(2) {
        // What Node itself takes from it: its own names, each read once. `process.env` inherits what is no variable.
        Some(env) if js.is_object(env) => {
            let mut pairs = Vec::new();
            for key in js.own_enumerable_names(env)? {
                let (Some(name), Some(value)) = (js.as_string(key), js.as_string(js.get_key(env, key)?)) else {
                    return Err(Refusal::unreadable("an environment variable that is no string").into());
                };
                pairs.push(format!("{name}={value}"));
            }
            pairs
        }
        _ => inherit::own_environment(),
    };
    let env = question.thread.bare()?;
    for pair in handed_on(question, pairs)? {
        if let Some((name, value)) = pair.split_once('=') {
            let value = js.string(value)?;
            js.define(env, name, value, ORDINARY)?;
        }
    }
    let list = js.string_array(&args)?;
    if question.call.count() >= 3 {
        question.replace(1, list)?;
        return question.replace(2, env);
    }
    let file = question.arg(0).ok_or(Failed)?;
    question.replace_all(vec![file, list, env]);
    Ok(())
}

/// Options with which Node does something before its preloads, or runs none. They are looked for in every argument, for
/// a shell may be what is started.
const BEFORE_PRELOADS: [&str; 5] =
    ["--build-snapshot", "--experimental-sea-config", "--build-sea", "--inspect-brk", "--inspect-wait"];

fn check(question: &Question<'_>, file: &str, args: &[String]) -> Result<(), Stop> {
    let is_node = Path::new(file).file_stem().is_some_and(|name| name == "node")
        || std::env::current_exe().is_ok_and(|node| node == Path::new(file));
    let early = |arg: &&String| {
        let arg = arg.replace('_', "-");
        BEFORE_PRELOADS.iter().any(|option| arg.contains(option))
            || (is_node && (arg == "--run" || arg.starts_with("--run=")))
    };
    let by_itself = || if is_node { writers::argument(args) } else { None };
    if let Some(arg) = args.iter().find(early).or_else(by_itself) {
        return Err(Refusal::of(Scope::Child, arg).into());
    }
    question.thread.check(Scope::Child, &Resource::Program { file, arguments: args }, file).map_err(Stop::from)
}
