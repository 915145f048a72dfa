//! Starting a program: asks for it, and hands the policy on. The options are copied, so that what starts is what
//! was asked about; the environment of the child carries the preload by absolute path and the policy as it stands.

use super::ask::{Question, Stop};
use super::files;
use super::refusal::Refusal;
use super::signals;
use super::table::Use;
use super::thread::Thread;
use crate::addon::inherit;
use crate::addon::js::{Failed, Js, ORDINARY, Value};
use crate::audit::log;
use crate::policy::links::Last;
use crate::policy::{Policy, Resource, Scope};
use crate::process::executable::{self, Program};
use crate::process::options;

/// `spawn(options)` of the bindings, or `spawn(file, args, cwd, envPairs, …)` of `process_wrap` from Node 26 on.
pub fn ask(question: &mut Question<'_>, arg: usize) -> Result<(), Stop> {
    let js = question.call.js;
    let Some(given) = question.arg(arg) else { return Err(no_program()) };
    if let Some(file) = js.as_string(given) {
        let [args, cwd, pairs] = [1, 2, 3].map(|at| question.arg(arg + at));
        let started = checked(question, &file, args, cwd, pairs)?;
        if let Some(file) = started.file {
            question.replace(arg, file)?;
        }
        if let Some(args) = started.args {
            question.replace(arg + 1, args)?;
        }
        if let Some(stdio) = question.arg(arg + 4) {
            let handed_on = handed_descriptors(question, stdio)?;
            question.replace(arg + 4, handed_on)?;
        }
        return question.replace(arg + 3, started.pairs);
    }
    if !js.is_object(given) {
        return Err(no_program());
    }
    let options = question.thread.plain_copy(given)?;
    if js.as_i32(js.get(options, "killSignal")?) == Some(signals::OPENS_DEBUGGER) {
        question.whole(Scope::Inspector, "killSignal: 'SIGUSR1'")?;
    }
    let Some(file) = js.as_string(js.get(options, "file")?) else { return Err(no_program()) };
    let [args, cwd, pairs] = ["args", "cwd", "envPairs"].map(|name| js.get(options, name).ok());
    let started = checked(question, &file, args, cwd, pairs)?;
    if let Some(file) = started.file {
        js.define(options, "file", file, ORDINARY)?;
    }
    if let Some(args) = started.args {
        js.define(options, "args", args, ORDINARY)?;
    }
    js.define(options, "envPairs", started.pairs, ORDINARY)?;
    let handed_on = handed_descriptors(question, js.get(options, "stdio")?)?;
    js.define(options, "stdio", handed_on, ORDINARY)?;
    question.replace(arg, options)
}

/// What the child gets as its first descriptors, each read once: by number it gets none that this thread may not use.
fn handed_descriptors(question: &Question<'_>, stdio: Value) -> Result<Value, Stop> {
    let js = question.call.js;
    if !js.is_array(stdio) {
        return Ok(stdio);
    }
    let mut handed_on = Vec::new();
    for at in 0..js.length(stdio)? {
        let entry = js.element(stdio, at)?;
        if !js.is_object(entry) {
            handed_on.push(entry);
            continue;
        }
        let entry = question.thread.plain_copy(entry)?;
        if let Some(descriptor) = js.as_i32(js.get(entry, "fd")?) {
            question.descriptor_may(descriptor, Use::Both)?;
        }
        handed_on.push(entry);
    }
    Ok(js.array(&handed_on)?)
}

/// What the original starts a program with in place of what it was given.
struct Started {
    /// What was found under the program's name, where that matters.
    file: Option<Value>,
    args: Option<Value>,
    pairs: Value,
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
    cwd: Option<Value>,
    pairs: Option<Value>,
) -> Result<Started, Stop> {
    let js = question.call.js;
    let args = match args {
        Some(args) if js.is_array(args) => Some(js.coerce_strings(args)?),
        Some(args) if !js.is_nullish(args) => return Err(Refusal::unreadable("arguments that are no array").into()),
        _ => None,
    };
    let cwd = match cwd {
        Some(cwd) if !js.is_nullish(cwd) => {
            Some(js.as_string(cwd).ok_or_else(|| Refusal::unreadable("a working directory that is no string"))?)
        }
        _ => None,
    };
    let pairs = match pairs {
        Some(pairs) if js.is_array(pairs) => js.coerce_strings(pairs)?,
        Some(pairs) if !js.is_nullish(pairs) => {
            return Err(Refusal::unreadable("an environment that is no array").into());
        }
        _ => own_environment(question.thread)?,
    };
    let arguments = args.as_deref().and_then(|args| args.get(1..)).unwrap_or_default();
    let found = check(question, file, arguments, cwd.as_deref(), &pairs)?;
    check_first(question, file, args.as_deref().unwrap_or_default(), found.is_some())?;
    let file = found.map(|found| js.string(&found)).transpose()?;
    let pairs = js.string_array(&handed_on(question, pairs)?)?;
    let args = args.map(|args| js.string_array(&args)).transpose()?;
    Ok(Started { file, args, pairs })
}

