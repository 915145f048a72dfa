//! Deduplicates events: reports the first one at once, then one summary per pause while more of
//! them come. The table is bounded, and counts the events without room. The caller passes the time.

use std::hash::Hash;
use std::time::{Duration, Instant, SystemTime};

use rustc_hash::FxHashMap;

/// A bounded table of events.
#[derive(Debug)]
pub struct Dedupe<K> {
    max_rows: usize,
    pause: Duration,
    rows: FxHashMap<K, DedupeRow>,
    /// How many events found no room, and when that is reported.
    lost: Option<(u64, Instant)>,
    /// When the table looks for free rows again.
    full_until: Option<Instant>,
}

#[derive(Debug)]
struct DedupeRow {
    /// How many events were not reported yet.
    unreported: u64,
    /// The earliest time of the next report.
    next: Instant,
    /// The time of the last event.
    at: SystemTime,
}

/// An event to be reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending<K> {
    /// The event.
    pub event: K,
    /// How often it came since the last report.
    pub count: u64,
    /// When it came last.
    pub at: SystemTime,
}

impl<K: Clone + Eq + Hash> Dedupe<K> {
    /// Makes an empty table with room for `max_rows` rows. Each is reported at most once per
    /// pause.
    pub fn new(max_rows: usize, pause: Duration) -> Self {
        Self { max_rows, pause, rows: FxHashMap::default(), lost: None, full_until: None }
    }

    /// Counts an event. Returns the earliest time of its report.
    pub fn add(&mut self, event: &K, now: Instant, at: SystemTime) -> Instant {
        if let Some(row) = self.rows.get_mut(event) {
            row.unreported += 1;
            row.at = at;
            return row.next;
        }
        if !self.has_room(now) {
            let (count, when) = self.lost.unwrap_or((0, now + self.pause));
            self.lost = Some((count + 1, when));
            return when;
        }
        self.rows.insert(event.clone(), DedupeRow { unreported: 1, next: now, at });
        now
    }

    fn has_room(&mut self, now: Instant) -> bool {
        if self.rows.len() < self.max_rows {
            return true;
        }
        if self.full_until.is_some_and(|until| now < until) {
            return false;
        }
        self.forget(now);
        // Not for each event: the search takes time in proportion to the rows.
        self.full_until = (self.rows.len() >= self.max_rows).then(|| now + self.pause / 16);
        self.full_until.is_none()
    }

    /// Drops the rows without an event in the last pause.
    fn forget(&mut self, now: Instant) {
        self.rows.retain(|_, row| row.unreported > 0 || row.next > now);
    }

    /// Takes an event, if its report is due.
    pub fn take(&mut self, event: &K, now: Instant) -> Option<Pending<K>> {
        let pause = self.pause;
        let row = self.rows.get_mut(event)?;
        (row.unreported > 0 && row.next <= now).then(|| row.report(event, now + pause))
    }

    /// Takes all events whose report is due, in the order of their last occurrence.
    pub fn due(&mut self, now: Instant) -> Vec<Pending<K>> {
        self.forget(now);
        let next = now + self.pause;
        let due = self.rows.iter_mut().filter(|(_, row)| row.unreported > 0 && row.next <= now);
        let mut due: Vec<_> = due.map(|(event, row)| row.report(event, next)).collect();
        due.sort_by_key(|pending| pending.at);
        due
    }

    /// Takes the number of events without room, if its report is due.
    pub fn lost(&mut self, now: Instant) -> Option<u64> {
        self.lost.take_if(|(_, when)| *when <= now).map(|(count, _)| count)
    }

    /// Returns when the next report is due.
    pub fn next(&self) -> Option<Instant> {
        let rows = self.rows.values().filter(|row| row.unreported > 0).map(|row| row.next);
        rows.chain(self.lost.map(|(_, when)| when)).min()
    }

    /// Drops everything.
    pub fn clear(&mut self) {
        *self = Self::new(self.max_rows, self.pause);
    }
}

impl DedupeRow {
    fn report<K: Clone>(&mut self, event: &K, next: Instant) -> Pending<K> {
        self.next = next;
        Pending { event: event.clone(), count: std::mem::take(&mut self.unreported), at: self.at }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

    use super::{Dedupe, Pending};

    const PAUSE: Duration = Duration::from_secs(10);

    fn after(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn the_first_is_told_at_once_and_what_follows_is_counted() {
        let mut table = Dedupe::new(4, PAUSE);
        let start = Instant::now();
        let when = |seconds| start + Duration::from_secs(seconds);
        let pending = |count, seconds| Pending { event: "a", count, at: after(seconds) };
        assert_eq!(table.add(&"a", start, after(0)), start);
        assert_eq!(table.take(&"a", start), Some(pending(1, 0)));
        assert_eq!(table.next(), None);
        for second in 1..=5 {
            assert_eq!(table.add(&"a", when(second), after(second)), when(10));
            assert_eq!(table.take(&"a", when(second)), None);
        }
        assert_eq!(table.next(), Some(when(10)));
        assert_eq!(table.due(when(9)), []);
        assert_eq!(table.due(when(10)), [pending(5, 5)]);
        assert_eq!(table.due(when(30)), []);
        // After a quiet pause the next event is a first one again.
        assert_eq!(table.add(&"a", when(31), after(31)), when(31));
        assert_eq!(table.due(when(31)), [pending(1, 31)]);
    }

    #[test]
    fn one_that_comes_late_is_told_with_those_that_came_before() {
        let mut table = Dedupe::new(4, PAUSE);
        let start = Instant::now();
        for _ in 0..3 {
            table.add(&"a", start, after(0));
            table.take(&"a", start);
        }
        let late = start + PAUSE * 2;
        assert!(table.add(&"a", late, after(20)) <= late);
        assert_eq!(table.take(&"a", late), Some(Pending { event: "a", count: 3, at: after(20) }));
    }

    #[test]
    fn what_finds_no_room_is_counted_and_room_is_made_when_it_is_quiet() {
        let mut table = Dedupe::new(2, PAUSE);
        let start = Instant::now();
        for event in 0..5 {
            table.add(&event, start, after(event));
        }
        assert_eq!(table.due(start).len(), 2);
        assert_eq!((table.lost(start), table.next()), (None, Some(start + PAUSE)));
        assert_eq!(table.lost(start + PAUSE), Some(3));
        assert_eq!(table.lost(start + PAUSE), None);
        let later = start + PAUSE * 2;
        assert_eq!(table.add(&9, later, after(9)), later);
        assert_eq!(table.due(later), [Pending { event: 9, count: 1, at: after(9) }]);
    }

    #[test]
    fn nothing_is_left_of_a_table_that_was_cleared() {
        let mut table = Dedupe::new(1, PAUSE);
        let start = Instant::now();
        table.add(&1, start, after(0));
        table.add(&2, start, after(0));
        table.clear();
        assert_eq!((table.next(), table.lost(start + PAUSE * 2)), (None, None));
        assert_eq!(table.add(&3, start, after(0)), start);
    }
}
