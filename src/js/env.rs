//! The few N-API calls that permit needs, with Rust types around them.
//!
//! permit has this file beside napi-rs because the hooks sit on a hot path, and because a program
//! chooses the values that they read. A function here that decodes a value runs no code of the
//! program, unless its comment says so.

use std::ffi::c_void;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::AtomicU32;

use napi::sys;
use smallvec::SmallVec;

use crate::js::value::{JsError, Persistent, Result, Value, check};

/// The bytes of a string or a buffer of the program. Nearly every path fits on the stack.
pub type Bytes = SmallVec<[u8; SHORT]>;

/// The number of bytes that have room on the stack.
const SHORT: usize = 512;

/// One Node environment (the main thread's or a worker's), on its own thread.
#[derive(Debug, Clone, Copy)]
pub struct Env<'env>(sys::napi_env, PhantomData<&'env ()>);

/// Wraps a value that the engine has just made.
const fn made(_: Env<'_>, raw: sys::napi_value) -> Value<'_> {
    // SAFETY: the engine put it into the open handle scope of this environment.
    unsafe { Value::from_raw(raw) }
}

/// Calls an N-API function that only returns a status.
macro_rules! tell {
    ($env:expr, $call:ident $(, $arg:expr)*) => {
        // SAFETY: the environment and the values are those of the running callback (`Env`,
        // `Value`). Slices and descriptors outlive the call, and N-API reads no more of them than
        // the length beside them says.
        check(unsafe { sys::$call($env.0 $(, $arg)*) })
    };
}

/// Calls an N-API function whose last parameter is where the result goes.
macro_rules! out {
    ($env:expr, $call:ident, $initial:expr $(, $arg:expr)*) => {{
        let mut result = $initial;
        tell!($env, $call $(, $arg)*, &raw mut result).map(|()| result)
    }};
}

/// Calls an N-API function whose last parameter is where a value goes.
macro_rules! value {
    ($env:expr, $call:ident $(, $arg:expr)*) => {
        out!($env, $call, ptr::null_mut() $(, $arg)*).map(|raw| made($env, raw))
    };
}

impl<'env> Env<'env> {
    /// Wraps an environment of the engine.
    ///
    /// # Safety
    /// The environment is the one of this thread, and a handle scope stays open for the lifetime
    /// that the caller chooses.
    pub const unsafe fn from_raw(raw: sys::napi_env) -> Self {
        Self(raw, PhantomData)
    }

    /// Returns the environment as the engine knows it.
    pub const fn raw(self) -> sys::napi_env {
        self.0
    }

    /// Returns `undefined`.
    pub fn undefined(self) -> Result<Value<'env>> {
        value!(self, napi_get_undefined)
    }

    /// Returns `null`.
    pub fn null(self) -> Result<Value<'env>> {
        value!(self, napi_get_null)
    }

    /// Returns `globalThis`.
    pub fn global(self) -> Result<Value<'env>> {
        value!(self, napi_get_global)
    }

    /// Makes a boolean.
    pub fn boolean(self, value: bool) -> Result<Value<'env>> {
        value!(self, napi_get_boolean, value)
    }

    /// Makes a number.
    pub fn number(self, value: f64) -> Result<Value<'env>> {
        value!(self, napi_create_double, value)
    }

    /// Makes a string.
    pub fn string(self, text: &str) -> Result<Value<'env>> {
        value!(self, napi_create_string_utf8, text.as_ptr().cast(), text.len().cast_signed())
    }

    /// Makes a new `Buffer` with a copy of these bytes.
    pub fn buffer(self, bytes: &[u8]) -> Result<Value<'env>> {
        value!(self, napi_create_buffer_copy, bytes.len(), bytes.as_ptr().cast(), ptr::null_mut())
    }

    /// Makes a new `Uint8Array` with a copy of these bytes.
    pub fn new_uint8_array(self, bytes: &[u8]) -> Result<Value<'env>> {
        let mut data: *mut c_void = ptr::null_mut();
        let buffer = value!(self, napi_create_arraybuffer, bytes.len(), &raw mut data)?;
        if !bytes.is_empty() {
            // SAFETY: the array buffer was just made, of this length, and no other code has a
            // reference to it.
            unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), data.cast::<u8>(), bytes.len()) };
        }
        value!(self, napi_create_typedarray, sys::TypedarrayType::uint8_array, bytes.len(), buffer.raw(), 0)
    }

    /// Makes a `Uint32Array` of memory that all threads share.
    pub fn shared_numbers(self, numbers: &'static [AtomicU32]) -> Result<Value<'env>> {
        let start = numbers.as_ptr().cast_mut().cast::<c_void>();
        let length = size_of_val(numbers);
        let none = ptr::null_mut();
        let buffer = value!(self, napi_create_external_arraybuffer, start, length, None, none)?;
        value!(self, napi_create_typedarray, sys::TypedarrayType::uint32_array, numbers.len(), buffer.raw(), 0)
    }

    /// Makes a new array of these values. Defines them and does not assign them: an accessor that
    /// the program put on `Array.prototype` sees none of them.
    pub fn array(self, items: &[Value<'_>]) -> Result<Value<'env>> {
        let array = value!(self, napi_create_array_with_length, items.len())?;
        for (index, item) in items.iter().enumerate() {
            self.put(array, &index.to_string(), *item)?;
        }
        Ok(array)
    }

    /// Makes a new array of these strings.
    pub fn string_array(self, items: &[String]) -> Result<Value<'env>> {
        let items: Vec<Value<'_>> = items.iter().map(|item| self.string(item)).collect::<Result<_>>()?;
        self.array(&items)
    }

    /// Returns `Boolean(value)`.
    pub fn is_truthy(self, value: Value<'_>) -> Result<bool> {
        let boolean = value!(self, napi_coerce_to_bool, value.raw())?;
        Ok(self.as_bool(boolean).unwrap_or(false))
    }

    /// Returns the elements of an array as strings. Reads and converts each of them once, as the
    /// bindings do.
    pub fn coerce_strings(self, array: Value<'_>) -> Result<Vec<String>> {
        (0..self.length(array)?).map(|index| self.coerce_to_string(self.element(array, index)?)).collect()
    }

    /// Makes a new ordinary object.
    pub fn object(self) -> Result<Value<'env>> {
        value!(self, napi_create_object)
    }

    /// Returns the result of `typeof`, but tells `null` from objects.
    pub fn type_of(self, value: Value<'_>) -> Result<sys::napi_valuetype> {
        out!(self, napi_typeof, sys::ValueType::napi_undefined, value.raw())
    }

    /// Returns true for strings.
    pub fn is_string(self, value: Value<'_>) -> bool {
        matches!(self.type_of(value), Ok(sys::ValueType::napi_string))
    }

    /// Returns true for objects and functions.
    pub fn is_object(self, value: Value<'_>) -> bool {
        matches!(self.type_of(value), Ok(sys::ValueType::napi_object | sys::ValueType::napi_function))
    }

    /// Returns true for functions.
    pub fn is_function(self, value: Value<'_>) -> bool {
        matches!(self.type_of(value), Ok(sys::ValueType::napi_function))
    }

    /// Returns true for `undefined`.
    pub fn is_undefined(self, value: Value<'_>) -> bool {
        matches!(self.type_of(value), Ok(sys::ValueType::napi_undefined))
    }

    /// Returns true for `undefined` and `null`.
    pub fn is_nullish(self, value: Value<'_>) -> bool {
        matches!(self.type_of(value), Ok(sys::ValueType::napi_undefined | sys::ValueType::napi_null))
    }

    /// Returns true for errors of the engine, whatever their prototype is.
    pub fn is_error(self, value: Value<'_>) -> bool {
        let found: Result<bool> = out!(self, napi_is_error, false, value.raw());
        found.unwrap_or(false)
    }

    /// Returns true for arrays.
    pub fn is_array(self, value: Value<'_>) -> bool {
        let found: Result<bool> = out!(self, napi_is_array, false, value.raw());
        found.unwrap_or(false)
    }

    /// Returns true for an object that is no function, as options are.
    pub fn is_options(self, value: Value<'_>) -> bool {
        self.is_object(value) && !self.is_function(value)
    }

    /// Returns true for typed arrays and for a `DataView`.
    pub fn is_buffer_view(self, value: Value<'_>) -> bool {
        let array: Result<bool> = out!(self, napi_is_typedarray, false, value.raw());
        let view: Result<bool> = out!(self, napi_is_dataview, false, value.raw());
        array == Ok(true) || view == Ok(true)
    }

    /// Returns true if the two are the same value (`===`).
    pub fn same(self, left: Value<'_>, right: Value<'_>) -> bool {
        let found: Result<bool> = out!(self, napi_strict_equals, false, left.raw(), right.raw());
        found.unwrap_or(false)
    }

    /// Returns the number in `value`, if it is one.
    pub fn as_number(self, value: Value<'_>) -> Option<f64> {
        let found: Result<f64> = out!(self, napi_get_value_double, 0.0, value.raw());
        found.ok()
    }

    /// Returns the number in `value` as the bindings read an `int32`, if it is one.
    pub fn as_i32(self, value: Value<'_>) -> Option<i32> {
        let found: Result<i32> = out!(self, napi_get_value_int32, 0, value.raw());
        found.ok()
    }

    /// Returns the number in `value` as a `uint32`, if it is one.
    pub fn as_u32(self, value: Value<'_>) -> Option<u32> {
        let found: Result<u32> = out!(self, napi_get_value_uint32, 0, value.raw());
        found.ok()
    }

    /// Returns the boolean in `value`, if it is one.
    pub fn as_bool(self, value: Value<'_>) -> Option<bool> {
        let found: Result<bool> = out!(self, napi_get_value_bool, false, value.raw());
        found.ok()
    }

    /// Appends the string in `value` to `buffer` as UTF-8, and returns true if it is a string. Lone
    /// surrogates become U+FFFD, as in Node's own conversion.
    pub fn read_string(self, value: Value<'_>, buffer: &mut Bytes) -> bool {
        self.read_ascii(value, buffer) || self.read_utf8(value, buffer)
    }

    /// Does the same for a short string that is all ASCII, as nearly every path is. The engine
    /// hands out its characters as UTF-16 in half the time that it needs for UTF-8.
    #[inline]
    fn read_ascii(self, value: Value<'_>, buffer: &mut Bytes) -> bool {
        let mut units = [MaybeUninit::<u16>::uninit(); SHORT];
        let mut length = 0;
        // SAFETY: N-API writes at most as many units as there is room for, with the NUL at the end.
        let status = unsafe {
            sys::napi_get_value_string_utf16(self.0, value.raw(), units.as_mut_ptr().cast(), SHORT, &raw mut length)
        };
        // One unit is the NUL; a string that fills the rest may have been cut.
        if status != sys::Status::napi_ok || length + 1 >= SHORT {
            return false;
        }
        // SAFETY: N-API has initialised `length` units.
        let units = unsafe { std::slice::from_raw_parts(units.as_ptr().cast::<u16>(), length) };
        let start = buffer.len();
        if buffer.capacity() - start < length {
            buffer.reserve(length);
        }
        let mut all = 0;
        // SAFETY: there is room for `length` bytes more past `start`, and each is written before it
        // counts.
        unsafe {
            let end = buffer.as_mut_ptr().add(start);
            for (at, unit) in units.iter().enumerate() {
                all |= *unit;
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "a unit that loses bits is no ASCII, and then the bytes do not count"
                )]
                end.add(at).write(*unit as u8);
            }
            if all >= 0x80 {
                return false;
            }
            buffer.set_len(start + length);
        }
        true
    }

    fn read_utf8(self, value: Value<'_>, buffer: &mut Bytes) -> bool {
        let start = buffer.len();
        buffer.reserve(SHORT);
        loop {
            let room = buffer.capacity() - start;
            let mut length = 0;
            // SAFETY: `room` bytes past `start` are allocated, and N-API writes at most that many.
            let status = unsafe {
                sys::napi_get_value_string_utf8(
                    self.0,
                    value.raw(),
                    buffer.as_mut_ptr().add(start).cast(),
                    room,
                    &raw mut length,
                )
            };
            if status != sys::Status::napi_ok {
                return false;
            }
            // N-API keeps a byte for the NUL and never splits a character, so a string that was cut
            // leaves at most four bytes unused.
            if length + 4 < room {
                // SAFETY: N-API has initialised `length` bytes past `start`.
                unsafe { buffer.set_len(start + length) };
                return true;
            }
            buffer.reserve(room * 4);
        }
    }

    /// Returns the string in `value`, if it is one.
    pub fn as_string(self, value: Value<'_>) -> Option<String> {
        let mut bytes = Bytes::new();
        self.read_string(value, &mut bytes).then(|| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Returns `value | 0`. A `valueOf` of the program may run.
    pub fn coerce_to_i32(self, value: Value<'_>) -> Result<i32> {
        let number = value!(self, napi_coerce_to_number, value.raw())?;
        self.as_i32(number).ok_or(JsError)
    }

    /// Returns `String(value)`. A `toString` of the program may run.
    pub fn coerce_to_string(self, value: Value<'_>) -> Result<String> {
        let text = value!(self, napi_coerce_to_string, value.raw())?;
        self.as_string(text).ok_or(JsError)
    }

    /// Returns a copy of the bytes in `value`, if it is a `Uint8Array` (a `Buffer` is one).
    pub fn uint8_array(self, value: Value<'_>) -> Option<Vec<u8>> {
        let (mut kind, mut length, mut data) = (0, 0, ptr::null_mut());
        tell!(
            self,
            napi_get_typedarray_info,
            value.raw(),
            &raw mut kind,
            &raw mut length,
            &raw mut data,
            ptr::null_mut(),
            ptr::null_mut()
        )
        .ok()?;
        if kind != sys::TypedarrayType::uint8_array {
            return None;
        }
        let mut copy = vec![0; length];
        if length > 0 {
            // SAFETY: `data` points at `length` bytes that live as long as the value does. Another
            // thread may write them if they are shared. From here on only the copy is used.
            unsafe { ptr::copy_nonoverlapping(data.cast::<u8>(), copy.as_mut_ptr(), length) };
        }
        Some(copy)
    }

    /// Returns the address of the bytes of a `Uint8Array`. It is good for as long as the array
    /// lives.
    pub fn bytes_of(self, array: Value<'_>) -> Result<*mut u8> {
        let mut data: *mut c_void = ptr::null_mut();
        tell!(
            self,
            napi_get_typedarray_info,
            array.raw(),
            ptr::null_mut(),
            ptr::null_mut(),
            &raw mut data,
            ptr::null_mut(),
            ptr::null_mut()
        )?;
        if data.is_null() { Err(JsError) } else { Ok(data.cast()) }
    }

    /// Returns `object[name]`. An accessor of the program may run.
    pub fn get(self, object: Value<'_>, name: &str) -> Result<Value<'env>> {
        let key = self.string(name)?;
        self.get_key(object, key)
    }

    /// Returns `object[key]`. An accessor of the program may run.
    pub fn get_key(self, object: Value<'_>, key: Value<'_>) -> Result<Value<'env>> {
        value!(self, napi_get_property, object.raw(), key.raw())
    }

    /// Returns `object[index]`.
    pub fn element(self, object: Value<'_>, index: u32) -> Result<Value<'env>> {
        value!(self, napi_get_element, object.raw(), index)
    }

    /// Returns the length of an array.
    pub fn length(self, array: Value<'_>) -> Result<u32> {
        out!(self, napi_get_array_length, 0, array.raw())
    }

    /// Returns true if the object itself has the property.
    pub fn has_own(self, object: Value<'_>, name: &str) -> Result<bool> {
        let key = self.string(name)?;
        out!(self, napi_has_own_property, false, object.raw(), key.raw())
    }

    /// Does what [`Env::has_own`] does, with a key that is already a value.
    pub fn has_own_key(self, object: Value<'_>, key: Value<'_>) -> Result<bool> {
        out!(self, napi_has_own_property, false, object.raw(), key.raw())
    }

    /// Assigns `object[name] = value`.
    pub fn set(self, object: Value<'_>, name: &str, value: Value<'_>) -> Result<()> {
        let key = self.string(name)?;
        tell!(self, napi_set_property, object.raw(), key.raw(), value.raw())
    }

    /// Deletes `object[key]`.
    pub fn delete_key(self, object: Value<'_>, key: Value<'_>) -> Result<()> {
        tell!(self, napi_delete_property, object.raw(), key.raw(), ptr::null_mut())
    }

    /// Defines an own, ordinary property, whatever setters stand on the prototypes.
    pub fn put(self, object: Value<'_>, name: &str, value: Value<'_>) -> Result<()> {
        self.define(object, name, value, ORDINARY)
    }

    /// Does what [`Env::put`] does, with a key that is already a value (a symbol, say).
    pub fn put_key(self, object: Value<'_>, key: Value<'_>, value: Value<'_>) -> Result<()> {
        self.define_key(object, key, value, ORDINARY)
    }

    /// Defines an own data property, whatever setters stand on the prototypes.
    pub fn define(
        self,
        object: Value<'_>,
        name: &str,
        value: Value<'_>,
        attributes: sys::napi_property_attributes,
    ) -> Result<()> {
        let key = self.string(name)?;
        self.define_key(object, key, value, attributes)
    }

    /// Does what [`Env::define`] does, with a key that is already a value (a symbol, say).
    pub fn define_key(
        self,
        object: Value<'_>,
        key: Value<'_>,
        value: Value<'_>,
        attributes: sys::napi_property_attributes,
    ) -> Result<()> {
        let descriptor = sys::napi_property_descriptor {
            utf8name: ptr::null(),
            name: key.raw(),
            method: None,
            getter: None,
            setter: None,
            value: value.raw(),
            attributes,
            data: ptr::null_mut(),
        };
        tell!(self, napi_define_properties, object.raw(), 1, &raw const descriptor)
    }

    /// Returns the object's own property names and symbols, enumerable or not; indices as strings.
    pub fn own_keys(self, object: Value<'_>) -> Result<Vec<Value<'env>>> {
        self.keys(object, sys::KeyFilter::all_properties)
    }

    /// Returns `Object.keys(object)`.
    pub fn own_enumerable_names(self, object: Value<'_>) -> Result<Vec<Value<'env>>> {
        self.keys(object, sys::KeyFilter::enumerable | sys::KeyFilter::skip_symbols)
    }

    fn keys(self, object: Value<'_>, filter: sys::napi_key_filter) -> Result<Vec<Value<'env>>> {
        let keys = value!(
            self,
            napi_get_all_property_names,
            object.raw(),
            sys::KeyCollectionMode::own_only,
            filter,
            sys::KeyConversion::numbers_to_strings
        )?;
        (0..self.length(keys)?).map(|index| self.element(keys, index)).collect()
    }

    /// Returns `Object.getPrototypeOf(object)`.
    pub fn prototype(self, object: Value<'_>) -> Result<Value<'env>> {
        value!(self, napi_get_prototype, object.raw())
    }

    /// Calls a function.
    pub fn call(self, this: Value<'_>, function: Value<'_>, args: &[Value<'_>]) -> Result<Value<'env>> {
        value!(self, napi_call_function, this.raw(), function.raw(), args.len(), args.as_ptr().cast())
    }

    /// Calls a function without a receiver.
    pub fn call_plain(self, function: Value<'_>, args: &[Value<'_>]) -> Result<Value<'env>> {
        self.call(self.undefined()?, function, args)
    }

    /// Calls a function by way of `attempt` (`primordials.js`), and returns what it throws as a
    /// value.
    pub fn attempt(
        self,
        attempt: Value<'_>,
        this: Value<'_>,
        function: Value<'_>,
        args: &[Value<'_>],
    ) -> Result<std::result::Result<Value<'env>, Value<'env>>> {
        let outcome = self.call_plain(attempt, &[function, this, self.array(args)?])?;
        let value = self.get(outcome, "value")?;
        Ok(if self.as_bool(self.get(outcome, "threw")?) == Some(false) { Ok(value) } else { Err(value) })
    }

    /// Returns `new Class(...args)`.
    pub fn construct(self, class: Value<'_>, args: &[Value<'_>]) -> Result<Value<'env>> {
        value!(self, napi_new_instance, class.raw(), args.len(), args.as_ptr().cast())
    }

    /// Evaluates a script and returns the value of its last expression.
    pub fn run(self, source: &str) -> Result<Value<'env>> {
        let source = self.string(source)?;
        value!(self, napi_run_script, source.raw())
    }

    /// Makes an ordinary `Error` with a message and a stack.
    pub fn error(self, message: &str) -> Result<Value<'env>> {
        let message = self.string(message)?;
        value!(self, napi_create_error, ptr::null_mut(), message.raw())
    }

    /// Makes a `TypeError` with a `code`.
    pub fn type_error(self, code: &str, message: &str) -> Result<Value<'env>> {
        let message = self.string(message)?;
        let error = value!(self, napi_create_type_error, ptr::null_mut(), message.raw())?;
        let code = self.string(code)?;
        self.put(error, "code", code)?;
        Ok(error)
    }

    /// Throws a value. The native function must return at once.
    pub fn throw(self, error: Value<'_>) {
        // If it fails, an exception is pending already.
        let _ = tell!(self, napi_throw, error.raw());
    }

    /// Throws a value, and returns true if the engine took it. On a thread that is being ended it
    /// does not.
    pub fn throws(self, error: Value<'_>) -> bool {
        self.throw(error);
        let pending: Result<bool> = out!(self, napi_is_exception_pending, false);
        pending == Ok(true)
    }

    /// Takes the pending exception, if there is one.
    pub fn take_exception(self) -> Option<Value<'env>> {
        let pending: Result<bool> = out!(self, napi_is_exception_pending, false);
        if !pending.ok()? {
            return None;
        }
        let taken: Result<Value> = value!(self, napi_get_and_clear_last_exception);
        taken.ok()
    }

    /// Makes a promise that is already rejected.
    pub fn rejected(self, error: Value<'_>) -> Result<Value<'env>> {
        let mut deferred = ptr::null_mut();
        let promise = value!(self, napi_create_promise, &raw mut deferred)?;
        tell!(self, napi_reject_deferred, deferred, error.raw())?;
        Ok(promise)
    }

    /// Makes a promise that is already fulfilled.
    pub fn fulfilled(self, value: Value<'_>) -> Result<Value<'env>> {
        let mut deferred = ptr::null_mut();
        let promise = value!(self, napi_create_promise, &raw mut deferred)?;
        tell!(self, napi_resolve_deferred, deferred, value.raw())?;
        Ok(promise)
    }

    /// Tells the engine that values hold this much more memory, or less. The engine then collects
    /// sooner, or later.
    pub fn weigh(self, bytes: i64) -> Result<()> {
        out!(self, napi_adjust_external_memory, 0_i64, bytes).map(|_| ())
    }

    /// Keeps a value alive for as long as the environment lives.
    pub fn keep(self, value: Value<'_>) -> Result<Persistent> {
        out!(self, napi_create_reference, ptr::null_mut(), value.raw(), 1).map(Persistent)
    }

    /// Returns true for symbols.
    pub fn is_symbol(self, value: Value<'_>) -> bool {
        matches!(self.type_of(value), Ok(sys::ValueType::napi_symbol))
    }
}

/// The attributes of a property that an assignment makes.
pub const ORDINARY: sys::napi_property_attributes =
    sys::PropertyAttributes::enumerable | sys::PropertyAttributes::writable | sys::PropertyAttributes::configurable;

/// The attributes of a property that is not enumerable, as the message of an error is.
pub const HIDDEN: sys::napi_property_attributes =
    sys::PropertyAttributes::writable | sys::PropertyAttributes::configurable;

/// Converts a count to a number of JavaScript.
#[expect(clippy::cast_precision_loss, reason = "a count that loses precision takes years")]
pub fn number_of(count: u64) -> f64 {
    count as f64
}

impl Persistent {
    /// Returns the value.
    ///
    /// # Errors
    /// [`JsError`] if the engine fails.
    pub fn get(self, env: Env<'_>) -> Result<Value<'_>> {
        let raw = out!(env, napi_get_reference_value, ptr::null_mut(), self.0)?;
        if raw.is_null() { Err(JsError) } else { Ok(made(env, raw)) }
    }
}

/// The environment of a thread, for code that the engine calls on that thread without handing it
/// the environment.
#[derive(Debug, Clone, Copy)]
pub struct ThreadEnv(sys::napi_env);

impl ThreadEnv {
    /// Keeps an environment.
    pub const fn new(env: Env<'_>) -> Self {
        Self(env.raw())
    }

    /// Returns the environment, for no longer than its owner is borrowed.
    pub const fn get(&self) -> Env<'_> {
        // SAFETY: the engine calls the owner on the thread of the environment, within a callback.
        // The owner is freed with the environment.
        unsafe { Env::from_raw(self.0) }
    }
}
