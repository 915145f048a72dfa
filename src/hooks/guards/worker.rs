//! Guards of worker and loader threads. Each thread gets permit as its first preload, whatever its
//! options say. It starts under the policy of the thread that makes it.

use crate::hooks::answer::throws;
use crate::hooks::question::{Question, Stop};
use crate::js::call::{Call, Native};
use crate::js::value::{JsError, NOTHING, Value};
use crate::policy::{Policy, Resource, Scope, shell_words};
use crate::process::threads::NewThread;
use crate::process::{node_options, options, origin, policy, threads, variables};
use crate::thread::errors;
use crate::thread::refusal::Refusal;
use crate::thread::thread::Thread;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::LazyLock;

/// Returns the key of permit's port in the data of the environment of a worker. No program can guess
/// it.
pub fn carrier() -> &'static str {
    static CARRIER: LazyLock<String> = LazyLock::new(|| {
        let random = || RandomState::new().build_hasher().finish();
        format!("permit:{:016x}{:016x}", random(), random())
    });
    &CARRIER
}

/// Guards `new Worker(file, options)`.
pub fn ask(question: &mut Question<'_>, file: usize, options: usize) -> Result<(), Stop> {
    let env = question.call.env;
    let thread = question.thread;
    let script = question.arg(file);
    let options = match question.arg(options) {
        Some(given) if env.is_object(given) => thread.primordials.plain_copy(given)?,
        _ => thread.primordials.bare()?,
    };
    // With `eval`, the text of the program is no name for a refusal.
    let is_text = env.as_bool(env.get(options, "eval")?) == Some(true);
    let spelled = script.filter(|_| !is_text).and_then(|value| env.as_string(value)).unwrap_or_default();
    // The URL is read once, here.
    let script = match script {
        Some(value) if env.is_object(value) => read_url(thread, value)?,
        Some(value) => value,
        None => env.undefined()?,
    };
    settle(thread, options)?;
    thread.check(Scope::Worker, &Resource::Nothing, &spelled)?;
    let exec_argv = guard_options(thread, options)?;
    let permission = env.get(options, "permission")?;
    let own = if env.is_undefined(permission) {
        None
    } else {
        env.delete_key(options, env.string("permission")?)?;
        Some(own_policy(thread, permission, script, is_text)?)
    };
    let given = given(thread, NewThread { policy: own, exec_argv })?;
    question.replace_all(vec![script, options, given]);
    Ok(())
}

/// Keeps the policy and the options of a new thread, and returns their number. While a thread is
/// being made, the program may make another.
fn given(thread: &Thread, given: NewThread) -> Result<Value<'_>, JsError> {
    let number = thread.new_threads.borrow_mut().add(given);
    thread.env().number(f64::from(number))
}

/// Returns the policy that `permission` spells, as the key of that name in a policy file does. The
/// worker's own script is readable, like the program of a process.
fn own_policy(thread: &Thread, permission: Value<'_>, script: Value<'_>, is_text: bool) -> Result<Policy, Stop> {
    let env = thread.env();
    let wrong = |reason: String| -> Stop {
        if let Ok(error) = env.type_error("ERR_INVALID_ARG_VALUE", &reason) {
            env.throw(error);
        }
        Stop::Threw
    };
    let text = env.call_plain(thread.primordials.stringify.get(env)?, &[permission])?;
    let text = env.as_string(text).ok_or_else(|| {
        wrong("The option 'permission' of a worker is an object, as the key \"permission\" of a policy file".to_owned())
    })?;
    let mut readable = Vec::new();
    if !is_text {
        let script = if env.is_object(script) { thread.primordials.path_of_url(script)? } else { script };
        readable.extend(env.as_string(script).map(String::into_bytes));
    }
    policy::policy_of_worker(&text, &readable).map_err(|error| wrong(error.to_string()))
}

/// Returns the script as a URL that Node made, whatever object named it.
fn read_url<'env>(thread: &'env Thread, url: Value<'env>) -> Result<Value<'env>, Stop> {
    let env = thread.env();
    let href = env.get(url, "href")?;
    if env.as_string(href).is_none() {
        return Ok(url);
    }
    let class = thread.primordials.url.get(env)?;
    Ok(env.construct(class, &[href])?)
}

