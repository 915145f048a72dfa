//! Values of the engine, with lifetimes that end with their handle scopes.

use std::marker::PhantomData;
use std::ptr;

use napi::sys;

/// An N-API call failed or left a JavaScript exception pending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsError;

/// The result of an N-API call.
pub type Result<T> = std::result::Result<T, JsError>;

/// Turns the status of an N-API call into a result.
pub(super) fn check(status: sys::napi_status) -> Result<()> {
    if status == sys::Status::napi_ok { Ok(()) } else { Err(JsError) }
}

/// A JavaScript value. It is valid while the native call that produced it runs, and no longer.
#[derive(Debug, Clone, Copy)]
#[repr(transparent)]
pub struct Value<'env>(sys::napi_value, PhantomData<&'env ()>);

/// The value that a native function returns for `undefined`.
pub const NOTHING: Value<'static> = Value(ptr::null_mut(), PhantomData);

impl Value<'_> {
    /// Wraps a value of the engine.
    ///
    /// # Safety
    /// The handle scope of the value stays open for the lifetime that the caller chooses.
    pub const unsafe fn from_raw(raw: sys::napi_value) -> Self {
        Self(raw, PhantomData)
    }

    /// Returns the value as the engine knows it.
    pub const fn raw(self) -> sys::napi_value {
        self.0
    }
}

/// A value that outlives the call that made it. Only the thread of its environment may use it.
#[derive(Debug, Clone, Copy)]
pub struct Persistent(pub(super) sys::napi_ref);
