//! Variables by which Node, or what it is linked with, opens files by itself.

/// The variable that names the folder into which Node writes the coverage of a process when it ends.
pub const COVERAGE: &str = "NODE_V8_COVERAGE";

/// Variables that name a file or folder which Node writes.
pub const WRITTEN: [&str; 2] = ["NODE_REDIRECT_WARNINGS", COVERAGE];

/// The variable that names a folder from which Node takes code that it compiled before, that of its preloads as well. It
/// knows an entry by checksums of a name and a text, for which a program finds others: what it has compiled then runs in the
/// place of permit.
pub const COMPILE_CACHE: &str = "NODE_COMPILE_CACHE";

/// Variables that make the loader, or OpenSSL, run a library of the caller's choice in any program.
const LIBRARIES: [&str; 4] = ["GCONV_PATH", "OPENSSL_CONF", "OPENSSL_ENGINES", "OPENSSL_MODULES"];

/// Does this variable name libraries that a program then runs?
#[must_use]
pub fn names_libraries(name: &str) -> bool {
    name.starts_with("LD_") || name.starts_with("DYLD_") || LIBRARIES.contains(&name)
}

/// Does this variable name what Node writes?
#[must_use]
pub fn names_written(name: &str) -> bool {
    WRITTEN.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::names_libraries;

    #[test]
    fn libraries_are_named_by_the_loader_and_by_openssl() {
        for name in ["LD_PRELOAD", "LD_AUDIT", "LD_LIBRARY_PATH", "DYLD_INSERT_LIBRARIES", "OPENSSL_CONF"] {
            assert!(names_libraries(name), "{name}");
        }
        assert!(!names_libraries("PATH") && !names_libraries("NODE_OPTIONS"));
    }
}
