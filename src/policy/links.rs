//! Follows a path as the kernel does: name by name, each link where it is met.
//!
//! `..` is physical here: after a link to a directory it is the parent of the directory that the
//! link names. That is why a path is walked as it was written, and not in its normal form. A path
//! that does not exist yet leads to the place where it would be made, also after a dangling link.
//! The core reads no link itself: it asks [`Links`].

/// The number of links that Linux follows in one path (`path_resolution(7)`). A kernel that follows
/// fewer gives up earlier.
const MAX_LINKS: usize = 40;
/// The length that no path reaches: `PATH_MAX` of Linux counts the NUL at its end, and other
/// systems allow less.
pub(super) const MAX_PATH: usize = 4096;

/// What [`Links`] finds at an absolute path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Nothing, or something that is not a link.
    NotLink,
    /// A link with this text.
    Link(Vec<u8>),
    /// Unknown, because this process may not search the directory.
    Closed,
    /// A link of the kernel to a pipe or a socket, which has no path and which this process has
    /// open already.
    Pathless,
    /// Unknown for another reason: the link of another process, a path that is too long for the
    /// system.
    Unknown,
}

/// The only question that the walk asks the file system.
pub trait Links {
    /// Reads what stands at this absolute path. No link stands before its last name, and the last
    /// name is not followed.
    fn at(&self, path: &[u8]) -> Entry;
}

/// Whether the walk follows a link that is the last name of the path. It always does if a slash
/// comes after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LastLink {
    /// Follows it, as `open` and `stat` do.
    Follow,
    /// Ends at the link itself, as `lstat` and `unlink` do.
    NoFollow,
}

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// To this absolute, normal path without links. It need not exist.
    To(Vec<u8>),
    /// To nothing: the kernel refuses the path.
    Nowhere,
    /// Through a directory that this process may not search. The kernel refuses the path too,
    /// unless the walk begins below that directory.
    Closed,
    /// To something that has no path and that this process has open already.
    Pathless,
    /// To an unknown place.
    Unknown,
}

/// Walks `path` as it was written. A relative path starts at the directory `from`, which must be
/// absolute and free of links; an absolute one starts at the root.
pub fn walk(links: &dyn Links, from: &[u8], path: &[u8], last: LastLink) -> Resolution {
    walk_noting(links, from, path, last, |_, _| {})
}

