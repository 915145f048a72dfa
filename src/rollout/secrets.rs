//! The usual places and names of keys and passwords. `trace` grants none of them with a folder, and
//! `check` reports a grant of one.

/// Directories below a home directory with keys or passwords.
pub(super) const HOME_DIRECTORIES: [(&str, &str); 11] = [
    (".ssh", "keys"),
    (".aws", "credentials"),
    (".gnupg", "keys"),
    (".kube", "credentials"),
    (".docker", "credentials"),
    (".config", "the configuration of all programs"),
    (".azure", "credentials"),
    (".local", "the state of all programs"),
    (".mozilla", "passwords"),
    (".password-store", "passwords"),
    (".pki", "keys"),
];

/// Files with passwords. Programs look for them in the home directory and in projects.
pub(super) const HOME_FILES: [(&str, &str); 5] = [
    (".netrc", "credentials"),
    (".npmrc", "credentials"),
    (".yarnrc", "credentials"),
    (".git-credentials", "credentials"),
    (".pgpass", "passwords"),
];

/// Returns true for a path in a home directory that holds keys or passwords.
pub(super) fn is_private(path: &str, home: &str) -> bool {
    let name = path.strip_prefix(home).and_then(|rest| rest.strip_prefix('/')).and_then(|rest| rest.split('/').next());
    name.is_some_and(|name| HOME_DIRECTORIES.iter().chain(&HOME_FILES).any(|(known, _)| *known == name))
}

/// Returns true for a usual name of keys or passwords.
pub(super) fn looks_secret(name: &str) -> bool {
    const NAMES: [&str; 5] = [".env", ".git", "id_rsa", "id_ed25519", "credentials"];
    const ENDS: [&str; 7] = [".pem", ".key", ".p12", ".pfx", ".keystore", ".jks", ".kdbx"];
    let name = name.to_ascii_lowercase();
    NAMES.contains(&name.as_str())
        || HOME_FILES.iter().any(|(known, _)| *known == name)
        || name.starts_with(".env.")
        || ENDS.iter().any(|end| name.ends_with(end))
        || ["secret", "password", "credential"].iter().any(|word| name.contains(word))
}
