//! Variables by which Node, or what it is linked with, opens files by itself.

/// The variable that names the folder into which Node writes the coverage of a process when it
/// ends.
pub const COVERAGE: &str = "NODE_V8_COVERAGE";

/// Variables that name a file or folder which Node writes.
pub const WRITTEN: [&str; 2] = ["NODE_REDIRECT_WARNINGS", COVERAGE];

/// The variable that names the folder of the compile cache. Node loads preloads from the cache too.
/// Cache entries are keyed by weak checksums, so that a program could plant code that replaces
/// permit.
pub const COMPILE_CACHE: &str = "NODE_COMPILE_CACHE";

/// Variables that name a file or folder which Node, ICU or OpenSSL reads.
const READ: [&str; 9] = [
    "CARES_HOSTS",
    "HOSTALIASES",
    "ICU_TIMEZONE_FILES_DIR",
    "NODE_EXTRA_CA_CERTS",
    "NODE_ICU_DATA",
    "OPENSSL_CONF_INCLUDE",
    "RESOLV_HOST_CONF",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
];

/// Variables that make a resolver look up another name than the one it is asked for.
pub const STEERING: [&str; 10] = [
    "CARES_HOSTS",
    "HOSTALIASES",
    "LOCALDOMAIN",
    "RES_OPTIONS",
    "RESOLV_ADD_TRIM_DOMAINS",
    "RESOLV_HOST_CONF",
    "RESOLV_MULTI",
    "RESOLV_OVERRIDE_TRIM_DOMAINS",
    "RESOLV_REORDER",
    "RESOLV_SPOOF_CHECK",
];

/// Variables that make OpenSSL or the C library load a library of the caller's choice.
const LIBRARIES: [&str; 4] = ["GCONV_PATH", "OPENSSL_CONF", "OPENSSL_ENGINES", "OPENSSL_MODULES"];

/// Returns true for a variable that names libraries for a program to load.
#[must_use]
pub fn names_libraries(name: &str) -> bool {
    name.starts_with("LD_") || name.starts_with("DYLD_") || LIBRARIES.contains(&name)
}

/// Returns true for a variable that names a file or folder which Node writes.
#[must_use]
pub fn names_written(name: &str) -> bool {
    WRITTEN.contains(&name)
}

/// Returns true for a variable that names a file or folder which Node reads without a hook.
#[must_use]
pub fn names_read(name: &str) -> bool {
    READ.contains(&name)
}

/// Returns true for a variable that permit compares with its value at the start of the process.
#[must_use]
pub fn is_operators(name: &str) -> bool {
    names_libraries(name) || names_written(name) || names_read(name) || STEERING.contains(&name)
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
