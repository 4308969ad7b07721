//! Preprocessor lines within what is replaced.

use super::{check, run};

const TWO: &str = "@@\nexpression a, b;\n@@\n- foo(a, b)\n+ foo(a, b, NULL)\n";

fn stays(rules: &str, code: &str, line: u32) {
    check(rules, code, code);
    let remarks = run(rules, code).remarks;
    assert_eq!(remarks.len(), 1, "{remarks:?}");
    assert!(remarks[0].contains(&format!("test.c:{line}")), "{remarks:?}");
}

#[test]
fn arguments_with_a_choice_are_left_alone() {
    let choice = "void f(void)\n{\n\tx = foo(a,\n#ifdef Z\n\t\tb\n#else\n\t\tc\n#endif\n\t\t) + 1;\n}\n";
    stays(TWO, choice, 3);
    let list = "@@\nexpression E;\nexpression list es;\n@@\n- foo(E, es)\n+ bar(es, E)\n";
    let optional = "void f(void)\n{\n\tfoo(a,\n#ifdef Z\n\t    b,\n#endif\n\t    c);\n}\n";
    stays(list, optional, 3);
}

#[test]
fn other_matches_on_the_way_are_carried_out() {
    check(
        TWO,
        "void f(void)\n{\n\tfoo(a,\n#ifdef Z\n\t    foo(b, c)\n#else\n\t    d\n#endif\n\t    );\n\tfoo(1, 2);\n}\n",
        "void f(void)\n{\n\tfoo(a,\n#ifdef Z\n\t    foo(b, c, NULL)\n#else\n\t    d\n#endif\n\t    );\n\tfoo(1, 2, NULL);\n}\n",
    );
}

#[test]
fn a_value_that_is_no_longer_whole_is_left_alone() {
    let value = "void f(void)\n{\n\tfoo(a +\n#ifdef Z\n\t    b +\n#endif\n\t    c, d);\n}\n";
    stays(TWO, value, 3);
}

#[test]
fn heads_and_bodies_with_a_choice_between_are_left_alone() {
    stays(
        "@@\nexpression E;\nstatement S;\n@@\n- if (E) S\n+ S\n",
        "void f(void)\n{\n\tif (a)\n#ifdef Z\n\t\tfoo();\n#else\n\t\tbar();\n#endif\n}\n",
        3,
    );
}

#[test]
fn a_choice_in_what_stays_is_no_hindrance() {
    check(
        "@@\nexpression list es;\n@@\n- foo\n+ bar\n  (es)\n",
        "void f(void)\n{\n\tfoo(a,\n#ifdef Z\n\t    b,\n#endif\n\t    c);\n}\n",
        "void f(void)\n{\n\tbar(a,\n#ifdef Z\n\t    b,\n#endif\n\t    c);\n}\n",
    );
    check(
        "@@\nexpression a;\n@@\n- foo(a);\n",
        "void f(void)\n{\n\tfoo(1);\n#ifdef Z\n\tfoo(2);\n#endif\n\tfoo(3);\n}\n",
        "void f(void)\n{\n#ifdef Z\n#endif\n}\n",
    );
    check(
        "@@\nexpression list es;\n@@\n- foo(es)\n+ bar(es, 1)\n",
        "void f(void)\n{\n\tfoo(a,\n#ifdef Z\n\t    b,\n#endif\n\t    c);\n}\n",
        "void f(void)\n{\n\tbar(a,\n#ifdef Z\n\t    b,\n#endif\n\t    c, 1);\n}\n",
    );
}

#[test]
fn no_half_of_a_choice_goes() {
    stays(
        "@@\nexpression E;\nexpression list es;\n@@\n  foo(E,\n- es\n+ y\n  )\n",
        "void f(void)\n{\n\tfoo(a,\n#ifdef Z\n\t    b,\n#endif\n\t    c);\n}\n",
        6,
    );
}
