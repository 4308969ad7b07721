//! Rules on small texts; each test is a rule, what it is run on, and what comes out.

use std::sync::Arc;

use crate::matching::{Engine, NoScripts, Outcome};
use crate::smpl;

mod declarations;
mod lists;
mod operands;
mod remarks;
mod statements;
mod torn;
mod wrap;

pub(super) fn run(rules: &str, code: &str) -> Outcome {
    let patch = smpl::parse(rules.as_bytes()).expect("rules");
    let engine = Engine::new(patch, [], [], &[]);
    engine.run("test.c", Arc::from(code.as_bytes()), &mut NoScripts)
}

pub(super) fn check(rules: &str, before: &str, after: &str) {
    let outcome = run(rules, before);
    let text = outcome.text.map_or_else(
        || before.to_owned(),
        |text| String::from_utf8(text).expect("text"),
    );
    assert_eq!(text, after);
}

#[test]
fn calls_are_replaced_wherever_they_stand() {
    check(
        "@@\nexpression x;\n@@\n- old(x)\n+ new(x, 0)\n",
        "#define M(a) old(a)\nint t = old(1);\nvoid f(void)\n{\n\tif (old(a + b))\n\t\tg();\n}\n",
        "#define M(a) new(a, 0)\nint t = new(1, 0);\nvoid f(void)\n{\n\tif (new(a + b, 0))\n\t\tg();\n}\n",
    );
}

#[test]
fn the_same_metavariable_means_the_same_code() {
    check(
        "@@\nexpression x;\n@@\n- f(x, x)\n+ g(x)\n",
        "void m(void)\n{\n\tf(a->b, a -> b);\n\tf(a, b);\n}\n",
        "void m(void)\n{\n\tg(a->b);\n\tf(a, b);\n}\n",
    );
}

#[test]
fn dots_in_arguments_take_commas_along() {
    check(
        "@@\n@@\n f(...,\n-  flag,\n   ...)\n",
        "void m(void)\n{\n\tf(flag, a);\n\tf(a, flag);\n\tf(flag);\n\tf(a, flag, b);\n}\n",
        "void m(void)\n{\n\tf(a);\n\tf(a);\n\tf();\n\tf(a, b);\n}\n",
    );
}

#[test]
fn dots_between_statements_need_all_ways() {
    let rule = "@@\nexpression x;\n@@\n- lock(x);\n  ...\n- unlock(x);\n";
    check(
        rule,
        "void m(void)\n{\n\tlock(a);\n\tif (b)\n\t\tc();\n\telse\n\t\td();\n\tunlock(a);\n}\n",
        "void m(void)\n{\n\tif (b)\n\t\tc();\n\telse\n\t\td();\n}\n",
    );
    let one_way = "void m(void)\n{\n\tlock(a);\n\tif (b)\n\t\tunlock(a);\n\telse\n\t\td();\n}\n";
    check(rule, one_way, one_way);
}

#[test]
fn early_ends_do_not_count_unless_strict() {
    let code = "int m(void)\n{\n\tlock(a);\n\tif (b)\n\t\treturn -1;\n\tunlock(a);\n\treturn 0;\n}\n";
    let after = code.replace("\tlock(a);\n", "");
    check("@@\n@@\n- lock(a);\n  ...\n  unlock(a);\n", code, &after);
    check(
        "@@\n@@\n- lock(a);\n  ... when strict\n  unlock(a);\n",
        code,
        code,
    );
}

#[test]
fn one_way_is_enough_for_exists() {
    check(
        "@exists@\n@@\n- lock(a);\n  ...\n  unlock(a);\n",
        "void m(void)\n{\n\tlock(a);\n\tif (b)\n\t\tunlock(a);\n\telse\n\t\td();\n}\n",
        "void m(void)\n{\n\tif (b)\n\t\tunlock(a);\n\telse\n\t\td();\n}\n",
    );
}

