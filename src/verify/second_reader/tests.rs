use super::*;

fn no_types(_: &[u8]) -> bool {
    false
}

#[track_caller]
fn reads(function: &str) {
    let opinion = check_function(function.as_bytes(), &no_types);
    if opinion != Opinion::Parses {
        let masked = mask::mask(function.as_bytes(), &no_types, Way::default());
        let text = masked.map(|masked| String::from_utf8_lossy(&masked.text).into_owned());
        panic!("{opinion:?}\n{}", text.unwrap_or_default());
    }
}

#[track_caller]
fn body(statements: &str) {
    reads(&format!("static int f(struct s *p)\n{{\n{statements}\n}}\n"));
}

/// Where reading stops, as the rest of the text.
#[track_caller]
fn fails(statements: &str, rest: &str) {
    let function = format!("static int f(struct s *p)\n{{\n{statements}\n}}\n");
    match check_function(function.as_bytes(), &no_types) {
        Opinion::Fails { at, .. } => assert!(
            function[at as usize..].starts_with(rest),
            "{}",
            &function[at as usize..]
        ),
        opinion => panic!("{opinion:?}"),
    }
}

#[test]
fn headers() {
    for header in [
        "int f(void)",
        "static inline __must_check struct s *f(int a, u8 __user *b) __must_hold(&a->lock) __releases(x)",
        "void __init __printf(2, 3) f(const char *fmt, ...)",
        "static __printf(2, 3) int f(struct s *s, const char *fmt, ...)",
        "noinline foo_t f(foo_t, bar_t x[static 3], void (*fn)(struct s *))",
        "SYSCALL_DEFINE3(read, unsigned int, fd, char __user *, buf, size_t, count)",
        "static int FNAME(walk)(struct walker *walker, gfn_t gfn)",
        "int f(a, b)\n\tint a;\n\tchar *b;",
        "main(argc, argv)",
        "struct s __attribute__((const)) *__must_check f(struct s (*x)[3])",
        "typeof(int) f(typeof(x) y)",
        "int (*f(int a))(int b)",
        "#ifdef A\nint f(int a)\n#else\nint f(void)\n#endif",
    ] {
        reads(&format!("{header}\n{{\n\treturn 0;\n}}\n"));
    }
}

#[test]
fn macros_that_are_statements() {
    body("\tlist_for_each_entry(a, &p->list, node) {\n\t\tg(a);\n\t}");
    body("\tlist_for_each_entry(a, &p->list, node)\n\t\tg(a);\n\treturn 1;");
    body("\tfor_each_set_bit(i, &x, 32)\n\t\tif (i)\n\t\t\tbreak;");
    body("\tscoped_guard(mutex, &p->lock) {\n\t\tg();\n\t}");
    body("\tforever() {\n\t\tg();\n\t}");
    body("\tdo_each_thread(g, t) {\n\t\tx(t);\n\t} while_each_thread(g, t);");
    body("\tdo {\n\t\tx();\n\t} while_each_pid_task(pid, type, t);");
    body("\tIF_ADDR(a, b)\n\t\tx = 1;\n\telse\n\t\tIF_ADDR(c, d)\n\t\t\tx = 2;");
    body("\tNO_SEMICOLON(a)\n\treturn 1;");
    body("\tNO_SEMICOLON(a)\n\t*p = 1;\n\tLAST(b)");
    body("\tBEGIN_BLOCK\n\tx = 1;\n\tEND_BLOCK\n");
    body("\tATOMIC_BLOCK {\n\t\tx();\n\t}");
    body("\tif (a)\n\t\tNO_SEMICOLON(b)\n\telse\n\t\tc();");
    body("\tif time_after(a, b)\n\t\treturn 1;");
    body("\tguard(mutex)(&p->lock);\n\tCLASS(fd, f)(3);");
}

#[test]
fn macros_that_declare() {
    body("\tstatic DEFINE_MUTEX(lock);\n\tstatic DEFINE_RATELIMIT_STATE(rs, 5 * HZ, 10);\n\tint x;");
    body("\tDECLARE_BITMAP(mask, 64) = { 0 };\n\tLIST_HEAD(list) __aligned(8);\n\tint x;");
    body("\ttypeof_member(struct s, m) x = p->m;\n\tx++;");
    body("\tstruct {\n\t\tDECLARE_FLEX_ARRAY(u8, data);\n\t\tPARAM(x);\n\t\tint y;\n\t} __packed *m = p->m;");
    body("\tstruct NAME(a, 4_b) *x = p;");
    body("\tstruct device_node *np __free(device_node) = g();\n\tvoid *q __free(kfree) = NULL;");
}

