//! Finds the files that a piece of SQL opens. `ATTACH` and `VACUUM INTO` name files in the text.
//! This reader knows just enough of SQL to find those two statements. If it finds one but cannot
//! read the name with certainty (a bound parameter, an expression), it reports the statement.

/// One token of SQL, as far as this reader tells tokens apart.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A bare word, in lower case.
    Word(String),
    /// A quoted string or name, unquoted.
    Text(String),
    /// The end of a statement.
    End,
    /// Anything else.
    Other,
}

/// Returns true if the statements may call `fts3_tokenizer`, which returns and takes addresses of
/// native code.
pub fn handles_pointers(sql: &str) -> bool {
    tokens(sql).iter().any(
        |token| matches!(token, Token::Word(word) | Token::Text(word) if word.eq_ignore_ascii_case("fts3_tokenizer")),
    )
}

/// Returns the files that the statements open, or the statement that cannot be read.
pub fn files_opened_by(sql: &str) -> Result<Vec<String>, &'static str> {
    let tokens = tokens(sql);
    let mut files = Vec::new();
    for statement in tokens.split(|token| *token == Token::End) {
        match words(statement).as_slice() {
            ["attach", ..] => files.push(attached(statement).ok_or("ATTACH")?),
            ["vacuum", ..] => files.extend(vacuumed(statement)?),
            ["pragma", ..] => pragma(statement)?,
            // No statement begins like this. This reader rejects what it does not know.
            [] if !statement.is_empty() => return Err("a statement that begins with no word"),
            _ => {}
        }
    }
    Ok(files)
}

/// Returns true if the text could open a file or handle an address, whatever this reader makes of
/// it. No keyword of SQL can be written in another way.
pub fn may_open(sql: &str) -> bool {
    let lower = sql.to_ascii_lowercase();
    ["attach", "vacuum", "fts3_tokenizer", "load_extension"].iter().any(|word| lower.contains(word))
}

/// Splits a script where the policy is to be asked again: a statement that opens a file is alone.
/// Functions of the program run in the statements before it. The second part may be empty.
///
/// No statement that opens a file stands in the body of a trigger, so the bodies need no care.
pub fn next_step(sql: &str) -> (&str, &str) {
    let tokens = lexed(sql);
    let mut start = 0;
    for statement in tokens.split_inclusive(|(token, _)| *token == Token::End) {
        let end = statement.last().map_or(start, |(_, end)| *end);
        let bare: Vec<Token> = statement.iter().map(|(token, _)| token.clone()).collect();
        if matches!(words(&bare).first(), Some(&("attach" | "vacuum"))) {
            let cut = if start == 0 { end } else { start };
            let has_more = tokens.iter().any(|(token, end)| *end > cut && *token != Token::End);
            return if has_more { sql.split_at(cut) } else { (sql, "") };
        }
        start = end;
    }
    (sql, "")
}

/// Returns the leading words of a statement, without `EXPLAIN QUERY PLAN`.
fn words(statement: &[Token]) -> Vec<&str> {
    let words = statement.iter().map_while(|token| match token {
        Token::Word(word) => Some(word.as_str()),
        _ => None,
    });
    words.skip_while(|word| matches!(*word, "explain" | "query" | "plan")).collect()
}

/// Returns the file of `ATTACH [DATABASE] 'file' AS name`.
fn attached(statement: &[Token]) -> Option<String> {
    let start = statement.iter().position(|token| *token == Token::Word("attach".into()))? + 1;
    let mut rest = &statement[start..];
    if rest.len() > 1 && rest[0] == Token::Word("database".into()) && rest[1] != Token::Word("as".into()) {
        rest = &rest[1..];
    }
    match rest {
        [Token::Text(file), Token::Word(r#as), ..] if r#as == "as" => Some(file.clone()),
        _ => None,
    }
}

/// Returns the file of `VACUUM [schema] [INTO 'file']`.
fn vacuumed(statement: &[Token]) -> Result<Option<String>, &'static str> {
    let Some(into) = statement.iter().position(|token| *token == Token::Word("into".into())) else {
        return Ok(None);
    };
    match &statement[into + 1..] {
        [Token::Text(file)] => Ok(Some(file.clone())),
        _ => Err("VACUUM INTO"),
    }
}

/// Rejects the pragmas that say where `SQLite` makes files of its own.
fn pragma(statement: &[Token]) -> Result<(), &'static str> {
    let moves = |token: &Token| {
        matches!(token, Token::Word(word) | Token::Text(word)
            if word.eq_ignore_ascii_case("temp_store_directory") || word.eq_ignore_ascii_case("data_store_directory"))
    };
    if statement.iter().any(moves) { Err("PRAGMA temp_store_directory") } else { Ok(()) }
}