#[test]
fn when_forbids_code_between() {
    let rule = "@@\nexpression x;\n@@\n- get(x);\n  ... when != use(x)\n- put(x);\n";
    let used = "void m(void)\n{\n\tget(a);\n\tuse(a);\n\tput(a);\n}\n";
    check(rule, used, used);
    check(
        rule,
        "void m(void)\n{\n\tget(a);\n\tuse(b);\n\tput(a);\n}\n",
        "void m(void)\n{\n\tuse(b);\n}\n",
    );
}

#[test]
fn loops_do_not_stop_dots() {
    check(
        "@@\n@@\n- start();\n  ...\n- stop();\n",
        "void m(void)\n{\n\tstart();\n\twhile (a)\n\t\tb();\n\tfor (;;) {\n\t\tif (c)\n\t\t\tbreak;\n\t}\n\tstop();\n}\n",
        "void m(void)\n{\n\twhile (a)\n\t\tb();\n\tfor (;;) {\n\t\tif (c)\n\t\t\tbreak;\n\t}\n}\n",
    );
}

#[test]
fn nests_change_each_occurrence() {
    check(
        "@@\nidentifier f;\n@@\n f(...) {\n <+...\n- old();\n+ new();\n ...+>\n }\n",
        "void m(void)\n{\n\told();\n\tif (a)\n\t\told();\n}\nvoid n(void)\n{\n\tother();\n}\n",
        "void m(void)\n{\n\tnew();\n\tif (a)\n\t\tnew();\n}\nvoid n(void)\n{\n\tother();\n}\n",
    );
}

#[test]
fn rules_hand_over_bindings() {
    check(
        "@r@\nidentifier f;\n@@\nregister_it(&f);\n\n@@\nidentifier r.f;\n@@\n- f\n+ renamed\n  (...) { ... }\n",
        "void one(void)\n{\n}\nvoid two(void)\n{\n}\nvoid init(void)\n{\n\tregister_it(&two);\n}\n",
        "void one(void)\n{\n}\nvoid renamed(void)\n{\n}\nvoid init(void)\n{\n\tregister_it(&two);\n}\n",
    );
}

#[test]
fn types_come_from_declarations() {
    check(
        "@@\nstruct s *p;\n@@\n- p->old\n+ p->new\n",
        "struct s { int old; struct s *next; };\nvoid m(struct s *a, struct t *b)\n{\n\ta->old = b->old;\n\ta->next->old = 1;\n}\n",
        "struct s { int old; struct s *next; };\nvoid m(struct s *a, struct t *b)\n{\n\ta->new = b->old;\n\ta->next->new = 1;\n}\n",
    );
}

#[test]
fn type_metavariables_take_stars_along() {
    check(
        "@@\ntype T;\nidentifier x;\nexpression e;\n@@\n- T x = e;\n+ T x;\n",
        "void m(void)\n{\n\tstruct s *a = b;\n}\n",
        "void m(void)\n{\n\tstruct s *a;\n}\n",
    );
}

#[test]
fn disjunctions_try_their_branches_in_order() {
    check(
        "@@\nexpression x;\n@@\n(\n- f(0)\n+ zero()\n|\n- f(x)\n+ other(x)\n)\n",
        "void m(void)\n{\n\tf(0);\n\tf(1);\n}\n",
        "void m(void)\n{\n\tzero();\n\tother(1);\n}\n",
    );
}

#[test]
fn ways_that_end_early_are_forgiven_only_beside_one_that_gets_there() {
    check(
        "@@\nexpression x;\n@@\n- x = get();\n  if (!x) {\n    ...\n    f(x);\n  }\n",
        "void m(void)\n{\n\ta = get();\n\tif (!a) {\n\t\tif (b)\n\t\t\treturn;\n\t\tf(a);\n\t}\n\ta = get();\n\tif (!a) {\n\t\tg();\n\t\treturn;\n\t}\n}\n",
        "void m(void)\n{\n\tif (!a) {\n\t\tif (b)\n\t\t\treturn;\n\t\tf(a);\n\t}\n\ta = get();\n\tif (!a) {\n\t\tg();\n\t\treturn;\n\t}\n}\n",
    );
}

