//! The granted and denied paths of one scope: what was loaded, in a form that can be asked, saved and expire.
//!
//! [`PathGrants`] keeps every rule as it was loaded beside the trie and the globs that answer questions, so that a
//! rule can lapse and the set can be written down without loss. Rules of shape [`Shape::Exact`], [`Shape::Tree`] and
//! [`Shape::Prefix`] live in the trie; globs are asked only where there are any.
//!
//! A grant is loaded under its own name and under what that name resolves to, so that a granted directory that is
//! a link works however it is reached. Whether the path that is *asked* about leads out through a link is not
//! decided here.

use std::collections::BTreeSet;

use super::error::{GlobError, GrantError, found};
use super::files::Resolver;
use super::globs::{Glob, Globs};
use super::path::{Absolute, Style};
use super::pattern::Pattern;
use super::trie::{self, Lookup, Marks, TextSpan, Trie};

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Grants.
    Grant,
    /// Withholds, and wins over every grant.
    Deny,
    /// Withholds like [`Effect::Deny`], but is permit's own and does not make the scope count as withheld: its own
    /// files are never writable, and `has('fs.write')` is still true where all else is granted.
    Protect,
}

/// What a rule's text covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// The path itself.
    Exact,
    /// The path and everything below it.
    Tree,
    /// Every path that begins with the text; the empty text is everything.
    Prefix,
    /// What the glob matches: its head, a NUL, its tail.
    Glob,
    /// The file that a granted link leads to: it is reached through the link, not by its own name.
    Target,
}

/// One rule, as it was loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PathRule<'a> {
    /// What it does.
    pub effect: Effect,
    /// What its text covers.
    pub shape: Shape,
    /// A path in the form that is compared ([`Style::fold`]).
    pub text: &'a [u8],
    /// When it lapses, in seconds since 1970.
    pub expires: Option<u64>,
}

/// A rule whose text lies in the trie.
#[derive(Clone, Copy, Debug)]
struct Stored {
    effect: Effect,
    shape: Shape,
    span: TextSpan,
    expires: Option<u64>,
}

/// The path set of one scope.
#[derive(Clone, Debug)]
pub struct PathGrants {
    style: Style,
    rules: Vec<Stored>,
    trie: Trie,
    globs: Option<Box<Globs>>,
    /// The texts of [`Shape::Target`].
    targets: BTreeSet<Vec<u8>>,
    withheld: bool,
}

impl PathGrants {
    /// An empty set: nothing is granted.
    #[must_use]
    pub fn new(style: Style) -> Self {
        Self { style, rules: Vec::new(), trie: Trie::default(), globs: None, targets: BTreeSet::new(), withheld: false }
    }

    /// Whether the path is granted and not denied. One walk, no allocation while no glob is loaded.
    #[inline]
    #[must_use]
    pub fn allows(&self, path: &Absolute<'_>) -> bool {
        let path = path.key();
        let verdict = self.trie.ask(path, self.style.separator());
        match &self.globs {
            None => verdict == Lookup::Granted,
            Some(globs) => match verdict {
                Lookup::Denied => false,
                Lookup::Granted => !globs.denies(path),
                Lookup::Silent => globs.grants(path) && !globs.denies(path),
            },
        }
    }

    /// Whether what a link leads to is granted and not denied.
    #[must_use]
    pub fn allows_behind_links(&self, path: &Absolute<'_>) -> bool {
        self.allows(path) || (self.targets.contains(path.key()) && !self.denies(path))
    }

    /// Whether the path is denied, granted or not.
    #[must_use]
    pub fn denies(&self, path: &Absolute<'_>) -> bool {
        let path = path.key();
        self.trie.ask(path, self.style.separator()) == Lookup::Denied
            || self.globs.as_ref().is_some_and(|globs| globs.denies(path))
    }

    /// Whether the path and everything below it is granted by one grant, and nothing of it denied.
    #[must_use]
    pub fn covers_tree(&self, path: &Absolute<'_>) -> bool {
        let key = path.key();
        let granted = self.trie.grants_tree(key, self.style.separator())
            || self.globs.as_ref().is_some_and(|globs| globs.grants_tree(key));
        granted && !self.denied_below(path)
    }

