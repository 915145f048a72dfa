//! Wakes the thread of a Node environment from any other thread, to run a native function. It keeps
//! no environment alive.

use std::ffi::c_void;
use std::ptr;

use napi::sys;

use crate::js::env::Env;
use crate::js::value::JsError;

/// A function that a woken thread runs.
pub trait Wakes: 'static {
    /// Runs on the thread that was woken, unless its environment is ending.
    fn woken(&'static self);
}

unsafe extern "C" fn enter<T: Wakes>(env: sys::napi_env, _: sys::napi_value, data: *mut c_void, _: *mut c_void) {
    // Without an environment the thread is ending, and its data may be gone.
    if !env.is_null() {
        // SAFETY: `Waker::new` gave the engine this function with data of the type, which lives as
        // long as the environment.
        unsafe { &*data.cast::<T>() }.woken();
    }
}

/// Wakes one thread. It must be dropped before that thread's environment ends.
#[derive(Debug)]
pub struct Waker(sys::napi_threadsafe_function);

// SAFETY: N-API lets any thread call a thread-safe function.
unsafe impl Send for Waker {}

impl Waker {
    /// Makes a waker, on the thread of this environment. The thread then runs [`Wakes::woken`] of
    /// `data`.
    pub fn new<T: Wakes>(env: Env<'_>, data: &'static T) -> Result<Self, JsError> {
        let name = env.string("permit")?;
        let mut function = ptr::null_mut();
        // SAFETY: the environment is the one of the running callback; `data` lives as long as the
        // environment; no function of JavaScript is called, so none is given.
        let status = unsafe {
            sys::napi_create_threadsafe_function(
                env.raw(),
                ptr::null_mut(),
                ptr::null_mut(),
                name.raw(),
                // The queue has no limit.
                0,
                1,
                ptr::null_mut(),
                None,
                ptr::from_ref(data).cast_mut().cast(),
                Some(enter::<T>),
                &raw mut function,
            )
        };
        if status != sys::Status::napi_ok {
            return Err(JsError);
        }
        // SAFETY: it was made just now, on this thread.
        unsafe { sys::napi_unref_threadsafe_function(env.raw(), function) };
        Ok(Self(function))
    }

    /// Wakes the thread. Its event loop then runs the function.
    pub fn wake(&self) {
        // SAFETY: the waker is dropped before the environment ends. The status does not matter: an
        // environment that is ending has nothing to do.
        unsafe {
            sys::napi_call_threadsafe_function(self.0, ptr::null_mut(), sys::ThreadsafeFunctionCallMode::nonblocking)
        };
    }
}