#[test]
fn positions_tell_occurrences_apart() {
    check(
        "@ok@\nposition p;\n@@\nif (...) { f@p(); }\n\n@@\nposition p != ok.p;\n@@\n- f@p();\n+ g();\n",
        "void m(void)\n{\n\tf();\n\tif (a) {\n\t\tf();\n\t}\n}\n",
        "void m(void)\n{\n\tg();\n\tif (a) {\n\t\tf();\n\t}\n}\n",
    );
}

#[test]
fn starred_lines_are_reported() {
    let outcome = run(
        "@@\nexpression x;\n@@\n* f(x);\n  ...\n* g(x);\n",
        "void m(void)\n{\n\tf(a);\n\tb();\n\tg(a);\n}\n",
    );
    assert_eq!(outcome.starred, [3, 5]);
    assert!(outcome.text.is_none());
}

#[test]
fn added_statements_get_braces_where_one_can_stand() {
    check(
        "@@\n@@\n+ before();\n  f();\n",
        "void m(void)\n{\n\tif (a)\n\t\tf();\n}\n",
        "void m(void)\n{\n\tif (a) {\n\t\tbefore();\n\t\tf();\n\t}\n}\n",
    );
}

#[test]
fn hostile_rules_end() {
    // Dots that match in many ways in a long function.
    let mut code = String::from("void m(void)\n{\n");
    for index in 0..3000 {
        code.push_str(&format!("\tif (a{index})\n\t\tf({index});\n\tg(x{index});\n"));
    }
    code.push_str("}\n");
    let rule = "@@\nexpression x, y, z;\n@@\n  f(x)\n  ... when any\n  g(y)\n  ... when any\n  g(z)\n  ... when any\n- h(x, y, z)\n";
    let child = std::thread::Builder::new()
        .stack_size(256 << 20)
        .spawn(move || run(rule, &code))
        .expect("a thread");
    let outcome = child.join().expect("no panic");
    assert!(outcome.text.is_none());
}

#[test]
fn mistakes_in_rules_are_named() {
    let cases = [
        ("@@\nexpresion x;\n@@\nf(x)\n", "did you mean `expression`?"),
        (
            "@r dependson s@\n@@\nf()\n",
            "`dependson` has no meaning in a rule header",
        ),
        ("@@\n@@\nf(\n", "`(` has no partner"),
        ("@@\nidentifier x\n", "not closed"),
        ("@@\n@@\n f@p();\n", "not declared as a position"),
        ("@@\n@@\n f();\n ...\n+ g();\n", "added beside dots"),
        (
            "@@\n@@\n(\n f();\n|\n f();\n ...\n)\n+ g();\n",
            "added beside dots",
        ),
    ];
    for (rules, wanted) in cases {
        let messages = smpl::parse(rules.as_bytes()).expect_err(rules);
        let said = format!(
            "{} {}",
            messages[0].message,
            messages[0].help.clone().unwrap_or_default()
        );
        assert!(said.contains(wanted), "{rules}: {said}");
        assert!(!messages[0].labels.is_empty());
    }
}

/// Runs cases, each a name, a rule, a text and what comes out.
fn as_written_down(cases: &str) -> usize {
    let mut count = 0;
    for case in cases.split("=== ").skip(1) {
        let (name, rest) = case.split_once('\n').expect("a name");
        let parts: Vec<&str> = rest.split("%%\n").collect();
        let [rule, before, after] = parts[..] else {
            panic!("{name}: a rule, a text and what comes out");
        };
        let outcome = run(rule, before);
        let text = outcome.text.map(|text| String::from_utf8(text).expect("text"));
        assert_eq!(text.as_deref().unwrap_or(before), after, "{name}");
        count += 1;
    }
    count
}

/// The layout of added code and of what it is added to; most of it is also what spatch 1.1.1 makes of it.
#[test]
fn layout_as_written_down() {
    assert!(as_written_down(include_str!("../../testdata/smpl/layout.txt")) > 40);
}

/// What fits a rule, and what becomes of it.
#[test]
fn rules_as_written_down() {
    assert!(as_written_down(include_str!("../../testdata/smpl/rules.txt")) > 10);
}

