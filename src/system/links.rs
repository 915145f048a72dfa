//! Reads links for the walk of `policy::links`: those of the file system, and those that the kernel
//! makes up in `/proc`. The text of a kernel link may name another object than the link leads to.
//!
//! The folder of this process in `/proc` gets one name, `/proc/self`, whatever its number is. A
//! child inherits a rule about it, which then means the child's folder.

use std::fs;
use std::io;

use crate::policy::links::{Entry, Links};
use crate::system::files::{self, System, bytes_of, path_of};

impl Links for System {
    fn at(&self, path: &[u8]) -> Entry {
        if let Some(stands) = own_process(path) {
            return stands;
        }
        match fs::read_link(path_of(path)) {
            Ok(text) => text_of_link(path, bytes_of(text)),
            Err(error) => match error.kind() {
                // The path is no link, or nothing is there.
                io::ErrorKind::InvalidInput | io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Entry::NotLink,
                io::ErrorKind::PermissionDenied => Entry::Closed,
                // This file system does not take the name, so that nothing has it. A path that is
                // too long as a whole may still exist: a process can reach it from a working
                // directory below.
                io::ErrorKind::InvalidFilename if path.len() < files::MAX_PATH => Entry::NotLink,
                _ => Entry::Unknown,
            },
        }
    }
}

/// The file system for a process that may not search the directories above its working directory.
#[derive(Debug)]
pub struct FromWorkingDirectory<'a>(pub &'a [u8]);

impl Links for FromWorkingDirectory<'_> {
    fn at(&self, path: &[u8]) -> Entry {
        match path.strip_prefix(self.0) {
            Some(below) if below.starts_with(b"/") => System.at(&[b"/proc/self/cwd", below].concat()),
            _ => System.at(path),
        }
    }
}

/// Returns the name below `/proc/self` of a path that names this process, or a thread of it, by
/// number. The path must be absolute and normal.
pub fn name_below_self(path: &[u8]) -> Option<Vec<u8>> {
    let name = path.strip_prefix(b"/proc/")?.split(|&byte| byte == b'/').next()?;
    let (place, rest) = path.split_at(b"/proc/".len() + name.len());
    let Entry::Link(text) = own_process(place)? else { return None };
    Some([b"/proc/", &text[..], rest].concat())
}

/// Returns the path of the process for a path of a thread: `/proc/self/environ` for
/// `/proc/self/task/7/environ`. The folder of a thread contains a `task` folder again.
pub fn path_of_process(real: &[u8]) -> Option<Vec<u8>> {
    let mut rest = real.strip_prefix(b"/proc/self")?;
    while let Some(below) = rest.strip_prefix(b"/task/") {
        rest = &below[below.iter().position(|&byte| byte == b'/')?..];
    }
    let own = [b"/proc/self", rest].concat();
    (own != real).then_some(own)
}

/// Returns true if a path is the memory of a process. A program that writes there can change
/// permit.
pub fn is_memory(path: &[u8]) -> bool {
    path.strip_suffix(b"/mem").is_some_and(may_be_proc)
}

/// Returns true if a folder is in the file system of the processes, or if that cannot be said: a
/// folder that is missing now may be a link there when the call is made.
fn may_be_proc(folder: &[u8]) -> bool {
    is_proc(folder) || fs::metadata(path_of(folder)).is_err()
}

/// Returns true if the last name of a path is that of the memory or the environment of a process.
pub fn may_be_of_process(path: &[u8]) -> bool {
    let last = path.rsplit(|byte| *byte == b'/').find(|name| !name.is_empty() && *name != b".");
    matches!(last, Some(b"mem" | b"environ"))
}

/// Returns true if a path is the environment of a process.
pub fn is_environment(path: &[u8]) -> bool {
    path.strip_suffix(b"/environ").is_some_and(may_be_proc)
}

#[cfg(not(target_os = "linux"))]
fn own_process(_: &[u8]) -> Option<Entry> {
    None
}

#[cfg(not(target_os = "linux"))]
fn text_of_link(_: &[u8], text: Vec<u8>) -> Entry {
    Entry::Link(text)
}

/// Returns true for a path in the file system of the processes. This system has none.
#[cfg(not(target_os = "linux"))]
pub fn is_proc(_: &[u8]) -> bool {
    false
}

/// Returns the entry at `/proc/self`, `/proc/thread-self` or `/proc/N`, if it is this process or a
/// thread of it.
#[cfg(target_os = "linux")]
fn own_process(path: &[u8]) -> Option<Entry> {
    let name = path.strip_prefix(b"/proc/")?;
    if name == b"thread-self" && is_proc(b"/proc") {
        let text = bytes_of(fs::read_link("/proc/thread-self").ok()?);
        let thread = text.iter().position(|&byte| byte == b'/').map(|at| &text[at..])?;
        return Some(Entry::Link([b"self", thread].concat()));
    }
    let number: Option<u32> = std::str::from_utf8(name).ok()?.parse().ok();
    if name != b"self" && number.is_none() {
        return None;
    }
    // The proc file system may belong to another PID namespace, whose numbers mean other processes.
    let own = std::process::id();
    if !is_proc(b"/proc") || fs::read_link("/proc/self").ok()?.to_str()?.parse() != Ok(own) {
        return None;
    }
    let Some(number) = number.filter(|number| *number != own) else {
        return Some(if number.is_none() { Entry::NotLink } else { Entry::Link(b"self".to_vec()) });
    };
    // `/proc/N` exists for a thread too, although no listing shows it (`proc(5)`).
    let thread = format!("self/task/{number}");
    fs::symlink_metadata(format!("/proc/{thread}")).is_ok().then(|| Entry::Link(thread.into_bytes()))
}

