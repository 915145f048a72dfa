//! Worker and loader threads: each gets permit as its first preload, whatever the options say, and starts under
//! the policy of the thread that makes it.

use super::ask::{Question, Stop};
use super::deliver;
use super::refusal::Refusal;
use super::thread::Thread;
use crate::addon::js::{Call, Failed, ORDINARY, Value};
use crate::addon::{inherit, threads};
use crate::policy::{Resource, Scope};

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
    if !js.is_undefined(js.get(options, "permission")?) {
        return Err(Refusal::unreadable("the option 'permission', which is not supported yet").into());
    }
    guard_options(thread, options)?;
    // A URL is read once, here.
    let script = match script {
        Some(value) if js.is_object(value) => read_url(thread, value)?,
        Some(value) => value,
        None => js.undefined()?,
    };
    question.replace_all(vec![script, options]);
    Ok(())
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
fn guard_options(thread: &Thread, options: Value) -> Result<(), Failed> {
    let js = thread.js;
    let exec_argv = js.get(options, "execArgv")?;
    let env = js.get(options, "env")?;
    let shared = js.same(env, thread.captured.share_env.get(js)?);
    let explicit = js.is_object(env);
    if js.is_array(exec_argv) {
        let mut flags = vec![js.string("-r")?, js.string(&inherit::preload())?];
        for index in 0..js.length(exec_argv)? {
            flags.push(js.element(exec_argv, index)?);
        }
        let flags = js.array(&flags)?;
        js.define(options, "execArgv", flags, ORDINARY)?;
    } else if !explicit && inherit::preload_is_inherited() {
        return Ok(());
    }
    let source = if explicit { env } else { thread.captured.env.get(js)? };
    let before = js.get(source, "NODE_OPTIONS")?;
    let before = if js.is_nullish(before) { String::new() } else { js.as_string(before).unwrap_or_default() };
    let after = js.string(&inherit::node_options(&before))?;
    if shared {
        return js.set(source, "NODE_OPTIONS", after);
    }
    let copy = thread.plain_copy(source)?;
    js.define(copy, "NODE_OPTIONS", after, ORDINARY)?;
    js.define(options, "env", copy, ORDINARY)
}

/// `module.register(…)`: its thread gets the preloads of `-r`, not those of `--import`.
pub fn ask_loader(question: &Question<'_>) -> Result<(), Stop> {
    if !inherit::preload_is_inherited() {
        return Err(
            Refusal::unreadable("a loader thread, which --import does not reach: preload permit with -r").into()
        );
    }
    question.thread.loader.set(true);
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
    let ours = call.arg(0).and_then(|value| js.as_bool(value)).unwrap_or(false);
    let number = call.arg(1).and_then(|value| js.as_u32(value));
    match number {
        Some(number) if ours || thread.loader.replace(false) => threads::starting(number, &thread.held),
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

/// The script that makes the stand-in of `Worker`.
pub const STAND_IN: &str = include_str!("worker.js");
