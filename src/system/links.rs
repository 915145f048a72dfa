//! What stands at a path, for the walk of `policy::links`: the links of the file system, and those that the kernel
//! makes up in `/proc`, whose text is not the whole truth.
//!
//! The process's own folder there has one name, `/proc/self`, whatever number it goes by: a rule that is inherited by
//! a child then means the child's.

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
                // Not a link, or nothing.
                io::ErrorKind::InvalidInput | io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Entry::NotLink,
                io::ErrorKind::PermissionDenied => Entry::Closed,
                // A name that this file system does not take: there is nothing by it. Only a whole path that is too long
                // to be asked about may still be there for one who stands closer.
                io::ErrorKind::InvalidFilename if path.len() < files::LONGEST_PATH => Entry::NotLink,
                _ => Entry::Unknown,
            },
        }
    }
}

/// The file system as it is seen from the working directory, for a process that may not pass through what lies above it.
#[derive(Debug)]
pub struct FromHere<'a>(pub &'a [u8]);

impl Links for FromHere<'_> {
    fn at(&self, path: &[u8]) -> Entry {
        match path.strip_prefix(self.0) {
            Some(below) if below.starts_with(b"/") => System.at(&[b"/proc/self/cwd", below].concat()),
            _ => System.at(path),
        }
    }
}

/// The name below `/proc/self` of an absolute, normal path that names this process, or a thread of it, by number.
pub fn by_self(path: &[u8]) -> Option<Vec<u8>> {
    let name = path.strip_prefix(b"/proc/")?.split(|&byte| byte == b'/').next()?;
    let (place, rest) = path.split_at(b"/proc/".len() + name.len());
    let Entry::Link(text) = own_process(place)? else { return None };
    Some([b"/proc/", &text[..], rest].concat())
}

/// What a thread of this process shows is the process's own: `/proc/self/environ` for `/proc/self/task/7/environ`. The folder of
/// a thread has another `task` in it.
pub fn of_process(real: &[u8]) -> Option<Vec<u8>> {
    let mut rest = real.strip_prefix(b"/proc/self")?;
    while let Some(below) = rest.strip_prefix(b"/task/") {
        rest = &below[below.iter().position(|&byte| byte == b'/')?..];
    }
    let own = [b"/proc/self", rest].concat();
    (own != real).then_some(own)
}

/// Is this path the memory of a process? Who writes there changes what runs, permit included.
pub fn is_memory(path: &[u8]) -> bool {
    path.strip_suffix(b"/mem").is_some_and(is_proc)
}

/// Is this path the environment of a process?
pub fn is_environment(path: &[u8]) -> bool {
    path.strip_suffix(b"/environ").is_some_and(is_proc)
}

#[cfg(not(target_os = "linux"))]
fn own_process(_: &[u8]) -> Option<Entry> {
    None
}

#[cfg(not(target_os = "linux"))]
fn text_of_link(_: &[u8], text: Vec<u8>) -> Entry {
    Entry::Link(text)
}

#[cfg(not(target_os = "linux"))]
fn is_proc(_: &[u8]) -> bool {
    false
}

/// `/proc/self` and the other names of the process and its threads.
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
    // Another namespace may be mounted there, in which numbers are of other processes.
    let own = std::process::id();
    if !is_proc(b"/proc") || fs::read_link("/proc/self").ok()?.to_str()?.parse() != Ok(own) {
        return None;
    }
    let Some(number) = number.filter(|number| *number != own) else {
        return Some(if number.is_none() { Entry::NotLink } else { Entry::Link(b"self".to_vec()) });
    };
    // A thread has a folder of its own, which no listing shows.
    let thread = format!("self/task/{number}");
    fs::symlink_metadata(format!("/proc/{thread}")).is_ok().then(|| Entry::Link(thread.into_bytes()))
}

/// What a link says. In `/proc` most are the kernel's own: they lead to an object, and the text is only its name.
#[cfg(target_os = "linux")]
fn text_of_link(path: &[u8], text: Vec<u8>) -> Entry {
    let folder = path.iter().rposition(|&byte| byte == b'/').map_or(&path[..0], |cut| &path[..cut]);
    if !is_proc(folder) {
        return Entry::Link(text);
    }
    let own = path.starts_with(b"/proc/self/");
    let pathless = text.starts_with(b"pipe:[") || text.starts_with(b"socket:[");
    // `mounts` and `net`, and the name of the process in another mount of /proc.
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

/// Is this folder part of a proc file system, under whatever name it is mounted?
#[cfg(target_os = "linux")]
fn is_proc(folder: &[u8]) -> bool {
    let Ok(folder) = std::ffi::CString::new(if folder.is_empty() { b"/" } else { folder }) else { return false };
    let mut found = std::mem::MaybeUninit::<libc::statfs>::uninit();
    // SAFETY: the path ends in a NUL, and the call fills the struct when it says so.
    let found = unsafe {
        if libc::statfs(folder.as_ptr(), found.as_mut_ptr()) != 0 {
            return false;
        }
        found.assume_init()
    };
    // Both have a sign with glibc, and none with musl.
    i128::from(found.f_type) == i128::from(libc::PROC_SUPER_MAGIC)
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
        let of = |path: &str| by_self(path.as_bytes()).map(|name| String::from_utf8(name).unwrap());
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
        assert_eq!(of_process(b"/proc/self/task/7/environ").as_deref(), Some(&b"/proc/self/environ"[..]));
        assert_eq!(of_process(b"/proc/self/task/7/task/8/maps").as_deref(), Some(&b"/proc/self/maps"[..]));
        assert_eq!(of_process(b"/proc/self/task/7"), None);
        assert_eq!(of_process(b"/proc/self/environ"), None);
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
