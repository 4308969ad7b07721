//! Each test gives a file, with the places that must be renamed written as `§old`.

use super::super::{Language, SourceFile};
use super::*;

fn parameters() -> Parameters {
    Parameters {
        from: "old".into(),
        to: "brand_new".into(),
        comments: true,
        strings: true,
        documentation: true,
        realign: true,
        wrap: true,
        staged: false,
        under: Vec::new(),
    }
}

fn file(path: &str, text: &str) -> SourceFile {
    let language = match path.rsplit_once('.').map(|(_, end)| end) {
        Some("c") => Language::C,
        Some("h") => Language::Header,
        Some("S") => Language::Assembler,
        Some("rst") => Language::Documentation,
        _ => Language::Other,
    };
    SourceFile {
        path: path.into(),
        text: text.as_bytes().into(),
        language,
    }
}

#[track_caller]
fn check_files(marked: &[(&str, &str)]) -> Plan {
    let files: Vec<_> = marked
        .iter()
        .map(|(path, text)| file(path, &text.replace('§', "")))
        .collect();
    let plan = run(&parameters(), &files).unwrap_or_else(|errors| panic!("{errors:?}"));
    for (path, text) in marked {
        let wanted = text.replace("§old", "brand_new");
        let got = plan
            .total()
            .into_iter()
            .find(|change| change.path == *path)
            .map_or(wanted.replace("brand_new", "old"), |change| {
                String::from_utf8_lossy(&change.after).into_owned()
            });
        assert_eq!(got, wanted, "{path}: {:#?}", plan.sites);
    }
    plan
}

#[track_caller]
fn check(text: &str) -> Plan {
    check_files(&[("a.c", text)])
}

#[track_caller]
fn kinds(text: &str) -> Vec<SiteKind> {
    check(text).sites.iter().map(|site| site.kind).collect()
}

#[test]
fn kinds_of_sites() {
    use SiteKind::*;
    assert_eq!(
        kinds(
            "int §old(int a);\nint §old(int a) { return 0; }\nEXPORT_SYMBOL_GPL(§old);\nint (*p)(int) = §old;\n\
             #define F(a) §old(a)\n/* §old() */ int f(void) { return §old(1) + g(&§old); }\nchar *s = \"§old failed\";\n"
        ),
        [
            Declaration,
            Definition,
            Export,
            Reference,
            MacroBody,
            Comment,
            Call,
            Reference,
            String
        ]
    );
}

#[test]
fn other_name_spaces_are_left_alone() {
    let plan = check(
        "struct s { int (*old)(int); };\nstruct old;\nint f(struct s *p) { p->old(1); goto old; old: return §old(2); }\n\
         struct s t = { .old = §old };\n",
    );
    let codes: Vec<_> = plan
        .sites
        .iter()
        .filter_map(|site| site.reason.as_ref())
        .map(|reason| reason.code)
        .collect();
    assert_eq!(codes, ["member", "tag", "member", "label", "label", "member"]);
}

#[test]
fn locals_and_parameters_shadow_the_function() {
    check("int f(int old) { return old(1); }\nint g(void) { return §old(1); }\n");
    check("int f(void) { §old(1); { int old = 2; use(old); } return §old(1); }\n");
    check("int f(void) { for (int old = 0; old < 2; old++) g(old); return §old(1); }\n");
    check("int f(old) int old; { return old; }\nint g(void) { return §old(1); }\n");
    check("#define M(old) ((old) + 1)\n#define N(x) §old(x)\n");
    check("void f(void (*old)(void)) { old(); }\nint g(void) { return §old(1); }\n");
    check("int f(void) { extern int §old(int); return §old(1); }\n");
}

#[test]
fn assembler_in_a_macro_is_not_taken_for_a_variable() {
    use Verdict::*;
    let verdicts = |text: &str| -> Vec<Verdict> {
        let plan = check(text);
        plan.sites.iter().map(|site| site.verdict).collect()
    };
    assert_eq!(verdicts("#define CALL jal old\n"), [Unparsed]);
    assert_eq!(verdicts("#define DECLARE u32_t old\n"), [LeftAlone]);
    assert_eq!(verdicts("#define DECLARE struct s old\n"), [LeftAlone]);
}

