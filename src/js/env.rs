//! The few N-API calls that permit needs, with Rust types around them.
//!
//! It exists beside napi-rs because the hooks sit on a hot path and handle values of which nothing may be
//! assumed: every function here either decodes what it was given without running a line of the program's
//! code, or says that it could not. It holds no decision and knows no hook.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr;

use napi::sys;
use smallvec::SmallVec;

/// A JavaScript value, valid until the native call that produced it returns.
pub type Value = sys::napi_value;

/// An N-API call failed or left a JavaScript exception pending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failed;

/// Bytes of a string or a buffer of the program. Those of nearly every path lie on the stack.
pub type Bytes = SmallVec<[u8; SHORT]>;

/// What has room on the stack.
const SHORT: usize = 512;

/// What every call here returns.
pub type Result<T> = std::result::Result<T, Failed>;

/// A function of JavaScript that is written in Rust.
pub trait Native {
    /// The data that each such function is made with.
    type Data: 'static;

    /// Answers a call. [`NOTHING`] is `undefined`; a pending exception goes to the caller.
    fn run(call: &Call, data: &'static Self::Data) -> Value;

    /// Answers a call that the engine does not let be read.
    fn unread(_: Js) -> Value {
        NOTHING
    }
}

/// What a function returns that returns `undefined`.
pub const NOTHING: Value = ptr::null_mut();

/// What the engine calls for each [`Native`].
unsafe extern "C" fn enter<N: Native>(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: only `native` and `define_setter` hand this function to the engine, and both with data of the type.
    match unsafe { Call::read::<N::Data>(env, info) } {
        Ok((call, data)) => N::run(&call, data),
        Err(Failed) => N::unread(Js(env)),
    }
}

/// One Node environment (the main thread's or a worker's), on its own thread.
#[derive(Debug, Clone, Copy)]
pub struct Js(pub sys::napi_env);

fn ok(status: sys::napi_status) -> Result<()> {
    if status == sys::Status::napi_ok { Ok(()) } else { Err(Failed) }
}

/// Calls an N-API function whose last parameter is where the result goes.
macro_rules! out {
    ($self:ident, $call:ident, $initial:expr $(, $arg:expr)*) => {{
        let mut result = $initial;
        // SAFETY: the environment is the one of the running callback, and `result` outlives the call.
        let status = unsafe { sys::$call($self.0 $(, $arg)*, &raw mut result) };
        ok(status).map(|()| result)
    }};
}

impl Js {
    /// `undefined`.
    pub fn undefined(self) -> Result<Value> {
        out!(self, napi_get_undefined, ptr::null_mut())
    }

    /// `null`.
    pub fn null(self) -> Result<Value> {
        out!(self, napi_get_null, ptr::null_mut())
    }

    /// `globalThis`.
    pub fn global(self) -> Result<Value> {
        out!(self, napi_get_global, ptr::null_mut())
    }

    /// A boolean.
    pub fn boolean(self, value: bool) -> Result<Value> {
        out!(self, napi_get_boolean, ptr::null_mut(), value)
    }

    /// A number.
    pub fn number(self, value: f64) -> Result<Value> {
        out!(self, napi_create_double, ptr::null_mut(), value)
    }

    /// A string.
    pub fn string(self, text: &str) -> Result<Value> {
        out!(self, napi_create_string_utf8, ptr::null_mut(), text.as_ptr().cast(), text.len().cast_signed())
    }

    /// A new `Buffer` with a copy of these bytes.
    pub fn buffer(self, bytes: &[u8]) -> Result<Value> {
        let mut result = ptr::null_mut();
        // SAFETY: N-API copies `bytes.len()` bytes from the slice before it returns.
        ok(unsafe {
            sys::napi_create_buffer_copy(self.0, bytes.len(), bytes.as_ptr().cast(), ptr::null_mut(), &raw mut result)
        })?;
        Ok(result)
    }

