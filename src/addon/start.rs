//! The start of the main thread: makes the policy of this process, finds the files that it must be
//! able to load, and tries whether the hooks refuse. Each problem is one line, and the process does
//! not start.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use thiserror::Error;

use super::permission::StartInfo;
use crate::audit::recorder::Process;
use crate::audit::{log, package};
use crate::hooks::guards::signals;
use crate::js::env::Env;
use crate::js::value::{JsError, Value};
use crate::policy::links::LastLink;
use crate::policy::shell_words::Unfinished;
use crate::policy::{Policy, Resource, Scope};
use crate::process::inherit::Inherited;
use crate::process::options::{self, NodeOption, Opens};
use crate::process::origin::{Preloaded, Words};
use crate::process::policy::PolicyError;
use crate::process::{executable, inherit, node_options, origin, policy, variables};
use crate::sources::{FixedRules, OwnFiles, Sources};
use crate::system::files::{self, System, path_of};
use crate::thread::telemetry;
use crate::thread::thread::Thread;

/// Why the process does not start. It prints as one line: the problem, and what to do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// A policy that cannot be made.
    #[error(transparent)]
    Policy(Box<PolicyError>),
    /// An exception of the JavaScript engine.
    #[error("{message}")]
    Engine {
        /// Its message.
        message: String,
    },
    /// Node's own permission model is on.
    #[error(
        "Node's own permission model is on in this process; choose one: start it without --permission, or without permit"
    )]
    NodePermission,
    /// A variable of options that ends in the middle of a word.
    #[error("{variable}: {reason}")]
    Quotes {
        /// The variable.
        variable: String,
        /// The problem.
        #[source]
        reason: Unfinished,
    },
    /// `process.execArgv` is no array of strings.
    #[error("the options of Node cannot be read")]
    OptionsUnreadable,
    /// A file with options of Node that cannot be read.
    #[error("{}: {reason}; Node takes options from it, so permit must read it", .file.display())]
    NodeConfig {
        /// The file.
        file: PathBuf,
        /// The problem.
        reason: String,
    },
    /// An option that opens Node's internals to the program.
    #[error("{option} {reason}; start without it")]
    Internals {
        /// The option.
        option: String,
        /// The reason of the refusal.
        reason: &'static str,
    },
    /// An option that stops the program for a debugger before it runs.
    #[error(
        "{option} stops the program for a debugger, which the policy would have to grant before it is read; start \
         without it"
    )]
    DebuggerStop {
        /// The option.
        option: String,
    },
    /// An option that the parent process may not hand on.
    #[error(
        "{word} {reason}, and a held program gave it to this one; start it without, or give it to the first process"
    )]
    OptionOfParent {
        /// The option as it was written.
        word: String,
        /// The reason of the refusal.
        reason: &'static str,
    },
    /// A loader, whose thread is not granted or would run without permit.
    #[error("--loader starts a thread: it needs --allow-worker, and permit preloaded with -r")]
    Loader,
    /// A file that Node itself writes and that the policy does not let it write.
    #[error("--localstorage-file={file} is written without a grant; add --allow-fs-write={file}")]
    LocalStorage {
        /// The file.
        file: String,
    },
    /// A cache from which Node would load permit itself.
    #[error(
        "{}={value} has permit itself loaded from there; unset it, and call module.enableCompileCache() in the program",
        variables::COMPILE_CACHE
    )]
    CompileCache {
        /// The folder.
        value: String,
    },
    /// An inspector that was opened before permit ran.
    #[error("the inspector is open, is not granted, and could not be closed")]
    InspectorOpen,
    /// A call that must be refused, and was not.
    #[error("{function} was not refused when it was tried; the hooks do not hold")]
    NotRefused {
        /// The function that was called.
        function: String,
    },
}

impl From<PolicyError> for StartError {
    fn from(error: PolicyError) -> Self {
        Self::Policy(Box::new(error))
    }
}

/// Takes the exception that is pending in the JavaScript engine, and returns its message.
pub fn exception(env: Env<'_>) -> String {
    match env.take_exception().and_then(|error| env.get(error, "message").ok()) {
        Some(message) => env.as_string(message).unwrap_or_default(),
        None => "the JavaScript engine failed".to_owned(),
    }
}

