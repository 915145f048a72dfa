//! The first step of a guarded call: reads every argument once and converts it, before anything is
//! decided.
//!
//! A getter, a `toString` or a proxy in an argument is code of the program. It runs here, and never
//! later. Afterwards the decision and the original see only strings, numbers, private copies of
//! bytes and plain copies of objects.

use super::question::{Question, Stop};
use super::tables::row::{Guard, HookSpec, Use};
use crate::js::env::Bytes;

/// The form to which an argument is converted.
#[derive(Debug, Clone, Copy)]
enum Argument {
    /// A path: the bytes that the original gets.
    Path(usize),
    /// Text that is no path from the working directory.
    Text(usize),
    /// An options object: a plain copy.
    Options(usize),
    /// The number of a descriptor, and what the call does with it.
    Descriptor(usize, Use),
    /// The number of a descriptor whose file is changed: a number of permit's own for the same
    /// file.
    OwnDescriptor(usize),
    /// A value of which `fs.realpathSync` makes a path.
    Realpath(usize),
}

/// Returns the arguments that a guard asks about. A guard without an entry takes primitives, or
/// reads all of its arguments itself before it decides.
fn arguments(guard: Guard, runs_later: bool) -> [Option<Argument>; 2] {
    use Argument::{Descriptor, Options, OwnDescriptor, Path, Realpath, Text};
    match guard {
        Guard::ReadNoFollowLater(path) if runs_later => [Some(Path(path)), None],
        Guard::Read(path)
        | Guard::ReadNoFollow(path)
        | Guard::Write(path)
        | Guard::WriteNoFollow(path)
        | Guard::ReadTree(path)
        | Guard::NotKept(path)
        | Guard::FoldersAbove(path)
        | Guard::Temporary(path)
        | Guard::Library(path)
        | Guard::Remove { path, .. }
        | Guard::Open { path, .. }
        | Guard::MakeDirectory { path, .. } => [Some(Path(path)), None],
        Guard::WalksEntries(_) => [Some(Path(0)), Some(Path(1))],
        Guard::CopyTree { source, target }
        | Guard::NoDenialBelow { source, target }
        | Guard::MovedLinks { source, target } => [Some(Path(source)), Some(Path(target))],
        Guard::Link { target, path } => [Some(Text(target)), Some(Path(path))],
        Guard::ReadTreeOption { path, options } | Guard::RemoveOption { path, options } => {
            [Some(Options(options)), Some(Path(path))]
        }
        Guard::Use(descriptor, to) => [Some(Descriptor(descriptor, to)), None],
        Guard::Descriptor(descriptor) => [Some(OwnDescriptor(descriptor)), None],
        Guard::Real(path) => [Some(Realpath(path)), None],
        Guard::TestRun(options) | Guard::BytecodeOption(options) | Guard::HeapSummary(options) => {
            [Some(Options(options)), None]
        }
        _ => [None, None],
    }
}

impl Question<'_> {
    /// Converts all arguments of the call.
    pub fn convert(&mut self, row: &HookSpec) -> Result<(), Stop> {
        let is_later = self.runs_later();
        let needed = || row.guards.iter().flat_map(|guard| arguments(*guard, is_later)).flatten();
        // Paths come last, because reading options may change the working directory.
        if let Some(options) = row.options {
            self.settle_options(options)?;
        }
        for argument in needed() {
            match argument {
                Argument::Options(index) => self.settle_options(index)?,
                Argument::Descriptor(index, to) => self.settle_descriptor(index, to)?,
                Argument::OwnDescriptor(index) => self.take_descriptor(index)?,
                Argument::Realpath(index) => self.settle_realpath(index)?,
                Argument::Path(_) | Argument::Text(_) => {}
            }
        }
        for argument in needed() {
            match argument {
                Argument::Path(index) | Argument::Realpath(index) => {
                    self.read_path(index, &mut Bytes::new())?;
                }
                Argument::Text(index) => {
                    self.read_text(index, &mut Bytes::new())?;
                }
                Argument::Options(_) | Argument::Descriptor(..) | Argument::OwnDescriptor(_) => {}
            }
        }
        Ok(())
    }
}