fn tokens(sql: &str) -> Vec<Token> {
    lexed(sql).into_iter().map(|(token, _)| token).collect()
}

/// Returns the tokens, each with the place where it ends.
fn lexed(sql: &str) -> Vec<(Token, usize)> {
    let mut tokens = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let mut found = None;
        let taken = match first {
            // SQLite stops at a NUL. The rest is not SQL.
            '\0' => return tokens,
            // These are more characters than SQLite's own white space. A control character must not
            // hide the statement behind it.
            _ if first.is_ascii_control() || first == ' ' || first == '\u{feff}' => first.len_utf8(),
            '-' if rest.starts_with("--") => rest.find('\n').map_or(rest.len(), |end| end + 1),
            '/' if rest.starts_with("/*") => rest[2..].find("*/").map_or(rest.len(), |end| end + 4),
            '\'' | '"' | '`' => {
                let (text, taken) = quoted(rest, first);
                found = Some(text.map_or(Token::Other, Token::Text));
                taken
            }
            '[' => {
                let end = rest.find(']');
                found = Some(end.map_or(Token::Other, |end| Token::Text(rest[1..end].to_owned())));
                end.map_or(rest.len(), |end| end + 1)
            }
            ';' => {
                found = Some(Token::End);
                1
            }
            '$' | '@' | '#' | ':' => {
                found = Some(Token::Other);
                variable(rest.as_bytes())
            }
            _ if first.is_ascii_alphabetic() || first == '_' || !first.is_ascii() => {
                let end = rest
                    .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '$' || !c.is_ascii()))
                    .unwrap_or(rest.len());
                found = Some(Token::Word(rest[..end].to_ascii_lowercase()));
                end
            }
            _ => {
                found = Some(Token::Other);
                first.len_utf8()
            }
        };
        rest = &rest[taken..];
        tokens.extend(found.map(|token| (token, sql.len() - rest.len())));
    }
    tokens
}

/// Returns the length of a bound variable, as `sqlite3GetToken` reads it (tokenize.c). A variable
/// is a name, in which `::` may stand. After it, anything without white space may stand in
/// parentheses.
fn variable(rest: &[u8]) -> usize {
    let at = |index: usize| rest.get(index).copied().unwrap_or(0);
    let is_in_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80;
    let (mut end, mut has_name) = (1, false);
    loop {
        match at(end) {
            byte if is_in_name(byte) => has_name = true,
            b'(' if has_name => {
                end += 1;
                while !matches!(at(end), 0 | b')' | b'\t'..=b'\r' | b' ') {
                    end += 1;
                }
                return if at(end) == b')' { end + 1 } else { end };
            }
            b':' if at(end + 1) == b':' => end += 1,
            _ => return end,
        }
        end += 1;
    }
}

/// Returns the text of a quoted token, and the token's length. A doubled quote stands for one.
/// Without a closing quote there is no text.
fn quoted(rest: &str, quote: char) -> (Option<String>, usize) {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c != quote {
            text.push(c);
        } else if chars.peek().is_some_and(|(_, next)| *next == quote) {
            text.push(quote);
            chars.next();
        } else {
            return (Some(text), at + 1);
        }
    }
    (None, rest.len())
}

#[cfg(test)]
mod tests {
    use super::{files_opened_by, handles_pointers, may_open, next_step};

    #[test]
    fn a_statement_that_opens_a_file_is_a_step_of_its_own() {
        assert_eq!(next_step("SELECT 1; SELECT ';'"), ("SELECT 1; SELECT ';'", ""));
        assert_eq!(next_step("SELECT f(); ATTACH '/a' AS x; SELECT 2"), ("SELECT f();", " ATTACH '/a' AS x; SELECT 2"));
        assert_eq!(next_step(" ATTACH '/a' AS x; SELECT 2"), (" ATTACH '/a' AS x;", " SELECT 2"));
        assert_eq!(next_step("VACUUM INTO '/a';;-- end\n"), ("VACUUM INTO '/a';;-- end\n", ""));
        assert_eq!(next_step(";ATTACH '/a' AS x"), (";", "ATTACH '/a' AS x"));
        assert_eq!(next_step("VACUUM;VACUUM INTO '/a'"), ("VACUUM;", "VACUUM INTO '/a'"));
        let trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; SELECT 2; END; SELECT 3";
        assert_eq!(next_step(trigger), (trigger, ""));
    }

