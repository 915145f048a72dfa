//! The paths that one set of grants covers: Node's rules for the text of a grant, and permit's for
//! globs, denials and links.

use super::{Absolute, Effect, PathGrants, Pattern, Resolver, Style};
use crate::policy::files::{FakeFiles, Files};

/// Makes a set with these grants and denials in a file system with these directories.
struct Set(PathGrants);

impl Set {
    fn new(files: &dyn Files, grants: &[&str], denials: &[&str]) -> Self {
        let mut set = PathGrants::new(Style::Unix);
        let mut resolver = Resolver::new(files, Style::Unix);
        for grant in grants {
            let pattern = Pattern::parse(Style::Unix, b"/cwd", grant.as_bytes()).unwrap();
            set.grant(&pattern, None, &mut resolver).unwrap();
        }
        for denial in denials {
            let pattern = Pattern::parse(Style::Unix, b"/cwd", denial.as_bytes()).unwrap();
            set.deny(Effect::Deny, &pattern, &mut resolver).unwrap();
        }
        set.seal().unwrap();
        Self(set)
    }

    #[track_caller]
    fn allows(&self, paths: &[&str]) {
        for path in paths {
            assert!(self.0.allows(&absolute(path)), "allows {path}");
        }
    }

    #[track_caller]
    fn refuses(&self, paths: &[&str]) {
        for path in paths {
            assert!(!self.0.allows(&absolute(path)), "refuses {path}");
        }
    }

    fn drop(&mut self, path: &str) {
        self.0.drop_path(&absolute(path), &mut Resolver::new(&FakeFiles::default(), Style::Unix));
    }
}

fn absolute(path: &str) -> Absolute<'_> {
    Absolute::resolve_as(Style::Unix, path.as_bytes(), || Some("/cwd")).unwrap()
}

fn with_d() -> FakeFiles {
    FakeFiles::with_dirs(["/d", "/cwd", "/"])
}

fn granted(grants: &[&str]) -> Set {
    Set::new(&with_d(), grants, &[])
}

#[test]
fn a_directory_alone_is_granted_without_what_is_in_it() {
    let set = granted(&["/d/{}", "/{}"]);
    set.allows(&["/d", "/"]);
    set.refuses(&["/d/x", "/x", "/cwd"]);
    let denied = Set::new(&with_d(), &["*"], &["/d/{}"]);
    denied.refuses(&["/d", "/d/x"]);
    denied.allows(&["/", "/x"]);
}

#[test]
fn a_link_to_a_directory_alone_gives_that_directory_alone() {
    let files = FakeFiles::with_dirs(["/real", "/"]).and_link("/l", "/real");
    let set = Set::new(&files, &["/l/{}"], &[]);
    set.allows(&["/l", "/real"]);
    set.refuses(&["/l/x", "/real/x"]);
}

#[test]
fn nothing_is_granted_by_an_empty_set() {
    granted(&[]).refuses(&["/", "/d", ""]);
}

#[test]
fn an_existing_directory_is_its_tree() {
    let set = granted(&["/d"]);
    set.allows(&["/d", "/d/", "/d/x", "/d/x/y", "/d/../d/x"]);
    set.refuses(&["/", "/dx", "/d/..", "/D"]);
}

#[test]
fn a_missing_path_is_exactly_itself() {
    let set = granted(&["/nonex/"]);
    set.allows(&["/nonex", "/nonex/"]);
    set.refuses(&["/nonex/a"]);
}

#[test]
fn relative_grants_start_at_the_base() {
    granted(&["."]).allows(&["/cwd", "/cwd/a"]);
    granted(&["../d"]).allows(&["/d/x"]);
    granted(&["*.txt"]).refuses(&["/cwd/a/b.txt"]);
}

#[test]
fn a_prefix_covers_its_own_base_in_any_order() {
    for grants in [["/d/al*", "/d/x"], ["/d/x", "/d/al*"]] {
        let set = granted(&grants);
        set.allows(&["/d/al", "/d/allowed/x", "/d/x"]);
        set.refuses(&["/d/a", "/d"]);
    }
}

#[test]
fn a_wildcard_directory_covers_the_directory_in_any_order() {
    for grants in [["/d/lib", "/d/*"], ["/d/*", "/d/lib"]] {
        granted(&grants).allows(&["/d", "/d/", "/d/x"]);
    }
}

#[test]
fn a_single_prefix_grants_no_character_less() {
    granted(&["/zz/ab*"]).refuses(&["/zz/a"]);
}

