//! Threads that are being made: each waits under a number until it starts.

use std::collections::BTreeMap;

use crate::process::threads::NewThread;

/// The threads that one thread is making.
#[derive(Debug, Default)]
pub struct NewThreads {
    last: u32,
    waiting: BTreeMap<u32, NewThread>,
}

impl NewThreads {
    /// Adds a thread, and returns its number.
    pub fn add(&mut self, thread: NewThread) -> u32 {
        self.last = self.last.wrapping_add(1);
        self.waiting.insert(self.last, thread);
        self.last
    }

    /// Takes the thread of this number, once.
    pub fn take(&mut self, number: u32) -> Option<NewThread> {
        self.waiting.remove(&number)
    }
}
