//! Guards of programs that a call starts. The guard copies the options, so that the program that
//! starts is the one that was asked about. The environment of the child carries the preload by its
//! absolute path, and the policy in its present state.

use std::ffi::OsStr;

use super::signals;
use crate::audit::log;
use crate::hooks::question::{Question, Stop};
use crate::hooks::tables::row::Use;
use crate::js::env::Env;
use crate::js::value::{JsError, Value};
use crate::policy::interpreters::{Interpreter, interpreter};
use crate::policy::links::LastLink;
use crate::policy::{Policy, Resource, Scope};
use crate::process::executable::{Ids, Program};
use crate::process::options;
use crate::process::{executable, inherit, node_options, origin};
use crate::system::files;
use crate::thread::refusal::Refusal;
use crate::thread::thread::Thread;

/// Guards `spawn(options)` of the bindings, and `spawn(file, args, cwd, envPairs, …)` of
/// `process_wrap` since Node 26.
pub fn ask(question: &mut Question<'_>, arg: usize) -> Result<(), Stop> {
    let env = question.call.env;
    let Some(given) = question.arg(arg) else { return Err(no_program()) };
    if let Some(file) = env.as_string(given) {
        let [args, cwd, pairs, user, group] = [1, 2, 3, 6, 7].map(|at| question.arg(arg + at));
        let ids = ids_of(env, user, group);
        let stdio = question.arg(arg + 4);
        let started = checked(question, &file, Given { args, cwd, pairs, ids, stdio })?;
        if let Some(file) = started.file {
            question.replace(arg, file)?;
        }
        if let Some(args) = started.args {
            question.replace(arg + 1, args)?;
        }
        if let Some(stdio) = started.stdio {
            question.replace(arg + 4, stdio)?;
        }
        return question.replace(arg + 3, started.pairs);
    }
    if !env.is_object(given) {
        return Err(no_program());
    }
    let options = question.thread.primordials.plain_copy(given)?;
    if env.as_i32(env.get(options, "killSignal")?) == Some(signals::OPENS_DEBUGGER) {
        question.whole(Scope::Inspector, "killSignal: 'SIGUSR1'")?;
    }
    let Some(file) = env.as_string(env.get(options, "file")?) else { return Err(no_program()) };
    let [args, cwd, pairs, user, group] =
        ["args", "cwd", "envPairs", "uid", "gid"].map(|name| env.get(options, name).ok());
    let ids = ids_of(env, user, group);
    let stdio = Some(env.get(options, "stdio")?);
    let started = checked(question, &file, Given { args, cwd, pairs, ids, stdio })?;
    if let Some(file) = started.file {
        env.put(options, "file", file)?;
    }
    if let Some(args) = started.args {
        env.put(options, "args", args)?;
    }
    env.put(options, "envPairs", started.pairs)?;
    if let Some(stdio) = started.stdio {
        env.put(options, "stdio", stdio)?;
    }
    question.replace(arg, options)
}

/// The first descriptors of a child.
#[derive(Default)]
struct HandedOn<'env> {
    /// A copy of the list, if the call has one.
    list: Option<Value<'env>>,
    /// The numbers of the pipes that Node makes for the child.
    pipes: Vec<usize>,
    /// The descriptors of this process in the list.
    descriptors: Vec<i32>,
}

/// Reads the first descriptors of a child, each entry once.
fn handed_descriptors<'a>(question: &Question<'a>, stdio: Option<Value<'_>>) -> Result<HandedOn<'a>, Stop> {
    let env = question.call.env;
    let Some(stdio) = stdio.filter(|stdio| !env.is_nullish(*stdio)) else { return Ok(HandedOn::default()) };
    if !env.is_array(stdio) {
        return Err(Refusal::unreadable("descriptors for a child that are no array").into());
    }
    let (mut list, mut pipes, mut descriptors) = (Vec::new(), Vec::new(), Vec::new());
    for at in 0..env.length(stdio)? {
        let entry = env.element(stdio, at)?;
        if !env.is_object(entry) {
            list.push(entry);
            continue;
        }
        let entry = question.thread.primordials.plain_copy(entry)?;
        // The original converts any value to a number.
        let descriptor = env.get(entry, "fd")?;
        if !env.is_undefined(descriptor) {
            let descriptor = env.coerce_to_i32(descriptor)?;
            env.put(entry, "fd", env.number(f64::from(descriptor))?)?;
            descriptors.push(descriptor);
        }
        if matches!(env.as_string(env.get(entry, "type")?).as_deref(), Some("pipe" | "overlapped")) {
            pipes.push(list.len());
        }
        list.push(entry);
    }
    Ok(HandedOn { list: Some(env.array(&list)?), pipes, descriptors })
}

