//! Guards of `node:sqlite`. `SQLite` opens files by names in arguments and in SQL, some of them
//! later. What opens a file later is noted, and asked about again when it does.

use super::sql;
use crate::hooks::question::{Named, Question, Stop};
use crate::js::env::Bytes;
use crate::js::value::JsError;
use crate::policy::links::{LastLink, Resolution};
use crate::policy::path::Absolute;
use crate::policy::{Policy, Resource, Scope};
use crate::system::file_url;
use crate::system::files;
use crate::thread::refusal::Refusal;

/// The script by which `SQLite` asks about files.
pub const ENGINE: &str = include_str!("sqlite.js");

/// Returns true if a name of a database is a path. Other names are of memory, or URIs.
fn names_file(name: &[u8]) -> bool {
    !(name.is_empty() || name.starts_with(b":") || name.starts_with(b"file:"))
}

fn is_relative(name: &[u8]) -> bool {
    names_file(name) && !name.starts_with(b"/")
}

/// The name of a database.
pub(crate) struct DatabaseName {
    /// The name that `SQLite` gets.
    place: Vec<u8>,
    /// The name that the caller gave.
    spelled: Vec<u8>,
}

impl DatabaseName {
    /// Returns the text that is noted of a database. A name with a NUL or without UTF-8 has none.
    fn note(&self, read_only: bool) -> Option<String> {
        let how = if read_only { "r" } else { "w" };
        let note = [how, std::str::from_utf8(&self.place).ok()?, std::str::from_utf8(&self.spelled).ok()?].join("\0");
        Some(note).filter(|note| note.matches('\0').count() == 2)
    }

    /// Reads a note.
    fn noted(note: &str) -> Option<(Self, bool)> {
        let mut parts = note.split('\0');
        let (how, place, spelled) = (parts.next()?, parts.next()?, parts.next()?);
        Some((Self { place: place.into(), spelled: spelled.into() }, how == "r"))
    }
}

