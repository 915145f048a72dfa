//! The flags: one table, and the parser and the help text that use it.
//!
//! The grammar is Node's, so no crate for arguments is used: a switch takes a value only after `=`,
//! a flag of a path also takes the next word, `_` means `-`, and the first word that is no flag
//! ends the flags. A crate would need configuration against everything else that it does.

use std::fmt::Write as _;
use std::sync::Arc;

use super::error::{ConfigError, Location, Problem, nearest};
use super::settings::{RulePlace, RuleValue, Settings, WrittenRule};
use crate::policy::Scope;
use crate::policy::shell_words;

/// One flag. If [`Flag::in_file`] is true, its name without `--` is also a key of policy files.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// The name with `--`.
    pub name: &'static str,
    /// The values that it takes.
    pub takes: Takes,
    /// Its meaning.
    pub(super) does: Action,
    /// One line of help.
    pub doc: &'static str,
}

/// The values that a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// No value.
    Nothing,
    /// One value, after `=` or as the next word. The text describes it in the help.
    Value(&'static str),
    /// No value, for the whole scope; or items after `=`, separated by commas.
    List(&'static str),
    /// No value, for the whole scope; or one item after `=`. The flag is repeated for more.
    Items(&'static str),
}

/// The meaning of a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Allow(Scope),
    Deny(Scope),
    AllowVfs,
    Symlinks,
    Config,
    Profile,
    /// `--permission`, which changes nothing: permit is always on.
    Nothing,
    TurnOff,
    Audit,
    AuditLog,
    AuditStack,
    ReportOnly,
}

const fn allow(scope: Scope, takes: Takes, doc: &'static str) -> Flag {
    Flag { name: scope.flag(), takes, does: Action::Allow(scope), doc }
}

const fn deny(scope: Scope, takes: Takes, doc: &'static str) -> Flag {
    Flag { name: scope.deny_flag(), takes, does: Action::Deny(scope), doc }
}

const fn other(name: &'static str, takes: Takes, does: Action, doc: &'static str) -> Flag {
    Flag { name, takes, does, doc }
}

const PATH: Takes = Takes::Value("PATH");
const HOSTS: Takes = Takes::List("HOSTS");
const PORTS: Takes = Takes::List("PORTS");
const PATHS: Takes = Takes::List("PATHS");
const NAMES: Takes = Takes::List("NAMES");
const PROGRAM: Takes = Takes::Items("PROGRAM");

/// Every flag, in the order of the help text.
pub const FLAGS: &[Flag] = &[
    allow(Scope::FsRead, PATH, "read this path; a directory with all in it; * for everything"),
    allow(Scope::FsWrite, PATH, "write to this path; a directory with all in it; * for everything"),
    allow(Scope::Net, HOSTS, "connect, send and resolve, anywhere or to these hosts; and listen"),
    allow(Scope::NetConnect, HOSTS, "connect and send"),
    allow(Scope::NetListen, PORTS, "listen, anywhere or at these addresses and ports"),
    allow(Scope::NetResolve, HOSTS, "resolve names"),
    allow(Scope::Child, PROGRAM, "start programs: all, or this one, with its arguments if they are given"),
    allow(Scope::Worker, Takes::Nothing, "start worker threads"),
    allow(Scope::Addon, PATHS, "load native addons: all, or these"),
    allow(Scope::Wasi, Takes::Nothing, "make WASI instances"),
    allow(Scope::Ffi, Takes::Nothing, "call foreign functions"),
    allow(Scope::Inspector, Takes::Nothing, "open the inspector"),
    allow(Scope::OpensslStore, Takes::Nothing, "load keys through an OpenSSL store"),
    allow(Scope::Env, NAMES, "see only these environment variables"),
    other("--allow-fs-vfs", Takes::Nothing, Action::AllowVfs, "mount virtual file systems"),
    deny(Scope::FsRead, PATH, "never read this path or anything below it, whatever is allowed"),
    deny(Scope::FsWrite, PATH, "never write to this path or anything below it, whatever is allowed"),
    deny(Scope::Net, HOSTS, "never connect to or resolve these hosts; without a list, no network"),
    deny(Scope::NetConnect, HOSTS, "never connect or send"),
    deny(Scope::NetListen, PORTS, "never listen"),
    deny(Scope::NetResolve, HOSTS, "never resolve names"),
    deny(Scope::Child, PROGRAM, "never start programs, or this one"),
    deny(Scope::Worker, Takes::Nothing, "never start worker threads"),
    deny(Scope::Addon, PATHS, "never load native addons, or these"),
    deny(Scope::Wasi, Takes::Nothing, "never make WASI instances"),
    deny(Scope::Ffi, Takes::Nothing, "never call foreign functions"),
    deny(Scope::Inspector, Takes::Nothing, "never open the inspector"),
    deny(Scope::OpensslStore, Takes::Nothing, "never load keys through an OpenSSL store"),
    deny(Scope::Env, NAMES, "never see these environment variables"),
    other(
        "--symlinks",
        Takes::Value("resolve|follow"),
        Action::Symlinks,
        "resolve: what a link leads to must be allowed too (the default); follow: as Node does, it need not",
    ),
    other("--config", Takes::Value("FILE"), Action::Config, "take the policy in this file"),
    other("--profile", Takes::Value("NAME"), Action::Profile, "with this profile of the policy file"),
    other("--permission", Takes::Nothing, Action::Nothing, "accepted as Node accepts it; permit is always on"),
    other("--permission-audit", Takes::Nothing, Action::Audit, "refuse nothing, record what would be refused"),
    other("--audit-log", Takes::Value("FILE|stderr"), Action::AuditLog, "write what is refused there, as JSON lines"),
    other("--audit-stack", Takes::Nothing, Action::AuditStack, "with the stack of the call in each line"),
    other(
        "--report-only",
        Takes::Value("FILE"),
        Action::ReportOnly,
        "record what the policy in this file would refuse, beside the one that is enforced",
    ),
    other("--no-permission", Takes::Nothing, Action::TurnOff, "an error: permit cannot be turned off by a flag"),
];

impl Flag {
    /// Returns the flag of that name, which begins with `--`.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        FLAGS.iter().find(|flag| flag.name == name)
    }

    /// Whether the name without `--` is a key of policy files.
    #[must_use]
    pub fn in_file(&self) -> bool {
        matches!(
            self.does,
            Action::Allow(_)
                | Action::Deny(_)
                | Action::AllowVfs
                | Action::Symlinks
                | Action::Nothing
                | Action::Audit
                | Action::AuditLog
                | Action::AuditStack
                | Action::ReportOnly
        )
    }

    /// Returns the key in policy files.
    #[must_use]
    pub fn key(&self) -> &'static str {
        self.name.trim_start_matches('-')
    }

    /// Whether its values are split at commas.
    #[must_use]
    pub fn splits(&self) -> bool {
        matches!(self.takes, Takes::List(_))
    }
}

