//! The modules that permit hooks when Node loads them, as a thread uses them.

use std::fmt::Debug;

use crate::js::value::JsError;

/// Modules of Node that get their hooks when they are loaded.
pub trait LazyModules: Debug {
    /// Loads the modules that are not loaded yet.
    ///
    /// # Errors
    /// [`JsError`] with an exception, if a module that this Node has could not be loaded.
    fn finish(&self) -> Result<(), JsError>;

    /// Loads the modules that are not loaded yet, and stops watching Node's loader.
    ///
    /// # Errors
    /// As [`LazyModules::finish`].
    fn close(&self) -> Result<(), JsError>;
}
