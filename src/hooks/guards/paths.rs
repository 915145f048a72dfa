//! Guards of the file system: what a call reads, writes, makes or removes, from its arguments.
//! Trees are walked where the policy does not grant them whole.

use std::collections::BTreeSet;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;

use crate::audit::log;
use crate::hooks::question::{MISSING, Named, Question, ResolvedPath, Stop};
use crate::hooks::tables::row::Use;
use crate::js::env::Bytes;
use crate::js::value::{JsError, Value};
use crate::policy::links::LastLink;
use crate::policy::path::Absolute;
use crate::policy::{Policy, Resource, Scope};
use crate::process::inherit;
use crate::system::files::{self, System};
use crate::system::links;
use crate::system::{descriptors, opened};
use crate::thread::refusal::Refusal;

/// The argument of `cpSyncCopyDir` and `CpDirJob` that says whether a copy follows links: `(source,
/// target, force, dereference, …)`.
const DEREFERENCE: usize = 3;

/// The characters that `mkdtemp` puts behind its argument, before it replaces them.
pub(crate) const TEMPORARY: &[u8] = b"XXXXXX";

/// The argument of `CpDirJob` that says whether a copy keeps the texts of links.
const VERBATIM: usize = 5;

impl Question<'_> {
    /// Asks about the directory that an entry names. The original joins the two names with
    /// `path.join`, which is pinned (`install`).
    pub(crate) fn entry(&mut self, arg: usize) -> Result<(), Stop> {
        let env = self.call.env;
        let Some(entry) = self.arg(arg).filter(|entry| env.is_object(*entry)) else { return self.no_path() };
        let [parent, name] = ["parentPath", "name"].map(|property| env.get(entry, property));
        let [parent, name] = [env.coerce_to_string(parent?)?, env.coerce_to_string(name?)?];
        let spelled = files::respell(parent.as_bytes(), b"", name.as_bytes());
        let path = files::absolute(&spelled).ok_or_else(|| Refusal::unreadable("a path with a NUL byte"))?;
        self.thread.check_path_as(Scope::FsRead, &path, &spelled, LastLink::Follow)?;
        let copy = self.thread.primordials.bare()?;
        env.put(copy, "parentPath", env.string(&parent)?)?;
        env.put(copy, "name", env.string(&name)?)?;
        self.replace(arg, copy)
    }

    /// Replaces a path by one at which nothing is, if native code would read another file than a
    /// `package.json`.
    pub(crate) fn package(&mut self, arg: usize, is_file: bool) -> Result<(), Stop> {
        const NAME: &str = "package.json";
        let Some(given) = self.arg(arg).and_then(|value| self.call.env.as_string(value)) else { return Ok(()) };
        let is_url = given.starts_with("file:");
        let is_cut = given.contains('\0') || (is_url && given.contains("%00"));
        let is_other = is_file && given.rsplit(['/', '\\']).next() != Some(NAME);
        if !is_cut && !is_other {
            return Ok(());
        }
        let scheme = if is_url { "file://" } else { "" };
        let missing = format!("{scheme}{}/{NAME}", String::from_utf8_lossy(MISSING));
        self.replace(arg, self.call.env.string(&missing)?)
    }

    /// Refuses a path at which module resolution finds nothing.
    pub(crate) fn probe(&mut self, arg: usize) -> Result<(), Stop> {
        let mut path = Bytes::new();
        match self.arg(arg) {
            Some(value) if self.call.env.read_string(value, &mut path) && !self.is_worth_a_look(&path) => {
                // The resolver of modules asks for a package by its folder, from the nearest
                // upwards until one exists.
                if let Some(package) = package_in(&path).filter(|package| matches!(&path[package.len()..], b"" | b"/"))
                {
                    self.thread.report_hidden_package(package);
                }
                Err(Refusal::of(Scope::FsRead, &String::from_utf8_lossy(&path)).into())
            }
            _ => Ok(()),
        }
    }

    /// Removes the folders of packages that hold nothing for the program.
    pub(crate) fn look_up(&mut self, arg: usize) -> Result<(), Stop> {
        let env = self.call.env;
        let Some(folders) = self.arg(arg).filter(|value| env.is_array(*value)) else { return Ok(()) };
        let folders = env.coerce_strings(folders)?;
        let kept: Vec<String> =
            folders.iter().filter(|folder| self.is_worth_a_look(folder.as_bytes())).cloned().collect();
        if log::target().is_some() && kept.len() < folders.len() {
            self.report_first_hidden_package(&folders, &kept);
        }
        if kept.len() == folders.len() { Ok(()) } else { self.replace(arg, env.string_array(&kept)?) }
    }

    /// Reports the package of a request if the nearest folder that holds it is hidden from the
    /// program.
    fn report_first_hidden_package(&self, folders: &[String], kept: &[String]) {
        let request = self.text(0);
        for folder in folders.iter().filter(|folder| folder.ends_with("/node_modules")) {
            let path = format!("{folder}/{request}");
            let Some(package) = package_in(path.as_bytes()).filter(|package| System::exists(package)) else { continue };
            if !kept.contains(folder) {
                self.thread.report_hidden_package(package);
            }
            return;
        }
    }

    /// Returns false for a folder of packages, or a path in one, that is not granted and holds
    /// nothing granted.
    fn is_worth_a_look(&self, path: &[u8]) -> bool {
        let Some(end) = folder_of_packages(path) else { return true };
        let folder = Absolute::resolve(&path[..end], files::working_directory);
        // In audit mode, a lookup succeeds, and the read is recorded.
        let policy = self.thread.policy();
        let leads = |policy: &Policy, folder| policy.leads_to_grant(Scope::FsRead, &folder);
        folder.is_ok_and(
            |folder| if policy.is_plain() { leads(&policy, folder) } else { leads(&policy.enforced(), folder) },
        )
    }

    pub(crate) fn read_tree(&mut self, index: usize) -> Result<(), Stop> {
        let Some(tree) = self.absolute(index, LastLink::Follow)? else { return self.no_path() };
        self.named_path(&tree.raw, Scope::FsRead)?;
        if self.covers_tree(Scope::FsRead, &tree) {
            return Ok(());
        }
        for directory in self.listing(Scope::FsRead, &tree, files::directories_below(&tree.real))? {
            self.named_path(&files::respell(&tree.raw, &tree.real, &directory), Scope::FsRead)?;
        }
        Ok(())
    }

    /// Asks about the directories to which links below the path lead. A listing enters them.
    pub(crate) fn read_behind_links(&mut self, index: usize) -> Result<(), Stop> {
        let Some(tree) = self.absolute(index, LastLink::Follow)? else { return self.no_path() };
        for directory in self.listing(Scope::FsRead, &tree, files::directories_behind_links(&tree.real))? {
            self.named_path(&files::respell(&tree.raw, &tree.real, &directory), Scope::FsRead)?;
        }
        Ok(())
    }

    /// Returns what a walk below a path found. Refuses if the walk could not see everything.
    fn listing<T: Default>(
        &self,
        scope: Scope,
        tree: &ResolvedPath,
        found: Result<T, files::Unlisted>,
    ) -> Result<T, Stop> {
        // The system refuses a path that is too long, so the original sees nothing there either.
        if found.is_err() && !files::is_too_long(&tree.raw) {
            self.thread.enforce(scope, &String::from_utf8_lossy(&tree.raw), Policy::is_strict)?;
        }
        Ok(found.unwrap_or_default())
    }

    /// Returns true if everything at and below this path is granted, by its name and by what it
    /// leads to.
    fn covers_tree(&self, scope: Scope, tree: &ResolvedPath) -> bool {
        self.thread.decisions.covers_tree(scope, &tree.absolute) && self.thread.decisions.covers_tree(scope, &tree.real)
    }

    pub(crate) fn copy_tree(&mut self, source: usize, target: usize) -> Result<(), Stop> {
        let (Some(source), Some(target)) =
            (self.absolute(source, LastLink::Follow)?, self.absolute(target, LastLink::Follow)?)
        else {
            return self.no_path();
        };
        self.named_path(&source.raw, Scope::FsRead)?;
        self.named_path(&target.raw, Scope::FsWrite)?;
        self.makes_folders_above(&target.raw)?;
        // While the copy waits, the program can put links into the source. With the same text, a
        // copy of such a link may lead elsewhere.
        if self.runs_later() && self.arg(VERBATIM).and_then(|value| self.call.env.as_bool(value)) == Some(true) {
            self.thread.enforce(Scope::FsWrite, "verbatimSymlinks", |policy| policy.is_narrow(Scope::Fs))?;
        }
        if self.covers_tree(Scope::FsRead, &source)
            && self.covers_tree(Scope::FsWrite, &target)
            && !files::may_have_links(&source.real)
            && !files::may_have_links(&target.real)
        {
            return Ok(());
        }
        // The job takes what is there when it runs.
        if self.runs_later() && !(self.covers_tree(Scope::FsRead, &source) && self.covers_tree(Scope::FsWrite, &target))
        {
            self.thread.enforce(Scope::FsWrite, &String::from_utf8_lossy(&target.raw), Policy::is_strict)?;
        }
        // A copy that follows links enters the folders that they lead to.
        let follows = self.arg(DEREFERENCE).and_then(|value| self.call.env.as_bool(value)) == Some(true);
        let entries =
            if follows { files::entries_through_links(&source.real) } else { files::entries_below(&source.real) };
        let entries = self.listing(Scope::FsRead, &source, entries)?;
        // The copy follows links that it finds at the target.
        self.listing(Scope::FsWrite, &target, files::entries_below(&target.real))?;
        for entry in entries {
            let copy = files::respell(&target.raw, &source.real, &entry);
            self.named_path(&files::respell(&source.raw, &source.real, &entry), Scope::FsRead)?;
            self.named_path(&copy, Scope::FsWrite)?;
            if let Some(text) = files::link_text(&entry).filter(|_| !follows) {
                self.link_to(&text, &copy)?;
            }
        }
        Ok(())
    }

    /// Has Node copy a tree entry by entry, with a hook for each, unless the policy grants both trees
    /// whole. The job that copies a tree at once also takes what the program adds meanwhile. Node
    /// does not use it if the options have a filter.
    pub(crate) fn walks_entries(&mut self, options: usize) -> Result<(), Stop> {
        let env = self.call.env;
        let (Some(source), Some(target)) = (self.absolute(0, LastLink::Follow)?, self.absolute(1, LastLink::Follow)?)
        else {
            return Ok(());
        };
        if self.covers_tree(Scope::FsRead, &source) && self.covers_tree(Scope::FsWrite, &target) {
            return Ok(());
        }
        let given = self.arg(options);
        let copy = match given {
            Some(given) if env.is_options(given) => self.thread.primordials.plain_copy(given)?,
            Some(given) if !env.is_undefined(given) && !env.is_function(given) => return Ok(()),
            _ => env.object()?,
        };
        if !env.is_undefined(env.get(copy, "filter")?) {
            return self.replace(options, copy);
        }
        env.put(copy, "filter", self.thread.primordials.keeps_all.get(env)?)?;
        let mut args: Vec<Value<'_>> = (0..self.call.count()).filter_map(|index| self.arg(index)).collect();
        match given {
            Some(given) if !env.is_function(given) => args[options] = copy,
            _ => args.insert(options.min(args.len()), copy),
        }
        self.replace_all(args);
        Ok(())
    }

    /// Replaces an options object by a copy. The original finds in it what the guard asked about.
    pub(crate) fn settle_options(&mut self, options: usize) -> Result<(), Stop> {
        let env = self.call.env;
        match self.arg(options) {
            Some(given) if env.is_options(given) => {
                let copy = self.thread.primordials.plain_copy(given)?;
                self.replace(options, copy)
            }
            _ => Ok(()),
        }
    }

    /// Returns true if an options argument says `recursive`.
    pub(crate) fn recursive_option(&self, options: usize) -> Result<bool, Stop> {
        let env = self.call.env;
        match self.arg(options) {
            Some(options) if env.is_options(options) => Ok(env.is_truthy(env.get(options, "recursive")?)?),
            _ => Ok(false),
        }
    }

    pub(crate) fn remove(&mut self, path: usize, recursive: bool) -> Result<(), Stop> {
        let Some(tree) = self.absolute(path, LastLink::NoFollow)? else { return self.no_path() };
        self.named(&tree.raw, Scope::FsWrite, LastLink::NoFollow)?;
        if let Some(kept) = inherit::kept_package() {
            self.spare(kept, &tree)?;
        }
        if !recursive || self.covers_tree(Scope::FsWrite, &tree) {
            return Ok(());
        }
        for entry in self.listing(Scope::FsWrite, &tree, files::entries_below(&tree.real))? {
            self.named(&files::respell(&tree.raw, &tree.real, &entry), Scope::FsWrite, LastLink::NoFollow)?;
        }
        Ok(())
    }

    pub(crate) fn open(&mut self, path: usize, flags: usize) -> Result<(), Stop> {
        let env = self.call.env;
        let mut raw = Bytes::new();
        if matches!(self.read_path(path, &mut raw)?, Named::Other) {
            // A descriptor is open already.
            let is_descriptor = self.arg(path).is_some_and(|value| env.as_number(value).is_some());
            return if is_descriptor { self.descriptor_used(path, Use::HandOn) } else { self.no_path() };
        }
        let flags = self.arg(flags).and_then(|value| env.as_i32(value));
        let flags = flags.ok_or_else(|| Refusal::unreadable("open flags that are no number"))?;
        self.open_as(&raw, flags)
    }

    pub(crate) fn open_with(&mut self, path: usize, flags: i32) -> Result<(), Stop> {
        let mut raw = Bytes::new();
        match self.read_path(path, &mut raw)? {
            Named::Path => self.open_as(&raw, flags),
            Named::Other => self.no_path(),
        }
    }

    fn open_as(&self, raw: &[u8], flags: i32) -> Result<(), Stop> {
        self.accessed(raw, files::OpenAccess::of_flags(flags))
    }

    /// Asks about a path in each scope that an access needs.
    pub(crate) fn accessed(&self, raw: &[u8], access: files::OpenAccess) -> Result<(), Stop> {
        access.scopes().try_for_each(|scope| self.named(raw, scope, access.last))
    }

    pub(crate) fn open_option(&mut self, path: usize, options: usize, default: &str) -> Result<(), Stop> {
        let env = self.call.env;
        // A descriptor and a FileHandle are open already. What names a file is read once, here:
        // Node 26 reads it before the hook of the job that opens it is asked.
        let opens = match self.arg(path) {
            Some(value) if env.is_string(value) || env.uint8_array(value).is_some() => true,
            Some(value) => env.is_object(value) && env.as_string(env.get(value, "href")?).is_some(),
            None => false,
        };
        if opens {
            self.read_path(path, &mut Bytes::new())?;
        }
        let Some(given) = self.arg(options).filter(|given| env.is_options(*given)) else {
            // The job will be asked with the absolute path; the refusal names it as the caller did.
            return match files::flags_of(default) {
                Some(flags) if self.prefix.is_some() => self.open_with(path, flags),
                _ => Ok(()),
            };
        };
        let copy = self.thread.primordials.plain_copy(given)?;
        self.replace(options, copy)?;
        match self.option_flags(options, default)? {
            Some(flags) if opens => self.open_with(path, flags),
            _ => {
                // Either nothing is opened, or the original refuses the flag: it must not find
                // another one.
                if !opens {
                    env.put(copy, "flag", env.undefined()?)?;
                }
                Ok(())
            }
        }
    }

    /// Returns the flags that the options of a whole-file function name.
    pub(crate) fn option_flags(&self, options: usize, default: &str) -> Result<Option<i32>, JsError> {
        let env = self.call.env;
        let Some(options) = self.arg(options).filter(|options| env.is_options(*options)) else {
            return Ok(files::flags_of(default));
        };
        let flag = env.get(options, "flag")?;
        Ok(match (env.as_string(flag), env.as_i32(flag)) {
            (Some(text), _) if !text.is_empty() => files::flags_of(&text),
            (None, Some(number)) => Some(number),
            _ => files::flags_of(default),
        })
    }

    pub(crate) fn make_directory(&mut self, path: usize, recursive: usize) -> Result<(), Stop> {
        self.gives_path = true;
        let mut raw = Bytes::new();
        if matches!(self.read_path(path, &mut raw)?, Named::Other) {
            return self.no_path();
        }
        self.named(&raw, Scope::FsWrite, LastLink::NoFollow)?;
        if self.arg(recursive).and_then(|value| self.call.env.as_bool(value)).unwrap_or(false) {
            self.makes_folders_above(&raw)?;
        }
        Ok(())
    }

    pub(crate) fn folders_above(&mut self, arg: usize) -> Result<(), Stop> {
        let mut raw = Bytes::new();
        match self.read_path(arg, &mut raw)? {
            Named::Path => self.makes_folders_above(&raw),
            Named::Other => self.no_path(),
        }
    }

    /// Asks about each missing folder above a path. The original makes `missing/..` as well.
    pub(crate) fn makes_folders_above(&self, raw: &[u8]) -> Result<(), Stop> {
        let path = self.rooted(raw);
        let before = path.len() - raw.len();
        for missing in files::missing_above(&path).filter(|missing| missing.len() > before) {
            self.named(&missing[before..], Scope::FsWrite, LastLink::NoFollow)?;
        }
        Ok(())
    }

    /// Refuses a move if the policy denies something below the source, because the move gives it
    /// another name. Refuses a move that puts something under a denied name.
    pub(crate) fn undenied(&mut self, source: usize, target: usize) -> Result<(), Stop> {
        let (Some(source), Some(target)) =
            (self.absolute(source, LastLink::NoFollow)?, self.absolute(target, LastLink::NoFollow)?)
        else {
            return self.no_path();
        };
        // Nothing lies below a file; it is asked about itself.
        let is_directory = files::is_directory(&source.real);
        if is_directory {
            self.gets_name(&source, &target)?;
        }
        if is_directory || files::link_text(&source.real).is_some() {
            self.moves_nothing_denied(&target.raw, [&target.absolute, &target.real])?;
        }
        Ok(())
    }

    /// Refuses a second name for a folder, by a move or by a link, if the policy allows more under
    /// that name.
    fn gets_name(&self, folder: &ResolvedPath, name: &ResolvedPath) -> Result<(), Stop> {
        let mut entries = None;
        for scope in [Scope::FsRead, Scope::FsWrite] {
            for (from, to) in [(&folder.absolute, &name.absolute), (&folder.real, &name.real)] {
                let (from, to) = (Absolute::resolve(from, || None::<&[u8]>), Absolute::resolve(to, || None::<&[u8]>));
                let loses = |policy: &Policy| match (&from, &to) {
                    (Ok(from), Ok(to)) => policy.loses_denial(scope, from, to),
                    _ => policy.is_strict(),
                };
                self.thread.enforce(scope, &String::from_utf8_lossy(&folder.raw), loses)?;
            }
            if !self.covers_tree(scope, folder) {
                let below = match entries.take() {
                    Some(below) => below,
                    None => self.listing(scope, folder, files::entries_below(&folder.real))?,
                };
                self.gains_nothing(scope, folder, name, &below)?;
                entries = Some(below);
            }
        }
        Ok(())
    }

    /// Refuses to give a folder a name by which more of the entries in it are granted.
    fn gains_nothing(
        &self,
        scope: Scope,
        source: &ResolvedPath,
        target: &ResolvedPath,
        entries: &[Vec<u8>],
    ) -> Result<(), Stop> {
        let place = |folder: &[u8], entry: &[u8]| {
            let path = files::respell(folder, &source.real, entry);
            Absolute::resolve(&path, || None::<&[u8]>).ok().map(Absolute::into_owned)
        };
        let gains = |policy: &Policy| {
            entries.iter().any(|entry| match (place(&source.real, entry), place(&target.real, entry)) {
                (Some(from), Some(to)) => policy.allows_path(scope, &to) && !policy.allows_path(scope, &from),
                _ => true,
            })
        };
        Ok(self.thread.enforce(scope, &String::from_utf8_lossy(&source.raw), gains)?)
    }

    /// Asks about each link that moves, as about one that is made at its new place. It may lie in a
    /// folder that moves.
    pub(crate) fn moved_links(&mut self, source: usize, target: usize) -> Result<(), Stop> {
        let (Some(source), Some(target)) =
            (self.absolute(source, LastLink::NoFollow)?, self.absolute(target, LastLink::NoFollow)?)
        else {
            return self.no_path();
        };
        if self.thread.policy().has(Scope::Fs, &Resource::Nothing) {
            return Ok(());
        }
        if let Some(text) = files::link_text(&source.real) {
            return self.link_to(&text, &target.raw);
        }
        if !files::is_directory(&source.real) {
            return Ok(());
        }
        for link in self.listing(Scope::FsWrite, &source, files::links_below(&source.real))? {
            if let Some(text) = files::link_text(&link) {
                self.link_to(&text, &files::respell(&target.raw, &source.real, &link))?;
            }
        }
        Ok(())
    }

    /// Refuses to put a folder or a link at this path, or to take it away, if the policy denies
    /// writing to a name below the path.
    fn moves_nothing_denied(&self, spelled: &[u8], paths: [&[u8]; 2]) -> Result<(), Stop> {
        self.enforce_paths(Scope::FsWrite, spelled, paths, |policy, path| {
            policy.names_denied_below(Scope::FsWrite, path)
        })
    }

    pub(crate) fn enforce_paths(
        &self,
        scope: Scope,
        spelled: &[u8],
        paths: [&[u8]; 2],
        refuses: impl Fn(&Policy, &Absolute<'_>) -> bool,
    ) -> Result<(), Stop> {
        let places = paths.map(|path| Absolute::resolve(path, files::working_directory).ok());
        let is_refused = |policy: &Policy| places.iter().flatten().any(|path| refuses(policy, path));
        Ok(self.thread.enforce(scope, &String::from_utf8_lossy(spelled), is_refused)?)
    }

    /// Refuses a path that is the `package.json` on which a rule of the policy depends, or a folder
    /// above it.
    pub(crate) fn not_kept(&mut self, arg: usize) -> Result<(), Stop> {
        let Some(tree) = self.absolute(arg, LastLink::NoFollow)? else { return self.no_path() };
        // A link on the way to a name that is denied to be written: that name would lead elsewhere.
        if files::link_text(&tree.real).is_some() {
            self.moves_nothing_denied(&tree.raw, [&tree.absolute, &tree.real])?;
        }
        match inherit::kept_package() {
            Some(kept) => self.spare(kept, &tree),
            None => Ok(()),
        }
    }

    fn spare(&self, kept: &Path, tree: &ResolvedPath) -> Result<(), Stop> {
        let is_above = [&tree.absolute, &tree.real].into_iter().any(|path| kept.starts_with(files::path_of(path)));
        let spelled = String::from_utf8_lossy(&tree.raw);
        Ok(self.thread.enforce(Scope::FsWrite, &spelled, |policy| is_above && policy.is_strict())?)
    }

    pub(crate) fn temporary(&mut self, prefix: usize) -> Result<(), Stop> {
        self.gives_path = true;
        let mut raw = Bytes::new();
        if matches!(self.read_path(prefix, &mut raw)?, Named::Other) {
            return self.no_path();
        }
        let prefix = raw.len();
        raw.extend_from_slice(TEMPORARY);
        self.named(&raw, Scope::FsWrite, LastLink::NoFollow)?;
        // Node puts letters and digits in the place of these.
        let withholds = |policy: &Policy| {
            (b'0'..=b'9').chain(b'A'..=b'Z').chain(b'a'..=b'z').any(|letter| {
                let name = [&raw[..prefix], &[letter; 6]].concat();
                let path = Absolute::resolve(&name, files::working_directory);
                path.is_ok_and(|path| policy.withholds(Scope::FsWrite, &Resource::Path(path)))
            })
        };
        Ok(self.thread.enforce(Scope::FsWrite, &String::from_utf8_lossy(&raw), withholds)?)
    }

    pub(crate) fn link(&mut self, target: usize, path: usize) -> Result<(), Stop> {
        let mut text = Bytes::new();
        // The text of a link stays as it is: it is not read from the working directory.
        let named = self.read_text(target, &mut text)?;
        let mut raw = Bytes::new();
        let (Named::Path, Named::Path) = (named, self.read_path(path, &mut raw)?) else { return self.no_path() };
        self.link_to(&text, &raw)
    }

    /// Asks about a link with this text at this place. The target must be readable and writable, as
    /// for a hard link.
    ///
    /// While a call waits, the program can put the link in the place of a folder on the call's
    /// path. So the policy must allow everything below the target, and no link below it may lead
    /// out.
    pub(crate) fn link_to(&self, text: &[u8], place: &[u8]) -> Result<(), Stop> {
        let nul = || Refusal::unreadable("a path with a NUL byte");
        let path = self.rooted(place);
        let absolute = files::absolute(&path).ok_or_else(nul)?;
        let real = self.thread.decisions.real_path(&path, LastLink::NoFollow).ok_or_else(nul)?;
        let name = ResolvedPath { raw: place.to_vec(), absolute, real };
        self.leads_to_granted(text, &name)?;
        self.moves_nothing_denied(place, [&name.absolute, &name.real])?;
        self.named(place, Scope::FsWrite, LastLink::NoFollow)
    }

    /// Asks about everything that a link of this name leads to, and that gets a second name by it.
    fn leads_to_granted(&self, text: &[u8], name: &ResolvedPath) -> Result<(), Stop> {
        let nul = || Refusal::unreadable("a path with a NUL byte");
        // The system reads a relative text from where the link really is, which its name may not
        // say.
        let by_name = files::link_target(&name.absolute, text).ok_or_else(nul)?;
        let mut waiting = Vec::new();
        for target in [by_name, files::beside_link(&name.real, text)] {
            self.link_target_granted(text, &target)?;
            waiting.push((text.to_vec(), target, name.clone()));
        }
        if self.thread.policy().has(Scope::Fs, &Resource::Nothing) {
            return Ok(());
        }
        let mut seen = BTreeSet::new();
        while let Some((text, target, name)) = waiting.pop() {
            let Some(real) = self.thread.decisions.real_path(&target, LastLink::Follow) else { continue };
            if !files::is_directory(&real) || !seen.insert(real.clone()) {
                continue;
            }
            let absolute = files::absolute(&target).ok_or_else(nul)?;
            let folder = ResolvedPath { raw: text, absolute, real };
            self.gets_name(&folder, &name)?;
            for link in self.listing(Scope::FsWrite, &folder, files::links_below(&folder.real))? {
                let Some(text) = files::link_text(&link) else { continue };
                let target = files::beside_link(&link, &text);
                self.link_target_granted(&text, &target)?;
                let [raw, absolute, real] =
                    [&name.raw, &name.absolute, &name.real].map(|name| files::respell(name, &folder.real, &link));
                waiting.push((text, target, ResolvedPath { raw, absolute, real }));
            }
        }
        Ok(())
    }

    /// Asks whether the target of a link is readable and writable, and stays so.
    fn link_target_granted(&self, text: &[u8], target: &[u8]) -> Result<(), Stop> {
        // The program can put a link in the place of the folder from which the text goes up.
        if files::goes_up_from_a_name(text) {
            let shown = String::from_utf8_lossy(text);
            self.thread.enforce(Scope::FsWrite, &shown, |policy| policy.is_narrow(Scope::Fs))?;
        }
        self.thread.check_path_as(Scope::FsRead, target, text, LastLink::Follow)?;
        self.thread.check_path_as(Scope::FsWrite, target, text, LastLink::Follow)?;
        // A link to a process leads to its memory while another call waits.
        if links::is_proc(target) {
            self.thread.enforce(Scope::FsWrite, &String::from_utf8_lossy(text), Policy::is_strict)?;
        }
        Ok(())
    }

    /// Asks about a descriptor that the program names by its number. The program must have opened it.
    /// A thread that was given less than the process must be able to open the file itself.
    pub(crate) fn descriptor_used(&self, arg: usize, to: Use) -> Result<(), Stop> {
        // The call gets a duplicate, which permit itself holds.
        if let Some((own, given)) = &self.duplicate {
            return self.may_use(own.as_raw_fd(), *given, to);
        }
        // The original reports an argument that is no number.
        match self.arg(arg).and_then(|given| self.call.env.as_i32(given)) {
            Some(descriptor) => self.descriptor_may(descriptor, to),
            None => Ok(()),
        }
    }

    /// Converts an argument to a number, if the original would do so. Gives a call that acts at once
    /// a duplicate of a descriptor that the program did not open.
    pub(crate) fn settle_descriptor(&mut self, arg: usize, to: Use) -> Result<(), Stop> {
        let env = self.call.env;
        let acts_at_once = matches!(to, Use::Look | Use::Read | Use::Write) && !self.runs_later();
        match self.arg(arg) {
            Some(given) if env.as_number(given).is_none() && self.converts_numbers() => {
                let descriptor = env.coerce_to_i32(given)?;
                self.replace(arg, env.number(f64::from(descriptor))?)
            }
            // Somebody else may open a file under a number that the program did not open.
            Some(_)
                if acts_at_once
                    && self.descriptor_number(arg).is_some_and(|number| opened::owner(number).is_none()) =>
            {
                self.take_descriptor(arg)
            }
            _ => Ok(()),
        }
    }

    /// Asks about the descriptor of the native `FileHandle` whose method is called.
    pub(crate) fn handle_used(&self, to: Use) -> Result<(), Stop> {
        match self.thread.primordials.handles.descriptor_of(self.call.env, "FileHandle", self.call.this) {
            Some(descriptor) => self.descriptor_may(descriptor, to),
            None => Ok(()),
        }
    }

    pub(crate) fn descriptor_may(&self, descriptor: i32, to: Use) -> Result<(), Stop> {
        self.may_use(descriptor, descriptor, to)
    }

    /// Asks about the use of a descriptor that the program named by the number `given`.
    pub(crate) fn may_use(&self, descriptor: i32, given: i32, to: Use) -> Result<(), Stop> {
        let scopes: &[Scope] = match to {
            Use::Read => &[Scope::FsRead],
            Use::Write => &[Scope::FsWrite],
            Use::HandOn => match descriptors::access(descriptor) {
                libc::O_RDONLY => &[Scope::FsRead],
                libc::O_WRONLY => &[Scope::FsWrite],
                _ => &[Scope::FsRead, Scope::FsWrite],
            },
            Use::Look | Use::Close => &[Scope::FsRead, Scope::FsWrite],
        };
        let spelled = || format!("descriptor {given}");
        if self.is_of_another(descriptor, given) {
            self.thread.enforce(scopes[0], &spelled(), Policy::is_strict)?;
        }
        // What every process is given by its parent.
        let is_standard = (0..=2).contains(&given) && to != Use::Close;
        if !self.thread.thread_policy().is_given_less() || is_standard {
            return Ok(());
        }
        match files::path_of_descriptor(descriptor) {
            // A thread that may read or write the file may look at its status, and close it.
            Ok(path) if matches!(to, Use::Look | Use::Close) => match self.named_path(&path, Scope::FsRead) {
                Err(Stop::Refused(_)) => self.named_path(&path, Scope::FsWrite),
                decided => decided,
            },
            Ok(path) => scopes.iter().try_for_each(|scope| self.named_path(&path, *scope)),
            // The original reports a closed descriptor.
            Err(files::NoDescriptorPath::Closed) => Ok(()),
            Err(_) => Ok(self.thread.enforce(scopes[0], &spelled(), Policy::is_strict)?),
        }
    }

    /// Returns true if somebody else than the program opened a descriptor that the program named by
    /// the number `given`.
    fn is_of_another(&self, descriptor: i32, given: i32) -> bool {
        if opened::owner(given).is_some() {
            return false;
        }
        let opens_by_itself = || self.thread.policy().has(Scope::Ffi, &Resource::Nothing);
        descriptors::is_internal(given) || (descriptors::is_foreign(descriptor, given) && !opens_by_itself())
    }

    pub(crate) fn descriptor(&mut self, arg: usize) -> Result<(), Stop> {
        let descriptor = self
            .arg(arg)
            .and_then(|value| self.call.env.as_i32(value))
            .ok_or_else(|| Refusal::unreadable("a descriptor that is no number"))?;
        let given = self.duplicate.as_ref().map_or(descriptor, |(_, given)| *given);
        if self.is_of_another(descriptor, given) {
            return Ok(self.thread.enforce(Scope::FsWrite, &format!("descriptor {given}"), Policy::is_strict)?);
        }
        match files::path_of_descriptor(descriptor) {
            Ok(path) => self.named_path(&path, Scope::FsWrite),
            // The original reports the error: EBADF, EINVAL.
            Err(files::NoDescriptorPath::Closed | files::NoDescriptorPath::NoFile) => Ok(()),
            Err(files::NoDescriptorPath::NoPath) => {
                Ok(self.thread.enforce(Scope::FsWrite, &format!("descriptor {given}"), Policy::is_strict)?)
            }
        }
    }

    /// Gives the call its own descriptor of the file that is open under this number. That happens
    /// before the decision, because a worker could open another file under the number.
    pub(crate) fn take_descriptor(&mut self, arg: usize) -> Result<(), Stop> {
        let Some(given) = self.descriptor_number(arg) else { return Ok(()) };
        let own = if_open(descriptors::duplicate(given))?;
        let number = own.as_ref().map_or(descriptors::NONE, AsRawFd::as_raw_fd);
        self.duplicate = own.map(|own| (own, given));
        self.replace(arg, self.call.env.number(f64::from(number))?)
    }

    /// Converts an argument to a string, as `fs.realpathSync` does with what is neither bytes nor a
    /// URL.
    pub(crate) fn settle_realpath(&mut self, arg: usize) -> Result<(), Stop> {
        let env = self.call.env;
        if let Some(given) = self.arg(arg).filter(|given| env.is_object(*given))
            && env.uint8_array(given).is_none()
            && env.as_string(env.get(given, "href")?).is_none()
        {
            let text = env.string(&env.coerce_to_string(given)?)?;
            self.replace(arg, text)?;
        }
        Ok(())
    }

    /// Asks about a path whose real path is returned. The module loader asks for the real path of an
    /// addon, which need not be readable.
    pub(crate) fn real(&mut self, arg: usize) -> Result<(), Stop> {
        match self.path(arg, Scope::FsRead, LastLink::Follow) {
            Err(Stop::Refused(refusal)) => {
                // Since Node 26.12 it names the absolute path.
                let resource = match files::absolute(refusal.resource.as_bytes()) {
                    Some(path) => String::from_utf8_lossy(&path).into_owned(),
                    None => refusal.resource.clone(),
                };
                let is_addon = Path::new(&resource).extension().is_some_and(|end| end == "node");
                let refused = || Stop::Refused(Box::new(Refusal { resource, ..*refusal }));
                if is_addon { self.library(arg).map_err(|_| refused()) } else { Err(refused()) }
            }
            read => read,
        }
    }
}

