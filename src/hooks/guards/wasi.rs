//! The guards of WASI. A WASI object gets paths that lead where they led when permit decided, and
//! descriptors of its own for its streams. A guest can close such a descriptor, or move it to another
//! number of the guest. permit follows that here, in native code: a script that is ended at any point
//! does not come in between.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::os::fd::{AsRawFd, RawFd};

use crate::hooks::guards::paths::if_open;
use crate::hooks::question::{Given, Question, Stop};
use crate::hooks::tables::row::Use;
use crate::js::call::{Call, Native};
use crate::js::value::{JsError, NOTHING, Value};
use crate::policy::Scope;
use crate::system::{descriptors, files};
use crate::thread::path_cache;
use crate::thread::refusal::Refusal;
use crate::thread::thread::Thread;

/// Gives WASI objects numbers, and hears that they have been collected.
pub const OBJECTS: &str = include_str!("wasi.js");

/// The arguments of the native class of WASI.
const ARGUMENTS: usize = 0;
const VARIABLES: usize = 1;
const PREOPENS: usize = 2;
const STDIO: usize = 3;

/// The memory, in bytes, that permit reports to the engine for the descriptors of a WASI object. The
/// engine then collects objects before thousands of them hold three descriptors each.
const WEIGHT: i64 = 256 * 1024;

/// A stream of a WASI object.
struct Stream {
    /// The number by which the guest knows it.
    at: u32,
    descriptor: RawFd,
    may_write: bool,
}

/// The streams of a WASI object, or `None` if a guest was ended while it changed them.
type Streams = Option<Vec<Stream>>;

thread_local! {
    /// The streams of the WASI objects of this thread.
    static STREAMS: RefCell<(u32, BTreeMap<u32, Streams>)> = const { RefCell::new((0, BTreeMap::new())) };
}

/// Notes the streams of a new object. Returns the number of the object.
fn note(streams: Vec<Stream>) -> u32 {
    STREAMS.with_borrow_mut(|(last, all)| {
        *last += 1;
        all.insert(*last, Some(streams));
        *last
    })
}

/// Gives up the descriptors of an object.
fn give_up(object: u32) {
    let streams = STREAMS.with_borrow_mut(|(_, all)| all.remove(&object));
    for stream in streams.flatten().into_iter().flatten() {
        descriptors::free(stream.descriptor);
    }
}

/// Returns true if an object may have a stream of this number that the program may not write.
fn may_be_read_only(object: u32, at: u32) -> bool {
    STREAMS.with_borrow(|(_, all)| match all.get(&object) {
        Some(Some(streams)) => streams.iter().any(|stream| stream.at == at && !stream.may_write),
        _ => true,
    })
}

/// Follows what a guest has done.
fn follow(object: u32, act: Act) {
    STREAMS.with_borrow_mut(|(_, all)| {
        let Some(noted) = all.get_mut(&object) else { return };
        let Some(streams) = noted else { return };
        let mut close = |at: u32| {
            let closed = streams.extract_if(.., |stream| stream.at == at);
            closed.for_each(|stream| descriptors::forget(stream.descriptor));
        };
        match act {
            Act::Close(at) => close(at),
            Act::Renumber(from, to) if from == to => {}
            Act::Renumber(from, to) => {
                close(to);
                streams.iter_mut().filter(|stream| stream.at == from).for_each(|stream| stream.at = to);
            }
            Act::Unknown => {
                for stream in streams.iter() {
                    descriptors::entrust(stream.descriptor);
                }
                *noted = None;
            }
        }
    });
}

/// An action of a guest on its numbers.
#[derive(Clone, Copy)]
enum Act {
    Close(u32),
    Renumber(u32, u32),
    /// The engine did not say what became of the call.
    Unknown,
}

/// `closes(object, original, receiver, arguments)`: the guest of an object calls `fd_close` or
/// `fd_renumber`.
pub struct Changes;

impl Native for Changes {
    type Data = Thread;

    fn run<'env>(call: &'env Call<'env>, thread: &'static Thread) -> Value<'env> {
        changed(call, thread).unwrap_or(NOTHING)
    }
}

fn changed<'env>(call: &'env Call<'env>, thread: &'static Thread) -> Result<Value<'env>, JsError> {
    let env = call.env;
    let given = |at: usize| call.arg(at).ok_or(JsError);
    let object = env.as_u32(given(0)?).ok_or(JsError)?;
    let list = given(3)?;
    let args: Vec<Value<'_>> = (0..env.length(list)?).map(|at| env.element(list, at)).collect::<Result<_, _>>()?;
    // WASI refuses what is no integer.
    let act = match args.iter().map(|number| env.as_u32(*number)).collect::<Vec<_>>()[..] {
        [Some(at)] => Some(Act::Close(at)),
        [Some(from), Some(to)] => Some(Act::Renumber(from, to)),
        _ => None,
    };
    let Ok(outcome) = thread.primordials.attempt(given(2)?, given(1)?, &args) else {
        follow(object, Act::Unknown);
        return Err(JsError);
    };
    if let (Some(act), Ok(answer)) = (act, outcome)
        && env.as_i32(answer) == Some(0)
    {
        follow(object, act);
    }
    env.array(&[outcome.unwrap_or_else(|error| error), env.boolean(outcome.is_err())?])
}