/// The arguments with which the original starts the program, in place of its own.
struct Started<'env> {
    /// The path that was found under the program's name, where the original must not search again.
    file: Option<Value<'env>>,
    args: Option<Value<'env>>,
    pairs: Value<'env>,
    stdio: Option<Value<'env>>,
}

fn no_program() -> Stop {
    Refusal::unreadable("a program that is no string").into()
}

/// How a program is started.
#[derive(Clone, Copy)]
struct Given<'env> {
    args: Option<Value<'env>>,
    cwd: Option<Value<'env>>,
    pairs: Option<Value<'env>>,
    ids: Ids,
    stdio: Option<Value<'env>>,
}

/// The ids under which a child starts.
fn ids_of(env: Env<'_>, user: Option<Value<'_>>, group: Option<Value<'_>>) -> Ids {
    let number = |value: Option<Value<'_>>| value.and_then(|value| env.as_u32(value));
    Ids::of_process().changed(number(user), number(group))
}

/// Asks about a program with its arguments. Returns copies of the arguments and of the environment.
/// The environment has permit's preload and policy.
fn checked<'a>(question: &Question<'a>, file: &str, given: Given<'_>) -> Result<Started<'a>, Stop> {
    let env = question.call.env;
    let Given { args, cwd, pairs, ids, stdio } = given;
    let args = match args {
        Some(args) if env.is_array(args) => Some(env.coerce_strings(args)?),
        Some(args) if !env.is_nullish(args) => return Err(Refusal::unreadable("arguments that are no array").into()),
        _ => None,
    };
    let cwd = match cwd {
        Some(cwd) if !env.is_nullish(cwd) => {
            Some(env.as_string(cwd).ok_or_else(|| Refusal::unreadable("a working directory that is no string"))?)
        }
        _ => None,
    };
    let pairs = match pairs {
        Some(pairs) if env.is_array(pairs) => env.coerce_strings(pairs)?,
        Some(pairs) if !env.is_nullish(pairs) => {
            return Err(Refusal::unreadable("an environment that is no array").into());
        }
        _ => own_environment(question.thread)?,
    };
    let texts = args.iter().flatten().chain(&pairs).map(String::as_str).chain(cwd.as_deref());
    if texts.chain([file]).any(|text| text.contains('\0')) {
        // The system reads the text only up to the NUL.
        return Err(Refusal::unreadable("a NUL in what it starts a program with").into());
    }
    let HandedOn { list: stdio, pipes, descriptors } = handed_descriptors(question, stdio)?;
    // All arguments are read. The decisions begin here.
    for descriptor in descriptors {
        question.descriptor_may(descriptor, Use::HandOn)?;
    }
    let arguments = args.as_deref().and_then(|args| args.get(1..)).unwrap_or_default();
    let asked = Asked { file, args: arguments, pairs: &pairs, folder: folder_of(cwd.as_deref()), ids };
    let found = check(question, &asked)?;
    check_first(question, file, args.as_deref().unwrap_or_default(), &found)?;
    let file = found.file.map(|found| env.string(&found)).transpose()?;
    let folder = asked.folder;
    let pairs = without_channel(pairs, &pipes);
    let pairs = env.string_array(&handed_on(question, pairs, folder.as_deref())?)?;
    let args = args.map(|args| env.string_array(&args)).transpose()?;
    Ok(Started { file, args, pairs, stdio })
}

