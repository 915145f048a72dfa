//! The walk along links, compared with the kernel's own: random trees of directories and links are made on disk, and
//! random paths through them are opened without being read.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};

use permit::policy::links::{Entry, LastLink, Links, Resolution, walk};
use proptest::prelude::*;

struct Disk;

impl Links for Disk {
    fn at(&self, path: &[u8]) -> Entry {
        match fs::read_link(Path::new(std::ffi::OsStr::from_bytes(path))) {
            Ok(text) => Entry::Link(text.as_os_str().as_bytes().to_vec()),
            Err(_) => Entry::NotLink,
        }
    }
}

/// What the kernel finds there.
fn kernel(path: &Path, last: LastLink) -> std::io::Result<PathBuf> {
    let follows = if last == LastLink::NoFollow { libc::O_NOFOLLOW } else { 0 };
    let opened = fs::OpenOptions::new().read(true).custom_flags(libc::O_PATH | follows).open(path)?;
    fs::read_link(format!("/proc/self/fd/{}", opened.as_raw_fd()))
}

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

#[derive(Clone, Debug)]
enum Made {
    Directory,
    File,
    Link(String),
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![4 => prop::sample::select(&NAMES[..]).prop_map(str::to_owned), 1 => Just("..".to_owned()), 1 => Just(".".to_owned())]
}

/// A path of a few names, with doubled and trailing slashes.
fn path() -> impl Strategy<Value = String> {
    (prop::collection::vec((name(), prop_oneof![4 => Just("/"), 1 => Just("//")]), 1..6), any::<bool>()).prop_map(
        |(names, slash)| {
            let text = names.iter().fold(String::new(), |text, (name, slash)| text + name + slash);
            if slash { text } else { text.trim_end_matches('/').to_owned() }
        },
    )
}

fn thing() -> impl Strategy<Value = Made> {
    prop_oneof![
        3 => Just(Made::Directory),
        1 => Just(Made::File),
        4 => path().prop_map(Made::Link),
        1 => path().prop_map(|path| Made::Link(format!("ROOT/{path}"))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_path_leads_where_the_kernel_goes(
        made in prop::collection::vec((prop::collection::vec(prop::sample::select(&NAMES[..]), 1..4), thing()), 1..24),
        asked in prop::collection::vec(path(), 1..24),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let work = root.join("a/b");
        fs::create_dir_all(&work).unwrap();
        for (names, thing) in made {
            let place = names.iter().fold(root.clone(), |place, name| place.join(name));
            // What cannot be made there, because something else stands in the way, is left out.
            let _ = match thing {
                Made::Directory => fs::create_dir_all(place),
                Made::File => fs::write(place, ""),
                Made::Link(text) => symlink(text.replace("ROOT", root.to_str().unwrap()), place),
            };
        }
        for path in asked {
            for last in [LastLink::Follow, LastLink::NoFollow] {
                for (from, asked) in [(&work, path.clone()), (&root, format!("{}/{path}", root.display()))] {
                    let leads = walk(&Disk, from.as_os_str().as_bytes(), asked.as_bytes(), last);
                    match kernel(&from.join(&asked), last) {
                        Ok(found) => {
                            let found = Resolution::To(found.as_os_str().as_bytes().to_vec());
                            prop_assert_eq!(leads, found, "{} from {:?}, {:?}", asked, from, last);
                        }
                        Err(error) if error.raw_os_error() == Some(libc::ELOOP) => {
                            prop_assert_eq!(leads, Resolution::Nowhere, "{} from {:?}, {:?}", asked, from, last);
                        }
                        // Nothing is there: then it is where the kernel makes a file, if it makes one.
                        Err(_) if last == LastLink::Follow => {
                            if let Ok(made) = fs::OpenOptions::new().write(true).create_new(false).create(true).truncate(false).open(from.join(&asked)) {
                                let place = fs::read_link(format!("/proc/self/fd/{}", made.as_raw_fd())).unwrap();
                                fs::remove_file(&place).unwrap();
                                let place = Resolution::To(place.as_os_str().as_bytes().to_vec());
                                prop_assert_eq!(leads, place, "made {} from {:?}", asked, from);
                            }
                        }
                        Err(_) => {}
                    }
                }
            }
        }
    }
}