#[test]
fn attributes_and_types() {
    body("\tu8 __user *a;\n\tvoid __iomem *b, __rcu **c;\n\tstruct __tag d __aligned(4) = { 0 };");
    body(
        "\tfoo_t a __maybe_unused, *b;\n\t__maybe_unused unsigned int c;\n\tbar *d;\n\tconst __port ports = g();",
    );
    body("\tx = (__force u32)a + (u32 __force)b + (foo)c + (foo)(bar_t)d + (struct s __user *)e;");
    body("\tx = (foo *)a + (void (*)(int))b + (const s16 (*)[2])c + (u32 (*)(struct s *, u32))d;");
    body("\tx = sizeof(struct s) + sizeof(foo *) + __alignof__(*p) + __alignof__(u64);");
    body("\tstatic const u16 (*(table[]))[2] = { a, b };\n\tu32 (*filters[])[4][7] = { &a };");
    body("\tregister unsigned long sp asm(\"r1\");\n\t__auto_type a = 1;\n\tunsigned __int128 b;");
    body("\ttypeof(p->x) a = 1;\n\ttypeof(a) b;\n\tconst typeof_unqual(*p) c;");
}

#[test]
fn arguments() {
    body("\tx = container_of(p, struct foo, m) + offsetof(struct foo, m) + va_arg(ap, int);");
    body("\tx = min_t(u32, a, b) + min_t(unsigned long, a, b) + f(foo *, const void *, u8);");
    body("\ttest(==, a, b);\n\ttest(a, , b);\n\ttest(,a);\n\ttest(a, );\n\ttest(>= , x ->);");
    body("\twait(wq, if (x) return 1; y);\n\twait(wq, { a; b; });\n\twait(({ a; b; }));");
    body("\tx = __builtin_types_compatible_p(int, typeof(y)) + f(__builtin_offsetof(struct s, m));");
    body("\tx = ARRAY(int, (struct s){}, (struct s){ 1 }, (int []){ 1, 2 });");
    body("\tETHTOOL(1000baseT_Half, 802_3, 0x1p-3);");
}

#[test]
fn expressions() {
    body("\tx = a ?: b;\n\ty = a?:b;\n\tz = a ? : b ?: c;");
    body("\tprintk(KERN_ERR \"a\" FMT \"\\e\" PRIx64 \"b\" F(x) \"c\", F(y) \"d\" G);");
    body("\tx = 2 SECONDS;\n\tc = '\\'' + L'a' + 'ab';\n\ts = L\"\u{e4}\";");
    body("\tx = __func__ + sizeof __FUNCTION__;\n\ty = _Generic(x, int: 1, default: 2);");
    body("\tstruct s a[] = { { }, { .x = 1, .y[2].z = 3 }, [4] = { 1, }, [5 ... 6] = {}, b: 1 };");
}

#[test]
fn labels_and_jumps() {
    body("\tgoto *table[i];\n\tx = &&out;\nout:\n}\nint g(void) {");
    body("out:\n");
    body("\t__label__ a, b;\na: __maybe_unused\n\tx = 1;");
    body("\tswitch (x) {\n\tcase A ? 1 : 2:\n\tcase 1 ... 5:\n\t\tint y;\n\t\t__x[y] = 1;\n\tdefault:\n\t}");
    body(
        "\tasm volatile(\"x\" : \"=r\" (a) : : \"memory\");\n\tasm goto(\"y\" : : : : out);\n\tif (a)\n\t\tasm(\"z\");\n\telse\n\t\tx();\nout:;",
    );
}

#[test]
fn directives() {
    body("#ifdef A\n\tif (a) {\n#else\n\tif (b) {\n#endif\n\t\tx();\n\t}");
    body("#if 0\n\tdon't read ( this\n#elif B\n\tx();\n#endif\n#define M(a) a }\\\n\tb {\n\tM(1);");
    body("#ifdef A\n\t}\n#else\n\tx();\n#endif");
}