/// The result of a start.
#[derive(Debug)]
pub struct Started {
    /// The policy of the process.
    pub policy: Policy,
    /// The policy of its own sources, which decides about its environment: the parent has already
    /// removed the variables that its own policy hides.
    pub own: Option<Policy>,
    /// The facts of the start that `status()` shows.
    pub start_info: StartInfo,
}

static START_INFO: OnceLock<StartInfo> = OnceLock::new();

/// Returns the facts of the start of the process.
pub fn start_info() -> StartInfo {
    START_INFO.get().cloned().unwrap_or_default()
}

/// Reads how this process was started and makes its policy.
///
/// # Errors
/// [`StartError`] for the first thing that is wrong.
pub fn start<'env>(
    env: Env<'env>,
    scripts: Value<'env>,
    require: Value<'env>,
    process: Value<'env>,
    preload: &str,
) -> Result<Started, StartError> {
    let engine = |_: JsError| StartError::Engine { message: exception(env) };
    if env.has_own(process, "permission").map_err(engine)? {
        return Err(StartError::NodePermission);
    }
    let inherited = Inherited::of_environment();
    let words = words_at_start(env, process, &inherited)?;
    let command = Command::read(env, scripts, require, process, preload, words).map_err(engine)?;
    let mut notices = options_at_start(&command.words)?;
    if executable::ignores_options() {
        notices.push(
            "this Node has rights of its own (a setuid bit or file capabilities) and takes nothing from NODE_OPTIONS: \
             what it starts is not held; take them from the file (`setcap -r`, `chmod u-s,g-s`)"
                .to_owned(),
        );
    }
    command.look_for_telemetry(preload);
    origin::remember(preload, command.preloaded.clone(), &command.words);
    let own = OwnFiles::beside(preload);
    policy::remember_preloaded([command.preloads.clone(), own.files.clone()].concat());
    let readable = [command.entry.clone(), command.preloads.clone(), own.files.clone()].concat();
    let protected = own.protected();
    let fixed = FixedRules { readable, protected, coverage: coverage_of_tests() };
    let (policy, mut report) = policy::policy(&Sources::from_environment(), &inherited, fixed)?;
    // In audit only problems stop the start that would stop it without a policy too.
    let enforced = policy.enforced();
    report.notices.append(&mut notices);
    check_written(&command.words, &enforced)?;
    if origin::has_loader() && !(command.preloaded.required && enforced.has(Scope::Worker, &Resource::Nothing)) {
        return Err(StartError::Loader);
    }
    // A guarded parent chose the options of this child.
    if inherited.policy.is_some()
        && enforced.is_strict()
        && let Some(option) = command.words.first_not_handed_on(&enforced)
    {
        return Err(StartError::OptionOfParent { word: option.word.to_owned(), reason: option.opens.reason() });
    }
    if !command.before.is_empty() {
        eprintln!(
            "permit: not held, because they ran before it: {} (put -r @org/permit first)",
            command.before.join(", ")
        );
    }
    for notice in &report.notices {
        eprintln!("permit: {notice}");
    }
    log::start(|| {
        let program = command.entry.first().map(|file| package::with_version(path_of(file)));
        let process = Process::new(program.flatten(), policy.mode().name(), report.records_all, policy.hash());
        Process { deploy: report.deploy.unwrap_or(process.deploy), ..process }
    });
    let start_info = StartInfo { sources: report.sources, unguarded_preloads: command.before, notices: report.notices };
    let start_info = START_INFO.get_or_init(|| start_info).clone();
    Ok(Started { policy, own: report.own, start_info })
}

/// Returns the places where the test runner of Node keeps coverage, if the operator asked for it: a
/// temporary folder, and the folder of `NODE_V8_COVERAGE`, to which the runner moves the files in
/// the end.
fn coverage_of_tests() -> Vec<Vec<u8>> {
    if !origin::has_option("--experimental-test-coverage") {
        return Vec::new();
    }
    let temporary = std::env::temp_dir().join("node-coverage-*");
    let named = std::env::var_os(variables::COVERAGE).filter(|folder| !folder.is_empty());
    let named = named.map(|folder| Path::new(&folder).join("*"));
    let absolute = |path: PathBuf| Some(files::from_working_directory(path.as_os_str().as_bytes())?.into_owned());
    [Some(temporary), named].into_iter().flatten().filter_map(absolute).collect()
}

