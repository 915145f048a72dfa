//! Writes whole lines to a log that may be full, slow or gone. Counts the lines that were written.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, fstat};
use rustix::io::Errno;

/// The place of the records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogTarget {
    /// The end of a file, by its absolute path.
    File(PathBuf),
    /// Standard error.
    Stderr,
}

/// The most bytes of one write, except for a longer line. A process that is killed in the middle of
/// a write leaves little behind, and a pipe takes the write as a whole (`PIPE_BUF`).
const MAX_WRITE_BYTES: usize = 4096;
/// How long one `poll` waits for a log that takes no bytes.
const POLL_TIME: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// A line, and the number of records in it.
#[derive(Debug)]
pub struct LogLine {
    /// The line, with its line feed.
    pub text: String,
    /// The number of records.
    pub records: u64,
}

/// The result of a write.
#[derive(Debug, Default)]
pub struct WriteOutcome {
    /// How many lines were written, from the first one on. A torn line counts: the next write adds
    /// its rest.
    pub lines: usize,
    /// How many records were lost with a line that was torn before.
    pub lost: u64,
    /// Why the other lines were not written.
    pub error: Option<io::Error>,
}

/// Writes to the end of a log.
#[derive(Debug)]
pub struct Sink {
    target: LogTarget,
    torn: Option<Torn>,
}

/// A line of which only a part was written.
#[derive(Debug)]
struct Torn {
    /// The size of the file with that part.
    length: u64,
    rest: Vec<u8>,
    records: u64,
}

/// Opens a log. `O_NONBLOCK`: opening a pipe without a reader does not block.
pub fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true).mode(0o600).custom_flags(libc::O_NONBLOCK);
    options.open(path)
}

impl Sink {
    /// Makes a sink for a log.
    pub fn new(target: LogTarget) -> Self {
        Self { target, torn: None }
    }

    /// Writes lines. If the log takes no bytes, waits while `waits` returns true.
    pub fn write(&mut self, lines: &[LogLine], waits: &dyn Fn() -> bool) -> WriteOutcome {
        let mut outcome = WriteOutcome::default();
        if let Err(error) = self.try_write(lines, waits, &mut outcome) {
            outcome.error = Some(error);
        }
        outcome
    }

    fn try_write(&mut self, lines: &[LogLine], waits: &dyn Fn() -> bool, outcome: &mut WriteOutcome) -> io::Result<()> {
        let LogTarget::File(path) = &self.target else {
            return write_lines(io::stderr().as_fd(), lines, waits, outcome).map_err(|(error, _)| error);
        };
        let file = open(path)?;
        let metadata = file.metadata()?;
        self.begin_line(&file, &metadata, waits, outcome)?;
        write_lines(file.as_fd(), lines, waits, outcome).map_err(|(error, torn)| {
            let length = file.metadata().map_or(0, |metadata| metadata.len());
            self.torn = torn.filter(|_| metadata.is_file()).map(|(rest, records)| Torn { length, rest, records });
            // The next write adds the rest, or counts the line as lost.
            outcome.lines += usize::from(self.torn.is_some());
            error
        })
    }

    /// Returns the number of records in the torn line.
    pub fn torn(&self) -> u64 {
        self.torn.as_ref().map_or(0, |torn| torn.records)
    }

    /// Makes the next write begin a line. Ends a torn line of this process, or begins a new line
    /// behind a torn line of another one.
    fn begin_line(
        &mut self,
        file: &File,
        metadata: &Metadata,
        waits: &dyn Fn() -> bool,
        outcome: &mut WriteOutcome,
    ) -> io::Result<()> {
        let length = metadata.len();
        if let Some(torn) = self.torn.take() {
            if metadata.is_file() && torn.length == length {
                let (written, error) = write_bytes(file.as_fd(), &torn.rest, waits);
                let Some(error) = error else { return Ok(()) };
                let rest = torn.rest[written..].to_vec();
                self.torn = Some(Torn { length: length + written as u64, rest, ..torn });
                return Err(error);
            }
            outcome.lost += torn.records;
        }
        let mut last = [b'\n'];
        if metadata.is_file() && length > 0 && file.read_at(&mut last, length - 1).is_ok() && last != *b"\n" {
            write_bytes(file.as_fd(), b"\n", waits).1.map_or(Ok(()), Err)?;
        }
        Ok(())
    }
}

/// The rest of a torn line, and its number of records.
type Rest = Option<(Vec<u8>, u64)>;

