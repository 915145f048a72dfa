//! The scanner of SQL finds every file that `SQLite` would open: it is held against a second reading of the text,
//! made by the rules of `SQLite`'s own tokens and as strict as its grammar.
//!
//! The input is SQL. Scanner and reference stand side by side because the scanner is private to the hooks; its file
//! is taken in as it is.

#[path = "../../../src/hooks/guards/sql.rs"]
#[allow(dead_code, reason = "as it stands in the hooks")]
mod scanner;

/// Tries one text.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let found = scanner::files_opened_by(&text);
    holds_all(&text, &found);
    // A statement in front is never lost.
    let behind = format!("ATTACH '/first' AS f;{text}");
    let found = scanner::files_opened_by(&behind);
    assert!(found.is_err() || found.is_ok_and(|files| files.first().is_some_and(|file| file == "/first")));
    // Nor is one behind, unless the text leaves something open.
    let ahead = format!("{text}\n;ATTACH '/last' AS l");
    holds_all(&ahead, &scanner::files_opened_by(&ahead));
}

/// What is found must be an error, or hold all that `SQLite` would open, in order.
fn holds_all(text: &str, found: &Result<Vec<String>, &'static str>) {
    let Ok(found) = found else { return };
    let mut found = found.iter();
    for statement in statements(text) {
        match opened_by(&statement) {
            Opens::Nothing => {}
            Opens::File(file) => assert!(found.any(|own| *own == file), "{text:?} opens {file:?}"),
            Opens::Something => panic!("{text:?} opens what cannot be read: {statement:?}"),
        }
    }
}

#[derive(Debug, PartialEq)]
enum Token {
    /// A bare word, upper case.
    Word(String),
    /// A string or quoted name, without its quotes.
    Quoted(String),
    Other(char),
}

impl Token {
    fn is(&self, word: &str) -> bool {
        matches!(self, Self::Word(own) if own == word)
    }

    fn name(&self) -> Option<&str> {
        match self {
            Self::Word(name) | Self::Quoted(name) => Some(name),
            Self::Other(_) => None,
        }
    }
}

/// What a statement opens.
enum Opens {
    Nothing,
    File(String),
    Something,
}

fn opened_by(statement: &[Token]) -> Opens {
    let Some((first, rest)) = statement.split_first() else { return Opens::Nothing };
    if first.is("ATTACH") {
        let rest = match rest {
            [database, rest @ ..] if database.is("DATABASE") => rest,
            rest => rest,
        };
        return match rest {
            [Token::Quoted(file), as_, _, ..] if as_.is("AS") => Opens::File(file.clone()),
            // Not a statement of SQL: nothing runs.
            [] | [_] | [_, _] => Opens::Nothing,
            _ => Opens::Something,
        };
    }
    if first.is("VACUUM") {
        return match rest {
            [into, Token::Quoted(file)] | [_, into, Token::Quoted(file)] if into.is("INTO") => {
                Opens::File(file.clone())
            }
            [into, _, ..] if into.is("INTO") => Opens::Something,
            [_, into, _, ..] if into.is("INTO") => Opens::Something,
            _ => Opens::Nothing,
        };
    }
    if first.is("PRAGMA") {
        let name = match rest {
            [_, Token::Other('.'), name, ..] | [name, ..] => name.name(),
            [] => None,
        };
        let moves = |name: &str| {
            name.eq_ignore_ascii_case("temp_store_directory") || name.eq_ignore_ascii_case("data_store_directory")
        };
        if name.is_some_and(moves) {
            return Opens::Something;
        }
    }
    Opens::Nothing
}

/// The statements as `SQLite` reads them: up to a NUL, or to what is no token.
fn statements(text: &str) -> Vec<Vec<Token>> {
    let text: Vec<char> = text.chars().take_while(|&c| c != '\0').collect();
    let mut all = vec![Vec::new()];
    let mut at = 0;
    while at < text.len() {
        let here = text[at];
        let next = text.get(at + 1).copied();
        match here {
            '\t' | '\n' | '\u{c}' | '\r' | ' ' | '\u{feff}' => at += 1,
            '-' if next == Some('-') => {
                while at < text.len() && text[at] != '\n' {
                    at += 1;
                }
            }
            '/' if next == Some('*') && at + 2 < text.len() => {
                at += 3;
                while at < text.len() && !(text[at - 1] == '*' && text[at] == '/') {
                    at += 1;
                }
                at += 1;
            }
            ';' => {
                all.push(Vec::new());
                at += 1;
            }
            '\'' | '"' | '`' => {
                let Some((quoted, end)) = unquote(&text, at) else { return whole(all) };
                push(&mut all, Token::Quoted(quoted));
                at = end;
            }
            '[' => {
                let Some(length) = text[at..].iter().position(|&c| c == ']') else { return whole(all) };
                push(&mut all, Token::Quoted(text[at + 1..at + length].iter().collect()));
                at += length + 1;
            }
            _ if is_word(here) && !here.is_ascii_digit() && here != '$' => {
                let start = at;
                while at < text.len() && is_word(text[at]) {
                    at += 1;
                }
                push(&mut all, Token::Word(text[start..at].iter().collect::<String>().to_ascii_uppercase()));
            }
            _ if here.is_ascii_control() => return whole(all),
            _ => {
                push(&mut all, Token::Other(here));
                at += 1;
            }
        }
    }
    all
}

/// What was read before something that is no token: the statement that it stands in does not run.
fn whole(mut all: Vec<Vec<Token>>) -> Vec<Vec<Token>> {
    all.pop();
    all
}

fn push(all: &mut [Vec<Token>], token: Token) {
    if let Some(last) = all.last_mut() {
        last.push(token);
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$' || !c.is_ascii()
}

/// The text between two quotes, and where it ends; a doubled quote stands for one.
fn unquote(text: &[char], start: usize) -> Option<(String, usize)> {
    let quote = text[start];
    let mut inner = String::new();
    let mut at = start + 1;
    loop {
        match (text.get(at)?, text.get(at + 1)) {
            (c, Some(next)) if *c == quote && *next == quote => {
                inner.push(quote);
                at += 2;
            }
            (c, _) if *c == quote => return Some((inner, at + 1)),
            (c, _) => {
                inner.push(*c);
                at += 1;
            }
        }
    }
}
