//! The resource that a question is about.

use super::hosts::Endpoint;
use super::net::HostGrant;
use super::path::Absolute;

/// What a question names besides its scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource<'a> {
    /// No resource: the scope as a whole.
    Nothing,
    /// A file or directory.
    Path(Absolute<'a>),
    /// The target of a network call.
    Endpoint(Endpoint<'a>),
    /// Everything that these grants cover. `has` and `drop` ask so.
    Hosts(&'a [HostGrant]),
    /// A program that is about to start.
    Program {
        /// The program as it was called: a bare word, or an absolute path.
        file: &'a str,
        /// The real path of the file that this leads to. `None` if it leads to nothing, or if
        /// nobody has looked.
        real: Option<&'a str>,
        /// Its arguments, without the program's own name.
        arguments: &'a [String],
    },
    /// The name of a variable, or the reference of a question about a switch. For
    /// [`Scope::Child`](super::Scope::Child) it is a command line, in the syntax of a grant.
    Name(&'a str),
}
