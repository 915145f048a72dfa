//! Wakes threads of Node at a time that they have asked for. One thread for the process does so, made when it is first
//! needed; it keeps no process alive, and Node knows nothing of it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::time::Instant;

use parking_lot::{Condvar, Mutex};

use crate::js::waker::Waker;
use crate::system::environment::STACK;

struct Alarm {
    waker: Waker,
    at: Option<Instant>,
}

static ALARMS: Mutex<BTreeMap<u32, Alarm>> = Mutex::new(BTreeMap::new());
static EARLIER: Condvar = Condvar::new();

/// The thread of this number can be woken.
///
/// # Errors
/// Why there is no thread that does so.
pub fn add(number: u32, waker: Waker) -> io::Result<()> {
    static RINGS: Mutex<bool> = Mutex::new(false);
    let mut rings = RINGS.lock();
    if !*rings {
        std::thread::Builder::new().name("permit alarms".to_owned()).stack_size(STACK).spawn(ring)?;
        *rings = true;
    }
    ALARMS.lock().insert(number, Alarm { waker, at: None });
    Ok(())
}

/// The thread wants to be woken then, if it is not woken before.
pub fn set(number: u32, when: Instant) {
    if let Some(alarm) = ALARMS.lock().get_mut(&number)
        && alarm.at.is_none_or(|at| when < at)
    {
        alarm.at = Some(when);
        EARLIER.notify_one();
    }
}

/// The thread's environment is ending.
pub fn forget(number: u32) {
    ALARMS.lock().remove(&number);
}

fn ring() -> Infallible {
    let mut alarms = ALARMS.lock();
    loop {
        let now = Instant::now();
        for alarm in alarms.values_mut() {
            if alarm.at.take_if(|at| *at <= now).is_some() {
                alarm.waker.wake();
            }
        }
        match alarms.values().filter_map(|alarm| alarm.at).min() {
            Some(at) => {
                EARLIER.wait_until(&mut alarms, at);
            }
            None => EARLIER.wait(&mut alarms),
        }
    }
}
