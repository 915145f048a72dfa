//! One table of the options of Node and the flags of V8. A row says what the option makes Node do
//! without a hook, and whether Node does it before the first preload. The start, the arguments and
//! `NODE_OPTIONS` of a child, the options of a worker and `v8.setFlagsFromString` are checked with
//! this table. An option without a row is [`Opens::Unknown`].

mod engine;
mod node;
mod row;

use std::borrow::Cow;

pub use self::row::Opens;
use self::row::Rows;

/// One option of a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeOption<'a> {
    /// The word on the command line.
    pub word: &'a str,
    /// The name in the table, without `--no-`: `--cpu-prof-dir`, `-r`.
    pub name: Cow<'a, str>,
    /// True for `--no-…`.
    pub negated: bool,
    /// The text behind `=`, or the next word.
    pub value: Option<&'a str>,
    /// The column of the table, corrected for the value and for `--no-`.
    pub opens: Opens,
    /// Node acts on the option before the first preload.
    pub early: bool,
}

impl NodeOption<'_> {
    /// Returns true if both have the same name, sign and value.
    #[must_use]
    pub fn says(&self, other: &NodeOption<'_>) -> bool {
        self.name == other.name && self.negated == other.negated && self.value == other.value
    }
}

/// Reads the options of Node from a command line, by the grammar of Node's parser
/// (`src/node_options-inl.h`). The options end at `--`, at `-`, or at the first word that is
/// neither an option nor the value of one.
pub fn read<W: AsRef<str>>(words: &[W]) -> Vec<NodeOption<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(word) = words.get(at).map(AsRef::as_ref) {
        at += 1;
        if word == "--" || word.len() < 2 || !word.starts_with('-') {
            break;
        }
        let next = words.get(at).map(AsRef::as_ref).filter(|next| !next.starts_with('-'));
        let (option, took) = one(word, next);
        let ends = option.name == "--prof-process";
        found.push(option);
        at += usize::from(took);
        if ends {
            break;
        }
    }
    found
}

/// Reads the options that Node takes from a whole command line: those of [`read`], and some that it
/// finds behind the program, too.
pub fn read_all<W: AsRef<str>>(words: &[W]) -> Vec<NodeOption<'_>> {
    let mut found = read(words);
    found.extend(found_anywhere(words));
    found
}

/// Reads the options that Node finds among the words of the program, too.
pub fn found_anywhere<W: AsRef<str>>(words: &[W]) -> impl Iterator<Item = NodeOption<'_>> {
    let is_one = |word: &str| node::FOUND_ANYWHERE.contains(&word.split_once('=').map_or(word, |(name, _)| name));
    let anywhere = (0..words.len()).filter(move |&at| is_one(words[at].as_ref()));
    anywhere.map(|at| one(words[at].as_ref(), words.get(at + 1).map(AsRef::as_ref)).0)
}

/// Reads one option. Also returns true if the next word is its value.
fn one<'a>(word: &'a str, next: Option<&'a str>) -> (NodeOption<'a>, bool) {
    let (spelled, value) = match word.split_once('=') {
        Some((name, value)) if word.starts_with("--") => (name, Some(value)),
        _ => (word, None),
    };
    let mut name = dashed(spelled);
    let negated = name.starts_with("--no-");
    if negated {
        name = Cow::Owned(format!("--{}", &name["--no-".len()..]));
    }
    let Some(rows) = node::NODE.iter().find(|rows| rows.names.contains(&name.as_ref())) else {
        return (engine(word), false);
    };
    let took = rows.takes_value && value.is_none() && next.is_some();
    let value = if took { next } else { value };
    let opens = if negated || node::is_harmless(&name, value) { Opens::Nothing } else { rows.opens };
    (NodeOption { word, name, negated, value, opens, early: rows.early }, took)
}

/// Replaces `_` by `-` in the name of an option, behind the first two characters.
fn dashed(name: &str) -> Cow<'_, str> {
    let (dashes, rest) = name.split_at(name.len().min(2));
    if rest.contains('_') { Cow::Owned(format!("{dashes}{}", rest.replace('_', "-"))) } else { Cow::Borrowed(name) }
}

/// Reads a flag of V8 (`src/flags/flags.cc`): one or two dashes, an optional `no` or `no-`, and a
/// name with `_` or `-`.
#[must_use]
pub fn engine(word: &str) -> NodeOption<'_> {
    let (spelled, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
    let bare = spelled.trim_start_matches('-').replace('_', "-");
    let stripped = [bare.strip_prefix("no-"), bare.strip_prefix("no")].into_iter().flatten();
    let mut read = [(bare.as_str(), false)].into_iter().chain(stripped.map(|rest| (rest, true)));
    let known = |(name, negated): (&str, bool)| engine::find(name).map(|opens| (name.to_owned(), negated, opens));
    let (name, negated, opens) = read.find_map(known).unwrap_or_else(|| (bare.clone(), false, Opens::Unknown));
    // `--no-prof` writes no file. `--no-wasm-bounds-checks` removes a check.
    let opens = match opens {
        Opens::Reads | Opens::Writes | Opens::Internals if negated => Opens::Nothing,
        opens => opens,
    };
    NodeOption { word, name: Cow::Owned(format!("--{name}")), negated, value, opens, early: opens != Opens::Unknown }
}