/// Removes a channel from an environment unless Node makes a pipe for it. Node opens the descriptor
/// that the variable names before any preload. That number may belong to a pipe of the event loop.
fn without_channel(mut pairs: Vec<String>, pipes: &[usize]) -> Vec<String> {
    let is_made = |number: &str| number.parse().is_ok_and(|number| pipes.contains(&number));
    pairs.retain(|pair| pair.strip_prefix("NODE_CHANNEL_FD=").is_none_or(is_made));
    pairs
}

/// Returns the variables of this thread. A worker has its own, and must not read those of the
/// process.
fn own_environment(thread: &Thread) -> Result<Vec<String>, JsError> {
    let env = thread.env();
    pairs_of(env, thread.primordials.env.get(env)?)?.ok_or(JsError)
}

/// Returns the own variables of an environment as `NAME=value`, each read once. `None` if a value
/// is no string.
fn pairs_of(env: Env<'_>, variables: Value<'_>) -> Result<Option<Vec<String>>, JsError> {
    let pair = |key: Value| -> Result<Option<String>, JsError> {
        let (name, value) = (env.as_string(key), env.as_string(env.get_key(variables, key)?));
        Ok(name.zip(value).map(|(name, value)| format!("{name}={value}")))
    };
    env.own_enumerable_names(variables)?.into_iter().map(pair).collect()
}

/// Refuses a first argument other than the name of the program. A list grants a program under one
/// name. A program with many names, as busybox, does what its first argument says. Node ignores the
/// first argument.
fn check_first(question: &Question<'_>, file: &str, args: &[String], found: &Found) -> Result<(), Stop> {
    let last = file.rsplit('/').next().unwrap_or(file);
    let counts = found.by_list && !found.is_node;
    match args.first().filter(|first| counts && *first != file && *first != last) {
        Some(first) => Ok(question.thread.enforce(Scope::Child, first, Policy::is_strict)?),
        None => Ok(()),
    }
}

/// Returns the environment of a child, with permit's preload and policy.
fn handed_on(question: &Question<'_>, pairs: Vec<String>, folder: Option<&[u8]>) -> Result<Vec<String>, Stop> {
    let given = pairs.iter().filter_map(|pair| pair.strip_prefix("NODE_OPTIONS=")).next_back().unwrap_or_default();
    // The decision is about the options that Node gets.
    let options = node_options::with_preload(given);
    let words = node_options::words_of(options.as_bytes())
        .map_err(|_| Refusal::of(Scope::Child, &format!("NODE_OPTIONS={given}")))?;
    question.thread.enforce_options(Scope::Child, folder, || options::read(&words))?;
    let policy = question.thread.policy();
    inherit::environment(pairs, &options, &policy, folder)
        .map_err(|error| Refusal::of(Scope::Child, &error.to_string()).into())
}

/// Guards `process.execve(file, args, env)`.
pub fn ask_exec(question: &mut Question<'_>) -> Result<(), Stop> {
    let env = question.call.env;
    // The original throws for a file that is no string.
    let Some(file) = question.arg(0).and_then(|value| env.as_string(value)) else { return Ok(()) };
    let args = match question.arg(1) {
        Some(args) if env.is_array(args) => env.coerce_strings(args)?,
        _ => Vec::new(),
    };
    let pairs = match question.arg(2) {
        // Like Node, this takes the object's own names and reads each once. `process.env` inherits
        // properties that are no variables.
        Some(variables) if env.is_object(variables) => {
            pairs_of(env, variables)?.ok_or_else(|| Refusal::unreadable("an environment variable that is no string"))?
        }
        _ => own_environment(question.thread)?,
    };
    if args.iter().chain(&pairs).chain([&file]).any(|text| text.contains('\0')) {
        return Err(Refusal::unreadable("a NUL in what it starts a program with").into());
    }
    // `execve` searches no PATH. A bare word is a file of the working directory.
    let place = if file.contains('/') { file.clone() } else { format!("./{file}") };
    let arguments = args.get(1..).unwrap_or_default();
    let asked = Asked { file: &place, args: arguments, pairs: &pairs, folder: folder_of(None), ids: Ids::of_process() };
    let found = check(question, &asked)?;
    let folder = asked.folder;
    let pairs = without_channel(pairs, &[]);
    // After the call, no code of this process is left to write the log.
    log::flush();
    let variables = env.string_array(&handed_on(question, pairs, folder.as_deref())?)?;
    check_first(question, &file, &args, &found)?;
    let list = env.string_array(&args)?;
    let file = match found.file {
        Some(found) => env.string(&found)?,
        None => env.string(&file)?,
    };
    // The stand-in of the original takes the environment as an array (`execve.js`).
    question.replace_all(vec![file, list, variables]);
    Ok(())
}