/// Reads the flags at the start of a command line, or of the words of `variable`. Returns the
/// settings, and where the rest begins: at the first word that is no flag, or after `--`.
///
/// # Errors
/// [`ConfigError`] for the first flag that is unknown or lacks its value.
pub fn parse_flags<T: AsRef<[u8]>>(tokens: &[T], variable: Option<&str>) -> Result<(Settings, usize), ConfigError> {
    let variable: Option<Arc<str>> = variable.map(Arc::from);
    let mut settings = Settings::default();
    let mut at = 0;
    while let Some(token) = tokens.get(at).map(AsRef::as_ref) {
        if token == b"--" {
            return Ok((settings, at + 1));
        }
        if !token.starts_with(b"-") || token == b"-" {
            break;
        }
        let next = tokens.get(at + 1).map(AsRef::as_ref);
        at += parse_flag(&mut settings, token, next, variable.as_ref())?;
    }
    Ok((settings, at))
}

/// Reads a variable of flags. Words are split as in `NODE_OPTIONS`, and at line ends and tabs too.
///
/// # Errors
/// [`ConfigError`], as from [`parse_flags`], and for a word that is no flag.
pub fn parse_options(text: impl AsRef<[u8]>, variable: &str) -> Result<Settings, ConfigError> {
    let whole = || Location::Variable { name: variable.to_owned() };
    let tokens = split_options(text).map_err(|error| ConfigError::new(whole(), error))?;
    let (settings, rest) = parse_flags(&tokens, Some(variable))?;
    match tokens.get(rest) {
        None => Ok(settings),
        Some(word) => Err(ConfigError::new(whole(), Problem::StrayWord { found: lossy(word) })),
    }
}