/// Reads the options that this process was started with.
fn words_at_start(env: Env<'_>, process: Value<'_>, inherited: &Inherited) -> Result<Words, StartError> {
    let split = |name: &str, text: Option<OsString>| {
        node_options::words_of(text.unwrap_or_default().as_bytes())
            .map_err(|reason| StartError::Quotes { variable: name.to_owned(), reason })
    };
    let variable = split("NODE_OPTIONS", std::env::var_os("NODE_OPTIONS"))?;
    let is_child = inherited.policy.is_some();
    let handed_on = split(inherit::OPTIONS, inherited.options.clone().filter(|_| is_child))?;
    let line = env.get(process, "execArgv").and_then(|given| strings(env, given));
    let line = line.map_err(|JsError| StartError::OptionsUnreadable)?;
    let mut file = Vec::new();
    for configured in options::read(&line).iter().filter_map(configuration) {
        file.append(&mut words_of_file(&configured)?);
    }
    Ok(Words { variable, file, line, handed_on })
}

/// Returns the file in which Node finds more options, if this option names one.
fn configuration(option: &NodeOption<'_>) -> Option<PathBuf> {
    match (option.name.as_ref(), option.value) {
        ("--config-file" | "--experimental-config-file", Some(file)) => Some(file.into()),
        ("--config-file" | "--experimental-config-file" | "--experimental-default-config-file", _) => {
            Some("node.config.json".into())
        }
        _ => None,
    }
}

/// Reads the options in a configuration file of Node, as words.
fn words_of_file(file: &Path) -> Result<Vec<String>, StartError> {
    let wrong = |reason: String| StartError::NodeConfig { file: file.to_owned(), reason };
    let text = std::fs::read(file).map_err(|error| wrong(error.to_string()))?;
    let value: serde_json::Value = serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
    let serde_json::Value::Object(object) = value else { return Err(wrong("it is no JSON object".to_owned())) };
    let spaces = object.into_iter().filter_map(|(_, space)| match space {
        serde_json::Value::Object(space) => Some(space),
        _ => None,
    });
    let word = |name: &str, value: &serde_json::Value| match value {
        serde_json::Value::Bool(true) => format!("--{name}"),
        serde_json::Value::Bool(false) => format!("--no-{name}"),
        serde_json::Value::String(text) => format!("--{name}={text}"),
        other => format!("--{name}={other}"),
    };
    let words = |(name, value): (String, serde_json::Value)| match value {
        serde_json::Value::Array(values) => values.iter().map(|value| word(&name, value)).collect(),
        value => vec![word(&name, &value)],
    };
    Ok(spaces.flatten().flat_map(words).collect())
}

/// Refuses options that make the hooks useless. Returns notices about other options.
fn options_at_start(words: &Words) -> Result<Vec<String>, StartError> {
    let mut notices = Vec::new();
    for option in words.options() {
        let word = option.word;
        match option.opens {
            Opens::Internals => {
                return Err(StartError::Internals { option: option.name.to_string(), reason: option.opens.reason() });
            }
            Opens::Stop => return Err(StartError::DebuggerStop { option: option.name.to_string() }),
            Opens::Unheld => notices.push(format!("not held: {word} {}", option.opens.reason())),
            Opens::Unknown => {
                notices.push(format!("{word} {}: what it opens is not asked about", option.opens.reason()));
            }
            _ => {}
        }
    }
    Ok(notices)
}

/// Refuses files that Node writes by itself, or takes code from, and that the policy does not
/// allow.
fn check_written(words: &Words, policy: &Policy) -> Result<(), StartError> {
    for option in words.options() {
        if let ("--localstorage-file", Some(file)) = (option.name.as_ref(), option.value)
            && !origin::may_use(Scope::FsWrite, file.as_bytes(), policy)
        {
            return Err(StartError::LocalStorage { file: file.to_owned() });
        }
    }
    match std::env::var(variables::COMPILE_CACHE) {
        Ok(value) if !value.is_empty() => Err(StartError::CompileCache { value }),
        _ => Ok(()),
    }
}

