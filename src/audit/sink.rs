//! Writes whole lines to a log that may be full, slow or gone, and says which lines are out.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Where records go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// To the end of this file, by its absolute path.
    File(PathBuf),
    /// To standard error.
    Stderr,
}

/// No more lines than this are written at once: what is killed in the middle of it leaves little behind, and a pipe takes it
/// whole.
const CHUNK: usize = 4096;
/// How long one look at a log that takes nothing lasts, in milliseconds.
const LOOK: libc::c_int = 100;

/// A line that stands for so many records.
#[derive(Debug)]
pub struct LogLine {
    /// The line, with its end.
    pub text: String,
    /// How many records it stands for.
    pub records: u64,
}

/// What became of lines.
#[derive(Debug, Default)]
pub struct Outcome {
    /// How many of them are out, from the first one on. One that is torn counts: its rest follows.
    pub lines: usize,
    /// How many records are lost of a line that was torn before.
    pub lost: u64,
    /// Why the rest is not out.
    pub error: Option<io::Error>,
}

/// The end of a log.
#[derive(Debug)]
pub struct Sink {
    target: Target,
    torn: Option<Torn>,
}

/// A line of which a part is out: there was no room for the rest.
#[derive(Debug)]
struct Torn {
    /// How long the file was with that part.
    length: u64,
    rest: Vec<u8>,
    records: u64,
}

/// Opens a log. One that is a pipe nobody reads does not hold up its writer.
pub fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true).mode(0o600).custom_flags(libc::O_NONBLOCK);
    options.open(path)
}

impl Sink {
    /// The end of this log.
    pub fn new(target: Target) -> Self {
        Self { target, torn: None }
    }

    /// Writes lines. Where the log takes nothing, waits as long as `waits` says.
    pub fn write(&mut self, lines: &[LogLine], waits: &dyn Fn() -> bool) -> Outcome {
        let mut outcome = Outcome::default();
        if let Err(error) = self.try_write(lines, waits, &mut outcome) {
            outcome.error = Some(error);
        }
        outcome
    }

    fn try_write(&mut self, lines: &[LogLine], waits: &dyn Fn() -> bool, outcome: &mut Outcome) -> io::Result<()> {
        let Target::File(path) = &self.target else {
            return put(libc::STDERR_FILENO, lines, waits, outcome).map_err(|(error, _)| error);
        };
        let file = open(path)?;
        let metadata = file.metadata()?;
        self.begin_line(&file, &metadata, waits, outcome)?;
        put(file.as_raw_fd(), lines, waits, outcome).map_err(|(error, torn)| {
            let length = file.metadata().map_or(0, |metadata| metadata.len());
            self.torn = torn.filter(|_| metadata.is_file()).map(|(rest, records)| Torn { length, rest, records });
            // The rest of it follows, or it is lost then.
            outcome.lines += usize::from(self.torn.is_some());
            error
        })
    }

    /// How many records the line stands for that is torn.
    pub fn torn(&self) -> u64 {
        self.torn.as_ref().map_or(0, |torn| torn.records)
    }

    /// Makes sure that the next line begins a line: ends one of this process that is torn, or begins a new one behind what
    /// another process left.
    fn begin_line(
        &mut self,
        file: &File,
        metadata: &Metadata,
        waits: &dyn Fn() -> bool,
        outcome: &mut Outcome,
    ) -> io::Result<()> {
        let length = metadata.len();
        if let Some(torn) = self.torn.take() {
            if metadata.is_file() && torn.length == length {
                let (written, error) = push(file.as_raw_fd(), &torn.rest, waits);
                let Some(error) = error else { return Ok(()) };
                let rest = torn.rest[written..].to_vec();
                self.torn = Some(Torn { length: length + written as u64, rest, ..torn });
                return Err(error);
            }
            outcome.lost += torn.records;
        }
        let mut last = [b'\n'];
        if metadata.is_file() && length > 0 && file.read_at(&mut last, length - 1).is_ok() && last != *b"\n" {
            push(file.as_raw_fd(), b"\n", waits).1.map_or(Ok(()), Err)?;
        }
        Ok(())
    }
}

/// A line of which only the beginning is out: what is left of it, and its records.
type Rest = Option<(Vec<u8>, u64)>;