/// Which ways through a function dots stand for; as spatch 1.1.1 sees it, but that it gives up a whole file where a way
/// leads around the begin of a match or two matches contradict.
#[test]
fn ways_as_written_down() {
    assert!(as_written_down(include_str!("../../testdata/smpl/ways.txt")) > 25);
}

#[test]
fn a_position_that_is_used_and_excluded_is_excluded_with_all_its_values() {
    let rules = "@t@\nexpression x;\nposition p;\nidentifier f;\n@@\nx@p = f(...);\nif (!x) return ...;\n\
        @r@\nexpression x,y;\nposition p1 != t.p;\nposition any t.p;\nidentifier f;\n@@\n\
        - x@p1 = get(...);\n+ x = found(1);\n  ...\n  y@p = f(...);\n";
    let code = "int f(void)\n{\n\ta = get(1);\n\tif (!a)\n\t\treturn 1;\n\tb = get(2);\n\tc = get(3);\n\tif (!c)\n\t\treturn 2;\n\treturn 0;\n}\n";
    let changed = code.replace("b = get(2)", "b = found(1)");
    check(rules, code, &changed);
    // Dots do not pass any of its places either.
    let between = code.replace("\tc =", "\td = other();\n\tif (!d)\n\t\treturn 3;\n\tc =");
    let strict = rules.replace("y@p = f(...);\n", "y@p = f(...);\nif (!y) return 2;\n");
    check(&strict, &between, &between);
}

#[test]
fn an_else_that_repeats_a_statement_is_not_dropped() {
    let rules = "@@\nstatement S;\n@@\n- if (...) S else S\n+ S\n";
    let code = "int f(void)\n{\n\tif (a)\n\t\tg();\n\tif (b)\n\t\th();\n\telse\n\t\th();\n\treturn 0;\n}\n";
    let changed = "int f(void)\n{\n\tif (a)\n\t\tg();\n\th();\n\treturn 0;\n}\n";
    check(rules, code, changed);
}

#[test]
fn a_constant_that_has_to_be_a_name_is_no_number() {
    let rules = "@@\nconstant c, d;\nidentifier i, j;\n@@\n- c@i + d@j\n+ (c | d)\n";
    let code = "int f(void)\n{\n\ta = FOO + 1;\n\tb = FOO + BAR;\n}\n";
    check(rules, code, &code.replace("FOO + BAR", "(FOO | BAR)"));
}

#[test]
fn a_block_that_ends_in_a_return_may_end_in_a_goto() {
    let rule = "@r exists@\nposition p;\n@@\n  lock(a);\n  ...\n  if (...) {\n    ...\n    return@p 1;\n  }\n\
        @@\nposition r.p;\n@@\n- return@p 1;\n+ return 2;\n";
    let code = |jump: &str| {
        format!(
            "int m(void)\n{{\n\tlock(a);\n\twhile (c) {{\n\t\tif (b){jump}\n\t\td();\n\t}}\n\te();\nout:\n\treturn 1;\n}}\n"
        )
    };
    for jump in [" {\n\t\t\tg();\n\t\t\tgoto out;\n\t\t}", "\n\t\t\tgoto out;"] {
        check(rule, &code(jump), &code(jump).replace("return 1", "return 2"));
    }
    // Neither a goto in the middle nor another jump is the end of the block.
    let middle = " {\n\t\t\tif (g)\n\t\t\t\tgoto out;\n\t\t\th();\n\t\t}";
    let outer = rule.replace("if (...)", "if (b)");
    for jump in [
        middle,
        " {\n\t\t\tbreak;\n\t\t}",
        "\n\t\t\tbreak;",
        "\n\t\t\tcontinue;",
    ] {
        check(&outer, &code(jump), &code(jump));
    }
    // What the block asks for besides stands where the goto leads to, too.
    check(
        "@@\n@@\n  if (...) {\n    ...\n-   e();\n    return 1;\n  }\n",
        "int m(void)\n{\n\tif (b) {\n\t\tgoto out;\n\t}\n\td();\nout:\n\te();\n\treturn 1;\n}\n",
        "int m(void)\n{\n\tif (b) {\n\t\tgoto out;\n\t}\n\td();\nout:\n\treturn 1;\n}\n",
    );
}

