//! Loops that are written at random together with what they mean, and the comparison of two of them by what they do.

pub mod bounds;
pub mod harness;
pub mod near_misses;
pub mod pieces;
pub mod shapes;

/// What has to become of a loop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meaning {
    /// One call does the same for every input.
    Equivalent,
    /// One call does the same unless a count is negative or wraps.
    Assuming,
    /// No call does the same.
    NearMiss,
}

/// One function with a loop.
pub struct Program {
    /// What is counted by itself.
    pub shape: &'static str,
    pub meaning: Meaning,
    /// The function, named `NAME`.
    pub source: String,
}

/// The name of each function, to be replaced by another one.
pub const NAME: &str = "map_it";

/// What stands in front of each function for the pass to read.
pub const DECLARATIONS: &str = "\
struct slot {
	struct page *page;
	unsigned long cookie;
};

struct inner {
	struct page **pages;
	unsigned int count;
};

struct buf {
	unsigned int n;
	unsigned long nr;
	int signed_n;
	size_t size;
	unsigned long mapped;
	unsigned long last;
	struct page **pages;
	struct page *fixed[64];
	struct slot slots[64];
	unsigned long words[64];
	struct inner in;
	struct inner *inner;
};

#define BUF_PAGES 3

";