/// A program that a call wants to start.
struct Asked<'a> {
    file: &'a str,
    args: &'a [String],
    pairs: &'a [String],
    /// Its working directory, if it is known.
    folder: Option<Vec<u8>>,
    ids: Ids,
}

/// The result of the search for a program.
struct Found {
    /// The path of the program. The original gets it, because it would search again.
    file: Option<String>,
    /// True if a list decides which programs start.
    by_list: bool,
    is_node: bool,
}

/// Returns the working directory of a child.
fn folder_of(cwd: Option<&str>) -> Option<Vec<u8>> {
    let here = files::working_directory()?;
    Some(cwd.map_or_else(|| here.clone(), |cwd| files::within(&here, cwd.as_bytes())))
}

impl Asked<'_> {
    /// Returns the file that a bare word means for the child.
    fn in_path(&self, word: &str) -> Option<Vec<u8>> {
        // The system takes the first PATH in the environment.
        let path = self.pairs.iter().find_map(|pair| pair.strip_prefix("PATH="));
        files::found_in_path(word, path.map(str::as_bytes), || self.folder.clone())
    }

    fn program(&self, place: &[u8]) -> Program {
        let find = |word: &OsStr| self.in_path(word.to_str()?).map(|found| files::path_of(&found).to_owned());
        executable::program(files::path_of(place), self.ids, find)
    }
}

/// Asks about a program. If the policy tells programs apart, the question has the given name and
/// the path to which it leads.
fn check(question: &Question<'_>, asked: &Asked<'_>) -> Result<Found, Stop> {
    let thread = question.thread;
    let &Asked { file, args, .. } = asked;
    let found = if file.contains('/') {
        let place = asked.folder.as_ref().map(|folder| files::within(folder, file.as_bytes()));
        Some(place.ok_or_else(|| Refusal::of(Scope::Child, file))?)
    } else {
        asked.in_path(file)
    };
    let any = |policy: &Policy| policy.has(Scope::Child, &Resource::Nothing);
    let policy = thread.policy().clone();
    let by_list = !(any(&policy) && policy.reported().as_ref().is_none_or(any));
    if by_list {
        let name = match &found {
            Some(place) if file.contains('/') => {
                let name = files::absolute(place).and_then(|name| String::from_utf8(name).ok());
                name.ok_or_else(|| Refusal::of(Scope::Child, file))?
            }
            _ => file.to_owned(),
        };
        let real = match &found {
            Some(found) => {
                match thread.decisions.real_path(found, LastLink::Follow).and_then(|real| String::from_utf8(real).ok())
                {
                    Some(real) => Some(real),
                    None => return Err(Refusal::of(Scope::Child, file).into()),
                }
            }
            None => None,
        };
        let resource = Resource::Program { file: &name, real: real.as_deref(), arguments: args };
        thread.check(Scope::Child, &resource, file)?;
    } else {
        let resource = Resource::Program { file, real: None, arguments: args };
        thread.check(Scope::Child, &resource, file)?;
    }
    let Some(found) = found else { return Ok(Found { file: None, by_list, is_node: false }) };
    let program = asked.program(&found);
    check_node(thread, asked, &program, by_list)?;
    let is_node = program.is_node && program.script.is_none();
    // A script sees its name as `$0`. Without a list, only a name that was searched in PATH is
    // replaced.
    let file = if by_list || !file.contains('/') { String::from_utf8(found).ok() } else { None };
    Ok(Found { file, by_list, is_node })
}