#[test]
fn errors_are_still_errors() {
    fails("\tx = a b;", "b;");
    fails("\tx = ;", ";");
    fails("\tg(a, b(c, d) e);", "e);");
    fails("\tif (x) else y;", " y;");
    fails("\tx = 1\n\ty = 2;", "y = 2");
    fails("\treturn a +;", ";");
    fails("\tfor (i = 0; i < 3, i++)\n\t\tg();", ")\n");
    fails("\tint x = ;", ";");
    fails("\tx = a ? b;", ";");
}

#[test]
fn what_is_too_much_is_refused() {
    let check = |statement: String| {
        check_function(format!("int f(void)\n{{\n{statement};\n}}").as_bytes(), &no_types)
    };
    let too_much = |why| Opinion::NoOpinion(Why::TooMuch(why));
    let unmaskable = |why| Opinion::NoOpinion(Why::Unmaskable(Unmaskable::TooMuch(why)));
    let repeated = |text: &str, times| text.repeat(times);
    assert_eq!(
        check("(".repeat(5000) + "1" + &")".repeat(5000)),
        unmaskable(TooMuch::Nested)
    );
    assert_eq!(
        check(repeated("if (x) y; else ", 40_000)),
        too_much(TooMuch::Chained)
    );
    assert_eq!(
        check("x = ".to_owned() + &repeated("!", 40_000) + "y"),
        too_much(TooMuch::Chained)
    );
    assert_eq!(check(repeated("x = 1; ", 400_000)), unmaskable(TooMuch::Long));
    let deep = "(".repeat(150) + &repeated("x + y, ", 120_000) + "1" + &")".repeat(150);
    assert_eq!(check(deep), too_much(TooMuch::Work));
}

#[test]
fn what_is_nearly_too_much_is_read() {
    let check = |statement: String| {
        check_function(format!("int f(void)\n{{\n{statement};\n}}").as_bytes(), &no_types)
    };
    for statement in [
        "x = ".to_owned() + &"(".repeat(190) + "1" + &")".repeat(190),
        "x = ".to_owned() + &"f(1, ".repeat(190) + "1" + &")".repeat(190),
        "x = ".to_owned() + &"({ (a && f(".repeat(45) + "1" + &")); })".repeat(45),
        "if (x) y; else ".repeat(1_000),
        "x = ".to_owned() + &"!".repeat(7_900) + "y",
        "x = a".to_owned() + &"->c".repeat(2_600),
        "x = ".to_owned() + &"(u32)".repeat(4_000) + "y",
        "x = ".to_owned() + &"a ? b : ".repeat(1_900) + "c",
    ] {
        let start = statement[..20].to_owned();
        assert_eq!(check(statement), Opinion::Parses, "{start}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn the_mask_keeps_the_length_and_never_panics(
        pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..80),
        body in proptest::bool::ANY,
        last_branches in proptest::bool::ANY,
    ) {
        let text = pieces.concat();
        let text = if body { format!("int f(void)\n{{\n{text}\n}}") } else { text };
        for plain_header in [false, true] {
            let way = Way { plain_header, last_branches, focus: &[20] };
            if let Ok(masked) = mask::mask(text.as_bytes(), &no_types, way) {
                proptest::prop_assert_eq!(masked.text.len(), text.len());
                proptest::prop_assert!(masked.text.is_ascii());
            }
        }
        check_function(text.as_bytes(), &no_types);
    }
}

const PIECES: &[&str] = &[
    "x",
    " ",
    "\n",
    "\t",
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
    "*",
    "&",
    "&&",
    "=",
    "+",
    "->",
    ".",
    "...",
    "1",
    "802_3",
    "\"s\"",
    "'c'",
    "FOO",
    "__user",
    "u32 ",
    "struct ",
    "int ",
    "typeof",
    "sizeof",
    "if ",
    "else ",
    "for ",
    "while ",
    "do ",
    "switch ",
    "case ",
    "default",
    "return ",
    "goto ",
    "asm",
    "enum ",
    "static ",
    "const ",
    "__attribute__((x))",
    "list_for_each(a, b) ",
    "\n#if X\n",
    "\n#else\n",
    "\n#endif\n",
    "\n#define A {\n",
    "/* c */",
    "f(x)",
    "(struct s){}",
    "({",
    "})",
    " = {",
    "?:",
    "int x",
    "FOO(x)\n",
    "typedef ",
    "union {",
    "#",
    "\\\n",
    "_Generic",
    "__label__ ",
    "\u{e4}",
    "extern ",
    "__printf(1, 2) ",
];