/// Returns the second descriptor, or `None` if nothing is open under the number of the first one.
/// The call gets [`descriptors::NONE`] then, and the original reports that.
pub(crate) fn if_open<T>(second: io::Result<T>) -> Result<Option<T>, Stop> {
    match second {
        Ok(second) => Ok(Some(second)),
        Err(error) if error.raw_os_error() == Some(libc::EBADF) => Ok(None),
        Err(_) => Err(Refusal::unreadable("a descriptor of which there can be no second one").into()),
    }
}

/// Returns where the name of the last folder of packages in a path ends.
fn folder_of_packages(path: &[u8]) -> Option<usize> {
    const PACKAGES: &[u8] = b"/node_modules";
    let ends = |end: &usize| path[..*end].ends_with(PACKAGES) && matches!(path.get(*end), None | Some(b'/'));
    (PACKAGES.len()..=path.len()).rev().find(ends)
}

/// Returns the package in the last folder of packages in a path: `/srv/node_modules/@acme/a` of
/// `/srv/node_modules/@acme/a/x.js`.
fn package_in(path: &[u8]) -> Option<&[u8]> {
    let end = folder_of_packages(path)?;
    let mut names = path.get(end + 1..)?.split(|&byte| byte == b'/');
    let name = names.next().filter(|name| !name.is_empty() && !name.starts_with(b"."))?;
    let scope = name.starts_with(b"@").then(|| names.next()).flatten();
    path.get(..end + 1 + name.len() + scope.map_or(0, |name| 1 + name.len()))
}

#[cfg(test)]
mod tests {
    use super::package_in;

    #[test]
    fn the_package_of_a_path_is_found() {
        let of = |path: &'static str| package_in(path.as_bytes()).map(|found| std::str::from_utf8(found).unwrap());
        assert_eq!(of("/a/node_modules/b/lib/x.js"), Some("/a/node_modules/b"));
        assert_eq!(of("/a/node_modules/b/node_modules/@c/d/x"), Some("/a/node_modules/b/node_modules/@c/d"));
        assert_eq!(of("/a/node_modules/./x"), None);
        assert_eq!(of("/a/node_modules"), None);
        assert_eq!(of("/a/my_node_modules/x"), None);
        assert_eq!(of("/a/node_modules/b"), Some("/a/node_modules/b"));
    }
}