/// Writes lines, several at once, and counts them.
fn write_lines(
    out: BorrowedFd<'_>,
    lines: &[LogLine],
    waits: &dyn Fn() -> bool,
    outcome: &mut WriteOutcome,
) -> Result<(), (io::Error, Rest)> {
    let mut next = 0;
    while next < lines.len() {
        let mut chunk = Vec::with_capacity(MAX_WRITE_BYTES);
        let mut ends = Vec::new();
        for line in &lines[next..] {
            if !chunk.is_empty() && chunk.len() + line.text.len() > MAX_WRITE_BYTES {
                break;
            }
            chunk.extend_from_slice(line.text.as_bytes());
            ends.push(chunk.len());
        }
        let (written, error) = write_bytes(out, &chunk, waits);
        let whole = ends.iter().take_while(|end| **end <= written).count();
        outcome.lines += whole;
        if let Some(error) = error {
            let begins = if whole == 0 { 0 } else { ends[whole - 1] };
            let torn = ends.get(whole).filter(|_| written > begins);
            return Err((error, torn.map(|end| (chunk[written..*end].to_vec(), lines[next + whole].records))));
        }
        next += ends.len();
    }
    Ok(())
}

/// Writes bytes, and returns how many were written. Waits for room first, so that no write blocks.
fn write_bytes(out: BorrowedFd<'_>, bytes: &[u8], waits: &dyn Fn() -> bool) -> (usize, Option<io::Error>) {
    let most = most_at_once(out);
    let mut written = 0;
    while written < bytes.len() {
        if !has_room(out, waits) {
            return (written, Some(io::Error::new(io::ErrorKind::TimedOut, "it took no more")));
        }
        let part = &bytes[written..bytes.len().min(written.saturating_add(most))];
        match rustix::io::write(out, part) {
            Ok(count) => written += count,
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(error) => return (written, Some(error.into())),
        }
    }
    (written, None)
}

/// Returns the most bytes of one write. A file takes all of them, so that lines stay whole where
/// several processes write. A pipe takes fewer: a larger write would block although there is room.
fn most_at_once(out: BorrowedFd<'_>) -> usize {
    let is_file = fstat(out).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode).is_file());
    if is_file { usize::MAX } else { MAX_WRITE_BYTES }
}

/// Waits until the log takes bytes. Returns false if `waits` ends the wait.
fn has_room(out: BorrowedFd<'_>, waits: &dyn Fn() -> bool) -> bool {
    loop {
        let mut ready = [PollFd::from_borrowed_fd(out, PollFlags::OUT)];
        if poll(&mut ready, Some(&POLL_TIME)).is_ok_and(|count| count > 0) {
            return true;
        }
        if !waits() {
            return false;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read as _;
    use std::path::PathBuf;

    use super::{LogLine, LogTarget, Sink, Torn, open};

    fn place(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("permit-sink-{}-{name}", std::process::id()));
        let _ = fs::remove_file(&path);
        path
    }

    fn line(text: &str) -> LogLine {
        LogLine { text: format!("{text}\n"), records: 1 }
    }

    #[test]
    fn lines_go_to_the_end_of_a_file_and_begin_a_line() {
        let path = place("file");
        fs::write(&path, "torn by another").unwrap();
        let mut sink = Sink::new(LogTarget::File(path.clone()));
        let outcome = sink.write(&[line("a"), line("b")], &|| false);
        assert!(outcome.error.is_none() && outcome.lines == 2 && outcome.lost == 0);
        assert_eq!(fs::read_to_string(&path).unwrap(), "torn by another\na\nb\n");
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_torn_line_is_ended_where_nobody_wrote_since() {
        let path = place("torn");
        for (text, rest, lost) in [("{\"v\"", ":1}\n", 0), ("{\"v\"x", "", 3)] {
            fs::write(&path, text).unwrap();
            let torn = Torn { length: 4, rest: b":1}\n".to_vec(), records: 3 };
            let mut sink = Sink { target: LogTarget::File(path.clone()), torn: Some(torn) };
            assert_eq!(sink.write(&[line("a")], &|| false).lost, lost);
            let before = if rest.is_empty() { format!("{text}\n") } else { format!("{text}{rest}") };
            assert_eq!(fs::read_to_string(&path).unwrap(), format!("{before}a\n"));
        }
        fs::remove_file(path).unwrap();
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_finds_no_room_is_told() {
        let mut sink = Sink::new(LogTarget::File("/dev/full".into()));
        let outcome = sink.write(&[line("a"), line("b")], &|| true);
        assert_eq!((outcome.lines, outcome.error.map(|error| error.raw_os_error())), (0, Some(Some(libc::ENOSPC))));
    }

    #[test]
    fn a_pipe_that_nobody_reads_holds_up_nobody() {
        let path = place("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        let mut reader = open(&path).unwrap();
        let lines: Vec<LogLine> = (0..40).map(|_| line(&"x".repeat(3999))).collect();
        let outcome = Sink::new(LogTarget::File(path.clone())).write(&lines, &|| false);
        assert!(outcome.error.is_some() && outcome.lines > 0 && outcome.lines < 40);
        let mut read = vec![0; 4000 * outcome.lines];
        reader.read_exact(&mut read).unwrap();
        assert_eq!(String::from_utf8(read).unwrap().lines().count(), outcome.lines);
        fs::remove_file(path).unwrap();
    }
}