/// Writes lines, several at a time, and counts those that are out.
fn put(
    out: RawFd,
    lines: &[LogLine],
    waits: &dyn Fn() -> bool,
    outcome: &mut Outcome,
) -> Result<(), (io::Error, Rest)> {
    let mut next = 0;
    while next < lines.len() {
        let mut chunk = Vec::with_capacity(CHUNK);
        let mut ends = Vec::new();
        for line in &lines[next..] {
            if !chunk.is_empty() && chunk.len() + line.text.len() > CHUNK {
                break;
            }
            chunk.extend_from_slice(line.text.as_bytes());
            ends.push(chunk.len());
        }
        let (written, error) = push(out, &chunk, waits);
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

/// Writes bytes and says how many are out. No call blocks: each waits until there is room for it.
fn push(out: RawFd, bytes: &[u8], waits: &dyn Fn() -> bool) -> (usize, Option<io::Error>) {
    let most = most_at_once(out);
    let mut written = 0;
    while written < bytes.len() {
        if !has_room(out, waits) {
            return (written, Some(io::Error::new(io::ErrorKind::TimedOut, "it took no more")));
        }
        let part = &bytes[written..bytes.len().min(written.saturating_add(most))];
        // SAFETY: the descriptor is open, and the part outlives the call.
        let count = unsafe { libc::write(out, part.as_ptr().cast(), part.len()) };
        match usize::try_from(count) {
            Ok(count) => written += count,
            Err(_) => match io::Error::last_os_error() {
                error if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock) => {}
                error => return (written, Some(error)),
            },
        }
    }
    (written, None)
}

/// How much one call may write. Files take all of it: a line stays whole where other processes write there too. What waits
/// for a reader takes less: a larger writing would wait though there is room.
fn most_at_once(out: RawFd) -> usize {
    let mut stat = MaybeUninit::<libc::stat>::zeroed();
    // SAFETY: the structure outlives the call, and all zeros are one of its values.
    let stat = unsafe {
        libc::fstat(out, stat.as_mut_ptr());
        stat.assume_init()
    };
    if stat.st_mode & libc::S_IFMT == libc::S_IFREG { usize::MAX } else { CHUNK }
}

/// Waits until the log takes something, as long as it is worth it.
fn has_room(out: RawFd, waits: &dyn Fn() -> bool) -> bool {
    loop {
        let mut poll = libc::pollfd { fd: out, events: libc::POLLOUT, revents: 0 };
        // SAFETY: one structure is passed, and it outlives the call.
        if unsafe { libc::poll(&raw mut poll, 1, LOOK) } > 0 {
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

    use super::{LogLine, Sink, Target, Torn, open};

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
        let mut sink = Sink::new(Target::File(path.clone()));
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
            let mut sink = Sink { target: Target::File(path.clone()), torn: Some(torn) };
            assert_eq!(sink.write(&[line("a")], &|| false).lost, lost);
            let before = if rest.is_empty() { format!("{text}\n") } else { format!("{text}{rest}") };
            assert_eq!(fs::read_to_string(&path).unwrap(), format!("{before}a\n"));
        }
        fs::remove_file(path).unwrap();
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_finds_no_room_is_told() {
        let mut sink = Sink::new(Target::File("/dev/full".into()));
        let outcome = sink.write(&[line("a"), line("b")], &|| true);
        assert_eq!((outcome.lines, outcome.error.map(|error| error.raw_os_error())), (0, Some(Some(libc::ENOSPC))));
    }

    #[test]
    fn a_pipe_that_nobody_reads_holds_up_nobody() {
        let path = place("pipe");
        let name = std::ffi::CString::new(path.to_str().unwrap()).unwrap();
        // SAFETY: the name ends in a NUL.
        assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
        let mut reader = open(&path).unwrap();
        let lines: Vec<LogLine> = (0..40).map(|_| line(&"x".repeat(3999))).collect();
        let outcome = Sink::new(Target::File(path.clone())).write(&lines, &|| false);
        assert!(outcome.error.is_some() && outcome.lines > 0 && outcome.lines < 40);
        let mut read = vec![0; 4000 * outcome.lines];
        reader.read_exact(&mut read).unwrap();
        assert_eq!(String::from_utf8(read).unwrap().lines().count(), outcome.lines);
        fs::remove_file(path).unwrap();
    }
}
