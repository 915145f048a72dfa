//! Reads the operating system: files, links, descriptors, variables, file URLs. Decides nothing.

#[cfg(unix)]
pub mod descriptors;
#[cfg(unix)]
pub mod environment;
pub mod file_url;
#[cfg(unix)]
pub mod files;
#[cfg(unix)]
pub mod links;
#[cfg(unix)]
#[cfg_attr(not(feature = "addon"), allow(dead_code, reason = "the addon is what uses them"))]
pub mod opened;
#[cfg(unix)]
pub mod ports;
#[cfg(unix)]
mod world;
