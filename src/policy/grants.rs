//! The granted and denied paths of one scope.
//!
//! [`PathGrants`] keeps every rule as it was loaded, beside the trie and the globs that answer
//! questions. So a rule can expire, and the set can be saved without loss. Rules of shape
//! [`Shape::Exact`], [`Shape::Tree`] and [`Shape::Prefix`] are stored in the trie. Globs are asked
//! only if there are any.
//!
//! A grant is loaded under its own name and under the name that it resolves to. So a granted
//! directory that is a link works however it is reached. Whether the path *in question* leads out
//! through a link is decided elsewhere (see [`links`](super::links)).

use std::collections::BTreeSet;

use super::error::{GlobError, GrantError, found};
use super::files::Resolver;
use super::globs::{Glob, Globs};
use super::path::{Absolute, Style};
use super::pattern::Pattern;
use super::trie::{self, Lookup, Marks, TextSpan, Trie};

/// What a rule does with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Grants.
    Grant,
    /// Denies, and wins over every grant.
    Deny,
    /// Denies like [`Effect::Deny`], but the scope does not count as withheld. For permit's own
    /// files: they are never writable, and `has('fs.write')` is still true if everything else is
    /// granted.
    Protect,
}

/// The paths that the text of a rule covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// The path itself.
    Exact,
    /// The path and everything below it.
    Tree,
    /// Every path that begins with the text. The empty text is everything.
    Prefix,
    /// The matches of a glob. The text is its head, a NUL byte, and its tail.
    Glob,
    /// The file that a granted link leads to. It is reached through the link, not by its own name.
    Target,
}

/// One rule, as it was loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PathRule<'a> {
    /// The effect.
    pub effect: Effect,
    /// The paths that its text covers.
    pub shape: Shape,
    /// A path in the form that is compared ([`Style::fold`]).
    pub text: &'a [u8],
    /// The expiry, in seconds since 1970.
    pub expires: Option<u64>,
}

/// A rule whose text is stored in the trie.
#[derive(Clone, Copy, Debug)]
struct Stored {
    effect: Effect,
    shape: Shape,
    span: TextSpan,
    expires: Option<u64>,
}

/// The paths of one scope.
#[derive(Clone, Debug)]
pub struct PathGrants {
    style: Style,
    rules: Vec<Stored>,
    trie: Trie,
    globs: Option<Box<Globs>>,
    /// The texts of the rules of shape [`Shape::Target`].
    targets: BTreeSet<Vec<u8>>,
    withheld: bool,
}

impl PathGrants {
    /// Makes an empty set, which grants nothing.
    #[must_use]
    pub fn new(style: Style) -> Self {
        Self { style, rules: Vec::new(), trie: Trie::default(), globs: None, targets: BTreeSet::new(), withheld: false }
    }

    /// Whether the path is granted and not denied. Walks the trie once, and does not allocate
    /// unless a glob is loaded.
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

    /// Whether a path that a link leads to is granted and not denied.
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