/// The command line of Node.
struct Command {
    words: Words,
    /// The file of the program, under the name on the command line and the name that it resolves
    /// to.
    entry: Vec<Vec<u8>>,
    /// The files of `-r` and `--import`.
    preloads: Vec<Vec<u8>>,
    /// Preloads that ran before permit.
    before: Vec<String>,
    preloaded: Preloaded,
}

impl Command {
    fn read<'env>(
        env: Env<'env>,
        scripts: Value<'env>,
        require: Value<'env>,
        process: Value<'env>,
        preload: &str,
        words: Words,
    ) -> Result<Self, JsError> {
        let module = env.call_plain(require, &[env.string("module")?])?;
        let finder = Finder { env, attempt: env.get(scripts, "attempt")?, module, process };
        let here = String::from_utf8_lossy(&files::working_directory().unwrap_or_default()).into_owned();
        let from = finder.require_from(&format!("{here}/"))?;
        let evaluates = !env.is_nullish(env.get(process, "_eval")?)
            || words.options().any(|option| option.name == "--test" && !option.negated);
        let entry = if evaluates { Vec::new() } else { finder.entry()? };

        let mut required = Vec::new();
        let mut imported = Vec::new();
        for option in words.options() {
            let Some(name) = option.value.map(str::to_owned) else { continue };
            match option.name.as_ref() {
                "-r" | "--require" => required.push(name),
                "--import" => imported.push(name),
                _ => {}
            }
        }
        let mut found =
            Self { entry, preloads: Vec::new(), before: Vec::new(), preloaded: Preloaded::default(), words };
        let mut seen = false;
        let names = required.iter().map(|name| (name, true)).chain(imported.iter().map(|name| (name, false)));
        for (name, is_required) in names {
            let path = finder.resolve(from, name)?;
            if path.as_deref() == Some(preload) {
                if !seen {
                    found.preloaded.required = is_required;
                }
                found.preloaded.names.push(name.clone());
                seen = true;
            } else if !seen {
                found.before.push(name.clone());
            }
            if let Some(path) = path.filter(|_| !evaluates) {
                found.preloads.push(path.into_bytes());
            }
        }
        // No option preloads permit, so the order of the preloads is unknown.
        if !seen {
            found.before.clear();
        }
        Ok(found)
    }
}

impl Command {
    /// Looks for OpenTelemetry above the program, the other preloads and, without a program, the
    /// working directory.
    fn look_for_telemetry(&self, preload: &str) {
        let here = if self.entry.is_empty() { files::working_directory() } else { None };
        let others = self.preloads.iter().filter(|path| path.as_slice() != preload.as_bytes());
        telemetry::look(self.entry.iter().chain(others).chain(&here).map(|bytes| path_of(bytes)));
    }
}

/// Node's own ways to find a file.
struct Finder<'env> {
    env: Env<'env>,
    attempt: Value<'env>,
    module: Value<'env>,
    process: Value<'env>,
}

impl<'env> Finder<'env> {
    fn require_from(&self, file: &str) -> Result<Value<'env>, JsError> {
        let env = self.env;
        env.call(self.module, env.get(self.module, "createRequire")?, &[env.string(file)?])
    }

    /// Returns the file that the name of a preload resolves to, if Node can resolve it.
    fn resolve(&self, from: Value<'_>, name: &str) -> Result<Option<String>, JsError> {
        let env = self.env;
        let name = match name.strip_prefix("file://") {
            Some(path) => path.to_owned(),
            None => name.to_owned(),
        };
        let resolve = env.get(from, "resolve")?;
        let path = env.attempt(self.attempt, from, resolve, &[env.string(&name)?])?;
        Ok(path.ok().and_then(|path| env.as_string(path)))
    }

    /// Returns the file of the program, under the name on the command line and the name that it
    /// resolves to.
    fn entry(&self) -> Result<Vec<Vec<u8>>, JsError> {
        let env = self.env;
        let argv = strings(env, env.get(self.process, "argv")?)?;
        // Node has made the name of a program absolute by now. Another word is no program.
        let Some(name) = argv.get(1).filter(|name| Path::new(name.as_str()).is_absolute()) else {
            return Ok(Vec::new());
        };
        let find = env.get(self.module, "_findPath")?;
        let found = env.call(self.module, find, &[env.string(name)?, env.null()?, env.boolean(true)?])?;
        let Some(real) = env.as_string(found) else { return Ok(Vec::new()) };
        let mut entry = vec![real.clone().into_bytes()];
        if name != &real && System::is_file(name.as_bytes()) {
            entry.push(name.clone().into_bytes());
        }
        Ok(entry)
    }
}