#[test]
fn a_block_without_a_return_is_not_left() {
    let code = "int m(void)\n{\n\tif (b)\n\t\tgoto out;\n\td();\nout:\n\te();\n\treturn 1;\n}\n";
    check("@exists@\n@@\n  if (...) {\n    ...\n-   e();\n  }\n", code, code);
}

#[test]
fn nothing_comes_behind_a_statement_that_jumps_on_all_ways() {
    let code = |last: &str| {
        format!(
            "int m(void)\n{{\n\tswitch (a) {{\n\tcase 1:\n\t\treturn 1;\n\tdefault:\n\t\t{last};\n\t}}\n\tf();\n}}\n"
        )
    };
    let rule = "@@\nstatement S;\n@@\n  S\n- f();\n";
    check(rule, &code("return 2"), &code("return 2"));
    check(rule, &code("break"), &code("break").replace("\tf();\n", ""));
}

#[test]
fn each_way_has_a_place_of_its_own() {
    // The rule holds on all ways, so that both calls are places of `r`.
    let rules = "@r@\nposition p;\n@@\n  get();\n  ...\n  put@p();\n\
        @@\nposition p != r.p;\n@@\n- put@p();\n+ drop();\n";
    let both = "void m(void)\n{\n\tget();\n\tif (a)\n\t\tput();\n\telse\n\t\tput();\n}\n";
    check(rules, both, both);
    let one = "void m(void)\n{\n\tget();\n\tif (a)\n\t\tput();\n}\n";
    check(rules, one, &one.replace("put", "drop"));
}

#[test]
fn an_initializer_is_not_matched_across_branches_that_exclude_each_other() {
    let rule = "@@\nidentifier s, v, f;\nexpression a, b;\n@@\n  struct s v = { ..., .f = a, ...,\n- .f = b,\n  ... };\n";
    let code = "struct s v = {\n#ifdef A\n\t.x = 1,\n#else\n\t.x = 2,\n#endif\n\t.y = 3,\n};\n";
    check(rule, code, code);
    // Nor by two rules that look at the same initialiser.
    let twice = "@r@\nidentifier s, v, f;\nposition p, q;\n@@\n  struct s v =@p { ..., .f@q = ..., ... };\n\n\
        @t@\nidentifier s, v, r.f;\nposition r.p;\nposition q != r.q;\n@@\n  struct s v =@p { ..., .f@q = ..., ... };\n\n\
        @depends on t@\nidentifier s, v;\n@@\n  struct s v = { ...,\n- .y = 3,\n  ... };\n";
    check(twice, code, code);
    // Either of two comes first.
    check(
        rule,
        "struct s v = {\n\t.x = 1,\n\t.y = 3,\n\t.x = 2,\n};\n",
        "struct s v = {\n\t.y = 3,\n};\n",
    );
}

#[test]
fn a_type_metavariable_holds_the_qualifiers_of_the_type() {
    check(
        "@@\ntype T;\nT[] a;\n@@\n- sizeof(a) / sizeof(T)\n+ ARRAY_SIZE(a)\n",
        "const u32 a[] = { 1 };\nu32 b[] = { 1 };\nint m = sizeof(a) / sizeof(u32);\n\
         int n = sizeof(b) / sizeof(u32);\nint o = sizeof(a) / sizeof(const u32);\n",
        "const u32 a[] = { 1 };\nu32 b[] = { 1 };\nint m = sizeof(a) / sizeof(u32);\n\
         int n = ARRAY_SIZE(b);\nint o = ARRAY_SIZE(a);\n",
    );
    check(
        "@@\ntype T;\nconst T[] a;\n@@\n- sizeof(a) / sizeof(T)\n+ ARRAY_SIZE(a)\n",
        "const u32 a[] = { 1 };\nint m = sizeof(a) / sizeof(u32);\n",
        "const u32 a[] = { 1 };\nint m = ARRAY_SIZE(a);\n",
    );
    check(
        "@@\nstruct s *p;\n@@\n- f(p)\n+ g(p)\n",
        "void m(const struct s *q)\n{\n\tf(q);\n}\n",
        "void m(const struct s *q)\n{\n\tg(q);\n}\n",
    );
}

