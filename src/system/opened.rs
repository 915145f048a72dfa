//! The numbers of descriptors that the program opened. Node, the C library and permit open files as
//! well, and a program can guess their numbers.
//!
//! The stand-ins of JavaScript read and write the same table (`trampoline.js`).

use std::collections::BTreeMap;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use parking_lot::Mutex;

/// The length of the table. Larger numbers are in [`BEYOND`].
pub const COUNT: usize = 1 << 16;

/// The owner of a number that the process was started with.
pub const INHERITED: u32 = u32::MAX;

/// Who opened each number: one more than the number of the thread, or zero for nobody.
static OWNERS: [AtomicU32; COUNT] = [const { AtomicU32::new(0) }; COUNT];

/// The owners of numbers beyond the table.
static BEYOND: Mutex<BTreeMap<RawFd, u32>> = Mutex::new(BTreeMap::new());

/// True once native code of the program's own may have opened files.
static HAS_NATIVE_CODE: AtomicBool = AtomicBool::new(false);

/// Returns the table.
pub fn table() -> &'static [AtomicU32; COUNT] {
    &OWNERS
}

/// Returns the owner that stands for a thread.
pub fn owner_of_thread(thread: u32) -> u32 {
    thread + 1
}

fn entry(descriptor: RawFd) -> Option<&'static AtomicU32> {
    OWNERS.get(usize::try_from(descriptor).ok()?)
}

/// Notes who opened a descriptor.
pub fn note(descriptor: RawFd, owner: u32) {
    match entry(descriptor) {
        Some(entry) => entry.store(owner, Ordering::SeqCst),
        None if descriptor >= 0 => {
            BEYOND.lock().insert(descriptor, owner);
        }
        None => {}
    }
}

/// Notes that a number is no longer the program's.
pub fn forget(descriptor: RawFd) {
    match entry(descriptor) {
        Some(entry) => entry.store(0, Ordering::SeqCst),
        None => {
            BEYOND.lock().remove(&descriptor);
        }
    }
}

/// Returns who opened a descriptor, or `None` if the program did not.
pub fn owner(descriptor: RawFd) -> Option<u32> {
    match entry(descriptor) {
        Some(entry) => Some(entry.load(Ordering::SeqCst)).filter(|owner| *owner != 0),
        None => BEYOND.lock().get(&descriptor).copied(),
    }
}

/// Forgets the numbers of a thread that ends. Node closes the descriptors that a worker opened.
pub fn forget_all_of(owner: u32) {
    for entry in OWNERS.iter().filter(|entry| entry.load(Ordering::Relaxed) == owner) {
        let _ = entry.compare_exchange(owner, 0, Ordering::SeqCst, Ordering::SeqCst);
    }
    BEYOND.lock().retain(|_, known| *known != owner);
}

/// Notes that native code of the program's own may open files.
pub fn has_native_code() {
    HAS_NATIVE_CODE.store(true, Ordering::SeqCst);
}

/// Returns true if any number may be the program's.
pub fn may_be_native() -> bool {
    HAS_NATIVE_CODE.load(Ordering::SeqCst)
}

#[cfg(test)]
mod tests {
    use super::{COUNT, forget, forget_all_of, note, owner};

    #[test]
    fn a_number_has_an_owner_until_it_is_forgotten() {
        let beyond = i32::try_from(COUNT).unwrap() + 5;
        for descriptor in [60_001, beyond] {
            assert_eq!(owner(descriptor), None);
            note(descriptor, 7);
            assert_eq!(owner(descriptor), Some(7));
            forget(descriptor);
            assert_eq!(owner(descriptor), None);
        }
        note(60_002, 8);
        note(beyond, 8);
        note(60_003, 9);
        forget_all_of(8);
        assert_eq!([60_002, beyond, 60_003].map(owner), [None, None, Some(9)]);
        note(-1, 3);
        assert_eq!(owner(-1), None);
    }
}