#[test]
fn a_use_without_a_definition_is_said() {
    let codes = |text: &str| -> Vec<&str> {
        let plan = check(text);
        plan.diagnostics
            .iter()
            .map(|diagnostic| diagnostic.code)
            .collect()
    };
    assert_eq!(codes("int f(void) { return §old(1); }\n"), ["no-definition"]);
    assert!(codes("int §old(int a) { return a; }\nint f(void) { return §old(1); }\n").is_empty());
    assert!(codes("#define §old(a) (a)\nint f(void) { return §old(1); }\n").is_empty());
}

#[test]
fn what_a_parameter_of_a_macro_makes_of_the_name_is_not_known() {
    let plan = check("#define EACH(FN) \\\n\tFN(other), \\\n\tFN(old),\n#define N(x) §old(x)\n");
    assert_eq!(
        plan.sites[0].reason.as_ref().map(|reason| reason.code),
        Some("pasted")
    );
    check("#define INIT(xname) .name = xname, .info = §old, .get = g(§old)\n");
}

#[test]
fn longer_names_are_other_names() {
    check("int f(void) { return olds(1) + dev_old(2) + old_(3) + §old(4); /* olds, my_old, §old's */ }\n");
}

#[test]
fn a_static_function_of_one_file_is_another_function() {
    check_files(&[
        ("include/a.h", "int §old(void);\n"),
        ("mm/a.c", "int §old(void) { return 0; }\n"),
        (
            "drivers/b.c",
            "static int old(void) { return 1; }\nint f(void) { return old(); } /* old */\n",
        ),
        ("drivers/c.c", "int f(void) { return §old(); }\n"),
    ]);
    check("static int §old(void) { return 1; }\nint f(void) { return §old(); }\n");
    // A static function in a header is a stub of the function itself.
    check_files(&[
        (
            "include/a.h",
            "#ifdef A\nint §old(void);\n#else\nstatic inline int §old(void) { return 0; }\n#endif\n",
        ),
        ("mm/a.c", "int §old(void) { return 0; }\n"),
    ]);
}

#[test]
fn other_programs_have_their_own_function() {
    let plan = check_files(&[
        ("include/a.h", "int §old(void);\n"),
        ("tools/lib/a.c", "int old(void) { return 0; }\n"),
    ]);
    assert_eq!(
        plan.sites[1].reason.as_ref().map(|reason| reason.code),
        Some("other-program")
    );
    check_files(&[("tools/lib/a.c", "int §old(void) { return 0; }\n")]);
}

#[test]
fn comments_speak_of_what_the_code_means() {
    check("/* old */\nint f(int old) { return old; /* old */ }\n");
    check("/* old(s), §old() */\nint f(void) { return 0; }\n");
    check("/* §old */\nint f(void) { return 0; }\n");
}

#[test]
fn code_in_macro_arguments_is_code() {
    check("TRACE_EVENT(x, TP_fast_assign(e->a = §old(1); f(e->old)), TP_printk(\"%d\", §old(2)));\n");
    check("static DEFINE_CALL(x, §old);\n");
    check(
        "#ifdef A\nint f(void) {\n#else\nint g(void) {\n#endif\n\treturn §old();\n}\n#if 0\nint h(void) { §old(); }\n#endif\n",
    );
}

#[test]
fn file_names_stay() {
    check("#include \"old.h\"\n#include <linux/old.h>\nint f(void) { return §old(); }\n");
}

#[test]
fn files_that_are_not_c() {
    check_files(&[
        ("a.h", "int §old(void);\n"),
        ("a.S", "\tcall §old\n"),
        (
            "Documentation/a.rst",
            "Call §old(). Not folds or old-er_old.\n"
                .replace("old-er_old", "older")
                .as_str(),
        ),
        ("a.rs", "bindings::§old(); old();\n"),
        ("Kconfig", "old\n"),
    ]);
}

#[test]
fn what_can_not_be_parsed_is_said() {
    let plan = check("int f(void) { a b c d old e f; x = = old; }\nint g(void) { return §old(); }\n");
    assert!(plan.incomplete);
    assert_eq!(plan.sites[0].verdict, Verdict::Unparsed);
    assert_eq!(plan.sites[1].verdict, Verdict::Unparsed);
}