/// Returns the elements of an array of strings, or nothing if the value is no array.
pub fn strings(env: Env<'_>, array: Value<'_>) -> Result<Vec<String>, JsError> {
    if !env.is_array(array) {
        return Ok(Vec::new());
    }
    (0..env.length(array)?).map(|index| env.as_string(env.element(array, index)?).ok_or(JsError)).collect()
}

/// Returns true if the inspector is open. Asks the binding before the hooks are in place, because
/// the module loads others.
///
/// # Errors
/// [`JsError`] if the engine fails.
pub fn is_debugged(thread: &Thread) -> Result<bool, JsError> {
    let env = thread.env();
    let process = thread.primordials.process.get(env)?;
    let binding = thread.primordials.attempt(process, env.get(process, "binding")?, &[env.string("inspector")?])?;
    let Ok(inspector) = binding else { return Ok(true) };
    let url = thread.primordials.attempt(inspector, env.get(inspector, "url")?, &[])?;
    Ok(!url.is_ok_and(|url| env.is_undefined(url)))
}

/// Returns true if each decision is printed. The main thread decides for all: only it may read the
/// environment.
pub fn prints_decisions() -> bool {
    static PRINTS: OnceLock<bool> = OnceLock::new();
    let names = |names: String| names.split(',').any(|name| name.eq_ignore_ascii_case("permission"));
    *PRINTS.get_or_init(|| std::env::var("NODE_DEBUG").is_ok_and(names))
}

/// Closes the inspector, and the signal that opens it, unless they are granted.
///
/// # Errors
/// [`StartError::InspectorOpen`] if it could not be closed.
pub fn settle(thread: &Thread, require: Value<'_>, debugged: bool) -> Result<(), StartError> {
    let granted = thread.policy().enforced().check(Scope::Inspector, &Resource::Nothing, "").is_ok();
    if granted {
        return Ok(());
    }
    #[cfg(unix)]
    signals::close_debugger();
    if !debugged {
        return Ok(());
    }
    let env = thread.env();
    let closed = (|| {
        let inspector = env.call_plain(require, &[env.string("inspector")?])?;
        let url = env.call(inspector, env.get(inspector, "url")?, &[])?;
        if env.is_undefined(url) {
            return Ok(());
        }
        env.call(inspector, env.get(inspector, "close")?, &[]).map(|_| ())
    })();
    closed.map_err(|JsError| {
        env.take_exception();
        StartError::InspectorOpen
    })
}

/// Tries the hooks with calls that the policy must refuse: one through a binding, others through
/// public functions.
///
/// # Errors
/// [`StartError::NotRefused`] for the first call that was not refused.
pub fn probe(thread: &Thread, require: Value<'_>) -> Result<(), StartError> {
    let env = thread.env();
    let refused = |module: &str, function: &str, arg: &str| {
        let tried = (|| {
            let module = env.call_plain(require, &[env.string(module)?])?;
            thread.primordials.attempt(module, env.get(module, function)?, &[env.string(arg)?])
        })();
        let Ok(Err(error)) = tried else { return false };
        env.get(error, "code").is_ok_and(|code| env.as_string(code).as_deref() == Some("ERR_ACCESS_DENIED"))
    };
    if !refused("process", "binding", "fs") {
        return Err(StartError::NotRefused { function: "process.binding".to_owned() });
    }
    if thread.check_path(Scope::FsRead, PROBE.as_bytes(), LastLink::Follow).is_ok() {
        return Ok(());
    }
    for function in ["statSync", "readFileSync", "opendirSync"] {
        if !refused("fs", function, PROBE) {
            return Err(StartError::NotRefused { function: format!("fs.{function}") });
        }
    }
    Ok(())
}

/// A path that no policy grants by its name.
const PROBE: &str = "/permit-start-up-probe";