/// The variables of this thread. A worker has its own, and must not read those of the process.
fn own_environment(thread: &Thread) -> Result<Vec<String>, Failed> {
    let js = thread.js;
    pairs_of(js, thread.captured.env.get(js)?)?.ok_or(Failed)
}

/// The own variables of an environment as `NAME=value`, each read once. `None` if one is no string.
fn pairs_of(js: Js, env: Value) -> Result<Option<Vec<String>>, Failed> {
    let pair = |key: Value| -> Result<Option<String>, Failed> {
        let (name, value) = (js.as_string(key), js.as_string(js.get_key(env, key)?));
        Ok(name.zip(value).map(|(name, value)| format!("{name}={value}")))
    };
    js.own_enumerable_names(env)?.into_iter().map(pair).collect()
}

/// Refuses another first argument than the name of the program. A list grants a program under a name, and one of many
/// names, as busybox, does what its first argument says.
fn check_first(question: &Question<'_>, file: &str, args: &[String], by_list: bool) -> Result<(), Stop> {
    let last = file.rsplit('/').next().unwrap_or(file);
    match args.first().filter(|first| by_list && *first != file && *first != last) {
        Some(first) => Ok(question.thread.judge(Scope::Child, first, Policy::is_strict)?),
        None => Ok(()),
    }
}

/// The environment of a child, with what holds it.
fn handed_on(question: &Question<'_>, pairs: Vec<String>) -> Result<Vec<String>, Stop> {
    let given = pairs.iter().filter_map(|pair| pair.strip_prefix("NODE_OPTIONS=")).next_back().unwrap_or_default();
    let words =
        inherit::words_of(given.as_bytes()).map_err(|_| Refusal::of(Scope::Child, &format!("NODE_OPTIONS={given}")))?;
    question.thread.judge_options(Scope::Child, || options::read(&words))?;
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
    let pairs = match question.arg(2) {
        // What Node itself takes from it: its own names, each read once. `process.env` inherits what is no variable.
        Some(env) if js.is_object(env) => {
            pairs_of(js, env)?.ok_or_else(|| Refusal::unreadable("an environment variable that is no string"))?
        }
        _ => own_environment(question.thread)?,
    };
    // It looks nothing up in PATH: a bare word is a file of the working directory.
    let place = if file.contains('/') { file.clone() } else { format!("./{file}") };
    let found = check(question, &place, args.get(1..).unwrap_or_default(), None, &pairs)?;
    // Nothing of this process is left to write it later.
    log::flush();
    let env = question.thread.bare()?;
    for pair in handed_on(question, pairs)? {
        if let Some((name, value)) = pair.split_once('=') {
            let value = js.string(value)?;
            js.define(env, name, value, ORDINARY)?;
        }
    }
    check_first(question, &file, &args, found.is_some())?;
    let list = js.string_array(&args)?;
    let file = match found {
        Some(found) => js.string(&found)?,
        None => question.arg(0).ok_or(Failed)?,
    };
    if question.call.count() >= 3 {
        question.replace(0, file)?;
        question.replace(1, list)?;
        return question.replace(2, env);
    }
    question.replace_all(vec![file, list, env]);
    Ok(())
}

