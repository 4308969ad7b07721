use super::*;
use crate::syntax::{Names, SyntaxKind, parse};

#[track_caller]
fn compared(text: &str) -> Comparison {
    let names = Names::new();
    let tree = parse(text.as_bytes(), &names);
    let function = tree
        .descendants(NodeId::ROOT)
        .find(|&id| tree.kind(id) == SyntaxKind::Function)
        .expect("a function");
    compare(text.as_bytes(), &tree, function, &|name| names.is_type(name))
}

#[track_caller]
fn same(statements: &str) {
    let text = format!("int g;\nstatic int f(struct s *p)\n{{\n{statements}\n}}\n");
    match compared(&text) {
        Comparison::Same { .. } => {}
        Comparison::Different(found) => {
            let shown: Vec<_> = found
                .iter()
                .map(|found| {
                    format!(
                        "{:?} {:?} `{}`",
                        found.side,
                        found.shape,
                        String::from_utf8_lossy(found.range.slice(text.as_bytes()))
                    )
                })
                .collect();
            panic!("{shown:#?}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn expressions() {
    same("\tx = a + b * c - (d - e) / -f ?: g->h.i[j](k, l)++;");
    same("\treturn (u32)a + (struct s *)b + sizeof(*p) + sizeof(int) * !c;");
    same("\ta = b = c ? d : e ? f : g, h <<= i | j ^ k & l;\n\t*p++ = -~!*q--;");
    same("\tx = (struct s){ .a = 1, .b[2] = { 3 } }.a + (u8)-1 + (*f)(&&out - &out);\nout:;");
    same("\tx = ({ int y = 1; y + 1; }) + min_t(u32, a, b) + __alignof__(*p) + PRE \"a\" POST;");
    same("\tx = a?:b;\n\ty = a ? : b;");
}

#[test]
fn statements() {
    same(
        "\tif (a)\n\t\tb();\n\telse if (c) {\n\t\td();\n\t} else\n\t\tfor (;;)\n\t\t\tbreak;\n\tdo e(); while (f);",
    );
    same(
        "\tswitch (a) {\n\tcase 1 ... 2:\n\tcase B:\n\t\tgoto out;\n\tdefault:\n\t\tcontinue;\n\t}\nout:\n\treturn;",
    );
    same("\tif (a)\n\t\tfor_each_x(b) {\n\t\t\tc();\n\t\t}\n\telse\n\t\tfor_each_x(b)\n\t\t\td();\n");
    same("\tASSERT_EQ(0, a->b) TH_LOG(\"x %d\", c->d);\n\te();");
    same("\t__auto_type read = a->b;\n\tconst __auto_type s = c;\n\tif (read)\n\t\tread(s);");
    same("\tfor (int i = 0, j; i < 3; i++)\n\t\twhile (j--)\n\t\t\t;");
    same("\tlist_for_each_entry(a, b, c) {\n\t\td(a);\n\t}\n\tNO_SEMICOLON(x)\n\ty();");
}

#[test]
fn declarations() {
    same("\tstatic const struct s __user *a = (void __iomem *)b, c[2] = { 1 }, (*d)(int) __maybe_unused;");
    same("\tenum { A = 1 << 2, B } e;\n\tstruct { int w:3 + 1; u8 x[sizeof(u32)]; } __packed g;");
    same("\tstatic DEFINE_MUTEX(lock);\n\tDECLARE_BITMAP(x, 3) = { 0 };\n\ttypeof(*p) v = *p;\n\tint y;");
}

#[test]
fn the_part_that_is_not_seen_counts_for_neither() {
    same(
        "#ifdef A\n\tif (a) {\n#else\n\tif (b + c) {\n#endif\n\t\td();\n\t}\n#define M(x) x + x\n\tasm(\"a\" : : \"r\" (b->c));",
    );
    same("\twait_event(a, if (b) return c->d; e[1]);\n\tf(struct s, a->b);\n\tg(==, a->b);");
}

#[test]
fn what_one_reader_sees_alone_is_a_difference() {
    let item = |start, shape| Item {
        start,
        end: start + 1,
        shape,
    };
    let ours = [item(1, Shape::Call), item(3, Shape::Cast), item(5, Shape::If)];
    let theirs = [
        item(1, Shape::Call),
        item(3, Shape::Call),
        item(5, Shape::If),
        item(7, Shape::Goto),
    ];
    let Comparison::Different(found) = difference(10, &ours, &theirs) else {
        panic!("they differ");
    };
    let found: Vec<_> = found
        .iter()
        .map(|found| (found.side, found.shape, found.range.start))
        .collect();
    assert_eq!(
        found,
        [
            (Side::Theirs, Shape::Call, 13),
            (Side::Ours, Shape::Cast, 13),
            (Side::Theirs, Shape::Goto, 17)
        ]
    );
    assert_eq!(difference(0, &ours, &ours), Comparison::Same { items: 3 });
}

#[test]
fn what_lang_c_can_not_read_is_said() {
    let text = "int f(void)\n{\n\tx = 1 +;\n}\n";
    assert!(matches!(compared(text), Comparison::Unread { at, .. } if text[at as usize..].starts_with(';')));
    assert!(matches!(
        compared("int f(void)\n{\n\tg((1];\n}\n"),
        Comparison::NoOpinion(_)
    ));
}
