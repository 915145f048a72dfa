//! Where a path really leads: the walk that the kernel makes, name by name, links followed as they are met.
//!
//! `..` is physical here: after a link to a directory it is the parent of what the link names. That is why a path is
//! walked as it was written and not in its normal form. What does not exist yet leads to where it would be made, also
//! behind a dangling link. The core reads no link itself: [`Links`] is asked what stands at a path.

/// The number of links that Linux follows in one path (`path_resolution(7)`). A kernel that follows fewer gives up
/// earlier.
const MAX_LINKS: usize = 40;
/// The length that no path reaches: `PATH_MAX` of Linux counts the NUL at its end, and other systems allow less.
pub(super) const MAX_PATH: usize = 4096;

/// What stands at an absolute path whose directory has been walked: what the walk has to know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stands {
    /// Nothing, or something that is no link.
    Here,
    /// A link with this text.
    Link(Vec<u8>),
    /// The directory is closed to this process.
    Closed,
    /// A link of the kernel to a pipe or a socket, which has no path: the process holds it already.
    Pathless,
    /// What cannot be said: the link of another process, a path too long to be looked at.
    Unknown,
}

/// The one thing that the walk asks of the outside.
pub trait Links {
    /// What stands at this absolute path, the last name of which is not followed.
    fn at(&self, path: &[u8]) -> Stands;
}

/// Whether a link in the last place is followed. A slash behind it always makes it so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Last {
    /// It is, as by `open` and `stat`.
    Followed,
    /// The call works on the link itself, as `lstat` and `unlink` do.
    Itself,
}

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leads {
    /// To this absolute, normal path, which has no link in it; it need not exist.
    To(Vec<u8>),
    /// To nothing: the kernel gives up on it.
    Nowhere,
    /// Through a directory that is closed to this process: the kernel gives up on it too, unless it begins behind that.
    Closed,
    /// To something that has no path and that the process holds already.
    Pathless,
    /// It cannot be said.
    Unknown,
}

/// Walks `path`, as it was written, from the directory `from`, which must be absolute and walked already. An absolute
/// `path` starts at the root.
pub fn walk(links: &dyn Links, from: &[u8], path: &[u8], last: Last) -> Leads {
    walk_noting(links, from, path, last, |_, _| {})
}

