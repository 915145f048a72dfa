//! Worker and loader threads: each gets permit as its first preload, whatever the options say, and starts under
//! the policy of the thread that makes it.

use super::ask::{Question, Stop};
use super::deliver;
use super::node_options;
use super::refusal::Refusal;
use super::thread::Thread;
use crate::addon::js::{Call, Failed, ORDINARY, Value};
use crate::addon::{inherit, sources, threads, writers};
use crate::policy::{Policy, Resource, Scope};

/// `new Worker(file, options)`.
pub fn ask(question: &mut Question<'_>, file: usize, options: usize) -> Result<(), Stop> {
    let js = question.call.js;
    let thread = question.thread;
    let script = question.arg(file);
    let options = match question.arg(options) {
        Some(given) if js.is_object(given) => thread.plain_copy(given)?,
        _ => thread.bare()?,
    };
    // The text of a program is no name for it.
    let is_text = js.as_bool(js.get(options, "eval")?) == Some(true);
    let spelled = script.filter(|_| !is_text).and_then(|value| js.as_string(value)).unwrap_or_default();
    thread.check(Scope::Worker, &Resource::Nothing, &spelled)?;
    guard_options(thread, options)?;
    // A URL is read once, here.
    let script = match script {
        Some(value) if js.is_object(value) => read_url(thread, value)?,
        Some(value) => value,
        None => js.undefined()?,
    };
    let permission = js.get(options, "permission")?;
    let own = if js.is_undefined(permission) {
        None
    } else {
        js.delete_key(options, js.string("permission")?)?;
        Some(own_policy(thread, permission, script, is_text)?)
    };
    thread.starts_with.replace(own);
    question.replace_all(vec![script, options]);
    Ok(())
}

/// The policy that `permission` spells, as the key of that name in a policy file does. The worker's own script may be read,
/// as the program of a process may.
fn own_policy(thread: &Thread, permission: Value, script: Value, is_text: bool) -> Result<Policy, Stop> {
    let js = thread.js;
    let wrong = |reason: String| -> Stop {
        if let Ok(error) = js.type_error("ERR_INVALID_ARG_VALUE", &reason) {
            js.throw(error);
        }
        Stop::Threw
    };
    let text = js.call(js.undefined()?, thread.captured.stringify.get(js)?, &[permission])?;
    let text = js.as_string(text).ok_or_else(|| {
        wrong("The option 'permission' of a worker is an object, as the key \"permission\" of a policy file".to_owned())
    })?;
    let mut readable = Vec::new();
    if !is_text {
        let script = if js.is_object(script) { thread.path_of_url(script)? } else { script };
        readable.extend(js.as_string(script).map(String::into_bytes));
    }
    sources::policy_of_worker(&text, &readable).map_err(wrong)
}

/// The script as a URL of Node's own making, whatever object named it.
fn read_url(thread: &Thread, url: Value) -> Result<Value, Stop> {
    let js = thread.js;
    let href = js.get(url, "href")?;
    if js.as_string(href).is_none() {
        return Ok(url);
    }
    let class = thread.captured.url.get(js)?;
    Ok(js.construct(class, &[href])?)
}

/// Puts the preload first, in `env.NODE_OPTIONS` (which runs before `execArgv`) and in `execArgv`. Where neither is
/// given, the thread inherits the parsed options of this one, and the preload is among them.
///
/// `SHARE_ENV` gives a copy as well: what Node reads in an environment that is shared, another thread, or this one a moment
/// later, could change in between. And no thread is told of a compile cache: it would take permit itself from there.
fn guard_options(thread: &Thread, options: Value) -> Result<(), Stop> {
    let js = thread.js;
    settle(thread, options)?;
    let exec_argv = js.get(options, "execArgv")?;
    let env = js.get(options, "env")?;
    let shared = js.same(env, thread.captured.share_env.get(js)?);
    let explicit = js.is_object(env);
    let own = thread.captured.env.get(js)?;
    let is_cached = !js.is_nullish(js.get(own, writers::COMPILE_CACHE)?);
    if js.is_array(exec_argv) {
        let given = js.coerce_strings(exec_argv)?;
        node_options::check(thread, &given)?;
        let flags = [vec!["-r".to_owned(), inherit::preload()], given].concat();
        js.define(options, "execArgv", js.string_array(&flags)?, ORDINARY)?;
    } else if !explicit && !shared && !is_cached && inherit::preload_is_inherited() {
        return Ok(());
    }
    let copy = environment_of(thread, if explicit { env } else { own })?;
    let before = js.get(copy, "NODE_OPTIONS")?;
    let before = if js.is_nullish(before) { String::new() } else { js.coerce_to_string(before)? };
    node_options::check_text(thread, &before)?;
    js.define(copy, "NODE_OPTIONS", js.string(&inherit::node_options(&before))?, ORDINARY)?;
    js.define(options, "env", copy, ORDINARY)?;
    Ok(())
}

