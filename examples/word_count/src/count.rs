//! How often things occur.

use std::collections::HashMap;
use std::hash::Hash;

/// Counts values of any type that can be compared and hashed.
#[derive(Debug, Clone)]
pub struct Counter<K> {
    counts: HashMap<K, usize>,
    total: usize,
}

impl<K: Eq + Hash + Ord + Clone> Counter<K> {
    pub fn new() -> Self {
        Counter {
            counts: HashMap::new(),
            total: 0,
        }
    }

    pub fn add(&mut self, key: K) {
        *self.counts.entry(key).or_insert(0) += 1;
        self.total += 1;
    }

    pub fn total(&self) -> usize {
        self.total
    }

    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// The `top` most frequent values; those that are equally frequent come in their own order.
    pub fn most_frequent(&self, top: usize) -> Vec<(K, usize)> {
        let mut pairs: Vec<(K, usize)> = self
            .counts
            .iter()
            .map(|(key, count)| (key.clone(), *count))
            .collect();
        pairs.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        pairs.truncate(top);
        pairs
    }
}

impl<K: Eq + Hash + Ord + Clone> Extend<K> for Counter<K> {
    fn extend<I: IntoIterator<Item = K>>(&mut self, keys: I) {
        for key in keys {
            self.add(key);
        }
    }
}

/// The words of `text` in lower case, those of fewer than `shortest` letters left out.
pub fn words(text: &str, shortest: usize) -> impl Iterator<Item = String> + '_ {
    text.split(|letter: char| !letter.is_alphabetic() && letter != '\'')
        .map(|word| word.trim_matches('\'').to_lowercase())
        .filter(move |word| !word.is_empty() && word.chars().count() >= shortest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_words_whatever_their_case() {
        let mut counter = Counter::new();
        counter.extend(words("The cat saw the dog; the dog ran.", 1));
        assert_eq!(counter.total(), 8);
        assert_eq!(counter.len(), 5);
        assert_eq!(
            counter.most_frequent(2),
            [("the".to_string(), 3), ("dog".to_string(), 2)]
        );
    }

    #[test]
    fn leaves_short_words_out() {
        let found: Vec<String> = words("a bc 'def' g'h", 3).collect();
        assert_eq!(found, ["def", "g'h"]);
    }
}