impl Question<'_> {
    pub(crate) fn database(&mut self, path: usize, options: usize) -> Result<(), Stop> {
        let env = self.call.env;
        let mut read_only = false;
        if let Some(given) = self.arg(options).filter(|given| env.is_object(*given)) {
            let copy = self.thread.primordials.plain_copy(given)?;
            read_only = env.as_bool(env.get(copy, "readOnly")?).unwrap_or(false);
            if env.as_bool(env.get(copy, "allowExtension")?).unwrap_or(false) {
                return Err(Refusal::of(Scope::Addon, "node:sqlite extension").into());
            }
            self.replace(options, copy)?;
        }
        // A relative name means what it means now, or is asked about again by `open`.
        let keeps_name = self.thread.thread_policy().is_process();
        let name = self.database_named(path, read_only, keeps_name)?;
        self.asked_again = name.and_then(|name| name.note(read_only));
        Ok(())
    }

    /// Asks about the database in an argument.
    pub(crate) fn database_named(
        &mut self,
        path: usize,
        read_only: bool,
        keeps_name: bool,
    ) -> Result<Option<DatabaseName>, Stop> {
        let env = self.call.env;
        // Node takes the text of a URL, with its parameters.
        if let Some(url) = self.arg(path).filter(|url| env.is_object(*url) && env.uint8_array(*url).is_none())
            && self.is_url(url)?
        {
            let text = env.string(&env.as_string(env.get(url, "href")?).unwrap_or_default())?;
            self.replace(path, text)?;
        }
        let mut raw = Bytes::new();
        if matches!(self.read_text(path, &mut raw)?, Named::Other) {
            return Ok(None);
        }
        let name = raw.to_vec();
        if !names_file(&name) {
            self.database_file(&name, &name, read_only)?;
            return Ok(Some(DatabaseName { place: name.clone(), spelled: name }));
        }
        // SQLite reads the working directory again, and goes up from folders again.
        let place = self.place_of_database(&name)?;
        self.database_file(&place, &name, read_only)?;
        if keeps_name && is_relative(&name) && !files::goes_up_from_a_name(&name) {
            return Ok(Some(DatabaseName { place: name.clone(), spelled: name }));
        }
        if place != name
            && let Ok(text) = std::str::from_utf8(&place)
        {
            self.replace(path, env.string(text)?)?;
        }
        Ok(Some(DatabaseName { place, spelled: name }))
    }

    /// Returns the absolute path of a database, as `SQLite` resolves its name now.
    fn place_of_database(&self, name: &[u8]) -> Result<Vec<u8>, Stop> {
        let here = files::working_directory().ok_or_else(|| Refusal::unreadable("a relative path from nowhere"))?;
        Ok(self.without_dots(files::within(&here, name)))
    }

    /// Returns the real path of an absolute path that goes up, and any other path unchanged. A path
    /// that leads nowhere stays unchanged, too.
    fn without_dots(&self, path: Vec<u8>) -> Vec<u8> {
        if !files::goes_up_from_a_name(&path) {
            return path;
        }
        self.thread.decisions.real_path(&path, LastLink::Follow).unwrap_or(path)
    }

    /// Throws for an object that is no database. A method of databases tells, because the engine
    /// runs it for no other object.
    pub(crate) fn database_object(&self, arg: usize) -> Result<(), Stop> {
        let env = self.call.env;
        let Some(given) = self.arg(arg).filter(|given| env.is_object(*given)) else { return Ok(()) };
        let Some(location) = self.thread.primordials.database_location.get() else { return Ok(()) };
        let Err(thrown) = self.thread.primordials.attempt(given, location.get(env)?, &[])? else { return Ok(()) };
        // The database is closed. The original reports that.
        if env.is_object(thrown) && env.has_own(thrown, "code")? {
            return Ok(());
        }
        let error =
            env.type_error("ERR_INVALID_ARG_TYPE", "The \"sourceDb\" argument must be an instance of DatabaseSync.")?;
        env.throws(error);
        Err(Stop::Threw)
    }

    /// Asks about the file that `SQLite` opens under this name.
    pub(crate) fn database_file(&self, name: &[u8], spelled: &[u8], read_only: bool) -> Result<(), Stop> {
        let Some(file) = file_url::database_file(name) else {
            return Ok(self.thread.enforce(Scope::FsRead, &String::from_utf8_lossy(name), Policy::is_strict)?);
        };
        if file.is_empty() || file == b":memory:" {
            return Ok(());
        }
        self.stays(&file)?;
        let spelled = if name.starts_with(b"file:") { &file[..] } else { spelled };
        // SQLite keeps the name, and the program can put a link in the place of the folder from
        // which the name goes up. A parameter `modeof` names a second file.
        if files::goes_up_from_a_name(&file) || file_url::names_second_file(name) {
            self.thread
                .enforce(Scope::FsRead, &String::from_utf8_lossy(spelled), |policy| policy.is_narrow(Scope::Fs))?;
        }
        // SQLite follows more links than the kernel, and takes longer paths.
        if !matches!(self.thread.decisions.leads(&file, LastLink::Follow), Resolution::To(_)) {
            self.thread.enforce(Scope::FsRead, &String::from_utf8_lossy(&file), Policy::is_strict)?;
        }
        self.thread.check_path_as(Scope::FsRead, &file, spelled, LastLink::Follow)?;
        // Readers of a database with a write-ahead log make files beside it. So do readers of a
        // database with its own lock file.
        let writes = !read_only || file_url::names_parameters(name) || files::has_write_ahead_log(&file);
        if !writes {
            return Ok(());
        }
        self.thread.check_path_as(Scope::FsWrite, &file, spelled, LastLink::Follow)?;
        // SQLite makes and removes these files beside the link target of the name. The last one is
        // for a change of several databases.
        let real = self.thread.decisions.real_path(&file, LastLink::Follow).unwrap_or_else(|| file.clone());
        for end in ["-journal", "-wal", "-shm", ".lock", "-mj000000900"] {
            let beside = [&real[..], end.as_bytes()].concat();
            let place = Absolute::resolve(&beside, files::working_directory);
            self.thread.enforce(Scope::FsWrite, &String::from_utf8_lossy(&beside), |policy| {
                place.as_ref().is_ok_and(|place| policy.withholds(Scope::FsWrite, &Resource::Path(place.clone())))
            })?;
        }
        Ok(())
    }

    /// Refuses a relative name in SQL. `SQLite` opens the file when the statement runs, and that
    /// may be later. A function of the program may change the working directory before.
    fn reads_as_absolute(&self, name: &str) -> Result<(), Stop> {
        let is_absolute = name.is_empty() || name == ":memory:" || name.starts_with('/') || name.starts_with("file:/");
        if is_absolute || self.thread.policy().has(Scope::Fs, &Resource::Nothing) {
            return Ok(());
        }
        let relative = || Box::new(Refusal::unreadable("the relative name of a database in SQL: give an absolute one"));
        Ok(self.thread.refuse(relative)?)
    }

    /// Asks about the statement that is prepared. It may open its file later.
    pub(crate) fn sql(&mut self, arg: usize) -> Result<(), Stop> {
        let Some(text) = self.arg(arg).and_then(|value| self.call.env.as_string(value)) else { return Ok(()) };
        self.asks_engine = sql::may_open(&text);
        if self.statements(&text)? {
            self.asked_again = Some(text);
        }
        Ok(())
    }

    /// Asks about a script, up to the next statement that opens a file. The rest is asked about
    /// when it runs (`next_step`).
    pub(crate) fn sql_script(&mut self, arg: usize) -> Result<(), Stop> {
        let Some(text) = self.arg(arg).and_then(|value| self.call.env.as_string(value)) else { return Ok(()) };
        if !sql::may_open(&text) {
            return self.statements(&text).map(|_| ());
        }
        self.asks_engine = true;
        let (step, rest) = sql::next_step(&text);
        self.statements(step)?;
        if !rest.is_empty() {
            let step = self.call.env.string(step)?;
            self.replace(arg, step)?;
            self.rest = Some(rest.to_owned());
        }
        Ok(())
    }

    /// Asks about the files that statements open. Returns true if there are any.
    fn statements(&self, text: &str) -> Result<bool, Stop> {
        if sql::handles_pointers(text) {
            self.whole(Scope::Addon, "fts3_tokenizer")?;
        }
        let files = match sql::files_opened_by(text) {
            Ok(files) => files,
            Err(statement) => {
                self.thread.enforce(Scope::FsWrite, statement, Policy::is_strict)?;
                return Ok(true);
            }
        };
        for file in &files {
            self.file_in_sql(file)?;
        }
        Ok(!files.is_empty())
    }

    fn file_in_sql(&self, file: &str) -> Result<(), Stop> {
        self.reads_as_absolute(file)?;
        self.database_file(file.as_bytes(), file.as_bytes(), false)
    }

    /// Asks about what `SQLite` says that a statement does: the code of an action, and two names.
    pub(crate) fn engine_action(&self) -> Result<(), Stop> {
        /// `SQLITE_ATTACH`. The first name is the file, if the statement has it as a text.
        const ATTACH: i32 = 24;
        /// `SQLITE_FUNCTION`. The second name is the function.
        const FUNCTION: i32 = 31;
        let name = |arg: usize| self.arg(arg).and_then(|value| self.call.env.as_string(value));
        match self.arg(0).and_then(|action| self.call.env.as_i32(action)) {
            Some(ATTACH) => match name(1) {
                Some(file) => self.file_in_sql(&file),
                None => Ok(self.thread.enforce(Scope::FsWrite, "ATTACH", Policy::is_strict)?),
            },
            Some(FUNCTION) => match name(2) {
                Some(function) if sql::handles_pointers(&function) => self.whole(Scope::Addon, &function),
                Some(function) if function.eq_ignore_ascii_case("load_extension") => {
                    Err(Refusal::of(Scope::Addon, &function).into())
                }
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Asks about a statement that opens a file when it runs. The first question was asked when the
    /// program made the statement, and the program may have dropped a grant since.
    pub(crate) fn statement(&self) -> Result<(), Stop> {
        if !self.thread.thread_policy().has_lost() {
            return Ok(());
        }
        match self.noted()? {
            Some(text) => self.statements(&text).map(|_| ()),
            None => Ok(()),
        }
    }

    /// Asks again about the file of a database that is opened. The working directory may be another
    /// one, and the program may have dropped a grant.
    pub(crate) fn reopen(&self) -> Result<(), Stop> {
        let Some(noted) = self.noted()? else { return self.whole(Scope::Fs, "node:sqlite") };
        let (DatabaseName { place, spelled }, read_only) = DatabaseName::noted(&noted).ok_or(Stop::Threw)?;
        self.database_file(&place, &spelled, read_only)?;
        if !is_relative(&spelled) {
            return Ok(());
        }
        let now = self.place_of_database(&spelled)?;
        if now == place { Ok(()) } else { self.database_file(&now, &spelled, read_only) }
    }

    /// Returns what was noted of the object whose method is called.
    fn noted(&self) -> Result<Option<String>, JsError> {
        let env = self.call.env;
        let noted = env.call_plain(self.thread.primordials.noted.get(env)?, &[self.call.this])?;
        Ok(env.as_string(noted))
    }
}