    #[test]
    fn a_text_without_the_words_opens_nothing() {
        assert!(may_open("select 1; aTTach 'x' AS y") && may_open("VaCuum") && may_open("select load_extension('x')"));
        assert!(!may_open("CREATE TABLE t (a); SELECT * FROM t"));
    }

    #[test]
    fn ordinary_statements_open_nothing() {
        assert_eq!(files_opened_by("SELECT 'attach ''x'' as y'; INSERT INTO t VALUES (1)"), Ok(vec![]));
        assert_eq!(files_opened_by("VACUUM"), Ok(vec![]));
        assert_eq!(files_opened_by("-- ATTACH 'x' AS y\nSELECT 1"), Ok(vec![]));
        assert_eq!(files_opened_by("DETACH x"), Ok(vec![]));
    }

    #[test]
    fn attach_opens_its_file() {
        assert_eq!(files_opened_by("ATTACH '/a.db' AS b"), Ok(vec!["/a.db".into()]));
        assert_eq!(files_opened_by("select 1; /* x */ aTTach\tDATABASE \"/a''.db\" as b"), Ok(vec!["/a''.db".into()]));
        assert_eq!(files_opened_by("ATTACH [/a ' b] AS c"), Ok(vec!["/a ' b".into()]));
        assert_eq!(files_opened_by("EXPLAIN QUERY PLAN ATTACH 'x' AS y"), Ok(vec!["x".into()]));
    }

    #[test]
    fn no_control_character_hides_a_statement() {
        assert_eq!(files_opened_by(" \u{b}ATTACH '/a' AS x"), Ok(vec!["/a".into()]));
        assert_eq!(files_opened_by("\n\u{b}VACUUM INTO '/a'"), Ok(vec!["/a".into()]));
        assert!(files_opened_by("\u{a0}ATTACH '/a' AS x").is_ok_and(|files| files.is_empty()));
        assert!(files_opened_by("(ATTACH '/a' AS x)").is_err());
    }

    #[test]
    fn no_variable_hides_a_statement() {
        let attach = Ok(vec!["/a".to_owned()]);
        for before in ["$a(')", "$a::b(')", "@a(\")", ":a('--)", "#1([)", "$a", "$a (", "$ü('/*)", "$a::", "$a$"] {
            let end = if before == "$a (" { "1)" } else { "" };
            assert_eq!(files_opened_by(&format!("SELECT {before}{end}; ATTACH '/a' AS x; --')")), attach, "{before}");
        }
        assert_eq!(files_opened_by("SELECT $a('b c'); SELECT 'ATTACH'"), Ok(vec![]));
    }

    #[test]
    fn a_function_with_pointers_is_found() {
        for sql in ["SELECT fts3_tokenizer(?)", "select FTS3_Tokenizer('simple')", "SELECT \"fts3_tokenizer\"(?, ?)"] {
            assert!(handles_pointers(sql), "{sql}");
        }
        assert!(!handles_pointers("CREATE VIRTUAL TABLE t USING fts3(a, tokenize=porter)"));
    }

    #[test]
    fn a_pragma_that_moves_files_is_reported() {
        for name in ["main.temp_store_directory", "[temp_store_directory]", "\"Data_Store_Directory\""] {
            assert!(files_opened_by(&format!("PRAGMA {name} = '/x'")).is_err(), "{name}");
        }
        assert!(files_opened_by("pragma journal_mode=wal").is_ok());
    }

    #[test]
    fn vacuum_into_opens_its_file() {
        assert_eq!(files_opened_by("VACUUM main INTO '/v.db'"), Ok(vec!["/v.db".into()]));
    }

    #[test]
    fn what_cannot_be_read_is_reported() {
        assert_eq!(files_opened_by("ATTACH ? AS b"), Err("ATTACH"));
        assert_eq!(files_opened_by("ATTACH '/a' || '/b' AS c"), Err("ATTACH"));
        assert_eq!(files_opened_by("ATTACH ('/a') AS c"), Err("ATTACH"));
        assert_eq!(files_opened_by("ATTACH foo AS c"), Err("ATTACH"));
        assert_eq!(files_opened_by("VACUUM INTO ?"), Err("VACUUM INTO"));
        assert_eq!(files_opened_by("VACUUM INTO '/a' || 'b'"), Err("VACUUM INTO"));
    }
}
