//! Types as far as a declaration spells them.

use bstr::{BString, ByteSlice};

use crate::syntax::{NodeId, SyntaxKind, Tree};

/// The type of a declared thing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Type {
    /// The words of the base type in their order, without storage classes, qualifiers and attributes: `unsigned long`,
    /// `struct page`, `u32`.
    pub name: BString,
    /// How many `*` stand around the name.
    pub pointers: u32,
    /// How many `[]` stand behind the name.
    pub arrays: u32,
    /// Whether it is a function or a pointer to one; [`name`](Type::name) is then what it returns.
    pub is_function: bool,
    /// Whether something in it is `const` or `volatile`.
    pub is_qualified: bool,
}

/// How wide an integer is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Width {
    /// At most 16 bits, `bool` included.
    Short,
    /// 32 bits.
    Int,
    /// As wide as a pointer.
    Long,
    /// 64 bits on every machine.
    Quad,
}

/// An integer type.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Integer {
    /// Whether it has negative values.
    pub signed: bool,
    /// Its size.
    pub width: Width,
}

impl Type {
    /// The integer type that it is, if it is one that is known.
    pub fn integer(&self) -> Option<Integer> {
        (self.pointers == 0 && self.arrays == 0 && !self.is_function)
            .then(|| integer(&self.name))
            .flatten()
    }

    /// The integer type that its base is, whatever points to it.
    pub fn integer_name(&self) -> Option<Integer> {
        integer(&self.name)
    }

    /// The tag of the struct or union that it is or points to, behind any number of `*` and `[]`.
    pub fn tag(&self) -> Option<&[u8]> {
        if self.is_function {
            return None;
        }
        self.name
            .strip_prefix(b"struct ")
            .or_else(|| self.name.strip_prefix(b"union "))
    }

    /// Whether it is an array of pointers to this struct, or a pointer to one, so that an element is such a pointer.
    pub fn is_list_of_pointers_to(&self, tag: &str) -> bool {
        !self.is_function
            && self.pointers + self.arrays == 2
            && self.pointers >= 1
            && self.tag() == Some(tag.as_bytes())
    }
}

/// The integer type of a name, in any order of its words.
pub fn integer(name: &[u8]) -> Option<Integer> {
    use Width::*;
    let make = |signed, width| Some(Integer { signed, width });
    match name {
        b"u8" | b"__u8" | b"uint8_t" | b"u_char" | b"unchar" | b"u16" | b"__u16" | b"uint16_t"
        | b"ushort" | b"u_short" | b"bool" | b"_Bool" | b"umode_t" => return make(false, Short),
        b"s8" | b"__s8" | b"int8_t" | b"s16" | b"__s16" | b"int16_t" => return make(true, Short),
        b"u32" | b"__u32" | b"uint32_t" | b"uint" | b"u_int" | b"gfp_t" | b"fmode_t" | b"dev_t" => {
            return make(false, Int);
        }
        b"s32" | b"__s32" | b"int32_t" | b"pid_t" => return make(true, Int),
        b"size_t" | b"__kernel_size_t" | b"uintptr_t" | b"ulong" | b"u_long" | b"pgoff_t" | b"dma_addr_t"
        | b"phys_addr_t" | b"resource_size_t" | b"vm_flags_t" => return make(false, Long),
        b"ssize_t" | b"ptrdiff_t" | b"off_t" | b"intptr_t" => return make(true, Long),
        b"u64" | b"__u64" | b"uint64_t" | b"sector_t" | b"blkcnt_t" => return make(false, Quad),
        b"s64" | b"__s64" | b"int64_t" | b"loff_t" | b"ktime_t" => return make(true, Quad),
        _ => {}
    }
    let (mut unsigned, mut short, mut long, mut base) = (false, false, 0, false);
    for word in name.split_str(" ") {
        match word {
            b"unsigned" => unsigned = true,
            b"signed" | b"__signed__" | b"int" => base = true,
            b"short" => short = true,
            b"char" => short = true,
            b"long" => long += 1,
            _ => return None,
        }
    }
    let width = match (short, long) {
        (true, _) => Short,
        (false, 0) => Int,
        (false, 1) => Long,
        _ => Quad,
    };
    (unsigned || base || short || long > 0)
        .then_some(())
        .and_then(|()| make(!unsigned, width))
}

