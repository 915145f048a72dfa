//! Values that live as long as the environment of a thread.
//!
//! Functions of JavaScript hold pointers to them. Node calls none of these functions once the environment has ended: the
//! stand-ins are told by a byte of their own (`trampoline.js`), and no other function is called then.

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
    // SAFETY: the box is not moved out of the list before `free`, whose caller promises that nobody uses the value then.
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