/// Walks as [`walk`] does, and calls `note` for each link that it follows: with the path of the
/// link, and with the part of the path that comes after it.
pub fn walk_noting(
    links: &dyn Links,
    from: &[u8],
    path: &[u8],
    last: LastLink,
    mut note: impl FnMut(&[u8], &[u8]),
) -> Resolution {
    if path.len() >= MAX_PATH {
        return Resolution::Nowhere;
    }
    // Until the end the root is the empty text.
    let mut out = if path.starts_with(b"/") || from == b"/" { Vec::new() } else { from.to_vec() };
    let mut rest = path.to_vec();
    let (mut at, mut taken) = (0, 0);
    while at < rest.len() {
        let end = rest[at..].iter().position(|&byte| byte == b'/').map_or(rest.len(), |length| at + length);
        let name = &rest[at..end];
        let parent = out.len();
        match name {
            b"" | b"." => {}
            b".." => out.truncate(out.iter().rposition(|&byte| byte == b'/').unwrap_or(0)),
            name => {
                out.push(b'/');
                out.extend_from_slice(name);
                // A slash after the last name is part of `rest`, so `end` would stand before it.
                let is_last = end == rest.len();
                if is_last && last == LastLink::NoFollow {
                    break;
                }
                match links.at(&out) {
                    Entry::NotLink => {}
                    Entry::Closed => return Resolution::Closed,
                    Entry::Link(mut text) => {
                        taken += 1;
                        if taken > MAX_LINKS || text.is_empty() {
                            return Resolution::Nowhere;
                        }
                        note(&out, &rest[end..]);
                        out.truncate(if text.starts_with(b"/") { 0 } else { parent });
                        text.extend_from_slice(&rest[end..]);
                        (rest, at) = (text, 0);
                        continue;
                    }
                    Entry::Pathless if is_last => return Resolution::Pathless,
                    Entry::Pathless => return Resolution::Nowhere,
                    Entry::Unknown => return Resolution::Unknown,
                }
            }
        }
        at = end + 1;
    }
    if out.is_empty() {
        out.push(b'/');
    }
    Resolution::To(out)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Entry, LastLink, Links, MAX_LINKS, Resolution, walk, walk_noting};

    /// Links by their place; every other path is no link.
    struct Tree(BTreeMap<Vec<u8>, Entry>);

    impl Links for Tree {
        fn at(&self, path: &[u8]) -> Entry {
            self.0.get(path).cloned().unwrap_or(Entry::NotLink)
        }
    }

    fn tree(links: &[(&str, &str)]) -> Tree {
        let link = |(place, text): &(&str, &str)| (place.as_bytes().to_vec(), Entry::Link(text.as_bytes().to_vec()));
        Tree(links.iter().map(link).collect())
    }

    fn from_work(tree: &Tree, path: &str, last: LastLink) -> String {
        match walk(tree, b"/work", path.as_bytes(), last) {
            Resolution::To(path) => String::from_utf8(path).unwrap(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn without_links_a_path_leads_to_its_normal_form() {
        let tree = tree(&[]);
        for (path, leads) in [
            ("/a/b", "/a/b"),
            ("a", "/work/a"),
            ("./a//b/", "/work/a/b"),
            ("..", "/"),
            ("../../..", "/"),
            ("/", "/"),
            ("//a/./b/..", "/a"),
            (".", "/work"),
        ] {
            assert_eq!(from_work(&tree, path, LastLink::Follow), leads, "{path}");
            assert_eq!(from_work(&tree, path, LastLink::NoFollow), leads, "{path}");
        }
    }

    #[test]
    fn links_are_followed_where_they_are_met() {
        let tree = tree(&[("/a/out", "/d"), ("/a/near", "b/c"), ("/a/up", "../d"), ("/d/again", "/a/near/")]);
        for (path, leads) in [
            ("/a/out/x", "/d/x"),
            ("/a/near/x", "/a/b/c/x"),
            ("/a/up/x", "/d/x"),
            ("/a/out/again/x", "/a/b/c/x"),
            ("/a/up", "/d"),
        ] {
            assert_eq!(from_work(&tree, path, LastLink::Follow), leads, "{path}");
        }
    }

    #[test]
    fn each_link_is_noted_with_what_stands_behind_it() {
        let tree = tree(&[("/a/p", "../m/p"), ("/m/p", "f/x/p"), ("/m/f", "/r")]);
        let mut noted = Vec::new();
        let note = |link: &[u8], rest: &[u8]| noted.push(String::from_utf8([link, rest].concat()).unwrap());
        let leads = walk_noting(&tree, b"/", b"/a/p", LastLink::Follow, note);
        assert_eq!(
            (leads, noted),
            (Resolution::To(b"/r/x/p".to_vec()), ["/a/p", "/m/p", "/m/f/x/p"].map(str::to_owned).to_vec())
        );
    }

    #[test]
    fn dots_after_a_link_are_those_of_where_it_leads() {
        let tree = tree(&[("/a/self", "/a"), ("/a/deep", "/d/e/f")]);
        assert_eq!(from_work(&tree, "/a/self/../d/x", LastLink::Follow), "/d/x");
        assert_eq!(from_work(&tree, "/a/deep/../x", LastLink::Follow), "/d/e/x");
        assert_eq!(from_work(&tree, "/a/deep/..", LastLink::NoFollow), "/d/e");
    }

    #[test]
    fn the_last_link_is_followed_only_by_calls_that_follow() {
        let tree = tree(&[("/a/out", "/d"), ("/a/in", "/a/b"), ("/a/b/last", "/d/x")]);
        assert_eq!(from_work(&tree, "/a/out", LastLink::NoFollow), "/a/out");
        assert_eq!(from_work(&tree, "/a/in/last", LastLink::NoFollow), "/a/b/last");
        assert_eq!(from_work(&tree, "/a/in/last", LastLink::Follow), "/d/x");
    }

    #[test]
    fn a_slash_or_a_dot_behind_the_last_link_follows_it() {
        let tree = tree(&[("/a/out", "/d"), ("/a/two", "out")]);
        for path in ["/a/out/", "/a/out//", "/a/out/.", "/a/two/", "/a/two/./"] {
            assert_eq!(from_work(&tree, path, LastLink::NoFollow), "/d", "{path}");
        }
    }

    #[test]
    fn a_dangling_link_leads_to_where_it_would_make_something() {
        let tree = tree(&[("/a/new", "../d/new")]);
        assert_eq!(from_work(&tree, "/a/new", LastLink::Follow), "/d/new");
    }

    #[test]
    fn a_ring_of_links_leads_nowhere() {
        let tree = tree(&[("/a/x", "y"), ("/a/y", "x"), ("/a/z", "z/z")]);
        assert_eq!(walk(&tree, b"/", b"/a/x", LastLink::Follow), Resolution::Nowhere);
        assert_eq!(walk(&tree, b"/", b"/a/z/b", LastLink::NoFollow), Resolution::Nowhere);
    }

    #[test]
    fn as_many_links_are_taken_as_the_kernel_takes() {
        let chain: Vec<(String, String)> = (0..50).map(|n| (format!("/a/{n}"), format!("{}", n + 1))).collect();
        let chain: Vec<(&str, &str)> = chain.iter().map(|(place, text)| (place.as_str(), text.as_str())).collect();
        let tree = tree(&chain);
        assert_eq!(from_work(&tree, &format!("/a/{}", 50 - MAX_LINKS), LastLink::Follow), "/a/50");
        assert_eq!(from_work(&tree, &format!("/a/{}", 49 - MAX_LINKS), LastLink::Follow), "Nowhere");
    }

    #[test]
    fn what_the_kernel_gives_up_on_leads_nowhere() {
        let tree = tree(&[]);
        assert_eq!(walk(&tree, b"/", &vec![b'a'; 4096], LastLink::Follow), Resolution::Nowhere);
        let mut closed = self::tree(&[]);
        closed.0.insert(b"/root/a".to_vec(), Entry::Closed);
        assert_eq!(walk(&closed, b"/root", b"a/../b", LastLink::Follow), Resolution::Closed);
    }

    #[test]
    fn what_has_no_path_is_told_apart_from_what_is_not_known() {
        let mut tree = tree(&[("/dev/stdin", "/proc/self/fd/0")]);
        tree.0.insert(b"/proc/self/fd/0".to_vec(), Entry::Pathless);
        tree.0.insert(b"/proc/1/root".to_vec(), Entry::Unknown);
        assert_eq!(walk(&tree, b"/", b"/dev/stdin", LastLink::Follow), Resolution::Pathless);
        assert_eq!(walk(&tree, b"/", b"/dev/stdin/x", LastLink::Follow), Resolution::Nowhere);
        assert_eq!(walk(&tree, b"/", b"/proc/1/root/etc", LastLink::Follow), Resolution::Unknown);
        assert_eq!(walk(&tree, b"/", b"/proc/1/root", LastLink::NoFollow), Resolution::To(b"/proc/1/root".to_vec()));
    }
}
