//! Counts the words of a text and shows the most frequent ones as bars.

mod chart;
mod count;
mod options;

use std::fs;
use std::io::{self, Read};
use std::process::ExitCode;

use crate::count::Counter;
use crate::options::Options;

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(problem) => return fail(&problem),
    };
    match count_all(&options) {
        Ok(counter) => {
            print!("{}", chart::draw(&counter.most_frequent(options.top), 40));
            println!(
                "{} words, {} of them different",
                counter.total(),
                counter.len()
            );
            ExitCode::SUCCESS
        }
        Err(problem) => fail(&problem.to_string()),
    }
}

fn count_all(options: &Options) -> io::Result<Counter<String>> {
    let mut counter = Counter::new();
    if options.files.is_empty() {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text)?;
        counter.extend(count::words(&text, options.shortest));
    }
    for file in &options.files {
        let text = fs::read_to_string(file)?;
        counter.extend(count::words(&text, options.shortest));
    }
    Ok(counter)
}

fn fail(problem: &str) -> ExitCode {
    eprintln!("word_count: {problem}");
    ExitCode::from(2)
}
