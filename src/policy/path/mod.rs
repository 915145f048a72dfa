//! Paths that have been looked at: absolute, normal, and the only kind that grants are matched against.
//!
//! A path is bytes, not text: file names need not be UTF-8. [`Absolute`] is the checked thing as a type. Its fields
//! are private and its one constructor normalises, so a function that takes it cannot be handed `..` or a NUL.
//! Nothing here reads the file system; links are not followed.

mod error;
pub mod unix;
pub mod windows;

use std::borrow::Cow;

pub use self::error::PathError;

/// Whose rules paths follow. Both are compiled everywhere, so that each can be tested everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Bytes, `/`, case-sensitive.
    Unix,
    /// Drives and shares, `\` and `/`, no case.
    Windows,
}

impl Style {
    /// The rules of the platform this is compiled for.
    pub const NATIVE: Self = if cfg!(windows) { Self::Windows } else { Self::Unix };

    /// What stands between two names in a normal path.
    #[must_use]
    pub const fn separator(self) -> u8 {
        match self {
            Self::Unix => unix::SEPARATOR,
            Self::Windows => windows::SEPARATOR,
        }
    }

    /// Whether `byte` separates names in what a caller may write.
    #[must_use]
    pub const fn is_separator(self, byte: u8) -> bool {
        match self {
            Self::Unix => unix::is_separator(byte),
            Self::Windows => windows::is_separator(byte),
        }
    }

    /// Whether `path` needs no working directory.
    #[must_use]
    pub fn is_absolute(self, path: &[u8]) -> bool {
        match self {
            Self::Unix => unix::is_absolute(path),
            Self::Windows => windows::is_absolute(path),
        }
    }

    /// The absolute, normal form of `raw`. See [`unix::normalise`] and [`windows::normalise`].
    ///
    /// # Errors
    /// A [`PathError`] if `raw` has no such form.
    pub fn normalise<C: AsRef<[u8]>>(
        self,
        raw: &[u8],
        cwd: impl FnOnce() -> Option<C>,
    ) -> Result<Cow<'_, [u8]>, PathError> {
        match self {
            Self::Unix => unix::normalise(raw, cwd),
            Self::Windows => windows::normalise(raw, cwd),
        }
    }

    /// The directory that holds a normal path; `None` for a root.
    #[must_use]
    pub fn parent(self, path: &[u8]) -> Option<&[u8]> {
        match self {
            Self::Unix => unix::parent(path),
            Self::Windows => windows::parent(path),
        }
    }

    /// The form in which two spellings of one file are equal bytes.
    #[must_use]
    pub fn fold(self, path: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Self::Unix => unix::fold(path),
            Self::Windows => windows::fold(path),
        }
    }

    /// `directory` with one more name or tail behind it.
    #[must_use]
    pub fn join(self, directory: &[u8], tail: &[u8]) -> Vec<u8> {
        let mut path = Vec::with_capacity(directory.len() + 1 + tail.len());
        path.extend_from_slice(directory);
        if path.last() != Some(&self.separator()) {
            path.push(self.separator());
        }
        path.extend_from_slice(tail);
        path
    }
}

/// An absolute, normal path: what the policy is asked about, and what the system should be handed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absolute<'a> {
    path: Cow<'a, [u8]>,
    /// The folded form where it differs from `path`; never there on Unix.
    key: Option<Vec<u8>>,
}

impl<'a> Absolute<'a> {
    /// Normalises `raw` by the rules of this platform, as Node's `path.resolve` does: an empty path is the working
    /// directory. An absolute and normal path is borrowed; `cwd` is called only for a relative one.
    ///
    /// # Errors
    /// A [`PathError`] for a path that must be refused.
    #[inline]
    pub fn resolve<C: AsRef<[u8]>>(raw: &'a [u8], cwd: impl FnOnce() -> Option<C>) -> Result<Self, PathError> {
        Self::resolve_as(Style::NATIVE, raw, cwd)
    }

    /// [`Absolute::resolve`] by the rules of a named platform.
    ///
    /// # Errors
    /// A [`PathError`] for a path that must be refused.
    #[inline]
    pub fn resolve_as<C: AsRef<[u8]>>(
        style: Style,
        raw: &'a [u8],
        cwd: impl FnOnce() -> Option<C>,
    ) -> Result<Self, PathError> {
        let path = style.normalise(raw, cwd)?;
        let key = match style {
            Style::Unix => None,
            Style::Windows => Some(windows::fold(&path).into_owned()),
        };
        Ok(Self { path, key })
    }

    /// The path, to hand to the system.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.path
    }

    /// The bytes that grants are compared with.
    #[must_use]
    pub fn key(&self) -> &[u8] {
        self.key.as_deref().unwrap_or(&self.path)
    }

    /// The same path, owned.
    #[must_use]
    pub fn into_owned(self) -> Absolute<'static> {
        Absolute { path: Cow::Owned(self.path.into_owned()), key: self.key }
    }
}
