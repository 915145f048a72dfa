//! What is told at once when it comes first, and then, as long as it comes again, once in a while with how often it came.
//! The table is bounded: what finds no room is counted. It knows no clock: the time is handed in.

use std::hash::Hash;
use std::time::{Duration, Instant, SystemTime};

use rustc_hash::FxHashMap;

/// The table.
#[derive(Debug)]
pub struct Repeats<K> {
    most: usize,
    pause: Duration,
    rows: FxHashMap<K, Row>,
    /// How many found no room, and when that is told.
    lost: Option<(u64, Instant)>,
    /// Until then there is no room for anything new.
    full_until: Option<Instant>,
}

#[derive(Debug)]
struct Row {
    /// How often it came and was not told.
    untold: u64,
    /// Not told before that.
    next: Instant,
    /// When it came last.
    at: SystemTime,
}

/// Something to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling<K> {
    /// What it is.
    pub what: K,
    /// How often it came since it was told last.
    pub count: u64,
    /// When it came last.
    pub at: SystemTime,
}

impl<K: Clone + Eq + Hash> Repeats<K> {
    /// An empty table for so many rows, each of which is told at most once in a pause.
    pub fn new(most: usize, pause: Duration) -> Self {
        Self { most, pause, rows: FxHashMap::default(), lost: None, full_until: None }
    }

    /// Counts one, and says from when on it may be told.
    pub fn add(&mut self, what: &K, now: Instant, at: SystemTime) -> Instant {
        if let Some(row) = self.rows.get_mut(what) {
            row.untold += 1;
            row.at = at;
            return row.next;
        }
        if !self.has_room(now) {
            let (count, when) = self.lost.unwrap_or((0, now + self.pause));
            self.lost = Some((count + 1, when));
            return when;
        }
        self.rows.insert(what.clone(), Row { untold: 1, next: now, at });
        now
    }

    fn has_room(&mut self, now: Instant) -> bool {
        if self.rows.len() < self.most {
            return true;
        }
        if self.full_until.is_some_and(|until| now < until) {
            return false;
        }
        self.forget(now);
        // Not each time: to look costs as much as there are rows.
        self.full_until = (self.rows.len() >= self.most).then(|| now + self.pause / 16);
        self.full_until.is_none()
    }

    /// Forgets what did not come again within a pause.
    fn forget(&mut self, now: Instant) {
        self.rows.retain(|_, row| row.untold > 0 || row.next > now);
    }

    /// Takes one that is to be told now.
    pub fn take(&mut self, what: &K, now: Instant) -> Option<Telling<K>> {
        let pause = self.pause;
        let row = self.rows.get_mut(what)?;
        (row.untold > 0 && row.next <= now).then(|| row.tell(what, now + pause))
    }

    /// Takes all that is to be told now, in the order in which it came last.
    pub fn due(&mut self, now: Instant) -> Vec<Telling<K>> {
        self.forget(now);
        let next = now + self.pause;
        let due = self.rows.iter_mut().filter(|(_, row)| row.untold > 0 && row.next <= now);
        let mut due: Vec<_> = due.map(|(what, row)| row.tell(what, next)).collect();
        due.sort_by_key(|telling| telling.at);
        due
    }

    /// Takes how many found no room, if that is to be told now.
    pub fn lost(&mut self, now: Instant) -> Option<u64> {
        self.lost.take_if(|(_, when)| *when <= now).map(|(count, _)| count)
    }

    /// When there is something to be told next.
    pub fn next(&self) -> Option<Instant> {
        let rows = self.rows.values().filter(|row| row.untold > 0).map(|row| row.next);
        rows.chain(self.lost.map(|(_, when)| when)).min()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::new(self.most, self.pause);
    }
}

impl Row {
    fn tell<K: Clone>(&mut self, what: &K, next: Instant) -> Telling<K> {
        self.next = next;
        Telling { what: what.clone(), count: std::mem::take(&mut self.untold), at: self.at }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

    use super::{Repeats, Telling};

    const PAUSE: Duration = Duration::from_secs(10);

    fn after(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn the_first_is_told_at_once_and_what_follows_is_counted() {
        let mut table = Repeats::new(4, PAUSE);
        let start = Instant::now();
        let when = |seconds| start + Duration::from_secs(seconds);
        let telling = |count, seconds| Telling { what: "a", count, at: after(seconds) };
        assert_eq!(table.add(&"a", start, after(0)), start);
        assert_eq!(table.take(&"a", start), Some(telling(1, 0)));
        assert_eq!(table.next(), None);
        for second in 1..=5 {
            assert_eq!(table.add(&"a", when(second), after(second)), when(10));
            assert_eq!(table.take(&"a", when(second)), None);
        }
        assert_eq!(table.next(), Some(when(10)));
        assert_eq!(table.due(when(9)), []);
        assert_eq!(table.due(when(10)), [telling(5, 5)]);
        assert_eq!(table.due(when(30)), []);
        // It has been quiet for a pause: the next is the first again.
        assert_eq!(table.add(&"a", when(31), after(31)), when(31));
        assert_eq!(table.due(when(31)), [telling(1, 31)]);
    }

    #[test]
    fn one_that_comes_late_is_told_with_those_that_came_before() {
        let mut table = Repeats::new(4, PAUSE);
        let start = Instant::now();
        for _ in 0..3 {
            table.add(&"a", start, after(0));
            table.take(&"a", start);
        }
        let late = start + PAUSE * 2;
        assert!(table.add(&"a", late, after(20)) <= late);
        assert_eq!(table.take(&"a", late), Some(Telling { what: "a", count: 3, at: after(20) }));
    }

    #[test]
    fn what_finds_no_room_is_counted_and_room_is_made_when_it_is_quiet() {
        let mut table = Repeats::new(2, PAUSE);
        let start = Instant::now();
        for what in 0..5 {
            table.add(&what, start, after(what));
        }
        assert_eq!(table.due(start).len(), 2);
        assert_eq!((table.lost(start), table.next()), (None, Some(start + PAUSE)));
        assert_eq!(table.lost(start + PAUSE), Some(3));
        assert_eq!(table.lost(start + PAUSE), None);
        let later = start + PAUSE * 2;
        assert_eq!(table.add(&9, later, after(9)), later);
        assert_eq!(table.due(later), [Telling { what: 9, count: 1, at: after(9) }]);
    }

    #[test]
    fn nothing_is_left_of_a_table_that_was_cleared() {
        let mut table = Repeats::new(1, PAUSE);
        let start = Instant::now();
        table.add(&1, start, after(0));
        table.add(&2, start, after(0));
        table.clear();
        assert_eq!((table.next(), table.lost(start + PAUSE * 2)), (None, None));
        assert_eq!(table.add(&3, start, after(0)), start);
    }
}
