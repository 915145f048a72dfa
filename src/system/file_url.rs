//! File names as `SQLite` reads them: plain paths and `file:` URIs.

use percent_encoding::percent_decode;

/// Returns the path of the file that `SQLite` opens for a name. `SQLite` opens no file for an empty
/// name and `:memory:`. Returns `None` for a URI whose path is uncertain.
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

/// Returns true for a `file:` URI with a parameter `modeof`, which names a file whose mode the new
/// one gets.
pub fn names_second_file(name: &[u8]) -> bool {
    names_parameters(name) && {
        let decoded: Vec<u8> = percent_decode(name).collect();
        decoded.windows(6).any(|part| part == b"modeof")
    }
}

/// Replaces each `%xx` as `SQLite` does: a broken escape stays as it is. Returns `None` if the text
/// has a NUL then: `SQLite` ends the name there, and other readers do not.
pub fn percent_decoded(text: &[u8]) -> Option<Vec<u8>> {
    let decoded: Vec<u8> = percent_decode(text).collect();
    (!decoded.contains(&0)).then_some(decoded)
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
    fn a_foreign_host_or_a_nul_is_unknown() {
        assert_eq!(file("file://host/a"), None);
        assert_eq!(file("file:/a%00b"), None);
    }

    #[test]
    fn a_broken_escape_stands_for_itself() {
        assert_eq!(file("file:/a%2").as_deref(), Some("/a%2"));
        assert_eq!(file("file:/a%+1").as_deref(), Some("/a%+1"));
    }
}
