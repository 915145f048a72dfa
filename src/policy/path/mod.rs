//! Checked paths: absolute and normal. Grants are matched against no other kind.
//!
//! A path is bytes, not text, because file names need not be UTF-8. [`Absolute`] makes the check a
//! type. Its fields are private, and its one constructor normalises. So a function that takes it
//! never receives `..` or a NUL byte. Nothing here reads the file system, and no link is followed.

mod error;
pub mod unix;
pub mod windows;

use std::borrow::Cow;

pub use self::error::PathError;

/// The platform whose rules paths follow. Both are compiled on every platform, so that both are
/// tested on every platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Bytes, `/`, case-sensitive.
    Unix,
    /// Drives and shares, `\` and `/`, case-insensitive.
    Windows,
}

impl Style {
    /// The rules of the platform that permit is compiled for.
    pub const NATIVE: Self = if cfg!(windows) { Self::Windows } else { Self::Unix };

    /// The separator between the names of a normal path.
    #[must_use]
    pub const fn separator(self) -> u8 {
        match self {
            Self::Unix => unix::SEPARATOR,
            Self::Windows => windows::SEPARATOR,
        }
    }

    /// Whether `byte` separates names in a path that a caller may write.
    #[must_use]
    pub const fn is_separator(self, byte: u8) -> bool {
        match self {
            Self::Unix => unix::is_separator(byte),
            Self::Windows => windows::is_separator(byte),
        }
    }

    /// Whether `path` is meant without a working directory.
    #[must_use]
    pub fn is_absolute(self, path: &[u8]) -> bool {
        match self {
            Self::Unix => unix::is_absolute(path),
            Self::Windows => windows::is_absolute(path),
        }
    }

    /// Returns the absolute, normal form of `raw`. See [`unix::normalise`] and
    /// [`windows::normalise`].
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

    /// Returns the directory that contains a normal path. Returns `None` for a root.
    #[must_use]
    pub fn parent(self, path: &[u8]) -> Option<&[u8]> {
        match self {
            Self::Unix => unix::parent(path),
            Self::Windows => windows::parent(path),
        }
    }

    /// Returns the form in which two spellings of one file are equal bytes.
    #[must_use]
    pub fn fold(self, path: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Self::Unix => unix::fold(path),
            Self::Windows => windows::fold(path),
        }
    }

    /// Appends a name or a tail to `directory`.
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

/// An absolute, normal path: the policy decides about it, and the system should receive it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absolute<'a> {
    path: Cow<'a, [u8]>,
    /// The folded form, if it differs from `path`. Never on Unix.
    key: Option<Vec<u8>>,
}

impl<'a> Absolute<'a> {
    /// Normalises `raw` by the rules of this platform, as Node's `path.resolve` does: an empty path
    /// is the working directory. Borrows an absolute and normal path. Calls `cwd` only for a
    /// relative path.
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

    /// Returns the path, for the system.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.path
    }

    /// Returns the bytes that grants are compared with.
    #[must_use]
    pub fn key(&self) -> &[u8] {
        self.key.as_deref().unwrap_or(&self.path)
    }

    /// Returns the same path, owned.
    #[must_use]
    pub fn into_owned(self) -> Absolute<'static> {
        Absolute { path: Cow::Owned(self.path.into_owned()), key: self.key }
    }
}
