//! Reads JSON with the place of each value, by `serde_json`.
//!
//! The errors of serde have the line and the column at which reading stopped. A policy file needs a
//! place also for a value that is valid JSON and has no meaning. So objects and arrays are split
//! one level at a time into slices of the text (`RawValue`). The place of a slice is its distance
//! from the start.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The text of a value: a slice of the text of the file.
pub(super) type Raw<'a> = &'a RawValue;

/// The kind of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JsonKind {
    String,
    Bool(bool),
    Array,
    Object,
    Null,
    Number,
}

impl JsonKind {
    pub(super) fn of(raw: Raw<'_>) -> Self {
        match raw.get().as_bytes() {
            [b'"', ..] => Self::String,
            [b'[', ..] => Self::Array,
            [b'{', ..] => Self::Object,
            [b't', ..] => Self::Bool(true),
            [b'f', ..] => Self::Bool(false),
            [b'n', ..] => Self::Null,
            _ => Self::Number,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::String => "a string",
            Self::Bool(true) => "true",
            Self::Bool(false) => "false",
            Self::Array => "an array",
            Self::Object => "an object",
            Self::Null => "null",
            Self::Number => "a number",
        }
    }
}

/// The text of a key and of its value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair<'a> {
    pub(super) key: Raw<'a>,
    pub(super) value: Raw<'a>,
}

/// The pairs of an object in their order, with repeated keys.
#[derive(Debug)]
pub(super) struct Pairs<'a>(pub(super) Vec<Pair<'a>>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some((key, value)) = map.next_entry()? {
                    pairs.push(Pair { key, value });
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(Collect)
    }
}

/// Splits an object into its pairs.
pub(super) fn object(text: &str) -> Result<Vec<Pair<'_>>, serde_json::Error> {
    Ok(serde_json::from_str::<Pairs<'_>>(text)?.0)
}

/// Splits an array into its elements.
pub(super) fn array(text: &str) -> Result<Vec<Raw<'_>>, serde_json::Error> {
    serde_json::from_str(text)
}

/// Reads a string. Borrows it if nothing in it is escaped.
pub(super) fn string(text: &str) -> Result<Cow<'_, str>, serde_json::Error> {
    /// serde makes a plain `Cow` always owned.
    #[derive(serde::Deserialize)]
    struct Borrowing<'a>(#[serde(borrow)] Cow<'a, str>);
    Ok(serde_json::from_str::<Borrowing<'_>>(text)?.0)
}

/// Returns the distance of a part of a text from its start. The part must be a slice of the text.
pub(super) fn offset(text: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize).min(text.len())
}

#[cfg(test)]
mod tests {
    use super::{JsonKind, object, offset, string};

    #[test]
    fn pairs_keep_their_place_and_repetitions() {
        let text = r#" { "a": 1, "a" : [true] }"#;
        let pairs = object(text).unwrap();
        assert_eq!(pairs.len(), 2);
        assert_eq!(offset(text, pairs[1].key.get()), 11);
        assert_eq!((offset(text, pairs[1].value.get()), JsonKind::of(pairs[1].value)), (17, JsonKind::Array));
    }

    #[test]
    fn strings_are_unescaped() {
        assert_eq!(string(r#""a\u0062""#).unwrap(), "ab");
        assert!(string(r#""\ud800""#).is_err());
    }

    #[test]
    fn what_follows_the_end_is_an_error() {
        assert!(object("{} x").is_err() && object("{\"a\":}").is_err() && object("{\"a\":1,}").is_err());
    }
}