/// Splits a variable of permit's into words, at spaces and control characters. Double quotes keep
/// them, and inside quotes a backslash keeps the character after it.
///
/// # Errors
/// [`shell_words::Unfinished`] if a quote is open at the end.
pub fn split_options(text: impl AsRef<[u8]>) -> Result<Vec<Vec<u8>>, shell_words::Unfinished> {
    shell_words::split_lines(text.as_ref())
}

/// Returns the help text of the flags.
#[must_use]
pub fn help() -> String {
    let spelled = |flag: &Flag| match flag.takes {
        Takes::Nothing => flag.name.to_owned(),
        Takes::Value(what) => format!("{}={what}", flag.name),
        Takes::List(what) | Takes::Items(what) => format!("{}[={what}]", flag.name),
    };
    let width = FLAGS.iter().map(|flag| spelled(flag).len()).max().unwrap_or(0);
    let mut text = String::new();
    for flag in FLAGS {
        // Writing to a `String` does not fail.
        let _ = writeln!(text, "  {:width$}  {}", spelled(flag), flag.doc);
    }
    text
}

/// Reads one flag into `settings`, and returns the number of words that it took.
fn parse_flag(
    settings: &mut Settings,
    token: &[u8],
    next: Option<&[u8]>,
    variable: Option<&Arc<str>>,
) -> Result<usize, ConfigError> {
    let (written, value) = match token.iter().position(|&byte| byte == b'=') {
        Some(at) => (&token[..at], Some(&token[at + 1..])),
        None => (token, None),
    };
    let written = lossy(written);
    let fail = |problem| {
        let variable = variable.map(ToString::to_string);
        ConfigError::new(Location::Flag { variable, flag: written.clone() }, problem)
    };
    // In Node too, `--allow_fs_read` is `--allow-fs-read`.
    let name = written.replace('_', "-");
    let (flag, off) = find(&name).ok_or_else(|| {
        let nearest = nearest(&name, FLAGS.iter().map(|flag| flag.name));
        fail(Problem::UnknownFlag { nearest })
    })?;
    let mut words = 1;
    let value = match (flag.takes, value) {
        (Takes::Nothing, Some(found)) => return Err(fail(Problem::TakesNoValue { found: lossy(found) })),
        (_, Some(found)) if off => return Err(fail(Problem::TakesNoValue { found: lossy(found) })),
        (Takes::Value(expected) | Takes::List(expected) | Takes::Items(expected), Some(b"")) => {
            return Err(fail(Problem::NeedsValue { expected }));
        }
        (Takes::Value(expected), None) => {
            words = 2;
            match next {
                // Node's escape for a value that begins with a dash.
                Some([b'\\', rest @ ..]) if rest.starts_with(b"-") => Some(rest),
                Some([first, ..]) if *first != b'-' => next,
                _ => return Err(fail(Problem::NeedsValue { expected })),
            }
        }
        (_, value) => value,
    };
    let mut add = |scope, denies, value| {
        let place = RulePlace::Flag { variable: variable.cloned(), flag: Arc::from(written.as_str()) };
        settings.items.push(WrittenRule { place, scope, denies, value, since: None, expires: None, reason: None });
    };
    match flag.does {
        Action::Allow(scope) if off => add(scope, false, RuleValue::Off),
        Action::Allow(scope) | Action::Deny(scope) => {
            let denies = matches!(flag.does, Action::Deny(_));
            match value {
                None => add(scope, denies, RuleValue::All),
                Some(list) if splits_here(flag, scope) => {
                    list.split(|&byte| byte == b',')
                        .for_each(|item| add(scope, denies, RuleValue::Text(item.to_vec())));
                }
                Some(text) => add(scope, denies, RuleValue::Text(text.to_vec())),
            }
        }
        Action::AllowVfs => settings.allow_fs_vfs = Some(!off),
        Action::Symlinks => {
            let found = value.unwrap_or_default();
            let follows = follows_links(found).ok_or_else(|| fail(Problem::Symlinks { found: lossy(found) }))?;
            settings.follow_links = Some(follows);
        }
        Action::Config => settings.config = value.map(<[u8]>::to_vec),
        Action::Profile => settings.profile = value.map(lossy),
        Action::Nothing => {}
        Action::TurnOff => return Err(fail(Problem::NotOff)),
        Action::Audit => settings.audit = Some(true),
        Action::AuditLog => settings.audit_log = value.map(<[u8]>::to_vec),
        Action::AuditStack => settings.audit_stack = Some(true),
        Action::ReportOnly => settings.report_only = value.map(<[u8]>::to_vec),
    }
    Ok(words)
}