#[test]
fn dots_stay_in_their_block() {
    let rule = "@exists@\n@@\n  if (b) {\n    ...\n-   f();\n    ...\n  }\n";
    let code = |body: &str| {
        format!("void m(void)\n{{\n\twhile (a) {{\n\t\tif (b) {{\n\t\t\t{body}\n\t\t}}\n\t\tf();\n\t}}\n}}\n")
    };
    for body in ["g();", "break;", "continue;"] {
        check(rule, &code(body), &code(body));
    }
    check(rule, &code("f();"), &code("f();").replace("\t\t\tf();\n", ""));
}

#[test]
fn a_return_that_is_not_written_has_a_place() {
    let rules = "@r@\nposition p;\n@@\n  f();\n  ...\n  return@p ...;\n\
        @depends on r@\n@@\n- f();\n+ g();\n";
    let code = "void m(void)\n{\n\tf();\n\th();\n}\n";
    check(rules, code, &code.replace("f()", "g()"));
}

#[test]
fn dots_end_at_any_branch_of_what_follows() {
    // `else` may be missing, by an isomorphism: the formula has the body twice.
    let rule = "@exists@\nexpression e, s, n;\nidentifier f;\nstatement other;\n@@\n  if (e == NULL)\n  {\n    ...\n(\n\
        s = n\n|\n* e->f\n)\n    ... when any\n  }\n  else other\n";
    let code = |body: &str| format!("void m(void)\n{{\n\tif (!a) {{\n\t\t{body}\n\t}} else\n\t\tb();\n}}\n");
    assert_eq!(run(rule, &code("a->c = 0;")).starred, [4]);
    assert!(run(rule, &code("a = d();\n\t\ta->c = 0;")).starred.is_empty());
}

#[test]
fn a_test_may_leave_out_what_it_compares_with() {
    let rule = "@@\nexpression x;\n@@\n- x != NULL\n+ is_there(x)\n";
    check(
        rule,
        "void m(void)\n{\n\tif (a)\n\t\tf(a);\n\twhile ((c))\n\t\ta = d ? e : NULL != g;\n\tfor (i; j; k)\n\t\treturn l;\n}\n",
        "void m(void)\n{\n\tif (is_there(a))\n\t\tf(a);\n\twhile (is_there((c)))\n\
         \t\ta = is_there(d) ? e : is_there(g);\n\tfor (i; is_there(j); k)\n\t\treturn l;\n}\n",
    );
}

#[test]
fn one_way_is_enough_where_lines_are_marked() {
    let find = "@r@\nposition p;\n@@\n  get();\n  ...\n  put@p();\n\n";
    let code = "void m(void)\n{\n\tget();\n\tif (a)\n\t\tput();\n\tb();\n}\n";
    let change = format!("{find}@@\nposition r.p;\n@@\n- put@p();\n+ drop();\n");
    check(&change, code, code);
    let mark = format!("{find}@@\nposition r.p;\n@@\n* put@p();\n");
    assert_eq!(run(&mark, code).starred, [5]);
    // A return that is not written shows as the brace.
    let ends = "@@\n@@\n* get();\n  ...\n* return ...;\n";
    assert_eq!(run(ends, code).starred, [3, 7]);
}

#[test]
fn a_condition_of_dots_may_be_negated() {
    check(
        "@@\n@@\n  if (...)\n- f();\n+ g();\n  else\n  h();\n",
        "void m(void)\n{\n\tif (a)\n\t\th();\n\telse\n\t\tf();\n}\n",
        "void m(void)\n{\n\tif (a)\n\t\th();\n\telse\n\t\tg();\n}\n",
    );
}

