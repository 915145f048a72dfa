//! The table of resolved names: the names that resolved to an address.
//!
//! The table holds no decisions. An entry says that a name resolved to an address. At each call the
//! policy decides by the grants that the name has then. The size is bounded: the table drops the
//! address that was not used for the longest time. The policy refuses a dropped address until its
//! name is resolved again.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use rustc_hash::FxBuildHasher;

/// Names, by the addresses that they resolved to.
#[derive(Debug)]
pub struct ResolvedNames {
    most: usize,
    clock: u64,
    addresses: HashMap<IpAddr, Learned, FxBuildHasher>,
    by_use: BTreeMap<u64, IpAddr>,
}

#[derive(Debug)]
struct Learned {
    used: u64,
    /// The latest name is last.
    names: Vec<Arc<str>>,
}

impl ResolvedNames {
    /// The number of addresses that are remembered.
    pub const MAX_ADDRESSES: usize = 4096;
    /// The number of names that are remembered for one address.
    pub const MAX_NAMES: usize = 32;

    /// Makes an empty table of this size.
    #[must_use]
    pub fn with_room_for(most: usize) -> Self {
        Self { most, clock: 0, addresses: HashMap::default(), by_use: BTreeMap::new() }
    }

    /// Records that `name` resolved to `address`.
    pub fn learn(&mut self, name: &str, address: IpAddr) {
        let address = address.to_canonical();
        if !self.addresses.contains_key(&address) && self.addresses.len() >= self.most {
            let Some((_, oldest)) = self.by_use.pop_first() else { return };
            self.addresses.remove(&oldest);
        }
        let entry = self.addresses.entry(address).or_insert(Learned { used: 0, names: Vec::new() });
        let known = entry.names.iter().position(|known| &**known == name);
        let name = known.map_or_else(|| Arc::from(name), |at| entry.names.remove(at));
        if entry.names.len() >= Self::MAX_NAMES {
            entry.names.remove(0);
        }
        entry.names.push(name);
        self.touch(address);
    }

    /// Returns the names that resolved to this address, the latest last.
    pub fn names(&mut self, address: IpAddr) -> Vec<Arc<str>> {
        let address = address.to_canonical();
        let Some(names) = self.addresses.get(&address).map(|entry| entry.names.clone()) else { return Vec::new() };
        self.touch(address);
        names
    }

    fn touch(&mut self, address: IpAddr) {
        self.clock += 1;
        if let Some(entry) = self.addresses.get_mut(&address) {
            self.by_use.remove(&entry.used);
            entry.used = self.clock;
            self.by_use.insert(self.clock, address);
        }
    }
}

impl Default for ResolvedNames {
    fn default() -> Self {
        Self::with_room_for(Self::MAX_ADDRESSES)
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::ResolvedNames;

    fn at(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn names(table: &mut ResolvedNames, address: IpAddr) -> String {
        table.names(address).join(" ")
    }

    #[test]
    fn an_address_keeps_the_names_that_gave_it() {
        let mut table = ResolvedNames::default();
        for name in ["a", "b", "a"] {
            table.learn(name, at(1));
        }
        assert_eq!(names(&mut table, at(1)), "b a");
        assert_eq!(names(&mut table, "::ffff:192.0.2.1".parse().unwrap()), "b a");
        assert_eq!(names(&mut table, at(2)), "");
    }

    #[test]
    fn what_was_not_used_for_longest_is_forgotten_first() {
        let mut table = ResolvedNames::with_room_for(2);
        table.learn("a", at(1));
        table.learn("b", at(2));
        names(&mut table, at(1));
        table.learn("c", at(3));
        assert_eq!([names(&mut table, at(1)), names(&mut table, at(2)), names(&mut table, at(3))], ["a", "", "c"]);
    }

    #[test]
    fn one_address_has_so_many_names_and_no_more() {
        let mut table = ResolvedNames::default();
        for number in 0..=ResolvedNames::MAX_NAMES {
            table.learn(&number.to_string(), at(1));
        }
        let names = table.names(at(1));
        assert_eq!((names.len(), &*names[0]), (ResolvedNames::MAX_NAMES, "1"));
    }

    #[test]
    fn a_table_without_room_remembers_nothing() {
        let mut table = ResolvedNames::with_room_for(0);
        table.learn("a", at(1));
        assert_eq!(names(&mut table, at(1)), "");
    }
}
