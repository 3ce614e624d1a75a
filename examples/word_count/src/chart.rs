//! Bars made of text.

const FULL: char = '█';
const PARTS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// Draws a row for each pair; the longest bar is `width` cells wide.
pub fn draw(pairs: &[(String, usize)], width: usize) -> String {
    let most = pairs.iter().map(|(_, count)| *count).max().unwrap_or(1);
    let widest = pairs
        .iter()
        .map(|(word, _)| word.chars().count())
        .max()
        .unwrap_or(0);
    let mut rows = String::new();
    for (word, count) in pairs {
        rows += &format!("{word:>widest$} {} {count}\n", bar(*count, most, width));
    }
    rows
}

/// A bar for `count`, exact to an eighth of a cell.
fn bar(count: usize, most: usize, width: usize) -> String {
    let eighths = count * width * 8 / most.max(1);
    let mut cells: String = std::iter::repeat_n(FULL, eighths / 8).collect();
    if eighths % 8 > 0 {
        cells.push(PARTS[eighths % 8]);
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::bar;

    #[test]
    fn draws_eighths_of_a_cell() {
        assert_eq!(bar(4, 4, 3), "███");
        assert_eq!(bar(1, 2, 3), "█▌");
        assert_eq!(bar(0, 2, 3), "");
    }
}
