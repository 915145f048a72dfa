//! Values that live as long as the environment of a thread.
//!
//! Functions of JavaScript hold pointers to them. Nothing calls these functions once the
//! environment has ended: the stand-ins read a byte that says so (`trampoline.js`), and Node calls
//! no other function then.

use std::any::Any;
use std::cell::RefCell;

thread_local! {
    /// Each Node environment has a thread of its own.
    static OWNED: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
}

/// Keeps a value until the environment of this thread ends.
pub fn own<T: 'static>(value: T) -> &'static T {
    let value = Box::new(value);
    let pointer: *const T = &raw const *value;
    OWNED.with_borrow_mut(|owned| owned.push(value));
    // SAFETY: the box stays in the list until `free`, whose caller promises that nothing uses the
    // value any more.
    unsafe { &*pointer }
}

/// Frees all values of this thread, the last one first.
///
/// # Safety
/// The environment is ending, and nothing uses a value of [`own`] from now on.
pub unsafe fn free() {
    let mut owned = OWNED.take();
    while owned.pop().is_some() {}
}