    /// Whether one grant covers the path and everything below it, and nothing of it is denied.
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
        self.names_denied_below(path) || self.globs.as_ref().is_some_and(|globs| globs.may_deny_below(path.key()))
    }

    /// Whether a denial at or below `from` would not hold for the same name at or below `to`.
    #[must_use]
    pub fn loses_denial(&self, from: &Absolute<'_>, to: &Absolute<'_>) -> bool {
        self.names_denied_below(from)
            || self.globs.as_ref().is_some_and(|globs| globs.may_lose_denial(from.key(), to.key()))
    }

    /// Whether the path is denied, or a denial names a path below it in full. Globs below it do not
    /// count, because a file that is put there is checked by its own name.
    #[must_use]
    pub fn names_denied_below(&self, path: &Absolute<'_>) -> bool {
        self.denies(path) || self.trie.denied_below(path.key(), self.style.separator())
    }

    /// Whether a grant covers the path or something below it. A glob counts if it could match
    /// there.
    #[must_use]
    pub fn leads_to_grant(&self, path: &Absolute<'_>) -> bool {
        let key = path.key();
        self.allows(path)
            || self.trie.granted_below(key, self.style.separator())
            || self.globs.as_ref().is_some_and(|globs| globs.may_grant_below(key))
    }

    /// Whether this path, or its tree, is granted before denials. Returns `None` if a denial hides
    /// the answer.
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

    /// Whether `*` is granted and nothing is withheld.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.trie.root_marks() & (trie::GRANT_PREFIX | trie::DENY_PREFIX) == trie::GRANT_PREFIX && !self.withheld
    }

    /// Whether anything is denied or dropped. Paths that permit protects do not count.
    #[must_use]
    pub fn is_withheld(&self) -> bool {
        self.withheld
    }

    /// Whether nothing is granted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.rules.iter().any(|rule| rule.effect == Effect::Grant)
    }

    /// Returns every rule, in the order of loading.
    pub fn rules(&self) -> impl Iterator<Item = PathRule<'_>> {
        self.rules.iter().map(|rule| PathRule {
            effect: rule.effect,
            shape: rule.shape,
            text: self.trie.text(rule.span),
            expires: rule.expires,
        })
    }

    /// Loads a grant. An existing directory grants its tree, any other path itself. Call
    /// [`PathGrants::seal`] afterwards.
    pub(super) fn grant(
        &mut self,
        pattern: &Pattern,
        expires: Option<u64>,
        files: &mut Resolver<'_>,
    ) -> Result<(), GrantError> {
        self.load(Effect::Grant, pattern, expires, files)
    }

    /// Loads a denial: the matches of the pattern and everything below them. Call
    /// [`PathGrants::seal`] afterwards.
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

    /// Compiles the globs that were loaded since the last call.
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

    /// Denies a path, whatever grants it. That is the path and everything below it, or, with a `*`
    /// at its end, every path that begins so. Text with `*` or `?` also denies the matches of the
    /// glob. A glob without these characters is denied if the text spells it as it was granted.
    pub(super) fn drop_path(&mut self, path: &Absolute<'_>, files: &mut Resolver<'_>) {
        if self.try_drop(path, files).is_err() {
            // A path that cannot be denied alone: deny everything.
            self.drop_all();
        }
    }

    /// Denies everything.
    pub(super) fn drop_all(&mut self) {
        self.withheld = true;
        self.add_everything(Effect::Deny, trie::DENY_PREFIX);
    }

    /// Grants everything.
    pub(super) fn grant_everything(&mut self) {
        self.add_everything(Effect::Grant, trie::GRANT_PREFIX);
    }

    /// Cannot fail, unlike `add`, because the empty prefix needs no room.
    fn add_everything(&mut self, effect: Effect, marks: Marks) {
        let span = self.trie.insert(b"", marks);
        self.rules.push(Stored { effect, shape: Shape::Prefix, span, expires: None });
    }

    /// Removes the grants that have expired at `now`. Returns whether there were any.
    pub(super) fn expire(&mut self, now: u64) -> bool {
        if self.next_expiry().is_none_or(|first| first > now) {
            return false;
        }
        match self.without_lapsed(now) {
            Ok(left) => *self = left,
            // The set was built from more rules before. If it cannot be built again, it grants
            // nothing.
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

    /// Returns the next expiry of a grant.
    pub(super) fn next_expiry(&self) -> Option<u64> {
        self.rules.iter().filter_map(|rule| rule.expires).min()
    }

    /// Adds a rule. Its text is in the form that is compared.
    pub(super) fn add(
        &mut self,
        effect: Effect,
        shape: Shape,
        text: &[u8],
        expires: Option<u64>,
    ) -> Result<(), GrantError> {
        // A glob that denies is stored beside a mark for its head.
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
                // A link to a file grants its target only through the link. The link's own name may
                // contain other links.
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
                        // A directory may really be called so: many web applications have
                        // directories such as `[id]`.
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
            // A directory may be called `[id]`, and is denied by now. Hardly any name contains a
            // star.
            let is_glob = bytes.iter().any(|byte| b"*?".contains(byte));
            if is_glob || self.rules().any(|rule| rule.shape == Shape::Glob && rule.text == text) {
                self.load(Effect::Deny, &glob?, None, files)?;
                self.seal()?;
            }
        }
        Ok(())
    }
}

/// Returns the marks of a rule in the trie. Returns `None` for a glob.
fn marks(effect: Effect, shape: Shape) -> Option<Marks> {
    Some(match (effect, shape) {
        (_, Shape::Glob | Shape::Target) => return None,
        (Effect::Grant, Shape::Exact) => trie::GRANT_EXACT,
        (Effect::Grant, Shape::Tree) => trie::GRANT_TREE,
        (Effect::Grant, Shape::Prefix) => trie::GRANT_PREFIX,
        (_, Shape::Prefix) => trie::DENY_PREFIX,
        // A denial always covers everything below it.
        (_, Shape::Exact | Shape::Tree) => trie::DENY_TREE,
    })
}

/// Joins a glob into one text. A NUL byte separates head and tail, because no path contains one.
fn join_glob(head: &[u8], tail: &str) -> Vec<u8> {
    [head, b"\0", tail.as_bytes()].concat()
}

fn split_glob(text: &[u8]) -> Option<(&[u8], &str)> {
    let cut = text.iter().position(|&byte| byte == 0)?;
    Some((&text[..cut], std::str::from_utf8(&text[cut + 1..]).ok()?))
}

#[cfg(test)]
mod tests;