/// Returns the flag of a name, and whether the name turns it off, as in `--no-allow-worker`.
fn find(name: &str) -> Option<(&'static Flag, bool)> {
    if let Some(flag) = Flag::named(name) {
        return Some((flag, false));
    }
    let flag = Flag::named(&format!("--{}", name.strip_prefix("--no-")?))?;
    let can_be_off = matches!(flag.does, Action::Allow(_) | Action::AllowVfs) && !matches!(flag.takes, Takes::Value(_));
    can_be_off.then_some((flag, true))
}

/// Returns whether a value of `--symlinks` lets links lead anywhere. Returns `None` for an unknown
/// value.
pub(super) fn follows_links(value: &[u8]) -> Option<bool> {
    match value {
        b"follow" => Some(true),
        b"resolve" => Some(false),
        _ => None,
    }
}

/// Whether the values are split at commas here. Hosts are split by their own parser, because a port
/// alone belongs to the host before it.
pub(super) fn splits_here(flag: &Flag, scope: Scope) -> bool {
    flag.splits() && matches!(scope, Scope::Addon | Scope::Env)
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Action, FLAGS, Flag, RuleValue, Settings, help, parse_flags, parse_options};
    use crate::policy::Scope;

    fn parse(line: &str) -> Result<(Settings, usize), String> {
        let tokens: Vec<&str> = line.split(' ').collect();
        parse_flags(&tokens, None).map_err(|error| error.to_string())
    }

    #[track_caller]
    fn says(line: &str, expected: &[(Scope, bool, &str)]) {
        let (settings, _) = parse(line).unwrap();
        let said: Vec<_> = settings
            .items
            .iter()
            .map(|item| {
                let value = match &item.value {
                    RuleValue::All => "ALL".to_owned(),
                    RuleValue::Off => "OFF".to_owned(),
                    RuleValue::Text(text) => String::from_utf8(text.clone()).unwrap(),
                };
                (item.scope, item.denies, value)
            })
            .collect();
        let expected: Vec<_> =
            expected.iter().map(|&(scope, denies, value)| (scope, denies, value.to_owned())).collect();
        assert_eq!(said, expected, "{line}");
    }

    #[track_caller]
    fn refuses(line: &str, message: &str) {
        assert_eq!(parse(line).map(|(_, at)| at), Err(message.to_owned()), "{line}");
    }

    #[test]
    fn path_flags_take_a_value_either_way_and_keep_commas() {
        says("--allow-fs-read=/a,b", &[(Scope::FsRead, false, "/a,b")]);
        says("--allow-fs-read /a --deny-fs-write=/b", &[(Scope::FsRead, false, "/a"), (Scope::FsWrite, true, "/b")]);
        says("--allow-fs-read=a=b", &[(Scope::FsRead, false, "a=b")]);
        says("--allow_fs_read=*", &[(Scope::FsRead, false, "*")]);
        says("--allow-fs-read \\-x", &[(Scope::FsRead, false, "-x")]);
    }

    #[test]
    fn an_empty_value_is_none() {
        for line in ["--allow-fs-read=", "--allow-fs-read", "--allow-fs-read --allow-net", "--allow-fs-read "] {
            refuses(line, "--allow-fs-read: requires an argument: PATH");
        }
        refuses("--allow-net=", "--allow-net: requires an argument: HOSTS");
    }

    #[test]
    fn switches_take_no_value() {
        says("--allow-worker --deny-wasi", &[(Scope::Worker, false, "ALL"), (Scope::Wasi, true, "ALL")]);
        refuses("--allow-worker=1", "--allow-worker: takes no value, found \"1\"");
    }

    #[test]
    fn lists_are_split_at_commas_and_programs_are_not() {
        says("--allow-net", &[(Scope::Net, false, "ALL")]);
        says("--allow-net=a:80,443,b", &[(Scope::Net, false, "a:80,443,b")]);
        says("--allow-env=A,B", &[(Scope::Env, false, "A"), (Scope::Env, false, "B")]);
        says("--allow-addons=/a,/b", &[(Scope::Addon, false, "/a"), (Scope::Addon, false, "/b")]);
        says("--allow-child-process=a,b", &[(Scope::Child, false, "a,b")]);
    }

    #[test]
    fn a_switch_can_be_turned_off_again() {
        says("--no-allow-worker", &[(Scope::Worker, false, "OFF")]);
        refuses("--no-allow-fs-read", "--no-allow-fs-read: unknown flag; did you mean --allow-fs-read?");
        refuses("--no-deny-worker", "--no-deny-worker: unknown flag; did you mean --deny-worker?");
    }

    #[test]
    fn flags_end_at_the_program() {
        assert_eq!(parse("--permission --allow-net app.js --allow-worker").unwrap().1, 2);
        assert_eq!(parse("--allow-net -- --odd.js").unwrap().1, 2);
        assert_eq!(parse("--allow-net").unwrap().1, 1);
        assert_eq!(parse("- x").unwrap().1, 0);
    }

    #[test]
    fn permit_cannot_be_turned_off() {
        refuses(
            "--no-permission",
            "--no-permission: permit cannot be turned off here; start the program without it instead",
        );
    }

    #[test]
    fn unknown_flags_are_errors_with_the_nearest_name() {
        refuses("--allow-fs-raed=/", "--allow-fs-raed: unknown flag; did you mean --allow-fs-read?");
        refuses("-x", "-x: unknown flag");
    }

    #[test]
    fn links_are_resolved_or_followed() {
        assert_eq!(parse("--symlinks=follow").unwrap().0.follow_links, Some(true));
        assert_eq!(parse("--symlinks follow --symlinks resolve").unwrap().0.follow_links, Some(false));
        refuses("--symlinks=yes", "--symlinks: found \"yes\", expected resolve or follow");
        refuses("--symlinks", "--symlinks: requires an argument: resolve|follow");
    }

    #[test]
    fn config_and_profile_are_kept() {
        let (settings, at) = parse("--config p.json --profile=api app.js").unwrap();
        assert_eq!(
            (settings.config.as_deref(), settings.profile.as_deref(), at),
            (Some(&b"p.json"[..]), Some("api"), 3)
        );
    }

    #[test]
    fn variables_hold_flags_only() {
        let settings = parse_options(br#"--allow-fs-read="/a b" --allow-net"#, "PERMIT_OPTIONS").unwrap();
        assert_eq!(settings.items[0].value, RuleValue::Text(b"/a b".to_vec()));
        let error = |text: &str| parse_options(text.as_bytes(), "PERMIT_OPTIONS").unwrap_err().to_string();
        assert_eq!(error("app.js"), "PERMIT_OPTIONS: found \"app.js\" where only flags are accepted");
        assert_eq!(error("\"x"), "PERMIT_OPTIONS: has a quote that is never closed");
        assert_eq!(error("--allow-nets"), "PERMIT_OPTIONS: --allow-nets: unknown flag; did you mean --allow-net?");
    }

    #[test]
    fn every_scope_has_its_pair_of_flags() {
        for &scope in Scope::ALL.iter().filter(|&&scope| scope != Scope::Fs) {
            for does in [Action::Allow(scope), Action::Deny(scope)] {
                assert_eq!(FLAGS.iter().filter(|flag| flag.does == does).count(), 1, "{does:?}");
            }
        }
    }

    #[test]
    fn help_has_a_line_a_flag() {
        assert_eq!(help().lines().count(), FLAGS.len());
        assert!(help().contains("  --allow-net[=HOSTS] "));
        assert!(Flag::named("--allow-ffi").unwrap().in_file());
    }
}