    /// A new `Uint8Array` with a copy of these bytes.
    pub fn new_uint8_array(self, bytes: &[u8]) -> Result<Value> {
        let mut data: *mut c_void = ptr::null_mut();
        let buffer = out!(self, napi_create_arraybuffer, ptr::null_mut(), bytes.len(), &raw mut data)?;
        if !bytes.is_empty() {
            // SAFETY: the array buffer was just made, of this length, and nobody else has seen it.
            unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), data.cast::<u8>(), bytes.len()) };
        }
        out!(self, napi_create_typedarray, ptr::null_mut(), sys::TypedarrayType::uint8_array, bytes.len(), buffer, 0)
    }

    /// A new array of these values. They are defined, not assigned: an accessor that the program put on
    /// `Array.prototype` sees none of them.
    pub fn array(self, items: &[Value]) -> Result<Value> {
        let array = out!(self, napi_create_array_with_length, ptr::null_mut(), items.len())?;
        for (index, item) in items.iter().enumerate() {
            self.define(array, &index.to_string(), *item, ORDINARY)?;
        }
        Ok(array)
    }

    /// A new array of these strings.
    pub fn string_array(self, items: &[String]) -> Result<Value> {
        let items: Vec<Value> = items.iter().map(|item| self.string(item)).collect::<Result<_>>()?;
        self.array(&items)
    }

    /// `Boolean(value)`.
    pub fn is_truthy(self, value: Value) -> Result<bool> {
        let boolean = out!(self, napi_coerce_to_bool, ptr::null_mut(), value)?;
        Ok(self.as_bool(boolean).unwrap_or(false))
    }

    /// The elements of an array as strings, each read and converted once, as the bindings do.
    pub fn coerce_strings(self, array: Value) -> Result<Vec<String>> {
        (0..self.length(array)?).map(|index| self.coerce_to_string(self.element(array, index)?)).collect()
    }

    /// A new ordinary object.
    pub fn object(self) -> Result<Value> {
        out!(self, napi_create_object, ptr::null_mut())
    }

    /// What `typeof` says, with `null` told apart.
    pub fn type_of(self, value: Value) -> Result<sys::napi_valuetype> {
        out!(self, napi_typeof, sys::ValueType::napi_undefined, value)
    }

    /// Is it a string?
    pub fn is_string(self, value: Value) -> bool {
        matches!(self.type_of(value), Ok(sys::ValueType::napi_string))
    }

    /// Is it an object or a function?
    pub fn is_object(self, value: Value) -> bool {
        matches!(self.type_of(value), Ok(sys::ValueType::napi_object | sys::ValueType::napi_function))
    }

    /// Is it a function?
    pub fn is_function(self, value: Value) -> bool {
        matches!(self.type_of(value), Ok(sys::ValueType::napi_function))
    }

    /// Is it `undefined`?
    pub fn is_undefined(self, value: Value) -> bool {
        matches!(self.type_of(value), Ok(sys::ValueType::napi_undefined))
    }

    /// Is it `undefined` or `null`?
    pub fn is_nullish(self, value: Value) -> bool {
        matches!(self.type_of(value), Ok(sys::ValueType::napi_undefined | sys::ValueType::napi_null))
    }

    /// Is it an error that the engine made?
    pub fn is_error(self, value: Value) -> bool {
        let found: Result<bool> = out!(self, napi_is_error, false, value);
        found.unwrap_or(false)
    }

    /// Is it an array?
    pub fn is_array(self, value: Value) -> bool {
        let found: Result<bool> = out!(self, napi_is_array, false, value);
        found.unwrap_or(false)
    }

    /// Are the two the same value (`===`)?
    pub fn same(self, left: Value, right: Value) -> bool {
        let found: Result<bool> = out!(self, napi_strict_equals, false, left, right);
        found.unwrap_or(false)
    }

    /// The number in `value`, if it is one.
    pub fn as_number(self, value: Value) -> Option<f64> {
        let found: Result<f64> = out!(self, napi_get_value_double, 0.0, value);
        found.ok()
    }

    /// The number in `value` as the bindings read an `int32`, if it is one.
    pub fn as_i32(self, value: Value) -> Option<i32> {
        let found: Result<i32> = out!(self, napi_get_value_int32, 0, value);
        found.ok()
    }

    /// The number of a thread in `value`, if it is one.
    pub fn as_u32(self, value: Value) -> Option<u32> {
        let found: Result<u32> = out!(self, napi_get_value_uint32, 0, value);
        found.ok()
    }

    /// The boolean in `value`, if it is one.
    pub fn as_bool(self, value: Value) -> Option<bool> {
        let found: Result<bool> = out!(self, napi_get_value_bool, false, value);
        found.ok()
    }

    /// The string in `value`, if it is one, appended to `buffer` as UTF-8 (lone surrogates become U+FFFD, as in
    /// Node's own conversion).
    pub fn read_string(self, value: Value, buffer: &mut Bytes) -> bool {
        self.read_ascii(value, buffer) || self.read_utf8(value, buffer)
    }

    /// The same for a short string that is all ASCII, as nearly every path is. The engine hands out its characters
    /// as UTF-16 in half the time that it takes to make UTF-8 of them.
    #[inline]
    fn read_ascii(self, value: Value, buffer: &mut Bytes) -> bool {
        let mut units = [MaybeUninit::<u16>::uninit(); SHORT];
        let mut length = 0;
        // SAFETY: N-API writes at most as many units as there is room for, with the NUL at the end.
        let status = unsafe {
            sys::napi_get_value_string_utf16(self.0, value, units.as_mut_ptr().cast(), SHORT, &raw mut length)
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
        // SAFETY: there is room for `length` bytes more past `start`, and each is written before it counts.
        unsafe {
            let end = buffer.as_mut_ptr().add(start);
            for (at, unit) in units.iter().enumerate() {
                all |= *unit;
                #[expect(clippy::cast_possible_truncation, reason = "what is cut off makes the bytes not count")]
                end.add(at).write(*unit as u8);
            }
            if all >= 0x80 {
                return false;
            }
            buffer.set_len(start + length);
        }
        true
    }

    fn read_utf8(self, value: Value, buffer: &mut Bytes) -> bool {
        let start = buffer.len();
        buffer.reserve(SHORT);
        loop {
            let room = buffer.capacity() - start;
            let mut length = 0;
            // SAFETY: `room` bytes past `start` are allocated, and N-API writes at most that many.
            let status = unsafe {
                sys::napi_get_value_string_utf8(
                    self.0,
                    value,
                    buffer.as_mut_ptr().add(start).cast(),
                    room,
                    &raw mut length,
                )
            };
            if status != sys::Status::napi_ok {
                return false;
            }
            // N-API keeps a byte for the NUL and never splits a character, so a string that was cut
            // leaves at most three bytes and that one unused.
            if length + 4 < room {
                // SAFETY: N-API has initialised `length` bytes past `start`.
                unsafe { buffer.set_len(start + length) };
                return true;
            }
            buffer.reserve(room * 4);
        }
    }

    /// The string in `value`, if it is one.
    pub fn as_string(self, value: Value) -> Option<String> {
        let mut bytes = Bytes::new();
        self.read_string(value, &mut bytes).then(|| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// What `value | 0` gives. A `valueOf` of the program may run.
    pub fn coerce_to_i32(self, value: Value) -> Result<i32> {
        let number = out!(self, napi_coerce_to_number, ptr::null_mut(), value)?;
        self.as_i32(number).ok_or(Failed)
    }

    /// What `String(value)` gives. A `toString` of the program may run.
    pub fn coerce_to_string(self, value: Value) -> Result<String> {
        let text = out!(self, napi_coerce_to_string, ptr::null_mut(), value)?;
        self.as_string(text).ok_or(Failed)
    }

    /// A copy of the bytes of a `Uint8Array` (a `Buffer` is one), if `value` is one.
    pub fn uint8_array(self, value: Value) -> Option<Vec<u8>> {
        let mut kind = 0;
        let mut length = 0;
        let mut data: *mut c_void = ptr::null_mut();
        // SAFETY: every out parameter outlives the call; unused ones are null, which N-API allows.
        let status = unsafe {
            sys::napi_get_typedarray_info(
                self.0,
                value,
                &raw mut kind,
                &raw mut length,
                &raw mut data,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        if status != sys::Status::napi_ok || kind != sys::TypedarrayType::uint8_array {
            return None;
        }
        let mut copy = vec![0; length];
        if length > 0 {
            // SAFETY: `data` points at `length` bytes that live as long as the value does. Another thread may
            // write them if they are shared; the copy is what is used from here on.
            unsafe { ptr::copy_nonoverlapping(data.cast::<u8>(), copy.as_mut_ptr(), length) };
        }
        Some(copy)
    }

    /// Where the bytes of a `Uint8Array` lie, for as long as the array lives.
    pub fn bytes_of(self, array: Value) -> Result<*mut u8> {
        let mut data: *mut c_void = ptr::null_mut();
        // SAFETY: the out parameter outlives the call; unused ones are null, which N-API allows.
        ok(unsafe {
            sys::napi_get_typedarray_info(
                self.0,
                array,
                ptr::null_mut(),
                ptr::null_mut(),
                &raw mut data,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        })?;
        if data.is_null() { Err(Failed) } else { Ok(data.cast()) }
    }

    /// `object[name]`. An accessor of the program may run.
    pub fn get(self, object: Value, name: &str) -> Result<Value> {
        let key = self.string(name)?;
        self.get_key(object, key)
    }

    /// `object[key]`. An accessor of the program may run.
    pub fn get_key(self, object: Value, key: Value) -> Result<Value> {
        out!(self, napi_get_property, ptr::null_mut(), object, key)
    }

    /// `object[index]`.
    pub fn element(self, object: Value, index: u32) -> Result<Value> {
        out!(self, napi_get_element, ptr::null_mut(), object, index)
    }

    /// The length of an array.
    pub fn length(self, array: Value) -> Result<u32> {
        out!(self, napi_get_array_length, 0, array)
    }

    /// Does the object itself have the property?
    pub fn has_own(self, object: Value, name: &str) -> Result<bool> {
        let key = self.string(name)?;
        out!(self, napi_has_own_property, false, object, key)
    }

    /// [`Js::has_own`] with a key that is already a value.
    pub fn has_own_key(self, object: Value, key: Value) -> Result<bool> {
        out!(self, napi_has_own_property, false, object, key)
    }

    /// `object[name] = value`.
    pub fn set(self, object: Value, name: &str, value: Value) -> Result<()> {
        let key = self.string(name)?;
        // SAFETY: all values belong to the running callback.
        ok(unsafe { sys::napi_set_property(self.0, object, key, value) })
    }

    /// `delete object[key]`.
    pub fn delete_key(self, object: Value, key: Value) -> Result<()> {
        // SAFETY: all values belong to the running callback.
        ok(unsafe { sys::napi_delete_property(self.0, object, key, ptr::null_mut()) })
    }

    /// Defines an own data property, whatever setters stand on the prototypes.
    pub fn define(
        self,
        object: Value,
        name: &str,
        value: Value,
        attributes: sys::napi_property_attributes,
    ) -> Result<()> {
        let key = self.string(name)?;
        self.define_key(object, key, value, attributes)
    }

    /// [`Js::define`] with a key that is already a value (a symbol, say).
    pub fn define_key(
        self,
        object: Value,
        key: Value,
        value: Value,
        attributes: sys::napi_property_attributes,
    ) -> Result<()> {
        let descriptor = sys::napi_property_descriptor {
            utf8name: ptr::null(),
            name: key,
            method: None,
            getter: None,
            setter: None,
            value,
            attributes,
            data: ptr::null_mut(),
        };
        // SAFETY: one descriptor is passed and it outlives the call.
        ok(unsafe { sys::napi_define_properties(self.0, object, 1, &raw const descriptor) })
    }

    /// Defines an own accessor that has a setter alone, written in Rust. The engine calls such a function at once, without
    /// looking for room for JavaScript on the stack.
    pub fn define_setter<N: Native>(self, object: Value, key: Value, data: &'static N::Data) -> Result<()> {
        let descriptor = sys::napi_property_descriptor {
            utf8name: ptr::null(),
            name: key,
            method: None,
            getter: None,
            setter: Some(enter::<N>),
            value: ptr::null_mut(),
            attributes: sys::PropertyAttributes::default,
            data: ptr::from_ref(data).cast_mut().cast(),
        };
        // SAFETY: one descriptor is passed and it outlives the call; the data lives as long as the environment.
        ok(unsafe { sys::napi_define_properties(self.0, object, 1, &raw const descriptor) })
    }

    /// The object's own property names and symbols, enumerable or not; indices as strings.
    pub fn own_keys(self, object: Value) -> Result<Vec<Value>> {
        self.keys(object, sys::KeyFilter::all_properties)
    }

    /// `Object.keys(object)`.
    pub fn own_enumerable_names(self, object: Value) -> Result<Vec<Value>> {
        self.keys(object, sys::KeyFilter::enumerable | sys::KeyFilter::skip_symbols)
    }

    fn keys(self, object: Value, filter: sys::napi_key_filter) -> Result<Vec<Value>> {
        let keys = out!(
            self,
            napi_get_all_property_names,
            ptr::null_mut(),
            object,
            sys::KeyCollectionMode::own_only,
            filter,
            sys::KeyConversion::numbers_to_strings
        )?;
        (0..self.length(keys)?).map(|index| self.element(keys, index)).collect()
    }

    /// `Object.getPrototypeOf(object)`.
    pub fn prototype(self, object: Value) -> Result<Value> {
        out!(self, napi_get_prototype, ptr::null_mut(), object)
    }

    /// Calls a function.
    pub fn call(self, this: Value, function: Value, args: &[Value]) -> Result<Value> {
        out!(self, napi_call_function, ptr::null_mut(), this, function, args.len(), args.as_ptr())
    }

    /// Calls a function by way of `attempt` (`primordials.js`), and gives what it throws as a value.
    pub fn attempt(
        self,
        attempt: Value,
        this: Value,
        function: Value,
        args: &[Value],
    ) -> Result<std::result::Result<Value, Value>> {
        let outcome = self.call(self.undefined()?, attempt, &[function, this, self.array(args)?])?;
        let value = self.get(outcome, "value")?;
        Ok(if self.as_bool(self.get(outcome, "threw")?) == Some(false) { Ok(value) } else { Err(value) })
    }

    /// `new Class(...args)`.
    pub fn construct(self, class: Value, args: &[Value]) -> Result<Value> {
        out!(self, napi_new_instance, ptr::null_mut(), class, args.len(), args.as_ptr())
    }

    /// Evaluates a script and returns the value of its last expression.
    pub fn run(self, source: &str) -> Result<Value> {
        let source = self.string(source)?;
        out!(self, napi_run_script, ptr::null_mut(), source)
    }

    /// A function that runs [`Native::run`] with `data`.
    pub fn native<N: Native>(self, name: &str, data: &'static N::Data) -> Result<Value> {
        out!(
            self,
            napi_create_function,
            ptr::null_mut(),
            name.as_ptr().cast(),
            name.len().cast_signed(),
            Some(enter::<N>),
            ptr::from_ref(data).cast_mut().cast()
        )
    }

    /// An ordinary `Error` made by the engine, with nothing but a message and a stack.
    pub fn error(self, message: &str) -> Result<Value> {
        let message = self.string(message)?;
        out!(self, napi_create_error, ptr::null_mut(), ptr::null_mut(), message)
    }

    /// A `TypeError` with a `code`.
    pub fn type_error(self, code: &str, message: &str) -> Result<Value> {
        let message = self.string(message)?;
        let error = out!(self, napi_create_type_error, ptr::null_mut(), ptr::null_mut(), message)?;
        let code = self.string(code)?;
        self.define(error, "code", code, ORDINARY)?;
        Ok(error)
    }

    /// Throws a value. The native function must return at once.
    pub fn throw(self, error: Value) {
        // SAFETY: the value belongs to the running callback. Should it fail, an exception is pending already.
        unsafe { sys::napi_throw(self.0, error) };
    }

    /// The same, and whether the engine has taken it: on a thread that is being ended it does not.
    pub fn throws(self, error: Value) -> bool {
        self.throw(error);
        let pending: Result<bool> = out!(self, napi_is_exception_pending, false);
        pending == Ok(true)
    }

    /// Takes the pending exception, if there is one.
    pub fn take_exception(self) -> Option<Value> {
        let pending: Result<bool> = out!(self, napi_is_exception_pending, false);
        if !pending.ok()? {
            return None;
        }
        let taken: Result<Value> = out!(self, napi_get_and_clear_last_exception, ptr::null_mut());
        taken.ok()
    }

    /// A promise that is already rejected.
    pub fn rejected(self, error: Value) -> Result<Value> {
        let mut deferred = ptr::null_mut();
        let promise = out!(self, napi_create_promise, ptr::null_mut(), &raw mut deferred)?;
        // SAFETY: the deferred was just made and is used once.
        ok(unsafe { sys::napi_reject_deferred(self.0, deferred, error) })?;
        Ok(promise)
    }

    /// Keeps a value alive for as long as the environment lives.
    pub fn keep(self, value: Value) -> Result<Kept> {
        out!(self, napi_create_reference, ptr::null_mut(), value, 1).map(Kept)
    }

    /// Is this value of a type that the program made with a `Symbol`?
    pub fn is_symbol(self, value: Value) -> bool {
        matches!(self.type_of(value), Ok(sys::ValueType::napi_symbol))
    }
}

/// An own, enumerable, writable and configurable property, as an assignment makes it.
pub const ORDINARY: sys::napi_property_attributes =
    sys::PropertyAttributes::enumerable | sys::PropertyAttributes::writable | sys::PropertyAttributes::configurable;

/// An own property as an error holds its message: not enumerable.
pub const HIDDEN: sys::napi_property_attributes =
    sys::PropertyAttributes::writable | sys::PropertyAttributes::configurable;

/// A value that outlives the call that made it. Used on the thread of its environment only.
#[derive(Debug, Clone, Copy)]
pub struct Kept(sys::napi_ref);

impl Kept {
    /// The value.
    pub fn get(self, js: Js) -> Result<Value> {
        let mut value = ptr::null_mut();
        // SAFETY: the reference was made in this environment and is never deleted.
        ok(unsafe { sys::napi_get_reference_value(js.0, self.0, &raw mut value) })?;
        if value.is_null() { Err(Failed) } else { Ok(value) }
    }
}

/// One call of a function written in Rust: who called, with what.
#[derive(Debug)]
pub struct Call {
    /// The environment.
    pub js: Js,
    /// The receiver.
    pub this: Value,
    args: [Value; Call::MOST],
    count: usize,
}

impl Call {
    /// No guarded function reads an argument past this one; further ones are passed on unseen.
    pub const MOST: usize = 12;
    /// As many arguments as most calls have. Room for more is filled with `undefined`, which takes its time.
    const FEW: usize = 5;

    /// Reads the call and the data that the function was made with.
    ///
    /// # Safety
    /// `env` and `info` must be those of the running callback, and the function must have been made by
    /// [`Js::native`] with data of type `T`.
    unsafe fn read<T: 'static>(env: sys::napi_env, info: sys::napi_callback_info) -> Result<(Self, &'static T)> {
        let mut args = [ptr::null_mut(); Self::MOST];
        let mut count = Self::FEW;
        let mut this = ptr::null_mut();
        let mut data = ptr::null_mut();
        // SAFETY: by this function's contract; `args` has room for `count` values.
        ok(unsafe {
            sys::napi_get_cb_info(env, info, &raw mut count, args.as_mut_ptr(), &raw mut this, &raw mut data)
        })?;
        if count > Self::FEW {
            count = Self::MOST;
            // SAFETY: as above.
            ok(unsafe {
                sys::napi_get_cb_info(env, info, &raw mut count, args.as_mut_ptr(), ptr::null_mut(), ptr::null_mut())
            })?;
        }
        // SAFETY: by this function's contract the data is a `&'static T`.
        let data = unsafe { &*data.cast::<T>() };
        Ok((Self { js: Js(env), this, args, count }, data))
    }

    /// How many arguments the caller gave.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The argument, if the caller gave that many.
    pub fn arg(&self, index: usize) -> Option<Value> {
        (index < self.count.min(Self::MOST)).then(|| self.args[index])
    }

    /// The arguments that were read.
    pub fn args(&self) -> &[Value] {
        &self.args[..self.count.min(Self::MOST)]
    }
}

/// Converts a count to a number of JavaScript.
#[expect(clippy::cast_precision_loss, reason = "so many calls take years")]
pub fn number_of(count: u64) -> f64 {
    count as f64
}
