//! The reader of `file:` names says which file `SQLite` opens: it is held against a second reading, byte by byte.
//!
//! The input is a name as a program gives it. The reader is private to the hooks; its file is taken in as it is.

#[path = "../../../src/system/file_url.rs"]
#[allow(dead_code, reason = "as it stands in the hooks")]
mod reader;

/// Tries one name.
pub fn run(data: &[u8]) {
    // Node refuses a name with a NUL before anybody reads it.
    let name: Vec<u8> = data.iter().copied().filter(|&byte| byte != 0).collect();
    if let Some(read) = reader::database_file(&name) {
        assert!(!read.contains(&0), "a file name with a NUL");
        if let Some(opened) = opened(&name) {
            assert_eq!(read, opened, "{}", String::from_utf8_lossy(&name));
        }
    }
    // Whatever can be spelled out can be read.
    let escaped: Vec<String> = name.iter().map(|byte| format!("%{byte:02x}")).collect();
    assert_eq!(reader::database_file(format!("file:{}", escaped.concat()).as_bytes()), Some(name));
}

/// The file that `SQLite` opens; `None` if it refuses the name.
fn opened(name: &[u8]) -> Option<Vec<u8>> {
    if !name.starts_with(b"file:") {
        return Some(name.to_vec());
    }
    let mut at = 5;
    if name[at..].starts_with(b"//") {
        at = 7;
        while at < name.len() && name[at] != b'/' {
            at += 1;
        }
        if at != 7 && &name[7..at] != b"localhost" {
            return None;
        }
    }
    let hex = |at: usize| name.get(at).and_then(|&byte| char::from(byte).to_digit(16));
    let mut path = Vec::new();
    while at < name.len() && name[at] != b'#' && name[at] != b'?' {
        match (name[at], hex(at + 1), hex(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                path.push(u8::try_from(high * 16 + low).expect("two digits"));
                at += 3;
            }
            (byte, ..) => {
                path.push(byte);
                at += 1;
            }
        }
    }
    Some(path)
}
