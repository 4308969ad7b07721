//! What is too much for lang-c: it recurses as deep as its input nests, and its time grows with depth times length.

/// Why lang-c is not asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TooMuch {
    /// More text than any function has.
    #[error("it is longer than {} bytes", MAX_LENGTH)]
    Long,
    /// Brackets nest too deep.
    #[error("its brackets nest deeper than {}", MAX_NESTING)]
    Nested,
    /// A chain without brackets makes lang-c recurse too deep, for instance of `else if`, casts or signs.
    #[error("it has a statement of more than {} steps", MAX_CHAIN)]
    Chained,
    /// Long and deep at once.
    #[error("it is too long for its depth")]
    Work,
}

const MAX_LENGTH: usize = 2 << 20;
const MAX_NESTING: usize = 200;
const MAX_CHAIN: usize = 8_000;
/// The stack that lang-c may need for a step. It took at most 2 KiB with optimisation, and 13 KiB without.
const STACK_OF_STEP: usize = 16 << 10;
/// Bytes times the brackets open around them; lang-c took less than 0.2 µs for one.
const MAX_WORK: usize = 100_000_000;

/// A bracket that is open.
struct Level {
    /// The chain in front of it.
    before: usize,
    /// It may hold a list, since no semicolon was seen: a comma is a border.
    listed: bool,
}

/// Refuses a function that is too long.
pub(super) fn check_length(function: &[u8]) -> Result<(), TooMuch> {
    if function.len() > MAX_LENGTH {
        Err(TooMuch::Long)
    } else {
        Ok(())
    }
}

/// Refuses a function in which so many brackets are open at once.
pub(super) fn check_nesting(open: usize) -> Result<(), TooMuch> {
    if open > MAX_NESTING {
        Err(TooMuch::Nested)
    } else {
        Ok(())
    }
}

/// Refuses what could exhaust the reader's stack or patience, and gives the stack it may need for the rest; an upper
/// bound, found in linear time.
///
/// A step is anything that lang-c can recurse for: all tokens since the last border of a statement or an element, added
/// up over the brackets that are open. An `else` goes on with the statement before it.
pub(super) fn stack(masked: &[u8]) -> Result<usize, TooMuch> {
    let mut open: Vec<Level> = Vec::new();
    let mut chain = 0;
    let mut outer = 0;
    let mut work = 0;
    let mut deepest = 0;
    for (at, &byte) in masked.iter().enumerate() {
        work += open.len();
        match byte {
            b'(' | b'[' | b'{' => {
                open.push(Level {
                    before: chain,
                    listed: true,
                });
                outer += chain + 1;
                chain = 0;
            }
            b')' | b']' | b'}' => {
                let before = open.pop().map_or(0, |level| level.before);
                outer = outer.saturating_sub(before + 1);
                chain = if byte == b'}' && !goes_on(&masked[at + 1..]) {
                    0
                } else {
                    before + 1
                };
            }
            b';' => {
                if let Some(level) = open.last_mut() {
                    level.listed = false;
                }
                if !goes_on(&masked[at + 1..]) {
                    chain = 0;
                }
            }
            b',' if open.last().is_some_and(|level| level.listed) => chain = 0,
            byte if byte.is_ascii_whitespace() => {}
            // A word counts at its first byte only.
            byte if is_word(byte) && at > 0 && is_word(masked[at - 1]) => {}
            _ => chain += 1,
        }
        deepest = deepest.max(outer + chain);
        if deepest > MAX_CHAIN {
            return Err(TooMuch::Chained);
        }
        if work > MAX_WORK {
            return Err(TooMuch::Work);
        }
    }
    Ok((1 << 20) + deepest * STACK_OF_STEP)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether the statement goes on: with `else`, or with the `while` of a `do`.
fn goes_on(rest: &[u8]) -> bool {
    let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    rest[blanks..].starts_with(b"else")
}
