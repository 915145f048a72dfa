//! Answers the questions of `rollout` about the file system.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use super::files::{System, names_in};
use super::links;
use crate::rollout::fold::Folders;
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

    fn links_below(&self, directory: &[u8], most: &mut usize) -> Vec<Vec<u8>> {
        let mut links = Vec::new();
        let mut waiting = vec![Path::new(OsStr::from_bytes(directory)).to_path_buf()];
        while let Some(directory) = waiting.pop() {
            for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
                let Some(left) = most.checked_sub(1) else { return links };
                *most = left;
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => waiting.push(entry.path()),
                    Ok(kind) if kind.is_symlink() => links.push(entry.path().into_os_string().into_vec()),
                    _ => {}
                }
            }
        }
        links.sort_unstable();
        links
    }
}

impl Folders for System {
    fn names(&self, directory: &[u8]) -> Option<Vec<String>> {
        let names = names_in(directory)?;
        Some(names.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect())
    }
}
