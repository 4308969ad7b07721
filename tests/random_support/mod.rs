//! Loops that are written at random together with what they mean, and the comparison of two programs by what they do.

pub mod bounds;
pub mod harness;
pub mod loops;
pub mod near_misses;
pub mod pieces;

/// SplitMix64: the same numbers on every machine.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    pub fn chance(&mut self, of_a_hundred: usize) -> bool {
        self.below(100) < of_a_hundred
    }

    pub fn pick<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }
}

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
