//! The walk along links: it ends, and where it does is what taking the names one by one gives.
//!
//! Lines: `l PLACE TEXT` is a link, its place without spaces; `? PATH` is walked, from `/work/here` where it is
//! relative.

use std::collections::{BTreeMap, VecDeque};

use permit::policy::links::{Entry, LastLink, Links, Resolution, walk};
use permit::policy::path::Style;

use crate::{lines, model};

/// As many links as a kernel follows.
const LINKS: usize = 40;
/// The longest name that it takes.
const NAME: usize = 255;

struct Tree(BTreeMap<Vec<u8>, Vec<u8>>);

impl Links for Tree {
    fn at(&self, path: &[u8]) -> Entry {
        assert!(Style::Unix.is_absolute(path), "it asks about {path:?}");
        self.0.get(path).map_or(Entry::NotLink, |text| Entry::Link(text.clone()))
    }
}

/// Tries one tree of links.
pub fn run(data: &[u8]) {
    // A path with a NUL is refused before anybody walks it.
    let data: Vec<u8> = data.iter().copied().filter(|&byte| byte != 0).collect();
    let mut tree = Tree(BTreeMap::new());
    for (kind, link) in lines(&data) {
        let mut parts = link.splitn(2, |&byte| byte == b' ');
        if let (b'l', Some(place), Some(text)) = (kind, parts.next(), parts.next()) {
            let place = model::resolve(model::BASE, place);
            // The working directory has been walked already.
            if !model::is_in(model::BASE, &place) {
                tree.0.insert(place, text.to_vec());
            }
        }
    }
    for (_, path) in lines(&data) {
        for last in [LastLink::Follow, LastLink::NoFollow] {
            let leads = walk(&tree, model::BASE, path, last);
            assert_eq!(leads, slowly(&tree, path, last), "{} {last:?}", String::from_utf8_lossy(path));
            let Resolution::To(real) = leads else { continue };
            assert_eq!(real, model::resolve(b"/", &real), "it is normal");
            if last == LastLink::Follow {
                assert_eq!(walk(&tree, b"/", &real, last), Resolution::To(real.clone()), "no link is left in it");
            }
        }
        if tree.0.is_empty() && !path.split(|&byte| byte == b'/').any(|name| name.len() > NAME) {
            let normal = model::resolve(model::BASE, path);
            assert_eq!(walk(&tree, model::BASE, path, LastLink::Follow), Resolution::To(normal));
        }
    }
}

fn slowly(tree: &Tree, path: &[u8], last: LastLink) -> Resolution {
    let names = |text: &[u8]| -> Vec<Vec<u8>> { text.split(|&byte| byte == b'/').map(<[u8]>::to_vec).collect() };
    let mut at = if path.starts_with(b"/") { Vec::new() } else { names(&model::BASE[1..]) };
    let mut ahead: VecDeque<Vec<u8>> = names(path).into();
    let mut taken = 0;
    while let Some(name) = ahead.pop_front() {
        match name.as_slice() {
            b"" | b"." => continue,
            b".." => {
                at.pop();
                continue;
            }
            name if name.len() > NAME => return Resolution::Nowhere,
            _ => at.push(name),
        }
        if ahead.is_empty() && last == LastLink::NoFollow {
            break;
        }
        let Some(text) = tree.0.get(&[b"/", at.join(&b'/').as_slice()].concat()) else { continue };
        taken += 1;
        if taken > LINKS || text.is_empty() {
            return Resolution::Nowhere;
        }
        if text.starts_with(b"/") {
            at.clear();
        } else {
            at.pop();
        }
        for name in names(text).into_iter().rev() {
            ahead.push_front(name);
        }
    }
    Resolution::To([b"/", at.join(&b'/').as_slice()].concat())
}
