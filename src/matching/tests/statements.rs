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