/// The type that a declaration gives to one of its declarators.
///
/// `specifiers` are those of the declaration, `item` the `InitDeclarator`, `Param`, `TypeName` or `Function` whose
/// declarator is meant.
pub fn declared(tree: &Tree, text: &[u8], specifiers: Option<NodeId>, item: NodeId) -> Type {
    let mut declared = specifiers.map_or_else(Type::default, |specifiers| base(tree, text, specifiers));
    let mut at = item;
    while let Some(next) = tree.children(at).find(|&child| is_declarator(tree.kind(child))) {
        at = next;
        match tree.kind(at) {
            SyntaxKind::PointerDeclarator => {
                declared.pointers += 1;
                declared.is_qualified |= tree.own_token(at, SyntaxKind::KwQualifier).is_some();
            }
            SyntaxKind::ArrayDeclarator => declared.arrays += 1,
            SyntaxKind::FunctionDeclarator => declared.is_function = true,
            _ => {}
        }
    }
    declared
}

/// The specifiers of a declaration, a field, a parameter or a function.
pub fn specifiers(tree: &Tree, declaration: NodeId) -> Option<NodeId> {
    tree.child(declaration, SyntaxKind::Specifiers)
}

/// Whether a node is a declarator.
pub fn is_declarator(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::PointerDeclarator
            | SyntaxKind::ParenDeclarator
            | SyntaxKind::ArrayDeclarator
            | SyntaxKind::FunctionDeclarator
            | SyntaxKind::NameDeclarator
    )
}

/// The name that a declarator declares, as a node.
pub fn declared_name(tree: &Tree, item: NodeId) -> Option<NodeId> {
    let mut at = item;
    loop {
        at = tree.children(at).find(|&child| is_declarator(tree.kind(child)))?;
        if tree.kind(at) == SyntaxKind::NameDeclarator {
            return Some(at);
        }
    }
}

fn base(tree: &Tree, text: &[u8], specifiers: NodeId) -> Type {
    let mut declared = Type::default();
    let mut push = |word: &[u8]| {
        if !declared.name.is_empty() {
            declared.name.push(b' ');
        }
        declared.name.extend_from_slice(word);
    };
    let mut qualified = false;
    for element in tree.elements(specifiers) {
        match element {
            crate::syntax::Element::Token(token) => match tree.tokens().kind(token) {
                SyntaxKind::KwBuiltinType | SyntaxKind::KwAutoType => {
                    push(tree.tokens().range(token).slice(text))
                }
                SyntaxKind::KwQualifier => qualified = true,
                _ => {}
            },
            crate::syntax::Element::Node(node) => match tree.kind(node) {
                SyntaxKind::TypeRef | SyntaxKind::TypeofSpec => push(tree.text(node, text).trim_ascii()),
                SyntaxKind::StructSpec | SyntaxKind::UnionSpec | SyntaxKind::EnumSpec => {
                    push(match tree.kind(node) {
                        SyntaxKind::StructSpec => b"struct",
                        SyntaxKind::UnionSpec => b"union",
                        _ => b"enum",
                    });
                    if let Some(tag) = tree.own_token(node, SyntaxKind::Ident) {
                        push(tree.tokens().range(tag).slice(text));
                    }
                }
                _ => {}
            },
        }
    }
    declared.is_qualified = qualified;
    declared
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_by_name() {
        use Width::*;
        let is = |name: &str| integer(name.as_bytes()).map(|found| (found.signed, found.width));
        assert_eq!(is("unsigned int"), Some((false, Int)));
        assert_eq!(is("long unsigned int"), Some((false, Long)));
        assert_eq!(is("unsigned"), Some((false, Int)));
        assert_eq!(is("long long"), Some((true, Quad)));
        assert_eq!(is("size_t"), Some((false, Long)));
        assert_eq!(is("char"), Some((true, Short)));
        assert_eq!(is("struct page"), None);
        assert_eq!(is("foo_t"), None);
        assert_eq!(is(""), None);
    }
}
