//! The file names that `SQLite` understands: plain paths and `file:` URIs.

/// The path of the file that `SQLite` opens under this name. Empty and `:memory:` open none; `None` is a URI that
/// cannot be read with certainty.
pub fn database_file(name: &[u8]) -> Option<Vec<u8>> {
    let Some(rest) = name.strip_prefix(b"file:") else { return Some(name.to_vec()) };
    let path = match rest.strip_prefix(b"//") {
        None => rest,
        Some(authority) => {
            let end = authority.iter().position(|byte| *byte == b'/').unwrap_or(authority.len());
            let (host, path) = authority.split_at(end);
            if !host.is_empty() && host != b"localhost" {
                return None;
            }
            path
        }
    };
    let end = path.iter().position(|byte| matches!(byte, b'?' | b'#')).unwrap_or(path.len());
    percent_decoded(&path[..end])
}

/// Returns true for a `file:` URI with parameters.
pub fn names_parameters(name: &[u8]) -> bool {
    name.starts_with(b"file:") && name.contains(&b'?')
}

/// Text with its `%xx` replaced; `None` if one is broken, or is a NUL.
pub fn percent_decoded(text: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        if *byte != b'%' {
            decoded.push(*byte);
            continue;
        }
        let mut digit = || char::from(*bytes.next()?).to_digit(16);
        let value = u8::try_from(digit()? * 16 + digit()?).ok()?;
        // SQLite ends the name at an encoded NUL: two readers could see two names.
        if value == 0 {
            return None;
        }
        decoded.push(value);
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::database_file;

    fn file(name: &str) -> Option<String> {
        database_file(name.as_bytes()).map(|path| String::from_utf8_lossy(&path).into_owned())
    }

    #[test]
    fn a_plain_path_is_itself() {
        assert_eq!(file("/a/b%20c.db").as_deref(), Some("/a/b%20c.db"));
    }

    #[test]
    fn a_uri_names_its_decoded_path() {
        assert_eq!(file("file:/a/b%20c.db?mode=ro#x").as_deref(), Some("/a/b c.db"));
        assert_eq!(file("file:///a/b.db").as_deref(), Some("/a/b.db"));
        assert_eq!(file("file://localhost/a").as_deref(), Some("/a"));
        assert_eq!(file("file:rel.db").as_deref(), Some("rel.db"));
        assert_eq!(file("file::memory:?cache=shared").as_deref(), Some(":memory:"));
    }

    #[test]
    fn a_foreign_host_or_a_broken_escape_is_unknown() {
        assert_eq!(file("file://host/a"), None);
        assert_eq!(file("file:/a%00b"), None);
        assert_eq!(file("file:/a%2"), None);
        assert_eq!(file("file:/a%+1"), None);
    }
}
