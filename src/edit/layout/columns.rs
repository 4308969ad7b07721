//! Visual columns: tabs stop at every eighth column.

/// The column behind `bytes` that begin in `column`, both counted from 0. A letter of UTF-8 takes one column.
pub(super) fn advance(column: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(column, |column, byte| match byte {
        b'\t' => (column / 8 + 1) * 8,
        b'\r' | 0x80..=0xbf => column,
        _ => column + 1,
    })
}

/// White space up to a column as `like` has it: spaces where a tab would have fitted in and none is there.
pub(super) fn indentation_like(like: &[u8], column: u32) -> Vec<u8> {
    if like.len() >= 8 && !like.contains(&b'\t') {
        return vec![b' '; column as usize];
    }
    indentation(column)
}

/// White space up to a column in kernel style: tabs, then spaces.
pub(super) fn indentation(column: u32) -> Vec<u8> {
    let mut text = vec![b'\t'; (column / 8) as usize];
    text.resize(text.len() + (column % 8) as usize, b' ');
    text
}

/// White space from one column to another, with tabs as far as they go.
pub(super) fn padding(from: u32, to: u32) -> Vec<u8> {
    let mut text = Vec::new();
    let mut column = from;
    while (column / 8 + 1) * 8 <= to {
        text.push(b'\t');
        column = (column / 8 + 1) * 8;
    }
    text.resize(text.len() + to.saturating_sub(column) as usize, b' ');
    text
}