/// Puts the preload first, by its absolute path. It stands in `env.NODE_OPTIONS`, which runs before
/// `execArgv`, and in `execArgv`.
///
/// With `SHARE_ENV`, the thread gets a copy as well. Another thread, or this one a moment later,
/// could change a shared environment before Node reads it. No thread gets a compile cache, because
/// it would load permit itself from the cache.
fn guard_options(thread: &Thread, options: Value<'_>) -> Result<Vec<String>, Stop> {
    let env = thread.env();
    let exec_argv = env.call_plain(thread.primordials.array_of.get(env)?, &[env.get(options, "execArgv")?])?;
    let variables = env.get(options, "env")?;
    let shares = env.same(variables, thread.primordials.share_env.get(env)?);
    let is_wrong = |value: Value<'_>, fits: bool| Ok::<_, JsError>(!fits && env.is_truthy(value)?);
    if is_wrong(exec_argv, env.is_array(exec_argv))? || is_wrong(variables, env.is_object(variables) || shares)? {
        // Node reports the mistake before it makes a thread.
        return Ok(Vec::new());
    }
    // Node treats `process.env` itself as no environment.
    let is_explicit = env.is_object(variables) && !env.same(variables, thread.primordials.env.get(env)?);
    let variables = is_explicit.then_some(variables);
    let given = if env.is_array(exec_argv) { Some(env.coerce_strings(exec_argv)?) } else { None };
    let guarded = guarded_options(thread, given, variables)?;
    env.put(options, "execArgv", guarded.exec_argv)?;
    env.put(options, "env", guarded.variables)?;
    Ok(guarded.words)
}

/// The options with which Node makes a thread that runs permit first.
struct GuardedOptions<'env> {
    exec_argv: Value<'env>,
    variables: Value<'env>,
    /// The words of `exec_argv` without the preload.
    words: Vec<String>,
}

/// Returns the options for a thread. Both are always given. Otherwise Node would look them up while
/// it makes the thread (`process.env`), and a program could change them before.
fn guarded_options<'env>(
    thread: &'env Thread,
    exec_argv: Option<Vec<String>>,
    variables: Option<Value<'env>>,
) -> Result<GuardedOptions<'env>, Stop> {
    let env = thread.env();
    let own = thread.primordials.env.get(env)?;
    // Node gives a thread its own parsed options, unless the caller names an environment or
    // arguments.
    let is_default = exec_argv.is_none() && variables.is_none();
    let copy = environment_of(thread, variables.unwrap_or(own))?;
    check_written(thread, copy)?;
    let before = env.get(copy, "NODE_OPTIONS")?;
    let before = if env.is_nullish(before) { String::new() } else { env.coerce_to_string(before)? };
    let words = match exec_argv {
        Some(given) => node_options::without_preload(given),
        None if is_default => fit(thread, node_options::without_preload(thread.exec_argv.clone()))?,
        // As in Node, an environment alone replaces the parsed options.
        None => Vec::new(),
    };
    // A worker takes as many words as it can of those that Node took from the variable at start.
    // Words that the program has set itself stay as they are.
    let variable = if node_options::is_variable_of_start(&before) {
        shell_words::join(&fit(thread, node_options::variable_words())?)
    } else {
        before
    };
    // The decision is about the options that Node gets.
    let exec_argv = [vec!["-r".to_owned(), origin::preload()], words.clone()].concat();
    let variable = node_options::with_preload(&variable);
    let given = node_options::words_of(variable.as_bytes()).map_err(|_| Refusal::of(Scope::Worker, &variable))?;
    check_options(thread, &given)?;
    check_options(thread, &exec_argv)?;
    env.put(copy, "NODE_OPTIONS", env.string(&variable)?)?;
    Ok(GuardedOptions { exec_argv: env.string_array(&exec_argv)?, variables: copy, words })
}

/// Refuses options that open something, unless the operator gave them.
fn check_options(thread: &Thread, words: &[String]) -> Result<(), Stop> {
    // Node would start a loader thread by itself, and no guard would ask about it.
    let options = || options::read(words).into_iter();
    let loader = options().find(|option| option.opens == options::Opens::Loader);
    if let Some(loader) = loader.filter(|_| !origin::has_loader()) {
        thread.refuse(|| Refusal::of_option(Scope::Worker, &loader))?;
    }
    Ok(thread.enforce_options(Scope::Worker, None, options)?)
}

/// Refuses an environment in which a variable has the thread write files that the program may not
/// write.
fn check_written(thread: &Thread, variables: Value<'_>) -> Result<(), Stop> {
    let env = thread.env();
    for name in variables::WRITTEN {
        if !env.has_own(variables, name)? {
            continue;
        }
        let given = env.get(variables, name)?;
        let value = env.coerce_to_string(given)?;
        // Node would convert the value again, and might get another text.
        if !env.is_string(given) {
            env.put(variables, name, env.string(&value)?)?;
        }
        let spelled = format!("{name}={value}");
        thread.enforce(Scope::Worker, &spelled, |policy| origin::is_opened(name, &value, policy, None))?;
    }
    Ok(())
}

/// Returns the words that Node takes as options of a worker, in their order. Node itself names the
/// words that it does not take.
fn fit(thread: &Thread, mut words: Vec<String>) -> Result<Vec<String>, Stop> {
    /// A word that no Node takes. With it in the list, Node makes no thread when it is asked.
    const NO_OPTION: &str = "--permit";
    let env = thread.env();
    let unfit = thread.unfit.get().ok_or(JsError)?.get(env)?;
    while !words.is_empty() {
        let asked = [words.clone(), vec![NO_OPTION.to_owned()]].concat();
        let answer = env.call_plain(unfit, &[env.string_array(&asked)?])?;
        let unfit = if env.is_array(answer) { env.coerce_strings(answer)? } else { Vec::new() };
        let before = words.len();
        let mut kept = Vec::with_capacity(before);
        let mut takes_value = false;
        for word in words {
            let is_value = takes_value && !word.starts_with('-');
            takes_value = unfit.contains(&word);
            if !takes_value && !is_value {
                kept.push(word);
            }
        }
        words = kept;
        if words.len() == before {
            // Node stops at a word that is no option. Its list of words is incomplete then.
            let all_read = unfit.iter().any(|word| word == NO_OPTION);
            return if all_read {
                Ok(words)
            } else {
                Err(Refusal::unreadable("options of Node that no worker takes").into())
            };
        }
    }
    Ok(words)
}

