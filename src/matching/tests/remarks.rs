//! Remarks in code that is written anew.

use super::check;

const LIST: &str = "@@\nexpression list es;\n@@\n- pr_foo(es)\n+ dev_foo(es, dev)\n";

#[test]
fn a_remark_up_to_the_end_of_a_line_takes_no_code_along() {
    check(
        LIST,
        "void f(void)\n{\n\tpr_foo(\"x\",\n\t       a, // note\n\t       b); // end\n}\n",
        "void f(void)\n{\n\tdev_foo(\"x\", a, /* note */ b, dev); // end\n}\n",
    );
    check(
        "@@\nexpression a, b;\n@@\n- f(a, b);\n+ g(a, b);\n+ h();\n",
        "void f(void)\n{\n\tf(\"x\" // a /* b */\n\t  \"y\", // c\n\t  b // d\n\t );\n}\n",
        "void f(void)\n{\n\tg(\"x\" /* a / * b * / */ \"y\", b);\n\th();\n}\n",
    );
}

#[test]
fn a_remark_in_added_code_takes_no_code_along() {
    check(
        "@@\nexpression a;\n@@\n- f(a)\n+ g(a, // why\n+   0)\n",
        "void m(void)\n{\n\tx = f(1) + 2;\n}\n",
        "void m(void)\n{\n\tx = g(1, /* why */ 0) + 2;\n}\n",
    );
}

#[test]
fn statements_keep_their_remarks() {
    check(
        "@@\nstatement S;\n@@\n- if (old) S\n+ if (new) S\n",
        "void f(void)\n{\n\tif (old) {\n\t\ta(); // one\n\t\tb(c, // two\n\t\t  d);\n\t}\n}\n",
        "void f(void)\n{\n\tif (new) {\n\t\ta(); // one\n\t\tb(c, // two\n\t\td);\n\t}\n}\n",
    );
}
