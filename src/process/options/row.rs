//! The columns of the table.

/// The effect of an option that no hook sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opens {
    /// Nothing. The option changes time, memory or output, or its work goes through the hooks.
    Nothing,
    /// Node, or V8, reads a file.
    Reads,
    /// Node, or V8, writes files.
    Writes,
    /// Node lets a debugger attach.
    Debugger,
    /// The program waits for a debugger before its preloads.
    Stop,
    /// Node starts a thread that resolves modules.
    Loader,
    /// Node runs code before the preloads, or loads no preloads.
    Unheld,
    /// V8 omits checks, or enables unfinished parts.
    Engine,
    /// The program gets Node's internals, or a second set of modules without hooks.
    Internals,
    /// The table has no row for the option.
    Unknown,
}

impl Opens {
    /// The reason of a refusal, as a verb phrase with the option as its subject.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Nothing => "opens nothing",
            Self::Reads => "has Node read a file by itself",
            Self::Writes => "has Node write files by itself",
            Self::Debugger => "lets a debugger in",
            Self::Stop => "stops the program for a debugger before its preloads",
            Self::Loader => "starts a thread",
            Self::Unheld => "runs code before the preloads, or without them",
            Self::Engine => "changes what the engine checks",
            Self::Internals => "hands out what the hooks stand on",
            Self::Unknown => "is not known to this release of permit",
        }
    }
}

/// Options with the same columns.
#[derive(Debug)]
pub struct Rows {
    /// The effect of the options.
    pub opens: Opens,
    /// Node acts on the options before the first preload.
    pub early: bool,
    /// The options take a value, behind `=` or as the next word.
    pub takes_value: bool,
    /// Their names.
    pub names: &'static [&'static str],
}