#[test]
fn a_name_in_use_is_refused() {
    let files = [file("a.c", "int old(void);\n"), file("b.c", "int brand_new;\n")];
    let errors = run(&parameters(), &files).expect_err("the new name is in use");
    assert_eq!(errors[0].code, "name-in-use");
    assert_eq!(errors[0].path, Some("b.c".into()));
    // Nothing to rename is no error: the second run finds the new name.
    assert!(run(&parameters(), &files[1..]).is_ok());
}

#[test]
fn switches() {
    let text = "/* old */ int f(void) { return old(\"old\"); }\n";
    let off = Parameters {
        comments: false,
        strings: false,
        ..parameters()
    };
    let plan = run(&off, &[file("a.c", text)]).unwrap_or_default();
    assert_eq!(
        String::from_utf8_lossy(&plan.total()[0].after),
        "/* old */ int f(void) { return brand_new(\"old\"); }\n"
    );
}

#[test]
fn staged() {
    let header = "int old(struct a *x,\n\tunsigned long y);\n\nint other(void);\n";
    let files = [
        file("include/a.h", header),
        file(
            "mm/a.c",
            "int old(struct a *x, unsigned long y) { return 0; }\nEXPORT_SYMBOL(old);\n",
        ),
        file("drivers/b.c", "int f(void) { return old(0, 1); }\n"),
    ];
    let plan = run(
        &Parameters {
            staged: true,
            ..parameters()
        },
        &files,
    )
    .unwrap_or_default();
    let phases: Vec<_> = plan.atoms.iter().map(|atom| atom.phase).collect();
    assert_eq!(phases, [Phase::Introduce, Phase::Convert, Phase::Retire]);
    assert_eq!(
        String::from_utf8_lossy(&plan.atoms[0].files[0].after),
        "int brand_new(struct a *x,\n\t      unsigned long y);\n\n\
         static inline int old(struct a *x, unsigned long y)\n{\n\treturn brand_new(x, y);\n}\n\nint other(void);\n"
    );
    assert_eq!(
        String::from_utf8_lossy(&plan.atoms[2].files[0].after),
        header.replace("old", "brand_new").replace("\n\t", "\n\t      ")
    );
}

#[test]
fn a_wrapper_takes_the_names_that_a_prototype_leaves_out_from_the_definition() {
    let files = [
        file("include/a.h", "int old(struct a *, unsigned long y);\n"),
        file(
            "mm/a.c",
            "int old(struct a *x, unsigned long y)\n{\n\treturn 0;\n}\n",
        ),
        file("drivers/b.c", "int f(void) { return old(0, 1); }\n"),
    ];
    let staged = Parameters {
        staged: true,
        ..parameters()
    };
    let plan = run(&staged, &files).unwrap_or_default();
    assert_eq!(
        String::from_utf8_lossy(&plan.atoms[0].files[0].after),
        "int brand_new(struct a *, unsigned long y);\n\n\
         static inline int old(struct a *x, unsigned long y)\n{\n\treturn brand_new(x, y);\n}\n"
    );
    let variadic = [
        file("include/a.h", "int old(int, ...);\n"),
        file("a.c", "int f(void) { return old(0, 1); }\n"),
    ];
    assert!(run(&staged, &variadic).is_err_and(|errors| errors[0].code == "no-staged-rename"));
}

#[test]
fn declarations_in_macros_and_branches_reach_no_further() {
    check("#define INIT int old = 5\nint §old(int x) { return x; }\nint f(void) { return §old(3); }\n");
    check(
        "int f(void) {\n#ifdef Q\n\tint old = 3; return old;\n#else\n\treturn §old(3);\n#endif\n}\n\
         int g(void) { return §old(1); }\n",
    );
    let plan = check("int f(void) {\n#ifdef Q\n\tint old = 3;\n#endif\n\treturn old;\n}\n");
    assert_eq!(plan.sites[1].verdict, Verdict::Unparsed);
}

#[test]
fn macros_decide_what_their_arguments_mean() {
    check(
        "#define MEM(s, m) ((s)->m)\nint f(struct s *s) { return MEM(s, old) + §old(1); }\nint g = offsetof(struct s, old);\n",
    );
    let plan = check("#define CALL(f) f##_x(1)\nint f(void) { return CALL(old) + g(§old); }\n");
    assert_eq!(
        plan.sites[0].reason.as_ref().map(|reason| reason.code),
        Some("pasted")
    );
    check("int f(void) { asm goto(\"%l[old]\" : : : : old); return §old(1); old: return 4; }\n");
}