#[test]
fn arguments_that_become_too_long_for_the_line_move_down() {
    let rule = "@@\nexpression a, b, c, d, e;\n@@\n  request_handler(a, b, c,\n- d\n+ d | FLAG_THAT_WAS_FORGOTTEN\n  , e)\n";
    check(
        rule,
        "void m(void)\n{\n\tret = request_handler(interrupt, NULL, handler, flags, name);\n\
         \tret = request_handler(interrupt, NULL,\n\t\t\t      handler_that_is_long, flags,\n\t\t\t      name);\n}\n",
        "void m(void)\n{\n\tret = request_handler(interrupt, NULL, handler,\n\
         \t\t\t      flags | FLAG_THAT_WAS_FORGOTTEN, name);\n\
         \tret = request_handler(interrupt, NULL,\n\t\t\t      handler_that_is_long,\n\
         \t\t\t      flags | FLAG_THAT_WAS_FORGOTTEN,\n\t\t\t      name);\n}\n",
    );
    check(
        "@@\ndeclarer name OLD, LONGER_THAN_THAT;\nexpression a, b, c;\n@@\n- OLD(a, b, c);\n+ LONGER_THAN_THAT(a, b, c);\n",
        "OLD(the_first_of_all_arguments, the_second_of_all_arguments, a_third);\n",
        "LONGER_THAN_THAT(the_first_of_all_arguments, the_second_of_all_arguments,\n\t\t a_third);\n",
    );
}

#[test]
fn a_remark_stays_where_it_is_when_the_code_below_moves() {
    check(
        "@@\nexpression e;\n@@\n- if (e != NULL)\n  put(e);\n",
        "void m(void)\n{\n\tget();\n\t/* Why\n\t * this is so.\n\t */\n\tif (a)\n\t\tput(a);\n\tb();\n}\n",
        "void m(void)\n{\n\tget();\n\t/* Why\n\t * this is so.\n\t */\n\tput(a);\n\tb();\n}\n",
    );
}

#[test]
fn places_that_are_only_excluded_do_not_multiply() {
    let rules = "@a@\nexpression E;\nposition p;\n@@\nf@p(E)\n\
        @b@\nexpression a.E;\nposition p;\n@@\ng(E@p)\n\
        @c@\nexpression a.E;\nposition p;\n@@\nh(E@p)\n\
        @@\nexpression a.E;\nidentifier user;\nposition p != {b.p, c.p};\n@@\n- user(E@p);\n";
    let (checks, sizes) = ("\tg(x);\n".repeat(100), "\th(x);\n".repeat(100));
    let before = format!("void m(void)\n{{\n\tf(x);\n{checks}{sizes}\tk(x);\n}}\n");
    let outcome = run(rules, &before);
    assert!(outcome.remarks.is_empty(), "{:?}", outcome.remarks);
    let after = String::from_utf8(outcome.text.expect("a change")).expect("text");
    assert_eq!(after, format!("void m(void)\n{{\n{checks}{sizes}}}\n"));
}

#[test]
fn what_is_known_later_rules_nothing_out_before() {
    // A part of something that is not known before the rule is compared.
    check(
        "@@\nexpression x;\nexpression y <= x;\n@@\n get(x);\n ...\n- put(y);\n",
        "void m(void)\n{\n\tget(a->b);\n\tc();\n\tput(a);\n}\n",
        "void m(void)\n{\n\tget(a->b);\n\tc();\n}\n",
    );
    // The first branch takes anything as long as nothing is known.
    check(
        "@@\nexpression x;\nidentifier f;\n@@\n get(x);\n ...\n(\n  f(x, 0);\n|\n- f(1, x);\n)\n",
        "void m(void)\n{\n\tget(a);\n\tc(1, a);\n}\n",
        "void m(void)\n{\n\tget(a);\n}\n",
    );
    // An item that takes any value does not take away that of another one.
    check(
        "@@\nexpression x, y;\nidentifier s;\n@@\n get(x);\n ...\n- struct t s = { .a = y, .b = x };\n",
        "void m(void)\n{\n\tget(z);\n\tstruct t u = { .b = z, .a = 1 };\n\tc();\n}\n",
        "void m(void)\n{\n\tget(z);\n\tc();\n}\n",
    );
    // A loop that never ends reaches nothing, and does not fail.
    check(
        "@@\nexpression x;\n@@\n- lock(x);\n  ...\n- unlock(x);\n",
        "void m(void)\n{\n\tlock(a);\n\tif (c) {\n\t\tunlock(a);\n\t\treturn;\n\t}\nagain:\n\td();\n\tgoto again;\n}\n",
        "void m(void)\n{\n\tif (c) {\n\t\treturn;\n\t}\nagain:\n\td();\n\tgoto again;\n}\n",
    );
}

