//! Flags: a line of them is a policy or an error in one line, and nothing is read in two ways.
//!
//! The input is what stands in `PERMIT_OPTIONS`.

use permit::config::{ConfigError, Settings, Surroundings, Tokens, parse_flags, parse_options, split_options};
use permit::policy::files::FakeFiles;
use permit::policy::{Policy, Scope};

use crate::{absolute, is_one_line, model};

/// Tries one line of flags.
pub fn run(data: &[u8]) {
    let whole = parse_options(data, "PERMIT_OPTIONS");
    let words = split_options(data);
    let words = match words {
        Ok(words) => words,
        Err(error) => {
            assert!(is_one_line(&error.to_string()));
            return assert!(whole.is_err());
        }
    };
    // Words read back from quotes, whatever they hold.
    let quoted: Vec<Vec<u8>> = words.iter().map(|word| quote(word)).collect();
    assert_eq!(split_options(quoted.join(&b' ')).as_ref(), Ok(&words));
    let read = parse_flags(&words, Some("PERMIT_OPTIONS"));
    let (settings, rest) = match (read, whole) {
        (Err(error), Err(same)) => {
            assert_eq!(error, same);
            return assert!(is_one_line(&error.to_string()), "{error}");
        }
        (Ok((settings, rest)), Ok(_)) => {
            assert_eq!(rest, words.len());
            (settings, rest)
        }
        // A word that is no flag: the command line takes it, the variable does not.
        (Ok((settings, rest)), Err(error)) => {
            assert!(rest < words.len() && is_one_line(&error.to_string()), "{error}");
            (settings, rest)
        }
        (Err(error), Ok(_)) => panic!("{error}, and as a variable no error"),
    };
    let policy = match policy(settings) {
        Ok(policy) => policy,
        Err(error) => return assert!(is_one_line(&error.to_string()), "{error}"),
    };
    let back = Policy::from_bytes(&policy.to_bytes()).expect("its own bytes");
    assert_eq!(back.to_bytes(), policy.to_bytes());
    // Where nothing is taken back and each word is a flag, their order has no meaning.
    let flags = &words[..rest];
    if flags.iter().all(|word| word.starts_with(b"--") && word.contains(&b'=')) {
        let reversed: Vec<&Vec<u8>> = flags.iter().rev().collect();
        let (settings, _) = parse_flags(&reversed, None).expect("the same flags");
        assert_eq!(self::policy(settings).expect("the same flags").hash(), policy.hash());
    }
    // A denial more never widens.
    let denied = [flags, &[b"--deny-fs-read=/work/a".to_vec()]].concat();
    let (settings, _) = parse_flags(&denied, None).expect("one flag more");
    let narrower = self::policy(settings).expect("one flag more");
    for path in ["/", "/work", "/work/a", "/work/a/b", "/work/ab", "/tmp/x", "/home/me/x"] {
        let path = absolute(path.as_bytes()).expect("absolute");
        let both = narrower.allows_path(Scope::FsRead, &path);
        assert!(!both || policy.allows_path(Scope::FsRead, &path));
    }
    assert!(!narrower.allows_path(Scope::FsRead, &absolute(b"/work/a/b").expect("absolute")));
}

/// The policy of these settings, in a world of few directories.
pub(crate) fn policy(settings: Settings) -> Result<Policy, ConfigError> {
    let around = around(model::NOW);
    let files = FakeFiles::with_dirs(["/", "/work", "/home/me", "/tmp"]);
    settings.into_policy(&files, &around).map(|(policy, notices)| {
        for notice in notices {
            assert!(is_one_line(&notice.to_string()), "{notice}");
        }
        policy
    })
}

/// The world around a policy at a time.
pub(crate) fn around(now: u64) -> Surroundings {
    let tokens = Tokens {
        project: Some(b"/work".to_vec()),
        home: Some(b"/home/me".to_vec()),
        tmp: Some(b"/tmp".to_vec()),
        cwd: None,
        checkout: None,
    };
    Surroundings { cwd: model::BASE.to_vec(), tokens, now }
}

fn quote(word: &[u8]) -> Vec<u8> {
    let mut quoted = vec![b'"'];
    for &byte in word {
        if matches!(byte, b'"' | b'\\') {
            quoted.push(b'\\');
        }
        quoted.push(byte);
    }
    quoted.push(b'"');
    quoted
}
