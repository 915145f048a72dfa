//! Answers the questions of `rollout` about the file system.

use super::files::{self, System, names_in};
use super::links;
use crate::rollout::generalize::Folders;
use crate::rollout::{Special, World};

impl World for System {
    fn special(&self, real: &[u8]) -> Option<Special> {
        if links::is_memory(real) {
            Some(Special::Memory)
        } else if links::is_environment(real) {
            Some(Special::Environment)
        } else {
            None
        }
    }

    fn links_below(&self, directory: &[u8], left: &mut usize) -> Vec<Vec<u8>> {
        files::first_links_below(directory, left)
    }
}

impl Folders for System {
    fn names(&self, directory: &[u8]) -> Option<Vec<String>> {
        let names = names_in(directory)?;
        Some(names.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect())
    }
}