#[test]
fn no_blank_line_is_left_at_the_begin_of_a_block() {
    check(
        "@@\nidentifier v;\nconstant c;\n@@\n- int v = c;\n  ... when != v\n  return\n- v\n+ c\n  ;\n",
        "int m(void)\n{\n\tint a = 0;\n\n\t/* To be done. */\n\treturn a;\n}\n",
        "int m(void)\n{\n\t/* To be done. */\n\treturn 0;\n}\n",
    );
}

#[test]
fn a_body_that_goes_leaves_an_empty_one() {
    let rule = "@@\nexpression e;\n@@\n- f(e);\n";
    for head in [
        "if (a)",
        "while (a)",
        "for (;;)",
        "list_for_each(a, b)",
        "if (a)\n\t\tb();\n\telse",
    ] {
        check(
            rule,
            &format!("void m(void)\n{{\n\t{head}\n\t\tf(1);\n\tc();\n}}\n"),
            &format!("void m(void)\n{{\n\t{head}\n\t\t{{}}\n\tc();\n}}\n"),
        );
    }
    check(
        rule,
        "void m(void)\n{\n\tif (a)\n\t\tf(1);\n\telse\n\t\tb();\n\tdo\n\t\tf(2);\n\twhile (c);\n}\n",
        "void m(void)\n{\n\tif (a)\n\t\t{}\n\telse\n\t\tb();\n\tdo\n\t\t{}\n\twhile (c);\n}\n",
    );
    check(
        rule,
        "void m(void)\n{\n\tif (a) {\n\t\tf(1);\n\t}\n\tf(2);\n\tc();\n}\n",
        "void m(void)\n{\n\tif (a) {\n\t}\n\tc();\n}\n",
    );
    // A statement that goes as a whole leaves none.
    check(
        "@@\nexpression e;\n@@\n- if (e) f(e);\n",
        "void m(void)\n{\n\tif (a)\n\t\tf(a);\n\tc();\n}\n",
        "void m(void)\n{\n\tc();\n}\n",
    );
}

#[test]
fn values_keep_together_in_added_code() {
    let code = |call: &str| format!("void m(void)\n{{\n\tz = {call};\n}}\n");
    for (added, before, after) in [
        ("a * b", "old(c + d, e)", "(c + d) * e"),
        ("1 + a * b", "old(c, d + e)", "1 + c * (d + e)"),
        ("1 + a * b", "old(c * d, e->f)", "1 + c * d * e->f"),
        ("a - b", "old(c - d, e - f)", "c - d - (e - f)"),
        ("a - b", "old(f(c, d), g[e + 1])", "f(c, d) - g[e + 1]"),
        ("!a && b", "old(c || d, e || f)", "!(c || d) && (e || f)"),
        ("!a && b", "old(!c, *d)", "!!c && *d"),
        ("a->x + b.y", "old(&c, *d)", "(&c)->x + (*d).y"),
        ("a ? b : 0", "old(c = d, e)", "(c = d) ? e : 0"),
        ("new(a, b)", "old(c + d, e ? f : g)", "new(c + d, e ? f : g)"),
        ("1 | ~a | b", "old(c + d, (e) + f)", "1 | ~(c + d) | (e) + f"),
    ] {
        let rule = format!("@@\nexpression a, b;\n@@\n- old(a, b)\n+ {added}\n");
        check(&rule, &code(before), &code(after));
    }
}
