//! Lets one thread at a time change links and folders. A thread asks where a link would lead, and
//! then makes it: no other thread may move the folders on the way in between.

use std::cell::Cell;
use std::mem;

use parking_lot::ReentrantMutex;

static CHANGES: ReentrantMutex<()> = ReentrantMutex::new(());

thread_local! {
    /// How often this thread has begun and not ended.
    static BEGUN: Cell<usize> = const { Cell::new(0) };
}

/// Begins a change. Waits while another thread makes one. [`end`] must follow.
pub fn begin() {
    mem::forget(CHANGES.lock());
    BEGUN.set(BEGUN.get() + 1);
}

/// Ends a change of this thread.
pub fn end() {
    if let Some(left) = BEGUN.get().checked_sub(1) {
        BEGUN.set(left);
        // SAFETY: this thread holds the lock, once for each change that it has begun and not ended.
        unsafe { CHANGES.force_unlock() };
    }
}

/// Ends all changes of this thread, which is being ended in the middle of one.
pub fn end_all() {
    while BEGUN.get() > 0 {
        end();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;
    use std::time::Duration;

    use super::{begin, end, end_all};

    #[test]
    fn one_thread_changes_at_a_time_and_may_begin_twice() {
        static IS_OVER: AtomicBool = AtomicBool::new(false);
        begin();
        begin();
        end();
        let other = thread::spawn(|| {
            begin();
            let is_over = IS_OVER.load(Ordering::SeqCst);
            end();
            end();
            is_over
        });
        thread::sleep(Duration::from_millis(20));
        IS_OVER.store(true, Ordering::SeqCst);
        end_all();
        assert!(other.join().unwrap());
        begin();
        end();
    }
}