    /// Whether the path or anything below it is denied.
    #[must_use]
    pub fn denied_below(&self, path: &Absolute<'_>) -> bool {
        let key = path.key();
        self.denies(path)
            || self.trie.denied_below(key, self.style.separator())
            || self.globs.as_ref().is_some_and(|globs| globs.may_deny_below(key))
    }

    /// Whether the path is denied, or a path below it that a denial names in full. Globs below it do not count: what is put
    /// there is asked about by its own name.
    #[must_use]
    pub fn names_denied_below(&self, path: &Absolute<'_>) -> bool {
        self.denies(path) || self.trie.denied_below(path.key(), self.style.separator())
    }

    /// Whether a grant covers the path or something below it. A glob may: for it the answer is yes wherever it could.
    #[must_use]
    pub fn leads_to_grant(&self, path: &Absolute<'_>) -> bool {
        let key = path.key();
        self.allows(path)
            || self.trie.granted_below(key, self.style.separator())
            || self.globs.as_ref().is_some_and(|globs| globs.may_grant_below(key))
    }

    /// Whether this path, or the tree that it begins, is granted before denials; `None` where a denial hides that.
    pub(super) fn grants_before_denials(&self, key: &[u8], tree: bool) -> Option<bool> {
        let separator = self.style.separator();
        let globs = self.globs.as_ref();
        match self.trie.ask(key, separator) {
            Lookup::Denied => None,
            _ if tree => {
                Some(self.trie.grants_tree(key, separator) || globs.is_some_and(|globs| globs.grants_tree(key)))
            }
            Lookup::Granted => Some(true),
            Lookup::Silent => Some(globs.is_some_and(|globs| globs.grants(key))),
        }
    }

