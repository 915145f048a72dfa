//! Functions of JavaScript that are written in Rust.

use std::ptr;

use napi::sys;

use crate::js::env::Env;
use crate::js::value::{JsError, NOTHING, Result, Value, check};

/// A function of JavaScript that is written in Rust. [`Env::native`] makes one.
pub trait Native {
    /// The data that each such function is made with.
    type Data: 'static;

    /// Answers a call. [`NOTHING`] is `undefined`. A pending exception goes to the caller.
    fn run<'env>(call: &'env Call<'env>, data: &'static Self::Data) -> Value<'env>;

    /// Answers a call whose arguments the engine does not give.
    fn unread(_: Env<'_>) -> Value<'_> {
        NOTHING
    }
}

/// Reads a call and runs the [`Native`] that was called. The engine calls this function for each of
/// them.
pub(super) unsafe extern "C" fn enter<N: Native>(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: only `native` and `define_setter` hand this function to the engine, both with data of
    // the type. The engine calls it with the environment and the information of the running
    // callback.
    let (env, read) = unsafe { (Env::from_raw(env), Call::read::<N::Data>(env, info)) };
    match read {
        Ok((call, data)) => N::run(&call, data).raw(),
        Err(JsError) => N::unread(env).raw(),
    }
}

/// One call of a function written in Rust: its receiver and its arguments.
#[derive(Debug)]
pub struct Call<'env> {
    /// The environment.
    pub env: Env<'env>,
    /// The receiver.
    pub this: Value<'env>,
    args: [Value<'env>; Call::MAX_READ],
    count: usize,
}

impl<'env> Call<'env> {
    /// The most arguments that are read. No guarded function uses a further one, so they are passed
    /// on unseen.
    pub const MAX_READ: usize = 12;
    /// The number of arguments that the first read asks for. Most calls have no more, and the
    /// engine fills unused room with `undefined`, which takes time.
    const FEW: usize = 5;

    /// Reads the call and the data that the function was made with.
    ///
    /// # Safety
    /// `env` and `info` must be those of the running callback, and the function must have been made
    /// by [`Env::native`] or [`Env::define_setter`] with data of type `T`.
    unsafe fn read<T: 'static>(env: sys::napi_env, info: sys::napi_callback_info) -> Result<(Self, &'static T)> {
        let mut args = [ptr::null_mut(); Self::MAX_READ];
        let mut count = Self::FEW;
        let mut this = ptr::null_mut();
        let mut data = ptr::null_mut();
        // SAFETY: by this function's contract. `args` has room for `count` values each time, the
        // data is a `&'static T`, and the values live as long as the callback runs.
        unsafe {
            check(sys::napi_get_cb_info(env, info, &raw mut count, args.as_mut_ptr(), &raw mut this, &raw mut data))?;
            if count > Self::FEW {
                count = Self::MAX_READ;
                let (unused, unneeded) = (ptr::null_mut(), ptr::null_mut());
                check(sys::napi_get_cb_info(env, info, &raw mut count, args.as_mut_ptr(), unused, unneeded))?;
            }
            let args = args.map(|raw| Value::from_raw(raw));
            Ok((Self { env: Env::from_raw(env), this: Value::from_raw(this), args, count }, &*data.cast::<T>()))
        }
    }

    /// Returns how many arguments the caller gave.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// Returns the argument, if the caller gave that many.
    pub fn arg(&self, index: usize) -> Option<Value<'env>> {
        self.args().get(index).copied()
    }

    /// Returns the arguments that were read.
    pub fn args(&self) -> &[Value<'env>] {
        &self.args[..self.count.min(Self::MAX_READ)]
    }
}

impl<'env> Env<'env> {
    /// Makes a function that runs [`Native::run`] with `data`.
    ///
    /// # Errors
    /// [`JsError`] if the engine fails.
    pub fn native<N: Native>(self, name: &str, data: &'static N::Data) -> Result<Value<'env>> {
        let mut function = ptr::null_mut();
        // SAFETY: `enter` gets the data with the type that it reads, and the data lives as long as
        // the environment.
        unsafe {
            check(sys::napi_create_function(
                self.raw(),
                name.as_ptr().cast(),
                name.len().cast_signed(),
                Some(enter::<N>),
                ptr::from_ref(data).cast_mut().cast(),
                &raw mut function,
            ))?;
            Ok(Value::from_raw(function))
        }
    }

    /// Defines an own accessor that has only a setter. The engine calls a setter in Rust directly,
    /// even if the stack has no room left for JavaScript.
    ///
    /// # Errors
    /// [`JsError`] if the engine fails.
    pub fn define_setter<N: Native>(self, object: Value<'_>, key: Value<'_>, data: &'static N::Data) -> Result<()> {
        let descriptor = sys::napi_property_descriptor {
            utf8name: ptr::null(),
            name: key.raw(),
            method: None,
            getter: None,
            setter: Some(enter::<N>),
            value: ptr::null_mut(),
            attributes: sys::PropertyAttributes::default,
            data: ptr::from_ref(data).cast_mut().cast(),
        };
        // SAFETY: one descriptor is passed and it outlives the call; the data is as for `native`.
        check(unsafe { sys::napi_define_properties(self.raw(), object.raw(), 1, &raw const descriptor) })
    }
}
