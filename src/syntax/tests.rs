//! The tree's promises: lossless, bounded, and the right shape.

use super::*;

#[track_caller]
fn dump(text: &str) -> String {
    let tree = parse(text.as_bytes(), &Names::new());
    check_invariants(text.as_bytes(), &tree);
    tree.dump(text.as_bytes())
}

/// Tokens joined are the text; children are disjoint, in order, inside of their parent; depth is bounded.
#[track_caller]
fn check_invariants(text: &[u8], tree: &Tree) {
    let joined: Vec<u8> = (0..tree.tokens().len())
        .flat_map(|token| tree.tokens().range(token).slice(text).to_vec())
        .collect();
    assert_eq!(joined, text);
    assert_eq!(tree.token_span(NodeId::ROOT), 0..tree.tokens().len());
    let mut stack = vec![(NodeId::ROOT, 1)];
    while let Some((id, depth)) = stack.pop() {
        assert!(depth <= Tree::MAX_DEPTH);
        let span = tree.token_span(id);
        let mut end = span.start;
        for child in tree.children(id) {
            let inner = tree.token_span(child);
            assert!(
                end <= inner.start && inner.start <= inner.end && inner.end <= span.end,
                "{:?}",
                tree.kind(id)
            );
            assert_eq!(tree.parent(child), Some(id));
            end = inner.end;
            stack.push((child, depth + 1));
        }
    }
}

/// The statements of a function body, as the kinds of the nodes of the dump in one line.
#[track_caller]
fn body(statements: &str) -> String {
    let dump = dump(&format!("void f(void)\n{{\n{statements}\n}}\n"));
    let body = dump.split_once("    Block { }\n").map_or("", |(_, body)| body);
    body.lines().map(str::trim).collect::<Vec<_>>().join(" | ")
}

#[test]
fn declarations_and_expressions_are_told_apart() {
    assert_eq!(
        body("foo *bar; a * b; a = b * c; foo_t x; x (y);"),
        "Declaration ; | Specifiers | TypeRef foo | InitDeclarator | PointerDeclarator * | NameDeclarator bar | \
         Declaration ; | Specifiers | TypeRef a | InitDeclarator | PointerDeclarator * | NameDeclarator b | \
         ExprStmt ; | AssignExpr = | NameExpr a | BinaryExpr * | NameExpr b | NameExpr c | \
         Declaration ; | Specifiers | TypeRef foo_t | InitDeclarator | NameDeclarator x | \
         ExprStmt ; | CallExpr | NameExpr x | ArgList ( ) | NameExpr y"
    );
}

#[test]
fn casts_are_told_from_operands() {
    for (text, shape) in [
        (
            "x = (u32)(y);",
            "CastExpr ( ) | TypeName | Specifiers | TypeRef u32 | ParenExpr ( ) | NameExpr y",
        ),
        (
            "x = (a)(y);",
            "CallExpr | ParenExpr ( ) | NameExpr a | ArgList ( ) | NameExpr y",
        ),
        (
            "x = (a) & y;",
            "BinaryExpr & | ParenExpr ( ) | NameExpr a | NameExpr y",
        ),
        (
            "x = (a_t) & y;",
            "CastExpr ( ) | TypeName | Specifiers | TypeRef a_t | PrefixExpr & | NameExpr y",
        ),
        (
            "x = (a *)y;",
            "CastExpr ( ) | TypeName | Specifiers | TypeRef a | PointerDeclarator * | NameExpr y",
        ),
        (
            "x = (a) - 1;",
            "BinaryExpr - | ParenExpr ( ) | NameExpr a | Literal 1",
        ),
        (
            "x = (struct s){ .a = 1 };",
            "CompoundLiteral ( ) | TypeName | Specifiers | StructSpec struct s | InitializerList { } | InitElement = | \
             Designator . a | Literal 1",
        ),
        (
            "x = sizeof(u8) * n;",
            "BinaryExpr * | SizeofExpr sizeof ( ) | TypeName | Specifiers | TypeRef u8 | NameExpr n",
        ),
    ] {
        assert_eq!(
            body(text),
            format!("ExprStmt ; | AssignExpr = | NameExpr x | {shape}"),
            "{text}"
        );
    }
}

