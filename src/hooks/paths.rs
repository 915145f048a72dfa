//! Guards of the file system: what a call reads, writes, makes or removes, from its arguments. Trees are walked where
//! the policy does not grant them whole.

use std::path::Path;

use super::ask::{Named, Question, Stop};
use super::files;
use super::refusal::Refusal;
use crate::addon::js::ORDINARY;
use crate::policy::Scope;

impl Question<'_> {
    pub(super) fn read_tree(&mut self, index: usize) -> Result<(), Stop> {
        let Some((raw, absolute)) = self.absolute(index)? else { return self.no_path() };
        self.named_path(&raw, Scope::FsRead)?;
        if self.thread.covers_tree(Scope::FsRead, &absolute) {
            return Ok(());
        }
        for directory in files::directories_below(&absolute) {
            self.named_path(&files::respell(&raw, &absolute, &directory), Scope::FsRead)?;
        }
        Ok(())
    }

    pub(super) fn copy_tree(&mut self, source: usize, target: usize) -> Result<(), Stop> {
        let (Some((raw_source, source)), Some((raw_target, target))) = (self.absolute(source)?, self.absolute(target)?)
        else {
            return self.no_path();
        };
        self.named_path(&raw_source, Scope::FsRead)?;
        self.named_path(&raw_target, Scope::FsWrite)?;
        if self.thread.covers_tree(Scope::FsRead, &source)
            && self.thread.covers_tree(Scope::FsWrite, &target)
            && !files::has_links(&source)
        {
            return Ok(());
        }
        for entry in files::entries_below(&source) {
            let copy = files::respell(&target, &source, &entry);
            self.named_path(&entry, Scope::FsRead)?;
            self.named_path(&copy, Scope::FsWrite)?;
            if let Some(text) = files::link_text(&entry) {
                self.link_to(&text, &text, &copy, &copy)?;
            }
        }
        Ok(())
    }

    /// Does an options argument say `recursive`?
    pub(super) fn recursive_option(&self, options: usize) -> Result<bool, Stop> {
        let js = self.call.js;
        match self.arg(options) {
            Some(options) if js.is_object(options) && !js.is_function(options) => {
                Ok(js.as_bool(js.get(options, "recursive")?).unwrap_or(false))
            }
            _ => Ok(false),
        }
    }

    pub(super) fn remove(&mut self, path: usize, recursive: bool) -> Result<(), Stop> {
        let Some((raw, absolute)) = self.absolute(path)? else { return self.no_path() };
        self.named_path(&raw, Scope::FsWrite)?;
        if !recursive || self.thread.covers_tree(Scope::FsWrite, &absolute) {
            return Ok(());
        }
        for entry in files::entries_below(&absolute) {
            self.named_path(&files::respell(&raw, &absolute, &entry), Scope::FsWrite)?;
        }
        Ok(())
    }

    pub(super) fn open(&mut self, path: usize, flags: usize) -> Result<(), Stop> {
        let Some(value) = self.arg(path) else { return self.no_path() };
        if self.call.js.as_number(value).is_some() {
            return Ok(());
        }
        let flags = self
            .arg(flags)
            .and_then(|value| self.call.js.as_i32(value))
            .ok_or_else(|| Refusal::unreadable("open flags that are no number"))?;
        self.open_with(path, flags)
    }

    pub(super) fn open_with(&mut self, path: usize, flags: i32) -> Result<(), Stop> {
        let mut raw = Vec::new();
        if matches!(self.read_path(path, &mut raw)?, Named::Other) {
            return self.no_path();
        }
        let needs = files::Access::of_flags(flags);
        if needs.read {
            self.named_path(&raw, Scope::FsRead)?;
        }
        if needs.write {
            self.named_path(&raw, Scope::FsWrite)?;
        }
        Ok(())
    }

    pub(super) fn open_option(&mut self, path: usize, options: usize, default: &str) -> Result<(), Stop> {
        let js = self.call.js;
        // A descriptor and a FileHandle are open already. What names a file is read once, here: Node 26 reads it
        // before the hook of the job that opens it is asked.
        let opens = match self.arg(path) {
            Some(value) if js.as_string(value).is_some() || js.uint8_array(value).is_some() => true,
            Some(value) => js.is_object(value) && js.as_string(js.get(value, "href")?).is_some(),
            None => false,
        };
        if opens {
            self.read_path(path, &mut Vec::new())?;
        }
        let Some(given) = self.arg(options).filter(|given| js.is_object(*given) && !js.is_function(*given)) else {
            // The job will be asked with the absolute path; the refusal names it as the caller did.
            return match files::flags_of(default) {
                Some(flags) if self.prefix.is_some() => self.open_with(path, flags),
                _ => Ok(()),
            };
        };
        let copy = self.thread.plain_copy(given)?;
        let flag = js.get(copy, "flag")?;
        let flags = match (js.as_string(flag), js.as_i32(flag)) {
            (Some(text), _) if !text.is_empty() => files::flags_of(&text),
            (None, Some(number)) => Some(number),
            _ => files::flags_of(default),
        };
        self.replace(options, copy)?;
        match flags {
            Some(flags) if opens => self.open_with(path, flags),
            _ => {
                // Either nothing is opened, or the original refuses the flag: it must not find another one.
                if !opens {
                    js.define(copy, "flag", js.undefined()?, ORDINARY)?;
                }
                Ok(())
            }
        }
    }

    pub(super) fn make_directory(&mut self, path: usize, recursive: usize) -> Result<(), Stop> {
        self.gives_path = true;
        let Some((raw, absolute)) = self.absolute(path)? else { return self.no_path() };
        self.named_path(&raw, Scope::FsWrite)?;
        if self.arg(recursive).and_then(|value| self.call.js.as_bool(value)).unwrap_or(false) {
            for missing in files::missing_above(&absolute) {
                self.named_path(&missing, Scope::FsWrite)?;
            }
        }
        Ok(())
    }

    pub(super) fn undenied(&mut self, arg: usize) -> Result<(), Stop> {
        let Some((raw, absolute)) = self.absolute(arg)? else { return self.no_path() };
        for scope in [Scope::FsRead, Scope::FsWrite] {
            if self.thread.denied_below(scope, &absolute) {
                return Err(Refusal::of(scope, &String::from_utf8_lossy(&raw)).into());
            }
        }
        Ok(())
    }

    pub(super) fn temporary(&mut self, prefix: usize) -> Result<(), Stop> {
        self.gives_path = true;
        let mut raw = Vec::new();
        if matches!(self.read_path(prefix, &mut raw)?, Named::Other) {
            return self.no_path();
        }
        raw.extend_from_slice(b"XXXXXX");
        self.named_path(&raw, Scope::FsWrite)
    }

    pub(super) fn link(&mut self, target: usize, path: usize) -> Result<(), Stop> {
        let mut text = Vec::new();
        // The text of a link stays as it is: it is not read from the working directory.
        let named = self.read_text(target, &mut text)?;
        let (Named::Path, Some((raw, absolute))) = (named, self.absolute(path)?) else { return self.no_path() };
        self.link_to(&text, &text, &raw, &absolute)
    }

    /// A link may be made where a hard link may: what it points at must be readable and writable, for through the
    /// link it will be.
    pub(super) fn link_to(&self, text: &[u8], spelled: &[u8], raw: &[u8], absolute: &[u8]) -> Result<(), Stop> {
        let target = files::link_target(absolute, text).ok_or_else(|| Refusal::unreadable("a path with a NUL byte"))?;
        self.thread.check_path_as(Scope::FsRead, &target, spelled)?;
        self.thread.check_path_as(Scope::FsWrite, &target, spelled)?;
        self.named_path(raw, Scope::FsWrite)
    }

    pub(super) fn descriptor(&mut self, arg: usize) -> Result<(), Stop> {
        let descriptor = self
            .arg(arg)
            .and_then(|value| self.call.js.as_i32(value))
            .ok_or_else(|| Refusal::unreadable("a descriptor that is no number"))?;
        match files::behind(descriptor) {
            Ok(path) => self.named_path(&path, Scope::FsWrite),
            // Not open: the original says EBADF.
            Err(files::Unknown::Closed) => Ok(()),
            Err(files::Unknown::NoPath) => Err(Refusal::of(Scope::FsWrite, &format!("descriptor {descriptor}")).into()),
        }
    }

    /// The module loader asks for the real path of an addon, which need not be readable to be loaded.
    pub(super) fn real(&mut self, arg: usize) -> Result<(), Stop> {
        // The function makes a string of what is neither bytes nor a URL.
        let js = self.call.js;
        if let Some(given) = self.arg(arg).filter(|given| js.is_object(*given))
            && js.uint8_array(given).is_none()
            && js.as_string(js.get(given, "href")?).is_none()
        {
            let text = js.string(&js.coerce_to_string(given)?)?;
            self.replace(arg, text)?;
        }
        let read = self.path(arg, Scope::FsRead);
        match read {
            Err(Stop::Refused(refusal))
                if Path::new(&refusal.resource).extension().is_some_and(|end| end == "node") =>
            {
                self.library(arg).map_err(|_| Stop::Refused(refusal))
            }
            read => read,
        }
    }
}