#[test]
fn what_follows_a_star_counts() {
    let set = granted(&["/w/*/f.txt"]);
    set.allows(&["/w/a/f.txt"]);
    set.refuses(&["/w/a", "/w/a/g.txt", "/w/a/b/f.txt"]);
}

#[test]
fn a_directory_with_a_pattern_for_a_name_is_that_directory() {
    let set = Set::new(&FakeFiles::with_dirs(["/app/[id]"]), &["/app/[id]"], &[]);
    set.allows(&["/app/[id]", "/app/[id]/page.js"]);
    set.refuses(&["/app/i"]);
}

#[test]
fn only_a_star_is_the_whole_scope() {
    assert!(granted(&["*"]).0.is_whole());
    assert!(!granted(&["/"]).0.is_whole());
    assert!(!granted(&["/*"]).0.is_whole());
    assert!(!Set::new(&with_d(), &["*"], &["/d/x"]).0.is_whole());
}

#[test]
fn the_root_directory_is_the_tree_of_everything() {
    granted(&["/"]).allows(&["/", "/x/y"]);
}

#[test]
fn a_denial_wins_and_reaches_down_whether_it_exists_or_not() {
    for grant in ["*", "/", "/d", "/d/*", "/d/s", "/d/**"] {
        let set = Set::new(&with_d(), &[grant], &["/d/s"]);
        set.refuses(&["/d/s", "/d/s/x"]);
    }
    Set::new(&with_d(), &["/d"], &["/d/s"]).allows(&["/d/sx", "/d"]);
}

#[test]
fn denials_may_be_prefixes_and_globs() {
    let set = Set::new(&with_d(), &["/d"], &["/d/al*", "/d/**/.env", "/d/[k]ey"]);
    set.refuses(&["/d/al", "/d/also/x", "/d/.env", "/d/a/b/.env/c", "/d/key/x", "/d/[k]ey"]);
    set.allows(&["/d/a", "/d/env"]);
}

#[test]
fn a_granted_link_works_under_both_names() {
    let files = FakeFiles::with_dirs(["/private/tmp"]).and_link("/tmp", "/private/tmp");
    let set = Set::new(&files, &["/tmp"], &[]);
    set.allows(&["/tmp/x", "/private/tmp/x"]);
    Set::new(&files, &["/tmp/no*"], &[]).allows(&["/tmp/note", "/private/tmp/note"]);
    Set::new(&files, &["/tmp/*/a"], &[]).allows(&["/tmp/x/a", "/private/tmp/x/a"]);
}

#[test]
fn a_granted_link_to_a_file_gives_it_only_through_the_link() {
    let files = FakeFiles::with_dirs(["/", "/private/tmp", "/d"])
        .and_link("/tmp", "/private/tmp")
        .and_link("/private/tmp/link", "/d/f");
    let set = Set::new(&files, &["/tmp/link"], &[]);
    set.allows(&["/tmp/link", "/private/tmp/link"]);
    set.refuses(&["/d/f"]);
    assert!(set.0.allows_behind_links(&absolute("/d/f")) && !set.0.allows_behind_links(&absolute("/d/g")));
    let denied = Set::new(&files, &["/tmp/link"], &["/d"]);
    assert!(!denied.0.allows_behind_links(&absolute("/d/f")));
    let mut dropped = Set::new(&files, &["/tmp/link"], &[]);
    dropped.0.drop_path(&absolute("/tmp/link"), &mut Resolver::new(&files, Style::Unix));
    assert!(!dropped.0.allows_behind_links(&absolute("/d/f")));
}

#[test]
fn a_denied_link_is_denied_under_both_names() {
    let files = FakeFiles::with_dirs(["/real"]).and_link("/link", "/real");
    Set::new(&files, &["*"], &["/link"]).refuses(&["/link/x", "/real/x"]);
}

#[test]
fn a_tree_is_covered_only_without_a_denial_in_it() {
    let set = Set::new(&with_d(), &["/d", "/d/f", "/e/al*", "/g/**"], &["/d/a/s"]);
    for (path, covered) in
        [("/d", false), ("/d/a", false), ("/d/b", true), ("/d/a/s", false), ("/e/al", true), ("/g/x", true)]
    {
        assert_eq!(set.0.covers_tree(&absolute(path)), covered, "{path}");
    }
    assert!(!granted(&["/nonex"]).0.covers_tree(&absolute("/nonex")));
}

