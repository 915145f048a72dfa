//! What is asked about.

use super::hosts::Endpoint;
use super::net::HostGrant;
use super::path::Absolute;

/// The thing that a check names besides its scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource<'a> {
    /// Nothing: the scope as a whole.
    Nothing,
    /// A file or directory.
    Path(Absolute<'a>),
    /// Where a call goes on the network.
    Endpoint(Endpoint<'a>),
    /// All that these cover: what `has` and `drop` are asked with.
    Hosts(&'a [HostGrant]),
    /// A program about to be started.
    Program {
        /// What was asked for: a bare word, or an absolute path.
        file: &'a str,
        /// The real path of what that leads to; `None` if it leads to nothing, or nobody has looked.
        real: Option<&'a str>,
        /// Its arguments, without the program's own name.
        arguments: &'a [String],
    },
    /// A name: of a variable, or what a switch was asked with. For [`Scope::Child`](super::Scope::Child) a command
    /// line, read as a grant is.
    Name(&'a str),
}
