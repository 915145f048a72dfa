//! What a thread asks of the modules that are hooked when Node loads them.

use std::fmt::Debug;

use crate::js::value::JsError;

/// Modules of Node that wait for their hooks until they are loaded.
pub trait LazyModules: Debug {
    /// Loads all that waits.
    ///
    /// # Errors
    /// With an exception, if something that this Node has could not be loaded.
    fn finish(&self) -> Result<(), JsError>;

    /// Loads all that waits, and hears no more.
    ///
    /// # Errors
    /// As [`LazyModules::finish`].
    fn close(&self) -> Result<(), JsError>;
}