/// `collected(object)`: an object has been collected, or was never made.
pub struct Collected;

impl Native for Collected {
    type Data = ();

    fn run<'env>(call: &'env Call<'env>, (): &'static ()) -> Value<'env> {
        if let Some(object) = call.arg(0).and_then(|object| call.env.as_u32(object)) {
            give_up(object);
            // A failure concerns only when the engine collects.
            let _ = call.env.weigh(-WEIGHT);
        }
        NOTHING
    }
}

impl<'a> Question<'a> {
    /// Asks about a new WASI object, and gives it paths and descriptors that stay what they are.
    pub(crate) fn wasi(&mut self) -> Result<(), Stop> {
        self.whole(Scope::Wasi, "")?;
        let env = self.call.env;
        for list in ARGUMENTS..=STDIO {
            if !self.arg(list).is_some_and(|given| env.is_array(given)) {
                return Err(Refusal::unreadable("a list of WASI that is no array").into());
            }
        }
        let texts = |list: usize| env.coerce_strings(self.arg(list).ok_or(JsError)?);
        let (arguments, variables, mut names) = (texts(ARGUMENTS)?, texts(VARIABLES)?, texts(PREOPENS)?);
        let stdio = self.arg(STDIO).ok_or(JsError)?;
        let numbers: Vec<i32> = (0..env.length(stdio)?)
            .map(|at| env.coerce_to_i32(env.element(stdio, at)?))
            .collect::<Result<_, JsError>>()?;
        // All arguments are read. The decisions begin here.
        for host in names.iter_mut().skip(1).step_by(2).filter(|host| !host.is_empty()) {
            let real = self.tree(host.as_bytes())?;
            *host = String::from_utf8(real).map_err(|_| Refusal::unreadable("a folder whose name is no UTF-8"))?;
            path_cache::remember_nothing();
        }
        let mut own = Vec::new();
        for (at, number) in (0..).zip(numbers) {
            own.push(env.number(f64::from(self.given(at, number)?))?);
        }
        for (list, texts) in [(ARGUMENTS, arguments), (VARIABLES, variables), (PREOPENS, names)] {
            self.replace(list, env.string_array(&texts)?)?;
        }
        self.replace(STDIO, env.array(&own)?)
    }

    /// Asks about a descriptor for a WASI object. Returns a number of permit's own for the same open
    /// file. WASI would use the number of the program also when something else is open under it.
    fn given(&mut self, at: u32, number: i32) -> Result<i32, Stop> {
        let own = if_open(descriptors::duplicate(number))?;
        let Some(own) = own else { return Ok(descriptors::NONE) };
        let descriptor = own.as_raw_fd();
        self.may_use(descriptor, number, Use::HandOn)?;
        if descriptors::is_folder(descriptor) {
            // WASI takes a relative name for the name of this folder.
            self.whole(Scope::Fs, "wasi: a folder as a stream")?;
        }
        let path = files::path_of_descriptor(descriptor);
        let may_write = path.is_ok_and(|path| self.thread.lets_path_pass(Scope::FsWrite, &path));
        self.given.push(Given { at, own, may_write });
        Ok(descriptor)
    }

    /// Asks about times that a guest sets of a file that it has as a stream. Of other files, it sets
    /// them as it can write them.
    pub(crate) fn wasi_times(&self, arg: usize) -> Result<(), Stop> {
        let env = self.call.env;
        let objects = self.thread.primordials.wasi.get().ok_or(JsError)?.get(env)?;
        let object = env.as_u32(env.call_plain(env.get(objects, "numberOf")?, &[self.call.this])?);
        let at = self.arg(arg).and_then(|number| env.as_u32(number));
        match (object, at) {
            (Some(object), Some(at)) if !may_be_read_only(object, at) => Ok(()),
            _ => self.whole(Scope::FsWrite, "wasi: fd_filestat_set_times"),
        }
    }

    /// Keeps the descriptors of a WASI object until the object has been collected. Returns what gets
    /// the object, and what gets the exception if there is none.
    pub(crate) fn hold_given(&mut self) -> Result<[Value<'a>; 2], JsError> {
        let env = self.call.env;
        let objects = self.thread.primordials.wasi.get().ok_or(JsError)?.get(env)?;
        env.weigh(WEIGHT)?;
        let held = self.given.drain(..);
        let streams =
            held.map(|Given { at, own, may_write }| Stream { at, descriptor: descriptors::hold(own), may_write });
        let object = note(streams.collect());
        let ends = env.call_plain(env.get(objects, "made")?, &[env.number(f64::from(object))?])?;
        Ok([env.get(ends, "after")?, env.get(ends, "onThrow")?])
    }
}
