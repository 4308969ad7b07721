//! What is known about names: which ones are types, which macros are attributes or loops.
//!
//! The grammar decides by context where it can and asks here only where C needs the meaning of a name.

use rustc_hash::FxHashSet;

/// Knowledge about names, learnt from a tree on top of built-in tables.
#[derive(Clone, Debug, Default)]
pub struct Names {
    types: FxHashSet<Box<[u8]>>,
    attributes: FxHashSet<Box<[u8]>>,
    loops: FxHashSet<Box<[u8]>>,
}

impl Names {
    /// Nothing but the built-in tables.
    pub fn new() -> Self {
        Self::default()
    }

    /// Learns the name of a type.
    pub fn add_type(&mut self, name: &[u8]) {
        self.types.insert(name.into());
    }

    /// Learns a macro that stands for an attribute or a storage class.
    pub fn add_attribute(&mut self, name: &[u8]) {
        self.attributes.insert(name.into());
    }

    /// Learns a macro that begins a loop.
    pub fn add_loop(&mut self, name: &[u8]) {
        self.loops.insert(name.into());
    }

    /// Takes over what another one knows.
    pub fn extend(&mut self, other: Names) {
        self.types.extend(other.types);
        self.attributes.extend(other.attributes);
        self.loops.extend(other.loops);
    }

    /// Whether a name is known as a type, or spelled as only types are in the kernel.
    pub fn is_type(&self, name: &[u8]) -> bool {
        is_builtin_type(name) || self.types.contains(name)
    }

    /// Whether a name is known as an attribute.
    pub fn is_known_attribute(&self, name: &[u8]) -> bool {
        BUILTIN_ATTRIBUTES.binary_search(&name).is_ok() || self.attributes.contains(name)
    }

    /// Whether a name is known as an attribute or spelled as most of them are.
    pub fn is_attribute(&self, name: &[u8]) -> bool {
        self.is_known_attribute(name)
            || (name.starts_with(b"__")
                && !self.is_type(name)
                && name
                    .iter()
                    .all(|byte| byte.is_ascii_lowercase() || *byte == b'_' || byte.is_ascii_digit()))
    }

    /// Whether a macro was seen to begin a loop.
    pub fn is_known_loop(&self, name: &[u8]) -> bool {
        self.loops.contains(name)
    }

    /// Whether a macro begins a loop, as it was seen to or as its name says: its call is followed by a statement.
    pub fn is_loop(&self, name: &[u8]) -> bool {
        self.is_known_loop(name)
            || memchr::memmem::find(name, b"for_each").is_some()
            || memchr::memmem::find(name, b"foreach").is_some()
            || memchr::memmem::find(name, b"FOR_EACH").is_some()
            || name.starts_with(b"for_")
            || name.starts_with(b"FOR_")
    }
}

fn is_builtin_type(name: &[u8]) -> bool {
    name.ends_with(b"_t") || BUILTIN_TYPES.binary_search(&name).is_ok()
}

/// Sorted.
const BUILTIN_TYPES: &[&[u8]] = &[
    b"FILE", b"__be16", b"__be32", b"__be64", b"__le16", b"__le32", b"__le64", b"__poll", b"__s16", b"__s32",
    b"__s64", b"__s8", b"__sum16", b"__u16", b"__u32", b"__u64", b"__u8", b"__wsum", b"bool", b"s16", b"s32",
    b"s64", b"s8", b"u16", b"u32", b"u64", b"u8", b"u_char", b"u_int", b"u_long", b"u_short", b"uint",
    b"ulong", b"unchar", b"ushort",
];

/// Attributes whose spelling does not give them away; sorted.
const BUILTIN_ATTRIBUTES: &[&[u8]] = &[
    b"EFIAPI",
    b"STATIC",
    b"__acquires",
    b"__aligned",
    b"__always_inline",
    b"__bitwise",
    b"__cold",
    b"__deprecated",
    b"__devexit",
    b"__devinit",
    b"__exit",
    b"__force",
    b"__init",
    b"__initconst",
    b"__initdata",
    b"__iomem",
    b"__kernel",
    b"__maybe_unused",
    b"__must_check",
    b"__noreturn",
    b"__packed",
    b"__percpu",
    b"__printf",
    b"__pure",
    b"__rcu",
    b"__read_mostly",
    b"__ref",
    b"__refdata",
    b"__releases",
    b"__sched",
    b"__section",
    b"__used",
    b"__user",
    b"__weak",
    b"asmlinkage",
    b"cold",
    b"fastcall",
    b"noinline",
    b"noinline_for_stack",
    b"nokprobe_inline",
    b"noreturn",
    b"notrace",
    b"randomized_struct_fields_start",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        assert!(BUILTIN_TYPES.is_sorted());
        assert!(BUILTIN_ATTRIBUTES.is_sorted());
    }

    #[test]
    fn types_are_no_attributes() {
        let mut names = Names::new();
        names.add_type(b"__special");
        assert!(!names.is_attribute(b"__special"));
        assert!(names.is_attribute(b"__whatever"));
        assert!(names.is_loop(b"list_for_each_entry"));
    }
}
