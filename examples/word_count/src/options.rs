//! What the command line asks for.

use std::iter::Peekable;

#[derive(Debug, PartialEq, Eq)]
pub struct Options {
    pub top: usize,
    pub shortest: usize,
    pub files: Vec<String>,
}

impl Options {
    /// Reads `--top N`, `--shortest N` and the names of files.
    pub fn parse(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Options {
            top: 10,
            shortest: 1,
            files: Vec::new(),
        };
        let mut arguments = arguments.peekable();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--top" => options.top = number(&argument, &mut arguments)?,
                "--shortest" => options.shortest = number(&argument, &mut arguments)?,
                unknown if unknown.starts_with("--") => {
                    return Err(format!("there is no option {unknown}"));
                }
                _ => options.files.push(argument),
            }
        }
        Ok(options)
    }
}

fn number<I>(option: &str, arguments: &mut Peekable<I>) -> Result<usize, String>
where
    I: Iterator<Item = String>,
{
    let Some(text) = arguments.next_if(|next| !next.starts_with("--")) else {
        return Err(format!("{option} needs a number"));
    };
    text.parse()
        .map_err(|_| format!("{option}: {text} is no number"))
}

#[cfg(test)]
mod tests {
    use super::Options;

    fn parse(line: &str) -> Result<Options, String> {
        Options::parse(line.split_whitespace().map(str::to_string))
    }

    #[test]
    fn reads_numbers_and_files() {
        let expected = Options {
            top: 3,
            shortest: 1,
            files: vec!["a.txt".to_string()],
        };
        assert_eq!(parse("--top 3 a.txt"), Ok(expected));
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(parse("--top"), Err("--top needs a number".to_string()));
        assert_eq!(parse("--top x"), Err("--top: x is no number".to_string()));
        assert_eq!(
            parse("--best 3"),
            Err("there is no option --best".to_string())
        );
    }
}