/// Asks for a program. Where programs are told apart, it is asked under the name it was given and under what that leads
/// to, and the answer is what was found: the original starts that and looks nothing up again.
fn check(
    question: &Question<'_>,
    file: &str,
    args: &[String],
    cwd: Option<&str>,
    pairs: &[String],
) -> Result<Option<String>, Stop> {
    let thread = question.thread;
    let from = || {
        let here = files::working_directory()?;
        Some(cwd.map_or_else(|| here.clone(), |cwd| files::within(&here, cwd.as_bytes())))
    };
    let in_path = |word: &str| {
        // The system takes the first PATH that it finds.
        let path = pairs.iter().find_map(|pair| pair.strip_prefix("PATH="));
        files::found_in_path(word, path.map(str::as_bytes), from)
    };
    let found = if file.contains('/') {
        let place = from().map(|from| files::within(&from, file.as_bytes()));
        Some(place.ok_or_else(|| Refusal::of(Scope::Child, file))?)
    } else {
        in_path(file)
    };
    check_node(thread, file, found.as_deref(), args, &in_path)?;
    let any = |policy: &Policy| policy.has(Scope::Child, &Resource::Nothing);
    let policy = thread.held.policy().clone();
    if any(&policy) && policy.reported().as_ref().is_none_or(any) {
        let resource = Resource::Program { file, real: None, arguments: args };
        return thread.check(Scope::Child, &resource, file).map(|()| None).map_err(Stop::from);
    }
    let name = match &found {
        Some(place) if file.contains('/') => {
            let name = files::absolute(place).and_then(|name| String::from_utf8(name).ok());
            name.ok_or_else(|| Refusal::of(Scope::Child, file))?
        }
        _ => file.to_owned(),
    };
    let real = match &found {
        Some(found) => match thread.real(found, Last::Followed).and_then(|real| String::from_utf8(real).ok()) {
            Some(real) => Some(real),
            None => return Err(Refusal::of(Scope::Child, file).into()),
        },
        None => None,
    };
    let resource = Resource::Program { file: &name, real: real.as_deref(), arguments: args };
    thread.check(Scope::Child, &resource, file)?;
    Ok(found.and_then(|found| String::from_utf8(found).ok()))
}

/// Refuses what permit would not hold although it is Node: one that takes nothing from `NODE_OPTIONS`, and one that is given
/// options that open something by themselves.
fn check_node(
    thread: &Thread,
    file: &str,
    found: Option<&[u8]>,
    args: &[String],
    in_path: &impl Fn(&str) -> Option<Vec<u8>>,
) -> Result<(), Stop> {
    let program = |place: &[u8]| {
        executable::program(files::path_of(place), |word| {
            in_path(word.to_str()?).map(|found| files::path_of(&found).to_owned())
        })
    };
    let Some(found) = found else { return Ok(()) };
    let started = program(found);
    if started.ignores_options {
        let refusal = || Refusal {
            message: format!(
                "Access to this API has been restricted: {file} is a Node with rights of its own (a setuid bit or file \
                 capabilities), which takes no preload from NODE_OPTIONS"
            ),
            ..Refusal::of(Scope::Child, file)
        };
        thread.judge_as(|policy| if policy.is_strict() { Err(Box::new(refusal())) } else { Ok(()) })?;
    }
    if started.is_node {
        if started.is_script {
            return Ok(());
        }
        return Ok(thread.judge_options(Scope::Child, || options::read(args))?);
    }
    // What `exec` and `shell: true` start is the text of a shell.
    let Some(text) = shell_text(file, args) else { return Ok(()) };
    let words = words_of_shell(text);
    for (at, word) in words.iter().enumerate() {
        let place = if word.contains('/') { Some(word.clone().into_bytes()) } else { in_path(word) };
        if place.is_some_and(|place| program(&place) == NODE) {
            thread.judge_options(Scope::Child, || options::read(&words[at + 1..]).into_iter().filter(|it| it.early))?;
        }
    }
    Ok(())
}

/// Node itself, which takes what permit gives it.
const NODE: Program = Program { is_node: true, is_script: false, ignores_options: false };

/// The text that a shell is started with.
fn shell_text<'a>(file: &str, args: &'a [String]) -> Option<&'a str> {
    const SHELLS: [&str; 6] = ["sh", "bash", "dash", "zsh", "ksh", "ash"];
    let name = file.rsplit('/').next().unwrap_or(file);
    let at = args.iter().position(|arg| arg.starts_with('-') && !arg.starts_with("--") && arg.ends_with('c'))?;
    args.get(at + 1).map(String::as_str).filter(|_| SHELLS.contains(&name))
}

/// The words of a shell's text. It is no shell: what a shell computes it does not see.
fn words_of_shell(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in text.chars() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '"' | '\'') => {
                word.get_or_insert_default();
                quote = Some(c);
            }
            (None, ' ' | '\t' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>' | '`') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}
