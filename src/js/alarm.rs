//! Wakes threads of Node at a time that they have asked for. One thread does so for the whole
//! process. The first call of [`add`] starts it. It keeps no process alive, and Node knows nothing
//! of it.

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
/// Tells the thread of the alarms that the next alarm comes earlier.
static EARLIER: Condvar = Condvar::new();

/// Adds the thread of this number. [`set`] wakes it.
///
/// # Errors
/// The error of the system, if it gives no thread for the alarms.
pub fn add(number: u32, waker: Waker) -> io::Result<()> {
    static IS_RUNNING: Mutex<bool> = Mutex::new(false);
    let mut is_running = IS_RUNNING.lock();
    if !*is_running {
        std::thread::Builder::new().name("permit alarms".to_owned()).stack_size(STACK).spawn(run)?;
        *is_running = true;
    }
    ALARMS.lock().insert(number, Alarm { waker, at: None });
    Ok(())
}

/// Wakes the thread of this number at a time, unless it is to be woken before.
pub fn set(number: u32, when: Instant) {
    if let Some(alarm) = ALARMS.lock().get_mut(&number)
        && alarm.at.is_none_or(|at| when < at)
    {
        alarm.at = Some(when);
        EARLIER.notify_one();
    }
}

/// Removes the thread of this number, whose environment is ending.
pub fn forget(number: u32) {
    ALARMS.lock().remove(&number);
}

fn run() -> Infallible {
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
