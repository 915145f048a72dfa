//! The facts about a thread in telemetry and metrics: its number, its mode, and the hash of its
//! policy.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use crate::process::threads::ThreadPolicy;

/// A state of the policy, and the hash of the policy in it.
type Hash = (u64, Arc<str>);

/// The policy of one thread for reports. Clones share the cached hash.
#[derive(Debug, Clone)]
pub struct Gauges {
    /// The policy, shared with the registry.
    pub thread_policy: Arc<ThreadPolicy>,
    hash: Rc<RefCell<Option<Hash>>>,
}

impl Gauges {
    /// Reports on this policy.
    pub fn new(thread_policy: &Arc<ThreadPolicy>) -> Self {
        Self { thread_policy: Arc::clone(thread_policy), hash: Rc::default() }
    }

    /// Returns the hash of the policy as it stands.
    pub fn policy_hash(&self) -> Arc<str> {
        let state = self.thread_policy.state();
        let known = self.hash.borrow().clone().filter(|(of, _)| *of == state);
        known.map_or_else(
            || {
                let hash: Arc<str> = self.thread_policy.policy().hash().into();
                self.hash.replace(Some((state, Arc::clone(&hash))));
                hash
            },
            |(_, hash)| hash,
        )
    }

    /// Returns the mode of the policy as it stands.
    pub fn mode(&self) -> &'static str {
        self.thread_policy.policy().mode().name()
    }
}