#[test]
fn words_that_name_something_else_in_comments_and_strings() {
    check(
        "/* drivers/old.c, p->old, goto old, struct old, §old. */\nint f(void) { return §old(\"a\\n§old \\\\nold\"); }\n",
    );
}

#[test]
fn a_second_run_leaves_a_static_function_of_the_same_name_alone() {
    let files = [
        file("a.c", "static int old(void) { return 1; }\n"),
        file("b.c", "int brand_new(void) { return 0; }\n"),
    ];
    let plan = run(&parameters(), &files).unwrap_or_else(|errors| panic!("{errors:?}"));
    assert_eq!(
        plan.sites[0].reason.as_ref().map(|reason| reason.code),
        Some("file-local")
    );
}

#[test]
fn paths_limit_the_changes_but_not_the_look_around() {
    let files = [
        file("drivers/a/a.c", "int f(void) { return old(1); }\n"),
        file(
            "drivers/b/b.c",
            "int old(int a) { return a; }\nint g(void) { return old(2); }\n",
        ),
    ];
    let limited = Parameters {
        under: vec!["drivers/a".into()],
        ..parameters()
    };
    let plan = run(&limited, &files).unwrap_or_default();
    assert_eq!((plan.sites.len(), plan.total().len()), (1, 1));
    let [outside] = &plan.diagnostics[..] else {
        panic!("{:?}", plan.diagnostics);
    };
    assert_eq!(outside.code, "outside-of-paths");
    assert!(
        outside.message.contains("2 places of 1 file"),
        "{}",
        outside.message
    );
    let taken = [files[0].clone(), file("drivers/c.c", "int brand_new(int a);\n")];
    assert!(run(&limited, &taken).is_err_and(|errors| errors[0].code == "name-in-use"));
}

#[test]
fn what_macros_make_other_names_of_stays() {
    let text = "TRACE_EVENT(old, TP_PROTO(int a), TP_ARGS(a));\nSYSCALL_DEFINE1(old, int, a)\n{\n\treturn old(a);\n}\n\
                DEFINE_EVENT(class, old, TP_PROTO(int a));\nmodule_param(old, int, 0);\nint old(int a)\n{\n\treturn a;\n}\n";
    let plan = run(&parameters(), &[file("a.c", text)]).unwrap_or_default();
    let pasted = plan
        .sites
        .iter()
        .filter(|site| site.reason.as_ref().is_some_and(|reason| reason.code == "pasted"));
    let lines: Vec<u32> = pasted.map(|site| site.line).collect();
    assert_eq!(lines, [1, 2, 6, 7]);
    assert_eq!(
        plan.sites
            .iter()
            .filter(|site| site.verdict == Verdict::Rewritten)
            .count(),
        2
    );
}

#[test]
fn a_name_that_is_a_variable_elsewhere_is_refused() {
    let user = file("b.c", "int f(void)\n{\n\treturn old(1);\n}\n");
    let refused = |text: &str| {
        let files = [file("a.c", text), user.clone()];
        run(&parameters(), &files).is_err_and(|errors| errors[0].code == "not-only-a-function")
    };
    assert!(refused("typedef int (fn_t)(int);\nextern fn_t old;\n"));
    assert!(refused("int (*old)(int a);\n"));
    assert!(!refused("static int old;\n"));
    assert!(!refused("void g(void)\n{\n\tint old;\n\n\told = 1;\n}\n"));
    assert!(!refused("struct s {\n\tint old;\n};\n"));
}

#[test]
fn a_link_in_a_document_stays_with_its_target() {
    let text = ".. _old:\n\nSee `old`_ for old().\n";
    let code = file("a.c", "int old(int a)\n{\n\treturn a;\n}\n");
    let plan = run(&parameters(), &[code, file("Documentation/a.rst", text)]).unwrap_or_default();
    let after = &plan.total()[0].after;
    assert_eq!(
        String::from_utf8_lossy(after),
        ".. _old:\n\nSee `old`_ for brand_new().\n"
    );
}