/// Returns a copy of an environment. Like Node, this takes the object's own names and reads each
/// once. `process.env` inherits properties that are no variables. Node crashes on a variable with
/// an empty name.
fn environment_of<'env>(thread: &'env Thread, variables: Value<'env>) -> Result<Value<'env>, JsError> {
    let env = thread.env();
    let copy = thread.primordials.bare()?;
    for key in env.own_enumerable_names(variables)? {
        let name = env.as_string(key).unwrap_or_default();
        if !name.is_empty() && name != variables::COMPILE_CACHE {
            env.put_key(copy, key, env.get_key(variables, key)?)?;
        }
    }
    Ok(copy)
}

/// Reads and converts options that the constructor would read and convert later.
fn settle(thread: &Thread, options: Value<'_>) -> Result<(), JsError> {
    let env = thread.env();
    let argv = env.call_plain(thread.primordials.array_of.get(env)?, &[env.get(options, "argv")?])?;
    if env.is_array(argv) {
        env.put(options, "argv", env.string_array(&env.coerce_strings(argv)?)?)?;
    }
    let limits = env.get(options, "resourceLimits")?;
    if env.is_object(limits) {
        env.put(options, "resourceLimits", thread.primordials.plain_copy(limits)?)?;
    }
    Ok(())
}

/// Guards `module.register(specifier, parentURL, options)`. The stand-in gets the arguments, and
/// the options with which Node must make the loader thread. Names are converted here, so that no
/// code of the program runs while Node makes the thread.
pub fn ask_loader(question: &mut Question<'_>) -> Result<(), Stop> {
    let env = question.call.env;
    let thread = question.thread;
    let mut args = Vec::new();
    for value in question.call.args() {
        args.push(if !env.is_object(*value) {
            *value
        } else if env.as_string(env.get(*value, "href")?).is_some() {
            env.get(*value, "href")?
        } else {
            let options = thread.primordials.plain_copy(*value)?;
            let parent = env.get(options, "parentURL")?;
            if env.is_object(parent) {
                env.put(options, "parentURL", env.get(parent, "href")?)?;
            }
            options
        });
    }
    let options = thread.primordials.bare()?;
    let guarded = guarded_options(thread, None, None)?;
    env.put(options, "execArgv", guarded.exec_argv)?;
    env.put(options, "env", guarded.variables)?;
    let args = env.array(&args)?;
    let given = given(thread, NewThread { policy: None, exec_argv: guarded.words })?;
    question.replace_all(vec![args, options, given]);
    Ok(())
}

/// The native function `starting` of `worker.js`. The stand-in of `startThread` passes three
/// values: whether permit made the thread, the number of the thread, and the number of its policy
/// and options.
pub struct Starting;

impl Native for Starting {
    type Data = Thread;

    fn run<'env>(call: &'env Call<'env>, thread: &'static Thread) -> Value<'env> {
        let env = call.env;
        let allowed = call.arg(0).and_then(|value| env.as_bool(value)).unwrap_or(false);
        // Node makes the loader thread of `--loader` by itself, with the options of this thread.
        let inherited =
            || NewThread { policy: None, exec_argv: node_options::without_preload(thread.exec_argv.clone()) };
        let given = || match call.arg(2).and_then(|value| env.as_u32(value)) {
            Some(number) => thread.new_threads.borrow_mut().take(number),
            None => Some(inherited()),
        };
        match call.arg(1).and_then(|value| env.as_u32(value)) {
            Some(number)
                if allowed
                    && given()
                        .is_some_and(|given| threads::register(number, thread.decisions.thread_policy(), given)) =>
            {
                thread.primordials.go()
            }
            // Without an answer, the stand-in throws an error of its own.
            _ => errors::refused(thread, &Refusal::of(Scope::Worker, ""))
                .and_then(|error| throws(env, error))
                .unwrap_or(NOTHING),
        }
    }
}

/// Stands in the place of the constructor of the internal class, and refuses.
pub struct Refuse;

impl Native for Refuse {
    type Data = Thread;

    fn run<'env>(_: &'env Call<'env>, thread: &'static Thread) -> Value<'env> {
        if let Ok(error) = errors::refused(thread, &Refusal::of(Scope::Worker, "")) {
            thread.env().throw(error);
        }
        NOTHING
    }
}

/// The script that makes the stand-ins.
pub const STAND_INS: &str = include_str!("worker.js");
