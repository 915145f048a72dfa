//! Values of JavaScript that permit captures before the program can replace them, and the
//! operations that need only them and the engine. *Primordials* is Node's word
//! (`lib/internal/per_context/primordials.js`).

use std::cell::OnceCell;

use super::handle_internals::HandleInternals;
use crate::js::env::{Env, ThreadEnv};
use crate::js::value::{JsError, NOTHING, Persistent, Value};

/// The captured values of one thread.
#[derive(Debug)]
pub struct Primordials {
    /// The environment of the thread.
    pub own_env: ThreadEnv,
    /// The token by which a native half says that a call may proceed.
    pub go: Persistent,
    /// Calls a function and returns what it throws as a value.
    pub attempt: Persistent,
    /// Makes an array of an array-like object.
    pub array_of: Persistent,
    /// `process`.
    pub process: Persistent,
    /// `process.report`.
    pub report: Persistent,
    /// Reads a setting of `process.report`.
    pub report_setting: Persistent,
    /// `process.nextTick`.
    pub next_tick: Persistent,
    /// `process.env`.
    pub env: Persistent,
    /// `url.fileURLToPath`.
    pub file_url_to_path: Persistent,
    /// Makes an object without a prototype.
    pub bare: Persistent,
    /// `worker_threads.SHARE_ENV`.
    pub share_env: Persistent,
    /// `JSON.stringify`.
    pub stringify: Persistent,
    /// `URL`.
    pub url: Persistent,
    /// The getter of `URL.prototype.href`. It throws if its receiver is no URL.
    pub url_href: Persistent,
    /// `Uint8Array.prototype`.
    pub uint8_array: Persistent,
    /// The internals of Node's handles that the network guards use.
    pub handles: HandleInternals,
    /// Emits an `'error'` event.
    pub emit_error: Persistent,
    /// Wraps the callbacks and promises of asynchronous calls, so that permit sees their end.
    pub ended: Persistent,
    /// Runs when a call that changes links or directories has returned; gets `false` if the call
    /// threw.
    pub returned: Persistent,
    /// Runs when such a call has ended that runs asynchronously.
    pub settled: Persistent,
    /// Runs when such a call has ended that ran at once.
    pub changed: Persistent,
    /// Public functions that change links at once, by the names of those that do it later.
    pub changes: Persistent,
    /// Calls `oncomplete` of a request with an error, or with `null`.
    pub completes: Persistent,
    /// Destroys a socket with an error.
    pub destroy: Persistent,
    /// Makes an asynchronous iterator that rejects.
    pub iterate_error: Persistent,
    /// A filter that keeps everything.
    pub keeps_all: Persistent,
    /// Gives the function that notes a text of an object, and returns the object.
    pub noting: Persistent,
    /// Returns the text that was noted of an object.
    pub noted: Persistent,
    /// `location` of a database of `node:sqlite`, once that is loaded.
    pub database_location: OnceCell<Persistent>,
    /// The functions of `sqlite.js`, once `node:sqlite` is loaded.
    pub sqlite: OnceCell<Persistent>,
    /// The functions of `wasi.js`.
    pub wasi: OnceCell<Persistent>,
}

impl Primordials {
    /// Returns the environment. Values that it makes cannot outlive the borrow.
    pub fn env(&self) -> Env<'_> {
        self.own_env.get()
    }

    /// Returns the token that a call may proceed, or `undefined` if the engine fails. Without the
    /// token the stand-in refuses.
    #[inline]
    pub fn go(&self) -> Value<'_> {
        self.go.get(self.env()).unwrap_or(NOTHING)
    }

    /// Calls a function that may throw, and returns what it throws as a value.
    ///
    /// # Errors
    /// [`JsError`] if the engine fails.
    pub fn attempt(
        &self,
        this: Value<'_>,
        function: Value<'_>,
        args: &[Value<'_>],
    ) -> Result<Result<Value<'_>, Value<'_>>, JsError> {
        self.env().attempt(self.attempt.get(self.env())?, this, function, args)
    }

    /// Returns the path that a `file:` URL names, by Node's own conversion.
    ///
    /// # Errors
    /// [`JsError`] with the exception of Node's conversion pending.
    pub fn path_of_url(&self, url: Value<'_>) -> Result<Value<'_>, JsError> {
        let convert = self.file_url_to_path.get(self.env())?;
        self.env().call_plain(convert, &[url])
    }

    /// Returns true for an object of the class `URL`, whatever its properties say.
    ///
    /// # Errors
    /// [`JsError`] if the engine fails.
    pub fn is_real_url(&self, value: Value<'_>) -> Result<bool, JsError> {
        let href = self.attempt(value, self.url_href.get(self.env())?, &[])?;
        Ok(href.is_ok_and(|href| self.env().is_string(href)))
    }

    /// Returns a new `Buffer` or `Uint8Array`, of the type of `given`, that no other thread can
    /// change.
    ///
    /// # Errors
    /// [`JsError`] if the engine fails.
    pub fn private_copy(&self, given: Value<'_>, bytes: &[u8]) -> Result<Value<'_>, JsError> {
        let env = self.env();
        if self.is_plain_uint8_array(given)? { env.new_uint8_array(bytes) } else { env.buffer(bytes) }
    }

    /// Returns true for a `Uint8Array` that is no `Buffer`.
    ///
    /// # Errors
    /// [`JsError`] if the engine fails.
    pub fn is_plain_uint8_array(&self, array: Value<'_>) -> Result<bool, JsError> {
        let env = self.env();
        Ok(env.same(env.prototype(array)?, self.uint8_array.get(env)?))
    }

    /// Returns a new object without a prototype.
    ///
    /// # Errors
    /// [`JsError`] if the engine fails.
    pub fn bare(&self) -> Result<Value<'_>, JsError> {
        let make = self.bare.get(self.env())?;
        self.env().call_plain(make, &[])
    }

    /// Copies an options object and reads each property exactly once: the own properties, and those
    /// of prototypes other than `Object.prototype`.
    ///
    /// # Errors
    /// [`JsError`] if the engine fails or a getter throws.
    pub fn plain_copy(&self, object: Value<'_>) -> Result<Value<'_>, JsError> {
        let env = self.env();
        let copy = self.bare()?;
        let mut from = object;
        loop {
            for key in env.own_keys(from)? {
                if !env.has_own_key(copy, key)? {
                    let value = env.get_key(object, key)?;
                    env.put_key(copy, key, value)?;
                }
            }
            from = env.prototype(from)?;
            if !env.is_object(from) || env.is_nullish(env.prototype(from)?) {
                return Ok(copy);
            }
        }
    }

    /// Returns `process.report`.
    ///
    /// # Errors
    /// [`JsError`] if the engine fails.
    pub fn report(&self) -> Result<Value<'_>, JsError> {
        self.report.get(self.env())
    }

    /// Returns a setting of `process.report`.
    ///
    /// # Errors
    /// [`JsError`] if the engine fails.
    pub fn report_setting(&self, name: &str) -> Result<Value<'_>, JsError> {
        let read = self.report_setting.get(self.env())?;
        self.env().call_plain(read, &[self.env().string(name)?])
    }

    /// Calls a function on the next tick, as Node delivers errors of the network.
    ///
    /// # Errors
    /// [`JsError`] if the engine fails.
    pub fn next_tick(&self, function: Value<'_>, args: &[Value<'_>]) -> Result<(), JsError> {
        let next_tick = self.next_tick.get(self.env())?;
        let process = self.process.get(self.env())?;
        let mut all = vec![function];
        all.extend_from_slice(args);
        self.env().call(process, next_tick, &all).map(|_| ())
    }
}
