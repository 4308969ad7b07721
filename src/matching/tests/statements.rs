//! Statements that become others: braces, `else`, and what stands around them.

use super::check;

#[test]
fn code_that_has_two_forms_is_changed_once() {
    check(
        "@@\nexpression E;\nstatement S1, S2;\n@@\n- if (!E) S1 else S2\n+ if (E) S2 else S1\n",
        "void f(void)\n{\n\tif (!a)\n\t\tfoo();\n\telse\n\t\tbar();\n}\n",
        "void f(void)\n{\n\tif (a)\n\t\tbar();\n\telse\n\t\tfoo();\n}\n",
    );
}

#[test]
fn what_added_code_needs_is_not_left_out_by_an_isomorphism() {
    check(
        "@@\nexpression E;\nstatement S1, S2;\n@@\n- if (!E) S1 else S2\n+ if (E) S2 else S1\n",
        "void f(void)\n{\n\tif (z)\n\t\tif (!a)\n\t\t\tfoo();\n\t\telse\n\t\t\tbar();\n\tx();\n}\n",
        "void f(void)\n{\n\tif (z)\n\t\tif (a)\n\t\t\tbar();\n\t\telse\n\t\t\tfoo();\n\tx();\n}\n",
    );
}

#[test]
fn an_added_else_keeps_its_owner() {
    check(
        "@@\nstatement S, S1;\n@@\n- if (cold) S1 else S\n+ if (hot) S else S1\n",
        "void f(void)\n{\n\tif (cold)\n\t\tfoo();\n\telse if (b)\n\t\tbar();\n}\n",
        "void f(void)\n{\n\tif (hot) {\n\t\tif (b)\n\t\t\tbar();\n\t} else\n\t\tfoo();\n}\n",
    );
    check(
        "@@\nstatement S, S1;\n@@\n- if (cold) S1 else S\n+ if (hot) S else S1\n",
        "void f(void)\n{\n\tif (cold)\n\t\tfoo();\n\telse if (b)\n\t\tbar();\n\telse\n\t\tx();\n}\n",
        "void f(void)\n{\n\tif (hot)\n\t\tif (b)\n\t\t\tbar();\n\t\telse\n\t\t\tx();\n\telse\n\t\tfoo();\n}\n",
    );
}

const TWO: &str = "@@\nexpression E;\n@@\n- foo(E);\n+ one(E);\n+ two(E);\n";

#[test]
fn several_statements_in_the_place_of_one_get_braces() {
    check(
        TWO,
        "void f(void)\n{\n\tif (a)\n\t\tfoo(b);\n\telse if (c)\n\t\tfoo(d);\n\twhile (e) foo(g);\n\tif (h)\nl:\n\t\tfoo(i);\n}\n",
        "void f(void)\n{\n\tif (a) {\n\t\tone(b);\n\t\ttwo(b);\n\t}\n\telse if (c) {\n\t\tone(d);\n\t\ttwo(d);\n\t}\n\
         \twhile (e) {\n\t\tone(g);\n\t\ttwo(g);\n\t}\n\tif (h) {\nl:\n\t\tone(i);\n\t\ttwo(i);\n\t}\n}\n",
    );
    check(
        TWO,
        "void f(void)\n{\n\tswitch (a)\n\tcase 1:\n\t\tfoo(b);\n}\n",
        "void f(void)\n{\n\tswitch (a) {\n\tcase 1:\n\t\tone(b);\n\t\ttwo(b);\n\t}\n}\n",
    );
}

#[test]
fn braces_come_where_those_of_a_rule_leave_several_statements() {
    check(
        "@@\nexpression E;\n@@\n  if (E) {\n  ...\n  return ...;\n- } else {\n-   foo();\n- }\n+ }\n+ foo();\n",
        "int f(void)\n{\n\tif (b)\n\t\tif (a) {\n\t\t\treturn 1;\n\t\t} else {\n\t\t\tfoo();\n\t\t}\n}\n",
        "int f(void)\n{\n\tif (b) {\n\t\tif (a) {\n\t\t\treturn 1;\n\t\t}\n\t\tfoo();\n\t}\n}\n",
    );
    check(
        "@@\nexpression E;\nstatement S;\n@@\n+ pre(E);\n  if (E) S\n",
        "int f(void)\n{\n\tif (k)\n\t\treturn 4;\n\telse if (l)\n\t\treturn 5;\n}\n",
        "int f(void)\n{\n\tif (k)\n\t\treturn 4;\n\telse {\n\t\tpre(l);\n\t\tif (l)\n\t\t\treturn 5;\n\t}\n}\n",
    );
}

#[test]
fn an_else_that_stays_keeps_its_owner() {
    check(
        "@@\nexpression E;\n@@\n- foo(E);\n+ if (E) foo(E);\n",
        "void f(void)\n{\n\tif (a)\n\t\tfoo(b);\n\telse\n\t\tx();\n\tif (a)\n\t\tfoo(b);\n}\n",
        "void f(void)\n{\n\tif (a) {\n\t\tif (b)\n\t\t\tfoo(b);\n\t}\n\telse\n\t\tx();\n\tif (a)\n\t\tif (b)\n\t\t\tfoo(b);\n}\n",
    );
    check(
        "@@\nexpression E;\nstatement S;\n@@\n  if (E) x();\n- else S\n",
        "void f(void)\n{\n\tif (a)\n\t\tif (b)\n\t\t\tx();\n\t\telse\n\t\t\ty();\n\telse\n\t\tz();\n}\n",
        "void f(void)\n{\n\tif (a) {\n\t\tif (b)\n\t\t\tx();\n\t}\n\telse\n\t\tz();\n}\n",
    );
}

#[test]
fn no_brace_stands_between_the_branches_of_an_if() {
    let code = "void f(void)\n{\n\tif (x)\n#ifdef A\n\t\tfoo(y);\n#else\n\t\tbar(y);\n#endif\n\tz();\n}\n";
    check(TWO, code, code);
    assert!(super::run(TWO, code).remarks[0].contains("test.c:5"));
}