/// Walks as [`walk`] does. Calls `note` for each link that it follows: with the path of the link, and with what of the path
/// stands behind it.
pub fn walk_noting(
    links: &dyn Links,
    from: &[u8],
    path: &[u8],
    last: Last,
    mut note: impl FnMut(&[u8], &[u8]),
) -> Leads {
    if path.len() >= MAX_PATH {
        return Leads::Nowhere;
    }
    // The root is the empty text until the end.
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
                // A slash behind it would be there still.
                let is_last = end == rest.len();
                if is_last && last == Last::Itself {
                    break;
                }
                match links.at(&out) {
                    Stands::Here => {}
                    Stands::Closed => return Leads::Closed,
                    Stands::Link(mut text) => {
                        taken += 1;
                        if taken > MAX_LINKS || text.is_empty() {
                            return Leads::Nowhere;
                        }
                        note(&out, &rest[end..]);
                        out.truncate(if text.starts_with(b"/") { 0 } else { parent });
                        text.extend_from_slice(&rest[end..]);
                        (rest, at) = (text, 0);
                        continue;
                    }
                    Stands::Pathless if is_last => return Leads::Pathless,
                    Stands::Pathless => return Leads::Nowhere,
                    Stands::Unknown => return Leads::Unknown,
                }
            }
        }
        at = end + 1;
    }
    if out.is_empty() {
        out.push(b'/');
    }
    Leads::To(out)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Last, Leads, Links, MAX_LINKS, Stands, walk, walk_noting};

    /// Links by their place; all else is what it seems.
    struct Tree(BTreeMap<Vec<u8>, Stands>);

    impl Links for Tree {
        fn at(&self, path: &[u8]) -> Stands {
            self.0.get(path).cloned().unwrap_or(Stands::Here)
        }
    }

    fn tree(links: &[(&str, &str)]) -> Tree {
        let link = |(place, text): &(&str, &str)| (place.as_bytes().to_vec(), Stands::Link(text.as_bytes().to_vec()));
        Tree(links.iter().map(link).collect())
    }

    fn from_work(tree: &Tree, path: &str, last: Last) -> String {
        match walk(tree, b"/work", path.as_bytes(), last) {
            Leads::To(path) => String::from_utf8(path).unwrap(),
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
            assert_eq!(from_work(&tree, path, Last::Followed), leads, "{path}");
            assert_eq!(from_work(&tree, path, Last::Itself), leads, "{path}");
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
            assert_eq!(from_work(&tree, path, Last::Followed), leads, "{path}");
        }
    }

    #[test]
    fn each_link_is_noted_with_what_stands_behind_it() {
        let tree = tree(&[("/a/p", "../m/p"), ("/m/p", "f/x/p"), ("/m/f", "/r")]);
        let mut noted = Vec::new();
        let note = |link: &[u8], rest: &[u8]| noted.push(String::from_utf8([link, rest].concat()).unwrap());
        let leads = walk_noting(&tree, b"/", b"/a/p", Last::Followed, note);
        assert_eq!(
            (leads, noted),
            (Leads::To(b"/r/x/p".to_vec()), ["/a/p", "/m/p", "/m/f/x/p"].map(str::to_owned).to_vec())
        );
    }

    #[test]
    fn dots_after_a_link_are_those_of_where_it_leads() {
        let tree = tree(&[("/a/self", "/a"), ("/a/deep", "/d/e/f")]);
        assert_eq!(from_work(&tree, "/a/self/../d/x", Last::Followed), "/d/x");
        assert_eq!(from_work(&tree, "/a/deep/../x", Last::Followed), "/d/e/x");
        assert_eq!(from_work(&tree, "/a/deep/..", Last::Itself), "/d/e");
    }

    #[test]
    fn the_last_link_is_followed_only_by_calls_that_follow() {
        let tree = tree(&[("/a/out", "/d"), ("/a/in", "/a/b"), ("/a/b/last", "/d/x")]);
        assert_eq!(from_work(&tree, "/a/out", Last::Itself), "/a/out");
        assert_eq!(from_work(&tree, "/a/in/last", Last::Itself), "/a/b/last");
        assert_eq!(from_work(&tree, "/a/in/last", Last::Followed), "/d/x");
    }

    #[test]
    fn a_slash_or_a_dot_behind_the_last_link_follows_it() {
        let tree = tree(&[("/a/out", "/d"), ("/a/two", "out")]);
        for path in ["/a/out/", "/a/out//", "/a/out/.", "/a/two/", "/a/two/./"] {
            assert_eq!(from_work(&tree, path, Last::Itself), "/d", "{path}");
        }
    }

    #[test]
    fn a_dangling_link_leads_to_where_it_would_make_something() {
        let tree = tree(&[("/a/new", "../d/new")]);
        assert_eq!(from_work(&tree, "/a/new", Last::Followed), "/d/new");
    }

    #[test]
    fn a_ring_of_links_leads_nowhere() {
        let tree = tree(&[("/a/x", "y"), ("/a/y", "x"), ("/a/z", "z/z")]);
        assert_eq!(walk(&tree, b"/", b"/a/x", Last::Followed), Leads::Nowhere);
        assert_eq!(walk(&tree, b"/", b"/a/z/b", Last::Itself), Leads::Nowhere);
    }

    #[test]
    fn as_many_links_are_taken_as_the_kernel_takes() {
        let chain: Vec<(String, String)> = (0..50).map(|n| (format!("/a/{n}"), format!("{}", n + 1))).collect();
        let chain: Vec<(&str, &str)> = chain.iter().map(|(place, text)| (place.as_str(), text.as_str())).collect();
        let tree = tree(&chain);
        assert_eq!(from_work(&tree, &format!("/a/{}", 50 - MAX_LINKS), Last::Followed), "/a/50");
        assert_eq!(from_work(&tree, &format!("/a/{}", 49 - MAX_LINKS), Last::Followed), "Nowhere");
    }

    #[test]
    fn what_the_kernel_gives_up_on_leads_nowhere() {
        let tree = tree(&[]);
        assert_eq!(walk(&tree, b"/", &vec![b'a'; 4096], Last::Followed), Leads::Nowhere);
        let mut closed = self::tree(&[]);
        closed.0.insert(b"/root/a".to_vec(), Stands::Closed);
        assert_eq!(walk(&closed, b"/root", b"a/../b", Last::Followed), Leads::Closed);
    }

    #[test]
    fn what_has_no_path_is_told_apart_from_what_is_not_known() {
        let mut tree = tree(&[("/dev/stdin", "/proc/self/fd/0")]);
        tree.0.insert(b"/proc/self/fd/0".to_vec(), Stands::Pathless);
        tree.0.insert(b"/proc/1/root".to_vec(), Stands::Unknown);
        assert_eq!(walk(&tree, b"/", b"/dev/stdin", Last::Followed), Leads::Pathless);
        assert_eq!(walk(&tree, b"/", b"/dev/stdin/x", Last::Followed), Leads::Nowhere);
        assert_eq!(walk(&tree, b"/", b"/proc/1/root/etc", Last::Followed), Leads::Unknown);
        assert_eq!(walk(&tree, b"/", b"/proc/1/root", Last::Itself), Leads::To(b"/proc/1/root".to_vec()));
    }
}