    /// Whether everything is granted, by `*` and nothing less, and nothing withheld.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.trie.root_marks() & (trie::GRANT_PREFIX | trie::DENY_PREFIX) == trie::GRANT_PREFIX && !self.withheld
    }

    /// Whether anything is denied or dropped; what permit protects does not count.
    #[must_use]
    pub fn is_withheld(&self) -> bool {
        self.withheld
    }

    /// Whether nothing at all is granted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.rules.iter().any(|rule| rule.effect == Effect::Grant)
    }

    /// Every rule, in the order of loading.
    pub fn rules(&self) -> impl Iterator<Item = PathRule<'_>> {
        self.rules.iter().map(|rule| PathRule {
            effect: rule.effect,
            shape: rule.shape,
            text: self.trie.text(rule.span),
            expires: rule.expires,
        })
    }

    /// Loads a grant. An existing directory is its tree, anything else itself. Call [`PathGrants::seal`] afterwards.
    pub(super) fn grant(
        &mut self,
        pattern: &Pattern,
        expires: Option<u64>,
        files: &mut Resolver<'_>,
    ) -> Result<(), GrantError> {
        self.load(Effect::Grant, pattern, expires, files)
    }

    /// Loads a denial: every form of pattern with everything below it. Call [`PathGrants::seal`] afterwards.
    pub(super) fn deny(
        &mut self,
        effect: Effect,
        pattern: &Pattern,
        files: &mut Resolver<'_>,
    ) -> Result<(), GrantError> {
        if let Pattern::Glob { literal, .. } = pattern {
            self.load(effect, &Pattern::Tree(literal.clone()), None, files)?;
        }
        self.load(effect, pattern, None, files)
    }

    /// Adds the globs loaded since the last call to what is asked.
    pub(super) fn seal(&mut self) -> Result<(), GrantError> {
        let is_glob = |rule: &&Stored| rule.shape == Shape::Glob;
        if !self.rules.iter().any(|rule| is_glob(&rule)) {
            self.globs = None;
            return Ok(());
        }
        let pattern = |reason| GrantError::Pattern { found: "all globs together".to_owned(), reason };
        let mut globs = Vec::new();
        for rule in self.rules.iter().filter(is_glob) {
            let text = self.trie.text(rule.span);
            let (head, tail) = split_glob(text).ok_or_else(|| pattern(GlobError::NotWhole))?;
            globs.push(Glob { denies: rule.effect != Effect::Grant, head, tail });
        }
        self.globs = Some(Box::new(Globs::compile(self.style, globs).map_err(pattern)?));
        Ok(())
    }

    /// Takes a path away, whatever grants it: the path and everything below it, or with a `*` at its end everything
    /// that begins so. What a glob matches goes, one without `*` and `?` if it is spelled as it was granted.
    pub(super) fn drop_path(&mut self, path: &Absolute<'_>, files: &mut Resolver<'_>) {
        if self.try_drop(path, files).is_err() {
            // What cannot be taken away in part is taken away as a whole.
            self.drop_all();
        }
    }

    /// Takes everything away.
    pub(super) fn drop_all(&mut self) {
        self.withheld = true;
        self.add_everything(Effect::Deny, trie::DENY_PREFIX);
    }

    /// Grants everything.
    pub(super) fn grant_everything(&mut self) {
        self.add_everything(Effect::Grant, trie::GRANT_PREFIX);
    }

    /// Unlike `add` this cannot fail: the empty prefix needs no room.
    fn add_everything(&mut self, effect: Effect, marks: Marks) {
        let span = self.trie.insert(b"", marks);
        self.rules.push(Stored { effect, shape: Shape::Prefix, span, expires: None });
    }

    /// Forgets the grants that have lapsed at `now`, and says whether there were any.
    pub(super) fn expire(&mut self, now: u64) -> bool {
        if self.next_expiry().is_none_or(|first| first > now) {
            return false;
        }
        match self.without_lapsed(now) {
            Ok(left) => *self = left,
            // It was built once from more than this; if it cannot be built again, nothing is granted any more.
            Err(_) => self.drop_all(),
        }
        true
    }

    fn without_lapsed(&self, now: u64) -> Result<Self, GrantError> {
        let mut left = Self::new(self.style);
        for rule in self.rules().filter(|rule| rule.expires.is_none_or(|at| at > now)) {
            left.add(rule.effect, rule.shape, rule.text, rule.expires)?;
        }
        left.seal()?;
        Ok(left)
    }

    /// When the next grant lapses.
    pub(super) fn next_expiry(&self) -> Option<u64> {
        self.rules.iter().filter_map(|rule| rule.expires).min()
    }

    /// Adds a rule whose text is in the form that is compared.
    pub(super) fn add(
        &mut self,
        effect: Effect,
        shape: Shape,
        text: &[u8],
        expires: Option<u64>,
    ) -> Result<(), GrantError> {
        // A glob that denies is stored beside a marker for its head.
        if !self.trie.has_room(if shape == Shape::Glob { 2 * text.len() + 1 } else { text.len() }) {
            return Err(GrantError::TooMany);
        }
        if shape == Shape::Target {
            self.targets.insert(text.to_vec());
        }
        let span = if let Some(marks) = marks(effect, shape) {
            self.trie.insert(text, marks)
        } else {
            if effect != Effect::Grant
                && shape == Shape::Glob
                && let Some((head, _)) = split_glob(text)
            {
                let above = self.style.join(head, b"");
                self.trie.insert(&above, trie::DENIED_AHEAD);
            }
            self.trie.store(text)
        };
        self.withheld |= effect == Effect::Deny;
        self.rules.push(Stored { effect, shape, span, expires });
        Ok(())
    }

    fn load(
        &mut self,
        effect: Effect,
        pattern: &Pattern,
        expires: Option<u64>,
        files: &mut Resolver<'_>,
    ) -> Result<(), GrantError> {
        let style = self.style;
        let unreadable = |path| move |reason| GrantError::Path { found: found(path), reason };
        match pattern {
            Pattern::Everything => self.add(effect, Shape::Prefix, b"", expires),
            Pattern::Path(path) | Pattern::Itself(path) | Pattern::Tree(path) => {
                let (directory, real) = files.look(path).map_err(unreadable(path))?;
                let itself = matches!(pattern, Pattern::Itself(_));
                let tree = (directory && !itself) || effect != Effect::Grant || matches!(pattern, Pattern::Tree(_));
                if tree || directory {
                    let shape = if tree { Shape::Tree } else { Shape::Exact };
                    return self.add_names(effect, shape, path, real.as_deref(), expires);
                }
                // A link to a file gives what it leads to only through itself; its own name may have links before it.
                let own = files.own_name(path).map_err(unreadable(path))?;
                if let Some(target) = real.filter(|real| own.as_deref().unwrap_or(path) != real) {
                    self.add(effect, Shape::Target, &style.fold(&target), expires)?;
                }
                self.add_names(effect, Shape::Exact, path, own.as_deref(), expires)
            }
            Pattern::Prefix(path) => {
                let parent = style.parent(path).unwrap_or(path);
                let real = files.real_directory(parent).map_err(unreadable(path))?.map(|real| {
                    let name = &path[parent.len()..];
                    style.join(&real, name.strip_prefix(&[style.separator()]).unwrap_or(name))
                });
                self.add_names(effect, Shape::Prefix, path, real.as_deref(), expires)
            }
            Pattern::Glob { head, tail, literal } => {
                if effect == Effect::Grant {
                    let (directory, real) = files.look(literal).map_err(unreadable(literal))?;
                    if directory {
                        // A directory is really called so, as `[id]` is in many web applications.
                        return self.add_names(effect, Shape::Tree, literal, real.as_deref(), expires);
                    }
                }
                let real = files.real_directory(head).map_err(unreadable(head))?;
                let real = real.map(|real| join_glob(&real, tail));
                self.add_names(effect, Shape::Glob, &join_glob(head, tail), real.as_deref(), expires)
            }
        }
    }

    fn add_names(
        &mut self,
        effect: Effect,
        shape: Shape,
        name: &[u8],
        real: Option<&[u8]>,
        expires: Option<u64>,
    ) -> Result<(), GrantError> {
        let style = self.style;
        self.add(effect, shape, &style.fold(name), expires)?;
        match real {
            Some(real) => self.add(effect, shape, &style.fold(real), expires),
            None => Ok(()),
        }
    }

    fn try_drop(&mut self, path: &Absolute<'_>, files: &mut Resolver<'_>) -> Result<(), GrantError> {
        let bytes = path.bytes();
        let pattern = match bytes.strip_suffix(b"*") {
            Some(stem) if stem.last() == Some(&self.style.separator()) => {
                let directory = self.style.normalise(stem, || None::<&[u8]>);
                let directory = directory.map_err(|reason| GrantError::Path { found: found(bytes), reason })?;
                Pattern::Tree(directory.into_owned())
            }
            Some(stem) => Pattern::Prefix(stem.to_vec()),
            None => Pattern::Tree(bytes.to_vec()),
        };
        self.load(Effect::Deny, &pattern, None, files)?;
        let glob = Pattern::parse(self.style, bytes, bytes);
        if let Ok(Pattern::Glob { head, tail, .. }) = &glob {
            let text = self.style.fold(&join_glob(head, tail)).into_owned();
            // `[id]` is the name of many a directory, which has been taken away by now; a star is hardly in any.
            let is_glob = bytes.iter().any(|byte| b"*?".contains(byte));
            if is_glob || self.rules().any(|rule| rule.shape == Shape::Glob && rule.text == text) {
                self.load(Effect::Deny, &glob?, None, files)?;
                self.seal()?;
            }
        }
        Ok(())
    }
}

/// The marks of a rule in the trie; `None` for a glob.
fn marks(effect: Effect, shape: Shape) -> Option<Marks> {
    Some(match (effect, shape) {
        (_, Shape::Glob | Shape::Target) => return None,
        (Effect::Grant, Shape::Exact) => trie::GRANT_EXACT,
        (Effect::Grant, Shape::Tree) => trie::GRANT_TREE,
        (Effect::Grant, Shape::Prefix) => trie::GRANT_PREFIX,
        (_, Shape::Prefix) => trie::DENY_PREFIX,
        // A denial always reaches down.
        (_, Shape::Exact | Shape::Tree) => trie::DENY_TREE,
    })
}

/// A glob as one text. NUL parts head and tail, because it is in no path.
fn join_glob(head: &[u8], tail: &str) -> Vec<u8> {
    [head, b"\0", tail.as_bytes()].concat()
}

fn split_glob(text: &[u8]) -> Option<(&[u8], &str)> {
    let cut = text.iter().position(|&byte| byte == 0)?;
    Some((&text[..cut], std::str::from_utf8(&text[cut + 1..]).ok()?))
}

#[cfg(test)]
mod tests;