#[test]
fn macros_that_begin_a_loop_take_a_statement() {
    assert_eq!(
        body("list_for_each_entry(a, b, c)\n\tf(a);\nwith(x) { g(); }\n"),
        "MacroLoop | CallExpr | NameExpr list_for_each_entry | ArgList ( , , ) | NameExpr a | NameExpr b | NameExpr c | \
         ExprStmt ; | CallExpr | NameExpr f | ArgList ( ) | NameExpr a | \
         MacroLoop | CallExpr | NameExpr with | ArgList ( ) | NameExpr x | Block { } | \
         ExprStmt ; | CallExpr | NameExpr g | ArgList ( )"
    );
}

#[test]
fn what_follows_the_call_of_a_macro_tells_whether_it_begins_a_loop() {
    let shape = |text: &str| {
        body(text)
            .split(" | CallExpr")
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(shape("\tdevice_for_each_child(a, b, f);\n"), "ExprStmt ;");
    assert_eq!(shape("\twith_lock(a)\n\t\tf();\n"), "MacroLoop");
    assert_eq!(shape("\tNO_SEMICOLON(a)\n\tf();\n"), "MacroStmt");
    assert_eq!(shape("\tfor_each_set_bit(a, b, c)\n\tf();\n"), "MacroLoop");
}

#[test]
fn both_branches_of_an_if_are_in_the_tree() {
    let whole = body("#ifdef A\n\tf();\n#else\n\tg();\n#endif\n");
    assert_eq!(
        whole,
        "IfDirective # ifdef A | ExprStmt ; | CallExpr | NameExpr f | ArgList ( ) | ElseDirective # else | ExprStmt ; | \
         CallExpr | NameExpr g | ArgList ( ) | EndifDirective # endif"
    );
    let braces = body("#ifdef A\n\tif (a) {\n#else\n\tif (b) {\n#endif\n\t\tf();\n\t}\n\tg();");
    assert_eq!(
        braces,
        "IfDirective # ifdef A | IfStmt if ( ) | NameExpr a | Block { } | ElseDirective # else | InactiveBranch | \
         IfStmt if ( ) | NameExpr b | Block { | EndifDirective # endif | ExprStmt ; | CallExpr | NameExpr f | ArgList ( ) | \
         ExprStmt ; | CallExpr | NameExpr g | ArgList ( )"
    );
}

#[test]
fn what_does_not_fit_is_opaque_and_the_rest_is_read() {
    assert_eq!(
        body("a = = b; f();"),
        "Opaque a = = b ; | ExprStmt ; | CallExpr | NameExpr f | ArgList ( )"
    );
    assert_eq!(
        body("f(x = = y, z);"),
        "ExprStmt ; | CallExpr | NameExpr f | ArgList ( , ) | Opaque x = = y | NameExpr z"
    );
}

#[test]
fn macro_bodies_are_code() {
    assert_eq!(
        dump("#define F(a, b) \\\n\tdo { a##_x(#b); } while (0)\n"),
        "SourceFile\n  DefineDirective # define F\n    MacroParams ( a , b )\n    MacroBody\n      DoStmt do while ( )\n        \
         Block { }\n          ExprStmt ;\n            CallExpr\n              NameExpr a ## _x\n              ArgList ( )\n                \
         StringExpr # b\n        Literal 0\n"
    );
}

#[test]
fn macro_bodies_are_elements_of_initializers() {
    let define = |body: &str| {
        let text = dump(&format!("#define F(a) {body}\n"));
        text.split_once("MacroBody").unwrap().1.to_owned()
    };
    for body in [
        ".info = f, .get = g",
        "{ .info = f, .get = g(a), }",
        "[a] = { \\\n\t.open = f, \\\n}",
        "{ \"x\", f }, { a, g }",
        "a, .open = f",
        "{ .n = \"%s: \" a, .ops = { .llseek = f, }, }",
    ] {
        let dump = define(body);
        assert!(
            !dump.contains("Opaque") && !dump.contains("Stmt"),
            "{body}: {dump}"
        );
        assert!(
            dump.contains("InitElement") || dump.contains("InitializerList"),
            "{body}: {dump}"
        );
    }
    let list = define("X(a), \\\n\tX(b),");
    assert!(!list.contains("Opaque") && list.contains("CallExpr"), "{list}");
    for body in ["{ f(); }", "{ }", "do { f(); } while (0)", "{ if (a) f(); }"] {
        assert!(!define(body).contains("Init"), "{body}: {}", define(body));
    }
}

#[test]
fn hostile_nesting_is_bounded() {
    const DEPTH: usize = 100_000;
    let repeat = |open: &str, middle: &str, close: &str| {
        format!(
            "int f(void) {{ x = {}{middle}{}; }}\nint g;\n",
            open.repeat(DEPTH),
            close.repeat(DEPTH)
        )
    };
    let texts = [
        repeat("(", "a", ")"),
        repeat("(", "a", ""),
        repeat("", "a", ")"),
        repeat("(u8)", "a", ""),
        repeat("{", "a;", "}"),
        repeat("({", "a;", "})"),
        repeat("[", "a", "]"),
        repeat("f(", "a", ")"),
        repeat("-", "a", ""),
        repeat("*", "a", ""),
        repeat("a + ", "a", ""),
        repeat("a ? b : ", "a", ""),
        repeat("a = ", "a", ""),
        repeat("a.", "a", ""),
        repeat("sizeof ", "a", ""),
        format!("int f(void) {{ {} ; }}", "if (a) b; else ".repeat(DEPTH)),
        format!("int f(void) {{ {} ; }}", "if (a) ".repeat(DEPTH)),
        format!("int f(void) {{ {} ; }}", "for (;;) ".repeat(DEPTH)),
        format!("int f(void) {{ {} ; }}", "do ".repeat(DEPTH)),
        format!("int f(void) {{ {} ; }}", "a: ".repeat(DEPTH)),
        format!("int {}a{};", "(*".repeat(DEPTH), ")(void)".repeat(DEPTH)),
        format!("int {}a;", "*".repeat(DEPTH)),
        format!("int a{};", "[1]".repeat(DEPTH)),
        format!("{}int a;{}", "struct s { ".repeat(DEPTH), " } x;".repeat(DEPTH)),
        format!("int a[] = {}{};", "{".repeat(DEPTH), "}".repeat(DEPTH)),
        format!(
            "{}a\n{}",
            "#if A\n".repeat(DEPTH),
            "#else\nb\n#endif\n".repeat(DEPTH)
        ),
        format!("{}a\n{}", "#if 0\n".repeat(DEPTH), "#endif\n".repeat(DEPTH)),
        "#if A\n{\n#else\n{\n#endif\n".repeat(DEPTH / 10),
        format!("#if 0\n{}\n#endif\n", "{".repeat(DEPTH)),
        format!("#if 0\n{}\n#endif\n", "if (a) {".repeat(DEPTH)),
        format!("extern \"C\" {{ {}", "extern \"C\" { ".repeat(DEPTH)),
        format!("#define A {}a\n", "(".repeat(DEPTH)),
        "f(a; ".repeat(DEPTH),
        "__attribute__((".repeat(DEPTH),
        "_Generic(a, int: ".repeat(DEPTH),
        "typeof(".repeat(DEPTH),
        "enum { a = ".repeat(DEPTH),
    ];
    // A thread of the size that rayon and the test harness give theirs.
    let worker = std::thread::Builder::new().stack_size(2 << 20).spawn(move || {
        for text in texts {
            let tree = parse(text.as_bytes(), &Names::new());
            check_invariants(text.as_bytes(), &tree);
        }
    });
    assert!(worker.is_ok_and(|worker| worker.join().is_ok()));
}

proptest::proptest! {
    #[test]
    fn any_text_has_a_sound_tree(text in proptest::collection::vec(proptest::sample::select(PIECES), 0..120)) {
        let text = text.concat();
        let tree = parse(text.as_bytes(), &Names::new());
        check_invariants(text.as_bytes(), &tree);
    }
}

/// What kernel files are made of, and what they are not.
const PIECES: &[&str] = &[
    "a",
    " b ",
    "u32",
    "\n",
    " ",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ";",
    ",",
    ":",
    "?",
    "=",
    "*",
    "&",
    "&&",
    "+",
    "->",
    ".",
    "...",
    "if",
    "else",
    "for",
    "while",
    "do",
    "switch",
    "case",
    "return",
    "goto",
    "struct",
    "enum",
    "int",
    "static ",
    "typedef",
    "sizeof",
    "\"s\"",
    "'c'",
    "1",
    "#",
    "##",
    "\n#if A\n",
    "\n#if 0\n",
    "\n#else\n",
    "\n#endif\n",
    "\n#define M(x) ",
    "\\\n",
    "/* c */",
    "// c\n",
    "asm",
    "__attribute__",
    "typeof",
    "list_for_each",
    "EXPORT(x)",
    "\"",
    "'",
    "\0",
    "\r\n",
    "\u{c}",
    "é",
    "@",
    "_Generic",
    "__label__",
    "default",
    "extern",
    "\n#include <x>\n",
];