#[test]
fn directories_above_a_denial_know_of_it() {
    let set = Set::new(&with_d(), &["*"], &["/d/a/s", "/g/*/k", "/p/al*"]);
    for (path, below) in [
        ("/", true),
        ("/d/a", true),
        ("/d/a/s", true),
        ("/d/a/s/x", true),
        ("/d/b", false),
        ("/g", true),
        ("/g/any", true),
        ("/p", true),
        ("/p/a", false),
        ("/p/al", true),
    ] {
        assert_eq!(set.0.denied_below(&absolute(path)), below, "{path}");
    }
}

#[test]
fn a_drop_takes_a_part_of_a_tree_away() {
    let mut set = granted(&["*", "/d"]);
    set.drop("/d/inner");
    set.refuses(&["/d/inner", "/d/inner/x"]);
    set.allows(&["/d/other"]);
    assert!(!set.0.is_whole());
}

#[test]
fn a_drop_with_a_star_is_a_prefix() {
    let mut set = granted(&["/d"]);
    set.drop("/d/al*");
    set.refuses(&["/d/al", "/d/allowed/x"]);
    set.allows(&["/d/b", "/d"]);
    set.drop("/d/*");
    set.refuses(&["/d", "/d/b"]);
}

#[test]
fn a_glob_is_dropped_as_it_was_granted() {
    let mut set = granted(&["/w/*/f", "/w/g"]);
    set.drop("/w/*/f");
    set.refuses(&["/w/a/f"]);
    set.allows(&["/w/g"]);
}

#[test]
fn a_lapsed_grant_grants_nothing() {
    let mut set = PathGrants::new(Style::Unix);
    let files = with_d();
    let mut resolver = Resolver::new(&files, Style::Unix);
    set.grant(&Pattern::Path(b"/d".to_vec()), Some(100), &mut resolver).unwrap();
    set.grant(&Pattern::Path(b"/e".to_vec()), None, &mut resolver).unwrap();
    assert_eq!(set.next_expiry(), Some(100));
    assert!(!set.expire(99));
    assert!(set.allows(&absolute("/d/x")));
    assert!(set.expire(100));
    assert!(!set.allows(&absolute("/d/x")) && set.allows(&absolute("/e")));
    assert_eq!(set.next_expiry(), None);
}

#[test]
fn windows_paths_match_in_any_case() {
    let files = FakeFiles::with_dirs([r"C:\App"]);
    let mut set = PathGrants::new(Style::Windows);
    let mut resolver = Resolver::new(&files, Style::Windows);
    for grant in [r"C:\App", r"C:\src\**\*.JS"] {
        let pattern = Pattern::parse(Style::Windows, br"C:\", grant.as_bytes()).unwrap();
        set.grant(&pattern, None, &mut resolver).unwrap();
    }
    set.seal().unwrap();
    let allows =
        |raw: &str| set.allows(&Absolute::resolve_as(Style::Windows, raw.as_bytes(), || None::<&[u8]>).unwrap());
    assert!(allows(r"c:\aPP\x") && allows("C:/APP") && allows(r"\\?\C:\app\x") && allows(r"c:\SRC\a\b.js"));
    assert!(!allows(r"C:\Apple") && !allows(r"D:\App\x"));
}

#[test]
fn a_denial_by_name_holds_at_both_places_and_others_are_lost() {
    let check = |denied: &[&str], cases: &[(&str, &str, bool)]| {
        let set = Set::new(&with_d(), &["*"], denied);
        for (from, to, loses) in cases {
            assert_eq!(set.0.loses_denial(&absolute(from), &absolute(to)), *loses, "{from} as {to}");
        }
    };
    check(
        &["/d/a/s", "/g/*/k", "/w/**/.env", "/w/**/tmp/key"],
        &[
            ("/d/a", "/e", true),
            ("/d/b", "/e", false),
            ("/d/b", "/d/a", false),
            ("/g/any", "/e", true),
            ("/g/any", "/g/other", true),
            ("/p", "/w/p", false),
            ("/w/x", "/w/y", true),
        ],
    );
    check(
        &["/w/**/.env", "/v/**/*.key/**"],
        &[
            ("/w/x", "/w/y", false),
            ("/w/x/y", "/w", false),
            ("/w", "/w/y", true),
            ("/w/x", "/e", true),
            ("/w/x", "/ww", true),
            ("/", "/e", true),
            ("/v/a", "/v/b", false),
            ("/v/a", "/w/b", true),
            ("/e", "/w/x", false),
        ],
    );
}