/// Refuses a Node that permit could not guard: one that takes nothing from `NODE_OPTIONS`, and one
/// whose options open something by themselves.
fn check_node(thread: &Thread, asked: &Asked<'_>, program: &Program, by_list: bool) -> Result<(), Stop> {
    let folder = asked.folder.as_deref();
    if program.ignores_options {
        let refusal = || Refusal {
            message: format!(
                "Access to this API has been restricted: {} is a Node with rights of its own (a setuid bit, file \
                 capabilities, or another effective user or group), which takes no preload from NODE_OPTIONS",
                asked.file
            ),
            ..Refusal::of(Scope::Child, asked.file)
        };
        thread.refuse(|| Box::new(refusal()))?;
    }
    if let Some(script) = &program.script {
        // The list grants the script with the interpreter to which its name led at the start.
        if let Some(word) = script.looked_up.as_ref().and_then(|word| word.to_str()).filter(|_| by_list) {
            let real =
                |found: Option<Vec<u8>>| found.and_then(|found| thread.decisions.real_path(&found, LastLink::Follow));
            // Another user may be unable to read a folder of PATH in which this user finds the
            // interpreter.
            let is_same_user = asked.ids == Ids::of_process();
            if !is_same_user || real(asked.in_path(word)) != real(origin::found_at_start(word)) {
                let spelled = format!("{word}, which PATH leads elsewhere");
                thread.enforce(Scope::Child, &spelled, Policy::is_strict)?;
            }
        }
        return if program.is_node {
            let options = || options::read(&script.options).into_iter().chain(options::found_anywhere(asked.args));
            Ok(thread.enforce_options(Scope::Child, folder, options)?)
        } else {
            Ok(())
        };
    }
    if program.is_node {
        return Ok(thread.enforce_options(Scope::Child, folder, || options::read_all(asked.args))?);
    }
    // `exec` and `shell: true` run text in a shell.
    let Some(text) = shell_text(asked.file, asked.args) else { return Ok(()) };
    for command in commands_of_shell(text) {
        let Some((word, arguments)) = command.split_first() else { continue };
        let place = if word.contains('/') { Some(word.clone().into_bytes()) } else { asked.in_path(word) };
        if place.is_some_and(|place| asked.program(&place) == Program { is_node: true, ..Program::default() }) {
            let early = || options::read_all(arguments).into_iter().filter(|option| option.early);
            thread.enforce_options(Scope::Child, folder, early)?;
        }
    }
    Ok(())
}

/// Returns the text that a shell runs.
fn shell_text<'a>(file: &str, args: &'a [String]) -> Option<&'a str> {
    interpreter(file).filter(|(_, kind)| *kind == Interpreter::Shell)?;
    let at = args.iter().position(|arg| arg.starts_with('-') && !arg.starts_with("--") && arg.ends_with('c'))?;
    args.get(at + 1).map(String::as_str)
}

/// Returns the commands in the text of a shell, word by word. Assignments are left out, and so are
/// words that only start the next word. Words that the shell computes are not in the result.
fn commands_of_shell(text: &str) -> Vec<Vec<String>> {
    const BEFORE: [&str; 7] = ["command", "env", "exec", "nice", "nohup", "time", "!"];
    let mut commands: Vec<Vec<String>> = vec![Vec::new()];
    let mut word: Option<String> = None;
    let mut quote = None;
    let end_word = |word: &mut Option<String>, commands: &mut Vec<Vec<String>>| {
        let (Some(word), Some(command)) = (word.take(), commands.last_mut()) else { return };
        if !command.is_empty() || !(word.contains('=') || BEFORE.contains(&word.as_str())) {
            command.push(word);
        }
    };
    for c in text.chars() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '"' | '\'') => {
                word.get_or_insert_default();
                quote = Some(c);
            }
            (None, ' ' | '\t' | '<' | '>') => end_word(&mut word, &mut commands),
            (None, '\n' | ';' | '&' | '|' | '(' | ')' | '`' | '{' | '}') => {
                end_word(&mut word, &mut commands);
                commands.push(Vec::new());
            }
            _ => word.get_or_insert_default().push(c),
        }
    }
    end_word(&mut word, &mut commands);
    commands
}
