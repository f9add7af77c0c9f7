use std::ffi::OsString;

/// The command line has an unclosed quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnclosedQuote;

/// Splits a command line at white space outside of single or double quotes and removes the quotes. No variables, no
/// escapes, no shell.
pub fn words(text: &str) -> Result<Vec<OsString>, UnclosedQuote> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for character in text.chars() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '"' | '\'') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, _) if character.is_whitespace() => words.extend(word.take().map(OsString::from)),
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word.map(OsString::from));
    if quote.is_some() { Err(UnclosedQuote) } else { Ok(words) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_at_white_space_and_keeps_what_is_quoted() {
        for (text, expected) in [
            ("", &[][..]),
            ("  \t ", &[]),
            ("tos-ai-sync", &["tos-ai-sync"]),
            (" node  /opt/a b/main.js\tmanaged ", &["node", "/opt/a", "b/main.js", "managed"]),
            (r#"node "/opt/a b/main.js" managed"#, &["node", "/opt/a b/main.js", "managed"]),
            ("node '/opt/a \"b\"/main.js'", &["node", "/opt/a \"b\"/main.js"]),
            (r#"a"b c"d "" ''"#, &["ab cd", "", ""]),
            (r"C:\dir\$HOME ~/x", &[r"C:\dir\$HOME", "~/x"]),
        ] {
            assert_eq!(words(text).unwrap(), expected, "{text}");
        }
        for text in ["\"", "node 'a b", "a\"b'c"] {
            assert_eq!(words(text), Err(UnclosedQuote), "{text}");
        }
    }
}
