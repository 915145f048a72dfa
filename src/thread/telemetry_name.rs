//! The name of permit in OpenTelemetry.

/// The name of the meter and of the logger.
pub const NAME: &str = "@org/permit";
/// Their version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