/// Returns the entry for a link with its text. In `/proc` most links are the kernel's: they lead to
/// an object, and the text is only a name of the object.
#[cfg(target_os = "linux")]
fn text_of_link(path: &[u8], text: Vec<u8>) -> Entry {
    let folder = path.iter().rposition(|&byte| byte == b'/').map_or(&path[..0], |cut| &path[..cut]);
    if !is_proc(folder) {
        return Entry::Link(text);
    }
    let own = path.starts_with(b"/proc/self/");
    let pathless = text.starts_with(b"pipe:[") || text.starts_with(b"socket:[");
    // `mounts`, `net`, and the own process in another mount of `/proc` are ordinary links.
    let ordinary = !text.starts_with(b"/") && !text.iter().any(|byte| b":(".contains(byte));
    if ordinary || (own && text.starts_with(b"/") && is_same(path, &text)) {
        Entry::Link(text)
    } else if own && pathless {
        Entry::Pathless
    } else {
        Entry::Unknown
    }
}

/// Returns true if the text of a kernel link names the object that the link leads to. The text of a
/// removed folder ends in ` (deleted)`, and another object can have that name.
#[cfg(target_os = "linux")]
fn is_same(link: &[u8], text: &[u8]) -> bool {
    let (object, named) = (fs::metadata(path_of(link)), fs::symlink_metadata(path_of(text)));
    object.is_ok_and(|object| named.is_ok_and(|named| files::is_one_object(&object, &named)))
}

/// Returns true if a folder is part of a proc file system, wherever it is mounted.
#[cfg(target_os = "linux")]
pub fn is_proc(folder: &[u8]) -> bool {
    let folder = if folder.is_empty() { b"/" } else { folder };
    rustix::fs::statfs(folder).is_ok_and(|found| found.f_type == rustix::fs::PROC_SUPER_MAGIC)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::policy::links::{LastLink, Resolution, walk};

    fn leads(path: &str) -> Resolution {
        walk(&System, b"/", path.as_bytes(), LastLink::Follow)
    }

    fn to(path: &str) -> Resolution {
        Resolution::To(path.as_bytes().to_vec())
    }

    #[test]
    fn the_process_has_one_name_in_proc() {
        let pid = std::process::id();
        assert_eq!(leads("/proc/self/status"), to("/proc/self/status"));
        assert_eq!(leads(&format!("/proc/{pid}/status")), to("/proc/self/status"));
        let Resolution::To(thread) = leads("/proc/thread-self/status") else { panic!("no path") };
        assert!(thread.starts_with(b"/proc/self/task/"));
        let number = String::from_utf8(thread).unwrap().replace("/proc/self/task/", "").replace("/status", "");
        assert_eq!(leads(&format!("/proc/{number}/status")), to(&format!("/proc/self/task/{number}/status")));
        assert_eq!(leads("/proc/mounts"), to("/proc/self/mounts"));
        let of = |path: &str| name_below_self(path.as_bytes()).map(|name| String::from_utf8(name).unwrap());
        assert_eq!(of(&format!("/proc/{pid}/status")).as_deref(), Some("/proc/self/status"));
        assert_eq!(of(&format!("/proc/{pid}")).as_deref(), Some("/proc/self"));
        assert_eq!(of(&format!("/proc/{number}/x")), Some(format!("/proc/self/task/{number}/x")));
        assert!(of("/proc/thread-self/x").is_some_and(|name| name.starts_with("/proc/self/task/")));
        for other in ["/proc/self/status", "/proc/1/status", "/proc/meminfo", "/proc", "/etc/1"] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn what_a_thread_shows_is_the_process_s() {
        assert_eq!(path_of_process(b"/proc/self/task/7/environ").as_deref(), Some(&b"/proc/self/environ"[..]));
        assert_eq!(path_of_process(b"/proc/self/task/7/task/8/maps").as_deref(), Some(&b"/proc/self/maps"[..]));
        assert_eq!(path_of_process(b"/proc/self/task/7"), None);
        assert_eq!(path_of_process(b"/proc/self/environ"), None);
    }

    #[test]
    fn the_kernels_links_of_the_process_lead_to_real_names() {
        assert_eq!(leads("/proc/self/root/etc"), to("/etc"));
        assert_eq!(
            leads("/proc/self/cwd/../x"),
            leads(&format!("{}/../x", std::env::current_dir().unwrap().display()))
        );
        assert_eq!(leads("/proc/self/exe"), to(&std::env::current_exe().unwrap().display().to_string()));
    }

    #[test]
    fn a_descriptor_leads_to_its_file_or_has_no_path() {
        use std::os::fd::AsRawFd;
        let file = fs::File::open("/etc/passwd").unwrap();
        assert_eq!(leads(&format!("/dev/fd/{}", file.as_raw_fd())), to("/etc/passwd"));
        let (end, _other) = std::os::unix::net::UnixStream::pair().unwrap();
        assert_eq!(leads(&format!("/dev/fd/{}", end.as_raw_fd())), Resolution::Pathless);
    }

    #[test]
    fn where_a_link_of_another_process_leads_cannot_be_said() {
        let mut child = std::process::Command::new("sleep").arg("20").spawn().unwrap();
        let root = leads(&format!("/proc/{}/root/etc/passwd", child.id()));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(root, Resolution::Unknown);
    }

    #[test]
    fn memory_is_known_by_where_it_is() {
        assert!(is_memory(b"/proc/self/mem"));
        assert!(is_memory(format!("/proc/self/task/{}/mem", std::process::id()).as_bytes()));
        assert!(is_environment(b"/proc/self/environ") && !is_environment(b"/etc/environ"));
        assert!(!is_memory(b"/proc/self/maps"));
        assert!(!is_memory(b"/etc/mem"));
    }
}