/// Reads the argument of `v8.setFlagsFromString`: words between blanks.
pub fn engine_flags(text: &str) -> impl Iterator<Item = NodeOption<'_>> {
    text.split(|c: char| c.is_whitespace() || c == '\u{b}').filter(|word| word.starts_with('-')).map(engine)
}

/// Compares the table with the options of each Node of the test suite.
#[cfg(test)]
mod every_node;

#[cfg(test)]
mod tests {
    use super::{Opens, engine_flags, read, read_all};

    fn opened(words: &[&str]) -> Vec<(String, Opens)> {
        let other = |option: &super::NodeOption<'_>| option.opens != Opens::Nothing;
        read(words).iter().filter(|option| other(option)).map(|option| (option.word.to_owned(), option.opens)).collect()
    }

    #[test]
    fn node_finds_files_of_settings_behind_the_program() {
        let found = |words: &[&str]| read_all(words).iter().any(|option| option.opens == Opens::Reads);
        assert!(found(&["app.js", "--env-file=/x"]) && found(&["app.js", "--env-file", "/x"]));
        assert!(found(&["--", "app.js", "--experimental-config-file=/x"]));
        assert!(found(&["-e", "0", "x", "--experimental-default-config-file"]));
        assert!(!found(&["app.js", "--env-files=/x", "--cpu-prof"]));
    }

    #[test]
    fn the_options_of_node_end_where_those_of_the_program_begin() {
        let prof = |word: &str| vec![(word.to_owned(), Opens::Writes)];
        assert_eq!(opened(&["--no-warnings", "-r", "x", "--prof"]), prof("--prof"));
        assert_eq!(opened(&["-e", "1", "--cpu-prof"]), prof("--cpu-prof"));
        assert_eq!(opened(&["-prof"]), prof("-prof"));
        assert_eq!(opened(&["--prof-process", "--prof"]), [("--prof-process".to_owned(), Opens::Unheld)]);
        for words in [
            &["--no-warnings", "app.js", "--prof"][..],
            &["-r", "x", "app.js", "--prof"],
            &["--", "--prof"],
            &["-", "--prof"],
            &["prof", "-p"],
        ] {
            assert_eq!(opened(words), [], "{words:?}");
        }
    }

    #[test]
    fn a_value_is_behind_the_equals_sign_or_the_next_word() {
        let of = |words: &[&str]| read(words).iter().map(|option| option.value.map(str::to_owned)).collect::<Vec<_>>();
        assert_eq!(of(&["--env-file=x", "--title", "y"]), [Some("x".to_owned()), Some("y".to_owned())]);
        assert_eq!(of(&["--title", "--prof"]), [None, None]);
        assert_eq!(of(&["--inspect", "app.js"]), [None]);
    }

    #[test]
    fn options_are_told_in_either_spelling_and_negated() {
        assert_eq!(opened(&["--cpu_prof-dir=/x"]), [("--cpu_prof-dir=/x".to_owned(), Opens::Writes)]);
        assert_eq!(opened(&["--no-inspect", "--no-logfile-per-isolate", "--noprof", "--no_prof"]), []);
        assert_eq!(opened(&["--no-wasm-bounds-checks"])[0].1, Opens::Engine);
        assert_eq!(opened(&["--brand-new"])[0].1, Opens::Unknown);
        assert_eq!(opened(&["-x"])[0].1, Opens::Unknown);
    }

    #[test]
    fn some_values_open_nothing() {
        assert_eq!(opened(&["--test-isolation=process", "--watch-kill-signal=SIGTERM"]), []);
        assert_eq!(opened(&["--test-isolation", "none"])[0].1, Opens::Unheld);
        assert_eq!(opened(&["--watch-kill-signal=SIGUSR1"])[0].1, Opens::Debugger);
        assert_eq!(opened(&["--trace-event-file-pattern=node_trace.${rotation}.log"]), []);
        assert_eq!(opened(&["--trace-event-file-pattern=/x"])[0].1, Opens::Writes);
    }

    #[test]
    fn a_program_may_set_few_flags_of_the_engine() {
        let of = |text| engine_flags(text).map(|flag| flag.opens).collect::<Vec<_>>();
        assert_eq!(of("--expose_gc --noopt\t-max-old-space-size=9 --stack-size 984"), [Opens::Nothing; 4]);
        assert_eq!(of("--prof --trace_turbo_path=/x --logfile /x --heap-snapshot-on-oom"), [Opens::Writes; 4]);
        assert_eq!(of("--allow-natives-syntax --experimental-stack-trace-frames"), [Opens::Internals; 2]);
        assert_eq!(of("--no-wasm-bounds-checks --gc-fake-mmap=/x"), [Opens::Engine; 2]);
        assert_eq!(of("-- --new --inspect"), [Opens::Unknown; 3]);
        assert_eq!(of("gc"), []);
    }
}