/// What Node itself takes from an environment: its own names, each read once. `process.env` inherits what is no variable.
fn environment_of(thread: &Thread, env: Value) -> Result<Value, Failed> {
    let js = thread.js;
    let copy = thread.bare()?;
    for key in js.own_enumerable_names(env)? {
        if js.as_string(key).as_deref() != Some(writers::COMPILE_CACHE) {
            js.define_key(copy, key, js.get_key(env, key)?, ORDINARY)?;
        }
    }
    Ok(copy)
}

/// Reads now what the constructor would read, and convert, while it is at work.
fn settle(thread: &Thread, options: Value) -> Result<(), Failed> {
    let js = thread.js;
    let argv = js.get(options, "argv")?;
    if js.is_array(argv) {
        js.define(options, "argv", js.string_array(&js.coerce_strings(argv)?)?, ORDINARY)?;
    }
    let limits = js.get(options, "resourceLimits")?;
    if js.is_object(limits) {
        js.define(options, "resourceLimits", thread.plain_copy(limits)?, ORDINARY)?;
    }
    Ok(())
}

/// `module.register(specifier, parentURL, options)`: its thread gets the preloads of `-r`, not those of `--import`.
/// Names are converted here, so that no code of the program runs while the thread is made.
pub fn ask_loader(question: &mut Question<'_>) -> Result<(), Stop> {
    let js = question.call.js;
    let thread = question.thread;
    if !inherit::preload_is_inherited() {
        return Err(Refusal::of(
            Scope::Worker,
            "module.register: --import does not reach its thread, preload permit with -r",
        )
        .into());
    }
    // The thread gets the environment as it is now.
    if !js.is_nullish(js.get(thread.captured.env.get(js)?, writers::COMPILE_CACHE)?) {
        let resource = format!("module.register: {} is set", writers::COMPILE_CACHE);
        return Err(Refusal::of(Scope::Worker, &resource).into());
    }
    let mut args = Vec::new();
    for value in question.call.args() {
        args.push(if !js.is_object(*value) {
            *value
        } else if js.as_string(js.get(*value, "href")?).is_some() {
            js.get(*value, "href")?
        } else {
            let options = thread.plain_copy(*value)?;
            let parent = js.get(options, "parentURL")?;
            if js.is_object(parent) {
                js.define(options, "parentURL", js.get(parent, "href")?, ORDINARY)?;
            }
            options
        });
    }
    question.replace_all(args);
    Ok(())
}

/// Called by the stand-in of `startThread` with whether permit made the thread, and its number.
pub unsafe extern "C" fn starting(
    env: napi::sys::napi_env,
    info: napi::sys::napi_callback_info,
) -> napi::sys::napi_value {
    // SAFETY: the function was made with the thread as its data.
    let Ok((call, thread)) = (unsafe { Call::read::<Thread>(env, info) }) else { return std::ptr::null_mut() };
    let js = call.js;
    let allowed = call.arg(0).and_then(|value| js.as_bool(value)).unwrap_or(false);
    match call.arg(1).and_then(|value| js.as_u32(value)) {
        Some(number) if allowed => threads::starting(number, &thread.held, thread.starts_with.take()),
        _ => deliver::throw(thread, &Refusal::of(Scope::Worker, "")),
    }
    std::ptr::null_mut()
}

/// Stands where the constructor of the internal class was.
pub unsafe extern "C" fn refuse(
    env: napi::sys::napi_env,
    info: napi::sys::napi_callback_info,
) -> napi::sys::napi_value {
    // SAFETY: the function was made with the thread as its data.
    if let Ok((_, thread)) = unsafe { Call::read::<Thread>(env, info) } {
        deliver::throw(thread, &Refusal::of(Scope::Worker, ""));
    }
    std::ptr::null_mut()
}

/// The script that makes the stand-ins.
pub const STAND_INS: &str = include_str!("worker.js");
