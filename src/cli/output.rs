//! Text for people, in colours on a terminal.
//!
//! Control characters in names of files and values of policies are escaped, so that they cannot
//! control the terminal.

use std::fmt::Write as _;
use std::io::Write as _;

use anstyle::AnsiColor;
pub use anstyle::Style;
use jiff::Timestamp;

/// The output of a command.
#[derive(Debug, PartialEq, Eq)]
pub struct CommandOutput {
    /// The text for standard output.
    pub text: String,
    /// The exit code.
    pub code: i32,
}

/// For a good result.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
/// For a bad result.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// For a result that a person should look at.
pub const WARY: Style = AnsiColor::Yellow.on_default().bold();
/// For details.
pub const FAINT: Style = Style::new().dimmed();
/// For all other text.
pub const PLAIN: Style = Style::new();

/// Characters that change the direction of text. They can hide what a text says.
const DIRECTION_MARKS: [char; 12] = [
    '\u{200e}', '\u{200f}', '\u{061c}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}',
    '\u{2067}', '\u{2068}', '\u{2069}',
];

/// Appends text. Escapes control characters, except those in `but`, and direction marks.
pub fn escape_into(to: &mut String, text: &str, but: &[char]) {
    for c in text.chars() {
        if (c.is_control() && !but.contains(&c)) || DIRECTION_MARKS.contains(&c) {
            // Writing to a String does not fail.
            let _ = write!(to, "{}", c.escape_default());
        } else {
            to.push(c);
        }
    }
}

/// A text in styles.
#[derive(Debug, Default)]
pub struct Page {
    text: String,
    /// The label of the next line.
    label: String,
}

/// The column in which the lines of a labelled paragraph begin.
const INDENT: usize = 13;

impl Page {
    /// Appends text in a style.
    pub fn put(&mut self, style: Style, text: &str) -> &mut Self {
        // Writing to a String does not fail.
        let _ = write!(self.text, "{style}");
        escape_into(&mut self.text, text, &[]);
        let _ = write!(self.text, "{style:#}");
        self
    }

    /// Ends the line.
    pub fn end(&mut self) -> &mut Self {
        self.text.push('\n');
        self
    }

    /// Begins a paragraph with a label.
    pub fn label(&mut self, label: &str) -> &mut Self {
        label.clone_into(&mut self.label);
        self
    }

    /// Appends a line to the paragraph.
    pub fn line(&mut self, style: Style, text: &str) -> &mut Self {
        let label = std::mem::take(&mut self.label);
        let label = format!("  {label:width$}", width = INDENT - 2);
        self.put(FAINT, &label).put(style, text).end()
    }

    /// Returns the text.
    #[must_use]
    pub fn finish(self) -> String {
        self.text
    }
}

/// Formats a number with separators of thousands.
pub fn format_number(count: impl TryInto<u64>) -> String {
    let digits = count.try_into().unwrap_or(u64::MAX).to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Formats a count with its noun.
pub fn plural(count: impl TryInto<u64> + Copy, what: &str) -> String {
    let end = if count.try_into().is_ok_and(|count| count == 1) { "" } else { "s" };
    format!("{} {what}{end}", format_number(count))
}

/// Formats a value as JSON.
///
/// # Errors
/// As [`serde_json::to_string_pretty`].
pub fn json(value: &impl serde::Serialize) -> serde_json::Result<String> {
    serde_json::to_string_pretty(value)
}

/// Prints a note to standard error, in colours if a terminal shows them.
pub fn print_note(text: &str) {
    let mut out = anstream::AutoStream::auto(std::io::stderr());
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Prints to standard output, in colours if a terminal shows them. Ignores errors: the reader may
/// be gone.
pub fn print(text: &str) {
    let mut out = anstream::AutoStream::auto(std::io::stdout());
    let _ = out.write_all(text.trim_end().as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
}

/// Formats a time.
pub fn format_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

/// Formats a duration.
pub fn format_duration(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h", Tenths(seconds, 3600)),
        _ => format!("{} days", Tenths(seconds, 86_400)),
    }
}

/// A multiple of a unit, to a tenth.
struct Tenths(i64, i64);

impl std::fmt::Display for Tenths {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tenths = self.0 * 10 / self.1;
        write!(f, "{}.{}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::{PLAIN, Page, format_duration, format_number};

    #[test]
    fn what_comes_from_outside_does_not_speak_to_the_terminal() {
        let mut page = Page::default();
        page.put(PLAIN, "a\u{1b}[31m\nb\u{9b}é\u{202e}c");
        assert_eq!(page.finish(), "a\\u{1b}[31m\\nb\\u{9b}é\\u{202e}c");
    }

    #[test]
    fn lines_stand_under_one_label() {
        let mut page = Page::default();
        page.label("note").line(PLAIN, "a").line(PLAIN, "b");
        let text = anstream::adapter::strip_str(&page.finish()).to_string();
        assert_eq!(text, "  note       a\n             b\n");
    }

    #[test]
    fn numbers_and_lengths_are_for_people() {
        assert_eq!([0_u64, 999, 1000, 1_234_567].map(format_number), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [59, 60, 5400, 86_400, 259_200].map(format_duration),
            ["59 s", "1 min", "1.5 h", "24.0 h", "3.0 days"]
        );
    }
}
